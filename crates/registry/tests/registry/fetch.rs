//! What is fetched: the table, its manifest, editions, transfers that are cut and resumed.

use std::collections::BTreeMap;
use std::fs;

use matchflow_generate::RegistryEdition::{First, Next};
use matchflow_mock_server::{FileFault, ServedFile};
use matchflow_registry::{FetchNote, FetchOutcome, fetch, manifest_beside};

use crate::publisher::{ESTABLISHMENTS, Publisher, Row, SUCCESSIONS, UNITS, columns, rows, sirene, write_rows, zipped};

const ENTRIES: u64 = 3_000;

#[test]
fn units_and_establishments_become_one_sorted_table_with_its_manifest() {
    let (publisher, files) = (Publisher::new(), sirene(ENTRIES, Next));
    publisher.publish_sirene(&files, "1");
    let edition = publisher.fetch_new("sirene");
    let units: BTreeMap<String, Row> = rows(&files.units).into_iter().map(|row| (row["siren"].clone(), row)).collect();
    let links = fs::read_to_string(files.links.as_ref().unwrap()).unwrap();
    let links: BTreeMap<&str, &str> = links
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap())
        .map(|(from, rest)| (from, &rest[..14]))
        .collect();
    let table = rows(&edition.table());
    let expected: Vec<Row> = rows(&files.establishments)
        .into_iter()
        .map(|mut row| {
            let unit = &units[&row["siren"]];
            row.remove("nic");
            for (column, value) in unit {
                row.entry(column.clone()).or_insert_with(|| value.clone());
            }
            row.remove("statutDiffusionUniteLegale");
            row.remove("dateDernierTraitementUniteLegale");
            if let Some(successor) = links.get(row["siret"].as_str()) {
                row.insert("siretEtablissementSuccesseur".to_owned(), (*successor).to_owned());
            }
            row
        })
        .collect();
    assert_eq!(table.len(), expected.len());
    for (row, expected) in table.iter().zip(&expected) {
        assert_eq!(row, expected);
    }
    assert!(table.is_sorted_by_key(|row| row["siret"].clone()));
    let manifest = &edition.manifest;
    assert!(manifest.edition.day().starts_with("2026-10-"), "{}", manifest.edition);
    assert_eq!(manifest.counts.entries, table.len() as u64);
    assert_eq!(manifest.counts.groups, units.len() as u64);
    let open = table.iter().filter(|row| row["etatAdministratifEtablissement"] == "A").count();
    assert_eq!(manifest.counts.open, open as u64);
    assert_eq!(manifest.counts.with_successor, links.len() as u64);
    assert_eq!(manifest.licence, "Licence Ouverte 2.0");
    let source = &manifest.sources["units"];
    assert_eq!(source.sha256, matchflow_model::digest::sha256_hex(&fs::read(&files.units).unwrap()));
    assert_eq!((source.etag.as_deref(), source.rows), (Some("\"1\""), units.len() as u64));
    assert!(source.url.ends_with(UNITS));
    assert_eq!(source.unread_columns, ["statutDiffusionUniteLegale"]);
    assert_eq!(manifest.table.sha256, matchflow_model::digest::sha256_hex(&fs::read(edition.table()).unwrap()));
    assert_eq!(manifest_beside(&edition.table()).as_ref(), Some(manifest));
    assert_eq!(manifest_beside(&files.units), None);
    let latest = publisher.folder.path().join("sirene/latest/sirene.parquet");
    assert_eq!(manifest_beside(&latest).as_ref(), Some(manifest), "through the link, too");
    assert!(!publisher.folder.path().join("sirene/.downloads").exists());
}

