//! The formats of result files, and that `evaluate` reads every one of them.

use std::collections::HashMap;

use crate::small::small;
use crate::support::World;

const LANGUAGES: [&str; 2] = ["en", "fr"];

/// The report of an evaluation, without single scores, which a workbook rounds.
fn evaluate(world: &World, results: &str) -> serde_json::Value {
    let ended = world.succeed(&["evaluate", results, "--truth", "truth.csv", "--json"]);
    let mut report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    for level in ["id", "group"] {
        let level = report[level].as_object_mut().unwrap();
        ["curve", "reliability", "advice"].iter().for_each(|section| {
            level.remove(*section);
        });
    }
    for list in ["wrong", "missed"] {
        for mistake in report[list].as_array_mut().into_iter().flatten() {
            mistake.as_object_mut().unwrap().remove("score");
        }
    }
    report
}

/// A run of `small.yaml` with results in every format.
fn run_in_every_format(world: &World, language: &str) -> Vec<String> {
    let name = |extension: &str| format!("out/{language}.{extension}");
    let outputs = ["xlsx", "csv", "parquet", "jsonl", "table.duckdb"].map(|extension| {
        let format = extension.rsplit('.').next().unwrap_or_default();
        format!("{{{format}: {}}}", name(extension))
    });
    let outputs = format!("outputs=[{}]", outputs.join(", "));
    let (checkpoint, language) = (format!("sink.checkpoint={}", name("duckdb")), format!("language={language}"));
    world.succeed(&["run", "small.yaml", "--set", &outputs, "--set", &checkpoint, "--set", &language]);
    ["duckdb", "csv", "xlsx", "parquet", "jsonl", "table.duckdb"].map(name).to_vec()
}

/// Right, wrong, missed with the right entry as an alternative, and correctly unmatched.
const TRUTH: &str = "key,siret,kind\nF1,80012345700015,case\nF2,80034567000015,town\nF3,80034567000015,\nF7,,none\n";

#[test]
fn evaluate_reads_the_results_of_every_format_in_every_language() {
    let world = small();
    world.write("truth.csv", TRUTH);
    let mut reports = Vec::new();
    for language in LANGUAGES {
        let files = run_in_every_format(&world, language);
        reports.extend(files.into_iter().map(|file| (evaluate(&world, &file), file)));
    }
    let (expected, _) = &reports[0];
    assert_eq!(expected["id"]["right"], 2);
    assert_eq!(expected["id"]["wrong"], 1);
    assert_eq!(expected["id"]["rightly_none"], 1);
    for (report, file) in &reports {
        assert_eq!(report, expected, "{file}");
    }
}

#[test]
fn files_that_are_not_results_are_refused_by_name() {
    let world = small();
    world.write("truth.csv", TRUTH);
    world.write("image.xlsx", b"PK\x03\x04 no workbook");
    world.write("results.csv.gz", b"\x1f\x8b\x08\0\0\0\0\0");
    world.write("windows.csv", b"key;outcome;id;group\nF1;r\xe9sultat;1;1\n");
    for (results, words) in [
        ("image.xlsx", "image.xlsx"),
        ("results.csv.gz", "gzip"),
        ("windows.csv", "UTF-8"),
        ("suppliers.csv", "no column `key`; the header has: `Code`, `Nom`, `Postal`"),
    ] {
        let ended = world.run(&["evaluate", results, "--truth", "truth.csv"]);
        assert_ne!(ended.code, Some(0), "{results}: {ended:?}");
        assert!(ended.stderr.contains(words), "{results}: {ended:?}");
    }
}

