//! Rows written in the pipeline file. Every row is a record unless all of its cells are empty; the header is row 1.

use matchflow_model::digest::Hasher;
use matchflow_model::plan::{InlineTable, TablePlan};
use serde_json::Value;

use super::{ColumnSelection, Selection, Table};
use crate::block::{Block, CellKind};
use crate::error::IngestError;
use crate::format::{FormatKey, FormatReader, TableFormat, TableOptions, TableRole, read_options};
use crate::header::{AddressForm, ColumnSource, Header, columns};
use crate::trim::is_blank;

/// Rows written in the pipeline file. No key declares them: the tests of a pipeline create such tables.
#[derive(Debug)]
pub(crate) struct Inline;

const NAME: &str = "inline";

/// The plan of an in-memory table.
pub fn inline_table(table: &InlineTable) -> TablePlan {
    let options = match serde_json::to_value(table) {
        Ok(Value::Object(options)) => options,
        // Lists of strings under string keys always serialize to an object.
        _ => TableOptions::new(),
    };
    TablePlan { format: NAME.to_owned(), files: Vec::new(), options }
}

impl TableFormat for Inline {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self, _role: TableRole) -> Option<&'static str> {
        None
    }

    fn summary(&self) -> &'static str {
        "Rows in the pipeline file."
    }

    fn keys(&self) -> &'static [FormatKey] {
        &[]
    }

    fn describe(&self, table: &TablePlan) -> String {
        let rows = table.options.get("rows").and_then(Value::as_array).map_or(0, Vec::len);
        format!("{rows} rows of a test")
    }
}

impl FormatReader for Inline {
    fn open(&self, table: &TablePlan) -> Result<Box<dyn Table>, IngestError> {
        Ok(Box::new(InlineRows::open(read_options(table)?)?))
    }

    fn digest(&self, table: &TablePlan, hasher: &mut Hasher) -> Result<(), IngestError> {
        let table: InlineTable = read_options(table)?;
        let header = table.columns.iter().map(|name| Some(name.as_str()));
        let cells = table.rows.iter().flatten().map(Option::as_deref);
        for value in header.chain(cells) {
            // Length-prefixed as in `matchflow_model::digest::row`: no two tables have the same bytes.
            hasher.update(&value.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
            hasher.update(value.unwrap_or_default().as_bytes());
        }
        Ok(())
    }
}

struct InlineRows {
    header: Header,
    rows: std::vec::IntoIter<Vec<Option<String>>>,
    row: u64,
    selected: ColumnSelection,
}

impl InlineRows {
    fn open(table: InlineTable) -> Result<Self, IngestError> {
        let width = table.columns.len();
        if let Some((index, row)) = table.rows.iter().enumerate().find(|(_, row)| row.len() != width) {
            return Err(IngestError::InlineRow { row: index + 1, cells: row.len(), columns: width });
        }
        let columns = columns(table.columns.iter().map(String::as_str).enumerate());
        let header = Header {
            rows_hint: Some(table.rows.len() as u64),
            width,
            extras: &[ColumnSource::Row],
            ..Header::new("inline".to_owned(), AddressForm::Names, columns)
        };
        Ok(InlineRows { header, rows: table.rows.into_iter(), row: 1, selected: ColumnSelection::default() })
    }
}

impl Table for InlineRows {
    fn header(&self) -> &Header {
        &self.header
    }

    fn header_mut(&mut self) -> &mut Header {
        &mut self.header
    }

    fn select(&mut self, selection: Selection) -> Result<(), IngestError> {
        self.selected = ColumnSelection::new(&self.header, &selection);
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<Block>, IngestError> {
        let mut block = self.selected.block();
        for cells in self.rows.by_ref() {
            self.row += 1;
            if cells.iter().flatten().all(|text| is_blank(text)) {
                block.blank_rows += 1;
                continue;
            }
            self.selected.push_row(&mut block, "", self.row, false);
            for (position, text) in cells.iter().enumerate() {
                if let Some(text) = text.as_deref().filter(|text| !is_blank(text)) {
                    self.selected.fill(&mut block, position, CellKind::Text, text);
                }
            }
            if block.is_full(self.selected.rows_max) {
                break;
            }
        }
        Ok((block.rows() > 0 || block.blank_rows > 0).then_some(Block::Text(block)))
    }
}
