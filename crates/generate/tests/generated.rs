//! The contents of the files, read back with readers other than the writers' libraries.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};
use matchflow_generate::{
    Dirt, GenerateError, GenerateOptions, GeneratedFiles, GeneratedPart, RegistryEdition, RegistryLayout,
    SupplierFormat, generate,
};
use matchflow_model::columns;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tempfile::TempDir;

const OPTIONS: GenerateOptions = GenerateOptions {
    suppliers: 600,
    establishments: 5_000,
    duplicates_per_mille: 0,
    strangers_per_mille: 0,
    seed: 11,
    format: SupplierFormat::Xlsx,
    layout: RegistryLayout::Flat,
    edition: RegistryEdition::First,
};

fn make(options: GenerateOptions) -> (TempDir, GeneratedFiles) {
    let folder = tempfile::tempdir().unwrap();
    let made = generate(&options, folder.path(), &mut |_| {}).unwrap();
    (folder, made)
}

/// The rows of a Parquet file, each from column to value.
fn parquet_rows(path: &Path) -> Vec<HashMap<String, String>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap().build().unwrap();
    let mut rows = Vec::new();
    for batch in reader.map(Result::unwrap) {
        let schema = batch.schema();
        for row in 0..batch.num_rows() {
            let cells = schema.fields().iter().filter_map(|field| {
                let value = columns::value(columns::text(&batch, field.name()).unwrap(), row)?;
                Some((field.name().clone(), value.to_owned()))
            });
            rows.push(cells.collect());
        }
    }
    rows
}

/// Key, SIRET, SIREN and the words of each line.
fn truth(made: &GeneratedFiles) -> Vec<[String; 4]> {
    let mut reader = csv::Reader::from_path(&made.truth).unwrap();
    assert_eq!(reader.headers().unwrap(), vec!["key", "siret", "siren", "kind"]);
    reader.records().map(|record| std::array::from_fn(|at| record.as_ref().unwrap()[at].to_owned())).collect()
}

fn sheet(made: &GeneratedFiles) -> Vec<Vec<Data>> {
    let mut workbook: Xlsx<_> = open_workbook(&made.suppliers).unwrap();
    workbook.worksheet_range("Fournisseurs").unwrap().rows().map(<[Data]>::to_vec).collect()
}

/// The Luhn check, in the opposite direction to the generator's: digit by digit from the right.
fn passes_luhn(number: &str) -> bool {
    let doubled = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
    let digits = number.chars().rev().map(|digit| digit.to_digit(10).unwrap() as usize);
    digits.enumerate().map(|(at, digit)| if at % 2 == 1 { doubled[digit] } else { digit }).sum::<usize>() % 10 == 0
}

#[test]
fn same_options_same_bytes() {
    for (format, layout) in
        [(SupplierFormat::Xlsx, RegistryLayout::Flat), (SupplierFormat::Csv, RegistryLayout::Sirene)]
    {
        let options = GenerateOptions { format, layout, ..OPTIONS };
        let (_first_folder, first) = make(options);
        let (_second_folder, second) = make(options);
        let (_other_folder, other) = make(GenerateOptions { seed: 12, ..options });
        let files = |made: &GeneratedFiles| -> Vec<Vec<u8>> {
            let all = made.registry.iter().chain([&made.suppliers, &made.truth]);
            all.map(|path| fs::read(path).unwrap()).collect()
        };
        assert!(files(&first) == files(&second), "{format:?} {layout:?}");
        assert!(files(&first).iter().zip(files(&other)).all(|(one, two)| *one != two));
    }
}

/// Compares the truth only: the bytes of the other two files change with the versions of their compressors.
#[test]
fn the_committed_sample_is_what_seed_1_makes() {
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines/data/truth.csv");
    let (_folder, made) = make(GenerateOptions { suppliers: 2_500, establishments: 50_000, seed: 1, ..OPTIONS });
    assert!(
        fs::read(&committed).unwrap() == fs::read(&made.truth).unwrap(),
        "make it again with the example `sample` (see its head)"
    );
}

