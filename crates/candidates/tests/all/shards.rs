//! The same answer however the registry is spread, and in whatever order it comes.

use proptest::prelude::*;

use crate::common::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_number_of_shards_changes_nothing(
        entries in entries(),
        rows in rows(),
        distance_max in 0usize..6,
        top in 1usize..6,
        per_group in 1usize..4,
        candidates_max in 1usize..12,
    ) {
        let searches = [exact(), local(distance_max), broad(top, per_group)];
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
