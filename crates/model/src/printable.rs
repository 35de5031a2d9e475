//! Texts from files on a terminal: what could move the cursor, change colours or hide other text is shown as an escape.
//!
//! **Invariant:** the result has no control character besides line breaks and tabs, and no character that changes the
//! direction of the text after it.

use std::borrow::Cow;

/// The text for several lines of a terminal.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |character| matches!(character, '\n' | '\t'))
}

/// The text for one line of a terminal.
pub fn printable_line(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

fn escaped(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_escaped = |character: char| is_unsafe(character) && !is_kept(character);
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

/// Control characters (also those above ASCII), and characters that set the direction of text.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_is_escaped() {
        let cases = [
            ("Du\u{1b}[2Jpont", "Du\\u{1b}[2Jpont"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\rb\u{8}\u{7}", "a\\rb\\u{8}\\u{7}"),
            ("siret \u{202e}4321", "siret \\u{202e}4321"),
        ];
        for (text, expected) in cases {
            assert_eq!(printable(text), expected);
        }
        assert_eq!(printable_line("a\nb\tc"), "a\\nb\\tc");
        for text in ["", "two\nlines\tand a tab", "Société Générale", "株式会社", "شركة", "👍🏽"] {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }
}
