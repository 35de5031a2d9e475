//! A file being decompressed, with the decoder's position in it.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

const BUFFER_BYTES: usize = 1 << 16;

/// A file whose consumed bytes are counted.
pub(crate) struct CountedFile {
    reader: BufReader<File>,
    offset: u64,
}

impl CountedFile {
    pub(crate) fn new(file: File) -> CountedFile {
        CountedFile { reader: BufReader::with_capacity(BUFFER_BYTES, file), offset: 0 }
    }

    /// A file read from this offset on.
    pub(crate) fn at(file: File, offset: u64) -> CountedFile {
        CountedFile { offset, ..CountedFile::new(file) }
    }

    /// The offset after the consumed bytes.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }
}

impl Read for CountedFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(out)?;
        self.offset += read as u64;
        Ok(read)
    }
}

impl BufRead for CountedFile {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.offset += bytes as u64;
        self.reader.consume(bytes);
    }
}
