//! The files, read back.

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

use calamine::{Data, Range, Reader, Xlsx, open_workbook};
use matchflow_labels::Words;
use matchflow_model::language::Language;
use matchflow_model::outcome::{Decision, Outcome, to_batch};
use matchflow_model::reason::Reason;
use matchflow_model::reject::Reject;

use super::*;

fn decision(key: &str, row: u64, outcome: Outcome) -> Decision {
    let found = matches!(outcome, Outcome::Matched | Outcome::Review);
    Decision {
        outcome,
        stage: found.then(|| "DIRECT_ID".to_owned()),
        id: found.then(|| "73282932000074".to_owned()),
        group: found.then(|| "732829320".to_owned()),
        score: found.then_some(0.9666),
        margin: found.then_some(0.5),
        candidates: 3,
        reason: Reason::Text { text: "the SIRET is the same, \"exactly\"".to_owned() }.into(),
        error: (outcome == Outcome::Failed).then(|| "company-name: out of memory".to_owned()),
        input: "{\"name\":\"=HYPERLINK(\\\"x\\\")\",\"postcode\":\"06000\",\"other\":1}".to_owned(),
        entry: found.then(|| "{\"name\":\"ACME\\u001fACME & FILS\",\"town\":null}".to_owned()),
        alternatives:
            "[{\"id\":\"1\",\"group\":\"2\",\"score\":0.815,\"stage\":\"BROAD\",\"entry\":{\"name\":\"BÊTA\"}}]"
                .to_owned(),
        evidence: found.then(|| "{\"company-name\":0.97}".to_owned()),
        ..Decision::unmatched(key, row, 7)
    }
}

fn layout() -> Layout {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Layout {
        input_fields: names(&["name", "postcode"]),
        entry_fields: names(&["name", "town"]),
        scorers: names(&["company-name", "address"]),
        is_weighed: false,
        words: Words { language: Language::English, id: "siret".to_owned(), group: "siren".to_owned() },
    }
}

fn summary() -> Summary {
    let reject = Reject {
        file: "Frs.xlsx".to_owned(),
        sheet: "Feuil1".to_owned(),
        cell: "K4".to_owned(),
        row: 4,
        key: "F2".to_owned(),
        field: "last_movement".to_owned(),
        raw: "31/02/2024".to_owned(),
        expected: "a date".to_owned(),
    };
    Summary {
        pipeline: "suppliers".to_owned(),
        facts: vec![("source".to_owned(), "Frs.xlsx".to_owned())],
        rejects: vec![reject],
        rejects_total: 3,
    }
}

fn batches(decisions: &[Decision]) -> impl Iterator<Item = Result<RecordBatch, Infallible>> {
    decisions.chunks(2).map(|some| Ok(to_batch(some).unwrap()))
}

fn plans(folder: &Path) -> (PathBuf, PathBuf, Vec<OutputPlan>) {
    let (xlsx, csv) = (folder.join("out/r.xlsx"), folder.join("out/r.csv"));
    let plans = vec![OutputPlan::Xlsx { path: xlsx.clone() }, OutputPlan::Csv { path: csv.clone() }];
    (xlsx, csv, plans)
}

fn sheet(workbook: &Path, name: &str) -> Range<Data> {
    let mut workbook: Xlsx<_> = open_workbook(workbook).unwrap();
    workbook.worksheet_range(name).unwrap()
}

fn four() -> Vec<Decision> {
    Outcome::ALL
        .into_iter()
        .enumerate()
        .map(|(number, outcome)| decision(&format!("F{number}"), number as u64 + 2, outcome))
        .collect()
}

