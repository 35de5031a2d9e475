//! Splits components that violate a rule at their weakest edges.
//!
//! Edges are processed from strongest to weakest (by weight, score, then rows), and each joins the parts of its two
//! rows unless that would violate a rule; so in a contradiction the weakest edge is the one that is cut. Time is E log
//! E for E edges.

use std::cmp::Reverse;

use crate::Edge;

/// The rules for clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// Maximum number of rows.
    pub rows_max: usize,
    /// Minimum score, in millionths, of a single edge that joins two parts of two or more rows.
    pub bridge_min_ppm: u32,
}

/// Why an edge was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Cause {
    /// The rows on its two sides have different values in a field that tells companies apart (its number).
    Contradiction(u32),
    /// Together they would be too many rows.
    TooLarge,
    /// It is the only edge between two groups of rows, and weak.
    Loose,
}

impl Cause {
    /// Fields from this number on are decisions of people: rows with different values there are never in one cluster, not
    /// even by the decision that others are the same.
    pub const PERSON_FIELDS: u32 = 1 << 16;
}

/// An edge that does not hold its rows together: they are in different clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct CutEdge {
    /// The edge.
    pub edge: Edge,
    /// The cause.
    pub cause: Cause,
}

/// The parts of one component, and the edges cut: for each of `rows` (ascending), the lowest row of its part.
///
/// `values` are `(row, field, value)` of the fields that tell companies apart: a row has one value a field at most.
pub fn guard(rows: &[u32], edges: &[Edge], values: &[(u32, u32, u64)], rules: Guard) -> (Vec<u32>, Vec<CutEdge>) {
    let mut parts = ComponentParts::new(rows, edges, values);
    let mut order: Vec<&Edge> = edges.iter().collect();
    order.sort_unstable_by_key(|edge| (Reverse(edge.weight_milli), Reverse(edge.score_ppm), edge.a, edge.b));
    let mut refused: Vec<CutEdge> = Vec::new();
    for edge in order {
        let (Some(a), Some(b)) = (parts.find(edge.a), parts.find(edge.b)) else { continue };
        if a == b {
            continue;
        }
        match parts.refuses(a, b, edge, rules) {
            Some(cause) => refused.push(CutEdge { edge: *edge, cause }),
            None => parts.join(a, b),
        }
    }
    // Rows whose edge was refused may have been joined by others since.
    refused.retain(|cut| parts.find(cut.edge.a) != parts.find(cut.edge.b));
    refused.sort_unstable();
    (parts.lowest(), refused)
}

/// Disjoint parts of the rows, by position in `rows`.
struct ComponentParts<'a> {
    rows: &'a [u32],
    parent: Vec<usize>,
    members: Vec<Vec<usize>>,
    /// By part: the values of its rows, `(field, value)`, ascending.
    values: Vec<Vec<(u32, u64)>>,
    neighbours: Vec<Vec<usize>>,
}

