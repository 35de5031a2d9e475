//! Makes untrusted text safe for a terminal: characters that could move the cursor, change colours, or hide or reverse
//! other text are escaped.
//!
//! **Invariant:** the result has no character that a terminal interprets ([`is_obeyed`]), except the line breaks and
//! tabs of [`printable`].

use std::borrow::Cow;

/// Maximum number of characters of a value in a message.
pub const EXCERPT_CHARS_MAX: usize = 60;

/// The text for multiple lines of a terminal.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |character| matches!(character, '\n' | '\t'))
}

/// The text for a single line of a terminal.
pub fn printable_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// A value in a message: at most [`EXCERPT_CHARS_MAX`] of its characters, on one line.
pub fn excerpt(text: &str) -> String {
    let cut = text.char_indices().nth(EXCERPT_CHARS_MAX).and_then(|(at, _)| text.split_at_checked(at));
    match cut {
        Some((start, _)) => printable_line(start).into_owned() + "…",
        None => printable_line(text).into_owned(),
    }
}

/// Whether a terminal may interpret a character instead of showing it: control characters, line separators, and marks
/// that change the direction of the text around them.
pub fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

fn escaped(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_escaped = |character: char| is_obeyed(character) && !is_kept(character);
    if !text.contains(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match is_escaped(character) {
            true => escaped.extend(character.escape_default()),
            false => escaped.push(character),
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_control_characters_are_escaped() {
        let cases = [
            ("Du\u{1b}[2Jpont", "Du\\u{1b}[2Jpont"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\0\u{7f}", "\\u{0}\\u{7f}"),
            ("a\rb\u{8}\u{7}", "a\\rb\\u{8}\\u{7}"),
            ("siret \u{202e}4321", "siret \\u{202e}4321"),
            ("a\u{2028}b\u{feff}", "a\\u{2028}b\\u{feff}"),
        ];
        for (text, expected) in cases {
            assert_eq!(printable(text), expected);
        }
        assert_eq!(printable_line("a\nb\tc"), "a\\nb\\tc");
        for text in ["", "two\nlines\tand a tab", "Société Générale", "株式会社", "شركة", "👍🏽"] {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt("Dupont & Fils, à Paris"), "Dupont & Fils, à Paris");
        assert_eq!(excerpt("a\u{1b}[31mred\nb\u{202e}c"), "a\\u{1b}[31mred\\nb\\u{202e}c");
        let long = "é".repeat(61);
        assert_eq!(excerpt(&long), format!("{}…", "é".repeat(60)));
        assert_eq!(excerpt(&long[2..]), "é".repeat(60));
    }
}
