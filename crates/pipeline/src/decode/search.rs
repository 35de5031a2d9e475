//! The search of a `candidates` stage: one key for each entry in the table of searches, which declares its parameters.

use matchflow_candidates::{ParameterType, SEARCHES, SearchKind, SearchParameter};
use serde_json::{Value, json};

use super::scalars::{decode_integer, integer_schema};
use super::{Decode, FieldPairs, Key, MapReader, Pair, Presence, Spanned, decode_word, schema_of, word_schema};
use crate::error::Problems;
use crate::tree::{Kind, Node};

/// The search chosen by a stage, with the given parameters.
#[derive(Debug, Clone)]
pub(crate) struct SearchChoice {
    pub(crate) kind: &'static SearchKind,
    parameters: Vec<(&'static str, Spanned<ParameterValue>)>,
}

/// A parameter as written.
#[derive(Debug, Clone)]
pub(crate) enum ParameterValue {
    /// Keys or fields.
    Pairs(FieldPairs),
    /// A whole number.
    Number(u64),
    /// One of the allowed words.
    Word(&'static str),
}

impl SearchChoice {
    /// Reads the key of the search from its map, which then knows the keys of all searches.
    pub(crate) fn read(map: &mut MapReader<'_>, problems: &mut Problems) -> Option<Self> {
        let mut choice = None;
        for kind in SEARCHES {
            if let Some(node) = map.node(kind.name, Presence::Either) {
                let search = SearchChoice::decode(kind, node, problems);
                choice = choice.or(search);
            }
        }
        choice
    }

    fn decode(kind: &'static SearchKind, node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut parameters = Vec::new();
        let mut decode = |parameter: &SearchParameter, node: &Node, problems: &mut Problems| {
            let before = problems.count();
            if let Some(value) = decode_value(parameter, node, problems) {
                let sound = problems.count() == before;
                parameters.push((parameter.name, Spanned { value, place: node.place, sound }));
            }
        };
        if let Some(parameter) = short_form(kind).filter(|_| !is_long_form(kind, node)) {
            decode(parameter, node, problems);
        } else {
            let mut map = MapReader::open(node, problems)?;
            for parameter in kind.parameters {
                if let Some(node) = map.node(parameter.name, presence(parameter.value)) {
                    decode(parameter, node, problems);
                }
            }
            map.close(problems);
        }
        Some(SearchChoice { kind, parameters })
    }

    /// The parameter `name`, if given.
    pub(crate) fn parameter(&self, name: &str) -> Option<&Spanned<ParameterValue>> {
        self.parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Drops the pairs of fields for which `is_left` is false. Returns false if a required parameter has none left.
    pub(crate) fn retain_pairs(&mut self, is_left: impl Fn(&Pair) -> bool) -> bool {
        let mut is_complete = true;
        for (name, value) in &mut self.parameters {
            let ParameterValue::Pairs(pairs) = &mut value.value else { continue };
            pairs.0.retain(&is_left);
            let is_required = |parameter: &SearchParameter| {
                parameter.name == *name && presence(parameter.value) == Presence::Required
            };
            is_complete &= !(pairs.0.is_empty() && self.kind.parameters.iter().any(is_required));
        }
        is_complete
    }

    /// The keys of all searches, for the schema of the map that contains them.
    pub(crate) fn keys() -> Vec<Key> {
        let key = |kind: &&'static SearchKind| {
            let keys = kind.parameters.iter().map(|parameter| Key {
                name: parameter.name,
                about: parameter.help,
                presence: presence(parameter.value),
                schema: value_schema(parameter.value),
                default: default_value(parameter.value),
            });
            let map = schema_of(kind.help, keys.collect());
            let schema = match short_form(kind) {
                Some(parameter) => json!({ "anyOf": [value_schema(parameter.value), map] }),
                None => map,
            };
            Key { name: kind.name, about: kind.help, presence: Presence::Either, schema, default: None }
        };
        SEARCHES.iter().map(key).collect()
    }
}

/// The parameter that may be given without its name.
fn short_form(kind: &'static SearchKind) -> Option<&'static SearchParameter> {
    kind.parameters.iter().find(|parameter| Some(parameter.name) == kind.short_form)
}

/// Whether the map is one of parameters. Its keys may also be fields that share their name with a parameter, but a
/// field is paired with a name, never with a list or a map.
fn is_long_form(kind: &SearchKind, node: &Node) -> bool {
    let Kind::Map(entries) = &node.kind else { return false };
    let is_parameter = |key: &str| kind.parameters.iter().any(|parameter| parameter.name == key);
    entries.iter().any(|entry| is_parameter(&entry.key) && matches!(entry.node.kind, Kind::List(_) | Kind::Map(_)))
}

fn presence(value: ParameterType) -> Presence {
    match value {
        ParameterType::Keys { required: true } | ParameterType::Field => Presence::Required,
        _ => Presence::Optional,
    }
}

fn decode_value(parameter: &SearchParameter, node: &Node, problems: &mut Problems) -> Option<ParameterValue> {
    Some(match parameter.value {
        ParameterType::Keys { required: true } | ParameterType::Field => {
            ParameterValue::Pairs(FieldPairs::decode(node, problems)?)
        }
        ParameterType::Keys { required: false } | ParameterType::Fields { .. } => {
            ParameterValue::Pairs(FieldPairs::decode_any(node, problems)?)
        }
        ParameterType::Number { min, max, .. } => ParameterValue::Number(decode_integer(node, min, max, problems)?),
        ParameterType::Choice { words, .. } => {
            let expected = format!("a value of `{}`", parameter.name);
            ParameterValue::Word(decode_word(node, &expected, words, problems)?)
        }
    })
}

fn value_schema(value: ParameterType) -> Value {
    match value {
        ParameterType::Keys { required: true } | ParameterType::Field => FieldPairs::schema(),
        ParameterType::Keys { required: false } | ParameterType::Fields { .. } => FieldPairs::schema_any(),
        ParameterType::Number { min, max, .. } => integer_schema(min, max),
        ParameterType::Choice { words, .. } => word_schema(words),
    }
}

fn default_value(value: ParameterType) -> Option<Value> {
    match value {
        ParameterType::Keys { required: true } | ParameterType::Field => None,
        ParameterType::Keys { required: false } => Some(json!([])),
        ParameterType::Fields { default } => Some(json!(default)),
        ParameterType::Number { default, .. } => Some(json!(default)),
        ParameterType::Choice { default, .. } => Some(json!(default)),
    }
}
