//! Decodes the tree into typed values. A decoder reports a problem and continues, so that one pass finds them all.
//!
//! Each type defines in one place how it is read and its JSON Schema; [`record`] does both for a map with fixed keys,
//! so that the reader, the schema and its descriptions cannot diverge.

mod collections;
mod keyword;
mod record;
mod remote;
mod scalars;
mod search;
mod table;

use serde_json::Value;

pub(crate) use collections::{FieldPairs, NamedMap, OneOrMany, Pair, ShortOrLong};
pub(crate) use keyword::{Keyword, decode_keyword, decode_word, keyword_schema, keywords, word_schema};
pub(crate) use record::{Key, MapReader, Presence, default_value, record, schema_of};
pub(crate) use remote::{HostMap, MoneyAmount, RequestRate};
pub(crate) use scalars::{
    BoundedInteger, ByteSize, CellText, Delimiter, Encoding, FilePath, Fraction, HeaderRow, JsonObject, Milliseconds,
    PositiveNumber, SheetSelector,
};
pub(crate) use search::{ParameterValue, SearchChoice};
pub(crate) use table::TableChoice;

use crate::error::{Place, Problems};
use crate::tree::{Kind, Node};

/// A value that can be read from the tree.
pub(crate) trait Decode: Sized {
    /// Reads the value; `None` if a problem was reported.
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self>;

    /// The JSON Schema of the value.
    fn schema() -> Value;
}

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
    /// Whether there was no problem in it. Checks that would follow from a reported mistake are skipped if there was.
    pub(crate) sound: bool,
}

/// Reads a value with its place.
pub(crate) fn spanned<T: Decode>(node: &Node, problems: &mut Problems) -> Option<Spanned<T>> {
    let before = problems.count();
    let value = T::decode(node, problems)?;
    Some(Spanned { value, place: node.place, sound: problems.count() == before })
}

/// Reports a value of the wrong shape: `expected` is what it should be, in words.
pub(crate) fn unexpected(node: &Node, expected: &str, problems: &mut Problems) {
    if !matches!(node.kind, Kind::Broken) {
        problems.at(node.place, format!("expected {expected}, found {}", node.describe()));
    }
}
