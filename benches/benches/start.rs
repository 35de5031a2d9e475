//! The time until five plug-ins are ready, compiled and from the cache:
//! `cargo bench -p matchflow-benches --bench start`.
//!
//! Each start is like that of a process: a new engine, plug-ins loaded one by one, an instance of each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use matchflow_plugin_host::{Host, HostOptions, Limits, Plugin};

const PLUGINS: [&str; 5] = ["address", "company-name", "edit-distance", "exact", "numeric-date"];
const STARTS: usize = 21;

/// Engine, plug-ins, instances.
fn start(cache: Option<PathBuf>) -> [Duration; 3] {
    let began = Instant::now();
    let host = Host::new(HostOptions { cache, ..HostOptions::default() }).unwrap();
    let engine = began.elapsed();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/dist");
    let plugins: Vec<_> =
        PLUGINS.iter().map(|name| Plugin::load(&host, folder.join(name).with_extension("wasm")).unwrap()).collect();
    let loaded = began.elapsed();
    let instances: Vec<_> = plugins.iter().map(|plugin| plugin.scorer("{}", Limits::default()).unwrap()).collect();
    let ready = began.elapsed();
    drop(instances);
    [engine, loaded - engine, ready - loaded]
}

fn print(what: &str, mut starts: Vec<[Duration; 3]>) {
    starts.sort_by_key(|parts| parts.iter().sum::<Duration>());
    let [engine, plugins, instances] = starts[starts.len() / 2];
    let total = engine + plugins + instances;
    println!("{what:<12} {total:>10.1?}   engine {engine:.1?}, plug-ins {plugins:.1?}, instances {instances:.1?}");
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let cache = || Some(folder.path().join("plugins"));
    println!("five plug-ins ready, medians ({STARTS} starts, 3 of those that compile)");
    print("compiled", (0..3).map(|_| start(None)).collect());
    let first = start(cache());
    print("first", vec![first]);
    print("from cache", (0..STARTS).map(|_| start(cache())).collect());
}
