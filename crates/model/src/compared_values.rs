//! What was compared between a row and an entry, as reasons name it.

use serde::{Deserialize, Serialize};

/// A comparison of the match model and the level that a pair reached in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparisonLevel {
    /// The comparison's name.
    pub comparison: String,
    /// The level's label.
    pub level: String,
    /// Its contribution to the match weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<f64>,
}

/// The level that a pair reached in a comparison, with the compared values if they differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedValues {
    /// The comparison's name.
    pub comparison: String,
    /// The level's label.
    pub level: String,
    /// The row's values.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub row: String,
    /// The entry's values.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub entry: String,
}

/// A scorer and its score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScorerScore {
    /// The scorer's name.
    pub scorer: String,
    /// Its score.
    pub score: f64,
}
