//! Searches for the rows of a batch in several shards, row by row.
//!
//! A row's groups are chosen from all shards together: the best of one shard limit which names can be among the best in
//! the next, and only entries of groups that still can are returned.

use std::any::Any;

use arrow::array::StringArray;
use matchflow_model::columns;
use matchflow_model::plan::{InputPair, Search};

use crate::agreement::RowAgreement;
use crate::batch_query::{BatchQuery, Scratch};
use crate::codec::{Encoder, encode_all};
use crate::error::{Error, not_indexed};
use crate::rank::Rank;
use crate::search_kind::{CandidateIndex, IndexedShard};
use crate::shard_candidates::ShardCandidates;
use crate::shard_data::ShardData;
use crate::token::best_groups::{BestGroups, ScoredGroup};
use crate::token::bonus::Bonuses;
use crate::token::index::TokenIndex;
use crate::token::parameters::{NAME, PER_GROUP, PREFER, TOKEN_KIND, TOP};
use crate::token::query::TokenQuery;
use crate::token::search::{GroupLimits, TokenScratch};
use crate::vocabulary::Vocabulary;

/// The indexes of one shard, one for each name field.
#[derive(Debug)]
pub(super) struct TokenIndexes(pub(super) Vec<TokenIndex>);

impl TokenIndexes {
    /// The index of the first name field.
    pub(super) fn first(&self) -> Option<&TokenIndex> {
        self.0.first()
    }
}

/// A shard, its index over the name field, and the row's agreement with its entries.
struct TokenShard<'a> {
    data: &'a ShardData,
    index: &'a TokenIndex,
    agreement: RowAgreement<'a>,
    /// Whether the row has a value in a preferred field.
    can_agree: bool,
}

impl<'a> TokenShard<'a> {
    fn new(
        shard: &IndexedShard<'a>,
        name: &str,
        prefer: &[InputPair],
        query: BatchQuery<'a>,
    ) -> Result<TokenShard<'a>, Error> {
        let indexes = (shard.index as &dyn Any).downcast_ref::<TokenIndexes>();
        let index = indexes.and_then(|indexes| indexes.0.iter().find(|index| index.field == name));
        let index = index.ok_or_else(|| not_indexed(TOKEN_KIND, name))?;
        let agreement = shard.data.agreement.for_rows(prefer, query.rows);
        Ok(TokenShard { data: shard.data, index, agreement, can_agree: false })
    }
}

impl CandidateIndex for TokenIndexes {
    fn search(
        &self,
        shard: &ShardData,
        search: &Search,
        query: BatchQuery<'_>,
        scratch: &mut Scratch,
    ) -> Result<ShardCandidates, Error> {
        let candidates = self.search_shards(&[IndexedShard { data: shard, index: self }], search, query, scratch)?;
        Ok(candidates.into_iter().next().unwrap_or_default())
    }

