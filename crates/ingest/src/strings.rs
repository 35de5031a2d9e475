//! The shared strings of a workbook, as used by blocks and Arrow columns.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use arrow::buffer::Buffer;
use bytes::Bytes;
use matchflow_characters::is_surely_visible;
use matchflow_xlsx::SharedStrings;
use matchflow_xlsx::limits::TEXT_UNITS_MAX;

use crate::trim::{cell_text, trim};
use crate::views;

/// Shared strings, with those that are blank or too large. Views of them, if requested, take 16 bytes per string.
#[derive(Debug)]
pub(crate) struct StringTable {
    shared: Arc<SharedStrings>,
    /// Sorted, like the next two.
    blank: Vec<u32>,
    long: Vec<u32>,
    /// Strings with invisible characters: their cells are read as separate texts.
    edited: Vec<u32>,
    /// All strings before this one are non-blank, not too large, and without invisible characters.
    sure_end: u32,
    views: OnceLock<Vec<u128>>,
}

impl StringTable {
    pub(crate) fn new(shared: Arc<SharedStrings>) -> Self {
        let (mut blank, mut long, mut edited) = (Vec::new(), Vec::new(), Vec::new());
        let all_visible = is_surely_visible(shared.text().as_bytes());
        // At most 2^26: see `matchflow_xlsx::limits`.
        for index in 0..shared.len() as u32 {
            match shared.get(index) {
                Some(text) if trim(text).is_empty() => blank.push(index),
                Some(text) if is_too_long(text) => long.push(index),
                Some(text) if !all_visible => match cell_text(text) {
                    Cow::Borrowed(_) => {}
                    Cow::Owned(visible) if visible.is_empty() => blank.push(index),
                    Cow::Owned(_) => edited.push(index),
                },
                _ => {}
            }
        }
        let exceptions = blank.first().into_iter().chain(long.first()).chain(edited.first());
        let sure_end = exceptions.min().copied().unwrap_or(shared.len() as u32);
        StringTable { shared, blank, long, edited, sure_end, views: OnceLock::new() }
    }

    /// The string, trimmed, and its offset in the buffer.
    #[inline]
    pub(crate) fn get(&self, index: u32) -> Option<(&str, u32)> {
        let (text, start) = self.shared.get_placed(index)?;
        let trimmed = trim(text);
        if trimmed.len() == text.len() {
            return Some((text, start));
        }
        let leading = text.len() - text.trim_start().len();
        Some((trimmed, start + leading as u32))
    }

    /// Whether the string is not blank; `None` if there is no such string.
    #[inline]
    pub(crate) fn says(&self, index: u32) -> Option<bool> {
        let is_there = (index as usize) < self.shared.len();
        is_there.then(|| self.blank.is_empty() || self.blank.binary_search(&index).is_err())
    }

    /// The string without its invisible characters, if it has any.
    #[inline]
    pub(crate) fn edited(&self, index: u32) -> Option<Cow<'_, str>> {
        let is_edited = !self.edited.is_empty() && self.edited.binary_search(&index).is_ok();
        is_edited.then(|| self.shared.get(index).map(cell_text)).flatten()
    }

    /// True only if the string exists, is neither blank nor too large and has no invisible character. Nearly all
    /// strings are before `sure_end`, so this is a single comparison for them.
    #[inline]
    pub(crate) fn surely_says(&self, index: u32) -> bool {
        index < self.sure_end
    }

    /// All strings as views into [`StringTable::buffer`], built on first use.
    pub(crate) fn views(&self) -> &[u128] {
        self.views.get_or_init(|| views::of_strings(self))
    }

    /// The number of strings.
    pub(crate) fn len(&self) -> usize {
        self.shared.len()
    }

    /// Whether the string exceeds the limit of a cell.
    #[inline]
    pub(crate) fn is_long(&self, index: u32) -> bool {
        !self.long.is_empty() && self.long.binary_search(&index).is_ok()
    }

    /// Length of the string in bytes, including surrounding whitespace; 0 if there is none.
    #[inline]
    pub(crate) fn bytes(&self, index: u32) -> usize {
        self.shared.length(index)
    }

    /// All strings, concatenated; the memory is shared.
    pub(crate) fn buffer(&self) -> Buffer {
        struct Arena(Arc<SharedStrings>);
        impl AsRef<[u8]> for Arena {
            fn as_ref(&self) -> &[u8] {
                self.0.text().as_bytes()
            }
        }
        Buffer::from(Bytes::from_owner(Arena(Arc::clone(&self.shared))))
    }
}

/// Whether a text exceeds the limit of a cell: used often, a longer one would exhaust memory.
#[inline]
pub(crate) fn is_too_long(text: &str) -> bool {
    text.len() > TEXT_UNITS_MAX && text.encode_utf16().nth(TEXT_UNITS_MAX).is_some()
}
