//! `--set` and `${VAR}`.

use std::path::Path;

use matchflow_model::plan::StageKind;
use matchflow_pipeline::{CheckedPipeline, check};

use crate::world::{SMALL, World, check_text};

fn accepted(overrides: &[&str]) -> CheckedPipeline {
    check_text(SMALL, overrides).unwrap_or_else(|report| panic!("{}", report.render(false, 100)))
}

#[test]
fn an_index_and_a_label_reach_the_same_stage() {
    for path in ["stages.2.candidates.token.top", "stages.TOKEN.top", "stages.TOKEN.token.top"] {
        let checked = accepted(&[&format!("{path}=7")]);
        let StageKind::Candidates(plan) = &checked.plan.stages[2].kind else { panic!("{path}") };
        let top = plan.search.number("top").unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(top, 7, "{path}");
    }
    let checked = accepted(&["stages.TOKEN.keep=9", "stages.DECIDE.accept=0.9", "stages.SCORE.name.weight=2"]);
    let StageKind::Candidates(plan) = &checked.plan.stages[2].kind else { panic!() };
    let StageKind::Score(score) = &checked.plan.stages[3].kind else { panic!() };
    let StageKind::Decide(decide) = &checked.plan.stages[4].kind else { panic!() };
    assert_eq!((plan.candidates_max, score.scorers[0].weight, decide.accept), (9, 2.0, 0.9));
}

#[test]
fn keys_are_created_and_removed() {
    let checked = accepted(&["execution.limit=1000", "sink.fallback=null", "source.id=[Code tiers, index]"]);
    assert_eq!(checked.plan.execution.limit_rows, Some(1000));
    assert_eq!(checked.plan.sink.fallback, None);
    assert_eq!(checked.plan.source.id.len(), 2);
    let checked = accepted(&["source.xlsx=null", "source.csv.path=other.csv", "source.csv.delimiter=;"]);
    let table = &checked.plan.source.table;
    assert_eq!((table.format.as_str(), table.main_file()), ("csv", Some(Path::new("other.csv"))));
    assert_eq!(table.options["delimiter"], ";");
}

#[test]
fn a_path_from_the_command_line_is_relative_to_the_current_folder() {
    let checked =
        check(SMALL, Path::new("far/away/pipeline.yaml"), &["sink.checkpoint=here.duckdb".into()], &World::plain())
            .unwrap();
    assert_eq!(checked.plan.sink.checkpoint, Path::new("here.duckdb"));
    assert_eq!(checked.plan.source.table.main_file(), Some(Path::new("far/away/suppliers.xlsx")));
}

#[test]
fn variables_are_only_substituted_in_scalars() {
    let variables = [("LIMIT", "12"), ("SHEET", "Fournisseurs"), ("EVIL", "x, sheet: {a: b}\nsink: null")];
    let world = World { variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into() };
    let overrides = ["execution.limit=${LIMIT}", "source.xlsx.sheet=${SHEET}", "name=$${x} ${EVIL} ${NONE:-y}"];
    let checked = check(SMALL, Path::new("p.yaml"), &overrides.map(str::to_owned), &world).unwrap();
    assert_eq!(checked.plan.execution.limit_rows, Some(12));
    assert_eq!(checked.plan.name, "${x} x, sheet: {a: b}\nsink: null y");
}

#[test]
fn values_of_variables_are_not_shown() {
    let world = World { variables: vec![("PASSWORD".into(), "hunter2-missing".into())] };
    for path in [
        "source.xlsx.path",
        "source.xlsx.sheet",
        "source.fields.name",
        "stages.DIRECT_ID.when",
        "execution.limit",
        "reference.id",
        "stages.SCORE.name.plugin",
        "stages.SCORE.name.compare",
        "stages.TOKEN.name",
        "source.csv.delimiter",
    ] {
        for value in ["${PASSWORD}", "prefix ${PASSWORD}"] {
            let report = check(SMALL, Path::new("p.yaml"), &[format!("{path}={value}")], &world).unwrap_err();
            let shown = report.render(false, 100);
            assert!(!shown.contains("hunter2"), "{path}: {shown}");
        }
    }
}
