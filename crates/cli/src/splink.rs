//! Converts Splink's settings (JSON as saved by Splink 3 and 4) to a match model, with the required scorers and keys.
//!
//! **Limits.** Supported conditions: equal columns, `jaro_winkler_similarity`, `jaro_similarity`, `levenshtein` and
//! `damerau_levenshtein` of two columns, and these joined by `AND`. Splink's edit distances are counts whereas scorers
//! return shares, so such a level is approximate. Whatever cannot be expressed is listed in [`ImportedModel::notes`],
//! never dropped silently.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

/// The length at which an edit distance is converted to an equal share.
const TYPICAL_CHARACTERS: f64 = 8.0;
/// The prior if the settings do not give one.
const PRIOR: f64 = 0.5;
/// Maximum prior: it must be below 1.
const PRIOR_MAX: f64 = 0.99;

/// The parts of the settings that are read.
#[derive(Debug, Deserialize)]
pub(crate) struct SplinkSettings {
    #[serde(default)]
    probability_two_random_records_match: Option<f64>,
    comparisons: Vec<SplinkComparison>,
    #[serde(default)]
    blocking_rules_to_generate_predictions: Vec<BlockingRule>,
}

#[derive(Debug, Deserialize)]
struct SplinkComparison {
    output_column_name: String,
    comparison_levels: Vec<SplinkLevel>,
}

#[derive(Debug, Deserialize)]
struct SplinkLevel {
    sql_condition: String,
    #[serde(default)]
    label_for_charts: Option<String>,
    #[serde(default)]
    is_null_level: bool,
    #[serde(default)]
    m_probability: Option<f64>,
    #[serde(default)]
    u_probability: Option<f64>,
    #[serde(default)]
    tf_adjustment_column: Option<String>,
}

/// A rule as written by Splink 3, or by Splink 4.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum BlockingRule {
    Sql(String),
    Described { blocking_rule: String },
}

/// The model, and what a pipeline needs for it.
#[derive(Debug, Default)]
pub(crate) struct ImportedModel {
    /// Fraction of suppliers that are in the registry.
    pub(crate) prior: f64,
    pub(crate) comparisons: Vec<(String, Vec<ImportedLevel>)>,
    /// By name, sorted.
    pub(crate) scorers: BTreeMap<String, ImportedScorer>,
    /// Key expressions of exact searches, one for each blocking rule.
    pub(crate) keys: Vec<(String, String)>,
    /// What differs from the settings.
    pub(crate) notes: Vec<String>,
}

/// A level with its conditions: scorer and minimum score.
#[derive(Debug, PartialEq)]
pub(crate) struct ImportedLevel {
    pub(crate) label: String,
    pub(crate) conditions: Vec<(String, f64)>,
    pub(crate) m: f64,
    pub(crate) u: f64,
}

/// A scorer of the pipeline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ImportedScorer {
    pub(crate) left: String,
    pub(crate) right: String,
    pub(crate) measure: Measure,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    Equal,
    JaroWinkler,
    Jaro,
    Levenshtein,
}

impl fmt::Display for Measure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Measure::Equal => "equal",
            Measure::JaroWinkler => "jaro_winkler",
            Measure::Jaro => "jaro",
            Measure::Levenshtein => "levenshtein",
        })
    }
}

impl SplinkSettings {
    /// Converts the settings. `registry_rows` converts Splink's probability of a random pair to the prior of a
    /// supplier.
    pub(crate) fn convert(&self, registry_rows: Option<u64>) -> ImportedModel {
        let mut model = ImportedModel { prior: PRIOR, ..ImportedModel::default() };
        match (self.probability_two_random_records_match, registry_rows) {
            (Some(pair), Some(rows)) => model.prior = (pair * rows as f64).clamp(1.0 - PRIOR_MAX, PRIOR_MAX),
            (Some(pair), None) => model.notes.push(format!(
                "prior: Splink has {pair} for a random pair; give --registry-rows to convert it, here it is {PRIOR}"
            )),
            (None, _) => model.notes.push(format!("prior: the settings have none, here it is {PRIOR}")),
        }
        for comparison in &self.comparisons {
            let levels = comparison.comparison_levels.iter().filter(|level| !level.is_null_level);
            let name = &comparison.output_column_name;
            let mut levels: Vec<ImportedLevel> = levels.filter_map(|level| model.level(name, level)).collect();
            add_rest(&mut levels);
            if !levels.is_empty() {
                model.comparisons.push((name.clone(), levels));
            }
        }
        for rule in &self.blocking_rules_to_generate_predictions {
            let (BlockingRule::Sql(sql) | BlockingRule::Described { blocking_rule: sql }) = rule;
            match blocking_key(sql) {
                Some(key) => model.keys.push(key),
                None => model.notes.push(format!("blocking rule not imported: {sql}")),
            }
        }
        model
    }
}

