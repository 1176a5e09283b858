//! Private messages: conversations between people and groups. They are topics of a kind of their own, so that everything
//! one knows from topics works in them; only who sees them is decided by who takes part, not by a category.

pub mod contact;
pub mod create;
pub mod inbox;
pub mod look;
pub mod people;
pub mod queries;
pub mod tell;

use crate::topics::Topic;
use crate::web::{Policy, Routes};

/// `topics.kind` of a conversation.
pub const MESSAGE: i64 = 2;
/// People and groups in one conversation.
pub const PEOPLE_MOST: usize = 30;

/// As what somebody is in a conversation. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i64)]
pub enum Role {
    Person = 1,
    Group = 2,
    /// One of the staff who looks into it for a while.
    Looks = 3,
}

impl Role {
    pub fn number(self) -> i64 {
        self as i64
    }
}

/// What a conversation is to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Nothing,
    /// They may read it.
    Looks,
    /// They may read and write.
    Takes,
}

impl Topic {
    pub fn is_message(&self) -> bool {
        self.kind == MESSAGE
    }

    /// Who takes part: as what, and the id of a person or group.
    pub fn taking_part(&self) -> impl Iterator<Item = (Role, i64)> {
        let all = self.people.as_deref().unwrap_or("").split(',');
        all.filter_map(|one| {
            let (role, id) = one.split_once(' ')?;
            let role = match role {
                "1" => Role::Person,
                "2" => Role::Group,
                "3" => Role::Looks,
                _ => return None,
            };
            Some((role, id.parse().ok()?))
        })
    }

    /// What it is to a member in these groups.
    pub fn part_of(&self, member: i64, groups: &[i64]) -> Part {
        let mut part = Part::Nothing;
        for (role, id) in self.taking_part() {
            match role {
                Role::Person if id == member => return Part::Takes,
                Role::Group if groups.contains(&id) => return Part::Takes,
                Role::Looks if id == member => part = Part::Looks,
                _ => {}
            }
        }
        part
    }

    /// Whether somebody is in it by name.
    pub fn has_person(&self, member: i64) -> bool {
        self.taking_part().any(|(role, id)| role == Role::Person && id == member)
    }
}

pub fn routes() -> Routes {
    Routes::new()
        .get_with("/messages", Policy::Members, inbox::QUERY, inbox::page)
        .get_with("/messages/new", Policy::Members, create::QUERY, create::form)
        .post_file("/messages/new", Policy::Members, create::FIELDS, create::submit)
        .get("/t/{id}/people", Policy::Members, people::page)
        .post("/t/{id}/people", Policy::Members, people::FIELDS, people::add)
        .post("/t/{id}/people/remove", Policy::Members, people::REMOVE_FIELDS, people::remove)
        .post("/t/{id}/leave", Policy::Members, &[], people::leave)
        .post("/t/{id}/call-moderators", Policy::Members, &[], people::call_moderators)
        .get("/admin/looks", Policy::Moderators, look::page)
        .post("/admin/looks", Policy::Moderators, look::FIELDS, look::open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_read_from_the_list() {
        let topic = Topic { kind: MESSAGE, people: Some("1 7,2 40,3 8".into()), ..Topic::default() };
        assert_eq!(topic.part_of(7, &[0, 10]), Part::Takes);
        assert_eq!(topic.part_of(8, &[0, 10]), Part::Looks);
        assert_eq!(topic.part_of(8, &[0, 10, 40]), Part::Takes, "a group that takes part says more than a look");
        assert_eq!(topic.part_of(9, &[0, 1, 2, 10]), Part::Nothing, "not even the staff");
        assert_eq!(topic.part_of(0, &[0]), Part::Nothing);
    }
}
