//! Supplier rows that are matched together, with the candidates found so far.
//!
//! **Invariant:** a row is in exactly one chunk until a decision or a failure gives it its outcome; then it leaves in
//! an [`OutcomeBatch`](crate::OutcomeBatch) and the chunk continues without it.

use std::collections::{HashMap, HashSet};

use matchflow_candidates::{BestPairs, PAIR_RANK, PAIR_ROW, PAIR_SIMILARITY};
use matchflow_model::arrow::array::{BooleanArray, RecordBatch};
use matchflow_model::arrow::compute::{concat_batches, filter_record_batch, interleave_record_batch};
use matchflow_model::arrow::datatypes::{Float32Type, UInt32Type};
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::columns::{self, MissingColumn};
use matchflow_model::reject::Reject;
use serde::{Deserialize, Serialize};

use crate::candidate_set::{CandidatePair, CandidateSet};
use crate::error::StepError;
use crate::wire_batch::WireBatch;

/// Rows that go through the stages of a plan together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Chunk {
    /// Its number in the run.
    pub id: u64,
    /// The worker that it belongs to.
    pub home: usize,
    /// The supplier rows.
    pub rows: WireBatch,
    /// Cells of these rows that did not fit their declared type.
    pub rejects: Vec<Reject>,
    /// The candidates found for them.
    pub candidates: CandidateSet,
}

impl Chunk {
    /// A chunk outside of a run: rows without candidates.
    pub fn new(rows: RecordBatch, rejects: Vec<Reject>) -> Chunk {
        Chunk { id: 0, home: 0, rows: WireBatch(rows), rejects, candidates: CandidateSet::default() }
    }

