//! Guards around digits that make spreadsheets keep them as text: `="06300"`, `=T("06300")`, `'06300`.

use std::borrow::Cow;

use crate::trim::trim;

/// The text without its guard.
#[inline]
pub(super) fn unguarded(text: &str) -> Cow<'_, str> {
    match trim(text).as_bytes() {
        [b'=' | b'\'', ..] => without_guard(text),
        _ => Cow::Borrowed(text),
    }
}

fn without_guard(text: &str) -> Cow<'_, str> {
    let trimmed = trim(text);
    if let Some(digits) = trimmed.strip_prefix('\'') {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        return Cow::Borrowed(if is_number { digits } else { text });
    }
    let formula = trim(trimmed.trim_start_matches('='));
    let call = formula.strip_prefix("T(").or(formula.strip_prefix("t(")).and_then(|inner| inner.strip_suffix(')'));
    let literal = trim(call.unwrap_or(formula)).strip_prefix('"').and_then(|inner| inner.strip_suffix('"'));
    let Some(literal) = literal else { return Cow::Borrowed(text) };
    let plain = literal.replace("\"\"", "");
    match (plain.contains('"'), literal.contains('"')) {
        // More than one string: another formula.
        (true, _) => Cow::Borrowed(text),
        (false, true) => Cow::Owned(literal.replace("\"\"", "\"")),
        (false, false) => Cow::Borrowed(literal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_are_removed_and_other_formulas_kept() {
        for (text, expected) in [
            ("=\"06300\"", "06300"),
            (" = \"06300\" ", "06300"),
            ("=T(\"06300\")", "06300"),
            ("=t( \"A \"\"B\"\"\" )", "A \"B\""),
            ("'06300", "06300"),
            ("'t Hart", "'t Hart"),
            ("'", "'"),
            ("=\"a\"&\"b\"", "=\"a\"&\"b\""),
            ("=A1", "=A1"),
            ("=", "="),
            ("=\"", "=\""),
            ("06300", "06300"),
        ] {
            assert_eq!(unguarded(text), expected, "{text:?}");
        }
    }
}