impl<'a> ComponentParts<'a> {
    fn new(rows: &'a [u32], edges: &[Edge], values: &[(u32, u32, u64)]) -> ComponentParts<'a> {
        let mut parts = ComponentParts {
            rows,
            parent: (0..rows.len()).collect(),
            members: (0..rows.len()).map(|place| vec![place]).collect(),
            values: vec![Vec::new(); rows.len()],
            neighbours: vec![Vec::new(); rows.len()],
        };
        for (row, field, value) in values {
            if let Some(row_values) = parts.place(*row).and_then(|place| parts.values.get_mut(place)) {
                row_values.push((*field, *value));
            }
        }
        parts.values.iter_mut().for_each(|values| values.sort_unstable());
        for edge in edges {
            if let (Some(a), Some(b)) = (parts.place(edge.a), parts.place(edge.b)) {
                for (from, to) in [(a, b), (b, a)] {
                    parts.neighbours.get_mut(from).into_iter().for_each(|neighbours| neighbours.push(to));
                }
            }
        }
        parts
    }

    fn place(&self, row: u32) -> Option<usize> {
        self.rows.binary_search(&row).ok()
    }

    fn root(&self, mut place: usize) -> usize {
        while let Some(parent) = self.parent.get(place).copied().filter(|parent| *parent != place) {
            place = parent;
        }
        place
    }

    /// The part of a row.
    fn find(&self, row: u32) -> Option<usize> {
        self.place(row).map(|place| self.root(place))
    }

    fn members(&self, part: usize) -> &[usize] {
        self.members.get(part).map_or(&[], Vec::as_slice)
    }

    fn refuses(&self, a: usize, b: usize, edge: &Edge, rules: Guard) -> Option<Cause> {
        let fields_from = if edge.is_decided() { Cause::PERSON_FIELDS } else { 0 };
        if let Some(field) = self.contradiction(a, b, fields_from) {
            return Some(Cause::Contradiction(field));
        }
        if edge.is_decided() {
            return None;
        }
        let (of_a, of_b) = (self.members(a), self.members(b));
        if of_a.len() + of_b.len() > rules.rows_max {
            return Some(Cause::TooLarge);
        }
        let is_bridge = edge.score_ppm < rules.bridge_min_ppm && of_a.len() > 1 && of_b.len() > 1;
        (is_bridge && self.edges_between(a, b) == 1).then_some(Cause::Loose)
    }

    /// The first field from a number on in which the two parts have values and none in common. A part has several values
    /// of a field where a person decided that its rows are the same.
    fn contradiction(&self, a: usize, b: usize, fields_from: u32) -> Option<u32> {
        let (of_a, of_b) = (self.values.get(a)?, self.values.get(b)?);
        let fields = of_a.iter().map(|(field, _)| *field).filter(|field| *field >= fields_from);
        let differ = |field: &u32| {
            let mut of_field = of_b.iter().filter(|(other, _)| other == field).peekable();
            of_field.peek().is_some() && !of_field.any(|value| of_a.contains(value))
        };
        fields.filter(differ).min()
    }

    fn edges_between(&self, a: usize, b: usize) -> usize {
        let (few, to) = if self.members(a).len() <= self.members(b).len() { (a, b) } else { (b, a) };
        let neighbours = self.members(few).iter().filter_map(|place| self.neighbours.get(*place)).flatten();
        neighbours.filter(|place| self.root(**place) == to).count()
    }

    /// Joins the smaller part to the larger: no row is deeper than the logarithm of their number.
    fn join(&mut self, a: usize, b: usize) {
        let (from, to) = if self.members(a).len() <= self.members(b).len() { (a, b) } else { (b, a) };
        let moved = self.members.get_mut(from).map(std::mem::take).unwrap_or_default();
        let values = self.values.get_mut(from).map(std::mem::take).unwrap_or_default();
        self.members.get_mut(to).into_iter().for_each(|members| members.extend_from_slice(&moved));
        if let Some(row_values) = self.values.get_mut(to) {
            row_values.extend(values);
            row_values.sort_unstable();
            row_values.dedup();
        }
        if let Some(parent) = self.parent.get_mut(from) {
            *parent = to;
        }
    }

    /// For each row, the lowest row of its part.
    fn lowest(&self) -> Vec<u32> {
        let mut lowest = vec![u32::MAX; self.rows.len()];
        let roots: Vec<usize> = (0..self.rows.len()).map(|place| self.root(place)).collect();
        for (row, root) in self.rows.iter().zip(&roots) {
            if let Some(slot) = lowest.get_mut(*root) {
                *slot = (*slot).min(*row);
            }
        }
        roots.iter().map(|root| lowest.get(*root).copied().unwrap_or(u32::MAX)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOSE: Guard = Guard { rows_max: 100, bridge_min_ppm: 0 };

    fn edge(a: u32, b: u32, score: f64) -> Edge {
        Edge::new(a, b, score, None)
    }

    #[test]
    fn a_contradiction_is_cut_at_its_weakest_edge() {
        // 1 and 2 have SIREN x, 4 and 5 have y, 3 has none; 2-3 is weaker than 3-4.
        let edges = [edge(1, 2, 0.99), edge(2, 3, 0.91), edge(3, 4, 0.95), edge(4, 5, 0.99)];
        let values = [(1, 0, 7), (2, 0, 7), (4, 0, 9), (5, 0, 9)];
        let (parts, cuts) = guard(&[1, 2, 3, 4, 5], &edges, &values, LOOSE);
        assert_eq!(parts, [1, 1, 3, 3, 3]);
        assert_eq!(cuts, [CutEdge { edge: edges[1], cause: Cause::Contradiction(0) }]);
    }

    #[test]
    fn one_weak_edge_does_not_join_two_groups_but_two_do() {
        let rules = Guard { rows_max: 100, bridge_min_ppm: 950_000 };
        let mut edges = vec![edge(1, 2, 0.99), edge(3, 4, 0.99), edge(2, 3, 0.92)];
        let (parts, cuts) = guard(&[1, 2, 3, 4], &edges, &[], rules);
        assert_eq!((parts, cuts), (vec![1, 1, 3, 3], vec![CutEdge { edge: edges[2], cause: Cause::Loose }]));
        edges.push(edge(1, 4, 0.91));
        assert_eq!(guard(&[1, 2, 3, 4], &edges, &[], rules), (vec![1; 4], vec![]));
        // A single row is not a group: it can have only one edge.
        assert_eq!(guard(&[1, 2, 3], &[edge(1, 2, 0.99), edge(2, 3, 0.92)], &[], rules).0, [1, 1, 1]);
    }

    #[test]
    fn a_cluster_that_is_too_large_is_split_and_reported() {
        let edges = [edge(1, 2, 0.99), edge(2, 3, 0.95), edge(3, 4, 0.99)];
        let (parts, cuts) = guard(&[1, 2, 3, 4], &edges, &[], Guard { rows_max: 3, bridge_min_ppm: 0 });
        assert_eq!(parts, [1, 1, 3, 3]);
        assert_eq!(cuts, [CutEdge { edge: edges[1], cause: Cause::TooLarge }]);
    }

    #[test]
    fn what_a_person_decided_no_rule_cuts_and_no_edge_joins() {
        let (rows_max, bridge_min_ppm) = (2, 990_000);
        let person = Cause::PERSON_FIELDS;
        // 1 and 2 have other numbers, and the cluster is too large: a person decided that 1, 2 and 3 are the same.
        let decided = [Edge::decided(1, 2), Edge::decided(3, 2)];
        let values = [(1, 0, 7), (2, 0, 9)];
        let rules = Guard { rows_max, bridge_min_ppm };
        assert_eq!(guard(&[1, 2, 3], &decided, &values, rules), (vec![1; 3], vec![]));
        // A row with either number may still join.
        let edges = [Edge::decided(1, 2), edge(1, 4, 0.99), edge(2, 5, 0.99), edge(1, 6, 0.99)];
        let values = [(1, 0, 7), (2, 0, 9), (4, 0, 7), (5, 0, 9), (6, 0, 5)];
        let (parts, cuts) = guard(&[1, 2, 4, 5, 6], &edges, &values, LOOSE);
        assert_eq!(parts, [1, 1, 1, 1, 6]);
        assert_eq!(cuts, [CutEdge { edge: edges[3], cause: Cause::Contradiction(0) }]);
        // 1 and 3 are not the same, whatever links them, and whoever decided that.
        let apart = [(1, person + 1, 0), (3, person + 1, 1)];
        let edges = [edge(1, 2, 0.99), edge(2, 3, 0.95), edge(1, 3, 0.999)];
        let (parts, cuts) = guard(&[1, 2, 3], &edges, &apart, LOOSE);
        assert_eq!(parts, [1, 1, 3]);
        assert!(cuts.iter().all(|cut| cut.cause == Cause::Contradiction(person + 1)) && cuts.len() == 2);
        let edges = [Edge::decided(1, 2), Edge::decided(2, 3)];
        assert_eq!(guard(&[1, 2, 3], &edges, &apart, LOOSE).0, [1, 1, 3]);
    }

    #[test]
    fn an_edge_inside_a_part_is_no_cut() {
        // 1-2 contradict each other only through nothing: 3 joins both sides although 1-4 was refused first.
        let edges = [edge(1, 4, 0.99), edge(1, 2, 0.98), edge(2, 4, 0.97)];
        let (parts, cuts) = guard(&[1, 2, 4], &edges, &[(1, 0, 5), (4, 0, 6)], LOOSE);
        assert_eq!(parts, [1, 1, 4]);
        assert_eq!(cuts.iter().map(|cut| (cut.edge.a, cut.edge.b)).collect::<Vec<_>>(), [(1, 4), (2, 4)]);
    }
}
