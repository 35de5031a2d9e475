//! Entries with the same value as the row: identifiers, and keys composed of several fields.
//!
//! A field in the order of the entries (the group, and the id if ids begin with their group) needs no index: it is
//! searched by bisection. For any other key, the index holds a number per entry and value, but no text: values found by
//! their hash are compared with the entry's own.
//!
//! If rows are compared with each other, a row finds the entries nearest before it in the order of comparison: among
//! thousands that share a placeholder address, each finds different ones, and none visits all of them.

use matchflow_model::plan::{CandidatesPlan, ExactKey, InputPair, MissingParameter, Search, SearchValue};
use matchflow_model::{columns, digest};

use crate::agreement::Agreement;
use crate::batch_query::{BatchQuery, RowKeys, Scratch};
use crate::codec::{Decoder, Encoder, codec, decode_all, encode_all};
use crate::csr::HashIndex;
use crate::entry_keys::EntryKeys;
use crate::error::{Error, not_indexed};
use crate::limits::CandidateLimits;
use crate::rank::{Rank, agreement_bonus};
use crate::registry::{Registry, TextField};
use crate::search_kind::{
    BuiltIndex, CandidateIndex, ParameterType, SearchKind, SearchParameter, SearchRequirements, list_text,
};
use crate::shard_candidates::{Hit, ShardCandidates};
use crate::shard_data::ShardData;

/// The parameters' names.
const KEYS: &str = "keys";
const PREFER: &str = "prefer";
/// Fields that order the entries of one identifier if the plan names none.
const PREFER_DEFAULT: [&str; 2] = ["postcode", "town"];
/// Maximum number of entries that an exact search returns for a row: a company may have ten thousand.
const EXACT_ENTRIES_MAX: usize = 50;

/// Equal keys.
pub(crate) static EXACT: SearchKind = SearchKind {
    name: "exact",
    version: 2,
    help: "Finds entries with an equal value: `supplier field: registry field` pairs, tried in order until one finds entries. \
           Example: `[{siret: _id}, {siren: _group}]`.",
    parameters: &[
        SearchParameter {
            name: KEYS,
            help: "The keys, tried in order until one finds entries: `supplier field: registry field`. `_id` and `_group` are \
                   the entry's id and group. A key is a field, or a combination such as `name[0:4] + postcode`.",
            value: ParameterType::Keys { required: true },
        },
        SearchParameter {
            name: PREFER,
            help: "Fields that rank an entry higher among those with the same key if they agree. The default counts where both \
                   sides have the fields.",
            value: ParameterType::Fields { default: &PREFER_DEFAULT },
        },
    ],
    short_form: Some(KEYS),
    describe,
    limits,
    requirements,
    build,
    decode,
};

/// An exact search.
pub fn exact_search(keys: Vec<ExactKey>, prefer: Vec<InputPair>) -> Search {
    Search::new(EXACT.name).with(KEYS, SearchValue::Keys(keys)).with(PREFER, SearchValue::Pairs(prefer))
}

fn describe(search: &Search) -> Result<String, MissingParameter> {
    let keys = list_text(search.keys(KEYS), ", else ", |key| (&key.left, &key.right));
    let prefer = search.pairs(PREFER);
    let is_default = prefer.iter().map(|pair| pair.right.as_str()).eq(PREFER_DEFAULT);
    if is_default || prefer.is_empty() {
        return Ok(format!("exact: {keys}"));
    }
    Ok(format!("exact: {keys}; prefers {}", list_text(prefer, ", ", |pair| (&pair.left, &pair.right))))
}

fn limits(plan: &CandidatesPlan) -> Result<CandidateLimits, MissingParameter> {
    Ok(CandidateLimits { groups_max: usize::MAX, entries_max: plan.candidates_max.min(EXACT_ENTRIES_MAX) })
}

