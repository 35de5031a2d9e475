//! The quality of clusters of duplicates, compared with the true ones.
//!
//! - *Pairs*: of all pairs of rows in one cluster, the share that belongs together (precision); of all pairs that
//!   belong together, the share in one cluster (recall).
//! - *B-cubed* (Bagga and Baldwin, 1998): for each row the same shares among the rows of its cluster, including itself,
//!   and the mean over all rows: a large cluster counts by its rows, not by their square.
//!
//! Only rows in the truth count; a row in no cluster is a cluster of its own.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use crate::error::EvaluateError;
use crate::gate::{Floor, Measure, Shortfall};
use crate::table::NamedTable;

/// The cluster of each key, from a file with a header: a column `key`, `id` or the first one, and `cluster`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterTruth(HashMap<String, String>);

impl ClusterTruth {
    /// Reads a file; `None` if it has no column `cluster`.
    pub fn open(path: &Path) -> Result<Option<ClusterTruth>, EvaluateError> {
        let table = NamedTable::open(path, &["key", "cluster"])?;
        let Some(cluster) = table.position("cluster") else { return Ok(None) };
        let key = table.position("key").or_else(|| table.position("id")).unwrap_or(0);
        let mut truth = HashMap::new();
        for row in table {
            let row = row?;
            let cell = |at: usize| row.cell(Some(at)).unwrap_or_default().to_owned();
            truth.insert(cell(key), cell(cluster));
        }
        Ok(Some(ClusterTruth(truth)))
    }
}

impl ClusterTruth {
    /// The keys with their clusters.
    pub fn into_members(self) -> Vec<(String, String)> {
        self.0.into_iter().collect()
    }
}

/// Precision, recall and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figures {
    /// The share of what is in one cluster that belongs together.
    pub precision: f64,
    /// The share of what belongs together that is in one cluster.
    pub recall: f64,
    /// The harmonic mean.
    pub f1: f64,
}

impl Figures {
    fn new(precision: f64, recall: f64) -> Figures {
        let sum = precision + recall;
        Figures { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }
}

/// The quality of clusters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClusterEvaluation {
    /// Rows in the truth.
    pub rows: u64,
    /// Pairs of rows that belong together.
    pub pairs_true: u64,
    /// By pairs of rows.
    pub pairs: Figures,
    /// By rows.
    pub b_cubed: Figures,
    /// Found clusters with rows of several true ones, most wrong pairs first.
    pub merged: Vec<MixedCluster>,
    /// True clusters in several parts, most missed pairs first.
    pub split: Vec<MixedCluster>,
}

/// A cluster with mistakes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MixedCluster {
    /// The cluster.
    pub cluster: String,
    /// Its rows.
    pub rows: u64,
    /// Pairs of its rows that do not belong together, or are not in one cluster.
    pub pairs: u64,
    /// Some of its keys, a few of each part.
    pub keys: Vec<String>,
}

/// Maximum number of keys shown of each part of a mixed cluster, and of parts.
const EXAMPLES_MAX: usize = 3;

/// Compares clusters (`key`, `cluster`) with the truth, and lists the `worst` clusters.
pub fn evaluate_clusters(
    members: impl IntoIterator<Item = (String, String)>,
    truth: &ClusterTruth,
    worst: usize,
) -> ClusterEvaluation {
    let found: HashMap<String, String> = members.into_iter().collect();
    let mut keys: Vec<&String> = truth.0.keys().collect();
    keys.sort_unstable();
    // A row in no cluster is identified by its key, with a prefix that no id of a cluster has.
    let cluster_of = |key: &str| found.get(key).cloned().unwrap_or_else(|| format!("\u{1f}{key}"));
    let rows: Vec<TruthRow<'_>> = keys
        .iter()
        .map(|key| TruthRow { key, found: cluster_of(key), real: truth.0.get(*key).cloned().unwrap_or_default() })
        .collect();
    let count = |of: fn(&TruthRow<'_>) -> String| {
        let mut counts: HashMap<String, u64> = HashMap::new();
        rows.iter().for_each(|row| *counts.entry(of(row)).or_default() += 1);
        counts
    };
    let both = count(|row| format!("{}\u{1e}{}", row.found, row.real));
    let by_found = count(|row| row.found.clone());
    let by_real = count(|row| row.real.clone());
    let pairs = |counts: &HashMap<String, u64>| counts.values().map(|rows| rows * (rows - 1) / 2).sum::<u64>();
    let (right, put, real) = (pairs(&both), pairs(&by_found), pairs(&by_real));
    let share = |count: u64, total: u64| if total == 0 { 1.0 } else { count as f64 / total as f64 };
    let (mut precision, mut recall) = (0.0, 0.0);
    for row in &rows {
        let together = both.get(&format!("{}\u{1e}{}", row.found, row.real)).copied().unwrap_or(1);
        precision += share(together, by_found.get(&row.found).copied().unwrap_or(1));
        recall += share(together, by_real.get(&row.real).copied().unwrap_or(1));
    }
    let total = rows.len().max(1) as f64;
    ClusterEvaluation {
        rows: rows.len() as u64,
        pairs_true: real,
        pairs: Figures::new(share(right, put), share(right, real)),
        b_cubed: Figures::new(precision / total, recall / total),
        merged: mixed(&rows, |row| (&row.found, &row.real), worst),
        split: mixed(&rows, |row| (&row.real, &row.found), worst),
    }
}

