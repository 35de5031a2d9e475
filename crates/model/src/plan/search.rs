//! A candidate search in a plan: its kind and its parameters.
//!
//! The kinds, their parameters and their defaults are declared in the crate `candidates`, one file each: this type does
//! not know them, so a new kind changes nothing here.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ExactKey, InputPair};

/// How candidates are found. A checked plan has a value for every parameter of the kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Search {
    /// The kind of search: `exact`, `blocked`, `token`, ...
    pub kind: String,
    /// The parameters by name.
    pub parameters: BTreeMap<String, SearchValue>,
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SearchValue {
    /// Key expressions.
    Keys(Vec<ExactKey>),
    /// Fields.
    Pairs(Vec<InputPair>),
    /// A number.
    Number(usize),
    /// One of several words.
    Word(String),
}

/// A parameter that a search lacks, or has with another type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the search `{search}` has no valid parameter `{parameter}`")]
pub struct MissingParameter {
    /// The kind of search.
    pub search: String,
    /// The parameter.
    pub parameter: String,
}

impl Search {
    /// A search without parameters.
    pub fn new(kind: &str) -> Search {
        Search { kind: kind.to_owned(), parameters: BTreeMap::new() }
    }

    /// Sets a parameter.
    #[must_use]
    pub fn with(mut self, parameter: &str, value: SearchValue) -> Search {
        self.parameters.insert(parameter.to_owned(), value);
        self
    }

    /// Key expressions; none if the parameter is absent.
    pub fn keys(&self, parameter: &str) -> &[ExactKey] {
        match self.parameters.get(parameter) {
            Some(SearchValue::Keys(keys)) => keys,
            _ => &[],
        }
    }

    /// Pairs of fields; none if the parameter is absent.
    pub fn pairs(&self, parameter: &str) -> &[InputPair] {
        match self.parameters.get(parameter) {
            Some(SearchValue::Pairs(pairs)) => pairs,
            _ => &[],
        }
    }

    /// The single pair of fields of a parameter.
    ///
    /// # Errors
    ///
    /// [`MissingParameter`].
    pub fn pair(&self, parameter: &str) -> Result<&InputPair, MissingParameter> {
        self.pairs(parameter).first().ok_or_else(|| self.missing(parameter))
    }

    /// A number.
    ///
    /// # Errors
    ///
    /// [`MissingParameter`].
    pub fn number(&self, parameter: &str) -> Result<usize, MissingParameter> {
        match self.parameters.get(parameter) {
            Some(SearchValue::Number(number)) => Ok(*number),
            _ => Err(self.missing(parameter)),
        }
    }

    /// A word.
    ///
    /// # Errors
    ///
    /// [`MissingParameter`].
    pub fn word(&self, parameter: &str) -> Result<&str, MissingParameter> {
        match self.parameters.get(parameter) {
            Some(SearchValue::Word(word)) => Ok(word),
            _ => Err(self.missing(parameter)),
        }
    }

    fn missing(&self, parameter: &str) -> MissingParameter {
        MissingParameter { search: self.kind.clone(), parameter: parameter.to_owned() }
    }
}
