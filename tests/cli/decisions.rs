//! What people decide: filled into the workbook of a run, imported, applied by the next run, merged, undone.

use std::collections::BTreeMap;

use calamine::{Data, Reader, Xlsx, open_workbook};
use rust_xlsxwriter::Workbook;

use crate::small::{ROWS, small};
use crate::support::{Ended, World};
use crate::tables::csv_rows;

const RUN: &[&str] = &["run", "small.yaml"];
const WITH_CLOSED: &[&str] = &["run", "small.yaml", "--set", "reference.closed=true"];
const CSV: &str = "out/results.csv";
const BOOK: &str = "out/results.xlsx";
const DECISIONS: &str = "out/small.duckdb.decisions.jsonl";

/// Fills cells into a workbook as a person does: for a key, headings with texts.
fn fill(world: &World, from: &str, to: &str, filled: &[(&str, &[(&str, &str)])]) {
    let mut old: Xlsx<_> = open_workbook(world.path(from)).unwrap();
    let mut new = Workbook::new();
    let mut left: Vec<&str> = filled.iter().map(|(key, _)| *key).collect();
    for name in old.sheet_names() {
        let range = old.worksheet_range(&name).unwrap();
        let mut cells: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(Data::to_string).collect()).collect();
        let header = cells.first().cloned().unwrap_or_default();
        for row in cells.iter_mut().skip(1) {
            let Some((key, values)) = filled.iter().find(|(key, _)| row.first().map(String::as_str) == Some(*key))
            else {
                continue;
            };
            for (heading, text) in *values {
                let Some(place) = header.iter().position(|one| one == heading) else { continue };
                (*text).clone_into(&mut row[place]);
                left.retain(|left| left != key);
            }
        }
        let sheet = new.add_worksheet();
        sheet.set_name(&name).unwrap();
        for (row, texts) in cells.iter().enumerate() {
            for (column, text) in texts.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
                sheet.write_string(row as u32, column as u16, text).unwrap();
            }
        }
    }
    new.save(world.path(to)).unwrap();
    assert_eq!(left, [""; 0], "rows that the workbook does not have");
}

fn import(world: &World, file: &str, by: &str) -> Ended {
    world.run(&["decisions", "import", "small.yaml", file, "--by", by])
}

/// The CSV file of verdicts, imported by a person.
pub(crate) fn decide(world: &World, by: &str, verdicts: &str) -> Ended {
    world.write("verdicts.csv", format!("key,verdict,other_id,comment\n{verdicts}"));
    let ended = import(world, "verdicts.csv", by);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

/// Outcome, id, and what became of the decision, by key.
pub(crate) fn outcomes(world: &World) -> BTreeMap<String, (String, String, String)> {
    let rows = csv_rows(world, CSV);
    let text = |row: &crate::tables::Row, name: &str| row.get(name).cloned().unwrap_or_default();
    rows.iter()
        .map(|row| (row["key"].clone(), (row["outcome"].clone(), row["id"].clone(), text(row, "decision"))))
        .collect()
}

#[test]
fn a_verdict_in_the_workbook_wins_over_every_score_and_undoing_it_brings_the_old_results_back() {
    let world = small();
    world.succeed(RUN);
    let before = world.read(CSV);
    let verdicts: [(&str, &[(&str, &str)]); 3] = [
        ("F7", &[("Verdict", "accept"), ("Other id", "8004567820 0013"), ("Comment", "same phone")]),
        ("F6", &[("Verdict", "not in the registry")]),
        ("F1", &[("Verdict", "accept")]),
    ];
    fill(&world, BOOK, "filled.xlsx", &verdicts);
    let ended = import(&world, "filled.xlsx", "Alice");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("3 verdicts imported"), "{ended:?}");
    let again = import(&world, "filled.xlsx", "Alice");
    assert!(again.stderr.contains("0 verdicts imported, 3 known already"), "{again:?}");
    let ended = world.succeed(RUN);
    assert_eq!(ended.before(" skipped"), ROWS - 3, "the rows that were decided are done again, no other: {ended:?}");
    assert!(ended.stdout.contains("decisions: 3 applied\n"), "{ended:?}");
    let found = outcomes(&world);
    let matched = |key: &str| (found[key].0.as_str(), found[key].1.as_str());
    assert_eq!(matched("F7"), ("matched", "80045678200013"));
    assert_eq!(matched("F6"), ("unmatched", ""));
    assert_eq!(matched("F1"), ("matched", "80012345700015"));
    assert!(
        found["F7"].2.starts_with("applied: Alice, ")
            && found["F7"].2.ends_with(": accept 80045678200013 (same phone)"),
        "{found:?}"
    );
    let explained = world.succeed(&["explain", "out/small.duckdb", "F7"]);
    assert!(explained.stdout.contains("decided by Alice: accept: same phone"), "{explained:?}");
    // An unchanged decision does no work, and a run gives the same again.
    let decided = world.read(CSV);
    let ended = world.succeed(RUN);
    assert_eq!(ended.before(" skipped"), ROWS, "{ended:?}");
    assert!(world.read(CSV) == decided);
    let listed = world.succeed(&["decisions", "list", "small.yaml"]);
    let act = listed.stdout.split_whitespace().nth(1).unwrap().to_owned();
    let undone = world.succeed(&["decisions", "undo", "small.yaml", &act, "--by", "Bob", "--why", "wrong file"]);
    assert!(undone.stderr.contains("3 records undone"), "{undone:?}");
    let ended = world.succeed(RUN);
    assert_eq!(ended.before(" skipped"), ROWS - 3, "{ended:?}");
    assert!(world.read(CSV) == before, "the results are those of before the decisions");
    let text = String::from_utf8(world.read(DECISIONS)).unwrap();
    assert_eq!(text.lines().count(), 4, "undoing adds a line and removes none");
    // Undoing that brings them back.
    let all = world.succeed(&["decisions", "list", "small.yaml", "--all"]);
    let undo = all.stdout.lines().find(|line| line.contains("  undo ")).unwrap().split_whitespace().next().unwrap();
    world.succeed(&["decisions", "undo", "small.yaml", undo, "--by", "Bob"]);
    world.succeed(RUN);
    assert!(world.read(CSV) == decided);
}

