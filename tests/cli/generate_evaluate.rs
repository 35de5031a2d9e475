//! Generated data, and the quality of the sample's results.

use crate::support::World;

const GENERATE: &[&str] = &["generate", "--suppliers", "400", "--establishments", "3000"];

fn made(world: &World, folder: &str, more: &[&str]) -> Vec<(String, Vec<u8>)> {
    world.succeed(&[GENERATE, &["--out", folder], more].concat());
    let names = world.files(folder);
    names.into_iter().map(|name| (name.clone(), world.read(&format!("{folder}/{name}")))).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
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
fn files_that_exist_are_replaced_on_request_only() {
    let world = World::empty();
    std::fs::create_dir(world.path("data")).unwrap();
    for own in ["data/suppliers.xlsx", "data/registry.parquet", "data/truth.csv"] {
        world.write(own, "of a person");
        let ended = world.run(&[GENERATE, &["--out", "data"]].concat());
        assert_eq!(ended.code, Some(64), "{ended:?}");
        assert!(ended.stderr.contains(own) && ended.stderr.contains("--overwrite"), "{ended:?}");
        assert_eq!(world.read(own), b"of a person");
        assert_eq!(world.files("data").len(), 1, "nothing was written");
        std::fs::remove_file(world.path(own)).unwrap();
    }
    made(&world, "data", &[]);
    made(&world, "data", &["--overwrite"]);
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
fn evaluations_of_the_sample_agree_for_files_and_checkpoint() {
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml"]);
    let evaluate = |results: &str| -> serde_json::Value {
        let ended = world.succeed(&["evaluate", results, "--truth", "data/truth.csv", "--json"]);
        serde_json::from_str(&ended.stdout).unwrap()
    };
    let found = evaluate("out/suppliers-results.csv");
    // A floor against regressions, not a goal.
    let siren = &found["group"];
    let (precision, recall) = (siren["precision"].as_f64().unwrap(), siren["recall"].as_f64().unwrap());
    assert!(precision >= 0.95 && recall >= 0.80, "precision {precision}, recall {recall}");
    assert_eq!(found["without_result"], 0, "every row has a result");
    assert_eq!(found["repeated"], 0);
    assert_eq!(evaluate("out/suppliers.duckdb"), found);
}

#[test]
fn an_evaluation_shows_sections_on_request_and_fails_below_a_floor() {
    let world = World::empty();
    let header = "key,outcome,stage,id,group,score,entry_score";
    let rows = "F1,matched,BROAD,11,1,0.99,0.9\nF2,matched,BROAD,21,2,0.96,0.7\nF3,review,BROAD,31,3,0.5,0.5\n";
    world.write("results.csv", format!("{header}\n{rows}"));
    world.write("truth.csv", "key,siret,siren,kind\nF1,11,1,case\nF2,,,absent+case\nF3,31,3,typo\n");
    let evaluate = |more: &[&str]| world.run(&[&["evaluate", "results.csv", "--truth", "truth.csv"], more].concat());
    let short = evaluate(&[]).stdout;
    let says = [
        "siren: 95% confidence interval: precision",
        "precision of at least 0.99 from score 0.9900 on, at recall 0.5000",
    ];
    assert!(says.iter().all(|words| short.contains(words)), "{short}");
    let sections = ["kind of row (siren)", "score (siren) from", "Scores are probabilities"];
    assert!(!sections.iter().any(|words| short.contains(words)), "{short}");
    let long = evaluate(&["--curve", "--reliability", "--kinds"]).stdout;
    assert!(sections.iter().all(|words| long.contains(words)), "{long}");
    assert!(long.find("typo ") < long.find("case "), "the worst kind comes first: {long}");

    let passed = evaluate(&["--min-f1", "0.5", "--min-precision", "siren:0.5", "--min-recall", "siret:0.5"]);
    assert_eq!((passed.code, passed.stderr.as_str()), (Some(0), ""), "{passed:?}");
    let failed = evaluate(&["--min-f1", "siren:0.9", "--min-precision", "siret:0.4", "--json"]);
    assert_eq!((failed.code, failed.stderr.trim()), (Some(1), "error: siren: F1 is 0.5000, below the floor of 0.9"));
    let json: serde_json::Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!(json["group"]["curve"][0]["score"], 0.99, "JSON comes with all sections, and before the failure");
    assert_eq!(json["id"]["reliability"]["is_probability"], true);
    assert_eq!(json["id"]["kinds"][0]["mistaken"], 1.0);
    assert_eq!(json["group"]["intervals"]["precision"]["low"], 0.0);
    assert_eq!(evaluate(&["--min-f1", "siren:2"]).code, Some(64));
}

#[test]
fn an_evaluation_names_unusable_files() {
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
