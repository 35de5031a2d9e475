//! `.ods` made by hand, and `.xls` and `.xlsb` of the corpus: read, and marked as slow.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use matchflow_ingest::{IngestError, open_source, source_columns};
use matchflow_model::plan::{AreaChoice, Format, OldFormat, OldKind, Totals, XlsxFormat};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::support::{column, folder, plan, read, texts};

fn old(path: &Path, kind: OldKind) -> OldFormat {
    OldFormat { kind, table: XlsxFormat::new(path.to_owned()) }
}

fn write_ods(path: &Path) {
    let space = "urn:oasis:names:tc:opendocument:xmlns";
    let text = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let number = |number: &str| format!("<table:table-cell office:value-type=\"float\" office:value=\"{number}\"/>");
    let date = "<table:table-cell office:value-type=\"date\" office:date-value=\"2024-03-31\"/>";
    let rows = [
        [text("Export"), String::new(), String::new()],
        [text("Code"), text("Postal"), text("Depuis")],
        [text("F1"), number("6000"), date.to_owned()],
        [text("Total"), number("6000"), String::new()],
    ];
    let rows: String =
        rows.iter().map(|cells| format!("<table:table-row>{}</table:table-row>", cells.concat())).collect();
    let spaces = format!(
        "xmlns:office=\"{space}:office:1.0\" xmlns:table=\"{space}:table:1.0\" xmlns:text=\"{space}:text:1.0\""
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
    let mut format = old(&path, OldKind::Ods);
    format.table.area = AreaChoice::Range("Feuille!A2:C9".to_owned());
    format.table.totals = Totals::Skip;
    let format = Format::Old(format);
    let found = read(&plan(format.clone(), &["Code"], texts(&["Code", "Postal", "Depuis"])), 10);
    assert_eq!(column(&found.rows, "postal"), ["6000"]);
    assert_eq!(column(&found.rows, "depuis"), ["2024-03-31"]);
    assert_eq!(column(&found.rows, "_row"), ["3"]);
    assert!(found.facts.cells.balances() && found.facts.rows_left_out == 1, "{:?}", found.facts);
    let notes = source_columns(&format).unwrap().notes;
    assert!(
        notes.len() == 1 && notes[0].contains("the slow way") && notes[0].contains("save it as .xlsx"),
        "{notes:?}"
    );
}

#[test]
fn what_is_no_such_workbook_is_said_so() {
    let folder = folder();
    let path = folder.path().join("s.xls");
    std::fs::write(&path, "Nom;Ville\n").unwrap();
    for kind in [OldKind::Xls, OldKind::Xlsb, OldKind::Ods] {
        let error = open_source(&plan(Format::Old(old(&path, kind)), &["index"], texts(&["Nom"])), 10).err().unwrap();
        assert!(matches!(error, IngestError::Workbook { .. }), "{error:?}");
        assert!(error.to_string().contains(kind.extension()), "{error}");
    }
}
