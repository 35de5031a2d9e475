//! JSON lines: digits, nested values, missing keys, and lines that are not objects.

use std::fs;

use matchflow_ingest::{format, formats, open_reference, table_facts, table_plan};
use matchflow_model::expectation::Expectation;
use matchflow_model::plan::{FieldType, ReferencePlan, TablePlan};

use crate::support::{column, field, folder, plan, read, texts};

const LINES: &str = "\u{feff}{\"code\": \"F1\", \"postal\": 6000.50, \"siret\": 35600000000048, \"address\": {\"city\": \"Paris\", \"lines\": [\"a\", 1]}}\r
\r
{\"code\": \"F2\", \"active\": true, \"postal\": null, \"other\": \" \"}
not an object
{\"code\": \"F3\", \"code\": \"F4\"}
{}
{\"code\": \"F5\", \"siret\": 12345678901234567890123}";

#[test]
fn cells_keep_their_digits_and_nothing_is_lost() {
    let folder = folder();
    let path = folder.path().join("s.jsonl");
    fs::write(&path, LINES).unwrap();
    let table = TablePlan::new("jsonl", path.clone());
    assert_eq!(table_facts(&table).unwrap().columns, ["code", "postal", "siret", "address", "active", "other"]);
    let names = ["code", "postal", "siret", "address", "active"];
    let found = read(&plan(table, &["code", "index"], texts(&names)), 2);
    assert_eq!(column(&found.rows, "_row"), ["1", "3", "4", "5", "7"], "lines are counted");
    assert_eq!(column(&found.rows, "code"), ["F1", "F2", "-", "F4", "F5"]);
    assert_eq!(column(&found.rows, "postal"), ["6000.50", "-", "-", "-", "-"]);
    assert_eq!(column(&found.rows, "siret"), ["35600000000048", "-", "-", "-", "12345678901234567890123"]);
    assert_eq!(column(&found.rows, "address")[0], "{\"city\": \"Paris\", \"lines\": [\"a\", 1]}");
    assert_eq!(column(&found.rows, "active")[1], "true");
    let rejects: Vec<_> =
        found.rejects.iter().map(|reject| (reject.row, reject.raw.as_str(), reject.expected.clone())).collect();
    assert_eq!(rejects, [(4, "not an object", Expectation::JsonObject), (5, "F3", Expectation::JsonKeyOnce)]);
    assert_eq!((found.facts.rows, found.facts.rows_blank), (5, 2));
    assert!(found.facts.cells.balances(), "{:?}", found.facts);
}

#[test]
fn nested_objects_are_columns_with_dotted_names() {
    let folder = folder();
    let path = folder.path().join("s.jsonl");
    fs::write(&path, LINES).unwrap();
    let options = [("nested".to_owned(), "dotted".into())].into_iter().collect();
    let table = table_plan(format("jsonl").unwrap(), path, options);
    let fields = vec![field("address.city", FieldType::Text), field("address.lines", FieldType::Text)];
    let found = read(&plan(table, &["index"], fields), 10);
    assert_eq!(column(&found.rows, "address.city")[0], "Paris");
    assert_eq!(column(&found.rows, "address.lines")[0], "[\"a\", 1]");
}

#[test]
fn a_registry_can_be_json_lines() {
    let folder = folder();
    let path = folder.path().join("registry.ndjson");
    fs::write(&path, "{\"id\": \"1\", \"nom\": \"Acme\"}\n{\"nom\": \"no id\"}\n{\"id\": 2, \"nom\": \"Bric\"}\n")
        .unwrap();
    let table = TablePlan::new("jsonl", path);
    let plan = ReferencePlan {
        table,
        id: "id".to_owned(),
        group: None,
        fields: texts(&["nom"]),
        filters: Vec::new(),
        status: None,
        id_widths: Default::default(),
        index_path: None,
    };
    let mut reader = open_reference(&plan, 10).unwrap();
    let batch = reader.next_batch().unwrap().unwrap();
    assert_eq!(column(&batch.rows, "nom"), ["Acme", "Bric"]);
    assert_eq!(reader.facts().rows_without_id, 1);
}

#[test]
fn a_file_without_objects_has_no_header() {
    let folder = folder();
    let path = folder.path().join("s.jsonl");
    fs::write(&path, "[1]\n2\n").unwrap();
    let error = table_facts(&TablePlan::new("jsonl", path)).unwrap_err().to_string();
    assert!(error.contains("s.jsonl"), "{error}");
    assert!(formats().any(|format| format.extensions().contains(&"ndjson")));
}
