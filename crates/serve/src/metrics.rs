//! Counters and histograms of a server in Prometheus format.
//!
//! Names and labels are few and fixed: an endpoint is counted by its route, never by the requested path.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

/// Upper bounds of the buckets of a histogram, in microseconds.
const BOUNDS_US: [u64; 14] =
    [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000];

/// A timed step of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimedStep {
    /// From the body to rows.
    Read,
    /// Rows waiting for a thread.
    Queue,
    /// Matching rows, together with those of other requests.
    Match,
    /// From decisions to the body of the answer.
    Write,
    /// The whole request in the server.
    Request,
}

impl TimedStep {
    const ALL: [TimedStep; 5] =
        [TimedStep::Read, TimedStep::Queue, TimedStep::Match, TimedStep::Write, TimedStep::Request];

    fn name(self) -> &'static str {
        match self {
            TimedStep::Read => "read",
            TimedStep::Queue => "queue",
            TimedStep::Match => "match",
            TimedStep::Write => "write",
            TimedStep::Request => "request",
        }
    }
}

#[derive(Debug, Default)]
struct Histogram {
    buckets: [AtomicU64; BOUNDS_US.len()],
    count: AtomicU64,
    sum_us: AtomicU64,
}

impl Histogram {
    fn observe(&self, time: Duration) {
        let us = time.as_micros() as u64;
        let place = BOUNDS_US.partition_point(|bound| *bound < us);
        if let Some(bucket) = self.buckets.get(place) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    fn write(&self, out: &mut String, name: &str, label: &str) {
        let mut sum = 0;
        for (bound, bucket) in BOUNDS_US.iter().zip(&self.buckets) {
            sum += bucket.load(Ordering::Relaxed);
            let _ = writeln!(out, "{name}_bucket{{{label},le=\"{}\"}} {sum}", *bound as f64 / 1e6);
        }
        let count = self.count.load(Ordering::Relaxed);
        let _ = writeln!(out, "{name}_bucket{{{label},le=\"+Inf\"}} {count}");
        let _ = writeln!(out, "{name}_sum{{{label}}} {}", self.sum_us.load(Ordering::Relaxed) as f64 / 1e6);
        let _ = writeln!(out, "{name}_count{{{label}}} {count}");
    }
}

/// The counters of a server.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    steps: [Histogram; TimedStep::ALL.len()],
    /// Requests by route and status.
    requests: Mutex<std::collections::BTreeMap<(&'static str, u16), u64>>,
    batches: AtomicU64,
    rows: AtomicU64,
    matching_us: AtomicU64,
    refused: AtomicU64,
    reloads: AtomicU64,
    failed_reloads: AtomicU64,
    connections: AtomicU64,
    closed_connections: AtomicU64,
}

/// Values measured at the time of a scrape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gauges {
    pub(crate) queued_rows: usize,
    pub(crate) open_connections: usize,
    pub(crate) is_ready: bool,
}

impl Metrics {
    pub(crate) fn observe(&self, step: TimedStep, time: Duration) {
        if let Some(histogram) = self.steps.get(step as usize) {
            histogram.observe(time);
        }
    }

    /// Counts rows that were matched together.
    pub(crate) fn observe_batch(&self, rows: usize, time: Duration) {
        self.observe(TimedStep::Match, time);
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
        self.matching_us.fetch_add(time.as_micros() as u64, Ordering::Relaxed);
    }

    /// Counts a request that was answered.
    pub(crate) fn count_request(&self, route: &'static str, status: u16) {
        *self.requests.lock().entry((route, status)).or_default() += 1;
    }

    /// Counts a request refused because the queue was full.
    pub(crate) fn count_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_reload(&self, is_loaded: bool) {
        let counter = if is_loaded { &self.reloads } else { &self.failed_reloads };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a connection that was closed to make room for another.
    pub(crate) fn count_closed_connection(&self) {
        self.closed_connections.fetch_add(1, Ordering::Relaxed);
    }

    /// The estimated time that `threads` threads take for `rows` rows, from the average so far.
    pub(crate) fn time_for(&self, rows: usize, threads: usize) -> Duration {
        let matched = self.rows.load(Ordering::Relaxed).max(1);
        let us = self.matching_us.load(Ordering::Relaxed) as f64 / matched as f64;
        Duration::from_micros((us * rows as f64 / threads.max(1) as f64) as u64)
    }

    /// The text that Prometheus scrapes.
    pub(crate) fn text(&self, gauges: Gauges) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "# HELP matchflow_step_seconds Time of the steps of a request.");
        let _ = writeln!(out, "# TYPE matchflow_step_seconds histogram");
        for (step, histogram) in TimedStep::ALL.into_iter().zip(&self.steps) {
            histogram.write(&mut out, "matchflow_step_seconds", &format!("step=\"{}\"", step.name()));
        }
        let _ = writeln!(out, "# HELP matchflow_requests_total Requests answered, by route and status.");
        let _ = writeln!(out, "# TYPE matchflow_requests_total counter");
        for ((route, status), count) in self.requests.lock().iter() {
            let _ = writeln!(out, "matchflow_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}");
        }
        let counters = [
            ("batches", "Batches of rows that were matched together.", &self.batches),
            ("rows", "Rows matched.", &self.rows),
            ("refused", "Requests that the queue had no room for.", &self.refused),
            ("reloads", "Times that the pipelines were replaced.", &self.reloads),
            ("failed_reloads", "Times that the pipelines could not be loaded again.", &self.failed_reloads),
            ("connections", "Connections accepted.", &self.connections),
            ("closed_connections", "Idle connections closed to make room.", &self.closed_connections),
        ];
        for (name, help, counter) in counters {
            let _ = writeln!(out, "# HELP matchflow_{name}_total {help}\n# TYPE matchflow_{name}_total counter");
            let _ = writeln!(out, "matchflow_{name}_total {}", counter.load(Ordering::Relaxed));
        }
        let gauges = [
            ("queued_rows", "Rows that wait for a thread.", gauges.queued_rows),
            ("open_connections", "Connections open.", gauges.open_connections),
            ("ready", "Whether requests are answered.", usize::from(gauges.is_ready)),
        ];
        for (name, help, value) in gauges {
            let _ = writeln!(out, "# HELP matchflow_{name} {help}\n# TYPE matchflow_{name} gauge");
            let _ = writeln!(out, "matchflow_{name} {value}");
        }
        out
    }
}
