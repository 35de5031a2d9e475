//! Copies the rows of one checkpoint into another, also from an older layout whose tables or columns have other names.

use duckdb::Connection;

use crate::layout::{TableLayout, run_tables};

/// A table and the statement that copies it.
pub(crate) struct CopyStatement {
    pub(crate) table: &'static str,
    pub(crate) sql: String,
}

/// The statements that copy the tables of catalog `from` into those of catalog `into`, in order. `condition` is put after
/// the name of each table. Tables and columns that an older layout lacks are left out.
pub(crate) fn copy_statements(
    connection: &Connection,
    from: &str,
    into: &str,
    condition: &str,
) -> Result<Vec<CopyStatement>, duckdb::Error> {
    let mut statements = Vec::new();
    for table in run_tables() {
        let Some((source, columns)) = source_of(connection, from, &table)? else { continue };
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

/// What catalog `from` calls a table, and for each of its columns the expression that gives its values.
fn source_of<'t>(
    connection: &Connection,
    from: &str,
    table: &'t TableLayout,
) -> Result<Option<(&'static str, Vec<(&'t str, String)>)>, duckdb::Error> {
    for name in std::iter::once(table.name).chain(table.former_name) {
        let found = columns_of(connection, from, name)?;
        if found.is_empty() {
            continue;
        }
        let value = |column: &'t crate::layout::ColumnLayout| {
            let names = std::iter::once(column.name).chain(column.former_name);
            let source = names.into_iter().find(|name| found.iter().any(|column| column == name))?;
            Some((column.name, format!("\"{source}\"")))
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