#[test]
fn a_row_does_not_depend_on_the_number_of_rows() {
    let (_few_folder, few) = make(OPTIONS);
    let (_many_folder, many) = make(GenerateOptions { suppliers: 900, ..OPTIONS });
    assert_eq!(truth(&few), truth(&many)[..600]);
    assert_eq!(sheet(&few), sheet(&many)[..601]);
}

#[test]
fn identifiers_are_valid_and_unique() {
    let (_folder, made) = make(GenerateOptions { suppliers: 1, establishments: 30_000, ..OPTIONS });
    let rows = parquet_rows(&made.registry[0]);
    assert_eq!(rows.len(), 30_000);
    let mut names: HashMap<&str, Option<&String>> = HashMap::new();
    let mut heads: HashMap<&str, usize> = HashMap::new();
    for row in &rows {
        let (siret, siren) = (&row["siret"], &row["siren"]);
        assert!(passes_luhn(siret) && siret.len() == 14 && passes_luhn(siren), "{siret}");
        assert_eq!((&siret[..9], &siret[9..]), (siren.as_str(), row["nic"].as_str()));
        let head = row["etablissementSiege"] == "true";
        assert_eq!(head, row["nic"] == row["nicSiegeUniteLegale"], "{siret}");
        *heads.entry(siren).or_default() += usize::from(head);
        let name = names.entry(siren).or_insert(row.get("denominationUniteLegale"));
        assert_eq!(*name, row.get("denominationUniteLegale"), "{siren}");
        assert!(row["etatAdministratifUniteLegale"] == "A" || row["etatAdministratifEtablissement"] == "F");
    }
    assert_eq!(rows.iter().map(|row| &row["siret"]).collect::<HashSet<_>>().len(), rows.len());
    assert!(heads.values().all(|count| *count == 1));
    assert!(rows.is_sorted_by(|one, two| one["siret"][..9] <= two["siret"][..9]));
}

#[test]
fn the_registry_is_varied() {
    let (_folder, made) = make(GenerateOptions { suppliers: 1, establishments: 40_000, ..OPTIONS });
    let rows = parquet_rows(&made.registry[0]);
    let share = |test: &dyn Fn(&HashMap<String, String>) -> bool| {
        rows.iter().filter(|row| test(row)).count() as f64 / rows.len() as f64
    };
    let is = |column: &'static str, value: &'static str| {
        move |row: &HashMap<String, String>| row.get(column).is_some_and(|cell| cell == value)
    };
    let has = |column: &'static str| move |row: &HashMap<String, String>| row.contains_key(column);
    for (what, found, wanted) in [
        ("closed", share(&is("etatAdministratifEtablissement", "F")), 0.22..0.36),
        ("masked", share(&is("statutDiffusionEtablissement", "P")), 0.008..0.03),
        ("sole traders", share(&is("categorieJuridiqueUniteLegale", "1000")), 0.13..0.40),
        ("associations", share(&is("categorieJuridiqueUniteLegale", "9220")), 0.02..0.06),
        ("real estate", share(&is("categorieJuridiqueUniteLegale", "6540")), 0.01..0.06),
        ("town halls", share(&is("categorieJuridiqueUniteLegale", "7210")), 0.001..0.02),
        ("signs", share(&has("enseigne1Etablissement")), 0.12..0.35),
        ("sigles", share(&has("sigleUniteLegale")), 0.04..0.20),
        ("usual names", share(&has("denominationUsuelle1UniteLegale")), 0.01..0.08),
    ] {
        assert!(wanted.contains(&found), "{what}: {found}");
    }
    for row in &rows {
        assert!(row.values().all(|cell| cell.is_ascii() && !cell.is_empty() && cell.trim() == cell), "{row:?}");
        let masked = row["statutDiffusionEtablissement"] == "P";
        assert_eq!(masked, row["libelleVoieEtablissement"] == "[ND]");
        assert!(row.contains_key("denominationUniteLegale") != row.contains_key("nomUniteLegale"));
    }
    let mut sirens_of_name: HashMap<&str, HashSet<&str>> = HashMap::new();
    for row in rows.iter().filter(|row| row["statutDiffusionEtablissement"] == "O") {
        if let Some(name) = row.get("denominationUniteLegale") {
            sirens_of_name.entry(name).or_default().insert(&row["siren"]);
        }
    }
    let homonyms = sirens_of_name.values().filter(|sirens| sirens.len() > 1).count();
    assert!(homonyms > 100, "{homonyms} names have several companies");
}

