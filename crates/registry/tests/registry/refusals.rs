//! Files that no edition is made of: each is named, and the edition that was there stays as it is.

use std::fs;
use std::sync::Arc;

use matchflow_generate::RegistryEdition::{First, Next};
use matchflow_mock_server::ServedFile;
use matchflow_model::arrow::array::{Array, Int64Array, RecordBatch};
use matchflow_model::arrow::datatypes::{DataType, Field, Schema};
use matchflow_registry::{ColumnProblem, FetchOptions, FetchOutcome, RegistryError, fetch};
use matchflow_remote::DownloadError;
use parquet::arrow::ArrowWriter;

use crate::publisher::{ESTABLISHMENTS, Publisher, SireneFiles, UNITS, columns, rows, sirene, write_rows};

const ENTRIES: u64 = 2_000;

/// Fetches a good edition, then what `spoil` makes of the next; returns the error. The good edition must be as before, and
/// a good one after it must come through.
fn refused(spoil: impl Fn(&Publisher, &SireneFiles)) -> RegistryError {
    let (publisher, first, next) = (Publisher::new(), sirene(ENTRIES, First), sirene(ENTRIES, Next));
    publisher.publish_sirene(&first, "1");
    publisher.fetch_new("sirene");
    let state = publisher.state("sirene");
    let whole = sirene(ENTRIES, Next);
    publisher.publish_sirene(&next, "2");
    spoil(&publisher, &next);
    let error = publisher.fetch("sirene").expect_err("it is refused");
    assert_eq!(publisher.state("sirene"), state, "{error}");
    publisher.publish_sirene(&whole, "3");
    publisher.fetch_new("sirene");
    error
}

fn rewrite(publisher: &Publisher, path: &std::path::Path, at: &str, retained: &[&str]) {
    let all = rows(path);
    write_rows(path, retained, &all);
    publisher.put(at, "2", fs::read(path).unwrap());
}

#[test]
fn a_missing_column_is_named_with_what_is_expected() {
    let error = refused(|publisher, files| {
        let names = columns(&files.establishments);
        let gone = ["codePostalEtablissement", "etablissementSiege"];
        let retained: Vec<&str> = names.iter().map(String::as_str).filter(|name| !gone.contains(name)).collect();
        rewrite(publisher, &files.establishments, ESTABLISHMENTS, &retained);
    });
    let RegistryError::Columns { problems, .. } = &error else { panic!("{error}") };
    let missing = |column: &str, expected| ColumnProblem::Missing { column: column.to_owned(), expected };
    let expected = [missing("etablissementSiege", "a boolean or text"), missing("codePostalEtablissement", "text")];
    assert_eq!(problems, &expected);
    assert!(error.to_string().contains("the column `codePostalEtablissement` (text) is missing"), "{error}");
}

