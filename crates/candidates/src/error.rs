//! What can go wrong in building or asking an index.

use arrow::error::ArrowError;
use matchflow_model::columns::MissingColumn;
use matchflow_model::plan::KeyError;

/// A failure of this crate. None of them is the fault of a single row: each ends the run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A batch lacks a column that a search compares, or has it in another type.
    #[error(transparent)]
    Column(#[from] MissingColumn),
    /// A key that is no expression.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Arrow refused to put registry rows together.
    #[error("registry rows could not be put together")]
    Arrow(#[from] ArrowError),
    /// A registry batch has other columns than the first one.
    #[error("registry batch {batch} has the columns {found}, but all must have those of the first: {wanted}")]
    SchemaChanged {
        /// The batch's number in the order of pushing, from 0.
        batch: usize,
        /// The columns of the first batch.
        wanted: String,
        /// The columns of this one.
        found: String,
    },
    /// Positions are 32-bit numbers, so a shard has a largest size. More workers make smaller shards.
    #[error("a registry shard is limited to {limit} {what}: run with more workers")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How many there may be.
        limit: u64,
    },
    /// A search asks for a field that was not named when the shard was built.
    #[error("the shard has no {index} index over the field `{field}`: name the search when building the shard")]
    NotIndexed {
        /// The kind of index.
        index: &'static str,
        /// The registry field.
        field: String,
    },
    /// A broad search was asked before the vocabulary of all shards was set.
    #[error("the broad search over `{field}` needs the vocabulary of all shards: set it before the first search")]
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
    /// A row or an entry was named that does not exist.
    #[error("there is no {what} {number}: there are {count}")]
    OutOfRange {
        /// `row` or `entry`.
        what: &'static str,
        /// The number given.
        number: u64,
        /// How many there are.
        count: u64,
    },
}