#[test]
fn results_with_decisions_do_not_depend_on_workers_nor_on_a_kill() {
    let verdicts = "F7,accept,80045678200013,\nF2,not a supplier,,\nF3,later,,\nF4,other establishment,800123457,\n";
    let expected = {
        let world = small();
        world.succeed(RUN);
        decide(&world, "Alice", verdicts);
        world.succeed(RUN);
        let found = outcomes(&world);
        assert_eq!((found["F4"].0.as_str(), found["F3"].0.as_str()), ("matched", "review"), "{found:?}");
        world.read(CSV)
    };
    let decided = || {
        let world = small();
        world.succeed(RUN);
        decide(&world, "Alice", verdicts);
        world
    };
    for workers in ["1", "3"] {
        let world = decided();
        world.succeed(&[RUN, &["-w", workers]].concat());
        assert!(world.read(CSV) == expected, "{workers} workers");
    }
    for place in ["between append and commit:2", "after commit:1", "before a result has its name"] {
        let world = decided();
        let killed = world.run_with_fault(&format!("kill@{place}"), RUN);
        assert_eq!(killed.code, None, "{place}: {killed:?}");
        world.succeed(RUN);
        assert!(world.read(CSV) == expected, "after a kill {place}");
    }
    // Without a first run that decided anything else.
    let world = decided();
    std::fs::rename(world.path(DECISIONS), world.path("saved")).unwrap();
    std::fs::remove_dir_all(world.path("out")).unwrap();
    std::fs::create_dir(world.path("out")).unwrap();
    std::fs::rename(world.path("saved"), world.path(DECISIONS)).unwrap();
    world.succeed(RUN);
    assert!(world.read(CSV) == expected, "decisions before the first run");
}

#[test]
fn a_decision_comes_back_to_review_when_the_row_or_the_entry_is_another_one() {
    let world = small();
    world.succeed(WITH_CLOSED);
    decide(&world, "Alice", "F1,accept,,\nF2,accept,,\nF3,accept,80099999900017,\n");
    let ended = world.succeed(WITH_CLOSED);
    assert!(ended.stdout.contains("decisions: 2 applied, 1 stale: the registry does not have the entry"), "{ended:?}");
    // The row of F1 and the entry of F2 change; then the entry of F2 closes.
    let suppliers = String::from_utf8(world.read("suppliers.csv")).unwrap();
    world.write("suppliers.csv", suppliers.replace("DUPONT PLOMBERIE", "DUPONT ET FILS"));
    let registry = String::from_utf8(world.read("registry.csv")).unwrap();
    world.write("registry.csv", registry.replace("GARAGE DU LAC,74000", "GARAGE DU PORT,74000"));
    let ended = world.succeed(WITH_CLOSED);
    assert!(
        ended.stdout.contains("1 stale: the row has changed, 1 stale: the entry has changed, 1 stale: the registry"),
        "{ended:?}"
    );
    let found = outcomes(&world);
    for (key, cause) in [
        ("F1", "the row has changed"),
        ("F2", "the entry has changed (name)"),
        ("F3", "the registry does not have the entry"),
    ] {
        assert_eq!(found[key].0, "review", "{key}");
        assert!(found[key].2.starts_with(&format!("{cause}: Alice, ")), "{key}: {found:?}");
    }
    world.write("registry.csv", registry.replace("GARAGE DU LAC,74000,A", "GARAGE DU LAC,74000,F"));
    let ended = world.succeed(WITH_CLOSED);
    assert!(ended.stdout.contains("1 stale: the entry has closed"), "{ended:?}");
    // What has come back can be decided again in the workbook, which has the old verdict.
    fill(&world, BOOK, "filled.xlsx", &[("F2", &[("Verdict", "accept"), ("Comment", "it pays its last bills")])]);
    let ended = import(&world, "filled.xlsx", "Bob");
    assert!(ended.stderr.contains("1 verdict imported"), "{ended:?}");
    let ended = world.succeed(WITH_CLOSED);
    assert!(
        ended.stdout.contains("decisions: 1 applied, 1 stale: the row has changed, 1 stale: the registry"),
        "{ended:?}"
    );
    assert_eq!(outcomes(&world)["F2"].0, "matched");
    // A row that is gone: its decision cannot be anchored, and says so.
    world.write("suppliers.csv", suppliers.replace("F3,ZOLA MENUISERIE,37000\n", ""));
    let ended = world.succeed(WITH_CLOSED);
    assert!(ended.stdout.contains("1 without a row in the supplier file (F3)"), "{ended:?}");
}

