//! Rows written in the pipeline file. Every row is a record unless all of its cells are empty; the header is row 1.

use matchflow_model::plan::InlineTable;

use super::{Selection, Table, fill_own, own_slots, rows_max, slots};
use crate::block::{Block, Kind, TextBlock};
use crate::error::IngestError;
use crate::header::{Addressing, Header, Place, columns};

pub(super) struct Inline {
    header: Header,
    rows: std::vec::IntoIter<Vec<Option<String>>>,
    row: u64,
    slots: Vec<Option<usize>>,
    own: Vec<(usize, Place)>,
    width: usize,
    rows_max: usize,
}

impl Inline {
    pub(super) fn open(table: &InlineTable) -> Result<Self, IngestError> {
        let wanted = table.columns.len();
        if let Some((index, row)) = table.rows.iter().enumerate().find(|(_, row)| row.len() != wanted) {
            return Err(IngestError::InlineRow { row: index + 1, cells: row.len(), columns: wanted });
        }
        let columns = columns(table.columns.iter().map(String::as_str).enumerate());
        let header = Header {
            rows_hint: Some(table.rows.len() as u64),
            width: wanted,
            extras: &[Place::Row],
            ..Header::new("inline".to_owned(), Addressing::Names, columns)
        };
        Ok(Inline {
            header,
            rows: table.rows.clone().into_iter(),
            row: 1,
            slots: Vec::new(),
            own: Vec::new(),
            width: 0,
            rows_max: 1,
        })
    }
}

impl Table for Inline {
    fn header(&self) -> &Header {
        &self.header
    }

    fn header_mut(&mut self) -> &mut Header {
        &mut self.header
    }

    fn select(&mut self, selection: Selection) -> Result<(), IngestError> {
        self.slots = slots(&self.header, &selection);
        self.own = own_slots(&self.header, &selection);
        self.width = selection.columns.len();
        self.rows_max = rows_max(&selection);
        Ok(())
    }

    fn next_block(&mut self) -> Result<Option<Block>, IngestError> {
        let mut block = TextBlock::new(self.width, None);
        for cells in self.rows.by_ref() {
            self.row += 1;
            if cells.iter().flatten().all(|text| text.trim().is_empty()) {
                block.blank_rows += 1;
                continue;
            }
            block.push_row(self.row);
            fill_own(&mut block, &self.own, "", self.row, false);
            for (position, text) in cells.iter().enumerate() {
                let Some(text) = text.as_deref().filter(|text| !text.trim().is_empty()) else { continue };
                block.seen.read += 1;
                match self.slots.get(position).copied().flatten() {
                    Some(slot) if block.set(slot, Kind::Text, text) => {}
                    Some(slot) => block.refuse(slot, text, 1),
                    None => block.seen.outside += 1,
                }
            }
            if block.is_full(self.rows_max) {
                break;
            }
        }
        Ok((block.rows() > 0 || block.blank_rows > 0).then_some(Block::Text(block)))
    }
}
