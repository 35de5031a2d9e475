//! Results do not depend on the sharding or on the order of the registry.

use std::collections::{BTreeMap, BTreeSet};

use matchflow_model::plan::SearchValue;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::common::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn ordered_rows_are_only_compared_with_earlier_ones(
        entries in entries(),
        rows in rows(),
        places in prop::collection::vec(0u32..100, 8),
        distance_max in 0usize..6,
        top in 1usize..6,
    ) {
        let orders: Vec<String> = rows.iter().zip(&places).map(|(_, place)| format!("{place:02}")).collect();
        let rows = suppliers(&rows);
        let ordered = in_order(&rows, &orders);
        let searches = [exact(), blocked(distance_max), token(1000, 1000)];
        let shards = shards(&entries, 3, 7, &searches);
        for search in searches {
            let mut plan = stage(search);
            plan.candidates_max = 1000;
            let is_before = |triple: &(u32, String, f32)| triple.1[..2] < orders[triple.0 as usize][..];
            let all = triples(ask(&shards, &plan, &rows));
            let mut wanted: Vec<_> = all.into_iter().filter(is_before).collect();
            if plan.search.kind != "exact" {
                prop_assert_eq!(&triples(ask(&shards, &plan, &ordered)), &wanted);
            }
            // Those before it must count among the best of their shard, not only among those left of the overall best.
            if plan.search.kind == "token" {
                plan.search = plan.search.with("top", SearchValue::Number(top));
                let mut seen: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
                wanted.retain(|triple| {
                    let groups = seen.entry(triple.0).or_default();
                    groups.contains(&triple.1[..2]) || groups.len() < top && groups.insert(triple.1[..2].to_owned())
                });
                prop_assert_eq!(triples(ask(&shards, &plan, &ordered)), wanted);
            } else {
                prop_assert!(triples(ask(&shards, &plan, &ordered)).iter().all(is_before));
            }
        }
    }

    #[test]
    fn the_number_of_shards_changes_nothing(
        entries in entries(),
        rows in rows(),
        distance_max in 0usize..6,
        top in 1usize..6,
        per_group in 1usize..4,
        candidates_max in 1usize..12,
    ) {
        let searches = [exact(), blocked(distance_max), token(top, per_group)];
        let rows = suppliers(&rows);
        let whole = shards(&entries, 1, 100, &searches);
        let mut backwards = entries.clone();
        backwards.reverse();
        for count in [1, 2, 3, 5] {
            let spread = shards(&backwards, count, 7, &searches);
            let mut turned = shards(&entries, count, 3, &searches);
            turned.reverse();
            for search in &searches {
                let mut plan = stage(search.clone());
                plan.candidates_max = candidates_max;
                let wanted = ask(&whole, &plan, &rows);
                prop_assert_eq!(&ask(&spread, &plan, &rows), &wanted);
                prop_assert_eq!(&ask(&turned, &plan, &rows), &wanted);
            }
        }
    }
}

/// A registry large enough for words to gather hundreds of names, and for searches to stop early.
fn crowd(random: &mut ChaCha8Rng) -> (Vec<Entry>, Vec<Row>) {
    let name = |random: &mut ChaCha8Rng| -> String {
        let word = |random: &mut ChaCha8Rng| format!("mot{}", (200f64.powf(random.random::<f64>())) as u32);
        (0..random.random_range(1..5)).map(|_| word(random)).collect::<Vec<_>>().join(" ")
    };
    let place = |random: &mut ChaCha8Rng| format!("{:05}", 1000 * random.random_range(1..20));
    let entries = (0..4000).map(|number| {
        let group = 1000 + number / random.random_range(1..3);
        let entry = entry("00", &name(random), &place(random), &place(random));
        Entry { id: format!("{group}{number:05}"), group: group.to_string(), ..entry }
    });
    let entries: Vec<Entry> = entries.collect();
    let rows = (0..100).map(|_| {
        let own = name(random);
        let postcode = if random.random_ratio(1, 3) { String::new() } else { place(random) };
        row(&own, &postcode, &place(random))
    });
    let rows = rows.collect();
    (entries, rows)
}

#[test]
fn stopping_early_changes_nothing() {
    let (entries, rows) = crowd(&mut ChaCha8Rng::seed_from_u64(7));
    let rows = suppliers(&rows);
    let whole = shards(&entries, 1, 1000, &[token(1, 1)]);
    let mut wide = stage(token(usize::MAX / 4, 2));
    wide.candidates_max = usize::MAX;
    let all = triples(ask(&whole, &wide, &rows));
    for (count, top) in [(1, 5), (2, 5), (5, 5), (3, 20)] {
        let spread = shards(&entries, count, 300, &[token(1, 1)]);
        let found = triples(ask(&spread, &stage(token(top, 2)), &rows));
        let mut groups: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        let mut kept: BTreeMap<u32, usize> = BTreeMap::new();
        let mut wanted = all.clone();
        wanted.retain(|(row, id, _)| {
            let own = groups.entry(*row).or_default();
            let of_best = own.contains(&id[..4]) || (own.len() < top && own.insert(id[..4].to_owned()));
            let kept = kept.entry(*row).or_default();
            *kept += usize::from(of_best);
            of_best && *kept <= 30
        });
        assert_eq!(found, wanted, "{count} shards, the best {top}");
    }
}

/// A split word gathers names by its rarer half: one without the other half meets nothing, and must not displace a name
/// that meets something, however much it agrees in other fields.
#[test]
fn a_name_that_meets_nothing_displaces_none() {
    let entries = [
        entry("050", "auto", "", ""),
        entry("000", "ecole", "", "paris"),
        entry("010", "bam auto dupont gara", "", ""),
    ];
    let rows = suppliers(&[row("autoecole", "", "paris")]);
    let found = |count| {
        let shards = shards(&entries, count, 7, &[token(2, 1)]);
        triples(ask(&shards, &stage(token(2, 1)), &rows)).into_iter().map(|triple| triple.1).collect::<Vec<_>>()
    };
    assert_eq!(found(1), ["050", "010"]);
    assert_eq!(found(5), found(1));
}
