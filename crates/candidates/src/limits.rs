//! Limits that several modules share.

/// Entries of a shard, at most.
pub(crate) const ENTRIES_MAX: usize = 1 << 28;

/// How many candidates of a row remain once the answers of all shards are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CandidateLimits {
    /// Groups.
    pub groups_max: usize,
    /// Entries.
    pub entries_max: usize,
}
