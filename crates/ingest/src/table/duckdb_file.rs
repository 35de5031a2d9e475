//! A table, a view or a query of a DuckDB database.
//!
//! A thread of its own runs the query and hands out columns of text as Parquet's, so that a value is the same from either.
//! Every row is a record; the first is row 2, as under a header.
//!
//! **Limits.** [`BATCHES_QUEUED_MAX`] batches and what the query itself needs are in memory. Lists and structures have no text:
//! a query can name their parts.
//!
//! **Invariants.** The same database gives the same rows in the same order. The digest is that of names and values: other
//! tables of the database may change.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use matchflow_database::{DatabaseError, DuckdbSource, Relation};
use matchflow_model::digest::Hasher;
use matchflow_model::plan::TablePlan;
use serde::Deserialize;

use super::parquet::{kind, text};
use super::{Selection, Table};
use crate::block::{Block, CellKind};
use crate::column::{ColumnBlock, TextColumn};
use crate::contents::FileContents;
use crate::error::IngestError;
use crate::file;
use crate::format::{
    FormatKey, FormatReader, KeyConflict, KeyType, TableFormat, TableOptions, TableRole, main_file, read_options,
};
use crate::header::{AddressForm, Header, HeaderColumn, columns};
use crate::sheets::{SheetFacts, SheetState, WorkbookFacts};
use crate::trim::visible_column;

/// Batches between the thread and its reader.
const BATCHES_QUEUED_MAX: usize = 2;
/// Rows above the first record, as addresses count them.
const HEADER_ROWS: u64 = 1;
const DIGEST_ROWS: usize = 8_192;

/// A DuckDB database.
#[derive(Debug)]
pub(crate) struct Duckdb;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DuckdbOptions {
    table: Option<String>,
    query: Option<String>,
}

static KEYS: [FormatKey; 3] = [
    FormatKey {
        name: "path",
        about: "The database, relative to the pipeline file. It is opened read-only.",
        is_required: true,
        value: KeyType::File,
    },
    FormatKey {
        name: "table",
        about: "The table or view, with its schema where that is not `main` (`sales.suppliers`). Default: the only one.",
        is_required: false,
        value: KeyType::Text,
    },
    FormatKey {
        name: "query",
        about: "Instead of `table`: a SELECT. It reaches no other file. Default: none.",
        is_required: false,
        value: KeyType::Text,
    },
];

impl TableFormat for Duckdb {
    fn name(&self) -> &'static str {
        "duckdb"
    }

    fn about(&self, role: TableRole) -> Option<&'static str> {
        Some(match role {
            TableRole::Source => "A table or a query of a DuckDB database.",
            TableRole::Reference => "A table or a query of a DuckDB database, an entry a row.",
        })
    }

    fn summary(&self) -> &'static str {
        "A table or a query of a DuckDB database."
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["duckdb", "ddb"]
    }

    fn keys(&self) -> &'static [FormatKey] {
        &KEYS
    }

    fn conflicts(&self, options: &TableOptions) -> Vec<KeyConflict> {
        let both = options.contains_key("table") && options.contains_key("query");
        let conflict = KeyConflict {
            key: "query",
            message: "`query` and `table` cannot both be given".to_owned(),
            other: ("table", "the table"),
            help: "remove one of them",
        };
        both.then_some(conflict).into_iter().collect()
    }

    fn row_columns(&self, _table: &TablePlan) -> &'static [&'static str] {
        &[]
    }

    fn log_of(&self, path: &Path) -> Option<PathBuf> {
        let mut log = path.as_os_str().to_owned();
        log.push(".wal");
        Some(PathBuf::from(log))
    }

    fn describe(&self, table: &TablePlan) -> String {
        let options: DuckdbOptions = read_options(table).unwrap_or_default();
        let part = match (options.table, options.query) {
            (Some(table), _) => format!(", table `{table}`"),
            (None, Some(_)) => ", a query".to_owned(),
            (None, None) => String::new(),
        };
        format!("{} {table}{part}", self.name())
    }
}

impl FormatReader for Duckdb {
    fn takes(&self, contents: &FileContents) -> bool {
        *contents == FileContents::Duckdb
    }

    fn open(&self, table: &TablePlan) -> Result<Box<dyn Table>, IngestError> {
        Ok(Box::new(DuckdbTable::open(main_file(table)?, read_options(table)?)?))
    }

    fn workbook(&self, table: &TablePlan) -> Result<WorkbookFacts, IngestError> {
        let path = main_file(table)?;
        let failed = |error| failed(&file::name(path), error);
        let tables = open(path)?.tables().map_err(failed)?;
        let facts = |name| SheetFacts { name, state: SheetState::DatabaseTable, area: None, tables: Vec::new() };
        Ok(WorkbookFacts { sheets: tables.into_iter().map(facts).collect(), ranges: Vec::new() })
    }

