//! Differences between editions, against a comparison that knows nothing of order or batches.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use matchflow_generate::RegistryEdition::{First, Next};
use matchflow_registry::{
    ChangeCounts, ChangeFile, ChangeKind, EditionPair, EntryChange, FetchOptions, FetchOutcome, RegistryError,
    StoredEdition, descriptor, diff, fetch,
};
use proptest::prelude::*;

use crate::publisher::{Publisher, Row, rows, sirene, write_rows};

fn changes(before: &StoredEdition, after: &StoredEdition) -> (Vec<EntryChange>, ChangeCounts) {
    let mut changes = Vec::new();
    let counts = diff(EditionPair { before, after }, &mut |change| {
        changes.push(change);
        Ok(())
    });
    (changes, counts.unwrap())
}

/// A kind of change of an entry.
type Found = BTreeSet<(String, &'static str)>;

fn found(changes: &[EntryChange]) -> Found {
    changes.iter().map(|change| (change.id.clone(), change.change.word())).collect()
}

#[test]
fn generated_changes_are_found_and_no_others() {
    let (publisher, first, next) = (Publisher::new(), sirene(20_000, First), sirene(20_000, Next));
    publisher.publish_sirene(&first, "1");
    let before = publisher.fetch_new("sirene");
    publisher.publish_sirene(&next, "2");
    let after = publisher.fetch_new("sirene");
    let (changes, counts) = changes(&before, &after);
    let mut reader = csv::Reader::from_path(next.changes.as_ref().unwrap()).unwrap();
    let truth: BTreeSet<(String, String)> =
        reader.records().map(Result::unwrap).map(|line| (line[0].to_owned(), line[1].to_owned())).collect();
    let created: BTreeSet<&str> =
        truth.iter().filter(|(_, kind)| kind == "created").map(|(id, _)| id.as_str()).collect();
    // A new entry of a renamed company is new.
    let expected: BTreeSet<(String, String)> =
        truth.iter().filter(|(id, kind)| kind == "created" || !created.contains(id.as_str())).cloned().collect();
    let masked: BTreeSet<String> = rows(&after.table())
        .into_iter()
        .filter(|row| row["statutDiffusionEtablissement"] == "P")
        .map(|row| row["siret"].clone())
        .collect();
    let found: BTreeSet<(String, String)> =
        found(&changes).into_iter().map(|(id, kind)| (id, kind.to_owned())).collect();
    let only = |one: &BTreeSet<(String, String)>, other: &BTreeSet<(String, String)>| -> Vec<(String, String)> {
        one.difference(other).filter(|(id, _)| !masked.contains(id)).cloned().collect()
    };
    assert_eq!(only(&found, &expected), [], "only found");
    assert_eq!(only(&expected, &found), [], "not found");
    assert_eq!(counts.total(), changes.len() as u64);
    assert!(changes.is_sorted_by_key(|change| change.id.clone()));
    let links = fs::read_to_string(next.links.as_ref().unwrap()).unwrap();
    for change in changes.iter().filter(|change| change.change == ChangeKind::Succeeded) {
        assert!(links.contains(&format!("{},{}", change.id, change.after)), "{change:?}");
    }
    assert!(changes.iter().all(|change| change.since.starts_with("2026-10-")), "{:?}", changes.first());
    let (none, _) = self::changes(&after, &after);
    assert_eq!(none, []);
}

#[test]
fn changes_are_written_in_every_format() {
    let (publisher, first, next) = (Publisher::new(), sirene(3_000, First), sirene(3_000, Next));
    publisher.publish_sirene(&first, "1");
    let before = publisher.fetch_new("sirene");
    publisher.publish_sirene(&next, "2");
    let after = publisher.fetch_new("sirene");
    let path = |name: &str| publisher.folder.path().join(name);
    let mut all = Vec::new();
    for name in ["c.csv", "c.jsonl", "c.parquet"] {
        let mut file = ChangeFile::create(&path(name)).unwrap().unwrap();
        all = changes(&before, &after).0;
        all.iter().for_each(|change| file.write(change).unwrap());
        assert!(!path(name).exists());
        file.finish().unwrap();
    }
    assert!(ChangeFile::create(&path("c.txt")).unwrap().is_none());
    let as_row = |change: &EntryChange| -> Row {
        let cells = [
            ("id", change.id.as_str()),
            ("group", &change.group),
            ("change", change.change.word()),
            ("since", &change.since),
            ("before", &change.before),
            ("after", &change.after),
        ];
        cells.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    };
    let expected: Vec<Row> = all.iter().map(as_row).collect();
    assert!(!expected.is_empty());
    assert_eq!(rows(&path("c.parquet")), expected);
    let mut reader = csv::Reader::from_path(path("c.csv")).unwrap();
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let csv_rows = reader.records().map(Result::unwrap).map(|record| -> Row {
        header
            .iter()
            .cloned()
            .zip(record.iter().map(|cell| matchflow_model::formula::unescape(cell).to_owned()))
            .collect()
    });
    assert_eq!(csv_rows.collect::<Vec<_>>(), expected);
    let lines = fs::read_to_string(path("c.jsonl")).unwrap();
    let json: Vec<Row> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json, expected);
}

