//! Searches over a batch of rows, in one shard or in several.
//!
//! Rows with a column [`columns::EQUAL_TO`] only find the row that they are equal to, whatever the search: this keeps
//! the cost of many equal rows linear.

use arrow::array::{RecordBatch, StringArray};
use matchflow_model::columns;
use matchflow_model::plan::Search;

use crate::batch_query::{BatchQuery, Scratch};
use crate::error::{Error, not_indexed};
use crate::rank::Rank;
use crate::registry::Registry;
use crate::search_kind::{IndexedShard, SearchKind};
use crate::searches::kind_of_search;
use crate::shard::Shard;
use crate::shard_candidates::{Hit, ShardCandidates};

/// Searches candidates like [`Shard::search`], in several shards together: the candidates of each, in the order of the
/// shards.
///
/// The result is the same as searching them one by one, but faster: a search may use the results of one shard to skip
/// work in the next.
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
    let query = BatchQuery::new(rows, open, candidates_max)?;
    let (equal, open) = split_equal(rows, open);
    let query = query.with_open(&open);
    let kind = kind_of_search(search)?;
    let mut candidates: Vec<ShardCandidates> = shards.iter().map(|_| ShardCandidates::default()).collect();
    let (mut places, mut indexed) = (Vec::with_capacity(shards.len()), Vec::with_capacity(shards.len()));
    for (place, shard) in shards.iter().enumerate().filter(|(_, shard)| !shard.is_empty()) {
        places.push(place);
        let index = shard.index(kind.name).ok_or_else(|| no_index(kind, search))?;
        indexed.push(IndexedShard { data: &shard.data, index });
    }
    let Some(first) = indexed.first() else { return Ok(candidates) };
    let mut found = first.index.search_shards(&indexed, search, query, scratch)?;
    for (shard, found) in indexed.iter().zip(&mut found) {
        add_equal(&shard.data.registry, &equal, found)?;
    }
    for (place, found) in places.into_iter().zip(found) {
        if let Some(slot) = candidates.get_mut(place) {
            *slot = found;
        }
    }
    Ok(candidates)
}

/// Splits `open` into rows that are equal to another one, each with that row's group, and the others.
fn split_equal<'a>(rows: &'a RecordBatch, open: &[u32]) -> (Vec<(u32, &'a str)>, Vec<u32>) {
    let groups: Option<&StringArray> = columns::text(rows, columns::EQUAL_TO).ok();
    let (mut equal, mut others) = (Vec::new(), Vec::with_capacity(open.len()));
    for row in open {
        match groups.and_then(|groups| columns::value(groups, *row as usize)) {
            Some(group) => equal.push((*row, group)),
            None => others.push(*row),
        }
    }
    (equal, others)
}

/// Adds the entries of the groups that rows are equal to, if they are in this shard.
fn add_equal(registry: &Registry, equal: &[(u32, &str)], found: &mut ShardCandidates) -> Result<(), Error> {
    for (row, name) in equal {
        let group = registry.groups_before(name)?;
        if group < registry.groups() && registry.group_name(group)? == **name {
            let hit = |entry| Hit { rank: Rank::new(0, 1.0, registry.flags(entry)), entry, similarity: 1.0 };
            found.add_best(*row, &mut registry.members(group).map(hit).collect::<Vec<_>>(), 1);
        }
    }
    Ok(())
}

fn no_index(kind: &SearchKind, search: &Search) -> Error {
    let fields = (kind.requirements)(search).unwrap_or_default().indexes.into_iter().next().unwrap_or_default();
    not_indexed(kind.name, &fields.join(", "))
}

impl Shard {
    /// Searches candidates in this shard for the rows `open` of `rows` (numbers in the batch, in any order).
    ///
    /// A row gets at most `candidates_max` entries here; pass the results of all shards to [`crate::merge`]. The
    /// compared supplier columns must be `Utf8`, cleaned like the registry's. Rows with a column
    /// [`matchflow_model::columns::ORDER`] only find entries of groups before it.
    ///
    /// # Errors
    ///
    /// A column that `rows` does not have, a search that the shard was not built for, or a token search before
    /// [`Shard::set_vocabulary`].
    pub fn search(
        &self,
        search: &Search,
        candidates_max: usize,
        rows: &RecordBatch,
        open: &[u32],
        scratch: &mut Scratch,
    ) -> Result<ShardCandidates, Error> {
        let found = self::search(&[self], search, candidates_max, rows, open, scratch)?;
        Ok(found.into_iter().next().unwrap_or_default())
    }
}
