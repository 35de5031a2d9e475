//! Files whose contents differ from the declared format: the error says what they are and what to do.

use std::fs;
use std::path::Path;

use matchflow_ingest::{IngestError, refuse_foreign, table_facts};
use matchflow_model::plan::TablePlan;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{csv, folder, workbook, xlsx};

fn refusal(format: &str, path: &Path) -> String {
    match table_facts(&TablePlan::new(format, path.to_owned())).unwrap_err() {
        error @ IngestError::OtherContents { .. } => error.to_string(),
        other => panic!("{other:?}"),
    }
}

fn archive(path: &Path, entry: &str) {
    use std::io::Write;
    let mut archive = ZipWriter::new(fs::File::create(path).unwrap());
    archive.start_file(entry, SimpleFileOptions::default()).unwrap();
    archive.write_all(b"Code;Nom\n").unwrap();
    archive.finish().unwrap();
}

#[test]
fn every_reader_names_foreign_contents() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    for (name, bytes, expected) in [
        ("s.parquet", b"\x1F\x8B\x08\0\0".as_slice(), "is compressed with gzip; decompress it first"),
        ("s.xlsx", b"\x28\xB5\x2F\xFD\0", "is compressed with Zstandard; decompress it first"),
        ("s.xls", b"<html><table>", "is an HTML page; open it in a spreadsheet program and save it as .xlsx"),
        ("s.xlsx", b"\xEF\xBB\xBF<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?>", "Excel 2003"),
        ("s.ods", b"%PDF-1.7", "is a PDF document; export the table"),
        ("s.parquet", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "is a Git LFS pointer"),
        ("s.csv", b"PAR1\x15\0", "is a Parquet file; declare it as `parquet`"),
        ("s.csv", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "declare it as `xls`"),
        ("s.xlsb", b"SQLite format 3\0", "is an SQLite database"),
    ] {
        fs::write(at(name), bytes).unwrap();
        let message = refusal(name.split_once('.').unwrap().1, &at(name));
        assert!(message.contains(expected) && message.contains(name), "{message}");
    }
    archive(&at("s.zip"), "suppliers.csv");
    assert_eq!(table_facts(&csv(&at("s.zip"))).unwrap().columns, ["Code", "Nom"]);
    for format in ["xlsx", "ods", "parquet"] {
        let message = refusal(format, &at("s.zip"));
        assert!(message.contains("is a zip archive that holds `suppliers.csv`; extract"), "{message}");
    }
    assert!(refuse_foreign(&at("s.zip")).is_err());
    workbook(&at("s.xlsx"), |sheet| {
        sheet.write(0, 0, "Nom").unwrap();
    });
    assert!(refusal("csv", &at("s.xlsx")).contains("is an Excel workbook; declare it as `xlsx`"));
    assert!(refuse_foreign(&at("s.xlsx")).is_ok());
    assert!(table_facts(&xlsx(&at("s.xlsx"))).is_ok());
    fs::write(at("s.csv"), "PARENT;ORCID\n1;2\n").unwrap();
    assert_eq!(table_facts(&csv(&at("s.csv"))).unwrap().columns, ["PARENT", "ORCID"]);
}

#[test]
fn a_folder_of_parts_is_reported_with_a_remedy() {
    let folder = folder();
    let hive = folder.path().join("suppliers").join("year=2024").join("month=1");
    fs::create_dir_all(&hive).unwrap();
    let facts = || table_facts(&TablePlan::new("parquet", folder.path().join("suppliers"))).unwrap_err().to_string();
    assert!(facts().ends_with("is a folder; name a file"), "{}", facts());
    fs::write(hive.join("part-0.parquet"), "x").unwrap();
    let message = facts();
    assert!(
        message.ends_with("is a folder of .parquet files; declare it in their format, or name one of them"),
        "{message}"
    );
}
