//! Workbooks: cell values, addresses, keys.

use matchflow_ingest::{HeaderChoice, SheetChoice, WorkbookOptions};
use matchflow_ingest::{digest, open_source, table_facts};
use matchflow_model::expectation::Expectation;
use matchflow_model::plan::{FieldPlan, FieldType, Join};
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook};

use crate::support::{column, field, folder, plan, read, texts, workbook, xlsx};

#[test]
fn cells_are_read_as_text() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    workbook(&path, |sheet| {
        let date = CellFormat::new().set_num_format("dd/mm/yyyy");
        for (position, name) in ["Code", "Valeur"].iter().enumerate() {
            sheet.write(0, position as u16, *name).unwrap();
        }
        for row in 1..=9 {
            sheet.write(row, 0, format!("F{row}")).unwrap();
        }
        sheet.write(1, 1, 75001).unwrap();
        sheet.write(2, 1, 35_600_000_000_048_f64).unwrap();
        sheet.write(3, 1, 12.5).unwrap();
        sheet.write(4, 1, true).unwrap();
        sheet.write_with_format(5, 1, ExcelDateTime::from_ymd(2024, 3, 31).unwrap(), &date).unwrap();
        sheet.write(6, 1, "  Société\u{a0}Évry ").unwrap();
        sheet.write(7, 1, "   ").unwrap();
        sheet.write(8, 1, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        sheet.write(9, 1, Formula::new("=\"a\"&\"b\"").set_result("ab")).unwrap();
    });
    let read = read(&plan(xlsx(&path), &["Code"], texts(&["Valeur"])), 4);
    let expected = ["75001", "35600000000048", "12.5", "true", "2024-03-31", "Société\u{a0}Évry", "-", "-", "ab"];
    assert_eq!(column(&read.rows, "valeur"), expected);
    assert_eq!(column(&read.rows, "_row"), ["2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    assert_eq!(read.rejects.len(), 1);
    let reject = &read.rejects[0];
    assert_eq!((reject.cell.as_str(), reject.raw.as_str(), reject.key.as_str()), ("B9", "#DIV/0!", "F8"));
    assert_eq!((reject.sheet.as_str(), reject.row, reject.field.as_str()), ("Fournisseurs", 9, "valeur"));
}

#[test]
fn declared_types_take_what_fits_and_reject_the_rest() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    workbook(&path, |sheet| {
        for (position, name) in ["Entier", "Montant", "Jour", "Actif"].iter().enumerate() {
            sheet.write(0, position as u16, *name).unwrap();
        }
        for (position, text) in ["12", "1 234,56", "31/03/2024", "oui"].iter().enumerate() {
            sheet.write(1, position as u16, *text).unwrap();
        }
        for position in 0..4 {
            sheet.write(2, position, "inconnu").unwrap();
        }
        sheet.write(3, 0, 7.0).unwrap();
        sheet.write(3, 1, 0.1).unwrap();
        sheet.write(3, 2, 45_382.0).unwrap();
    });
    let fields = vec![
        field("Entier", FieldType::Integer),
        field("Montant", FieldType::Decimal),
        field("Jour", FieldType::Date),
        field("Actif", FieldType::Boolean),
    ];
    let read = read(&plan(xlsx(&path), &["index"], fields), 100);
    assert_eq!(column(&read.rows, "entier"), ["12", "-", "7"]);
    assert_eq!(column(&read.rows, "montant"), ["1234.56", "-", "0.1"]);
    assert_eq!(column(&read.rows, "jour"), ["2024-03-31", "-", "-"]);
    assert_eq!(column(&read.rows, "actif"), ["true", "-", "-"]);
    let rejects: Vec<_> = read.rejects.iter().map(|reject| (reject.cell.as_str(), reject.expected.clone())).collect();
    let expected = [
        ("A3", Expectation::WholeNumber),
        ("B3", Expectation::Number),
        ("C3", Expectation::Date),
        ("D3", Expectation::YesOrNo),
        ("C4", Expectation::Date),
    ];
    assert_eq!(rejects, expected);
    assert_eq!(read.facts.rejects, 5);
}

#[test]
fn keys_are_the_first_non_empty_column_and_unique() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    let rows = [["F1", "x"], ["", "F1"], ["", ""], ["F2", "F1"], ["F1#2", ""], ["F1", ""]];
    workbook(&path, |sheet| {
        for (position, name) in ["Auxiliaire", "Code tiers", "Nom"].iter().enumerate() {
            sheet.write(0, position as u16, *name).unwrap();
        }
        for (row, cells) in (1..).zip(rows) {
            sheet.write(row, 0, cells[0]).unwrap();
            sheet.write(row, 1, cells[1]).unwrap();
            sheet.write(row, 2, "N").unwrap();
        }
    });
    let indexed = read(&plan(xlsx(&path), &["Auxiliaire", "Code tiers", "index"], texts(&["Nom"])), 2);
    assert_eq!(column(&indexed.rows, "_key"), ["F1", "F1#2", "4", "F2", "F1#2#2", "F1#3"]);
    assert_eq!((indexed.facts.keys_duplicate, indexed.facts.keys_missing), (3, 0));
    let bare = read(&plan(xlsx(&path), &["Auxiliaire", "Code tiers"], texts(&["Nom"])), 2);
    assert_eq!(column(&bare.rows, "_key")[2], "#4");
    assert_eq!(bare.facts.keys_missing, 1);
    assert_eq!((bare.rejects[0].cell.as_str(), bare.rejects[0].key.as_str()), ("A4", "#4"));
}

