//! A log of requests and answers.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use xxhash_rust::xxh3::xxh3_64;

/// A request as logged by the server.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// A digest of the body: the same for a request that is sent again.
    pub body_digest: u64,
    /// How often this body had been received before.
    pub tried: u32,
    /// When the request had been read.
    pub received: Instant,
    /// The delay of the answer.
    pub latency: Duration,
    /// The status; 0 if the connection was closed early.
    pub status: u16,
    /// When the last byte of the answer had been written; `None` if it never was.
    pub answered: Option<Instant>,
}

impl Exchange {
    /// Whether it was answered with a 2xx.
    fn is_answer(&self) -> bool {
        (200..300).contains(&self.status) && self.answered.is_some()
    }
}

/// The server's log. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    exchanges: Vec<Exchange>,
    tried: HashMap<u64, u32>,
    open: usize,
    open_max: usize,
    unfinished: usize,
}

impl Log {
    /// Requests read, including repeated ones.
    pub fn requests(&self) -> usize {
        self.notes().exchanges.len()
    }

    /// Requests completely answered with a 2xx.
    pub fn answers(&self) -> usize {
        self.notes().exchanges.iter().filter(|exchange| exchange.is_answer()).count()
    }

    /// The number of distinct bodies.
    pub fn distinct(&self) -> usize {
        self.notes().tried.len()
    }

    /// Maximum number of concurrently open requests. A request is open until its answer begins: a client that waits for
    /// the answer may send the next request before this side has recorded that the last byte was taken.
    pub fn in_flight_max(&self) -> usize {
        self.notes().open_max
    }

    /// Requests that are not finished: neither completely answered, nor given up.
    pub fn in_flight(&self) -> usize {
        self.notes().unfinished
    }

    /// All requests, in order of arrival.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.notes().exchanges.clone()
    }

    /// Requests repeated after they had been answered with a 2xx: pairs of the time of the last such answer and the
    /// time of the repetition. A client that keeps its answers has none.
    pub fn repeats(&self) -> Vec<(Instant, Instant)> {
        let notes = self.notes();
        let mut answered: HashMap<u64, Vec<Instant>> = HashMap::new();
        for exchange in notes.exchanges.iter().filter(|exchange| exchange.is_answer()) {
            answered.entry(exchange.body_digest).or_default().extend(exchange.answered);
        }
        let repeat = |exchange: &Exchange| {
            let before = answered.get(&exchange.body_digest)?.iter().filter(|moment| **moment < exchange.received);
            Some((*before.max()?, exchange.received))
        };
        notes.exchanges.iter().filter_map(repeat).collect()
    }

    /// Logs a request: returns its index in the log, and how often its body had been received before.
    pub(crate) fn open(&self, body: &[u8], received: Instant) -> (usize, u32) {
        let body_digest = xxh3_64(body);
        let mut notes = self.notes();
        let count = notes.tried.entry(body_digest).or_insert(0);
        let tried = *count;
        *count += 1;
        notes.open += 1;
        notes.unfinished += 1;
        notes.open_max = notes.open_max.max(notes.open);
        let exchange = Exchange { body_digest, tried, received, latency: Duration::ZERO, status: 0, answered: None };
        notes.exchanges.push(exchange);
        (notes.exchanges.len() - 1, tried)
    }

    /// Logs that a request's answer, or the end of its connection, is about to begin.
    pub(crate) fn begin_answer(&self) {
        let mut notes = self.notes();
        notes.open = notes.open.saturating_sub(1);
    }

    pub(crate) fn close(&self, number: usize, latency: Duration, status: u16, answered: Option<Instant>) {
        let mut notes = self.notes();
        notes.unfinished = notes.unfinished.saturating_sub(1);
        if let Some(exchange) = notes.exchanges.get_mut(number) {
            (exchange.latency, exchange.status, exchange.answered) = (latency, status, answered);
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock()
    }
}
