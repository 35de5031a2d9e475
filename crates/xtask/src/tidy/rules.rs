//! `tidy/rules.txt`: the facts about this workspace that the rules use.
//!
//! A line is a key and a value, under a heading in brackets; `#` starts a comment.

use std::collections::BTreeMap;

use super::TidyError;

/// The data file, relative to the root.
pub(super) const FILE: &str = "crates/xtask/tidy/rules.txt";

/// The facts about this workspace that the rules use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// The layers of crates, lowest first: a crate depends on lower ones.
    pub layers: Vec<Vec<String>>,
    /// Allowed dependencies within a layer: the crate, and the one it depends on.
    pub same_layer: Vec<(String, String)>,
    /// Libraries that only some paths may name.
    pub libraries: BTreeMap<String, Vec<String>>,
    /// Paths that may name a language.
    pub languages: Vec<String>,
    /// Files that may contain `unsafe`, each with the reason.
    pub unsafe_files: BTreeMap<String, String>,
    /// Words that identifiers must not contain, each with a replacement.
    pub odd_words: BTreeMap<String, String>,
    /// Irregular participles, which are not type names on their own.
    pub participles: Vec<String>,
    /// Nouns that end like participles.
    pub nouns: Vec<String>,
}

impl Rules {
    /// Reads the data file.
    pub fn parse(text: &str) -> Result<Self, TidyError> {
        let mut rules = Self::default();
        let mut section = "";
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let heading = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
            match heading {
                Some(name) => section = name,
                None => rules.add(section, line).map_err(|problem| TidyError::Data {
                    file: FILE,
                    line: index + 1,
                    problem,
                })?,
            }
        }
        Ok(rules)
    }

    fn add(&mut self, section: &str, line: &str) -> Result<(), String> {
        let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let (key, value) = (key.to_owned(), value.trim().to_owned());
        let all = || line.split_whitespace().map(str::to_owned);
        match section {
            "layers" => self.layers.push(all().collect()),
            "same layer" => self.same_layer.push((key, value)),
            "libraries" => {
                self.libraries.insert(key, value.split_whitespace().map(str::to_owned).collect());
            }
            "languages" => self.languages.push(key),
            "unsafe" if value.is_empty() => return Err(format!("`{key}` needs a reason")),
            "unsafe" => {
                self.unsafe_files.insert(key, value);
            }
            "odd words" => {
                self.odd_words.insert(key, value);
            }
            "participles" => self.participles.extend(all()),
            "nouns" => self.nouns.extend(all()),
            _ => return Err(format!("unknown section `{section}`")),
        }
        Ok(())
    }
}
