//! Messages: the banana vectors, and what MediaWiki does that they do not cover.

use super::{shared, words_with};
use crate::arg::Arg;
use crate::message::Message;
use crate::translator::T;
use crate::{A, Gender, Person, Plain, Words};
use std::borrow::Cow;

fn say(code: &str, message: &str, args: &[A<'_>]) -> String {
    let t = T::speaking(vec![std::sync::Arc::new(crate::load::Language::new(code, Cow::Borrowed("{}")))]);
    Message::read(message).print(args, &crate::plural::PluralRules::of(code), &t)
}

#[test]
fn the_vectors_of_banana_i18n() {
    let Some(path) = shared("text/banana-i18n/vectors.json") else {
        return;
    };
    let text = std::fs::read_to_string(path).expect("the corpus");
    let all: serde_json::Value = serde_json::from_str(&text).expect("the corpus");
    let (mut same, mut other) = (0, 0);
    for vector in all["vectors"].as_array().expect("a list") {
        let message = vector["message"].as_str().expect("a message");
        let args: Vec<A<'_>> = vector["params"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|param| match param {
                serde_json::Value::Number(n) => A::Number(n.as_i64().expect("whole")),
                text => A::Plain(Cow::Borrowed(text.as_str().expect("text"))),
            })
            .collect();
        let got = say(vector["locale"].as_str().expect("a code"), message, &args);
        let wanted = vector["result"].as_str().expect("a result");
        // By design: messages are plain text (links and HTML are not made here), words are not inflected
        // (GRAMMAR prints the word itself), and there are no plug-ins.
        let by_design = message.contains("GRAMMAR") || message.contains("[http") || message.contains('<');
        if message.contains("foobar") {
            assert_eq!(got, message);
            other += 1;
        } else if message.contains("GRAMMAR") {
            let word = message.trim_end_matches("}}").rsplit('|').next().expect("a word");
            assert_eq!(got, word);
            other += 1;
        } else if by_design {
            assert_eq!(got, message);
            other += 1;
        } else {
            assert_eq!(got, wanted, "{message}");
            same += 1;
        }
    }
    assert_eq!((same, other), (16, 34));
}

#[test]
fn plural_chooses_by_the_rules_of_the_language() {
    let n = |n: i64| [A::Number(n)];
    let ru = "{{PLURAL:$1|$1 файл|$1 файла|$1 файлов}}";
    assert_eq!(say("ru", ru, &n(1)), "1 файл");
    assert_eq!(say("ru", ru, &n(22)), "22 файла");
    assert_eq!(say("ru", ru, &n(11)), "11 файлов");
    let ar = "{{PLURAL:$1|zero|one|two|few|many|other}}";
    for (number, form) in [(0, "zero"), (1, "one"), (2, "two"), (7, "few"), (11, "many"), (100, "other")] {
        assert_eq!(say("ar", ar, &n(number)), form);
    }
    assert_eq!(say("he", "{{PLURAL:$1|one|two|other}}", &n(2)), "two");
    assert_eq!(say("ja", "{{PLURAL:$1|$1件}}", &n(5)), "5件");
    assert_eq!(say("en", "{{PLURAL:$1|one|other}}", &n(-1)), "one");
    // Fewer forms than the language has: the last stands for the rest.
    assert_eq!(say("ar", "{{PLURAL:$1|one|many}}", &n(7)), "many");
    assert_eq!(say("en", "a{{PLURAL:$1}}b", &n(7)), "ab");
}

#[test]
fn exact_forms_come_before_the_others() {
    let text = "{{PLURAL:$1|0=nobody|one person|12=a dozen|$1 people}}";
    let got: Vec<String> = [0, 1, 2, 12].iter().map(|n| say("en", text, &[A::Number(*n)])).collect();
    assert_eq!(got, ["nobody", "one person", "2 people", "a dozen"]);
    assert_eq!(say("en", "{{PLURAL:$1|a=b|c=d}}", &[A::Number(2)]), "c=d");
    assert_eq!(say("en", "{{PLURAL:$1|0=$2 left|one|other}}", &[A::Number(0), A::Plain("none".into())]), "none left");
}

#[test]
fn plural_reads_numbers_in_text() {
    assert_eq!(say("en", "{{PLURAL:1|one|other}}", &[]), "one");
    assert_eq!(say("en", "{{PLURAL:$1|one|other}}", &[A::Text("1".into())]), "one");
    assert_eq!(say("en", "{{PLURAL:$1|one|other}}", &[A::Text("1.5".into())]), "other");
    assert_eq!(say("fr", "{{PLURAL:$1|one|many|other}}", &[A::Text("1.5".into())]), "one");
    assert_eq!(say("en", "{{PLURAL:$1|one|other}}", &[A::Text("several".into())]), "other");
}

#[test]
fn arguments_are_never_read_as_messages() {
    assert_eq!(say("en", "by $1", &[A::Text("{{PLURAL:1|x}} $2 | }}".into())]), "by {{PLURAL:1|x}} $2 | }}");
    assert_eq!(say("en", "{{GENDER:$1|he|she|$1}}", &[A::Text("a|b}}".into())]), "a|b}}");
}