impl ImportedModel {
    fn level(&mut self, comparison: &str, level: &SplinkLevel) -> Option<ImportedLevel> {
        let label = level.label_for_charts.clone().unwrap_or_else(|| level.sql_condition.clone());
        let (Some(m), Some(u)) = (level.m_probability, level.u_probability) else {
            self.notes
                .push(format!("{comparison}: `{label}` not imported: it has no m or u; train it in Splink first"));
            return None;
        };
        if let Some(column) = &level.tf_adjustment_column {
            self.notes.push(format!("{comparison}: the term frequency adjustment of `{column}` is not imported"));
        }
        let sql = level.sql_condition.trim();
        if sql.eq_ignore_ascii_case("else") {
            return Some(ImportedLevel { label, conditions: Vec::new(), m, u });
        }
        let Some(parsed) = split_and(sql).into_iter().map(parse_condition).collect::<Option<Vec<_>>>() else {
            self.notes.push(format!("{comparison}: `{label}` not imported: {sql}"));
            return None;
        };
        let mut conditions = Vec::new();
        for condition in parsed {
            if condition.is_approximate {
                self.notes.push(format!(
                    "{comparison}: `{label}` is approximate: edits become a share of {TYPICAL_CHARACTERS} characters"
                ));
            }
            conditions.push((self.scorer_name(condition.scorer), condition.score_min));
        }
        Some(ImportedLevel { label, conditions, m, u })
    }

    /// The name of a scorer, which is added if it is new.
    fn scorer_name(&mut self, scorer: ImportedScorer) -> String {
        let mut name = if scorer.left == scorer.right {
            scorer.left.clone()
        } else {
            format!("{}_as_{}", scorer.left, scorer.right)
        };
        if scorer.measure != Measure::Equal {
            name = format!("{name}_{}", scorer.measure);
        }
        self.scorers.insert(name.clone(), scorer);
        name
    }
}

/// Adds the shares of levels that are not imported to the level of all remaining pairs, which their pairs reach.
fn add_rest(levels: &mut [ImportedLevel]) {
    let sums = levels.iter().fold((0.0, 0.0), |(m, u), level| (m + level.m, u + level.u));
    if let Some(last) = levels.last_mut().filter(|last| last.conditions.is_empty()) {
        last.m += (1.0 - sums.0).max(0.0);
        last.u += (1.0 - sums.1).max(0.0);
    }
}

/// A condition on one scorer.
struct ParsedCondition {
    scorer: ImportedScorer,
    score_min: f64,
    is_approximate: bool,
}

/// The parts of `a AND b`, without enclosing parentheses.
fn split_and(sql: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = without_parentheses(sql);
    while let Some(at) = rest.to_ascii_lowercase().find(" and ") {
        let (part, tail) = rest.split_at(at);
        parts.push(without_parentheses(part));
        rest = tail.get(" and ".len()..).unwrap_or_default();
    }
    parts.push(without_parentheses(rest));
    parts
}

/// `sql` without parentheses that enclose all of it.
fn without_parentheses(sql: &str) -> &str {
    let trimmed = sql.trim();
    let Some(inner) = trimmed.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) else {
        return trimmed;
    };
    // The first one may be closed before the end: `(a) AND (b)`.
    let mut depth = 0_i32;
    for character in inner.chars() {
        depth += i32::from(character == '(') - i32::from(character == ')');
        if depth < 0 {
            return trimmed;
        }
    }
    without_parentheses(inner)
}

