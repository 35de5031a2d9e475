//! Workbooks built part by part, as other programs write them, or as no program should.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use matchflow_ingest::{AreaChoice, HeaderChoice, MergedCells, Totals, WorkbookOptions};
use matchflow_ingest::{IngestError, open_source, table_facts};
use matchflow_model::plan::FieldType;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{Read, column, field, folder, plan, read, texts, xlsx};

/// The parts around the single sheet, named `S`.
#[derive(Default)]
struct Made<'a> {
    sheet: &'a str,
    strings: &'a str,
    styles: &'a str,
    book: &'a str,
    table: &'a str,
}

impl Made<'_> {
    fn write(&self, path: &Path) {
        let relation = |id: &str, kind: &str, target: &str| {
            let space = "http://purl.oclc.org/ooxml/officeDocument/relationships";
            format!("<Relationship Id=\"{id}\" Type=\"{space}/{kind}\" Target=\"{target}\"/>")
        };
        let relations = |all: &[String]| {
            let space = "http://schemas.openxmlformats.org/package/2006/relationships";
            format!("<Relationships xmlns=\"{space}\">{}</Relationships>", all.concat())
        };
        // As in strict workbooks.
        let space = "xmlns=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"";
        let parts = [
            ("_rels/.rels", relations(&[relation("r1", "officeDocument", "xl/workbook.xml")])),
            (
                "xl/workbook.xml",
                format!("<workbook {space}>{}<sheets><sheet name=\"S\" r:id=\"r1\"/></sheets></workbook>", self.book),
            ),
            ("xl/_rels/workbook.xml.rels", relations(&[relation("r1", "worksheet", "worksheets/sheet1.xml")])),
            ("xl/worksheets/sheet1.xml", format!("<worksheet {space}>{}</worksheet>", self.sheet)),
            ("xl/worksheets/_rels/sheet1.xml.rels", relations(&[relation("r1", "table", "../tables/table1.xml")])),
            ("xl/tables/table1.xml", format!("<tables>{}</tables>", self.table)),
            ("xl/sharedStrings.xml", format!("<sst {space}>{}</sst>", self.strings)),
            ("xl/styles.xml", format!("<styleSheet {space}>{}</styleSheet>", self.styles)),
        ];
        let mut archive = ZipWriter::new(File::create(path).unwrap());
        for (name, body) in parts {
            archive.start_file(name, SimpleFileOptions::default()).unwrap();
            archive.write_all(body.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
    }

    fn file(&self) -> (TempDir, PathBuf) {
        let folder = folder();
        let path = folder.path().join("s.xlsx");
        self.write(&path);
        (folder, path)
    }

    /// The named columns, as text fields.
    fn read(&self, change: impl FnOnce(&mut WorkbookOptions), names: &[&str]) -> Read {
        let (_folder, path) = self.file();
        let mut format = WorkbookOptions::default();
        change(&mut format);
        let read = read(&plan(format.plan("xlsx", path), &["index"], texts(names)), 100);
        assert!(read.facts.cells.balances(), "{:?}", read.facts);
        read
    }
}

/// Rows of cells: the row number and its cells, each a reference and the rest.
fn rows(rows: &[(u32, &[&str])]) -> String {
    let row = |(number, cells): &(u32, &[&str])| format!("<row r=\"{number}\">{}</row>", cells.concat());
    format!("<sheetData>{}</sheetData>", rows.iter().map(row).collect::<String>())
}

fn text(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn rejected(read: &Read) -> Vec<(&str, &str)> {
    read.rejects.iter().map(|reject| (reject.cell.as_str(), reject.raw.as_str())).collect()
}

#[test]
fn formulas_that_were_never_calculated_are_rejects() {
    let sheet = rows(&[
        (1, &[&text("A1", "Nom"), &text("B1", "Total")]),
        (2, &[&text("A2", "Acme"), "<c r=\"B2\"><f>SUM(C1:C9)</f><v></v></c>"]),
        (3, &[&text("A3", "Bric"), "<c r=\"B3\" t=\"str\"><f>C1</f><v></v></c>"]),
    ]);
    let found = Made { sheet: &sheet, ..Made::default() }.read(|_| {}, &["Nom", "Total"]);
    assert_eq!(column(&found.rows, "total"), ["-", "-"]);
    assert_eq!((found.rejects.len(), found.rejects[0].cell.as_str()), (1, "B2"));
    assert!(found.rejects[0].raw.contains("never calculated"), "{:?}", found.rejects);
    assert_eq!((found.facts.cells.read, found.facts.cells.rejected), (5, 1));
}

#[test]
fn rows_out_of_order_are_not_second_records() {
    let sheet = rows(&[
        (4, &[&text("A4", "Nom"), &text("B4", "Ville")]),
        (3, &[&text("A3", "titre")]),
        (5, &[&text("A5", "Acme")]),
        (7, &[&text("A7", "Cie")]),
        (6, &[&text("A6", "Bric")]),
        (5, &[&text("B5", "Paris"), &text("C5", "ailleurs")]),
        (4, &[&text("B4", "Lieu")]),
    ]);
    for header in [HeaderChoice::First, HeaderChoice::Row(4), HeaderChoice::Names(vec!["Nom".into(), "Ville".into()])] {
        let found = Made { sheet: &sheet, ..Made::default() }.read(|format| format.header = header, &["Nom", "Ville"]);
        assert_eq!(column(&found.rows, "_row"), ["5", "7", "6"], "each row once, in the order of the file");
        let late = rejected(&found);
        assert!(late.contains(&("B5", "Paris")) && late.contains(&("B4", "Lieu")), "{late:?}");
        assert_eq!(found.facts.cells.read, 9);
        assert!(found.rejects.iter().all(|reject| !reject.key.is_empty()));
    }
    let late = rows(&[(4, &[&text("A4", "Nom")]), (5, &[]), (4, &[&text("A4", "Acme")])]);
    let found = Made { sheet: &late, ..Made::default() }.file();
    let mut reader = open_source(&plan(xlsx(&found.1), &["index"], texts(&["Nom"])), 10).unwrap();
    assert!(reader.next_batch().unwrap().is_none());
    assert!(reader.facts().cells.balances() && reader.facts().cells.outside == 2, "{:?}", reader.facts());
}

#[test]
fn a_text_longer_than_a_cell_is_a_reject() {
    let long = "é".repeat(32_768);
    let strings = format!("<si><t>{long}</t></si><si><t>{}</t></si>", &long[2..]);
    let sheet = rows(&[
        (1, &[&text("A1", "Nom"), &text("B1", "Note")]),
        (2, &[&text("A2", "Acme"), "<c r=\"B2\" t=\"s\"><v>0</v></c>"]),
        (3, &[&text("A3", "Bric"), "<c r=\"B3\" t=\"s\"><v>1</v></c>"]),
        (4, &[&text("A4", "Total"), &text("B4", &long)]),
    ]);
    let made = Made { sheet: &sheet, strings: &strings, ..Made::default() };
    let found = made.read(|_| {}, &["Nom", "Note"]);
    assert_eq!(column(&found.rows, "note")[1].chars().count(), 32_767);
    let places: Vec<&str> = found.rejects.iter().map(|reject| reject.cell.as_str()).collect();
    assert_eq!(places, ["B2", "B4"]);
    assert!(found.rejects.iter().all(|reject| reject.raw.chars().count() == 255 && reject.raw.contains("32767")));
    let skipped = made.read(|format| format.totals = Totals::Skip, &["Nom", "Note"]);
    assert_eq!((skipped.facts.rows, skipped.facts.cells.rejected, skipped.facts.rows_left_out), (2, 1, 1));
}

#[test]
fn a_long_repeated_string_takes_no_more_memory_than_a_batch() {
    let strings = format!("<si><t>{}</t></si>", "€".repeat(32_767));
    // Two of them: the first cell of a row is taken in another way than those behind it.
    let row = |number: usize| format!("<row r=\"{number}\">{}</row>", "<c t=\"s\"><v>0</v></c>".repeat(2));
    let body: String = (2..30_000).map(row).collect();
    let header = text("A1", "Nom") + &text("B1", "Note");
    let sheet = format!("<sheetData><row r=\"1\">{header}</row>{body}</sheetData>");
    let (_folder, path) = Made { sheet: &sheet, strings: &strings, ..Made::default() }.file();
    let mut reader = open_source(&plan(xlsx(&path), &["Nom"], texts(&["Nom", "Note"])), 65_536).unwrap();
    let batch = reader.next_batch().unwrap().unwrap();
    assert!((100..500).contains(&batch.rows.num_rows()), "{} rows", batch.rows.num_rows());
}

#[test]
fn a_cell_repeated_endlessly_takes_no_more_memory_than_its_faults() {
    let cells = text("A2", "encore").repeat(40_000);
    let sheet = format!("<sheetData><row r=\"1\">{}</row><row r=\"2\">{cells}</row></sheetData>", text("A1", "Nom"));
    let found = Made { sheet: &sheet, ..Made::default() }.read(|_| {}, &["Nom"]);
    assert_eq!((found.facts.rows, found.facts.rejects, found.facts.cells.rejected), (1, 1 << 14, 39_999));
}

#[test]
fn tables_without_a_header_row_have_the_names_of_their_columns() {
    let columns = "<tableColumn name=\"Code\"/><tableColumn name=\"Nom\"/>";
    let table = |attributes: &str| format!("<table name=\"T\" ref=\"B2:C3\" {attributes}>{columns}</table>");
    let sheet = rows(&[
        (1, &[&text("B1", "au-dessus")]),
        (2, &[&text("B2", "F1"), &text("C2", "Acme")]),
        (3, &[&text("B3", "F2"), &text("C3", "Bric")]),
    ]);
    let whole = table("headerRowCount=\"0\"");
    let made = Made { sheet: &sheet, table: &whole, ..Made::default() };
    let found = made.read(|format| format.area = AreaChoice::Table("T".into()), &["Code", "Nom"]);
    assert_eq!(
        (column(&found.rows, "code"), column(&found.rows, "_row")),
        (strings(["F1", "F2"]), strings(["2", "3"]))
    );
    for rows in ["3", "4294967295"] {
        let table = table(&format!("headerRowCount=\"{rows}\""));
        let (_folder, path) = Made { sheet: &sheet, table: &table, ..Made::default() }.file();
        let format =
            WorkbookOptions { area: AreaChoice::Table("T".into()), ..WorkbookOptions::default() }.plan("xlsx", path);
        let error = table_facts(&format).unwrap_err();
        assert!(matches!(error, IngestError::TableNotFound { .. }), "{error:?}");
    }
}

fn strings<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).to_vec()
}

