//! Cuts a chunk with many pairs into jobs for the pool, and joins what comes back.
//!
//! A supplier with 10,000 candidates costs as much as hundreds of others. Cut by pairs, its work is spread over all
//! threads, and the end of a run does not wait for one of them. A pair's score depends on nothing but the pair, so cuts
//! change no result.
//!
//! **Invariants.** Parts hold the pairs of the chunk, each once, in order. A row with no more pairs than a job takes is in
//! one part; one with more is in parts of its own, the same ones whatever chunk it is in.

use std::collections::BTreeMap;

use crate::batch::Batch;
use crate::chunk::{Candidates, Chunk, Evidence, Pair};
use crate::scoring::{Failure, Scored};

/// Pairs of one job at most: some ten milliseconds of work.
pub const PAIRS_MAX: usize = 4096;

/// A chunk that was cut, and what has come back of it.
pub struct Cut {
    chunk: Chunk,
    /// For each part where its rows start, and the part once it is scored.
    parts: Vec<(usize, Option<Scored>)>,
}

impl Cut {
    /// Whether a chunk has more pairs than one job takes.
    pub fn is_due(chunk: &Chunk, pairs_max: usize) -> bool {
        chunk.candidates.pairs.len() > pairs_max
    }

    /// A chunk, and its parts with at most `pairs_max` pairs each.
    pub fn of(chunk: Chunk, pairs_max: usize) -> (Cut, Vec<Chunk>) {
        let pairs_max = pairs_max.max(1);
        let pairs = &chunk.candidates.pairs;
        let mut slices: Vec<&[Pair]> = Vec::new();
        let mut open = 0..0;
        let of_rows = pairs.chunk_by(|left, right| left.row == right.row);
        for of_row in of_rows {
            if open.len() + of_row.len() > pairs_max {
                slices.extend(pairs.get(open.clone()).filter(|slice| !slice.is_empty()));
                open = open.end..open.end;
            }
            open.end += of_row.len();
            if of_row.len() > pairs_max {
                let parts = of_row.len().div_ceil(pairs_max);
                slices.extend(of_row.chunks(of_row.len().div_ceil(parts)));
                open = open.end..open.end;
            }
        }
        slices.extend(pairs.get(open).filter(|slice| !slice.is_empty()));
        let (starts, parts): (Vec<usize>, Vec<Chunk>) = slices.into_iter().map(|pairs| part(&chunk, pairs)).unzip();
        (Cut { chunk, parts: starts.into_iter().map(|start| (start, None)).collect() }, parts)
    }

    /// Takes a scored part.
    pub fn add(&mut self, number: usize, scored: Scored) {
        if let Some((_, part)) = self.parts.get_mut(number) {
            *part = Some(scored);
        }
    }

    /// Whether every part has come back.
    pub fn is_whole(&self) -> bool {
        self.parts.iter().all(|(_, part)| part.is_some())
    }

    /// The chunk with the scores of its parts. A row fails where any part of it failed.
    pub fn join(self) -> Scored {
        let Cut { mut chunk, parts } = self;
        let mut evidence: Vec<Evidence> = Vec::new();
        let mut failures: Vec<Failure> = Vec::new();
        // By scorer and where the part's rows start: a row in several parts counts once.
        let mut without: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        let mut pairs = 0;
        let mut places = chunk.candidates.pairs.iter_mut();
        for (start, scored) in parts.into_iter().filter_map(|(start, part)| Some((start, part?))) {
            pairs += scored.pairs;
            failures.extend(scored.failures.into_iter().map(|failure| Failure { row: failure.row + start, ..failure }));
            for (scorer, rows) in scored.without {
                let known = without.entry((scorer, start)).or_default();
                *known = rows.max(*known);
            }
            let scores = &scored.chunk.candidates.pairs;
            scores.iter().zip(places.by_ref()).for_each(|(pair, place)| place.score = pair.score);
            let more = scored.chunk.candidates.evidence;
            match evidence.as_mut_slice() {
                [] => evidence = more,
                known => known.iter_mut().zip(more).for_each(|(all, more)| all.append(more)),
            }
        }
        failures.sort_by_key(|failure| failure.row);
        failures.dedup_by_key(|failure| failure.row);
        chunk.candidates.evidence = evidence;
        let without = without.into_iter().map(|((scorer, _), rows)| (scorer, rows)).collect();
        Scored { chunk, failures, without, pairs }
    }
}

