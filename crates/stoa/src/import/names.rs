//! Names of people who come in: each is made one that nobody else has or seems to have.

use std::collections::HashSet;

use crate::db::Tx;
use crate::users::names::{self, Problem};
use crate::web::error::Result;

/// Every name that is taken, by both of its keys.
pub struct Taken {
    folded: HashSet<String>,
    skeletons: HashSet<String>,
}

/// A name with its keys.
#[derive(Clone, Debug, Default)]
pub struct Name {
    pub name: String,
    pub folded: String,
    pub skeleton: String,
}

impl Name {
    pub fn of(name: String) -> Name {
        Name { folded: names::folded(&name), skeleton: names::skeleton_of(&name), name }
    }
}

impl Taken {
    pub fn load(tx: &Tx) -> Result<Taken> {
        let rows: Vec<(String, String)> = tx.all("select folded, skeleton from users", &[])?;
        let (folded, skeletons) = rows.into_iter().unzip();
        Ok(Taken { folded, skeletons })
    }

    fn is_free(&self, name: &Name) -> bool {
        !self.folded.contains(&name.folded) && !self.skeletons.contains(&name.skeleton)
    }

    /// Gives somebody their name, or one that is as near as may be, and says why it is another.
    pub fn give(&mut self, wanted: &str, id: i64) -> (Name, Option<String>) {
        let tidy = names::tidy(wanted);
        let (stem, mut why) = match names::check(&tidy) {
            Ok(()) => (tidy, None),
            Err(problem) => (nearest(&tidy, problem), Some(told(problem))),
        };
        let mut found = Name::of(stem.clone());
        let mut number = 1;
        while found.name.is_empty() || names::check(&found.name).is_err() || !self.is_free(&found) {
            why.get_or_insert_with(|| "somebody has this name or one that looks the same".to_owned());
            number += 1;
            let short: String = stem.chars().take(names::LONGEST - 12).collect();
            found = Name::of(if number > 9 || short.is_empty() {
                format!("Member {id} ({number})")
            } else {
                format!("{short} ({number})")
            });
        }
        self.folded.insert(found.folded.clone());
        self.skeletons.insert(found.skeleton.clone());
        (found, why)
    }
}

/// What is left of a name that cannot be had.
pub fn nearest(name: &str, problem: Problem) -> String {
    match problem {
        Problem::TooLong => name.chars().take(names::LONGEST).collect::<String>().trim().to_owned(),
        Problem::Character(_) => {
            let mut left = name.to_owned();
            while let Err(Problem::Character(odd)) = names::check(&left) {
                left = left.replace(odd, " ");
            }
            names::tidy(&left)
        }
        Problem::Reserved => name.to_owned(),
        // Nothing of a name that deceives is kept.
        Problem::Empty | Problem::NoLetter | Problem::MixedScripts => String::new(),
    }
}

fn told(problem: Problem) -> String {
    match problem {
        Problem::Empty => "there is no name".into(),
        Problem::TooLong => format!("longer than {} characters", names::LONGEST),
        Problem::Character(odd) => format!("holds the character U+{:04X}", u32::from(odd)),
        Problem::NoLetter => "has no letter".into(),
        Problem::MixedScripts => "mixes letters of scripts that look alike".into(),
        Problem::Reserved => "would be taken for the site itself".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_gets_a_name_of_their_own() {
        let mut taken = Taken { folded: HashSet::new(), skeletons: HashSet::new() };
        let mut give = |name: &str| {
            let (name, why) = taken.give(name, 7);
            (name.name, why.is_some())
        };
        assert_eq!(give("Sir_Nate"), ("Sir Nate".into(), false));
        assert_eq!(give("SirNate"), ("SirNate (2)".into(), true), "folds to the same");
        assert_eq!(give("sal_1"), ("sal 1".into(), false));
        assert_eq!(give("sa_11").0, "sa 11 (2)", "a one looks like an l");
        assert_eq!(give("system"), ("system (2)".into(), true), "reserved");
        assert_eq!(give("pаypal"), ("Member 7 (2)".into(), true), "a Cyrillic а");
        assert_eq!(give("a\u{202e}b|c").0, "a b c");
        assert_eq!(give("").0, "Member 7 (3)");
        assert_eq!(give(&"x".repeat(80)).0, "x".repeat(60));
    }
}
