//! A connection for timely's data that reports a loss instead of panicking.
//!
//! timely's threads panic when a connection ends before its end marker, and that poisons the workers' queues. Here the
//! loss is recorded, unless the control channel reports why the process left, and the abort flag ends the run. The
//! reading thread is abandoned, like all threads that a run does not wait for; further writes are discarded.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use timely::communication::allocator::zero_copy::stream::Stream;

use super::control_channel::{PeerState, loss_reason};

/// Time for a final message on the control channel to arrive: a process that sent one is not lost.
const FINAL_MESSAGE_WAIT: Duration = Duration::from_millis(500);
/// Bytes of a message's header, and the position of its length: see timely's `MessageHeader`.
const HEADER_BYTES: usize = 48;
const LENGTH_AT: std::ops::Range<usize> = 32..40;

/// A connection to one process.
pub(super) struct DataSocket {
    stream: TcpStream,
    process: usize,
    peers: Arc<PeerState>,
    boundary: MessageBoundary,
    is_disconnected: bool,
}

/// Position of the bytes read so far within timely's messages.
#[derive(Default)]
struct MessageBoundary {
    header: Vec<u8>,
    /// Remaining bytes of the message's body.
    body: usize,
    /// A message without a body was read: it is the last one.
    has_ended: bool,
}

impl DataSocket {
    pub(super) fn new(stream: TcpStream, process: usize, peers: Arc<PeerState>) -> io::Result<DataSocket> {
        stream.set_read_timeout(None)?;
        stream.set_write_timeout(None)?;
        Ok(DataSocket { stream, process, peers, boundary: MessageBoundary::default(), is_disconnected: false })
    }

    fn disconnect(&self, error: &io::Error) {
        std::thread::sleep(FINAL_MESSAGE_WAIT);
        self.peers.disconnect(self.process, &loss_reason(error));
    }

    fn abandon_thread(&self, error: &io::Error) -> ! {
        self.disconnect(error);
        loop {
            std::thread::park();
        }
    }
}

impl Read for DataSocket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.stream.read(buffer) {
                Ok(0) if !self.boundary.has_ended => self.abandon_thread(&io::ErrorKind::UnexpectedEof.into()),
                Ok(bytes) => {
                    self.boundary.advance(buffer.get(..bytes).unwrap_or_default());
                    return Ok(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) if self.boundary.has_ended => return Ok(0),
                Err(error) => self.abandon_thread(&error),
            }
        }
    }
}

impl Write for DataSocket {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.is_disconnected {
            return Ok(buffer.len());
        }
        match self.stream.write(buffer) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                self.disconnect(&error);
                self.is_disconnected = true;
                Ok(buffer.len())
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Stream for DataSocket {
    fn try_clone(&self) -> io::Result<DataSocket> {
        Ok(DataSocket {
            stream: self.stream.try_clone()?,
            process: self.process,
            peers: Arc::clone(&self.peers),
            boundary: MessageBoundary::default(),
            is_disconnected: false,
        })
    }

    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        self.stream.set_nonblocking(nonblocking)
    }

    fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        // An error means that the connection is closed already.
        let _ = self.stream.shutdown(how);
        Ok(())
    }
}

impl MessageBoundary {
    fn advance(&mut self, mut bytes: &[u8]) {
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
        fn the_end_marker_is_recognized_for_any_split_of_the_bytes(
            lengths in proptest::collection::vec(1..200usize, 0..20), cut in 1..120usize,
        ) {
            let mut bytes = messages(&lengths);
            let mut boundary = MessageBoundary::default();
            bytes.chunks(cut).for_each(|chunk| boundary.advance(chunk));
            prop_assert!(!boundary.has_ended);
            bytes.extend(messages(&[0]));
            let mut boundary = MessageBoundary::default();
            let (last, before) = bytes.split_last().unwrap();
            before.chunks(cut).for_each(|chunk| boundary.advance(chunk));
            prop_assert!(!boundary.has_ended);
            boundary.advance(&[*last]);
            prop_assert!(boundary.has_ended);
        }
    }
}
