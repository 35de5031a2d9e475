//! DuckDB has error messages but no codes: their meaning is parsed from the English text, only in this module.
//!
//! **Limits.** The wording is that of the DuckDB version that `Cargo.toml` pins. `checkpoint/src/message_tests.rs` provokes each message, so
//! that an upgrade with another wording fails there.

/// Part of the message of an I/O error caused by the lock.
const LOCK: &str = "Could not set lock";
/// Part of the message about a file of another format.
const OTHER_FORMAT: &str = "not a valid DuckDB database";
/// Text before the position up to which a damaged log is intact.
const LOG_POSITION: &str = "Corrupt WAL file: entry at byte position ";

/// Parts of messages about damaged bytes.
const DAMAGE: [&str; 3] = ["Corrupt", "Could not read enough bytes", "Failure while replaying WAL"];

/// Texts of messages about a shortage of the machine: a sound file cannot be read then, and must not be repaired.
const SHORTAGE: [&str; 2] = ["No space left", "Too many open files"];

/// Those about memory.
const MEMORY_SHORTAGE: [&str; 4] = ["Out of Memory", "bad allocation", "Allocation failure", "ailed to allocate"];

/// Length and checksum of an entry, before the position that DuckDB names.
const ENTRY_HEAD_BYTES: u64 = 16;

/// The meaning of a message for the opened file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenFailure {
    /// Another process has the file open for writing: its process id, where DuckDB names it.
    Locked(Option<u32>),
    /// The file is not a DuckDB database.
    OtherFormat,
    /// The file or its log is damaged: the number of intact bytes of the log, if the damage is there.
    Damaged(Option<u64>),
    /// Anything else.
    Other,
}

/// What DuckDB's refusal to open a file means.
pub fn classify(message: &str) -> OpenFailure {
    if message.contains(LOCK) {
        OpenFailure::Locked(process_id(message))
    } else if message.contains(OTHER_FORMAT) {
        OpenFailure::OtherFormat
    } else if is_damage(message) {
        OpenFailure::Damaged(sound_bytes(message))
    } else {
        OpenFailure::Other
    }
}

/// Whether a message is about bytes that are not as they were written.
pub fn is_damage(message: &str) -> bool {
    let has_any = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
    has_any(&DAMAGE) && !has_any(&SHORTAGE) && !has_any(&MEMORY_SHORTAGE)
}

/// Whether a message is about memory that the machine did not give.
pub fn is_out_of_memory(message: &str) -> bool {
    MEMORY_SHORTAGE.iter().any(|text| message.contains(text))
}

/// The part of a message about damage that names the place.
pub fn damage_detail(message: &str) -> String {
    let start = message.find("Corrupt").unwrap_or_default();
    message.get(start..).unwrap_or(message).to_owned()
}

/// The number of intact bytes of the log.
fn sound_bytes(message: &str) -> Option<u64> {
    let number = message.split_once(LOG_POSITION)?.1;
    let position: u64 = number.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()?;
    position.checked_sub(ENTRY_HEAD_BYTES)
}

fn process_id(message: &str) -> Option<u32> {
    let digits = message.split_once("PID ")?.1;
    digits.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// An error's message on one line, without links to DuckDB's manual.
pub fn message_of(error: &duckdb::Error) -> String {
    let text = match error {
        duckdb::Error::DuckDBFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    let first = text.split(" See also ").next().unwrap_or_default();
    first.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_shortage_is_not_damage() {
        let wal = "Failure while replaying WAL file \"/a.duckdb.wal\": ";
        assert!(is_damage(&format!("{wal}Corrupt WAL file: entry at byte position 17")));
        assert!(is_damage(&format!("{wal}Catalog Error: Table does not exist")));
        for shortage in ["Allocation failure", "Out of Memory Error: could not allocate", "No space left on device"] {
            assert!(!is_damage(&format!("{wal}{shortage}")), "{shortage}");
        }
    }

    #[test]
    fn the_process_that_has_the_lock_is_read_from_the_message() {
        let table = [
            (
                "Could not set lock on file \"/a b.duckdb\": Conflicting lock is held in /usr/bin/x (PID 4711).",
                Some(4711),
            ),
            ("Could not set lock on file", None),
            ("(PID none)", None),
        ];
        for (message, expected) in table {
            assert_eq!(process_id(message), expected, "{message}");
        }
    }
}
