//! Every folder of `data/failing`, inputs that were once read wrongly, if `MATCHFLOW_SHARED` has them: their READMEs
//! state the expected results. Copies with invented names are in the tests of each area.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Ended, World, root};
use crate::tables::csv_rows;

fn failing() -> Option<PathBuf> {
    let named = std::env::var_os("MATCHFLOW_SHARED").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| root().join("../shared")).join("data/failing");
    if !folder.is_dir() {
        println!("skipped: needs data/failing of MATCHFLOW_SHARED");
    }
    Some(folder).filter(|folder| folder.is_dir())
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => fs::write(to.join(entry.file_name()), fs::read(entry.path()).unwrap()).unwrap(),
        }
    }
}

/// Copies of the folders.
fn world(failing: &Path) -> World {
    let mut world = World::empty();
    world.set_variable("MATCHFLOW_PLUGINS", &world.path("../plugins").display().to_string());
    copy(failing, &world.path(""));
    world
}

type Texts = &'static [&'static str];

/// A pipeline that succeeds: some columns of its results, one row per line.
struct Results {
    /// The folder, and the name of the pipeline.
    pipeline: (&'static str, &'static str),
    columns: Texts,
    rows: Texts,
    /// Expected texts of the summary.
    says: Texts,
}

const FOUND: &[&str] = &["key", "stage", "id"];
const DATED: &[&str] = &["key", "stage", "in_since"];
const IDENTIFIED: &[&str] =
    &["F1 DIRECT_ID 90051234400012", "F2 DIRECT_ID 90056789200014", "F3 DIRECT_ID 90058888000014"];
const PLACED: &[&str] = &["F1 PLACE 90051234400012", "F2 PLACE 90056789200014", "F3 PLACE 90058888000014"];

const DAYS: Texts = &["F1 DIRECT_ID 2024-03-31", "F2 DIRECT_ID 2024-03-31", "F3 DIRECT_ID "];
const FAR_DAYS: Texts = &["F1 DIRECT_ID 9999-12-31", "F2 DIRECT_ID 0001-01-01", "F3 DIRECT_ID 2024-03-31"];
const DAY_BEYOND: Texts = &["F1 DIRECT_ID 2024-03-31", "F2 DIRECT_ID ", "F3 DIRECT_ID 2024-03-31"];

const fn results(folder: &'static str, name: &'static str, rows: Texts) -> Results {
    Results { pipeline: (folder, name), columns: FOUND, rows, says: &[] }
}

const fn dated(folder: &'static str, name: &'static str, rows: Texts, says: Texts) -> Results {
    Results { pipeline: (folder, name), columns: DATED, rows, says }
}

const fn said(results: Results, says: Texts) -> Results {
    Results { says, ..results }
}

