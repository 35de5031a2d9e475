//! Whole runs with plug-ins that misbehave on some rows, and with plug-ins that explain their scores.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;
mod repetition;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use common::{Memory, inputs, plan, registry};
use matchflow_candidates::token_search;
use matchflow_flow::{RunInputs, run};
use matchflow_model::RowBatch;
use matchflow_model::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt32Array, UInt64Array};
use matchflow_model::arrow::compute::take_record_batch;
use matchflow_model::columns;
use matchflow_model::plan::{
    FieldPlan, FieldType, InputPair, Join, OnFailure, Schedule, ScorePlan, ScorerPlan, Search, StageKind, StagePlan,
};
use matchflow_model::row_error::RowError;
use matchflow_plugin_host::{Host, HostOptions, Plugin};
use matchflow_testkit::scorer_guest::{CONFIGURE, DESCRIBE, guest};
use proptest::prelude::*;
use serde_json::Value;

const ROWS: usize = 20;
/// The rows whose names contain a `z`.
const BAD: [&str; 2] = ["F5", "F11"];

/// Scores every pair 1, but runs `body` if a left name contains a `z`.
fn on_z(body: &str) -> String {
    scores_one("", body)
}

/// Runs `first`, then continues like [`on_z`]. Local 5 is the number of pairs, local 8 whether to explain them.
fn scores_one(first: &str, body: &str) -> String {
    format!(
        "(local $at i32) (local $end i32)
        {first}
        (local.set $at (i32.const 65536))
        (local.set $end (i32.add (local.get $at) (i32.mul (local.get 5) (i32.const 4))))
        (i32.store (i32.const 3076) (i32.const 65536)) (i32.store (i32.const 3080) (local.get 5))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
            (f32.store (local.get $at) (f32.const 1))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (br $next)))
        (local.set $at (i32.load offset=8 (local.get 0)))
        (local.set $end (i32.add (local.get $at) (i32.load offset=12 (local.get 0))))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
            (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 122)) (then {body}))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $next)))
        (i32.const 3072)"
    )
}

/// Rows with one candidate each, found by SIREN.
fn suppliers() -> Vec<RowBatch> {
    vec![suppliers_named(|row| if BAD.contains(&format!("F{row}").as_str()) { "zone" } else { "freres" })]
}

/// The same, with a distinct word in their names.
fn suppliers_named(word: impl Fn(usize) -> &'static str) -> RowBatch {
    let text = |of: &dyn Fn(usize) -> String| Arc::new((0..ROWS).map(|row| Some(of(row))).collect::<StringArray>());
    let numbers = || Arc::new(UInt64Array::from_iter_values(0..ROWS as u64)) as ArrayRef;
    let rows = RecordBatch::try_from_iter_with_nullable([
        (columns::KEY, text(&|row| format!("F{row}")) as ArrayRef, false),
        (columns::ROW, numbers(), false),
        (columns::DIGEST, numbers(), false),
        ("siren", text(&|row| common::entry(row).1), true),
        ("name", text(&|row| format!("maison {row} {}", word(row))), true),
    ]);
    RowBatch { rows: rows.unwrap(), rejects: Vec::new() }
}

fn scorer(name: &str, on_failure: OnFailure) -> ScorerPlan {
    ScorerPlan {
        name: name.to_owned(),
        plugin: PathBuf::from("unused"),
        digest: String::new(),
        inputs: vec![InputPair { left: "name".to_owned(), right: "name".to_owned() }],
        weight: 1.0,
        parameters: "{}".to_owned(),
        // Innocent rows must also finish on a busy machine.
        timeout_ms: 500,
        memory_bytes_max: 8 << 20,
        output_bytes_max: 1 << 20,
        on_failure,
    }
}

/// A run that scores with these plug-ins.
fn scored(scorers: Vec<ScorerPlan>, plugins: Vec<Plugin>, chunk_rows: usize, store: &Memory) -> RunInputs {
    let mut plan = plan(2, 4);
    plan.execution.chunk_rows = chunk_rows;
    plan.stages.insert(
        1,
        StagePlan {
            label: "SCORE".to_owned(),
            kind: StageKind::Score(ScorePlan { scorers, model: None, of_pairs: false }),
        },
    );
    let field = |name: &str| FieldPlan {
        name: name.to_owned(),
        columns: vec![name.to_owned()],
        join: Join::Space,
        data_type: FieldType::Text,
    };
    plan.source.fields.push(field("name"));
    let mut inputs = inputs(plan, suppliers(), registry(50), store);
    inputs.plugins[1] = plugins;
    inputs
}

