//! Plug-ins that are slow on many rows, and ones whose scores cannot be repeated.

use std::sync::Arc;

use matchflow_flow::run;
use matchflow_model::plan::{OnFailure, ScorerPlan};
use matchflow_plugin_host::{Host, Plugin};
use matchflow_testkit::scorer_guest::{CONFIGURE, DESCRIBE, guest_with};

use crate::common::Memory;
use crate::{ROWS, host, load, on_z, scored, scorer, suppliers_named};

/// Slow rows, consecutive or far apart, and one that crashes; all others are matched.
#[test]
fn many_slow_rows_do_not_fail_their_neighbours() {
    let host = host();
    let on_y = "(if (i32.eq (i32.load8_u (local.get $at)) (i32.const 121)) (then (unreachable)";
    let plugin = load(&host, &on_z(&format!("(loop $again (br $again)))) {on_y}")));
    let slow: [&[usize]; 3] = [&[0], &[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17], &[0, 7, 19]];
    for slow in slow {
        let store = Memory::default();
        let scorers = vec![ScorerPlan { timeout_ms: 200, ..scorer("bad", OnFailure::FailRows) }];
        let mut inputs = scored(scorers, vec![plugin.clone()], ROWS, &store);
        Arc::make_mut(&mut inputs.plan).execution.workers = 1;
        let word = |row: usize| match row {
            18 => "yard",
            row if slow.contains(&row) => "zone",
            _ => "freres",
        };
        let mut rows = Some(suppliers_named(word));
        inputs.rows = Box::new(move || Ok(rows.take()));
        run(inputs).unwrap();
        let (outcomes, errors) = (store.texts("outcome"), store.errors());
        for row in 0..ROWS {
            let key = format!("F{row}");
            let expected = if slow.contains(&row) || row == 18 { "failed" } else { "matched" };
            assert_eq!(outcomes[&key], expected, "{key} with {slow:?}: {}", errors[&key]);
        }
        assert_eq!(store.retryable(), slow.len());
    }
}

/// A scorer that gives the first pair of each call `first_score`, and the others 0. `$calls` counts its calls.
fn load_with_state(host: &Host, first_score: &str) -> Plugin {
    let score = format!(
        "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
         (f32.store (i32.const 65536) {first_score})
         (i32.store (i32.const 3076) (i32.const 65536)) (i32.store (i32.const 3080) (local.get 5))
         (i32.const 3072)"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stateful.wasm");
    let global = "(global $calls (mut i32) (i32.const 0))";
    std::fs::write(&path, guest_with(global, DESCRIBE, CONFIGURE, &score)).unwrap();
    Plugin::load(host, &path).unwrap()
}

#[test]
fn a_plugin_that_keeps_state_or_depends_on_its_batch_ends_the_run() {
    let host = host();
    let cases = [
        // Each call gives less than the one before.
        ("(f32.div (f32.const 1) (f32.convert_i32_u (global.get $calls)))", 1, "first and 1 in a fresh instance"),
        // The first pair of a batch is preferred.
        ("(f32.const 1)", 16, "a pair got"),
        // The score is a share of the batch.
        ("(f32.div (f32.const 1) (f32.convert_i32_u (local.get 5)))", 16, "a pair got"),
        // A counter that affects no score is not a fault.
        ("(if (result f32) (global.get $calls) (then (f32.const 0)) (else (f32.const 1)))", 1, ""),
    ];
    for (first_score, chunk_rows, said) in cases {
        let store = Memory::default();
        let plugin = load_with_state(&host, first_score);
        let mut inputs = scored(vec![scorer("bad", OnFailure::FailRows)], vec![plugin], chunk_rows, &store);
        let execution = &mut Arc::make_mut(&mut inputs.plan).execution;
        (execution.workers, execution.scoring_threads) = (1, 1);
        let result = run(inputs);
        if said.is_empty() {
            assert_eq!(result.unwrap().counts.failed, 0, "{first_score} is the same in every call");
            continue;
        }
        let message = result.unwrap_err().to_string();
        for part in ["scorer `bad`", "plug-in `hostile`", "is not repeatable", "row `F", said] {
            assert!(message.contains(part), "{part}: {message}");
        }
    }
}