#[test]
fn files_in_any_order_give_the_same_table() {
    let (publisher, files) = (Publisher::new(), sirene(ENTRIES, First));
    publisher.publish_sirene(&files, "1");
    let sorted = publisher.fetch_new("sirene");
    for path in [&files.units, &files.establishments] {
        let (columns, mut all) = (columns(path), rows(path));
        // As if they were sorted by something else.
        all.sort_by_key(|row| matchflow_model::digest::exchange(format!("{row:?}").as_bytes()));
        write_rows(path, &columns.iter().map(String::as_str).collect::<Vec<_>>(), &all);
    }
    publisher.publish_sirene(&files, "2");
    let shuffled = publisher.fetch_new("sirene");
    assert_eq!(shuffled.manifest.edition.to_string(), format!("{}-2", sorted.manifest.edition.day()));
    assert_eq!(rows(&shuffled.table()), rows(&sorted.table()));
    assert_eq!(shuffled.manifest.counts, sorted.manifest.counts);
}

#[test]
fn a_transfer_is_resumed_where_it_was_cut() {
    let (publisher, files) = (Publisher::new(), sirene(ENTRIES, First));
    publisher.publish_sirene(&files, "1");
    let bytes = fs::read(&files.establishments).unwrap();
    let place = format!("/static{ESTABLISHMENTS}/1");
    let faults = vec![
        FileFault::TooMany(0),
        FileFault::CutAfter(10_000),
        FileFault::Status(503),
        FileFault::CutAfter(5_000),
        FileFault::WithoutRange,
    ];
    let etag = "\"1\"".to_owned();
    publisher.files.put(&place, ServedFile { bytes: bytes.clone(), etag, faults, ..ServedFile::default() });
    let edition = publisher.fetch_new("sirene");
    let requests = publisher.files.requests();
    let ranges: Vec<_> = requests.iter().filter(|(path, _)| *path == place).map(|(_, range)| range.clone()).collect();
    let range = |from: usize| Some(format!("bytes={from}-"));
    assert_eq!(ranges, [None, None, range(10_000), range(10_000), range(15_000)]);
    assert_eq!(edition.manifest.sources["establishments"].bytes, bytes.len() as u64);
    assert_eq!(edition.manifest.counts.entries, ENTRIES);
}

#[test]
fn a_later_process_resumes_and_a_file_that_changed_begins_anew() {
    let (publisher, files) = (Publisher::new(), sirene(ENTRIES, First));
    publisher.publish_sirene(&files, "1");
    let place = format!("/static{ESTABLISHMENTS}/1");
    let bytes = fs::read(&files.establishments).unwrap();
    let cut = |faults| ServedFile { bytes: bytes.clone(), etag: "\"1\"".to_owned(), faults, ..ServedFile::default() };
    publisher.files.put(&place, cut(vec![FileFault::CutAfter(20_000), FileFault::Status(403)]));
    let error = publisher.fetch("sirene").unwrap_err().to_string();
    assert!(error.contains("status 403"), "{error}");
    publisher.files.put(&place, cut(Vec::new()));
    publisher.fetch_new("sirene");
    let range = publisher.files.requests().iter().rev().find(|(path, _)| *path == place).unwrap().1.clone();
    assert_eq!(range.as_deref(), Some("bytes=20000-"));
    // The next edition is cut, and replaced by another before it is complete.
    let next = sirene(ENTRIES, Next);
    publisher.publish_sirene(&next, "2");
    let place = format!("/static{ESTABLISHMENTS}/2");
    let faults = vec![FileFault::CutAfter(20_000), FileFault::Status(403)];
    let etag = "\"of yesterday\"".to_owned();
    publisher.files.put(&place, ServedFile { bytes: vec![7; 60_000], etag, faults, ..ServedFile::default() });
    publisher.fetch("sirene").unwrap_err();
    publisher.publish_sirene(&next, "2");
    let edition = publisher.fetch_new("sirene");
    let expected = fs::read(&next.establishments).unwrap();
    assert_eq!(edition.manifest.sources["establishments"].bytes, expected.len() as u64);
}

