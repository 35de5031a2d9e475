//! Hostile scorers, written as WebAssembly text.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// A well-behaved `describe`: the record is in memory at 1024.
pub const DESCRIBE: &str = "(i32.const 1024)";
/// A well-behaved `configure`: `ok`.
pub const CONFIGURE: &str = "(i32.const 2048)";
/// A well-behaved `score`: 0 for each pair, all compared. Parameter 5 is the number of pairs.
pub const SCORE: &str = "
    (i32.store (i32.const 3076) (i32.const 65536))
    (i32.store (i32.const 3080) (local.get 5))
    (i32.const 3072)";

/// A guest whose three functions have these bodies. Records are where the canonical ABI expects them; arguments are
/// placed from 1 MiB on by an allocator that frees everything at the end of a `score`.
pub fn guest(describe: &str, configure: &str, score: &str) -> Vec<u8> {
    guest_with("", describe, configure, score)
}

/// The same with additional fields in the module: a start function, a table.
pub fn guest_with(fields: &str, describe: &str, configure: &str, score: &str) -> Vec<u8> {
    let score = format!("(param i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32) {score}");
    component("1.0.0", "../plugin-api/wit", fields, [describe, configure, &score])
}

/// A guest for version 0.9.0 of the interface, whose `score` had no ninth parameter.
pub fn guest_of_0_9(describe: &str, configure: &str, score: &str) -> Vec<u8> {
    let score = format!("(param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) {score}");
    component("0.9.0", "../plugin-host/tests/host/v0_9", "", [describe, configure, &score])
}

fn component(version: &str, wit: &str, fields: &str, [describe, configure, score]: [&str; 3]) -> Vec<u8> {
    let interface = format!("matchflow:plugin/scoring@{version}");
    let text = format!(
        r#"(module
            (memory (export "memory") 32)
            (global $top (mut i32) (i32.const 1048576))
            (data (i32.const 16) "hostile1.0.0{{}}")
            ;; name, version, summary, inputs, parameters
            (data (i32.const 1024) "\10\00\00\00\07\00\00\00" "\17\00\00\00\05\00\00\00" "\10\00\00\00\07\00\00\00"
                "\00\05\00\00\01\00\00\00" "\1c\00\00\00\02\00\00\00")
            ;; one input: name, kind, required
            (data (i32.const 1280) "\10\00\00\00\07\00\00\00" "\10\00\00\00\07\00\00\00" "\01")
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (local $at i32)
                (local.set $at (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
                (global.set $top (i32.add (local.get $at) (local.get 3)))
                (local.get $at))
            (func $deep (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))
            {fields}
            (func (export "{interface}#describe") (result i32) {describe})
            (func (export "{interface}#configure") (param i32 i32) (result i32) {configure})
            (func (export "{interface}#score") {score})
            ;; What a call was handed is not needed after it.
            (func (export "cabi_post_{interface}#score") (param i32) (global.set $top (i32.const 1048576))))"#
    );
    let mut module = wat::parse_str(&text).expect("the text is WebAssembly");
    let mut resolve = Resolve::default();
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join(wit);
    let (package, _) = resolve.push_dir(wit).expect("the interface is valid");
    let world = resolve.select_world(&[package], Some("scorer")).expect("the interface has this world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("the module takes metadata");
    let mut encoder = ComponentEncoder::default();
    let encoder = encoder.module(&module).expect("the module is a guest").validate(true);
    encoder.encode().expect("the guest is a component")
}
