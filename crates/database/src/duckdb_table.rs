//! A table of a DuckDB database, which is made where it is missing.
//!
//! **Limits.** The database is locked for other programs from the first row to the commit.

use std::path::Path;

use duckdb::{Config, Connection};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::arrow::datatypes::{DataType, SchemaRef};
use matchflow_model::plan::TableMode;

use crate::duckdb_message::message_of;
use crate::duckdb_source::opening;
use crate::error::DatabaseError;
use crate::table_name::{TableName, literal, quoted};
use crate::{COMMENT, MEMORY_LIMIT, TableWriter, check_columns, column_definitions, comment, database_file};

const MAIN: &str = "main";
/// A table for a moment: DuckDB's names of types are not those that it takes.
const EXPECTED: &str = "matchflow_expected";

/// A table in a transaction.
pub struct DuckdbTable {
    connection: Connection,
    table: TableName,
    mode: TableMode,
    /// Whether the table was there before.
    is_known: bool,
    is_begun: bool,
}

impl DuckdbTable {
    /// Opens the database, and refuses a table of somebody else's before anything is written.
    pub fn open(path: &Path, table: TableName, mode: TableMode) -> Result<DuckdbTable, DatabaseError> {
        let config = Config::default()
            .enable_autoload_extension(false)
            .and_then(|config| config.with("autoinstall_known_extensions", "false"))
            .and_then(|config| config.with("memory_limit", MEMORY_LIMIT))
            .and_then(|config| config.threads(1));
        let connection = config.and_then(|config| Connection::open_with_flags(database_file(path), config));
        let connection = connection.map_err(|error| opening(&error))?;
        let locked = "SET enable_external_access = false; SET lock_configuration = true; BEGIN";
        connection.execute_batch(locked).map_err(|error| failed(&error))?;
        let mut opened = DuckdbTable { connection, table, mode, is_known: false, is_begun: false };
        let comment = opened.comment().map_err(|error| failed(&error))?;
        opened.is_known = comment.is_some();
        match comment {
            Some(comment) if mode == TableMode::Replace && !comment.starts_with(COMMENT) => {
                Err(DatabaseError::ForeignTable)
            }
            _ => Ok(opened),
        }
    }

    fn schema(&self) -> &str {
        self.table.schema.as_deref().unwrap_or(MAIN)
    }

    /// The comment of the table or view; `None` where there is neither.
    fn comment(&self) -> Result<Option<String>, duckdb::Error> {
        let sql = "SELECT coalesce(comment, '') FROM (
                SELECT schema_name, table_name AS name, comment FROM duckdb_tables() WHERE database_name = current_database()
                UNION ALL
                SELECT schema_name, view_name, comment FROM duckdb_views() WHERE database_name = current_database())
            WHERE lower(schema_name) = lower(?) AND lower(name) = lower(?)";
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.query([self.schema(), &self.table.name])?;
        rows.next()?.map(|row| row.get(0)).transpose()
    }

    /// The columns of the table as it is, each as its name and type.
    fn columns(&self) -> Result<Vec<String>, duckdb::Error> {
        self.described(&format!("{}.{}", quoted(self.schema()), quoted(&self.table.name)))
    }

    /// The columns that a table with these definitions has.
    fn columns_of(&self, definitions: &str) -> Result<Vec<String>, duckdb::Error> {
        self.connection.execute_batch(&format!("CREATE TEMP TABLE {EXPECTED} ({definitions})"))?;
        let columns = self.described(&format!("temp.{EXPECTED}"))?;
        self.connection.execute_batch(&format!("DROP TABLE temp.{EXPECTED}"))?;
        Ok(columns)
    }

    fn described(&self, table: &str) -> Result<Vec<String>, duckdb::Error> {
        let mut statement = self.connection.prepare(&format!("DESCRIBE {table}"))?;
        let rows = statement.query_map([], |row| {
            let (name, data_type): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(format!("{} {data_type}", quoted(&name)))
        })?;
        rows.collect()
    }

    /// Makes the table for rows of this schema, or checks the one to which they are added.
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), DatabaseError> {
        let definitions = column_definitions(schema, sql_type).join(", ");
        if self.is_known && self.mode == TableMode::Append {
            let columns = || Ok((self.columns()?, self.columns_of(&definitions)?));
            let (known, expected) = columns().map_err(|error| failed(&error))?;
            return check_columns(&known, &expected);
        }
        let table = self.table.quoted();
        let new_schema =
            self.table.schema.as_ref().map(|schema| format!("CREATE SCHEMA IF NOT EXISTS {};", quoted(schema)));
        let sql = format!(
            "{} CREATE OR REPLACE TABLE {table} ({}); COMMENT ON TABLE {table} IS {}",
            new_schema.unwrap_or_default(),
            definitions,
            literal(&comment(self.mode)),
        );
        self.connection.execute_batch(&sql).map_err(|error| failed(&error))
    }
}

impl TableWriter for DuckdbTable {
    fn write(&mut self, rows: &RecordBatch) -> Result<(), DatabaseError> {
        if !self.is_begun {
            self.begin(&rows.schema())?;
            self.is_begun = true;
        }
        let append = || {
            let mut appender = self.connection.appender_to_db(&self.table.name, self.schema())?;
            appender.append_record_batch(rows.clone())?;
            appender.flush()
        };
        append().map_err(|error| failed(&error))
    }

    fn commit(self: Box<Self>) -> Result<(), DatabaseError> {
        self.connection.execute_batch("COMMIT").map_err(|error| failed(&error))?;
        self.connection.close().map_err(|(_, error)| failed(&error))
    }
}

fn failed(error: &duckdb::Error) -> DatabaseError {
    DatabaseError::Refused(message_of(error))
}

/// DuckDB's type of a column.
fn sql_type(data_type: &DataType) -> String {
    match data_type {
        DataType::UInt64 => "UBIGINT".to_owned(),
        DataType::UInt32 => "UINTEGER".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Date32 => "DATE".to_owned(),
        DataType::Timestamp(..) => "TIMESTAMP".to_owned(),
        DataType::List(item) => format!("{}[]", sql_type(item.data_type())),
        DataType::Struct(members) => {
            let member = |name: &str, data_type| format!("{} {}", quoted(name), sql_type(data_type));
            let members: Vec<String> = members.iter().map(|field| member(field.name(), field.data_type())).collect();
            format!("STRUCT({})", members.join(", "))
        }
        _ => "VARCHAR".to_owned(),
    }
}