#[test]
fn the_truth_refers_to_these_files() {
    let (_folder, made) = make(GenerateOptions { suppliers: 4_000, establishments: 20_000, ..OPTIONS });
    let entries: HashMap<String, HashMap<String, String>> =
        parquet_rows(&made.registry[0]).into_iter().map(|row| (row["siret"].clone(), row)).collect();
    let rows = sheet(&made);
    let truth = truth(&made);
    assert_eq!((rows.len(), truth.len()), (4_001, 4_000));
    let words: HashSet<&str> = Dirt::ALL.iter().map(|(_, word)| *word).chain(["clean"]).collect();
    let (mut seen, mut keys, mut present) = (HashMap::new(), HashSet::new(), 0);
    for (at, ([key, siret, siren, kind], row)) in truth.iter().zip(&rows[1..]).enumerate() {
        let cell = |column: usize| Some(row[column].to_string()).filter(|text| !text.is_empty());
        let own = cell(0).or(cell(1)).unwrap_or_else(|| (at + 2).to_string());
        let count = seen.entry(own.clone()).and_modify(|count| *count += 1).or_insert(1);
        assert_eq!(*key, if *count == 1 { own } else { format!("{own}#{count}") });
        assert!(keys.insert(key));
        assert!(kind.split('+').all(|word| words.contains(word)), "{kind}");
        assert_eq!(siret.is_empty(), kind.contains("absent-"), "{key}");
        if siret.is_empty() {
            assert!(siren.is_empty());
            let numbers = cell(9).filter(|text| text.len() == 14);
            assert!(numbers.is_none_or(|text| !entries.contains_key(&text)), "{key}");
            continue;
        }
        present += 1;
        let entry = &entries[siret];
        assert_eq!(entry["siren"], *siren);
        assert_eq!(entry["etatAdministratifEtablissement"] == "F", kind.contains("closed"), "{key}");
        assert!(cell(2).is_some(), "{key} has no name");
    }
    assert_eq!((made.present, made.absent), (present, 4_000 - present));
}

#[test]
fn each_kind_of_dirt_has_its_frequency() {
    let (_folder, made) = make(GenerateOptions { suppliers: 10_000, establishments: 20_000, ..OPTIONS });
    let mut counts: HashMap<String, f64> = HashMap::new();
    for [_, _, _, kind] in truth(&made) {
        kind.split('+').for_each(|word| *counts.entry(word.to_owned()).or_default() += 1.0);
    }
    // In thousandths: directly for dirt drawn for every row, else the product of its condition and its draw.
    for (word, wanted, tolerance) in [
        ("absent-foreign", 45.0, 8.0),
        ("absent-individual", 30.0, 7.0),
        ("absent-invented", 40.0, 8.0),
        ("absent-lookalike", 35.0, 8.0),
        ("closed", 28.0, 10.0),
        ("case", 340.0, 20.0),
        ("siret-missing", 0.66 * 895.0, 20.0),
        ("siret-spaced", 0.06 * 895.0, 10.0),
        ("siret-number", 0.05 * 895.0, 9.0),
        ("siret-digit", 0.025 * 895.0, 7.0),
        ("siret-siren", 0.035 * 895.0, 8.0),
        ("typo", 140.0, 14.0),
        ("word-order", 53.0, 9.0),
        ("agency", 50.0, 9.0),
        ("address-missing", 80.0, 11.0),
        ("address-town", 0.955 * 15.0, 5.0),
        ("care-of", 12.0, 4.0),
        ("postcode-missing", 70.0, 10.0),
        ("postcode-number", 0.955 * 0.88 * 320.0, 20.0),
        ("town-missing", 30.0, 7.0),
        ("town-cedex", 0.97 * 0.955 * 60.0, 9.0),
        ("duplicate-key", 5.0, 2.5),
        ("trade-name", 60.0, 14.0),
        ("sigle", 18.0, 8.0),
        ("form-missing", 54.0, 14.0),
        ("form-spelling", 55.0, 12.0),
        ("truncated", 35.0, 12.0),
        ("clean", 6.0, 4.0),
    ] {
        let found = counts.get(word).copied().unwrap_or_default() / 10.0;
        assert!((found - wanted).abs() <= tolerance, "{word}: {found} in a thousand, wanted {wanted}");
    }
    // Strangers are made on request only.
    for (_, word) in Dirt::ALL.iter().filter(|(_, word)| !word.contains("stranger")) {
        assert!(counts.contains_key(*word), "no row is {word}");
    }
}

