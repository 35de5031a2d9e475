//! Rows spooled to disk until their order is known, which depends on figures computed at the end.
//!
//! **Limits.** In memory a row takes the size of its sort key, some 50 bytes; its cells are in a temporary file.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use super::cells::Cell;

/// A spooled row, with what its order depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SpooledRow {
    /// Digest of the company; 0 if irrelevant.
    pub(crate) company: u64,
    pub(crate) amount: f64,
    pub(crate) score: f64,
    offset: u64,
    bytes: u32,
}

/// Rows on disk.
pub(crate) struct RowSpool {
    file: BufWriter<File>,
    offset: u64,
    pub(crate) rows: Vec<SpooledRow>,
}

impl RowSpool {
    /// The file is removed when its last handle is closed.
    pub(crate) fn create(folder: &Path) -> io::Result<RowSpool> {
        let file = BufWriter::with_capacity(1 << 18, tempfile::tempfile_in(folder)?);
        Ok(RowSpool { file, offset: 0, rows: Vec::new() })
    }

    pub(crate) fn add(&mut self, cells: &[Cell], company: u64, amount: f64, score: f64) -> io::Result<()> {
        let json = serde_json::to_vec(cells)?;
        self.file.write_all(&json)?;
        let bytes = u32::try_from(json.len()).map_err(io::Error::other)?;
        self.rows.push(SpooledRow { company, amount, score, offset: self.offset, bytes });
        self.offset += u64::from(bytes);
        Ok(())
    }

    /// The rows in the current order of `rows`, one at a time.
    pub(crate) fn read(self) -> io::Result<impl Iterator<Item = io::Result<(SpooledRow, Vec<Cell>)>>> {
        let mut file = BufReader::with_capacity(1 << 16, self.file.into_inner()?);
        Ok(self.rows.into_iter().map(move |row| {
            let here = file.stream_position()?;
            file.seek_relative(row.offset as i64 - here as i64)?;
            let mut json = vec![0; row.bytes as usize];
            file.read_exact(&mut json)?;
            Ok((row, serde_json::from_slice(&json)?))
        }))
    }
}
