//! Titles of wiki pages, in the one form that they are kept and compared in.

/// Characters of the longest title: 255 bytes, and a namespace before it.
pub const LONGEST: usize = 300;

/// A title as people write it: spaces, not underscores; none at the ends and no two in a row; no `#section` behind it; no
/// invisible marks of direction.
pub fn tidy(title: &str) -> String {
    let title = title.split('#').next().unwrap_or("");
    let title: String =
        title.chars().filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}')).collect();
    let title = title.replace('_', " ");
    title.trim_start_matches(':').split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn one_form_for_all_ways_to_write_it() {
        for written in [
            "Talk:Green_tea",
            " Talk:Green  tea ",
            "Talk:Green tea#Brewing",
            ":Talk:Green_tea",
            "\u{200e}Talk:Green tea",
        ] {
            assert_eq!(tidy(written), "Talk:Green tea", "{written:?}");
        }
        assert_eq!(tidy("نقاش:شاي"), "نقاش:شاي");
    }
}
