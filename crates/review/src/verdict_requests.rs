//! Requests that decide one row, and that undo.
//!
//! **Invariant:** nothing is guessed: an entry that is neither a candidate nor in the registry is refused.

use matchflow_checkpoint::ReviewableResult;
use matchflow_decisions::RowDecision;
use matchflow_labels::Words;
use matchflow_model::review_verdict::ReviewVerdict;
use matchflow_serve::{FieldError, Problem, ProblemKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::decision_board::{DecisionMaker, RecordedAct};
use crate::error::failed;
use crate::queue::{ChosenRows, row_in_short};
use crate::review_state::ReviewState;
use crate::row_decision::{entry_fields, row_decision};

/// Letters of a name and of a comment, at most.
const NAME_MAX: usize = 100;
const WHY_MAX: usize = 2_000;

/// A verdict on a row.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct VerdictRequest {
    key: String,
    verdict: ReviewVerdict,
    entry: Option<String>,
    group: Option<String>,
    why: Option<String>,
    by: String,
    /// The ids of the records that the window displays.
    #[serde(default)]
    knew: Vec<String>,
}

/// The undo of an act, or of the person's last one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UndoRequest {
    act: Option<String>,
    by: String,
}

pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::new(ProblemKind::Malformed, error.to_string()))
}

pub(crate) fn maker(state: &ReviewState, by: &str, why: Option<String>) -> Result<DecisionMaker, Problem> {
    let by = by.trim();
    let why = why.map(|why| why.trim().to_owned()).filter(|why| !why.is_empty());
    let mut errors = Vec::new();
    if by.is_empty() || by.chars().count() > NAME_MAX || by.chars().any(char::is_control) {
        errors.push(FieldError::new("/by", format!("who decides must be named, with at most {NAME_MAX} letters")));
    }
    if why.as_ref().is_some_and(|why| why.chars().count() > WHY_MAX) {
        errors.push(FieldError::new("/why", format!("a comment must have at most {WHY_MAX} letters")));
    }
    if !errors.is_empty() {
        return Err(Problem::of_parts(errors));
    }
    Ok(DecisionMaker { by: by.to_owned(), at: (state.clock)(), why })
}

/// Stores a verdict, and names the next row to decide.
pub(crate) fn verdict(
    state: &ReviewState,
    body: &[u8],
    values: &[Option<String>],
    words: &Words,
) -> Result<Value, Problem> {
    let request: VerdictRequest = read(body)?;
    let maker = maker(state, &request.by, request.why.clone())?;
    let (number, _) = state.row(&request.key)?;
    let result = state.result(number)?;
    let decision = decision_of(state, &request, &result)?;
    let mut board = state.board.lock();
    // A filter that is not understood must not be found after the verdict is stored.
    let chosen = ChosenRows::read(state, &board, values)?;
    let recorded = board.record(vec![decision], &maker, &request.knew, &state.list).map_err(|error| failed(&error))?;
    let next = chosen.next_undecided(state, &board, number).and_then(|next| state.list.rows.get(next));
    Ok(json!({
        "act": recorded.act,
        "version": board.version,
        "row": row_in_short(state, &board, number, words),
        "next": next.map(|row| &row.key),
    }))
}

/// What is recorded of a verdict.
fn decision_of(
    state: &ReviewState,
    request: &VerdictRequest,
    result: &ReviewableResult,
) -> Result<RowDecision, Problem> {
    let invalid =
        |pointer: &str, detail: String| Problem::of_part(ProblemKind::Invalid, FieldError::new(pointer, detail));
    let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (entry, group) = (named(&request.entry), named(&request.group));
    let verdict = request.verdict;
    if verdict.is_of_duplicates() {
        return Err(invalid("/verdict", "the pipeline compares rows with a registry, not with each other".to_owned()));
    }
    let is_of_entry = matches!(verdict, ReviewVerdict::Entry | ReviewVerdict::OtherEstablishment);
    let may_name = is_of_entry || verdict == ReviewVerdict::Closed;
    if is_of_entry && entry.is_none() && group.is_none() {
        return Err(invalid("/entry", "this verdict needs an entry, or a group".to_owned()));
    }
    if !may_name && (entry.is_some() || group.is_some()) {
        return Err(invalid("/entry", "this verdict has no entry".to_owned()));
    }
    let mut fields = None;
    if let Some(id) = &entry {
        fields = Some(known_fields(state, id, result).ok_or_else(|| {
            invalid("/entry", "it is neither a candidate of the row nor an entry of the registry".to_owned())
        })?);
    }
    // An entry says which group it is of.
    let group = group.filter(|_| entry.is_none());
    Ok(RowDecision { entry, group, ..row_decision(verdict, result, fields.filter(|fields| !fields.is_empty())) })
}

/// The fields of an entry, as the person was shown them: empty where the row keeps none.
fn known_fields(state: &ReviewState, id: &str, result: &ReviewableResult) -> Option<Map<String, Value>> {
    if let Some(fields) = entry_fields(id, result) {
        return Some(fields);
    }
    if let Some(entry) = state.registry_entry(id) {
        let mut fields = entry.fields;
        if let Some(is_closed) = entry.is_closed {
            fields.insert("closed".to_owned(), is_closed.into());
        }
        return Some(fields);
    }
    let decision = &result.decision;
    let is_candidate = decision.id.as_deref() == Some(id) || decision.alternatives.iter().any(|one| one.id == id);
    is_candidate.then(Map::new)
}

/// Undoes an act.
pub(crate) fn undo(state: &ReviewState, body: &[u8], words: &Words) -> Result<Value, Problem> {
    let request: UndoRequest = read(body)?;
    let maker = maker(state, &request.by, None)?;
    let mut board = state.board.lock();
    let undone = board.undo(request.act.as_deref(), &maker, &state.list).map_err(|error| failed(&error))?;
    let nothing = || Problem::new(ProblemKind::NotFound, "there is no decision of this person to undo");
    let RecordedAct { act, rows } = undone.ok_or_else(nothing)?;
    let first = rows.first().copied();
    Ok(json!({
        "act": act,
        "rows": rows.len(),
        "row": first.map(|number| row_in_short(state, &board, number, words)),
        "version": board.version,
    }))
}
