//! Two changes of one text, made at the same time by two people: both are kept where they touch different lines.

/// The text with both changes in it; `None` where both changed the same lines.
pub fn texts(base: &str, mine: &str, theirs: &str) -> Option<String> {
    if mine == theirs || theirs == base {
        return Some(mine.to_owned());
    }
    if mine == base {
        return Some(theirs.to_owned());
    }
    // A last line without an end is another line than the same one with an end.
    let [base, mine, theirs] = [base, mine, theirs].map(|text| format!("{}\n", text.trim_end_matches('\n')));
    let merged = diffy::merge(&base, &mine, &theirs).ok()?;
    Some(merged.trim_end_matches('\n').to_owned())
}

/// The same of a line that is one whole, such as a title.
pub fn lines<'t>(base: &str, mine: &'t str, theirs: &'t str) -> Option<&'t str> {
    match () {
        () if mine == base => Some(theirs),
        () if theirs == base || mine == theirs => Some(mine),
        () => None,
    }
}

/// What is there now, with what I added to `base` and without what I took out.
pub fn sets(base: &[String], mine: &[String], theirs: &[String]) -> Vec<String> {
    let mut merged: Vec<String> =
        theirs.iter().filter(|one| mine.contains(one) || !base.contains(one)).cloned().collect();
    let added = mine.iter().filter(|one| !base.contains(one) && !theirs.contains(one)).cloned().collect::<Vec<_>>();
    merged.extend(added);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_of_different_lines_are_both_kept() {
        let base = "milk\nbread\n\nsalt\nflour\n\ntea";
        let merged = texts(base, "milk\nrye bread\n\nsalt\nflour\n\ntea", "milk\nbread\n\nsalt\nflour\n\ngreen tea");
        assert_eq!(merged.as_deref(), Some("milk\nrye bread\n\nsalt\nflour\n\ngreen tea"));
        let merged = texts(base, &format!("eggs\n{base}"), &format!("{base}\ncoffee"));
        assert_eq!(merged, Some(format!("eggs\n{base}\ncoffee")));
        assert_eq!(texts(base, base, "all gone").as_deref(), Some("all gone"));
        assert_eq!(texts(base, "mine", base).as_deref(), Some("mine"));
        assert_eq!(texts(base, "the same", "the same").as_deref(), Some("the same"));
    }

    #[test]
    fn changes_of_the_same_line_are_not_guessed() {
        assert_eq!(texts("a\nb\nc", "a\nmine\nc", "a\ntheirs\nc"), None);
        assert_eq!(texts("a\nb\nc", "a\nc", "a\ntheirs\nc"), None, "what one took out the other changed");
        assert_eq!(texts("a\nb", "a\nb\nmine", "a\nb\ntheirs"), None, "both went on at the end");
    }

    /// Whatever two people do, a line that one of them wrote is never missing from a merged text.
    #[test]
    fn nothing_that_was_written_is_lost() {
        let mut seed = 20_261_126_u64;
        let mut next = move |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let (mut clean, mut unclear) = (0, 0);
        for round in 0..2000 {
            let lines: Vec<String> = (0..next(30)).map(|_| format!("line {}", next(12))).collect();
            let mut change = |who: &str| {
                let (mut lines, mut written) = (lines.clone(), Vec::new());
                for n in 0..=next(3) {
                    let at = next(lines.len() as u64 + 1) as usize;
                    let new = format!("{who} {round} {n}");
                    if at < lines.len() && next(2) == 0 {
                        lines[at] = new.clone();
                    } else {
                        lines.insert(at, new.clone());
                    }
                    written.push(new);
                }
                written.retain(|line| lines.contains(line));
                (lines.join("\n"), written)
            };
            let ((mine, by_me), (theirs, by_them)) = (change("mine"), change("theirs"));
            match texts(&lines.join("\n"), &mine, &theirs) {
                None => unclear += 1,
                Some(merged) => {
                    clean += 1;
                    for line in by_me.iter().chain(&by_them) {
                        assert!(merged.lines().any(|l| l == line), "{line:?} is not in {merged:?}");
                    }
                    assert!(!merged.contains("<<<<<<<"), "{merged}");
                }
            }
        }
        assert!(clean > 500 && unclear > 100, "{clean} clean, {unclear} unclear");
    }

    #[test]
    fn titles_and_tags() {
        assert_eq!(lines("old", "old", "new"), Some("new"));
        assert_eq!(lines("old", "mine", "old"), Some("mine"));
        assert_eq!(lines("old", "mine", "theirs"), None);
        let of = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(sets(&of("tea milk"), &of("tea sugar"), &of("tea milk cups")), of("tea cups sugar"));
    }
}
