//! `matchflow train`: a model is learned, a pipeline takes it, and it is as good as the one it came from.

use crate::support::World;

fn f1(world: &World, level: &str) -> f64 {
    let json = world.succeed(&["evaluate", "out/suppliers-results.csv", "--truth", "data/truth.csv", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    json[level]["f1"].as_f64().unwrap()
}

#[test]
fn a_model_learned_without_answers_is_as_good_as_the_built_in_one() {
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
fn answers_are_learned_from_and_a_pipeline_without_a_model_is_told() {
    let world = World::sample();
    let train = ["train", "suppliers.yaml", "--rows", "500", "--blind", "5000", "--out", "learned.yaml"];
    let first = world.succeed(&[&train[..], &["--truth", "data/truth.csv"]].concat());
    assert!(first.stderr.contains("500 with a known match"), "{first:?}");
    let learned = world.read("learned.yaml");
    world.succeed(&[&train[..], &["--truth", "data/truth.csv"]].concat());
    assert!(world.read("learned.yaml") == learned, "the same rows and the same seed give the same model");
    let without = world.run(&[&train[..], &["--set", "model=null"]].concat());
    assert_eq!(without.code, Some(2), "{without:?}");
}
