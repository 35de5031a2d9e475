//! A match model: how strongly each level of agreement indicates that a supplier and a registry entry are the same
//! company.
//!
//! After Fellegi and Sunter (A Theory for Record Linkage, 1969): a comparison takes one or several scores and has the
//! first level whose conditions hold. A level states how often true pairs reach it (`m`) and how often others do by
//! chance (`u`); `log2(m / u)` is its match weight, in bits.

use serde::Serialize;

/// A match model as used in a score stage: conditions refer to the stage's scorers by position.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatchModel {
    /// The fraction of suppliers that are in the registry, between 0 and 1.
    pub prior: f64,
    /// The comparisons; their weights are added, so they should be independent of each other.
    pub comparisons: Vec<Comparison>,
    /// The positions of comparisons that support a match and do not make one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supporting: Vec<usize>,
    /// How far a head office represents the other entries of its group; `None`: not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_office: Option<HeadOffice>,
    /// How far the identifier of an entry distinguishes it from the other entries of its group; `None`: as far as its
    /// level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_identifier: Option<EntryIdentifier>,
}

/// A row with the identifier of an entry (its SIRET) means this entry and not another one of the group, unless there is
/// more evidence for the other. The weights of levels cannot express this: the more entries a group has, the less
/// likely each of them is to be the one whose identifier was mistaken.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EntryIdentifier {
    /// If all of these hold, the row has the identifier of the entry; at least one.
    pub when: Vec<Condition>,
    /// The fraction of such rows that mean another entry of the group, above 0.
    pub error_rate: f64,
}

/// Suppliers are often recorded at the head office of their company although another of its establishments supplies: an
/// address that is the head office's identifies the company, but the more entries there are, the less it identifies the
/// entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeadOffice {
    /// How often another entry is recorded at the head office, relative to how often the head office is.
    pub rate: f64,
    /// If all of these hold, the row names the entry itself; if there are none, it never does.
    pub unless: Vec<Condition>,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Its name (`name`, `place`).
    pub name: String,
    /// Its levels; the first that holds counts. If none holds or there is no score, the comparison adds no weight.
    pub levels: Vec<ComparisonLevel>,
}

/// One level of agreement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ComparisonLevel {
    /// Its label (`same name`).
    pub label: String,
    /// All of these must hold. If there are none, the level takes all remaining pairs.
    pub conditions: Vec<Condition>,
    /// The positions of scorers that must have nothing to compare, because a side has no value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<usize>,
    /// The fraction of true pairs at this level, above 0.
    pub m: f64,
    /// How often others reach this level by chance.
    pub u: Chance,
}

/// How often pairs that are not true reach a level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Chance {
    /// This fraction of them, above 0.
    Share(f64),
    /// This number of groups per supplier, above 0, whatever the size of the registry: a wrong identifier names one.
    Groups(f64),
    /// The number that share the common words by chance (term frequency), times a factor above 0.
    TermFrequency {
        /// The position of the scorer that measures the rarity of what both sides have in common.
        scorer: usize,
        /// The factor.
        factor: f64,
    },
}

/// A scorer and its minimum score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// The scorer's position in its stage.
    pub scorer: usize,
    /// The condition holds at or above this score.
    pub score_min: f64,
}