fn load(host: &Host, score: &str) -> Plugin {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.wasm");
    std::fs::write(&path, guest(DESCRIBE, CONFIGURE, score)).unwrap();
    Plugin::load(host, &path).unwrap()
}

fn dist(host: &Host, name: &str) -> Plugin {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/dist");
    Plugin::load(host, folder.join(name).with_extension("wasm")).unwrap()
}

fn host() -> Host {
    Host::new(HostOptions::default()).unwrap()
}

/// What a guest does to a batch, the row's error, and whether a retry may help.
fn misdeeds() -> Vec<(&'static str, &'static str, bool)> {
    vec![
        ("(unreachable)", "crashed: wasm trap: wasm `unreachable`", false),
        ("(loop $again (br $again))", "did not finish within 500 ms", true),
        ("(drop (call $deep (i32.const 0)))", "crashed: wasm trap: call stack exhausted", false),
        (
            "(if (i32.eq (memory.grow (i32.const 4096)) (i32.const -1)) (then (unreachable)))",
            "needs more than the 8388608 bytes of memory",
            false,
        ),
        ("(i32.store (i32.const 3080) (i32.const 0))", "returned 0 scores for 1 pair", false),
        ("(i32.store (i32.const 65536) (i32.const 0x7fc00000))", "returned NaN as the score of pair 0", false),
        ("(f32.store (i32.const 65536) (f32.const 1.5))", "returned 1.5 as the score of pair 0", false),
        ("(f32.store (i32.const 65536) (f32.const -0.5))", "returned -0.5 as the score of pair 0", false),
        ("(i32.store (i32.const 3080) (i32.const 300000))", "returned more than the 1048576 bytes", false),
        ("(i32.store (i32.const 3080) (i32.const 0x3fffffff))", "returned an unreadable value", false),
        (
            "(i32.store8 (i32.const 3072) (i32.const 1)) (i32.store (i32.const 3076) (i32.const 16))
             (i32.store (i32.const 3080) (i32.const 7))",
            "rejects its batch: hostile",
            false,
        ),
    ]
}

