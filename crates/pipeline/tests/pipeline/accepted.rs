//! Good files and what becomes of them.

use std::path::Path;

use matchflow_model::outcome::Outcome;
use matchflow_model::plan::{FieldType, Join, StageKind};
use matchflow_pipeline::{RenderFormat, check, render};

use crate::world::{SMALL, World, check_text, samples};

#[test]
fn the_samples_pass() {
    let samples = samples();
    assert!(!samples.is_empty());
    for path in samples {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = Path::new(path.file_name().unwrap());
        if let Err(report) = check(&text, name, &[], &World::plain()) {
            panic!("{}", report.render(false, 100));
        }
    }
}

#[test]
fn defaults_are_filled_in() {
    let plan = check_text(SMALL, &[]).unwrap().plan;
    assert_eq!((plan.sink.batch_size, plan.sink.fallback.as_ref()), (100, None));
    assert_eq!((plan.execution.workers, plan.execution.scoring_threads), (2, 2));
    assert_eq!((plan.execution.chunk_rows, plan.execution.in_flight_rows), (64, 4096));
    let labels: Vec<&str> = plan.stages.iter().map(|stage| stage.label.as_str()).collect();
    assert_eq!(labels, ["CLEAN", "DIRECT_ID", "BROAD", "SCORE", "DECIDE"]);
    assert_eq!(plan.source.fields[3].data_type, FieldType::Date);
    assert_eq!(plan.reference.fields[0].join, Join::Alternatives);
    assert!(!plan.reference.status.as_ref().unwrap().keep_closed);
    let StageKind::Score(score) = &plan.stages[3].kind else { panic!() };
    assert_eq!((score.scorers[0].timeout_ms, score.scorers[0].memory_bytes_max), (5_000, 64 << 20));
    assert_eq!((score.scorers[1].timeout_ms, score.scorers[1].memory_bytes_max), (500, 1 << 20));
    assert_eq!(score.scorers[0].parameters, "{}");
}

#[test]
fn a_cascade_of_decisions_passes_rows_on_but_for_the_last() {
    let chain = "[{candidates: {exact: {siret: _id}}}, {decide: {accept: 1}}, {clean: {cp: {from: [postcode], as: \
        postcode}}}, {candidates: {local: {block: postcode, name: name}}}, {candidates: {broad: {name: name}}}, \
        {score: {n: {plugin: a.wasm, compare: name}}}, {decide: {accept: 0.9}}]";
    let set = format!("stages={chain}");
    let plan =
        check_text(SMALL, &[&set, "tests=null"]).unwrap_or_else(|report| panic!("{}", report.render(false, 90))).plan;
    let decides = plan.stages.iter().filter_map(|stage| match &stage.kind {
        StageKind::Decide(decide) => Some((stage.label.as_str(), decide.pass_on, decide.review)),
        _ => None,
    });
    assert_eq!(decides.collect::<Vec<_>>(), [("DECIDE", true, 1.0), ("DECIDE_2", false, 0.9)]);
}

#[test]
fn the_rows_of_a_test_have_every_column_and_open_entries() {
    let checked = check_text(SMALL, &[]).unwrap();
    let test = &checked.tests[0];
    assert_eq!(test.suppliers.columns, ["Auxiliaire", "Nom", "Postal", "Code SIRET", "Date dern. Mouvt"]);
    let cells: Vec<Option<&str>> = test.suppliers.rows[0].iter().map(Option::as_deref).collect();
    assert_eq!(cells, [Some("F1"), Some("DUPONT"), None, Some("73282932000074"), None]);
    let entry = test.registry.columns.iter().zip(&test.registry.rows[0]);
    let said: Vec<(&str, &str)> =
        entry.filter_map(|(column, cell)| Some((column.as_str(), cell.as_deref()?))).collect();
    assert_eq!(
        said,
        [
            ("etatAdministratifEtablissement", "A"),
            ("statutDiffusionEtablissement", "O"),
            ("siret", "73282932000074"),
            ("siren", "732829320"),
            ("denominationUniteLegale", "DUPONT"),
        ]
    );
    assert_eq!(test.expect[0].outcome, Some(Outcome::Matched));
    let inline = test.plan(&checked.plan);
    assert!(inline.outputs.is_empty());
    assert_eq!(inline.stages, checked.plan.stages);
}

#[test]
fn a_plan_is_shown_in_three_forms() {
    let checked = check_text(SMALL, &[]).unwrap();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pipeline");
    for (format, file) in [(RenderFormat::Text, "small.plan.txt"), (RenderFormat::Mermaid, "small.plan.mmd")] {
        let shown: String = render(&checked, format).lines().map(|line| format!("{}\n", line.trim_end())).collect();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(golden.join(file), &shown).unwrap();
        }
        assert_eq!(shown, std::fs::read_to_string(golden.join(file)).unwrap_or_default(), "UPDATE_GOLDEN=1 accepts it");
    }
    let json: serde_json::Value = serde_json::from_str(&render(&checked, RenderFormat::Json)).unwrap();
    assert_eq!(json["plan"]["name"], "small");
    assert_eq!(json["plugins"][1]["name"], "exact");
}
