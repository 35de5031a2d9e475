//! `matchflow train`: a model is learned, a pipeline uses it, and it is as good as the original.

use crate::support::World;

fn f1(world: &World, level: &str) -> f64 {
    let json = world.succeed(&["evaluate", "out/suppliers-results.csv", "--truth", "data/truth.csv", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    json[level]["f1"].as_f64().unwrap()
}

#[test]
fn a_model_learned_without_labels_is_as_good_as_the_built_in_one() {
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml"]);
    let built_in = f1(&world, "group");
    let learned = world.succeed(&["train", "suppliers.yaml", "--blind", "20000", "--out", "learned.yaml"]);
    assert!(learned.stderr.contains("0 with a known match"), "{learned:?}");
    let text = String::from_utf8(world.read("learned.yaml")).unwrap();
    assert!(text.starts_with("# Learned from 2500 rows of suppliers without known matches"), "{text}");
    world.succeed(&["run", "suppliers.yaml", "--set", "model={path: learned.yaml}", "--resume", "redo"]);
    let learned = f1(&world, "group");
    assert!(learned > built_in - 0.01, "{learned} after {built_in}");
}

#[test]
fn labels_are_used_and_a_pipeline_without_a_model_is_reported() {
    let world = World::sample();
    let train = ["train", "suppliers.yaml", "--rows", "500", "--blind", "20000", "--out", "learned.yaml"];
    let first = world.succeed(&[&train[..], &["--truth", "data/truth.csv"]].concat());
    assert!(first.stderr.contains("500 with a known match"), "{first:?}");
    let learned = world.read("learned.yaml");
    world.succeed(&[&train[..], &["--truth", "data/truth.csv"]].concat());
    assert!(world.read("learned.yaml") == learned, "the same rows and the same seed give the same model");
    let without = world.run(&[&train[..], &["--set", "model=null"]].concat());
    assert_eq!(without.code, Some(2), "{without:?}");
}

/// A single comparison would confirm itself: without known matches nothing is written, with them the model is better.
#[test]
fn names_alone_are_learned_from_known_matches_only() {
    let world = World::sample();
    let names = r#"name: names
source: { xlsx: { path: data/suppliers.xlsx }, id: Auxiliaire, fields: { name: Nom } }
reference: { parquet: { path: data/registry.parquet }, id: siret, group: siren, fields: { name: denominationUniteLegale } }
model: suppliers
stages:
  - clean: { name: company_name }
  - candidates: { token: { name: name, top: 20, per_group: 1 } }
  - score: { company_name: { plugin: ../plugins/dist/company-name.wasm, compare: name } }
  - decide: { accept: 0.5, review: 0.1 }
sink: { checkpoint: out/names.duckdb }
"#;
    world.write("names.yaml", names);
    let train = ["train", "names.yaml", "--rows", "1000", "--blind", "2000", "--out", "learned.yaml"];
    let blind = world.run(&train);
    assert_eq!(blind.code, Some(1), "{blind:?}");
    assert!(blind.stderr.contains("would confirm itself") && blind.stderr.contains("`--truth`"), "{blind:?}");
    assert!(!world.path("learned.yaml").exists());
    let taught = world.succeed(&[&train[..], &["--truth", "data/truth.csv"]].concat());
    let line = taught.stderr.lines().find(|line| line.starts_with("held-out rows: ")).unwrap();
    let bits: Vec<f64> = line.split([' ', ';']).filter_map(|word| word.trim_matches(['(', ',']).parse().ok()).collect();
    assert!(bits[0] > bits[1], "better than the model before: {line}");
    assert!(world.path("learned.yaml").exists());
}

/// Comparisons without data in any row are not learned, and data with no information at all is an error.
#[test]
fn comparisons_without_data_keep_their_parameters() {
    let world = World::sample();
    let rows = "Auxiliaire;Nom;Adresse;Postal;Ville;SIRET\n";
    let pipeline = r#"name: few
source:
  csv: { path: few.csv }
  id: Auxiliaire
  fields: { name: Nom, address: Adresse, postcode: Postal, town: Ville, siret: SIRET }
reference: { csv: { path: registry.csv }, id: siret, group: siren, fields: { name: name, address: address, postcode: postcode, town: town } }
model: suppliers
stages:
  - clean: { name: company_name, address: address, postcode: postcode, town: town, siren: { from: siret, as: siren }, siret: siret }
  - candidates: { exact: { "postcode + address": "postcode + address" } }
  - score:
      siret: { plugin: ../plugins/dist/exact.wasm, compare: { siret: _id } }
      siren: { plugin: ../plugins/dist/exact.wasm, compare: { siren: _group } }
      company_name: { plugin: ../plugins/dist/company-name.wasm, compare: name }
      address: { plugin: ../plugins/dist/address.wasm, compare: address }
      postcode: { plugin: ../plugins/dist/exact.wasm, compare: postcode }
      town: { plugin: ../plugins/dist/exact.wasm, compare: town }
  - decide: { accept: 0.9, review: 0.1 }
sink: { checkpoint: out/few.duckdb }
"#;
    world.write("few.yaml", pipeline);
    world.write(
        "registry.csv",
        "siret,siren,name,address,postcode,town\n\
         73282932000074,732829320,ORVALINE,7 IMPASSE DU MOULIN,21000,DIJON\n\
         80012345700011,800123457,PELLUNORD,5 IMPASSE DU FOUR,57000,METZ\n",
    );
    let train = |rows: &str, more: &[&str]| {
        world.write("few.csv", rows);
        world.run(&[&["train", "few.yaml", "--out", "learned.yaml"][..], more].concat())
    };
    let none = train(rows, &[]);
    assert!(none.code != Some(0) && none.stderr.contains("nothing to learn from"), "{none:?}");
    let strangers = train(&format!("{rows}A;ZOLA;1 QUAI DU PORT;29200;BREST;\n"), &[]);
    assert!(strangers.code != Some(0) && strangers.stderr.contains("no search found a candidate"), "{strangers:?}");
    let one = format!("{rows}A;ORVALINE;7 IMPASSE DU MOULIN;21000;DIJON;\n");
    world.write("others.csv", "key,siret\nX1,73282932000074\n");
    let others = train(&one, &["--truth", "others.csv"]);
    assert!(others.code != Some(0) && others.stderr.contains("has its key in `others.csv`"), "{others:?}");
    assert!(!world.path("learned.yaml").exists());
    let alike: String =
        (0..40).map(|number| format!("A{number};ORVALINE;7 IMPASSE DU MOULIN;21000;DIJON;\n")).collect();
    for rows in [one, format!("{rows}{alike}")] {
        let ended = train(&rows, &[]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stderr.contains("no true pair was compared by `identifier`"), "{ended:?}");
        assert!(ended.stderr.contains("the registry has 2 entries"), "{ended:?}");
        let learned = String::from_utf8(world.read("learned.yaml")).unwrap();
        for level in ["\"same SIRET\", when: { siret: 1 }, m: 0.7,", "\"another identifier\", m: 0.02, u: 0.99"] {
            assert!(learned.contains(level), "{level}: {learned}");
        }
    }
}
