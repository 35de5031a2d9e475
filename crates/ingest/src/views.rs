//! Text columns as Arrow views: 16 bytes per cell, over the shared strings and the block's text.
//!
//! **Invariants.** The only `unsafe` code of this crate: Arrow would validate the bytes of every cell again, which
//! costs a tenth of the reading time. Views are only made here, from `&str` at the given location.
#![allow(unsafe_code)]

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray, make_view};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};

use crate::block::{CellKind, CellSlot, TextBlock, TextOrigin};
use crate::strings::StringTable;

/// The buffers that a block's views point into.
pub(crate) struct ViewBuffers {
    buffers: Vec<Buffer>,
    /// The index of the buffer with the block's own text.
    text_buffer: u32,
}

impl ViewBuffers {
    /// The buffers of a block; its own text is copied once, for all of its columns.
    pub(crate) fn new(block: &TextBlock) -> Self {
        let mut buffers: Vec<Buffer> = block.strings().map(|strings| strings.buffer()).into_iter().collect();
        let text_buffer = buffers.len() as u32;
        buffers.push(Buffer::from(block.text().as_bytes()));
        ViewBuffers { buffers, text_buffer }
    }

    /// The cells of a column as views; errors and empty cells are null. `block` must be the block that the buffers were
    /// made from.
    pub(crate) fn array(&self, block: &TextBlock, slots: &[CellSlot], rows: usize) -> ArrayRef {
        let shared = block.strings().map(StringTable::views).unwrap_or_default();
        let mut views = Vec::with_capacity(rows);
        views.extend(slots.iter().map(|slot| match slot.kind {
            CellKind::Empty | CellKind::Error => 0,
            _ => match block.origin(*slot) {
                TextOrigin::Shared(index) => shared.get(index as usize).copied().unwrap_or(0),
                TextOrigin::Block(text, start) => make_view(text.as_bytes(), self.text_buffer, start),
            },
        }));
        views.resize(rows, 0);
        let is_valid = |slot: &CellSlot| !matches!(slot.kind, CellKind::Empty | CellKind::Error);
        let is_complete = slots.len() == rows && slots.iter().fold(true, |so_far, slot| so_far & is_valid(slot));
        let nulls = || BooleanBuffer::collect_bool(rows, |row| slots.get(row).is_some_and(is_valid));
        let nulls = (!is_complete).then(|| NullBuffer::new(nulls()));
        // SAFETY: each view is zero (an empty text) or made by `make_view` from the bytes of a `&str` and their
        // location: those of `TextOrigin::Block` are in the text whose bytes are the buffer `text_buffer`, those of
        // [`of_strings`] in the strings of this block, whose bytes are the buffer 0. `views` and `nulls` both have
        // `rows` entries.
        Arc::new(unsafe { StringViewArray::new_unchecked(ScalarBuffer::from(views), self.buffers.clone(), nulls) })
    }
}

/// Views of shared strings into [`StringTable::buffer`], each trimmed; 0 for a blank one.
pub(crate) fn of_strings(strings: &StringTable) -> Vec<u128> {
    let view = |index| strings.get(index).map_or(0, |(text, start)| make_view(text.as_bytes(), 0, start));
    (0..strings.len() as u32).map(view).collect()
}
