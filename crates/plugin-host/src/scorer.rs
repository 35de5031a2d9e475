//! A scorer for one thread.

use crate::batch::{PairBatch, Scores, SideBuffers};
use crate::component::truncate_message;
use crate::error::HostError;
use crate::instance::GuestInstance;
use crate::interface::v1_0::ScoreArguments;
use crate::limits::Limits;
use crate::plugin::Plugin;

impl Plugin {
    /// Creates an instance for one thread, with its own memory, and checks the parameters.
    pub fn scorer(&self, parameters: &str, limits: Limits) -> Result<ScorerInstance, HostError> {
        ScorerInstance::new(self.clone(), parameters, limits)
    }
}

/// A configured instance of a plug-in. May move between threads; one thread uses it at a time.
pub struct ScorerInstance {
    plugin: Plugin,
    parameters: String,
    limits: Limits,
    /// `None` after a failure, until the next batch.
    instance: Option<GuestInstance>,
    left: SideBuffers,
    right: SideBuffers,
}

impl ScorerInstance {
    fn new(plugin: Plugin, parameters: &str, limits: Limits) -> Result<ScorerInstance, HostError> {
        let instance = Some(plugin.configured(parameters, limits)?);
        Ok(ScorerInstance {
            plugin,
            parameters: parameters.to_owned(),
            limits,
            instance,
            left: SideBuffers::default(),
            right: SideBuffers::default(),
        })
    }

    /// The plug-in that scores.
    pub fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// Scores the pairs of a batch. After an error, the next call starts a new instance.
    pub fn score(&mut self, batch: &PairBatch<'_>) -> Result<Scores, HostError> {
        if let Some(reason) = batch.problem() {
            return Err(HostError::BadBatch { plugin: self.plugin.label(), reason });
        }
        self.plugin.check_inputs(batch.left.len())?;
        if batch.left_index.is_empty() {
            return Ok(Scores::empty());
        }
        let mut instance = match self.instance.take() {
            Some(instance) => instance,
            None => self.plugin.configured(&self.parameters, self.limits)?,
        };
        let left = self.left.fill(batch.left, batch.left_rarity);
        let right = self.right.fill(batch.right, batch.right_rarity);
        let arguments: ScoreArguments<'_> = (&left, &right, batch.left_index, batch.right_index, batch.explain);
        let code = self.plugin.code();
        let answer = code.exports.version.score(&mut instance, code, arguments)?;
        let refused = |message| HostError::Refused {
            plugin: self.plugin.label(),
            subject: "batch",
            message: truncate_message(message),
        };
        let out = answer.map_err(refused)?;
        let bad = |problem| HostError::BadOutput { plugin: self.plugin.label(), problem };
        let scores = Scores::checked(out, batch.left_index.len()).map_err(bad)?;
        self.instance = Some(instance);
        Ok(scores)
    }
}
