//! Text columns as Arrow views: 16 bytes a cell, over the shared strings and the texts of a block.
//!
//! **Invariants.** The one place of this crate that is `unsafe`: Arrow would look at the bytes of every cell once more,
//! which costs a tenth of the reading. Views are made here alone, of `&str` that stand where they say.
#![allow(unsafe_code)]

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewArray, make_view};
use arrow::buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};

use crate::block::{Kind, Origin, Slot, TextBlock};
use crate::strings::Strings;

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
        let shared = block.strings().map(Strings::views).unwrap_or_default();
        let mut views = Vec::with_capacity(rows);
        views.extend(slots.iter().map(|slot| match slot.kind {
            Kind::Empty | Kind::Error => 0,
            _ => match block.origin(*slot) {
                Origin::Shared(index) => shared.get(index as usize).copied().unwrap_or(0),
                Origin::Own(text, start) => make_view(text.as_bytes(), self.own, start),
            },
        }));
        views.resize(rows, 0);
        let is_valid = |slot: &Slot| !matches!(slot.kind, Kind::Empty | Kind::Error);
        let is_whole = slots.len() == rows && slots.iter().fold(true, |so_far, slot| so_far & is_valid(slot));
        let nulls = || BooleanBuffer::collect_bool(rows, |row| slots.get(row).is_some_and(is_valid));
        let nulls = (!is_whole).then(|| NullBuffer::new(nulls()));
        // SAFETY: each view is zero (an empty text) or of `make_view`, given the bytes of a `&str` and the place where
        // these bytes stand: those of `Origin::Own` are in the very text whose bytes are the buffer `own`, those of
        // [`of_strings`] in the strings of this block, whose bytes are the buffer 0. `views` and `nulls` both have
        // `rows` entries.
        Arc::new(unsafe { StringViewArray::new_unchecked(ScalarBuffer::from(views), self.buffers.clone(), nulls) })
    }
}

/// Views of shared strings into [`Strings::buffer`], each without surrounding whitespace; 0 for one that says nothing.
pub(crate) fn of_strings(strings: &Strings) -> Vec<u128> {
    let view = |index| strings.get(index).map_or(0, |(text, start)| make_view(text.as_bytes(), 0, start));
    (0..strings.len() as u32).map(view).collect()
}