#[test]
fn a_workbook_says_what_was_decided_in_texts_and_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, csv, plans) = plans(folder.path());
    let written = export(&plans, &layout(), batches(&four()), &summary()).unwrap();
    assert_eq!(written, [ExportedFile { path: xlsx.clone(), rows: 4 }, ExportedFile { path: csv, rows: 4 }]);
    let results = sheet(&xlsx, "Results");
    let text = |text: &str| Data::String(text.to_owned());
    let wanted = [
        ("key", text("F0")),
        ("row", Data::Float(2.0)),
        ("name", text("=HYPERLINK(\"x\")")),
        ("postcode", text("06000")),
        ("outcome", text("matched")),
        ("score", Data::Float(0.9666)),
        ("stage", text("DIRECT_ID")),
        ("registry siret", text("73282932000074")),
        ("registry siren", text("732829320")),
        ("registry name", text("ACME | ACME & FILS")),
        ("registry town", Data::Empty),
        ("margin", Data::Float(0.5)),
        ("candidates", Data::Float(3.0)),
        ("reason", text("the SIRET is the same, \"exactly\"")),
        ("alternative 1", text("1 BÊTA (0.81)")),
        ("alternative 2", Data::Empty),
        ("alternative 3", Data::Empty),
        ("alternative 4", Data::Empty),
        ("alternative 5", Data::Empty),
        ("company-name score", Data::Float(0.97)),
        ("address score", Data::Empty),
        ("error", Data::Empty),
    ];
    assert_eq!(results.height(), 5);
    for (column, (header, value)) in wanted.into_iter().enumerate() {
        assert_eq!(results[(0, column)], text(header));
        assert_eq!(results[(1, column)], value, "{header}");
    }
    assert_eq!(results[(4, 21)], text("company-name: out of memory"));
}

#[test]
fn the_summary_counts_what_is_in_the_sheets_and_the_rejects_say_where() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, _, plans) = plans(folder.path());
    export(&plans, &layout(), batches(&four()), &summary()).unwrap();
    let lines: Vec<String> = sheet(&xlsx, "Summary")
        .rows()
        .map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(",").trim_end_matches(',').to_owned())
        .collect();
    let wanted = [
        "suppliers",
        "",
        "outcome,rows,share",
        "matched,1,0.25",
        "review,1,0.25",
        "unmatched,1,0.25",
        "failed,1,0.25",
        "total,4",
        "",
        "stage,matched,review,unmatched,failed",
        "(none),0,0,1,1",
        "DIRECT_ID,1,1,0,0",
        "",
        "run",
        "source,Frs.xlsx",
        "cells rejected,3",
    ];
    assert_eq!(lines, wanted);
    let rejects = sheet(&xlsx, "Rejects");
    assert_eq!(rejects[(1, 2)], Data::String("K4".to_owned()));
    assert_eq!(rejects[(1, 6)], Data::String("31/02/2024".to_owned()));
    assert_eq!(rejects[(2, 0)], Data::String("… 2 more".to_owned()));
}

#[test]
fn a_french_workbook_has_french_words_and_the_csv_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, csv, plans) = plans(folder.path());
    let words = Words { language: Language::French, id: "siret".to_owned(), group: "siren".to_owned() };
    let layout = Layout { words, is_weighed: true, ..layout() };
    let rival = None;
    let mut matched = decision("F0", 2, Outcome::Matched);
    matched.reason = Reason::Accepted { score: 0.97, rival }.into();
    matched.reason.push(Reason::EntryUndecided { score: 0.43 });
    export(&plans, &layout, batches(&[matched]), &summary()).unwrap();
    let results = sheet(&xlsx, "Résultats");
    let headers: Vec<String> = results.rows().next().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        headers[..9],
        ["clé", "ligne", "name", "postcode", "résultat", "score", "étape", "siret (registre)", "siren (registre)"]
    );
    assert_eq!(headers[9..12], ["name (registre)", "town (registre)", "écart"]);
    assert_eq!(headers[12..14], ["certitude sur siret", "poids d’appariement (bits)"]);
    assert_eq!(results[(1, 4)], Data::String("apparié".to_owned()));
    let reason = "score 0,97 ; aucun autre candidat sérieux ; siret indéterminé (meilleur candidat : 0,43)";
    assert_eq!(results[(1, 15)].to_string().replace('\u{a0}', " "), reason);
    assert_eq!(sheet(&xlsx, "Synthèse")[(2, 1)], Data::String("lignes".to_owned()));
    assert_eq!(sheet(&xlsx, "Rejets")[(0, 7)], Data::String("attendu".to_owned()));
    let headers = fs::read_to_string(csv).unwrap().lines().next().unwrap().to_owned();
    assert!(headers.starts_with("key,row,in_name,in_postcode,outcome,score,stage,id,group,entry_name"), "{headers}");
}