/// The rows of a CSV file in a dialect, by column.
fn rows(world: &World, name: &str, delimiter: u8) -> Vec<HashMap<String, String>> {
    let bytes = world.read(name);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(&bytes[..]);
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn a_csv_file_has_the_columns_the_delimiter_and_the_mark_of_the_pipeline() {
    let world = small();
    world.write("suppliers.csv", "Code,Nom,Postal\nF1,DUPONT PLOMBERIE,69003\nF8,DUPOND PLOMBERIES,69003\n");
    let run = |csv: &str, language: &str| {
        let (outputs, language) = (format!("outputs=[{{csv: {csv}}}]"), format!("language={language}"));
        world.succeed(&["run", "small.yaml", "--set", &outputs, "--set", &language]);
        String::from_utf8(world.read("out/r.csv")).unwrap()
    };
    let plain = run("out/r.csv", "en");
    assert!(plain.starts_with("key,row,in_name"), "{plain}");

    let french = run("out/r.csv", "fr");
    assert!(french.starts_with("\u{feff}key;row;in_name"), "{french}");
    let (points, commas) = (rows(&world, "out/r.csv", b';'), french);
    assert!(points.iter().any(|row| row["score"].contains(',')), "{commas}");

    // A dialect set in the pipeline applies in every language.
    let set = "{ path: out/r.csv, columns: [outcome, entry_name, key, closed_on], delimiter: tab, bom: false, decimal: point }";
    for language in LANGUAGES {
        let text = run(set, language);
        assert!(text.starts_with("outcome\tentry_name\tkey\tclosed_on\n"), "{text}");
        let rows = rows(&world, "out/r.csv", b'\t');
        let first = &rows[0];
        assert_eq!([&first["outcome"], &first["entry_name"], &first["key"]], ["matched", "DUPONT PLOMBERIE", "F1"]);
    }

    let unknown = "outputs=[{csv: {path: out/r.csv, columns: [key, outcom]}}]";
    let ended = world.run(&["run", "small.yaml", "--set", unknown]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.stderr.contains("results have no column `outcom`"), "{ended:?}");
    assert!(ended.stderr.contains("did you mean `outcome`"), "{ended:?}");
}

#[test]
fn an_edited_file_in_a_custom_dialect_is_kept() {
    let world = small();
    let set = ["--set", "language=fr", "--set", "outputs=[{csv: out/r.csv}]"];
    let run = || world.succeed(&[&["run", "small.yaml"][..], &set].concat());
    run();
    let own = world.read("out/r.csv");
    run();
    assert_eq!(world.files("out").iter().filter(|name| name.contains("edited")).count(), 0, "{:?}", world.files("out"));
    world.write("out/r.csv", [&own[..], b"a note\n"].concat());
    run();
    assert_eq!(world.read("out/r.csv"), own);
    assert!(world.files("out").contains(&"r.edited.csv".to_owned()), "{:?}", world.files("out"));
}

#[test]
fn all_columns_of_the_supplier_file_are_in_the_results_under_their_headers() {
    let world = small();
    world.write(
        "suppliers.csv",
        "Code,Nom,Postal,Créé le,2ᵉ adresse,Nom\nF1,DUPONT PLOMBERIE,69003,2024-01-02,Bât. B,ancien\n",
    );
    let outputs = "outputs=[{csv: out/results.csv}, {xlsx: out/results.xlsx}]";
    world.succeed(&["run", "small.yaml", "--set", "source.columns=all", "--set", outputs]);
    let row = &rows(&world, "out/results.csv", b',')[0];
    assert_eq!(
        [&row["in_cree_le"], &row["in_column_2e_adresse"], &row["in_nom_2"]],
        ["2024-01-02", "Bât. B", "ancien"]
    );
    assert!(!row.contains_key("in_code"), "the key is there once: {row:?}");
    let sheets = crate::tables::result_sheets(&world, "out/results.xlsx");
    let (_, matched) = sheets.iter().find(|(name, _)| name == "Matched").unwrap();
    assert_eq!(matched[0]["Créé le"].to_string(), "2024-01-02");

    world.succeed(&["run", "small.yaml", "--set", outputs]);
    assert!(!rows(&world, "out/results.csv", b',')[0].contains_key("in_cree_le"));
}
