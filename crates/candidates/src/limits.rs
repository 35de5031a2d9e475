//! Limits and field names that several searches share.

/// Entries that an exact search keeps for a row, whatever the plan allows: a company may have ten thousand.
pub(crate) const EXACT_ENTRIES_MAX: usize = 50;
/// Fields that order the entries of one identifier, where both sides have them.
pub(crate) const PREFERRED_FIELDS: [&str; 2] = ["postcode", "town"];
/// Entries of a shard, at most.
pub(crate) const ENTRIES_MAX: usize = 1 << 28;
