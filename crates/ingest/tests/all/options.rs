//! Workbooks as users write them: titles above the header, tables, ranges, hidden rows, merged cells, totals.

use std::path::Path;

use matchflow_ingest::{AreaChoice, HeaderChoice, HiddenRows, MergedCells, SheetChoice, Totals, WorkbookOptions};
use matchflow_ingest::{IngestError, open_source, table_facts};
use matchflow_model::plan::{FieldPlan, FieldType, TablePlan};
use rust_xlsxwriter::{Format as CellFormat, Table, TableColumn, TableFunction, Workbook};

use crate::support::{Read, column, field, folder, plan, read, texts, workbook};

fn reading(path: &Path, change: impl FnOnce(&mut WorkbookOptions), names: &[&str]) -> Read {
    let mut format = WorkbookOptions::default();
    change(&mut format);
    let read = read(&plan(format.plan("xlsx", path), &["index"], fields(names)), 3);
    assert!(read.facts.cells.balances(), "{:?}", read.facts);
    read
}

/// Fields `f0`, `f1` and so on, of columns with any names.
fn fields(names: &[&str]) -> Vec<FieldPlan> {
    let field = |(at, name): (usize, &&str)| FieldPlan { name: format!("f{at}"), ..field(name, FieldType::Text) };
    names.iter().enumerate().map(field).collect()
}

fn names(names: &[&str]) -> HeaderChoice {
    HeaderChoice::Names(names.iter().map(|name| (*name).to_owned()).collect())
}

/// Rows of texts starting in the first cell; an empty text is no cell.
fn write(path: &Path, rows: &[&[&str]]) {
    workbook(path, |sheet| {
        for (row, cells) in (0..).zip(rows) {
            for (position, cell) in (0..).zip(*cells).filter(|(_, cell)| !cell.is_empty()) {
                sheet.write(row, position, *cell).unwrap();
            }
        }
    });
}

#[test]
fn the_header_is_found_by_its_names() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    write(
        &path,
        &[&["Fournisseurs au 31 mars", "Nom"], &[], &["Code\ntiers", "Dénomination  sociale", ""], &["F1", "Acme"]],
    );
    let found = reading(
        &path,
        |format| format.header = names(&["code tiers", "denomination sociale"]),
        &["CODE TIERS", "Denomination Sociale"],
    );
    assert_eq!(
        (column(&found.rows, "f0"), column(&found.rows, "f1")),
        (vec!["F1".to_owned()], vec!["Acme".to_owned()])
    );
    assert_eq!(column(&found.rows, "_row"), ["4"]);
    assert_eq!((found.facts.cells.read, found.facts.cells.emitted, found.facts.cells.outside), (6, 2, 4));
    let format = WorkbookOptions { header: names(&["Code tiers"]), ..WorkbookOptions::default() }.plan("xlsx", path);
    assert_eq!(table_facts(&format).unwrap().header_row, Some(3));
}

#[test]
fn columns_by_letter_and_provenance_columns() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    write(&path, &[&["Nom", "", "Ville"], &["Acme", "x", "Paris", "beyond"]]);
    let found = reading(&path, |_| {}, &["$B", "$D", "$A", "_sheet", "_row"]);
    let said: Vec<String> = (0..5).flat_map(|at| column(&found.rows, &format!("f{at}"))).collect();
    assert_eq!(said, ["x", "beyond", "Acme", "Fournisseurs", "2"]);
    assert_eq!((found.facts.cells.filled, found.facts.cells.outside), (2, 3));
    let format = TablePlan::new("xlsx", path);
    for missing in ["$XFE", "_hidden", "$a"] {
        let error = open_source(&plan(format.clone(), &["index"], texts(&[missing])), 10).err().unwrap();
        assert!(matches!(error, IngestError::ColumnNotFound { .. }), "{missing}: {error}");
    }
}