    fn digest(&self, table: &TablePlan, hasher: &mut Hasher) -> Result<(), IngestError> {
        let mut table = DuckdbTable::open(main_file(table)?, read_options(table)?)?;
        let readable: Vec<usize> =
            (0..table.header.columns.len()).filter(|column| table.check(*column).is_ok()).collect();
        let mut add = |value: Option<&str>| {
            // Length-prefixed: no two tables have the same bytes.
            hasher.update(&value.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
            hasher.update(value.unwrap_or_default().as_bytes());
        };
        for column in readable.iter().filter_map(|column| table.header.columns.get(*column)) {
            add(Some(&column.name));
        }
        let slots = readable.len();
        table.select(Selection { columns: readable, filters: Vec::new(), rows_max: DIGEST_ROWS })?;
        while let Some(block) = table.next_block()? {
            for row in 0..block.rows() {
                for slot in 0..slots {
                    let cell = block.cell(row, slot);
                    add((cell.kind != CellKind::Empty).then_some(cell.text));
                }
            }
        }
        Ok(())
    }
}

/// Opens a database; a file that is missing or empty has the message that every format gives.
fn open(path: &Path) -> Result<DuckdbSource, IngestError> {
    if file::contents(path)? != Some(FileContents::Duckdb) {
        return Err(IngestError::Database { file: file::name(path), reason: "it is not a DuckDB database".to_owned() });
    }
    DuckdbSource::open(path).map_err(|error| failed(&file::name(path), error))
}

fn failed(file: &str, error: DatabaseError) -> IngestError {
    let file = file.to_owned();
    match error {
        DatabaseError::UnknownTable { table, tables } => IngestError::TableNotFound { file, table, tables },
        DatabaseError::SeveralTables { tables } => IngestError::DatabaseTables { file, tables },
        other => IngestError::Database { file, reason: other.to_string() },
    }
}

/// A relation of a database as a table.
struct DuckdbTable {
    header: Header,
    path: PathBuf,
    relation: Relation,
    schema: SchemaRef,
    blocks: Option<Receiver<Result<ColumnBlock, IngestError>>>,
}

impl DuckdbTable {
    fn open(path: &Path, options: DuckdbOptions) -> Result<DuckdbTable, IngestError> {
        let name = file::name(path);
        let database = open(path)?;
        let failed = |error| failed(&name, error);
        let relation = database.relation(options.table.as_deref(), options.query.as_deref()).map_err(failed)?;
        let schema = database.columns(&relation).map_err(failed)?;
        let columns = columns(schema.fields().iter().map(|field| field.name().as_str()).enumerate());
        let header = Header {
            sheet: relation.table.clone().unwrap_or_default(),
            width: schema.fields().len(),
            ..Header::new(name, AddressForm::Names, columns)
        };
        Ok(DuckdbTable { header, path: path.to_owned(), relation, schema, blocks: None })
    }

    fn position(&self, column: usize) -> usize {
        self.header.columns.get(column).and_then(HeaderColumn::position).unwrap_or(usize::MAX)
    }
}

impl Table for DuckdbTable {
    fn header(&self) -> &Header {
        &self.header
    }

    fn header_mut(&mut self) -> &mut Header {
        &mut self.header
    }

    fn check(&self, column: usize) -> Result<(), IngestError> {
        let Some(field) = self.schema.fields().get(self.position(column)) else { return Ok(()) };
        match kind(field.data_type()) {
            Some(_) => Ok(()),
            None => Err(IngestError::ColumnType {
                file: self.header.file.clone(),
                column: field.name().clone(),
                data_type: field.data_type().to_string(),
            }),
        }
    }

    fn select(&mut self, selection: Selection) -> Result<(), IngestError> {
        selection.columns.iter().try_for_each(|column| self.check(*column))?;
        let fields = selection.columns.iter().filter_map(|column| self.schema.fields().get(self.position(*column)));
        let names: Vec<String> = fields.map(|field| field.name().clone()).collect();
        let (sender, receiver) = sync_channel(BATCHES_QUEUED_MAX);
        let (path, relation, rows_max) = (self.path.clone(), self.relation.clone(), selection.block_rows());
        let file = self.header.file.clone();
        let read = move || {
            let read = file::guard(&file, || read_rows(&path, &relation, &names, rows_max, &sender));
            if let Err(error) = read {
                // A reader that was dropped needs no error.
                let _ = sender.send(Err(error));
            }
        };
        let started = std::thread::Builder::new().name("duckdb".to_owned()).spawn(read);
        started.map_err(|source| IngestError::Unreadable { file: self.header.file.clone(), source })?;
        self.blocks = Some(receiver);
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<Block>, IngestError> {
        let Some(blocks) = &self.blocks else { return Ok(None) };
        match blocks.recv() {
            Ok(Ok(block)) => Ok(Some(Block::Columns(block))),
            Ok(Err(error)) => {
                self.blocks = None;
                Err(error)
            }
            // The thread has ended without an error.
            Err(_) => Ok(None),
        }
    }
}

/// An error of a batch, or the database's.
enum ReadError {
    Database(DatabaseError),
    Batch(arrow::error::ArrowError),
}

impl From<DatabaseError> for ReadError {
    fn from(error: DatabaseError) -> ReadError {
        ReadError::Database(error)
    }
}

/// Sends the rows until their end, or until nobody takes them.
fn read_rows(
    path: &Path,
    relation: &Relation,
    names: &[String],
    rows_max: usize,
    sender: &SyncSender<Result<ColumnBlock, IngestError>>,
) -> Result<(), IngestError> {
    let file = file::name(path);
    let mut rows_before = 0;
    let read = open(path)?.read(relation, names, |batch| {
        for start in (0..batch.num_rows()).step_by(rows_max) {
            let rows = batch.slice(start, rows_max.min(batch.num_rows() - start));
            let block = column_block(&rows, names.len(), rows_before).map_err(ReadError::Batch)?;
            rows_before += rows.num_rows() as u64;
            if sender.send(Ok(block)).is_err() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    });
    read.map_err(|error| match error {
        ReadError::Database(error) => failed(&file, error),
        ReadError::Batch(source) => IngestError::Batch { file, source },
    })
}

fn column_block(rows: &RecordBatch, width: usize, rows_before: u64) -> Result<ColumnBlock, arrow::error::ArrowError> {
    let column = |array| text(array).map(|column| TextColumn { values: visible_column(column.values), ..column });
    let columns = rows.columns().iter().take(width).map(column).collect::<Result<_, _>>()?;
    let first = rows_before + HEADER_ROWS + 1;
    Ok(ColumnBlock::new(columns, (first..first + rows.num_rows() as u64).collect()))
}
