//! Numbers and dates in common formats, and the laws of the score.

use super::*;
use matchflow_plugin_api::testing;
use proptest::prelude::*;

fn score(parameters: &str, left: &str, right: &str) -> Option<f32> {
    testing::score(&NumericDate::configure(parameters).unwrap(), &[left], &[right])
}

#[test]
fn numbers_are_read_as_written() {
    let cases = [
        ("1 234,56 €", Some(1234.56)),
        ("1\u{a0}234,56", Some(1234.56)),
        ("1,234.56", Some(1234.56)),
        ("1.234,56", Some(1234.56)),
        ("1,234", Some(1234.0)),
        ("1.234.567", Some(1_234_567.0)),
        ("0,125", Some(0.125)),
        ("12,5", Some(12.5)),
        (",5", Some(0.5)),
        ("-12", Some(-12.0)),
        ("12-", Some(-12.0)),
        ("(12,00)", Some(-12.0)),
        ("12 %", Some(12.0)),
        ("100 EUR", Some(100.0)),
        ("+7", Some(7.0)),
        ("", None),
        (",", None),
        ("12a", None),
        ("1,23,456", None),
        ("1e5", None),
        ("n/a", None),
    ];
    for (text, expected) in cases {
        assert_eq!(number::number(text), expected, "{text}");
    }
}

#[test]
fn dates_are_read_as_written() {
    let cases = [
        ("1970-01-01", Some(0)),
        ("2000-03-01", Some(11_017)),
        ("01/03/2000", Some(11_017)),
        ("1.3.2000", Some(11_017)),
        ("20000301", Some(11_017)),
        ("2000/03/01 12:30:00", Some(11_017)),
        ("2000-03-01T00:00:00Z", Some(11_017)),
        ("29/02/2000", Some(11_016)),
        ("29/02/1900", None),
        ("31/04/2024", None),
        ("2024-13-01", None),
        ("03-05", None),
        ("3/5/24", None),
        ("hier", None),
    ];
    for (text, expected) in cases {
        assert_eq!(date::days(text), expected, "{text}");
    }
}

#[test]
fn scores_decrease_in_proportion() {
    let cases = [
        ("{}", "12,0", "12", Some(1.0)),
        ("{}", "12", "12.01", Some(0.0)),
        (r#"{"absolute": 10}"#, "100", "105", Some(0.5)),
        (r#"{"absolute": 10}"#, "100", "110", Some(0.0)),
        (r#"{"relative": 0.1}"#, "100", "95", Some(0.5)),
        (r#"{"relative": 0.1}"#, "0", "0", Some(1.0)),
        (r#"{"relative": 0.1, "absolute": 100}"#, "100", "95", Some(0.95)),
        (r#"{"days": 10}"#, "2024-02-28", "01/03/2024", Some(0.8)),
        (r#"{"days": 10}"#, "2024-02-28", "2024-04-01", Some(0.0)),
        (r#"{"days": 10}"#, "soon", "2024-04-01", None),
        ("{}", "12\u{1f}13", "13", Some(1.0)),
        ("{}", "", "13", None),
    ];
    for (parameters, left, right, expected) in cases {
        let found = score(parameters, left, right);
        let near = found.zip(expected).is_some_and(|(found, expected)| (found - expected).abs() < 1e-6);
        assert!(near || found == expected, "{parameters} {left} {right}: {found:?}");
    }
}

#[test]
fn wrong_parameters_are_refused_with_what_is_allowed() {
    let cases = [
        (r#"{"absolute": 0}"#, "above 0"),
        (r#"{"relative": 1.5}"#, "at most 1"),
        (r#"{"days": 0}"#, "at least 1"),
        (r#"{"days": 3, "absolute": 1}"#, "give one kind"),
        (r#"{"hours": 3}"#, "unknown field"),
    ];
    for (parameters, expected) in cases {
        let message = NumericDate::configure(parameters).unwrap_err();
        assert!(message.contains(expected), "{parameters}: {message}");
    }
    serde_json::from_str::<serde_json::Value>(NumericDate::PARAMETERS).unwrap();
}

#[test]
fn evidence_has_the_number_of_days_between() {
    let scorer = NumericDate::configure(r#"{"days": 10}"#).unwrap();
    let evidence = testing::evidence(&scorer, &["2024-02-28"], &["01/03/2024"]);
    assert_eq!(evidence, r#"{"value":{"left":"2024-02-28","right":"01/03/2024","days":2}}"#);
}

proptest! {
    #[test]
    fn scores_are_symmetric_in_range_and_one_for_the_same(
        left in -1e6f64..1e6, right in -1e6f64..1e6, tolerance in 0.01f64..1e6,
    ) {
        for parameters in [format!(r#"{{"absolute": {tolerance}}}"#), format!(r#"{{"relative": {}}}"#, tolerance / 1e6)] {
            let (one, other) = (format!("{left:.2}"), format!("{right:.2}"));
            let value = score(&parameters, &one, &other).unwrap();
            prop_assert!((0.0..=1.0).contains(&value));
            prop_assert_eq!(Some(value), score(&parameters, &other, &one));
            prop_assert_eq!(score(&parameters, &one, &one), Some(1.0));
        }
    }

    #[test]
    fn any_text_is_read_without_a_fault(text in "\\PC{0,24}", digits in "[0-9,.() -]{0,14}") {
        for text in [text, digits] {
            prop_assert!(number::number(&text).is_none_or(f64::is_finite));
            let _ = date::days(&text);
        }
    }

    #[test]
    fn days_count_up(day in 1u32..28, month in 1u32..13, year in 1u32..9999) {
        let of = |day: u32| date::days(&format!("{year:04}-{month:02}-{day:02}")).unwrap();
        prop_assert_eq!(of(day) + 1, of(day + 1));
        prop_assert_eq!(date::days(&format!("{day}/{month}/{year:04}")), Some(of(day)));
    }
}
