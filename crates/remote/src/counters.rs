//! Counters that any thread may read.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::cost::Usage;

/// What the requests of a run came to so far.
#[derive(Debug, Default)]
pub struct Counters {
    in_flight: AtomicU64,
    waiting: AtomicU64,
    answered: AtomicU64,
    recorded: AtomicU64,
    failed: AtomicU64,
    not_asked: AtomicU64,
    tries: AtomicU64,
    input_tokens: AtomicU64,
    output_tokens: AtomicU64,
    cost_millionths: AtomicU64,
}

impl Counters {
    /// Requests being sent or waited for now.
    pub fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Requests that wait for their turn now.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Requests answered by the remote end in this run.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Requests whose answer was recorded before, or is that of an equal request.
    pub fn recorded(&self) -> u64 {
        self.recorded.load(Ordering::Relaxed)
    }

    /// Requests given up.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Requests not sent because of the cost limit.
    pub fn not_asked(&self) -> u64 {
        self.not_asked.load(Ordering::Relaxed)
    }

    /// How often anything was sent.
    pub fn tries(&self) -> u64 {
        self.tries.load(Ordering::Relaxed)
    }

    /// Tokens of this run's answers: read and written.
    pub fn tokens(&self) -> (u64, u64) {
        (self.input_tokens.load(Ordering::Relaxed), self.output_tokens.load(Ordering::Relaxed))
    }

    /// What this run's answers cost, in the currency of the prices, to a millionth.
    pub fn cost(&self) -> f64 {
        self.cost_millionths.load(Ordering::Relaxed) as f64 / 1e6
    }

    pub(crate) fn start_waiting(&self) -> Gauge<'_> {
        Gauge::raise(&self.waiting)
    }

    pub(crate) fn start_flight(&self) -> Gauge<'_> {
        Gauge::raise(&self.in_flight)
    }

    pub(crate) fn add_try(&self) {
        self.tries.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn add_answer(&self, usage: Usage, cost: f64) {
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.input_tokens.fetch_add(usage.input, Ordering::Relaxed);
        self.output_tokens.fetch_add(usage.output, Ordering::Relaxed);
        self.cost_millionths.fetch_add((cost * 1e6).round() as u64, Ordering::Relaxed);
    }

    pub(crate) fn add_recorded(&self, requests: u64) {
        self.recorded.fetch_add(requests, Ordering::Relaxed);
    }

    pub(crate) fn add_failed(&self) {
        self.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn add_not_asked(&self) {
        self.not_asked.fetch_add(1, Ordering::Relaxed);
    }
}

/// Counted for as long as it lives.
pub(crate) struct Gauge<'a>(&'a AtomicU64);

impl Gauge<'_> {
    fn raise(counter: &AtomicU64) -> Gauge<'_> {
        counter.fetch_add(1, Ordering::Relaxed);
        Gauge(counter)
    }
}

impl Drop for Gauge<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
