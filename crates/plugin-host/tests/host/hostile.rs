//! Misbehaving plug-ins only fail their own batch, with an error that describes what they did.

use crate::common::{file, host, score, scorer};
use matchflow_plugin_host::{HostError, Limits, Plugin};
use matchflow_testkit::scorer_guest::{CONFIGURE, DESCRIBE, SCORE, guest, guest_with};

const SPIN: &str = "(loop $again (br $again)) (unreachable)";
const TRAP: &str = "(unreachable)";

/// Long enough for well-behaved guests, even on a busy machine.
fn brief() -> Limits {
    Limits { timeout_ms: 500, memory_bytes_max: 8 << 20, output_bytes_max: 1 << 20 }
}

/// `body` if there are three pairs, else the well-behaved one.
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
    assert!(matches!(error, HostError::Timeout { timeout_ms: 500, .. }), "{error}");
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
    let error = Plugin::load(&host(), &path).unwrap().scorer("{}", limits).err().unwrap();
    assert!(matches!(error, HostError::MemoryLimit { .. }), "{error}");
}

#[test]
fn invalid_outputs_are_distinguished() {
    let values = "(i32.store (i32.const 3076) (i32.const 65536)) (i32.store (i32.const 3080) (local.get 5))";
    let first =
        |bits: &str| format!("(i32.store (i32.const 65536) (i32.const {bits})) {values} (return (i32.const 3072))");
    let information = |count: u32, bits: &str| {
        format!(
            "{values} (i32.store (i32.const 90000) (i32.const {bits})) (i32.store (i32.const 3112) (i32.const 90000))
            (i32.store (i32.const 3116) (i32.const {count})) (return (i32.const 3072))"
        )
    };
    let cases = [
        (information(2, "0"), "2 numbers of information for 3 pairs"),
        (information(3, "0x7fc00000"), "information of pair 0 that is negative or not a number"),
        (information(3, "0x7f800000"), "information of pair 0 that is negative or not a number"),
        (information(3, "0xbf000000"), "information of pair 0 that is negative or not a number"),
        (
            format!("{values} (i32.store (i32.const 3080) (i32.const 2)) (return (i32.const 3072))"),
            "2 scores for 3 pairs",
        ),
        (first("0x7fc00000"), "NaN as the score of pair 0"),
        (first("0x3f800001"), "must be between 0 and 1"),
        (first("0xbf000000"), "-0.5 as the score"),
        (
            format!("{values} (i32.store (i32.const 3088) (i32.const 1)) (return (i32.const 3072))"),
            "1 flag in `compared`",
        ),
        (
            "(i32.store (i32.const 3080) (i32.const 0x3fffffff)) (return (i32.const 3072))".to_owned(),
            "an unreadable value",
        ),
        ("(return (i32.const -4))".to_owned(), "an unreadable value"),
        (
            format!("{values} (i32.store8 (i32.const 3092) (i32.const 7)) (return (i32.const 3072))"),
            "an unreadable value",
        ),
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

/// The error of loading a guest and passing its parameters.
fn refused(fields: &str, describe: &str, configure: &str) -> HostError {
    let (_folder, path) = file("hostile.wasm", &guest_with(fields, describe, configure, SCORE));
    Plugin::load(&host(), &path).and_then(|plugin| plugin.check("{}", 1)).unwrap_err()
}

#[test]
fn a_well_behaved_guest_is_accepted() {
    let (_folder, path) = file("hostile.wasm", &guest(DESCRIBE, CONFIGURE, SCORE));
    assert!(Plugin::load(&host(), &path).and_then(|plugin| plugin.check("{}", 1)).is_ok());
}

#[test]
fn a_spinning_describe_times_out() {
    assert!(matches!(refused("", SPIN, CONFIGURE), HostError::Timeout { .. }));
}

#[test]
fn a_spinning_configure_times_out() {
    assert!(matches!(refused("", DESCRIBE, SPIN), HostError::Timeout { .. }));
}

#[test]
fn a_spinning_start_times_out() {
    let start = format!("(start $start) (func $start {SPIN})");
    assert!(matches!(refused(&start, DESCRIBE, CONFIGURE), HostError::Timeout { .. }));
}

#[test]
fn a_trap_in_describe_configure_or_start_is_reported() {
    let start = format!("(start $start) (func $start {TRAP})");
    for error in [refused("", TRAP, CONFIGURE), refused("", DESCRIBE, TRAP), refused(&start, DESCRIBE, CONFIGURE)] {
        assert!(matches!(&error, HostError::Trap { reason, .. } if reason.contains("unreachable")), "{error}");
        assert!(error.to_string().contains("hostile"), "{error}");
    }
}

#[test]
fn an_abort_is_a_trap_of_its_batch() {
    // What `abort` and `panic` of a Rust guest compile to, after some work.
    let error = error_then_recovery("(i32.store (i32.const 65536) (i32.const 7)) (unreachable)");
    assert!(matches!(error, HostError::Trap { .. }), "{error}");
}

#[test]
fn an_allocation_bomb_ends_at_its_limit() {
    let bomb = "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) (unreachable)";
    let error = error_then_recovery(bomb);
    assert!(matches!(error, HostError::MemoryLimit { memory_bytes_max: 8_388_608, .. }), "{error}");
}

/// The result of a guest with these tables whose `score` grows them.
fn grown(tables: &str, growths: &[(&str, u32)]) -> Result<(), HostError> {
    let grow = |(table, elements): &(&str, u32)| {
        format!(
            "(if (i32.eq (table.grow {table} (ref.null func) (i32.const {elements})) (i32.const -1)) (then (unreachable)))"
        )
    };
    let body = format!("{} {SCORE}", growths.iter().map(grow).collect::<String>());
    let (_folder, path) = file("hostile.wasm", &guest_with(tables, DESCRIBE, CONFIGURE, &body));
    let mut scorer = Plugin::load(&host(), &path)?.scorer("{}", brief())?;
    score(&mut scorer, 1).map(drop)
}

#[test]
fn tables_do_not_grow_beyond_their_total_limit() {
    let one = "(table $one 1 funcref)";
    let two = "(table $one 1 funcref) (table $two 1 funcref)";
    assert!(grown(one, &[("$one", 90_000)]).is_ok());
    assert!(grown(two, &[("$one", 40_000), ("$two", 40_000)]).is_ok());
    for error in [grown(one, &[("$one", 200_000)]), grown(two, &[("$one", 60_000), ("$two", 60_000)])] {
        assert!(matches!(error, Err(HostError::TableLimit { elements_max: 100_000, .. })), "{error:?}");
    }
}

#[test]
fn tables_that_start_too_large_or_too_many_are_refused() {
    let together = refused("(table 60000 funcref) (table 60000 funcref)", DESCRIBE, CONFIGURE);
    assert!(matches!(together, HostError::TableLimit { .. }), "{together}");
    for tables in ["(table 200000 funcref)".to_owned(), "(table 1 funcref)".repeat(40)] {
        let said = refused(&tables, DESCRIBE, CONFIGURE).to_string();
        assert!(said.contains("hostile") && said.contains("table"), "{said}");
    }
}

#[test]
fn a_description_without_a_name_is_refused() {
    assert!(matches!(refused("", "(i32.const 4096)", CONFIGURE), HostError::BadDescription { .. }));
}

#[test]
fn huge_descriptions_are_not_copied() {
    // A summary of 2 MiB; then 20,000 inputs that all refer to the same 100 kB.
    let summary = "(i32.store (i32.const 1044) (i32.const 2000000)) (i32.const 1024)";
    let inputs = "(local $at i32) (local.set $at (i32.const 200000))
        (i32.store (i32.const 1048) (i32.const 200000)) (i32.store (i32.const 1052) (i32.const 20000))
        (loop $next (i32.store (local.get $at) (i32.const 0)) (i32.store offset=4 (local.get $at) (i32.const 100000))
            (local.set $at (i32.add (local.get $at) (i32.const 20)))
            (br_if $next (i32.lt_u (local.get $at) (i32.const 600000))))
        (i32.const 1024)";
    for body in [summary, inputs] {
        let error = refused("", body, CONFIGURE);
        assert!(matches!(error, HostError::OutputLimit { .. }), "{error}");
    }
}

#[test]
fn huge_messages_are_truncated() {
    // `configure` refuses with 100,000 letters.
    let fill = "(memory.fill (i32.const 200000) (i32.const 97) (i32.const 100000)) (i32.store8 (i32.const 2048) (i32.const 1))
        (i32.store (i32.const 2052) (i32.const 200000)) (i32.store (i32.const 2056) (i32.const 100000)) (i32.const 2048)";
    let error = refused("", DESCRIBE, fill);
    assert!(matches!(error, HostError::Refused { .. }) && error.to_string().len() < 1_200, "{error}");
}

/// Evidence for 3 pairs with these offsets into `data`.
fn evidence(offsets: [u32; 4], data: &str, length: u32) -> String {
    let store: String = (0u32..)
        .zip(offsets)
        .map(|(at, offset)| format!("(i32.store (i32.const {}) (i32.const {offset}))", 200_000 + 4 * at))
        .collect();
    format!(
        "{store} {data} (i32.store (i32.const 3076) (i32.const 65536)) (i32.store (i32.const 3080) (local.get 5))
        (i32.store8 (i32.const 3092) (i32.const 1))
        (i32.store (i32.const 3096) (i32.const 200000)) (i32.store (i32.const 3100) (i32.const 4))
        (i32.store (i32.const 3104) (i32.const 16)) (i32.store (i32.const 3108) (i32.const {length})) (return (i32.const 3072))"
    )
}

#[test]
fn evidence_offsets_out_of_order_or_out_of_range_are_refused() {
    for (offsets, expected) in [([0, 5, 2, 7], "offsets 5 to 2"), ([0, 1, 2, 900], "offsets 2 to 900")] {
        let error = error_then_recovery(&evidence(offsets, "", 7));
        let said = error.to_string();
        assert!(matches!(error, HostError::BadOutput { .. }) && said.contains(expected), "{said}");
    }
}

#[test]
fn evidence_that_is_not_utf8_is_refused() {
    let error = error_then_recovery(&evidence([0, 1, 2, 3], "(i32.store8 (i32.const 17) (i32.const 255))", 7));
    assert!(error.to_string().contains("evidence of pair 1 that is not UTF-8"), "{error}");
}

#[test]
fn a_name_that_is_not_utf8_is_refused() {
    let error = refused("", "(i32.store8 (i32.const 17) (i32.const 255)) (i32.const 1024)", CONFIGURE);
    assert!(matches!(error, HostError::BadOutput { .. }) && error.to_string().contains("utf-8"), "{error}");
}

#[test]
fn evidence_beyond_the_output_limit_is_not_copied() {
    let error = error_then_recovery(&evidence([0, 1, 2, 3], "", 1_900_000));
    assert!(matches!(error, HostError::OutputLimit { output_bytes_max: 1_048_576, .. }), "{error}");
}

#[test]
fn imports_of_files_sockets_and_clocks_are_refused_by_name_before_anything_runs() {
    let imports = [
        ("wasi:filesystem/preopens@0.2.0", "get-directories"),
        ("wasi:sockets/tcp@0.2.0", "start-connect"),
        ("wasi:http/outgoing-handler@0.2.0", "handle"),
        ("wasi:clocks/wall-clock@0.2.0", "now"),
        ("wasi:cli/environment@0.2.0", "get-environment"),
    ];
    for (interface, function) in imports {
        let text = format!(r#"(component (import "{interface}" (instance (export "{function}" (func)))))"#);
        let (_folder, path) = file("hostile.wasm", &wat::parse_str(&text).unwrap());
        let error = Plugin::load(&host(), &path).err().expect(interface);
        assert!(matches!(&error, HostError::Imports { imports, .. } if imports == &[interface]), "{error}");
    }
}

#[test]
fn files_that_are_not_plugins_are_refused_with_their_kind() {
    let component = |text: &str| wat::parse_str(text).unwrap();
    let valid = guest(DESCRIBE, CONFIGURE, SCORE);
    let cases = [
        (b"name: suppliers\n".to_vec(), "a text file"),
        (Vec::new(), "an empty file"),
        (b"PK\x03\x04\x00\x00".to_vec(), "a file of another kind"),
        (component("(module)"), "a core WebAssembly module"),
        (valid[..valid.len() / 2].to_vec(), "not a valid component"),
        (component("(component)"), "exports nothing; this version of matchflow supports"),
        (
            component(r#"(component (import "wasi:sockets/tcp@0.2.0" (instance (export "connect" (func)))))"#),
            "imports wasi:sockets/tcp@0.2.0",
        ),
        (
            component(r#"(component (instance $i) (export "their:plugin/scoring@1.0.0" (instance $i)))"#),
            "exports their:",
        ),
        (
            component(r#"(component (instance $i) (export "matchflow:plugin/scoring@1.0.0" (instance $i)))"#),
            "`describe` differs from",
        ),
    ];
    let host = host();
    for (bytes, expected) in cases {
        let (_folder, path) = file("plugin.wasm", &bytes);
        let error = Plugin::load(&host, &path).err().expect(expected).to_string();
        assert!(error.contains(expected) && error.contains("plugin.wasm"), "{expected}: {error}");
    }
    let error = Plugin::load(&host, "no/such/plugin.wasm").err().unwrap();
    assert!(matches!(error, HostError::Read { .. }), "{error}");
}

#[test]
fn a_component_that_would_exhaust_the_compiler_is_refused_before_it_is_compiled() {
    let functions = "(func) ".repeat(100_001);
    let (_folder, path) = file("large.wasm", &guest_with(&functions, DESCRIBE, CONFIGURE, SCORE));
    let message = Plugin::load(&host(), &path).err().unwrap().to_string();
    assert!(message.contains("large.wasm has 100") && message.contains("at most 100000 are allowed"), "{message}");
    // A sparse file of 200 MB.
    let (_folder, path) = file("huge.wasm", b"\0asm\x0d\0\x01\0");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(200 << 20).unwrap();
    let error = Plugin::load(&host(), &path).err().unwrap();
    assert!(matches!(error, HostError::TooLarge { what: "bytes", found: 209_715_200, .. }), "{error}");
}

#[test]
fn a_plugin_that_is_a_pipe_or_a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.wasm");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe.as_path(), folder.path()] {
        let error = Plugin::load(&host(), path).err().unwrap();
        assert!(matches!(error, HostError::NotAComponent { .. }), "{error}");
    }
}
