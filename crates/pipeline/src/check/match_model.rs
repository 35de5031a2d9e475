//! The match model of a pipeline, and the part that applies to a score stage.
//!
//! A model names scorers. A stage uses the levels of the scorers that it has: one model serves stages with and without
//! an address.

use std::path::Path;

use matchflow_model::plan::{
    Chance, Comparison, ComparisonLevel, Condition, EntryIdentifier, HeadOffice, MatchModel, ScorerPlan,
};

use super::Check;
use super::model_levels::{check_reachable, check_shares};
use crate::decode::{self, Fraction, NamedMap, ShortOrLong, Spanned};
use crate::environment::Environment;
use crate::error::{Place, Problems, Source};
use crate::raw::{ChanceRule, KeyFile, Level, Model, ModelChoice, Stage, rename_keys};
use crate::suggest::listed;
use crate::tree::parse;

/// Reads the model that a pipeline names. Its text is source `number` in messages.
pub(super) fn read_model(
    choice: &Spanned<ModelChoice>,
    folder: &Path,
    environment: &dyn Environment,
    number: usize,
    problems: &mut Problems,
) -> Option<(Source, Option<Model>)> {
    let (name, text) = match &choice.value {
        ShortOrLong::Short(built_in) => {
            let (name, text) = built_in.source();
            (name.to_owned(), text.to_owned())
        }
        ShortOrLong::Long(file) => {
            let path = file.path.as_ref()?;
            // A path given with `--set` is relative to the current folder.
            let file = if path.place.source == 0 { folder.join(&path.value.0) } else { path.value.0.clone().into() };
            match environment.text(&file) {
                Ok(text) => (file.display().to_string(), text),
                Err(fault) => {
                    problems.at(path.place, fault.message);
                    return None;
                }
            }
        }
    };
    let model = parse(&text, number, problems).and_then(|mut root| {
        rename_keys(&mut root, KeyFile::MatchModel, problems);
        decode::spanned::<Model>(&root, problems)
    });
    let model = model.filter(|model| model.sound).map(|model| model.value);
    if let Some(model) = &model {
        check_model(model, problems);
    }
    Some((Source { name, text }, model))
}

fn check_model(model: &Model, problems: &mut Problems) {
    if let Some(prior) = model.prior.as_ref().filter(|prior| prior.value.0 <= 0.0 || prior.value.0 >= 1.0) {
        problems
            .at(prior.place, "`prior` must be above 0 and below 1")
            .help("0.8 means that four of five suppliers are in the registry");
    }
    let comparisons = || model.comparisons.iter().flat_map(|comparisons| &comparisons.value.0);
    let names = || comparisons().map(|(name, _)| name.value.as_str());
    for supporting in model.supporting.iter().flat_map(|supporting| &supporting.value.0) {
        if !names().any(|name| name == supporting.value) {
            let problem = problems.at(supporting.place, format!("there is no comparison `{}`", supporting.value));
            problem.help(listed("comparisons of this model: ", &supporting.value, names()));
        }
    }
    for (name, levels) in comparisons() {
        for level in &levels.value {
            let m = level.value.m.as_ref().filter(|m| m.value.0 <= 0.0);
            if let Some(m) = m {
                problems
                    .at(m.place, "`m` must be above 0")
                    .help("for a level that hardly any true pair reaches, use a small `m` such as 0.0001");
            }
            let none = |u: &ShortOrLong<Fraction, _>| matches!(u, ShortOrLong::Short(share) if share.0 <= 0.0);
            if let Some(u) = level.value.u.as_ref().filter(|u| none(&u.value)) {
                problems
                    .at(u.place, "`u` must be above 0")
                    .help("for an agreement that hardly ever happens by chance, use a small `u` such as 1e-9");
            }
        }
        check_shares((name, &levels.value), problems);
        check_reachable((name, &levels.value), problems);
    }
}