#[test]
fn the_workbook_has_typed_numbers_and_dates() {
    let (_folder, made) = make(GenerateOptions { suppliers: 2_000, ..OPTIONS });
    let rows = sheet(&made);
    let header: Vec<String> = rows[0].iter().map(ToString::to_string).collect();
    assert_eq!(
        header.join("|"),
        "Auxiliaire|Code tiers|Nom|Adresse 1|Adresse 2|Adresse 3|Postal|Ville|Pays|Code SIRET|Code NIF|Date dern. Mouvt"
    );
    let count = |column: usize, test: fn(&Data) -> bool| rows[1..].iter().filter(|row| test(&row[column])).count();
    assert!(count(6, |cell| matches!(cell, Data::Float(number) if *number < 10_000.0)) > 20, "06000 -> 6000");
    assert!(count(6, |cell| matches!(cell, Data::String(text) if text.starts_with('0'))) > 20);
    assert!(count(9, |cell| matches!(cell, Data::Float(number) if *number > 1e13)) > 20);
    assert!(count(9, |cell| matches!(cell, Data::String(text) if text.contains(' '))) > 20);
    assert!(count(11, |cell| matches!(cell, Data::DateTime(_))) > 1_900);
    assert_eq!(count(11, |cell| !matches!(cell, Data::DateTime(_) | Data::Empty)), 0);
}

#[test]
fn csv_and_workbook_have_the_same_contents() {
    let (_xlsx_folder, xlsx) = make(OPTIONS);
    let (_csv_folder, csv) = make(GenerateOptions { format: SupplierFormat::Csv, ..OPTIONS });
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_path(&csv.suppliers).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    for (record, row) in rows.iter().zip(&sheet(&xlsx)[1..]) {
        let cells: Vec<String> = row[..11].iter().map(ToString::to_string).collect();
        assert!(record.iter().take(11).eq(cells.iter().map(String::as_str)), "{record:?} {cells:?}");
        assert!(record[11].is_empty() || (record[11].len() == 10 && &record[11][6..8] == "20"), "{record:?}");
    }
    assert_eq!(fs::read(&xlsx.truth).unwrap(), fs::read(&csv.truth).unwrap());
}

#[test]
fn the_two_insee_files_join_to_the_flat_one() {
    let (_flat_folder, flat) = make(OPTIONS);
    let (_two_folder, two) = make(GenerateOptions { layout: RegistryLayout::Sirene, ..OPTIONS });
    let names: Vec<_> = two.registry.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["StockUniteLegale_utf8.parquet", "StockEtablissement_utf8.parquet"]);
    let units: HashMap<String, HashMap<String, String>> =
        parquet_rows(&two.registry[0]).into_iter().map(|row| (row["siren"].clone(), row)).collect();
    let flat = parquet_rows(&flat.registry[0]);
    let establishments = parquet_rows(&two.registry[1]);
    assert_eq!(establishments.len(), flat.len());
    for (mut establishment, whole) in establishments.into_iter().zip(flat) {
        let mut unit = units[&establishment["siren"]].clone();
        for only_in_units in
            ["statutDiffusionUniteLegale", "dateCreationUniteLegale", "dateDernierTraitementUniteLegale"]
        {
            assert!(unit.remove(only_in_units).is_some(), "{only_in_units}");
        }
        establishment.extend(unit);
        for only_there in [
            "dateCreationEtablissement",
            "dateDernierTraitementEtablissement",
            "dateDebut",
            "activitePrincipaleEtablissement",
        ] {
            assert!(establishment.remove(only_there).is_some(), "{only_there}");
        }
        assert_eq!(establishment, whole);
    }
}

