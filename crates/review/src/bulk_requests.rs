//! Requests that decide all of some rows at once.
//!
//! **Invariants.** A verdict is given on as many rows as were counted for the person, or on none. What is recorded of each is
//! what is recorded of a single verdict.

use std::collections::HashMap;

use matchflow_decisions::{DecidedRow, ProposedResult, RowDecision};
use matchflow_labels::Words;
use matchflow_model::review_verdict::ReviewVerdict;
use matchflow_serve::{FieldError, Problem, ProblemKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::decision_board::DecisionBoard;
use crate::error::failed;
use crate::queue::{ChosenRows, row_in_short};
use crate::review_state::{ReviewState, outdated};
use crate::row_list::{ListedRow, ReviewedRun};
use crate::row_status::StatusKind;
use crate::verdict_requests::{maker, read};

/// Rows that are decided at once, at most.
const BULK_MAX: usize = 20_000;
/// Rows that are displayed of those that would be decided.
const SAMPLES_MAX: usize = 20;

/// A verdict on all of some rows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BulkRequest {
    verdict: ReviewVerdict,
    why: Option<String>,
    by: String,
    /// The number of rows that the person was shown.
    rows: usize,
}

/// The rows of a request that a verdict can be given on together, and how many of them cannot.
fn bulk_rows(
    state: &ReviewState,
    board: &DecisionBoard,
    chosen: &ChosenRows,
    verdict: Option<ReviewVerdict>,
) -> (Vec<usize>, usize) {
    let mut left_out = 0;
    let mut rows = Vec::new();
    for number in chosen.rows(state, board) {
        let Some((row, status)) = state.list.rows.get(number).zip(board.statuses.get(number)) else { continue };
        let needs_proposal = verdict == Some(ReviewVerdict::Entry);
        match status.kind == StatusKind::Undecided && (row.has_proposal() || !needs_proposal) {
            true => rows.push(number),
            false => left_out += 1,
        }
    }
    (rows, left_out)
}

/// How many rows each verdict would decide, with samples.
pub(crate) fn bulk_preview(state: &ReviewState, values: &[Option<String>], words: &Words) -> Result<Value, Problem> {
    let mut board = state.board.lock();
    board.refresh(&state.list).map_err(|error| failed(&error))?;
    let chosen = ChosenRows::read(state, &board, values)?;
    let (rows, left_out) = bulk_rows(state, &board, &chosen, None);
    let (with_proposal, _) = bulk_rows(state, &board, &chosen, Some(ReviewVerdict::Entry));
    // Evenly from the first to the last.
    let samples = rows.len().min(SAMPLES_MAX);
    let samples = (0..samples).filter_map(|sample| rows.get(sample * rows.len() / samples)).copied();
    let samples: Vec<usize> = samples.collect();
    let short: Vec<Value> = samples.iter().map(|number| row_in_short(state, &board, *number, words)).collect();
    drop(board);
    let listed = || samples.iter().filter_map(|number| state.list.rows.get(*number));
    let places: Vec<i64> = listed().map(|row| row.place).collect();
    let entries: HashMap<i64, String> = state.read(|tables| tables.entries_at(&places))?.into_iter().collect();
    let samples = short.into_iter().zip(listed()).map(|(mut sample, row)| {
        let entry = entries.get(&row.place).and_then(|entry| serde_json::from_str::<Map<String, Value>>(entry).ok());
        let field = |name: &str| entry.as_ref().and_then(|entry| entry.get(name)).cloned();
        let proposed = row.has_proposal().then(|| {
            let id = row.id.as_ref().or(row.group.as_ref());
            json!({ "id": id, "name": field("name").or_else(|| field("person")), "town": field("town") })
        });
        if let Some(sample) = sample.as_object_mut() {
            sample.insert("proposed".to_owned(), json!(proposed));
        }
        sample
    });
    Ok(json!({
        "rows": rows.len(),
        "with_proposal": with_proposal.len(),
        "left_out": left_out,
        "max": BULK_MAX,
        "samples": samples.collect::<Vec<_>>(),
    }))
}

/// Stores a verdict on all of some rows, as one act.
pub(crate) fn bulk(state: &ReviewState, body: &[u8], values: &[Option<String>]) -> Result<Value, Problem> {
    let request: BulkRequest = read(body)?;
    let maker = maker(state, &request.by, request.why)?;
    let verdict = request.verdict;
    if verdict.is_of_duplicates() || verdict == ReviewVerdict::OtherEstablishment {
        let error = FieldError::new("/verdict", "this verdict cannot be given on many rows at once");
        return Err(Problem::of_part(ProblemKind::Invalid, error));
    }
    let mut board = state.board.lock();
    board.refresh(&state.list).map_err(|error| failed(&error))?;
    let chosen = ChosenRows::read(state, &board, values)?;
    let (rows, _) = bulk_rows(state, &board, &chosen, Some(verdict));
    if rows.len() != request.rows || rows.len() > BULK_MAX {
        let detail = format!("{} rows would be decided, not {}: look at them again", rows.len(), request.rows);
        return Err(Problem::new(ProblemKind::Conflict, detail));
    }
    let rows: Vec<&ListedRow> = rows.into_iter().filter_map(|number| state.list.rows.get(number)).collect();
    let mut entries = HashMap::new();
    if verdict == ReviewVerdict::Entry {
        let places: Vec<i64> = rows.iter().map(|row| row.place).collect();
        entries.extend(state.read(|tables| tables.entries_at(&places))?);
    } else if state.is_outdated() {
        return Err(outdated());
    }
    let decision = |row: &ListedRow| proposed_decision(state, verdict, row, entries.get(&row.place));
    let decisions = rows.into_iter().map(decision).collect();
    let recorded = board.record(decisions, &maker, &[], &state.list).map_err(|error| failed(&error))?;
    Ok(json!({ "act": recorded.act, "rows": recorded.rows.len(), "version": board.version }))
}

/// The verdict on a row, with what its result proposes; `entry` are the fields of the entry named, as JSON.
fn proposed_decision(
    state: &ReviewState,
    verdict: ReviewVerdict,
    row: &ListedRow,
    entry: Option<&String>,
) -> RowDecision {
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let run = state.list.runs.get(row.run as usize);
    let digest = |of: fn(&ReviewedRun) -> &String| run.map(of).cloned().unwrap_or_default();
    let is_entry = verdict == ReviewVerdict::Entry;
    RowDecision {
        row: DecidedRow { key: row.key.to_string(), digest: row.digest },
        verdict,
        entry: text(&row.id).filter(|_| is_entry),
        // An entry says which group it is of.
        group: text(&row.group).filter(|_| is_entry && row.id.is_none()),
        others: Vec::new(),
        replaces: Vec::new(),
        source: None,
        proposed: Some(ProposedResult {
            outcome: row.outcome.as_str().to_owned(),
            id: text(&row.id),
            score: row.score,
            run: digest(|run| &run.id),
            registry: digest(|run| &run.registry),
            plan: digest(|run| &run.plan),
            fields: entry.filter(|_| row.id.is_some()).and_then(|entry| serde_json::from_str(entry).ok()),
        }),
    }
}
