//! Clusters of rows that are the same company, from pairs of matching rows.
//!
//! - [`Clusters`]: connected components over the pairs, maintained by differential dataflow: a change of pairs costs
//!   only the clusters that it touches.
//! - [`guard`]: a component that is too large, depends on one weak pair, or contradicts itself is split at its weakest
//!   pairs; cut pairs are reported.
//! - [`name_clusters`]: a cluster keeps its id when it grows; merges and splits are reported.
//! - [`choose`]: the values of the golden record.
//!
//! **Invariants.** The result depends on the current pairs and values, not on the order in which they were added, nor
//! on earlier ones: only ids and events refer to the past. No pair is dropped silently.
//!
//! Rows are numbered (`u32`) in the order of their keys, so that ties are broken independently of a row's position in
//! its file.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod clusters;
mod components;
mod golden;
mod guard;
mod identity;

pub use clusters::{ClusterError, Clusters};
pub use components::{ClusterFinding, LinkValue};
pub use golden::{GoldenChoice, choose};
pub use guard::{Cause, CutEdge, Guard, guard};
pub use identity::{ClusterEvent, EventKind, NamedCluster, name_clusters};

/// Two matching rows.
///
/// Numbers are integers so that they compare and hash: they are keys of a dataflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Edge {
    /// The lower row.
    pub a: u32,
    /// The higher row.
    pub b: u32,
    /// The probability (or score) in millionths.
    pub score_ppm: u32,
    /// The match weight in thousandths of a bit; the score in millionths without a model. The weakest edge is the one
    /// with the lowest weight.
    pub weight_milli: i64,
}

impl Edge {
    /// An edge between two different rows.
    pub fn new(one: u32, other: u32, score: f64, weight: Option<f64>) -> Edge {
        let score_ppm = (score.clamp(0.0, 1.0) * 1e6).round() as u32;
        let weight_milli = weight.map_or(i64::from(score_ppm), |bits| (bits.clamp(-1e6, 1e6) * 1e3).round() as i64);
        Edge { a: one.min(other), b: one.max(other), score_ppm, weight_milli }
    }

    /// An edge between two rows that a person decided to be the same: the strongest, and no rule cuts it.
    pub fn decided(one: u32, other: u32) -> Edge {
        Edge { weight_milli: i64::MAX, ..Edge::new(one, other, 1.0, None) }
    }

    /// Whether a person decided it.
    pub fn is_decided(&self) -> bool {
        self.weight_milli == i64::MAX
    }
}
