//! Handmade `.ods` and `.xlsb` files, and an `.xls`: they are read, and reported as slow.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use matchflow_ingest::{AreaChoice, Totals, WorkbookOptions};
use matchflow_ingest::{IngestError, SheetState, inspect_workbook, open_source, table_facts};
use matchflow_model::plan::TablePlan;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::support::{column, folder, plan, read, texts};

fn write_ods(path: &Path) {
    let space = "urn:oasis:names:tc:opendocument:xmlns";
    let text = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let number = |number: &str| format!("<table:table-cell office:value-type=\"float\" office:value=\"{number}\"/>");
    let date = "<table:table-cell office:value-type=\"date\" office:date-value=\"2024-03-31\"/>";
    let shape = "<draw:custom-shape><text:p>BLOQUE</text:p></draw:custom-shape>";
    let with_shape =
        format!("<table:table-cell office:value-type=\"string\">{shape}<text:p>F1</text:p></table:table-cell>");
    let rows = [
        [text("Export"), String::new(), String::new()],
        [text("Code"), text("Postal"), text("Depuis")],
        [with_shape, number("6000"), date.to_owned()],
        [text("Total"), number("6000"), String::new()],
    ];
    let rows: String =
        rows.iter().map(|cells| format!("<table:table-row>{}</table:table-row>", cells.concat())).collect();
    let spaces = format!(
        "xmlns:draw=\"{space}:drawing:1.0\" xmlns:office=\"{space}:office:1.0\" xmlns:table=\"{space}:table:1.0\" xmlns:text=\"{space}:text:1.0\""
    );
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content {spaces}><office:body><office:spreadsheet>\
         <table:table table:name=\"Feuille\">{rows}</table:table></office:spreadsheet></office:body>\
         </office:document-content>"
    );
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let manifest = format!("<manifest:manifest xmlns:manifest=\"{space}:manifest:1.0\"></manifest:manifest>");
    for (name, body) in [
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", &manifest),
        ("content.xml", &content),
    ] {
        archive.start_file(name, options).unwrap();
        archive.write_all(body.as_bytes()).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn an_open_document_is_read_and_marked_as_slow() {
    let folder = folder();
    let path = folder.path().join("s.ods");
    write_ods(&path);
    let area = AreaChoice::Range("Feuille!A2:C9".to_owned());
    let format = WorkbookOptions { area, totals: Totals::Skip, ..WorkbookOptions::default() }.plan("ods", &path);
    let found = read(&plan(format.clone(), &["Code"], texts(&["Code", "Postal", "Depuis"])), 10);
    assert_eq!(column(&found.rows, "code"), ["F1"], "the text of a shape is no text of the cell");
    assert_eq!(column(&found.rows, "postal"), ["6000"]);
    assert_eq!(column(&found.rows, "depuis"), ["2024-03-31"]);
    assert_eq!(column(&found.rows, "_row"), ["3"]);
    assert!(found.facts.cells.balances() && found.facts.rows_left_out == 1, "{:?}", found.facts);
    let notes = table_facts(&format).unwrap().notes;
    assert!(
        notes.len() == 1 && notes[0].contains("the slow way") && notes[0].contains("save it as .xlsx"),
        "{notes:?}"
    );
}

/// A BIFF12 record: its type and length in groups of seven bits, then its bytes.
fn record(kind: u16, body: &[u8]) -> Vec<u8> {
    assert!(body.len() < 128, "one byte for the length");
    let low = kind as u8 & 0x7F;
    let head = if kind < 128 { vec![low] } else { vec![low | 0x80, (kind >> 7) as u8] };
    [head, vec![body.len() as u8], body.to_vec()].concat()
}

fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    [(units.len() as u32).to_le_bytes().to_vec(), units.into_iter().flat_map(u16::to_le_bytes).collect()].concat()
}

fn write_xlsb(path: &Path) {
    let numbers = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<u8>>();
    let sheet = record(0x9C, &[numbers(&[0, 1]), wide("r1"), wide("Feuille")].concat());
    let book = [record(0x83, &[]), record(0x8F, &[]), sheet, record(0x90, &[]), record(0x9D, &[]), record(0x84, &[])];
    let row = |row: u32| record(0, &numbers(&[row, 0, 0, 0, 0, 0]));
    let text = |column: u32, text: &str| record(6, &[numbers(&[column, 0]), wide(text)].concat());
    let number = |column: u32, number: f64| record(5, &[numbers(&[column, 0]), number.to_le_bytes().to_vec()].concat());
    let cells = [
        record(0x81, &[]),
        record(0x94, &numbers(&[0, 1, 0, 1])),
        record(0x91, &[]),
        [row(0), text(0, "Code"), text(1, "Postal")].concat(),
        [row(1), text(0, "F1"), number(1, 6000.0)].concat(),
        record(0x92, &[]),
        record(0x82, &[]),
    ];
    let relations = "<Relationships><Relationship Id=\"r1\" Type=\"worksheet\" Target=\"worksheets/sheet1.bin\"/>\
        </Relationships>";
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    for (name, body) in [
        ("xl/workbook.bin", book.concat()),
        ("xl/_rels/workbook.bin.rels", relations.as_bytes().to_vec()),
        ("xl/worksheets/sheet1.bin", cells.concat()),
    ] {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        archive.write_all(&body).unwrap();
    }
    archive.finish().unwrap();
}

#[test]
fn binary_workbooks_are_read_and_their_sheets_listed() {
    let folder = folder();
    let xlsb = folder.path().join("s.xlsb");
    write_xlsb(&xlsb);
    // Written by Python's xlwt.
    let xls = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small.xls");
    for (path, kind, rows, sheets) in [
        (&xlsb, "xlsb", &[["F1", "6000"]][..], vec![("Feuille", SheetState::Visible)]),
        (
            &xls,
            "xls",
            &[["F1", "6000"], ["F2", "75001.5"]],
            vec![("Notes", SheetState::Hidden), ("Feuille", SheetState::Visible)],
        ),
    ] {
        let format = TablePlan::new(kind, path.to_owned());
        let found = read(&plan(format.clone(), &["Code"], texts(&["Code", "Postal"])), 10);
        assert_eq!(column(&found.rows, "code"), rows.iter().map(|row| row[0]).collect::<Vec<_>>());
        assert_eq!(column(&found.rows, "postal"), rows.iter().map(|row| row[1]).collect::<Vec<_>>());
        assert!(found.facts.cells.balances(), "{:?}", found.facts);
        let listed = inspect_workbook(&format).unwrap().sheets;
        let listed: Vec<_> = listed.iter().map(|sheet| (sheet.name.as_str(), sheet.state)).collect();
        assert_eq!(listed, sheets);
        assert!(table_facts(&format).unwrap().notes[0].contains("the slow way"));
    }
    let found = read(&plan(TablePlan::new("xls", xls), &["Code"], texts(&["Depuis"])), 10);
    assert_eq!(column(&found.rows, "depuis"), ["2024-03-31", "2024-04-01T08:30:00"]);
}

#[test]
fn other_files_are_refused() {
    let folder = folder();
    let path = folder.path().join("s.xls");
    std::fs::write(&path, "Nom;Ville\n").unwrap();
    for kind in ["xls", "xlsb", "ods"] {
        let error =
            open_source(&plan(TablePlan::new(kind, path.clone()), &["index"], texts(&["Nom"])), 10).err().unwrap();
        assert!(matches!(error, IngestError::Workbook { .. }), "{error:?}");
        assert!(error.to_string().contains(kind), "{error}");
    }
}
