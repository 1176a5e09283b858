//! Posts of which only the HTML is known become Markdown again.

use htmd::element_handler::Handlers;
use htmd::options::{BulletListMarker, Options};
use htmd::{Element, HtmlToMarkdown};

/// Discourse's HTML as a text in its own dialect: quotes, code and pictures as an author would have typed them.
pub fn to_markdown(cooked: &str) -> String {
    let options = Options { bullet_list_marker: BulletListMarker::Dash, ul_bullet_spacing: 1, ..Options::default() };
    let converter = HtmlToMarkdown::builder()
        .options(options)
        .skip_tags(vec!["script", "style", "svg"])
        .add_handler(vec!["aside"], |handlers: &dyn Handlers, element: Element| {
            let attribute = |name: &str| {
                element.attrs.iter().find(|a| &*a.name.local == name).map(|a| a.value.to_string()).unwrap_or_default()
            };
            let inner = handlers.walk_children(element.node).content;
            if !attribute("class").split(' ').any(|class| class == "quote") {
                return Some(inner.into());
            }
            let (name, post, topic) = (attribute("data-username"), attribute("data-post"), attribute("data-topic"));
            // What is above the quotation is its title, which Discourse makes anew.
            let said: Vec<&str> = inner.lines().filter_map(|line| Some(line.strip_prefix('>')?.trim_start())).collect();
            let mut head = name;
            if !post.is_empty() && !topic.is_empty() {
                head.push_str(&format!(", post:{post}, topic:{topic}"));
            }
            Some(format!("\n\n[quote=\"{head}\"]\n{}\n[/quote]\n\n", said.join("\n")).into())
        })
        .add_handler(vec!["img"], |_: &dyn Handlers, element: Element| {
            let attribute = |name: &str| {
                element.attrs.iter().find(|a| &*a.name.local == name).map(|a| a.value.to_string()).unwrap_or_default()
            };
            let class = attribute("class");
            if class.split(' ').any(|c| c == "emoji") {
                return Some(attribute("title").into());
            }
            if class.split(' ').any(|c| c == "avatar") {
                return Some(String::new().into());
            }
            Some(format!("![{}]({})", attribute("alt").replace(['[', ']'], ""), attribute("src")).into())
        })
        .build();
    converter.convert(cooked).map_or_else(|_| cooked.to_owned(), |text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_code_and_pictures_come_back() {
        let cooked = "<aside class=\"quote\" data-username=\"ada\" data-post=\"2\" data-topic=\"9\"><div class=\"title\">\
            <div class=\"quote-controls\"></div><img class=\"avatar\" src=\"/a.png\"> ada:</div>\
            <blockquote><p>Tea?</p></blockquote></aside><p>Yes <strong>please</strong> \
            <img class=\"emoji\" title=\":tea:\" src=\"/e.png\"></p><pre><code class=\"lang-cpp\">int a;\n</code></pre>\
            <p><img src=\"/uploads/x.png\" alt=\"a cup\"></p>";
        let text = to_markdown(cooked);
        assert!(text.contains("[quote=\"ada, post:2, topic:9\"]\nTea?\n[/quote]"), "{text}");
        assert!(text.contains("Yes **please** :tea:"), "{text}");
        assert!(text.contains("int a;"), "{text}");
        assert!(text.contains("![a cup](/uploads/x.png)"), "{text}");
        assert!(!text.contains("avatar") && !text.contains("a.png)\n"), "{text}");
    }
}
