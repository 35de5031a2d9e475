//! Identifiers.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use matchflow_candidates::{Error, Scratch, ShardBuilder, exact_search};
use matchflow_model::columns::{self, alternatives};
use matchflow_model::plan::Search;
use proptest::prelude::*;

use crate::common::*;

fn by(siret: &str, siren: &str) -> Row {
    let value = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Row { siret: value(siret), siren: value(siren), ..Row::default() }
}

#[test]
fn the_first_key_that_finds_ends_the_search() {
    let entries = [entry("010", "a", "", ""), entry("011", "b", "", ""), entry("020", "c", "", "")];
    assert_eq!(find(&entries, exact(), by("011", "02")), ["011"]);
    assert_eq!(find(&entries, exact(), by("999", "02")), ["020"]);
    assert_eq!(find(&entries, exact(), by("", "01")), ["010", "011"]);
    assert_eq!(find(&entries, exact(), by("0", "")), [""; 0]);
}

#[test]
fn the_first_key_counts_over_all_shards() {
    let entries: Vec<Entry> = (10..30).map(|group| entry(&format!("{group}0"), "a", "", "")).collect();
    for count in 1..6 {
        let shards = shards(&entries, count, 4, &[exact()]);
        assert_eq!(ids(ask(&shards, &stage(exact()), &suppliers(&[by("100", "11")]))), ["100"]);
    }
}

#[test]
fn a_large_group_is_cut_to_the_helpful_entries() {
    let mut entries: Vec<Entry> = (100..300).map(|nic| entry(&format!("01{nic}"), "la poste", "75001", "")).collect();
    entries[150].postcode = Some("06000".to_owned());
    entries[120].head_office = true;
    entries[3].closed = true;
    let row = Row { postcode: Some("06000".to_owned()), ..by("", "01") };
    let shards = shards(&entries, 1, 64, &[exact()]);
    let mut plan = stage(exact());
    plan.candidates_max = 1000;
    let found = ids(ask(&shards, &plan, &suppliers(&[row])));
    assert_eq!(found.len(), 50);
    assert_eq!(found[..5], ["01250", "01220", "01100", "01101", "01102"]);
    assert_eq!(found[5], "01104", "a closed entry comes last");
}

#[test]
fn the_cut_is_counted() {
    let entries: Vec<Entry> = (100..300).map(|nic| entry(&format!("01{nic}"), "la poste", "", "")).collect();
    let shards = shards(&entries, 1, 64, &[exact()]);
    let rows = suppliers(&[by("", "01")]);
    let found = shards[0].search(&exact(), 30, &rows, &[0], &mut Scratch::default()).unwrap();
    assert_eq!((found.entry.len(), found.counts.entries_cut), (30, 170));
}

#[test]
fn copies_of_an_entry_are_all_found_in_the_order_of_content() {
    let copies = ["b", "a", "c"].map(|name| entry("010", name, "", ""));
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let entries = order.map(|at: usize| copies[at].clone());
        let shards = shards(&entries, 1, 2, &[exact()]);
        let pairs = ask(&shards, &stage(exact()), &suppliers(&[by("010", "")])).unwrap();
        let names = columns::text(&pairs, "name").unwrap();
        assert_eq!(names.iter().flatten().collect::<Vec<_>>(), ["a", "b", "c"]);
    }
}

#[test]
fn an_empty_registry_finds_nothing() {
    for push in [false, true] {
        let mut builder = ShardBuilder::new(&[exact(), blocked(3), token(5, 2)]);
        if push {
            builder.push(&registry(&[])).unwrap();
        }
        let (shard, _) = builder.finish().unwrap();
        let rows = suppliers(&[row("a", "b", "c")]);
        for search in [exact(), blocked(3), token(5, 2)] {
            let found = shard.search(&search, 10, &rows, &[0], &mut Scratch::default()).unwrap();
            assert!(found.row.is_empty());
            assert_eq!(shard.pairs(&found).unwrap().num_rows(), 0);
        }
    }
}

#[test]
fn invalid_searches_are_errors() {
    let (shard, _) = built(&[entry("010", "a", "1", "x")], &[exact(), token(5, 2)]);
    let rows = suppliers(&[row("a", "b", "c")]);
    let ask = |search: &Search, rows: &RecordBatch, open: &[u32]| {
        shard.search(search, 10, rows, open, &mut Scratch::default()).unwrap_err().to_string()
    };
    let cases = [
        (ask(&blocked(3), &rows, &[0]), "the shard has no blocked index over the field `postcode, name`"),
        (ask(&token(5, 2), &rows, &[0]), "needs the vocabulary of all shards"),
        (ask(&exact(), &registry(&[]), &[]), "the batch has no column `siret` of type Utf8"),
        (ask(&exact(), &rows, &[1]), "row 1 does not exist: there are 1"),
    ];
    for (message, wanted) in cases {
        assert!(message.contains(wanted), "{message}");
    }
    assert!(matches!(shard.take(&[7]), Err(Error::OutOfRange { what: "entry", number: 7, count: 1 })));
}

#[test]
fn a_registry_with_changing_columns_is_refused() {
    let mut builder = ShardBuilder::new(&[exact()]);
    builder.push(&registry(&[entry("010", "a", "", "")])).unwrap();
    let error = builder.push(&suppliers(&[])).unwrap_err();
    assert!(matches!(error, Error::SchemaChanged { batch: 1, .. }), "{error}");
    let missing = ShardBuilder::new(&[exact_search(vec![key("vat", "vat")], Vec::new())]);
    let mut missing = missing;
    missing.push(&registry(&[entry("010", "a", "", "")])).unwrap();
    assert!(matches!(missing.finish(), Err(Error::Column(_))));
}

