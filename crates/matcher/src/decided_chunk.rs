//! A chunk after a stage that decides rows: their decisions, and the rows that continue.

use matchflow_model::outcome::Decision;
use matchflow_model::reject::Reject;

use crate::chunk::Chunk;
use crate::error::StepError;
use crate::outcome_batch::OutcomeBatch;

/// Rows with a decision, and the rest of their chunk.
pub struct DecidedChunk {
    /// The rows without a decision.
    pub rest: Chunk,
    /// The decisions.
    pub decisions: Vec<Decision>,
    /// The rejected cells of the chunk, if any row was decided.
    rejects: Vec<Reject>,
}

impl DecidedChunk {
    /// Separates the rows with decisions from those that `is_open` marks.
    ///
    /// # Errors
    ///
    /// A mask with another length than the chunk.
    pub fn new(chunk: Chunk, decisions: Vec<Decision>, is_open: &[bool]) -> Result<DecidedChunk, StepError> {
        if decisions.is_empty() {
            return Ok(DecidedChunk { rest: chunk, decisions, rejects: Vec::new() });
        }
        let rejects = chunk.rejects.clone();
        Ok(DecidedChunk { rest: chunk.filter(is_open)?, decisions, rejects })
    }

    /// The decisions as a message for the checkpoint; `None` if there are none.
    ///
    /// # Errors
    ///
    /// Decisions that Arrow cannot put into a batch.
    pub fn outcomes(&self) -> Result<Option<OutcomeBatch>, StepError> {
        match self.decisions.as_slice() {
            [] => Ok(None),
            decisions => Ok(Some(OutcomeBatch::new(decisions, &self.rejects)?)),
        }
    }
}
