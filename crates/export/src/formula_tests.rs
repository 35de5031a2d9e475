//! Values in CSV files that a spreadsheet would run.

use matchflow_model::outcome::{Decision, Outcome};
use matchflow_model::plan::{CsvFormulas, FieldType};

use crate::tests::{batches, csv_plan, decision, field, layout, summary};
use crate::*;

/// The first record of a CSV file of results with one row.
fn csv_record(formulas: CsvFormulas, layout: &Layout, row: &Decision) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r.csv");
    let plans = [csv_plan(&path, formulas)];
    export(&plans, layout, batches(std::slice::from_ref(row)), &summary()).unwrap();
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let record = reader.records().next().unwrap().unwrap();
    headers.iter().zip(record.iter()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn texts_that_a_spreadsheet_would_run_are_escaped_and_numbers_are_not() {
    let text = |name: &str| field(name, name, FieldType::Text);
    let layout = Layout {
        input_fields: vec![text("name"), text("phone"), field("balance", "Solde", FieldType::Decimal), text("note")],
        entry_fields: vec![text("town")],
        is_weighed: true,
        ..layout()
    };
    let input = r#"{"name":"=HYPERLINK(\"http://x\")","phone":"+33 1","balance":"-12.5","note":"@SUM(A1)"}"#;
    let mut row = decision("-F7", 2, Outcome::Matched);
    (row.input, row.entry) = (input.to_owned(), Some(r#"{"town":"\t=1+1"}"#.to_owned()));
    row.weight = Some(-3.5);
    let value = |formulas, name: &str| {
        let record = csv_record(formulas, &layout, &row);
        record.into_iter().find(|(header, _)| header == name).unwrap_or_else(|| panic!("no {name}")).1
    };
    let table = [
        ("key", "-F7", "'-F7"),
        ("in_name", "=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
        ("in_phone", "+33 1", "'+33 1"),
        ("in_balance", "-12.5", "-12.5"),
        ("in_note", "@SUM(A1)", "'@SUM(A1)"),
        ("entry_town", "\t=1+1", "'\t=1+1"),
        ("weight", "-3.5", "-3.5"),
    ];
    for (name, kept, escaped) in table {
        assert_eq!(value(CsvFormulas::Keep, name), kept, "{name}");
        assert_eq!(value(CsvFormulas::Escape, name), escaped, "{name}");
    }
}

#[test]
fn clusters_in_csv_files_are_escaped_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clusters.csv");
    let mut table = SheetTable::default();
    for name in ["key", "name", "balance"] {
        table.add_column(name, name.to_owned());
    }
    let text = |text: &str| TableCell::Text(text.to_owned());
    table.rows = vec![vec![text("+1"), text("=1+1"), TableCell::Amount(Some(-12.5))]];
    let plans = [csv_plan(&path, CsvFormulas::Escape)];
    export_tables(&plans, &[table], "t", &[], &layout().words, &mut NoRegister).unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), "key,name,balance\n'+1,'=1+1,-12.5\n");
}