#[test]
fn the_next_edition_has_every_kind_of_change_and_their_truth() {
    let options = GenerateOptions { establishments: 20_000, suppliers: 5, ..OPTIONS };
    let first = make(GenerateOptions { layout: RegistryLayout::Sirene, ..options });
    let next = make(GenerateOptions { layout: RegistryLayout::Sirene, edition: RegistryEdition::Next, ..options });
    assert_eq!(first.1.changes, None);
    assert_eq!(fs::read(&first.1.suppliers).unwrap().len(), fs::read(&next.1.suppliers).unwrap().len());
    let by_siret = |made: &GeneratedFiles| -> HashMap<String, HashMap<String, String>> {
        let rows = parquet_rows(&made.registry[1]).into_iter();
        rows.map(|mut row| {
            // The day of the publisher's last change of the first entry is always that of the edition.
            row.remove("dateDernierTraitementEtablissement");
            (row["siret"].clone(), row)
        })
        .collect()
    };
    let (before, after) = (by_siret(&first.1), by_siret(&next.1));
    let mut reader = csv::Reader::from_path(next.1.changes.as_ref().unwrap()).unwrap();
    let mut changed: HashMap<String, HashSet<String>> = HashMap::new();
    let mut kinds: HashMap<String, u32> = HashMap::new();
    for record in reader.records().map(Result::unwrap) {
        changed.entry(record[0].to_owned()).or_default().insert(record[1].to_owned());
        *kinds.entry(record[1].to_owned()).or_default() += 1;
    }
    for kind in ["created", "closed", "reopened", "renamed", "moved", "succeeded", "activity", "legal_form"] {
        assert!(kinds.get(kind).is_some_and(|count| *count > 1), "{kind}: {kinds:?}");
    }
    // Whatever is not in the truth is as it was.
    for (siret, row) in &after {
        let kinds = changed.get(siret);
        let is_created = kinds.is_some_and(|kinds| kinds.contains("created"));
        assert_eq!(!before.contains_key(siret), is_created, "{siret}");
        let own = ["closed", "reopened", "moved", "activity", "created"];
        let is_changed = kinds.is_some_and(|kinds| own.iter().any(|kind| kinds.contains(*kind)));
        assert_eq!(before.get(siret) != Some(row), is_changed, "{siret}: {kinds:?}");
    }
    assert!(before.keys().all(|siret| after.contains_key(siret)), "no entry is removed");
    let links = fs::read_to_string(&next.1.registry[2]).unwrap();
    assert_eq!(links.lines().count() as u32, kinds["succeeded"] + 1);
}

#[test]
fn invalid_counts_and_folders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |options: GenerateOptions, path: &Path| generate(&options, path, &mut |_| {}).unwrap_err();
    for (options, says) in [
        (GenerateOptions { establishments: 0, ..OPTIONS }, "from 1 to 60,000,000"),
        (GenerateOptions { establishments: 60_000_001, ..OPTIONS }, "from 1 to 60,000,000"),
        (GenerateOptions { suppliers: 1_048_576, ..OPTIONS }, "CSV holds any number"),
    ] {
        let error = refused(options, folder.path());
        assert!(matches!(error, GenerateError::Count { .. }) && error.to_string().contains(says), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is written before the counts are checked");
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(matches!(refused(OPTIONS, &file), GenerateError::Write { path, .. } if path == file));
}

#[test]
fn the_smallest_files_and_their_progress() {
    let folder = tempfile::tempdir().unwrap();
    let mut reports = Vec::new();
    let options = GenerateOptions { suppliers: 3, establishments: 1, ..OPTIONS };
    generate(&options, folder.path(), &mut |report| reports.push(report)).unwrap();
    for (part, total) in [(GeneratedPart::Registry, 1), (GeneratedPart::Suppliers, 3)] {
        let last = reports.iter().rfind(|report| report.part == part).unwrap();
        assert_eq!((last.done, last.total), (total, total));
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    let (_empty_folder, empty) = make(GenerateOptions { suppliers: 0, establishments: 10, ..OPTIONS });
    assert_eq!((sheet(&empty).len(), truth(&empty).len()), (1, 0));
}