/// The chunk with only these of its pairs and their rows, and where those rows start.
fn part(chunk: &Chunk, pairs: &[Pair]) -> (usize, Chunk) {
    let start = pairs.first().map_or(0, |pair| pair.row);
    let end = pairs.last().map_or(start, |pair| pair.row + 1);
    let rows = Batch(chunk.rows.0.slice(start as usize, (end - start) as usize));
    let pairs = pairs.iter().map(|pair| Pair { row: pair.row - start, ..*pair }).collect();
    let candidates = Candidates { entries: chunk.candidates.entries.clone(), pairs, evidence: Vec::new() };
    (start as usize, Chunk { id: chunk.id, home: chunk.home, rows, rejects: Vec::new(), candidates })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use matchflow_model::arrow::array::{ArrayRef, RecordBatch, UInt64Array};
    use matchflow_model::columns;
    use proptest::prelude::*;

    use super::*;
    use crate::chunk::Said;

    fn chunk(pairs_of_rows: &[usize]) -> Chunk {
        let numbers = UInt64Array::from_iter_values(0..pairs_of_rows.len() as u64);
        let rows = RecordBatch::try_from_iter([(columns::ROW, Arc::new(numbers) as ArrayRef)]).unwrap();
        let of_row = |(row, count): (usize, &usize)| {
            (0..*count).map(move |entry| Pair { row: row as u32, entry: entry as u32, stage: 0, score: 0.0 })
        };
        let pairs = pairs_of_rows.iter().enumerate().flat_map(of_row).collect();
        let candidates = Candidates { entries: None, pairs, evidence: Vec::new() };
        Chunk { id: 7, home: 0, rows: Batch(rows), rejects: Vec::new(), candidates }
    }

    /// A score that says which pair it was made for: row numbers are read from the rows.
    fn score(part: Chunk) -> Scored {
        let numbers = columns::numbers(&part.rows.0, columns::ROW).unwrap().clone();
        let mut part = part;
        let mut values = Vec::new();
        let mut failures = Vec::new();
        for pair in &mut part.candidates.pairs {
            let row = numbers.value(pair.row as usize);
            pair.score = (row * 1000 + u64::from(pair.entry)) as f64;
            values.push(Some(pair.score as f32));
            if row % 3 == 1 && pair.entry == 0 {
                let reason = "trap".to_owned();
                failures.push(Failure { row: pair.row as usize, plugin: None, tries: 1, reason, retryable: false });
            }
        }
        let mut evidence = Evidence { plugin: "s".into(), values, information: Vec::new(), said: Vec::new() };
        for (place, pair) in part.candidates.pairs.iter().enumerate().filter(|(_, pair)| pair.entry % 7 == 3) {
            evidence.say(place, Said::Words(format!("{}", pair.score).into()));
        }
        part.candidates.evidence = vec![evidence];
        let pairs = part.candidates.pairs.len() as u64;
        Scored { chunk: part, failures, without: Vec::new(), pairs }
    }

    proptest! {
        #[test]
        fn a_chunk_comes_back_as_if_it_had_not_been_cut(
            rows in proptest::collection::vec(0..30usize, 1..20), pairs_max in 1..40usize, backwards: bool,
        ) {
            let whole = score(chunk(&rows));
            let joined = if Cut::is_due(&chunk(&rows), pairs_max) {
                let (mut cut, parts) = Cut::of(chunk(&rows), pairs_max);
                prop_assert!(parts.iter().all(|part| part.candidates.pairs.len() <= pairs_max));
                let mut scored: Vec<_> = parts.into_iter().map(score).enumerate().collect();
                if backwards {
                    scored.reverse();
                }
                for (number, part) in scored {
                    prop_assert!(!cut.is_whole());
                    cut.add(number, part);
                }
                prop_assert!(cut.is_whole());
                cut.join()
            } else {
                prop_assert!(whole.pairs as usize <= pairs_max);
                score(chunk(&rows))
            };
            prop_assert_eq!(&joined.chunk.candidates.pairs, &whole.chunk.candidates.pairs);
            prop_assert_eq!(joined.pairs, whole.pairs);
            let values = |scored: &Scored| {
                let said = |evidence: &Evidence| {
                    let mut said = evidence.said.clone();
                    said.resize(evidence.values.len(), None);
                    said
                };
                let of = |evidence: &Evidence| (evidence.values.clone(), said(evidence));
                scored.chunk.candidates.evidence.iter().map(of).collect::<Vec<_>>()
            };
            prop_assert_eq!(values(&joined), values(&whole));
            let failed = |scored: &Scored| scored.failures.iter().map(|failure| failure.row).collect::<Vec<_>>();
            prop_assert_eq!(failed(&joined), failed(&whole));
            prop_assert_eq!(joined.chunk.len(), rows.len());
        }
    }
}
