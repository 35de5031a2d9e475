//! `tests`.

use matchflow_model::outcome::Outcome;

use crate::decode::{CellText, Fraction, NamedMap, OneOrMany, Spanned, keywords, record};

/// A row of a test: cells by column.
pub(crate) type TestRow = NamedMap<CellText>;

record! {
    /// A test case: a few rows of both files and the expected results.
    Test {
        /// What the test shows.
        Required name: String,
        /// Supplier rows, by column of the source. Omitted columns are empty.
        Required suppliers: Vec<Spanned<TestRow>>,
        /// Registry rows, by column of the reference. Omitted columns are empty, except that an entry is open and passes
        /// the filters by default. Not allowed with `dedupe`. Default: none.
        Optional registry: Vec<Spanned<TestRow>>,
        /// The expected results.
        Required expect: Vec<Spanned<Expect>>,
    }
}

record! {
    /// The expected result of a row. What is omitted is not checked.
    Expect {
        /// The row's key. May be omitted if the test has one supplier row.
        Optional key: String,
        /// The outcome.
        Optional outcome: Outcome,
        /// The entry's id.
        Optional id: String,
        /// The entry's group.
        Optional group: String,
        /// The label of the stage that found the entry.
        Optional stage: String,
        /// With `dedupe`: keys of rows in the same cluster.
        Optional same_as: OneOrMany<String>,
        /// With `dedupe`: keys of rows in other clusters.
        Optional different_from: OneOrMany<String>,
        /// Minimum score.
        Optional score_min: Fraction,
        /// Maximum score.
        Optional score_max: Fraction,
    }
}

keywords!(Outcome, "an outcome" {
    "matched" => Outcome::Matched, "An entry (or a group) was accepted.",
    "review" => Outcome::Review, "There is a candidate that a person must look at.",
    "unmatched" => Outcome::Unmatched, "No entry was found, or none that is close enough.",
    "failed" => Outcome::Failed, "A plug-in or a remote service failed on the row; it can be retried.",
});
