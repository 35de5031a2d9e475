//! Decided rows on their way to the checkpoint.

use matchflow_model::arrow::error::ArrowError;
use matchflow_model::outcome::{Decision, to_batch};
use matchflow_model::reject::Reject;
use serde::{Deserialize, Serialize};

use crate::wire_batch::WireBatch;

/// Decided rows as a message for the checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OutcomeBatch {
    /// The outcomes, of [`matchflow_model::outcome::schema`].
    pub rows: WireBatch,
    /// The rejected cells of these rows.
    pub rejects: Vec<Reject>,
}

impl OutcomeBatch {
    /// The decisions, with the `rejects` of their rows.
    ///
    /// # Errors
    ///
    /// Decisions that Arrow cannot put into a batch.
    pub fn new(decisions: &[Decision], rejects: &[Reject]) -> Result<OutcomeBatch, ArrowError> {
        let rows = to_batch(decisions)?;
        let is_of_decided_row = |reject: &&Reject| decisions.iter().any(|decision| decision.key == reject.key);
        let rejects = rejects.iter().filter(is_of_decided_row).cloned().collect();
        Ok(OutcomeBatch { rows: WireBatch(rows), rejects })
    }
}
