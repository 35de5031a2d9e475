//! Lists, maps with free keys, and values with a short and a long form.

use serde_json::{Value, json};

use super::{Decode, Spanned, spanned, unexpected};
use crate::error::Problems;
use crate::tree::{Kind, Node};

impl<T: Decode> Decode for Vec<Spanned<T>> {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::List(items) = &node.kind else {
            unexpected(node, "a list (`- item`, or `[item, item]`)", problems);
            return None;
        };
        Some(items.iter().filter_map(|item| spanned(item, problems)).collect())
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }
}

/// One value, or a list of at least one.
#[derive(Debug, Clone)]
pub(crate) struct OneOrMany<T>(pub(crate) Vec<Spanned<T>>);

impl<T: Decode> Decode for OneOrMany<T> {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::List(items) if items.is_empty() => {
                problems.at(node.place, "the list is empty").help("at least one value");
                None
            }
            Kind::List(_) => Vec::decode(node, problems).map(Self),
            _ => spanned(node, problems).map(|value| Self(vec![value])),
        }
    }

    fn schema() -> Value {
        json!({ "anyOf": [T::schema(), { "type": "array", "items": T::schema(), "minItems": 1 }] })
    }
}

/// A map whose keys the user chooses, in the order of the file.
#[derive(Debug, Clone)]
pub(crate) struct NamedMap<T>(pub(crate) Vec<(Spanned<String>, Spanned<T>)>);

impl<T: Decode> Decode for NamedMap<T> {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let Kind::Map(entries) = &node.kind else {
            unexpected(node, "a map (`name: value`)", problems);
            return None;
        };
        let read = entries.iter().filter(|entry| !matches!(entry.node.kind, Kind::Null)).filter_map(|entry| {
            let key = Spanned { value: entry.key.clone(), place: entry.place, sound: true };
            Some((key, spanned(&entry.node, problems)?))
        });
        Some(Self(read.collect()))
    }

    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": T::schema() })
    }
}

/// A value with a short form (not a map) and a long form (a map).
#[derive(Debug, Clone)]
pub(crate) enum ShortOrLong<S, L> {
    /// The short form.
    Short(S),
    /// The long form.
    Long(L),
}

impl<S: Decode, L: Decode> Decode for ShortOrLong<S, L> {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        match node.kind {
            Kind::Map(_) => L::decode(node, problems).map(Self::Long),
            _ => S::decode(node, problems).map(Self::Short),
        }
    }

    fn schema() -> Value {
        json!({ "anyOf": [S::schema(), L::schema()] })
    }
}

/// Corresponding fields of the two sides: `field` if both sides use the same name, else `left: right`; one, a list, or
/// a map.
#[derive(Debug, Clone)]
pub(crate) struct FieldPairs(pub(crate) Vec<Pair>);

/// A supplier field and a registry field.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(crate) left: Spanned<String>,
    pub(crate) right: Spanned<String>,
}

impl Decode for FieldPairs {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut pairs = Vec::new();
        let items = match &node.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        for item in items {
            match &item.kind {
                Kind::Map(_) => {
                    let entries: NamedMap<String> = NamedMap::decode(item, problems)?;
                    pairs.extend(entries.0.into_iter().map(|(left, right)| Pair { left, right }));
                }
                Kind::Scalar(_) => {
                    let field: Spanned<String> = spanned(item, problems)?;
                    pairs.push(Pair { left: field.clone(), right: field });
                }
                _ => {
                    unexpected(item, "a field, or `supplier field: registry field`", problems);
                    return None;
                }
            }
        }
        if pairs.is_empty() {
            problems
                .at(node.place, "no field is named")
                .help("at least one `field` or `supplier field: registry field`");
            return None;
        }
        Some(Self(pairs))
    }

    fn schema() -> Value {
        pairs_schema(1)
    }
}

impl FieldPairs {
    /// Reads pairs, which may be empty: `[]`.
    pub(super) fn decode_any(node: &Node, problems: &mut Problems) -> Option<Self> {
        match &node.kind {
            Kind::List(items) if items.is_empty() => Some(Self(Vec::new())),
            _ => Self::decode(node, problems),
        }
    }

    /// The JSON Schema of [`FieldPairs::decode_any`].
    pub(super) fn schema_any() -> Value {
        pairs_schema(0)
    }
}

fn pairs_schema(items_min: u64) -> Value {
    let map = json!({ "type": "object", "additionalProperties": { "type": "string" }, "minProperties": 1 });
    let one = json!({ "anyOf": [{ "type": "string" }, map] });
    json!({ "anyOf": [one, { "type": "array", "items": one, "minItems": items_min }] })
}
