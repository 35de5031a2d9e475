//! A kind of candidate search: its description, from which the pipeline reads, checks and documents its parameters, and
//! its index, which searches one shard.
//!
//! To add a kind, write a file with a [`SearchKind`] and a [`CandidateIndex`], and add the kind to the table `SEARCHES`
//! (`searches.rs`). Nothing else has to change. `UPDATE_GOLDEN=1` adds it to the golden test (`tests/all/golden.rs`).
//!
//! The trait object is called once per batch of rows, never once per pair.

use std::any::Any;
use std::fmt::Debug;
use std::io;

use matchflow_model::plan::{CandidatesPlan, MissingParameter, Search};

use crate::agreement::Agreement;
use crate::batch_query::{BatchQuery, Scratch};
use crate::codec::{Decoder, Encoder};
use crate::error::Error;
use crate::limits::CandidateLimits;
use crate::registry::Registry;
use crate::shard_candidates::ShardCandidates;
use crate::shard_data::ShardData;
use crate::vocabulary::{FieldTerms, Vocabulary};

/// Builds the indexes of one kind over lists of fields.
pub(crate) type BuildIndex = fn(&Registry, &Agreement, &[Vec<String>]) -> Result<BuiltIndex, Error>;

/// The description of a kind of search.
#[derive(Debug)]
pub struct SearchKind {
    /// Its key in a pipeline and its tag in an index file.
    pub name: &'static str,
    /// Incremented whenever it finds other candidates for any row: rows decided with an older version are then known to
    /// be stale. `tests/all/golden.rs` fails if the candidates change and this does not.
    pub version: u32,
    /// One sentence for the documentation.
    pub help: &'static str,
    /// Its parameters.
    pub parameters: &'static [SearchParameter],
    /// The parameter that may be given without its name: `exact: {siren: _group}` is `exact: {keys: {siren: _group}}`.
    pub short_form: Option<&'static str>,
    /// Describes a search, for the text of a plan.
    pub describe: fn(&Search) -> Result<String, MissingParameter>,
    /// The number of candidates that a row keeps after the merge of all shards.
    pub(crate) limits: fn(&CandidatesPlan) -> Result<CandidateLimits, MissingParameter>,
    /// The registry data that a search needs.
    pub(crate) requirements: fn(&Search) -> Result<SearchRequirements, MissingParameter>,
    /// Builds the indexes over the fields named by [`SearchRequirements::indexes`] of all searches of this kind,
    /// without duplicates and in order.
    pub(crate) build: BuildIndex,
    /// Reads what [`CandidateIndex::encode`] has written.
    pub(crate) decode: fn(&mut Decoder<'_>) -> io::Result<Box<dyn CandidateIndex>>,
}

/// A parameter of a search.
#[derive(Debug)]
pub struct SearchParameter {
    /// Its key.
    pub name: &'static str,
    /// Its meaning.
    pub help: &'static str,
    /// Its type, with the default.
    pub value: ParameterType,
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy)]
pub enum ParameterType {
    /// Key expressions of the two sides, tried in order.
    Keys {
        /// Whether at least one must be given.
        required: bool,
    },
    /// Fields of the two sides.
    Fields {
        /// The default fields, with the same name on both sides. Those that a side lacks are ignored.
        default: &'static [&'static str],
    },
    /// One pair of fields, required.
    Field,
    /// A whole number.
    Number {
        /// The minimum.
        min: u64,
        /// The maximum.
        max: u64,
        /// The default.
        default: u64,
    },
    /// One of several words.
    Choice {
        /// The words.
        words: &'static [&'static str],
        /// The default.
        default: &'static str,
    },
}

/// The registry data that a search needs.
#[derive(Debug, Default)]
pub(crate) struct SearchRequirements {
    /// The indexes that it reads, each identified by its registry fields and keys.
    pub(crate) indexes: Vec<Vec<String>>,
    /// Registry fields whose values it reads for many entries.
    pub(crate) values: Vec<String>,
    /// Registry fields that order otherwise equal candidates.
    pub(crate) prefer: Vec<String>,
}

/// The indexes of one kind over one shard, with the words to be counted across all shards.
pub(crate) struct BuiltIndex {
    pub(crate) index: Box<dyn CandidateIndex>,
    pub(crate) terms: Vec<FieldTerms>,
}

impl BuiltIndex {
    /// An index that needs no vocabulary.
    pub(crate) fn without_terms(index: impl CandidateIndex) -> BuiltIndex {
        BuiltIndex { index: Box::new(index), terms: Vec::new() }
    }
}

/// The indexes of one kind of search over one shard.
pub(crate) trait CandidateIndex: Any + Debug + Send + Sync {
    /// Searches this shard for the rows of a batch.
    fn search(
        &self,
        shard: &ShardData,
        search: &Search,
        query: BatchQuery<'_>,
        scratch: &mut Scratch,
    ) -> Result<ShardCandidates, Error>;

    /// Searches several non-empty shards, in their order. A kind overrides it if the result of one shard makes the
    /// search of the next one cheaper. All of `shards` have an index of this kind.
    fn search_shards(
        &self,
        shards: &[IndexedShard<'_>],
        search: &Search,
        query: BatchQuery<'_>,
        scratch: &mut Scratch,
    ) -> Result<Vec<ShardCandidates>, Error> {
        shards.iter().map(|shard| shard.index.search(shard.data, search, query, scratch)).collect()
    }

    /// Sets the words of all shards.
    fn set_vocabulary(&mut self, _vocabulary: &Vocabulary) -> Result<(), Error> {
        Ok(())
    }

    /// Writes the index to a file.
    fn encode(&self, out: &mut Encoder<'_>) -> io::Result<()>;

    /// Heap size in bytes.
    fn memory_bytes(&self) -> usize;
}

/// A shard and its index of one kind.
#[derive(Clone, Copy)]
pub(crate) struct IndexedShard<'a> {
    pub(crate) data: &'a ShardData,
    pub(crate) index: &'a dyn CandidateIndex,
}

/// `left = right`, or a single name if both sides use the same.
pub(crate) fn pair_text(left: &str, right: &str) -> String {
    if left == right { left.to_owned() } else { format!("{left} = {right}") }
}

/// Items separated by `separator`.
pub(crate) fn list_text<'a, T: 'a>(
    items: &'a [T],
    separator: &str,
    text: impl Fn(&'a T) -> (&'a str, &'a str),
) -> String {
    let items: Vec<String> = items.iter().map(text).map(|(left, right)| pair_text(left, right)).collect();
    items.join(separator)
}
