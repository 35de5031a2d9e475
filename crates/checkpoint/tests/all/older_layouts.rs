//! Checkpoints of older layouts: copied into the current one, with everything that they have.

use std::fs;
use std::path::Path;

use matchflow_checkpoint::{preview, read_results};
use matchflow_model::evidence::Alternative;
use matchflow_model::outcome::Outcome;
use matchflow_model::reason::Reason;

use crate::{commit, open};

/// A checkpoint as layout 5 was written, with two rows.
fn make_old(path: &Path) {
    let connection = duckdb::Connection::open(path).unwrap();
    connection.execute_batch(include_str!("layouts/layout-5.sql")).unwrap();
}

/// The same as layout 1 was written: without the columns and tables that came later.
fn make_oldest(path: &Path) {
    make_old(path);
    let connection = duckdb::Connection::open(path).unwrap();
    connection
        .execute_batch(
            "UPDATE meta SET layout_version = 1;
            DROP VIEW latest; DROP VIEW current_lost_claims; DROP VIEW newest; DROP TABLE settlements;
            DROP TABLE lost_claims; DROP TABLE clusterings; DROP TABLE clusters; DROP TABLE members;
            DROP TABLE edges; DROP TABLE golden; DROP TABLE cluster_events; DROP TABLE gone;
            ALTER TABLE results DROP plugin; ALTER TABLE results DROP tries;
            ALTER TABLE results DROP entry_score; ALTER TABLE results DROP weight;
            ALTER TABLE epochs DROP config_digest; ALTER TABLE epochs DROP source_digest;
            ALTER TABLE runs DROP source_digest; ALTER TABLE runs DROP decided_by;
            CHECKPOINT",
        )
        .unwrap();
}

#[test]
fn a_checkpoint_of_an_older_layout_is_copied_and_its_file_stays() {
    for (layout, make) in [(1, make_oldest as fn(&Path)), (5, make_old)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.duckdb");
        make(&path);
        let before = fs::read(&path).unwrap();
        let opened = open(&path, None).unwrap();
        assert_eq!(opened.resume.done.len(), 2, "its results count as decided");
        let backup = format!("s.duckdb.layout-{layout}");
        assert!(opened.warnings[0].contains(&backup), "{:?}", opened.warnings);
        commit(opened, 0, 2);
        assert_eq!(fs::read(folder.path().join(backup)).unwrap(), before, "the old file is unchanged");
        let again = open(&path, None).unwrap();
        assert_eq!((again.resume.done.len(), again.warnings.len()), (4, 0));
        drop(again);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left");
    }
}

