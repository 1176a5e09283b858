//! How a reader likes pages to look: colours, text size, width and density, kept in a cookie and with the account.

/// The reader's choice; every part has a calm default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub colors: Colors,
    pub text: Text,
    pub wide: bool,
    pub compact: bool,
    /// No single key does anything (WCAG 2.1.4).
    pub keys_off: bool,
    /// The line "What is this place?" was closed.
    pub knows_place: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colors {
    #[default]
    Auto,
    Light,
    Dark,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Text {
    Small,
    #[default]
    Medium,
    Large,
    XLarge,
}

impl Look {
    /// Reads a cookie such as `dark large wide`; what it does not know it leaves out.
    pub fn parse(text: &str) -> Look {
        let mut look = Look::default();
        for word in text.split(['.', ' ']) {
            match word {
                "light" => look.colors = Colors::Light,
                "dark" => look.colors = Colors::Dark,
                "small" => look.text = Text::Small,
                "large" => look.text = Text::Large,
                "xlarge" => look.text = Text::XLarge,
                "wide" => look.wide = true,
                "compact" => look.compact = true,
                "nokeys" => look.keys_off = true,
                "met" => look.knows_place = true,
                _ => {}
            }
        }
        look
    }

    /// The cookie's value.
    pub fn cookie(&self) -> String {
        self.words().join(".")
    }

    fn words(&self) -> Vec<&'static str> {
        let colors = match self.colors {
            Colors::Auto => None,
            Colors::Light => Some("light"),
            Colors::Dark => Some("dark"),
        };
        let text = match self.text {
            Text::Small => Some("small"),
            Text::Medium => None,
            Text::Large => Some("large"),
            Text::XLarge => Some("xlarge"),
        };
        let flags =
            [(self.wide, "wide"), (self.compact, "compact"), (self.keys_off, "nokeys"), (self.knows_place, "met")];
        let flags = flags.into_iter().filter_map(|(is, word)| is.then_some(word));
        colors.into_iter().chain(text).chain(flags).collect()
    }

    /// Classes of the `html` element.
    pub fn classes(&self) -> String {
        let colors = match self.colors {
            Colors::Auto => "auto",
            Colors::Light => "light",
            Colors::Dark => "dark",
        };
        let mut classes = colors.to_owned();
        match self.text {
            Text::Small => classes.push_str(" text-small"),
            Text::Medium => {}
            Text::Large => classes.push_str(" text-large"),
            Text::XLarge => classes.push_str(" text-xlarge"),
        }
        if self.wide {
            classes.push_str(" width-wide");
        }
        if self.compact {
            classes.push_str(" density-compact");
        }
        if self.keys_off {
            classes.push_str(" keys-off");
        }
        // Pages are kept by these: with and without the line are two.
        if self.knows_place {
            classes.push_str(" met");
        }
        classes
    }

    pub fn is(&self, word: &str) -> bool {
        match word {
            "auto" => self.colors == Colors::Auto,
            "medium" => self.text == Text::Medium,
            word => self.words().contains(&word),
        }
    }
}
