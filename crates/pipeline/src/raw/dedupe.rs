//! `dedupe`.

use crate::decode::{Brief, Entries, OneOrMany, Path, Share, Whole, record, words};

record! {
    /// Duplicates inside the supplier file.
    Dedupe {
        /// Two rows whose score is at least this are the same company.
        Required accept: Share,
        /// From here on, below `accept`: told as a pair to look at. Default: the same as `accept`.
        Optional review: Share,
        /// The share of rows that are the same as an earlier one, about: with a `model`, what the weight of a pair starts
        /// from in the place of the model's `prior`. Default: 0.1.
        Optional share: Share,
        /// Rows of a cluster, at most; a larger one is split at its weakest pairs, and told. Default: 50.
        Optional rows: Whole<2, 100_000>,
        /// Two parts of two rows or more that a single pair holds together need this score, or they stay apart, and that is
        /// told. Default: the same as `accept`.
        Optional bridge: Share,
        /// Fields of which the rows of a cluster cannot have different values (`siren`), as the stages leave them: of rows
        /// that contradict each other the weakest pairs are cut, and told.
        Optional apart: OneOrMany<String>,
        /// The field, a number, that is added up by cluster: what is at stake.
        Optional amount: String,
        /// The checkpoint of a run that matched the same rows with a registry, under the same keys. Rows that it matched
        /// have the fields `registry_id` and `registry_group`, for stages to compare and for `apart`.
        Optional matches: Path,
        /// One row a cluster: `field: rule`. A rule is `most_frequent`, `longest`, `{most_recent: field}` (a date or a
        /// number) or `{registry: field}` (what the registry says of the entry matched; with `matches`). Default: every
        /// field, `most_frequent`.
        Optional golden: Entries<Golden>,
    }
}

/// A rule of the golden record.
pub(crate) type Golden = Brief<GoldenWord, GoldenFrom>;

/// A rule that needs nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GoldenWord {
    /// The value that most rows have.
    MostFrequent,
    /// The value of most characters.
    Longest,
}

words!(GoldenWord, "`most_frequent`, `longest`, `{most_recent: field}` or `{registry: field}`" {
    "most_frequent" => GoldenWord::MostFrequent,
    "longest" => GoldenWord::Longest,
});

record! {
    /// A rule that looks at something else.
    GoldenFrom {
        /// The value of the row with the latest value in this field, a date or a number.
        Either most_recent: String,
        /// This field of the registry entry that most rows of the cluster were matched with.
        Either registry: String,
    }
}
