//! Rows with their candidates as batches, and the merge of all shards' results.
//!
//! A batch of pairs has [`PAIR_ROW`], [`PAIR_SIMILARITY`] and [`PAIR_RANK`], then every registry column, then the
//! statistics of the entry's group ([`crate::group_stats`]).

use std::sync::Arc;

use arrow::array::{BooleanArray, Float32Array, RecordBatch, StringArray, UInt32Array, UInt64Array};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use matchflow_model::columns::{self, MissingColumn};

use crate::error::Error;
use crate::group_stats::GroupStats;
use crate::limits::CandidateLimits;
use crate::rank::Rank;
use crate::shard_candidates::ShardCandidates;

/// The row's number in the batch that was searched. `UInt32`, not null.
pub const PAIR_ROW: &str = "_pair_row";
/// The similarity of row and entry in the fields that the search compares, 0 to 1. `Float32`, not null.
pub const PAIR_SIMILARITY: &str = "_similarity";
/// The candidate's rank, lower is better: only comparable among candidates of one search. `UInt64`, not null.
pub const PAIR_RANK: &str = "_rank";

/// The pairs of `found`: `entries` are the registry rows of its entries, `group_stats` the statistics of their groups.
pub(crate) fn pairs(
    found: &ShardCandidates,
    entries: &RecordBatch,
    group_stats: GroupStats,
) -> Result<RecordBatch, Error> {
    let mut columns: Vec<arrow::array::ArrayRef> = vec![
        Arc::new(UInt32Array::from(found.row.clone())),
        Arc::new(Float32Array::from(found.similarity.clone())),
        Arc::new(UInt64Array::from(found.rank.clone())),
    ];
    columns.extend(entries.columns().iter().cloned());
    columns.push(Arc::new(UInt32Array::from(group_stats.open_entries)));
    columns.push(Arc::new(BooleanArray::from(group_stats.head_office)));
    Ok(RecordBatch::try_new(pair_schema(&entries.schema()), columns)?)
}

fn pair_schema(entries: &Schema) -> SchemaRef {
    let pair_fields = [
        Field::new(PAIR_ROW, DataType::UInt32, false),
        Field::new(PAIR_SIMILARITY, DataType::Float32, false),
        Field::new(PAIR_RANK, DataType::UInt64, false),
    ];
    let of_groups = [
        Field::new(columns::OPEN_ENTRIES, DataType::UInt32, false),
        Field::new(columns::HEAD_OFFICE, DataType::Boolean, false),
    ];
    let of_registry = entries.fields().iter().map(|field| field.as_ref().clone());
    Arc::new(Schema::new(pair_fields.into_iter().chain(of_registry).chain(of_groups).collect::<Vec<Field>>()))
}

/// The best pairs of each row, by row and best first, from the pairs that every shard found for the same batch of rows with
/// the same search: their places in the batches of the shards, of which nothing is copied.
///
/// They do not depend on how the registry is spread over the shards, nor on the order of the shards.
#[derive(Debug)]
pub struct BestPairs<'a> {
    batches: Vec<&'a RecordBatch>,
    places: Vec<(usize, usize)>,
}

impl<'a> BestPairs<'a> {
    /// `None` where no shard found anything.
    ///
    /// # Errors
    ///
    /// A batch that is not one of pairs.
    pub fn new(shards: &'a [RecordBatch], limits: CandidateLimits) -> Result<Option<BestPairs<'a>>, Error> {
        let batches: Vec<&RecordBatch> = shards.iter().filter(|batch| batch.num_rows() > 0).collect();
        if batches.is_empty() {
            return Ok(None);
        }
        let views = batches.iter().map(|batch| PairView::new(batch)).collect::<Result<Vec<_>, MissingColumn>>()?;
        let mut order: Vec<Place<'_>> = Vec::new();
        for (batch, view) in views.iter().enumerate() {
            order.extend((0..view.rows.len()).map(|at| view.place(batch, at)));
        }
        // Stable: pairs that are equal in all this are copies of one entry, which lie in one shard in the order of content.
        order.sort_by_key(|place| place.key);
        let mut places: Vec<(usize, usize)> = Vec::with_capacity(order.len());
        for row in order.chunk_by(|a, b| a.key.row == b.key.row) {
            take_best(row, limits, &mut places);
        }
        Ok(Some(BestPairs { batches, places }))
    }

    /// Pairs that are the best already, by row and best first.
    pub fn of(best: &'a RecordBatch) -> BestPairs<'a> {
        BestPairs { batches: vec![best], places: (0..best.num_rows()).map(|row| (0, row)).collect() }
    }

    /// The batches of the shards, all with the same columns.
    pub fn batches(&self) -> &[&'a RecordBatch] {
        &self.batches
    }

    /// For each pair its batch and its row in it.
    pub fn places(&self) -> &[(usize, usize)] {
        &self.places
    }
}

/// The [`BestPairs`] as one batch.
///
/// # Errors
///
/// A batch that is not one of pairs, or batches of different columns.
pub fn merge(shards: &[RecordBatch], limits: CandidateLimits) -> Result<Option<RecordBatch>, Error> {
    let best = BestPairs::new(shards, limits)?;
    Ok(best.map(|best| interleave_record_batch(&best.batches, &best.places)).transpose()?)
}

/// The total order of pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PairKey<'a> {
    row: u32,
    rank: Rank,
    group: &'a str,
    id: &'a str,
}

struct Place<'a> {
    key: PairKey<'a>,
    at: (usize, usize),
}

struct PairView<'a> {
    rows: &'a UInt32Array,
    ranks: &'a UInt64Array,
    groups: &'a StringArray,
    ids: &'a StringArray,
}

impl<'a> PairView<'a> {
    fn new(batch: &'a RecordBatch) -> Result<PairView<'a>, MissingColumn> {
        Ok(PairView {
            rows: columns::primitive::<UInt32Type>(batch, PAIR_ROW)?,
            ranks: columns::numbers(batch, PAIR_RANK)?,
            groups: columns::text(batch, columns::GROUP)?,
            ids: columns::text(batch, columns::ID)?,
        })
    }

    fn place(&self, batch: usize, at: usize) -> Place<'a> {
        let key = PairKey {
            row: self.rows.value(at),
            rank: Rank(self.ranks.value(at)),
            group: columns::value(self.groups, at).unwrap_or(""),
            id: columns::value(self.ids, at).unwrap_or(""),
        };
        Place { key, at: (batch, at) }
    }
}

/// Keeps the best pairs of one row, given in order: those of the first exact key with any result, then the best groups.
fn take_best(row: &[Place<'_>], limits: CandidateLimits, best: &mut Vec<(usize, usize)>) {
    let tier = row.first().map(|place| place.key.rank.tier());
    let mut groups: Vec<&str> = Vec::new();
    let mut left = limits.entries_max;
    for place in row.iter().take_while(|place| Some(place.key.rank.tier()) == tier) {
        if limits.groups_max < usize::MAX && !groups.contains(&place.key.group) {
            if groups.len() == limits.groups_max {
                continue;
            }
            groups.push(place.key.group);
        }
        if left == 0 {
            return;
        }
        left -= 1;
        best.push(place.at);
    }
}
