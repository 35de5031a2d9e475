//! The page of `review` in a real Chromium, and its files held to their sources. Both need tools that a developer may lack:
//! `scripts/page-tools` installs them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{World, root};

/// Where Debian and others have the browser.
const BROWSERS: [&str; 4] =
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"];

const FOLDER: &str = "crates/review/web";

/// The folder of a page; `None`, with a message, where a package that it is built or tested with is not installed.
pub(crate) fn page_folder(folder: &str, package: &str) -> Option<PathBuf> {
    let folder = root().join(folder);
    let has_node = Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success());
    if has_node && folder.join("node_modules").join(package).exists() {
        return Some(folder);
    }
    eprintln!("skipped: no {package}; scripts/page-tools installs it");
    None
}

/// The browser; `None`, with a message, where there is none.
pub(crate) fn browser() -> Option<&'static Path> {
    let found = BROWSERS.iter().map(Path::new).find(|path| path.exists());
    if found.is_none() {
        eprintln!("skipped: no Chromium; scripts/page-tools installs it");
    }
    found
}

pub(crate) fn run_node(arguments: &[&Path]) {
    let output = Command::new("node").args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    print!("{}", text(&output.stdout));
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
}

/// Checks that the files of a page are what its sources are built into.
pub(crate) fn assert_built(page: &str, names: &[&str]) {
    let Some(folder) = page_folder(page, "esbuild") else { return };
    let built = tempfile::tempdir().unwrap();
    run_node(&[&folder.join("build.mjs"), built.path()]);
    for name in names {
        let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
        let is_same = read(built.path().join(name)) == read(folder.join("dist").join(name));
        assert!(is_same, "{name} is not what its source is built into: run `npm run build` in {page}");
    }
}

#[test]
fn the_committed_page_is_built_from_its_sources() {
    assert_built(FOLDER, &["app.js", "app.css", "index.html", "icon.svg"]);
}

#[test]
fn people_decide_in_a_browser() {
    let Some(tools) = page_folder(FOLDER, "playwright-core") else { return };
    let Some(browser) = browser() else { return };
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml"]);
    // Screenshots are kept where somebody asks for them: the book has three of them.
    let screens = std::env::var_os("MATCHFLOW_SCREENS").map(PathBuf::from);
    let (script, binary) = (root().join("tests/browser/review.mjs"), PathBuf::from(env!("CARGO_BIN_EXE_matchflow")));
    let folder = world.path("");
    let mut arguments: Vec<&Path> = vec![&script, &binary, &folder, &tools, browser];
    arguments.extend(screens.as_deref());
    run_node(&arguments);
}