fn requirements(search: &Search) -> Result<SearchRequirements, MissingParameter> {
    let prefer: Vec<String> = search.pairs(PREFER).iter().map(|pair| pair.right.clone()).collect();
    Ok(SearchRequirements {
        indexes: search.keys(KEYS).iter().map(|key| vec![key.right.clone()]).collect(),
        values: prefer.clone(),
        prefer,
    })
}

fn build(registry: &Registry, _: &Agreement, fields: &[Vec<String>]) -> Result<BuiltIndex, Error> {
    let indexes = fields.iter().flatten().map(|field| ExactIndex::build(registry, field));
    Ok(BuiltIndex::without_terms(ExactIndexes(indexes.collect::<Result<_, Error>>()?)))
}

fn decode(from: &mut Decoder<'_>) -> std::io::Result<Box<dyn CandidateIndex>> {
    Ok(Box::new(ExactIndexes(decode_all(from)?)))
}

/// The indexes of one shard, one for each registry key.
#[derive(Debug)]
struct ExactIndexes(Vec<ExactIndex>);

/// Buffers reused across rows.
#[derive(Debug, Default)]
struct ExactScratch {
    entries: Vec<u32>,
    hits: Vec<Hit>,
}

impl CandidateIndex for ExactIndexes {
    fn search(
        &self,
        shard: &ShardData,
        search: &Search,
        query: BatchQuery<'_>,
        scratch: &mut Scratch,
    ) -> Result<ShardCandidates, Error> {
        let (registry, keys) = (&shard.registry, search.keys(KEYS));
        let row_keys = keys.iter().map(|key| RowKeys::new(query.rows, &key.left)).collect::<Result<Vec<_>, Error>>()?;
        let indexes = keys.iter().map(|key| self.index(&key.right)).collect::<Result<Vec<_>, Error>>()?;
        let mut agreement = shard.agreement.for_rows(search.pairs(PREFER), query.rows);
        let limit = query.limit.min(EXACT_ENTRIES_MAX);
        let nearest = if query.is_ordered() { Some(NearestEntries::new(registry, limit)?) } else { None };
        let mut candidates = ShardCandidates::default();
        let mut buffers: ExactScratch = scratch.take();
        let ExactScratch { entries, hits } = &mut buffers;
        for row in query.open {
            agreement.turn_to(registry, *row as usize);
            let end = if nearest.is_some() { query.end(registry, *row)?.entry } else { u32::MAX };
            hits.clear();
            for (tier, (keys, index)) in (0..=u8::MAX).zip(row_keys.iter().zip(&indexes)) {
                entries.clear();
                match nearest {
                    Some(nearest) => keys.visit(*row as usize, |key| index.find_nearest(nearest, end, key, entries)),
                    None => keys.visit(*row as usize, |key| index.find(registry, key, entries)),
                }
                // A row with several values of one key may find an entry by more than one of them.
                entries.sort_unstable();
                entries.dedup();
                hits.extend(entries.iter().map(|entry| {
                    let rank = nearest.map(|nearest| nearest.rank(tier, *entry)).unwrap_or_else(|| {
                        let bonus = agreement_bonus(agreement.mask(registry, *entry), agreement.fields());
                        Rank::new(tier, 1.0 + bonus, registry.flags(*entry))
                    });
                    Hit { rank, entry: *entry, similarity: 1.0 }
                }));
                if !hits.is_empty() {
                    break;
                }
            }
            candidates.add_best(*row, hits, limit);
        }
        scratch.put(buffers);
        Ok(candidates)
    }

    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        encode_all(&self.0, out)
    }

    fn memory_bytes(&self) -> usize {
        self.0.iter().map(ExactIndex::memory_bytes).sum()
    }
}

impl ExactIndexes {
    fn index(&self, key: &str) -> Result<&ExactIndex, Error> {
        self.0.iter().find(|index| index.field == key).ok_or_else(|| not_indexed(EXACT.name, key))
    }
}

