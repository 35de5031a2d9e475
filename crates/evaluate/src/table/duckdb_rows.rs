//! A table of results in a DuckDB database, as Parquet files have them: the one named `results`, or else the only one.

use std::ops::ControlFlow;
use std::path::Path;

use matchflow_database::{DatabaseError, DuckdbSource};

use super::parquet_rows::rows_of;
use super::{NamedRow, NamedTable};
use crate::error::EvaluateError;

const TABLE: &str = "results";

pub(super) fn open(path: &Path) -> Result<NamedTable<'static>, EvaluateError> {
    let name = path.display().to_string();
    let read = || -> Result<(Vec<String>, Vec<NamedRow>), DatabaseError> {
        let database = DuckdbSource::open(path)?;
        let is_results = |table: &String| table == TABLE;
        let relation =
            database.relation(database.tables()?.iter().find(|table| is_results(table)).map(String::as_str), None)?;
        let columns: Vec<String> =
            database.columns(&relation)?.fields().iter().map(|field| field.name().clone()).collect();
        let (mut rows, mut line) = (Vec::new(), 1);
        database.read(&relation, &columns, |batch| {
            let batch = rows_of(&batch, line + 1).map_err(|error| DatabaseError::Refused(error.to_string()))?;
            line += batch.len() as u64;
            rows.extend(batch);
            Ok::<_, DatabaseError>(ControlFlow::Continue(()))
        })?;
        Ok((columns, rows))
    };
    let (columns, rows) = read().map_err(|source| EvaluateError::Database { file: name.clone(), source })?;
    Ok(NamedTable::new(name, columns, rows.into_iter().map(Ok)))
}
