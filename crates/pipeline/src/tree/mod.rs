//! A YAML document as a tree in which every key and value has its place.
//!
//! Scalars remain text: the reader of each key interprets them (`06000` may be a postcode in one place and a number in
//! another). At most [`NODES_MAX`] nodes, counting aliases once per use.

mod parse;
mod set;
mod substitute;

pub(crate) use parse::parse;
pub(crate) use set::apply;
pub(crate) use substitute::substitute;

use matchflow_model::printable::excerpt;

use crate::error::Place;

/// Maximum number of nodes in a document: keeps a few nested aliases from filling the memory.
pub(crate) const NODES_MAX: usize = 200_000;

/// A value and its location. A block list or map is located at its key (or dash).
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
}

/// The kind of a value.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// No value, `null` or `~`: the same as omitting the key.
    Null,
    /// Text, not typed yet.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file, without repeated keys.
    Map(Vec<Entry>),
    /// A value with a problem that has been reported already: readers ignore it.
    Broken,
}

/// A scalar.
#[derive(Debug, Clone)]
pub(crate) struct Scalar {
    /// Its content.
    pub(crate) text: String,
    /// Whether it is unquoted.
    pub(crate) plain: bool,
    /// The original text if variables were substituted; messages show this.
    pub(crate) written: Option<String>,
}

impl Scalar {
    /// The text to show in messages.
    pub(crate) fn display_text(&self) -> &str {
        self.written.as_deref().unwrap_or(&self.text)
    }
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) node: Node,
}

impl Node {
    /// The range of the value and everything in it. A block's own place is its first line.
    pub(crate) fn extent(&self) -> Place {
        let inner: Vec<Place> = match &self.kind {
            Kind::List(items) => items.iter().map(Node::extent).collect(),
            Kind::Map(entries) => entries.iter().flat_map(|entry| [entry.place, entry.node.extent()]).collect(),
            _ => Vec::new(),
        };
        let inside = inner.into_iter().filter(|place| place.source == self.place.source);
        inside.fold(self.place, |all, place| Place {
            start: all.start.min(place.start),
            end: all.end.max(place.end),
            ..all
        })
    }

    /// The value of a key of a map.
    pub(crate) fn entry(&self, key: &str) -> Option<&Node> {
        let Kind::Map(entries) = &self.kind else { return None };
        entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
    }

    /// The value as described in messages: "`abc`", "a list", "a map", "nothing".
    pub(crate) fn describe(&self) -> String {
        match &self.kind {
            Kind::Null | Kind::Broken => "nothing".into(),
            Kind::Scalar(scalar) => format!("`{}`", excerpt(scalar.display_text())),
            Kind::List(_) => "a list".into(),
            Kind::Map(_) => "a map".into(),
        }
    }
}
