//! One file for each kind of bad file: the error names the problem, its location and what is allowed.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use matchflow_ingest::inline_table;
use matchflow_ingest::{HeaderChoice, SheetChoice, WorkbookOptions};
use matchflow_ingest::{IngestError, digest, open_source};
use matchflow_model::plan::{InlineTable, TablePlan};
use rust_xlsxwriter::{Chart, ChartType, Workbook};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::support::{array, csv, folder, parquet, plan, texts, workbook, xlsx};
use matchflow_model::arrow::array::{ListArray, StringArray};
use matchflow_model::arrow::datatypes::Int32Type;

fn error(format: TablePlan) -> IngestError {
    let mut reader = match open_source(&plan(format, &["index"], texts(&["Nom"])), 10) {
        Ok(reader) => reader,
        Err(error) => return error,
    };
    loop {
        match reader.next_batch() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("no error"),
            Err(error) => return error,
        }
    }
}

fn sheet(path: &Path, sheet: SheetChoice, header_row: Option<u32>) -> TablePlan {
    let header = header_row.map_or(HeaderChoice::First, HeaderChoice::Row);
    WorkbookOptions { sheet, header, ..WorkbookOptions::default() }.plan("xlsx", path)
}

macro_rules! check {
    ($format:expr, $variant:pat, $($part:expr),+) => {{
        let error = error($format);
        let message = error.to_string();
        assert!(matches!(error, $variant), "{error:?}");
        $(assert!(message.contains($part), "`{}` is not in: {message}", $part);)+
        assert!(!message.ends_with('.'), "{message}");
    }};
}

#[test]
fn files_that_cannot_be_read() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("empty"), b"").unwrap();
    for make in [xlsx, csv, (|path: &Path| TablePlan::new("parquet", path.to_owned())) as fn(&Path) -> TablePlan] {
        check!(make(&at("nothing.xlsx")), IngestError::NotFound { .. }, "nothing.xlsx");
        check!(make(folder.path()), IngestError::IsFolder { .. }, "is a folder");
        check!(make(&at("empty")), IngestError::EmptyFile { .. }, "0 bytes");
        assert!(matches!(digest(&make(&at("none"))), Err(IngestError::NotFound { .. })));
    }
}

#[test]
fn files_that_are_not_workbooks() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("text.xlsx"), "Nom;Ville\n").unwrap();
    check!(xlsx(&at("text.xlsx")), IngestError::NotAWorkbook { .. }, "declare it as csv");
    fs::write(at("ole.xlsx"), b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 and more").unwrap();
    check!(xlsx(&at("ole.xlsx")), IngestError::Encrypted { .. }, "save it without a password as .xlsx");
    workbook(&at("whole.xlsx"), |sheet| {
        for row in 0..500 {
            sheet.write(row, 0, format!("Nom {row}")).unwrap();
        }
    });
    let whole = fs::read(at("whole.xlsx")).unwrap();
    for length in [4, 100, whole.len() / 2, whole.len() - 1] {
        fs::write(at("cut.xlsx"), &whole[..length]).unwrap();
        check!(xlsx(&at("cut.xlsx")), IngestError::CutWorkbook { .. }, "cut or damaged");
    }
    // An empty zip archive.
    fs::write(at("zip.xlsx"), [b"PK\x05\x06".as_slice(), &[0; 18]].concat()).unwrap();
    check!(xlsx(&at("zip.xlsx")), IngestError::Workbook { .. }, "zip.xlsx");
}

#[test]
fn an_absurd_shared_string_count_allocates_no_memory() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    workbook(&at("true.xlsx"), |sheet| {
        sheet.write(0, 0, "Nom").unwrap();
    });
    let mut whole = ZipArchive::new(File::open(at("true.xlsx")).unwrap()).unwrap();
    let mut claim = ZipWriter::new(File::create(at("claim.xlsx")).unwrap());
    for index in 0..whole.len() {
        let mut part = whole.by_index(index).unwrap();
        let part_name = part.name().unwrap().into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        claim.start_file(part_name, SimpleFileOptions::default()).unwrap();
        let text = text.replace("uniqueCount=\"1\"", "uniqueCount=\"99999999999999\"");
        claim.write_all(text.as_bytes()).unwrap();
    }
    claim.finish().unwrap();
    let mut reader = open_source(&plan(xlsx(&at("claim.xlsx")), &["index"], texts(&["Nom"])), 10).unwrap();
    assert!(reader.next_batch().unwrap().is_none());
}