#[test]
fn nothing_is_done_where_nothing_is_new_and_two_editions_stay() {
    let (publisher, first, next) = (Publisher::new(), sirene(ENTRIES, First), sirene(ENTRIES, Next));
    publisher.publish_sirene(&first, "1");
    let one = publisher.fetch_new("sirene");
    let state = publisher.state("sirene");
    assert!(
        matches!(publisher.fetch("sirene").unwrap(), FetchOutcome::Unchanged(edition) if edition.manifest == one.manifest)
    );
    assert_eq!(publisher.state("sirene"), state);
    publisher.publish_sirene(&next, "2");
    let two = publisher.fetch_new("sirene");
    assert!(two.manifest.edition > one.manifest.edition);
    assert!(one.table().exists() && two.table().exists());
    // A third one: the publisher has replaced a file of the same day.
    let names = columns(&next.units);
    write_rows(&next.units, &names.iter().map(String::as_str).collect::<Vec<_>>(), &rows(&next.units));
    publisher.publish_sirene(&next, "3");
    let three = publisher.fetch_new("sirene");
    assert!(!one.table().exists() && two.table().exists() && three.table().exists());
    let latest = fs::read_link(publisher.folder.path().join("sirene/latest")).unwrap();
    assert_eq!(latest.to_str(), Some(three.manifest.edition.to_string().as_str()));
}

