//! Splits a chunk with many pairs into jobs, and joins their results.
//!
//! A supplier with 10,000 candidates costs as much as hundreds of others. Split by pairs, its work occupies all
//! threads, and the end of a run does not wait for one of them.
//!
//! **Invariants.** Jobs have the pairs of the chunk, each once, in order. A row with no more pairs than a job takes is
//! in one job; one with more has separate jobs, the same ones in any chunk. Its pairs are weighed again once all are
//! there, since a match weight depends on the other candidates of the row: no result depends on the size of jobs.

use std::collections::BTreeMap;

use super::failure::RowFailure;
use super::instances::ScorerInstances;
use super::stage::{ScoreStage, ScoredChunk};
use crate::candidate_set::{CandidatePair, CandidateSet, ScorerEvidence};
use crate::chunk::Chunk;
use crate::error::{StepError, StopCheck};
use crate::wire_batch::WireBatch;

/// Maximum number of pairs of one job: some ten milliseconds of work.
pub const JOB_PAIRS_MAX: usize = 4096;

/// A chunk that was split, and the results received so far.
pub struct SplitChunk {
    chunk: Chunk,
    /// For each job the first of the chunk's rows in it, and its result once received.
    jobs: Vec<(usize, Option<ScoredChunk>)>,
}

impl SplitChunk {
    /// Whether a chunk has more pairs than one job takes.
    pub fn is_needed(chunk: &Chunk, pairs_max: usize) -> bool {
        chunk.candidates.pairs.len() > pairs_max
    }

    /// Splits a chunk; returns its jobs, each a chunk with at most `pairs_max` pairs.
    pub fn new(chunk: Chunk, pairs_max: usize) -> (SplitChunk, Vec<Chunk>) {
        let pairs_max = pairs_max.max(1);
        let pairs = &chunk.candidates.pairs;
        let mut slices: Vec<&[CandidatePair]> = Vec::new();
        // The pairs of the rows for the next job.
        let mut open = 0..0;
        for row_pairs in pairs.chunk_by(|left, right| left.row == right.row) {
            if open.len() + row_pairs.len() > pairs_max {
                slices.extend(pairs.get(open.clone()).filter(|slice| !slice.is_empty()));
                open = open.end..open.end;
            }
            open.end += row_pairs.len();
            if row_pairs.len() > pairs_max {
                // In equal parts, without other rows.
                let parts = row_pairs.len().div_ceil(pairs_max);
                slices.extend(row_pairs.chunks(row_pairs.len().div_ceil(parts)));
                open = open.end..open.end;
            }
        }
        slices.extend(pairs.get(open).filter(|slice| !slice.is_empty()));
        let (starts, chunks): (Vec<usize>, Vec<Chunk>) = slices.into_iter().map(|pairs| job(&chunk, pairs)).unzip();
        (SplitChunk { chunk, jobs: starts.into_iter().map(|start| (start, None)).collect() }, chunks)
    }

    /// Takes the result of a job.
    pub fn add(&mut self, number: usize, scored: ScoredChunk) {
        if let Some((_, result)) = self.jobs.get_mut(number) {
            *result = Some(scored);
        }
    }

    /// Whether the results of all jobs have been received.
    pub fn is_complete(&self) -> bool {
        self.jobs.iter().all(|(_, result)| result.is_some())
    }

    /// The chunk with the scores of its jobs, scored by `stage`. A row fails if any of its jobs failed.
    ///
    /// # Errors
    ///
    /// A chunk without a column that every chunk has.
    pub fn join(self, stage: &ScoreStage) -> Result<ScoredChunk, StepError> {
        // Jobs of one row start at the same row.
        let has_split_row = !self.jobs.is_sorted_by(|(one, _), (other, _)| one < other);
        let mut joined = self.join_scores();
        if has_split_row {
            stage.weigh(&mut joined.chunk.candidates)?;
        }
        Ok(joined)
    }

    /// The same with the scores as computed by the jobs, each without the pairs of the others.
    fn join_scores(self) -> ScoredChunk {
        let SplitChunk { mut chunk, jobs } = self;
        let mut evidence: Vec<ScorerEvidence> = Vec::new();
        let mut failures: Vec<RowFailure> = Vec::new();
        // By scorer and start of the job's rows: a row in several jobs counts once.
        let mut skipped: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        let mut pairs = 0;
        let mut chunk_pairs = chunk.candidates.pairs.iter_mut();
        for (start, scored) in jobs.into_iter().filter_map(|(start, result)| Some((start, result?))) {
            pairs += scored.pairs;
            let in_chunk = |failure: RowFailure| RowFailure { row: failure.row + start, ..failure };
            failures.extend(scored.failures.into_iter().map(in_chunk));
            for (scorer, rows) in scored.skipped {
                let known = skipped.entry((scorer, start)).or_default();
                *known = rows.max(*known);
            }
            let scores = &scored.chunk.candidates.pairs;
            scores.iter().zip(chunk_pairs.by_ref()).for_each(|(pair, chunk_pair)| chunk_pair.score = pair.score);
            let more = scored.chunk.candidates.evidence;
            match evidence.as_mut_slice() {
                [] => evidence = more,
                known => known.iter_mut().zip(more).for_each(|(all, more)| all.append(more)),
            }
        }
        failures.sort_by_key(|failure| failure.row);
        failures.dedup_by_key(|failure| failure.row);
        chunk.candidates.evidence = evidence;
        let skipped = skipped.into_iter().map(|((scorer, _), rows)| (scorer, rows)).collect();
        ScoredChunk { chunk, failures, skipped, pairs }
    }
}

