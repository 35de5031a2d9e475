//! `matchflow import`: Splink settings become a match model that a pipeline can use.

use crate::support::World;

const SETTINGS: &str = r#"{
  "link_type": "link_only", "probability_two_random_records_match": 0.0001,
  "comparisons": [
    { "output_column_name": "name", "comparison_levels": [
      { "sql_condition": "\"name_l\" IS NULL OR \"name_r\" IS NULL", "is_null_level": true },
      { "sql_condition": "\"name_l\" = \"name_r\"", "label_for_charts": "Exact match on name",
        "m_probability": 0.7, "u_probability": 0.0001, "tf_adjustment_column": "name" },
      { "sql_condition": "jaro_winkler_similarity(\"name_l\", \"name_r\") >= 0.9", "label_for_charts": "Close: \"name\"",
        "m_probability": 0.2, "u_probability": 0.001 },
      { "sql_condition": "upper(name_l) = upper(name_r)", "m_probability": 0.05, "u_probability": 0.001 },
      { "sql_condition": "ELSE", "label_for_charts": "All other", "m_probability": 0.05, "u_probability": 0.99 } ] },
    { "output_column_name": "postcode", "comparison_levels": [
      { "sql_condition": "levenshtein(postcode_l, postcode_r) <= 1", "m_probability": 0.9, "u_probability": 0.01 },
      { "sql_condition": "postcode_l = postcode_r", "m_probability": null, "u_probability": 0.01 },
      { "sql_condition": "ELSE", "m_probability": 0.1, "u_probability": 0.99 } ] } ],
  "blocking_rules_to_generate_predictions": [
    { "blocking_rule": "(l.\"postcode\" = r.\"postcode\") AND (l.\"town\" = r.\"town\")", "sql_dialect": "duckdb" },
    "substr(l.name, 1, 3) = substr(r.name, 1, 3)" ]
}"#;

/// A pipeline with the stages suggested by the comments of the imported file.
const PIPELINE: &str = "name: imported
source: { csv: { path: left.csv }, id: id, fields: { name: name, postcode: postcode, town: town } }
reference: { csv: { path: right.csv }, id: id, fields: { name: name, postcode: postcode, town: town } }
model: { path: imported.model.yaml }
stages:
  - clean: { name: text, postcode: text, town: text }
";

#[test]
fn splink_settings_become_a_model_for_a_pipeline() {
    let world = World::sample();
    world.write("settings.json", SETTINGS);
    let ended =
        world.succeed(&["import", "settings.json", "--registry-rows", "5000", "--output", "imported.model.yaml"]);
    for part in [
        "the term frequency adjustment of `name`",
        "upper(name_l)",
        "has no m or u",
        "is approximate",
        "blocking rule not imported: substr",
    ] {
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    let model = String::from_utf8(world.read("imported.model.yaml")).unwrap();
    assert!(model.contains("\nprior: 0.5\n"), "{model}");
    let stages: String = model
        .lines()
        .filter_map(|line| line.strip_prefix("#   "))
        .map(|line| format!("  {line}\n").replace("plugin: exact", "plugin: ../plugins/dist/exact.wasm"))
        .map(|line| line.replace("plugin: edit-distance", "plugin: ../plugins/dist/edit-distance.wasm"))
        .collect();
    let rest = "  - decide: { accept: 0.9, review: 0.1 }\nsink: { checkpoint: out/imported.duckdb, batch_size: 10 }\n\
                outputs: [{ csv: out/imported.csv }]\n";
    world.write("imported.yaml", format!("{PIPELINE}{stages}{rest}"));
    world.write("left.csv", "id,name,postcode,town\nl1,Verdelune,21000,Dijon\nl2,Orvaline,33000,Bordeaux\n");
    world.write("right.csv", "id,name,postcode,town\nr1,Verdelune,21000,Dijon\nr2,Brumelac,33000,Bordeaux\n");
    world.succeed(&["run", "imported.yaml"]);
    let results = String::from_utf8(world.read("out/imported.csv")).unwrap();
    let outcomes: Vec<bool> = results.lines().skip(1).map(|line| line.contains(",matched,")).collect();
    assert_eq!(outcomes, [true, false], "{results}");
}

#[test]
fn other_files_are_refused_and_nothing_is_written() {
    let world = World::sample();
    for (text, part) in [("{}", "missing field `comparisons`"), (r#"{"comparisons": []}"#, "no comparison")] {
        world.write("settings.json", text);
        let ended = world.run(&["import", "settings.json", "--output", "out/model.yaml"]);
        assert_eq!(ended.code, Some(64), "{ended:?}");
        assert!(ended.stderr.contains(part), "{part}: {}", ended.stderr);
    }
    assert!(world.files("out").is_empty());
}
