//! The guard rails: this workspace passes them, and each of them detects what it is for.
#![allow(clippy::unwrap_used, clippy::panic)]

mod catches;

use std::time::Instant;

use matchflow_xtask::tidy::{Workspace, check, root};

#[test]
fn this_workspace_passes() {
    let start = Instant::now();
    let report = check(&Workspace::load(&root()).unwrap()).unwrap();
    assert!(report.violations.is_empty(), "\n{report}");
    println!("tidy took {:?}", start.elapsed());
}
