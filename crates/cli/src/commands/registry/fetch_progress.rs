//! The progress of a fetch: a bar on a terminal, otherwise a line every few seconds.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use matchflow_registry::FetchProgress;
use serde_json::json;

use super::say;
use crate::args::ProgressMode;
use crate::console::{self, Verbosity};
use crate::messages::RegistryText;
use crate::terminal;

/// The interval between lines.
const LINE_INTERVAL: Duration = Duration::from_secs(5);

/// Shows progress.
pub(super) struct FetchReporter {
    mode: ProgressMode,
    bar: Option<ProgressBar>,
    /// What the last line or the bar is about.
    part: String,
    last: Instant,
}

impl FetchReporter {
    pub(super) fn new(mode: ProgressMode) -> FetchReporter {
        console::configure(mode == ProgressMode::Json, Verbosity::Normal, None);
        let bar = (mode == ProgressMode::Auto && terminal::has_cursor()).then(|| ProgressBar::new(0));
        FetchReporter { mode, bar, part: String::new(), last: Instant::now() }
    }

    pub(super) fn show(&mut self, progress: &FetchProgress) {
        let (part, done, total, is_bytes) = match progress {
            FetchProgress::Download { key, done, total } => (key.clone(), *done, *total, true),
            FetchProgress::Sorting { file } => {
                return self.message(&RegistryText::Sorting { file: file.clone() });
            }
            FetchProgress::Joining { done, total } => (say(&RegistryText::Entries), *done, *total, false),
        };
        let is_new = part != self.part;
        if let Some(bar) = &self.bar {
            if is_new {
                bar.reset();
                bar.set_style(style(is_bytes, total.is_some()));
                bar.set_message(part.clone());
            }
            bar.set_length(total.unwrap_or(0));
            bar.set_position(done);
        } else if self.mode != ProgressMode::None && self.last.elapsed() >= LINE_INTERVAL {
            self.last = Instant::now();
            if self.mode == ProgressMode::Json {
                console::event(&json!({ "event": "progress", "part": part, "done": done, "total": total }));
            } else {
                self.message(&RegistryText::Progress { part: part.clone(), done, total, is_bytes });
            }
        }
        self.part = part;
    }

    pub(super) fn finish(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    fn message(&self, text: &RegistryText) {
        match &self.bar {
            Some(bar) => bar.suspend(|| console::message(&say(text))),
            None if self.mode != ProgressMode::None => console::message(&say(text)),
            None => {}
        }
    }
}

fn style(is_bytes: bool, has_total: bool) -> ProgressStyle {
    let template = match (is_bytes, has_total) {
        (true, true) => "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        (true, false) => "{msg} {spinner} {bytes} {bytes_per_sec}",
        (false, true) => "{msg} {wide_bar} {human_pos}/{human_len} {eta}",
        (false, false) => "{msg} {spinner} {human_pos}",
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
