//! `tests`.

use matchflow_model::outcome::Outcome;

use crate::decode::{Cell, Entries, OneOrMany, Share, Spanned, record, words};

/// A row of a test: cells by column.
pub(crate) type Row = Entries<Cell>;

record! {
    /// A case: a few rows of both files and what must become of them.
    Test {
        /// What the case shows.
        Required name: String,
        /// Supplier rows by column of the source. Columns left out are empty.
        Required suppliers: Vec<Spanned<Row>>,
        /// Registry rows by column of the reference. Columns left out are empty, but an entry is open and passes the
        /// filters unless it says otherwise. With `dedupe` there are none.
        Optional registry: Vec<Spanned<Row>>,
        /// What must become of the rows.
        Required expect: Vec<Spanned<Expect>>,
    }
}

record! {
    /// What must become of a row. What is left out is not looked at.
    Expect {
        /// The row's key. May be left out when the test has one supplier row.
        Optional key: String,
        /// The outcome.
        Optional outcome: Outcome,
        /// The entry's id.
        Optional id: String,
        /// The entry's group.
        Optional group: String,
        /// The label of the stage that found the entry.
        Optional stage: String,
        /// With `dedupe`: keys of rows that are in one cluster with this one.
        Optional same_as: OneOrMany<String>,
        /// With `dedupe`: keys of rows that are not.
        Optional apart_from: OneOrMany<String>,
        /// The score, at least.
        Optional score_min: Share,
        /// The score, at most.
        Optional score_max: Share,
    }
}

words!(Outcome, "an outcome" {
    "matched" => Outcome::Matched,
    "review" => Outcome::Review,
    "unmatched" => Outcome::Unmatched,
    "failed" => Outcome::Failed,
});
