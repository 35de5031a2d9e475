//! Errors and rejects are stored in a checkpoint as codes with values, and shown in the language of the outputs.

use std::collections::BTreeSet;

use matchflow_model::expectation::Expectation;
use matchflow_model::language::Language;
use matchflow_model::reason::{Reason, Reasons};
use matchflow_model::row_error::RowError;

use crate::plugins::traps_on_z;
use crate::small::small;
use crate::support::World;
use crate::tables::csv_rows;

const CHECKPOINT: &str = "out/small.duckdb";

/// A text column of a checkpoint, without nulls.
fn column(world: &World, sql: &str) -> Vec<String> {
    let config = duckdb::Config::default().access_mode(duckdb::AccessMode::ReadOnly).unwrap();
    let connection = duckdb::Connection::open_with_flags(world.path(CHECKPOINT), config).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let texts = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
    texts.filter_map(Result::unwrap).collect()
}

/// Checks that every stored error, reject and reason is a code with values.
fn check_stored(world: &World) -> Vec<Expectation> {
    let errors = column(world, "SELECT error FROM results");
    for error in &errors {
        assert!(!matches!(RowError::from_json(error), RowError::Text { .. }), "a sentence is stored: {error}");
    }
    for reasons in column(world, "SELECT reason FROM results") {
        let is_sentence = |reason: &Reason| matches!(reason, Reason::Text { .. });
        assert!(!Reasons::from_json(&reasons).0.iter().any(is_sentence), "a sentence is stored: {reasons}");
    }
    let expected: Vec<Expectation> =
        column(world, "SELECT expected FROM rejects").iter().map(|text| Expectation::from_json(text)).collect();
    assert!(!expected.iter().any(|expected| matches!(expected, Expectation::Text { .. })), "{expected:?}");
    expected
}

/// The code of a message.
fn code(json: &str) -> String {
    let message: serde_json::Value = serde_json::from_str(json).unwrap();
    message["code"].as_str().unwrap().to_owned()
}

const FIELDS: &str = "{name: Nom, postcode: Postal, whole: {column: Entier, type: integer}, amount: {column: Montant, \
    type: decimal}, day: {column: Jour, type: date}, active: {column: Actif, type: boolean}}";

/// Text files, most of whose rows have a fault, with the codes of their rejects.
const FILES: [(&str, &str, &str, &[&str]); 4] = [
    (
        "csv",
        "s.csv",
        "Code,Nom,Postal,Entier,Montant,Jour,Actif\n\
         F1,DUPONT PLOMBERIE,69003,x,x,31/02/2024,peut-être\n\
         ,GARAGE DU LAC,74000,1,1,2024-03-31,oui\n\
         F3,ZOLA MENUISERIE,37000,1,1,2024-03-31,oui,trop,encore\n\
         F4,BOULANGERIE\n\
         MARTIN,37000,1,1,2024-03-31,oui\n",
        &["cells_max", "date", "number", "record_key", "whole_number", "whole_row", "yes_or_no"],
    ),
    (
        "csv",
        "q.csv",
        "Code,Nom,Postal,Entier,Montant,Jour,Actif\n\
         F1,\"DUPONT PLOMBERIE,69003,1,1,2024-03-31,oui\n\
         F2,GARAGE DU LAC\",74000,1,1,2024-03-31,oui\n\
         F3,ZOLA MENUISERIE,37000,1,1,2024-03-31,oui\n",
        &["quote_closed"],
    ),
    (
        "csv",
        "u.csv",
        "Code,Nom,Postal,Entier,Montant,Jour,Actif\n\
         F2,\"GARAGE,\"DU LAC,74000,1,1,2024-03-31,oui\n\
         F3,ZOLA MENUISERIE,37000,1,1,2024-03-31,oui\n",
        &["quotes_doubled", "record_key"],
    ),
    (
        "jsonl",
        "s.jsonl",
        "{\"Code\":\"F1\",\"Nom\":\"DUPONT PLOMBERIE\",\"Postal\":\"69003\",\"Entier\":1,\"Montant\":1,\"Jour\":\"2024-03-31\",\
         \"Actif\":true}\nno object\n{\"Code\":\"F2\",\"Nom\":\"GARAGE\",\"Nom\":\"GARAGE DU LAC\",\"Postal\":\"74000\"}\n",
        &["json_key_once", "json_object", "record_key"],
    ),
];

#[test]
fn rejects_are_stored_as_codes_whatever_the_file() {
    for (format, file, text, codes) in FILES {
        let world = small();
        world.write(file, text);
        let (source, none) = (format!("source.{format}={{path: {file}}}"), format!("source.fields={FIELDS}"));
        let mut arguments = vec!["run", "small.yaml", "--set", &none, "--set", &source];
        if format != "csv" {
            arguments.extend(["--set", "source.csv=null"]);
        }
        world.succeed(&arguments);
        let stored: BTreeSet<String> = check_stored(&world).iter().map(|expected| code(&expected.to_json())).collect();
        assert_eq!(stored.into_iter().collect::<Vec<_>>(), codes, "{file}");
    }
}

#[test]
fn errors_of_rows_are_stored_as_codes_and_shown_in_the_language_of_the_pipeline() {
    for language in Language::ALL {
        let world = small();
        world.write("hostile.wasm", traps_on_z());
        world.write("suppliers.csv", "Code,Nom,Postal\nF1,DUPONT PLOMBERIE,69003\nF3,zola MENUISERIE,37000\n");
        let language_key = format!("language={}", language.code());
        let arguments = ["run", "small.yaml", "--set", "stages.SCORE.name.plugin=hostile.wasm", "--set", &language_key];
        world.run(&arguments);
        check_stored(&world);
        let errors = column(&world, "SELECT error FROM results");
        let [error] = &errors[..] else { panic!("{errors:?}") };
        assert_eq!(code(error), "scorer");
        let words = RowError::from_json(error).words(language);
        let rows = csv_rows(&world, "out/results.csv");
        assert_eq!(rows.iter().filter(|row| row["error"] == words).count(), 1, "{words}: {rows:?}");
        let explained = world.run(&["explain", "small.yaml", "F3", "--set", &language_key]);
        assert!(explained.stdout.contains(&words), "{words}: {explained:?}");
    }
}
