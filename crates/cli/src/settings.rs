//! The settings that decide a row, with a digest each, so that a resumed run can list what changed.
//!
//! Where files lie does not count, and limits do not: they never change a result, or, as the limit on an arbiter's cost,
//! only that of rows that are marked and done again. A plug-in and its parameters are parts
//! of their own, whatever kind of stage has them.

use std::collections::{BTreeMap, BTreeSet};

use matchflow_model::digest::sha256_hex;
use matchflow_model::plan::Plan;
use serde_json::{Map, Value};

/// Counts up when the cleaning rules change, so that rows decided by older ones are told apart.
const RULES_VERSION: u32 = 1;
/// Keys of a plan that change no result.
const IGNORED: [&str; 9] = [
    "index_path",
    "plugin",
    "path",
    "files",
    "timeout_ms",
    "memory_bytes_max",
    "output_bytes_max",
    "remote",
    "cost_max",
];
/// Parts named in a message at most.
const NAMED_MAX: usize = 6;

/// Each part with its digest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settings(BTreeMap<String, String>);

impl Settings {
    /// The parts of a plan.
    pub(crate) fn of(plan: &Plan, reference_digest: &str) -> Settings {
        let mut parts = BTreeMap::new();
        // Rows that are compared with each other are told apart by their own digests.
        if plan.dedupe.is_none() {
            parts.insert("the registry".to_owned(), reference_digest.to_owned());
        }
        parts.insert("the rules of this version".to_owned(), RULES_VERSION.to_string());
        parts.insert("the searches of this version".to_owned(), matchflow_candidates::SEARCH_RULES.to_owned());
        let mut reference = serde_json::to_value(&plan.reference).unwrap_or_default();
        drop_ignored(&mut reference);
        parts.insert("how the registry is read".to_owned(), digest(&reference));
        for stage in &plan.stages {
            let mut kind = serde_json::to_value(&stage.kind).unwrap_or_default();
            take_plugins(&mut kind, &stage.label, &mut parts);
            drop_ignored(&mut kind);
            parts.insert(format!("stage {}", stage.label), digest(&kind));
        }
        Settings(parts)
    }

    /// The parts by their names.
    pub(crate) fn into_parts(self) -> BTreeMap<String, String> {
        self.0
    }

    /// Digest of all parts.
    pub(crate) fn digest(&self) -> String {
        sha256_hex(self.to_json().as_bytes())
    }

    /// The parts as a JSON object.
    pub(crate) fn to_json(&self) -> String {
        let parts = self.0.iter().map(|(name, digest)| (name.clone(), Value::String(digest.clone())));
        Value::Object(parts.collect::<Map<_, _>>()).to_string()
    }

    /// What is not as it was in `before` (JSON as [`Settings::to_json`] writes it), in words.
    pub(crate) fn changed_since(&self, before: &str) -> String {
        let before: BTreeMap<String, String> = serde_json::from_str(before).unwrap_or_default();
        if before.is_empty() {
            return "settings that were not recorded".to_owned();
        }
        let names: BTreeSet<&String> = before.keys().chain(self.0.keys()).collect();
        let changed: Vec<&str> =
            names.into_iter().filter(|name| before.get(*name) != self.0.get(*name)).map(String::as_str).collect();
        let mut words = changed.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
        if changed.len() > NAMED_MAX {
            words.push_str(&format!(" and {} more", changed.len() - NAMED_MAX));
        }
        words
    }
}

fn digest(value: &Value) -> String {
    sha256_hex(value.to_string().as_bytes())
}

/// Takes plug-ins out of a stage: whatever has a digest and parameters.
fn take_plugins(value: &mut Value, stage: &str, parts: &mut BTreeMap<String, String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| take_plugins(item, stage, parts)),
        Value::Object(fields) => {
            if fields.contains_key("digest") && fields.contains_key("parameters") {
                let name = plugin_name(fields);
                if let Some(Value::String(digest)) = fields.remove("digest") {
                    parts.insert(format!("plug-in `{name}` of {stage}"), digest);
                }
                if let Some(parameters) = fields.remove("parameters") {
                    parts.insert(format!("parameters of `{name}` of {stage}"), digest(&parameters));
                }
            }
            fields.values_mut().for_each(|field| take_plugins(field, stage, parts));
        }
        _ => {}
    }
}

/// The name that the plan gives a plug-in, else that of its file.
fn plugin_name(fields: &Map<String, Value>) -> String {
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    let file = || Some(std::path::Path::new(text("plugin")?).file_stem()?.to_string_lossy().into_owned());
    text("name").map(str::to_owned).or_else(file).unwrap_or_default()
}

pub(crate) fn drop_ignored(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_ignored),
        Value::Object(fields) => {
            for key in IGNORED {
                fields.remove(key);
            }
            fields.values_mut().for_each(drop_ignored);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_named() {
        let parts = |pairs: &[(&str, &str)]| {
            Settings(pairs.iter().map(|(name, digest)| ((*name).to_owned(), (*digest).to_owned())).collect())
        };
        let now = parts(&[("the registry", "1"), ("stage A", "2"), ("stage B", "3")]);
        assert_eq!(now.changed_since(&now.to_json()), "");
        let before = parts(&[("the registry", "0"), ("stage A", "2"), ("stage C", "3")]).to_json();
        assert_eq!(now.changed_since(&before), "stage B, stage C, the registry");
        assert_eq!(now.changed_since("{}"), "settings that were not recorded");
        assert_eq!(
            parts(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("e", "1"), ("f", "1"), ("g", "1")])
                .changed_since("{\"z\":\"1\"}"),
            "a, b, c, d, e, f and 2 more"
        );
    }

    #[test]
    fn a_plug_in_and_its_parameters_are_parts_of_their_own() {
        let scorer = |digest: &str, parameters: &str, path: &str, timeout: u32, weight: f64| {
            serde_json::json!({ "Score": { "scorers": [{
                "name": "names", "plugin": path, "digest": digest, "parameters": parameters, "weight": weight,
                "timeout_ms": timeout
            }] } })
        };
        let parts = |mut kind: Value| {
            let mut parts = BTreeMap::new();
            take_plugins(&mut kind, "SCORE", &mut parts);
            drop_ignored(&mut kind);
            parts.insert("stage SCORE".to_owned(), digest(&kind));
            Settings(parts)
        };
        let before = parts(scorer("d1", "{}", "a.wasm", 5, 1.0)).to_json();
        let changed = |kind| parts(kind).changed_since(&before);
        assert_eq!(changed(scorer("d1", "{}", "elsewhere/a.wasm", 9, 1.0)), "");
        assert_eq!(changed(scorer("d2", "{}", "a.wasm", 5, 1.0)), "plug-in `names` of SCORE");
        assert_eq!(changed(scorer("d1", "{\"a\":1}", "a.wasm", 5, 1.0)), "parameters of `names` of SCORE");
        assert_eq!(changed(scorer("d1", "{}", "a.wasm", 5, 2.0)), "stage SCORE");
    }
}
