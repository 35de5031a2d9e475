//! Values that a spreadsheet would run as formulas, in files that cannot mark a value as text.
//!
//! **Invariant:** [`unescape`] returns the original of any [`escape`]d value.
//!
//! **How.** An apostrophe is prepended: spreadsheets treat the rest as text. Quotes do not help, since they are removed
//! before a spreadsheet interprets the value.

use std::borrow::Cow;

const ESCAPE: char = '\'';

/// The value, with an apostrophe prepended if a spreadsheet would run it as a formula.
pub fn escape(value: &str) -> Cow<'_, str> {
    match is_formula(value) {
        true => Cow::Owned(format!("{ESCAPE}{value}")),
        false => Cow::Borrowed(value),
    }
}

/// The value that was passed to [`escape`].
pub fn unescape(value: &str) -> &str {
    value.strip_prefix(ESCAPE).filter(|rest| is_formula(rest)).unwrap_or(value)
}

/// Also true of values that are already escaped, so that they round-trip.
fn is_formula(value: &str) -> bool {
    value
        .trim_start_matches(ESCAPE)
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_formulas_round_trip() {
        for formula in ["=1+1", "+33 1 23", "-1+1|x", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''+2", "＝1", "-"] {
            assert_eq!(escape(formula), format!("'{formula}"));
            assert_eq!(unescape(&escape(formula)), formula);
        }
        for text in ["", "'", "L'Oréal", "'t Hof", "06300", "a=b", " =1", "d'=1"] {
            assert_eq!((escape(text).as_ref(), unescape(text)), (text, text));
        }
    }
}
