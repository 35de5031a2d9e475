//! Counters that any thread can read.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::cost::Usage;

/// Counts of a run's requests so far.
#[derive(Debug, Default)]
pub struct Counters {
    in_flight: AtomicU64,
    waiting: AtomicU64,
    answered: AtomicU64,
    recorded: AtomicU64,
    failed: AtomicU64,
    over_budget: AtomicU64,
    tries: AtomicU64,
    input_tokens: AtomicU64,
    output_tokens: AtomicU64,
    cost_millionths: AtomicU64,
}

impl Counters {
    /// Requests sent and not answered yet.
    pub fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Requests that wait for a rate limit.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Requests answered by the service in this run.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Requests answered by the record or by an equal request in flight.
    pub fn recorded(&self) -> u64 {
        self.recorded.load(Ordering::Relaxed)
    }

    /// Requests that failed.
    pub fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    /// Requests not sent because of the cost limit.
    pub fn over_budget(&self) -> u64 {
        self.over_budget.load(Ordering::Relaxed)
    }

    /// Attempts to send a request.
    pub fn tries(&self) -> u64 {
        self.tries.load(Ordering::Relaxed)
    }

    /// Tokens of this run's answers: input and output.
    pub fn tokens(&self) -> (u64, u64) {
        (self.input_tokens.load(Ordering::Relaxed), self.output_tokens.load(Ordering::Relaxed))
    }

    /// Cost of this run's answers, in the currency of the prices, to a millionth.
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

    pub(crate) fn add_over_budget(&self) {
        self.over_budget.fetch_add(1, Ordering::Relaxed);
    }
}

/// Counts one while it exists.
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
