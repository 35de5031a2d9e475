//! Limits used by several modules.

/// Maximum number of entries in a shard.
pub(crate) const ENTRIES_MAX: usize = 1 << 28;

/// The number of candidates that a row keeps after the merge of all shards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CandidateLimits {
    /// Maximum number of groups.
    pub groups_max: usize,
    /// Maximum number of entries.
    pub entries_max: usize,
}
