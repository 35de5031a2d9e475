//! What came and what was answered.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use xxhash_rust::xxh3::xxh3_64;

/// One request as the server saw it.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// A digest of the body: the same for a request that is sent again.
    pub body_digest: u64,
    /// How often this body had come before.
    pub tried: u32,
    /// When the request had been read.
    pub received: Instant,
    /// The time that the answer was held back.
    pub latency: Duration,
    /// The status; 0 where the connection was cut.
    pub status: u16,
    /// When the last byte of the answer had been written; `None` where it never was.
    pub answered: Option<Instant>,
}

impl Exchange {
    /// Whether it was answered with a 2xx.
    fn is_answer(&self) -> bool {
        (200..300).contains(&self.status) && self.answered.is_some()
    }
}

/// The server's notes. Cloning shares them.
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
    /// Requests read, repeated ones among them.
    pub fn requests(&self) -> usize {
        self.notes().exchanges.len()
    }

    /// Requests answered with a 2xx to the last byte.
    pub fn answers(&self) -> usize {
        self.notes().exchanges.iter().filter(|exchange| exchange.is_answer()).count()
    }

    /// Distinct bodies.
    pub fn distinct(&self) -> usize {
        self.notes().tried.len()
    }

    /// Most requests that were open at once. One is open until its answer begins: whoever waits for the answer may send
    /// the next request before this end has noted that the last byte was taken.
    pub fn in_flight_max(&self) -> usize {
        self.notes().open_max
    }

    /// Requests that are not at their end: answered to the last byte, or given up.
    pub fn in_flight(&self) -> usize {
        self.notes().unfinished
    }

    /// All requests, in the order in which they came.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.notes().exchanges.clone()
    }

    /// Requests that came again after they had been answered with a 2xx: pairs of the moment of the last such answer
    /// before and the moment of the repeat. A client that keeps its answers has none.
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

    /// Notes a request: its number in the log, and how often its body had come before.
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

    /// Notes that a request's answer, or the end of its connection, is about to begin.
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
