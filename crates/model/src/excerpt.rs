//! Texts from outside in messages: short, and without characters that a terminal would obey.

/// Characters of a value that a message shows.
pub const EXCERPT_CHARS_MAX: usize = 60;

/// A text as a message shows it: at most [`EXCERPT_CHARS_MAX`] characters on one line, control and bidirectional
/// characters escaped.
pub fn excerpt(text: &str) -> String {
    let mut shown = String::new();
    let mut characters = text.chars();
    for character in characters.by_ref().take(EXCERPT_CHARS_MAX) {
        push_escaped(&mut shown, character);
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// A text with its control and bidirectional characters escaped, as long as it is.
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    text.chars().for_each(|character| push_escaped(&mut shown, character));
    shown
}

/// The same, of several lines.
pub fn escaped_lines(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => shown.push(character),
            _ => push_escaped(&mut shown, character),
        }
    }
    shown
}

fn push_escaped(shown: &mut String, character: char) {
    if is_obeyed(character) {
        shown.extend(character.escape_default());
    } else {
        shown.push(character);
    }
}

/// Whether a terminal may act on a character instead of showing it: control characters, line separators, and marks that
/// turn the direction of the text around them.
pub fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt("Dupont & Fils, à Paris"), "Dupont & Fils, à Paris");
        assert_eq!(excerpt("a\u{1b}[31mred\nb\u{202e}c"), "a\\u{1b}[31mred\\nb\\u{202e}c");
        let long = "é".repeat(61);
        assert_eq!(excerpt(&long), format!("{}…", "é".repeat(60)));
        assert_eq!(excerpt(&long[2..]), "é".repeat(60));
    }

    #[test]
    fn escaping_keeps_the_length_of_plain_text() {
        let plain = "x".repeat(500);
        assert_eq!(escaped(&plain), plain);
        assert_eq!(escaped("\0\u{7f}"), "\\u{0}\\u{7f}");
        assert_eq!(escaped_lines("a\u{9b}2J\n\tb\r"), "a\\u{9b}2J\n\tb\\r");
    }
}
