//! Messages and events while a command works: on standard error, as text or as JSON lines, and in a log file.
//!
//! A closed terminal or a full disk does not end a run: what cannot be written is dropped. Results are not messages: they
//! go to standard output.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use chrono::{SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::sync::lock;

static CONSOLE: OnceLock<Console> = OnceLock::new();

struct Console {
    /// Whether standard error takes JSON lines.
    json: bool,
    log: Option<Mutex<LogFile>>,
}

/// The log, from the first message on.
enum LogFile {
    /// Not opened yet, so that it damages no file of a pipeline that is still being read.
    Pending {
        path: PathBuf,
        lines: String,
    },
    Open(File),
}

/// Sets the format of all further messages, and the log that they are appended to once it is opened.
pub(crate) fn configure(json: bool, log: Option<&Path>) {
    let log = log.map(|path| Mutex::new(LogFile::Pending { path: path.to_owned(), lines: String::new() }));
    // Set once: a process runs one command.
    let _ = CONSOLE.set(Console { json, log });
}

/// Opens the log and appends the messages so far. The files that it must not damage are protected by now.
pub(crate) fn open_log() -> Result<(), Failure> {
    let Some(log) = CONSOLE.get().and_then(|console| console.log.as_ref()) else { return Ok(()) };
    let mut log = lock(log);
    if let LogFile::Pending { path, lines } = &*log {
        let opened = matchflow_files::append(path, "the log").and_then(|mut file| {
            file.write_all(lines.as_bytes())?;
            Ok(file)
        });
        let file = opened.map_err(|error| {
            Failure::Usage(format!("error: the log file `{}` cannot be written: {error}", path.display()))
        })?;
        *log = LogFile::Open(file);
    }
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
        match &mut *lock(log) {
            LogFile::Open(file) => drop(file.write_all(lines.as_bytes())),
            LogFile::Pending { lines: pending, .. } => pending.push_str(&lines),
        }
    }
}