    /// The number of its rows.
    pub fn len(&self) -> usize {
        self.rows.0.num_rows()
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pairs of one row, and the index of the first one in `pairs`.
    pub(crate) fn row_pairs(&self, row: usize) -> (usize, &[CandidatePair]) {
        let pairs = &self.candidates.pairs;
        let start = pairs.partition_point(|pair| (pair.row as usize) < row);
        let end = pairs.partition_point(|pair| (pair.row as usize) <= row);
        (start, pairs.get(start..end).unwrap_or_default())
    }

    /// The rows that a candidate stage searches, by number: all, or those without a candidate.
    pub fn rows_to_search(&self, only_if_none: bool) -> Vec<u32> {
        let is_searched = |row: &u32| !only_if_none || self.row_pairs(*row as usize).1.is_empty();
        (0..self.len() as u32).filter(is_searched).collect()
    }

    /// Adds the candidates of a stage.
    ///
    /// An entry that already is a candidate of the row keeps the stage that found it first, its score and its evidence;
    /// of the others, a row takes the first `candidates_max`.
    ///
    /// # Errors
    ///
    /// A batch without the columns of candidates.
    pub fn add_pairs(&mut self, found: &BestPairs<'_>, stage: u16, candidates_max: usize) -> Result<(), StepError> {
        let batch_pairs = |batch: &&RecordBatch| {
            let rows = columns::primitive::<UInt32Type>(batch, PAIR_ROW)?.values().clone();
            Ok((rows, columns::primitive::<Float32Type>(batch, PAIR_SIMILARITY)?.values().clone()))
        };
        let batches = found.batches().iter().map(batch_pairs).collect::<Result<Vec<_>, MissingColumn>>()?;
        let entries = self.add_entries(found)?;
        let old = std::mem::take(&mut self.candidates.pairs);
        let old = old.into_iter().enumerate().map(|(index, pair)| (pair, Some(index)));
        let new = found.places().iter().zip(entries).filter_map(|((batch, at), entry)| {
            let (rows, similarities) = batches.get(*batch)?;
            let score = f64::from(*similarities.get(*at)?);
            Some((CandidatePair { row: *rows.get(*at)?, entry, stage, score }, None))
        });
        let mut pairs: Vec<(CandidatePair, Option<usize>)> = old.chain(new).collect();
        // Stable: in each row the old candidates stay first, then come the new ones, best first.
        pairs.sort_by_key(|(pair, _)| pair.row);
        let mut indices = Vec::with_capacity(pairs.len());
        // The last row that took each entry, so that rows with thousands of candidates stay cheap per candidate.
        let mut taken_by = vec![None; pairs.iter().map(|(pair, _)| pair.entry as usize + 1).max().unwrap_or_default()];
        for row_pairs in pairs.chunk_by(|(one, _), (other, _)| one.row == other.row) {
            let mut added = 0;
            for (pair, index) in row_pairs {
                let Some(taken_by) = taken_by.get_mut(pair.entry as usize) else { continue };
                if index.is_none() && (added == candidates_max || *taken_by == Some(pair.row)) {
                    continue;
                }
                added += usize::from(index.is_none());
                *taken_by = Some(pair.row);
                self.candidates.pairs.push(*pair);
                indices.push(*index);
            }
        }
        let evidence = std::mem::take(&mut self.candidates.evidence);
        self.candidates.evidence = evidence.into_iter().map(|evidence| evidence.reindex(&indices)).collect();
        Ok(())
    }

    /// Adds the entries of `found` that the chunk does not have; for each pair the entry's number.
    fn add_entries(&mut self, found: &BestPairs<'_>) -> Result<Vec<u32>, StepError> {
        let mut numbers = Vec::with_capacity(found.places().len());
        let mut new = Vec::new();
        let ids = found.batches().iter().map(|batch| columns::text(batch, columns::ID));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        let old = self.candidates.entries.as_ref().map(|entries| columns::text(&entries.0, columns::ID)).transpose()?;
        let mut known: HashMap<&str, u32> = old.into_iter().flat_map(|ids| ids.iter().flatten()).zip(0..).collect();
        for (batch, row) in found.places() {
            let next = known.len() as u32;
            let id = ids.get(*batch).and_then(|ids| columns::value(ids, *row)).unwrap_or_default();
            let number = *known.entry(id).or_insert(next);
            if number == next {
                new.push((*batch, *row));
            }
            numbers.push(number);
        }
        let entries = found.batches().iter().map(|batch| {
            let columns = (0..batch.num_columns()).filter(|column| !is_pair_column(batch, *column));
            batch.project(&columns.collect::<Vec<_>>())
        });
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        let new = interleave_record_batch(&entries.iter().collect::<Vec<_>>(), &new)?;
        self.candidates.entries = Some(WireBatch(match &self.candidates.entries {
            Some(WireBatch(old)) => concat_batches(&old.schema(), [old, &new])?,
            None => new,
        }));
        Ok(numbers)
    }

    /// The chunk with only the rows that `is_retained` marks, their pairs, evidence and rejects.
    ///
    /// # Errors
    ///
    /// A mask with another length than the chunk.
    pub fn filter(self, is_retained: &[bool]) -> Result<Chunk, ArrowError> {
        if is_retained.iter().all(|is_retained| *is_retained) {
            return Ok(self);
        }
        let rows = filter_record_batch(&self.rows.0, &BooleanArray::from(is_retained.to_vec()))?;
        let mut numbers = vec![None; is_retained.len()];
        let mut next = 0u32;
        for (number, is_retained) in numbers.iter_mut().zip(is_retained) {
            if *is_retained {
                *number = Some(next);
                next += 1;
            }
        }
        let new_row = |pair: &CandidatePair| numbers.get(pair.row as usize).copied().flatten();
        let pairs = self.candidates.pairs.iter().enumerate();
        let indices: Vec<Option<usize>> =
            pairs.filter(|(_, pair)| new_row(pair).is_some()).map(|(index, _)| Some(index)).collect();
        let evidence = self.candidates.evidence.into_iter().map(|evidence| evidence.reindex(&indices)).collect();
        let pairs = self.candidates.pairs.iter();
        let pairs = pairs.filter_map(|pair| new_row(pair).map(|row| CandidatePair { row, ..*pair })).collect();
        let rejects = rejects_of_rows(&rows, self.rejects);
        let candidates = CandidateSet { entries: self.candidates.entries, pairs, evidence };
        Ok(Chunk { id: self.id, home: self.home, rows: WireBatch(rows), rejects, candidates })
    }
}

fn is_pair_column(batch: &RecordBatch, column: usize) -> bool {
    let schema = batch.schema_ref();
    schema
        .fields()
        .get(column)
        .is_some_and(|field| [PAIR_ROW, PAIR_SIMILARITY, PAIR_RANK].contains(&field.name().as_str()))
}

/// The rejects that belong to rows of the batch.
pub fn rejects_of_rows(rows: &RecordBatch, rejects: Vec<Reject>) -> Vec<Reject> {
    if rejects.is_empty() {
        return rejects;
    }
    let Ok(keys) = columns::text(rows, columns::KEY) else { return rejects };
    let keys: HashSet<&str> = keys.iter().flatten().collect();
    rejects.into_iter().filter(|reject| keys.contains(reject.key.as_str())).collect()
}
