//! One search over a batch of rows: what is done for each row, for each kind of search.

use arrow::array::{RecordBatch, StringArray};
use matchflow_model::columns;
use matchflow_model::plan::{ExactKey, InputPair, KeyExpression, Search};

use crate::blocked::{BlockedIndex, NameQuery};
use crate::error::Error;
use crate::limits::{EXACT_ENTRIES_MAX, PREFERRED_FIELDS};
use crate::rank::{Flags, Rank, agreement_bonus, rounded};
use crate::shard::Shard;
use crate::shard_candidates::{Hit, ShardCandidates};
use crate::token::{GroupLimits, TokenScratch, broad};

/// Buffers of a worker's searches, used again from batch to batch.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) broad: TokenScratch,
    pub(crate) hits: Vec<Hit>,
    entries: Vec<u32>,
    similar: Vec<(u32, f32)>,
}

/// The rows of a batch to search for, and the entries that each may keep.
#[derive(Clone, Copy)]
pub(crate) struct BatchQuery<'a> {
    pub(crate) rows: &'a RecordBatch,
    pub(crate) open: &'a [u32],
    limit: usize,
    /// The rows' places in the order of comparison, where they are compared with each other.
    orders: Option<&'a StringArray>,
}

impl<'a> BatchQuery<'a> {
    fn new(rows: &'a RecordBatch, open: &'a [u32], limit: usize) -> Result<BatchQuery<'a>, Error> {
        let count = rows.num_rows() as u64;
        if let Some(row) = open.iter().find(|row| u64::from(**row) >= count) {
            return Err(Error::OutOfRange { what: "row", number: u64::from(*row), count });
        }
        Ok(BatchQuery { rows, open, limit, orders: columns::text(rows, columns::ORDER).ok() })
    }
}

/// Where what a row is compared with ends.
#[derive(Clone, Copy)]
pub(crate) struct SearchEnd {
    pub(crate) group: u32,
    entry: u32,
}

/// Searches candidates as [`Shard::search`] does, in several shards at once: what each found, in the order of the shards.
///
/// Together they find the same, and sooner: what one has found tells the next what is not worth looking at.
///
/// # Errors
///
/// As [`Shard::search`].
pub fn search(
    shards: &[&Shard],
    search: &Search,
    candidates_max: usize,
    rows: &RecordBatch,
    open: &[u32],
    scratch: &mut Scratch,
) -> Result<Vec<ShardCandidates>, Error> {
    match search {
        Search::Token { name, prefer, top, per_group } => {
            let wanted = GroupLimits { groups: *top, per_group: *per_group };
            broad(shards, (name, prefer), wanted, BatchQuery::new(rows, open, candidates_max)?, scratch)
        }
        _ => shards.iter().map(|shard| shard.search(search, candidates_max, rows, open, scratch)).collect(),
    }
}

/// A key expression with the columns of the rows that it reads.
struct RowKeys<'a> {
    expression: KeyExpression,
    fields: Vec<&'a StringArray>,
}

impl<'a> RowKeys<'a> {
    fn new(rows: &'a RecordBatch, expression: &str) -> Result<RowKeys<'a>, Error> {
        let expression = KeyExpression::parse(expression)?;
        let fields = expression.parts.iter().map(|part| columns::text(rows, &part.field));
        Ok(RowKeys { fields: fields.collect::<Result<_, _>>()?, expression })
    }

    /// Calls `visit` with each key of a row.
    fn visit(&self, row: usize, visit: impl FnMut(&str)) {
        let cells: Vec<_> = self.fields.iter().map(|field| columns::value(field, row)).collect();
        self.expression.visit(&cells, visit);
    }
}

impl Shard {
    /// Searches candidates in this shard for the rows `open` of `rows` (numbers in the batch, in any order).
    ///
    /// A row keeps at most `candidates_max` entries here; put the answers of all shards through [`crate::merge`].
    /// Supplier columns compared must be `Utf8`, cleaned as the registry's were. Rows with a column
    /// [`columns::ORDER`] find only entries of groups before it.
    ///
    /// # Errors
    ///
    /// A column that `rows` does not have, a search that the shard was not built for, or a broad search before
    /// [`Shard::set_vocabulary`].
    pub fn search(
        &self,
        search: &Search,
        candidates_max: usize,
        rows: &RecordBatch,
        open: &[u32],
        scratch: &mut Scratch,
    ) -> Result<ShardCandidates, Error> {
        let asked = BatchQuery::new(rows, open, candidates_max)?;
        match search {
            Search::Exact { keys } => self.exact(keys, asked, scratch),
            Search::Blocked { blocks, name, distance_max } => self.local(blocks, name, *distance_max, asked, scratch),
            Search::Token { name, prefer, top, per_group } => {
                let wanted = GroupLimits { groups: *top, per_group: *per_group };
                let found = broad(&[self], (name, prefer), wanted, asked, scratch)?;
                Ok(found.into_iter().next().unwrap_or_default())
            }
        }
    }