/// Evidence as layouts before 9 had it: whole, scores alone, of a scorer that failed, of a pair of rows.
#[test]
fn evidence_as_json_of_an_older_layout_becomes_lists() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    make_old(&path);
    let whole = r#"{"na/me~":{"score":0.75,"weight":0.5,"explanation":{"said":"close"}},"town":{"score":null},
        "_model":{"prior":-17.9,"name":{"level":"same name","bits":18.25},"place":{"level":null,"bits":0},"weight":0.35}}"#;
    let cases = [
        (whole, Some(whole), vec![("na/me~", 0.75)], vec![("name", "same name", 18.25)]),
        (r#"{"name":1,"town":0.5}"#, None, vec![("name", 1.0), ("town", 0.5)], vec![]),
        (
            r#"{"name":{"score":null,"failed":{"code":"text","text":"no"}}}"#,
            Some(r#"{"name":{"score":null,"failed":{"code":"text","text":"no"}}}"#),
            vec![],
            vec![],
        ),
        ("{}", None, vec![], vec![]),
    ];
    let entry = r#"{"name":"L'ÉTÉ \"vert\"","_closed":true}"#;
    let alternatives = format!(
        r#"[{{"id":"1","group":"2","score":0.5,"stage":"BROAD","entry":{entry},"evidence":{{"name":{{"score":0.5}}}}}},
            {{"id":"F2","score":0.25,"weight":3.5,"stage":"NAME"}}]"#
    );
    let connection = duckdb::Connection::open(&path).unwrap();
    connection.execute_batch("DELETE FROM results WHERE \"key\" <> 'F1'").unwrap();
    for (place, (json, ..)) in cases.iter().enumerate().skip(1) {
        let copy = format!("INSERT INTO results SELECT * REPLACE ('F{}' AS \"key\") FROM results LIMIT 1", place + 1);
        connection.execute_batch(&copy).unwrap();
        let update = format!("UPDATE results SET evidence = ? WHERE \"key\" = 'F{}'", place + 1);
        connection.execute(&update, [json]).unwrap();
    }
    connection
        .execute("UPDATE results SET evidence = ?, alternatives = ? WHERE \"key\" = 'F1'", [whole, &alternatives])
        .unwrap();
    connection.execute_batch("CHECKPOINT").unwrap();
    drop(connection);
    drop(open(&path, None).unwrap());
    let results = read_results(&path).unwrap();
    for (place, (_, kept, scores, comparisons)) in cases.into_iter().enumerate() {
        let decision = results.tables().result(&format!("F{}", place + 1)).unwrap().unwrap();
        assert_eq!(decision.evidence.as_deref(), kept);
        let found: Vec<_> = decision.scores.iter().map(|one| (one.scorer.as_str(), one.score)).collect();
        assert_eq!(found, scores);
        let found = decision.comparisons.iter();
        let found: Vec<_> = found.map(|one| (one.comparison.as_str(), one.level.as_str(), one.bits.unwrap())).collect();
        assert_eq!(found, comparisons);
    }
    let first = results.tables().result("F1").unwrap().unwrap();
    let [candidate, pair] = <[Alternative; 2]>::try_from(first.alternatives).unwrap();
    assert_eq!((candidate.id.as_str(), candidate.group.as_deref(), candidate.score), ("1", Some("2"), Some(0.5)));
    assert_eq!(candidate.entry.as_deref(), Some(entry));
    assert_eq!(candidate.evidence.as_deref(), Some(r#"{"name":{"score":0.5}}"#));
    let expected = ("F2", None, Some(0.25), Some(3.5), "NAME", None);
    let Alternative { id, group, score, weight, stage, entry, .. } = pair;
    assert_eq!((id.as_str(), group, score, weight, stage.as_str(), entry), expected);
}

#[test]
fn renamed_tables_and_columns_of_an_older_layout_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.duckdb");
    make_old(&path);
    drop(open(&path, None).unwrap());
    let results = read_results(&path).unwrap();
    let tables = results.tables();
    let (rejects, total) = tables.rejects(10).unwrap();
    assert_eq!((rejects[0].expected.to_json().as_str(), total), (r#"{"code":"text","text":"a date"}"#, 1));
    assert_eq!(tables.conflict_count().unwrap(), 1);
    let first = tables.result("F1").unwrap().unwrap();
    assert_eq!((first.outcome, first.id.as_deref()), (Outcome::Matched, Some("73282932000074")));
    let text = |text: &str| Reason::Text { text: text.to_owned() };
    assert_eq!(first.reason, text("score 0.97; no other company \"comes near\"").into());
    let second = tables.result("F2").unwrap().unwrap();
    let lost = text("one-to-one: row F1 (0.9700) is matched with 73282932000074 and keeps it");
    assert_eq!(second.outcome, Outcome::Review);
    assert_eq!(second.reason.0, [text("two\nlines \\ and a unit\u{1f}separator"), lost]);
}

#[test]
fn an_older_layout_in_the_other_place_is_imported() {
    for make in [make_oldest as fn(&Path), make_old] {
        let folder = tempfile::tempdir().unwrap();
        let (path, fallback) = (folder.path().join("s.duckdb"), folder.path().join("fallback.duckdb"));
        make(&fallback);
        assert_eq!(preview(&path, Some(&fallback), "suppliers", "c1").unwrap().unwrap().counts.matched, 2);
        assert_eq!(open(&path, Some(&fallback)).unwrap().imported_rows, 2);
    }
}
