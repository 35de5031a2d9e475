//! Identifiers, keys and names garbled by people and programs: invisible characters, full-width forms, words around
//! numbers, other scripts. What is not recognized is counted.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use crate::support::{Ended, World, root};
use crate::tables::{Row, csv_rows};

/// Three invented companies, one with two establishments.
const REGISTRY: &str = "siret,siren,name,address,postcode,town
73282932000074,732829320,VELMORANE,3 RUE DES LAVANDES,06300,NICE
39985941200013,399859412,OSTRIVAL,11 QUAI DES TANNEURS,21000,DIJON
";

/// A pipeline over `suppliers.csv` and [`REGISTRY`] that searches by number, by place, then by name.
fn pipeline() -> String {
    let scorers = [("siret", "exact", "{ siret: _id }"), ("siren", "exact", "{ siren: _group }")];
    let scorers = scorers.into_iter().chain([
        ("company_name", "company-name", "name"),
        ("address", "address", "address"),
        ("postcode", "exact", "postcode"),
        ("town", "exact", "town"),
    ]);
    let scorers: String = scorers.fold(String::new(), |mut text, (name, plugin, compare)| {
        let _ = writeln!(text, "      {name}: {{ plugin: ../plugins/dist/{plugin}.wasm, compare: {compare} }}");
        text
    });
    format!(
        "name: identifiers
source:
  csv: {{ path: suppliers.csv, delimiter: ';' }}
  id: [Code, index]
  fields:
    name: Nom
    address: Adresse
    postcode: Postal
    town: Ville
    siret: SIRET
    vat: TVA
    since: {{ column: Depuis, type: date }}
reference:
  csv: {{ path: registry.csv }}
  id: siret
  group: siren
  fields: {{ name: name, address: address, postcode: postcode, town: town }}
model: suppliers
stages:
  - clean:
      name: {{ from: name, as: company_name }}
      address: address
      postcode: {{ from: [postcode, address], as: postcode }}
      town: town
      siren: {{ from: [siret, vat], as: siren }}
      siret: siret
  - candidates: {{ label: ID, exact: {{ siret: _id }} }}
  - candidates: {{ label: GROUP, exact: {{ siren: _group }} }}
  - score: &scorers
{scorers}  - decide: {{ accept: 0.9, entry: 0.85 }}
  - candidates: {{ label: PLACE, exact: {{ 'postcode + address': 'postcode + address' }} }}
  - candidates: {{ label: NAME, token: {{ name: name, top: 5, per_group: 3 }} }}
  - score: *scorers
  - decide: {{ accept: 0.9, review: 0.1, entry: 0.85 }}
sink: {{ checkpoint: out/identifiers.duckdb, batch_size: 100 }}
outputs: [{{ csv: out/identifiers.csv }}]
"
    )
}

/// A run over these supplier rows, below the header that the pipeline reads.
fn run(rows: &[String]) -> (Ended, Vec<Row>) {
    let world = World::empty();
    world.write("registry.csv", REGISTRY);
    world.write("identifiers.yaml", pipeline());
    world.write(
        "suppliers.csv",
        format!("C\u{200b}ode;\u{feff}Nom;Ａｄｒｅｓｓｅ;Postal;SIRET;TVA\0;Depuis;Ville\n{};\n", rows.join(";\n")),
    );
    let ended = world.succeed(&["run", "identifiers.yaml"]);
    let rows = csv_rows(&world, "out/identifiers.csv");
    (ended, rows)
}

fn stages(rows: &[Row]) -> Vec<(&str, &str)> {
    rows.iter().map(|row| (row["key"].as_str(), row["stage"].as_str())).collect()
}

