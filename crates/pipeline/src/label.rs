//! Labels of stages: the given one, else the kind in capitals, numbered from the second on (`TOKEN`, `TOKEN_2`).

use std::collections::HashSet;

use matchflow_candidates::search_kind;

use crate::tree::{Entry, Kind, Node};

/// The keys of a candidates stage other than its search.
const CANDIDATES_KEYS: [&str; 3] = ["label", "when", "keep"];

/// The labels of stages, in order: given ones unchanged, the others generated and numbered without clashes.
pub(crate) fn assign<'a>(stages: impl Iterator<Item = (Option<&'a str>, &'a str)> + Clone) -> Vec<String> {
    let mut taken: HashSet<String> = stages.clone().filter_map(|(given, _)| given.map(str::to_owned)).collect();
    let free = |base: &str, taken: &mut HashSet<String>| {
        let base = base.to_uppercase();
        let numbered = (2..).map(|number| format!("{base}_{number}"));
        let mut names = std::iter::once(base.clone()).chain(numbered);
        // There are infinitely many numbers and finitely many labels.
        let name = names.find(|name| !taken.contains(name)).unwrap_or(base);
        taken.insert(name.clone());
        name
    };
    stages.map(|(given, base)| given.map_or_else(|| free(base, &mut taken), str::to_owned)).collect()
}

/// The labels of the items of a `stages` list that is not decoded yet.
pub(crate) fn of_nodes(items: &[Node]) -> Vec<String> {
    assign(items.iter().map(|item| match &item.kind {
        Kind::Map(entries) => entries.first().map_or((None, ""), |entry| (given(&entry.node), base(entry))),
        _ => (None, ""),
    }))
}

/// Whether `entries` are those of a candidates stage at the path `parent`.
pub(crate) fn is_candidates(parent: &str, entries: &[Entry]) -> bool {
    let in_stage = parent.strip_prefix("stages.").is_some_and(|label| !label.is_empty());
    let stage = |entry: &Entry| matches!(entry.key.as_str(), "clean" | "candidates" | "score" | "decide" | "arbitrate");
    in_stage && !entries.iter().any(stage) && search_of(entries).is_some()
}

/// The index of the search among a candidates stage's entries.
pub(crate) fn search_of(entries: &[Entry]) -> Option<usize> {
    entries.iter().position(|entry| search_kind(&entry.key).is_some())
}

/// Whether the key belongs to a candidates stage itself rather than to its search.
pub(crate) fn is_candidates_key(key: &str) -> bool {
    CANDIDATES_KEYS.contains(&key) || search_kind(key).is_some()
}

fn given(node: &Node) -> Option<&str> {
    let Kind::Map(entries) = &node.kind else { return None };
    entries.iter().find(|entry| entry.key == "label").and_then(|entry| match &entry.node.kind {
        Kind::Scalar(scalar) => Some(scalar.text.as_str()),
        _ => None,
    })
}

fn base(stage: &Entry) -> &str {
    let search = || match &stage.node.kind {
        Kind::Map(entries) => entries.iter().map(|entry| entry.key.as_str()).find(|key| search_kind(key).is_some()),
        _ => None,
    };
    if stage.key == "candidates" { search().unwrap_or("candidates") } else { &stage.key }
}

#[cfg(test)]
mod tests {
    use super::assign;

    #[test]
    fn generated_labels_avoid_the_given_ones() {
        let stages = [(None, "token"), (Some("TOKEN_2"), "token"), (None, "token"), (None, "score")];
        assert_eq!(assign(stages.into_iter()), ["TOKEN", "TOKEN_2", "TOKEN_3", "SCORE"]);
    }
}
