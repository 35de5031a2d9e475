//! A match model: how strongly each level of agreement indicates that a supplier and a registry entry are one company.
//!
//! After Fellegi and Sunter (A Theory for Record Linkage, 1969): a comparison looks at one or several scores and finds the
//! first level whose conditions hold. A level states how often true pairs reach it (`m`) and how often others do by
//! chance (`u`); `log2(m / u)` is its match weight, in bits.

use serde::Serialize;

/// A match model as a score stage uses it: conditions name the stage's scorers by their places.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatchModel {
    /// How many of the suppliers are in the registry, as a share between 0 and 1.
    pub prior: f64,
    /// What is compared; weights add up, so comparisons should not depend on each other.
    pub comparisons: Vec<Comparison>,
    /// The positions of comparisons that support a match and do not make one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supporting: Vec<usize>,
    /// How far a head office represents the other entries of its group; `None`: not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_office: Option<HeadOffice>,
    /// How sure the identifier of an entry makes that entry among those of its group; `None`: as sure as its level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_identifier: Option<EntryIdentifier>,
}

/// A row that has the identifier of an entry (its SIRET) means that entry and not another one of the group, unless more
/// speaks for the other. The weights of levels cannot express this: the more entries a group has, the less likely each
/// of them is to be the one whose identifier was mistaken.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EntryIdentifier {
    /// Where all of these hold the row has the identifier of the entry; at least one.
    pub when: Vec<Condition>,
    /// How often such a row means another entry of the group, above 0.
    pub error_rate: f64,
}

/// Suppliers are recorded at the head office of their company though another of its establishments supplies: an address
/// that is the head office's identifies the company, but the entry the less, the more entries there are.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeadOffice {
    /// How often another entry is recorded at the head office, as a share of how often the head office is.
    pub rate: f64,
    /// Where all of these hold the row names the entry itself; none of them: it never does.
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
    /// What it is called (`same name`).
    pub label: String,
    /// All of them must hold. None: everything else.
    pub conditions: Vec<Condition>,
    /// The places of scorers that must have nothing to compare, since a side has no value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<usize>,
    /// The share of true pairs that come to this level, above 0.
    pub m: f64,
    /// How others come to this level by chance.
    pub u: Chance,
}

/// How often pairs that are not true come to a level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Chance {
    /// This share of them, above 0.
    Share(f64),
    /// So many groups for a supplier, above 0, however many the registry has: a wrong identifier names one.
    Groups(f64),
    /// As many as bear the words in common by chance (term frequency), times a factor above 0.
    TermFrequency {
        /// The scorer that measures how rare the common part of both sides is.
        scorer: usize,
        /// The factor.
        factor: f64,
    },
}

/// A scorer and the score from which it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// The scorer's place in its stage.
    pub scorer: usize,
    /// It holds at or above this score.
    pub score_min: f64,
}
