//! The stages of a plan, ready to run, with their plug-ins and what they need from other stages.

use std::sync::Arc;

use matchflow_model::outcome::Decision;
use matchflow_model::plan::{ArbitratePlan, CleanPlan, DecidePlan, Plan, ScorePlan, ScorerPlan, StageKind};
use matchflow_plugin_host::{Limits, Plugin};

use crate::candidates::CandidateStage;
use crate::chunk::Chunk;
use crate::decide::{ArbiterDecision, ArbiterStage, ResultFields, RowDecider};
use crate::decided_chunk::DecidedChunk;
use crate::display_fields::DisplayFields;
use crate::error::{MatchError, StepError};
use crate::score::{PluginReplacements, ScoreStage, ScoredChunk, SharedVocabulary, scorer_limits};

/// A stage of a plan.
#[expect(clippy::large_enum_variant, reason = "a plan has a handful of stages")]
pub enum MatchStage {
    /// Cleans the fields of rows.
    Clean(CleanStage),
    /// Finds candidates.
    Candidates(CandidateStage),
    /// Scores candidates.
    Score(Arc<ScoreStage>),
    /// Decides rows.
    Decide(DecideStage),
    /// Passes rows to an arbiter.
    Arbitrate(ArbitrateStage),
}

/// A clean stage.
#[derive(Clone)]
pub struct CleanStage {
    /// Its label in the plan.
    pub label: String,
    /// Its steps.
    pub plan: Arc<CleanPlan>,
}

/// A decide stage.
#[derive(Clone)]
pub struct DecideStage {
    /// Its label in the plan.
    pub label: String,
    /// Its thresholds.
    pub plan: DecidePlan,
    /// The last score stage before it, if there is one.
    pub scored_by: Option<Arc<ScoreStage>>,
}

/// An arbitrate stage, without its arbiter.
#[derive(Clone)]
pub struct ArbitrateStage {
    /// Its label in the plan.
    pub label: String,
    /// The arbiter, and the rows that it is asked about.
    pub plan: ArbitratePlan,
    /// The last score stage before it, if there is one.
    pub scored_by: Option<Arc<ScoreStage>>,
}

impl MatchStage {
    /// The stage's label in the plan.
    pub fn label(&self) -> &str {
        match self {
            MatchStage::Clean(stage) => &stage.label,
            MatchStage::Candidates(stage) => &stage.label,
            MatchStage::Score(stage) => &stage.label,
            MatchStage::Decide(stage) => &stage.label,
            MatchStage::Arbitrate(stage) => &stage.label,
        }
    }

    /// The stage, if it is a score stage.
    pub fn as_score(&self) -> Option<&Arc<ScoreStage>> {
        match self {
            MatchStage::Score(stage) => Some(stage),
            _ => None,
        }
    }
}

impl DecideStage {
    /// Decides the rows that the plan's thresholds settle; the rest continues to the following stages.
    ///
    /// # Errors
    ///
    /// A chunk without a column that every chunk has.
    pub fn decide(&self, chunk: Chunk, fields: &ResultFields) -> Result<DecidedChunk, StepError> {
        let decider = RowDecider::new(&chunk, fields, self.scored_by.as_deref().map(ScoreStage::context))?;
        let mut decisions = Vec::with_capacity(chunk.len());
        let mut is_open = vec![true; chunk.len()];
        for (row, is_open) in is_open.iter_mut().enumerate() {
            if let Some(decision) = decider.decide(row, &self.plan)? {
                decisions.push(decision);
                *is_open = false;
            }
        }
        drop(decider);
        DecidedChunk::new(chunk, decisions, &is_open)
    }
}

impl ArbitrateStage {
    /// Decides the rows without an arbiter: each has the outcome of the preceding decide stage, with a note if an
    /// arbiter would have been asked about it.
    ///
    /// # Errors
    ///
    /// A chunk without a column that every chunk has.
    pub fn decide_without_arbiter(&self, chunk: Chunk, fields: &ResultFields) -> Result<DecidedChunk, StepError> {
        let decider = RowDecider::new(&chunk, fields, self.scored_by.as_deref().map(ScoreStage::context))?;
        let row_fields = DisplayFields::new(&chunk.rows.0, &self.plan.row_fields)?;
        let entries = chunk.candidates.entries.as_ref();
        let entry_fields =
            entries.map(|entries| DisplayFields::new(&entries.0, &self.plan.entry_fields)).transpose()?;
        let stage = ArbiterStage { plan: &self.plan, arbiter: &self.label, label: &self.label };
        let mut decisions = Vec::with_capacity(chunk.len());
        let mut is_open = vec![true; chunk.len()];
        for (row, is_open) in is_open.iter_mut().enumerate() {
            let decision = match decider.arbiter_row(row, &self.plan, &row_fields, entry_fields.as_ref())? {
                Some(_) => decider.decide_by_arbiter(row, stage, ArbiterDecision::NotRequested)?,
                None if self.plan.pass_on => None,
                None => decider.decide(row, &self.plan.decide)?,
            };
            *is_open = decision.is_none();
            decisions.extend(decision);
        }
        drop((decider, row_fields, entry_fields));
        DecidedChunk::new(chunk, decisions, &is_open)
    }
}

