//! Plans, files and readers shared by the tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use matchflow_ingest::{SourceFacts, open_source};
use matchflow_model::RowBatch;
use matchflow_model::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use matchflow_model::arrow::compute::{cast, concat_batches};
use matchflow_model::arrow::datatypes::DataType;
use matchflow_model::plan::{FieldPlan, FieldType, IdColumn, Join, SourcePlan, TablePlan};
use matchflow_model::reject::Reject;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use rust_xlsxwriter::{Workbook, Worksheet};
use tempfile::TempDir;

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub(crate) fn xlsx(path: &Path) -> TablePlan {
    TablePlan::new("xlsx", path.to_owned())
}

pub(crate) fn csv(path: &Path) -> TablePlan {
    TablePlan::new("csv", path.to_owned())
}

/// A field of one column, both of the same name.
pub(crate) fn field(name: &str, data_type: FieldType) -> FieldPlan {
    FieldPlan { name: name.to_lowercase(), columns: vec![name.to_owned()], join: Join::Space, data_type }
}

pub(crate) fn texts(names: &[&str]) -> Vec<FieldPlan> {
    names.iter().map(|name| field(name, FieldType::Text)).collect()
}

pub(crate) fn plan(table: TablePlan, id: &[&str], fields: Vec<FieldPlan>) -> SourcePlan {
    let id = id.iter().map(|name| match *name {
        "index" => IdColumn::Index,
        name => IdColumn::Column(name.to_owned()),
    });
    SourcePlan { table, id: id.collect(), fields }
}

pub(crate) struct Read {
    pub(crate) rows: RecordBatch,
    pub(crate) rejects: Vec<Reject>,
    pub(crate) facts: SourceFacts,
}

pub(crate) fn read(plan: &SourcePlan, batch_rows: usize) -> Read {
    let mut reader = open_source(plan, batch_rows).unwrap();
    let (mut batches, mut rejects) = (Vec::new(), Vec::new());
    while let Some(RowBatch { rows, rejects: found }) = reader.next_batch().unwrap() {
        assert!(rows.num_rows() <= batch_rows && rows.num_rows() > 0);
        batches.push(rows);
        rejects.extend(found);
    }
    assert!(reader.next_batch().unwrap().is_none(), "the end stays the end");
    Read { rows: concat_batches(&reader.schema(), &batches).unwrap(), rejects, facts: reader.facts() }
}

/// A column as text, `-` for null.
pub(crate) fn column(rows: &RecordBatch, name: &str) -> Vec<String> {
    let values = cast(rows.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
    values.as_string::<i32>().iter().map(|value| value.unwrap_or("-").to_owned()).collect()
}

/// A workbook of one sheet called `Fournisseurs`.
pub(crate) fn workbook(path: &Path, fill: impl FnOnce(&mut Worksheet)) {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name("Fournisseurs").unwrap();
    fill(sheet);
    workbook.save(path).unwrap();
}

/// Writes columns to a Parquet file with row groups of `group_rows`.
pub(crate) fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>, group_rows: usize) {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, values)| (name, values, true)));
    let batch = batch.unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group_rows)).build();
    let file = std::fs::File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

pub(crate) fn array(values: impl Array + 'static) -> ArrayRef {
    Arc::new(values)
}

/// The folder of shared test data, if this machine has it.
pub(crate) fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let folder = std::env::var_os("MATCHFLOW_SHARED").map_or(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}
