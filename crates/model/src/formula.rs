//! Values that a spreadsheet would run as formulas, in files that cannot say that a value is text.
//!
//! **Invariant:** [`unescape`] gives back what [`escape`] was given, whatever it was.
//!
//! **How.** An apostrophe before the value: spreadsheets take the rest for text. Quotes do not help, since they are gone
//! before a spreadsheet looks at the value.

use std::borrow::Cow;

const ESCAPE: char = '\'';

/// The value with an apostrophe before it, where a spreadsheet would take it for a formula.
pub fn escape(value: &str) -> Cow<'_, str> {
    match is_formula(value) {
        true => Cow::Owned(format!("{ESCAPE}{value}")),
        false => Cow::Borrowed(value),
    }
}

/// The value that [`escape`] made this of.
pub fn unescape(value: &str) -> &str {
    value.strip_prefix(ESCAPE).filter(|rest| is_formula(rest)).unwrap_or(value)
}

/// Also of values that are escaped already, so that they come back as they were.
fn is_formula(value: &str) -> bool {
    value
        .trim_start_matches(ESCAPE)
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_escaped_and_come_back() {
        for formula in ["=1+1", "+33 1 23", "-1+1|x", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''+2", "＝1", "-"] {
            assert_eq!(escape(formula), format!("'{formula}"));
            assert_eq!(unescape(&escape(formula)), formula);
        }
        for text in ["", "'", "L'Oréal", "'t Hof", "06300", "a=b", " =1", "d'=1"] {
            assert_eq!((escape(text).as_ref(), unescape(text)), (text, text));
        }
    }
}
