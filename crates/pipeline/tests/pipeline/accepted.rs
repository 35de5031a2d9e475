//! Valid files and their plans.

use std::path::Path;

use matchflow_model::language::Language;
use matchflow_model::outcome::Outcome;
use matchflow_model::plan::{FieldType, Join, OnFailure, StageKind};
use matchflow_pipeline::{RenderFormat, check, render};

use crate::world::{SMALL, World, check_text, samples};

#[test]
fn the_samples_pass() {
    let samples = samples();
    assert!(!samples.is_empty());
    for path in samples {
        let text = std::fs::read_to_string(&path).unwrap();
        // Tables with other columns than in this world; `tests/cli/pipeline_files.rs` checks every file against its
        // own.
        if ["febrl4", "fake1000", "companies-house", "gleif"].iter().any(|other| text.contains(other)) {
            continue;
        }
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
    assert_eq!(labels, ["CLEAN", "DIRECT_ID", "TOKEN", "SCORE", "DECIDE"]);
    assert_eq!(plan.source.fields[3].data_type, FieldType::Date);
    assert_eq!(plan.reference.fields[0].join, Join::Alternatives);
    assert!(!plan.reference.status.as_ref().unwrap().include_closed);
    let StageKind::Score(score) = &plan.stages[3].kind else { panic!() };
    assert_eq!((score.scorers[0].timeout_ms, score.scorers[0].memory_bytes_max), (5_000, 64 << 20));
    assert_eq!((score.scorers[1].timeout_ms, score.scorers[1].memory_bytes_max), (500, 1 << 20));
    assert_eq!(score.scorers[0].parameters, "{}");
    let limits = |index: usize| (score.scorers[index].output_bytes_max, score.scorers[index].on_failure);
    assert_eq!((limits(0), limits(1)), ((16 << 20, OnFailure::FailRows), (8 << 20, OnFailure::SkipPlugin)));
}

#[test]
fn fields_cleaned_for_another_kind_only_give_a_warning() {
    let warned = |set: &[&str]| {
        let checked = check_text(SMALL, set).unwrap();
        let warnings = checked.warnings;
        warnings.iter().flat_map(|report| report.messages()).map(|(line, _, said)| (line, said.to_owned())).collect()
    };
    let none: Vec<(usize, String)> = warned(&[]);
    assert_eq!(none, []);
    let line = SMALL.lines().position(|line| line.contains("company-name.wasm")).unwrap() + 1;
    let said = |side: &str, how: &str| {
        vec![(line, format!("the {side}field `name` is {how}; company-name expects `company_name`"))]
    };
    assert_eq!(warned(&["stages.CLEAN.name=null"]), said("", "not cleaned"));
    assert_eq!(warned(&["stages.CLEAN.name=text"]), said("", "cleaned as `text`"));
    // Cleaned under a name that only the supplier's side has.
    let moved = "stages.CLEAN={siren: {from: siret, as: siren}, clean: {from: moved_name, as: company_name}}";
    let renamed = [moved, "source.fields.moved_name=Nom", "stages.SCORE.name.compare={clean: name}"];
    assert_eq!(warned(&renamed), vec![(0, said("registry ", "not cleaned").remove(0).1)]);
}

#[test]
fn only_the_last_of_several_decisions_passes_no_rows_on() {
    let chain = "[{candidates: {exact: {siret: _id}}}, {decide: {accept: 1}}, {clean: {cp: {from: [postcode], as: \
        postcode}}}, {candidates: {blocked: {block: postcode, name: name}}}, {candidates: {token: {name: name}}}, \
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

#[test]
fn an_arbiter_takes_the_rows_that_the_last_decision_leaves_for_review() {
    let text = include_str!("asked.yaml");
    let checked = check_text(text, &[]).unwrap_or_else(|report| panic!("{}", report.render(false, 100)));
    let stages: Vec<&StageKind> = checked.plan.stages.iter().map(|stage| &stage.kind).collect();
    let [_, StageKind::Decide(decide), StageKind::Arbitrate(first), StageKind::Arbitrate(second)] = stages[..] else {
        panic!("{stages:?}")
    };
    assert_eq!((decide.ask, decide.pass_on), (true, false));
    assert_eq!((first.pass_on, second.pass_on), (true, false));
    assert_eq!((first.decide.ask, first.decide.margin), (false, 0.1));
    assert_eq!(
        (&first.row_fields[..], &first.entry_fields[..]),
        (&["name".into(), "postcode".into()][..], &["name".into()][..])
    );
    assert_eq!((first.candidates_max, first.rows_together, first.cost_max), (10, 1, Some(2.5)));
    let host = |at: usize| &first.remote.hosts[at];
    assert_eq!((host(0).name.as_str(), host(0).private, host(0).in_flight_max), ("api.example", false, 8));
    assert_eq!(host(0).rate.map(|rate| (rate.requests, rate.period_ms)), Some((500, 60_000)));
    assert_eq!((host(1).name.as_str(), host(1).port, host(1).private), ("localhost", Some(11434), true));
    assert!(second.remote.hosts[0].private && second.remote.hosts[0].secrets.is_empty());
    assert_eq!((second.remote.timeout_ms, second.remote.deadline_ms, second.remote.tries_max), (60_000, 180_000, 5));
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pipeline/asked.plan.txt");
    let shown: String =
        render(&checked, RenderFormat::Text).lines().map(|line| format!("{}\n", line.trim_end())).collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &shown).unwrap();
    }
    assert_eq!(shown, std::fs::read_to_string(golden).unwrap_or_default(), "UPDATE_GOLDEN=1 accepts it");
}

