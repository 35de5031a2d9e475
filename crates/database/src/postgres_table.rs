//! A table of a PostgreSQL database.
//!
//! Rows are copied into a temporary table, from which they get into the table in the same transaction. A table with the same
//! columns keeps its rights, indexes and views when its rows are replaced; one with others is made anew.
//!
//! **Limits.** Nested columns are `jsonb`. PostgreSQL has no NUL characters: they become U+FFFD.

use std::io::Write;

use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::arrow::datatypes::{DataType, SchemaRef};
use matchflow_model::plan::TableMode;
use postgres::Client;

use crate::copy_text::write_rows;
use crate::error::DatabaseError;
use crate::postgres_address::{PostgresAddress, failed};
use crate::table_name::{TableName, literal, quoted};
use crate::{COMMENT, TableWriter, check_columns, column_definitions, comment};

const STAGING: &str = "matchflow_staging";

/// A table in a transaction.
pub struct PostgresTable {
    client: Client,
    table: TableName,
    mode: TableMode,
    /// Whether the table was there before.
    is_known: bool,
    /// The columns, once rows came.
    definitions: Option<String>,
}

impl PostgresTable {
    /// Connects, and refuses a table of somebody else's before anything is written.
    pub fn open(address: &PostgresAddress, table: TableName, mode: TableMode) -> Result<PostgresTable, DatabaseError> {
        let mut client = address.connect()?;
        client.batch_execute("SET TIME ZONE 'UTC'; BEGIN").map_err(|error| failed(&error))?;
        let mut opened = PostgresTable { client, table, mode, is_known: false, definitions: None };
        let comment = opened.comment()?;
        opened.is_known = comment.is_some();
        match comment {
            Some(comment) if mode == TableMode::Replace && !comment.starts_with(COMMENT) => {
                Err(DatabaseError::ForeignTable)
            }
            _ => Ok(opened),
        }
    }

    /// The comment of the table, or of what else has its name; `None` where there is nothing.
    fn comment(&mut self) -> Result<Option<String>, DatabaseError> {
        let sql = "SELECT coalesce(obj_description(to_regclass($1), 'pg_class'), '') WHERE to_regclass($1) IS NOT NULL";
        let row = self.client.query_opt(sql, &[&self.table.quoted()]).map_err(|error| failed(&error))?;
        Ok(row.map(|row| row.get(0)))
    }

    /// The columns of a table, each as its name and type.
    fn columns(&mut self, table: &str) -> Result<Vec<String>, DatabaseError> {
        let sql = "SELECT '\"' || attname || '\" ' || format_type(atttypid, atttypmod) FROM pg_attribute
            WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
        let rows = self.client.query(sql, &[&table]).map_err(|error| failed(&error))?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    /// Makes the temporary table for rows of this schema.
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), DatabaseError> {
        let definitions = column_definitions(schema, |data_type| sql_type(data_type).to_owned()).join(", ");
        self.execute(&format!("CREATE TEMPORARY TABLE {STAGING} ({definitions}) ON COMMIT DROP"))?;
        if self.is_known && self.mode == TableMode::Append {
            let (known, expected) = (self.columns(&self.table.quoted())?, self.columns(STAGING)?);
            check_columns(&known, &expected)?;
        }
        self.definitions = Some(definitions);
        Ok(())
    }

    fn execute(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.client.batch_execute(sql).map_err(|error| failed(&error))
    }

    /// The statements that prepare the table for the rows of the temporary one.
    fn preparation(&mut self, definitions: &str) -> Result<String, DatabaseError> {
        let table = self.table.quoted();
        let schema =
            self.table.schema.as_ref().map(|schema| format!("CREATE SCHEMA IF NOT EXISTS {}; ", quoted(schema)));
        let create = format!(
            "{}CREATE TABLE {table} ({definitions}); COMMENT ON TABLE {table} IS {};",
            // A user without the right to make schemas may use one that exists.
            schema.filter(|_| !self.is_known).unwrap_or_default(),
            literal(&comment(self.mode))
        );
        Ok(match (self.is_known, self.mode) {
            (false, _) => create,
            (true, TableMode::Append) => String::new(),
            (true, TableMode::Replace) if self.columns(&table)? == self.columns(STAGING)? => {
                format!("DELETE FROM {table};")
            }
            (true, TableMode::Replace) => format!("DROP TABLE {table}; {create}"),
        })
    }
}

impl TableWriter for PostgresTable {
    fn write(&mut self, rows: &RecordBatch) -> Result<(), DatabaseError> {
        if self.definitions.is_none() {
            self.begin(&rows.schema())?;
        }
        let mut text = String::new();
        write_rows(rows, &mut text).map_err(|error| DatabaseError::Refused(error.to_string()))?;
        let mut copy = self.client.copy_in(&format!("COPY {STAGING} FROM STDIN")).map_err(|error| failed(&error))?;
        copy.write_all(text.as_bytes()).map_err(|error| DatabaseError::Io(error.to_string()))?;
        copy.finish().map(drop).map_err(|error| failed(&error))
    }

    fn commit(mut self: Box<Self>) -> Result<(), DatabaseError> {
        let Some(definitions) = self.definitions.take() else { return self.execute("COMMIT") };
        let preparation = self.preparation(&definitions)?;
        let table = self.table.quoted();
        self.execute(&format!("{preparation} INSERT INTO {table} SELECT * FROM {STAGING}; COMMIT"))
    }
}

/// PostgreSQL's type of a column.
fn sql_type(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::UInt64 | DataType::UInt32 | DataType::Int64 => "bigint",
        DataType::Float64 => "double precision",
        DataType::Boolean => "boolean",
        DataType::Date32 => "date",
        DataType::Timestamp(..) => "timestamp with time zone",
        DataType::List(_) | DataType::Struct(_) => "jsonb",
        _ => "text",
    }
}