    /// Where the entries end that the row is compared with.
    pub(crate) fn end(&self, asked: BatchQuery<'_>, row: u32) -> Result<SearchEnd, Error> {
        let Some(order) = asked.orders.and_then(|orders| columns::value(orders, row as usize)) else {
            return Ok(SearchEnd { group: u32::MAX, entry: u32::MAX });
        };
        let group = self.registry.groups_before(order)?;
        let entry = if group < self.registry.groups() { self.registry.members(group).start } else { u32::MAX };
        Ok(SearchEnd { group, entry })
    }

    fn exact(&self, keys: &[ExactKey], asked: BatchQuery<'_>, scratch: &mut Scratch) -> Result<ShardCandidates, Error> {
        let (BatchQuery { rows, open, limit, .. }, mut found) = (asked, ShardCandidates::default());
        let lefts = keys.iter().map(|key| RowKeys::new(rows, &key.left)).collect::<Result<Vec<_>, Error>>()?;
        if self.is_empty() {
            return Ok(found);
        }
        let indexes = keys.iter().map(|key| self.exact_index(&key.right)).collect::<Result<Vec<_>, Error>>()?;
        let mut comparison = self.agreement.comparison(&preferred(), rows);
        for row in open {
            comparison.turn_to(&self.registry, *row as usize);
            let end = self.end(asked, *row)?.entry;
            scratch.hits.clear();
            for (tier, (left, index)) in (0..=u8::MAX).zip(lefts.iter().zip(&indexes)) {
                scratch.entries.clear();
                left.visit(*row as usize, |key| index.find(&self.registry, key, &mut scratch.entries));
                scratch.entries.retain(|entry| *entry < end);
                scratch.entries.sort_unstable();
                scratch.entries.dedup();
                scratch.hits.extend(scratch.entries.iter().map(|entry| {
                    let bonus = agreement_bonus(comparison.mask(&self.registry, *entry), comparison.fields());
                    let rank = Rank::new(tier, 1.0 + bonus, self.registry.flags(*entry));
                    Hit { rank, entry: *entry, similarity: 1.0 }
                }));
                if !scratch.hits.is_empty() {
                    break;
                }
            }
            found.keep(*row, &mut scratch.hits, limit.min(EXACT_ENTRIES_MAX));
        }
        Ok(found)
    }

    fn local(
        &self,
        blocks: &[ExactKey],
        name: &InputPair,
        distance_max: usize,
        asked: BatchQuery<'_>,
        scratch: &mut Scratch,
    ) -> Result<ShardCandidates, Error> {
        let (BatchQuery { rows, open, limit, .. }, mut found) = (asked, ShardCandidates::default());
        let names = columns::text(rows, &name.left)?;
        let lefts = blocks.iter().map(|key| RowKeys::new(rows, &key.left)).collect::<Result<Vec<_>, Error>>()?;
        if self.is_empty() {
            return Ok(found);
        }
        let index = |key: &ExactKey| self.blocked_index(&key.right, &name.right);
        let indexes = blocks.iter().map(index).collect::<Result<Vec<_>, Error>>()?;
        for row in open {
            let Some(own) = columns::value(names, *row as usize) else { continue };
            let block = lefts.iter().zip(&indexes).find_map(|(left, index)| {
                let mut keys: Vec<String> = Vec::new();
                left.visit(*row as usize, |key| keys.push(key.to_owned()));
                (!keys.is_empty()).then_some((keys, *index))
            });
            let Some((keys, index)) = block else { continue };
            let end = self.end(asked, *row)?.entry;
            self.near_names(index, &keys, (own, distance_max), end, scratch);
            found.keep(*row, &mut scratch.hits, limit);
        }
        Ok(found)
    }

    /// Fills `scratch.hits` with the entries of the `blocks` before `end` near to one of the names `own`.
    fn near_names(
        &self,
        index: &BlockedIndex,
        blocks: &[String],
        (own, distance_max): (&str, usize),
        end: u32,
        scratch: &mut Scratch,
    ) {
        scratch.similar.clear();
        for name in columns::alternatives(own) {
            let mut query = NameQuery::new(name, distance_max);
            for block in blocks {
                index.find(&self.registry, block, end, &mut query, &mut scratch.similar);
            }
        }
        scratch.similar.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        scratch.similar.dedup_by_key(|similar| similar.0);
        scratch.hits.clear();
        scratch.hits.extend(scratch.similar.iter().map(|(entry, similarity)| {
            let similarity = rounded(*similarity);
            let flags: Flags = self.registry.flags(*entry);
            Hit { rank: Rank::new(0, similarity, flags), entry: *entry, similarity }
        }));
    }
}

fn preferred() -> Vec<InputPair> {
    PREFERRED_FIELDS.iter().map(|field| InputPair { left: (*field).to_owned(), right: (*field).to_owned() }).collect()
}
