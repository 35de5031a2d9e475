//! Reads a Parquet file page by page: a page that would take too much memory is refused before it is read.
//!
//! A page is decompressed as a whole, and its header claims the resulting size. The reader requests a stream at the
//! start of each page header, so the claim is checked there. A page holds at least one cell, so this bounds cells too;
//! writers end a page at 1 MiB, some at 500 MiB.

use std::fs::File;
use std::io::{BufRead, BufReader, Error, Read};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

/// A larger page is an error.
pub(super) const PAGE_BYTES_MAX: u64 = 1 << 30;

/// A file whose pages are bounded.
pub(super) struct BoundedPages(pub(super) File);

impl Length for BoundedPages {
    fn len(&self) -> u64 {
        Length::len(&self.0)
    }
}

impl ChunkReader for BoundedPages {
    type T = PageHeader;

    fn get_read(&self, start: u64) -> Result<PageHeader, ParquetError> {
        Ok(PageHeader { bytes: self.0.get_read(start)?, is_checked: false })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        self.0.get_bytes(start, length)
    }
}

/// The bytes from the start of a page header.
pub(super) struct PageHeader {
    bytes: BufReader<File>,
    is_checked: bool,
}

impl Read for PageHeader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if !self.is_checked {
            self.is_checked = true;
            if let Some(bytes) = claimed_bytes(self.bytes.fill_buf()?).filter(|bytes| *bytes > PAGE_BYTES_MAX) {
                let limit = format!("a page of {bytes} bytes, of which at most {PAGE_BYTES_MAX} are read");
                return Err(Error::other(format!(
                    "{limit}; is a cell that large? Leave it out, or write smaller pages"
                )));
            }
        }
        self.bytes.read(buffer)
    }
}

/// The size that a page claims after decompression: the second field of its header; both fields are integers of
/// Thrift's compact protocol.
fn claimed_bytes(header: &[u8]) -> Option<u64> {
    const I32_FIELD_AFTER_THE_LAST: u8 = 0x15;
    let after_type = integer(header.strip_prefix(&[I32_FIELD_AFTER_THE_LAST])?)?.1;
    let zigzag = integer(after_type.strip_prefix(&[I32_FIELD_AFTER_THE_LAST])?)?.0;
    Some(zigzag >> 1)
}

/// A variable-length integer in groups of seven bits, the lowest first, and the bytes after it.
fn integer(bytes: &[u8]) -> Option<(u64, &[u8])> {
    const BYTES_MAX: usize = 5;
    let end = bytes.iter().take(BYTES_MAX).position(|byte| byte & 0x80 == 0)?;
    let (number, rest) = bytes.split_at_checked(end + 1)?;
    Some((number.iter().rev().fold(0, |value, byte| value << 7 | u64::from(byte & 0x7F)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claim_of_a_page_is_its_second_field() {
        // A data page of 300 bytes (600 in zigzag), compressed to 5.
        assert_eq!(claimed_bytes(&[0x15, 0x00, 0x15, 0xD8, 0x04, 0x15, 0x0A]), Some(300));
        for header in [&[][..], &[0x15], &[0x15, 0x00, 0x18, 0x01], &[0x15, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]] {
            assert_eq!(claimed_bytes(header), None, "{header:?}");
        }
    }
}
