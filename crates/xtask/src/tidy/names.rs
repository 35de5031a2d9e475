//! Names of types and identifiers.
//!
//! - A participle alone is not a type name (`Found`, `Wanted`): the name must include what was found.
//! - A type name has at most three meanings in the workspace.
//! - Identifiers use the words of the domain; `tidy/rules.txt` lists words to avoid.

use std::collections::BTreeMap;

use super::source::{is_test_file, line_at, without_tests, words};
use super::{Measure, Rules, Workspace};

const MEANINGS_MAX: usize = 3;

/// Maximum number of odd words per thousand lines of a crate.
const ODD_WORDS_PER_THOUSAND: usize = 6;

/// A definition of a type.
struct Definition<'a> {
    name: String,
    file: &'a str,
    line: usize,
}

/// Participles, crowded names and odd words.
pub(super) fn measure(workspace: &Workspace, rules: &Rules) -> Vec<Measure> {
    let files: Vec<(&str, String)> = workspace
        .rust_files()
        .filter(|(path, _)| path.starts_with("crates/") && path.contains("/src/") && !is_test_file(path))
        .map(|(path, file)| (path, without_tests(&file.code)))
        .collect();
    let definitions: Vec<Definition<'_>> = files.iter().flat_map(|(path, code)| definitions(path, code)).collect();
    let mut measures = participles(&definitions, rules);
    measures.extend(meanings(&definitions));
    measures.extend(odd_words(&files, rules));
    measures
}

fn definitions<'a>(file: &'a str, code: &str) -> Vec<Definition<'a>> {
    let mut definitions = Vec::new();
    let mut tokens = words(code);
    while let Some((at, word)) = tokens.next() {
        if matches!(word, "struct" | "enum" | "trait")
            && let Some((_, name)) = tokens.next()
            && name.starts_with(char::is_uppercase)
        {
            definitions.push(Definition { name: name.to_owned(), file, line: line_at(code, at) });
        }
    }
    definitions
}

/// The bare participles of each crate.
fn participles(definitions: &[Definition<'_>], rules: &Rules) -> Vec<Measure> {
    let mut by_crate: BTreeMap<&str, Vec<&Definition<'_>>> = BTreeMap::new();
    for definition in definitions.iter().filter(|definition| is_participle(&definition.name, rules)) {
        by_crate.entry(crate_of(definition.file)).or_default().push(definition);
    }
    let measures = by_crate.into_iter().filter_map(|(folder, found)| {
        let first = found.first()?;
        let names: Vec<String> = found.iter().map(|one| format!("{} ({}:{})", one.name, one.file, one.line)).collect();
        Some(Measure {
            rule: "participle",
            key: folder.to_owned(),
            value: found.len(),
            limit: 0,
            file: first.file.to_owned(),
            line: first.line,
            problem: format!("{} bare participles as types in {folder}: {}", found.len(), names.join(", ")),
            remedy:
                "a type is a noun phrase: `FoundEntries`, not `Found`; a noun that only looks like a participle goes \
                     under [nouns] in tidy/rules.txt"
                    .to_owned(),
        })
    });
    measures.collect()
}

fn is_participle(name: &str, rules: &Rules) -> bool {
    if name.chars().filter(|character| character.is_uppercase()).count() != 1 {
        return false;
    }
    let word = name.to_lowercase();
    !rules.nouns.contains(&word) && (word.ends_with("ed") || word.ends_with("ing") || rules.participles.contains(&word))
}

/// The number of definitions of each type name.
fn meanings(definitions: &[Definition<'_>]) -> Vec<Measure> {
    let mut by_name: BTreeMap<&str, Vec<&Definition<'_>>> = BTreeMap::new();
    for definition in definitions {
        by_name.entry(&definition.name).or_default().push(definition);
    }
    let measures = by_name.into_iter().filter_map(|(name, found)| {
        let last = found.last()?;
        let files: Vec<String> = found.iter().map(|one| format!("{}:{}", one.file, one.line)).collect();
        Some(Measure {
            rule: "type-meanings",
            key: name.to_owned(),
            value: found.len(),
            limit: MEANINGS_MAX,
            file: last.file.to_owned(),
            line: last.line,
            problem: format!("`{name}` is {} types; the limit is {MEANINGS_MAX}: {}", found.len(), files.join(", ")),
            remedy: "add the noun that tells them apart".to_owned(),
        })
    });
    measures.collect()
}

/// The odd words of each crate.
fn odd_words(files: &[(&str, String)], rules: &Rules) -> Vec<Measure> {
    #[derive(Default)]
    struct CrateWords<'a> {
        lines: usize,
        counts: BTreeMap<&'a str, usize>,
        first: BTreeMap<&'a str, (&'a str, usize)>,
    }
    let mut by_crate: BTreeMap<&str, CrateWords<'_>> = BTreeMap::new();
    for (path, code) in files {
        let tally = by_crate.entry(crate_of(path)).or_default();
        tally.lines += code.lines().count();
        for (at, identifier) in words(code) {
            for part in parts(identifier) {
                if let Some((word, _)) = rules.odd_words.get_key_value(&part) {
                    *tally.counts.entry(word).or_default() += 1;
                    tally.first.entry(word).or_insert_with(|| (path, line_at(code, at)));
                }
            }
        }
    }
    let measures = by_crate.into_iter().filter_map(|(folder, tally)| {
        let (word, _) = tally.counts.iter().max_by_key(|(_, count)| **count)?;
        let (file, line) = tally.first.get(word)?;
        let total: usize = tally.counts.values().sum();
        let limit = tally.lines * ODD_WORDS_PER_THOUSAND / 1_000;
        let list: Vec<String> = tally.counts.iter().map(|(word, count)| format!("{word} {count}")).collect();
        Some(Measure {
            rule: "odd-words",
            key: folder.to_owned(),
            value: total,
            limit,
            file: (*file).to_owned(),
            line: *line,
            problem: format!("{total} odd words in identifiers of {folder}; the limit is {limit}: {}", list.join(", ")),
            remedy: format!("name the thing; for `{word}`: {}", rules.odd_words.get(*word).map_or("", String::as_str)),
        })
    });
    measures.collect()
}

fn crate_of(path: &str) -> &str {
    path.split_once("/src/").map_or(path, |(folder, _)| folder)
}

/// The words of an identifier, in lower case: `CellValue` and `cell_value` both have two.
fn parts(identifier: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    let mut fresh = true;
    for character in identifier.chars() {
        if !character.is_alphabetic() {
            fresh = true;
            continue;
        }
        if fresh || character.is_uppercase() {
            parts.push(String::new());
        }
        fresh = false;
        if let Some(part) = parts.last_mut() {
            part.extend(character.to_lowercase());
        }
    }
    parts
}
