//! The order of a row's candidates, and the outcome of a row with these candidates. Pure.
//!
//! Candidates are ranked by score (highest first), then open before closed, then by group and id ascending: a total
//! order, so that nothing depends on the schedule. With a match model they are ranked by match weight, which does not
//! saturate; scores shown and compared with thresholds are then probabilities, and a company's is the sum of its
//! entries'. The first is the best entry of the most probable company, which need not have the greatest match weight.

use std::cmp::Ordering;
use std::collections::HashMap;

use matchflow_match_weights::{
    ScorerOutput, favor_identified, has_deciding_agreement, head_office_share, is_identified, probabilities,
    probability,
};
use matchflow_model::arrow::array::{BooleanArray, StringArray, UInt32Array};
use matchflow_model::arrow::datatypes::UInt32Type;
use matchflow_model::columns;
use matchflow_model::outcome::Outcome;
use matchflow_model::plan::{DecidePlan, EntryIdentifier, HeadOffice};

use crate::candidate_set::CandidatePair;
use crate::chunk::Chunk;
use crate::error::StepError;
use crate::score::context::ScoreScale;

/// Maximum number of candidates stored with an outcome, not counting the best.
pub(crate) const ALTERNATIVES_MAX: usize = 5;

/// Ranks the candidates of one chunk's rows.
pub(crate) struct CandidateRanking<'a> {
    chunk: &'a Chunk,
    entries: Option<EntryColumns<'a>>,
    scale: ScoreScale<'a>,
}

/// The columns of a chunk's entries that decide the order.
struct EntryColumns<'a> {
    ids: &'a StringArray,
    groups: &'a StringArray,
    open: &'a BooleanArray,
    head_office: &'a BooleanArray,
    open_entries: &'a UInt32Array,
}

/// One candidate in the ranking.
#[derive(Clone, Copy)]
pub(crate) struct RankedCandidate<'a> {
    pub(crate) pair: CandidatePair,
    /// Its index in the chunk's pairs.
    pub(crate) index: usize,
    pub(crate) id: &'a str,
    pub(crate) group: &'a str,
    pub(crate) open: bool,
    head_office: bool,
    /// The number of open entries that its group has in the registry.
    pub(crate) open_entries: u32,
    /// 0 to 1; with a match model the probability that this entry itself is the match.
    pub(crate) score: f64,
    /// The same for its group.
    pub(crate) group_score: f64,
}

/// The outcome of a row with candidates, and what it is based on.
pub(crate) struct Assessment<'a> {
    pub(crate) outcome: Outcome,
    /// The best candidate of any group other than the best one's.
    pub(crate) rival: Option<RankedCandidate<'a>>,
    /// The best score minus that of the rival; the best score if there is no rival.
    pub(crate) margin: f64,
    /// Whether the score is that of a match, and nothing but supporting comparisons agrees.
    pub(crate) is_supported_only: bool,
    /// The probability that the right entry is among the candidates that would be shown, if that is too little for a review.
    pub(crate) not_worth_it: Option<f64>,
}

