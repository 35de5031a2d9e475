//! Compares clusters with a plain union-find, and changes with a start from scratch.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use matchflow_dedupe::{Clusters, Edge, Guard, LinkValue};
use proptest::prelude::*;

/// Rules that split nothing.
const FREE: Guard = Guard { rows_max: usize::MAX, bridge_min_ppm: 0 };
const STRICT: Guard = Guard { rows_max: 4, bridge_min_ppm: 900_000 };

fn edges() -> impl Strategy<Value = Vec<Edge>> {
    let edge = (0u32..24, 0u32..24, 0u32..100).prop_filter("two rows", |(a, b, _)| a != b);
    // One edge between two rows.
    prop::collection::vec(edge.prop_map(|(a, b, score)| Edge::new(a, b, f64::from(score) / 100.0, None)), 0..40)
        .prop_map(|edges| edges.into_iter().map(|edge| ((edge.a, edge.b), edge)).collect::<BTreeMap<_, _>>())
        .prop_map(|edges| edges.into_values().collect())
}

fn values() -> impl Strategy<Value = Vec<LinkValue>> {
    let value = (0u32..24, 0u32..2, 0u64..3).prop_map(|(row, field, value)| LinkValue { row, field, value });
    prop::collection::vec(value, 0..12)
        .prop_map(|values| {
            values.into_iter().map(|value| ((value.row, value.field), value)).collect::<BTreeMap<_, _>>()
        })
        .prop_map(|values| values.into_values().collect())
}

fn added<T>(items: impl IntoIterator<Item = T>) -> Vec<(T, isize)> {
    items.into_iter().map(|item| (item, 1)).collect()
}

fn union_find(edges: &[Edge]) -> Vec<Vec<u32>> {
    let mut label: Vec<u32> = (0..24).collect();
    for _ in 0..24 {
        for edge in edges {
            let lowest = label[edge.a as usize].min(label[edge.b as usize]);
            label[edge.a as usize] = lowest;
            label[edge.b as usize] = lowest;
        }
    }
    let mut clusters: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    label.iter().zip(0..).for_each(|(label, row)| clusters.entry(*label).or_default().push(row));
    clusters.into_values().filter(|rows| rows.len() > 1).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn without_a_guard_clusters_are_connected_components(edges in edges()) {
        let mut clusters = Clusters::start(FREE).unwrap();
        clusters.change(added(edges.iter().copied()), Vec::new()).unwrap();
        prop_assert_eq!(clusters.all(), union_find(&edges));
        prop_assert!(clusters.cuts().is_empty());
    }

    #[test]
    fn a_guarded_cluster_violates_no_rule_and_every_cut_edge_is_reported(edges in edges(), values in values()) {
        let mut clusters = Clusters::start(STRICT).unwrap();
        clusters.change(added(edges.iter().copied()), added(values.iter().copied())).unwrap();
        for rows in clusters.all() {
            prop_assert!(rows.len() <= STRICT.rows_max);
            for field in 0..2 {
                let own: BTreeSet<u64> = values.iter()
                    .filter(|value| value.field == field && rows.contains(&value.row))
                    .map(|value| value.value)
                    .collect();
                prop_assert!(own.len() <= 1, "{rows:?} {own:?}");
            }
        }
        let told: BTreeSet<Edge> = clusters.cuts().iter().map(|cut| cut.edge).collect();
        for edge in &edges {
            prop_assert_eq!(clusters.lowest(edge.a) != clusters.lowest(edge.b), told.contains(edge));
        }
    }

    #[test]
    fn changes_give_the_same_clusters_as_a_start_from_scratch(
        before in edges(),
        after in edges(),
        values_before in values(),
        values_after in values(),
    ) {
        let mut kept = Clusters::start(STRICT).unwrap();
        kept.change(added(before.iter().copied()), added(values_before.iter().copied())).unwrap();
        let were: Vec<u32> = (0..24).map(|row| kept.lowest(row)).collect();
        let edges = before.iter().map(|edge| (*edge, -1)).chain(added(after.iter().copied())).collect();
        let of_rows = values_before.iter().map(|value| (*value, -1)).chain(added(values_after.iter().copied())).collect();
        let touched = kept.change(edges, of_rows).unwrap();
        let mut anew = Clusters::start(STRICT).unwrap();
        anew.change(added(after), added(values_after)).unwrap();
        prop_assert_eq!(kept.all(), anew.all());
        prop_assert_eq!(kept.cuts(), anew.cuts());
        for row in (0..24).filter(|row| kept.lowest(*row) != were[*row as usize]) {
            prop_assert!(touched.contains(&row), "row {row} of {touched:?}");
        }
    }
}
