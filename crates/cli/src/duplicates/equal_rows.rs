//! Rows that are equal in every field that a pipeline compares: one of them represents all.
//!
//! Only the *representative* is an entry and is compared with other rows. The others are only compared with it, and
//! join its cluster afterwards ([`super::cluster_update`]): ten thousand copies of a row cost ten thousand pairs and
//! not their square, no limit on candidates or on the size of a cluster separates them, and they do not make their own
//! name look common.
//!
//! Values are compared as read, before they are cleaned: names that cleaning removes entirely still differ.
//!
//! **Invariant:** representatives are determined by the rows of the file and by which of them earlier runs compared as
//! representatives, not by their order in the file, nor by kills. A row that gets another representative, or becomes
//! one, has another digest, so it is compared again.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use matchflow_flow::FeedError;
use matchflow_model::arrow::array::{Array, RecordBatch, StringArray};
use matchflow_model::digest::RowDigest;
use matchflow_model::plan::{KeyExpression, Plan, SearchValue, StageKind};
use matchflow_model::{columns, digest};

use super::row_catalog::{RowOrder, display_text};

/// The represented rows, by position: the number of rows read before.
#[derive(Debug, Default)]
pub(crate) struct EqualRows(HashMap<u32, Representation>);

/// The representation of a row by another one.
#[derive(Debug, Clone)]
pub(crate) struct Representation {
    /// The hash of the row's key.
    key_hash: u64,
    /// The position of the representative.
    pub(crate) by: u32,
    /// The key of the representative.
    pub(crate) by_key: Arc<str>,
    /// The position of the representative in the order of comparison.
    pub(crate) by_order: Arc<str>,
}

impl Representation {
    /// The digest of a represented row.
    pub(crate) fn digest(&self, row_digest: u64) -> u64 {
        digest::row([Some(row_digest.to_string().as_str()), Some("equal to"), Some(self.by_key.as_ref())])
    }
}

/// The row at a position differs from when the file was first read.
#[derive(Debug, thiserror::Error)]
#[error("the supplier file changed while it was read: row `{key}` was another one before; run again")]
pub(crate) struct SourceChanged {
    key: String,
}

impl EqualRows {
    /// How the row at a position is represented by another one, if it is.
    pub(crate) fn get(&self, position: u32, key: &str) -> Result<Option<&Representation>, SourceChanged> {
        match self.0.get(&position) {
            Some(row) if row.key_hash != digest::exchange(key.as_bytes()) => Err(SourceChanged { key: key.to_owned() }),
            row => Ok(row),
        }
    }

    /// The positions of represented rows and of their representatives.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (u32, u32)> {
        self.0.iter().map(|(position, row)| (*position, row.by))
    }
}

/// Finds equal rows as batches are read.
pub(crate) struct EqualRowFinder {
    fields: BTreeSet<String>,
    /// For each row, a digest of the compared values; `None` if it has none.
    digests: Vec<Option<u64>>,
    buffer: RowDigest,
}

impl EqualRowFinder {
    pub(crate) fn new(plan: &Plan) -> EqualRowFinder {
        EqualRowFinder { fields: compared_fields(plan), digests: Vec::new(), buffer: RowDigest::default() }
    }

    /// Adds the next rows, as read.
    pub(crate) fn add(&mut self, rows: &RecordBatch) {
        let compared = ComparedColumns::new(rows, &self.fields);
        self.digests.extend((0..rows.num_rows()).map(|row| {
            let mut has_value = false;
            for column in &compared.0 {
                let value = columns::value(column, row);
                has_value |= value.is_some();
                self.buffer.push(value);
            }
            let row_digest = self.buffer.finish();
            has_value.then_some(row_digest)
        }));
    }