    fn search_shards(
        &self,
        shards: &[IndexedShard<'_>],
        search: &Search,
        query: BatchQuery<'_>,
        scratch: &mut Scratch,
    ) -> Result<Vec<ShardCandidates>, Error> {
        let (name, prefer) = (search.pair(NAME)?, search.pairs(PREFER));
        let limits = GroupLimits { groups: search.number(TOP)?, per_group: search.number(PER_GROUP)? };
        let names: &StringArray = columns::text(query.rows, &name.left)?;
        let mut candidates: Vec<ShardCandidates> = shards.iter().map(|_| ShardCandidates::default()).collect();
        let shards = shards.iter().map(|shard| TokenShard::new(shard, &name.right, prefer, query));
        let mut shards = shards.collect::<Result<Vec<_>, Error>>()?;
        let Some(vocabulary) = shards.first().map(|shard| shard.data.vocabulary(&name.right)).transpose()? else {
            return Ok(candidates);
        };
        let mut buffers: TokenScratch = scratch.take();
        let (mut chosen, mut hits) = (Vec::new(), Vec::new());
        for row in query.open {
            let Some(cell) = columns::value(names, *row as usize) else { continue };
            // Queries only depend on the vocabulary of all shards: they are made once, not per shard.
            let queries: Vec<TokenQuery> =
                columns::alternatives(cell).map(|name| TokenQuery::new(name, vocabulary)).collect();
            for shard in &mut shards {
                shard.can_agree = shard.agreement.turn_to(&shard.data.registry, *row as usize);
            }
            // The best groups are carried from shard to shard: the threshold rises, and later shards score fewer names.
            buffers.restart(limits);
            let mut bonuses = Vec::with_capacity(shards.len());
            for (number, shard) in (0..).zip(&shards) {
                let end = query.end(&shard.data.registry, *row)?.group;
                buffers.turn_to(number, shard.index.names_before(end));
                let mut shard_bonuses = Bonuses::new(&shard.data.registry, &shard.agreement, shard.can_agree);
                queries.iter().for_each(|query| shard.index.score(query, &mut shard_bonuses, &mut buffers));
                bonuses.push(shard_bonuses);
            }
            choose(&shards, &bonuses, buffers.best_groups(), limits.groups, &mut chosen)?;
            for (number, (bonuses, candidates)) in (0..).zip(bonuses.iter().zip(&mut candidates)) {
                for query in &queries {
                    candidates.counts.words_common += query.common;
                    candidates.counts.near_words_cut += query.near_cut;
                }
                hits.clear();
                for scored in chosen.iter().filter(|scored| scored.shard == number) {
                    bonuses.add_best(scored.group, scored.similarity, limits.per_group, &mut hits);
                }
                // No limit here: groups are cut after all shards have answered, and entries after groups.
                candidates.add_best(*row, &mut hits, usize::MAX);
            }
        }
        scratch.put(buffers);
        Ok(candidates)
    }

    fn set_vocabulary(&mut self, vocabulary: &Vocabulary) -> Result<(), Error> {
        for index in &mut self.0 {
            let none = || Error::NoVocabulary { field: index.field.clone() };
            index.set_vocabulary(vocabulary.field(&index.field).ok_or_else(none)?)?;
        }
        Ok(())
    }

    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        encode_all(&self.0, out)
    }

    fn memory_bytes(&self) -> usize {
        self.0.iter().map(TokenIndex::memory_bytes).sum()
    }
}

/// Leaves the best groups of all shards in `chosen`: by their best entry, equals by name as in [`crate::merge`].
fn choose(
    shards: &[TokenShard<'_>],
    bonuses: &[Bonuses<'_>],
    best: &BestGroups,
    groups_max: usize,
    chosen: &mut Vec<ScoredGroup>,
) -> Result<(), Error> {
    let mut ranked: Vec<(Rank, ScoredGroup)> = Vec::new();
    for scored in best.groups() {
        let bonuses = bonuses.get(scored.shard as usize);
        let rank = bonuses.and_then(|bonuses| bonuses.best_rank(scored.group, scored.similarity));
        ranked.extend(rank.map(|rank| (rank, *scored)));
    }
    ranked.sort_unstable_by_key(|(rank, scored)| (*rank, scored.shard, scored.group));
    chosen.clear();
    let Some((last, _)) = groups_max.checked_sub(1).and_then(|last| ranked.get(last)).copied() else {
        chosen.extend(ranked.iter().take(groups_max).map(|(_, scored)| *scored));
        return Ok(());
    };
    let (better, others) = ranked.split_at(ranked.partition_point(|(rank, _)| *rank < last));
    chosen.extend(better.iter().map(|(_, scored)| *scored));
    let left = groups_max.saturating_sub(better.len());
    let mut equal: Vec<(String, ScoredGroup)> = Vec::new();
    // The names of groups decide between equal ranks. Within a shard, groups are in the order of their names: the first
    // `left` of each shard are enough, and only their names are read.
    let of_shards = others.chunk_by(|a, b| a.0 == b.0 && a.1.shard == b.1.shard);
    for of_shard in of_shards.take_while(|ranked| has_rank(ranked, last)) {
        for (_, scored) in of_shard.iter().take(left) {
            let registry = shards.get(scored.shard as usize).map(|shard| &shard.data.registry);
            let name = registry.map(|registry| registry.group_name(scored.group)).transpose()?;
            equal.push((name.unwrap_or_default(), *scored));
        }
    }
    equal.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    chosen.extend(equal.iter().take(left).map(|(_, scored)| *scored));
    Ok(())
}

fn has_rank(ranked: &[(Rank, ScoredGroup)], rank: Rank) -> bool {
    ranked.first().is_some_and(|(first, _)| *first == rank)
}