fn built(entries: &[Entry], searches: &[Search]) -> (matchflow_candidates::Shard, matchflow_candidates::LocalTerms) {
    let mut builder = ShardBuilder::new(searches);
    builder.push(&registry(entries)).unwrap();
    builder.finish().unwrap()
}

proptest! {
    #[test]
    fn it_is_brute_force(entries in entries(), rows in rows()) {
        let search = exact_search(vec![key("name", "name"), key("siren", columns::GROUP)], Vec::new());
        let mut plan = stage(search.clone());
        plan.candidates_max = 1000;
        let shards = shards(&entries, 2, 7, &[search]);
        let mut found: Vec<(u32, String)> =
            triples(ask(&shards, &plan, &suppliers(&rows))).into_iter().map(|triple| (triple.0, triple.1)).collect();
        found.sort();
        let mut wanted = Vec::new();
        for (number, row) in (0..).zip(&rows) {
            let shares_name = |entry: &&Entry| {
                let (Some(a), Some(b)) = (&row.name, &entry.name) else { return false };
                alternatives(a).any(|a| alternatives(b).any(|b| a == b))
            };
            let mut own: Vec<&Entry> = entries.iter().filter(shares_name).collect();
            if own.is_empty() {
                own = entries.iter().filter(|entry| row.siren.as_ref() == Some(&entry.group)).collect();
            }
            prop_assume!(own.len() <= 50);
            wanted.extend(own.into_iter().map(|entry| (number, entry.id.clone())));
        }
        wanted.sort();
        prop_assert_eq!(found, wanted);
    }
}

#[test]
fn a_key_may_be_made_of_several_fields_and_of_parts_of_them() {
    let mut entries = vec![
        entry("010", "martin plomberie", "42000", "st etienne"),
        entry("020", "martin\u{1f}marteau", "42100", "st etienne"),
        entry("030", "martin", "", "st etienne"),
    ];
    entries.push(entry("040", "maison", "42000", "roanne"));
    let search = |key: &str| exact_search(vec![crate::common::key(key, key)], Vec::new());
    for (key, wanted) in [
        ("name[0:4] + postcode", vec!["010"]),
        ("name[0:4] + postcode[0:2]", vec!["010", "020"]),
        ("name[0:2] + postcode", vec!["010", "040"]),
        ("town + name[0:6]", vec!["010", "020", "030"]),
        ("postcode[2:] + name[0:1]", vec!["010", "040"]),
        ("name + town", vec![]),
    ] {
        let mut found = find(&entries, search(key), row("martinet", "42000", "st etienne"));
        found.sort();
        assert_eq!(found, wanted, "{key}");
    }
    let by_group = exact_search(vec![crate::common::key("name[0:2]", "_group")], Vec::new());
    assert_eq!(find(&entries, by_group, row("03", "", "")), ["030"]);
}

/// Rows compared with each other: each is a group named by its position.
fn ordered(count: u64) -> Vec<Entry> {
    let entry = |number: u64| Entry {
        id: format!("F{number}"),
        group: order(number),
        name: Some("placeholder".to_owned()),
        ..Entry::default()
    };
    (0..count).map(entry).collect()
}

fn order(number: u64) -> String {
    format!("{:08x}{:016x}F{number}", number / 500, (number % 500) << 32)
}

#[test]
fn rows_with_a_common_key_find_those_nearest_before_them() {
    let search = exact_search(vec![crate::common::key("name", "name")], Vec::new());
    let entries = ordered(700);
    let rows = suppliers(&[row("placeholder", "", ""), row("placeholder", "", ""), row("placeholder", "", "")]);
    let rows = in_order(&rows, &[order(30), order(520), order(699)]);
    let mut plan = stage(search.clone());
    plan.candidates_max = 1000;
    for count in [1, 2, 5] {
        let shards = shards(&entries, count, 64, std::slice::from_ref(&search));
        let found = triples(ask(&shards, &plan, &rows));
        for (row, expected) in [(0, 0..30), (1, 470..520), (2, 649..699)] {
            let ids: Vec<&str> =
                found.iter().filter(|triple| triple.0 == row).map(|triple| triple.1.as_str()).collect();
            let expected: Vec<String> = expected.rev().map(|number| format!("F{number}")).collect();
            assert_eq!(ids, expected, "{count} shards");
        }
    }
}

#[test]
fn a_row_equal_to_another_only_finds_that_one() {
    let entries = ordered(100);
    let rows = in_order(&suppliers(&[row("placeholder", "", ""), row("placeholder", "", "")]), &[order(90), order(91)]);
    let equal: ArrayRef = Arc::new(StringArray::from(vec![Some(order(95)), None]));
    let fields = rows.schema().fields().iter().map(|field| field.as_ref().clone()).collect::<Vec<_>>();
    let fields = fields.into_iter().chain([Field::new(columns::EQUAL_TO, DataType::Utf8, true)]).collect::<Vec<_>>();
    let columns = rows.columns().iter().cloned().chain([equal]).collect();
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    for search in [exact_search(vec![crate::common::key("name", "name")], Vec::new()), token(5, 2)] {
        let shards = shards(&entries, 3, 64, std::slice::from_ref(&search));
        let found = triples(ask(&shards, &stage(search), &rows));
        let of_first: Vec<&str> = found.iter().filter(|triple| triple.0 == 0).map(|triple| triple.1.as_str()).collect();
        assert_eq!(of_first, ["F95"], "whatever their order");
        assert!(found.iter().filter(|triple| triple.0 == 1).count() > 1);
    }
}