#[test]
fn invisible_characters_change_nothing() {
    let marks = ["\u{200b}", "\u{ad}", "\u{feff}", "\u{202d}", "\0", "\u{2066}", "\u{200d}", "\u{e0020}", "\u{fe0f}"];
    let mut rows = Vec::new();
    for (number, mark) in marks.iter().enumerate() {
        rows.push(format!("{mark}s{number};VELMORANE;;;732{mark}82932000074;;"));
        rows.push(format!("v{mark}{number};VELMORANE;;;;FR44{mark}732829320;"));
        rows.push(format!("p{number}{mark};;3 RUE DES LAVANDES;06{mark}300;;;"));
        rows.push(format!("d{number};VELMORANE;;;73282932000074;;{mark}31/03/{mark}2024"));
    }
    rows.push("s-wide;VELMORANE;;;７３２８２９３２００００７４;;".to_owned());
    rows.push("v-wide;VELMORANE;;;;ＦＲ４４７３２８２９３２０;".to_owned());
    rows.push("p-wide;;3 RUE DES LAVANDES;０６３００;;;".to_owned());
    rows.push("d-wide;VELMORANE;;;73282932000074;;３１／０３／２０２４".to_owned());
    let (ended, results) = run(&rows);
    let expected = |kind: char| match kind {
        's' | 'd' => "ID",
        'v' => "GROUP",
        _ => "PLACE",
    };
    let kinds = |number: String| ['s', 'v', 'p', 'd'].map(|kind| (format!("{kind}{number}"), expected(kind)));
    let numbers = (0..marks.len()).map(|number| number.to_string()).chain(["-wide".to_owned()]);
    let expected: Vec<(String, &str)> = numbers.flat_map(kinds).collect();
    let expected: Vec<(&str, &str)> = expected.iter().map(|(key, stage)| (key.as_str(), *stage)).collect();
    assert_eq!(stages(&results), expected, "{ended:?}");
    let dates: Vec<&str> =
        results.iter().filter(|row| row["key"].starts_with('d')).map(|row| &*row["in_since"]).collect();
    assert_eq!(dates, vec!["2024-03-31"; marks.len() + 1], "{ended:?}");
}

#[test]
fn numbers_are_found_among_words_and_invalid_ones_are_counted() {
    let cells = [
        ("73282932000074", "ID"),
        ("SIRET nº 73282932000074", "ID"),
        ("N° SIRET : 732 829 320 00074", "ID"),
        ("73282932000074 (siège)", "ID"),
        ("732829320 NIC 00074", "ID"),
        ("\"\"\"73282932000074\"\"\"", "ID"),
        ("\"73282932000074;\"", "ID"),
        ("+73282932000074", "ID"),
        ("73282932000074 / 73282932000074", "ID"),
        ("\"=\"\"73282932000074\"\"\"", "ID"),
        ("RCS NICE 732 829 320", "GROUP"),
        ("732 829 320 R.C.S. Nice", "GROUP"),
        ("TVA FR44732829320", "GROUP"),
        ("732,829,320", "GROUP"),
        // Two companies, a wrong digit, something else: only the name counts.
        ("73282932000074 ou 39985941200013", "NAME"),
        ("73282932000075", "GROUP"),
        ("732829321", "NAME"),
        ("en cours", "NAME"),
        ("n/a", "NAME"),
    ];
    let rows = cells.iter().enumerate().map(|(number, (cell, _))| format!("{number};VELMORANE;;;{cell};;"));
    let (ended, results) = run(&rows.collect::<Vec<_>>());
    let found: Vec<(&str, &str)> = cells.iter().zip(&results).map(|((cell, _), row)| (*cell, &*row["stage"])).collect();
    assert_eq!(found, cells, "{ended:?}");
    let note = "`siret`: the cleaners `siren` and `siret` found no value in 3 of 18 cells (17 %), such as `73282932000074 ou \
                39985941200013`";
    assert!(ended.stdout.contains(note), "{ended:?}");
}