impl Check<'_> {
    /// Checks that the pipeline has the scorers that its own model names. A built-in model is for pipelines with all kinds
    /// of scorers.
    pub(super) fn model_scorers(&mut self, stages: &[Spanned<Stage>]) {
        let scores = stages.iter().filter_map(|stage| stage.value.score.as_ref());
        let scorers: Vec<Vec<&str>> =
            scores.map(|score| score.value.0.iter().map(|(name, _)| name.value.as_str()).collect()).collect();
        let Some(model) = self.own_model().filter(|_| !scorers.is_empty()) else { return };
        let mut known: Vec<&str> = Vec::new();
        for name in scorers.iter().flatten().filter(|name| !name.is_empty()) {
            if !known.contains(name) {
                known.push(name);
            }
        }
        let mut is_known = |name: &Spanned<String>| {
            if known.contains(&name.value.as_str()) {
                return true;
            }
            let problem = self.problems.at(name.place, format!("no `score` stage has a scorer `{}`", name.value));
            problem.help(listed("a model names scorers, here: ", &name.value, known.iter().copied()));
            false
        };
        let (mut unsupported, mut others) = (Vec::new(), Vec::new());
        for level in
            model.comparisons.iter().flat_map(|comparisons| &comparisons.value.0).flat_map(|(_, levels)| &levels.value)
        {
            let named = level_scorers(&level.value);
            // All of them are checked, so that all mistakes are reported.
            let unknown = named.iter().filter(|name| !is_known(name)).count();
            let has_all = |stage: &Vec<&str>| named.iter().all(|name| stage.contains(&name.value.as_str()));
            if unknown == 0 && !scorers.iter().any(has_all) {
                unsupported.extend(level.value.level.as_ref());
            }
        }
        others.extend(model.head_office.as_ref().and_then(|head_office| head_office.value.unless.as_ref()));
        others.extend(model.entry_identifier.as_ref().and_then(|identifier| identifier.value.when.as_ref()));
        for (name, _) in others.iter().flat_map(|conditions| &conditions.value.0) {
            is_known(name);
        }
        for label in unsupported {
            let message = format!("no `score` stage has all scorers of the level `{}`", label.value);
            let problem = self.problems.at(label.place, message);
            problem.help("a level needs its scorers in one stage: add them to that stage, or remove the level");
        }
    }

    /// The model of the pipeline, where it is a file of its own.
    fn own_model(&self) -> Option<Model> {
        self.model.clone().filter(|_| self.is_own_model)
    }

    /// What of the pipeline's model the scorers of a stage take part in.
    pub(super) fn match_model(&mut self, scorers: &[ScorerPlan], stage: Place) -> Option<MatchModel> {
        let model = self.model.clone()?;
        let comparisons = model.comparisons.as_ref()?.value.0.iter();
        let comparisons = comparisons.map(|(name, levels)| {
            let levels = levels.value.iter().filter_map(|level| level_plan(&level.value, scorers)).collect();
            Comparison { name: name.value.clone(), levels }
        });
        let compares = |comparison: &Comparison| comparison.levels.iter().any(|level| !level.conditions.is_empty());
        let comparisons: Vec<Comparison> = comparisons.filter(compares).collect();
        for (place, scorer) in scorers.iter().enumerate() {
            let conditions = comparisons.iter().flat_map(|comparison| &comparison.levels);
            if !conditions.into_iter().flat_map(|level| &level.conditions).any(|condition| condition.scorer == place) {
                let message = format!("the match model has no level for the scorer `{}`", scorer.name);
                let problem = self.problems.warn(stage, message);
                problem.help("its score does not change the result; use a model that names it (`model: {path: ...}`)");
            }
        }
        let head_office = model.head_office.as_ref().and_then(|head_office| {
            // Without its scorers, no row names the entry itself.
            let unless = conditions(head_office.value.unless.as_ref(), scorers).unwrap_or_default();
            Some(HeadOffice { rate: head_office.value.rate.as_ref()?.value.0, unless })
        });
        let entry_identifier = model.entry_identifier.as_ref().and_then(|identifier| {
            // Without its scorers no row has an identifier.
            let when = conditions(identifier.value.when.as_ref(), scorers).filter(|when| !when.is_empty())?;
            Some(EntryIdentifier { when, error_rate: identifier.value.error_rate.as_ref()?.value.0 })
        });
        let supporting = model.supporting.iter().flat_map(|supporting| &supporting.value.0);
        let supporting = supporting.filter_map(|name| comparisons.iter().position(|known| known.name == name.value));
        let supporting = supporting.collect();
        let prior = self.prior.unwrap_or(model.prior?.value.0);
        Some(MatchModel { prior, comparisons, supporting, head_office, entry_identifier })
    }
}

/// A level for these scorers; `None` if it names one that is not among them.
fn level_plan(level: &Level, scorers: &[ScorerPlan]) -> Option<ComparisonLevel> {
    let place = |name: &str| place(name, scorers);
    let conditions = conditions(level.when.as_ref(), scorers)?;
    let u = match &level.u.as_ref()?.value {
        ShortOrLong::Short(share) => Chance::Share(share.0),
        ShortOrLong::Long(ChanceRule { term_frequency: Some(scorer), factor, .. }) => Chance::TermFrequency {
            scorer: place(&scorer.value)?,
            factor: factor.as_ref().map_or(1.0, |factor| factor.value.0),
        },
        ShortOrLong::Long(from) => Chance::Groups(from.groups.as_ref()?.value.0),
    };
    let missing = level.missing.iter().flat_map(|missing| &missing.value.0);
    let missing = missing.map(|scorer| place(&scorer.value)).collect::<Option<_>>()?;
    let label = level.level.as_ref()?.value.clone();
    Some(ComparisonLevel { label, conditions, missing, m: level.m.as_ref()?.value.0, u })
}

/// The names of the scorers that a level is about.
fn level_scorers(level: &Level) -> Vec<&Spanned<String>> {
    let conditions = level.when.iter().flat_map(|when| &when.value.0).map(|(scorer, _)| scorer);
    let missing = level.missing.iter().flat_map(|missing| &missing.value.0);
    let term_frequency = match level.u.as_ref().map(|u| &u.value) {
        Some(ShortOrLong::Long(rule)) => rule.term_frequency.as_ref(),
        _ => None,
    };
    conditions.chain(missing).chain(term_frequency).collect()
}

/// The conditions on these scorers; `None` where one that they name is not among them.
fn conditions(when: Option<&Spanned<NamedMap<Fraction>>>, scorers: &[ScorerPlan]) -> Option<Vec<Condition>> {
    let all = when.into_iter().flat_map(|when| &when.value.0);
    let condition = |(scorer, score): &(Spanned<String>, Spanned<Fraction>)| {
        Some(Condition { scorer: place(&scorer.value, scorers)?, score_min: score.value.0 })
    };
    all.map(condition).collect()
}

fn place(name: &str, scorers: &[ScorerPlan]) -> Option<usize> {
    scorers.iter().position(|scorer| scorer.name == name)
}
