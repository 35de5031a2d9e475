//! Groups whose names share words with the row's, rare ones first.
//!
//! - [`index`]: the names of a shard as sets of words, and the names in which each word occurs.
//! - [`query`]: a row's name as words with the variants of each, from the vocabulary of all shards.
//! - [`bonus`]: the bonus of a group for agreement on other fields.
//! - [`shard_match`]: the query in terms of a shard, and how much of a name it meets.
//! - [`bound`]: upper bounds on that, in the compact form that a search stores for each name.
//! - [`best_groups`]: the best groups so far, and the score that a name needs to be among them.
//! - [`search`]: the names of a shard that score best, and their groups.
//! - [`parameters`], [`kind`]: the description of the search.
//! - [`type_ahead`]: entries by the first letters of words, while typing.
//! - [`rows`]: the rows of a batch in several shards: the best groups of all, and their entries.
//!
//! # The score
//!
//! A *name* is one alternative of an entry: the set of its words ([`crate::term_split`]: pairs of characters where words
//! have no spaces between them). A group's similarity is that of its best name. Words
//! are weighted by rarity ([`crate::vocabulary::FieldVocabulary::weight`]). A word of the row is *met* by
//!
//! - the same word in the name (factor 1);
//! - if it is rare or unknown: a word one edit away (1 - 1 / length), a word of which one is a prefix of the other (the
//!   shorter length / the longer; `edf`, `edfsa`), or two words that it is composed of ([`query::SPACING_FACTOR`]);
//! - together with one or two neighbours, the word that they form ([`query::SPACING_FACTOR`]);
//! - together with two or more neighbours, a rare word that is their initials ([`query::INITIALS_OF_ROW_FACTOR`]);
//! - the whole name, if the word is its initials and few names have these ([`query::INITIALS_OF_NAME_FACTOR`]).
//!
//! Initials are taken of all words and of all except linking words (`des`, `et`). Each word of either side is met once,
//! best factors first. With `R` and `D` the weights of the row's words and of the name's:
//!
//! ```text
//! similarity = sum of factor x weight of the name's words met / (R - weight of the row's words met + D)
//! ```
//!
//! For names without typos this is the weighted Jaccard index: shared / (R + D - shared).

mod best_groups;
mod bonus;
mod bound;
mod index;
mod kind;
mod parameters;
mod query;
mod rows;
mod search;
mod shard_match;
mod type_ahead;

pub(crate) use index::count_words;
pub(crate) use kind::TOKEN;
pub use kind::token_search;
pub use type_ahead::TypedEntry;
