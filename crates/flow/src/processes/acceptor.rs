//! Accepts connections of other processes concurrently: an idle or slow one does not delay the others.
//!
//! **Limits.** At most [`PENDING_MAX`] connections are in their handshake at a time; one more replaces the oldest. Each
//! has [`HANDSHAKE_TIMEOUT`] in total, however its bytes arrive.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Maximum number of connections in their handshake.
const PENDING_MAX: usize = 64;
/// Time limit for a handshake.
pub(super) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// Interval of checks for new connections.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The connections in their handshake, oldest first, with their numbers.
#[derive(Default)]
struct PendingConnections {
    connections: VecDeque<(u64, TcpStream)>,
    accepted: u64,
}

impl PendingConnections {
    /// Adds a connection; returns its number.
    fn add(&mut self, connection: TcpStream) -> u64 {
        if self.connections.len() >= PENDING_MAX
            && let Some((_, oldest)) = self.connections.pop_front()
        {
            // Its thread ends with an error.
            let _ = oldest.shutdown(Shutdown::Both);
        }
        self.accepted += 1;
        self.connections.push_back((self.accepted, connection));
        self.accepted
    }

    /// Removes a connection; returns whether it was still there.
    fn remove(&mut self, number: u64) -> bool {
        let position = self.connections.iter().position(|(other, _)| *other == number);
        position.and_then(|position| self.connections.remove(position)).is_some()
    }
}

/// Accepts connections until `is_over`. `receive` performs the handshake of each on a separate thread; its result is
/// passed to `deliver`.
pub(super) fn accept<Connection>(
    listener: &TcpListener,
    is_over: impl Fn() -> bool,
    receive: impl Fn(TcpStream) -> Option<Connection> + Send + Sync + 'static,
    deliver: impl Fn(Connection) + Send + Sync + 'static,
) {
    let pending = Arc::new(Mutex::new(PendingConnections::default()));
    let serve = Arc::new((receive, deliver));
    while !is_over() {
        let Ok((stream, _)) = listener.accept() else {
            std::thread::sleep(POLL_INTERVAL);
            continue;
        };
        let Ok(handle) = stream.try_clone() else { continue };
        let number = pending.lock().add(handle);
        let (serve, of_thread) = (Arc::clone(&serve), Arc::clone(&pending));
        let thread = std::thread::Builder::new().name("handshake".to_owned());
        let started = thread.spawn(move || {
            let (receive, deliver) = &*serve;
            let connection = receive(stream);
            // A connection that is no longer pending was closed, and is not delivered.
            if let (true, Some(connection)) = (of_thread.lock().remove(number), connection) {
                deliver(connection);
            }
        });
        if started.is_err() {
            pending.lock().remove(number);
        }
    }
    for (_, connection) in pending.lock().connections.drain(..) {
        let _ = connection.shutdown(Shutdown::Both);
    }
}

/// A connection whose reads and writes share one deadline.
pub(super) struct DeadlineStream<'a> {
    stream: &'a TcpStream,
    deadline: Instant,
}

impl<'a> DeadlineStream<'a> {
    pub(super) fn new(stream: &'a TcpStream) -> DeadlineStream<'a> {
        DeadlineStream { stream, deadline: Instant::now() + HANDSHAKE_TIMEOUT }
    }

    fn remaining(&self) -> io::Result<Option<Duration>> {
        let remaining = self.deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the handshake took too long"));
        }
        Ok(Some(remaining))
    }
}

impl Read for DeadlineStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.remaining()?)?;
        self.stream.read(buffer)
    }
}

impl Write for DeadlineStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.remaining()?)?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn idle_connections_cause_no_delay_and_the_oldest_is_replaced() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&over);
        let (served, answers) = crossbeam_channel::unbounded();
        let thread = std::thread::spawn(move || {
            let receive = |stream: TcpStream| {
                let mut byte = [0];
                DeadlineStream::new(&stream).read_exact(&mut byte).ok().map(|()| byte[0])
            };
            accept(
                &listener,
                move || flag.load(Ordering::Acquire),
                receive,
                move |byte| {
                    let _ = served.send(byte);
                },
            );
        });
        // More than the maximum, and none of them sends anything.
        let mut idle: Vec<TcpStream> = (0..2 * PENDING_MAX).map(|_| TcpStream::connect(address).unwrap()).collect();
        let mut caller = TcpStream::connect(address).unwrap();
        caller.write_all(b"x").unwrap();
        assert_eq!(answers.recv().unwrap(), b'x');
        // The first one was closed to make room.
        assert_eq!(idle[0].read(&mut [0]).unwrap_or(0), 0);
        over.store(true, Ordering::Release);
        thread.join().unwrap();
        assert_eq!(idle.last_mut().unwrap().read(&mut [0]).unwrap_or(0), 0, "all are closed at the end");
    }
}