#[test]
fn csv_has_the_same_order_under_names_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let (_, csv, plans) = plans(folder.path());
    export(&plans, &layout(), batches(&four()), &summary()).unwrap();
    let mut reader = csv::Reader::from_path(csv).unwrap();
    let headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(
        headers.join(","),
        "key,row,in_name,in_postcode,outcome,score,stage,id,group,entry_name,entry_town,margin,candidates,reason,\
         alternatives,evidence,error"
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let first: Vec<&str> = rows[0].iter().collect();
    assert_eq!(&first[..6], ["F0", "2", "=HYPERLINK(\"x\")", "06000", "matched", "0.9666"]);
    assert_eq!(first[15], "{\"company-name\":0.97}");
    assert_eq!(rows[2].get(5), Some(""), "no score where nothing was found");
}

#[test]
fn more_rows_than_a_sheet_takes_go_on_in_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, _, plans) = plans(folder.path());
    for (rows, wanted) in [(0, vec![0]), (3, vec![3]), (4, vec![3, 1]), (7, vec![3, 3, 1])] {
        let decisions: Vec<Decision> =
            (0..rows).map(|row| decision(&format!("F{row}"), row, Outcome::Unmatched)).collect();
        export_with(&plans, &layout(), batches(&decisions), &summary(), 3).unwrap();
        let names: Vec<String> = open_workbook::<Xlsx<_>, _>(&xlsx).unwrap().sheet_names();
        let results: Vec<&String> = names.iter().filter(|name| name.starts_with("Results")).collect();
        let heights: Vec<usize> = results.iter().map(|name| sheet(&xlsx, name).height() - 1).collect();
        assert_eq!(heights, wanted, "{names:?}");
        assert_eq!(names[results.len()..], ["Summary", "Rejects"]);
    }
}

#[test]
fn a_fault_on_the_way_leaves_the_old_files_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, csv, plans) = plans(folder.path());
    fs::create_dir_all(folder.path().join("out")).unwrap();
    fs::write(&xlsx, "old").unwrap();
    let broken = [to_batch(&four()).map_err(std::io::Error::other), Err(std::io::Error::other("the disk is gone"))];
    let error = export(&plans, &layout(), broken.into_iter(), &summary()).unwrap_err();
    assert!(matches!(error, ExportError::Source { .. }), "{error}");
    assert_eq!(fs::read_to_string(&xlsx).unwrap(), "old");
    assert!(!csv.exists());
    let mut wrong = four();
    wrong[1].input = "[]".to_owned();
    let error = export(&plans, &layout(), batches(&wrong), &summary()).unwrap_err();
    assert_eq!(error.to_string(), "the result of `F1` has no JSON object in `input`");
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 1);
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("out"), "a file").unwrap();
    let (_, _, plans) = plans(folder.path());
    let error = export(&plans, &layout(), batches(&four()), &summary()).unwrap_err();
    assert!(matches!(&error, ExportError::Write { path, .. } if path.ends_with("out/r.xlsx")), "{error}");
}

#[test]
fn texts_that_a_cell_cannot_take_are_cut_and_control_characters_survive() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, _, plans) = plans(folder.path());
    let mut long = decision("K", 2, Outcome::Unmatched);
    long.reason = Reason::Text { text: "é".repeat(40_000) }.into();
    long.input = "{\"name\":\"a\\u000bb <&> \",\"postcode\":\"_x0041_\"}".to_owned();
    export(&plans, &layout(), batches(&[long]), &summary()).unwrap();
    let results = sheet(&xlsx, "Results");
    assert_eq!(results[(1, 13)].to_string().chars().count(), 32_767);
    assert!(results[(1, 13)].to_string().ends_with('…'));
    assert!(results[(1, 2)].to_string().ends_with("b <&> "), "{:?}", results[(1, 2)]);
}
