//! How a column is named: by its header, by its letter, or as one that the reader adds.
//!
//! Names are compared without invisible characters and with whitespace (including line breaks) collapsed: first
//! exactly, then ignoring case, then ignoring accents and character width. `$C` is the third column regardless of its
//! header; a header named `$C` takes precedence.

use matchflow_characters::{is_invisible, visible};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The sheet of a row.
pub const SHEET: &str = "_sheet";
/// The row's number in its file.
pub const ROW: &str = "_row";
/// The file of a row, if a table has several.
pub const FILE: &str = "_file";
/// `true` for a hidden row, else `false`; if hidden rows are flagged.
pub const HIDDEN: &str = "_hidden";

/// Number of columns in a spreadsheet.
const LETTERS_MAX: usize = 16_384;

/// Removes invisible characters, trims whitespace and collapses each run of it to one space.
pub fn collapse(text: &str) -> String {
    visible(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lower case, without accents, in usual width (`Ｎｏｍ` becomes `nom`) and with whitespace collapsed: equal for names
/// that people consider the same.
pub fn fold(text: &str) -> String {
    let plain = collapse(text)
        .nfkd()
        .filter(|character| !is_combining_mark(*character) && !is_invisible(*character))
        .collect::<String>();
    plain.to_lowercase()
}

/// The position of `target` in `names`; the first if several match equally well.
pub fn find<S: AsRef<str>>(names: &[S], target: &str) -> Option<usize> {
    let target = collapse(target);
    let exact = names.iter().position(|name| name.as_ref() == target);
    let lower = target.to_lowercase();
    let alike = || names.iter().position(|name| collapse(name.as_ref()).to_lowercase() == lower);
    let folded = fold(&target);
    exact.or_else(alike).or_else(|| names.iter().position(|name| fold(name.as_ref()) == folded))
}

/// The position, from 0, of the column `$C`; `None` for anything else.
pub fn letter(name: &str) -> Option<usize> {
    let letters = name.strip_prefix('$')?;
    let mut position = 0_usize;
    for byte in letters.bytes() {
        if !byte.is_ascii_uppercase() || position > LETTERS_MAX {
            return None;
        }
        position = position * 26 + usize::from(byte - b'A') + 1;
    }
    position.checked_sub(1).filter(|position| *position < LETTERS_MAX)
}

/// The letters of a spreadsheet column: 0 is `A`, 26 is `AA`.
pub fn letters(position: usize) -> String {
    let mut rest = position + 1;
    let mut reversed = Vec::new();
    while rest > 0 {
        reversed.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    reversed.iter().rev().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_exactly_then_without_case_then_without_accents() {
        let names = ["NOM", "Nom", "Dénomination\r\n sociale", "denomination sociale", "$B"];
        for (name, expected) in [
            ("Nom", Some(1)),
            ("nom", Some(0)),
            (" Dénomination  sociale", Some(2)),
            ("dénomination sociale", Some(2)),
            ("Denomination Sociale", Some(3)),
            ("DÉNOMINATION\nSOCIALE", Some(2)),
            ("$B", Some(4)),
            ("N\u{200b}om\u{feff}", Some(1)),
            ("Ｎｏｍ", Some(0)),
            ("Nome", None),
            ("", None),
        ] {
            assert_eq!(find(&names, name), expected, "{name:?}");
        }
    }

    #[test]
    fn letters_count_as_spreadsheets_do() {
        for (position, expected) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")] {
            assert_eq!(letters(position), expected);
            assert_eq!(letter(&format!("${expected}")), Some(position));
        }
        for none in ["A", "$", "$a", "$A1", "$XFE", "$ZZZZZZZZZZZZZZZZZZZZZZZZ", "$É"] {
            assert_eq!(letter(none), None, "{none}");
        }
    }
}