const READ_ONCE_WRONGLY: &[Results] = &[
    results("00-control", "pipeline", IDENTIFIED),
    dated("01-parquet-timestamp-zone", "pipeline", DAYS, &[]),
    dated("01-parquet-timestamp-zone", "paris", DAYS, &[]),
    dated("02-parquet-int96-far-day", "pipeline", FAR_DAYS, &[]),
    results(
        "03-parquet-decimal-identifier",
        "pipeline",
        &["1001 DIRECT_ID 90051234400012", "1002 DIRECT_ID 90056789200014", "1003 DIRECT_ID 90058888000014"],
    ),
    Results {
        pipeline: ("04-parquet-text-not-utf8", "pipeline"),
        columns: &["key", "in_name"],
        rows: &["F1 BRUMELAC SOCIÉTÉ", "F2 ORVALINE SOCIÉTÉ", "F3 PELLUNORD SOCIÉTÉ"],
        says: &[],
    },
    Results {
        pipeline: ("04-parquet-text-not-utf8", "keys"),
        columns: &["key"],
        rows: &["Fé1", "Fé2", "Fé3"],
        says: &[],
    },
    Results {
        pipeline: ("05-csv-quote-left-open", "closed-later"),
        columns: &["key", "id"],
        rows: &[
            "F1a 90051234400012",
            "F2a 90056789200014",
            "F3a 90058888000014",
            "F1b 90051234400012",
            "F2b 90056789200014",
            "F3b 90058888000014",
        ],
        says: &["quotes that are not closed or not doubled: 1, the first is row 3"],
    },
    results("06-csv-return-with-feed-in-cell", "no-rows", IDENTIFIED),
    results("06-csv-return-with-feed-in-cell", "no-column", IDENTIFIED),
    results("07-csv-lines-above-header", "sep", IDENTIFIED),
    results("07-csv-lines-above-header", "title", IDENTIFIED),
    results("08-csv-guards-and-unit-separator", "equals", IDENTIFIED),
    Results {
        pipeline: ("08-csv-guards-and-unit-separator", "separator"),
        columns: &["key", "in_name"],
        rows: &["F1 PELLUNORD BRUMELAC", "F2 ORVALINE", "F3 PELLUNORD"],
        says: &[],
    },
    results("09-csv-encodings", "utf16", IDENTIFIED),
    results("09-csv-encodings", "nul", IDENTIFIED),
    results("09-csv-encodings", "mark-inside", IDENTIFIED),
    results("09-csv-encodings", "header", IDENTIFIED),
    results("10-csv-quotes-of-others", "space", PLACED),
    results("10-csv-quotes-of-others", "backslash", PLACED),
    results("10-csv-quotes-of-others", "single", PLACED),
    said(
        Results {
            columns: &["key", "outcome"],
            ..results(
                "12-rows-that-say-nothing",
                "zero",
                &[
                    "F1 matched",
                    "F2 matched",
                    "F3 matched",
                    "5 unmatched",
                    "6 unmatched",
                    "7 unmatched",
                    "8 unmatched",
                    "9 unmatched",
                ],
            )
        },
        &["5 rows are empty in every column that is read"],
    ),
    results("12-rows-that-say-nothing", "invisible", IDENTIFIED),
    Results {
        pipeline: ("13-xlsx-words-in-formats", "pipeline"),
        columns: &["key", "in_postcode"],
        rows: &["N1 57000", "N2 57000", "N3 57000", "N4 57000", "N5 57000", "N6 57000", "N7 57000", "N8 2056-01-21"],
        says: &[],
    },
    Results {
        pipeline: ("14-ods-shape-in-cell", "pipeline"),
        columns: &["key", "in_name", "in_town"],
        rows: &["F1 BRUMELAC NICE", "F2 ORVALINE DIJON"],
        says: &[],
    },
    results(
        "21-registry-of-numbers",
        "pipeline",
        &["F1 DIRECT_ID 00512345000016", "F2 DIRECT_GROUP 00512345000016", "F3 PLACE 00512345000016"],
    ),
    dated("25-parquet-one-day-beyond", "pipeline", DAY_BEYOND, &["1 reject"]),
    said(
        Results {
            columns: &["key", "in_siret"],
            ..results("27-csv-row-broken-in-two", "pipeline", &["F1 90051234400012", "F2 ", "4 ", "F3 90058888000014"])
        },
        &["with fewer cells than the header: 2, the first is row 3"],
    ),
    results(
        "30-siret-alone-names-no-entry",
        "pipeline",
        &["F1 DIRECT_ID 90057777600025", "F2 DIRECT_ID 90057777600025"],
    ),
];

#[test]
fn inputs_once_read_wrongly_give_the_expected_results() {
    let Some(failing) = failing() else { return };
    let world = world(&failing);
    for Results { pipeline: (folder, name), columns, rows, says } in READ_ONCE_WRONGLY {
        let ended = world.succeed(&["run", &format!("{folder}/{name}.yaml")]);
        let line =
            |row: crate::tables::Row| columns.iter().map(|column| row[*column].clone()).collect::<Vec<_>>().join(" ");
        let name_of_csv = if *folder == "00-control" { "case" } else { name };
        let found: Vec<String> =
            csv_rows(&world, &format!("{folder}/out/{name_of_csv}.csv")).into_iter().map(line).collect();
        assert_eq!(found, *rows, "{folder}/{name}: {ended:?}");
        for words in *says {
            assert!(ended.stdout.contains(words), "{folder}/{name}, {words}: {ended:?}");
        }
    }
}

