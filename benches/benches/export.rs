//! Writes synthetic results and prints the cost:
//! `cargo bench -p matchflow-benches --bench export -- [ROWS]`.
#![allow(clippy::unwrap_used)]

use std::convert::Infallible;
use std::time::Instant;

use matchflow_export::{Fact, FieldColumn, Layout, Summary, export};
use matchflow_labels::Words;
use matchflow_model::evidence::Alternative;
use matchflow_model::language::{Label, Language};
use matchflow_model::outcome::{Decision, Outcome, to_batch};
use matchflow_model::plan::{CsvDialect, FieldType, OutputPlan};
use matchflow_model::reason::{Reason, ScorerScore};
use matchflow_model::row_error::RowError;

fn main() {
    let rows = matchflow_benches::size(0, 100_000).unwrap() as u64;
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    let column =
        |name: &str| FieldColumn { name: name.to_owned(), header: name.to_owned(), data_type: FieldType::Text };
    let names = |names: &[&str]| names.iter().map(|name| column(name)).collect();
    let layout = Layout {
        input_fields: names(&["name", "address", "postcode", "town"]),
        entry_fields: names(&["name", "address", "postcode", "town"]),
        scorers: vec!["company-name".to_owned(), "address".to_owned()],
        is_weighed: true,
        words: Words { language: Language::English, id: "siret".to_owned(), group: "siren".to_owned() },
        has_groups: true,
        ..Layout::default()
    };
    let summary = Summary {
        pipeline: "export".to_owned(),
        facts: vec![(Label { en: "supplier file", fr: "fichier fournisseurs" }, Fact::Text("Frs.xlsx".to_owned()))],
        ..Summary::default()
    };
    for path in [folder.join("export.csv"), folder.join("export.xlsx")] {
        let xlsx = path.extension().is_some_and(|extension| extension == "xlsx");
        let plan = if xlsx {
            OutputPlan::Xlsx { path: path.clone() }
        } else {
            OutputPlan::Csv { path: path.clone(), dialect: CsvDialect::PLAIN }
        };
        let batches = (0..rows.div_ceil(2_048)).map(|batch| {
            let decisions: Vec<_> = (batch * 2_048..rows.min((batch + 1) * 2_048)).map(decision).collect();
            Ok::<_, Infallible>(to_batch(&decisions).unwrap())
        });
        let start = Instant::now();
        export(&[plan], &layout, batches, &summary).unwrap();
        let seconds = start.elapsed().as_secs_f64();
        println!("{} rows={rows} seconds={seconds:.2} rows/s={:.0}", path.display(), rows as f64 / seconds);
    }
}

fn decision(row: u64) -> Decision {
    let outcome = Outcome::ALL.into_iter().cycle().nth(row as usize % 4).unwrap();
    let found = matches!(outcome, Outcome::Matched | Outcome::Review);
    let entry =
        "{\"name\":\"BOULANGERIE DU PORT\",\"address\":\"3 QUAI DES DOCKS\",\"postcode\":\"06000\",\"town\":\"NICE\"}";
    Decision {
        outcome,
        stage: found.then(|| "STRICT_LOCAL".to_owned()),
        id: found.then(|| "73282932000074".to_owned()),
        group: found.then(|| "732829320".to_owned()),
        score: found.then_some(0.97),
        margin: found.then_some(0.31),
        candidates: 7,
        reason: Reason::Accepted { score: 0.97, rival: None }.into(),
        error: (outcome == Outcome::Failed).then_some(RowError::ArbiterRounds { rounds: 4 }),
        input: "{\"name\":\"Boulangerie du port SARL\",\"address\":\"3, quai des Docks\",\"postcode\":\"06000\",\
                \"town\":\"Nice\"}"
            .to_owned(),
        entry: found.then(|| entry.to_owned()),
        alternatives: vec![Alternative {
            id: "55208131766522".to_owned(),
            group: Some("552081317".to_owned()),
            score: Some(0.66),
            stage: "BROAD".to_owned(),
            entry: Some(entry.to_owned()),
            ..Alternative::default()
        }],
        scores: if found { scores(&[("company-name", 0.97), ("address", 0.95)]) } else { Vec::new() },
        ..Decision::unmatched(&format!("F{row:06}"), row + 2, row)
    }
}

fn scores(scores: &[(&str, f64)]) -> Vec<ScorerScore> {
    let score = |(scorer, score): &(&str, f64)| ScorerScore { scorer: (*scorer).to_owned(), score: *score };
    scores.iter().map(score).collect()
}
