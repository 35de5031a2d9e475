//! The stages that a row passes between reading and committing.
//!
//! A stage works on the rows that are still open. A `decide` stage closes those that it settles; the last `decide`
//! settles all. So a cascade is a matter of order: candidates, score, decide, wider candidates, score, decide.

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
    /// Finds registry entries that may be the row's.
    Candidates(CandidatesPlan),
    /// Scores the row's candidates with WASM plug-ins.
    Score(ScorePlan),
    /// Accepts, sends to review, or goes on.
    Decide(DecidePlan),
    /// Asks a remote end about the rows that the decision before leaves for review.
    Arbitrate(Box<ArbitratePlan>),
}

/// Fields to clean, in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CleanPlan {
    /// The steps. A step whose input a side does not have is left out on that side.
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
    /// The cleaner called `name` in pipelines.
    pub const fn new(name: &'static str) -> Self {
        CleanerId(name)
    }

    /// Its name in pipelines.
    pub fn name(self) -> &'static str {
        self.0
    }
}

/// A way to find candidates.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CandidatesPlan {
    /// How.
    pub search: Search,
    /// Search only for rows that have no candidate yet (the cascade); otherwise candidates are added.
    pub only_if_none: bool,
    /// Candidates that this stage adds to a row, at most.
    pub candidates_max: usize,
}

/// What is made of the supplier's fields and of the registry's and must be equal.
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

/// Scorers, and how their scores are combined: a match weight by the model, else the weighted mean of those that had
/// something to compare.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScorePlan {
    /// The scorers, at least one.
    pub scorers: Vec<ScorerPlan>,
    /// The match model. With it candidates are ranked by their match weights, and decisions look at probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<MatchModel>,
    /// Rows are compared with each other: each pair is decided on its own.
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
    /// The fields that it compares, in the order of the inputs that its description names.
    pub inputs: Vec<InputPair>,
    /// Its share in the mean, above 0; nothing where a model weighs.
    pub weight: f64,
    /// Its parameters: a JSON object, as text.
    pub parameters: String,
    /// A batch that takes longer fails.
    pub timeout_ms: u64,
    /// Memory of one instance at most.
    pub memory_bytes_max: usize,
    /// Bytes that one batch may give back.
    pub output_bytes_max: usize,
    /// How rows that it fails on are treated.
    pub on_failure: OnFailure,
}

/// How rows that a plug-in fails on are treated: a crash, a limit, or an invalid answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// They are `failed`; the others go on.
    FailRows,
    /// They are scored without the plug-in, which their evidence records.
    SkipPlugin,
    /// The run ends.
    Stop,
}

/// Thresholds on the best candidate's score; with a match model, on the probability that its group is the one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecidePlan {
    /// At or above: matched.
    pub accept: f64,
    /// At or above, below `accept`: review.
    pub review: f64,
    /// A best candidate that is not this much above the best of another group goes to review.
    pub margin: f64,
    /// With a match model: an entry (SIRET) that is less sure than this, given that its group is the one, is not named.
    pub entry: f64,
    /// With a match model: accepts a candidate although only supporting comparisons agree, such as the place.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub accept_without_name: bool,
    /// Which rows the registry does not cover.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_scope: Option<OutOfScopePlan>,
    /// Whether rows that are not accepted go on to the stages that follow. False for the last one.
    pub pass_on: bool,
    /// Whether rows left for review go on to an arbiter, which settles them.
    pub ask: bool,
    /// Rows are compared with each other: the outcome holds every pair from `review` on, not the best candidate.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub of_pairs: bool,
    /// Of which rows the evidence is kept: see [`keep_evidence`](super::Plan::keep_evidence). It decides no row.
    #[serde(skip)]
    pub evidence: EvidenceScope,
}

/// Of which rows the checkpoint keeps the whole evidence: what was compared for the best candidate and for each alternative,
/// and the alternatives' fields. What an arbiter decided, or a scorer failed on, always has it. Of the other rows it can be
/// made again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceScope {
    /// Of rows in review; of the others the scores and levels of the best candidate.
    #[default]
    Review,
    /// Of every row.
    All,
    /// Of none, and no scores.
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

/// Rows that a decision sets aside, unless it accepts them: those of another country, say. They are unmatched for a
/// reason of their own, and no later stage looks for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutOfScopePlan {
    /// What results call the stage of such rows (`FOREIGN`).
    pub label: String,
    /// The supplier fields looked at; the first that has a value counts.
    pub fields: Vec<String>,
    /// The values of rows that stay.
    pub except: Vec<String>,
}

/// The name of a plug-in that comes with matchflow, where `path` is one: lower-case letters, digits and hyphens. The path
/// of a file has a `/` or a `.`.
pub fn plugin_name(path: &Path) -> Option<&str> {
    let allowed = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    path.to_str().filter(|name| name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(allowed))
}
