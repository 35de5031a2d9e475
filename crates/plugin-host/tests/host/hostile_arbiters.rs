//! Misbehaving arbiters only fail their own call, with an error that describes what they did.

use crate::common::{file, host};
use matchflow_plugin_host::arbitration::{ArbiterRow, Candidate, Exchange, Field, Request, Response, Verdict};
use matchflow_plugin_host::{Arbiter, ArbiterInstance, HostError, Limits};
use matchflow_testkit::arbiter_guest::{
    ASK, Bodies, CONFIGURE, DECIDE, DESCRIBE, HARMLESS, arbiter, arbiter_with, on_z,
};

const URL: &str = "https://oracle.example/";
const SPIN: &str = "(loop $again (br $again)) (unreachable)";

/// Long enough for well-behaved guests, even on a busy machine.
fn brief() -> Limits {
    Limits { timeout_ms: 500, memory_bytes_max: 8 << 20, output_bytes_max: 1 << 20 }
}

fn row(name: &str) -> ArbiterRow {
    let fields = vec![Field { name: "name".to_owned(), value: name.to_owned() }];
    let candidate = Candidate { id: "a".to_owned(), group: "a".to_owned(), score: 0.5, fields: fields.clone() };
    ArbiterRow { fields, candidates: vec![candidate] }
}

fn answered() -> Exchange {
    let (rows, method, url) = (vec![0], "POST".to_owned(), URL.to_owned());
    let request = Request { rows, method, url, headers: Vec::new(), body: b"{}".to_vec() };
    Exchange { request, response: Response { status: 200, content_type: None, body: b"{}".to_vec() } }
}

fn instance(bodies: &Bodies<'_>, limits: Limits) -> ArbiterInstance {
    let (_folder, path) = file("hostile.wasm", &arbiter(URL, bodies));
    Arbiter::load(&host(), &path).unwrap().instance("{}", limits).unwrap()
}

/// Passes a harmless row through both functions.
fn settled(instance: &mut ArbiterInstance) {
    let rows = [row("TAXI")];
    let step = instance.plan(&rows).unwrap();
    assert_eq!((step.requests.len(), step.requests[0].url.as_str()), (1, URL));
    let step = instance.fold(&rows, &[answered()]).unwrap();
    assert_eq!(step.decisions[0].verdict, Verdict::Candidate(0));
}

/// The errors of a row with a `z` in `plan` and in `fold`, each before and after a harmless row.
fn errors_then_recovery(body: &str, limits: Limits) -> [HostError; 2] {
    let guilty = [row("zoo")];
    let (plan, fold) = (on_z(body, ASK), on_z(body, DECIDE));
    let mut planning = instance(&Bodies { plan: &plan, ..HARMLESS }, limits);
    settled(&mut planning);
    let of_plan = planning.plan(&guilty).unwrap_err();
    settled(&mut planning);
    let mut folding = instance(&Bodies { fold: &fold, ..HARMLESS }, limits);
    settled(&mut folding);
    let of_fold = folding.fold(&guilty, &[answered()]).unwrap_err();
    settled(&mut folding);
    [of_plan, of_fold]
}

#[test]
fn spinning_ends_at_the_time_limit() {
    for error in errors_then_recovery("(loop $again (br $again))", brief()) {
        assert!(matches!(error, HostError::Timeout { timeout_ms: 500, .. }) && error.is_retryable(), "{error}");
    }
}

#[test]
fn traps_and_deep_recursion_fail_their_call() {
    for (body, expected) in [("(unreachable)", "unreachable"), ("(drop (call $deep (i32.const 0)))", "stack")] {
        for error in errors_then_recovery(body, brief()) {
            assert!(matches!(&error, HostError::Trap { reason, .. } if reason.contains(expected)), "{error}");
            assert!(error.to_string().contains("`hostile`"), "{error}");
        }
    }
}

#[test]
fn an_allocation_bomb_ends_at_its_limit() {
    let bomb = "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable)";
    for error in errors_then_recovery(bomb, brief()) {
        assert!(matches!(error, HostError::MemoryLimit { memory_bytes_max: 8_388_608, .. }), "{error}");
    }
}

/// Returns the step at 3072 with this number of decisions from 5120 and requests from 4096.
fn step(decisions: u32, requests: u32) -> String {
    format!(
        "(i32.store (i32.const 3076) (i32.const 5120)) (i32.store (i32.const 3080) (i32.const {decisions}))
        (i32.store (i32.const 3084) (i32.const 4096)) (i32.store (i32.const 3088) (i32.const {requests}))
        (return (i32.const 3072))"
    )
}

fn store(at: u32, value: &str) -> String {
    format!("(i32.store (i32.const {at}) (i32.const {value}))")
}