/// The index of one registry field, or of an expression over several.
#[derive(Debug)]
pub(crate) struct ExactIndex {
    /// The expression as written in the plan.
    pub(crate) field: String,
    keys: EntryKeys,
    /// Maps the key's hash to entries; `None` if entries are ordered by the key.
    hashed: Option<HashIndex>,
}

codec!(ExactIndex { field, keys, hashed });

impl ExactIndex {
    pub(crate) fn build(registry: &Registry, field: &str) -> Result<ExactIndex, Error> {
        let keys = EntryKeys::new(registry, field)?;
        let count = registry.entries();
        let hashed = match keys.are_in_order(registry) {
            true => None,
            false => {
                // The index is built in two passes, but keys are computed in one.
                let (mut hashes, mut buffer) = (Vec::with_capacity(count as usize), Vec::new());
                for entry in 0..count {
                    let hash = |key: &str| hashes.push((digest::exchange(key.as_bytes()), entry));
                    keys.visit_with(registry, entry, &mut buffer, hash);
                }
                Some(HashIndex::build(hashes.len(), |file| {
                    hashes.iter().for_each(|(hash, entry)| file(*hash, *entry))
                })?)
            }
        };
        Ok(ExactIndex { field: field.to_owned(), keys, hashed })
    }

    /// Appends the entries with the key `value` to `entries`, in their order.
    pub(crate) fn find(&self, registry: &Registry, value: &str, entries: &mut Vec<u32>) {
        let Some(hashed) = &self.hashed else {
            entries.extend(self.keys.equal(registry, value));
            return;
        };
        for entry in hashed.get(digest::exchange(value.as_bytes())) {
            let mut has = false;
            self.keys.visit(registry, *entry, |key| has |= key == value);
            if has {
                entries.push(*entry);
            }
        }
    }

    /// Appends the entries nearest before `end` with the key `value`.
    fn find_nearest(&self, nearest: NearestEntries<'_>, end: u32, value: &str, entries: &mut Vec<u32>) {
        let registry = nearest.registry;
        let Some(hashed) = &self.hashed else {
            let equal = self.keys.equal(registry, value);
            return nearest.take((equal.start..equal.end.min(end)).rev(), entries);
        };
        let filed = hashed.get(digest::exchange(value.as_bytes()));
        let before = filed.get(..filed.partition_point(|entry| *entry < end)).unwrap_or_default();
        let has_key = |entry: &u32| {
            let mut has = false;
            self.keys.visit(registry, *entry, |key| has |= key == value);
            has
        };
        nearest.take(before.iter().rev().copied().filter(has_key), entries);
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.hashed.as_ref().map_or(0, HashIndex::memory_bytes)
    }
}

/// The entries of a shard nearest before a row in the order of comparison: time grows with the limit, not with the
/// number of entries that share a key.
#[derive(Clone, Copy)]
struct NearestEntries<'a> {
    registry: &'a Registry,
    group: TextField,
    limit: usize,
}

impl<'a> NearestEntries<'a> {
    fn new(registry: &'a Registry, limit: usize) -> Result<NearestEntries<'a>, Error> {
        Ok(NearestEntries { registry, group: registry.text(columns::GROUP)?, limit })
    }

    fn rank(self, tier: u8, entry: u32) -> Rank {
        Rank::nearest(tier, self.registry.any_value(self.group, entry, &mut String::new()).unwrap_or(""))
    }

    /// Appends the first of `before`, which come nearest first, and those with the same rank as the last of them: the
    /// merge of all shards decides between these.
    fn take(self, before: impl Iterator<Item = u32>, entries: &mut Vec<u32>) {
        let mut last = None;
        for (taken, entry) in before.enumerate() {
            if taken >= self.limit && last.is_some_and(|last| self.rank(0, entry) > last) {
                break;
            }
            if taken + 1 >= self.limit {
                last = Some(self.rank(0, entry));
            }
            entries.push(entry);
        }
    }
}
