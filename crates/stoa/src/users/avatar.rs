//! The picture beside a name: one that was sent, or the drawn initial.

/// What a template prints.
#[derive(Clone, Debug, Default)]
pub struct Avatar {
    pub initial: String,
    /// 0 to 8, one of the nine colours.
    pub hue: i64,
    pub picture: Option<String>,
}

impl Avatar {
    pub fn of(user: i64, name: &str, sha256: Option<&str>) -> Avatar {
        let first = name.chars().find(|c| c.is_alphanumeric()).unwrap_or('?');
        Avatar {
            initial: first.to_uppercase().take(1).collect(),
            hue: user.rem_euclid(9),
            picture: sha256.map(|hash| format!("/avatars/{hash}.webp")),
        }
    }
}