#[test]
fn a_retyped_column_is_named() {
    let error = refused(|publisher, files| {
        let names = columns(&files.units);
        let field =
            |name: &String| Field::new(name, if name == "siren" { DataType::Int64 } else { DataType::Utf8 }, true);
        let schema = Arc::new(Schema::new(names.iter().map(field).collect::<Vec<_>>()));
        let array = |name: &String| -> Arc<dyn Array> {
            if name == "siren" {
                Arc::new(Int64Array::from(vec![1]))
            } else {
                matchflow_model::arrow::array::new_null_array(&DataType::Utf8, 1)
            }
        };
        let batch = RecordBatch::try_new(Arc::clone(&schema), names.iter().map(array).collect()).unwrap();
        let mut writer = ArrowWriter::try_new(fs::File::create(&files.units).unwrap(), schema, None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        publisher.put(UNITS, "2", fs::read(&files.units).unwrap());
    });
    let RegistryError::Columns { problems, .. } = &error else { panic!("{error}") };
    let column = "siren".to_owned();
    assert_eq!(problems, &[ColumnProblem::Retyped { column, found: "Int64".to_owned(), expected: "text" }]);
}

#[test]
fn files_of_two_months_are_refused() {
    let error = refused(|publisher, _| {
        let old = sirene(ENTRIES, First);
        publisher.put(UNITS, "2", fs::read(old.units).unwrap());
        // The month before of the file of establishments is far away.
        let next = sirene(ENTRIES, Next);
        let mut all = rows(&next.establishments);
        for row in &mut all {
            row.insert("dateDernierTraitementEtablissement".to_owned(), "2026-10-31".to_owned());
        }
        let names = columns(&next.establishments);
        write_rows(&next.establishments, &names.iter().map(String::as_str).collect::<Vec<_>>(), &all);
        publisher.put(ESTABLISHMENTS, "2", fs::read(&next.establishments).unwrap());
    });
    let RegistryError::MixedEditions { one_day, other_day, .. } = &error else { panic!("{error}") };
    assert_eq!((one_day.as_str(), other_day.as_str()), ("2026-09-30", "2026-10-31"));
}

#[test]
fn entries_without_their_companies_are_refused() {
    let error = refused(|publisher, files| {
        let (names, mut all) = (columns(&files.units), rows(&files.units));
        all.truncate(all.len() / 2);
        write_rows(&files.units, &names.iter().map(String::as_str).collect::<Vec<_>>(), &all);
        publisher.put(UNITS, "2", fs::read(&files.units).unwrap());
    });
    assert!(matches!(error, RegistryError::WithoutGroup { .. } | RegistryError::MixedEditions { .. }), "{error}");
}

#[test]
fn a_file_that_is_cut_at_the_publisher_is_refused() {
    let error = refused(|publisher, files| {
        let mut bytes = fs::read(&files.establishments).unwrap();
        bytes.truncate(bytes.len() / 2);
        publisher.put(ESTABLISHMENTS, "2", bytes);
    });
    assert!(matches!(error, RegistryError::Ingest(_)), "{error}");
    assert!(error.to_string().contains("StockEtablissement.parquet"), "{error}");
}

#[test]
fn a_page_instead_of_a_file_is_refused() {
    let error = refused(|publisher, _| {
        let (bytes, content_type) = (b"<html><body>Please log in</body></html>".to_vec(), "text/html".to_owned());
        publisher.files.put(UNITS, ServedFile { bytes, content_type, ..ServedFile::default() });
    });
    assert!(
        matches!(&error, RegistryError::Download(DownloadError::Page { text, .. }) if text.contains("log in")),
        "{error}"
    );
    // Without its type it is recognised by its first bytes.
    let error = refused(|publisher, _| publisher.put(UNITS, "2", b"<!DOCTYPE html><html></html>".to_vec()));
    assert!(error.to_string().contains("an HTML page"), "{error}");
}

#[test]
fn another_digest_than_the_servers_or_the_users_is_refused() {
    let error = refused(|publisher, files| {
        let bytes = fs::read(&files.units).unwrap();
        let digest = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:".to_owned();
        let headers = vec![("repr-digest".to_owned(), digest)];
        publisher.files.put(UNITS, ServedFile { bytes, headers, etag: "\"2\"".to_owned(), ..ServedFile::default() });
    });
    assert!(matches!(error, RegistryError::Download(DownloadError::Digest { .. })), "{error}");
    let (publisher, files) = (Publisher::new(), sirene(ENTRIES, First));
    publisher.publish_sirene(&files, "1");
    let mirror = publisher.server.url("");
    let mut options = publisher.options("sirene", &mirror);
    options.checksums.insert("units".to_owned(), "0".repeat(64));
    let error = fetch(&options, &mut |_| {}).unwrap_err();
    assert!(matches!(error, RegistryError::Download(DownloadError::Digest { .. })), "{error}");
    let digest = matchflow_model::digest::sha256_hex(&fs::read(&files.units).unwrap());
    options.checksums.insert("units".to_owned(), digest.to_uppercase());
    assert!(matches!(fetch(&options, &mut |_| {}).unwrap(), FetchOutcome::New { .. }));
    options.checksums.insert("unit".to_owned(), digest);
    assert!(matches!(fetch(&options, &mut |_| {}), Err(RegistryError::UnknownSource { .. })));
}

#[test]
fn too_few_rows_an_older_edition_and_a_day_to_come_are_refused() {
    let (publisher, first, next) = (Publisher::new(), sirene(ENTRIES, First), sirene(ENTRIES, Next));
    publisher.publish_sirene(&next, "1");
    let mirror = publisher.server.url("");
    let few = FetchOptions { rows_min: None, ..publisher.options("sirene", &mirror) };
    let error = fetch(&few, &mut |_| {}).unwrap_err();
    assert!(matches!(error, RegistryError::FewRows { expected, .. } if expected > 1_000_000), "{error}");
    publisher.fetch_new("sirene");
    let state = publisher.state("sirene");
    publisher.publish_sirene(&first, "2");
    let error = publisher.fetch("sirene").unwrap_err();
    assert!(matches!(error, RegistryError::OlderEdition { .. }), "{error}");
    let (names, mut all) = (columns(&next.establishments), rows(&next.establishments));
    let units = rows(&next.units);
    for row in &mut all {
        row.insert("dateDernierTraitementEtablissement".to_owned(), "2999-01-01".to_owned());
    }
    write_rows(&next.establishments, &names.iter().map(String::as_str).collect::<Vec<_>>(), &all);
    let unit_names = columns(&next.units);
    let mut units = units;
    for row in &mut units {
        row.insert("dateDernierTraitementUniteLegale".to_owned(), "2999-01-01".to_owned());
    }
    write_rows(&next.units, &unit_names.iter().map(String::as_str).collect::<Vec<_>>(), &units);
    publisher.publish_sirene(&next, "3");
    let error = publisher.fetch("sirene").unwrap_err();
    assert!(error.to_string().contains("has not come yet"), "{error}");
    assert_eq!(publisher.state("sirene"), state);
}

#[test]
fn a_company_that_is_there_twice_is_refused() {
    let error = refused(|publisher, files| {
        let (names, mut all) = (columns(&files.units), rows(&files.units));
        all.insert(1, all[0].clone());
        write_rows(&files.units, &names.iter().map(String::as_str).collect::<Vec<_>>(), &all);
        publisher.put(UNITS, "2", fs::read(&files.units).unwrap());
    });
    assert!(matches!(&error, RegistryError::DuplicateId { column, .. } if column == "siren"), "{error}");
}

#[test]
fn a_zip_that_expands_without_end_is_refused() {
    let publisher = Publisher::new();
    let bomb = crate::publisher::zipped("lei2.csv", &vec![b'a'; 600 << 20]);
    assert!(bomb.len() < 2 << 20);
    let path = "/api/v2/golden-copies/publishes/lei2/latest.csv";
    publisher.files.put(path, ServedFile { bytes: bomb, etag: "\"1\"".to_owned(), ..ServedFile::default() });
    let error = publisher.fetch("gleif").unwrap_err().to_string();
    assert!(
        error.contains("lei2.csv.zip") && (error.contains("expands to more than") || error.contains("longer than")),
        "{error}"
    );
    assert!(publisher.state("gleif").is_empty());
}
