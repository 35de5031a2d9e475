//! Workbooks, read back.

use std::fs;

use calamine::Data;
use matchflow_labels::Words;
use matchflow_model::language::Language;
use matchflow_model::outcome::{Decision, MatchLevel, Outcome};
use matchflow_model::reason::Reason;
use matchflow_model::review_verdict::ReviewVerdict;

use super::tests::*;
use super::*;

#[test]
fn the_users_columns_come_first_with_their_headers_and_types() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, csv, plans) = plans(folder.path());
    let written = export(&plans, &layout(), batches(&four()), &summary()).unwrap();
    let file = |path: &PathBuf| ExportedFile { path: path.clone(), table: None, rows: 4, backup: None };
    assert_eq!(written, [file(&xlsx), file(&csv)]);
    let matched = sheet(&xlsx, "Matched");
    let headers: Vec<String> = matched.rows().next().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        headers.join(", "),
        "Code tiers, Raison sociale, CP, Montant, Dernier mouvt, Outcome, Reason, Registry name, Registry town, \
         Registry SIRET, Registry SIREN, Register, State, Level, Score, Verdict, Other id, Comment, Row, Stage, \
         Margin, Candidates, Error, Score company-name, Score address, Alternative 1, Alternative 2, Alternative 3, \
         Alternative 4, Alternative 5"
    );
    for (heading, value) in [
        ("Code tiers", text("F0")),
        ("Raison sociale", text("=HYPERLINK(\"x\")")),
        ("CP", text("06000")),
        ("Montant", Data::Float(9120.5)),
        ("Outcome", text("matched")),
        ("Score", Data::Float(0.97)),
        ("Registry SIRET", text("73282932000074")),
        ("Registry name", text("ACME | ACME & FILS")),
        ("Registry town", Data::Empty),
        ("Register", text("open")),
        ("State", text("open")),
        ("Level", text("establishment")),
        ("Row", Data::Float(2.0)),
        ("Margin", Data::Float(0.5)),
        ("Alternative 1", text("BÊTA\n1 (0.81)")),
        ("Alternative 2", Data::Empty),
        ("Score company-name", Data::Float(0.97)),
        ("Score address", Data::Empty),
    ] {
        assert_eq!(column_of(&matched, heading)[0], value, "{heading}");
    }
    let Data::DateTime(day) = &column_of(&matched, "Dernier mouvt")[0] else { panic!("no date") };
    assert_eq!(day.as_f64(), 45_480.0, "2024-07-07");
    assert_eq!(
        column_of(&sheet(&xlsx, "Failed"), "Error")[0],
        text("scorer `company-name`: plug-in company-name crashed: out of memory")
    );
}

#[test]
fn rows_are_on_the_sheet_for_the_action_they_need() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, _, plans) = plans(folder.path());
    let review = |key: &str, row, spend: &str, score| {
        let input = format!("{{\"name\":\"A\",\"spend\":{spend}}}");
        Decision { input, score: Some(score), ..decision(key, row, Outcome::Review) }
    };
    let mut decisions = four();
    decisions.extend([review("R2", 9, "null", 0.2), review("R3", 10, "\"70000\"", 0.3), review("R4", 11, "null", 0.6)]);
    decisions.push(decision("M2", 12, Outcome::Matched));
    export(&plans, &layout(), batches(&decisions), &summary()).unwrap();
    assert_eq!(
        sheet_names(&xlsx),
        ["Summary", "To review", "Matched", "Not found", "Failed", "Duplicates", "Data problems", "matchflow"]
    );
    // By amount, then by score.
    assert_eq!(column_of(&sheet(&xlsx, "To review"), "Code tiers"), ["R3", "F1", "R4", "R2"].map(text));
    assert_eq!(column_of(&sheet(&xlsx, "Matched"), "Code tiers"), ["F0", "M2"].map(text));
    let shared = sheet(&xlsx, "Duplicates");
    assert_eq!(column_of(&shared, "Code tiers"), ["F0", "M2"].map(text), "both are of one company");
    assert_eq!(column_of(&shared, "Registry SIREN"), ["732829320", "732829320"].map(text));
}

#[test]
fn a_company_without_an_establishment_and_a_closed_one_are_highlighted() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, csv, plans) = plans(folder.path());
    let company = Decision {
        id: None,
        level: Some(MatchLevel::Company),
        entry: Some("{\"name\":\"ACME\"}".to_owned()),
        ..decision("F0", 2, Outcome::Matched)
    };
    let closed = Decision {
        closed: Some(true),
        closed_on: Some("2023-12-31".to_owned()),
        ..decision("F1", 3, Outcome::Matched)
    };
    export(&plans, &layout(), batches(&[company, closed]), &summary()).unwrap();
    let matched = sheet(&xlsx, "Matched");
    assert_eq!(column_of(&matched, "Level"), ["company only", "establishment"].map(text));
    assert_eq!(column_of(&matched, "State"), ["open", "closed"].map(text));
    assert_eq!(column_of(&matched, "Registry SIRET")[0], Data::Empty);
    let lines: Vec<String> = sheet(&xlsx, "Summary").rows().map(|row| format!("{},{}", row[0], row[1])).collect();
    for line in ["Matched\u{2c} company only (no establishment),1", "Matched\u{2c} but closed,1"] {
        assert!(lines.iter().any(|found| found == line), "{line}: {lines:?}");
    }
    let csv = fs::read_to_string(csv).unwrap();
    assert!(csv.contains(",company,false,,"), "{csv}");
    assert!(csv.contains(",establishment,true,2023-12-31,"), "{csv}");
}