impl<'a> CandidateRanking<'a> {
    pub(crate) fn new(chunk: &'a Chunk, scale: ScoreScale<'a>) -> Result<CandidateRanking<'a>, StepError> {
        let entries = chunk.candidates.entries.as_ref().map(|entries| -> Result<_, StepError> {
            Ok(EntryColumns {
                ids: columns::text(&entries.0, columns::ID)?,
                groups: columns::text(&entries.0, columns::GROUP)?,
                open: columns::flags(&entries.0, columns::OPEN)?,
                head_office: columns::flags(&entries.0, columns::HEAD_OFFICE)?,
                open_entries: columns::primitive::<UInt32Type>(&entries.0, columns::OPEN_ENTRIES)?,
            })
        });
        Ok(CandidateRanking { chunk, entries: entries.transpose()?, scale })
    }

    /// How scores are computed.
    pub(crate) fn scale(&self) -> ScoreScale<'a> {
        self.scale
    }

    /// Whether scores are probabilities by a match model.
    pub(crate) fn is_weighed(&self) -> bool {
        self.scale != ScoreScale::Mean
    }

    /// The row's candidates, best first.
    pub(crate) fn rank(&self, row: usize) -> Vec<RankedCandidate<'a>> {
        let Some(entries) = &self.entries else { return Vec::new() };
        let (start, pairs) = self.chunk.row_pairs(row);
        let ranked = pairs.iter().enumerate().map(|(offset, pair)| {
            let entry = pair.entry as usize;
            RankedCandidate {
                pair: *pair,
                index: start + offset,
                id: columns::value(entries.ids, entry).unwrap_or_default(),
                group: columns::value(entries.groups, entry).unwrap_or_default(),
                open: entry < entries.open.len() && entries.open.value(entry),
                head_office: entry < entries.head_office.len() && entries.head_office.value(entry),
                open_entries: entries.open_entries.values().get(entry).copied().unwrap_or_default(),
                score: pair.score,
                group_score: pair.score,
            }
        });
        let mut ranked: Vec<_> = ranked.collect();
        ranked.sort_by(RankedCandidate::order);
        match self.scale {
            ScoreScale::Mean => {}
            ScoreScale::OneMatch(model) => {
                set_probabilities(&mut ranked);
                if let Some(identifier) = &model.entry_identifier {
                    self.apply_entry_identifier(identifier, &mut ranked);
                }
                if let Some(head_office) = &model.head_office {
                    self.apply_head_office_share(head_office, &mut ranked);
                }
                put_likeliest_first(&mut ranked);
            }
            ScoreScale::EachPair(_) => ranked.iter_mut().for_each(|ranked| {
                ranked.score = probability(ranked.pair.score);
                ranked.group_score = ranked.score;
            }),
        }
        ranked
    }

    /// Whether something else than supporting comparisons agrees, such as the place: without that no candidate is accepted.
    pub(crate) fn has_deciding_agreement(&self, candidate: &RankedCandidate<'_>) -> bool {
        match self.scale {
            ScoreScale::Mean => true,
            ScoreScale::OneMatch(model) | ScoreScale::EachPair(model) => {
                has_deciding_agreement(model, |scorer| self.output(candidate.index, scorer))
            }
        }
    }

    /// The outcome of a row with these candidates under the plan; `None` without any.
    pub(crate) fn assess(&self, plan: &DecidePlan, ranked: &[RankedCandidate<'a>]) -> Option<Assessment<'a>> {
        let best = ranked.first()?;
        let rivals = ranked.iter().filter(|other| other.group != best.group);
        // Of equal ones the first.
        let rival =
            rivals.copied().reduce(|best, other| if other.group_score > best.group_score { other } else { best });
        let score = best.group_score;
        let margin = score - rival.map_or(0.0, |rival| rival.group_score);
        // Entries of one company may differ in what agrees: the address of one, the name of another.
        let is_supported_only = score >= plan.accept
            && !plan.accept_without_name
            && !ranked.iter().filter(|other| other.group == best.group).any(|other| self.has_deciding_agreement(other));
        let outcome = if score < plan.review {
            Outcome::Unmatched
        } else if score < plan.accept || is_supported_only || (rival.is_some() && margin < plan.margin) {
            Outcome::Review
        } else {
            Outcome::Matched
        };
        let expected = self.is_weighed().then(|| expected_right(ranked));
        let not_worth_it = expected.filter(|expected| {
            outcome == Outcome::Review
                && score < plan.accept
                && *expected < plan.review_worth
                && !self.is_identified_by_any(ranked)
        });
        let outcome = if not_worth_it.is_some() { Outcome::Unmatched } else { outcome };
        Some(Assessment { not_worth_it, outcome, rival, margin, is_supported_only })
    }

    /// How many of a row's candidates its outcome may show, best first: none where the decision passes the row on.
    pub(crate) fn reported_count(&self, plan: &DecidePlan, ranked: &[RankedCandidate<'a>]) -> usize {
        if plan.of_pairs {
            return ranked.iter().take_while(|ranked| ranked.score >= plan.review).count();
        }
        match self.assess(plan, ranked) {
            Some(assessment) if !plan.pass_on || assessment.outcome != Outcome::Unmatched => {
                // The reason is about the best one.
                let others = if keeps_evidence(plan, assessment.outcome) { ALTERNATIVES_MAX } else { 0 };
                ranked.len().min(1 + others)
            }
            _ => 0,
        }
    }

    /// The output of a scorer for a pair.
    pub(crate) fn output(&self, pair: usize, scorer: usize) -> ScorerOutput {
        self.chunk.candidates.evidence.get(scorer).map(|evidence| evidence.output(pair)).unwrap_or_default()
    }

    /// Shifts the probability of a group to the one entry whose identifier the row has, which then precedes the others
    /// that it exceeds.
    fn apply_entry_identifier(&self, model: &EntryIdentifier, ranked: &mut [RankedCandidate<'_>]) {
        let is_identified =
            |candidate: &RankedCandidate<'_>| is_identified(model, |scorer| self.output(candidate.index, scorer));
        let identified: Vec<&str> =
            ranked.iter().filter(|candidate| is_identified(candidate)).map(|candidate| candidate.group).collect();
        for group in identified.iter().filter(|group| identified.iter().filter(|other| other == group).count() == 1) {
            let places: Vec<usize> =
                (0..).zip(&*ranked).filter(|(_, other)| other.group == *group).map(|(place, _)| place).collect();
            let members = || places.iter().filter_map(|place| ranked.get(*place));
            let Some(member) = members().position(is_identified) else { continue };
            let mut scores: Vec<f64> = members().map(|candidate| candidate.score).collect();
            favor_identified(model, &mut scores, member);
            for (place, score) in places.iter().zip(&scores) {
                if let Some(candidate) = ranked.get_mut(*place) {
                    candidate.score = *score;
                }
            }
            let Some(score) = scores.get(member) else { continue };
            let exceeded = scores.iter().position(|other| other < score).filter(|first| *first < member);
            let range = exceeded.and_then(|first| Some((*places.get(first)?, *places.get(member)?)));
            if let Some(moved) = range.and_then(|(first, last)| ranked.get_mut(first..=last)) {
                moved.rotate_right(1);
            }
        }
    }

    /// Reduces the probability of head offices, which may represent other entries; their companies keep theirs.
    fn apply_head_office_share(&self, model: &HeadOffice, ranked: &mut [RankedCandidate<'_>]) {
        for ranked in ranked.iter_mut().filter(|ranked| ranked.head_office) {
            let index = ranked.index;
            ranked.score *= head_office_share(model, ranked.open_entries, |scorer| self.output(index, scorer));
        }
    }
}

/// The probability that the right group is among the candidates that a result shows.
fn expected_right(ranked: &[RankedCandidate<'_>]) -> f64 {
    let shown: Vec<_> = ranked.iter().take(1 + ALTERNATIVES_MAX).collect();
    let is_first = |place: usize, group: &str| shown.iter().take(place).all(|earlier| earlier.group != group);
    let groups = (0..).zip(&shown).filter(|(place, candidate)| is_first(*place, candidate.group));
    groups.map(|(_, candidate)| candidate.group_score).sum()
}

/// Puts the best entry of the most probable company first; all others stay in their order.
///
/// The entries of a company share its prior, so one of many may have the greatest weight while another company is
/// likelier.
pub(crate) fn put_likeliest_first(ranked: &mut [RankedCandidate<'_>]) {
    let likelier = |(best, top): (usize, f64), (place, ranked): (usize, &RankedCandidate<'_>)| {
        if ranked.group_score > top { (place, ranked.group_score) } else { (best, top) }
    };
    let (best, _) = ranked.iter().enumerate().fold((0, f64::NEG_INFINITY), likelier);
    if let Some(until_best) = ranked.get_mut(..=best) {
        until_best.rotate_right(1);
    }
}

/// Turns match weights into probabilities. Sums run in the order of the ranking, so they are the same everywhere.
///
/// The prior of a weight is a company's. Its entries among the candidates share it; otherwise a company with many
/// entries in one street would be more likely for that reason only.
fn set_probabilities(ranked: &mut [RankedCandidate<'_>]) {
    let mut entries: HashMap<&str, u32> = HashMap::new();
    ranked.iter().for_each(|ranked| *entries.entry(ranked.group).or_default() += 1);
    let share = |group: &str| f64::from(entries.get(group).copied().unwrap_or(1)).log2();
    let weights: Vec<f64> = ranked.iter().map(|ranked| ranked.pair.score - share(ranked.group)).collect();
    let mut group_sums: HashMap<&str, f64> = HashMap::new();
    for (ranked, probability) in ranked.iter_mut().zip(probabilities(&weights)) {
        ranked.score = probability;
        *group_sums.entry(ranked.group).or_default() += probability;
    }
    for ranked in ranked {
        // A sum of shares may exceed 1 due to rounding.
        ranked.group_score = group_sums.get(ranked.group).map_or(0.0, |sum| sum.min(1.0));
    }
}

impl RankedCandidate<'_> {
    fn order(&self, other: &Self) -> Ordering {
        let by_score = other.pair.score.total_cmp(&self.pair.score);
        let by_state = other.open.cmp(&self.open);
        by_score.then(by_state).then(self.group.cmp(other.group)).then(self.id.cmp(other.id))
    }
}

/// Whether a row with this outcome keeps its whole evidence. What an arbiter will be asked about does.
pub(crate) fn keeps_evidence(plan: &DecidePlan, outcome: Outcome) -> bool {
    plan.evidence.includes(outcome) || plan.ask && outcome == Outcome::Review
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use matchflow_model::arrow::array::{ArrayRef, RecordBatch};
    use matchflow_model::plan::{Condition, MatchModel};

    use super::*;
    use crate::candidate_set::{CandidateSet, ScorerEvidence};
    use crate::wire_batch::WireBatch;

    /// An entry: its id, group, weight, whether it is open, whether it is the head office, and the number of open
    /// entries of its group.
    type Entry = (&'static str, &'static str, f64, bool, bool, u32);

    fn chunk(entries: &[Entry]) -> Chunk {
        let columns: [(&str, ArrayRef); 5] = [
            (columns::ID, Arc::new(StringArray::from_iter_values(entries.iter().map(|entry| entry.0)))),
            (columns::GROUP, Arc::new(StringArray::from_iter_values(entries.iter().map(|entry| entry.1)))),
            (columns::OPEN, Arc::new(BooleanArray::from_iter(entries.iter().map(|entry| Some(entry.3))))),
            (columns::HEAD_OFFICE, Arc::new(BooleanArray::from_iter(entries.iter().map(|entry| Some(entry.4))))),
            (columns::OPEN_ENTRIES, Arc::new(UInt32Array::from_iter_values(entries.iter().map(|entry| entry.5)))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let pair = |(entry, of): (u32, &Entry)| CandidatePair { row: 0, entry, stage: 0, score: of.2 };
        let pairs = (0..).zip(entries).map(pair).collect();
        let candidates = CandidateSet { entries: Some(WireBatch(batch.clone())), pairs, evidence: Vec::new() };
        Chunk { id: 0, home: 0, rows: WireBatch(batch.slice(0, 1)), rejects: Vec::new(), candidates }
    }

    fn model(head_office: Option<HeadOffice>) -> MatchModel {
        MatchModel { prior: 0.8, comparisons: Vec::new(), supporting: Vec::new(), head_office, entry_identifier: None }
    }

    #[test]
    fn the_first_candidate_belongs_to_the_most_probable_company() {
        // `a` is the heaviest, but its company shares its prior among eight candidates, only one of which is good.
        let mut entries: Vec<Entry> = vec![("a1", "a", 4.0, true, false, 8), ("b1", "b", 3.0, true, false, 1)];
        entries.extend(["a2", "a3", "a4", "a5", "a6", "a7", "a8"].map(|id| (id, "a", -20.0, true, false, 8)));
        let (chunk, model) = (chunk(&entries), model(None));
        let ranked = CandidateRanking::new(&chunk, ScoreScale::OneMatch(&model)).unwrap().rank(0);
        let ids: Vec<&str> = ranked.iter().map(|ranked| ranked.id).collect();
        assert_eq!(ids, ["b1", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"]);
        assert!(ranked.iter().all(|other| other.group_score <= ranked[0].group_score));
        let unweighed = CandidateRanking::new(&chunk, ScoreScale::Mean).unwrap().rank(0);
        assert_eq!(unweighed[0].id, "a1");
    }

    #[test]
    fn among_equals_the_open_entry_comes_first() {
        let chunk = chunk(&[("a1", "a", 9.0, false, false, 1), ("a2", "a", 9.0, true, false, 1)]);
        let model = model(None);
        let ranked = CandidateRanking::new(&chunk, ScoreScale::OneMatch(&model)).unwrap().rank(0);
        assert_eq!((ranked[0].id, ranked[0].open), ("a2", true));
    }

    #[test]
    fn the_entry_with_the_rows_identifier_wins_unless_another_has_far_more() {
        let ranked_with = |entries: &[Entry], identified: usize| {
            let mut chunk = chunk(entries);
            let values = (0..entries.len()).map(|place| Some(f32::from(u8::from(place == identified)))).collect();
            let (plugin, information, explanations) = (Arc::from("exact"), Vec::new(), Vec::new());
            chunk.candidates.evidence = vec![ScorerEvidence { plugin, values, information, explanations }];
            let when = vec![Condition { scorer: 0, score_min: 1.0 }];
            let model =
                MatchModel { entry_identifier: Some(EntryIdentifier { when, error_rate: 0.05 }), ..model(None) };
            let ranking = CandidateRanking::new(&chunk, ScoreScale::OneMatch(&model)).unwrap();
            let ranked = ranking.rank(0);
            (ranked[0].id.to_owned(), ranked[0].score / ranked[0].group_score)
        };
        let entry = |id, weight| (id, "a", weight, true, false, 4);
        let (id, share) = ranked_with(&[entry("a1", 8.0), entry("a2", 9.7), entry("a3", 8.0), entry("a4", 8.0)], 1);
        assert!(id == "a2" && share > 0.95, "{id} {share}");
        // Another entry has slightly more evidence: the identifier outweighs it, but not by enough to be sure.
        let (id, share) = ranked_with(&[entry("a1", 8.0), entry("a2", 10.0)], 0);
        assert!(id == "a1" && (0.8..0.9).contains(&share), "{id} {share}");
        let (id, share) = ranked_with(&[entry("a1", 8.0), entry("a2", 25.0)], 0);
        assert!(id == "a2" && share > 0.99, "{id} {share}");
    }

    #[test]
    fn a_head_office_may_represent_others_and_its_company_keeps_its_probability() {
        let entries = |open| [("a1", "a", 20.0, true, true, open), ("a2", "a", -5.0, true, false, open)];
        let score = |open, rate| {
            let (chunk, model) = (chunk(&entries(open)), model(Some(HeadOffice { rate, unless: Vec::new() })));
            let best = CandidateRanking::new(&chunk, ScoreScale::OneMatch(&model)).unwrap().rank(0)[0];
            assert_eq!(best.id, "a1");
            (best.score, best.group_score)
        };
        let (sure, group) = score(1, 0.5);
        let (shared, same_group) = score(3, 0.5);
        assert!((shared - sure / 2.0).abs() < 1e-12, "{shared} {sure}");
        assert_eq!(group, same_group);
    }
}
