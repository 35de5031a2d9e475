//! Progress while the registry is read and indexed, before the first row can be matched.
//!
//! Once a second on a terminal, every ten seconds in logs: `[pipeline] indexing the registry: 3,100,000 entries |
//! 260,000/s`. If it takes long, `matchflow index` is suggested.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use matchflow_model::language::Language;
use serde_json::json;

use crate::args::ProgressMode;
use crate::console;
use crate::messages::{Notice, notice_text};
use crate::rates::Rates;

/// Interval of reports on a bar or for programs, and of lines in a log.
const BAR_INTERVAL: Duration = Duration::from_secs(1);
const LINE_INTERVAL: Duration = Duration::from_secs(10);
/// Delay of the first line, so that a small registry has none.
const FIRST_LINE_AFTER: Duration = Duration::from_secs(2);
/// If reading the registry takes longer, an index is suggested.
const HINT_AFTER: Duration = Duration::from_secs(10);

/// The source of the reported figures.
pub(crate) struct RegistrySource {
    /// The entries indexed so far.
    pub(crate) entries: Box<dyn Fn() -> u64 + Send>,
    /// Whether the registry is ready.
    pub(crate) is_ready: Box<dyn Fn() -> bool + Send>,
    /// The suggestion if it takes long.
    pub(crate) hint: Option<String>,
}

/// Reports progress until it is dropped, or the registry is ready.
pub(crate) struct RegistryReporter {
    thread: Option<(Sender<()>, JoinHandle<()>)>,
}

impl RegistryReporter {
    /// Starts reporting, on the bar if there is one.
    pub(crate) fn start(mode: ProgressMode, bar: Option<ProgressBar>, source: RegistrySource) -> RegistryReporter {
        if mode == ProgressMode::None {
            return RegistryReporter { thread: None };
        }
        let is_often = bar.is_some() || console::is_json();
        let (open, closed) = mpsc::channel::<()>();
        let run = move || {
            let mut report =
                RegistryReport { bar, source, rates: Rates::default(), began: Instant::now(), is_hinted: false };
            let mut wait = if is_often { BAR_INTERVAL } else { FIRST_LINE_AFTER };
            while closed.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) && !(report.source.is_ready)() {
                report.print();
                wait = if is_often { BAR_INTERVAL } else { LINE_INTERVAL };
            }
        };
        let thread = std::thread::Builder::new().name("registry progress".to_owned()).spawn(run);
        // Without the thread, no progress is shown.
        RegistryReporter { thread: thread.ok().map(|thread| (open, thread)) }
    }
}

impl Drop for RegistryReporter {
    fn drop(&mut self) {
        if let Some((open, thread)) = self.thread.take() {
            drop(open);
            let _ = thread.join();
        }
    }
}

struct RegistryReport {
    bar: Option<ProgressBar>,
    source: RegistrySource,
    rates: Rates,
    began: Instant,
    is_hinted: bool,
}

impl RegistryReport {
    fn print(&mut self) {
        let (entries, elapsed) = ((self.source.entries)(), self.began.elapsed());
        let rate = self.rates.note(elapsed, entries);
        let text = line(entries, rate, console::language());
        match &self.bar {
            Some(bar) => bar.set_message(text),
            None if console::is_json() => console::event(&json!({
                "event": "registry", "entries": entries, "rate": rate, "elapsed_s": elapsed.as_secs_f64(),
            })),
            None => message!("[pipeline] {text}"),
        }
        let is_long = elapsed >= HINT_AFTER && !self.is_hinted;
        if let Some(hint) = self.source.hint.as_ref().filter(|_| is_long) {
            self.is_hinted = true;
            match &self.bar {
                Some(bar) => bar.suspend(|| message!("{hint}")),
                None => message!("{hint}"),
            }
        }
    }
}

fn line(entries: u64, rate: f64, language: Language) -> String {
    let notice = match entries {
        0 => Notice::ReadingRegistry,
        entries => {
            Notice::IndexingRegistry { entries: language.grouped(entries), rate: language.grouped(rate.round() as u64) }
        }
    };
    notice_text(&notice, language)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn entries_and_their_rate_are_grouped() {
        let line = |entries, rate| line(entries, rate, Language::default());
        assert_eq!(line(3_100_000, 260_000.4), "indexing the registry: 3,100,000 entries | 260,000/s");
        assert_eq!(line(0, 0.0), "reading the registry");
    }

    #[test]
    fn a_reporter_ends_when_it_is_dropped() {
        let asked = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&asked);
        let source = RegistrySource {
            entries: Box::new(move || counted.fetch_add(1, Ordering::Relaxed)),
            is_ready: Box::new(|| false),
            hint: None,
        };
        drop(RegistryReporter::start(ProgressMode::Plain, None, source));
        assert_eq!(asked.load(Ordering::Relaxed), 0, "a small registry has no line");
    }
}