#[test]
fn the_summary_has_figures_money_and_charts() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, _, plans) = plans(folder.path());
    export(&plans, &layout(), batches(&four()), &summary()).unwrap();
    let lines: Vec<String> = sheet(&xlsx, "Summary")
        .rows()
        .map(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>().join(",").trim_end_matches(',').to_owned())
        .collect();
    for line in [
        "Matching results – suppliers",
        "2026-11-30 · Frs.xlsx",
        "Outcome,Rows,Share,Amount (Montant),Share",
        "Matched,1,0.25,9120.5,0.25",
        "Total,4, ,36482",
        "Cells rejected,3",
        "0.9 – 1.0,1,1,0",
        "DIRECT_ID,1,1,0,0",
        "Supplier file,Frs.xlsx",
        "Pairs scored,12",
    ] {
        assert!(lines.iter().any(|found| found.trim_end_matches([',', ' ']) == line), "{line}: {lines:#?}");
    }
    for chart in 1..=3 {
        assert!(part(&xlsx, &format!("xl/charts/chart{chart}.xml")).contains("Summary!"), "chart {chart}");
    }
    let rejects = sheet(&xlsx, "Data problems");
    assert_eq!(rejects[(1, 2)], text("K4"));
    assert_eq!(rejects[(1, 6)], text("31/02/2024"));
    assert_eq!(rejects[(2, 0)], text("… 2 more"));
}

#[test]
fn a_sheet_can_be_filtered_printed_and_reviewed() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, _, plans) = plans(folder.path());
    export(&plans, &layout(), batches(&four()), &summary()).unwrap();
    let review = part(&xlsx, "xl/worksheets/sheet2.xml");
    let words = layout().words;
    let offered = [
        ReviewVerdict::Entry,
        ReviewVerdict::OtherEstablishment,
        ReviewVerdict::Closed,
        ReviewVerdict::NotInRegistry,
        ReviewVerdict::NotASupplier,
        ReviewVerdict::Later,
    ];
    let offered = format!("\"{}\"", offered.map(|verdict| words.verdict(verdict)).join(","));
    for expected in [
        "<autoFilter ref=",
        "<pane xSplit=\"2\" ySplit=\"1\"",
        "orientation=\"landscape\"",
        "fitToHeight=\"0\"",
        offered.as_str(),
        "outlineLevel=\"1\"",
        "HYPERLINK(\"https://register.example/732829320\",\"open\")",
        "<conditionalFormatting",
    ] {
        assert!(review.contains(expected), "{expected}");
    }
    assert!(part(&xlsx, "xl/workbook.xml").contains("_xlnm.Print_Titles"));
}

#[test]
fn a_hidden_sheet_names_the_columns_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, csv, plans) = plans(folder.path());
    let words = Words { language: Language::French, ..layout().words };
    export(&plans, &Layout { words, ..layout() }, batches(&four()), &summary()).unwrap();
    let lines: Vec<Vec<String>> =
        sheet(&xlsx, "matchflow").rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    let id_of = |heading: &str| lines.iter().find(|line| line[1] == heading).map(|line| line[2].as_str());
    assert_eq!(id_of("Montant"), Some("in_spend"));
    assert_eq!(id_of("Décision"), Some("verdict"));
    // Columns that a CSV file has too have the same names.
    let header = fs::read_to_string(csv).unwrap().lines().next().unwrap().to_owned();
    for id in ["id", "group", "level", "closed", "score", "outcome", "reason", "in_name", "entry_town"] {
        assert!(lines.iter().any(|line| line[2] == id), "{id}");
        assert!(header.split(',').any(|name| name == id), "{id}: {header}");
    }
}

#[test]
fn a_french_workbook_has_french_labels_and_csv_names_do_not_change() {
    let folder = tempfile::tempdir().unwrap();
    let (xlsx, csv, plans) = plans(folder.path());
    let words = Words { language: Language::French, id: "siret".to_owned(), group: "siren".to_owned() };
    let layout = Layout { words, is_weighed: true, ..layout() };
    let rival = None;
    let mut matched = decision("F0", 2, Outcome::Matched);
    matched.reason = Reason::Accepted { score: 0.97, rival }.into();
    matched.reason.push(Reason::EntryUndecided { score: 0.43 });
    export(&plans, &layout, batches(&[matched]), &summary()).unwrap();
    assert_eq!(
        sheet_names(&xlsx),
        ["Synthèse", "À vérifier", "Rapprochés", "Non trouvés", "Anomalies de données", "matchflow"]
    );
    let results = sheet(&xlsx, "Rapprochés");
    let headers: Vec<String> = results.rows().next().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        headers[5..12].join(", "),
        "Résultat, Motif, Nom (registre), Commune (registre), SIRET (registre), SIREN (registre), Fiche publique"
    );
    assert_eq!(column_of(&results, "Résultat")[0], text("rapproché"));
    let reason = "score 0,97 ; aucun autre candidat sérieux ; siret indéterminé (meilleur candidat : 0,43)";
    assert_eq!(column_of(&results, "Motif")[0].to_string().replace('\u{a0}', " "), reason);
    assert_eq!(sheet(&xlsx, "Anomalies de données")[(0, 7)], text("Attendu"));
    let headers = fs::read_to_string(csv).unwrap().lines().next().unwrap().to_owned();
    assert!(headers.starts_with("key,row,in_name,in_postcode,in_spend,in_moved,outcome,score,stage,id,group,level"));
}