/// Commands that fail, or whose output was wrong: arguments, exit code, words of the output.
const COMMANDS: &[(&[&str], i32, &[&str])] = &[
    (&["run", "05-csv-quote-left-open/to-the-end.yaml"], 65, &["row 3 of", "never closed"]),
    (&["inspect", "05-csv-quote-left-open/to-the-end.csv"], 65, &["row 3 of", "never closed"]),
    (&["validate", "11-not-what-it-is-called/gzip.yaml"], 0, &["no problems"]),
    (&["validate", "11-not-what-it-is-called/zip.yaml"], 0, &["no problems"]),
    (&["validate", "11-not-what-it-is-called/html.yaml"], 65, &["HTML"]),
    (&["validate", "11-not-what-it-is-called/pointer.yaml"], 65, &["Git LFS pointer"]),
    (&["validate", "11-not-what-it-is-called/brotli.yaml"], 65, &["Brotli"]),
    (&["validate", "11-not-what-it-is-called/duration.yaml"], 65, &["Depuis", "Duration"]),
    (&["train", "18-train-on-too-little/no-rows.yaml", "--out", "m.yaml"], 67, &["no rows"]),
    (
        &["train", "18-train-on-too-little/no-siret.yaml", "--out", "m.yaml"],
        0,
        &["no true pair was compared by `identifier`"],
    ),
    (
        &[
            "train",
            "18-train-on-too-little/no-siret.yaml",
            "--out",
            "n.yaml",
            "--truth",
            "18-train-on-too-little/truth-of-others.csv",
        ],
        1,
        &["none of the 30 rows"],
    ),
    (&["validate", "20-yaml-and-folders/pipeline.yaml"], 0, &[]),
    (&["validate", "20-yaml-and-folders/merge.yaml"], 0, &[]),
    (&["validate", "20-yaml-and-folders/utf16.yaml"], 2, &["UTF-16", "save it as UTF-8"]),
    (&["validate", "20-yaml-and-folders/windows1252.yaml"], 2, &["not UTF-8", "line 1"]),
    (&["validate", "20-yaml-and-folders/no-break-space.yaml"], 2, &["U+00A0", "no-break-space.yaml:6:"]),
    // DuckDB cuts a path at the first `?`: the folder is named, whatever the working directory.
    (&["run", "20-yaml-and-folders/tiers ? 2024/pipeline.yaml"], 1, &["contains `?`", "another folder"]),
    (&["validate", "24-sirene-files-swapped/swapped.yaml"], 2, &["`units` and `establishments` are swapped"]),
    (&["run", "24-sirene-files-swapped/right.yaml"], 0, &["matched 4"]),
    (&["inspect", "28-inspect-advice-not-taken/suppliers.csv"], 0, &["totals: skip"]),
    (&["run", "28-inspect-advice-not-taken/pipeline.yaml", "--set", "source.csv.totals=skip"], 0, &["matched 3"]),
    (
        &["run", "16-names-not-latin/pipeline.yaml"],
        0,
        &["4 rows have a name without Latin letters", "groups of duplicates: 0"],
    ),
    (&["run", "17-equal-rows-cut/pipeline.yaml"], 0, &["groups of duplicates: 1", "rows in them: 120"]),
    (&["run", "26-row-without-name-joins-two/pipeline.yaml"], 0, &["groups of duplicates: 0"]),
    (&["run", "26-row-without-name-joins-two/without.yaml"], 0, &["groups of duplicates: 0"]),
];

#[test]
fn inputs_once_explained_badly_have_clear_messages() {
    let Some(failing) = failing() else { return };
    let world = world(&failing);
    for (arguments, code, words) in COMMANDS {
        let ended = world.run(arguments);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        let folded: String = said.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
        assert_eq!(ended.code, Some(*code), "{arguments:?}: {ended:?}");
        assert!(words.iter().all(|words| folded.contains(words)), "{arguments:?}, {words:?}: {ended:?}");
    }
    let Ended { stdout, stderr, .. } = world.run(&["inspect", "29-control-characters-shown/suppliers.csv"]);
    let validated = world.run(&["validate", "29-control-characters-shown/pipeline.yaml"]);
    for text in [stdout, stderr, validated.stdout, validated.stderr] {
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{text:?}");
    }
}

