//! Errors of building and searching an index.

use arrow::error::ArrowError;
use matchflow_model::columns::MissingColumn;
use matchflow_model::plan::{KeyError, MissingParameter};

/// A failure of this crate. None is caused by a single row: each ends the run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A batch lacks a column that a search compares, or has it with another type.
    #[error(transparent)]
    Column(#[from] MissingColumn),
    /// An invalid key expression.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Arrow cannot combine registry batches.
    #[error("the registry rows cannot be combined")]
    Arrow(#[from] ArrowError),
    /// A registry batch has other columns than the first one.
    #[error("registry batch {batch} has the columns {found}; it must have those of the first batch: {expected}")]
    SchemaChanged {
        /// The batch's number in the order of pushing, from 0.
        batch: usize,
        /// The columns of the first batch.
        expected: String,
        /// The columns of this batch.
        found: String,
    },
    /// Positions are 32-bit numbers, which limits the size of a shard. More workers make smaller shards.
    #[error("a registry shard is limited to {limit} {what}: run with more workers")]
    TooLarge {
        /// What is counted.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// A search of a kind that [`crate::SEARCHES`] does not list.
    #[error("unknown search `{search}`")]
    UnknownSearch {
        /// The kind.
        search: String,
    },
    /// A search without one of its parameters.
    #[error(transparent)]
    Parameter(#[from] MissingParameter),
    /// A search reads a field that was not named when the shard was built.
    #[error("the shard has no {index} index over the field `{field}`: name the search when building the shard")]
    NotIndexed {
        /// The kind of index.
        index: &'static str,
        /// The registry field.
        field: String,
    },
    /// A token search before the vocabulary of all shards was set.
    #[error("the token search over `{field}` needs the vocabulary of all shards: set it before the first search")]
    NoVocabulary {
        /// The registry field.
        field: String,
    },
    /// The vocabulary lacks a word of the shard: it was not merged from the words of all shards.
    #[error("the vocabulary lacks the word `{word}` of the field `{field}`: merge the words of every shard")]
    ForeignVocabulary {
        /// The registry field.
        field: String,
        /// A word that is missing.
        word: String,
    },
    /// A row or an entry that does not exist.
    #[error("{what} {number} does not exist: there are {count}")]
    OutOfRange {
        /// `row` or `entry`.
        what: &'static str,
        /// The number given.
        number: u64,
        /// The number of rows or entries.
        count: u64,
    },
}

pub(crate) fn not_indexed(index: &'static str, field: &str) -> Error {
    Error::NotIndexed { index, field: field.to_owned() }
}
