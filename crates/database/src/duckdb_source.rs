//! A DuckDB database that is read: its tables and views, and the rows of one of them or of a query.
//!
//! **Limits.** A query whose rows have no order of their own (`random()`, `now()`) is another table each time. What a query
//! needs beyond [`crate::MEMORY_LIMIT`] goes to a private temporary folder.

use std::ops::ControlFlow;
use std::path::Path;

use duckdb::{AccessMode, Config, Connection};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::arrow::datatypes::SchemaRef;
use tempfile::TempDir;

use crate::duckdb_message::{OpenFailure, classify, message_of};
use crate::error::DatabaseError;
use crate::table_name::quoted;
use crate::{MEMORY_LIMIT, database_file};

/// The schema whose tables need no prefix.
const MAIN: &str = "main";

/// A database that is open for reading.
#[derive(Debug)]
pub struct DuckdbSource {
    connection: Connection,
    _temporary: TempDir,
}

/// What is read: a table, a view or a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// What follows FROM.
    sql: String,
    /// The name of the table or view.
    pub table: Option<String>,
}

/// A table or view.
struct NamedRelation {
    schema: String,
    name: String,
}

impl NamedRelation {
    /// The name that a pipeline has for it.
    fn label(&self) -> String {
        if self.schema == MAIN { self.name.clone() } else { format!("{}.{}", self.schema, self.name) }
    }
}

impl DuckdbSource {
    /// Opens a database read-only.
    pub fn open(path: &Path) -> Result<DuckdbSource, DatabaseError> {
        let temporary = tempfile::tempdir().map_err(|error| DatabaseError::Io(error.to_string()))?;
        let config = Config::default()
            .access_mode(AccessMode::ReadOnly)
            .and_then(|config| config.enable_autoload_extension(false))
            .and_then(|config| config.with("autoinstall_known_extensions", "false"))
            .and_then(|config| config.with("memory_limit", MEMORY_LIMIT))
            .and_then(|config| config.with("temp_directory", temporary.path().to_string_lossy()))
            .and_then(|config| config.threads(1));
        let connection = config.and_then(|config| Connection::open_with_flags(database_file(path), config));
        let connection = connection.map_err(|error| opening(&error))?;
        // From here on no statement reaches another file, an extension or the network, or changes that.
        let locked = "SET enable_external_access = false; SET lock_configuration = true";
        connection.execute_batch(locked).map_err(|error| failed(&error))?;
        Ok(DuckdbSource { connection, _temporary: temporary })
    }

    /// Its tables and views by the names that [`DuckdbSource::relation`] takes, in order.
    pub fn tables(&self) -> Result<Vec<String>, DatabaseError> {
        let mut names: Vec<String> = self.relations()?.iter().map(NamedRelation::label).collect();
        names.sort();
        Ok(names)
    }

    fn relations(&self) -> Result<Vec<NamedRelation>, DatabaseError> {
        let of_database = "WHERE NOT internal AND database_name = current_database()";
        let sql = format!(
            "SELECT schema_name, table_name FROM duckdb_tables() {of_database}
             UNION ALL SELECT schema_name, view_name FROM duckdb_views() {of_database}
             ORDER BY 1, 2"
        );
        let mut statement = self.connection.prepare(&sql).map_err(|error| failed(&error))?;
        let rows = statement.query_map([], |row| Ok(NamedRelation { schema: row.get(0)?, name: row.get(1)? }));
        rows.and_then(Iterator::collect).map_err(|error| failed(&error))
    }

