//! The candidates that one shard found for a batch of rows.

use crate::rank::Rank;

/// The candidates found in a shard: parallel columns, by row, best first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ShardCandidates {
    /// The row's number in the batch that was searched.
    pub row: Vec<u32>,
    /// The entry's number in the shard that found it.
    pub entry: Vec<u32>,
    /// See [`crate::PAIR_SIMILARITY`].
    pub similarity: Vec<f32>,
    /// See [`crate::PAIR_RANK`].
    pub rank: Vec<u64>,
    /// What was skipped.
    pub counts: SearchCounts,
}

/// What a search skipped to save time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SearchCounts {
    /// Token search: words too common to retrieve names; they only scored names retrieved by rarer words. The same in
    /// every shard.
    pub words_common: u64,
    /// Token search: similar words beyond the limit per word. The same in every shard.
    pub near_words_cut: u64,
    /// Exact and blocked search: entries beyond the limit per row, in this shard.
    pub entries_cut: u64,
}

impl SearchCounts {
    /// Adds the counts of another search of the same shard.
    pub fn add(&mut self, other: SearchCounts) {
        self.words_common += other.words_common;
        self.near_words_cut += other.near_words_cut;
        self.entries_cut += other.entries_cut;
    }
}

/// An entry found for a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hit {
    pub(crate) rank: Rank,
    pub(crate) entry: u32,
    pub(crate) similarity: f32,
}

impl ShardCandidates {
    /// Adds the best `limit` of a row's hits.
    pub(crate) fn add_best(&mut self, row: u32, hits: &mut [Hit], limit: usize) {
        hits.sort_unstable_by_key(|hit| (hit.rank, hit.entry));
        self.counts.entries_cut += hits.len().saturating_sub(limit) as u64;
        for hit in hits.iter().take(limit) {
            self.row.push(row);
            self.entry.push(hit.entry);
            self.similarity.push(hit.similarity);
            self.rank.push(hit.rank.0);
        }
    }
}
