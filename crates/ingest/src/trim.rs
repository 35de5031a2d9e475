//! Surrounding whitespace of cells.

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

#[inline]
fn is_dark(byte: u8) -> bool {
    (0x21..0x7F).contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_trim_of_strings(text in "[ \ta\u{a0}\u{2003}é~\u{7f}\u{85}]{0,5}") {
            prop_assert_eq!(trim(&text), text.trim());
        }
    }
}
