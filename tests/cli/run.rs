//! The sample from its files to its results, and what resume skips.

use std::collections::HashMap;

use calamine::Data;

use crate::small::small;
use crate::support::{Ended, World};
use crate::tables::{Row, count, csv_rows, repeated, result_sheets};

const RUN: &[&str] = &["run", "suppliers.yaml"];
const CSV: &str = "out/suppliers-results.csv";
const XLSX: &str = "out/suppliers-results.xlsx";
const CHECKPOINT: &str = "out/suppliers.duckdb";
const ROWS: u64 = 2_500;
const OUTCOMES: [&str; 4] = ["matched", "review", "unmatched", "failed"];

fn sum_of_outcomes(ended: &Ended) -> u64 {
    OUTCOMES.iter().map(|word| ended.after(&format!("{word} "))).sum()
}

#[test]
fn the_sample_is_matched_and_its_counts_add_up() {
    let world = World::sample();
    let ended = world.succeed(RUN);
    assert_eq!(sum_of_outcomes(&ended), ROWS, "{ended:?}");
    assert_eq!(ended.after("failed "), 0);
    assert_eq!(ended.after("this run: "), ROWS);
    assert_eq!(ended.before(" skipped"), 0);
    let rows = csv_rows(&world, CSV);
    for word in OUTCOMES {
        let found = rows.iter().filter(|row| row["outcome"] == word).count() as u64;
        assert_eq!(found, ended.after(&format!("{word} ")), "{word}");
    }
    for stage in ["DIRECT_ID", "STRICT_LOCAL", "BROAD"] {
        assert!(rows.iter().any(|row| row["stage"] == stage && row["outcome"] == "matched"), "{stage} finds some");
    }
    assert!(ended.stdout.contains(&format!("{XLSX} (2500 rows)")) && ended.stdout.contains(CSV), "{ended:?}");
    assert_eq!(world.files("out"), ["suppliers-results.csv", "suppliers-results.xlsx", "suppliers.duckdb"]);
}

#[test]
fn both_files_have_every_key_once_and_sirets_of_14_digits() {
    let world = World::sample();
    world.succeed(RUN);
    let rows = csv_rows(&world, CSV);
    let keys: Vec<&str> = rows.iter().map(|row| row["key"].as_str()).collect();
    assert_eq!(keys.len() as u64, ROWS);
    assert_eq!(repeated(keys.iter().copied()), [""; 0]);
    let sheets = result_sheets(&world, XLSX);
    let row_of: HashMap<&str, &Row> = rows.iter().map(|row| (row["key"].as_str(), row)).collect();
    let outcome_of = |sheet: &str| match sheet {
        "Matched" => "matched",
        "To review" => "review",
        _ => "unmatched",
    };
    let (mut found, mut in_workbook) = (0, Vec::new());
    for (sheet, lines) in &sheets {
        for line in lines {
            let key = line["Auxiliaire / Code tiers"].to_string();
            let row = row_of.get(key.as_str()).unwrap_or_else(|| panic!("{key} on {sheet}"));
            assert_eq!(row["outcome"], outcome_of(sheet), "{key}");
            for (heading, name, digits) in [("Registry SIRET", "id", 14), ("Registry SIREN", "group", 9)] {
                match &line[heading] {
                    Data::Empty => assert_eq!(row[name], "", "{key}"),
                    Data::String(text) => {
                        assert_eq!(text, &row[name], "{key}");
                        assert!(text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()), "{text}");
                        found += 1;
                    }
                    other => panic!("{key}: {other:?} is no text"),
                }
            }
            in_workbook.push(key);
        }
    }
    in_workbook.sort_unstable();
    let mut sorted = keys.clone();
    sorted.sort_unstable();
    assert_eq!(in_workbook, sorted, "the two files have the same rows");
    assert!(found > ROWS, "most rows have an entry");
}

