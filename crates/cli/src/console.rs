//! Messages and events while a command works: on standard error, as text or as JSON lines, and in a log file.
//!
//! Every JSON line has `event` and `time`, and `pipeline` and `run_id` once they are known; a message has `level`
//! (`info`, `warning`, `error`), and `code` if it ends the command.
//!
//! A closed terminal or a full disk does not end a run: messages that cannot be written are dropped. Results are not
//! messages: they go to standard output.
//!
//! **Invariant:** no text from a file controls the terminal: messages and [`stdout`] escape control characters
//! ([`printable`]). Only a report that ends a command may have colours, if the terminal supports them.

use std::fs::File;
use std::io::{self, StdoutLock, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};
use matchflow_labels::texts;
use matchflow_model::language::{Label, Language};
use matchflow_model::printable::printable;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::messages::{Notice, notice_text};
use crate::sync::lock;
use crate::terminal;

static CONSOLE: OnceLock<Console> = OnceLock::new();

/// The language of messages, once a pipeline has one.
static LANGUAGE: Mutex<Option<Language>> = Mutex::new(None);

/// The run of JSON lines: the pipeline and the run's id.
static RUN: OnceLock<(String, String)> = OnceLock::new();

struct Console {
    /// Whether messages on standard error are JSON lines.
    json: bool,
    verbosity: Verbosity,
    log: Option<Mutex<LogFile>>,
}

/// How much is printed. The log and JSON lines have everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Warnings, errors, and the last line with the outcomes.
    Quiet,
    Normal,
    /// Also timings, and what was read.
    Verbose,
}

/// The importance of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Info,
    Warning,
    Error,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }

    /// The level of a message, from its first word in any language.
    fn of(text: &str) -> Level {
        let word = text.trim_start().split_once(':').map(|(word, _)| word.trim_end());
        let has = |label: Label| Language::ALL.iter().any(|language| word == Some(label.get(*language)));
        match () {
            () if has(texts::ERROR) => Level::Error,
            () if has(texts::WARNING) => Level::Warning,
            () => Level::Info,
        }
    }

    /// The message with its first word in the colour of its level.
    fn painted(self, text: &str) -> String {
        let colour = match self {
            Level::Info => return text.to_owned(),
            Level::Warning => "\u{1b}[1;33m",
            Level::Error => "\u{1b}[1;31m",
        };
        match text.split_once(':') {
            Some((word, rest)) if Level::of(text) == self => format!("{colour}{word}:\u{1b}[0m{rest}"),
            _ => text.to_owned(),
        }
    }
}

/// The log, from the first message on.
enum LogFile {
    /// Not opened yet, so that it cannot damage a file of a pipeline that is still being read.
    Pending {
        path: PathBuf,
        lines: String,
    },
    Open(File),
}

/// Sets the format of all further messages, and the log to which they are appended once it is open.
pub(crate) fn configure(json: bool, verbosity: Verbosity, log: Option<&Path>) {
    let log = log.map(|path| Mutex::new(LogFile::Pending { path: path.to_owned(), lines: String::new() }));
    // Set once: a process runs one command.
    let _ = CONSOLE.set(Console { json, verbosity, log });
}

/// Sets the language of all further messages: the pipeline's, once it is read.
pub(crate) fn set_language(language: Language) {
    *lock(&LANGUAGE) = Some(language);
}

/// The language of messages: the pipeline's, or the locale's before it is read.
pub(crate) fn language() -> Language {
    lock(&LANGUAGE).unwrap_or_else(|| Language::from_environment(|name| std::env::var(name).ok()))
}

/// Prints a notice of a run.
pub(crate) fn notice(notice: &Notice) {
    message(&notice_text(notice, language()));
}

/// Adds the run to all further JSON lines.
pub(crate) fn name_run(pipeline: &str, run_id: &str) {
    // Set once: a process runs one command.
    let _ = RUN.set((pipeline.to_owned(), run_id.to_owned()));
}

/// Opens the log and appends the messages so far. The files that it must not damage are already protected.
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

/// Whether messages on standard error are JSON lines.
pub(crate) fn is_json() -> bool {
    CONSOLE.get().is_some_and(|console| console.json)
}

/// How much is printed.
pub(crate) fn verbosity() -> Verbosity {
    CONSOLE.get().map_or(Verbosity::Normal, |console| console.verbosity)
}

/// Prints details if verbose; the log contains them in any case.
pub(crate) fn detail(text: &str) {
    if verbosity() == Verbosity::Verbose && !is_json() { message(text) } else { log(text) }
}

/// Prints a message to the user; its first word, `warning:` or `error:`, is its level.
pub(crate) fn message(text: &str) {
    print(Level::of(text), None, text);
}

