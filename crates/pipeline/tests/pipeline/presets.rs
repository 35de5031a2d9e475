//! Presets: they have the stages of the sample pipelines, and leave out parts for which the files have no columns.

use std::path::Path;

use matchflow_model::plan::{Plan, StageKind};
use matchflow_pipeline::{CheckedPipeline, check, check_without_tests};

use crate::world::{World, check_text};

/// A sample pipeline with a preset instead of its stages and model.
fn with_preset(sample: &str, preset: &str) -> String {
    let is_left = |line: &&str| !line.starts_with("model:");
    let (before, rest) = sample.split_once("\nstages:\n").unwrap();
    let after = rest.split_once("\nsink:\n").unwrap().1.split("\ntests:\n").next().unwrap();
    let before: Vec<&str> = before.lines().filter(is_left).collect();
    format!("{}\npreset: {preset}\nsink:\n{after}\n", before.join("\n"))
}

/// The stages, with plug-ins by their digests.
fn stages(checked: &CheckedPipeline) -> Vec<(String, StageKind)> {
    let plain = |kind: &StageKind| {
        let mut kind = kind.clone();
        if let StageKind::Score(score) = &mut kind {
            score.scorers.iter_mut().for_each(|scorer| scorer.plugin = "plug-in".into());
        }
        kind
    };
    checked.plan.stages.iter().map(|stage| (stage.label.clone(), plain(&stage.kind))).collect()
}

fn labels(plan: &Plan) -> Vec<&str> {
    plan.stages.iter().map(|stage| stage.label.as_str()).collect()
}

#[test]
fn the_presets_have_the_stages_of_the_samples() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines");
    for (file, preset) in [("suppliers.yaml", "suppliers"), ("duplicates.yaml", "duplicates")] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let sample = check(&text, Path::new(file), &[], &World::plain()).unwrap();
        let short = with_preset(&text, preset);
        let checked = check(&short, Path::new(file), &[], &World::plain()).unwrap_or_else(|report| {
            panic!("{}", report.render(false, 100));
        });
        assert_eq!(stages(&checked), stages(&sample), "{preset}");
    }
}

#[test]
fn the_registry_preset_is_that_of_the_sample() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines");
    let text = std::fs::read_to_string(folder.join("suppliers.yaml")).unwrap();
    let sample = check(&text, Path::new("suppliers.yaml"), &[], &World::plain()).unwrap();
    let (before, rest) = text.split_once("\nreference:\n").unwrap();
    let after = rest.split_once("\n# How much each level").unwrap().1;
    let registry = "parquet: { path: data/registry.parquet }\n  preset: sirene";
    let short = format!("{before}\nreference:\n  {registry}\n# {after}");
    let checked = check(&short, Path::new("suppliers.yaml"), &[], &World::plain()).unwrap();
    assert_eq!(checked.plan.reference, sample.plan.reference);
}

/// A list of names, addresses, postcodes and towns: no stage or scorer with an identifier is left, and rows of other
/// countries are still out of scope.
#[test]
fn parts_without_columns_are_left_out() {
    let text = "name: list\nsource:\n  csv: { path: list.csv }\n  fields: { name: Nom, address: Adresse 1, postcode: Postal, town: \
                Ville }\nreference:\n  parquet: { path: registry.parquet }\n  preset: sirene\npreset: suppliers\nsink: { \
                checkpoint: list.duckdb }\n";
    let checked = check_text(text, &[]).unwrap_or_else(|report| panic!("{}", report.render(false, 100)));
    assert!(checked.warnings.is_none());
    assert_eq!(
        labels(&checked.plan),
        ["CLEAN", "STRICT_LOCAL", "SAME_ADDRESS", "SCORE", "DECIDE", "BROAD", "SCORE_2", "DECIDE_2"]
    );
    for stage in &checked.plan.stages {
        if let StageKind::Score(score) = &stage.kind {
            let names: Vec<&str> = score.scorers.iter().map(|scorer| scorer.name.as_str()).collect();
            assert_eq!(names, ["company_name", "address", "postcode", "town"]);
        }
    }
    let scopes = checked.plan.stages.iter().filter_map(|stage| match &stage.kind {
        StageKind::Decide(decide) => Some(decide.out_of_scope.as_ref().map(|scope| scope.fields.clone())),
        _ => None,
    });
    assert_eq!(scopes.collect::<Vec<_>>(), [Some(vec!["place_country".to_owned()]), None]);
    // Names only.
    let text = text.replace(", address: Adresse 1, postcode: Postal, town: Ville", "");
    let checked = check_text(&text, &[]).unwrap_or_else(|report| panic!("{}", report.render(false, 100)));
    assert_eq!(labels(&checked.plan), ["CLEAN", "BROAD", "SCORE", "DECIDE"]);
    // Nothing to search by.
    let report = check_text(&text.replace("name: Nom", "country: Pays"), &[]).unwrap_err();
    let messages: Vec<&str> = report.messages().into_iter().map(|(_, _, message)| message).collect();
    assert_eq!(messages, ["the preset has no search for these fields"]);
}