#[test]
fn files_of_this_machine_are_read_without_the_network() {
    let (publisher, files) = (Publisher::new(), sirene(ENTRIES, Next));
    let from = [files.folder.path().to_owned()];
    let options =
        matchflow_registry::FetchOptions { from: Some(&from), ..publisher.options("sirene", "http://127.0.0.1:9") };
    let outcome = fetch(&options, &mut |_| {}).unwrap();
    let FetchOutcome::New { edition, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(edition.manifest.sources["establishments"].url, "StockEtablissement_utf8.parquet");
    assert!(edition.manifest.counts.with_successor > 0);
    assert!(publisher.files.requests().is_empty());
    assert!(matches!(fetch(&options, &mut |_| {}).unwrap(), FetchOutcome::Unchanged(_)));
    fs::remove_file(files.links.as_ref().unwrap()).unwrap();
    let FetchOutcome::New { notes, .. } = fetch(&options, &mut |_| {}).unwrap() else { panic!("a file is gone") };
    assert!(notes.contains(&FetchNote::WithoutSource { key: "successions".to_owned() }), "{notes:?}");
}

#[test]
fn a_new_column_and_a_month_that_was_not_fetched_are_noted() {
    let (publisher, first, next) = (Publisher::new(), sirene(ENTRIES, First), sirene(ENTRIES, Next));
    publisher.publish_sirene(&first, "1");
    let mirror = publisher.server.url("");
    let edition = Some("2026-08-31".parse().unwrap());
    let options = matchflow_registry::FetchOptions { edition, ..publisher.options("sirene", &mirror) };
    let FetchOutcome::New { notes, .. } = fetch(&options, &mut |_| {}).unwrap() else { panic!("it is new") };
    assert_eq!(notes, [FetchNote::WithoutSource { key: "successions".to_owned() }]);
    let mut names = columns(&next.units);
    names.push("nomenclatureNouvelle".to_owned());
    write_rows(&next.units, &names.iter().map(String::as_str).collect::<Vec<_>>(), &rows(&next.units));
    publisher.publish_sirene(&next, "2");
    let FetchOutcome::New { notes, .. } = publisher.fetch("sirene").unwrap() else { panic!("it is new") };
    let new = FetchNote::NewColumns { file: "units".to_owned(), columns: vec!["nomenclatureNouvelle".to_owned()] };
    let missing = FetchNote::MissingEditions { before: "2026-08-31".parse().unwrap(), days: 61 };
    assert_eq!(notes, [new, missing]);
}

#[test]
fn an_optional_file_may_be_missing_at_its_address() {
    let (publisher, files) = (Publisher::new(), sirene(ENTRIES, First));
    publisher.publish_sirene(&files, "1");
    assert!(!publisher.files.paths().contains(SUCCESSIONS));
    let outcome = publisher.fetch("sirene").unwrap();
    let FetchOutcome::New { edition, notes, .. } = outcome else { panic!("{outcome:?}") };
    assert!(notes.contains(&FetchNote::WithoutSource { key: "successions".to_owned() }), "{notes:?}");
    assert!(edition.manifest.table.columns.contains(&"siretEtablissementSuccesseur".to_owned()));
}

#[test]
fn companies_house_is_of_this_month_or_the_last_and_its_headers_have_blanks() {
    let publisher = Publisher::new();
    let header = "CompanyName, CompanyNumber,RegAddress.CareOf,RegAddress.POBox,RegAddress.AddressLine1, RegAddress.AddressLine2,\
                  RegAddress.PostTown,RegAddress.County,RegAddress.Country,RegAddress.PostCode,CompanyCategory,CompanyStatus,\
                  CountryOfOrigin,DissolutionDate,IncorporationDate,SICCode.SicText_1";
    let text = format!(
        "{header}\n\"TAYLOR & SONS LTD\",\"00000012\",,,\"1 HIGH STREET\",,LEEDS,,,\"LS1 1AA\",\"Private Limited Company\",Active,\
         \"United Kingdom\",,01/02/1990,\"62020 - IT\"\n\"AARDVARK LTD\",\"00000007\",,,\"2 LOW ROAD\",,YORK,,,\"YO1 1AA\",\
         \"Private Limited Company\",Liquidation,\"United Kingdom\",,01/02/1991,\"62020 - IT\"\n"
    );
    let now = chrono::Utc::now().date_naive();
    let month =
        chrono::NaiveDate::from_ymd_opt(chrono::Datelike::year(&now), chrono::Datelike::month(&now), 1).unwrap();
    let before = month.checked_sub_months(chrono::Months::new(1)).unwrap();
    let bytes = zipped("BasicCompanyDataAsOneFile.csv", text.as_bytes());
    publisher.put(&format!("/BasicCompanyDataAsOneFile-{before}.zip"), "1", bytes);
    let edition = publisher.fetch_new("companies-house");
    assert_eq!(edition.manifest.edition.to_string(), before.to_string());
    let table = rows(&edition.table());
    assert_eq!(table.iter().map(|row| row["CompanyNumber"].as_str()).collect::<Vec<_>>(), ["00000007", "00000012"]);
    assert_eq!(table[1]["CompanyName"], "TAYLOR & SONS LTD");
    assert_eq!((edition.manifest.counts.entries, edition.manifest.counts.open), (2, 1));
}

#[test]
fn gleif_names_its_edition_in_a_header() {
    let publisher = Publisher::new();
    let columns: Vec<String> = {
        let text = include_str!("../../descriptors/gleif.json");
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix("{ \"name\": \"")?.split('"').next());
        lines.map(str::to_owned).collect()
    };
    let quoted: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
    let row = |lei: &str| {
        let cell = |name: &String| match name.as_str() {
            "LEI" => lei.to_owned(),
            "Entity.LegalName" => format!("Company {lei}"),
            "Entity.EntityStatus" => "ACTIVE".to_owned(),
            _ => String::new(),
        };
        columns.iter().map(cell).collect::<Vec<_>>().join(",")
    };
    let text = format!("{}\n{}\n{}\n", quoted.join(","), row("529900B"), row("529900A"));
    let path = "/api/v2/golden-copies/publishes/lei2/latest.csv";
    let headers = vec![("x-gleif-publish-date".to_owned(), "2026-11-29T16:00:00+00:00".to_owned())];
    let bytes = zipped("20261129-gleif-goldencopy-lei2.csv", text.as_bytes());
    publisher.files.put(path, ServedFile { bytes, headers, etag: "\"1\"".to_owned(), ..ServedFile::default() });
    let edition = publisher.fetch_new("gleif");
    assert_eq!(edition.manifest.edition.to_string(), "2026-11-29");
    let leis: Vec<String> = rows(&edition.table()).into_iter().map(|row| row["LEI"].clone()).collect();
    assert_eq!(leis, ["529900A", "529900B"]);
}
