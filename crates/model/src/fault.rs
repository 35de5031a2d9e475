//! Injected faults, for tests of what a process leaves behind if it ends at the wrong moment.
//!
//! `MATCHFLOW_FAULT=kill@PLACE` ends the process at the place with that name, as abruptly as SIGKILL; `panic@PLACE`
//! panics there; `pause@PLACE` prints this on standard error and waits for a file at `MATCHFLOW_FAULT_GATE`.
//! `kill@PLACE:3` applies to the third pass. Without the variable, a place costs one load. The names are those passed
//! to [`point`] in the code.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The environment variable.
pub const VARIABLE: &str = "MATCHFLOW_FAULT";
/// The variable with the file that ends a pause.
pub const GATE: &str = "MATCHFLOW_FAULT_GATE";

/// Interval at which a pause checks for its file.
const LOOK: Duration = Duration::from_millis(2);

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Kill,
    Panic,
    Pause,
}

#[derive(Debug)]
struct Fault {
    kind: Kind,
    place: String,
    /// Number of passes before the fault triggers.
    passed_before: u64,
    passed: AtomicU64,
}

static FAULT: OnceLock<Option<Fault>> = OnceLock::new();

/// A place where a test may end the process.
#[inline]
pub fn point(place: &str) {
    if let Some(fault) = FAULT.get_or_init(|| parse(&std::env::var(VARIABLE).ok()?)) {
        fault.trigger(place);
    }
}

impl Fault {
    fn trigger(&self, place: &str) {
        if place != self.place || self.passed.fetch_add(1, Ordering::Relaxed) != self.passed_before {
            return;
        }
        match self.kind {
            Kind::Kill => std::process::abort(),
            #[allow(clippy::panic)] // The panic is requested.
            Kind::Panic => panic!("{VARIABLE} requests a panic at {place}"),
            Kind::Pause => pause(place),
        }
    }
}

fn pause(place: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{VARIABLE}: paused at {place}");
    let gate = std::env::var_os(GATE).map(PathBuf::from);
    while gate.as_ref().is_some_and(|gate| !gate.exists()) {
        std::thread::sleep(LOOK);
    }
}

fn parse(text: &str) -> Option<Fault> {
    let (kind, place) = text.split_once('@')?;
    let kind = match kind {
        "kill" => Kind::Kill,
        "panic" => Kind::Panic,
        "pause" => Kind::Pause,
        _ => return None,
    };
    let (place, time) = place.split_once(':').unwrap_or((place, "1"));
    let passed_before = time.parse::<u64>().ok()?.checked_sub(1)?;
    Some(Fault { kind, place: place.to_owned(), passed_before, passed: AtomicU64::new(0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_has_a_kind_a_place_and_a_count() {
        let table = [
            ("kill@commit", Some((Kind::Kill, "commit", 0))),
            ("panic@search:3", Some((Kind::Panic, "search", 2))),
            ("kill@commit:0", None),
            ("kill@commit:x", None),
            ("stop@commit", None),
            ("commit", None),
        ];
        for (text, expected) in table {
            let fault = parse(text);
            let found = fault.as_ref().map(|fault| (&fault.kind, fault.place.as_str(), fault.passed_before));
            assert_eq!(found, expected.as_ref().map(|(kind, place, before)| (kind, *place, *before)), "{text}");
        }
    }

    #[test]
    #[should_panic(expected = "requests a panic at here")]
    fn a_fault_triggers_at_its_pass() {
        let fault = parse("panic@here:2").unwrap();
        fault.trigger("there");
        fault.trigger("here");
        fault.trigger("here");
    }
}
