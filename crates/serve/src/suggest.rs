//! Type-ahead suggestions of entries: prefixes of names and places, first digits of ids.

use std::cmp::Reverse;

use serde_json::{Value, json};

use crate::problem::{Problem, ProblemKind};
use crate::reconcile::{description, entry_name};
use crate::registry_entry::RegistryEntry;
use crate::served_pipeline::ServedPipeline;

/// The maximum number of suggestions, and the default.
pub(crate) const LIMIT_MAX: usize = 50;
pub(crate) const LIMIT_DEFAULT: usize = 10;
/// The fields of the registry searched for words of a place.
const PLACES: [&str; 2] = ["town", "postcode"];
/// Maximum number of words of a text that are used.
const WORDS_MAX: usize = 8;

/// The entries that start with a text, best first.
///
/// # Errors
///
/// A bug in the engine.
pub fn suggest(pipeline: &ServedPipeline, text: &str, limit: usize) -> Result<Vec<RegistryEntry>, Problem> {
    let failed = |error: &dyn std::error::Error| Problem::new(ProblemKind::Internal, error.to_string());
    let folded = matchflow_text::fold(text).unwrap_or_default();
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).take(WORDS_MAX).collect();
    let compact: String = text.chars().filter(|character| character.is_alphanumeric()).collect();
    let shards = &pipeline.matcher().index().shards;
    // If the text begins with a digit, ids are searched first.
    let has_id = compact.starts_with(|character: char| character.is_ascii_digit());
    let mut found = Vec::new();
    for (shard, entries) in shards.iter().enumerate() {
        if has_id {
            let beginning = entries.entries_beginning(&compact, limit).map_err(|error| failed(&error))?;
            found.extend(beginning.map(|entry| (Reverse(u32::MAX), shard, entry)));
        }
        let typed = entries.type_ahead(&words, &PLACES, limit).map_err(|error| failed(&error))?;
        found.extend(typed.into_iter().map(|typed| (Reverse(typed.rank), shard, typed.entry)));
    }
    found.sort_unstable();
    found.dedup_by_key(|(_, shard, entry)| (*shard, *entry));
    found.truncate(limit);
    let mut suggested = Vec::with_capacity(found.len());
    for (_, shard, entry) in found {
        let Some(shard) = shards.get(shard) else { continue };
        let rows = shard.take(&[entry]).map_err(|error| failed(&error))?;
        suggested.extend(RegistryEntry::of_rows(pipeline, &rows)?);
    }
    Ok(suggested)
}

/// The suggestions with details that distinguish them.
pub(crate) fn suggestions_json(pipeline: &ServedPipeline, entries: &[RegistryEntry]) -> Value {
    let suggestion = |entry: &RegistryEntry| {
        json!({
            "id": entry.id,
            "group": entry.group,
            "name": entry_name(pipeline, &entry.fields).unwrap_or_else(|| entry.id.clone()),
            "description": description(pipeline, &entry.fields),
            "closed": entry.is_closed,
        })
    };
    json!({ "suggestions": entries.iter().map(suggestion).collect::<Vec<_>>() })
}

/// The suggestions in the format of both versions of the reconciliation API.
pub(crate) fn entities_json(pipeline: &ServedPipeline, entries: &[RegistryEntry]) -> Value {
    let entity = |entry: &RegistryEntry| {
        json!({
            "id": entry.id,
            "name": entry_name(pipeline, &entry.fields).unwrap_or_else(|| entry.id.clone()),
            "description": description(pipeline, &entry.fields),
        })
    };
    json!({ "result": entries.iter().map(entity).collect::<Vec<_>>() })
}
