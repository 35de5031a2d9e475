//! Several versions of the interface: components of older versions are supported along with those of the newest.
//!
//! `v0_9/scorer.wasm` was built once and must not be rebuilt: it represents components in use. Its source is `source`
//! below.

use std::path::{Path, PathBuf};

use crate::common::{dist, file, host, score};
use matchflow_model::arrow::array::StringArray;
use matchflow_plugin_host::{HostError, Limits, PairBatch, Plugin};
use matchflow_testkit::scorer_guest::{CONFIGURE, DESCRIBE, guest_of_0_9};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/host/v0_9")
}

/// Scores 0.5 if the first left row is as long as the first right one, and explains every pair as `hostile`.
fn source() -> Vec<u8> {
    let score = "(local $at i32)
        (i32.store (i32.const 3076) (i32.const 65536)) (i32.store (i32.const 3080) (local.get 5))
        (local.set $at (i32.const 0))
        (block $done (loop $next
            (br_if $done (i32.ge_u (local.get $at) (local.get 5)))
            (f32.store (i32.add (i32.const 65536) (i32.mul (local.get $at) (i32.const 4)))
                (if (result f32) (i32.eq (i32.load offset=12 (local.get 0)) (i32.load offset=12 (local.get 2)))
                    (then (f32.const 0.5)) (else (f32.const 0))))
            (i32.store (i32.add (i32.const 200000) (i32.mul (local.get $at) (i32.const 4))) (i32.const 0))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $next)))
        (i32.store (i32.add (i32.const 200000) (i32.mul (local.get $at) (i32.const 4))) (i32.const 7))
        (i32.store8 (i32.const 3092) (i32.const 1))
        (i32.store (i32.const 3096) (i32.const 200000))
        (i32.store (i32.const 3100) (i32.add (local.get 5) (i32.const 1)))
        (i32.store (i32.const 3104) (i32.const 16)) (i32.store (i32.const 3108) (i32.const 7))
        (i32.const 3072)";
    guest_of_0_9(DESCRIBE, CONFIGURE, score)
}

#[test]
fn a_component_of_an_older_interface_is_served() {
    let path = folder().join("scorer.wasm");
    if std::env::var_os("UPDATE_GOLDEN").is_some() && !path.exists() {
        std::fs::write(&path, source()).unwrap();
    }
    let host = host();
    let plugin = Plugin::load(&host, &path).unwrap();
    assert_eq!(plugin.description().name, "hostile");
    assert!(!plugin.description().inputs[0].rarity, "nobody asked for it then");
    let mut scorer = plugin.scorer("{}", Limits::default()).unwrap();
    let (left, right) = (StringArray::from(vec!["dupont"]), StringArray::from(vec!["martin"]));
    let (index, rarity): (_, &[f32]) = ([0, 0], &[1.0]);
    let batch = PairBatch {
        left: &[&left],
        right: &[&right],
        left_index: &index,
        right_index: &index,
        left_rarity: &[rarity],
        right_rarity: &[rarity],
        explain: false,
    };
    let silent = scorer.score(&batch).unwrap();
    assert_eq!((silent.values, silent.evidence), (vec![0.5, 0.5], None));
    let told = scorer.score(&PairBatch { explain: true, ..batch }).unwrap();
    assert_eq!(told.evidence, Some(vec![None, Some("hostile".to_owned())]));
    // Together with one of the newest version, in the same engine.
    let mut exact = Plugin::load(&host, dist("exact")).unwrap().scorer("{}", Limits::default()).unwrap();
    assert_eq!(score(&mut exact, 1).unwrap().values, [1.0]);
}

#[test]
fn the_older_component_matches_its_source() {
    let (_folder, path) = file("scorer.wasm", &source());
    let plugin = Plugin::load(&host(), &path).unwrap();
    let mut scorer = plugin.scorer("{}", Limits::default()).unwrap();
    assert_eq!(score(&mut scorer, 3).unwrap().values, [0.5, 0.5, 0.5]);
}

#[test]
fn a_newer_interface_is_refused_with_the_supported_ones() {
    for newer in ["1.1.0", "2.0.0"] {
        let text = format!(r#"(component (instance $i) (export "matchflow:plugin/scoring@{newer}" (instance $i)))"#);
        let (_folder, path) = file("newer.wasm", &wat::parse_str(&text).unwrap());
        let error = Plugin::load(&host(), &path).err().unwrap();
        assert!(matches!(error, HostError::Interface { .. }), "{error}");
        let said = error.to_string();
        let both = "supports matchflow:plugin/scoring@1.0.0 or matchflow:plugin/scoring@0.9.0";
        assert!(said.contains(&format!("exports matchflow:plugin/scoring@{newer}; ")) && said.contains(both), "{said}");
    }
}

#[test]
fn a_component_whose_functions_have_other_types_is_refused_by_the_function() {
    // The name of the newest version over the functions of an older one.
    let bytes = source();
    let (old, new) = (b"plugin/scoring@0.9.0", b"plugin/scoring@1.0.0");
    let mut renamed = bytes.clone();
    for at in 0..bytes.len() - old.len() {
        if bytes[at..at + old.len()] == *old {
            renamed[at..at + old.len()].copy_from_slice(new);
        }
    }
    let (_folder, path) = file("renamed.wasm", &renamed);
    let error = Plugin::load(&host(), &path).err().unwrap();
    assert!(matches!(error, HostError::Signature { function: "describe", .. }), "{error}");
}