#[test]
fn strict_1904_workbooks_read_as_excel_shows_them() {
    let styles = "<numFmts><numFmt numFmtId=\"164\" formatCode=\"00000\"/><numFmt numFmtId=\"165\" \
        formatCode=\"&quot;F&quot;0000\"/></numFmts><cellXfs><xf/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/>\
        <xf numFmtId=\"165\"/></cellXfs>";
    let sheet = rows(&[
        (1, &[&text("A1", "Jour"), &text("B1", "Postal"), &text("C1", "Code")]),
        (2, &["<c s=\"1\"><v>43920</v></c>", "<c s=\"2\"><v>6000</v></c>", "<c s=\"3\"><v>12</v></c>"]),
        (
            3,
            &[
                "<c t=\"d\"><v>2024-03-31T08:30:00</v></c>",
                "<c s=\"2\"><v>-1</v></c>",
                "<c><v>12345678901234.567</v></c>",
            ],
        ),
    ]);
    let made = Made { sheet: &sheet, styles, book: "<workbookPr date1904=\"1\"/>", ..Made::default() };
    let found = made.read(|_| {}, &["Jour", "Postal", "Code"]);
    assert_eq!(column(&found.rows, "jour"), ["2024-03-31", "2024-03-31T08:30:00"]);
    assert_eq!(column(&found.rows, "postal"), ["06000", "-00001"]);
    assert_eq!(column(&found.rows, "code"), ["F0012", "12345678901234.567"]);
    let (_folder, path) = made.file();
    let days = read(&plan(xlsx(&path), &["index"], vec![field("Jour", FieldType::Date)]), 10);
    assert_eq!((column(&days.rows, "jour"), days.facts.times_dropped), (strings(["2024-03-31", "2024-03-31"]), 1));
}

