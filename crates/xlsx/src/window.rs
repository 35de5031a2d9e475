//! The bytes of a part that a scanner sees: unused bytes are kept, and more are read after them.

use crate::error::{FlawKind, XlsxError};
use crate::limits::ELEMENT_BYTES_MAX;
use crate::read_ahead::ChunkSource;

const WINDOW_BYTES: usize = 1 << 18;

/// A window on a part.
#[derive(Debug)]
pub(crate) struct Window {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
    is_last: bool,
    offset: u64,
}

impl Window {
    pub(crate) fn new() -> Self {
        Window { bytes: vec![0; WINDOW_BYTES], start: 0, end: 0, is_last: false, offset: 0 }
    }

    /// The bytes in the window.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether nothing follows [`Window::bytes`].
    #[inline]
    pub(crate) fn is_last(&self) -> bool {
        self.is_last
    }

    /// Drops the first bytes.
    #[inline]
    pub(crate) fn consume(&mut self, bytes: usize) {
        let bytes = bytes.min(self.end - self.start);
        self.start += bytes;
        self.offset += bytes as u64;
    }

    /// Appends more bytes to a window that is too short for its reader.
    pub(crate) fn fill(&mut self, part: &mut dyn ChunkSource) -> Result<(), XlsxError> {
        self.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.end > self.bytes.len() / 2 {
            if self.bytes.len() >= 2 * ELEMENT_BYTES_MAX {
                return Err(FlawKind::ElementTooLong.at(0).shifted(self.offset).within(part.name()));
            }
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        // Fills all free space, so that a long element is not rescanned for every small piece.
        while self.end < self.bytes.len() && !self.is_last {
            match part.pull(self.bytes.get_mut(self.end..).unwrap_or_default())? {
                0 => self.is_last = true,
                length => self.end += length,
            }
        }
        Ok(())
    }
}
