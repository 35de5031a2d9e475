//! The instances of plug-ins that one thread scores with.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use matchflow_model::plan::ScorerPlan;
use matchflow_plugin_host::{HostError, Limits, Plugin, ScorerInstance};

/// One thread's instances of the scorers, created on first use.
#[derive(Default)]
pub struct ScorerInstances(HashMap<usize, ScorerState>);

/// An instance of a scorer, and whether it may still be asked to explain.
pub(crate) struct ScorerState {
    pub(crate) scorer: ScorerInstance,
    /// It took too long to explain a score: it is not called for that again.
    pub(crate) is_explanation_disabled: bool,
    /// Its calls so far.
    pub(crate) calls: u64,
}

impl ScorerInstances {
    /// The instance of a slot, once it was created.
    pub(crate) fn get_mut(&mut self, slot: usize) -> Option<&mut ScorerState> {
        self.0.get_mut(&slot)
    }

    /// The instance of a slot, created if there is none, or if its plug-in has been replaced.
    pub(crate) fn get_or_create(
        &mut self,
        slot: usize,
        plugin: &Plugin,
        scorer: &ScorerPlan,
    ) -> Result<&mut ScorerState, HostError> {
        let create = || -> Result<ScorerState, HostError> {
            let scorer = plugin.scorer(&scorer.parameters, scorer_limits(scorer))?;
            Ok(ScorerState { scorer, is_explanation_disabled: false, calls: 0 })
        };
        Ok(match self.0.entry(slot) {
            Entry::Occupied(entry) => {
                let state = entry.into_mut();
                if state.scorer.plugin().digest() != plugin.digest() {
                    *state = create()?;
                }
                state
            }
            Entry::Vacant(entry) => entry.insert(create()?),
        })
    }
}

/// The limits that the plan sets for a scorer.
pub(crate) fn scorer_limits(scorer: &ScorerPlan) -> Limits {
    Limits {
        timeout_ms: scorer.timeout_ms,
        memory_bytes_max: scorer.memory_bytes_max,
        output_bytes_max: scorer.output_bytes_max,
    }
}
