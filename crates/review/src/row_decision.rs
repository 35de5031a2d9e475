//! From a verdict to the decision that is recorded: what was decided about which row, and by what.

use matchflow_checkpoint::ReviewableResult;
use matchflow_decisions::{DecidedRow, ProposedResult, RowDecision};
use matchflow_model::review_verdict::ReviewVerdict;
use serde_json::{Map, Value};

/// A verdict on the row of a result, with what it was given by; `fields` are those of the entry that was chosen.
pub fn row_decision(
    verdict: ReviewVerdict,
    result: &ReviewableResult,
    fields: Option<Map<String, Value>>,
) -> RowDecision {
    let decision = &result.decision;
    RowDecision {
        row: DecidedRow { key: decision.key.clone(), digest: decision.digest },
        verdict,
        entry: None,
        group: None,
        others: Vec::new(),
        replaces: Vec::new(),
        source: None,
        proposed: Some(ProposedResult {
            outcome: decision.outcome.as_str().to_owned(),
            id: decision.id.clone(),
            score: decision.score,
            run: result.run_id.clone(),
            registry: result.reference_digest.clone(),
            plan: result.plan_digest.clone(),
            fields,
        }),
    }
}

/// The fields of an entry, where the result has them.
pub fn entry_fields(id: &str, result: &ReviewableResult) -> Option<Map<String, Value>> {
    if result.decision.id.as_deref() == Some(id) {
        return serde_json::from_str(result.decision.entry.as_deref()?).ok();
    }
    // A candidate does not say whether it is closed: only its fields are compared later.
    let chosen = result.decision.alternatives.iter().find(|candidate| candidate.id == id);
    serde_json::from_str(chosen?.entry.as_deref()?).ok()
}
