//! Writes a match model as the YAML file for `model:`.

use std::fmt::Write as _;

use matchflow_match_weights::TrainingResult;
use matchflow_model::plan::{Chance, ComparisonLevel, Condition, EntryIdentifier, HeadOffice, ScorerPlan};

use crate::commands::train::unseen_comparisons;

/// The model as a file.
pub(super) fn model_file(trained: &TrainingResult, scorers: &[ScorerPlan], about: &str) -> String {
    let mut text = String::from(about);
    text.push_str("# `m`: the share of true pairs on a level, `u`: the share of other pairs.\n");
    let _ = writeln!(text, "prior: {}", significant(trained.model.prior));
    let supporting = trained.model.supporting.iter().filter_map(|place| trained.model.comparisons.get(*place));
    let supporting: Vec<&str> = supporting.map(|comparison| comparison.name.as_str()).collect();
    if !supporting.is_empty() {
        let _ = writeln!(text, "supporting: [{}]", supporting.join(", "));
    }
    if let Some(HeadOffice { rate, unless }) = &trained.model.head_office {
        // Not learned: a row does not reveal which establishment it means.
        let unless = conditions(unless, scorers);
        let unless = if unless.is_empty() { String::new() } else { format!(", unless: {{ {unless} }}") };
        let _ = writeln!(text, "head_office: {{ rate: {}{unless} }}", significant(*rate));
    }
    if let Some(EntryIdentifier { when, error_rate }) = &trained.model.entry_identifier {
        let when = conditions(when, scorers);
        let _ = writeln!(text, "entry_identifier: {{ when: {{ {when} }}, error_rate: {} }}", significant(*error_rate));
    }
    text.push_str("\ncomparisons:\n");
    let unseen: Vec<&str> = unseen_comparisons(trained).collect();
    for comparison in &trained.model.comparisons {
        if unseen.contains(&comparison.name.as_str()) {
            text.push_str("  # Not learned: no true pair was compared by it.\n");
        }
        let _ = writeln!(text, "  {}:", comparison.name);
        for level in &comparison.levels {
            let _ = writeln!(text, "    - {}", level_line(level, scorers));
        }
    }
    text
}

fn conditions(conditions: &[Condition], scorers: &[ScorerPlan]) -> String {
    conditions_text(conditions.iter().map(|condition| (scorer_name(scorers, condition.scorer), condition.score_min)))
}

fn scorer_name(scorers: &[ScorerPlan], place: usize) -> &str {
    scorers.get(place).map_or("", |scorer| scorer.name.as_str())
}

fn level_line(level: &ComparisonLevel, scorers: &[ScorerPlan]) -> String {
    let u = match level.u {
        Chance::Share(share) => significant(share),
        Chance::Groups(groups) => format!("{{ groups: {} }}", significant(groups)),
        Chance::TermFrequency { scorer, factor } => {
            format!("{{ term_frequency: {}, factor: {} }}", scorer_name(scorers, scorer), significant(factor))
        }
    };
    let missing: Vec<&str> = level.missing.iter().map(|scorer| scorer_name(scorers, *scorer)).collect();
    level_text(&level.label, &conditions(&level.conditions, scorers), &missing, level.m, &u)
}

/// A level of a comparison, on one line.
pub(super) fn level_text(label: &str, conditions: &str, missing: &[&str], m: f64, u: &str) -> String {
    let when = if conditions.is_empty() { String::new() } else { format!(", when: {{ {conditions} }}") };
    let missing = if missing.is_empty() { String::new() } else { format!(", missing: [{}]", missing.join(", ")) };
    // A label may be any text: quoted as JSON, which is valid YAML.
    let label = serde_json::Value::from(label);
    format!("{{ level: {label}{when}{missing}, m: {}, u: {u} }}", significant(m))
}

/// The conditions of a level: each a scorer and its minimum score.
pub(super) fn conditions_text<'a>(conditions: impl Iterator<Item = (&'a str, f64)>) -> String {
    conditions.map(|(scorer, score_min)| format!("{scorer}: {}", significant(score_min))).collect::<Vec<_>>().join(", ")
}

/// A number with four significant digits.
pub(super) fn significant(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let digits = (3 - number.abs().log10().floor() as i32).clamp(0, 15) as usize;
    let text = format!("{number:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}
