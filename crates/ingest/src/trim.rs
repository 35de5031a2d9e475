//! Surrounding whitespace of cells, and the beginnings of long ones.

/// [`str::trim`], at once where the first and the last byte say that there is nothing to trim.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        // White space of Unicode begins and ends in bytes beyond ASCII.
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
    fn texts_are_cut_between_characters() {
        for (text, expected) in [("", ""), ("éa", "éa"), ("éab", "éa"), ("😀é😀", "😀é")] {
            assert_eq!(cut(text, 2), expected);
        }
    }

    proptest! {
        #[test]
        fn it_is_the_trim_of_strings(text in "[ \ta\u{a0}\u{2003}é~\u{7f}\u{85}]{0,5}") {
            prop_assert_eq!(trim(&text), text.trim());
        }
    }
}
