//! The stages that a row passes between reading and committing.
//!
//! A stage works on the rows that are still open. A `decide` stage closes those that it settles; the last `decide`
//! settles all. A cascade is thus just an order: candidates, score, decide, wider candidates, score, decide.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{ArbitratePlan, MatchModel, Search};
use crate::outcome::Outcome;

/// One stage of the chain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StagePlan {
    /// The stage's label, unique in the plan; candidate stages show it in results (`DIRECT_ID`).
    pub label: String,
    /// What it does.
    pub kind: StageKind,
}

/// The names of the scorers of these stages, each once, in order.
pub fn scorer_names(stages: &[StagePlan]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for stage in stages {
        let StageKind::Score(score) = &stage.kind else { continue };
        for scorer in &score.scorers {
            if !names.contains(&scorer.name.as_str()) {
                names.push(&scorer.name);
            }
        }
    }
    names
}

/// What a stage does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// Cleans fields of supplier rows, and the same fields of registry entries before they are indexed.
    Clean(CleanPlan),
    /// Finds registry entries that may match the row.
    Candidates(CandidatesPlan),
    /// Scores the row's candidates with WASM plug-ins.
    Score(ScorePlan),
    /// Accepts the row, sends it to review, or passes it on.
    Decide(DecidePlan),
    /// Asks a remote service about the rows that the preceding decision leaves for review.
    Arbitrate(Box<ArbitratePlan>),
}

/// Fields to clean, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CleanPlan {
    /// The steps. A step whose inputs are missing on one side is skipped there.
    pub steps: Vec<CleanStep>,
}

/// One cleaned field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CleanStep {
    /// The fields read: the first that gives a value counts, or all of them.
    pub inputs: Vec<String>,
    /// Whether the values of all inputs are kept, as alternatives.
    pub all_inputs: bool,
    /// The field written. Where it is also an input, the raw text is kept under [`crate::columns::RAW_PREFIX`].
    pub output: String,
    /// The cleaner.
    pub cleaner: CleanerId,
    /// The field with the town that is removed from the end of cleaned names, where the side has this field.
    #[serde(rename = "without")]
    pub town_field: Option<String>,
}

/// The name of a cleaner. The table of cleaners is in the crate `text`; each alternative of a field is cleaned by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct CleanerId(&'static str);

impl CleanerId {
    /// The cleaner with this name.
    pub const fn new(name: &'static str) -> Self {
        CleanerId(name)
    }

    /// Its name in pipelines.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// A search for candidates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CandidatesPlan {
    /// The search.
    pub search: Search,
    /// Whether to search only for rows without a candidate (the cascade); otherwise candidates are added.
    pub only_if_none: bool,
    /// Maximum number of candidates that this stage adds to a row.
    pub candidates_max: usize,
}

/// Keys computed from the supplier's fields and from the registry's, which must be equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExactKey {
    /// The supplier field, or a [`super::KeyExpression`] of supplier fields as text.
    pub left: String,
    /// The registry field, or an expression; [`crate::columns::ID`] and [`crate::columns::GROUP`] are allowed.
    pub right: String,
}

/// A supplier field and a registry field that are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputPair {
    /// The supplier field.
    pub left: String,
    /// The registry field.
    pub right: String,
}

/// Scorers, and how their scores are combined: as a match weight with a model, else as the weighted mean of those that
/// had something to compare.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScorePlan {
    /// The scorers, at least one.
    pub scorers: Vec<ScorerPlan>,
    /// The match model. With it, candidates are ranked by match weight, and decisions use probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<MatchModel>,
    /// Whether rows are compared with each other: then each pair is decided on its own.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub of_pairs: bool,
}

/// One scorer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScorerPlan {
    /// Its name in the evidence, unique in the stage.
    pub name: String,
    /// The WASM component.
    pub plugin: PathBuf,
    /// SHA-256 of the component, lower-case hexadecimal.
    pub digest: String,
    /// The fields that it compares, in the order of the inputs in its description.
    pub inputs: Vec<InputPair>,
    /// Its weight in the mean, above 0; ignored with a model.
    pub weight: f64,
    /// Its parameters: a JSON object, as text.
    pub parameters: String,
    /// Time limit of a batch.
    pub timeout_ms: u64,
    /// Maximum memory of an instance.
    pub memory_bytes_max: usize,
    /// Maximum size of a batch's result.
    pub output_bytes_max: usize,
    /// How to treat rows that it fails on.
    pub on_failure: OnFailure,
}

/// How to treat rows that a plug-in fails on: a crash, a limit, or an invalid answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// They are `failed`; the others continue.
    FailRows,
    /// They are scored without the plug-in, which their evidence records.
    SkipPlugin,
    /// The run ends.
    Stop,
}

/// Thresholds on the best candidate's score; with a match model, on the probability that its group is the match.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecidePlan {
    /// Minimum score of a match.
    pub accept: f64,
    /// Minimum score of a row that goes to review.
    pub review: f64,
    /// With a match model: minimum probability that the right entry is among the candidates shown of a row that goes to
    /// review; below it, the row is unmatched.
    pub review_worth: f64,
    /// Minimum lead of the best candidate over the best of another group; with a smaller one, the row goes to review.
    pub margin: f64,
    /// With a match model: minimum probability of the entry (SIRET), given its group; below it, only the group is
    /// named.
    pub entry: f64,
    /// With a match model: accepts a candidate although only supporting comparisons agree, such as the place.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub accept_without_name: bool,
    /// Which rows the registry does not cover.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_scope: Option<OutOfScopePlan>,
    /// Whether rows that are not accepted are passed on to the following stages. False for the last one.
    pub pass_on: bool,
    /// Whether rows left for review are passed on to an arbiter, which settles them.
    pub ask: bool,
    /// Whether rows are compared with each other: the outcome then has every pair at or above `review`, not the best
    /// candidate.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub of_pairs: bool,
    /// The rows whose evidence is kept: see [`keep_evidence`](super::Plan::keep_evidence). It does not affect
    /// decisions.
    #[serde(skip)]
    pub evidence: EvidenceScope,
}

/// The rows whose whole evidence the checkpoint keeps: what was compared for the best candidate and for each
/// alternative, and the alternatives' fields. Rows that an arbiter decided, or a scorer failed on, always have it. For
/// other rows it can be recomputed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceScope {
    /// Of rows in review; of the others the scores and levels of the best candidate.
    #[default]
    Review,
    /// All rows.
    All,
    /// No rows, and no scores.
    None,
}

impl EvidenceScope {
    /// Whether a row with this outcome has its whole evidence.
    pub fn includes(self, outcome: Outcome) -> bool {
        match self {
            EvidenceScope::Review => outcome == Outcome::Review,
            EvidenceScope::All => true,
            EvidenceScope::None => false,
        }
    }
}

/// Rows that are out of scope unless accepted, such as those of another country. They are unmatched with a reason of
/// their own, and no later stage searches for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutOfScopePlan {
    /// The stage label of such rows in results (`FOREIGN`).
    pub label: String,
    /// The supplier fields to check; the first with a value counts.
    pub fields: Vec<String>,
    /// The values of rows that are in scope.
    pub except: Vec<String>,
}

/// The name of a bundled plug-in, if `path` is one: lower-case letters, digits and hyphens. The path of a file has a
/// `/` or a `.`.
pub fn plugin_name(path: &Path) -> Option<&str> {
    let allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    path.to_str().filter(|name| name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(allowed))
}
