//! The blocked search: entries of the row's block (postcode, or town) whose name is within an edit distance.
//!
//! The index is in [`crate::blocked_index`].

use matchflow_model::columns;
use matchflow_model::plan::{CandidatesPlan, ExactKey, InputPair, MissingParameter, Search, SearchValue};

use crate::agreement::Agreement;
use crate::batch_query::{BatchQuery, RowKeys, Scratch};
use crate::blocked_index::BlockedIndex;
use crate::codec::{Decoder, Encoder, decode_all, encode_all};
use crate::error::{Error, not_indexed};
use crate::limits::CandidateLimits;
use crate::name_distance::NameQuery;
use crate::rank::{Rank, rounded};
use crate::registry::Registry;
use crate::search_kind::{
    BuiltIndex, CandidateIndex, ParameterType, SearchKind, SearchParameter, SearchRequirements, list_text, pair_text,
};
use crate::shard_candidates::{Hit, ShardCandidates};
use crate::shard_data::ShardData;

/// The parameters' names.
const BLOCK: &str = "block";
const NAME: &str = "name";
const DISTANCE: &str = "distance";

/// Similar names in the row's block.
pub(crate) static BLOCKED: SearchKind = SearchKind {
    name: "blocked",
    version: 1,
    help: "Finds entries of the same block (blocking key) whose name is within an edit distance.",
    parameters: &[
        SearchParameter {
            name: BLOCK,
            help: "The blocking keys, tried in order: the first for which the row has a value counts. A key is a field, or a \
                   combination such as `postcode[0:2]` or `name[0:4] + postcode`. Example: `[postcode, town]`.",
            value: ParameterType::Keys { required: true },
        },
        SearchParameter { name: NAME, help: "The name fields to compare.", value: ParameterType::Field },
        SearchParameter {
            name: DISTANCE,
            help: "Maximum edit distance between names.",
            value: ParameterType::Number { min: 0, max: 8, default: 3 },
        },
    ],
    short_form: None,
    describe,
    limits,
    requirements,
    build,
    decode,
};

/// A blocked search.
pub fn blocked_search(block: Vec<ExactKey>, name: InputPair, distance: usize) -> Search {
    let search = Search::new(BLOCKED.name).with(BLOCK, SearchValue::Keys(block));
    search.with(NAME, SearchValue::Pairs(vec![name])).with(DISTANCE, SearchValue::Number(distance))
}

fn describe(search: &Search) -> Result<String, MissingParameter> {
    let block = list_text(search.keys(BLOCK), ", else ", |key| (&key.left, &key.right));
    let name = search.pair(NAME)?;
    let name = pair_text(&name.left, &name.right);
    Ok(format!("blocked: same {block}; {name} within {} edits", search.number(DISTANCE)?))
}

fn limits(plan: &CandidatesPlan) -> Result<CandidateLimits, MissingParameter> {
    Ok(CandidateLimits { groups_max: usize::MAX, entries_max: plan.candidates_max })
}

fn requirements(search: &Search) -> Result<SearchRequirements, MissingParameter> {
    let name = &search.pair(NAME)?.right;
    let indexes = search.keys(BLOCK).iter().map(|block| vec![block.right.clone(), name.clone()]).collect();
    Ok(SearchRequirements { indexes, values: vec![name.clone()], prefer: Vec::new() })
}

fn build(registry: &Registry, _: &Agreement, fields: &[Vec<String>]) -> Result<BuiltIndex, Error> {
    Ok(BuiltIndex::without_terms(BlockedIndexes(BlockedIndex::build_all(registry, fields)?)))
}

fn decode(from: &mut Decoder<'_>) -> std::io::Result<Box<dyn CandidateIndex>> {
    let mut indexes: Vec<BlockedIndex> = decode_all(from)?;
    BlockedIndex::link(&mut indexes);
    Ok(Box::new(BlockedIndexes(indexes)))
}

/// The indexes of one shard, one for each block and name.
#[derive(Debug)]
struct BlockedIndexes(Vec<BlockedIndex>);

/// Buffers reused across rows.
#[derive(Debug, Default)]
struct BlockedScratch {
    similar: Vec<(u32, f32)>,
    hits: Vec<Hit>,
}

impl CandidateIndex for BlockedIndexes {
    fn search(
        &self,
        shard: &ShardData,
        search: &Search,
        query: BatchQuery<'_>,
        scratch: &mut Scratch,
    ) -> Result<ShardCandidates, Error> {
        let (registry, keys, name) = (&shard.registry, search.keys(BLOCK), search.pair(NAME)?);
        let distance_max = search.number(DISTANCE)?;
        let names = columns::text(query.rows, &name.left)?;
        let row_keys = keys.iter().map(|key| RowKeys::new(query.rows, &key.left)).collect::<Result<Vec<_>, Error>>()?;
        let index = |key: &ExactKey| self.index(&key.right, &name.right);
        let indexes = keys.iter().map(index).collect::<Result<Vec<_>, Error>>()?;
        let mut candidates = ShardCandidates::default();
        let mut buffers: BlockedScratch = scratch.take();
        let BlockedScratch { similar, hits } = &mut buffers;
        for row in query.open {
            let Some(name) = columns::value(names, *row as usize) else { continue };
            // The first block field with a value in the row decides, even if its block is empty.
            let block = row_keys.iter().zip(&indexes).find_map(|(keys, index)| {
                let keys = keys.keys(*row as usize);
                (!keys.is_empty()).then_some((keys, *index))
            });
            let Some((blocks, index)) = block else { continue };
            let end = query.end(registry, *row)?.entry;
            similar.clear();
            for name in columns::alternatives(name) {
                let mut name_query = NameQuery::new(name, distance_max);
                for block in &blocks {
                    index.find(registry, block, end, &mut name_query, similar);
                }
            }
            // If several names or blocks find an entry, its best similarity counts.
            similar.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
            similar.dedup_by_key(|similar| similar.0);
            hits.clear();
            hits.extend(similar.iter().map(|(entry, similarity)| {
                let similarity = rounded(*similarity);
                Hit { rank: Rank::new(0, similarity, registry.flags(*entry)), entry: *entry, similarity }
            }));
            candidates.add_best(*row, hits, query.limit);
        }
        scratch.put(buffers);
        Ok(candidates)
    }

    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        encode_all(&self.0, out)
    }

    fn memory_bytes(&self) -> usize {
        self.0.iter().map(BlockedIndex::memory_bytes).sum()
    }
}

impl BlockedIndexes {
    fn index(&self, block: &str, name: &str) -> Result<&BlockedIndex, Error> {
        let matches = |index: &&BlockedIndex| index.block == block && index.name == name;
        self.0.iter().find(matches).ok_or_else(|| not_indexed(BLOCKED.name, block))
    }
}
