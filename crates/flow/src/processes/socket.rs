//! A connection for timely's data, which tells a loss rather than panic.
//!
//! timely's threads panic where a connection ends before its end mark, and that poisons the queues of the workers. Here
//! the loss is noted, unless the line says why the process left, and ends the run by the abort flag. The thread that reads
//! is left behind, as all threads are that a run does not wait for; what is still written goes nowhere.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use timely::communication::allocator::zero_copy::stream::Stream;

use super::line::{Heard, why};

/// The line to a process, on which its last word may be under way, has this long to say why: who left with a word is not
/// lost.
const LAST_WORD: Duration = Duration::from_millis(500);
/// Bytes of a message's header, and where its length is: see timely's `MessageHeader`.
const HEADER_BYTES: usize = 48;
const LENGTH_AT: std::ops::Range<usize> = 32..40;

/// A connection to one process.
pub(super) struct Socket {
    stream: TcpStream,
    process: usize,
    heard: Arc<Heard>,
    marks: Marks,
    is_lost: bool,
}

/// Where in timely's messages the bytes read so far end.
#[derive(Default)]
struct Marks {
    header: Vec<u8>,
    /// Bytes of the message's body that are still to come.
    body: usize,
    /// A message without a body was read: no other comes.
    has_ended: bool,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, process: usize, heard: Arc<Heard>) -> io::Result<Socket> {
        stream.set_read_timeout(None)?;
        stream.set_write_timeout(None)?;
        Ok(Socket { stream, process, heard, marks: Marks::default(), is_lost: false })
    }

    fn lose(&self, error: &io::Error) {
        std::thread::sleep(LAST_WORD);
        self.heard.lose(self.process, &why(error));
    }

    fn leave_behind(&self, error: &io::Error) -> ! {
        self.lose(error);
        loop {
            std::thread::park();
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) if !self.marks.has_ended => self.leave_behind(&io::ErrorKind::UnexpectedEof.into()),
                Ok(bytes) => {
                    self.marks.pass(buffer.get(..bytes).unwrap_or_default());
                    return Ok(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) if self.marks.has_ended => return Ok(0),
                Err(error) => self.leave_behind(&error),
            }
        }
    }
}

impl Write for Socket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.is_lost {
            return Ok(buffer.len());
        }
        match self.stream.write(buffer) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.lose(&error);
                self.is_lost = true;
                Ok(buffer.len())
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for Socket {
    fn try_clone(&self) -> io::Result<Socket> {
        let (stream, heard) = (self.stream.try_clone()?, Arc::clone(&self.heard));
        Ok(Socket { stream, process: self.process, heard, marks: Marks::default(), is_lost: false })
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.stream.set_nonblocking(nonblocking)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        // A connection that is gone is shut.
        let _ = self.stream.shutdown(how);
        Ok(())
    }
}

impl Marks {
    fn pass(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.body > 0 {
                let (_, rest) = bytes.split_at(self.body.min(bytes.len()));
                self.body -= bytes.len() - rest.len();
                bytes = rest;
                continue;
            }
            let (header, rest) = bytes.split_at((HEADER_BYTES - self.header.len()).min(bytes.len()));
            self.header.extend_from_slice(header);
            bytes = rest;
            if self.header.len() == HEADER_BYTES {
                let length = self.header.get(LENGTH_AT).and_then(|length| length.try_into().ok());
                self.body = length.map_or(0, u64::from_be_bytes) as usize;
                self.has_ended |= self.body == 0;
                self.header.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use timely::communication::networking::MessageHeader;

    use super::*;

    fn messages(lengths: &[usize]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for length in lengths {
            let header =
                MessageHeader { channel: 1, source: 2, target_lower: 3, target_upper: 4, length: *length, seqno: 5 };
            header.write_to(&mut bytes).unwrap();
            bytes.resize(bytes.len() + length, 0);
        }
        bytes
    }

    proptest! {
        #[test]
        fn the_end_mark_is_seen_however_the_bytes_come(
            lengths in proptest::collection::vec(1..200usize, 0..20), cut in 1..120usize,
        ) {
            let mut bytes = messages(&lengths);
            let mut marks = Marks::default();
            bytes.chunks(cut).for_each(|chunk| marks.pass(chunk));
            prop_assert!(!marks.has_ended);
            bytes.extend(messages(&[0]));
            let mut marks = Marks::default();
            let (last, before) = bytes.split_last().unwrap();
            before.chunks(cut).for_each(|chunk| marks.pass(chunk));
            prop_assert!(!marks.has_ended);
            marks.pass(&[*last]);
            prop_assert!(marks.has_ended);
        }
    }
}
