//! The files, read back.

use std::convert::Infallible;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use calamine::{Data, Range, Reader, Xlsx, open_workbook};
use matchflow_labels::{Words, texts};
use matchflow_model::evidence::Alternative;
use matchflow_model::expectation::Expectation;
use matchflow_model::language::Language;
use matchflow_model::outcome::{Decision, MatchLevel, Outcome, to_batch};
use matchflow_model::plan::{CsvDialect, CsvFormulas, FieldType};
use matchflow_model::reason::{Reason, ScorerScore};
use matchflow_model::reject::Reject;
use matchflow_model::row_error::RowError;

use super::*;

pub(crate) fn decision(key: &str, row: u64, outcome: Outcome) -> Decision {
    let found = matches!(outcome, Outcome::Matched | Outcome::Review);
    Decision {
        outcome,
        stage: found.then(|| "DIRECT_ID".to_owned()),
        id: found.then(|| "73282932000074".to_owned()),
        group: found.then(|| "732829320".to_owned()),
        score: found.then_some(0.9666),
        margin: found.then_some(0.5),
        candidates: 3,
        level: found.then_some(MatchLevel::Establishment),
        closed: found.then_some(false),
        reason: Reason::Text { text: "the SIRET is the same, \"exactly\"".to_owned() }.into(),
        error: (outcome == Outcome::Failed).then(row_error),
        input:
            "{\"name\":\"=HYPERLINK(\\\"x\\\")\",\"postcode\":\"06000\",\"spend\":\"9120.5\",\"moved\":\"2024-07-07\",\
                \"other\":1}"
                .to_owned(),
        entry: found.then(|| "{\"name\":\"ACME\\u001fACME & FILS\",\"town\":null}".to_owned()),
        alternatives: vec![Alternative {
            id: "1".to_owned(),
            group: Some("2".to_owned()),
            score: Some(0.815),
            stage: "BROAD".to_owned(),
            entry: Some("{\"name\":\"BÊTA\"}".to_owned()),
            ..Alternative::default()
        }],
        scores: Vec::from_iter(found.then(|| ScorerScore { scorer: "company-name".to_owned(), score: 0.97 })),
        ..Decision::unmatched(key, row, 7)
    }
}

pub(crate) fn field(name: &str, header: &str, data_type: FieldType) -> FieldColumn {
    FieldColumn { name: name.to_owned(), header: header.to_owned(), data_type }
}

pub(crate) fn layout() -> Layout {
    Layout {
        key_header: "Code tiers".to_owned(),
        input_fields: vec![
            field("name", "Raison sociale", FieldType::Text),
            field("postcode", "CP", FieldType::Text),
            field("spend", "Montant", FieldType::Decimal),
            field("moved", "Dernier mouvt", FieldType::Date),
        ],
        amount: Some("spend".to_owned()),
        entry_fields: vec![field("name", "denomination", FieldType::Text), field("town", "commune", FieldType::Text)],
        page: Some("https://register.example/{group}".to_owned()),
        has_decisions: false,
        has_groups: true,
        has_status: true,
        scorers: vec!["company-name".to_owned(), "address".to_owned()],
        is_weighed: false,
        is_evidence_whole: false,
        words: Words { language: Language::English, id: "siret".to_owned(), group: "siren".to_owned() },
    }
}

/// The error of a scorer that crashed.
pub(crate) fn row_error() -> RowError {
    let (plugin, detail) = ("company-name".to_owned(), "out of memory".to_owned());
    RowError::Scorer { scorer: plugin.clone(), error: Box::new(RowError::PluginCrashed { plugin, detail }) }
}

pub(crate) fn summary() -> Summary {
    let reject = Reject {
        file: "Frs.xlsx".to_owned(),
        sheet: "Feuil1".to_owned(),
        cell: "K4".to_owned(),
        row: 4,
        key: "F2".to_owned(),
        field: "last_movement".to_owned(),
        raw: "31/02/2024".to_owned(),
        expected: Expectation::Date,
    };
    Summary {
        pipeline: "suppliers".to_owned(),
        subtitle: "2026-11-30 · Frs.xlsx".to_owned(),
        facts: vec![(texts::SUPPLIER_FILE, Fact::Text("Frs.xlsx".to_owned())), (texts::PAIRS_SCORED, Fact::Count(12))],
        rejects: vec![reject],
        rejects_total: 3,
    }
}

pub(crate) fn batches(decisions: &[Decision]) -> impl Iterator<Item = Result<RecordBatch, Infallible>> {
    decisions.chunks(2).map(|some| Ok(to_batch(some).unwrap()))
}

pub(crate) fn csv_plan(path: &Path, formulas: CsvFormulas) -> OutputPlan {
    OutputPlan::Csv { path: path.to_owned(), dialect: CsvDialect { formulas, ..CsvDialect::PLAIN } }
}