#[test]
fn missing_and_empty_sheets() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    workbook(&at("one.xlsx"), |sheet| {
        sheet.write(0, 0, "Nam").unwrap();
        sheet.write(0, 1, "Ville").unwrap();
    });
    let named = |name: &str| sheet(&at("one.xlsx"), SheetChoice::Name(name.to_owned()), None);
    check!(named("Clients"), IngestError::SheetNotFound { .. }, "no sheet `Clients`", "`Fournisseurs`");
    let numbered = |number| sheet(&at("one.xlsx"), SheetChoice::Position(number), None);
    check!(numbered(2), IngestError::SheetNotFound { .. }, "no sheet number 2");
    check!(numbered(0), IngestError::SheetNotFound { .. }, "no sheet number 0");
    check!(sheet(&at("one.xlsx"), SheetChoice::First, Some(3)), IngestError::NoHeader { .. }, "row 3", "Fournisseurs");
    check!(
        xlsx(&at("one.xlsx")),
        IngestError::ColumnNotFound { .. },
        "no column `Nom`",
        "did you mean `Nam`?",
        "`Nam`, `Ville`"
    );
    workbook(&at("empty.xlsx"), |_| {});
    check!(xlsx(&at("empty.xlsx")), IngestError::EmptySheet { .. }, "`Fournisseurs`", "is empty");
    let mut book = Workbook::new();
    // A workbook must have a visible sheet: here a chart.
    let mut chart = Chart::new(ChartType::Line);
    chart.add_series().set_values("A!$A$1:$A$2");
    let shown = book.add_chartsheet();
    shown.set_name("Courbe").unwrap().insert_chart(0, 0, &chart).unwrap();
    shown.set_active(true);
    book.add_worksheet().set_name("A").unwrap().set_hidden(true);
    book.add_worksheet().set_name("B").unwrap().set_very_hidden(true);
    book.save(at("hidden.xlsx")).unwrap();
    check!(xlsx(&at("hidden.xlsx")), IngestError::NoVisibleSheet { .. }, "`Courbe`, `A`, `B`");
}

#[test]
fn text_that_is_not_a_table() {
    let folder = folder();
    let path = folder.path().join("s.csv");
    fs::write(&path, "\n \n;;;\n").unwrap();
    check!(csv(&path), IngestError::NoHeader { .. }, "no header");
    fs::write(&path, "Noms;Ville\n").unwrap();
    check!(csv(&path), IngestError::ColumnNotFound { .. }, "did you mean `Noms`?");
    let mut table = csv(&path);
    table.options.insert("encoding".to_owned(), "latin-9000".into());
    check!(table, IngestError::UnknownEncoding { .. }, "`latin-9000`", "windows-1252");
}

#[test]
fn truncated_parquet_and_unsupported_types() {
    let folder = folder();
    let path = folder.path().join("s.parquet");
    let format = || TablePlan::new("parquet", path.clone());
    fs::write(&path, "not parquet at all").unwrap();
    check!(format(), IngestError::Parquet { .. }, "s.parquet");
    parquet(&path, vec![("Ville", array(StringArray::from(vec!["Paris"])))], 10);
    check!(format(), IngestError::ColumnNotFound { .. }, "no column `Nom`", "`Ville`");
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)])]);
    parquet(&path, vec![("Nom", array(lists))], 10);
    check!(format(), IngestError::ColumnType { .. }, "column `Nom`", "List");
    let values: Vec<String> = (0..10_000).map(|number| format!("nom {number}")).collect();
    parquet(&path, vec![("Nom", array(StringArray::from(values)))], 1_000_000);
    let mut bytes = fs::read(&path).unwrap();
    let end = bytes.len() - 2_000;
    bytes[8..end].fill(0xAB);
    fs::write(&path, &bytes).unwrap();
    check!(format(), IngestError::Parquet { .. } | IngestError::ReaderPanic { .. }, "s.parquet");
    fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    check!(format(), IngestError::Parquet { .. }, "s.parquet");
}

#[test]
fn inline_rows_of_another_length() {
    let table = InlineTable { columns: vec!["Nom".into()], rows: vec![vec![None], vec![]] };
    check!(inline_table(&table), IngestError::InlineRow { .. }, "row 2", "it must have 1");
}