/// Why a scorer's evidence has no score or no explanation.
fn failure(evidence: &Value) -> String {
    let error = evidence.get("failed").map(|error| RowError::from_json(&error.to_string()));
    assert!(!matches!(error, Some(RowError::Text { .. })), "a sentence is stored: {evidence}");
    error.map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn a_misbehaving_plugin_fails_only_the_rows_at_fault() {
    let host = host();
    for (body, says, retryable) in misdeeds() {
        let plugin = load(&host, &on_z(body));
        for chunk_rows in [1, 16] {
            let store = Memory::default();
            let bad = vec![scorer("bad", OnFailure::FailRows)];
            let summary = run(scored(bad, vec![plugin.clone()], chunk_rows, &store)).unwrap();
            assert_eq!((summary.counts.failed, summary.counts.matched), (2, ROWS as u64 - 2), "{says}");
            let errors = store.errors();
            for (key, outcome) in store.texts("outcome") {
                let error = &errors[&key];
                if BAD.contains(&key.as_str()) {
                    assert_eq!(outcome, "failed", "{key}: {says}");
                    let named = error.contains("scorer `bad`") && error.contains("`hostile`") && error.contains(says);
                    assert!(named, "{key}: {error}");
                } else {
                    assert_eq!((outcome.as_str(), error.as_str()), ("matched", ""), "{key}: {says}");
                }
            }
            assert_eq!(store.retryable(), if retryable { 2 } else { 0 }, "{says}");
        }
    }
}

#[test]
fn rows_are_scored_without_a_skipped_plugin() {
    let host = host();
    for chunk_rows in [1, 16] {
        let store = Memory::default();
        let scorers = vec![scorer("bad", OnFailure::SkipPlugin), scorer("name", OnFailure::FailRows)];
        let plugins = vec![load(&host, &on_z("(unreachable)")), dist(&host, "exact")];
        let summary = run(scored(scorers, plugins, chunk_rows, &store)).unwrap();
        assert_eq!((summary.counts.failed, summary.counts.matched), (0, ROWS as u64 - 2));
        let without: Vec<_> = summary.scored_without.into_iter().collect();
        assert_eq!(without, [(("SCORE".to_owned(), "bad".to_owned()), 2)]);
        let scores = store.texts("evidence");
        for (key, evidence) in scores {
            let evidence: Value = serde_json::from_str(&evidence).unwrap();
            let failed = failure(&evidence["bad"]);
            let is_bad = BAD.contains(&key.as_str());
            assert_eq!(evidence["bad"]["score"].is_null(), is_bad, "{key}: {evidence}");
            assert_eq!(failed.contains("`hostile`") && failed.contains("unreachable"), is_bad, "{key}: {evidence}");
            assert_eq!(evidence["name"]["score"], if is_bad { 0.0 } else { 1.0 }, "{key}: {evidence}");
        }
    }
}

#[test]
fn a_plugin_can_end_the_run_and_finished_rows_are_kept() {
    let host = host();
    let store = Memory::default();
    let stop = vec![scorer("bad", OnFailure::Stop)];
    let mut inputs = scored(stop, vec![load(&host, &on_z("(unreachable)"))], 1, &store);
    // One row in flight: those before the first bad one are finished when it is reached.
    let plan = Arc::make_mut(&mut inputs.plan);
    (plan.execution.in_flight_rows, plan.execution.workers) = (1, 1);
    let failed = run(inputs).unwrap_err();
    let message = failed.to_string();
    for said in ["stage SCORE", "scorer `bad`", "row `F5`", "`on_failure` is `stop`", "unreachable"] {
        assert!(message.contains(said), "{said}: {message}");
    }
    assert_eq!(store.results().into_keys().collect::<Vec<_>>(), ["F0", "F1", "F2", "F3", "F4"]);
    assert_eq!(failed.summary.counts.committed(), 5);
}

#[test]
fn evidence_explains_the_best_and_the_alternatives() {
    let host = host();
    let store = Memory::default();
    let plugin = dist(&host, "company-name");
    let digest = plugin.digest().to_owned();
    let scorers = vec![ScorerPlan { weight: 0.5, timeout_ms: 5_000, ..scorer("name", OnFailure::FailRows) }];
    let mut inputs = scored(scorers, vec![plugin], 16, &store);
    // Every row has many candidates by name.
    let plan = Arc::make_mut(&mut inputs.plan);
    let StageKind::Candidates(candidates) = &mut plan.stages[0].kind else { panic!("candidates come first") };
    candidates.search = broad();
    run(inputs).unwrap();
    let evidence: Value = serde_json::from_str(&store.texts("evidence")["F3"]).unwrap();
    let said = &evidence["name"];
    assert_eq!(
        (&said["score"], &said["weight"], &said["plugin"]),
        (&1.0.into(), &0.5.into(), &digest.into()),
        "{said}"
    );
    assert_eq!(said["explanation"]["name"]["right"], "maison 3 freres", "{said}");
    let alternatives: Value = serde_json::from_str(&store.texts("alternatives")["F3"]).unwrap();
    let alternatives = alternatives.as_array().unwrap();
    assert_eq!(alternatives.len(), 5, "every entry is a `maison ... freres`");
    for other in alternatives {
        let said = &other["evidence"]["name"];
        assert!(said["score"].as_f64().unwrap() < 1.0 && said["explanation"]["name"]["left"].is_string(), "{other}");
        assert!(said["weight"].is_null() && said["plugin"].is_null(), "{other}");
    }
}

#[test]
fn values_replace_missing_explanations_and_failed_ones_are_reported() {
    let host = host();
    // The message of each row; time is not spent twice, and rows that were not scored because of that report it.
    let (slow, not_asked) = ("did not finish within 500 ms", "it was not asked to explain its score");
    let cases = [
        ("", vec![]),
        ("(unreachable)", vec!["it could not explain its score: plug-in `hostile`"]),
        ("(loop $again (br $again))", vec![slow, not_asked]),
    ];
    for (body, told) in cases {
        let store = Memory::default();
        let score = scores_one(&format!("(if (local.get 8) (then {body}))"), "");
        run(scored(vec![scorer("quiet", OnFailure::Stop)], vec![load(&host, &score)], 1, &store)).unwrap();
        let mut slow_rows = 0;
        for evidence in store.texts("evidence").values() {
            let evidence: Value = serde_json::from_str(evidence).unwrap();
            let said = &evidence["quiet"];
            assert_eq!((&said["score"], &said["explanation"]), (&1.0.into(), &Value::Null), "{said}");
            let failed = failure(said);
            let is_told = told.iter().any(|told| failed.contains(told));
            assert!(is_told || told.is_empty() && failed.is_empty(), "{said}");
            slow_rows += usize::from(failed.contains(slow));
        }
        assert_eq!(slow_rows, usize::from(told.contains(&slow)), "the first of the thread's");
        let evidence: Value = serde_json::from_str(&store.texts("evidence")["F5"]).unwrap();
        let values = serde_json::json!(["maison 5 zone", "maison 5 freres"]);
        assert_eq!(evidence["quiet"]["compared"]["name"], values, "{evidence}");
    }
}

/// Runs a plug-in on 20 rows, half of which are slow, followed by one that crashes it.
#[test]
fn rows_next_to_a_crashing_one_do_not_fail_even_after_slow_ones() {
    let host = host();
    let on_y = "(if (i32.eq (i32.load8_u (local.get $at)) (i32.const 121)) (then (unreachable)";
    let plugin = load(&host, &on_z(&format!("(loop $again (br $again)))) {on_y}")));
    let store = Memory::default();
    let mut inputs = scored(vec![scorer("bad", OnFailure::FailRows)], vec![plugin], ROWS, &store);
    Arc::make_mut(&mut inputs.plan).execution.workers = 1;
    let names = |row: usize| match row {
        0..10 => "zone",
        15 => "yard",
        _ => "freres",
    };
    let mut rows = Some(suppliers_named(names));
    inputs.rows = Box::new(move || Ok(rows.take()));
    run(inputs).unwrap();
    let (outcomes, errors) = (store.texts("outcome"), store.errors());
    for row in 0..ROWS {
        let (key, said) = (format!("F{row}"), ["did not finish", "unreachable"][usize::from(row >= 10)]);
        let expected = if row < 10 || row == 15 { "failed" } else { "matched" };
        assert_eq!(outcomes[&key], expected, "{key}: {}", errors[&key]);
        assert!(expected == "matched" || errors[&key].contains(said), "{key}: {}", errors[&key]);
    }
}

fn broad() -> Search {
    let name = InputPair { left: "name".to_owned(), right: "name".to_owned() };
    token_search(name, Vec::new(), 20, 1)
}

/// Every row has many candidates, scored by their names; the rows are in an order made from a seed.
fn by_name(plugin: &Plugin, seed: u64, batch_rows: usize, store: &Memory) -> RunInputs {
    let scorers = vec![ScorerPlan { timeout_ms: 5_000, ..scorer("name", OnFailure::FailRows) }];
    let mut inputs = scored(scorers, vec![plugin.clone()], 16, store);
    let StageKind::Candidates(candidates) = &mut Arc::make_mut(&mut inputs.plan).stages[0].kind else {
        panic!("candidates come first")
    };
    candidates.search = broad();
    let mut order: Vec<u32> = (0..ROWS as u32).collect();
    let mut state = seed | 1;
    for place in (1..order.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(place, (state >> 33) as usize % (place + 1));
    }
    let rows = take_record_batch(&suppliers().remove(0).rows, &UInt32Array::from(order)).unwrap();
    let starts: Vec<usize> = (0..ROWS).step_by(batch_rows).collect();
    let batch = |start: usize| rows.slice(start, batch_rows.min(ROWS - start));
    inputs.rows =
        common::reader(starts.into_iter().map(|at| RowBatch { rows: batch(at), rejects: Vec::new() }).collect());
    inputs
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_and_no_schedule_changes_a_score_or_its_evidence(
        seed: u64, workers in 1..5usize, threads in 1..4usize, chunk in 1..30usize, in_flight in 1..40usize,
        chunked: bool, batch_size in 1..30usize, batch_rows in 1..30usize,
    ) {
        static PLUGIN: OnceLock<Plugin> = OnceLock::new();
        let plugin = PLUGIN.get_or_init(|| dist(&host(), "company-name"));
        let results = |inputs: RunInputs, store: &Memory| {
            run(inputs).unwrap();
            (store.results(), store.texts("evidence"), store.texts("reason"))
        };
        let (expected, store) = (Memory::default(), Memory::default());
        let expected = results(by_name(plugin, 0, ROWS, &expected), &expected);
        let mut inputs = by_name(plugin, seed, batch_rows, &store);
        let plan = Arc::make_mut(&mut inputs.plan);
        let execution = &mut plan.execution;
        (execution.workers, execution.scoring_threads) = (workers, threads);
        (execution.chunk_rows, execution.in_flight_rows) = (chunk, in_flight);
        execution.schedule = if chunked { Schedule::Chunked } else { Schedule::Unordered };
        plan.sink.batch_size = batch_size;
        prop_assert_eq!(results(inputs, &store), expected);
    }
}