#[test]
fn editions_of_two_registries_are_not_compared() {
    let (publisher, first) = (Publisher::new(), sirene(1_000, First));
    publisher.publish_sirene(&first, "1");
    let sirene = publisher.fetch_new("sirene");
    let mut other = sirene.clone();
    other.manifest.registry = "gleif".to_owned();
    let error = diff(EditionPair { before: &sirene, after: &other }, &mut |_| Ok(())).unwrap_err();
    assert!(matches!(error, RegistryError::OtherRegistry { .. }), "{error}");
}

/// The columns that a Companies House file must have.
fn company_columns() -> Vec<String> {
    let text = include_str!("../../descriptors/companies-house.json");
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("{ \"name\": \"")?.split('"').next());
    lines.map(str::to_owned).collect()
}

/// An edition of companies, made from a file.
fn edition(publisher: &Publisher, entries: &BTreeMap<u8, [u8; 4]>, day: &str) -> StoredEdition {
    let file = publisher.folder.path().join("BasicCompanyDataAsOneFile.parquet");
    let names = company_columns();
    let row = |(id, values): (&u8, &[u8; 4])| -> Row {
        let mut row = Row::new();
        row.insert("CompanyNumber".to_owned(), format!("{id:08}"));
        row.insert("CompanyName".to_owned(), format!("NAME {}", values[0]));
        row.insert("RegAddress.PostTown".to_owned(), format!("TOWN {}", values[1]));
        row.insert("CompanyStatus".to_owned(), if values[2] % 2 == 0 { "Active" } else { "Liquidation" }.to_owned());
        row.insert("SICCode.SicText_1".to_owned(), format!("SIC {}", values[3]));
        row
    };
    let mut all: Vec<Row> = entries.iter().map(row).collect();
    all.reverse();
    write_rows(&file, &names.iter().map(String::as_str).collect::<Vec<_>>(), &all);
    let from = [file];
    let options = FetchOptions {
        from: Some(&from),
        edition: Some(day.parse().unwrap()),
        descriptor: descriptor("companies-house").unwrap(),
        ..publisher.options("companies-house", "")
    };
    match fetch(&options, &mut |_| {}).unwrap_or_else(|error| panic!("{error}")) {
        FetchOutcome::New { edition, .. } | FetchOutcome::Unchanged(edition) => *edition,
    }
}

/// What changed, entry by entry.
fn naive(before: &Path, after: &Path) -> Found {
    let by_id = |path: &Path| -> BTreeMap<String, Row> {
        rows(path).into_iter().map(|row| (row["CompanyNumber"].clone(), row)).collect()
    };
    let (before, after) = (by_id(before), by_id(after));
    let mut found = Found::new();
    for id in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let (Some(was), Some(is)) = (before.get(id), after.get(id)) else {
            found.insert((id.clone(), if before.contains_key(id) { "removed" } else { "created" }));
            continue;
        };
        let mut compare = |column: &str, kind| {
            if was.get(column) != is.get(column) {
                found.insert((id.clone(), kind));
            }
        };
        compare("CompanyName", "renamed");
        compare("RegAddress.PostTown", "moved");
        compare("SICCode.SicText_1", "activity");
        compare("CompanyStatus", if is["CompanyStatus"] == "Active" { "reopened" } else { "closed" });
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_difference_is_what_a_naive_comparison_finds(
        one in prop::collection::btree_map(any::<u8>(), prop::array::uniform4(0_u8..3), 1..60),
        two in prop::collection::btree_map(any::<u8>(), prop::array::uniform4(0_u8..3), 1..60),
    ) {
        let publisher = Publisher::new();
        let before = edition(&publisher, &one, "2026-09-01");
        let after = edition(&publisher, &two, "2026-10-01");
        let (changes, counts) = changes(&before, &after);
        prop_assert_eq!(found(&changes), naive(&before.table(), &after.table()));
        prop_assert_eq!(counts.total(), changes.len() as u64);
    }
}
