//! Sizes and addresses of images: `![alt|690x375, 50%](upload://…)`.

/// What the alternative text of an image says besides its words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Alt<'a> {
    /// The words.
    pub text: &'a str,
    /// Width and height in CSS pixels, after scaling.
    pub size: Option<(u32, u32)>,
}

/// Largest width or height that is believed.
const LARGEST: u32 = 20_000;

/// Splits `alt|690x375, 50%|thumbnail`. Parts that say nothing known belong to the words.
pub(crate) fn alt(alt: &str) -> Alt<'_> {
    let mut text = alt;
    let mut size = None;
    while let Some((words, last)) = text.rsplit_once('|') {
        match last.trim() {
            "thumbnail" | "video" | "audio" | "attachment" => {}
            part => match parse_size(part) {
                Some(found) => size = Some(found),
                None => break,
            },
        }
        text = words;
    }
    Alt { text: text.trim_end(), size }
}

fn parse_size(text: &str) -> Option<(u32, u32)> {
    let (size, percent) = match text.split_once(',') {
        Some((size, percent)) => (size, percent.trim().strip_suffix('%')?.trim().parse::<u32>().ok()?),
        None => (text, 100),
    };
    let (width, height) = size.trim().split_once('x')?;
    let scaled = |n: &str| -> Option<u32> {
        let n = n.trim().parse::<u32>().ok().filter(|n| (1..=LARGEST).contains(n))?;
        Some((n * percent.clamp(1, 100) / 100).max(1))
    };
    Some((scaled(width)?, scaled(height)?))
}

/// A name for an image without alternative text: the last part of its address.
pub(crate) fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    match path.trim_end_matches('/').rsplit('/').next() {
        Some(name) if !name.is_empty() => name,
        _ => url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_scaled() {
        assert_eq!(alt("a cat|690x375"), Alt { text: "a cat", size: Some((690, 375)) });
        assert_eq!(alt("a|b|690x375, 50%|thumbnail"), Alt { text: "a|b", size: Some((345, 187)) });
        assert_eq!(alt("a|b"), Alt { text: "a|b", size: None });
        assert_eq!(alt("|1x1"), Alt { text: "", size: Some((1, 1)) });
        assert_eq!(alt("a|99999999x1"), Alt { text: "a|99999999x1", size: None });
        assert_eq!(file_name("https://a.example/b/c.png?x=/y"), "c.png");
    }
}