#[test]
fn a_match_model_is_limited_to_the_scorers_of_a_stage() {
    let model = |set: &[&str]| {
        let checked = check_text(SMALL, set).unwrap();
        let score = checked.plan.stages.into_iter().find_map(|stage| match stage.kind {
            StageKind::Score(score) => Some(score),
            _ => None,
        });
        let warned = checked.warnings.iter().flat_map(|report| report.messages()).count();
        (score.unwrap().model, warned)
    };
    assert_eq!(model(&[]), (None, 0));
    let (own, warned) = model(&["model={path: own.model.yaml}"]);
    // Its one comparison is of one of the stage's two scorers.
    assert_eq!((own.unwrap().comparisons.len(), warned), (1, 1));
    let (built_in, _) = model(&["model=suppliers"]);
    let built_in = built_in.unwrap();
    assert_eq!(built_in.prior, 0.8);
    for comparison in &built_in.comparisons {
        let last = comparison.levels.last().unwrap();
        assert!(last.conditions.is_empty(), "{}: the last level takes what is left", comparison.name);
    }
}

#[test]
fn rows_can_be_out_of_scope_by_the_value_of_a_field() {
    let set = "stages.DECIDE.out_of_scope={label: ELSEWHERE, field: [postcode, siret], except: ['69003']}";
    let checked = check_text(SMALL, &[set]).unwrap();
    let StageKind::Decide(decide) = &checked.plan.stages.last().unwrap().kind else { panic!() };
    let scope = decide.out_of_scope.as_ref().unwrap();
    assert_eq!(
        (scope.label.as_str(), &scope.fields[..], &scope.except[..]),
        ("ELSEWHERE", &["postcode".to_owned(), "siret".to_owned()][..], &["69003".to_owned()][..],)
    );
    assert!(render(&checked, RenderFormat::Text).contains("ELSEWHERE unless postcode or else siret is 69003"));
    for (set, says) in [
        ("stages.DECIDE.out_of_scope={label: 2ND, field: postcode, except: x}", "cannot be a label"),
        ("stages.DECIDE.out_of_scope={label: ELSEWHERE, field: nobody, except: x}", "nobody"),
        ("stages.DECIDE.out_of_scope={label: ELSEWHERE, field: postcode}", "except"),
    ] {
        let report = check_text(SMALL, &[set]).err().unwrap().render(false, 100);
        assert!(report.contains(says), "{report}");
    }
}

#[test]
fn the_language_of_results_defaults_to_the_locale() {
    let language = |set: &[&str], variables: &[(&str, &str)]| {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let set: Vec<String> = set.iter().map(|set| (*set).to_owned()).collect();
        check(SMALL, Path::new("small.yaml"), &set, &World { variables }).unwrap().plan.language
    };
    assert_eq!(language(&[], &[]), Language::English);
    assert_eq!(language(&[], &[("LANG", "fr_FR.UTF-8")]), Language::French);
    assert_eq!(language(&["language=en"], &[("LANG", "fr_FR.UTF-8")]), Language::English);
    assert_eq!(language(&["language=fr"], &[]), Language::French);
}

#[test]
fn merge_keys_add_missing_keys() {
    let merged = "
name: x
source: { csv: { path: suppliers.csv }, fields: { name: Nom } }
reference: { csv: { path: registry.csv }, id: siret, fields: { name: denominationUniteLegale } }
stages:
  - candidates: { exact: { name: name } }
  - score: { name: { plugin: exact.wasm, compare: name } }
  - decide: &sure { accept: 0.95, review: 0.5 }
  - candidates: { token: { name: name } }
  - score: { name: { <<: &quick { timeout: 1s }, plugin: exact.wasm, compare: name } }
  - decide: { <<: [*sure, { accept: 0.7, margin: 0.2 }], review: 0.1 }
sink: { checkpoint: run.duckdb }
";
    let plan = check_text(merged, &[]).unwrap().plan;
    let Some(StageKind::Decide(decide)) = plan.stages.last().map(|stage| &stage.kind) else { panic!() };
    assert_eq!((decide.accept, decide.review, decide.margin), (0.95, 0.1, 0.2));
    let StageKind::Score(score) = &plan.stages[4].kind else { panic!() };
    assert_eq!(score.scorers[0].timeout_ms, 1_000);
}

#[test]
fn foreign_blanks_and_invalid_merges_are_reported() {
    let problem = |text: &str| match check_text(text, &[]) {
        Ok(_) => panic!("{text} is accepted"),
        Err(report) => report.render(false, 100),
    };
    let below = problem("name: x\nsource:\n  fields:\n    name:\u{a0}Nom\n    town: Ville\n");
    assert!(below.contains("U+00A0 (a no-break space) is not a space in YAML") && below.contains(":4:"), "{below}");
    let key = problem("name: x\n\u{202f}language: en\n");
    assert!(key.contains("U+202F") && key.contains(":2:"), "{key}");
    assert_eq!(below.matches("U+00A0").count(), 1, "{below}");
    let merge = problem("name: x\nexecution: { <<: fast }\n");
    assert!(merge.contains("`<<` must be followed by a map"), "{merge}");
}
