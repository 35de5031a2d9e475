//! Errors and rejects of layouts before 8, which were sentences, are upgraded and shown unchanged.

use std::path::Path;

use matchflow_checkpoint::read_results;
use matchflow_model::expectation::Expectation;
use matchflow_model::outcome::Outcome;
use matchflow_model::reason::Reason;
use matchflow_model::row_error::RowError;
use matchflow_model::store::EpochStore;
use matchflow_testkit::outcomes::{decision, epoch, reject, row_error};

use crate::open;

/// A checkpoint with a failed row, a row whose arbiter failed, and a reject.
fn write(path: &Path) {
    let mut opened = open(path, None).unwrap();
    let mut reviewed = decision("F2", 3, Outcome::Review);
    reviewed.reason.push(Reason::ArbiterFailed { arbiter: "llm".to_owned(), error: row_error() });
    let mut epoch = epoch(0, &[decision("F1", 2, Outcome::Failed), reviewed]);
    epoch.rejects.push(reject("F1", 2));
    opened.checkpoint.begin().unwrap();
    opened.checkpoint.commit(&epoch).unwrap();
}

/// The checkpoint as in layout 7: the messages are sentences.
fn make_layout_7(path: &Path, error: &str, expected: &str) {
    let connection = duckdb::Connection::open(path).unwrap();
    connection.execute("UPDATE meta SET layout_version = 7", []).unwrap();
    connection.execute("UPDATE results SET error = ? WHERE error IS NOT NULL", [error]).unwrap();
    connection.execute("UPDATE rejects SET expected = ?", [expected]).unwrap();
    let json = RowError::Text { text: error.to_owned() }.to_json();
    let text = json.trim_start_matches(r#"{"code":"text","text":"#).trim_end_matches('}');
    let change = "UPDATE results SET reason = replace(reason, ?, ?)";
    connection.execute(change, [row_error().to_json().as_str(), text]).unwrap();
    connection.execute_batch("CHECKPOINT").unwrap();
}

#[test]
fn messages_are_stored_and_read_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    write(&path);
    let results = read_results(&path).unwrap();
    let tables = results.tables();
    assert_eq!(tables.result("F1").unwrap().unwrap().error, Some(row_error()));
    assert_eq!(tables.rejects(10).unwrap().0[0].expected, Expectation::Date);
    assert_eq!(tables.result("F2").unwrap().unwrap().error, None);
}

#[test]
fn sentences_of_layout_7_become_texts() {
    for (error, expected) in [
        ("scorer `name`: plug-in name crashed: wasm `unreachable`", "a date"),
        ("the service answered \"no\\yes\" {\"code\":1}\nand a line", "a row of 3 cells, quotes in them doubled"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.duckdb");
        write(&path);
        make_layout_7(&path, error, expected);
        let opened = open(&path, None).unwrap();
        assert!(opened.warnings[0].contains("s.duckdb.layout-7"), "{:?}", opened.warnings);
        drop(opened);
        let results = read_results(&path).unwrap();
        let tables = results.tables();
        let text = RowError::Text { text: error.to_owned() };
        assert_eq!(tables.result("F1").unwrap().unwrap().error, Some(text.clone()));
        let reviewed = tables.result("F2").unwrap().unwrap();
        let reason = Reason::ArbiterFailed { arbiter: "llm".to_owned(), error: text };
        assert_eq!((reviewed.error, reviewed.reason.0.last()), (None, Some(&reason)));
        assert_eq!(tables.rejects(10).unwrap().0[0].expected, Expectation::Text { text: expected.to_owned() });
        drop(results);
        let connection = duckdb::Connection::open(&path).unwrap();
        let stored = "SELECT count(*) FROM (SELECT error AS message FROM results WHERE error IS NOT NULL
            UNION ALL SELECT expected FROM rejects) WHERE message LIKE '{\"code\":\"text\",\"text\":\"%\"}'";
        assert_eq!(connection.query_row(stored, [], |row| row.get::<_, u64>(0)).unwrap(), 2);
        let reasons = r#"SELECT count(*) FROM results WHERE contains(reason, '"error":{"code":"text"')"#;
        assert_eq!(connection.query_row(reasons, [], |row| row.get::<_, u64>(0)).unwrap(), 1);
    }
}
