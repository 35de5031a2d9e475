//! Values from the bundled pipelines, and from the examples next to this file, by the path of their key.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

use crate::support::root;

/// The maximum length of an example, in characters.
const LENGTH_MAX: usize = 72;

/// Values by path: `stages[].score.<name>.weight`.
pub(crate) struct Examples {
    by_path: BTreeMap<String, String>,
    by_key: BTreeMap<String, String>,
    missing: RefCell<Vec<String>>,
}

/// The pipelines from which the values are taken.
pub(crate) fn files() -> Vec<String> {
    let mut files = vec!["pipelines/suppliers.yaml".to_owned()];
    for folder in ["pipelines", "docs/examples"] {
        let Ok(entries) = fs::read_dir(root().join(folder)) else { continue };
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        let pipelines = names.iter().filter(|name| name.ends_with(".yaml") && !name.ends_with(".model.yaml"));
        files.extend(pipelines.map(|name| format!("{folder}/{name}")));
    }
    files
}

impl Examples {
    pub(crate) fn load() -> Examples {
        let mut examples = Examples { by_path: BTreeMap::new(), by_key: by_key(), missing: RefCell::default() };
        let models = ["crates/pipeline/models/suppliers.yaml".to_owned(), "pipelines/febrl4.model.yaml".to_owned()];
        for file in files().into_iter().chain(models) {
            let text = fs::read_to_string(root().join(&file)).unwrap();
            examples.add("", &parse(&text));
        }
        examples
    }

    /// An example of the value at a path, as code; empty where there is none.
    pub(crate) fn of(&self, path: &str) -> String {
        // The schema may have `<name>` for a user-defined key, and an item for a single value or a list.
        let found = self.by_path.iter().find(|(known, _)| fits(known, path));
        let parts: Vec<&str> = path.split('.').map(|part| part.trim_end_matches("[]")).collect();
        let listed = || {
            let key = parts.last()?;
            let parent = parts.iter().rev().nth(1).map(|parent| format!("{parent}.{key}"));
            parent.and_then(|name| self.by_key.get(&name)).or_else(|| self.by_key.get(*key))
        };
        match found.map(|(_, value)| value).or_else(listed) {
            Some(value) => format!("`{value}`"),
            None => {
                self.missing.borrow_mut().push(path.to_owned());
                String::new()
            }
        }
    }

    /// The paths without an example.
    pub(crate) fn missing(&self) -> Vec<String> {
        self.missing.borrow().clone()
    }

    fn add(&mut self, path: &str, value: &Value) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    self.add(&format!("{path}.{key}"), value);
                }
            }
            Value::Array(items) => {
                items.iter().for_each(|item| self.add(&format!("{path}[]"), item));
            }
            _ => {}
        }
        let text = flow(value);
        let text = if text.len() > LENGTH_MAX { shortened(value) } else { text };
        let path = path.trim_start_matches('.').to_owned();
        self.by_path.entry(path).or_insert(text);
    }
}

/// Examples of keys that occur in no pipeline, by key or by parent and key.
fn by_key() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join("tests/reference/examples.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": ")).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// Whether a path in a file matches one of the schema.
fn fits(known: &str, path: &str) -> bool {
    let (known, path) = (known.replace("[]", ".[]"), path.replace("[]", ".[]"));
    let known: Vec<&str> = known.split('.').collect();
    let path: Vec<&str> = path.split('.').collect();
    matches_from(&known, &path)
}

fn matches_from(known: &[&str], path: &[&str]) -> bool {
    match (known, path) {
        ([], []) => true,
        ([first, known @ ..], [wanted, path @ ..]) if first == wanted || *wanted == "<name>" => {
            matches_from(known, path)
        }
        (["[]", known @ ..], _) => matches_from(known, path),
        (_, ["[]", path @ ..]) => matches_from(known, path),
        _ => false,
    }
}

/// A map or list that is too long, cut to its first items.
fn shortened(value: &Value) -> String {
    match value {
        Value::Object(map) => match map.iter().next() {
            Some((key, Value::Object(_) | Value::Array(_))) => format!("{{ {key}: ... }}"),
            Some((key, value)) => format!("{{ {key}: {}, ... }}", flow(value)),
            None => "{}".to_owned(),
        },
        Value::Array(items) => match items.first() {
            Some(Value::Object(_) | Value::Array(_)) | None => "[...]".to_owned(),
            Some(first) => format!("[{}, ...]", flow(first)),
        },
        _ => format!("{}...", flow(value).chars().take(LENGTH_MAX).collect::<String>()),
    }
}

/// A value in YAML flow style on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The tree of a YAML document, with every scalar as text and aliases resolved.
fn parse(text: &str) -> Value {
    let mut events = Parser::new_from_str(text).map(|event| event.unwrap().0);
    let mut anchors = BTreeMap::new();
    loop {
        match events.next().unwrap() {
            Event::StreamStart | Event::DocumentStart(..) => {}
            first => return node(first, &mut events, &mut anchors),
        }
    }
}

fn node<'a>(
    event: Event<'a>,
    events: &mut impl Iterator<Item = Event<'a>>,
    anchors: &mut BTreeMap<usize, Value>,
) -> Value {
    let (value, anchor) = match event {
        Event::Scalar(text, style, anchor, _) => {
            let quoted = style != ScalarStyle::Plain && text.starts_with(|first: char| !first.is_alphanumeric());
            (Value::String(if quoted { format!("\"{text}\"") } else { text.into_owned() }), anchor)
        }
        Event::SequenceStart(_, anchor, _) => {
            let mut items = Vec::new();
            loop {
                match events.next().unwrap() {
                    Event::SequenceEnd => break (Value::Array(items), anchor),
                    event => items.push(node(event, events, anchors)),
                }
            }
        }
        Event::MappingStart(_, anchor, _) => {
            let mut map = Map::new();
            loop {
                match events.next().unwrap() {
                    Event::MappingEnd => break (Value::Object(map), anchor),
                    event => {
                        let key = node(event, events, anchors);
                        let next = events.next().unwrap();
                        map.insert(key.as_str().unwrap_or_default().to_owned(), node(next, events, anchors));
                    }
                }
            }
        }
        Event::Alias(anchor) => (anchors.get(&anchor).cloned().unwrap_or_default(), 0),
        _ => (Value::Null, 0),
    };
    if anchor > 0 {
        anchors.insert(anchor, value.clone());
    }
    value
}
