//! What the command tells while it works: on standard error, as text or as JSON lines, and in a log file.
//!
//! A terminal or log that is gone, or full, is no reason to end a run: what cannot be written is lost. Results are not
//! told, they are written to standard output.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::engine::lock;
use crate::failure::Failure;

static CONSOLE: OnceLock<Console> = OnceLock::new();

struct Console {
    /// Whether standard error takes JSON lines.
    json: bool,
    log: Option<Mutex<File>>,
}

/// From now on every message is a JSON line where `json`, and is added to the end of `log`.
pub(crate) fn configure(json: bool, log: Option<&Path>) -> Result<(), Failure> {
    let open = |path: &Path| {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        opened
            .map_err(|error| Failure::Usage(format!("error: the log `{}` cannot be written: {error}", path.display())))
    };
    let log = log.map(open).transpose()?.map(Mutex::new);
    // Set once: a command has one line of arguments.
    let _ = CONSOLE.set(Console { json, log });
    Ok(())
}

/// Whether standard error takes JSON lines.
pub(crate) fn is_json() -> bool {
    CONSOLE.get().is_some_and(|console| console.json)
}

/// Says something to the person at the terminal.
pub(crate) fn message(text: &str) {
    log(text);
    let mut err = std::io::stderr().lock();
    let _ = match is_json() {
        true => writeln!(err, "{}", json!({ "event": "message", "text": text.trim() })),
        false => writeln!(err, "{text}"),
    };
}

/// Says something to a program: one JSON line, where those are wanted.
pub(crate) fn event(event: &Value) {
    if is_json() {
        let _ = writeln!(std::io::stderr().lock(), "{event}");
    }
}

/// Adds a line to the log alone.
pub(crate) fn log(text: &str) {
    if let Some(log) = CONSOLE.get().and_then(|console| console.log.as_ref()) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = utc(since.as_secs());
        let lines: String = text.trim().lines().map(|line| format!("{now} {line}\n")).collect();
        let _ = lock(log).write_all(lines.as_bytes());
    }
}

/// Seconds since 1970 as RFC 3339. The date is Howard Hinnant's `civil_from_days`.
fn utc(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = year_of_era + era * 400 + next_year;
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc() {
        let table = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ];
        for (seconds, text) in table {
            assert_eq!(utc(seconds), text);
        }
    }
}