#[test]
fn blank_rows_are_counted_and_skipped() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    workbook(&path, |sheet| {
        sheet.write(2, 1, "Nom").unwrap();
        sheet.write(2, 2, "Ville").unwrap();
        sheet.write(4, 1, "A").unwrap();
        sheet.write(5, 1, "  ").unwrap();
        sheet.write(8, 2, "Paris").unwrap();
        sheet.write(9, 1, " ").unwrap();
    });
    let read = read(&plan(xlsx(&path), &["index"], texts(&["Nom"])), 100);
    assert_eq!(column(&read.rows, "_row"), ["5", "9"]);
    assert_eq!(column(&read.rows, "nom"), ["A", "-"]);
    assert_eq!((read.facts.rows, read.facts.rows_blank, read.facts.cells.emitted), (2, 4, 1));
}

#[test]
fn several_columns_make_one_field() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    workbook(&path, |sheet| {
        let rows = [["A1", "A2", "A3"], ["1 rue X", "", "BP 2"], ["Acme", "Acme", "ACME SA"], ["", "", ""]];
        for (row, cells) in (0..).zip(rows) {
            for (position, cell) in (0..).zip(cells) {
                sheet.write(row, position, cell).unwrap();
            }
        }
    });
    let columns: Vec<String> = ["A1", "A2", "A3"].map(str::to_owned).to_vec();
    let make = |name: &str, join| FieldPlan {
        name: name.to_owned(),
        columns: columns.clone(),
        join,
        data_type: FieldType::Text,
    };
    let fields = vec![make("spaced", Join::Space), make("either", Join::Alternatives)];
    let read = read(&plan(xlsx(&path), &["index"], fields), 100);
    assert_eq!(column(&read.rows, "spaced"), ["1 rue X BP 2", "Acme Acme ACME SA"]);
    assert_eq!(column(&read.rows, "either"), ["1 rue X\u{1f}BP 2", "Acme\u{1f}ACME SA"]);
}

#[test]
fn sheets_and_header_rows_are_chosen() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Caché").unwrap().set_hidden(true).write(0, 0, "secret").unwrap();
    book.add_worksheet().set_name("Vue").unwrap().set_active(true).write(0, 0, "Titre").unwrap();
    let sheet = book.add_worksheet().set_name("Données").unwrap();
    sheet.write(0, 0, "Export du 31 mars").unwrap();
    sheet.write(3, 1, "Code\nSIRET").unwrap();
    sheet.write(3, 2, "Nom").unwrap();
    sheet.write(3, 3, "Nom").unwrap();
    sheet.write(4, 3, "second").unwrap();
    book.save(&path).unwrap();
    let facts = |sheet: SheetChoice, header_row| {
        let options = WorkbookOptions { sheet, header: header_row, ..WorkbookOptions::default() };
        table_facts(&options.plan("xlsx", &path)).unwrap()
    };
    assert_eq!(facts(SheetChoice::First, HeaderChoice::First).columns, ["Titre"]);
    assert_eq!(facts(SheetChoice::Name("Caché".into()), HeaderChoice::First).columns, ["secret"]);
    assert_eq!(facts(SheetChoice::Position(3), HeaderChoice::First).columns, ["Export du 31 mars"]);
    let facts = facts(SheetChoice::Name(" données".into()), HeaderChoice::Row(4));
    assert_eq!(facts.columns, ["Code SIRET", "Nom", "Nom_2"]);
    assert_eq!((facts.rows_hint, facts.sheet.as_deref()), (Some(1), Some("Données")));
    assert_eq!(facts.sheets, ["Caché", "Vue", "Données"]);
    let (sheet, header) = (SheetChoice::Position(3), HeaderChoice::Row(4));
    let format = WorkbookOptions { sheet, header, ..WorkbookOptions::default() }.plan("xlsx", path);
    let read = read(&plan(format, &["index"], texts(&["Nom_2", "code siret"])), 10);
    assert_eq!(column(&read.rows, "nom_2"), ["second"]);
    assert_eq!(column(&read.rows, "_key"), ["5"]);
}

#[test]
fn a_reader_dropped_early_stops_its_thread() {
    let folder = folder();
    let path = folder.path().join("s.xlsx");
    workbook(&path, |sheet| {
        for row in 0..2000 {
            sheet.write(row, 0, format!("N{row}")).unwrap();
        }
    });
    let mut reader = open_source(&plan(xlsx(&path), &["index"], texts(&["N0"])), 1).unwrap();
    assert_eq!(reader.rows_hint(), Some(1999));
    assert!(reader.next_batch().unwrap().is_some());
    drop(reader);
    // On Windows, a file that is still open could not be removed; here the digest shows that it is intact and readable.
    assert_eq!(digest(&xlsx(&path)).unwrap().len(), 64);
    assert_eq!(digest(&xlsx(&path)).unwrap(), digest(&xlsx(&path)).unwrap());
}
