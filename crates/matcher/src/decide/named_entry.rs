//! The values of the entry that a result names, or of the group if only that is decided.
//!
//! **Invariant:** a result has no values of an entry that was not chosen: at level `company` the fields are the
//! group's, and the entry itself is the first of the alternatives.

use matchflow_model::outcome::{Decision, MatchLevel};
use matchflow_model::reason::Reason;
use serde_json::{Map, Value};

use super::decider::RowDecider;
use crate::error::StepError;
use crate::rank::RankedCandidate;

/// Marks a closed entry among its fields; no field of a plan begins with an underscore.
pub(super) const CLOSED: &str = "_closed";
/// The registry field with the successor of a closed entry, where the plan has one.
const SUCCESSOR: &str = "successor";
/// The registry field with the date on which an entry was closed, if the plan has one.
const CLOSED_ON: &str = "closed_on";

impl RowDecider<'_> {
    /// Sets what a result names: `best`, or only its group.
    pub(super) fn name_entry(
        &self,
        decision: &mut Decision,
        best: &RankedCandidate<'_>,
        is_entry_named: bool,
    ) -> Result<(), StepError> {
        let mut fields = match &self.entries {
            Some(entries) => entries.row_values(best.pair.entry as usize),
            None => Map::new(),
        };
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
        let (successor, closed_on) = (text(SUCCESSOR), text(CLOSED_ON));
        // A group is closed if none of its entries is open.
        let is_closed = !best.open && (is_entry_named || best.open_entries == 0);
        decision.id = is_entry_named.then(|| best.id.to_owned());
        decision.group = Some(best.group.to_owned());
        decision.level = Some(if is_entry_named { MatchLevel::Establishment } else { MatchLevel::Company });
        decision.closed = self.fields.has_status.then_some(is_closed);
        decision.closed_on = closed_on.filter(|_| is_closed && is_entry_named);
        if !is_entry_named {
            fields.retain(|name, _| self.fields.group_fields.contains(name));
        }
        if is_closed {
            let successor = successor.filter(|_| is_entry_named);
            decision.reason.push(Reason::ClosedEntry { successor, open_entries: best.open_entries });
            fields.insert(CLOSED.to_owned(), true.into());
        }
        decision.entry = self.entries.as_ref().map(|_| serde_json::to_string(&fields)).transpose()?;
        Ok(())
    }
}
