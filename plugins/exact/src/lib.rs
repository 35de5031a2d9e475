//! Whether two values are equal: 1 or 0, the best over alternatives; see the README.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

use matchflow_plugin_api::{Explanation, Input, Row, Scorer, alternatives, best_alternative, best_pair, export_scorer};
use serde::Deserialize;

/// The parameters in the pipeline.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    partial: Option<Partial>,
}

/// Partial credit for values with a common prefix.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Partial {
    /// Number of bytes that must be equal, at least 1.
    prefix: usize,
    /// The score of such values, 0 to 1.
    score: f32,
}

/// The scorer.
#[derive(Debug)]
pub struct Exact {
    partial: Option<Partial>,
}

impl Exact {
    fn compare(&self, left: &[u8], right: &[u8]) -> f32 {
        if left == right {
            return 1.0;
        }
        let partial = |partial: &Partial| match (left.get(..partial.prefix), right.get(..partial.prefix)) {
            (Some(left), Some(right)) if left == right => partial.score,
            _ => 0.0,
        };
        self.partial.as_ref().map_or(0.0, partial)
    }
}

impl Scorer for Exact {
    const NAME: &'static str = "exact";
    const VERSION: &'static str = "1.0.0";
    const SUMMARY: &'static str = "Whether two values are equal, with partial credit for an equal beginning";
    const INPUTS: &'static [Input] = &[Input::required("value", "text")];
    const PARAMETERS: &'static str = include_str!("parameters.json");

    type PreparedRow<'a> = Vec<&'a [u8]>;

    fn configure(parameters: &str) -> Result<Self, String> {
        let parameters: Parameters = serde_json::from_str(parameters).map_err(|error| error.to_string())?;
        match parameters.partial {
            Some(Partial { prefix: 0, .. }) => Err("`partial.prefix` must be at least 1".to_owned()),
            Some(Partial { score, .. }) if !(0.0..=1.0).contains(&score) => {
                Err(format!("`partial.score` must be between 0 and 1, not {score}"))
            }
            partial => Ok(Exact { partial }),
        }
    }

    fn prepare<'a>(&self, row: Row<'a>) -> Vec<&'a [u8]> {
        alternatives(row.bytes(0).unwrap_or_default()).collect()
    }

    fn score(&self, left: &Vec<&[u8]>, right: &Vec<&[u8]>) -> Option<f32> {
        best_alternative(left, right, |one, other| self.compare(one, other))
    }

    fn explain(&self, left: &Vec<&[u8]>, right: &Vec<&[u8]>, explanation: &mut Explanation<'_>) {
        if let Some((one, other)) = best_pair(left, right, |one, other| self.compare(one, other)) {
            explanation.input("value").text("left", one).text("right", other);
        }
    }
}

export_scorer!(Exact);

#[cfg(test)]
mod tests {
    use super::*;
    use matchflow_plugin_api::testing;

    fn score(parameters: &str, left: &str, right: &str) -> Option<f32> {
        testing::score(&Exact::configure(parameters).unwrap(), &[left], &[right])
    }

    #[test]
    fn equal_values_score_one() {
        let department = r#"{"partial": {"prefix": 2, "score": 0.5}}"#;
        let cases = [
            ("{}", "75001", "75001", Some(1.0)),
            ("{}", "75001", "75002", Some(0.0)),
            ("{}", "75001", "", None),
            ("{}", "a\u{1f}b", "c\u{1f}b", Some(1.0)),
            ("{}", "\u{1f}", "a", None),
            (department, "75001", "75002", Some(0.5)),
            (department, "75001", "13001", Some(0.0)),
            (department, "7", "75001", Some(0.0)),
            (department, "13001\u{1f}75001", "75002", Some(0.5)),
            (department, "75002\u{1f}75001", "75001", Some(1.0)),
        ];
        for (parameters, left, right, expected) in cases {
            assert_eq!(score(parameters, left, right), expected, "{parameters} {left} {right}");
        }
    }

    #[test]
    fn evidence_shows_the_alternatives_that_decided() {
        let scorer = Exact::configure("{}").unwrap();
        let evidence = testing::evidence(&scorer, &["a\u{1f}b"], &["c\u{1f}b"]);
        assert_eq!(evidence, r#"{"value":{"left":"b","right":"b"}}"#);
        assert_eq!(testing::evidence(&scorer, &[""], &["c"]), "");
    }

    #[test]
    fn wrong_parameters_are_refused_with_what_is_allowed() {
        let cases = [
            (r#"{"partial": {"prefix": 0, "score": 0.5}}"#, "at least 1"),
            (r#"{"partial": {"prefix": 2, "score": 1.5}}"#, "between 0 and 1"),
            (r#"{"prefix": 2}"#, "expected `partial`"),
            ("[1]", "expected"),
        ];
        for (parameters, expected) in cases {
            let message = Exact::configure(parameters).unwrap_err();
            assert!(message.contains(expected), "{parameters}: {message}");
        }
    }

    #[test]
    fn the_schema_is_json() {
        let schema: serde_json::Value = serde_json::from_str(Exact::PARAMETERS).unwrap();
        assert!(schema["properties"]["partial"].is_object());
    }
}
