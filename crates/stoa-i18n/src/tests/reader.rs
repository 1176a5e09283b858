//! Choosing a language, and its numbers, dates and lists.

use super::words_with;
use crate::Words;

fn several() -> Words {
    words_with(&[
        ("de.json", r#"{"relative-now": "gerade eben", "size-bytes": "{{PLURAL:$1|$1 Byte|$1 Bytes}}"}"#),
        ("pt-br.json", r#"{"relative-now": "agora mesmo"}"#),
        ("ar.json", r#"{"relative-now": "الآن"}"#),
        ("sr-el.json", r#"{"relative-now": "upravo sada"}"#),
        ("zh-hans.json", r#"{"relative-now": "刚刚"}"#),
        ("qqq.json", "this is for translators and not read"),
    ])
    .expect("good files")
}

#[test]
fn a_language_without_words_falls_back() {
    let words = several();
    let said = |code: &str| (words.t(code).code().to_owned(), words.t(code).relative_now());
    assert_eq!(said("de"), ("de".into(), "gerade eben".into()));
    assert_eq!(said("gsw"), ("de".into(), "gerade eben".into()));
    assert_eq!(said("de-AT"), ("de".into(), "gerade eben".into()));
    assert_eq!(said("pt"), ("pt-BR".into(), "agora mesmo".into()));
    assert_eq!(said("sr-Latn"), ("sr-Latn".into(), "upravo sada".into()));
    assert_eq!(said("zh-TW"), ("zh-Hans".into(), "刚刚".into()));
    assert_eq!(said("tlh"), ("en".into(), "just now".into()));
    assert_eq!(words.t("sr-Latn").language_code(), "sr-el");
    assert_eq!(words.t("ar").dir(), "rtl");
    // A message that German lacks is English.
    assert_eq!(words.t("de").topic_closed_by("Ada"), "Ada closed this topic");
    assert!(words.has("pt-BR") && !words.has("pt") && words.t("de").has_key("size-bytes"));
}

#[test]
fn negotiation_follows_the_order_of_wishes() {
    let words = several();
    let code = |uselang, chosen, accept| words.negotiate(uselang, chosen, accept, "en").code().to_owned();
    assert_eq!(code(Some("de"), Some("ar"), Some("zh-CN")), "de");
    assert_eq!(code(None, Some("ar"), Some("zh-CN")), "ar");
    assert_eq!(code(Some("no such"), None, Some("zh-CN,en;q=0.5")), "zh-Hans");
    assert_eq!(code(None, None, Some("tlh, de;q=0.3, ar;q=0.8")), "ar");
    assert_eq!(code(None, None, Some("tlh;q=1, de;q=0")), "en");
    assert_eq!(code(None, None, Some("gsw, ar;q=0.5")), "ar");
    assert_eq!(code(None, None, Some("gsw, tlh;q=0.5")), "de");
    assert_eq!(code(None, None, Some("en-US,en;q=0.9,de;q=0.8")), "en");
    assert_eq!(code(None, None, Some(";;q=,,*;q=x, \u{7f}é")), "en");
    assert_eq!(code(None, None, None), "en");
    assert_eq!(words.negotiate(None, None, Some("*"), "de").code(), "de");
    assert_eq!(words.negotiate(None, None, Some("tlh"), "sr-el").code(), "sr-Latn");
    let keys = words.negotiate(Some("qqx"), None, None, "en");
    assert_eq!(keys.topic_closed_by("Ada"), "(topic-closed-by: Ada)");
    assert_eq!(keys.relative_now(), "(relative-now)");
}

#[test]
fn languages_say_how_complete_they_are() {
    let all = several().languages();
    let find = |code: &str| all.iter().find(|info| info.code == code).expect("listed").clone();
    assert_eq!(find("en").percent, 100);
    assert_eq!((find("ar").dir, find("ar").autonym.as_str()), ("rtl", "العربية"));
    assert!(find("de").percent < 100);
}

#[test]
fn a_broken_file_is_named_with_its_line() {
    let error = |name: &str, text: &str| {
        let error = words_with(&[(name, text)]).err().expect("an error");
        assert_eq!(error.file.file_name().and_then(|n| n.to_str()), Some(name));
        (error.line, error.reason)
    };
    assert_eq!(error("de.json", "{\n\"a\": \"b\",\n}").0, 3);
    assert_eq!(error("de.json", "{\n\"a\": \"b\",\n\"c\": 5}"), (3, "message \"c\" is not a text".into()));
    let (line, reason) = error("de.json", "{\n\n\"relative-now\": \"$1\"}");
    assert_eq!((line, reason.contains("$1")), (3, true));
    assert_eq!(error("de.json", "{\"relative-now\": \"{{PLURAL:1|x\"}").0, 1);
    assert_eq!(error("klingonisch.json", "{}").0, 0);
    let text = words_with(&[("de.json", "[")]).err().expect("an error").to_string();
    assert!(text.contains("de.json:1: "), "{text}");
}

#[test]
fn an_override_replaces_single_messages() {
    let words = words_with(&[("en.json", r#"{"relative-now": "this instant", "of-our-own": "Hi $1"}"#)]).expect("good");
    let t = words.t("en");
    assert_eq!(t.relative_now(), "this instant");
    assert_eq!(t.relative_minutes_ago(2), "2 minutes ago");
    assert_eq!(t.msg("of-our-own", &[crate::A::Text("Bo".into())]), "Hi Bo");
    assert_eq!(t.msg("nowhere", &[]), "⧼nowhere⧽");
    assert!(!t.has_key("nowhere"));
}

/// Thursday 12 November 2026, 22:15 in Berlin.
const MOMENT: i64 = 1_794_518_100_000_000;

#[test]
fn dates_in_the_readers_zone_and_language() {
    let words = several();
    let en = words.t("en");
    assert_eq!(en.date(MOMENT, "Europe/Berlin"), "12 Nov 2026");
    assert_eq!(en.date_time(MOMENT, "Europe/Berlin"), "12 Nov 2026, 22:15");
    assert_eq!(en.date_time(MOMENT, "Asia/Tokyo"), "13 Nov 2026, 06:15");
    assert_eq!(en.date_time(MOMENT, "Mars/Olympus"), en.date_time(MOMENT, "UTC"));
    assert_eq!(en.time(MOMENT, "Europe/Berlin"), "22:15");
    assert_eq!(en.day(MOMENT, "Europe/Berlin"), "Thursday, 12 November 2026");
    assert_eq!(en.month(2026, 11), "November 2026");
    assert_eq!(en.month(2026, 13), "2026-13");
    let de = words.t("de");
    assert_eq!(de.date(MOMENT, "Europe/Berlin"), "12.11.2026");
    assert_eq!(de.day(MOMENT, "Europe/Berlin"), "Donnerstag, 12. November 2026");
    assert_eq!(words.t("zh").day(MOMENT, "UTC"), "2026年11月12日星期四");
    assert!(words.t("sr-Latn").month(2026, 11).contains("novembar"));
    for edge in [i64::MIN, 0, i64::MAX] {
        assert!(!en.date_time(edge, "UTC").is_empty());
    }
}

#[test]
fn ages_up_to_a_week_then_the_date() {
    let en = Words::embedded().t("en");
    let ago = |seconds: i64| en.relative(MOMENT - seconds * 1_000_000, MOMENT);
    assert_eq!(ago(0), "just now");
    assert_eq!(ago(59), "just now");
    assert_eq!(ago(60), "1 minute ago");
    assert_eq!(ago(3_599), "59 minutes ago");
    assert_eq!(ago(7_200), "2 hours ago");
    assert_eq!(ago(86_400), "1 day ago");
    assert_eq!(ago(7 * 86_400 - 1), "6 days ago");
    assert_eq!(ago(7 * 86_400), "5 Nov 2026");
    assert_eq!(ago(-300), "in 5 minutes");
    assert_eq!(ago(-7_200), "in 2 hours");
    assert_eq!(ago(-2 * 86_400), "in 2 days");
    assert_eq!(ago(-9 * 86_400), "21 Nov 2026");
    assert_eq!(en.relative(i64::MIN, i64::MAX), en.date(i64::MIN, "UTC"));
}

#[test]
fn numbers_sizes_and_lists() {
    let words = several();
    let (en, de) = (words.t("en"), words.t("de"));
    assert_eq!(en.number(-1_234_567), "-1,234,567");
    assert_eq!(de.number(1_234_567), "1.234.567");
    let sizes: Vec<String> =
        [0, 1, 999, 1_000, 1_449, 99_949, 99_950, 999_499, 999_500, 1_500_000, 2_000_000_000, u64::MAX]
            .map(|n| en.bytes(n))
            .into();
    let wanted = [
        "0 bytes",
        "1 byte",
        "999 bytes",
        "1 kB",
        "1.4 kB",
        "99.9 kB",
        "100 kB",
        "999 kB",
        "1 MB",
        "1.5 MB",
        "2 GB",
        "18,446,744,074 GB",
    ];
    assert_eq!(sizes, wanted);
    assert_eq!(de.bytes(1_500_000), "1,5 MB");
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
    assert_eq!(en.list(&names(&["Ada", "Bo", "Cy"])), "Ada, Bo and Cy");
    assert_eq!(de.list(&names(&["Ada", "Bo"])), "Ada und Bo");
    assert_eq!(en.list(&[]), "");
    assert_eq!(words.t("ar").list(&names(&["Ada"])), "\u{2068}Ada\u{2069}");
}

#[test]
fn words_and_languages_may_be_shared_between_threads() {
    fn shared<S: Send + Sync + Clone + 'static>(_: &S) {}
    let words = Words::embedded();
    shared(&words);
    shared(&words.t("en"));
    let there = std::thread::spawn({
        let words = words.clone();
        move || words.t("en").number(1_000)
    });
    assert_eq!(there.join().expect("no panic"), words.t("en").number(1_000));
}
