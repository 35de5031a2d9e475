//! Asks scorers to explain the scores that results will show, and no others: the best candidates of the rows that the
//! decision after the stage settles or sends to a person. That is a second, small call; most pairs are never explained.
//!
//! **Invariant:** scores do not depend on explanations. A scorer that fails to explain keeps its score, and the evidence
//! says what it failed with. One that took too long is not asked again by its thread: which rows that hits is up to the
//! clock, so the evidence of each says that it was not asked.

use std::sync::Arc;

use matchflow_model::plan::ScorerPlan;
use matchflow_plugin_host::{HostError, Plugin};

use crate::chunk::{Chunk, Said};
use crate::error::{StepError, StopCheck};
use crate::part::Part;
use crate::ranking::{Ranking, Scale, shown};
use crate::rarity::SharedVocabulary;
use crate::scoring::{Failure, Instances, ScoreStage, instance};

/// What the evidence says of a scorer that is not asked any more.
const NOT_ASKED: &str = "it was not asked to explain its score: it took too long over another one";

impl ScoreStage {
    /// Adds the words of the plug-ins that scored to the evidence of the pairs that results will show.
    pub(crate) fn explain(
        &self,
        instances: &mut Instances,
        plugins: &[Plugin],
        chunk: &mut Chunk,
        failures: &[Failure],
        stop: StopCheck<'_>,
    ) -> Result<(), StepError> {
        let pairs = self.shown_pairs(chunk, failures)?;
        if pairs.is_empty() {
            return Ok(());
        }
        let mut evidence = std::mem::take(&mut chunk.candidates.evidence);
        let scorers = self.plan.scorers.iter().zip(plugins).zip(&self.slots).zip(&mut evidence);
        for (((scorer, plugin), slot), evidence) in scorers {
            let is_compared = |pair: &&usize| evidence.values.get(**pair).is_some_and(Option::is_some);
            let compared: Vec<usize> = pairs.iter().filter(is_compared).copied().collect();
            let vocabulary = &self.vocabulary;
            let mut call = Explain { scorer, plugin, vocabulary, slot: *slot, instances, stop, said: Vec::new() };
            call.pairs(chunk, &compared)?;
            call.said.into_iter().for_each(|(pair, said)| evidence.say(pair, said));
        }
        chunk.candidates.evidence = evidence;
        Ok(())
    }

    /// The pairs that results will show, by their places.
    fn shown_pairs(&self, chunk: &Chunk, failures: &[Failure]) -> Result<Vec<usize>, StepError> {
        let Some(decide) = &self.decide else { return Ok(Vec::new()) };
        let ranking = Ranking::new(chunk, Scale::of(&self.plan))?;
        let mut pairs = Vec::new();
        for row in 0..chunk.len() {
            if failures.binary_search_by_key(&row, |failure| failure.row).is_ok() {
                continue;
            }
            let ranked = ranking.rank(row);
            pairs.extend(ranked.iter().take(shown(decide, &ranked)).map(|ranked| ranked.index));
        }
        pairs.sort_unstable();
        Ok(pairs)
    }
}

/// One scorer asked about some pairs.
struct Explain<'a> {
    scorer: &'a ScorerPlan,
    plugin: &'a Plugin,
    vocabulary: &'a SharedVocabulary,
    slot: usize,
    instances: &'a mut Instances,
    stop: StopCheck<'a>,
    said: Vec<(usize, Said)>,
}

impl Explain<'_> {
    /// Where it fails on several together, half by half, so that what is said of a pair depends on no other.
    fn pairs(&mut self, chunk: &Chunk, pairs: &[usize]) -> Result<(), StepError> {
        if pairs.is_empty() || (self.stop)() {
            return Ok(());
        }
        if self.instances.get(&self.slot).is_some_and(|instance| instance.is_silent) {
            self.say_failed(pairs, NOT_ASKED.into());
            return Ok(());
        }
        let Some(part) = Part::of_pairs(chunk, pairs, &self.scorer.inputs)? else { return Ok(()) };
        let error = match self.ask(&part) {
            Ok(words) => {
                let words = pairs.iter().zip(words);
                self.said.extend(words.filter_map(|(pair, words)| Some((*pair, Said::Words(words?.into())))));
                return Ok(());
            }
            Err(error) => error,
        };
        // Time is money: who takes too long to explain is not asked again by this thread.
        let is_slow = matches!(error, HostError::Timeout { .. });
        if is_slow && let Some(instance) = self.instances.get_mut(&self.slot) {
            instance.is_silent = true;
        }
        if pairs.len() > 1 && !is_slow {
            let (first, second) = pairs.split_at(pairs.len() / 2);
            self.pairs(chunk, first)?;
            return self.pairs(chunk, second);
        }
        self.say_failed(pairs, format!("it could not explain its score: {error}").into());
        Ok(())
    }

    fn say_failed(&mut self, pairs: &[usize], reason: Arc<str>) {
        self.said.extend(pairs.iter().map(|pair| (*pair, Said::Failed(Arc::clone(&reason)))));
    }

    /// Its words, one a pair; none where it has none for any.
    fn ask(&mut self, part: &Part) -> Result<Vec<Option<String>>, HostError> {
        let instance = instance(self.instances, self.slot, self.plugin, self.scorer)?;
        let scores = part.scores(&mut instance.scorer, &self.scorer.inputs, self.vocabulary, true)?;
        Ok(scores.evidence.unwrap_or_default())
    }
}
