//! Text columns as Arrow views: 16 bytes a cell, over the shared strings and the texts of a block.
//!
//! **Invariants.** The one place of this crate that is `unsafe`: Arrow would look at the bytes of every cell once more,
//! which costs a tenth of the reading. Views are made here alone, of `&str` that stand where they say.
#![allow(unsafe_code)]

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray, make_view};
use arrow::buffer::{Buffer, NullBuffer, ScalarBuffer};

use crate::block::{Kind, Origin, Slot, TextBlock};

/// The buffers that views of a block point into.
pub(crate) struct ViewBuffers {
    buffers: Vec<Buffer>,
    /// Which of them is the block's own text.
    own: u32,
}

impl ViewBuffers {
    /// The buffers of a block; its own text is copied once, for all of its columns.
    pub(crate) fn new(block: &TextBlock) -> Self {
        let mut buffers: Vec<Buffer> = block.strings().map(|strings| strings.buffer()).into_iter().collect();
        let own = buffers.len() as u32;
        buffers.push(Buffer::from(block.text().as_bytes()));
        ViewBuffers { buffers, own }
    }

    /// The cells of a column as views; errors and cells that say nothing are null. `block` is the one that the buffers
    /// were made of.
    pub(crate) fn array(&self, block: &TextBlock, slots: &[Slot], rows: usize) -> ArrayRef {
        let mut views = Vec::with_capacity(rows);
        views.extend(slots.iter().map(|slot| match slot.kind {
            Kind::Empty | Kind::Error => 0,
            _ => {
                let (cell, origin) = block.resolve(*slot);
                match origin {
                    Origin::Shared(start) => make_view(cell.text.as_bytes(), 0, start),
                    Origin::Own(start) => make_view(cell.text.as_bytes(), self.own, start),
                }
            }
        }));
        views.resize(rows, 0);
        let is_valid = |row: usize| slots.get(row).is_some_and(|slot| !matches!(slot.kind, Kind::Empty | Kind::Error));
        let nulls = NullBuffer::from_iter((0..rows).map(is_valid));
        let nulls = Some(nulls).filter(|nulls| nulls.null_count() > 0);
        // SAFETY: each view is zero (an empty text) or of `make_view`, given the bytes of a `&str` and the place where
        // these bytes stand: `Origin::Shared` and `Origin::Own` are offsets, which fit 32 bits, into the very texts
        // whose bytes are the buffers 0 and `own`. `views` and `nulls` both have `rows` entries.
        Arc::new(unsafe { StringViewArray::new_unchecked(ScalarBuffer::from(views), self.buffers.clone(), nulls) })
    }
}
