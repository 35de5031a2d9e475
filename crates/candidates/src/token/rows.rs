//! The rows of a batch in several shards, one row after the other.
//!
//! A row's groups are chosen from all shards together: the best that one shard has tell the next which names cannot be
//! among those wanted, and only entries of groups that still can are handed on.

use arrow::array::StringArray;
use matchflow_model::columns;
use matchflow_model::plan::InputPair;

use crate::agreement::RowAgreement;
use crate::error::Error;
use crate::rank::Rank;
use crate::search::{BatchQuery, Scratch};
use crate::shard::Shard;
use crate::shard_candidates::ShardCandidates;
use crate::token::best_groups::{BestGroups, ScoredGroup};
use crate::token::bonus::Bonuses;
use crate::token::index::TokenIndex;
use crate::token::query::TokenQuery;
use crate::token::search::GroupLimits;

/// A shard that has entries, and its place among those asked.
struct SearchedShard<'a> {
    place: usize,
    shard: &'a Shard,
    index: &'a TokenIndex,
    comparison: RowAgreement<'a>,
    /// Whether the row has something to agree on.
    agreement: bool,
}

impl<'a> SearchedShard<'a> {
    fn new(
        place: usize,
        shard: &'a Shard,
        name: &str,
        prefer: &[InputPair],
        asked: BatchQuery<'a>,
    ) -> Result<SearchedShard<'a>, Error> {
        let comparison = shard.agreement.comparison(prefer, asked.rows);
        Ok(SearchedShard { place, shard, index: shard.token_index(name)?, comparison, agreement: false })
    }
}

/// What each shard found, in their order.
pub(crate) fn broad(
    shards: &[&Shard],
    (name, prefer): (&InputPair, &[InputPair]),
    wanted: GroupLimits,
    asked: BatchQuery<'_>,
    scratch: &mut Scratch,
) -> Result<Vec<ShardCandidates>, Error> {
    let names: &StringArray = columns::text(asked.rows, &name.left)?;
    let mut found: Vec<ShardCandidates> = shards.iter().map(|_| ShardCandidates::default()).collect();
    let full = shards.iter().enumerate().filter(|(_, shard)| !shard.is_empty());
    let parts = full.map(|(place, shard)| SearchedShard::new(place, shard, &name.right, prefer, asked));
    let mut parts = parts.collect::<Result<Vec<_>, Error>>()?;
    let Some(vocabulary) = parts.first().map(|part| part.shard.vocabulary(&name.right)).transpose()? else {
        return Ok(found);
    };
    let mut chosen = Vec::new();
    for row in asked.open {
        let Some(cell) = columns::value(names, *row as usize) else { continue };
        let queries: Vec<TokenQuery> =
            columns::alternatives(cell).map(|own| TokenQuery::new(own, vocabulary)).collect();
        for part in &mut parts {
            part.agreement = part.comparison.turn_to(&part.shard.registry, *row as usize);
        }
        scratch.broad.restart(wanted);
        let mut bonuses = Vec::with_capacity(parts.len());
        for (number, part) in (0..).zip(&parts) {
            let end = part.shard.end(asked, *row)?.group;
            scratch.broad.turn_to(number, part.index.names_before(end));
            let mut own = Bonuses::new(&part.shard.registry, &part.comparison, part.agreement);
            queries.iter().for_each(|query| part.index.score(query, &mut own, &mut scratch.broad));
            bonuses.push(own);
        }
        choose(&parts, &bonuses, scratch.broad.scored(), wanted.groups, &mut chosen)?;
        for (number, (part, bonuses)) in (0..).zip(parts.iter().zip(&bonuses)) {
            let Some(found) = found.get_mut(part.place) else { continue };
            for query in &queries {
                found.counts.words_common += query.common;
                found.counts.near_words_cut += query.near_cut;
            }
            scratch.hits.clear();
            for scored in chosen.iter().filter(|scored| scored.shard == number) {
                bonuses.add_best(scored.group, scored.similarity, wanted.per_group, &mut scratch.hits);
            }
            // All of them: which groups stay is decided when all shards have answered, and entries after groups.
            found.keep(*row, &mut scratch.hits, usize::MAX);
        }
    }
    Ok(found)
}

/// Leaves the best groups of all shards in `chosen`: by their best entry, equals by name as [`crate::merge`] has them.
fn choose(
    parts: &[SearchedShard<'_>],
    bonuses: &[Bonuses<'_>],
    scored: &BestGroups,
    wanted: usize,
    chosen: &mut Vec<ScoredGroup>,
) -> Result<(), Error> {
    let mut ranked: Vec<(Rank, ScoredGroup)> = Vec::new();
    for scored in scored.groups() {
        let own = bonuses.get(scored.shard as usize);
        ranked.extend(own.and_then(|own| own.best_rank(scored.group, scored.similarity)).map(|rank| (rank, *scored)));
    }
    ranked.sort_unstable_by_key(|(rank, scored)| (*rank, scored.shard, scored.group));
    chosen.clear();
    let Some((last, _)) = wanted.checked_sub(1).and_then(|last| ranked.get(last)).copied() else {
        chosen.extend(ranked.iter().take(wanted).map(|(_, scored)| *scored));
        return Ok(());
    };
    let (better, others) = ranked.split_at(ranked.partition_point(|(rank, _)| *rank < last));
    chosen.extend(better.iter().map(|(_, scored)| *scored));
    let left = wanted.saturating_sub(better.len());
    let mut equal: Vec<(String, ScoredGroup)> = Vec::new();
    // In a shard, groups are in the order of their names.
    for own in others.chunk_by(|a, b| a.0 == b.0 && a.1.shard == b.1.shard).take_while(|own| is_of(own, last)) {
        for (_, scored) in own.iter().take(left) {
            let registry = parts.get(scored.shard as usize).map(|part| &part.shard.registry);
            let name = registry.map(|registry| registry.group_name(scored.group)).transpose()?;
            equal.push((name.unwrap_or_default(), *scored));
        }
    }
    equal.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    chosen.extend(equal.iter().take(left).map(|(_, scored)| *scored));
    Ok(())
}

fn is_of(ranked: &[(Rank, ScoredGroup)], rank: Rank) -> bool {
    ranked.first().is_some_and(|(own, _)| *own == rank)
}