#[test]
fn templates_nest_and_take_any_case() {
    let text = "{{plural:$1|{{GENDER:$2|his|her|their}} file|{{gender:$2|his|her|their}} [[a|b]] $1 files}}";
    let one = [A::Number(1), Person("Ada", Gender::Female).piece()];
    let two = [A::Number(2), Person("Bo", Gender::Unknown).piece()];
    assert_eq!(say("en", text, &one), "her file");
    assert_eq!(say("en", text, &two), "their [[a|b]] 2 files");
    assert_eq!(say("en", "{{PLURAL:$1| one | many }}.", &[A::Number(2)]), "many.");
}

#[test]
fn gender_has_three_forms_and_forgives_fewer() {
    let person = |gender| [A::Person("Ada".into(), gender)];
    let three = "{{GENDER:$1|he|she|they}}";
    assert_eq!(say("en", three, &person(Gender::Male)), "he");
    assert_eq!(say("en", three, &person(Gender::Female)), "she");
    assert_eq!(say("en", three, &person(Gender::Unknown)), "they");
    assert_eq!(say("en", "{{GENDER:$1|he|she}}", &person(Gender::Unknown)), "he");
    assert_eq!(say("en", "{{GENDER:$1|closed}}", &person(Gender::Female)), "closed");
    // A member may be called "female"; that says nothing about them.
    assert_eq!(say("en", three, &[A::Text("female".into())]), "they");
}

#[test]
fn what_is_not_understood_stays_as_it_is() {
    for text in ["{{SITENAME}}", "{{foo:$}}", "{{PLURAL:", "{{PLURAL:x|y", "}} {{ | $0 $", "{{", "[[a|b]]", "a ]] b"] {
        assert_eq!(say("en", text, &[]), text);
    }
    assert_eq!(say("en", "$1 and $3", &[A::Number(1)]), "1 and $3");
    let deep = "{{PLURAL:1|".repeat(2_000);
    assert_eq!(say("en", &deep, &[]), deep);
    let closed = "{{PLURAL:1|".repeat(500) + &"}}".repeat(500);
    assert!(say("en", &closed, &[]).len() < closed.len());
}

#[test]
fn numbers_int_and_formatnum() {
    assert_eq!(say("de", "$1 {{formatnum:$1}} {{formatnum:1234.5}}", &[A::Number(12345)]), "12.345 12.345 1.234,5");
    assert_eq!(say("fa", "$1", &[A::Number(12)]), "۱۲");
    assert_eq!(say("fa", "{{PLURAL:$1|one|other}}", &[A::Number(1)]), "one");
    let words = words_with(&[(
        "en.json",
        r#"{"a": "A {{int:b|$1}}", "b": "B $1", "loop": "x{{int:loop}}", "lost": "{{int:nowhere}}"}"#,
    )])
    .expect("good files");
    let t = words.t("en");
    assert_eq!(t.msg("a", &[A::Number(1000)]), "A B 1,000");
    assert_eq!(t.msg("loop", &[]), "xxxxx⧼loop⧽");
    assert_eq!(t.msg("lost", &[]), "⧼nowhere⧽");
}

#[test]
fn user_text_cannot_disturb_the_direction() {
    let by = |code, name: &str| say(code, "<$1>", &[name.piece()]);
    assert_eq!(by("he", "Ada (WMF)"), "<\u{2068}Ada (WMF)\u{2069}>");
    assert_eq!(by("he", "עדה"), "<\u{2068}עדה\u{2069}>");
    assert_eq!(by("en", "עדה!"), "<\u{2068}עדה!\u{2069}>");
    assert_eq!(by("en", "a\u{202e}b"), "<\u{2068}a\u{202e}b\u{2069}>");
    assert_eq!(by("en", "\u{2069}x"), "<\u{2068}x\u{2069}>");
    // Nothing to keep apart: no marks that would travel with a copied sentence.
    assert_eq!(by("en", "Ada (WMF)"), "<Ada (WMF)>");
    assert_eq!(say("he", "<$1>", &[Plain("Ada").piece()]), "<Ada>");
    assert_eq!(say("he", "{{bidi:$1}}", &["Ada".piece()]), "\u{202a}Ada\u{202c}");
}

#[test]
fn every_kind_of_argument() {
    let t = Words::embedded().t("en");
    let (count, name) = (3usize, String::from("Ada"));
    assert_eq!(t.relative_minutes_ago(count), "3 minutes ago");
    assert_eq!(t.relative_minutes_ago(1u8), "1 minute ago");
    assert_eq!(t.relative_minutes_ago(u64::MAX), t.relative_minutes_ago(i64::MAX));
    assert_eq!(t.topic_closed_by(&name), "Ada closed this topic");
    assert_eq!(t.topic_closed_by(name.as_str()), "Ada closed this topic");
    assert_eq!(t.topic_closed_by(Person("Ada", Gender::Female)), "Ada closed this topic");
    assert_eq!(t.topic_closed_by(Cow::Borrowed("Ada")), "Ada closed this topic");
}
