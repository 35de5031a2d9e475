//! Every span of a run, for `chrome://tracing` and Perfetto.
//!
//! Bounded: at most [`SPANS_MAX`] spans are kept (some 10 MB of JSON). When there are more, the shorter half is given up and
//! nothing as short is taken from then on, so that a long run still shows from its first moment to its last.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Wait;

/// Spans kept, at most.
const SPANS_MAX: usize = 100_000;

#[derive(Debug)]
struct Span {
    stage: Arc<str>,
    wait: Option<Wait>,
    /// The thread, by its place among the tracks.
    track: usize,
    start: Duration,
    took: Duration,
    rows: usize,
}

#[derive(Debug, Default)]
struct Spans {
    kept: Vec<Span>,
    tracks: Vec<(ThreadId, String)>,
    /// Shorter ones are given up.
    least: Duration,
    given_up: u64,
}

/// Records spans.
#[derive(Debug)]
pub(super) struct Recorder {
    started: Instant,
    spans: Mutex<Spans>,
}

impl Default for Recorder {
    fn default() -> Recorder {
        Recorder { started: Instant::now(), spans: Mutex::default() }
    }
}

impl Recorder {
    pub(super) fn add(&self, stage: &Arc<str>, wait: Option<Wait>, began: Instant, took: Duration, rows: usize) {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        if took < spans.least {
            spans.given_up += 1;
            return;
        }
        let track = spans.track();
        let start = began.saturating_duration_since(self.started);
        spans.kept.push(Span { stage: Arc::clone(stage), wait, track, start, took, rows });
        if spans.kept.len() >= SPANS_MAX {
            spans.thin_out();
        }
    }

    /// Writes the trace, an event a line.
    pub(super) fn write(&self, to: &mut dyn Write) -> std::io::Result<()> {
        let spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let us = |time: Duration| time.as_nanos() as f64 / 1e3;
        let names = spans.tracks.iter().enumerate().map(|(track, (_, name))| {
            json!({ "name": "thread_name", "ph": "M", "pid": 1, "tid": track, "args": { "name": name } })
        });
        let events = spans.kept.iter().map(|span| {
            let (name, category): (String, &str) = match span.wait {
                None => (span.stage.as_ref().to_owned(), "work"),
                Some(wait) => (format!("waits for {}", wait.words()), "wait"),
            };
            json!({ "name": name, "cat": category, "ph": "X", "pid": 1, "tid": span.track, "ts": us(span.start),
                    "dur": us(span.took), "args": { "rows": span.rows } })
        });
        write!(to, "{{\"displayTimeUnit\":\"ms\",\"otherData\":")?;
        let about = json!({ "spans_given_up": spans.given_up, "shortest_span_kept_us": us(spans.least) });
        write!(to, "{about},\"traceEvents\":[")?;
        let all: &mut dyn Iterator<Item = Value> = &mut names.chain(events);
        for (place, event) in all.enumerate() {
            write!(to, "{}\n{event}", if place == 0 { "" } else { "," })?;
        }
        writeln!(to, "\n]}}")
    }
}

impl Spans {
    /// This thread's place among the tracks.
    fn track(&mut self) -> usize {
        let thread = std::thread::current();
        self.tracks.iter().position(|(id, _)| *id == thread.id()).unwrap_or_else(|| {
            let name = thread.name().map_or_else(|| format!("thread {}", self.tracks.len()), str::to_owned);
            self.tracks.push((thread.id(), name));
            self.tracks.len() - 1
        })
    }

    /// Gives up the shorter half.
    fn thin_out(&mut self) {
        let mut times: Vec<Duration> = self.kept.iter().map(|span| span.took).collect();
        let middle = times.len() / 2;
        let median = *times.select_nth_unstable(middle).1;
        let before = self.kept.len();
        self.least = median + Duration::from_nanos(1);
        self.kept.retain(|span| span.took > median);
        self.given_up += (before - self.kept.len()) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_keeps_its_longer_spans_and_stays_bounded() {
        let (recorder, stage) = (Recorder::default(), Arc::from("score"));
        let spans = 3 * SPANS_MAX as u64;
        for number in 0..spans {
            // In no order of length.
            let took = Duration::from_nanos(number.wrapping_mul(2_654_435_761) % 1_000_003);
            recorder.add(&stage, None, recorder.started, took, 1);
        }
        recorder.add(&stage, Some(Wait::Outcomes), recorder.started, Duration::from_secs(1), 0);
        let mut written = Vec::new();
        recorder.write(&mut written).unwrap();
        let trace: Value = serde_json::from_slice(&written).unwrap();
        let events = trace["traceEvents"].as_array().unwrap();
        let kept: Vec<&Value> = events.iter().filter(|event| event["ph"] == "X").collect();
        assert!(kept.len() < SPANS_MAX && kept.len() > SPANS_MAX / 8, "{}", kept.len());
        assert_eq!(trace["otherData"]["spans_given_up"], spans + 1 - kept.len() as u64);
        let least = trace["otherData"]["shortest_span_kept_us"].as_f64().unwrap();
        assert!(kept.iter().all(|event| event["dur"].as_f64().unwrap() >= least));
        assert_eq!(kept.last().unwrap()["name"], "waits for outcomes");
        assert_eq!(events.iter().filter(|event| event["name"] == "thread_name").count(), 1);
    }
}