/// Prints a message. `code` is the name of the exit code, if the message ends the command.
pub(crate) fn print(level: Level, code: Option<&str>, text: &str) {
    let is_report = code.is_some() && terminal::has_colour();
    let text = &if is_report { printable_report(text).into() } else { printable(text) };
    log(text);
    if is_json() {
        event(&json!({ "event": "message", "level": level.as_str(), "code": code, "text": text.trim() }));
    } else if level != Level::Info || verbosity() > Verbosity::Quiet {
        let text = terminal::folded(text);
        let text = if terminal::has_colour() { level.painted(&text) } else { text };
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }
}

/// Start of a colour sequence.
const COLOUR_START: &str = "\u{1b}[";

/// The report with escaped control characters, except for its colours.
fn printable_report(report: &str) -> String {
    let mut parts = report.split(COLOUR_START);
    let mut text = printable(parts.next().unwrap_or_default()).into_owned();
    for part in parts {
        let codes = part.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
        let is_colour = part.as_bytes().get(codes) == Some(&b'm');
        let escaped = if is_colour { COLOUR_START.into() } else { printable(COLOUR_START) };
        text.push_str(&escaped);
        text.push_str(&printable(part));
    }
    text
}

/// Standard output for people: terminal control characters are escaped. A line is written once it is complete; the last
/// one by `flush` or when the writer is dropped.
pub(crate) fn stdout() -> PrintableWriter<StdoutLock<'static>> {
    PrintableWriter { out: std::io::stdout().lock(), line: Vec::new() }
}

/// Escapes line by line, since a character may arrive in two pieces.
pub(crate) struct PrintableWriter<Out: Write> {
    out: Out,
    line: Vec<u8>,
}

impl<Out: Write> Write for PrintableWriter<Out> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        if bytes.contains(&b'\n') {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let lines = std::mem::take(&mut self.line);
        self.out.write_all(printable(&String::from_utf8_lossy(&lines)).as_bytes())?;
        self.out.flush()
    }
}

impl<Out: Write> Drop for PrintableWriter<Out> {
    fn drop(&mut self) {
        if !self.line.is_empty() {
            // Callers that care about errors have flushed.
            let _ = self.flush();
        }
    }
}

/// Prints an event for programs, as a JSON line, in JSON mode only.
pub(crate) fn event(event: &Value) {
    if !is_json() {
        return;
    }
    let mut event = event.clone();
    if let Value::Object(fields) = &mut event {
        fields.insert("time".to_owned(), now(SecondsFormat::Millis).into());
        if let Some((pipeline, run_id)) = RUN.get() {
            fields.insert("pipeline".to_owned(), pipeline.as_str().into());
            fields.insert("run_id".to_owned(), run_id.as_str().into());
        }
    }
    let _ = writeln!(std::io::stderr().lock(), "{event}");
}

/// The current time in UTC; 1970 if the clock is set to an earlier time.
pub(crate) fn now(digits: SecondsFormat) -> String {
    let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(elapsed.as_millis()).ok().and_then(DateTime::<Utc>::from_timestamp_millis);
    now.unwrap_or_default().to_rfc3339_opts(digits, true)
}

/// Appends text to the log only.
pub(crate) fn log(text: &str) {
    if let Some(log) = CONSOLE.get().and_then(|console| console.log.as_ref()) {
        let now = now(SecondsFormat::Secs);
        let lines: String = text.trim().lines().map(|line| format!("{now} {line}\n")).collect();
        match &mut *lock(log) {
            LogFile::Open(file) => drop(file.write_all(lines.as_bytes())),
            LogFile::Pending { lines: pending, .. } => pending.push_str(&lines),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_characters_and_unterminated_lines_are_written() {
        let mut out = Vec::new();
        let mut writer = PrintableWriter { out: &mut out, line: Vec::new() };
        for byte in "é\u{1b}[2J\nlast".bytes() {
            assert_eq!(writer.write(&[byte]).unwrap(), 1);
        }
        drop(writer);
        assert_eq!(String::from_utf8(out).unwrap(), "é\\u{1b}[2J\nlast");
    }

    #[test]
    fn the_level_of_a_message_is_its_first_word_in_any_language() {
        for (text, level, painted) in [
            ("warning: x: y", Level::Warning, "\u{1b}[1;33mwarning:\u{1b}[0m x: y"),
            ("avertissement : x", Level::Warning, "\u{1b}[1;33mavertissement :\u{1b}[0m x"),
            ("erreur : x", Level::Error, "\u{1b}[1;31merreur :\u{1b}[0m x"),
            ("note: a warning: x", Level::Info, "note: a warning: x"),
            ("[pipeline] x", Level::Info, "[pipeline] x"),
        ] {
            assert_eq!((Level::of(text), Level::of(text).painted(text).as_str()), (level, painted));
        }
    }

    #[test]
    fn a_report_keeps_only_its_colours() {
        assert_eq!(
            printable_report("\u{1b}[1;31merror\u{1b}[0m: \u{1b}[2J\u{7}"),
            "\u{1b}[1;31merror\u{1b}[0m: \\u{1b}[2J\\u{7}"
        );
    }
}
