//! Emoji short names: `:smile:`, `:+1:`, `:wave:t3:`.

use emojis::SkinTone;

/// Longest name looked up, in bytes.
const LONGEST: usize = 64;

/// Every short name with its emoji: GitHub's in the order of Unicode, then those of Discourse.
pub fn emoji_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    let github = emojis::iter().flat_map(|emoji| emoji.shortcodes().map(|name| (name, emoji.as_str())));
    github.chain(ALIASES.iter().filter(|(alias, _)| emojis::get_by_shortcode(alias).is_none()).copied())
}

/// Reads a short name at the start of `text`, which begins with a colon. Returns the emoji and
/// how many bytes its name took, colons included.
pub(crate) fn at_start(text: &str) -> Option<(String, usize)> {
    let end = 1 + name_length(&text[1..])?;
    let emoji = find(&text[1..end])?;
    let after = end + 1;
    if let Some(tone) = tone(&text[after..])
        && let Some(toned) = emoji.with_skin_tone(tone)
    {
        return Some((toned.as_str().to_owned(), after + 3));
    }
    Some((emoji.as_str().to_owned(), after))
}

fn name_length(text: &str) -> Option<usize> {
    let end =
        text.bytes().take(LONGEST).position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-')))?;
    (end > 0 && text.as_bytes()[end] == b':').then_some(end)
}

fn find(name: &str) -> Option<&'static emojis::Emoji> {
    let lower = name.to_ascii_lowercase();
    emojis::get_by_shortcode(&lower).or_else(|| emojis::get(ALIASES.iter().find(|(alias, _)| *alias == lower)?.1))
}

/// `t2:` to `t6:`, Discourse's numbers for the five tones, directly after a name.
fn tone(text: &str) -> Option<SkinTone> {
    let [b't', number, b':', ..] = text.as_bytes() else {
        return None;
    };
    Some(match number {
        b'2' => SkinTone::Light,
        b'3' => SkinTone::MediumLight,
        b'4' => SkinTone::Medium,
        b'5' => SkinTone::MediumDark,
        b'6' => SkinTone::Dark,
        _ => return None,
    })
}

/// Names in use on Discourse sites that differ from GitHub's.
const ALIASES: &[(&str, &str)] = &[
    ("slight_smile", "🙂"),
    ("slight_frown", "🙁"),
    ("upside_down", "🙃"),
    ("smiling_face", "☺️"),
    ("frown", "☹️"),
    ("nerd", "🤓"),
    ("hugs", "🤗"),
    ("hugging", "🤗"),
    ("rolling_eyes", "🙄"),
    ("roll_eyes", "🙄"),
    ("face_with_rolling_eyes", "🙄"),
    ("thinking_face", "🤔"),
    ("zipper_mouth", "🤐"),
    ("money_mouth", "🤑"),
    ("head_bandage", "🤕"),
    ("face_with_thermometer", "🤒"),
    ("robot_face", "🤖"),
    ("rofl", "🤣"),
    ("shrug", "🤷"),
    ("facepalm", "🤦"),
    ("face_palm", "🤦"),
    ("clown", "🤡"),
    ("cowboy", "🤠"),
    ("lying_face", "🤥"),
    ("drooling_face", "🤤"),
    ("sneezing_face", "🤧"),
    ("nauseated_face", "🤢"),
    ("fingers_crossed", "🤞"),
    ("call_me", "🤙"),
    ("raised_hands", "🙌"),
    ("thumbup", "👍"),
    ("thumbdown", "👎"),
    ("thumbs_up", "👍"),
    ("thumbs_down", "👎"),
    ("heart_exclamation", "❣️"),
    ("black_heart", "🖤"),
    ("tada", "🎉"),
    ("party", "🥳"),
    ("partying_face", "🥳"),
    ("pleading_face", "🥺"),
    ("smiling_face_with_three_hearts", "🥰"),
    ("mind_blown", "🤯"),
    ("exploding_head", "🤯"),
    ("star_struck", "🤩"),
    ("face_with_monocle", "🧐"),
    ("face_with_raised_eyebrow", "🤨"),
    ("face_with_hand_over_mouth", "🤭"),
    ("zany_face", "🤪"),
    ("shushing_face", "🤫"),
    ("cursing_face", "🤬"),
    ("saluting_face", "🫡"),
    ("melting_face", "🫠"),
    ("point_up_2", "👆"),
    ("metal", "🤘"),
    ("vulcan", "🖖"),
    ("spock-hand", "🖖"),
    ("tools", "🛠️"),
    ("hammer_and_wrench", "🛠️"),
    ("ballot_box", "🗳️"),
    ("spiral_calendar", "🗓️"),
    ("light_bulb", "💡"),
    ("information", "ℹ️"),
    ("white_check_mark", "✅"),
    ("check_mark", "✔️"),
    ("cross_mark", "❌"),
    ("question_mark", "❓"),
    ("exclamation_mark", "❗"),
    ("double_exclamation", "‼️"),
    ("rainbow_flag", "🏳️‍🌈"),
    ("transgender_flag", "🏳️‍⚧️"),
    ("party_popper", "🎉"),
    ("popper", "🎉"),
    ("popcorn", "🍿"),
    ("beers", "🍻"),
    ("man_shrugging", "🤷‍♂️"),
    ("woman_shrugging", "🤷‍♀️"),
    ("man_facepalming", "🤦‍♂️"),
    ("woman_facepalming", "🤦‍♀️"),
    ("man_technologist", "👨‍💻"),
    ("woman_technologist", "👩‍💻"),
    ("sunflower", "🌻"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_emoji_and_unknown_ones_do_not() {
        let is = |text: &str| at_start(text).map(|(emoji, n)| (emoji, text[n..].to_owned()));
        let emoji = |text: &str| is(text).map(|(emoji, _)| emoji).unwrap_or_default();
        assert_eq!(is(":slight_smile:!"), Some(("🙂".into(), "!".into())));
        assert_eq!(emoji(":wink:"), "😉");
        assert_eq!(emoji(":+1:"), "👍");
        assert_eq!(emoji(":-1:"), "👎");
        assert_eq!(is(":wave:t3: x"), Some(("👋🏼".into(), " x".into())));
        assert_eq!(is(":tada:t3:"), Some(("🎉".into(), "t3:".into())));
        for not in [":", "::", ":nothing_of_the_kind:", ":smile", ":été:"] {
            assert_eq!(is(not), None, "{not}");
        }
    }

    #[test]
    fn every_listed_name_is_read_as_its_emoji() {
        assert!(emoji_names().count() > 1500);
        for (name, emoji) in emoji_names() {
            assert_eq!(at_start(&format!(":{name}:")).expect(name).0, emoji, "{name}");
        }
    }

    #[test]
    fn every_alias_names_an_emoji() {
        for (alias, emoji) in ALIASES {
            assert!(emojis::get(emoji).is_some(), "{alias} {emoji}");
            assert!(find(alias).is_some());
        }
    }
}
