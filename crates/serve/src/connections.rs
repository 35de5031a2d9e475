//! The open connections, and which of them is closed when there are too many.
//!
//! **Invariants.** A connection with a request in progress is never closed to make room. Ten thousand idle connections
//! cannot lock others out: each new connection replaces the one that has been idle longest.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// A connection, shared between its task and the others.
pub(crate) struct ConnectionState {
    number: u64,
    /// Requests in progress.
    busy: AtomicUsize,
    /// Milliseconds of the server's clock when the last request ended, or when the connection was accepted.
    idle_since: AtomicU64,
    /// Signals that the connection must be closed.
    pub(crate) close: Notify,
    clock: Instant,
}

impl ConnectionState {
    /// Whether a request is in progress.
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Acquire) > 0
    }

    /// A request begins; it ends when the guard is dropped.
    pub(crate) fn begin_request(self: &Arc<ConnectionState>) -> RequestGuard {
        self.busy.fetch_add(1, Ordering::AcqRel);
        RequestGuard(Arc::clone(self))
    }
}

/// A request in progress.
pub(crate) struct RequestGuard(Arc<ConnectionState>);

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.idle_since.store(self.0.clock.elapsed().as_millis() as u64, Ordering::Relaxed);
        self.0.busy.fetch_sub(1, Ordering::AcqRel);
    }
}

/// All connections.
pub(crate) struct Connections {
    open: Mutex<HashMap<u64, Arc<ConnectionState>>>,
    next: AtomicU64,
    connections_max: usize,
    clock: Instant,
    /// Signals that the last one was closed.
    pub(crate) none_left: Notify,
}

/// Whether a connection can be opened.
pub(crate) enum Admission {
    /// It is open.
    Admitted(ConnectionGuard),
    /// It is open in place of an idle one, which is being closed.
    Replaced(ConnectionGuard),
    /// All connections have requests in progress.
    Full,
}

/// An open connection; it is removed when the guard is dropped.
pub(crate) struct ConnectionGuard {
    pub(crate) state: Arc<ConnectionState>,
    connections: Arc<Connections>,
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock();
        open.remove(&self.state.number);
        if open.is_empty() {
            self.connections.none_left.notify_waiters();
        }
    }
}

impl Connections {
    pub(crate) fn new(connections_max: usize) -> Arc<Connections> {
        Arc::new(Connections {
            open: Mutex::default(),
            next: AtomicU64::new(0),
            connections_max: connections_max.max(1),
            clock: Instant::now(),
            none_left: Notify::new(),
        })
    }

    /// Opens a connection; if there are too many, closes the one that has been idle longest.
    pub(crate) fn open(self: &Arc<Connections>) -> Admission {
        let mut open = self.open.lock();
        let is_full = open.len() >= self.connections_max;
        if is_full && !close_idle(&mut open) {
            return Admission::Full;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let state = Arc::new(ConnectionState {
            number,
            busy: AtomicUsize::new(0),
            idle_since: AtomicU64::new(self.clock.elapsed().as_millis() as u64),
            close: Notify::new(),
            clock: self.clock,
        });
        open.insert(number, Arc::clone(&state));
        let guard = ConnectionGuard { state, connections: Arc::clone(self) };
        if is_full { Admission::Replaced(guard) } else { Admission::Admitted(guard) }
    }

    /// Closes the connection that has been idle longest, for example when the system runs out of descriptors.
    pub(crate) fn make_room(&self) {
        close_idle(&mut self.open.lock());
    }

    pub(crate) fn count(&self) -> usize {
        self.open.lock().len()
    }
}

/// Removes the connection that has been idle longest and signals it; false if none is idle.
fn close_idle(open: &mut HashMap<u64, Arc<ConnectionState>>) -> bool {
    let idle = open.values().filter(|state| !state.is_busy());
    let oldest =
        idle.min_by_key(|state| (state.idle_since.load(Ordering::Relaxed), state.number)).map(|state| state.number);
    let Some(state) = oldest.and_then(|number| open.remove(&number)) else { return false };
    state.close.notify_one();
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_idle_connection_makes_room() {
        let connections = Connections::new(2);
        let Admission::Admitted(first) = connections.open() else { panic!() };
        let Admission::Admitted(second) = connections.open() else { panic!() };
        let request = first.state.begin_request();
        let Admission::Replaced(third) = connections.open() else { panic!("the second one is idle") };
        let second_request = third.state.begin_request();
        assert!(matches!(connections.open(), Admission::Full), "both have requests");
        drop(second);
        assert_eq!(connections.count(), 2, "one that was replaced is counted no more");
        drop((request, second_request));
        assert!(matches!(connections.open(), Admission::Replaced(_)));
    }
}
