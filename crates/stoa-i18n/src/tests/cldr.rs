//! Plurals and dates against CLDR's own data, where the shared corpus is at hand.

use super::shared;
use crate::format::{Formats, local};
use crate::plural::{Operands, PluralRules};

#[test]
fn every_sample_of_cldr_takes_its_form() {
    let Some(path) = shared("text/cldr/plurals.xml") else {
        return;
    };
    let text = std::fs::read_to_string(path).expect("the corpus");
    let (mut languages, mut samples) = (0, 0);
    for group in text.split("<pluralRules locales=\"").skip(1) {
        let (codes, rest) = group.split_once('"').expect("an attribute");
        let body = rest.split("</pluralRules>").next().expect("an element");
        let forms: Vec<&str> = body.split("<pluralRule count=\"").skip(1).collect();
        for code in codes.split(' ') {
            let code = code.to_lowercase().replace('_', "-");
            // Withdrawn codes have newer names; `root` is no language.
            if ["root", "in", "iw", "ji"].contains(&code.as_str()) {
                continue;
            }
            let rules = PluralRules::exactly(&code).unwrap_or_else(|| panic!("no rules for {code}"));
            assert_eq!(rules.count(), forms.len(), "{code}");
            languages += 1;
            for (place, form) in forms.iter().enumerate() {
                for sample in values(form) {
                    let number = Operands::read(&sample).expect("a number");
                    assert_eq!(rules.form(&number), place, "{code}: {sample}");
                    samples += 1;
                }
            }
        }
    }
    assert!(languages > 200 && samples > 10_000, "{languages} languages, {samples} samples");
}

/// The samples of one rule: `0~3, 5` as 0, 1, 2, 3, 5; compact ones (`1c6`) are not for messages.
fn values(form: &str) -> Vec<String> {
    let mut all = Vec::new();
    let rule = form.split('<').next().expect("text");
    for list in rule.split('@').skip(1) {
        let list = list.trim_start_matches("integer").trim_start_matches("decimal");
        for sample in list.split(',').map(str::trim).filter(|s| !s.is_empty() && !s.contains(['c', 'e', '…'])) {
            match sample.split_once('~') {
                None => all.push(sample.to_owned()),
                Some((low, high)) => {
                    let digits = low.split_once('.').map_or(0, |(_, fraction)| fraction.len());
                    let scale = 10f64.powi(digits as i32);
                    let whole = |s: &str| (s.parse::<f64>().expect("a number") * scale).round() as u64;
                    all.extend((whole(low)..=whole(high)).map(|n| format!("{:.digits$}", n as f64 / scale)));
                }
            }
        }
    }
    all
}

#[test]
fn dates_and_times_as_cldr_prints_them() {
    let Some(path) = shared("text/cldr/datetime.json") else {
        return;
    };
    let text = std::fs::read_to_string(path).expect("the corpus");
    let all: serde_json::Value = serde_json::from_str(&text).expect("the corpus");
    let mut compared = 0;
    for case in all.as_array().expect("a list") {
        let word = |key: &str| case[key].as_str().unwrap_or("");
        // Our dates are Gregorian in every language; times have no calendar.
        let gregorian = word("calendar") == "gregorian";
        let (moment, zone) = word("input").trim_end_matches(']').split_once('[').expect("a zone");
        let locale: icu::locale::Locale = word("locale").parse().expect("a tag");
        let formats = Formats::make(&locale);
        let moment = if moment.matches(':').count() == 1 { moment.replace('Z', ":00Z") } else { moment.to_owned() };
        let micros = moment.parse::<jiff::Timestamp>().expect("a moment").as_microsecond();
        let at = local(micros, zone);
        let long = word("semanticSkeletonLength") == "long" && case.get("yearStyle").is_none();
        let got = match (word("dateLength"), word("timeLength"), word("semanticSkeleton")) {
            ("medium", "", "") if gregorian => formats.date(&at),
            ("", "", "YMDE") if gregorian && long => formats.day(&at),
            ("", "short", "") => formats.time(&at),
            _ => continue,
        };
        let spaces = |s: &str| s.replace(['\u{202f}', '\u{a0}'], " ");
        assert_eq!(spaces(&got), spaces(word("expected")), "{case}");
        compared += 1;
    }
    assert!(compared >= 18, "only {compared} compared");
}