#[test]
fn names_in_other_scripts_are_compared_letter_by_letter_and_counted() {
    let world = World::empty();
    world.write("registry.csv", format!("{REGISTRY}90057777600025,900577776,Ρόδινη Αυγή,,57000,METZ\n"));
    world.write("identifiers.yaml", pipeline());
    let rows = "Code;Nom;Adresse;Postal;SIRET;TVA;Depuis;Ville\n1;ΡΌΔΙΝΗ ΑΥΓΉ;;57000;;;;\n2;Γαλάζιο Κύμα;;57000;;;;\n3;***;;;;;;\n";
    world.write("suppliers.csv", rows);
    let ended = world.succeed(&["run", "identifiers.yaml"]);
    let results = csv_rows(&world, "out/identifiers.csv");
    assert_eq!(results[0]["id"], "90057777600025", "{ended:?}");
    assert!(results[1]["id"].is_empty(), "{ended:?}");
    assert!(
        ended.stdout.contains("note: `name`: 2 rows have a name without Latin letters, such as `ΡΌΔΙΝΗ ΑΥΓΉ`"),
        "{ended:?}"
    );
}

#[test]
fn a_cleaner_or_a_type_that_empties_a_column_is_a_warning() {
    let world = World::empty();
    world.write("registry.csv", REGISTRY);
    let typed = pipeline().replace("    vat: TVA\n", "    vat: TVA\n    amount: { column: TVA, type: integer }\n");
    world.write("identifiers.yaml", typed);
    let rows: String = (0..20).map(|row| format!("{row};VELMORANE;;SW1A {row}AA;;9{row}.5;;\n")).collect();
    world.write("suppliers.csv", format!("Code;Nom;Adresse;Postal;SIRET;TVA;Depuis;Ville\n{rows}"));
    let ended = world.succeed(&["run", "identifiers.yaml"]);
    let planned = world.succeed(&["plan", "identifiers.yaml"]).stdout;
    assert!(planned.contains("20 cells,       0 after cleaning (0 %); nothing of `SW1A 0AA` (row 2)"), "{planned}");
    for warning in [
        "warning: `postcode`: the cleaner `postcode` found no value in 20 of 20 cells (100 %), such as `SW1A 0AA`; another \
         cleaner may fit this column, such as `text`, or it is the wrong column",
        "warning: `amount`: 20 of 20 cells (100 %) are not of the type integer, such as `90.5`; `type: decimal` fits all of them",
    ] {
        assert!(ended.stdout.contains(warning), "{warning}: {ended:?}");
    }
}

#[test]
fn a_row_with_the_siret_of_an_establishment_is_that_establishment() {
    let world = World::empty();
    let places = ["57000,METZ", "33000,BORDEAUX", "59000,LILLE", "31000,TOULOUSE"];
    let sirets = ["39985941200021", "39985941200039", "39985941200047", "39985941200054"];
    let others: String = sirets.iter().zip(places).fold(String::new(), |mut text, (siret, place)| {
        let _ = writeln!(text, "{siret},399859412,OSTRIVAL,2 ALLEE DU MOLE,{place}");
        text
    });
    world.write("registry.csv", format!("{REGISTRY}{others}"));
    world.write("identifiers.yaml", pipeline());
    let siret = sirets[1];
    let rows = format!(
        "Code;Nom;Adresse;Postal;SIRET;TVA;Depuis;Ville\n1;OSTRIVAL;;;{siret};;;\n2;OSTRIVAL;2 ALLEE DU MOLE;33000;{siret};;;\n\
         3;OSTRIVAL;2 ALLEE DU MOLE;57000;{siret};;;\n4;OSTRIVAL;;;399859412;;;\n"
    );
    world.write("suppliers.csv", rows);
    let ended = world.succeed(&["run", "identifiers.yaml"]);
    let ids: Vec<String> = csv_rows(&world, "out/identifiers.csv").into_iter().map(|row| row["id"].clone()).collect();
    // The third has the address of another establishment, the fourth matches none.
    assert_eq!(ids, [siret, siret, sirets[0], ""], "{ended:?}");
}