struct TruthRow<'a> {
    key: &'a str,
    found: String,
    real: String,
}

/// The clusters that are split into several parts, most pairs between parts first.
fn mixed<'a>(
    rows: &'a [TruthRow<'a>],
    sides: impl Fn(&'a TruthRow<'a>) -> (&'a String, &'a String),
    worst: usize,
) -> Vec<MixedCluster> {
    let mut totals: HashMap<&str, HashMap<&str, Vec<&str>>> = HashMap::new();
    for row in rows {
        let (cluster, part) = sides(row);
        totals.entry(cluster).or_default().entry(part).or_default().push(row.key);
    }
    let mut mixed: Vec<MixedCluster> = totals
        .into_iter()
        .filter(|(_, parts)| parts.len() > 1)
        .map(|(cluster, parts)| {
            let rows: u64 = parts.values().map(|keys| keys.len() as u64).sum();
            let inside: u64 = parts.values().map(|keys| (keys.len() * (keys.len() - 1) / 2) as u64).sum();
            let mut parts_sorted: Vec<&Vec<&str>> = parts.values().collect();
            parts_sorted.sort_unstable();
            let keys = parts_sorted.iter().take(EXAMPLES_MAX).flat_map(|keys| keys.iter().take(EXAMPLES_MAX));
            let keys = keys.map(|key| (*key).to_owned()).collect();
            MixedCluster { cluster: cluster.to_owned(), rows, pairs: rows * (rows - 1) / 2 - inside, keys }
        })
        .collect();
    mixed.sort_by(|a, b| b.pairs.cmp(&a.pairs).then_with(|| a.cluster.cmp(&b.cluster)));
    mixed.truncate(worst);
    mixed
}

impl ClusterEvaluation {
    /// The report for people.
    pub fn report(&self) -> String {
        let mut text = format!("{} rows, {} true pairs\n\n", self.rows, self.pairs_true);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:<10} {:>9} {:>9} {:>9}", "", "precision", "recall", "F1");
        for (name, figures) in [("pairs", self.pairs), ("B-cubed", self.b_cubed)] {
            let Figures { precision, recall, f1 } = figures;
            let _ = writeln!(text, "{name:<10} {precision:>9.4} {recall:>9.4} {f1:>9.4}");
        }
        let lists = [("wrongly merged", &self.merged), ("wrongly split", &self.split)];
        for (title, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            let _ = writeln!(text, "\n{title}:");
            for mixed in list {
                let MixedCluster { cluster, rows, pairs, keys } = mixed;
                let _ = writeln!(text, "  {cluster}: {rows} rows, {pairs} pairs ({}, ...)", keys.join(", "));
            }
        }
        text
    }

    /// How far a B-cubed measure is below a floor; `None` if it is not.
    pub fn shortfall(&self, measure: Measure, floor: &Floor) -> Option<Shortfall> {
        let found = match measure {
            Measure::Precision => self.b_cubed.precision,
            Measure::Recall => self.b_cubed.recall,
            Measure::F1 => self.b_cubed.f1,
        };
        (found < floor.min).then_some(Shortfall {
            name: "B-cubed".to_owned(),
            measure,
            found: Some(found),
            min: floor.min,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(pairs: &[(&str, &str)]) -> ClusterTruth {
        ClusterTruth(pairs.iter().map(|(key, cluster)| ((*key).to_owned(), (*cluster).to_owned())).collect())
    }

    #[test]
    fn figures_by_hand() {
        let truth = truth(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "2"), ("e", "2"), ("f", "3")]);
        // {a, b}, {c, d, e}, {f}: right pairs ab, de; put ab, cd, ce, de; true ab, ac, bc, de.
        let found = [("a", "X"), ("b", "X"), ("c", "Y"), ("d", "Y"), ("e", "Y"), ("unknown", "Y")];
        let found = found.map(|(key, cluster)| (key.to_owned(), cluster.to_owned()));
        let evaluation = evaluate_clusters(found, &truth, 5);
        assert_eq!((evaluation.rows, evaluation.pairs_true), (6, 4));
        assert_eq!((evaluation.pairs.precision, evaluation.pairs.recall), (0.5, 0.5));
        let precision = (1.0 + 1.0 + 1.0 / 3.0 + 2.0 / 3.0 + 2.0 / 3.0 + 1.0) / 6.0;
        let recall = (2.0 / 3.0 + 2.0 / 3.0 + 1.0 / 3.0 + 1.0 + 1.0 + 1.0) / 6.0;
        assert!((evaluation.b_cubed.precision - precision).abs() < 1e-12);
        assert!((evaluation.b_cubed.recall - recall).abs() < 1e-12);
        assert_eq!(
            evaluation.merged.iter().map(|mixed| (&*mixed.cluster, mixed.pairs)).collect::<Vec<_>>(),
            [("Y", 2)]
        );
        assert_eq!(evaluation.split.iter().map(|mixed| (&*mixed.cluster, mixed.pairs)).collect::<Vec<_>>(), [("1", 2)]);
        let all_right = [("a", "1"), ("b", "1"), ("c", "1"), ("d", "2"), ("e", "2")];
        let all_right = all_right.map(|(key, cluster)| (key.to_owned(), cluster.to_owned()));
        assert_eq!(evaluate_clusters(all_right, &truth, 5).b_cubed.f1, 1.0);
    }
}
