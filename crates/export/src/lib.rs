//! Results for people (XLSX) and for programs (CSV, Parquet, JSON lines, tables of databases), written in one pass over the
//! outcomes. A format is a file with an `OutputFile` and its line in `open`, or with a `BatchWriter` where it takes typed columns.
//!
//! **Limits.** A workbook's rows are streamed to temporary files next to it; in memory each matched row and each row to
//! review takes some 50 to 100 bytes. A sheet takes 1,048,575 rows; more continue in `Matched 2`, `Matched 3`... A cell
//! takes 32,767 characters; longer texts are cut and end in `…`.
//!
//! **Invariants.** A file gets its name when all files of the export are complete; until then, and after any error, an
//! existing file keeps the name. A file not written by an export is never overwritten: it gets another name. Texts stay
//! texts in a workbook: a SIRET keeps its 14 digits, `06000` its zero, and a value that starts with `=` is not a
//! formula.
//!
//! CSV cannot mark a value as text, and quoting does not stop a spreadsheet from running `=...`: such texts are
//! prefixed with an apostrophe, unless the plan keeps them unchanged (`delimited.rs`).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod batch_writer;
mod delimited;
mod duplicates;
mod error;
mod layout;
mod list;
mod record;
mod register;
mod staged;
mod tally;
mod typed_rows;
mod workbook;

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::fault;
use matchflow_model::panic_message;
use matchflow_model::plan::OutputPlan;

pub use duplicates::{SheetTable, TableCell, export_tables};
pub use error::ExportError;
pub use layout::{Fact, FieldColumn, Layout, Summary};
pub use list::{List, ListCell, write_list};
pub use register::{NoRegister, OutputRegister};

use batch_writer::{duckdb_writer, json_lines_writer, parquet_writer, postgres_writer};
use delimited::CsvFile;
use record::OutcomeBatch;
use staged::{PublishedOutput, StagedOutput};
use tally::OutcomeTally;
use typed_rows::TypedOutput;
use workbook::{SHEET_ROWS_MAX, Workbook};

/// A file, or a table of a database, that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    /// The file, or the address of the server.
    pub path: PathBuf,
    /// The table, where it is one.
    pub table: Option<String>,
    /// The results in it.
    pub rows: u64,
    /// The new name of the file that it replaced, if that was not written by an export.
    pub backup: Option<PathBuf>,
}

/// A file being written.
trait OutputFile {
    /// Adds a row.
    fn add(&mut self, record: &record::Record<'_>) -> Result<(), ExportError>;

    /// Completes the file under its temporary name.
    fn complete(self: Box<Self>, tally: &OutcomeTally, summary: &Summary) -> Result<StagedOutput, ExportError>;
}

/// Writes `batches` (of [`matchflow_model::outcome::schema`], in the requested order) to every output.
///
/// Missing folders are created. Returns the files in the order of `outputs`.
pub fn export<E: Error + Send + Sync + 'static>(
    outputs: &[OutputPlan],
    layout: &Layout,
    batches: impl Iterator<Item = Result<RecordBatch, E>>,
    summary: &Summary,
) -> Result<Vec<ExportedFile>, ExportError> {
    export_recorded(outputs, layout, batches, summary, &mut NoRegister)
}

/// The same, with a `register` of the files written by earlier exports, in which these are recorded.
pub fn export_recorded<E: Error + Send + Sync + 'static>(
    outputs: &[OutputPlan],
    layout: &Layout,
    batches: impl Iterator<Item = Result<RecordBatch, E>>,
    summary: &Summary,
    register: &mut dyn OutputRegister,
) -> Result<Vec<ExportedFile>, ExportError> {
    guarded(|| export_with(outputs, layout, batches, summary, register, SHEET_ROWS_MAX))
}

/// The workbook writer panics if its temporary files cannot be written. Nothing is published then.
fn guarded<T>(write: impl FnOnce() -> Result<T, ExportError>) -> Result<T, ExportError> {
    catch_unwind(AssertUnwindSafe(write))
        .unwrap_or_else(|payload| Err(ExportError::Panic { message: panic_message(payload.as_ref()) }))
}

fn export_with<E: Error + Send + Sync + 'static>(
    outputs: &[OutputPlan],
    layout: &Layout,
    batches: impl Iterator<Item = Result<RecordBatch, E>>,
    summary: &Summary,
    register: &mut dyn OutputRegister,
    sheet_rows_max: u32,
) -> Result<Vec<ExportedFile>, ExportError> {
    let mut files = outputs.iter().map(|plan| open(plan, layout, sheet_rows_max)).collect::<Result<Vec<_>, _>>()?;
    let mut tally = OutcomeTally::default();
    for batch in batches {
        fault::point("while exporting");
        let batch = batch.map_err(|source| ExportError::Source { source: Box::new(source) })?;
        let records = OutcomeBatch::new(&batch, layout)?;
        for row in 0..batch.num_rows() {
            let record = records.get(row);
            tally.add(&record)?;
            files.iter_mut().try_for_each(|file| file.add(&record))?;
        }
    }
    let staged = files
        .into_iter()
        .map(|file| file.complete(&tally, summary))
        .collect::<Result<Vec<StagedOutput>, ExportError>>()?;
    let rows = tally.rows();
    let publish = |output: StagedOutput| {
        fault::point("before a result has its name");
        output.publish(register).map(|published| exported(published, rows))
    };
    staged.into_iter().map(publish).collect()
}

fn open<'a>(
    plan: &OutputPlan,
    layout: &'a Layout,
    sheet_rows_max: u32,
) -> Result<Box<dyn OutputFile + 'a>, ExportError> {
    let typed = match plan {
        OutputPlan::Xlsx { path } => return Ok(Box::new(Workbook::create(path, layout, sheet_rows_max)?)),
        OutputPlan::Csv { path, dialect } => return Ok(Box::new(CsvFile::create(path, dialect, layout)?)),
        OutputPlan::Parquet { path } => parquet_writer(path),
        OutputPlan::Jsonl { path } => json_lines_writer(path),
        OutputPlan::Duckdb { path, table, mode } => duckdb_writer(path, table, *mode),
        OutputPlan::Postgres { url, table, mode } => postgres_writer(url, table, *mode),
    };
    Ok(Box::new(TypedOutput::new(typed?, layout)))
}

fn exported(published: PublishedOutput, rows: u64) -> ExportedFile {
    let PublishedOutput { path, table, backup } = published;
    ExportedFile { path, table, rows, backup }
}

#[cfg(test)]
mod formula_tests;
#[cfg(test)]
mod language_tests;
#[cfg(test)]
mod parquet_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod workbook_tests;
