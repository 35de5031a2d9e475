//! JSON lines: an object a row, with every column; numbers are numbers, nested columns lists and objects.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use matchflow_database::json_value;
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::arrow::error::ArrowError;
use serde_json::{Map, Value};

use super::BatchWriter;
use crate::error::ExportError;
use crate::staged::{StagedFile, StagedOutput};

const BUFFER_BYTES: usize = 1 << 18;

/// A file of JSON lines in the making.
pub(super) struct JsonLinesFile {
    staged: StagedFile,
    file: BufWriter<File>,
}

impl JsonLinesFile {
    pub(super) fn create(path: &Path) -> Result<JsonLinesFile, ExportError> {
        let (staged, file) = StagedFile::create(path)?;
        Ok(JsonLinesFile { staged, file: BufWriter::with_capacity(BUFFER_BYTES, file) })
    }

    fn failed(&self, source: std::io::Error) -> ExportError {
        ExportError::Write { path: self.staged.target().to_owned(), source }
    }
}

impl BatchWriter for JsonLinesFile {
    fn place(&self) -> String {
        self.staged.target().display().to_string()
    }

    fn write(&mut self, rows: &RecordBatch) -> Result<(), ExportError> {
        for row in 0..rows.num_rows() {
            let object = object(rows, row).map_err(|source| ExportError::Columns { place: self.place(), source })?;
            writeln!(self.file, "{}", Value::Object(object)).map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    fn complete(mut self: Box<Self>, _: &[(String, String)]) -> Result<StagedOutput, ExportError> {
        self.file.flush().map_err(|error| self.failed(error))?;
        Ok(StagedOutput::File(self.staged))
    }
}

fn object(rows: &RecordBatch, row: usize) -> Result<Map<String, Value>, ArrowError> {
    let schema = rows.schema();
    let columns = schema.fields().iter().zip(rows.columns());
    columns.map(|(field, column)| Ok((field.name().clone(), json_value(column.as_ref(), row)?))).collect()
}
