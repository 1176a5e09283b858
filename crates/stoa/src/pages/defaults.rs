//! What the pages say until somebody writes them: only what is true of every site that runs this program.

use stoa_i18n::Plain;
use stoa_markup::{Profile, SafeHtml};

use crate::posts::text::Names;
use crate::web::Visit;

/// Cookies and the message that says what each is for. All are needed for what a reader asked the site to do.
const COOKIES: [(&str, &str); 7] = [
    ("stoa", "privacy-cookie-session"),
    ("stoa-visit", "privacy-cookie-visit"),
    ("stoa-look", "privacy-cookie-look"),
    ("stoa-lang", "privacy-cookie-lang"),
    ("stoa-said", "privacy-cookie-said"),
    ("stoa-wiki", "privacy-cookie-wiki"),
    ("stoa-arrival", "privacy-cookie-arrival"),
];

/// The text of a page in Markdown, in the reader's language.
pub fn markdown(v: &Visit, name: &str) -> String {
    let t = &v.t;
    let site = escaped(v.site.name());
    let link = |page: &str| format!("[{}](/{page})", v.msg(format!("page-{page}")));
    let list = |items: &[String]| items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n");
    let parts = match name {
        "about" => vec![
            t.about_text_what(Plain(&site)),
            t.about_text_take_part(),
            t.about_text_languages(),
            t.about_text_rules(Plain(&link("rules")), Plain(&link("privacy"))),
            t.about_text_who(Plain(&link("imprint"))),
        ],
        "rules" => vec![
            t.rules_text_lead(Plain(&site)),
            list(&[
                t.rules_text_kind(),
                t.rules_text_topic(),
                t.rules_text_sources(),
                t.rules_text_private(),
                t.rules_text_own(),
                t.rules_text_law(),
            ]),
            t.rules_text_end(),
        ],
        "privacy" => privacy(v, &link("imprint"), &list),
        _ => {
            vec![t.imprint_text_lead(Plain(&site)), format!("**{}**", t.imprint_text_unnamed()), t.imprint_text_what()]
        }
    };
    parts.join("\n\n") + "\n"
}

fn privacy(v: &Visit, imprint: &str, list: &dyn Fn(&[String]) -> String) -> Vec<String> {
    let t = &v.t;
    let secure = v.app.config.is_https();
    let cookies = COOKIES.map(|(base, key)| {
        let name = format!("`{}`", crate::web::cookies::name(base, secure));
        t.msg(key, &[stoa_i18n::A::Plain(name.into())])
    });
    vec![
        t.privacy_text_lead(),
        format!("# {}", t.privacy_kept_title()),
        list(&[t.privacy_kept_account(), t.privacy_kept_posts(), t.privacy_kept_reading(), t.privacy_kept_sessions()]),
        format!("# {}", t.privacy_not_title()),
        list(&[t.privacy_not_addresses(), t.privacy_not_others(), t.privacy_not_watching(), t.privacy_not_mail()]),
        format!("# {}", t.privacy_cookies_title()),
        t.privacy_cookies_lead(),
        list(&cookies),
        format!("# {}", t.privacy_who_title()),
        t.privacy_who_text(Plain(imprint)),
    ]
}

/// The same, rendered.
pub fn html(v: &Visit, name: &str) -> SafeHtml {
    let names = Names::none(&v.site, "");
    stoa_markup::render(&markdown(v, name), Profile::Page, &names).html
}

/// A name that means nothing to Markdown.
fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | '\'' | '-') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_is_only_words() {
        assert_eq!(super::escaped("*Café* [x](y)"), "\\*Café\\* \\[x\\]\\(y\\)");
        assert_eq!(super::escaped("St. John's-Forum"), "St. John's-Forum");
    }
}
