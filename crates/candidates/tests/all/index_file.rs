//! An index is read from its file unchanged, or not at all.

use matchflow_candidates::{Index, IndexFileError};
use proptest::prelude::*;

use crate::common::*;

fn save(index: &Index, path: &std::path::Path, key: &str) {
    index.save(path, key, &|| true).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_loaded_index_gives_the_same_results(
        entries in entries(),
        rows in rows(),
        count in 1u64..4,
        distance_max in 0usize..6,
    ) {
        let searches = [exact(), blocked(distance_max), token(10, 3)];
        let built = index(&entries, count, 7, &searches);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registry.index");
        save(&built, &path, "key");
        let loaded = Index::load(&path, "key").unwrap();
        prop_assert_eq!(loaded.entries(), built.entries());
        let rows = suppliers(&rows);
        for search in searches {
            let plan = stage(search);
            prop_assert_eq!(ask(&loaded.shards, &plan, &rows), ask(&built.shards, &plan, &rows));
        }
        for word in ["dupont", "garage", "nobody"] {
            let rarity = |index: &Index| index.vocabulary.term_frequencies("name").map(|field| field.rarity(word).to_bits());
            prop_assert_eq!(rarity(&loaded), rarity(&built));
        }
        // Everything written is read: writing it again gives the same file.
        let again = folder.path().join("again.index");
        save(&loaded, &again, "key");
        prop_assert!(std::fs::read(&path).unwrap() == std::fs::read(&again).unwrap());
    }
}

fn small() -> Index {
    let long = "boulangerie ".repeat(30);
    let entries = [entry("0101", "garage martin", "75001", "paris"), entry("0202", long.trim(), "", "nice")];
    index(&entries, 2, 1, &[exact(), blocked(2), token(5, 2)])
}

#[test]
fn any_damaged_missing_or_added_byte_is_detected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.index");
    save(&small(), &path, "key");
    let whole = std::fs::read(&path).unwrap();
    let refused = |bytes: &[u8], what: &str| {
        std::fs::write(&path, bytes).unwrap();
        let error = Index::load(&path, "key").expect_err(what);
        assert!(matches!(error, IndexFileError::Damaged(_) | IndexFileError::Stale), "{what}: {error}");
    };
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 1 << (place % 8);
        refused(&damaged, &format!("byte {place}"));
        refused(&whole[..place], &format!("cut at {place}"));
    }
    refused(&[whole.as_slice(), b"x"].concat(), "a byte more");
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(Index::load(&path, "key").unwrap().entries(), 2);
}

#[test]
fn another_key_is_stale_and_a_missing_file_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.index");
    assert!(matches!(Index::load(&path, "key"), Err(IndexFileError::Missing)));
    save(&small(), &path, "key");
    assert!(matches!(Index::load(&path, "other"), Err(IndexFileError::Stale)));
    save(&small(), &path, "other");
    assert!(Index::load(&path, "other").is_ok(), "it is written over");
}

#[test]
fn an_interrupted_or_failed_save_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.index");
    save(&small(), &path, "key");
    let calls = std::cell::Cell::new(0);
    let goes_on = || {
        calls.set(calls.get() + 1);
        calls.get() < 20
    };
    assert!(matches!(small().save(&path, "new", &goes_on), Err(IndexFileError::Io(_))));
    assert!(small().save(&path.join("x.index"), "key", &|| true).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(Index::load(&path, "key").is_ok());
}