    /// Determines the represented rows. `batches` are all rows, `located` the batch and the row of each position,
    /// `places` the position in the order that each would have if it represented itself.
    pub(crate) fn finish(
        self,
        batches: &[RecordBatch],
        located: &[(u32, u32)],
        places: &[RowOrder],
    ) -> Result<EqualRows, FeedError> {
        let mut order: Vec<(u64, u32)> = Vec::new();
        order.extend((0..).zip(&self.digests).filter_map(|(position, digest)| Some(((*digest)?, position))));
        order.sort_unstable();
        let compared: Vec<ComparedColumns> =
            batches.iter().map(|batch| ComparedColumns::new(batch, &self.fields)).collect();
        let keys = batches.iter().map(|batch| columns::text(batch, columns::KEY)).collect::<Result<Vec<_>, _>>()?;
        let at = |position: u32| located.get(position as usize).map(|(batch, row)| (*batch as usize, *row as usize));
        let key = |position: u32| {
            at(position).and_then(|(batch, row)| columns::value(keys.get(batch)?, row)).unwrap_or_default()
        };
        let is_equal = |one: u32, other: u32| {
            let values = |position: u32| at(position).and_then(|(batch, row)| Some((compared.get(batch)?, row)));
            values(one).zip(values(other)).is_some_and(|((one, row), (other, other_row))| {
                let mut values = one.0.iter().zip(&other.0);
                values.all(|(one, other)| columns::value(one, row) == columns::value(other, other_row))
            })
        };
        let mut equal = EqualRows::default();
        for rows in order.chunk_by(|one, other| one.0 == other.0).filter(|rows| rows.len() > 1) {
            let mut rows: Vec<u32> = rows.iter().map(|(_, position)| *position).collect();
            // A row that earlier runs compared with others remains the representative.
            rows.sort_by_cached_key(|position| {
                let place = places.get(*position as usize).copied();
                (place.map(|place| (!place.has_result, place)), key(*position))
            });
            // Rows with the same digest are equal, except with a probability of 10^-19.
            while let Some((first, others)) = rows.split_first() {
                let Some(place) = places.get(*first as usize) else { break };
                let (same, rest): (Vec<u32>, Vec<u32>) = others.iter().partition(|other| is_equal(*first, **other));
                let by_key: Arc<str> = key(*first).into();
                let by_order: Arc<str> = place.order_text(&by_key).into();
                equal.0.extend(same.iter().map(|position| {
                    let key_hash = digest::exchange(key(*position).as_bytes());
                    let (by_key, by_order) = (Arc::clone(&by_key), Arc::clone(&by_order));
                    (*position, Representation { key_hash, by: *first, by_key, by_order })
                }));
                rows = rest;
            }
        }
        Ok(equal)
    }
}

/// The compared columns of a batch, as text.
struct ComparedColumns(Vec<StringArray>);

impl ComparedColumns {
    fn new(rows: &RecordBatch, fields: &BTreeSet<String>) -> ComparedColumns {
        let compared = fields.iter().filter_map(|field| {
            let column = rows.column_by_name(field)?;
            Some(
                columns::text(rows, field)
                    .ok()
                    .cloned()
                    .unwrap_or_else(|| (0..column.len()).map(|row| display_text(column, row)).collect()),
            )
        });
        ComparedColumns(compared.collect())
    }
}

/// The fields of rows that determine what a row is compared with and how: those read by searches and scorers, and the
/// inputs from which these are cleaned.
fn compared_fields(plan: &Plan) -> BTreeSet<String> {
    let mut fields: BTreeSet<String> = BTreeSet::new();
    if let Some(dedupe) = &plan.dedupe {
        fields.extend(dedupe.guard.cannot_link.iter().cloned());
    }
    for stage in plan.stages.iter().rev() {
        match &stage.kind {
            StageKind::Clean(plan) => {
                for step in plan.steps.iter().rev() {
                    if fields.contains(&step.output) {
                        fields.extend(step.inputs.iter().chain(&step.town_field).cloned());
                    }
                }
            }
            StageKind::Candidates(plan) => {
                for value in plan.search.parameters.values() {
                    match value {
                        SearchValue::Keys(keys) => {
                            keys.iter()
                                .for_each(|key| fields.extend(key_fields(&key.left).chain(key_fields(&key.right))));
                        }
                        SearchValue::Pairs(pairs) => {
                            fields.extend(pairs.iter().flat_map(|pair| [pair.left.clone(), pair.right.clone()]));
                        }
                        SearchValue::Number(_) | SearchValue::Word(_) => {}
                    }
                }
            }
            StageKind::Score(plan) => {
                let inputs = plan.scorers.iter().flat_map(|scorer| &scorer.inputs);
                fields.extend(inputs.flat_map(|pair| [pair.left.clone(), pair.right.clone()]));
            }
            StageKind::Decide(plan) => {
                fields.extend(plan.out_of_scope.iter().flat_map(|scope| scope.fields.iter().cloned()));
            }
            StageKind::Arbitrate(plan) => {
                fields.extend(plan.row_fields.iter().chain(&plan.entry_fields).cloned());
            }
        }
    }
    fields
}

/// The fields used by a key.
fn key_fields(expression: &str) -> impl Iterator<Item = String> {
    let expression = KeyExpression::parse(expression).ok();
    expression.into_iter().flat_map(|expression| expression.parts).map(|part| part.field)
}