#[test]
fn what_cannot_be_understood_is_named_by_sheet_and_row_and_nothing_is_imported() {
    let world = small();
    world.succeed(RUN);
    let verdicts: [(&str, &[(&str, &str)]); 4] = [
        ("F7", &[("Verdict", "accept")]),
        ("F6", &[("Verdict", "perhaps")]),
        ("F5", &[("Other id", "80045678200013")]),
        ("F1", &[("Verdict", "accept")]),
    ];
    fill(&world, BOOK, "filled.xlsx", &verdicts);
    let ended = import(&world, "filled.xlsx", "Alice");
    assert_eq!(ended.code, Some(4), "{ended:?}");
    for part in [
        "nothing was imported: 3 cells are to be corrected first",
        "sheet `Not found`, row 2: `accept` needs an entry",
        "sheet `Matched`, row 7: `perhaps` is no verdict; allowed: accept, other establishment, closed down, not in the \
         registry, not a supplier, later",
        "sheet `Matched`, row 6: `other id` has `80045678200013`, and the verdict is empty",
    ] {
        assert!(ended.stderr.contains(part), "{part}\n{}", ended.stderr);
    }
    assert!(!world.path(DECISIONS).exists() || world.read(DECISIONS).is_empty(), "nothing is half imported");
    world.write(
        "verdicts.csv",
        "key,verdict,other_id\nF1,accept,12\nF77,accept,\nF2,later,80045678200013\nF3,same,\nF4,yes,\nF4,no,\n",
    );
    let ended = import(&world, "verdicts.csv", "Alice");
    assert_eq!(ended.code, Some(4), "{ended:?}");
    for part in [
        "no row `F77`",
        "`later` names no entry",
        "`same` is no verdict of this pipeline",
        "another verdict on the row `F4`",
    ] {
        assert!(ended.stderr.contains(part), "{part}\n{}", ended.stderr);
    }
    world.write("verdicts.csv", "key;décision\nF1;peut-être\n");
    let ended = world.run(&["decisions", "import", "small.yaml", "verdicts.csv", "--by", "A", "--set", "language=fr"]);
    assert!(
        ended.stderr.contains("ligne 2: `peut-être` n'est pas une décision")
            || ended.stderr.contains("`peut-être` n'est pas une décision"),
        "{ended:?}"
    );
}

#[test]
fn a_french_workbook_is_read_in_french_and_one_of_before_the_row_changed_is_refused() {
    let world = small();
    let french: &[&str] = &["run", "small.yaml", "--set", "language=fr"];
    world.succeed(french);
    let verdicts: [(&str, &[(&str, &str)]); 2] = [
        ("F7", &[("Décision", "Absent du registre")]),
        ("F6", &[("Décision", "PAS UN FOURNISSEUR"), ("Commentaire", "test")]),
    ];
    fill(&world, BOOK, "filled.xlsx", &verdicts);
    let suppliers = String::from_utf8(world.read("suppliers.csv")).unwrap();
    world.write("suppliers.csv", suppliers.replace("GARAGE DU LAC SARL", "GARAGE DU PORT"));
    world.succeed(french);
    let ended = import(&world, "filled.xlsx", "Alice");
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("has changed since this file was written (`name`)"), "{ended:?}");
    world.write("suppliers.csv", suppliers);
    world.succeed(french);
    let ended = import(&world, "filled.xlsx", "Alice");
    assert!(ended.stderr.contains("2 verdicts imported"), "{ended:?}");
    let ended = world.succeed(french);
    assert!(ended.stdout.contains("décisions : 2 appliquées"), "{ended:?}");
}

