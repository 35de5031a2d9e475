//! A row beside its candidates: fields word by word, the evidence, why the others are behind.

use std::collections::BTreeSet;

use matchflow_checkpoint::ReviewableResult;
use matchflow_labels::{Words, comparison_text, level_text};
use matchflow_model::review_verdict::{DecisionState, ReviewDecision, VerdictNote};
use serde_json::{Map, Value, json};

use crate::candidate_evidence::{ComparisonWeight, StoredCandidate};
use crate::review_state::ReviewState;
use crate::row_list::text_of;
use crate::word_marks::{ComparedWords, MarkedPiece, marked};

/// The member of an entry's fields that has whether it is closed.
const CLOSED: &str = "closed";

/// A field of the row and of its candidates.
struct ComparedField {
    name: String,
    is_of_row: bool,
    is_of_entries: bool,
}

/// Everything about a row that the page displays in its middle.
///
/// # Errors
///
/// A column of the result that is no JSON.
pub(crate) fn row_json(
    state: &ReviewState,
    result: &ReviewableResult,
    decision: Option<&ReviewDecision>,
    words: &Words,
) -> Result<Value, serde_json::Error> {
    let found = &result.decision;
    let candidates = StoredCandidate::of_result(found)?;
    let input: Map<String, Value> = serde_json::from_str(&found.input)?;
    let best = candidates.first();
    let of_candidates: Vec<Value> =
        candidates.iter().map(|candidate| candidate_json(state, candidate, best, words)).collect();
    let decided = decision.map(|decision| {
        let verdict = |note: &VerdictNote| {
            json!({
                "record": note.record, "verdict": note.verdict, "id": note.id, "group": note.group, "by": note.by,
                "at": note.at, "why": note.why, "text": words.verdict_note(note),
            })
        };
        json!({
            // Before the next run nothing is applied.
            "state": (decision.state != DecisionState::Applied).then(|| words.decision_state(&decision.state)),
            "verdicts": decision.verdicts.iter().map(verdict).collect::<Vec<_>>(),
        })
    });
    Ok(json!({
        "key": found.key,
        "row": found.row,
        "outcome": found.outcome,
        "outcome_text": words.outcome(found.outcome),
        "reason": words.reasons(&found.reason),
        "error": found.error.as_ref().map(|error| words.error(error)),
        "score": found.score,
        "stage": found.stage,
        "candidates_scored": found.candidates,
        "group": found.group,
        "id": found.id,
        "decided": decided,
        "fields": fields_json(state, &input, &candidates, words),
        "candidates": of_candidates,
        "search": search_text(&input),
    }))
}

/// What the search of the registry begins with: the name and the town.
fn search_text(input: &Map<String, Value>) -> String {
    let text = |names: &[&str]| names.iter().find_map(|name| input.get(*name)).map(text_of).unwrap_or_default();
    let texts = [text(&["name", "company_name"]), text(&["postcode"])];
    texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

fn candidate_json(
    state: &ReviewState,
    candidate: &StoredCandidate,
    best: Option<&StoredCandidate>,
    words: &Words,
) -> Value {
    let step = |weight: &ComparisonWeight<'_>| {
        let level = weight.level.map(|level| level_text(level, words.language));
        let comparison = comparison_text(weight.comparison, words.language);
        json!({ "comparison": comparison, "level": level, "bits": weight.bits })
    };
    let steps: Vec<Value> = candidate.comparison_weights().iter().map(step).collect();
    let is_best = best.is_some_and(|best| std::ptr::eq(best, candidate));
    let behind = best.filter(|_| !is_best).and_then(|best| {
        let why = candidate.deficits(best).into_iter().map(|deficit| {
            let level =
                |weight: ComparisonWeight<'_>| weight.level.map(|level| level_text(level, words.language).to_owned());
            json!({
                "comparison": comparison_text(deficit.this.comparison, words.language), "bits": deficit.bits, "level": level(deficit.this),
                "best": level(deficit.best),
            })
        });
        Some(json!({ "bits": candidate.bits_behind(best)?, "why": why.collect::<Vec<_>>() }))
    });
    let is_closed = candidate.entry.get(CLOSED).and_then(Value::as_bool);
    let is_closed = is_closed.or_else(|| state.registry_entry(&candidate.id)?.is_closed);
    let scores = candidate.scores().map(|(scorer, score)| json!({ "scorer": scorer, "score": score }));
    json!({
        "id": candidate.id,
        "group": candidate.group,
        "score": candidate.score,
        "closed": is_closed,
        "prior": candidate.bits("prior"),
        "weight": candidate.bits("weight"),
        "steps": steps,
        "scores": scores.collect::<Vec<_>>(),
        "behind": behind,
        "same_group": best.is_some_and(|best| !is_best && !best.group.is_empty() && best.group == candidate.group),
    })
}

/// The fields in the order of the registry's, then those of the supplier alone.
fn fields_json(
    state: &ReviewState,
    input: &Map<String, Value>,
    candidates: &[StoredCandidate],
    words: &Words,
) -> Vec<Value> {
    let source: Vec<&str> = state.plan.source.fields.iter().map(|field| field.name.as_str()).collect();
    let entry: Vec<&str> = state.plan.reference.fields.iter().map(|field| field.name.as_str()).collect();
    let both = source.iter().filter(|name| entry.contains(name));
    let of_registry = entry.iter().filter(|name| !source.contains(name));
    let of_row = source.iter().filter(|name| !entry.contains(name));
    let mut listed = BTreeSet::new();
    let names = both.chain(of_registry).chain(of_row).filter(|name| listed.insert(**name));
    let fields = names.map(|name| ComparedField {
        name: (*name).to_owned(),
        is_of_row: source.contains(name),
        is_of_entries: entry.contains(name),
    });
    let row_text = |name: &str| input.get(name).map(text_of).unwrap_or_default();
    fields
        .filter_map(|field| {
            let of_row = row_text(&field.name);
            let of_entries: Vec<String> = candidates
                .iter()
                .map(|candidate| candidate.entry.get(&field.name).map(text_of).unwrap_or_default())
                .collect();
            if of_row.is_empty() && of_entries.iter().all(String::is_empty) {
                return None;
            }
            let is_compared = field.is_of_row && field.is_of_entries;
            let this_row = ComparedWords::of([of_row.as_str()]);
            let of_entry = |text: &String| match (is_compared, this_row.is_empty()) {
                (true, false) => marked(text, &this_row),
                // What a row has nowhere is no difference: there is nothing to compare it with.
                _ => unmarked(text),
            };
            let row_pieces = |candidate: &StoredCandidate| {
                let alone = candidate.entry.iter().filter(|(name, _)| !source.contains(&name.as_str()));
                let alone = alone.filter_map(|(_, value)| value.as_str());
                let same = candidate.entry.get(&field.name).and_then(Value::as_str);
                let others = ComparedWords::of(same.into_iter().chain(alone));
                match is_compared && same.is_some() {
                    true => marked(&of_row, &others),
                    false => unmarked(&of_row),
                }
            };
            let label = words.field_label(&field.name);
            Some(json!({
                "name": field.name,
                "label": label,
                "compared": is_compared,
                "row": of_row,
                "row_pieces": candidates.iter().map(row_pieces).collect::<Vec<_>>(),
                "entries": of_entries.iter().map(of_entry).collect::<Vec<_>>(),
            }))
        })
        .collect()
}

/// A text without marks.
fn unmarked(text: &str) -> Vec<MarkedPiece> {
    marked(text, &ComparedWords::of([text]))
}
