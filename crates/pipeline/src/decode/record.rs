//! Maps with fixed keys.

use matchflow_model::printable::excerpt;
use serde_json::{Map, Value, json};

use super::{Decode, Spanned, spanned, unexpected};
use crate::error::{Place, Problems};
use crate::suggest::{closest, listed};
use crate::tree::{Entry, Kind, Node};

/// The key that can replace keys with [`Presence::UnlessPreset`].
const PRESET: &str = "preset";

/// Whether a key is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It is required.
    Required,
    /// It is required, unless the map names a `preset` that has it.
    UnlessPreset,
    /// It is optional.
    Optional,
    /// Exactly one of the record's keys of this kind is required.
    Either,
}

/// A key of a record, for its schema.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) presence: Presence,
    pub(crate) schema: Value,
    pub(crate) default: Option<Value>,
}

/// Declares a record: the struct, its reader and its JSON Schema, from one list of keys.
///
/// ```text
/// record! {
///     /// What the map is.
///     Sink {
///         /// What the key means.
///         Required checkpoint: Path,
///         /// ...
///         Optional batch_size: BoundedInteger<1, 1_000_000> = 100,
///     }
/// }
/// ```
///
/// `Source with table: TableChoice(TableRole::Source) { ... }` declares, before these keys, those of
/// [`TableChoice`](crate::decode::TableChoice), of which exactly one must be given: one for each format.
///
/// A default after `=` is documentation for the schema: the checks apply it, and a test compares the two.
///
/// Every field of the struct is an `Option<Spanned<_>>`, even if required: a missing one is reported, and the checks of
/// the other keys continue.
macro_rules! record {
    ($(#[doc = $about:literal])* $name:ident $(with $choice:ident: $choice_type:ident($($choice_of:expr)?))? {
        $($(#[doc = $key_about:literal])* $presence:ident $key:ident: $type:ty $(= $default:literal)?,)*
    }) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone)]
        pub(crate) struct $name {
            $(
                #[doc = "Which of several keys is given."]
                pub(crate) $choice: Option<$choice_type>,
            )?
            $($(#[doc = $key_about])* pub(crate) $key: Option<$crate::decode::Spanned<$type>>,)*
        }

        impl $crate::decode::Decode for $name {
            fn decode(node: &$crate::tree::Node, problems: &mut $crate::error::Problems) -> Option<Self> {
                let mut map = $crate::decode::MapReader::open(node, problems)?;
                let record = Self {
                    $($choice: $choice_type::read(&mut map, $($choice_of,)? problems),)?
                    $($key: map.read(stringify!($key), $crate::decode::Presence::$presence, problems),)*
                };
                map.close(problems);
                Some(record)
            }

            fn schema() -> serde_json::Value {
                let keys = [$($crate::decode::Key {
                    name: stringify!($key),
                    about: concat!($($key_about),*),
                    presence: $crate::decode::Presence::$presence,
                    schema: <$type as $crate::decode::Decode>::schema(),
                    default: $crate::decode::default_value!($($default)?),
                }),*];
                let choices: [Vec<$crate::decode::Key>; _] = [$($choice_type::keys($($choice_of)?))?];
                let keys = choices.into_iter().flatten().chain(keys).collect();
                $crate::decode::schema_of(concat!($($about),*), keys)
            }
        }
    };
}
pub(crate) use record;

/// The default of a key as JSON, if it has one.
macro_rules! default_value {
    () => {
        None
    };
    ($default:literal) => {
        Some(serde_json::json!($default))
    };
}
pub(crate) use default_value;

/// Converts `r#type` to `type`.
fn file_name(name: &'static str) -> &'static str {
    name.strip_prefix("r#").unwrap_or(name)
}

/// Reads the keys of one map, and finally reports those that were not read.
pub(crate) struct MapReader<'a> {
    entries: &'a [Entry],
    place: Place,
    known: Vec<&'static str>,
    missing: Vec<&'static str>,
    either: Vec<&'static str>,
}

impl<'a> MapReader<'a> {
    /// Starts reading a map; reports anything else.
    pub(crate) fn open(node: &'a Node, problems: &mut Problems) -> Option<Self> {
        let entries = match &node.kind {
            Kind::Map(entries) => entries.as_slice(),
            // `sink:` without a value is a map without keys: missing keys are reported by name.
            Kind::Null => &[],
            _ => {
                unexpected(node, "a map (`key: value`)", problems);
                return None;
            }
        };
        Some(Self { entries, place: node.place, known: Vec::new(), missing: Vec::new(), either: Vec::new() })
    }

    /// Reads one key.
    pub(crate) fn read<T: Decode>(
        &mut self,
        name: &'static str,
        presence: Presence,
        problems: &mut Problems,
    ) -> Option<Spanned<T>> {
        spanned(self.node(name, presence)?, problems)
    }

    /// The value of a key; `None` if it is not given.
    pub(crate) fn node(&mut self, name: &'static str, presence: Presence) -> Option<&'a Node> {
        let name = file_name(name);
        self.known.push(name);
        if presence == Presence::Either {
            self.either.push(name);
        }
        match self.entries.iter().find(|entry| entry.key == name) {
            Some(entry) if !matches!(entry.node.kind, Kind::Null) => Some(&entry.node),
            _ => {
                let is_preset = || self.entries.iter().any(|entry| entry.key == PRESET);
                if presence == Presence::Required || (presence == Presence::UnlessPreset && !is_preset()) {
                    self.missing.push(name);
                }
                None
            }
        }
    }

    /// Reports unknown keys, missing keys, and a choice that was made twice or is missing.
    pub(crate) fn close(mut self, problems: &mut Problems) {
        for entry in self.entries.iter().filter(|entry| !self.known.contains(&entry.key.as_str())) {
            // A misspelt key is one problem, not an unknown key and a missing one.
            let meant = closest(&entry.key, &self.known);
            self.missing.retain(|name| Some(*name) != meant);
            let help = listed("allowed here: ", &entry.key, self.known.iter().copied());
            problems.at(entry.place, format!("unknown key `{}`", excerpt(&entry.key))).help(help);
        }
        for name in &self.missing {
            problems.at(self.place, format!("`{name}` is missing")).label("in this map");
        }
        if !self.either.is_empty() {
            self.close_choice(problems);
        }
    }

    fn close_choice(&self, problems: &mut Problems) {
        let chosen =
            |entry: &&Entry| self.either.contains(&entry.key.as_str()) && !matches!(entry.node.kind, Kind::Null);
        let mut chosen = self.entries.iter().filter(chosen);
        let all = listed("", "", self.either.iter().copied());
        match (chosen.next(), chosen.next()) {
            (Some(_), None) => {}
            (Some(first), Some(second)) => {
                let message = format!("`{}` and `{}` exclude each other", first.key, second.key);
                let problem = problems.at(second.place, message).see(first.place, "the first one");
                problem.help(format!("exactly one of {all}"));
            }
            (None, _) => {
                // A misspelt choice is reported as an unknown key; reporting it as missing too would not help.
                if self.entries.iter().all(|entry| self.known.contains(&entry.key.as_str())) {
                    problems.at(self.place, format!("one of {all} is missing")).label("in this map");
                }
            }
        }
    }
}

/// The description of a key in editors and reference pages.
fn describe(key: &Key) -> String {
    let about = key.about.split_whitespace().collect::<Vec<_>>().join(" ");
    match &key.default {
        Some(Value::String(default)) => format!("{about} Default: `{default}`."),
        Some(default) => format!("{about} Default: `{default}`."),
        None => about,
    }
}

/// The JSON Schema of a record.
pub(crate) fn schema_of(about: &str, keys: Vec<Key>) -> Value {
    let named = |presence| keys.iter().filter(move |key| key.presence == presence).map(|key| file_name(key.name));
    let required: Vec<&str> = named(Presence::Required).collect();
    let either: Vec<Value> = named(Presence::Either).map(|name| json!({ "required": [name] })).collect();
    let mut schema = Map::new();
    schema.insert("description".into(), about.split_whitespace().collect::<Vec<_>>().join(" ").into());
    schema.insert("type".into(), "object".into());
    let properties = keys.iter().map(|key| {
        let mut schema = key.schema.clone();
        if let Value::Object(schema) = &mut schema {
            schema.insert("description".into(), describe(key).into());
            schema.extend(key.default.clone().map(|default| ("default".to_owned(), default)));
        }
        (file_name(key.name).to_owned(), schema)
    });
    schema.insert("properties".into(), Value::Object(properties.collect()));
    schema.insert("additionalProperties".into(), false.into());
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    let unless_preset: Vec<&str> = named(Presence::UnlessPreset).collect();
    if !unless_preset.is_empty() {
        schema.insert("if".into(), json!({ "not": { "required": [PRESET] } }));
        schema.insert("then".into(), json!({ "required": unless_preset }));
    }
    if !either.is_empty() {
        schema.insert("oneOf".into(), either.into());
    }
    Value::Object(schema)
}
