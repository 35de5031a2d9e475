//! What travels through the dataflow: a chunk of supplier rows with the candidates found so far.
//!
//! **Invariant:** a row is in exactly one chunk until a `decide` or a failure settles it; then it leaves as a
//! [`Settled`] outcome and the chunk goes on without it.
//! **Invariant:** `pairs` are sorted by row; `evidence` values stand in the order of `pairs`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use matchflow_candidates::{PAIR_RANK, PAIR_ROW, PAIR_SIMILARITY};
use matchflow_model::arrow::array::{BooleanArray, RecordBatch, UInt32Array};
use matchflow_model::arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use matchflow_model::arrow::datatypes::{Float32Type, UInt32Type};
use matchflow_model::arrow::error::ArrowError;
use matchflow_model::columns;
use matchflow_model::outcome::{Decision, to_batch};
use matchflow_model::reject::Reject;
use serde::{Deserialize, Serialize};

use crate::batch::Batch;
use crate::error::StepError;

/// Rows that are handed on together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Chunk {
    /// Its number in the run, given by the source.
    pub id: u64,
    /// The worker that keeps it.
    pub home: usize,
    /// The supplier rows.
    pub rows: Batch,
    /// Cells of these rows that did not fit their declared type.
    pub rejects: Vec<Reject>,
    /// What has been found for them.
    pub candidates: Candidates,
}

/// Candidates of the rows of one chunk.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Candidates {
    /// The registry entries, each once; `None` while there are none.
    pub entries: Option<Batch>,
    /// Which entry is a candidate for which row.
    pub pairs: Vec<Pair>,
    /// What each scorer of the last score stage said, in the plan's order.
    pub evidence: Vec<Evidence>,
}

/// One candidate of one row.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Index of the row in the chunk's rows.
    pub row: u32,
    /// Index of the entry in the chunk's entries.
    pub entry: u32,
    /// Index in the plan of the candidate stage that found it first.
    pub stage: u16,
    /// The search's similarity until a score stage has run, then the score, 0 to 1; by a match model the match weight in
    /// bits.
    pub score: f64,
}

/// What one scorer said of every pair.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Evidence {
    /// SHA-256 of the plug-in that scored.
    pub plugin: Arc<str>,
    /// Its score; `None` where a side had nothing to compare, and where it failed.
    pub values: Vec<Option<f32>>,
    /// How much each agreement tells; empty where the scorer does not measure it, or nobody asks.
    pub information: Vec<f32>,
    /// Why, of the pairs of which something was said. Empty while nothing was said of any.
    pub said: Vec<Option<Said>>,
}

/// Why a scorer came to its score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// The plug-in's own words: JSON by convention.
    Words(Arc<str>),
    /// It failed on the row, which was scored without it.
    Failed(Arc<str>),
}

impl Evidence {
    /// The evidence of other pairs: for each the place where it stands here, `None` for a new one.
    fn moved(self, places: &[Option<usize>]) -> Evidence {
        let values = places.iter().map(|place| self.values.get((*place)?).copied().flatten()).collect();
        let said = match self.said.is_empty() {
            true => Vec::new(),
            false => places.iter().map(|place| self.said.get((*place)?).cloned().flatten()).collect(),
        };
        let information = match self.information.is_empty() {
            true => Vec::new(),
            // New pairs are scored, and so told of, before anybody looks.
            false => places.iter().map(|place| place.and_then(|place| self.information.get(place).copied())).collect(),
        };
        let information = information.into_iter().map(Option::unwrap_or_default).collect();
        Evidence { plugin: self.plugin, values, information, said }
    }

    /// Notes what was said of a pair.
    pub(crate) fn say(&mut self, pair: usize, said: Said) {
        self.said.resize(self.values.len(), None);
        if let Some(place) = self.said.get_mut(pair) {
            *place = Some(said);
        }
    }
}

