//! Hostile arbiters, written as WebAssembly text.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A well-behaved `describe`: the record is in memory at 1024.
pub const DESCRIBE: &str = "(i32.const 1024)";
/// A well-behaved `configure`: it needs nothing.
pub const CONFIGURE: &str = "(i32.const 2048)";
/// Sends one request for row 0: the step at 3072 has the request at 4096.
pub const ASK: &str = "
    (i32.store (i32.const 3084) (i32.const 4096)) (i32.store (i32.const 3088) (i32.const 1)) (i32.const 3072)";
/// Decides row 0 for its first candidate: the step at 3072 has the decision at 5120.
pub const DECIDE: &str = "
    (i32.store (i32.const 3076) (i32.const 5120)) (i32.store (i32.const 3080) (i32.const 1)) (i32.const 3072)";

/// The bodies of a guest's functions.
pub struct Bodies<'a> {
    /// The body of `describe`.
    pub describe: &'a str,
    /// The body of `configure`.
    pub configure: &'a str,
    /// The body of `plan`.
    pub plan: &'a str,
    /// The body of `fold`.
    pub fold: &'a str,
}

/// Sends a request for each row, and takes the first candidate whatever the answer.
pub const HARMLESS: Bodies<'_> = Bodies { describe: DESCRIBE, configure: CONFIGURE, plan: ASK, fold: DECIDE };

/// `fault_body` for rows whose first value contains a `z`, else `otherwise`. For `plan` and `fold`.
pub fn on_z(fault_body: &str, otherwise: &str) -> String {
    format!("(if (call $is_bad (local.get 0)) (then {fault_body})) {otherwise}")
}

/// A guest with these bodies whose request goes to `url`. Records are where the canonical ABI expects them; arguments
/// are placed from 1 MiB on by an allocator that never frees.
pub fn arbiter(url: &str, bodies: &Bodies<'_>) -> Vec<u8> {
    arbiter_with("", url, bodies)
}

/// The same with additional fields in the module.
pub fn arbiter_with(fields: &str, url: &str, bodies: &Bodies<'_>) -> Vec<u8> {
    let interface = "matchflow:plugin/arbitration@1.0.0";
    let Bodies { describe, configure, plan, fold } = bodies;
    let url_bytes = url.len();
    let text = format!(
        r#"(module
            (memory (export "memory") 32)
            (global $top (mut i32) (i32.const 1048576))
            (data (i32.const 16) "hostile1.0.0{{}}")
            (data (i32.const 32) "POST")
            (data (i32.const 64) "{url}")
            ;; name, version, summary, row-fields, entry-fields, parameters, hosts
            (data (i32.const 1024) "\10\00\00\00\07\00\00\00" "\17\00\00\00\05\00\00\00" "\10\00\00\00\07\00\00\00"
                "\00\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00" "\1c\00\00\00\02\00\00\00" "\00\00\00\00\00\00\00\00")
            ;; a request: rows, method, url, headers, body
            (data (i32.const 4096) "\00\11\00\00\01\00\00\00" "\20\00\00\00\04\00\00\00" "\40\00\00\00")
            (data (i32.const 4128) "\1c\00\00\00\02\00\00\00")
            ;; a decision: row, verdict (which, candidate), confidence, reason
            (data (i32.const 5132) "\00\00\80\3f" "\10\00\00\00\07\00\00\00")
            (func $set_up (i32.store (i32.const 4116) (i32.const {url_bytes})))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (call $set_up)
                (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
                (global.set $top (i32.add (local.get $at) (local.get 3)))
                (local.get $at))
            (func $deep (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))
            (func $is_bad (param $rows i32) (result i32)
                (local $at i32) (local $end i32)
                (local.set $at (i32.load offset=8 (i32.load (local.get $rows))))
                (local.set $end (i32.add (local.get $at) (i32.load offset=12 (i32.load (local.get $rows)))))
                (block $done (loop $next
                    (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
                    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 122)) (then (return (i32.const 1))))
                    (local.set $at (i32.add (local.get $at) (i32.const 1)))
                    (br $next)))
                (i32.const 0))
            ;; a step of nothing, for whoever fills it
            (func $clear (memory.fill (i32.const 3072) (i32.const 0) (i32.const 20)))
            {fields}
            (func (export "{interface}#describe") (result i32) {describe})
            (func (export "{interface}#configure") (param i32 i32) (result i32) {configure})
            (func (export "{interface}#plan") (param i32 i32) (result i32) (call $clear) {plan})
            (func (export "{interface}#fold") (param i32 i32 i32 i32) (result i32) (call $clear) {fold}))"#
    );
    let mut module = wat::parse_str(&text).expect("the text is WebAssembly");
    let mut resolve = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-api/wit");
    let (package, _) = resolve.push_dir(wit).expect("the interface is valid");
    let world = resolve.select_world(&[package], Some("arbiter")).expect("the interface has this world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("the module takes metadata");
    let mut encoder = ComponentEncoder::default();
    let encoder = encoder.module(&module).expect("the module is a guest").validate(true);
    encoder.encode().expect("the guest is a component")
}
