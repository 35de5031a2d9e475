//! Decisions, epochs and rejects with plausible values.

use matchflow_model::expectation::Expectation;
use matchflow_model::outcome::{Counts, Decision, Outcome, to_batch};
use matchflow_model::reason::{Reason, ScorerScore};
use matchflow_model::reject::Reject;
use matchflow_model::row_error::RowError;
use matchflow_model::store::Epoch;

/// A decision on `key` in row `row`; its digest is the row's number.
pub fn decision(key: &str, row: u64, outcome: Outcome) -> Decision {
    let found = matches!(outcome, Outcome::Matched | Outcome::Review);
    let failed = outcome == Outcome::Failed;
    Decision {
        outcome,
        stage: found.then(|| "DIRECT_ID".to_owned()),
        id: found.then(|| "73282932000074".to_owned()),
        group: found.then(|| "732829320".to_owned()),
        score: found.then_some(0.97),
        margin: found.then_some(0.5),
        candidates: 3,
        reason: Reason::Accepted { score: 0.97, rival: None }.into(),
        error: failed.then(row_error),
        plugin: failed.then(|| "company-name".to_owned()),
        tries: u32::from(failed),
        retryable: failed,
        input: format!("{{\"name\":\"Établissements {key}\",\"postcode\":\"06000\"}}"),
        entry: found.then(|| "{\"name\":\"ETABLISSEMENTS\"}".to_owned()),
        scores: Vec::from_iter(found.then(|| ScorerScore { scorer: "company-name".to_owned(), score: 0.97 })),
        ..Decision::unmatched(key, row, row)
    }
}

/// The error of a scorer that crashed.
pub fn row_error() -> RowError {
    let (plugin, detail) = ("company-name".to_owned(), "out of memory".to_owned());
    RowError::Scorer { scorer: plugin.clone(), error: Box::new(RowError::PluginCrashed { plugin, detail }) }
}

/// An epoch of these decisions, each in its own batch as if they arrived in completion order.
pub fn epoch(number: u64, decisions: &[Decision]) -> Epoch {
    let mut counts = Counts::default();
    decisions.iter().for_each(|decision| counts.add(decision.outcome));
    let batches = decisions.chunks(1).map(|one| to_batch(one).unwrap()).collect();
    Epoch { number, batches, counts, rejects: Vec::new() }
}

/// An epoch of `rows` matched rows with distinct keys.
pub fn matched(number: u64, rows: u64) -> Epoch {
    let decisions: Vec<Decision> =
        (0..rows).map(|row| decision(&format!("F{number}-{row}"), number * rows + row, Outcome::Matched)).collect();
    epoch(number, &decisions)
}

/// A rejected cell of `key`.
pub fn reject(key: &str, row: u64) -> Reject {
    Reject {
        file: "Frs.xlsx".to_owned(),
        sheet: "Feuil1".to_owned(),
        cell: format!("C{row}"),
        row,
        key: key.to_owned(),
        field: "last_movement".to_owned(),
        raw: "31/02/2024".to_owned(),
        expected: Expectation::Date,
    }
}
