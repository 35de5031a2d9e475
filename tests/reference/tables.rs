//! Columns of results and of the checkpoint, from files that a run writes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use duckdb::Connection;

use crate::markdown::{code, table};
use crate::support::{World, root};

const HEAD: &str = "\
# Results and checkpoint

## Result files

`outputs` writes a workbook and a CSV file with these columns, after the supplier's own and with the matched entry's.

";

const CHECKPOINT: &str = "
## Checkpoint

The checkpoint is a DuckDB file, which any DuckDB reads: `duckdb out/suppliers.duckdb \"SELECT outcome, count(*) FROM latest GROUP BY 1\"`.
Read `latest` for results: `results` has one row for every time a row was decided.

";

/// The page.
pub(crate) fn page() -> String {
    let world = World::sample();
    world.succeed(&["run", "suppliers.yaml", "--limit", "20", "--progress", "none"]);
    let mut notes = notes();
    let mut out = HEAD.to_owned();
    let csv = String::from_utf8(world.read("out/suppliers-results.csv")).unwrap();
    let heading = csv.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    let rows = heading.split(';').flat_map(|cell| cell.split(',')).filter_map(|name| {
        let name = name.trim_matches('"');
        let meaning = notes.remove(&format!("results-file.{name}"))?;
        Some(vec![code(name), meaning])
    });
    let rows: Vec<Vec<String>> = rows.collect();
    out.push_str(&table(&["column", "meaning"], &rows));
    out.push_str(CHECKPOINT);
    let connection = Connection::open(world.path("out/suppliers.duckdb")).unwrap();
    for (name, columns) in tables(&connection) {
        let about = notes.remove(&name).unwrap_or_else(|| panic!("tests/reference/columns.txt has no line `{name}`"));
        let rows = columns.into_iter().map(|(column, kind)| {
            let key = format!("{name}.{column}");
            let meaning =
                notes.remove(&key).unwrap_or_else(|| panic!("tests/reference/columns.txt has no line `{key}`"));
            vec![code(&column), kind.to_lowercase(), meaning]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        write!(out, "\n### `{name}`\n\n{about}\n\n{}", table(&["column", "type", "meaning"], &rows)).unwrap();
    }
    assert!(notes.is_empty(), "tests/reference/columns.txt describes what is not there: {:?}", notes.keys());
    out
}

/// What each table and column means.
fn notes() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join("tests/reference/columns.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(": ")).map(|(key, note)| (key.to_owned(), note.to_owned())).collect()
}

type Columns = Vec<(String, String)>;

fn tables(connection: &Connection) -> Vec<(String, Columns)> {
    let mut statement = connection
        .prepare(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'main' \
             ORDER BY table_name, ordinal_position",
        )
        .unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let mut tables: Vec<(String, Columns)> = Vec::new();
    for row in rows {
        let (name, column, kind): (String, String, String) = row.unwrap();
        match tables.last_mut().filter(|(last, _)| *last == name) {
            Some((_, columns)) => columns.push((column, kind)),
            None => tables.push((name, vec![(column, kind)])),
        }
    }
    tables
}
