//! The table of a `source` or a `reference`: one key for each format, whose keys are declared by its descriptor in
//! `ingest`.

use matchflow_ingest::{FormatKey, KeyType, TableFormat, TableRole, formats};
use serde_json::Value;

use super::{
    Decode, Delimiter, Encoding, FilePath, HeaderRow, Key, MapReader, Presence, SheetSelector, Spanned, decode_word,
    schema_of, spanned, word_schema,
};
use crate::error::Problems;
use crate::tree::Node;

/// The chosen format, and the value under its key.
#[derive(Debug, Clone)]
pub(crate) struct TableChoice {
    pub(crate) format: &'static dyn TableFormat,
    pub(crate) files: Vec<(&'static str, Spanned<FilePath>)>,
    pub(crate) options: Vec<(&'static str, Spanned<Value>)>,
}

impl TableChoice {
    /// Reads the key of the format from its map, which then knows the keys of all formats.
    pub(crate) fn read(map: &mut MapReader<'_>, role: TableRole, problems: &mut Problems) -> Option<Self> {
        let mut choice = None;
        for format in formats().filter(|format| format.about(role).is_some()) {
            if let Some(node) = map.node(format.name(), Presence::Either) {
                let table = TableChoice::decode(format, node, problems);
                choice = choice.or(table);
            }
        }
        choice
    }

    fn decode(format: &'static dyn TableFormat, node: &Node, problems: &mut Problems) -> Option<Self> {
        let mut map = MapReader::open(node, problems)?;
        let mut choice = TableChoice { format, files: Vec::new(), options: Vec::new() };
        for key in format.keys() {
            let Some(node) = map.node(key.name, presence(key)) else { continue };
            if key.value == KeyType::File {
                choice.files.extend(spanned(node, problems).map(|path| (key.name, path)));
                continue;
            }
            let before = problems.count();
            if let Some(value) = decode_value(key.value, node, problems) {
                let sound = problems.count() == before;
                choice.options.push((key.name, Spanned { value, place: node.place, sound }));
            }
        }
        map.close(problems);
        Some(choice)
    }

    /// The keys of all formats, for the schema of the map that contains them.
    pub(crate) fn keys(role: TableRole) -> Vec<Key> {
        let key = |format: &'static dyn TableFormat| {
            let keys = format.keys().iter().map(|key| Key {
                name: key.name,
                about: key.about,
                presence: presence(key),
                schema: value_schema(key.value),
                default: None,
            });
            Some(Key {
                name: format.name(),
                about: format.about(role)?,
                presence: Presence::Either,
                schema: schema_of(format.summary(), keys.collect()),
                default: None,
            })
        };
        formats().filter_map(key).collect()
    }
}

fn presence(key: &FormatKey) -> Presence {
    if key.is_required { Presence::Required } else { Presence::Optional }
}

fn decode_value(value: KeyType, node: &Node, problems: &mut Problems) -> Option<Value> {
    Some(match value {
        KeyType::File | KeyType::Text => String::decode(node, problems)?.into(),
        KeyType::Sheet => match SheetSelector::decode(node, problems)? {
            SheetSelector::Name(name) => name.into(),
            SheetSelector::Position(position) => position.into(),
        },
        KeyType::HeaderRow => match HeaderRow::decode(node, problems)? {
            HeaderRow::Auto => "auto".into(),
            HeaderRow::Row(row) => row.into(),
        },
        KeyType::Delimiter => char::from(Delimiter::decode(node, problems)?.0).to_string().into(),
        KeyType::Encoding => Encoding::decode(node, problems)?.0.into(),
        KeyType::Word { what, words } => decode_word(node, what, words, problems)?.into(),
    })
}

fn value_schema(value: KeyType) -> Value {
    match value {
        KeyType::File => FilePath::schema(),
        KeyType::Text => String::schema(),
        KeyType::Sheet => SheetSelector::schema(),
        KeyType::HeaderRow => HeaderRow::schema(),
        KeyType::Delimiter => Delimiter::schema(),
        KeyType::Encoding => Encoding::schema(),
        KeyType::Word { words, .. } => word_schema(words),
    }
}
