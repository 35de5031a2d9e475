//! How duplicates in the supplier file become clusters, and clusters golden records.

use std::path::PathBuf;

use serde::Serialize;

/// Clusters of rows that are the same company.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DedupePlan {
    /// Pairs from this score on hold a cluster together.
    pub accept: f64,
    /// Limits on clusters.
    pub guard: GuardPlan,
    /// The fields of the golden record, in order.
    pub golden: Vec<GoldenField>,
    /// The numeric field that is summed by cluster: the money at stake.
    pub amount: Option<String>,
    /// The checkpoint of a run of the same file against a registry, whose matches are added to the rows.
    pub matches: Option<PathBuf>,
}

/// Limits on clusters. A cluster that violates them is split at its weakest edges.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GuardPlan {
    /// Maximum number of rows in a cluster.
    pub rows_max: usize,
    /// Minimum score of a pair that is the only one between two parts of two or more rows.
    pub bridge_min: f64,
    /// Fields whose values must not differ within a cluster (`siren`).
    pub cannot_link: Vec<String>,
}

/// A field of the golden record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GoldenField {
    /// The field.
    pub field: String,
    /// How its value is chosen among the rows of the cluster.
    pub rule: GoldenRule,
}

/// How a golden value is chosen. Empty values never are; ties go to the value of the earliest row in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GoldenRule {
    /// The value that most rows have.
    MostFrequent,
    /// The value with the most characters.
    Longest,
    /// The value of the row with the latest value in a field.
    MostRecent {
        /// The field, a date or a number.
        by: String,
    },
    /// The registry's value for the entry that most rows matched.
    Registry {
        /// The registry's field.
        field: String,
    },
}

/// Rows with a registry match have these fields, which stages can compare.
pub const MATCHED_ID: &str = "registry_id";
/// See [`MATCHED_ID`]: the group (SIREN).
pub const MATCHED_GROUP: &str = "registry_group";