#[test]
fn the_tables_of_the_checkpoint_agree() {
    let world = World::sample();
    let ended = world.succeed(&[RUN, &["-v"]].concat());
    world.succeed(RUN);
    let count = |sql: &str| count(&world, CHECKPOINT, sql);
    assert_eq!(count("SELECT count(*) FROM results"), ROWS);
    assert_eq!(count("SELECT count(DISTINCT key) FROM results"), ROWS);
    assert_eq!(count("SELECT count(*) FROM epochs"), ROWS.div_ceil(100));
    assert_eq!(count("SELECT sum(rows)::UBIGINT FROM epochs"), ROWS);
    assert_eq!(count("SELECT count(*) FROM epochs WHERE rows <> 100"), 0, "2,500 rows are 25 whole epochs");
    let differing = "SELECT count(*) FROM epochs e WHERE e.rows <>
        (SELECT count(*) FROM results r WHERE r.run_id = e.run_id AND r.epoch = e.epoch)";
    assert_eq!(count(differing), 0);
    assert_eq!(count("SELECT count(*) FROM epochs WHERE rows <> matched + review + unmatched + failed"), 0);
    assert_eq!(count("SELECT count(*) FROM runs WHERE status = 'complete' AND ended_at >= started_at"), 2);
    let first = "FROM runs ORDER BY run_id LIMIT 1";
    for word in OUTCOMES {
        assert_eq!(count(&format!("SELECT {word} {first}")), ended.after(&format!("{word} ")), "{word}");
    }
    let differing = "SELECT count(*) FROM runs WHERE rows_read <> matched + review + unmatched + failed + skipped";
    assert_eq!(count(differing), 0);
    assert_eq!(count("SELECT sum(skipped)::UBIGINT FROM runs"), ROWS, "the second run skipped all");
    let line = ended.stdout.lines().find_map(|line| line.strip_prefix("cells: ")).unwrap();
    let said: Vec<u64> =
        line.split(|letter: char| !letter.is_ascii_digit()).filter_map(|word| word.parse().ok()).collect();
    let kept = |column: &str| count(&format!("SELECT cells_{column} {first}"));
    let [read, emitted, rejected, outside] = said[..] else { panic!("{line}") };
    assert_eq!([read, emitted, rejected, outside], ["read", "emitted", "rejected", "outside"].map(kept), "{line}");
    assert_eq!(read + kept("filled"), emitted + rejected + outside);
    let cells = count("SELECT count(*) FROM rejects");
    assert_eq!(count("SELECT sum(rejects)::UBIGINT FROM runs"), cells);
    assert_eq!(count("SELECT sum(rejects)::UBIGINT FROM epochs"), cells);
}

#[test]
fn a_second_run_skips_everything_and_writes_the_same_results() {
    let world = World::sample();
    world.succeed(RUN);
    let (csv, xlsx) = (world.read(CSV), result_sheets(&world, XLSX));
    let again = world.succeed(RUN);
    assert_eq!(again.after("this run: "), 0, "{again:?}");
    assert_eq!(again.before(" skipped"), ROWS);
    assert_eq!(again.before(" epochs"), 0);
    assert!(again.stderr.contains("2500 done by earlier runs"), "{again:?}");
    assert_eq!(sum_of_outcomes(&again), ROWS);
    assert!(world.read(CSV) == csv, "the CSV changed");
    assert!(result_sheets(&world, XLSX) == xlsx, "the workbook changed");
}

#[test]
fn limits_count_new_rows_only_and_change_no_result() {
    let world = World::sample();
    for (done, limit) in [(0, 300), (300, 450)] {
        let ended = world.succeed(&["run", "suppliers.yaml", "--limit", &limit.to_string()]);
        assert_eq!(ended.after("this run: "), limit, "{ended:?}");
        assert_eq!(ended.before(" skipped"), done, "{ended:?}");
        assert_eq!(csv_rows(&world, CSV).len() as u64, done + limit);
        let last = "SELECT rows FROM epochs ORDER BY run_id DESC, epoch DESC LIMIT 1";
        assert_eq!(count(&world, CHECKPOINT, last), if limit == 450 { 50 } else { 100 });
    }
    let rest = world.succeed(RUN);
    assert_eq!((rest.after("this run: "), rest.before(" skipped")), (ROWS - 750, 750));
    let interrupted = "SELECT count(*) FROM runs WHERE status = 'limited'";
    assert_eq!(count(&world, CHECKPOINT, interrupted), 2, "a run that its limit ended is not complete");
    let uninterrupted = World::sample();
    uninterrupted.succeed(RUN);
    assert!(world.read(CSV) == uninterrupted.read(CSV), "the results depend on where runs ended");
}

