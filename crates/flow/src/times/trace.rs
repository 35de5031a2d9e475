//! A trace of a run for `chrome://tracing` and Perfetto.
//!
//! Bounded: at most [`SPANS_MAX`] spans are stored (some 10 MB of JSON). When there are more, the shorter half is dropped
//! and shorter spans are ignored from then on, so that the trace of a long run covers all of it.

use std::io::Write;
use std::sync::Arc;
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::Wait;

/// Maximum number of spans stored.
const SPANS_MAX: usize = 100_000;

#[derive(Debug)]
struct Span {
    stage: Arc<str>,
    wait: Option<Wait>,
    /// The thread, by its index in the tracks.
    track: usize,
    start: Duration,
    took: Duration,
    rows: usize,
}

#[derive(Debug, Default)]
struct SpanStore {
    stored: Vec<Span>,
    tracks: Vec<(ThreadId, String)>,
    /// Minimum duration of spans to store.
    shortest: Duration,
    dropped: u64,
}

/// Records spans.
#[derive(Debug)]
pub(super) struct Recorder {
    started: Instant,
    spans: Mutex<SpanStore>,
}

impl Default for Recorder {
    fn default() -> Recorder {
        Recorder { started: Instant::now(), spans: Mutex::default() }
    }
}

impl Recorder {
    pub(super) fn add(&self, stage: &Arc<str>, wait: Option<Wait>, began: Instant, took: Duration, rows: usize) {
        let mut spans = self.spans.lock();
        if took < spans.shortest {
            spans.dropped += 1;
            return;
        }
        let track = spans.track();
        let start = began.saturating_duration_since(self.started);
        spans.stored.push(Span { stage: Arc::clone(stage), wait, track, start, took, rows });
        if spans.stored.len() >= SPANS_MAX {
            spans.thin_out();
        }
    }

    /// Writes the trace, one event per line.
    pub(super) fn write(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let spans = self.spans.lock();
        let us = |time: Duration| time.as_nanos() as f64 / 1e3;
        let names = spans.tracks.iter().enumerate().map(|(track, (_, name))| {
            json!({ "name": "thread_name", "ph": "M", "pid": 1, "tid": track, "args": { "name": name } })
        });
        let events = spans.stored.iter().map(|span| {
            let (name, category): (String, &str) = match span.wait {
                None => (span.stage.as_ref().to_owned(), "work"),
                Some(wait) => (format!("waits for {}", wait.label()), "wait"),
            };
            json!({ "name": name, "cat": category, "ph": "X", "pid": 1, "tid": span.track, "ts": us(span.start),
                    "dur": us(span.took), "args": { "rows": span.rows } })
        });
        write!(to, "{{\"displayTimeUnit\":\"ms\",\"otherData\":")?;
        let about = json!({ "spans_dropped": spans.dropped, "shortest_span_us": us(spans.shortest) });
        write!(to, "{about},\"traceEvents\":[")?;
        let all: &mut dyn Iterator<Item = Value> = &mut names.chain(events);
        for (index, event) in all.enumerate() {
            write!(to, "{}\n{event}", if index == 0 { "" } else { "," })?;
        }
        writeln!(to, "\n]}}")
    }
}

impl SpanStore {
    /// The index of this thread in the tracks.
    fn track(&mut self) -> usize {
        let thread = std::thread::current();
        self.tracks.iter().position(|(id, _)| *id == thread.id()).unwrap_or_else(|| {
            let name = thread.name().map_or_else(|| format!("thread {}", self.tracks.len()), str::to_owned);
            self.tracks.push((thread.id(), name));
            self.tracks.len() - 1
        })
    }

    /// Drops the shorter half.
    fn thin_out(&mut self) {
        let mut times: Vec<Duration> = self.stored.iter().map(|span| span.took).collect();
        let middle = times.len() / 2;
        let median = *times.select_nth_unstable(middle).1;
        let before = self.stored.len();
        self.shortest = median + Duration::from_nanos(1);
        self.stored.retain(|span| span.took > median);
        self.dropped += (before - self.stored.len()) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_stores_its_longer_spans_and_stays_bounded() {
        let (recorder, stage) = (Recorder::default(), Arc::from("score"));
        let spans = 3 * SPANS_MAX as u64;
        for number in 0..spans {
            // In no particular order of length.
            let took = Duration::from_nanos(number.wrapping_mul(2_654_435_761) % 1_000_003);
            recorder.add(&stage, None, recorder.started, took, 1);
        }
        recorder.add(&stage, Some(Wait::Outcomes), recorder.started, Duration::from_secs(1), 0);
        let mut written = Vec::new();
        recorder.write(&mut written).unwrap();
        let trace: Value = serde_json::from_slice(&written).unwrap();
        let events = trace["traceEvents"].as_array().unwrap();
        let stored: Vec<&Value> = events.iter().filter(|event| event["ph"] == "X").collect();
        assert!(stored.len() < SPANS_MAX && stored.len() > SPANS_MAX / 8, "{}", stored.len());
        assert_eq!(trace["otherData"]["spans_dropped"], spans + 1 - stored.len() as u64);
        let least = trace["otherData"]["shortest_span_us"].as_f64().unwrap();
        assert!(stored.iter().all(|event| event["dur"].as_f64().unwrap() >= least));
        assert_eq!(stored.last().unwrap()["name"], "waits for outcomes");
        assert_eq!(events.iter().filter(|event| event["name"] == "thread_name").count(), 1);
    }
}
