//! Tables of cases for a scorer: pairs of values and their expected scores. They are read and checked like pipelines:
//! all problems are reported together, each with its location.

use std::path::Path;

use crate::decode::{self, CellText, Fraction, JsonObject, OneOrMany, Spanned, record};
use crate::error::{Problems, Report, Source};
use crate::tree::parse;

/// Tolerance of an expected score.
pub const SCORE_TOLERANCE: f64 = 0.005;

record! {
    /// Cases for one plug-in.
    CasesFile {
        /// The parameters of cases without parameters of their own. Default: none.
        Optional parameters: JsonObject,
        /// The cases.
        Required cases: Vec<Spanned<PluginCaseEntry>>,
    }
}

record! {
    /// A pair of values and its expected score.
    PluginCaseEntry {
        /// The supplier's value, or one for each input. An empty text is a missing value.
        Required left: OneOrMany<CellText>,
        /// The registry's value, or one for each input.
        Required right: OneOrMany<CellText>,
        /// The parameters of this case.
        Optional parameters: JsonObject,
        /// The expected score, within 0.005.
        Optional score: Fraction,
        /// Minimum score.
        Optional min: Fraction,
        /// Maximum score.
        Optional max: Fraction,
        /// Whether both sides have something to compare.
        Optional compared: bool = true,
    }
}

/// A checked case.
#[derive(Debug, Clone, PartialEq)]
pub struct PluginCase {
    /// One value for each input; an empty text is missing.
    pub left: Vec<String>,
    /// One value for each input.
    pub right: Vec<String>,
    /// A JSON object.
    pub parameters: String,
    /// The minimum and maximum score; `None` if the pair must not be compared.
    pub score: Option<(f64, f64)>,
}

/// Reads a table of cases.
///
/// # Errors
///
/// All problems of the file, each with its location.
pub fn plugin_cases(text: &str, file: &Path) -> Result<Vec<PluginCase>, Report> {
    let mut problems = Problems::default();
    let read = |problems: &mut Problems| -> Option<Vec<PluginCase>> {
        let root = parse(text, 0, problems)?;
        let table: Spanned<CasesFile> = decode::spanned(&root, problems)?;
        let shared =
            table.value.parameters.as_ref().map_or_else(|| "{}".to_owned(), |json| json.value.value.to_string());
        let cases = table.value.cases.as_ref()?;
        if cases.value.is_empty() && cases.sound {
            problems
                .at(cases.place, "there are no cases")
                .help("add at least one `{ left: ..., right: ..., score: ... }`");
        }
        cases.value.iter().map(|case| checked(case, &shared, problems)).collect()
    };
    let cases = read(&mut problems);
    let source = Source { name: file.display().to_string(), text: text.to_owned() };
    problems.verdict(cases, vec![source]).map(|(cases, _)| cases)
}

fn checked(raw: &Spanned<PluginCaseEntry>, shared: &str, problems: &mut Problems) -> Option<PluginCase> {
    let PluginCaseEntry { left, right, parameters, score, min, max, compared } = &raw.value;
    let share = |value: &Option<Spanned<Fraction>>| value.as_ref().map(|value| value.value.0);
    let (score, min_score, max_score) = (share(score), share(min), share(max));
    let bounds = match (score, min_score, max_score) {
        (Some(_), Some(_), _) | (Some(_), _, Some(_)) => {
            problems.at(raw.place, "`score` cannot be combined with `min` or `max`").help("remove one of them");
            return None;
        }
        (Some(score), None, None) => Some((score - SCORE_TOLERANCE, score + SCORE_TOLERANCE)),
        (None, None, None) => None,
        (None, low, high) => Some((low.unwrap_or(0.0), high.unwrap_or(1.0))),
    };
    let is_compared = compared.as_ref().is_none_or(|compared| compared.value);
    let score = match (is_compared, bounds) {
        (false, Some(_)) => {
            problems.at(raw.place, "a pair that is not compared has no score").help("remove `score`, `min` and `max`");
            return None;
        }
        (false, None) => None,
        (true, None) if raw.sound => {
            let help = "add `score`, or `min` and `max`, or `compared: false`";
            problems.at(raw.place, "the case expects nothing").help(help);
            return None;
        }
        (true, bounds) => Some(bounds?),
    };
    let values = |side: &Option<Spanned<OneOrMany<CellText>>>| -> Option<Vec<String>> {
        Some(side.as_ref()?.value.0.iter().map(|cell| cell.value.0.clone()).collect())
    };
    let (left_values, right_values) = (values(left)?, values(right)?);
    if left_values.len() != right_values.len() {
        let counts = format!("{} values cannot be compared with {}", left_values.len(), right_values.len());
        problems.at(raw.place, counts).help("give one value for each input on both sides");
        return None;
    }
    let parameters = parameters.as_ref().map_or_else(|| shared.to_owned(), |json| json.value.value.to_string());
    Some(PluginCase { left: left_values, right: right_values, parameters, score })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<PluginCase>, Vec<(usize, usize, String)>> {
        plugin_cases(text, Path::new("cases.yaml")).map_err(|report| {
            let messages = report.messages();
            messages.into_iter().map(|(line, column, text)| (line, column, text.to_owned())).collect()
        })
    }

    #[test]
    fn cases_are_read() {
        let text =
            "parameters: { n: 2 }\ncases:\n  - { left: a, right: b, score: 0.5 }\n  - { left: [a, ''], right: [b, c],
            min: 0.2, parameters: { n: 3 } }\n  - { left: '', right: b, compared: false }\n";
        let cases = read(text).unwrap();
        assert_eq!(cases[0].score, Some((0.495, 0.505)));
        assert_eq!(
            (cases[1].left.as_slice(), cases[1].score),
            (&["a".to_owned(), String::new()][..], Some((0.2, 1.0)))
        );
        assert_eq!((cases[1].parameters.as_str(), cases[2].parameters.as_str()), (r#"{"n":3}"#, r#"{"n":2}"#));
        assert_eq!(cases[2].score, None);
    }

    #[test]
    fn problems_have_their_locations() {
        let cases = [
            ("cases: []\n", (1, 8), "there are no cases"),
            ("cases:\n  - { left: a, right: b }\n", (2, 5), "expects nothing"),
            ("cases:\n  - { left: a, right: b, score: 2 }\n", (2, 33), "a number from 0 to 1"),
            ("cases:\n  - { left: a, rigth: b, score: 1 }\n", (2, 16), "rigth"),
            ("cases:\n  - { left: a, right: [b, c], score: 1 }\n", (2, 5), "1 values cannot be compared with 2"),
            ("cases:\n  - { left: a, right: b, score: 1, max: 1 }\n", (2, 5), "cannot be combined with"),
            ("cases:\n  - { left: a, right: b, score: 1, compared: false }\n", (2, 5), "has no score"),
            ("case: []\n", (1, 1), "case"),
        ];
        for (text, place, expected) in cases {
            let problems = read(text).unwrap_err();
            let found =
                problems.iter().any(|(line, column, message)| (*line, *column) == place && message.contains(expected));
            assert!(found, "{text}: {problems:?}");
        }
    }
}