#[test]
fn named_tables_have_their_own_header_and_totals() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    let mut book = Workbook::new();
    book.add_worksheet().write(0, 0, "ailleurs").unwrap();
    let sheet = book.add_worksheet().set_name("Données").unwrap();
    let columns = [
        TableColumn::new().set_header("Code").set_total_label("Total"),
        TableColumn::new().set_header("Montant").set_total_function(TableFunction::Sum),
    ];
    let table = Table::new().set_name("Fournisseurs").set_columns(&columns).set_total_row(true);
    for (row, (code, amount)) in (3..).zip([("F1", 10), ("F2", 20)]) {
        sheet.write(row, 1, code).unwrap().write(row, 2, amount).unwrap();
    }
    sheet.write(0, 0, "titre").unwrap().write(4, 5, "à côté").unwrap().write(9, 1, "dessous").unwrap();
    sheet.add_table(2, 1, 5, 2, &table).unwrap();
    book.save(&path).unwrap();
    let found =
        reading(&path, |format| format.area = AreaChoice::Table("fournisseurs".into()), &["Code", "Montant", "_sheet"]);
    assert_eq!(column(&found.rows, "f0"), ["F1", "F2"]);
    assert_eq!(column(&found.rows, "f1"), ["10", "20"]);
    assert_eq!(column(&found.rows, "f2"), ["Données", "Données"]);
    let missing =
        WorkbookOptions { area: AreaChoice::Table("Clients".into()), ..WorkbookOptions::default() }.plan("xlsx", path);
    let error = table_facts(&missing).unwrap_err().to_string();
    assert!(error.contains("no table `Clients`; its tables are `Fournisseurs`"), "{error}");
}

#[test]
fn ranges_are_cells_or_names_of_cells() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    let mut book = Workbook::new();
    book.add_worksheet().set_name("A").unwrap().write(0, 0, "ailleurs").unwrap();
    let sheet = book.add_worksheet().set_name("L'an 2024").unwrap();
    for (row, cells) in (0..).zip([
        ["x", "Code", "Nom", "y"],
        ["x", "F1", "Acme", "y"],
        ["x", "F2", "Bric", "y"],
        ["x", "F3", "Cie", "y"],
    ]) {
        for (position, cell) in (0..).zip(cells) {
            sheet.write(row, position, cell).unwrap();
        }
    }
    book.define_name("Liste", "='L''an 2024'!$B$1:$C$3").unwrap();
    book.define_name("Taux", "=0.2").unwrap();
    book.save(&path).unwrap();
    for (range, codes) in [
        ("'L''an 2024'!B1:C3", vec!["F1", "F2"]),
        ("liste", vec!["F1", "F2"]),
        ("'L''an 2024'!B:C", vec!["F1", "F2", "F3"]),
        ("'l''an 2024'!B1:B2", vec!["F1"]),
    ] {
        let found = reading(&path, |format| format.area = AreaChoice::Range(range.into()), &["Code"]);
        assert_eq!(column(&found.rows, "f0"), codes, "{range}");
    }
    let sheet = SheetChoice::Position(2);
    let plain =
        reading(&path, |format| (format.sheet, format.area) = (sheet, AreaChoice::Range("B2:C4".into())), &["F1"]);
    assert_eq!(column(&plain.rows, "f0"), ["F2", "F3"], "the header is the first row of the range");
    for (range, words) in
        [("Taux", "refers to `0.2`"), ("Rien", "is not a range"), ("B0:C3", "write cells like `B3:F500`")]
    {
        let format = WorkbookOptions { area: AreaChoice::Range(range.into()), ..WorkbookOptions::default() }
            .plan("xlsx", path.clone());
        let error = table_facts(&format).unwrap_err();
        assert!(matches!(error, IngestError::Range { .. }) && error.to_string().contains(words), "{error}");
    }
}

#[test]
fn hidden_rows_are_kept_skipped_or_flagged() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    workbook(&path, |sheet| {
        for (row, name) in (0..).zip(["Nom", "A", "B", "C", "", "D"]) {
            sheet.write(row, 0, name).unwrap();
        }
        sheet.set_row_hidden(2).unwrap().set_row_hidden(3).unwrap();
    });
    let with = |hidden_rows| reading(&path, |format| format.hidden_rows = hidden_rows, &["Nom"]);
    assert_eq!(column(&with(HiddenRows::Include).rows, "f0"), ["A", "B", "C", "D"]);
    let skipped = with(HiddenRows::Skip);
    assert_eq!(column(&skipped.rows, "f0"), ["A", "D"]);
    assert_eq!((skipped.facts.rows_left_out, skipped.facts.rows_blank, skipped.facts.cells.outside), (2, 1, 3));
    let flagged = reading(&path, |format| format.hidden_rows = HiddenRows::Flag, &["Nom", "_hidden"]);
    assert_eq!(column(&flagged.rows, "f1"), ["false", "true", "true", "false"]);
}