#[test]
fn a_sheet_local_name_is_not_used_for_other_sheets() {
    let name = |sheet: &str, cells: &str| format!("<definedName name=\"Zone\"{sheet}>S!{cells}</definedName>");
    let sheet =
        rows(&[(1, &[&text("A1", "Nom"), &text("B1", "Ville")]), (2, &[&text("A2", "Acme"), &text("B2", "Paris")])]);
    let reading = |names: &[String]| {
        let book = format!("<definedNames>{}</definedNames>", names.concat());
        let (_folder, path) = Made { sheet: &sheet, book: &book, ..Made::default() }.file();
        let format =
            WorkbookOptions { area: AreaChoice::Range("zone".into()), ..WorkbookOptions::default() }.plan("xlsx", path);
        table_facts(&format).map(|facts| facts.columns)
    };
    let (other, another) = (name(" localSheetId=\"7\"", "$Z$1"), name(" localSheetId=\"8\"", "$Z$1"));
    let (own, all) = (name(" localSheetId=\"0\"", "$B$1:$B$2"), name("", "$A$1:$A$2"));
    assert_eq!(reading(&[other.clone(), all.clone()]).unwrap(), ["Nom"]);
    assert_eq!(reading(&[other.clone(), all, own.clone()]).unwrap(), ["Ville"]);
    assert_eq!(reading(&[own]).unwrap(), ["Ville"]);
    assert!(matches!(reading(&[other, another]).unwrap_err(), IngestError::NameOfSheets { .. }));
}