impl Evidence {
    /// What the scorer said of a pair.
    pub(crate) fn of(&self, pair: usize) -> matchflow_match_weights::Said {
        let score = self.values.get(pair).copied().flatten();
        matchflow_match_weights::Said { score, information: self.information.get(pair).copied() }
    }

    /// Adds what the scorer said of the pairs that follow.
    pub(crate) fn append(&mut self, more: Evidence) {
        if !more.information.is_empty() {
            self.information.resize(self.values.len(), 0.0);
            self.information.extend(more.information);
        }
        if !more.said.is_empty() {
            self.said.resize(self.values.len(), None);
            self.said.extend(more.said);
        }
        self.values.extend(more.values);
        if !self.said.is_empty() {
            self.said.resize(self.values.len(), None);
        }
    }
}

impl Chunk {
    /// How many rows it holds.
    pub fn len(&self) -> usize {
        self.rows.0.num_rows()
    }

    /// The pairs of one row, and where they start in `pairs`.
    pub(crate) fn pairs_of(&self, row: usize) -> (usize, &[Pair]) {
        let pairs = &self.candidates.pairs;
        let start = pairs.partition_point(|pair| (pair.row as usize) < row);
        let end = pairs.partition_point(|pair| (pair.row as usize) <= row);
        (start, pairs.get(start..end).unwrap_or_default())
    }

    /// The rows that a candidate stage searches, by number: all, or those without a candidate.
    pub fn rows_to_search(&self, only_if_none: bool) -> Vec<u32> {
        let wanted = |row: &u32| !only_if_none || self.pairs_of(*row as usize).1.is_empty();
        (0..self.len() as u32).filter(wanted).collect()
    }

    /// Adds the candidates of a stage, given as [`matchflow_candidates::merge`] gives them.
    ///
    /// An entry that is a row's candidate already stays with the stage that found it first, with its score and
    /// evidence; of the others a row takes the first `candidates_max`.
    pub fn add_pairs(&mut self, found: &RecordBatch, stage: u16, candidates_max: usize) -> Result<(), StepError> {
        let rows = columns::primitive::<UInt32Type>(found, PAIR_ROW)?;
        let similarities = columns::primitive::<Float32Type>(found, PAIR_SIMILARITY)?;
        let entries = self.add_entries(found)?;
        let old = std::mem::take(&mut self.candidates.pairs);
        let old = old.into_iter().enumerate().map(|(place, pair)| (pair, Some(place)));
        let new = rows.values().iter().zip(similarities.values()).zip(entries);
        let new = new
            .map(|((row, similarity), entry)| (Pair { row: *row, entry, stage, score: f64::from(*similarity) }, None));
        let mut pairs: Vec<(Pair, Option<usize>)> = old.chain(new).collect();
        pairs.sort_by_key(|(pair, _)| pair.row);
        let mut places = Vec::with_capacity(pairs.len());
        // For each entry the last row that took it, so that thousands of candidates cost no more each than a few.
        let mut taken_by = vec![None; pairs.iter().map(|(pair, _)| pair.entry as usize + 1).max().unwrap_or_default()];
        for of_row in pairs.chunk_by(|(a, _), (b, _)| a.row == b.row) {
            let mut added = 0;
            for (pair, place) in of_row {
                let Some(taken_by) = taken_by.get_mut(pair.entry as usize) else { continue };
                if place.is_none() && (added == candidates_max || *taken_by == Some(pair.row)) {
                    continue;
                }
                added += usize::from(place.is_none());
                *taken_by = Some(pair.row);
                self.candidates.pairs.push(*pair);
                places.push(*place);
            }
        }
        let evidence = std::mem::take(&mut self.candidates.evidence);
        self.candidates.evidence = evidence.into_iter().map(|evidence| evidence.moved(&places)).collect();
        Ok(())
    }

