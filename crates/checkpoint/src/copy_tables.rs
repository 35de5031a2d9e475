//! Copies the rows of one checkpoint into another, also from an older layout with other names of tables or columns.

use duckdb::Connection;

use crate::layout::{TableLayout, run_tables};

/// The first layout with reasons as JSON; before, they were sentences.
const REASONS_AS_JSON: u32 = 6;

/// The first layout with errors and rejects as JSON; before, they were sentences.
const ERRORS_AS_JSON: u32 = 8;

/// The columns that used to contain sentences: table, column, the first layout with JSON in it.
const SENTENCES: [(&str, &str, u32); 2] =
    [("results", "error", ERRORS_AS_JSON), ("rejects", "expected", ERRORS_AS_JSON)];

/// The first layout whose results have `level` and `closed`; before, they followed from other columns.
const LEVELS_AND_STATES: u32 = 7;

/// The values of these columns in older layouts.
const NAMED: [(&str, &str); 2] = [
    ("level", "CASE WHEN \"group\" IS NULL THEN NULL WHEN id IS NULL THEN 'company' ELSE 'establishment' END"),
    ("closed", "CASE WHEN \"group\" IS NOT NULL THEN contains(entry, '\"_closed\":true') END"),
];

/// The first layout whose results have their evidence as lists; before, as JSON.
const EVIDENCE_AS_LISTS: u32 = 9;

/// The values of these columns in layouts whose evidence is JSON: an object by scorer, each with an object that has the `score`
/// or with the score alone, and the match model under `_model`. Where it is scores alone, nothing else was kept.
const LISTED: [(&str, &str); 4] = [
    (
        "alternatives",
        r#"from_json(alternatives, '[{"id": "VARCHAR", "group": "VARCHAR", "stage": "VARCHAR", "entry": "VARCHAR",
            "evidence": "VARCHAR", "score": "DOUBLE", "weight": "DOUBLE"}]')"#,
    ),
    (
        "scores",
        "coalesce(list_filter(list_transform(list_filter(json_keys(evidence), lambda name: NOT starts_with(name, '_')),
            lambda name: {'scorer': name, 'score': coalesce(
                TRY_CAST(json_extract_string(evidence, '/' || replace(replace(name, '~', '~0'), '/', '~1') || '/score') AS DOUBLE),
                TRY_CAST(json_extract_string(evidence, '/' || replace(replace(name, '~', '~0'), '/', '~1')) AS DOUBLE))}),
            lambda one: one.score IS NOT NULL), [])",
    ),
    (
        "comparisons",
        "coalesce(list_filter(list_transform(json_keys(evidence, '/_model'), lambda name: {'comparison': name,
            'level': json_extract_string(evidence, '/_model/' || replace(replace(name, '~', '~0'), '/', '~1') || '/level'),
            'bits': TRY_CAST(json_extract_string(evidence,
                '/_model/' || replace(replace(name, '~', '~0'), '/', '~1') || '/bits') AS DOUBLE)}),
            lambda one: one.\"level\" IS NOT NULL), [])",
    ),
    (
        "evidence",
        "CASE WHEN len(list_filter(json_keys(evidence), lambda name:
            json_type(evidence, '/' || replace(replace(name, '~', '~0'), '/', '~1')) = 'OBJECT')) > 0 THEN evidence END",
    ),
];

/// Tables whose column `reason` is one reason, not a list.
const SINGLE_REASON: [&str; 1] = ["assignment_conflicts"];

/// A table and the statement that copies it.
pub(crate) struct CopyStatement {
    pub(crate) table: &'static str,
    pub(crate) sql: String,
}

/// The statements that copy the tables of catalog `from` into those of catalog `into`, in order. `condition` is
/// appended to the name of each table. Tables and columns missing in layout `found` are omitted; its sentences become
/// reasons.
pub(crate) fn copy_statements(
    connection: &Connection,
    from: &str,
    found: u32,
    into: &str,
    condition: &str,
) -> Result<Vec<CopyStatement>, duckdb::Error> {
    let mut statements = Vec::new();
    for table in run_tables() {
        let Some((source, columns)) = source_of(connection, from, found, &table)? else { continue };
        let list = |part: fn(&(&str, String)) -> String| columns.iter().map(part).collect::<Vec<_>>().join(", ");
        let (targets, values) = (list(|(target, _)| format!("\"{target}\"")), list(|(_, value)| value.clone()));
        statements.push(CopyStatement {
            table: table.name,
            sql: format!(
                "INSERT INTO {into}.{}({targets}) SELECT {values} FROM \"{from}\".{source}{condition}",
                table.name
            ),
        });
    }
    Ok(statements)
}

