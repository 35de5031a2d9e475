//! Similar names in the row's block.

use matchflow_candidates::blocked_search;
use matchflow_model::columns::alternatives;
use proptest::prelude::*;

use crate::common::*;

#[test]
fn near_names_of_the_postcode_closest_first() {
    let entries = [
        entry("010", "garage martin", "75001", "paris"),
        entry("020", "garage marti", "75001", "paris"),
        entry("030", "garage martin", "06000", "nice"),
        entry("040", "martin garage", "75001", "paris"),
        entry("050", "boulangerie", "75001", "paris"),
    ];
    assert_eq!(find(&entries, blocked(3), row("garage martin", "75001", "nice")), ["010", "040", "020"]);
    assert_eq!(find(&entries, blocked(0), row("garage martin", "75001", "")), ["010", "040"]);
    assert_eq!(
        find(&entries, blocked(3), row("garage martin", "", "nice")),
        ["030"],
        "the town where there is no postcode"
    );
    assert_eq!(find(&entries, blocked(3), row("garage martin", "99999", "nice")), [""; 0], "only where there is none");
    assert_eq!(find(&entries, blocked(3), row("", "75001", "")), [""; 0]);
}

#[test]
fn the_closest_alternative_counts() {
    let entries = [entry("010", "sncf\u{1f}societe nationale", "75001", ""), entry("020", "sncb", "75001", "")];
    assert_eq!(find(&entries, blocked(1), row("sncf", "75001", "")), ["010", "020"]);
    assert_eq!(find(&entries, blocked(1), row("ecole\u{1f}societe national", "75001", "")), ["010"]);
}

#[test]
fn names_without_a_common_character_are_not_near() {
    let entries = [entry("010", "edf", "75001", "")];
    assert_eq!(find(&entries, blocked(3), row("abc", "75001", "")), [""; 0]);
}

fn sorted(name: &str) -> String {
    let mut words: Vec<&str> = name.split(' ').collect();
    words.sort_unstable();
    words.join(" ")
}

fn near(a: &str, b: &str, distance_max: usize) -> Option<f32> {
    let distance = strsim::levenshtein(a, b).min(strsim::levenshtein(&sorted(a), &sorted(b)));
    let longer = a.chars().count().max(b.chars().count());
    (distance <= distance_max && distance < longer).then(|| 1.0 - distance as f32 / longer as f32)
}

proptest! {
    #[test]
    fn it_is_brute_force(entries in entries(), rows in rows(), distance_max in 0usize..7) {
        let mut plan = stage(blocked(distance_max));
        plan.candidates_max = 1000;
        let shards = shards(&entries, 3, 7, &[plan.search.clone()]);
        let mut found = triples(ask(&shards, &plan, &suppliers(&rows)));
        found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)).then(a.2.total_cmp(&b.2)));
        let mut wanted = Vec::new();
        for (number, row) in (0..).zip(&rows) {
            for entry in &entries {
                let same = if row.postcode.is_some() { row.postcode == entry.postcode } else {
                    row.town.is_some() && row.town == entry.town
                };
                let (Some(a), Some(b)) = (&row.name, &entry.name) else { continue };
                let best = alternatives(a)
                    .flat_map(|a| alternatives(b).filter_map(move |b| near(a, b, distance_max)))
                    .max_by(f32::total_cmp);
                wanted.extend(best.filter(|_| same).map(|best| (number, entry.id.clone(), best)));
            }
        }
        wanted.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)).then(a.2.total_cmp(&b.2)));
        prop_assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(&wanted) {
            prop_assert_eq!((found.0, &found.1), (wanted.0, &wanted.1));
            prop_assert!((found.2 - wanted.2).abs() < 1e-4);
        }
    }
}

#[test]
fn a_block_may_be_a_part_of_a_field() {
    let entries = [entry("010", "martin plomberie", "42000", ""), entry("020", "martin plomberie", "69000", "")];
    let blocks = vec![key("postcode[0:2]", "postcode[0:2]")];
    let name = matchflow_model::plan::InputPair { left: "name".into(), right: "name".into() };
    let search = blocked_search(blocks, name, 1);
    assert_eq!(find(&entries, search, row("martin plombrie", "42990", "")), ["010"]);
}
