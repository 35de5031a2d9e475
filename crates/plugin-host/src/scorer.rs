//! A scorer for one thread.

use crate::batch::{PairBatch, Scores, SideBuffers};
use crate::error::HostError;
use crate::instance::{Limits, Running};
use crate::interface::v1_0::ScoreArguments;
use crate::plugin::{Plugin, cut};

/// A configured instance of a plug-in. Goes from thread to thread, and is used by one at a time.
pub struct ScorerInstance {
    plugin: Plugin,
    parameters: String,
    limits: Limits,
    /// `None` after a failure, until the next batch.
    running: Option<Running>,
    left: SideBuffers,
    right: SideBuffers,
}

impl ScorerInstance {
    pub(crate) fn new(plugin: Plugin, parameters: &str, limits: Limits) -> Result<ScorerInstance, HostError> {
        let running = Some(plugin.configured(parameters, limits)?);
        let (left, right) = (SideBuffers::default(), SideBuffers::default());
        Ok(ScorerInstance { plugin, parameters: parameters.to_owned(), limits, running, left, right })
    }

    /// The plug-in that scores.
    pub fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// Scores the pairs of a batch. After an error the next call starts with a fresh instance.
    pub fn score(&mut self, batch: &PairBatch<'_>) -> Result<Scores, HostError> {
        if let Some(reason) = batch.fault() {
            return Err(HostError::BadBatch { plugin: self.plugin.label(), reason });
        }
        self.plugin.check_inputs(batch.left.len())?;
        if batch.left_index.is_empty() {
            return Ok(Scores::empty());
        }
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.plugin.configured(&self.parameters, self.limits)?,
        };
        let (left, right) =
            (self.left.fill(batch.left, batch.left_rarity), self.right.fill(batch.right, batch.right_rarity));
        let arguments: ScoreArguments<'_> = (&left, &right, batch.left_index, batch.right_index, batch.explain);
        let code = self.plugin.code();
        let answer = code.exports.version.score(&mut running, code, arguments)?;
        let refused =
            |message| HostError::Refused { plugin: self.plugin.label(), subject: "batch", message: cut(message) };
        let out = answer.map_err(refused)?;
        let bad = |reason| HostError::BadOutput { plugin: self.plugin.label(), reason };
        let scores = Scores::checked(out, batch.left_index.len()).map_err(bad)?;
        self.running = Some(running);
        Ok(scores)
    }
}