#[test]
fn either_a_preset_or_stages_are_required() {
    let base = "name: list\nsource:\n  csv: { path: list.csv }\n  fields: { name: Nom }\nreference:\n  parquet: { path: \
                registry.parquet }\n  preset: sirene\nsink: { checkpoint: list.duckdb }\n";
    let problem = |text: &str| {
        let report = check_text(text, &[]).unwrap_err();
        report.messages().into_iter().map(|(_, _, message)| message.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(problem(base), ["`stages` is missing"]);
    let both = format!("{base}preset: suppliers\nstages:\n  - decide: {{ accept: 0.9 }}\n");
    assert!(problem(&both).contains(&"`preset` and `stages` exclude each other".to_owned()));
    let without = base.replace("  preset: sirene\n", "") + "preset: suppliers\n";
    assert_eq!(problem(&without), ["`id` is missing", "`fields` is missing"]);
    assert_eq!(problem(&format!("{base}preset: supplier\n")), ["`supplier` is not a preset of stages"]);
}

/// The sample's tests over a file with other columns: a run prints one warning per kind, `test` and `validate` refuse.
#[test]
fn problems_in_tests_do_not_prevent_a_run() {
    let case = |number: usize| {
        format!(
            "  - name: case {number}\n    suppliers: [{{ Raison: A, Ville: B }}]\n    registry: []\n    expect: [{{ outcome: \
             matched }}, {{ oops: 1 }}]\n"
        )
    };
    let tests: String = (0..19).map(case).collect();
    let text = format!(
        "name: list\nsource:\n  csv: {{ path: list.csv }}\n  fields: {{ name: Nom }}\nreference:\n  parquet: {{ path: \
         registry.parquet }}\n  preset: sirene\npreset: suppliers\nsink: {{ checkpoint: list.duckdb }}\ntests:\n{tests}"
    );
    let file = Path::new("list.yaml");
    let strict = check(&text, file, &[], &World::plain()).unwrap_err();
    let run = check_without_tests(&text, file, &[], &World::plain()).unwrap();
    let warnings = run.warnings.unwrap();
    assert_eq!(warnings.count(), strict.count());
    let rendered = warnings.render(false, 100);
    assert_eq!(rendered.matches("the pipeline reads no column `Raison`").count(), 1, "{rendered}");
    let expected = "the same in 18 other places: 16:19, 20:19, 24:19, 28:19, 32:19 and 13 more";
    assert!(rendered.contains(expected), "{rendered}");
    assert!(rendered.ends_with("38 warnings of 2 kinds in list.yaml\n"), "{rendered}");
    // Any other problem still stops it.
    assert!(
        check_without_tests(
            &text.replace("fields: { name: Nom }", "fields: { name: Nomm }"),
            file,
            &[],
            &World::plain()
        )
        .is_err()
    );
}

/// Fifty different mistakes: about twenty are shown, all are counted.
#[test]
fn a_report_shows_twenty_kinds() {
    let fields: Vec<String> = (0..50)
        .map(|number| {
            format!("{}: Column {number}", if number == 0 { "name".to_owned() } else { format!("f{number}") })
        })
        .collect();
    let text = format!(
        "name: list\nsource:\n  csv: {{ path: list.csv }}\n  fields: {{ {} }}\nreference:\n  parquet: {{ path: \
         registry.parquet }}\n  preset: sirene\npreset: suppliers\nsink: {{ checkpoint: list.duckdb }}\n",
        fields.join(", ")
    );
    let report = check_text(&text, &[]).unwrap_err();
    let rendered = report.render(false, 100);
    assert_eq!(rendered.matches("has no column").count(), 20);
    assert!(rendered.contains("... and 30 more of other kinds"), "{rendered}");
    assert!(rendered.ends_with("50 problems in pipeline.yaml\n"));
}
