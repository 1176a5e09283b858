//! The settings and the four texts of the demonstration's footer.

/// Settings: key, value.
pub const SETTINGS: &[(&str, &str)] = &[
    ("name", "The Colonnade"),
    ("tagline", "Where people who write, photograph, translate and organise for free knowledge talk"),
    ("wiki", "https://en.wikipedia.org/wiki/$1"),
];

/// Texts: name, language, Markdown.
pub const PAGES: &[(&str, &str, &str)] =
    &[("about", "en", ABOUT), ("rules", "en", RULES), ("privacy", "en", PRIVACY), ("imprint", "en", IMPRINT)];

const ABOUT: &str = "\
The Colonnade is a demonstration of **Stoa**, software for communities. Everybody you meet here is invented, and so is \
everything they say; the pictures were drawn for it.

Look around as a community would:

- read, search and follow a discussion in one of more than a dozen languages;
- sign up, write a reply, quote somebody, like what you like;
- switch the language of the pages, the colours, or the size of the text;
- log in as the administrator, whose password was printed when the demonstration started.

Nothing here leaves your machine. Delete the data folder, and it never happened.
";

const RULES: &str = "\
1. **Be kind.** Answer the idea, not the person.
2. **Any language is welcome.** Write in the one you think in; somebody will help with the rest.
3. **Say where it comes from.** Link the page, the decision or the source you talk about.
4. **Keep private things private.** No mail addresses, telephone numbers or plans of other people.
5. **Ask before you photograph, record or quote** somebody who has not spoken here.
6. **Finished?** Tell us how it ended. “It worked” is a complete reply.

Moderators may hide what breaks these rules; they say so, and you may ask why.
";

const PRIVACY: &str = "\
This is what Stoa keeps, and for whom:

| what | who sees it | how long |
| --- | --- | --- |
| your name, biography and picture | everybody | until you change them |
| what you write, and its earlier versions | whoever may read the category | until it is deleted |
| your mail address | you alone | until you remove it |
| your password | nobody: only a hash of it is stored | until you change it |
| your sessions: a device's name, a time | you alone | until you log out |
| your IP address | nobody: it is never written to disk | – |

There is one cookie, which keeps you logged in. Pages load nothing from other sites and count no visits.
";

const IMPRINT: &str = "\
The demonstration has no operator but you: it runs on your own machine.

On a real site this page names the people who are responsible for it, and how to reach them. An administrator edits it, \
like the three other texts of the footer, without touching a file.
";
