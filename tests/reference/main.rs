//! The pages under `docs/reference` match the code: each is generated from the command itself, from its JSON Schema or
//! from a file that it writes, and compared.
//!
//! `cargo xtask reference` rewrites the pages. The page of the checkpoint is compared in crate `checkpoint`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod cleaning;
mod commands;
mod documentation;
mod environment;
mod examples;
#[path = "../../crates/cli/src/exit_reason.rs"]
#[allow(dead_code, reason = "the command uses the rest")]
mod exit_reason;
mod markdown;
mod pipeline;
mod plugins;
mod results;
#[path = "../cli/support.rs"]
#[allow(dead_code, reason = "the whole-run tests use the rest")]
mod support;

use std::fs;

use support::root;

/// Compares a page with its file, or writes the file.
fn check(name: &str, page: &str) {
    let path = root().join("docs/reference").join(name);
    let page = format!("<!-- Made by `cargo xtask reference`: change the code, not this page. -->\n\n{page}");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, page).unwrap();
        return;
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    let line = stored.lines().zip(page.lines()).position(|(one, other)| one != other);
    assert!(
        stored == page,
        "docs/reference/{name} is not what the code says, from line {}; run `cargo xtask reference`",
        line.map_or_else(|| stored.lines().count().min(page.lines().count()) + 1, |line| line + 1),
    );
}

#[test]
fn pipeline_keys() {
    check("pipeline.md", &pipeline::page());
}

#[test]
fn cleaners_and_searches() {
    check("cleaning.md", &cleaning::page());
}

#[test]
fn report_figures() {
    check("report.md", &matchflow_report::reference_page());
}

#[test]
fn shipped_plugins() {
    check("plugins.md", &plugins::page());
}

#[test]
fn commands_and_flags() {
    check("commands.md", &commands::page());
}

#[test]
fn exit_codes_and_environment() {
    check("environment.md", &environment::page());
}

#[test]
fn columns_of_result_files() {
    check("results.md", &results::page());
}
