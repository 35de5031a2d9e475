//! The shared strings of a workbook, as blocks and Arrow columns refer to them.

use std::sync::{Arc, OnceLock};

use arrow::buffer::Buffer;
use bytes::Bytes;
use matchflow_xlsx::SharedStrings;

use crate::trim::trim;
use crate::views;

/// Shared strings, and those of them that say nothing. Views of them, where they are asked for, take 16 bytes a string.
#[derive(Debug)]
pub(crate) struct Strings {
    shared: Arc<SharedStrings>,
    /// Sorted.
    blank: Vec<u32>,
    /// The strings before this one say something.
    sure_end: u32,
    views: OnceLock<Vec<u128>>,
}

impl Strings {
    pub(crate) fn new(shared: Arc<SharedStrings>) -> Self {
        // At most 2^26 of them: see `matchflow_xlsx::limits`.
        let is_blank = |index: &u32| shared.get(*index).is_some_and(|text| trim(text).is_empty());
        let blank: Vec<u32> = (0..shared.len() as u32).filter(is_blank).collect();
        let sure_end = blank.first().copied().unwrap_or(shared.len() as u32);
        Strings { shared, blank, sure_end, views: OnceLock::new() }
    }

    /// The string without surrounding whitespace, and where it begins in the buffer.
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

    /// Whether there is such a string and it says something; `None` where there is none.
    #[inline]
    pub(crate) fn says(&self, index: u32) -> Option<bool> {
        let is_there = (index as usize) < self.shared.len();
        is_there.then(|| self.blank.is_empty() || self.blank.binary_search(&index).is_err())
    }

    /// True only where there is such a string and it says something, which is known at once of nearly all.
    #[inline]
    pub(crate) fn surely_says(&self, index: u32) -> bool {
        index < self.sure_end
    }

    /// All strings as views into [`Strings::buffer`], made when they are first asked for.
    pub(crate) fn views(&self) -> &[u128] {
        self.views.get_or_init(|| views::of_strings(self))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.shared.len()
    }

    /// All strings, end to end; the memory is shared.
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