/// A copy of a folder of inputs that failed once, next to its registry, if the shared data is available.
fn failing(folder: &str) -> Option<World> {
    let named = std::env::var_os("MATCHFLOW_SHARED").map(PathBuf::from);
    let inputs = named.unwrap_or_else(|| root().join("../shared")).join("data/failing");
    if !inputs.join(folder).is_dir() {
        println!("skipped: {folder} needs MATCHFLOW_SHARED");
        return None;
    }
    let mut world = World::empty();
    world.set_variable("MATCHFLOW_PLUGINS", &root().join("plugins").display().to_string());
    world.write("registry.parquet", fs::read(inputs.join("registry.parquet")).unwrap());
    fs::create_dir(world.path(folder)).unwrap();
    for entry in fs::read_dir(inputs.join(folder)).unwrap() {
        let path = entry.unwrap().path();
        world.write(&format!("{folder}/{}", path.file_name().unwrap().display()), fs::read(&path).unwrap());
    }
    Some(world)
}

#[test]
fn inputs_that_once_failed_are_read() {
    if let Some(world) = failing("15-invisible-in-identifiers") {
        world.succeed(&["run", "15-invisible-in-identifiers/pipeline.yaml"]);
        for row in csv_rows(&world, "15-invisible-in-identifiers/out/pipeline.csv") {
            let expected = match &row["key"][..1] {
                "s" => "DIRECT_ID",
                "v" => "DIRECT_GROUP",
                "p" => "PLACE",
                _ => &row["stage"],
            };
            assert_eq!(row["stage"], expected, "{row:?}");
            assert!(
                row["key"].is_ascii() && (!row["key"].starts_with('d') || row["in_since"] == "2024-03-31"),
                "{row:?}"
            );
        }
    }
    if let Some(world) = failing("22-identifiers-with-words") {
        let ended = world.succeed(&["run", "22-identifiers-with-words/pipeline.yaml"]);
        let rows = csv_rows(&world, "22-identifiers-with-words/out/pipeline.csv");
        for (number, row) in (1..).zip(&rows) {
            let is_company = matches!(number, 9..=11 | 13);
            let expected = if is_company { "DIRECT_GROUP" } else { "DIRECT_ID" };
            assert_eq!(row["stage"], expected, "{row:?}");
        }
        assert_eq!(rows.len(), 13, "{ended:?}");
    }
    if let Some(world) = failing("16-names-not-latin") {
        let ended = world.succeed(&["run", "16-names-not-latin/pipeline.yaml"]);
        assert!(ended.stdout.contains("`name`: 4 rows have a name without Latin letters"), "{ended:?}");
    }
    if let Some(world) = failing("09-csv-encodings") {
        for name in ["nul", "mark-inside", "header"] {
            world.succeed(&["run", &format!("09-csv-encodings/{name}.yaml")]);
            let rows = csv_rows(&world, &format!("09-csv-encodings/out/{name}.csv"));
            assert_eq!(&stages(&rows)[..2], [("F1", "DIRECT_ID"), ("F2", "DIRECT_ID")], "{name}");
        }
    }
    if let Some(world) = failing("30-siret-alone-names-no-entry") {
        world.succeed(&["run", "30-siret-alone-names-no-entry/pipeline.yaml"]);
        let rows = csv_rows(&world, "30-siret-alone-names-no-entry/out/pipeline.csv");
        assert!(rows.iter().all(|row| row["id"] == "90057777600025"), "{rows:?}");
    }
    if let Some(world) = failing("08-csv-guards-and-unit-separator") {
        world.succeed(&["run", "08-csv-guards-and-unit-separator/separator.yaml"]);
        let rows = csv_rows(&world, "08-csv-guards-and-unit-separator/out/separator.csv");
        assert_eq!((&*rows[0]["in_name"], &*rows[1]["key"]), ("PELLUNORD BRUMELAC", "F2"));
    }
}
