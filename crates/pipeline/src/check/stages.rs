//! The chain of stages: their order, their labels, and the fields that they name.
//!
//! **Rules of order.** `score` and `decide` follow a `candidates`; between two `decide` there must be something new;
//! the last stage is a `decide`, optionally followed by one or more `arbitrate`. A `decide` without a `score` before it
//! uses the similarity computed by the search. Otherwise stages may be omitted, repeated and moved.

use matchflow_candidates::SEARCHES;
use matchflow_model::plan::{DecidePlan, EvidenceScope, OutOfScopePlan, StageKind, StagePlan};

use super::scope::Sides;
use super::{Check, CheckedArbiter, CheckedPlugin};
use crate::decode::{Fraction, OneOrMany, Spanned};
use crate::label;
use crate::raw::{Decide, OutOfScope, Stage};
use crate::suggest::listed;

/// The least `review_worth` of a `decide` that has none.
const REVIEW_WORTH: f64 = 0.2;

/// The checked chain.
pub(super) struct Chain {
    pub(super) stages: Vec<StagePlan>,
    pub(super) plugins: Vec<CheckedPlugin>,
    pub(super) arbiters: Vec<CheckedArbiter>,
    pub(super) one_to_one: bool,
}

/// What the stages so far have done for a row.
#[derive(Default)]
struct ChainState {
    /// Whether candidates were searched.
    found: bool,
    /// Whether there is something new since the last `decide`.
    fresh: bool,
    /// Whether there are candidates without a score.
    unscored: bool,
    /// Whether there was a `decide`.
    decided: bool,
    /// Whether there was an `arbitrate`: nothing else may follow.
    arbitrated: bool,
    /// Whether a stage could not be read: the order is no longer checked.
    uncertain: bool,
}