    /// The table, or the query; without either the only table.
    pub fn relation(&self, table: Option<&str>, query: Option<&str>) -> Result<Relation, DatabaseError> {
        if let Some(query) = query {
            // A comment at its end must not take the bracket with it.
            let query = query.trim().trim_end_matches(';');
            return Ok(Relation { sql: format!("({query}\n)"), table: None });
        }
        let relations = self.relations()?;
        let named = match (table, relations.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(table), _) => relations.iter().find(|relation| relation.label() == table),
        };
        let Some(named) = named else {
            let tables = self.tables()?;
            return Err(match table {
                Some(table) => DatabaseError::UnknownTable { table: table.to_owned(), tables },
                None => DatabaseError::SeveralTables { tables },
            });
        };
        let sql = format!("{}.{}", quoted(&named.schema), quoted(&named.name));
        Ok(Relation { sql, table: Some(named.label()) })
    }

    /// The columns.
    pub fn columns(&self, relation: &Relation) -> Result<SchemaRef, DatabaseError> {
        let sql = format!("SELECT * FROM {} LIMIT 0", relation.sql);
        let mut statement = self.connection.prepare(&sql).map_err(|error| failed(&error))?;
        statement.query_arrow([]).map(|rows| rows.get_schema()).map_err(|error| failed(&error))
    }

    /// Hands the rows out batch by batch, until `take` breaks. Of each the named columns, and behind them one that is to be
    /// ignored: rows without columns are rows, too.
    pub fn read<E: From<DatabaseError>>(
        &self,
        relation: &Relation,
        columns: &[String],
        mut take: impl FnMut(RecordBatch) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let columns: String = columns.iter().map(|column| format!("{}, ", quoted(column))).collect();
        let sql = format!("SELECT {columns}true FROM {}", relation.sql);
        let mut statement = self.connection.prepare(&sql).map_err(|error| failed(&error))?;
        // The iterator that this returns would panic at an error.
        let _ = statement.stream_arrow([]).map_err(|error| failed(&error))?;
        while let Some(rows) = statement.step().map_err(|error| failed(&error))? {
            if take(RecordBatch::from(&rows))?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn failed(error: &duckdb::Error) -> DatabaseError {
    DatabaseError::Refused(message_of(error))
}

/// What DuckDB's refusal to open a file means.
pub(crate) fn opening(error: &duckdb::Error) -> DatabaseError {
    match classify(&message_of(error)) {
        OpenFailure::Locked(pid) => DatabaseError::Locked { pid },
        OpenFailure::OtherFormat => DatabaseError::Refused("it is not a DuckDB database".to_owned()),
        OpenFailure::Damaged(_) | OpenFailure::Other => failed(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(statements: &str) -> (TempDir, DuckdbSource) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data.duckdb");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(statements).unwrap();
        connection.close().unwrap();
        let source = DuckdbSource::open(&path).unwrap();
        (folder, source)
    }

    #[test]
    fn tables_and_views_have_names_and_the_only_one_needs_none() {
        let (_folder, source) = database(
            "CREATE TABLE one (a INTEGER); CREATE SCHEMA s; CREATE TABLE s.two (a INTEGER); CREATE VIEW all_of AS FROM one",
        );
        assert_eq!(source.tables().unwrap(), ["all_of", "one", "s.two"]);
        assert_eq!(source.relation(Some("s.two"), None).unwrap().table.as_deref(), Some("s.two"));
        assert!(
            matches!(source.relation(None, None), Err(DatabaseError::SeveralTables { tables }) if tables.len() == 3)
        );
        assert!(matches!(source.relation(Some("two"), None), Err(DatabaseError::UnknownTable { .. })));
        let (_folder, source) = database("CREATE TABLE \"a.b\" (a INTEGER)");
        let relation = source.relation(None, None).unwrap();
        assert_eq!(source.columns(&relation).unwrap().fields().len(), 1);
    }

    #[test]
    fn no_query_writes_or_reaches_anything_else() {
        let (folder, source) = database("CREATE TABLE one AS SELECT 1 AS a");
        let other = folder.path().join("other.csv");
        std::fs::write(&other, "a\n1\n").unwrap();
        let place = other.display();
        for query in [
            format!("FROM read_csv('{place}')"),
            format!("FROM '{place}'"),
            format!("SELECT 1); COPY one TO '{place}'; SELECT (1"),
            "SELECT 1); INSERT INTO one VALUES (2); SELECT (1".to_owned(),
            format!("SELECT 1); ATTACH '{place}.duckdb'; SELECT (1"),
            "SELECT 1); SET enable_external_access = true; SELECT (1".to_owned(),
            "SELECT 1); INSTALL httpfs; LOAD httpfs; SELECT (1".to_owned(),
        ] {
            let relation = source.relation(None, Some(&query)).unwrap();
            let read = source.columns(&relation);
            assert!(matches!(read, Err(DatabaseError::Refused(_))), "{query}: {read:?}");
        }
        assert_eq!(std::fs::read_to_string(other).unwrap(), "a\n1\n");
    }

    #[test]
    fn rows_come_in_their_order_until_they_are_enough() {
        let (_folder, source) = database("CREATE TABLE one AS SELECT range AS a FROM range(10000) ORDER BY a DESC");
        let relation = source.relation(None, Some("SELECT a FROM one -- all of them;")).unwrap();
        let mut rows = Vec::new();
        let mut batches = 0;
        let read: Result<(), DatabaseError> = source.read(&relation, &["a".to_owned()], |batch| {
            let column = batch.column(0).as_any().downcast_ref::<duckdb::arrow::array::Int64Array>().unwrap();
            rows.extend(column.values().iter().copied());
            batches += 1;
            Ok(if batches == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        read.unwrap();
        assert_eq!(rows.first(), Some(&9_999));
        assert!(rows.len() < 10_000 && rows.is_sorted_by(|a, b| a > b));
    }
}