#[test]
fn reviewers_are_merged_and_those_who_disagree_are_listed() {
    let worlds = [small(), small()];
    for (world, by, verdict) in [(&worlds[0], "Alice", "accept"), (&worlds[1], "Bob", "not in the registry")] {
        world.succeed(RUN);
        decide(world, by, &format!("F1,{verdict},,\nF2,accept,,\n"));
    }
    let [alice, bob] = &worlds;
    alice.write("bob.jsonl", bob.read(DECISIONS));
    bob.write("alice.jsonl", alice.read(DECISIONS));
    let merged = alice.succeed(&["decisions", "merge", "small.yaml", "bob.jsonl"]);
    assert!(merged.stderr.contains("2 records added from 1 file"), "{merged:?}");
    assert!(merged.stderr.contains("people disagree about 1 row"), "{merged:?}");
    assert!(
        merged.stderr.contains("F1: Bob, ") && merged.stderr.contains(": not in the registry / Alice, "),
        "{merged:?}"
    );
    let again = alice.succeed(&["decisions", "merge", "small.yaml", "bob.jsonl"]);
    assert!(again.stderr.contains("0 records added"), "{again:?}");
    bob.succeed(&["decisions", "merge", "small.yaml", "alice.jsonl"]);
    for world in &worlds {
        let ended = world.succeed(RUN);
        assert!(ended.stdout.contains("decisions: 1 applied, 1 contradictory"), "{ended:?}");
        assert_eq!(outcomes(world)["F1"].0, "review");
    }
    assert!(alice.read(CSV) == bob.read(CSV), "whoever merges, the results are the same");
    // The workbook has both verdicts; who decides with it knows of them, and ends the matter.
    fill(alice, BOOK, "filled.xlsx", &[("F1", &[("Verdict", "accept")])]);
    let ended = import(alice, "filled.xlsx", "Carol");
    assert!(ended.stderr.contains("1 verdict imported") && !ended.stderr.contains("disagree"), "{ended:?}");
    let ended = alice.succeed(RUN);
    assert!(ended.stdout.contains("decisions: 2 applied\n"), "{ended:?}");
}

#[test]
fn exported_decisions_are_read_back() {
    for file in ["exported.csv", "exported.xlsx"] {
        let world = small();
        world.succeed(RUN);
        decide(&world, "Alice", "F1,accept,,\"same, or nearly\"\nF7,other establishment,800123457,\n");
        world.succeed(&["decisions", "export", "small.yaml", "--output", file]);
        let again = import(&world, file, "Bob");
        assert!(again.stderr.contains("0 verdicts imported, 2 known already"), "{file}: {again:?}");
        std::fs::remove_file(world.path(DECISIONS)).unwrap();
        let fresh = import(&world, file, "Bob");
        assert!(fresh.stderr.contains("2 verdicts imported"), "{file}: {fresh:?}");
        let listed = world.succeed(&["decisions", "list", "small.yaml"]);
        assert!(listed.stdout.contains("Alice, ") && listed.stdout.contains("(same, or nearly)"), "{file}: {listed:?}");
        assert!(!listed.stdout.contains("Bob"), "{file}: who decided stays: {listed:?}");
    }
}

#[test]
fn a_person_has_the_entry_where_each_has_one_supplier() {
    let world = small();
    let run: &[&str] = &["run", "small.yaml", "--set", "stages.DECIDE.one_to_one=true"];
    world.succeed(run);
    decide(&world, "Alice", "F7,accept,80023456900013,\n");
    world.succeed(run);
    let found = outcomes(&world);
    assert_eq!([&found["F2"].0, &found["F6"].0, &found["F7"].0], ["review", "review", "matched"]);
}

#[test]
fn a_decision_about_nothing_is_refused() {
    let world = small();
    let ended = import(&world, "verdicts.csv", "Alice");
    assert_eq!(ended.code, Some(66), "{ended:?}");
    world.succeed(RUN);
    for (arguments, code) in [
        (&["decisions", "undo", "small.yaml", "0123456789abcdef", "--by", "A"][..], 4),
        (&["decisions", "undo", "small.yaml", "--key", "F1", "--by", "A"], 4),
        (&["decisions", "merge", "small.yaml", "nowhere.jsonl"], 66),
        (&["decisions", "import", "small.yaml", "nowhere.csv", "--by", "A"], 66),
        (&["decisions", "import", "small.yaml", "suppliers.csv", "--by", "A"], 4),
    ] {
        let ended = world.run(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
    }
}