fn parse_condition(sql: &str) -> Option<ParsedCondition> {
    let (left, operator, right) = ["<=", ">=", "="]
        .into_iter()
        .find_map(|operator| sql.split_once(operator).map(|(left, right)| (left.trim(), operator, right.trim())))?;
    if operator == "=" {
        let scorer = columns(left, right, Measure::Equal)?;
        return Some(ParsedCondition { scorer, score_min: 1.0, is_approximate: false });
    }
    let (function, arguments) = left.strip_suffix(')')?.split_once('(')?;
    let (first, second) = arguments.split_once(',')?;
    let limit: f64 = right.parse().ok()?;
    let measure = match (function.trim().to_ascii_lowercase().as_str(), operator) {
        ("jaro_winkler_similarity" | "jaro_winkler", ">=") => Measure::JaroWinkler,
        ("jaro_similarity" | "jaro", ">=") => Measure::Jaro,
        ("levenshtein" | "damerau_levenshtein", "<=") => Measure::Levenshtein,
        _ => return None,
    };
    let is_approximate = measure == Measure::Levenshtein;
    let score_min = if is_approximate { (1.0 - limit / TYPICAL_CHARACTERS).max(0.0) } else { limit };
    Some(ParsedCondition { scorer: columns(first, second, measure)?, score_min, is_approximate })
}

/// The scorer of `column_l` and `column_r`, in either order.
fn columns(first: &str, second: &str, measure: Measure) -> Option<ImportedScorer> {
    let (first, second) = (plain(first), plain(second));
    let (left, right) = match (first.strip_suffix("_l"), second.strip_suffix("_r")) {
        (Some(left), Some(right)) => (left, right),
        _ => (second.strip_suffix("_l")?, first.strip_suffix("_r")?),
    };
    let is_name = |name: &str| name.chars().all(|character| character.is_alphanumeric() || character == '_');
    (is_name(left) && is_name(right)).then(|| ImportedScorer {
        left: left.to_owned(),
        right: right.to_owned(),
        measure,
    })
}

/// An identifier without its quotes.
fn plain(identifier: &str) -> String {
    identifier.trim().replace(['"', '`'], "")
}

/// The key expressions of both sides of `l.a = r.a AND l.b = r.b`.
fn blocking_key(sql: &str) -> Option<(String, String)> {
    let mut sides = (Vec::new(), Vec::new());
    for part in split_and(sql) {
        let (first, second) = part.split_once('=')?;
        let (first, second) = (plain(first), plain(second));
        let (left, right) = match (first.strip_prefix("l."), second.strip_prefix("r.")) {
            (Some(left), Some(right)) => (left, right),
            _ => (second.strip_prefix("l.")?, first.strip_prefix("r.")?),
        };
        let is_name = |name: &str| name.chars().all(|character| character.is_alphanumeric() || character == '_');
        if !is_name(left) || !is_name(right) {
            return None;
        }
        sides.0.push(left.to_owned());
        sides.1.push(right.to_owned());
    }
    Some((sides.0.join(" + "), sides.1.join(" + ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scorer(left: &str, right: &str, measure: Measure) -> ImportedScorer {
        ImportedScorer { left: left.to_owned(), right: right.to_owned(), measure }
    }

    #[test]
    fn conditions_become_scorers_with_a_minimum() {
        for (sql, expected, minimum) in [
            (r#""name_l" = "name_r""#, scorer("name", "name", Measure::Equal), 1.0),
            (r#"(name_r = name_l)"#, scorer("name", "name", Measure::Equal), 1.0),
            (
                r#"jaro_winkler_similarity("name_l", "name_r") >= 0.92"#,
                scorer("name", "name", Measure::JaroWinkler),
                0.92,
            ),
            (r#"levenshtein("dob_l", "dob_r") <= 2"#, scorer("dob", "dob", Measure::Levenshtein), 0.75),
            (r#""first_l" = "last_r""#, scorer("first", "last", Measure::Equal), 1.0),
        ] {
            let parts = split_and(sql);
            assert_eq!(parts.len(), 1, "{sql}");
            let parsed = parse_condition(parts[0]).unwrap();
            assert_eq!((parsed.scorer, parsed.score_min), (expected, minimum), "{sql}");
        }
        for sql in ["name_l like 'a%'", "len(name_l) >= 3", "name_l = 'x'", "abs(a_l - a_r) <= 3", "a_l = upper(a_r)"] {
            assert!(parse_condition(sql).is_none(), "{sql}");
        }
    }

    #[test]
    fn joined_conditions_and_blocking_rules_are_split() {
        let parts = split_and(r#"("first_l" = "last_r") AND ("last_l" = "first_r")"#);
        assert_eq!(parts, [r#""first_l" = "last_r""#, r#""last_l" = "first_r""#]);
        let key = blocking_key(r#"(l."dob" = r."dob") AND (l."city" = r."city")"#);
        assert_eq!(key, Some(("dob + city".to_owned(), "dob + city".to_owned())));
        assert_eq!(blocking_key("substr(l.name,1,3) = substr(r.name,1,3)"), None);
    }
}
