//! Removes invisible and surrounding characters from cells, and truncates long texts.
//!
//! **Invariant:** invisible characters are only removed in [`cell_text`], which the cells of every format pass through.

use std::borrow::Cow;

use arrow::array::StringArray;
use matchflow_characters::{is_surely_visible, visible};

/// The text of a cell: without invisible characters, then trimmed.
#[inline]
pub(crate) fn cell_text(text: &str) -> Cow<'_, str> {
    if is_surely_visible(text.as_bytes()) {
        return Cow::Borrowed(trim(text));
    }
    match visible(text) {
        Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
        Cow::Owned(text) => Cow::Owned(trim(&text).to_owned()),
    }
}

/// Whether a cell has no text.
#[inline]
pub(crate) fn is_blank(text: &str) -> bool {
    trim(text).is_empty() || (!is_surely_visible(text.as_bytes()) && cell_text(text).is_empty())
}

/// A column without invisible characters; surrounding white space is kept.
pub(crate) fn visible_column(column: StringArray) -> StringArray {
    if is_surely_visible(column.value_data()) {
        return column;
    }
    let texts = || column.iter().map(|text| text.map(visible));
    if texts().flatten().all(|text| matches!(text, Cow::Borrowed(_))) {
        return column;
    }
    texts().collect()
}

/// [`str::trim`], with a fast path if the first and last byte show that there is nothing to trim.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        // Unicode white space begins and ends in non-ASCII bytes.
        [first, .., last] if is_dark(*first) && is_dark(*last) => text,
        [only] if is_dark(*only) => text,
        [] => text,
        _ => text.trim(),
    }
}

/// The first characters of a text.
pub(crate) fn cut(text: &str, characters_max: usize) -> &str {
    let end = text.char_indices().nth(characters_max).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}

#[inline]
fn is_dark(byte: u8) -> bool {
    (0x21..0x7F).contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_truncated_between_characters() {
        for (text, expected) in [("", ""), ("éa", "éa"), ("éab", "éa"), ("😀é😀", "😀é")] {
            assert_eq!(cut(text, 2), expected);
        }
    }

    #[test]
    fn cells_are_read_without_invisible_characters() {
        for (text, expected) in [
            ("\u{feff} F2 ", "F2"),
            (" \u{200b}\0", ""),
            ("06\u{ad}300", "06300"),
            ("\u{1f}F2", "F2"),
            ("l’Épi", "l’Épi"),
        ] {
            assert_eq!(cell_text(text), expected);
            assert_eq!(is_blank(text), expected.is_empty());
        }
        let column = StringArray::from(vec![Some("a\u{200b}b"), None, Some("é\u{a0}"), Some("\0")]);
        let expected = StringArray::from(vec![Some("ab"), None, Some("é\u{a0}"), Some("")]);
        assert_eq!(visible_column(column), expected);
    }

    proptest! {
        #[test]
        fn trim_agrees_with_str_trim(text in "[ \ta\u{a0}\u{2003}é~\u{7f}\u{85}]{0,5}") {
            prop_assert_eq!(trim(&text), text.trim());
        }
    }
}