#[test]
fn merged_cells_that_begin_in_the_header_fill_what_is_below() {
    let sheet = rows(&[
        (1, &[&text("A1", "Groupe"), &text("B1", "Adresse")]),
        (2, &[&text("B2", "12 rue X")]),
        (3, &[&text("A3", "Nord"), &text("C3", "Lille")]),
    ]);
    let merges = "<mergeCells><mergeCell ref=\"A1:A2\"/><mergeCell ref=\"B1:C1\"/></mergeCells>";
    let sheet = format!("{sheet}{merges}");
    let made = Made { sheet: &sheet, ..Made::default() };
    let found = made.read(|format| format.merged = MergedCells::Fill, &["Groupe", "Adresse", "Adresse_2"]);
    assert_eq!(column(&found.rows, "groupe"), ["-", "Nord"], "a header is no record's cell");
    assert_eq!(column(&found.rows, "adresse_2"), ["-", "Lille"]);
}

#[test]
fn a_supplier_named_total_is_not_a_row_of_totals() {
    let sheet = |last: &[&str]| rows(&[(1, &[&text("A1", "Nom"), &text("B1", "Ville")]), (2, last)]);
    for (last, rows) in [
        ([text("A2", "Total SA"), text("B2", "Paris")], 1),
        ([text("A2", "Total"), "<c r=\"B2\"><v>12</v></c>".to_owned()], 0),
    ] {
        let sheet = sheet(&[&last[0], &last[1]]);
        let (_folder, path) = Made { sheet: &sheet, ..Made::default() }.file();
        let format = WorkbookOptions { totals: Totals::Skip, ..WorkbookOptions::default() }.plan("xlsx", path);
        let mut reader = open_source(&plan(format, &["index"], texts(&["Nom"])), 10).unwrap();
        while reader.next_batch().unwrap().is_some() {}
        assert_eq!(reader.facts().rows, rows, "{last:?}");
        assert!(reader.facts().cells.balances());
    }
}