#[test]
fn merged_cells_have_the_value_once_or_everywhere() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    workbook(&path, |sheet| {
        let plain = CellFormat::new();
        for (position, name) in (0..).zip(["Groupe", "Code", "Adresse"]) {
            sheet.write(0, position, name).unwrap();
        }
        sheet.merge_range(0, 2, 0, 3, "Adresse", &plain).unwrap();
        sheet.merge_range(1, 0, 3, 0, "Nord", &plain).unwrap();
        sheet.merge_range(2, 2, 2, 3, "12 rue X", &plain).unwrap();
        for (row, code) in [(1, "F1"), (2, "F2"), (4, "F4")] {
            sheet.write(row, 1, code).unwrap();
        }
        sheet.write(3, 3, "Lille").unwrap();
    });
    let first = reading(&path, |_| {}, &["Groupe", "Code", "Adresse"]);
    assert_eq!(column(&first.rows, "f0"), ["Nord", "-", "-", "-"]);
    let filled =
        reading(&path, |format| format.merged = MergedCells::Fill, &["Groupe", "Code", "Adresse", "Adresse_2"]);
    assert_eq!(column(&filled.rows, "f0"), ["Nord", "Nord", "Nord", "-"]);
    assert_eq!(column(&filled.rows, "f2"), ["-", "12 rue X", "-", "-"]);
    assert_eq!(column(&filled.rows, "f3"), ["-", "12 rue X", "Lille", "-"]);
    assert_eq!(filled.facts.cells.filled, 3);
}

#[test]
fn totals_with_captions_are_totals_and_kept_ones_are_reported() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    for (foot, is_totals) in [
        (&["TOTAL", "392 fournisseurs", "", "9120.50"][..], true),
        (&["Total général", "Nb de lignes : 2", "EUR", "3"], true),
        (&["Totaux", "au 31/12/2024", "", "3"], true),
        (&["Grand total", "2 suppliers", "USD", "3"], true),
        (&["TOTAL", "PARIS", "", "3"], false),
        (&["TOTAL", "TotalEnergies", "Courbevoie", "3"], false),
        (&["F9", "Total", "", "3"], false),
    ] {
        write(
            &path,
            &[&["Code", "Nom", "Ville", "Montant"], &["F1", "Bric", "Lyon", "1"], &["F2", "Brac", "Lille", "2"], foot],
        );
        let with = |totals| reading(&path, |format| format.totals = totals, &["Code"]);
        let (included, skipped) = (with(Totals::Include).facts, with(Totals::Skip).facts);
        assert_eq!((included.rows, included.totals_row), (3, if is_totals { 4 } else { 0 }), "{foot:?}");
        assert_eq!((skipped.rows, skipped.rows_left_out), if is_totals { (2, 1) } else { (3, 0) }, "{foot:?}");
        assert_eq!(skipped.totals_row, 0, "{foot:?}");
    }
}

#[test]
fn totals_at_the_bottom_are_skipped_on_request() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    write(&path, &[&["Nom", "Montant"], &["Total Energies", "1"], &["Bric", "2"], &["TOTAL général", "3"]]);
    let with = |totals| reading(&path, |format| format.totals = totals, &["Nom", "_row"]);
    assert_eq!(column(&with(Totals::Include).rows, "f0").len(), 3);
    let skipped = with(Totals::Skip);
    assert_eq!(column(&skipped.rows, "f0"), ["Total Energies", "Bric"]);
    assert_eq!((skipped.facts.rows_left_out, skipped.facts.cells.filled, skipped.facts.cells.outside), (1, 2, 6));
    write(&path, &[&["Nom"], &["Bric"]]);
    assert_eq!(column(&with(Totals::Skip).rows, "f0"), ["Bric"]);
}