    /// Adds the entries of `found` that the chunk does not have; for each of its rows the entry's number.
    fn add_entries(&mut self, found: &RecordBatch) -> Result<Vec<u32>, StepError> {
        let mut numbers = Vec::with_capacity(found.num_rows());
        let mut new = Vec::new();
        let ids = columns::text(found, columns::ID)?;
        let old = self.candidates.entries.as_ref().map(|entries| columns::text(&entries.0, columns::ID)).transpose()?;
        let mut known: HashMap<&str, u32> = old.into_iter().flat_map(|ids| ids.iter().flatten()).zip(0..).collect();
        for (row, id) in ids.iter().enumerate() {
            let next = known.len() as u32;
            let number = *known.entry(id.unwrap_or_default()).or_insert(next);
            if number == next {
                new.push(row as u32);
            }
            numbers.push(number);
        }
        let own: Vec<usize> = (0..found.num_columns()).filter(|place| !is_pair_column(found, *place)).collect();
        let new = take_record_batch(&found.project(&own)?, &UInt32Array::from(new))?;
        self.candidates.entries = Some(Batch(match &self.candidates.entries {
            Some(Batch(old)) => concat_batches(&old.schema(), [old, &new])?,
            None => new,
        }));
        Ok(numbers)
    }

    /// The chunk with only the rows where `keep` is true, their pairs, evidence and rejects.
    pub fn filter(self, keep: &[bool]) -> Result<Chunk, ArrowError> {
        if keep.iter().all(|keep| *keep) {
            return Ok(self);
        }
        let rows = filter_record_batch(&self.rows.0, &BooleanArray::from(keep.to_vec()))?;
        let mut position = vec![None; keep.len()];
        let mut next = 0u32;
        for (place, keep) in position.iter_mut().zip(keep) {
            if *keep {
                *place = Some(next);
                next += 1;
            }
        }
        let moved = |pair: &Pair| position.get(pair.row as usize).copied().flatten();
        let pairs = self.candidates.pairs.iter().enumerate();
        let places: Vec<Option<usize>> =
            pairs.filter(|(_, pair)| moved(pair).is_some()).map(|(place, _)| Some(place)).collect();
        let evidence = self.candidates.evidence.into_iter().map(|evidence| evidence.moved(&places)).collect();
        let pairs = self.candidates.pairs.iter();
        let pairs = pairs.filter_map(|pair| moved(pair).map(|row| Pair { row, ..*pair })).collect();
        let rejects = rejects_of(&rows, self.rejects);
        let candidates = Candidates { entries: self.candidates.entries, pairs, evidence };
        Ok(Chunk { id: self.id, home: self.home, rows: Batch(rows), rejects, candidates })
    }
}

fn is_pair_column(batch: &RecordBatch, place: usize) -> bool {
    let schema = batch.schema_ref();
    schema
        .fields()
        .get(place)
        .is_some_and(|field| [PAIR_ROW, PAIR_SIMILARITY, PAIR_RANK].contains(&field.name().as_str()))
}

/// The rejects that belong to rows of the batch.
pub fn rejects_of(rows: &RecordBatch, rejects: Vec<Reject>) -> Vec<Reject> {
    if rejects.is_empty() {
        return rejects;
    }
    let Ok(keys) = columns::text(rows, columns::KEY) else { return rejects };
    let keys: HashSet<&str> = keys.iter().flatten().collect();
    rejects.into_iter().filter(|reject| keys.contains(reject.key.as_str())).collect()
}

/// Rows that have come to their outcome, on their way to the checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settled {
    /// The outcomes, of [`matchflow_model::outcome::schema`].
    pub rows: Batch,
    /// The rejected cells of these rows.
    pub rejects: Vec<Reject>,
}

impl Settled {
    /// The outcomes as a message for the checkpoint.
    pub fn new(decisions: &[Decision], rejects: &[Reject]) -> Result<Settled, ArrowError> {
        let rows = to_batch(decisions)?;
        let of_these = |reject: &&Reject| decisions.iter().any(|decision| decision.key == reject.key);
        let rejects = rejects.iter().filter(of_these).cloned().collect();
        Ok(Settled { rows: Batch(rows), rejects })
    }
}
