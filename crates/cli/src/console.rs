//! Messages and events while a command works: on standard error, as text or as JSON lines, and in a log file.
//!
//! A closed terminal or a full disk does not end a run: what cannot be written is dropped. Results are not messages: they
//! go to standard output.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use chrono::{SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::sync::lock;

static CONSOLE: OnceLock<Console> = OnceLock::new();

struct Console {
    /// Whether standard error takes JSON lines.
    json: bool,
    log: Option<Mutex<File>>,
}

/// Sets the format of all further messages, and the log that they are appended to.
pub(crate) fn configure(json: bool, log: Option<&Path>) -> Result<(), Failure> {
    let open = |path: &Path| {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        opened.map_err(|error| {
            Failure::Usage(format!("error: the log file `{}` cannot be written: {error}", path.display()))
        })
    };
    let log = log.map(open).transpose()?.map(Mutex::new);
    // Set once: a process runs one command.
    let _ = CONSOLE.set(Console { json, log });
    Ok(())
}

/// Whether standard error takes JSON lines.
pub(crate) fn is_json() -> bool {
    CONSOLE.get().is_some_and(|console| console.json)
}

/// Prints a message for the person at the terminal.
pub(crate) fn message(text: &str) {
    log(text);
    let mut err = std::io::stderr().lock();
    let _ = if is_json() {
        writeln!(err, "{}", json!({ "event": "message", "text": text.trim() }))
    } else {
        writeln!(err, "{text}")
    };
}

/// Prints an event for a program, as one JSON line in JSON mode only.
pub(crate) fn event(event: &Value) {
    if is_json() {
        let _ = writeln!(std::io::stderr().lock(), "{event}");
    }
}

/// Appends text to the log only.
pub(crate) fn log(text: &str) {
    if let Some(log) = CONSOLE.get().and_then(|console| console.log.as_ref()) {
        let now = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
        let lines: String = text.trim().lines().map(|line| format!("{now} {line}\n")).collect();
        let _ = lock(log).write_all(lines.as_bytes());
    }
}
