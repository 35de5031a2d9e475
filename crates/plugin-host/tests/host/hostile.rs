//! Plug-ins that misbehave fail their own batch, with an error that says what they did, and nothing else.

use crate::common::{file, host, score, scorer};
use crate::guest::{CONFIGURE, DESCRIBE, SCORE, guest};
use matchflow_plugin_host::{HostError, Limits};

const SPIN: &str = "(loop $again (br $again)) (unreachable)";
const TRAP: &str = "(unreachable)";

fn brief() -> Limits {
    Limits { timeout_ms: 50, memory_bytes_max: 8 << 20 }
}

/// `body` when there are three pairs, else the well-behaved one.
fn on_three(body: &str) -> String {
    format!("(if (i32.eq (local.get 5) (i32.const 3)) (then {body})) {SCORE}")
}

/// The error of a batch of three, after which a batch of two must work.
fn error_then_recovery(body: &str) -> HostError {
    let host = host();
    let mut scorer = scorer(&host, DESCRIBE, CONFIGURE, &on_three(body), brief());
    assert_eq!(score(&mut scorer, 2).unwrap().values, [0.0, 0.0]);
    let error = score(&mut scorer, 3).unwrap_err();
    assert_eq!(score(&mut scorer, 2).unwrap().values, [0.0, 0.0], "a fresh instance after {error}");
    error
}

#[test]
fn a_spinning_score_times_out() {
    let error = error_then_recovery("(loop $again (br $again))");
    assert!(matches!(error, HostError::Timeout { timeout_ms: 50, .. }), "{error}");
    assert!(error.is_retryable());
}

#[test]
fn a_trap_fails_the_batch_only() {
    let error = error_then_recovery(TRAP);
    assert!(matches!(&error, HostError::Trap { reason, .. } if reason.contains("unreachable")), "{error}");
    assert!(error.to_string().contains("`hostile`"), "{error}");
    assert!(!error.is_retryable());
}

#[test]
fn deep_recursion_is_a_trap() {
    let error = error_then_recovery("(drop (call $deep (i32.const 0)))");
    assert!(matches!(&error, HostError::Trap { reason, .. } if reason.contains("stack")), "{error}");
}

#[test]
fn memory_beyond_the_limit_is_named() {
    let grow = "(if (i32.eq (memory.grow (i32.const 4096)) (i32.const -1)) (then (unreachable)))";
    let error = error_then_recovery(grow);
    assert!(matches!(error, HostError::MemoryLimit { memory_bytes_max: 8_388_608, .. }), "{error}");
}

#[test]
fn a_guest_that_starts_too_large_is_refused() {
    let (_folder, path) = file("large.wasm", &guest(DESCRIBE, CONFIGURE, SCORE));
    let limits = Limits { memory_bytes_max: 1 << 20, ..brief() };
    let error = host().load(&path).unwrap().scorer("{}", limits).err().unwrap();
    assert!(matches!(error, HostError::MemoryLimit { .. }), "{error}");
}

#[test]
fn bad_outputs_are_told_apart() {
    let values = "(i32.store (i32.const 3076) (i32.const 65536)) (i32.store (i32.const 3080) (local.get 5))";
    let first =
        |bits: &str| format!("(i32.store (i32.const 65536) (i32.const {bits})) {values} (return (i32.const 3072))");
    let cases = [
        (
            format!("{values} (i32.store (i32.const 3080) (i32.const 2)) (return (i32.const 3072))"),
            "2 scores for 3 pairs",
        ),
        (first("0x7fc00000"), "NaN as the score of pair 0"),
        (first("0x3f800001"), "must be between 0 and 1"),
        (first("0xbf000000"), "-0.5 as the score"),
        (format!("{values} (i32.store (i32.const 3088) (i32.const 1)) (return (i32.const 3072))"), "1 compared marks"),
        ("(i32.store (i32.const 3080) (i32.const 0x3fffffff)) (return (i32.const 3072))".to_owned(), "cannot be read"),
        ("(return (i32.const -4))".to_owned(), "cannot be read"),
        (format!("{values} (i32.store8 (i32.const 3092) (i32.const 7)) (return (i32.const 3072))"), "cannot be read"),
    ];
    for (body, expected) in cases {
        let error = error_then_recovery(&body);
        assert!(
            matches!(error, HostError::BadOutput { .. }) && error.to_string().contains(expected),
            "{expected}: {error}"
        );
    }
}

#[test]
fn a_guest_can_refuse_a_batch() {
    let refuse = "(i32.store8 (i32.const 3072) (i32.const 1)) (i32.store (i32.const 3076) (i32.const 16))
        (i32.store (i32.const 3080) (i32.const 7)) (return (i32.const 3072))";
    let error = error_then_recovery(refuse);
    assert_eq!(error.to_string().rsplit(": ").next(), Some("hostile"), "{error}");
    assert!(matches!(error, HostError::Refused { subject: "batch", .. }));
}

#[test]
fn describe_and_configure_are_held_to_limits_too() {
    let load = |describe: &str, configure: &str| {
        let (_folder, path) = file("hostile.wasm", &guest(describe, configure, SCORE));
        host().load(&path).and_then(|plugin| plugin.check("{}", 1))
    };
    assert!(matches!(load(SPIN, CONFIGURE), Err(HostError::Timeout { .. })));
    assert!(matches!(load(TRAP, CONFIGURE), Err(HostError::Trap { .. })));
    assert!(matches!(load(DESCRIBE, SPIN), Err(HostError::Timeout { .. })));
    assert!(matches!(load(DESCRIBE, TRAP), Err(HostError::Trap { .. })));
    assert!(matches!(load("(i32.const 4096)", CONFIGURE), Err(HostError::BadOutput { .. })), "no name");
    assert!(load(DESCRIBE, CONFIGURE).is_ok());
}

#[test]
fn files_that_are_no_plugin_are_refused_by_what_they_are() {
    let component = |text: &str| wat::parse_str(text).unwrap();
    let valid = guest(DESCRIBE, CONFIGURE, SCORE);
    let cases = [
        (b"name: suppliers\n".to_vec(), "a text file"),
        (Vec::new(), "an empty file"),
        (b"PK\x03\x04\x00\x00".to_vec(), "a file of another kind"),
        (component("(module)"), "a core WebAssembly module"),
        (valid[..valid.len() / 2].to_vec(), "not a valid component"),
        (component("(component)"), "it exports nothing"),
        (
            component(r#"(component (import "wasi:sockets/tcp@0.2.0" (instance (export "connect" (func)))))"#),
            "imports wasi:sockets/tcp@0.2.0",
        ),
        (
            component(r#"(component (instance $i) (export "matchflow:plugin/scoring@1.1.0" (instance $i)))"#),
            "does not export matchflow:plugin/scoring@1.0.0; it exports matchflow:plugin/scoring@1.1.0",
        ),
        (
            component(r#"(component (instance $i) (export "matchflow:plugin/scoring@1.0.0" (instance $i)))"#),
            "`describe` is not as",
        ),
    ];
    let host = host();
    for (bytes, expected) in cases {
        let (_folder, path) = file("plugin.wasm", &bytes);
        let error = host.load(&path).err().expect(expected).to_string();
        assert!(error.contains(expected) && error.contains("plugin.wasm"), "{expected}: {error}");
    }
    let error = host.load("no/such/plugin.wasm").err().unwrap();
    assert!(matches!(error, HostError::Read { .. }), "{error}");
}
