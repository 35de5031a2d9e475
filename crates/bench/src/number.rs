//! Numbers formatted for people.

use matchflow_model::language::Language;

/// A number with a comma before each group of three digits.
pub(crate) fn grouped(number: u64) -> String {
    Language::default().grouped(number)
}

/// A figure with about three significant digits; `-` for one that could not be measured.
pub(crate) fn rounded(value: f64) -> String {
    match value {
        _ if !value.is_finite() => "-".to_owned(),
        _ if value.abs() >= 100.0 || value == value.trunc() => {
            format!("{}{}", if value < 0.0 { "-" } else { "" }, grouped(value.abs().round() as u64))
        }
        _ if value.abs() >= 10.0 => format!("{value:.1}"),
        _ if value.abs() >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_about_three_digits() {
        let figures = [(5_500.4, "5,500"), (-120.0, "-120"), (16.64, "16.6"), (0.123, "0.12"), (0.01234, "0.0123")];
        figures.iter().for_each(|(value, text)| assert_eq!(rounded(*value), *text));
        assert_eq!(rounded(f64::NAN), "-");
    }
}
