//! Generated data, and how good the sample's results are.

use crate::support::World;

const GENERATE: &[&str] = &["generate", "--suppliers", "400", "--establishments", "3000"];

fn made(world: &World, folder: &str, more: &[&str]) -> Vec<(String, Vec<u8>)> {
    world.succeed(&[GENERATE, &["--out", folder], more].concat());
    let names = world.files(folder);
    names.into_iter().map(|name| (name.clone(), world.read(&format!("{folder}/{name}")))).collect()
}

#[test]
fn one_seed_makes_one_set_of_bytes() {
    let world = World::empty();
    for layout in [&[][..], &["--sirene", "--format", "csv"]] {
        let seed = |folder: &str, seed: &str| made(&world, folder, &[layout, &["--seed", seed]].concat());
        let name = layout.len();
        let first = seed(&format!("a{name}"), "5");
        assert_eq!(first.len(), if layout.is_empty() { 3 } else { 4 });
        assert!(first == seed(&format!("b{name}"), "5"), "{layout:?}: two sets of one seed differ");
        assert!(first != seed(&format!("c{name}"), "6"), "{layout:?}: two seeds make one set");
    }
}

#[test]
fn generated_files_run_in_every_layout() {
    let world = World::sample();
    made(&world, "flat", &["--seed", "5"]);
    made(&world, "sirene", &["--seed", "5", "--sirene", "--format", "csv"]);
    let flat =
        ["--set", "source.xlsx.path=flat/suppliers.xlsx", "--set", "reference.parquet.path=flat/registry.parquet"];
    let [units, establishments] = ["StockUniteLegale", "StockEtablissement"].map(|stem| {
        let names = world.files("sirene");
        let name = names.iter().find(|name| name.starts_with(stem)).unwrap_or_else(|| panic!("{stem}: {names:?}"));
        format!("sirene/{name}")
    });
    let sirene = format!("reference.sirene={{units: {units}, establishments: {establishments}}}");
    let two_files =
        ["source.xlsx=null", "source.csv.path=sirene/suppliers.csv", "reference.parquet=null", sirene.as_str()];
    let two_files: Vec<&str> = two_files.iter().flat_map(|value| ["--set", value]).collect();
    let results = [&flat[..], &two_files].map(|set| {
        let name = if set.len() == 4 { "flat" } else { "sirene" };
        let checkpoint = format!("sink.checkpoint=out/{name}.duckdb");
        let outputs = format!("outputs=[{{csv: out/{name}.csv}}]");
        world.succeed(&[&["run", "suppliers.yaml", "--set", &checkpoint, "--set", &outputs], set].concat());
        world.read(&format!("out/{name}.csv"))
    });
    assert!(results[0] == results[1], "XLSX and one registry file give other results than CSV and two");
}

#[test]
fn the_sample_s_results_are_good_and_told_alike_from_both_places() {
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml"]);
    let evaluate = |results: &str| -> serde_json::Value {
        let ended = world.succeed(&["evaluate", results, "--truth", "data/truth.csv", "--json"]);
        serde_json::from_str(&ended.stdout).unwrap()
    };
    let found = evaluate("out/suppliers-results.csv");
    // A floor against regressions, not an aim.
    let siren = &found["group"];
    let (precision, recall) = (siren["precision"].as_f64().unwrap(), siren["recall"].as_f64().unwrap());
    assert!(precision >= 0.95 && recall >= 0.80, "precision {precision}, recall {recall}");
    assert_eq!(found["without_result"], 0, "every row has a result");
    assert_eq!(found["repeated"], 0);
    assert_eq!(evaluate("out/suppliers.duckdb"), found);
}

#[test]
fn an_evaluation_names_files_that_it_cannot_use() {
    let world = World::sample();
    let cases = [
        ("gone.csv", "data/truth.csv", "gone.csv"),
        ("gone.duckdb", "data/truth.csv", "there is no checkpoint at `gone.duckdb`"),
        ("data/truth.csv", "data/truth.csv", "data/truth.csv"),
        ("data/truth.csv", "gone.csv", "gone.csv"),
    ];
    for (results, truth, says) in cases {
        let ended = world.run(&["evaluate", results, "--truth", truth]);
        assert_eq!(ended.code, Some(1), "{results}: {ended:?}");
        assert!(ended.stderr.contains(says), "{results}: {ended:?}");
    }
}