#[test]
fn only_a_changed_row_is_done_again() {
    let world = small();
    world.succeed(&["run", "small.yaml"]);
    let text = String::from_utf8(world.read("suppliers.csv")).unwrap();
    world.write("suppliers.csv", text.replace("NOWHERE LIMITED,13001", "GARAGE DU LAC,74000"));
    let ended = world.succeed(&["run", "small.yaml"]);
    assert_eq!((ended.after("this run: "), ended.before(" skipped")), (1, 6), "{ended:?}");
    let rows = csv_rows(&world, "out/results.csv");
    assert_eq!(rows.len(), 7);
    let of_key: HashMap<&str, _> = rows.iter().map(|row| (row["key"].as_str(), row)).collect();
    assert_eq!((of_key["F7"]["outcome"].as_str(), of_key["F7"]["id"].as_str()), ("matched", "80023456900013"));
    assert_eq!(count(&world, "out/small.duckdb", "SELECT count(*) FROM results WHERE key = 'F7'"), 2, "both are kept");
}

#[test]
fn rows_with_one_key_are_all_kept() {
    let world = small();
    let text = String::from_utf8(world.read("suppliers.csv")).unwrap();
    world.write("suppliers.csv", text.replace("F2,", "F1,"));
    let ended = world.succeed(&["run", "small.yaml"]);
    assert!(ended.stdout.contains("key#2"), "{ended:?}");
    let rows = csv_rows(&world, "out/results.csv");
    let keys: Vec<&str> = rows.iter().map(|row| row["key"].as_str()).collect();
    assert_eq!(keys, ["F1", "F1#2", "F3", "F4", "F5", "F6", "F7"]);
}

#[test]
fn a_company_match_shows_no_establishment() {
    let world = World::sample();
    world.succeed(RUN);
    let rows = csv_rows(&world, CSV);
    let of_level = |level: &str| rows.iter().filter(|row| row["level"] == level).collect::<Vec<_>>();
    let (companies, establishments) = (of_level("company"), of_level("establishment"));
    assert!(companies.len() > 10 && establishments.len() > 1000, "{} {}", companies.len(), establishments.len());
    for row in &companies {
        assert!(row["reason"].contains("undecided (best candidate: "), "{row:?}");
        assert!(!row["group"].is_empty() && format!("{}{}", row["entry_name"], row["entry_person"]) != "", "{row:?}");
        for column in ["id", "entry_address", "entry_postcode", "entry_town", "closed_on"] {
            assert_eq!(row[column], "", "{column} of {}", row["key"]);
        }
    }
    assert!(establishments.iter().all(|row| !row["id"].is_empty()));
    for row in rows.iter().filter(|row| row["level"].is_empty()) {
        assert!(row["outcome"] == "unmatched" || row["outcome"] == "failed", "{row:?}");
    }
    // Reasons are in words, and closed entries can be filtered.
    let matched = || rows.iter().filter(|row| row["outcome"] == "matched");
    let has_facts = |row: &&Row| {
        ["same ", "close name", "similar", "nearly", "partly"].iter().any(|word| row["reason"].contains(word))
    };
    assert_eq!(matched().filter(has_facts).count(), matched().count());
    assert!(matched().filter(|row| row["closed"] == "true").count() > 10);
    assert!(matched().all(|row| row["closed"] == "true" || row["closed"] == "false"));
}
