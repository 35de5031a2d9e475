//! Postcodes of any country, as they are written without spaces and hyphens.
//!
//! **Limits.** What a country allows is not checked, and lost zeros are not restored: [`crate::postcode`] does that for France.

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
use crate::digits::{compact, digits, usual_form};

/// Letters of a country before a hyphen in front of a postcode (`D-80331`, `CH-1204`).
const MARK_LETTERS_MAX: usize = 3;
/// The longest postcodes have ten digits.
const CHARACTERS: std::ops::RangeInclusive<usize> = 3..=10;

/// The cleaner `postal_code`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "postal_code",
    help: "Postcodes of any country, in upper case without spaces, hyphens and the mark of a country before a hyphen (`D-`).",
    example: ("sw1a 1aa", "SW1A1AA"),
    version: 1,
    form: CleanedForm::Code,
    kind: ValueKind::Other,
    clean: postal_code,
    clean_cell: None,
    is_repetitive: true,
};

/// A postcode without spaces and punctuation; `None` for text without digits and for text that is too long.
pub fn postal_code(value: &str) -> Option<String> {
    let value = usual_form(value);
    // The sign of the Japanese post.
    let bare = without_mark(value.trim().trim_start_matches('〒'));
    let code = digits(bare).or_else(|| compact(bare))?;
    let has_digit = code.bytes().any(|byte| byte.is_ascii_digit());
    (has_digit && CHARACTERS.contains(&code.len())).then_some(code)
}

fn without_mark(value: &str) -> &str {
    let Some((mark, rest)) = value.split_once('-') else { return value };
    let is_mark = (1..=MARK_LETTERS_MAX).contains(&mark.len()) && mark.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_mark && rest.bytes().any(|byte| byte.is_ascii_digit()) { rest } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcodes_of_several_countries() {
        crate::check(
            postal_code,
            &[
                ("SW1A 1AA", "SW1A1AA"),
                ("sw1a1aa", "SW1A1AA"),
                ("D-80331", "80331"),
                ("CH-1204", "1204"),
                ("LV-1010", "1010"),
                ("1011 AB", "1011AB"),
                ("00-950", "00950"),
                ("K1A 0B1", "K1A0B1"),
                ("〒100-0001", "1000001"),
                ("75001.0", "75001"),
                ("=\"06300\"", "06300"),
                ("20500-0001", "205000001"),
                ("LONDON", ""),
                ("12345678901", ""),
                ("12 rue de la Gare", ""),
                ("-", ""),
                ("", ""),
            ],
        );
    }
}