impl ScoreStage {
    /// Scores a chunk of any size on the calling thread, in the same jobs that several threads would share: the result
    /// is that of [`ScoreStage::score`] on each of them, joined.
    ///
    /// # Errors
    ///
    /// As [`ScoreStage::score`].
    pub fn score_split(
        &self,
        instances: &mut ScorerInstances,
        chunk: Chunk,
        stop: StopCheck<'_>,
    ) -> Result<ScoredChunk, StepError> {
        if !SplitChunk::is_needed(&chunk, JOB_PAIRS_MAX) {
            return self.score(instances, chunk, stop);
        }
        let (mut split, jobs) = SplitChunk::new(chunk, JOB_PAIRS_MAX);
        for (number, job) in jobs.into_iter().enumerate() {
            split.add(number, self.score(instances, job, stop)?);
        }
        split.join(self)
    }
}

/// The chunk with only these pairs and their rows, and the index of the first of these rows.
fn job(chunk: &Chunk, pairs: &[CandidatePair]) -> (usize, Chunk) {
    let start = pairs.first().map_or(0, |pair| pair.row);
    let end = pairs.last().map_or(start, |pair| pair.row + 1);
    let rows = WireBatch(chunk.rows.0.slice(start as usize, (end - start) as usize));
    let pairs = pairs.iter().map(|pair| CandidatePair { row: pair.row - start, ..*pair }).collect();
    let candidates = CandidateSet { entries: chunk.candidates.entries.clone(), pairs, evidence: Vec::new() };
    (start as usize, Chunk { id: chunk.id, home: chunk.home, rows, rejects: Vec::new(), candidates })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, OnceLock};

    use matchflow_candidates::Vocabulary;
    use matchflow_model::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt64Array};
    use matchflow_model::columns;
    use matchflow_model::plan::{Chance, Comparison, ComparisonLevel, Condition, MatchModel, ScorePlan};
    use proptest::prelude::*;

    use matchflow_model::row_error::RowError;

    use super::*;
    use crate::candidate_set::Explanation;
    use crate::score::PluginReplacements;

    fn chunk(pairs_of_rows: &[usize]) -> Chunk {
        let numbers = UInt64Array::from_iter_values(0..pairs_of_rows.len() as u64);
        let rows = RecordBatch::try_from_iter([(columns::ROW, Arc::new(numbers) as ArrayRef)]).unwrap();
        let of_row = |(row, count): (usize, &usize)| {
            (0..*count).map(move |entry| CandidatePair { row: row as u32, entry: entry as u32, stage: 0, score: 0.0 })
        };
        let pairs = pairs_of_rows.iter().enumerate().flat_map(of_row).collect();
        let candidates = CandidateSet { entries: None, pairs, evidence: Vec::new() };
        Chunk { id: 7, home: 0, rows: WireBatch(rows), rejects: Vec::new(), candidates }
    }

    /// A score that identifies its pair: row numbers are read from the rows.
    fn score(part: Chunk) -> ScoredChunk {
        let numbers = columns::numbers(&part.rows.0, columns::ROW).unwrap().clone();
        let mut part = part;
        let mut values = Vec::new();
        let mut failures = Vec::new();
        for pair in &mut part.candidates.pairs {
            let row = numbers.value(pair.row as usize);
            pair.score = (row * 1000 + u64::from(pair.entry)) as f64;
            values.push(Some(pair.score as f32));
            if row % 3 == 1 && pair.entry == 0 {
                let error = RowError::TimeoutsMax { timeouts: 1 };
                failures.push(RowFailure { row: pair.row as usize, plugin: None, tries: 1, error, retryable: false });
            }
        }
        let mut evidence =
            ScorerEvidence { plugin: "s".into(), values, information: Vec::new(), explanations: Vec::new() };
        for (place, pair) in part.candidates.pairs.iter().enumerate().filter(|(_, pair)| pair.entry % 7 == 3) {
            evidence.explain(place, Explanation::Text(format!("{}", pair.score).into()));
        }
        part.candidates.evidence = vec![evidence];
        let pairs = part.candidates.pairs.len() as u64;
        ScoredChunk { chunk: part, failures, skipped: Vec::new(), pairs }
    }

    /// A stage whose scorer 0 has one level for agreement.
    fn stage() -> ScoreStage {
        let level = |label: &str, conditions, m, u| ComparisonLevel {
            label: label.to_owned(),
            conditions,
            missing: Vec::new(),
            m,
            u: Chance::Share(u),
        };
        let same = vec![Condition { scorer: 0, score_min: 1.0 }];
        let levels = vec![level("same", same, 0.9, 0.01), level("other", Vec::new(), 0.1, 0.99)];
        let comparisons = vec![Comparison { name: "name".to_owned(), levels }];
        let model = Some(MatchModel {
            prior: 0.5,
            comparisons,
            supporting: Vec::new(),
            head_office: None,
            entry_identifier: None,
        });
        ScoreStage {
            label: "SCORE".to_owned(),
            plan: ScorePlan { scorers: Vec::new(), model, of_pairs: false },
            decide: None,
            plugins: Vec::new(),
            replacements: PluginReplacements::default(),
            slots: Vec::new(),
            // Without entries, which counts as a thousand.
            vocabulary: Arc::new(OnceLock::from(Arc::new(Vocabulary::merge(Vec::new()).unwrap()))),
        }
    }

    #[test]
    fn weights_do_not_depend_on_the_size_of_jobs() {
        let stage = stage();
        let agree = |mut part: Chunk| {
            let count = part.candidates.pairs.len();
            let values = vec![Some(1.0); count];
            part.candidates.evidence =
                vec![ScorerEvidence { plugin: "s".into(), values, information: Vec::new(), explanations: Vec::new() }];
            stage.weigh(&mut part.candidates).unwrap();
            ScoredChunk { chunk: part, failures: Vec::new(), skipped: Vec::new(), pairs: count as u64 }
        };
        let whole = || {
            let mut chunk = chunk(&[3, 9, 2]);
            let groups = StringArray::from_iter_values((0..9).map(|entry| format!("g{entry}")));
            let groups = RecordBatch::try_from_iter([(columns::GROUP, Arc::new(groups) as ArrayRef)]).unwrap();
            chunk.candidates.entries = Some(WireBatch(groups));
            chunk
        };
        let unsplit = agree(whole()).chunk.candidates.pairs;
        let (mut split, parts) = SplitChunk::new(whole(), 4);
        assert_eq!(parts.len(), 5);
        let scored: Vec<ScoredChunk> = parts.into_iter().map(agree).collect();
        let [first, third] = [&scored[1].chunk.candidates.pairs[0], &unsplit[3]];
        assert!(first.score > third.score, "a job alone sees fewer others at the level");
        scored.into_iter().enumerate().for_each(|(number, part)| split.add(number, part));
        assert_eq!(split.join(&stage).unwrap().chunk.candidates.pairs, unsplit);
    }

    proptest! {
        #[test]
        fn splitting_a_chunk_does_not_change_the_result(
            rows in proptest::collection::vec(0..30usize, 1..20), pairs_max in 1..40usize, backwards: bool,
        ) {
            let unsplit = score(chunk(&rows));
            let joined = if SplitChunk::is_needed(&chunk(&rows), pairs_max) {
                let (mut split, parts) = SplitChunk::new(chunk(&rows), pairs_max);
                prop_assert!(parts.iter().all(|part| part.candidates.pairs.len() <= pairs_max));
                let mut scored: Vec<_> = parts.into_iter().map(score).enumerate().collect();
                if backwards {
                    scored.reverse();
                }
                for (number, part) in scored {
                    prop_assert!(!split.is_complete());
                    split.add(number, part);
                }
                prop_assert!(split.is_complete());
                split.join_scores()
            } else {
                prop_assert!(unsplit.pairs as usize <= pairs_max);
                score(chunk(&rows))
            };
            prop_assert_eq!(&joined.chunk.candidates.pairs, &unsplit.chunk.candidates.pairs);
            prop_assert_eq!(joined.pairs, unsplit.pairs);
            let values = |scored: &ScoredChunk| {
                let explanations = |evidence: &ScorerEvidence| {
                    let mut explanations = evidence.explanations.clone();
                    explanations.resize(evidence.values.len(), None);
                    explanations
                };
                let of = |evidence: &ScorerEvidence| (evidence.values.clone(), explanations(evidence));
                scored.chunk.candidates.evidence.iter().map(of).collect::<Vec<_>>()
            };
            prop_assert_eq!(values(&joined), values(&unsplit));
            let failed = |scored: &ScoredChunk| scored.failures.iter().map(|failure| failure.row).collect::<Vec<_>>();
            prop_assert_eq!(failed(&joined), failed(&unsplit));
            prop_assert_eq!(joined.chunk.len(), rows.len());
        }
    }
}
