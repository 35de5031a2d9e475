//! The page of `report` in a real Chromium, and its files held to their sources. Both need tools that a developer may lack:
//! `scripts/page-tools` installs them.

use std::path::{Path, PathBuf};

use crate::review_browser::{assert_built, browser, page_folder, run_node};
use crate::support::{World, root};

const FOLDER: &str = "crates/report/web";

#[test]
fn the_committed_page_is_built_from_its_sources() {
    assert_built(FOLDER, &["report.js", "report.css", "index.html"]);
}

#[test]
fn the_page_displays_its_charts_in_a_browser() {
    let Some(tools) = page_folder(FOLDER, "playwright-core") else { return };
    let Some(browser) = browser() else { return };
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml"]);
    world.succeed(&["report", "suppliers.yaml", "--truth", "data/truth.csv", "--html", "report.html"]);
    world.succeed(&["report", "suppliers.yaml", "--no-rows", "--language", "fr", "--html", "sans-lignes.html"]);
    // Screenshots are kept where somebody asks for them: the book has some of them.
    let screens = std::env::var_os("MATCHFLOW_SCREENS").map(PathBuf::from);
    let (script, folder) = (root().join("tests/browser/report.mjs"), world.path(""));
    let mut arguments: Vec<&Path> = vec![&script, &folder, &tools, browser];
    arguments.extend(screens.as_deref());
    run_node(&arguments);
}
