//! Keys that were renamed: old files are still read, with a warning that names the new key.

use serde_json::{Value, json};

use crate::error::{Place, Problems};
use crate::tree::{Entry, Kind, Node};

/// The file that a key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyFile {
    /// A pipeline.
    Pipeline,
    /// A match model.
    MatchModel,
}

/// A renamed key.
struct RenamedKey {
    file: KeyFile,
    /// The maps that have the key: keys joined with dots, `*` for any item or key.
    map: &'static str,
    old: &'static str,
    new: &'static str,
}

const fn pipeline(map: &'static str, old: &'static str, new: &'static str) -> RenamedKey {
    RenamedKey { file: KeyFile::Pipeline, map, old, new }
}

const fn match_model(map: &'static str, old: &'static str, new: &'static str) -> RenamedKey {
    RenamedKey { file: KeyFile::MatchModel, map, old, new }
}

/// All renamed keys, outer ones before those inside them.
const RENAMED_KEYS: &[RenamedKey] = &[
    pipeline("stages.*.clean.*", "without", "strip_town"),
    pipeline("stages.*.candidates", "local", "blocked"),
    pipeline("stages.*.candidates", "broad", "token"),
    pipeline("stages.*.decide", "aside", "out_of_scope"),
    pipeline("stages.*.decide.out_of_scope", "home", "except"),
    pipeline("dedupe", "apart", "cannot_link"),
    pipeline("dedupe", "rows", "max_cluster_size"),
    pipeline("tests.*.expect.*", "apart_from", "different_from"),
    match_model("head_office", "instead", "rate"),
    match_model("comparisons.*.*.u", "companies", "groups"),
    match_model("comparisons.*.*.u", "rarity", "term_frequency"),
    match_model("comparisons.*.*.u", "times", "factor"),
];

/// Renames old keys, with a warning for each.
pub(crate) fn rename_keys(root: &mut Node, file: KeyFile, problems: &mut Problems) {
    for key in RENAMED_KEYS.iter().filter(|key| key.file == file) {
        visit_maps(root, key.map, &mut |entries| rename(entries, key, problems));
    }
}

/// The current name of a search.
pub(crate) fn current_search_name(name: &str) -> &str {
    let renamed = RENAMED_KEYS.iter().find(|key| key.map == "stages.*.candidates" && key.old == name);
    renamed.map_or(name, |key| key.new)
}

fn rename(entries: &mut [Entry], key: &RenamedKey, problems: &mut Problems) {
    let current: Option<Place> = entries.iter().find(|entry| entry.key == key.new).map(|entry| entry.place);
    let Some(entry) = entries.iter_mut().find(|entry| entry.key == key.old) else { return };
    let RenamedKey { old, new, .. } = key;
    if let Some(current) = current {
        let problem = problems.at(entry.place, format!("`{old}` is the old name of `{new}`, which is given too"));
        problem.see(current, format!("`{new}`")).help(format!("remove `{old}`"));
    } else {
        let problem = problems.warn(entry.place, format!("`{old}` was renamed to `{new}`"));
        problem.help(format!("write `{new}` instead; the old name is still read"));
    }
    entry.key = (*new).to_owned();
}

/// Visits the maps at a path under `node`.
fn visit_maps(node: &mut Node, path: &str, visit: &mut dyn FnMut(&mut [Entry])) {
    let (step, rest) = path.split_once('.').map_or((path, ""), |(step, rest)| (step, rest));
    match &mut node.kind {
        Kind::Map(entries) if path.is_empty() => visit(entries),
        Kind::Map(entries) => {
            let named = entries.iter_mut().filter(|entry| step == "*" || entry.key == step);
            named.for_each(|entry| visit_maps(&mut entry.node, rest, visit));
        }
        Kind::List(items) if step == "*" => items.iter_mut().for_each(|item| visit_maps(item, rest, visit)),
        _ => {}
    }
}

/// Adds the old names to a JSON Schema as deprecated keys, so that editors accept old files and mark the keys.
pub(crate) fn add_deprecated_keys(schema: &mut Value, file: KeyFile) {
    // Inner keys first: an old outer name has everything that its new name has.
    for key in RENAMED_KEYS.iter().rev().filter(|key| key.file == file) {
        visit_schemas(schema, key.map, &mut |map| deprecate(map, key));
    }
}

fn deprecate(map: &mut Value, key: &RenamedKey) {
    let Some(mut old) = map.pointer(&format!("/properties/{}", key.new)).cloned() else { return };
    if let Value::Object(old) = &mut old {
        old.insert("description".to_owned(), format!("Renamed to `{}`.", key.new).into());
        old.insert("deprecated".to_owned(), true.into());
    }
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        properties.insert(key.old.to_owned(), old);
    }
    let either = json!([{ "required": [key.new] }, { "required": [key.old] }]);
    if let Some(Value::Array(choices)) = map.get_mut("oneOf")
        && choices.contains(&json!({ "required": [key.new] }))
    {
        choices.push(json!({ "required": [key.old] }));
    }
    if let Some(Value::Array(required)) = map.get_mut("required")
        && required.iter().any(|name| name == key.new)
    {
        required.retain(|name| name != key.new);
        if let Value::Object(map) = map {
            map.insert("anyOf".to_owned(), either);
        }
    }
}

/// Visits the schemas of the maps at a path.
fn visit_schemas(schema: &mut Value, path: &str, visit: &mut dyn FnMut(&mut Value)) {
    for form in ["anyOf", "oneOf"] {
        if let Some(Value::Array(forms)) = schema.get_mut(form) {
            forms.iter_mut().for_each(|form| visit_schemas(form, path, visit));
        }
    }
    if path.is_empty() {
        return visit(schema);
    }
    let (step, rest) = path.split_once('.').map_or((path, ""), |(step, rest)| (step, rest));
    let inner = match step {
        "*" if schema.get("items").is_some() => schema.get_mut("items"),
        "*" => schema.get_mut("additionalProperties").filter(|inner| inner.is_object()),
        name => schema.get_mut("properties").and_then(|properties| properties.get_mut(name)),
    };
    if let Some(inner) = inner {
        visit_schemas(inner, rest, visit);
    }
}
