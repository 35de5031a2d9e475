//! Numbers in the formats of French and English spreadsheets.

/// Parses a number: `1 234,56 €`, `1,234.56`, `-12`, `(12)`, `12 %`. `None` if the text is not a number.
///
/// The last of `,` and `.` is the decimal mark if both occur; one alone is a decimal mark unless it repeats or has
/// exactly three digits after it and one to three before, not `0` (`1,234` is a thousand and more, `0,125` an eighth).
pub(crate) fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let (text, negative) = match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        Some(inner) => (inner, true),
        None => (text, false),
    };
    let unit = |one: char| matches!(one, '€' | '$' | '£' | '%') || one.is_whitespace() || one == '\'' || one == '’';
    let text: String = text.chars().filter(|one| !unit(*one)).collect();
    let text = text.strip_suffix("EUR").or_else(|| text.strip_suffix("eur")).unwrap_or(&text);
    let (text, negative) = match text.strip_prefix(['-', '−']).or_else(|| text.strip_suffix('-')) {
        Some(rest) => (rest, !negative),
        None => (text.strip_prefix('+').unwrap_or(text), negative),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = text.starts_with(|one: char| one.is_ascii_digit() || matches!(one, ',' | '.'))
        && text.chars().all(|one| one.is_ascii_digit() || matches!(one, ',' | '.'));
    if !is_plain {
        return None;
    }
    let (integer, decimals) = match decimal_mark(text) {
        Some(mark) => text.rsplit_once(mark)?,
        None => (text, ""),
    };
    let mut groups = integer.split([',', '.']);
    let first = groups.next().unwrap_or_default();
    // Groups of thousands have three digits.
    if !groups.all(|group| group.len() == 3) || !digits(decimals) || (integer.is_empty() && decimals.is_empty()) {
        return None;
    }
    if first.is_empty() && !integer.is_empty() {
        return None;
    }
    let integer: String = integer.chars().filter(char::is_ascii_digit).collect();
    let value: f64 = format!("0{integer}.{decimals}0").parse().ok()?;
    Some(if negative { -value } else { value }).filter(|value| value.is_finite())
}

fn decimal_mark(text: &str) -> Option<char> {
    let last = text.rfind([',', '.']).and_then(|at| text.get(at..)?.chars().next())?;
    let other = if last == ',' { '.' } else { ',' };
    if text.contains(other) {
        return Some(last);
    }
    let (before, after) = text.rsplit_once(last)?;
    let is_thousands = after.len() == 3 && (1..=3).contains(&before.len()) && !before.starts_with('0');
    let repeats = before.contains(last);
    (!repeats && !is_thousands).then_some(last)
}
