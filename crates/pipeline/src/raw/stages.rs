//! `stages`.

use matchflow_model::plan::OnFailure;

use super::{Arbitrate, Clean};
use crate::decode::{
    BoundedInteger, ByteSize, FieldPairs, FilePath, Fraction, JsonObject, Milliseconds, NamedMap, OneOrMany,
    PositiveNumber, SearchChoice, keywords, record,
};

record! {
    /// A stage of the pipeline.
    Stage {
        /// Cleans fields of both sides, in order: `field: cleaner`, or `new_field: {from: [fields], as: cleaner}`.
        Either clean: NamedMap<Clean>,
        /// Searches the registry for entries that may match the row.
        Either candidates: Candidates,
        /// Scores the candidates with plug-ins, by name. A candidate's score is their weighted mean; with a `model`, its
        /// match weight.
        Either score: NamedMap<Scorer>,
        /// Accepts the best candidate, sends it to review, or passes the row on to the following stages.
        Either decide: Decide,
        /// Asks a remote service about the rows that the last `decide` leaves for review.
        Either arbitrate: Arbitrate,
    }
}

record! {
    /// A search for candidates.
    Candidates with search: SearchChoice() {
        /// The stage's label in results. Default: the name of the search in capitals.
        Optional label: String,
        /// The rows to search for.
        Optional when: SearchCondition = "always",
        /// Maximum number of candidates that this stage adds to a row.
        Optional keep: BoundedInteger<1, 100_000> = 50,
    }
}

/// The rows that are searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SearchCondition {
    /// All rows.
    Always,
    /// Rows without a candidate.
    NoCandidates,
}

keywords!(SearchCondition, "a condition" {
    "always" => SearchCondition::Always, "All rows.",
    "no_candidates" => SearchCondition::NoCandidates, "Only rows that have no candidate yet.",
});

record! {
    /// A plug-in that compares fields.
    Scorer {
        /// The plug-in: the name of one that comes with matchflow (`company-name`), or the path of a component, relative to
        /// the pipeline file (`./my-scorer.wasm`).
        Required plugin: FilePath,
        /// The fields to compare, in the order of the plug-in's inputs: `field`, or `supplier field: registry field`.
        Required compare: FieldPairs,
        /// The scorer's weight in the mean; ignored with a `model`.
        Optional weight: PositiveNumber = 1,
        /// The plug-in's parameters, as its own schema defines them (see `matchflow plugin inspect`).
        Optional parameters: JsonObject,
        /// Time limit of a batch.
        Optional timeout: Milliseconds = "5s",
        /// Maximum memory of one instance.
        Optional memory: ByteSize = "64MiB",
        /// Maximum size of what one batch returns, including explanations.
        Optional output: ByteSize = "16MiB",
        /// What to do with rows that the plug-in fails on.
        Optional on_failure: OnFailure = "fail-rows",
    }
}

keywords!(OnFailure, "what to do when a plug-in fails" {
    "fail-rows" => OnFailure::FailRows, "The rows get the outcome `failed` and can be retried; the others go on.",
    "skip-plugin" => OnFailure::SkipPlugin, "The rows are decided without the plug-in (after an arbiter: stay in review), and \
        their evidence says so.",
    "stop" => OnFailure::Stop, "The run ends.",
});

record! {
    /// Thresholds on the best candidate's score; with a `model`, on the probability that its group is the match.
    Decide {
        /// The stage's label in results.
        Optional label: String = "DECIDE",
        /// Minimum score of a match. Example: `0.9`.
        Required accept: Fraction,
        /// Minimum score of a row that goes to review. Default: the same as `accept`, which sends none.
        Optional review: Fraction,
        /// With a `model`: minimum probability that the right entry is among the candidates of a row that goes to review. Below
        /// it the row is unmatched, and its best candidate an alternative: of the rows that people look at, so large a share
        /// is expected to be worth it. Rows from `accept` up, such as ties, and rows whose identifier an entry has go to review
        /// whatever it is.
        Optional review_worth: Fraction = 0.2,
        /// Minimum lead of the best candidate over the best one of another group; a row with a smaller lead goes to review.
        Optional margin: Fraction = 0,
        /// With a `model`: minimum probability of the entry, given its group. Below it the result names the group alone
        /// (the company, not the establishment).
        Optional entry: Fraction = 0,
        /// With a `model` that has `supporting` comparisons: whether a row is accepted where nothing else agrees, such as at
        /// an address with another name. Otherwise such a row goes to review at most, with a score that counts the place for little.
        Optional accept_without_name: bool = false,
        /// Whether a registry entry may be matched by one supplier at most: the most probable one keeps it, the others go
        /// to review. Resolved at the end of a run, over all rows; allowed in the last `decide` only.
        Optional one_to_one: bool = false,
        /// Rows that the registry does not cover, such as those of another country: unless accepted, they are unmatched.
        /// Default: none.
        Optional out_of_scope: OutOfScope,
    }
}

record! {
    /// Rows that the registry does not cover.
    OutOfScope {
        /// The label of such rows in results. Example: `FOREIGN`.
        Required label: String,
        /// The supplier field to check, or several: the first with a value counts. Example: `country`.
        Required field: OneOrMany<String>,
        /// The cleaned values of rows that are in scope. Rows without a value are in scope too. Example: `[FR, MC]`.
        Required except: OneOrMany<String>,
    }
}