/// The name of a table in the source catalog, and each column with the expression for its values.
type CopySource<'t> = (&'static str, Vec<(&'t str, String)>);

/// The source of a table in catalog `from`; `None` if it has no such table.
fn source_of<'t>(
    connection: &Connection,
    from: &str,
    layout: u32,
    table: &'t TableLayout,
) -> Result<Option<CopySource<'t>>, duckdb::Error> {
    for name in std::iter::once(table.name).chain(table.former_name) {
        let found = columns_of(connection, from, name)?;
        if found.is_empty() {
            continue;
        }
        let value = |column: &'t crate::layout::ColumnLayout| {
            let names = std::iter::once(column.name).chain(column.former_name);
            if table.name == "results"
                && layout < LEVELS_AND_STATES
                && let Some((_, value)) = NAMED.iter().find(|(name, _)| *name == column.name)
            {
                return Some((column.name, (*value).to_owned()));
            }
            if table.name == "results"
                && layout < EVIDENCE_AS_LISTS
                && let Some((_, value)) = LISTED.iter().find(|(name, _)| *name == column.name)
            {
                return Some((column.name, (*value).to_owned()));
            }
            let source = names.into_iter().find(|name| found.iter().any(|column| column == name))?;
            let has_sentences =
                |(name, of, since): &(&str, &str, u32)| *name == table.name && *of == column.name && layout < *since;
            let value = match column.name {
                "reason" if layout < REASONS_AS_JSON => sentence_as_json(source, SINGLE_REASON.contains(&table.name)),
                "reason" if layout < ERRORS_AS_JSON => arbiter_errors_as_json(source),
                _ if SENTENCES.iter().any(has_sentences) => sentence_as_json(source, true),
                _ => format!("\"{source}\""),
            };
            Some((column.name, value))
        };
        return Ok(Some((name, table.columns.iter().filter_map(value).collect())));
    }
    Ok(None)
}

fn columns_of(connection: &Connection, catalog: &str, table: &str) -> Result<Vec<String>, duckdb::Error> {
    let sql =
        "SELECT column_name FROM duckdb_columns() WHERE database_name = ? AND table_name = ? ORDER BY column_index";
    let mut statement = connection.prepare(sql)?;
    statement.query_map([catalog, table], |row| row.get(0))?.collect()
}

/// The SQL expression that converts arbiter errors within the reasons of a column to objects of code `text`.
fn arbiter_errors_as_json(column: &str) -> String {
    let text = r#""(?:[^"\\]|\\.)*""#;
    let before = format!(r#"("code":"arbiter_failed","arbiter":{text},"error":)({text})"#);
    format!(r#"regexp_replace("{column}", '{before}', '\1{{"code":"text","text":\2}}', 'g')"#)
}

/// The SQL expression that converts the sentences of a column to messages of code `text`, one each or lists of reasons.
/// Null stays null.
fn sentence_as_json(column: &str, is_single: bool) -> String {
    let mut text = format!("\"{column}\"");
    for (from, to) in [("'\\'".to_owned(), "'\\\\'".to_owned()), ("'\"'".to_owned(), "'\\\"'".to_owned())]
        .into_iter()
        .chain((1..32).map(|code| (format!("chr({code})"), format!("'\\u{code:04x}'"))))
    {
        text = format!("replace({text}, {from}, {to})");
    }
    let reason = format!("'{{\"code\":\"text\",\"text\":\"' || {text} || '\"}}'");
    match is_single {
        true => reason,
        false => format!("CASE WHEN \"{column}\" = '' THEN '[]' ELSE '[' || {reason} || ']' END"),
    }
}

#[cfg(test)]
mod tests {
    use matchflow_model::reason::{Reason, Reasons};
    use matchflow_model::row_error::RowError;

    use super::*;

    #[test]
    fn the_error_of_an_arbiter_becomes_an_object() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t(reason VARCHAR)").unwrap();
        for text in ["answered 503 (2 tries)", "back\\slash \\\" and \"quoted\"", ""] {
            let failed = |arbiter: &str| Reason::ArbiterFailed {
                arbiter: arbiter.to_owned(),
                error: RowError::Text { text: text.to_owned() },
            };
            let silent = Reason::ArbiterSilent { arbiter: "c".to_owned() };
            let upgraded = Reasons(vec![failed("a \"b\""), silent, failed("d")]).to_json();
            let old = upgraded.replace(r#""error":{"code":"text","text":"#, r#""error":"#).replace("\"}}", "\"}");
            connection.execute("DELETE FROM t", []).unwrap();
            connection.execute("INSERT INTO t VALUES (?)", [&old]).unwrap();
            let sql = format!("SELECT {} FROM t", arbiter_errors_as_json("reason"));
            let json: String = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(json, upgraded);
            assert_eq!(Reasons::from_json(&old), Reasons::from_json(&upgraded));
        }
    }

    #[test]
    fn any_sentence_becomes_a_reason() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t(reason VARCHAR)").unwrap();
        for sentence in ["plain", "a \"quoted\" one", "back\\slash \\\" both", "line\nbreak\ttab\u{1f}unit", "é; '"] {
            connection.execute("DELETE FROM t", []).unwrap();
            connection.execute("INSERT INTO t VALUES (?)", [sentence]).unwrap();
            let sql = format!("SELECT {} FROM t", sentence_as_json("reason", false));
            let json: String = connection.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(Reasons::from_json(&json), Reason::Text { text: sentence.to_owned() }.into(), "{json}");
        }
    }
}
