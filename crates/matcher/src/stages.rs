//! The score stages of a plan with their plug-ins.

use std::sync::Arc;

use matchflow_model::plan::{DecidePlan, Plan, ScorerPlan, StageKind, StagePlan};
use matchflow_plugin_host::Plugin;

use crate::error::MatchError;
use crate::rarity::SharedVocabulary;
use crate::replacements::Replacements;
use crate::scoring::{ScoreStage, limits};

/// The score stages with their plug-ins, by the stage's place in the plan. `plugins` are those of the scorers of each
/// stage, in order.
///
/// # Errors
///
/// Where a stage has not as many plug-ins as scorers.
pub fn score_stages(
    plan: &Plan,
    plugins: Vec<Vec<Plugin>>,
    replacements: &Replacements,
    vocabulary: &SharedVocabulary,
) -> Result<Arc<[Option<Arc<ScoreStage>>]>, MatchError> {
    let mut setups = Vec::new();
    let mut slot = |plugin: &Plugin, scorer: &ScorerPlan| {
        let setup = (plugin.path().to_owned(), plugin.digest().to_owned(), scorer.parameters.clone(), limits(scorer));
        setups.iter().position(|known| *known == setup).unwrap_or_else(|| {
            setups.push(setup);
            setups.len() - 1
        })
    };
    let mut plugins = plugins.into_iter();
    let mut stage = |(number, stage): (usize, &StagePlan)| -> Result<Option<Arc<ScoreStage>>, MatchError> {
        let plugins = plugins.next().unwrap_or_default();
        let StageKind::Score(score) = &stage.kind else { return Ok(None) };
        if plugins.len() != score.scorers.len() {
            let (stage, given, scorers) = (stage.label.clone(), plugins.len(), score.scorers.len());
            return Err(MatchError::Plugins { stage, given, scorers });
        }
        let slots = plugins.iter().zip(&score.scorers).map(|(plugin, scorer)| slot(plugin, scorer)).collect();
        let (label, decide, vocabulary) = (stage.label.clone(), judge_of(plan, number), Arc::clone(vocabulary));
        let (plan, replacements) = (score.clone(), replacements.clone());
        Ok(Some(Arc::new(ScoreStage { label, plan, decide, plugins, replacements, slots, vocabulary })))
    };
    plan.stages.iter().enumerate().map(&mut stage).collect()
}

/// The decision that looks first at the scores of a stage.
fn judge_of(plan: &Plan, score: usize) -> Option<DecidePlan> {
    let following = plan.stages.iter().skip(score + 1).find_map(|stage| match &stage.kind {
        StageKind::Decide(decide) => Some(Some(decide.clone())),
        StageKind::Score(_) => Some(None),
        _ => None,
    });
    following.flatten()
}