#[test]
fn identifiers_are_found_by_the_expected_stages() {
    let Some(failing) = failing() else { return };
    let world = world(&failing);
    for folder in ["15-invisible-in-identifiers", "22-identifiers-with-words"] {
        world.succeed(&["run", &format!("{folder}/pipeline.yaml")]);
        for row in csv_rows(&world, &format!("{folder}/out/pipeline.csv")) {
            let key = row["key"].as_str();
            let (kind, number) = key.split_at(1);
            let expected = match (kind, number) {
                ("s", _) => "DIRECT_ID",
                ("v", _) | ("I", "09" | "10" | "11" | "13") => "DIRECT_GROUP",
                ("p", _) => "PLACE",
                ("d", _) => "BROAD",
                _ => "DIRECT_ID",
            };
            assert_eq!(row["stage"], expected, "{folder}: {row:?}");
            assert!(kind != "d" || row["in_since"] == "2024-03-31", "{row:?}");
        }
    }
}

/// 31: as many equal rows as the README's script makes.
#[test]
fn four_thousand_equal_rows_are_one_cluster() {
    let Some(failing) = failing() else { return };
    let world = world(&failing);
    let folder = "31-many-equal-rows-slow-and-apart";
    let control = String::from_utf8(world.read("17-equal-rows-cut/suppliers.csv")).unwrap();
    let (header, rows) = control.split_once('\n').unwrap();
    let (_, rest) = rows.lines().next().unwrap().split_once(';').unwrap();
    let rows: String = (0..4_000).map(|number| format!("S{number:05};{rest}\n")).collect();
    world.write(&format!("{folder}/suppliers.csv"), format!("{header}\n{rows}"));
    let ended = world.succeed(&["run", &format!("{folder}/pipeline.yaml")]);
    assert_eq!((ended.after("groups of duplicates:"), ended.after("rows in them:")), (1, 4_000), "{ended:?}");
}

/// 19: the checkpoint behind a link is the file that the link points to, and a damaged log is found by either name.
#[cfg(unix)]
#[test]
fn a_checkpoint_behind_a_link_is_one_file() {
    let Some(failing) = failing() else { return };
    let world = world(&failing);
    let path = |name: &str| world.path(&format!("19-checkpoint-behind-a-link/{name}"));
    fs::create_dir(path("links")).unwrap();
    fs::create_dir(path("disk")).unwrap();
    std::os::unix::fs::symlink("../disk/case.duckdb", path("links/case.duckdb")).unwrap();
    let pipeline = "19-checkpoint-behind-a-link/pipeline.yaml";
    world.succeed(&["run", pipeline, "--limit", "100"]);
    assert!(path("disk/case.duckdb").is_file());
    let log = path("disk/case.duckdb.wal");
    fs::write(&log, [0; 64]).unwrap();
    let by_link = world.run(&["run", pipeline]);
    let checkpoint = format!("sink.checkpoint={}", path("disk/case.duckdb").display());
    let by_name = world.run(&["run", pipeline, "--set", &checkpoint]);
    for ended in [&by_link, &by_name] {
        assert_ne!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stderr.contains("is damaged"), "{ended:?}");
    }
    assert_eq!(fs::read(&log).unwrap(), [0; 64], "the log is as it was");
}

/// 23: an address-space limit fails no row.
#[cfg(target_os = "linux")]
#[test]
fn an_address_space_limit_fails_no_row() {
    let Some(failing) = failing() else { return };
    let world = world(&failing);
    let command = world.command(&["run", "23-limit-on-addresses/pipeline.yaml"]);
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -v 12582912; exec \"$@\"", "sh"]).arg(command.get_program()).args(command.get_args());
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited.current_dir(command.get_current_dir().unwrap());
    let ended = Ended::of(limited.output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("matched 3"), "{ended:?}");
}

#[test]
fn every_folder_has_a_test() {
    let Some(failing) = failing() else { return };
    let folders: BTreeSet<String> = fs::read_dir(failing)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let source = include_str!("failing_inputs.rs");
    let untested: Vec<&String> = folders.iter().filter(|folder| !source.contains(folder.as_str())).collect();
    assert!(untested.is_empty(), "{untested:?}");
}
