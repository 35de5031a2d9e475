//! Detects and removes invisible characters; which scripts have no spaces between words ([`is_unspaced`]).
//!
//! Web pages, PDF files and mainframes leave them in cells: zero-width spaces, soft hyphens, direction marks,
//! byte-order marks, NUL. Users cannot see them, so a cell with one must be read like the cell without it.
//!
//! **Limits.** White space is not invisible here; readers of text trim and collapse it. C1 control characters (U+0080
//! to U+009F) are kept: they are letters of text that was decoded with the wrong encoding.
//!
//! **Invariants.** [`visible`] is idempotent, and only allocates if it removes or replaces a character.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod script;

use std::borrow::Cow;

pub use script::{is_han, is_unspaced};

/// Whether a character is invisible: control characters other than white space, and those which Unicode allows fonts to
/// ignore (`Default_Ignorable_Code_Point`).
pub fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{8}'
            | '\u{e}'..='\u{1b}'
            | '\u{7f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The text without invisible characters. Information separators (U+001C to U+001F) become spaces: they separate words,
/// and one of them separates alternatives within matchflow.
///
/// A joiner (U+200C, U+200D) or a variation selector after a non-ASCII character is kept: it is part of the spelling of
/// Persian words and emoji.
pub fn visible(text: &str) -> Cow<'_, str> {
    if is_surely_visible(text.as_bytes()) || !text.chars().any(|character| edit_of(character) != Edit::Retain) {
        return Cow::Borrowed(text);
    }
    let mut visible = String::with_capacity(text.len());
    for character in text.chars() {
        match edit_of(character) {
            Edit::Retain => visible.push(character),
            Edit::Space => visible.push(' '),
            Edit::Remove if is_part_of_spelling(character) && !visible.chars().next_back().is_none_or(is_plain) => {
                visible.push(character);
            }
            Edit::Remove => {}
        }
    }
    Cow::Owned(visible)
}

/// Whether UTF-8 bytes contain no character that [`visible`] edits. True for nearly all text, at a few instructions per
/// 16 bytes; false only means that there may be one.
#[inline]
pub fn is_surely_visible(bytes: &[u8]) -> bool {
    // Branchless, so that the loop is vectorized.
    bytes.iter().fold(true, |so_far, byte| so_far & !may_begin_invisible(*byte))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edit {
    Retain,
    Space,
    Remove,
}

fn edit_of(character: char) -> Edit {
    match character {
        '\u{1c}'..='\u{1f}' => Edit::Space,
        _ if is_invisible(character) => Edit::Remove,
        _ => Edit::Retain,
    }
}

fn is_part_of_spelling(character: char) -> bool {
    matches!(character, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// Whether no joiner can belong to the character: it is ASCII or white space.
fn is_plain(character: char) -> bool {
    character.is_ascii() || character.is_whitespace()
}

/// Whether a byte is a control character, or the first byte of a UTF-8 block that contains invisible characters.
#[inline]
fn may_begin_invisible(byte: u8) -> bool {
    let is_control = (byte < 0x20) & !(0x09..=0x0D).contains(&byte);
    let is_lead = (byte == 0xC2)
        | (byte == 0xCD)
        | (byte == 0xD8)
        | (0xE1..=0xE3).contains(&byte)
        | (byte == 0xEF)
        | (byte == 0xF3);
    is_control | (byte == 0x7F) | is_lead
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_invisible_characters_are_removed() {
        for (text, expected) in [
            ("\u{feff}F2", "F2"),
            ("F1\0\0\0\0", "F1"),
            ("900\u{200b}512\u{ad}344\u{202d}00012\u{2066}", "90051234400012"),
            ("06\u{200d}300", "06300"),
            ("1\u{fe0f}\u{20e3}", "1\u{20e3}"),
            ("DUPONT\u{1f}FILS", "DUPONT FILS"),
            ("a\tb\nc\u{a0}d\u{3000}e", "a\tb\nc\u{a0}d\u{3000}e"),
            ("l’Épi « d’Or » – 3 €", "l’Épi « d’Or » – 3 €"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("\u{200d}❤\u{fe0f}", "❤\u{fe0f}"),
            ("", ""),
        ] {
            assert_eq!(visible(text), expected, "{text:?}");
        }
        assert!(matches!(visible("l’Épi d’Or"), Cow::Borrowed(_)));
    }

    #[test]
    fn the_fast_check_misses_no_character() {
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            assert!(edit_of(character) == Edit::Retain || !is_surely_visible(text.as_bytes()), "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn it_is_idempotent(text in "[ a1é\u{200d}\u{200b}\u{ad}\u{1f}\0\u{fe0f}م❤]{0,8}") {
            let once = visible(&text).into_owned();
            prop_assert_eq!(visible(&once), once.as_str());
        }
    }
}
