//! A part inflated on its own thread, ahead of the thread that scans it.
//!
//! **Limits.** [`CHUNKS_MAX`] chunks of 256 KiB, which the two threads pass back and forth. The thread stops when
//! reading stops, at the part's end, or at the first error, which is delivered in order after the bytes before it.

use std::io::Read;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use crate::error::XlsxError;
use crate::zip::part::TextReader;

const CHUNK_BYTES: usize = 1 << 18;
const CHUNKS_MAX: usize = 4;

/// The bytes of a part, in order.
pub(crate) trait ChunkSource {
    /// The part's name.
    fn name(&self) -> &str;

    /// Fills `out` from its start; 0 at the end.
    fn pull(&mut self, out: &mut [u8]) -> Result<usize, XlsxError>;
}

impl<R: Read> ChunkSource for TextReader<'_, R> {
    fn name(&self) -> &str {
        TextReader::name(self)
    }

    fn pull(&mut self, out: &mut [u8]) -> Result<usize, XlsxError> {
        self.read(out)
    }
}

/// Calls `read` with the bytes of `part`, which another thread inflates.
pub(crate) fn with_thread<R: Read + Send, T>(
    part: TextReader<'_, R>,
    read: impl FnOnce(&mut dyn ChunkSource) -> Result<T, XlsxError>,
) -> Result<T, XlsxError> {
    let (filled, chunks) = sync_channel(CHUNKS_MAX);
    let (used, empty) = channel();
    let name = part.name().to_owned();
    thread::scope(|scope| {
        thread::Builder::new().name("inflate".to_owned()).spawn_scoped(scope, move || fill(part, &filled, &empty))?;
        // Dropped before the scope joins the thread, whose next send then fails.
        let mut ahead = ReadAhead { name, chunks, used, chunk: Vec::new(), start: 0 };
        read(&mut ahead)
    })
}

fn fill<R: Read>(mut part: TextReader<'_, R>, filled: &SyncSender<InflatedChunk>, empty: &Receiver<Vec<u8>>) {
    loop {
        let mut chunk = empty.try_recv().unwrap_or_default();
        chunk.resize(CHUNK_BYTES, 0);
        let read = part.read(&mut chunk).map(|length| {
            chunk.truncate(length);
            chunk
        });
        let is_last = !matches!(&read, Ok(chunk) if !chunk.is_empty());
        if filled.send(read).is_err() || is_last {
            return;
        }
    }
}

/// A chunk, empty at the end, or the error that ended the part early.
type InflatedChunk = Result<Vec<u8>, XlsxError>;

struct ReadAhead {
    name: String,
    chunks: Receiver<InflatedChunk>,
    used: Sender<Vec<u8>>,
    chunk: Vec<u8>,
    start: usize,
}

impl ChunkSource for ReadAhead {
    fn name(&self) -> &str {
        &self.name
    }

    fn pull(&mut self, out: &mut [u8]) -> Result<usize, XlsxError> {
        if self.start == self.chunk.len() {
            // The thread ends with an empty chunk or an error; once it is gone, this is the end.
            let next = self.chunks.recv().unwrap_or(Ok(Vec::new()))?;
            // The thread may have ended and need no buffer back.
            let _ = self.used.send(std::mem::replace(&mut self.chunk, next));
            self.start = 0;
        }
        let rest = self.chunk.get(self.start..).unwrap_or_default();
        let length = rest.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        self.start += length;
        Ok(length)
    }
}