impl ScoredChunk {
    /// Decides the rows that a scorer failed on: they fail, under the label of the stage. The rest continues.
    ///
    /// # Errors
    ///
    /// A chunk without a column that every chunk has.
    pub fn decide_failures(self, label: &str, fields: &ResultFields) -> Result<DecidedChunk, StepError> {
        let ScoredChunk { chunk, failures, .. } = self;
        let mut is_open = vec![true; chunk.len()];
        let mut decisions: Vec<Decision> = Vec::new();
        if !failures.is_empty() {
            let decider = RowDecider::new(&chunk, fields, None)?;
            for failure in &failures {
                if decider.is_decided_by_person(failure.row) {
                    continue;
                }
                decisions.push(decider.fail(failure, label)?);
                if let Some(is_open) = is_open.get_mut(failure.row) {
                    *is_open = false;
                }
            }
        }
        DecidedChunk::new(chunk, decisions, &is_open)
    }
}

/// The stages of a plan with their plug-ins, in order. `plugins` are those of the scorers of each stage: empty for
/// stages without scorers.
///
/// # Errors
///
/// [`MatchError::Plugins`] if the number of plug-ins of a stage differs from its number of scorers.
pub fn match_stages(
    plan: &Plan,
    plugins: Vec<Vec<Plugin>>,
    replacements: &PluginReplacements,
    vocabulary: &SharedVocabulary,
) -> Result<Vec<MatchStage>, MatchError> {
    let mut slots = SlotAssignment::default();
    let mut plugins = plugins.into_iter();
    let mut scored_by: Option<Arc<ScoreStage>> = None;
    let mut stages = Vec::with_capacity(plan.stages.len());
    for (number, stage) in plan.stages.iter().enumerate() {
        let label = stage.label.clone();
        let plugins = plugins.next().unwrap_or_default();
        stages.push(match &stage.kind {
            StageKind::Clean(plan) => MatchStage::Clean(CleanStage { label, plan: Arc::new(plan.clone()) }),
            StageKind::Candidates(plan) => {
                let is_first = !stages.iter().any(|stage| matches!(stage, MatchStage::Candidates(_)));
                MatchStage::Candidates(CandidateStage {
                    number: number as u16,
                    label,
                    plan: Arc::new(plan.clone()),
                    is_first,
                })
            }
            StageKind::Score(score) => {
                check_plugin_count(&label, score, plugins.len())?;
                let slots = plugins.iter().zip(&score.scorers).map(|(plugin, scorer)| slots.slot(plugin, scorer));
                let stage = Arc::new(ScoreStage {
                    label,
                    plan: score.clone(),
                    decide: first_decision_after(plan, number),
                    slots: slots.collect(),
                    plugins,
                    replacements: replacements.clone(),
                    vocabulary: Arc::clone(vocabulary),
                });
                scored_by = Some(Arc::clone(&stage));
                MatchStage::Score(stage)
            }
            StageKind::Decide(plan) => {
                MatchStage::Decide(DecideStage { label, plan: plan.clone(), scored_by: scored_by.clone() })
            }
            StageKind::Arbitrate(plan) => {
                let plan = ArbitratePlan::clone(plan);
                MatchStage::Arbitrate(ArbitrateStage { label, plan, scored_by: scored_by.clone() })
            }
        });
    }
    Ok(stages)
}

fn check_plugin_count(stage: &str, score: &ScorePlan, given: usize) -> Result<(), MatchError> {
    let scorers = score.scorers.len();
    if given == scorers { Ok(()) } else { Err(MatchError::Plugins { stage: stage.to_owned(), given, scorers }) }
}

/// Assigns the same slot to scorers with the same setup, over all stages: they share an instance.
#[derive(Default)]
struct SlotAssignment(Vec<ScorerSetup>);

/// Everything that an instance is created with.
#[derive(PartialEq)]
struct ScorerSetup {
    path: std::path::PathBuf,
    digest: String,
    parameters: String,
    limits: Limits,
}

impl SlotAssignment {
    fn slot(&mut self, plugin: &Plugin, scorer: &ScorerPlan) -> usize {
        let setup = ScorerSetup {
            path: plugin.path().to_owned(),
            digest: plugin.digest().to_owned(),
            parameters: scorer.parameters.clone(),
            limits: scorer_limits(scorer),
        };
        self.0.iter().position(|known| *known == setup).unwrap_or_else(|| {
            self.0.push(setup);
            self.0.len() - 1
        })
    }
}

/// The first decision that uses the scores of a stage: `None` if a later stage scores again before it.
fn first_decision_after(plan: &Plan, score: usize) -> Option<DecidePlan> {
    let following = plan.stages.iter().skip(score + 1).find_map(|stage| match &stage.kind {
        StageKind::Decide(decide) => Some(Some(decide.clone())),
        StageKind::Score(_) => Some(None),
        _ => None,
    });
    following.flatten()
}
