//! The table of all kinds of search.

use matchflow_model::plan::{CandidatesPlan, Search};

use crate::blocked::BLOCKED;
use crate::error::Error;
use crate::exact::EXACT;
use crate::limits::CandidateLimits;
use crate::phonetic::PHONETIC;
use crate::search_kind::SearchKind;
use crate::token::TOKEN;

/// Every kind of search, in the order in which documentation and messages list them.
pub static SEARCHES: &[&SearchKind] = &[
    &EXACT,    // equal keys
    &BLOCKED,  // similar names in a block
    &TOKEN,    // shared rare words
    &PHONETIC, // names that sound alike
];

/// The kind with this name.
pub fn search_kind(name: &str) -> Option<&'static SearchKind> {
    SEARCHES.iter().copied().find(|kind| kind.name == name)
}

/// The number of candidates that a row keeps after the merge of all shards.
///
/// # Errors
///
/// A search of an unknown kind, or without one of its parameters.
pub fn candidate_limits(plan: &CandidatesPlan) -> Result<CandidateLimits, Error> {
    Ok((kind_of_search(&plan.search)?.limits)(plan)?)
}

pub(crate) fn kind_of_search(search: &Search) -> Result<&'static SearchKind, Error> {
    search_kind(&search.kind).ok_or_else(|| Error::UnknownSearch { search: search.kind.clone() })
}
