//! Rows written in the pipeline file. Every row is a record unless all of its cells are empty; the header is row 1.

use matchflow_model::plan::InlineTable;

use super::{Selection, Table, rows_max, slots};
use crate::block::{Block, Kind, TextBlock};
use crate::error::IngestError;
use crate::header::{Addressing, Header, columns};

pub(super) struct Inline {
    header: Header,
    rows: std::vec::IntoIter<Vec<Option<String>>>,
    row: u64,
    slots: Vec<Option<usize>>,
    width: usize,
    rows_max: usize,
}

impl Inline {
    pub(super) fn open(table: &InlineTable) -> Result<Self, IngestError> {
        let wanted = table.columns.len();
        if let Some((index, row)) = table.rows.iter().enumerate().find(|(_, row)| row.len() != wanted) {
            return Err(IngestError::InlineRow { row: index + 1, cells: row.len(), columns: wanted });
        }
        let header = Header {
            file: "inline".to_owned(),
            sheet: String::new(),
            sheets: Vec::new(),
            columns: columns(table.columns.iter().map(String::as_str).enumerate()),
            addressing: Addressing::Names,
            rows_hint: Some(table.rows.len() as u64),
        };
        Ok(Inline { header, rows: table.rows.clone().into_iter(), row: 1, slots: Vec::new(), width: 0, rows_max: 1 })
    }
}

impl Table for Inline {
    fn header(&self) -> &Header {
        &self.header
    }

    fn select(&mut self, selection: Selection) -> Result<(), IngestError> {
        self.slots = slots(&self.header, &selection);
        self.width = selection.columns.len();
        self.rows_max = rows_max(&selection);
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<Block>, IngestError> {
        let mut block = TextBlock::new(self.width);
        for cells in self.rows.by_ref() {
            self.row += 1;
            if cells.iter().flatten().all(|text| text.trim().is_empty()) {
                block.blank_rows += 1;
                continue;
            }
            block.push_row(self.row);
            for (slot, text) in self.slots.iter().zip(&cells) {
                if let (Some(slot), Some(text)) = (slot, text) {
                    block.set(*slot, Kind::Text, text);
                }
            }
            if block.is_full(self.rows_max) {
                break;
            }
        }
        Ok((block.rows() > 0 || block.blank_rows > 0).then_some(Block::Text(block)))
    }
}
