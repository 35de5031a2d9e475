//! `dedupe`.

use crate::decode::{BoundedInteger, FilePath, Fraction, NamedMap, OneOrMany, ShortOrLong, keywords, record};

record! {
    /// Finds duplicates within the supplier file: its rows are compared with each other and grouped into clusters.
    Dedupe {
        /// Minimum score of a pair that holds a cluster together. Example: `0.9`.
        Required accept: Fraction,
        /// Minimum score of a pair that is reported for review. Default: the same as `accept`, which reports none.
        Optional review: Fraction,
        /// Estimated share of rows that are duplicates of an earlier row. With a `model`, the prior of a pair follows from
        /// it instead of from the model's `prior`.
        Optional share: Fraction = 0.1,
        /// With a `model` that has `supporting` comparisons: whether a pair is accepted where nothing else agrees, such as at
        /// an address with another name. Otherwise such a pair is reported for review.
        Optional accept_without_name: bool = false,
        /// Maximum number of rows in a cluster. A larger cluster is split at its weakest pairs, and reported.
        Optional max_cluster_size: BoundedInteger<2, 100_000> = 50,
        /// Minimum score of a pair that is the only one between two parts of a cluster with two or more rows each. Below it
        /// the parts are separated, and reported. Default: the same as `accept`.
        Optional bridge: Fraction,
        /// Fields whose values must not differ within a cluster, as the stages clean them. Clusters that violate this are
        /// split at their weakest pairs, and reported. Default: none. Example: `siren`.
        Optional cannot_link: OneOrMany<String>,
        /// A numeric field that is summed for each cluster: the money at stake. Default: none. Example: `spend`.
        Optional amount: String,
        /// The checkpoint of a run that matched the same rows, under the same keys, with a registry. Matched rows get the
        /// fields `registry_id` and `registry_group`, which stages can compare and `cannot_link` can name. Default: none.
        Optional matches: FilePath,
        /// The fields of the golden record of each cluster: `field: rule`. Default: every field, `most_frequent`.
        /// Example: `{name: longest, town: most_frequent, iban: {most_recent: updated}}`.
        Optional golden: NamedMap<Golden>,
    }
}

/// A rule of the golden record.
pub(crate) type Golden = ShortOrLong<GoldenKeyword, GoldenRuleOptions>;

/// A golden rule without options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GoldenKeyword {
    /// The value that most rows have.
    MostFrequent,
    /// The value with the most characters.
    Longest,
}

keywords!(GoldenKeyword, "`most_frequent`, `longest`, `{most_recent: field}` or `{registry: field}`" {
    "most_frequent" => GoldenKeyword::MostFrequent, "The value that most rows of the cluster have.",
    "longest" => GoldenKeyword::Longest, "The value with the most characters.",
});

record! {
    /// A golden rule that refers to another field.
    GoldenRuleOptions {
        /// The value of the row with the latest value in this field, a date or a number.
        Either most_recent: String,
        /// The value of this field in the registry entry that most rows of the cluster matched. Requires `matches`.
        Either registry: String,
    }
}