pub(crate) fn plans(folder: &Path) -> (PathBuf, PathBuf, Vec<OutputPlan>) {
    let (xlsx, csv) = (folder.join("out/r.xlsx"), folder.join("out/r.csv"));
    let plans = vec![OutputPlan::Xlsx { path: xlsx.clone() }, csv_plan(&csv, CsvFormulas::Escape)];
    (xlsx, csv, plans)
}

pub(crate) fn sheet(workbook: &Path, name: &str) -> Range<Data> {
    let mut workbook: Xlsx<_> = open_workbook(workbook).unwrap();
    workbook.worksheet_range(name).unwrap()
}

pub(crate) fn four() -> Vec<Decision> {
    Outcome::ALL
        .into_iter()
        .enumerate()
        .map(|(number, outcome)| decision(&format!("F{number}"), number as u64 + 2, outcome))
        .collect()
}

/// The cells below a heading, from the first row on.
pub(crate) fn column_of(sheet: &Range<Data>, heading: &str) -> Vec<Data> {
    let place = sheet.rows().next().unwrap().iter().position(|cell| *cell == *heading);
    let place = place.unwrap_or_else(|| panic!("no column `{heading}` in {:?}", sheet.rows().next()));
    sheet.rows().skip(1).map(|row| row[place].clone()).collect()
}

pub(crate) fn text(text: &str) -> Data {
    Data::String(text.to_owned())
}

pub(crate) fn sheet_names(workbook: &Path) -> Vec<String> {
    open_workbook::<Xlsx<_>, _>(workbook).unwrap().sheet_names()
}

/// A part of the file, by the end of its name.
pub(crate) fn part(workbook: &Path, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(fs::File::open(workbook).unwrap()).unwrap();
    let mut part = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut part).unwrap();
    part
}

#[test]
fn csv_has_the_same_order_and_machine_readable_names() {
    let folder = tempfile::tempdir().unwrap();
    let (_, csv, plans) = plans(folder.path());
    export(&plans, &layout(), batches(&four()), &summary()).unwrap();
    let mut reader = csv::Reader::from_path(csv).unwrap();
    let headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(
        headers.join(","),
        "key,row,in_name,in_postcode,in_spend,in_moved,outcome,score,stage,id,group,level,closed,closed_on,entry_name,\
         entry_town,margin,candidates,reason,alternatives,score_company-name,score_address,evidence,error"
    );
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let first: Vec<&str> = rows[0].iter().collect();
    assert_eq!(&first[..4], ["F0", "2", "'=HYPERLINK(\"x\")", "06000"]);
    assert_eq!(&first[6..8], ["matched", "0.9666"]);
    let candidate = "[{\"id\":\"1\",\"group\":\"2\",\"score\":0.815,\"stage\":\"BROAD\"}]";
    assert_eq!(first[19..23], [candidate, "0.97", "", ""]);
    assert_eq!(rows[2].get(7), Some(""), "no score where nothing was found");
}

#[test]
fn more_rows_than_a_sheet_takes_continue_in_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, _, plans) = plans(folder.path());
    for (rows, wanted) in [(0, vec![0]), (3, vec![3]), (4, vec![3, 1]), (7, vec![3, 3, 1])] {
        let decisions: Vec<Decision> =
            (0..rows).map(|row| decision(&format!("F{row}"), row, Outcome::Unmatched)).collect();
        export_with(&plans, &layout(), batches(&decisions), &summary(), &mut NoRegister, 3).unwrap();
        let names = sheet_names(&xlsx);
        let results: Vec<&String> = names.iter().filter(|name| name.starts_with("Not found")).collect();
        let heights: Vec<usize> = results.iter().map(|name| sheet(&xlsx, name).height() - 1).collect();
        assert_eq!(heights, wanted, "{names:?}");
        assert_eq!(names.len(), results.len() + 5);
    }
}

#[test]
fn an_error_midway_leaves_only_the_old_files() {
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
fn an_unwritable_place_is_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("out"), "a file").unwrap();
    let (_, _, plans) = plans(folder.path());
    let error = export(&plans, &layout(), batches(&four()), &summary()).unwrap_err();
    assert!(matches!(&error, ExportError::Write { path, .. } if path.ends_with("out/r.xlsx")), "{error}");
}

#[test]
fn texts_too_long_for_a_cell_are_cut_and_control_characters_survive() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, _, plans) = plans(folder.path());
    let mut long = decision("K", 2, Outcome::Unmatched);
    long.reason = Reason::Text { text: "é".repeat(40_000) }.into();
    long.input = "{\"name\":\"a\\u000bb <&> \",\"postcode\":\"_x0041_\"}".to_owned();
    export(&plans, &layout(), batches(&[long]), &summary()).unwrap();
    let results = sheet(&xlsx, "Not found");
    let reason = column_of(&results, "Reason")[0].to_string();
    assert_eq!(reason.chars().count(), 32_767);
    assert!(reason.ends_with('…'));
    let name = column_of(&results, "Raison sociale")[0].to_string();
    assert!(name.ends_with("b <&> "), "{name:?}");
}
