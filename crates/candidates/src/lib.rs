//! Candidate search: an in-memory index over part of the registry, which finds the entries that may match a supplier
//! row.
//!
//! Limits: 2^28 entries per shard, 4 GiB of distinct words; rows and indexes take about 120 bytes per entry (see
//! [`Shard::memory`]). Names and identifiers must be cleaned: lower case, single spaces.
//!
//! **Invariant:** results do not depend on the number of shards that the registry is split into, on the order in which
//! rows were pushed, or on the order in which shards answer. Words are weighted by their frequency in all shards
//! ([`Vocabulary`]), a candidate's rank is computed from the row and the entry alone, and equals are ordered by
//! `_group`, then `_id`. This holds as long as all entries of a group are in one shard.
//!
//! The index is our own: a search library's BM25 over exact words is faster and smaller, but misses a quarter of the
//! companies that are found here through typos, initials, joined words and place (`benches/RESULTS.md`, Candidates).
//!
//! ```text
//! registry batches -> ShardBuilder -> (Shard, LocalTerms)     one per worker
//!                        LocalTerms of all -> Vocabulary      one per process, set in each shard
//! supplier batch   -> search -> ShardCandidates -> Shard::pairs         per process, in all its shards
//!                                      pairs of all -> merge  at the rows' worker
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod agreement;
mod batch_query;
mod bit_packed;
mod blocked;
mod blocked_index;
mod codec;
mod column;
mod csr;
mod dictionary_column;
mod distance;
mod entry_keys;
mod error;
mod exact;
mod group_stats;
mod id_index;
mod index_file;
mod limits;
mod lookup;
mod name_distance;
mod name_frequencies;
mod pairs;
mod phonetic;
mod rank;
mod registry;
mod search;
mod search_kind;
mod searches;
mod shard;
mod shard_candidates;
mod shard_data;
mod store;
mod string_arena;
mod term_split;
mod token;
mod token_column;
mod vocabulary;
mod word_list;
mod word_variants;

pub use batch_query::Scratch;
pub use blocked::blocked_search;
pub use error::Error;
pub use exact::exact_search;
pub use index_file::{Index, IndexFileError};
pub use limits::CandidateLimits;
pub use pairs::{BestPairs, PAIR_RANK, PAIR_ROW, PAIR_SIMILARITY, merge};
pub use search::search;
pub use search_kind::{ParameterType, SearchKind, SearchParameter};
pub use searches::{SEARCHES, candidate_limits, search_kind};
pub use shard::{Shard, ShardBuilder, ShardMemory};
pub use shard_candidates::{SearchCounts, ShardCandidates};
pub use token::{TypedEntry, token_search};
pub use vocabulary::{LocalTerms, TermFrequencies, Vocabulary};
