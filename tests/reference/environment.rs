//! Exit codes and environment variables.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::exit_reason::EXIT_REASONS;
use crate::markdown::{code, table};
use crate::support::root;

const HEAD: &str = "\
# Exit codes and environment variables

";

/// Variables that users set.
const USERS: [(&str, &str); 8] = [
    (
        "MATCHFLOW_CACHE_DIR",
        "The folder for compiled plug-ins. Default: `matchflow` in the user's cache folder (`XDG_CACHE_HOME`, else `~/.cache`). Empty: nothing is stored.",
    ),
    (
        "MATCHFLOW_FILE_ACCESS",
        "Who may read the checkpoint, results, logs, answers and caches that matchflow writes: `private`, only this user (mode 0600); `umask`, whoever the umask allows. A file that is there already keeps its mode. Default: `private`.",
    ),
    (
        "MATCHFLOW_PROCESSES_SECRET",
        "The secret that the processes of a run share, at least 16 characters; `--secret-file` comes first.",
    ),
    (
        "MATCHFLOW_REGISTRY_MIRROR",
        "The scheme and host, such as `https://mirror.example`, that replace those of every address that `registry fetch` downloads from; paths stay. Default: the publishers' own.",
    ),
    (
        "HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY",
        "The proxies that `registry fetch` uses, and the hosts that it reaches without. Requests of arbiters use none.",
    ),
    (
        "PGPASSWORD, PGPASSFILE",
        "The password for results to PostgreSQL, or the file with it (`~/.pgpass`), as `psql` has them.",
    ),
    (
        "NO_COLOR, TERM",
        "`NO_COLOR` set to anything, or `TERM=dumb`: messages have no colours, and there is no progress bar on a dumb terminal.",
    ),
    (
        "LC_ALL, LC_MESSAGES, LANG",
        "The language of results where the pipeline has no `language`: French for `fr`, else English. With `LC_ALL=C`, messages are in ASCII.",
    ),
];

/// Variables of tests and builds.
const DEVELOPERS: [(&str, &str); 10] = [
    ("DUCKDB_LIB_DIR", "The folder of DuckDB's library, where it is not to be downloaded by `scripts/libduckdb`."),
    ("MATCHFLOW_COMMIT", "At build time: the commit that `--version` names."),
    ("MATCHFLOW_COMMIT_DATE", "At build time: the date of that commit."),
    ("MATCHFLOW_FAULT", "`ACTION@PLACE`: ends, stops or panics the process at a named place (`model/src/fault.rs`)."),
    ("MATCHFLOW_FAULT_GATE", "A file whose presence ends a pause that `MATCHFLOW_FAULT` made."),
    ("MATCHFLOW_KILLS", "How many random kills the kill harness makes (20; the whole harness: 500)."),
    (
        "MATCHFLOW_SCREENS",
        "The folder in which the browser test of `review` stores screenshots; without it, there are none.",
    ),
    ("MATCHFLOW_SEED", "The seed of the kill harness."),
    (
        "MATCHFLOW_SHARED",
        "The folder with labelled data that is not in the repository; tests that need it are skipped without.",
    ),
    ("UPDATE_GOLDEN", "Set to anything: tests that compare with a stored file write it instead."),
];

/// Names that are not environment variables of a process: of the build, of pipelines in tests, and of a test that
/// starts itself.
const OTHER: [&str; 3] = ["MATCHFLOW_INDEX_VERSION", "MATCHFLOW_PLUGINS", "MATCHFLOW_TOOLS"];

/// The page.
pub(crate) fn page() -> String {
    let listed: BTreeSet<&str> = USERS.iter().chain(&DEVELOPERS).map(|(name, _)| *name).collect();
    let read = variables();
    let absent: Vec<&String> = read.iter().filter(|name| !listed.contains(name.as_str())).collect();
    assert!(absent.is_empty(), "these variables are read and not described here: {absent:?}");
    for name in listed.iter().filter(|name| name.starts_with("MATCHFLOW_")) {
        assert!(read.contains(*name), "`{name}` is described and nothing reads it");
    }
    let rows = |list: &[(&str, &str)]| -> Vec<Vec<String>> {
        list.iter().map(|(name, meaning)| vec![code(name), (*meaning).to_owned()]).collect()
    };
    let mut out = HEAD.to_owned();
    let codes = EXIT_REASONS
        .map(|(reason, name, meaning)| vec![code(&reason.code().to_string()), code(name), meaning.to_owned()]);
    write!(
        out,
        "## Exit codes\n\nThe name is `code` in the events of `--progress json`.\n\n{}",
        table(&["code", "name", "meaning"], &codes)
    )
    .unwrap();
    write!(
        out,
        "\n## Environment variables\n\nApart from these, a pipeline file may name any variable (`${{NAME}}`), and arbiters read \
         the variables that `secrets` lists.\n\n{}",
        table(&["variable", "meaning"], &rows(&USERS))
    )
    .unwrap();
    let rows = rows(&DEVELOPERS);
    write!(out, "\n## For tests and builds\n\n{}", table(&["variable", "meaning"], &rows)).unwrap();
    out
}

/// Every quoted name `MATCHFLOW_...` in the sources.
fn variables() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["crates", "tests"] {
        collect(&root().join(folder), &mut names);
    }
    names
}

fn collect(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("reference/environment.rs")
        {
            let text = fs::read_to_string(&path).unwrap();
            let quoted = text.split('"').filter(|part| part.starts_with("MATCHFLOW_"));
            let plain = quoted.filter(|part| part.chars().all(|one| one.is_ascii_uppercase() || one == '_'));
            let own = plain.filter(|name| !OTHER.contains(name) && !name.contains("_TEST_"));
            names.extend(own.map(str::to_owned));
        }
    }
}
