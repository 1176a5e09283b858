//! Who may do what in a category, as an administrator sets it and as a person reads it.

use stoa_i18n::Plain;

use crate::site::{ADMINISTRATORS, EVERYONE, Group, Level, MEMBERS, MODERATORS, Site};
use crate::web::{Form, Visit};

/// Levels in their order, with the message of each.
pub const LEVELS: [(Level, &str); 4] = [
    (Level::Nothing, "rights-level-nothing"),
    (Level::See, "rights-level-see"),
    (Level::Reply, "rights-level-reply"),
    (Level::Create, "rights-level-create"),
];

/// A group's line in the form.
pub struct Line {
    pub group: i64,
    pub name: String,
    pub level: Level,
}

impl Line {
    pub fn is(&self, level: &Level) -> bool {
        self.level == *level
    }

    /// What the form sends for this group and a level.
    pub fn value(&self, level: &Level) -> String {
        format!("{}:{}", self.group, *level as i64)
    }
}

/// The name within a sentence: what somebody typed stands between U+2068 and U+2069, whatever its direction.
fn within(v: &Visit, group: &Group) -> String {
    let name = group_name(v, group);
    if [EVERYONE, ADMINISTRATORS, MODERATORS, MEMBERS].contains(&group.id) {
        return name;
    }
    format!("\u{2068}{name}\u{2069}")
}

/// The name a reader knows a group by.
pub fn group_name(v: &Visit, group: &Group) -> String {
    match group.id {
        EVERYONE => v.t.group_everyone(),
        ADMINISTRATORS => v.t.group_administrators(),
        MODERATORS => v.t.group_moderators(),
        MEMBERS => v.t.group_members(),
        _ if group.full_name.is_empty() => group.name.clone(),
        _ => group.full_name.clone(),
    }
}

/// One line for each group; administrators may always do everything and have none.
pub fn lines(v: &Visit, rights: &[(i64, Level)]) -> Vec<Line> {
    let groups = v.site.groups.iter().filter(|g| g.id != ADMINISTRATORS);
    let mut lines: Vec<Line> = groups
        .map(|g| Line {
            group: g.id,
            name: group_name(v, g),
            level: rights.iter().find(|(id, _)| *id == g.id).map_or(Level::Nothing, |(_, level)| *level),
        })
        .collect();
    let place = |id: i64| match id {
        EVERYONE => 0,
        MEMBERS => 1,
        MODERATORS => 2,
        _ => 3,
    };
    lines.sort_by_key(|line| (place(line.group), line.group));
    lines
}

/// The rights a form sends, `group:level` each; what names no group of the site is left out.
pub fn of_form(site: &Site, f: &Form) -> Vec<(i64, Level)> {
    let mut rights: Vec<(i64, Level)> = Vec::new();
    for text in f.all("right[]") {
        let Some((group, level)) = text.split_once(':') else { continue };
        let (Ok(group), Ok(level)) = (group.parse::<i64>(), level.parse::<i64>()) else { continue };
        let known = group != ADMINISTRATORS && site.groups.iter().any(|g| g.id == group);
        let level = Level::from_number(level);
        if known && level > Level::Nothing && !rights.iter().any(|(id, _)| *id == group) {
            rights.push((group, level));
        }
    }
    rights.sort_unstable();
    rights
}

/// Who gains what from some rights below a parent: each level with the groups that reach it and would not without
/// being in them. Strangers can only read, whatever their group may do.
pub fn reach(site: &Site, parent: Option<i64>, rights: &[(i64, Level)]) -> Vec<(Level, Vec<i64>)> {
    let level = |groups: &[i64]| {
        if parent.is_some_and(|p| site.level(p, groups) == Level::Nothing) {
            return Level::Nothing;
        }
        let own = rights.iter().filter(|(group, _)| groups.contains(group));
        own.map(|(_, level)| *level).max().unwrap_or(Level::Nothing)
    };
    let strangers = level(&[EVERYONE]).min(Level::See);
    let members = level(&[EVERYONE, MEMBERS]);
    let mut found = vec![(strangers, EVERYONE)];
    if members > strangers {
        found.push((members, MEMBERS));
    }
    for group in site.groups.iter().map(|g| g.id).filter(|g| ![EVERYONE, MEMBERS, ADMINISTRATORS].contains(g)) {
        let own = level(&[EVERYONE, MEMBERS, group]);
        if own > members {
            found.push((own, group));
        }
    }
    let mut reached: Vec<(Level, Vec<i64>)> = Vec::new();
    for wanted in [Level::See, Level::Reply, Level::Create] {
        let groups: Vec<i64> = found.iter().filter(|(level, _)| *level == wanted).map(|(_, group)| *group).collect();
        if !groups.is_empty() {
            reached.push((wanted, groups));
        }
    }
    reached
}

/// The same in sentences: "Everyone can read." "Members can read and reply."
pub fn sentences(v: &Visit, parent: Option<i64>, rights: &[(i64, Level)]) -> Vec<String> {
    let reached = reach(&v.site, parent, rights);
    if reached.is_empty() {
        return vec![v.t.rights_nobody()];
    }
    let say = |(level, groups): (Level, Vec<i64>)| {
        let count = groups.len();
        let known = |id: &i64| v.site.groups.iter().find(|g| g.id == *id).map(|g| within(v, g));
        let names = v.t.list(&groups.iter().filter_map(known).collect::<Vec<_>>());
        match level {
            Level::Create => v.t.rights_can_create(Plain(&names), count),
            Level::Reply => v.t.rights_can_reply(Plain(&names), count),
            _ => v.t.rights_can_see(Plain(&names), count),
        }
    };
    reached.into_iter().map(say).collect()
}

/// Rights and parent in one word, so that a form can say which change was agreed to.
pub fn signature(parent: Option<i64>, rights: &[(i64, Level)]) -> String {
    let mut out = parent.map_or_else(|| "-".to_owned(), |p| p.to_string());
    for (group, level) in rights {
        out.push_str(&format!(" {group}:{}", *level as i64));
    }
    out
}
