//! Table sources: compressed files, patterns, folders, INSEE's files as CSV.

use std::fs;
use std::io::Write;

use crate::support::World;

pub(crate) const REGISTRY: &str =
    "siret,siren,denominationUniteLegale,codePostalEtablissement,libelleCommuneEtablissement
81234567600017,812345676,MENUISERIE VALCLAIR,69003,LYON
82345678500018,823456785,PLOMBERIE HAUTMONT,31000,TOULOUSE
83456789300013,834567893,TRANSPORTS BELLEROCHE,44600,SAINT-NAZAIRE
84567890300012,845678903,IMPRIMERIE DU VIEUX PONT,37000,TOURS
";

pub(crate) const SUPPLIERS: &str = "Code;Fournisseur;CP;Ville
F1;Menuiserie Valclair;69003;LYON
F2;SARL Plomberie Hautmont;31000;Toulouse
F3;Transports Belleroche SAS;44600;St Nazaire
F4;Imprimerie du Vieux Pont;37000;Tours
";

/// A pipeline over these two tables.
pub(crate) fn pipeline(source: &str, reference: &str) -> String {
    format!(
        "name: places
source:
  {source}
  id: [Code, index]
  fields: {{name: Fournisseur, postcode: CP, town: Ville}}
reference:
  {reference}
  preset: sirene
preset: suppliers
sink: {{checkpoint: places.duckdb}}
outputs:
  - csv: results.csv
"
    )
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The suppliers in two files under `in`.
fn parts(world: &World) {
    fs::create_dir(world.path("in")).unwrap();
    let lines: Vec<&str> = SUPPLIERS.lines().collect();
    world.write("in/1.csv", format!("{}\n{}\n{}\n", lines[0], lines[1], lines[2]));
    world.write("in/2.csv.gz", gzip(&format!("{}\n{}\n{}\n", lines[0], lines[3], lines[4])));
}

#[test]
fn compressed_tables_give_the_results_of_plain_ones() {
    let world = World::empty();
    world.write("suppliers.csv", SUPPLIERS);
    world.write("registry.csv", REGISTRY);
    world.write("plain.yaml", pipeline("csv: {path: suppliers.csv}", "csv: {path: registry.csv}"));
    world.succeed(&["run", "plain.yaml"]);
    let expected = world.read("results.csv");
    fs::remove_file(world.path("places.duckdb")).unwrap();
    world.write("suppliers.csv.zst", zstd::encode_all(SUPPLIERS.as_bytes(), 3).unwrap());
    world.write("registry.csv.gz", gzip(REGISTRY));
    let packed = pipeline("csv: {path: suppliers.csv.zst}", "csv: {path: registry.csv.gz}");
    world.write("packed.yaml", packed);
    let ended = world.succeed(&["run", "packed.yaml"]);
    assert_eq!(ended.after("matched "), 4, "{ended:?}");
    assert_eq!(String::from_utf8(world.read("results.csv")), String::from_utf8(expected));
    let inspected = world.succeed(&["inspect", "suppliers.csv.zst"]);
    assert!(inspected.stdout.contains("4 rows") && inspected.stdout.contains("csv:"), "{inspected:?}");
    // A truncated file is an error with its name and place, and the exit code of damaged input.
    let whole = gzip(&SUPPLIERS.repeat(2_000));
    world.write("suppliers.csv.zst", &whole[..whole.len() - 100]);
    let ended = world.run(&["run", "packed.yaml"]);
    assert_eq!(ended.code, Some(65), "{ended:?}");
    assert!(ended.stderr.contains("suppliers.csv.zst") && ended.stderr.contains("at byte"), "{ended:?}");
}

#[test]
fn several_files_are_one_supplier_file_and_a_new_one_is_noticed() {
    let world = World::empty();
    parts(&world);
    world.write("registry.csv", REGISTRY);
    let text = pipeline("csv: {path: 'in/*.csv*'}", "csv: {path: registry.csv}");
    world.write("p.yaml", text.replace("fields: {", "fields: {file: _file, "));
    world.succeed(&["validate", "p.yaml"]);
    let ended = world.succeed(&["run", "p.yaml"]);
    assert_eq!(ended.after("matched "), 4, "{ended:?}");
    let explained = world.succeed(&["explain", "p.yaml", "F3"]);
    assert!(explained.stdout.contains("2.csv.gz"), "{explained:?}");
    let again = world.succeed(&["run", "p.yaml"]);
    assert_eq!(again.after("this run: "), 0, "{again:?}");
    world.write("in/3.csv", "Code;Fournisseur;CP;Ville\nF5;MENUISERIE VALCLAIR SARL;69003;Lyon\n");
    let more = world.succeed(&["run", "p.yaml"]);
    assert_eq!((more.after("matched "), more.after("this run: ")), (5, 1), "{more:?}");
    world.write("in/4.csv", "Code;Name\nF6;MENUISERIE VALCLAIR SARL\n");
    let ended = world.run(&["run", "p.yaml"]);
    assert_ne!(ended.code, Some(0));
    assert!(ended.stderr.contains("4.csv") && ended.stderr.contains("`Fournisseur`"), "{ended:?}");
    // Results among the files would be read as suppliers the next time.
    fs::remove_file(world.path("in/4.csv")).unwrap();
    let among = world.run(&["run", "p.yaml", "--set", "outputs=[{csv: in/1.csv}]"]);
    assert_ne!(among.code, Some(0));
    assert!(among.stderr.contains("would overwrite the supplier file"), "{among:?}");
}

#[test]
fn commands_without_a_pipeline_take_folders_patterns_and_archives() {
    let world = World::empty();
    parts(&world);
    fs::create_dir_all(world.path("registry/dept=69")).unwrap();
    fs::create_dir_all(world.path("registry/dept=99")).unwrap();
    let lines: Vec<&str> = REGISTRY.lines().collect();
    world.write("registry/dept=69/a.csv.gz", gzip(&format!("{}\n{}\n", lines[0], lines[1])));
    world.write("registry/dept=99/a.csv", format!("{}\n{}\n{}\n{}\n", lines[0], lines[2], lines[3], lines[4]));
    let ended = world.succeed(&["match", "in", "--registry", "registry", "--yes", "--write-pipeline", "mine.yaml"]);
    assert_eq!(ended.after("matched "), 4, "{ended:?}");
    assert!(world.path("in-results.xlsx").is_file());
    let written = String::from_utf8(world.read("mine.yaml")).unwrap();
    assert!(written.contains("path: \"in\"") && written.contains("path: \"registry\""), "{written}");
    world.succeed(&["validate", "mine.yaml"]);
    let ended = world.succeed(&["match", "in/*.csv*", "--registry", "registry/**/*.csv*", "--yes", "-o", "found.csv"]);
    assert_eq!(ended.after("matched "), 4, "{ended:?}");
    let ended = world.succeed(&["dedupe", "in/*.csv*", "--yes"]);
    assert!(world.path("in-duplicates.xlsx").is_file(), "{ended:?}");
    let ended = world.succeed(&["inspect", "registry/**/*.csv*"]);
    assert!(ended.stdout.contains("dept"), "{ended:?}");
}

#[test]
fn insees_files_as_csv_are_a_registry_without_a_pipeline() {
    let world = World::empty();
    world.write("suppliers.csv", SUPPLIERS);
    fs::create_dir(world.path("sirene")).unwrap();
    let (mut units, mut establishments) =
        ("siren,denominationUniteLegale,etatAdministratifUniteLegale\n".to_owned(), String::new());
    establishments
        .push_str("siren,siret,codePostalEtablissement,libelleCommuneEtablissement,etatAdministratifEtablissement\n");
    for line in REGISTRY.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        units.push_str(&format!("{},{},A\n", cells[1], cells[2]));
        establishments.push_str(&format!("{},{},{},{},A\n", cells[1], cells[0], cells[3], cells[4]));
    }
    let mut archive = zip::ZipWriter::new(fs::File::create(world.path("sirene/StockUniteLegale_utf8.zip")).unwrap());
    archive.start_file("StockUniteLegale_utf8.csv", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(units.as_bytes()).unwrap();
    archive.finish().unwrap();
    world.write("sirene/StockEtablissement_utf8.csv.gz", gzip(&establishments));
    for registry in [&["sirene"][..], &["sirene/StockEtablissement_utf8.csv.gz"]] {
        let arguments = [&["match", "suppliers.csv", "--yes", "-o", "found.csv", "--registry"], registry].concat();
        let ended = world.succeed(&arguments);
        assert_eq!(ended.after("matched "), 4, "{ended:?}");
    }
}

#[test]
fn rows_and_cells_of_insee_s_csv_that_cannot_be_read_are_counted() {
    let world = World::empty();
    world.write("suppliers.csv", SUPPLIERS);
    // A comma without quotes gives a unit one cell too many; an establishment has a cell without a column.
    world.write(
        "units.csv",
        "siren,denominationUniteLegale,etatAdministratifUniteLegale
812345676,MENUISERIE VALCLAIR,A
823456785,PLOMBERIE, HAUTMONT,A
834567893,TRANSPORTS BELLEROCHE,A
",
    );
    world.write(
        "establishments.csv",
        "siren,siret,codePostalEtablissement,libelleCommuneEtablissement,etatAdministratifEtablissement
812345676,81234567600017,69003,LYON,A
823456785,82345678500018,31000,TOULOUSE,A
834567893,83456789300013,44600,SAINT-NAZAIRE,A,x
",
    );
    let sirene = "sirene: {units: units.csv, establishments: establishments.csv}";
    world.write("p.yaml", pipeline("csv: {path: suppliers.csv}", sirene));
    let ended = world.succeed(&["run", "p.yaml"]);
    for words in [
        "1 reject in the registry",
        "1 registry row without an id",
        "rows of the registry with more cells than the header: 2",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {ended:?}");
    }
}