#[test]
fn invalid_steps_are_refused_with_the_problem() {
    let cases = [
        (store(5120, "7") + &step(1, 0), "a decision on row 7 of 1"),
        (step(2, 0), "two decisions on row 0"),
        (store(5128, "9") + &step(1, 0), "candidate 9 of row 0, which has 1"),
        (store(5132, "0x7fc00000") + &step(1, 0), "NaN as a confidence"),
        (store(5132, "0x40000000") + &step(1, 0), "2 as a confidence"),
        (store(5124, "7") + &step(1, 0), "an unreadable value"),
        // The reason, the address and the method point at a byte that cannot start a UTF-8 sequence.
        ("(i32.store8 (i32.const 16) (i32.const 255))".to_owned() + &step(1, 0), "utf-8"),
        ("(i32.store8 (i32.const 64) (i32.const 255))".to_owned() + &step(0, 1), "utf-8"),
        ("(i32.store8 (i32.const 32) (i32.const 255))".to_owned() + &step(0, 1), "utf-8"),
        (store(4352, "5") + &step(0, 1), "a request about row 5 of 1"),
        (store(4100, "0") + &step(0, 1), "a request without rows"),
        (step(1, 1), "a decision on row 0 and a request about it"),
        (step(0, 9), "9 requests for 1 row; at most 8 a row"),
        (step(0, 0x0fff_ffff), "an unreadable value"),
        (step(0x0fff_ffff, 0), "an unreadable value"),
        ("(return (i32.const -4))".to_owned(), "an unreadable value"),
        (store(3072, "9") + &step(1, 0), "an unreadable value"),
    ];
    for (body, expected) in cases {
        for error in errors_then_recovery(&body, brief()) {
            let said = error.to_string();
            assert!(matches!(error, HostError::BadOutput { .. }) && said.contains(expected), "{expected}: {said}");
        }
    }
}

#[test]
fn huge_requests_are_not_copied_beyond_the_limits() {
    // A body of 2,000,000 bytes; eight of them if the output limit allows it.
    let huge = store(4128, "0") + &store(4132, "2000000") + &step(0, 1);
    for error in errors_then_recovery(&huge, brief()) {
        assert!(matches!(error, HostError::OutputLimit { output_bytes_max: 1_048_576, .. }), "{error}");
    }
    let nine: String = (0..8)
        .map(|at| format!("(memory.copy (i32.const {}) (i32.const 4096) (i32.const 40))", 600_000 + 40 * at))
        .collect();
    let many = format!(
        "{} {} {nine} (i32.store (i32.const 3084) (i32.const 600000)) (i32.store (i32.const 3088) (i32.const 8))
        (return (i32.const 3072))",
        store(4128, "0"),
        store(4132, "2097152"),
    );
    for error in errors_then_recovery(&many, Limits { output_bytes_max: 64 << 20, ..brief() }) {
        assert!(error.to_string().contains("requests of 16777"), "{error}");
    }
}

#[test]
fn an_arbiter_can_refuse_rows() {
    let refuse = "(i32.store8 (i32.const 3072) (i32.const 1)) (i32.store (i32.const 3076) (i32.const 16))
        (i32.store (i32.const 3080) (i32.const 7)) (return (i32.const 3072))";
    for error in errors_then_recovery(refuse, brief()) {
        assert!(matches!(error, HostError::Refused { subject: "rows", .. }), "{error}");
    }
}

/// The error of loading an arbiter and passing its parameters.
fn refused(fields: &str, bodies: &Bodies<'_>) -> HostError {
    let (_folder, path) = file("hostile.wasm", &arbiter_with(fields, URL, bodies));
    Arbiter::load(&host(), &path).and_then(|arbiter| arbiter.check("{}").map(drop)).unwrap_err()
}

#[test]
fn spinning_and_trapping_before_any_row_is_reported() {
    let start = |body: &str| format!("(start $start) (func $start {body})");
    let spins = [
        refused("", &Bodies { describe: SPIN, ..HARMLESS }),
        refused("", &Bodies { configure: SPIN, ..HARMLESS }),
        refused(&start(SPIN), &HARMLESS),
    ];
    for error in spins {
        assert!(matches!(error, HostError::Timeout { .. }), "{error}");
    }
    let traps = [
        refused("", &Bodies { describe: "(unreachable)", ..HARMLESS }),
        refused("", &Bodies { configure: "(unreachable)", ..HARMLESS }),
        refused(&start("(unreachable)"), &HARMLESS),
    ];
    for error in traps {
        assert!(matches!(error, HostError::Trap { .. }) && error.to_string().contains("hostile"), "{error}");
    }
}

#[test]
fn excessive_descriptions_and_needs_are_refused() {
    // An all-zero description has no name; needs of 100 hosts that are all empty.
    assert!(matches!(
        refused("", &Bodies { describe: "(i32.const 8192)", ..HARMLESS }),
        HostError::BadDescription { .. }
    ));
    let needs =
        "(i32.store (i32.const 2052) (i32.const 8192)) (i32.store (i32.const 2056) (i32.const 100)) (i32.const 2048)";
    let error = refused("", &Bodies { configure: needs, ..HARMLESS });
    assert!(error.to_string().contains("more than 64 hosts or secrets"), "{error}");
    let unreadable = "(i32.store8 (i32.const 16) (i32.const 255)) (i32.const 1024)";
    let error = refused("", &Bodies { describe: unreadable, configure: CONFIGURE, ..HARMLESS });
    assert!(error.to_string().contains("utf-8"), "{error}");
    assert_eq!(DESCRIBE, "(i32.const 1024)");
}
