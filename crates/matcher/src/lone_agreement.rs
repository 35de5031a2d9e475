//! Candidates of which one thing agrees: another name at the same address, or a namesake elsewhere.
//!
//! A match weight counts how seldom two companies of the registry share an address or a name by chance. A supplier that is
//! not in the registry shares one for other reasons, and how often is not known. So the probability of such a candidate has
//! an upper bound that does not depend on it (`match-weights/src/supporting.rs`).
//!
//! **Invariants.** Only rows that would not be accepted are affected, and nothing becomes a match by it: the accepted rows
//! and their scores are the same. With `accept_without_name` nothing is bounded.

use std::collections::BTreeMap;

use matchflow_match_weights::{Agreement, ScorerOutput, agrees_alike, lone_agreement_probability};
use matchflow_model::outcome::Outcome;
use matchflow_model::plan::{DecidePlan, MatchModel};
use matchflow_model::reason::Reason;

use crate::rank::{CandidateRanking, RankedCandidate, put_likeliest_first};
use crate::score::context::ScoreScale;

impl<'a> CandidateRanking<'a> {
    /// The row's candidates, best first, with the probabilities that a decision is based on.
    pub(crate) fn rank_to_decide(&self, row: usize, plan: &DecidePlan) -> Vec<RankedCandidate<'a>> {
        let mut ranked = self.rank(row);
        let ScoreScale::OneMatch(model) = self.scale() else { return ranked };
        let Some(best) = ranked.first().filter(|_| !plan.accept_without_name) else { return ranked };
        let agreement = self.group_agreement(model, best.group, &ranked);
        let may_match = |score: f64| score >= plan.accept;
        if agreement.is_lone()
            && !(agreement.deciding && may_match(best.group_score))
            && !ranked.iter().any(|other| other.group != best.group && may_match(other.group_score))
        {
            self.bound(model, &mut ranked);
            put_likeliest_first(&mut ranked);
        }
        ranked
    }

    /// How many companies the registry has and had where the best candidate of a row without a match is, if nothing else
    /// agrees.
    pub(crate) fn companies_at_place(&self, outcome: Outcome, ranked: &[RankedCandidate<'a>]) -> Option<Reason> {
        let ScoreScale::OneMatch(model) = self.scale() else { return None };
        let best = ranked.first().filter(|_| outcome != Outcome::Matched)?;
        let best = Some(best).filter(|best| !self.group_agreement(model, best.group, ranked).deciding)?;
        let mut is_open: BTreeMap<&str, bool> = BTreeMap::new();
        let is_there = |other: &&RankedCandidate<'_>| agrees_alike(model, self.outputs(best), self.outputs(other));
        for candidate in ranked.iter().filter(is_there) {
            *is_open.entry(candidate.group).or_default() |= candidate.open;
        }
        let open = is_open.values().filter(|is_open| **is_open).count() as u32;
        let closed = is_open.len() as u32 - open;
        (open + closed > 0).then_some(Reason::CompaniesAtPlace { open, closed })
    }

    /// Whether an identifier points at one of the candidates: who it is instead is for a person to find out.
    pub(crate) fn is_identified_by_any(&self, ranked: &[RankedCandidate<'_>]) -> bool {
        let ScoreScale::OneMatch(model) = self.scale() else { return false };
        ranked.iter().any(|candidate| Agreement::of(model, self.outputs(candidate)).identifying)
    }

    fn outputs(&self, candidate: &RankedCandidate<'_>) -> impl Fn(usize) -> ScorerOutput {
        let index = candidate.index;
        move |scorer| self.output(index, scorer)
    }

    /// Entries of one company may differ in what agrees: the address of one, the name of another.
    fn group_agreement(&self, model: &MatchModel, group: &str, ranked: &[RankedCandidate<'_>]) -> Agreement {
        let of_group = ranked.iter().filter(|other| other.group == group);
        of_group.map(|other| Agreement::of(model, self.outputs(other))).fold(Agreement::default(), Agreement::or)
    }

    /// Lowers the probabilities of all companies of which one thing agrees; entries of one keep their proportion.
    fn bound(&self, model: &MatchModel, ranked: &mut [RankedCandidate<'a>]) {
        let mut groups: BTreeMap<&str, (Agreement, f64)> = BTreeMap::new();
        for candidate in ranked.iter() {
            let bound = lone_agreement_probability(model, self.outputs(candidate));
            let (agreement, of_group) = groups.entry(candidate.group).or_default();
            *agreement = agreement.or(Agreement::of(model, self.outputs(candidate)));
            *of_group = of_group.max(bound);
        }
        for candidate in ranked {
            let Some((agreement, bound)) = groups.get(candidate.group) else { continue };
            if agreement.is_lone() && candidate.group_score > *bound {
                candidate.score *= bound / candidate.group_score;
                candidate.group_score = *bound;
            }
        }
    }
}
