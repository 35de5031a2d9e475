//! The dataflow: edges to components by iteration, components to guarded parts.

use differential_dataflow::VecCollection;
use differential_dataflow::operators::iterate::Iterate;
use serde::{Deserialize, Serialize};

use crate::Edge;
use crate::guard::{CutEdge, Guard, guard};

/// The value of a row in a field that distinguishes companies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LinkValue {
    /// The row.
    pub row: u32,
    /// The field's number.
    pub field: u32,
    /// The value's digest.
    pub value: u64,
}

/// An edge or a value of a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum Fact {
    Edge(Edge),
    Value(LinkValue),
}

/// A result of the dataflow; rows without an edge have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ClusterFinding {
    /// A row, and the lowest row of its cluster.
    Member(u32, u32),
    /// An edge between two clusters.
    Cut(CutEdge),
}

/// The time of a change: its number.
pub(crate) type Time = u64;

/// The clusters over the edges, kept up to date.
pub(crate) fn clusters<'scope>(
    edges: VecCollection<'scope, Time, Edge>,
    values: VecCollection<'scope, Time, LinkValue>,
    rules: Guard,
) -> VecCollection<'scope, Time, ClusterFinding> {
    let both_ways = edges.clone().flat_map(|edge| [(edge.a, edge.b), (edge.b, edge.a)]);
    let labels = components(both_ways);
    let of_edges = edges.map(|edge| (edge.a, Fact::Edge(edge)));
    let of_rows = values.map(|value| (value.row, Fact::Value(value)));
    let facts = of_edges.concat(of_rows).join_map(labels, |_, fact, label| (*label, *fact));
    facts
        .reduce(move |_, facts, found| split(facts.iter().map(|(fact, _)| **fact), rules, found))
        .map(|(_, found)| found)
}

/// For each row with an edge, the lowest row reachable over edges.
fn components<'scope>(edges: VecCollection<'scope, Time, (u32, u32)>) -> VecCollection<'scope, Time, (u32, u32)> {
    let rows = edges.clone().map(|(row, _)| (row, row)).distinct();
    rows.clone().iterate(|scope, labels| {
        let (edges, rows) = (edges.enter(scope), rows.enter(scope));
        let proposed = labels.join_map(edges, |_, label, to| (*to, *label));
        proposed.concat(rows).reduce(|_, labels, lowest| {
            lowest.extend(labels.first().map(|(label, _)| (**label, 1)));
        })
    })
}

fn split(facts: impl Iterator<Item = Fact>, rules: Guard, found: &mut Vec<(ClusterFinding, isize)>) {
    let (mut edges, mut values) = (Vec::new(), Vec::new());
    for fact in facts {
        match fact {
            Fact::Edge(edge) => edges.push(edge),
            Fact::Value(LinkValue { row, field, value }) => values.push((row, field, value)),
        }
    }
    let mut rows: Vec<u32> = edges.iter().flat_map(|edge| [edge.a, edge.b]).collect();
    rows.sort_unstable();
    rows.dedup();
    let (parts, cuts) = guard(&rows, &edges, &values, rules);
    found.extend(rows.iter().zip(parts).map(|(row, part)| (ClusterFinding::Member(*row, part), 1)));
    found.extend(cuts.into_iter().map(|cut| (ClusterFinding::Cut(cut), 1)));
}
