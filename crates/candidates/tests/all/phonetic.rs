//! Names that sound alike.

use matchflow_model::plan::{ExactKey, Search, SearchValue};
use proptest::prelude::*;

use crate::common::*;

fn phonetic(language: &str, block: Vec<ExactKey>) -> Search {
    let search = Search::new("phonetic").with("name", SearchValue::Pairs(vec![pair("name")]));
    search.with("language", SearchValue::Word(language.to_owned())).with("block", SearchValue::Keys(block))
}

#[test]
fn names_that_sound_alike_are_found_closest_first() {
    let entries = [
        entry("010", "dupond tierry", "42000", ""),
        entry("020", "thierry dupont", "69000", ""),
        entry("030", "thierry durand", "42000", ""),
        entry("040", "garage\u{1f}dupont thierry", "42000", ""),
    ];
    let found = find(&entries, phonetic("fr", vec![]), row("dupont thierry", "42000", ""));
    assert_eq!(found, ["020", "040", "010"]);
    let in_block = phonetic("fr", vec![key("postcode", "postcode")]);
    assert_eq!(find(&entries, in_block.clone(), row("dupont thierry", "42000", "")), ["040", "010"]);
    assert!(find(&entries, in_block, row("dupont thierry", "", "")).is_empty(), "a row without a block finds nothing");
}

#[test]
fn english_names_follow_english_spelling() {
    let entries = [entry("010", "smyth stephen", "", ""), entry("020", "jones stephen", "", "")];
    assert_eq!(find(&entries, phonetic("en", vec![]), row("steven smith", "", "")), ["010"]);
}

proptest! {
    #[test]
    fn equal_names_are_found_whatever_the_shards(entries in entries(), rows in rows(), count in 1u64..4) {
        let search = phonetic("fr", vec![]);
        let mut plan = stage(search.clone());
        plan.candidates_max = 1000;
        let one = shards(&entries, 1, 7, std::slice::from_ref(&search));
        let several = shards(&entries, count, 7, &[search]);
        let found = ask(&one, &plan, &suppliers(&rows));
        prop_assert_eq!(&ask(&several, &plan, &suppliers(&rows)), &found);
        let found = triples(found);
        for (number, row) in (0..).zip(&rows) {
            let Some(name) = &row.name else { continue };
            for entry in entries.iter().filter(|entry| entry.name.as_ref() == Some(name)) {
                prop_assert!(found.iter().any(|(row, id, _)| *row == number && *id == entry.id));
            }
        }
    }
}