impl Check<'_> {
    pub(super) fn stages(&mut self, raw: &Spanned<Vec<Spanned<Stage>>>, sides: &mut Sides) -> Chain {
        let labels = self.labels(&raw.value);
        let last_decide = raw.value.iter().rposition(|stage| stage.value.decide.is_some());
        let last_arbitrate = raw.value.iter().rposition(|stage| stage.value.arbitrate.is_some());
        let mut chain = Chain { stages: Vec::new(), plugins: Vec::new(), arbiters: Vec::new(), one_to_one: false };
        let mut last: Option<DecidePlan> = None;
        let mut progress = ChainState::default();
        for (index, (stage, label)) in raw.value.iter().zip(labels).enumerate() {
            self.order(stage, &mut progress);
            let kind = match &stage.value {
                Stage { clean: Some(clean), .. } => StageKind::Clean(self.clean(clean, progress.found, sides)),
                Stage { candidates: Some(candidates), .. } => match self.candidates(&candidates.value, sides) {
                    Some(plan) => StageKind::Candidates(plan),
                    None => continue,
                },
                Stage { score: Some(score), .. } => {
                    StageKind::Score(self.score(score, &label, sides, &mut chain.plugins))
                }
                Stage { decide: Some(decide), .. } => {
                    let mut plan = self.decide(&decide.value, Some(index) != last_decide, sides);
                    plan.ask = Some(index) == last_decide && last_arbitrate.is_some();
                    chain.one_to_one = self.one_to_one(&decide.value, Some(index) == last_decide);
                    last = Some(plan.clone());
                    StageKind::Decide(plan)
                }
                Stage { arbitrate: Some(arbitrate), .. } => {
                    let pass_on = Some(index) != last_arbitrate;
                    let checked = self.arbitrate(arbitrate, last.as_ref(), pass_on, sides);
                    let Some((plan, facts)) = checked else { continue };
                    chain.arbiters.push(CheckedArbiter { stage: label.clone(), facts });
                    StageKind::Arbitrate(Box::new(plan))
                }
                _ => {
                    sides.forget();
                    continue;
                }
            };
            chain.stages.push(StagePlan { label, kind });
        }
        self.end(raw, &progress);
        if raw.sound && raw.value.iter().all(|stage| stage.sound) {
            self.model_scorers(&raw.value);
        }
        chain
    }

    fn order(&mut self, stage: &Spanned<Stage>, progress: &mut ChainState) {
        let (place, value) = (stage.place, &stage.value);
        if self.prior.is_some() && (value.decide.is_some() || value.arbitrate.is_some()) {
            let problem = self.problems.at(place, "`dedupe` decides on pairs, not on rows");
            problem.help("remove this stage; `accept` and `review` of `dedupe` are the thresholds");
        }
        if progress.arbitrated && !progress.uncertain && value.arbitrate.is_none() {
            let problem = self.problems.at(place, "only an `arbitrate` may follow an `arbitrate`");
            problem.help(
                "`arbitrate` decides on the rows that the last `decide` leaves for review; move this stage before that `decide`",
            );
        }
        if value.candidates.is_some() {
            (progress.found, progress.fresh, progress.unscored) = (true, true, true);
        } else if value.score.is_some() {
            if !progress.found && !progress.uncertain {
                let problem = self.problems.at(place, "there are no candidates to score yet");
                problem.help("add a `candidates` stage before `score`");
            }
            (progress.fresh, progress.unscored) = (true, false);
        } else if value.decide.is_some() {
            if !progress.found && !progress.uncertain {
                let problem = self.problems.at(place, "there are no candidates to decide on yet");
                problem.help("add a `candidates` stage before `decide`, and a `score` if names are searched");
            } else if !progress.fresh && !progress.uncertain {
                let problem = self.problems.at(place, "nothing has changed since the last `decide`");
                problem.help("add a `candidates` or a `score` stage between the two");
            } else if self.model.is_some() && progress.unscored && !progress.uncertain {
                let problem = self.problems.at(place, "the candidates have no match weight yet");
                problem.help("with a `model`, add a `score` stage between `candidates` and `decide`");
            }
            (progress.fresh, progress.decided) = (false, true);
        } else if value.arbitrate.is_some() {
            if !progress.decided && !progress.uncertain {
                let problem = self.problems.at(place, "there are no rows to ask about yet");
                problem.help("`arbitrate` must follow the last `decide`; it asks about the rows left for review");
            }
            progress.arbitrated = true;
        } else if value.clean.is_none() {
            progress.uncertain = true;
        }
    }

    fn end(&mut self, raw: &Spanned<Vec<Spanned<Stage>>>, progress: &ChainState) {
        let Some(last) = raw.value.last() else {
            if raw.sound {
                let problem = self.problems.at(raw.place, "the pipeline has no stages");
                problem.help("add at least a `candidates` and a `decide`; `clean` and `score` are common");
            }
            return;
        };
        if self.prior.is_some() {
            if !progress.uncertain && !progress.found {
                let problem = self.problems.at(last.place, "no `candidates` stage finds rows to compare");
                let searches = listed("", "", SEARCHES.iter().map(|kind| kind.name));
                problem.help(format!("add `candidates` with one of {searches}, and a `score` if names are searched"));
            } else if !progress.uncertain && self.model.is_some() && progress.unscored {
                let problem = self.problems.at(last.place, "the candidates have no match weight yet");
                problem.help("with a `model`, the last stage must be a `score`");
            }
        } else if !progress.uncertain && last.value.decide.is_none() && last.value.arbitrate.is_none() {
            let problem = self.problems.at(last.place, "the last stage must be a `decide` or an `arbitrate`");
            problem.label("the last stage").help("add a `decide` at the end: it decides on all remaining rows");
        }
    }

    fn labels(&mut self, stages: &[Spanned<Stage>]) -> Vec<String> {
        let given = stages.iter().map(|stage| given_label(&stage.value)).collect::<Vec<_>>();
        for (index, label) in given.iter().enumerate() {
            let Some(label) = label else { continue };
            self.label(label);
            let earlier = given.iter().take(index).flatten().find(|earlier| earlier.value == label.value);
            if let Some(earlier) = earlier {
                let problem = self.problems.at(label.place, format!("two stages are labelled `{}`", label.value));
                problem.see(earlier.place, "the first one").help("results show the label: it must be unique");
            }
        }
        let named = stages.iter().zip(&given);
        label::assign(named.map(|(stage, given)| (given.map(|label| label.value.as_str()), base(&stage.value))))
    }

    fn one_to_one(&mut self, raw: &Decide, is_last: bool) -> bool {
        let Some(one_to_one) = raw.one_to_one.as_ref().filter(|one_to_one| one_to_one.value) else { return false };
        if !is_last {
            let problem = self.problems.at(one_to_one.place, "only the last `decide` can be one-to-one");
            problem.help("it is resolved at the end of a run, over the matches of all stages: move it there");
        }
        is_last
    }

    fn decide(&mut self, raw: &Decide, pass_on: bool, sides: &Sides) -> DecidePlan {
        let (accept, review) = self.thresholds(raw.accept.as_ref(), raw.review.as_ref(), "`accept`");
        let margin = raw.margin.as_ref().map_or(0.0, |margin| margin.value.0);
        if let (Some(entry), None) = (&raw.entry, &self.model) {
            let problem = self.problems.at(entry.place, "`entry` requires a match model");
            problem.help("add `model: suppliers`, or remove `entry`");
        }
        let entry = raw.entry.as_ref().map_or(0.0, |entry| entry.value.0);
        let out_of_scope = raw.out_of_scope.as_ref().and_then(|scope| self.out_of_scope(&scope.value, sides));
        DecidePlan {
            accept,
            review,
            review_worth: raw.review_worth.as_ref().map_or(REVIEW_WORTH, |worth| worth.value.0),
            margin,
            entry,
            accept_without_name: raw.accept_without_name.as_ref().is_some_and(|accepts| accepts.value),
            out_of_scope,
            pass_on,
            ask: false,
            of_pairs: false,
            evidence: EvidenceScope::default(),
        }
    }

    /// `accept` and `review`; `accept_label` marks `accept` in the report.
    pub(super) fn thresholds(
        &mut self,
        accept: Option<&Spanned<Fraction>>,
        review: Option<&Spanned<Fraction>>,
        accept_label: &str,
    ) -> (f64, f64) {
        let high = accept.map_or(1.0, |accept| accept.value.0);
        let low = review.map_or(high, |review| review.value.0);
        if let (Some(accept), Some(review), true) = (accept, review, low > high) {
            let problem = self.problems.at(review.place, "`review` must not be above `accept`");
            problem.help("scores from `review` up to `accept` go to review").see(accept.place, accept_label);
        }
        (high, low)
    }

    fn out_of_scope(&mut self, raw: &OutOfScope, sides: &Sides) -> Option<OutOfScopePlan> {
        let label = raw.label.as_ref()?;
        let fields = raw.field.as_ref()?;
        let except = raw.except.as_ref()?;
        self.label(label);
        fields.value.0.iter().for_each(|field| sides.left.require_text(field, &[], self.problems));
        let words = |list: &OneOrMany<String>| list.0.iter().map(|word| word.value.clone()).collect();
        Some(OutOfScopePlan { label: label.value.clone(), fields: words(&fields.value), except: words(&except.value) })
    }

    fn label(&mut self, label: &Spanned<String>) {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        let starts = label.value.starts_with(|first: char| first.is_ascii_alphabetic());
        if !starts || !label.value.chars().all(allowed) {
            let problem = self.problems.at(label.place, format!("`{}` cannot be a label", label.value));
            problem.help("a label is a letter, then letters, digits, `_` and `-`: `STRICT_LOCAL`");
        }
    }
}

fn given_label(stage: &Stage) -> Option<&Spanned<String>> {
    let candidates = stage.candidates.as_ref().and_then(|candidates| candidates.value.label.as_ref());
    let arbitrate = stage.arbitrate.as_ref().and_then(|arbitrate| arbitrate.value.label.as_ref());
    candidates.or_else(|| stage.decide.as_ref().and_then(|decide| decide.value.label.as_ref())).or(arbitrate)
}

/// The word from which the default label is made.
fn base(stage: &Stage) -> &'static str {
    match stage {
        Stage { clean: Some(_), .. } => "clean",
        Stage { score: Some(_), .. } => "score",
        Stage { decide: Some(_), .. } => "decide",
        Stage { arbitrate: Some(_), .. } => "arbitrate",
        Stage { candidates: Some(candidates), .. } => {
            candidates.value.search.as_ref().map_or("candidates", |search| search.kind.name)
        }
        _ => "stage",
    }
}
