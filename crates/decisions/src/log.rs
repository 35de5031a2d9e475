//! The file of decisions: read it, lock it, append to it.
//!
//! **How.** One `write` has all lines of an act, and `fsync` follows. What a crash leaves of it is an act without all its
//! records, perhaps with a last line without an end: the next writer marks that line as unfinished, so that it is never
//! taken for a damaged one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::DecisionError;
use crate::record::RecordLine;

/// What messages call the file.
const ROLE: &str = "the decisions";
/// Ends a line that a crash cut off.
const UNFINISHED: &str = " <- unfinished: it was never stored";

/// The records of a file.
#[derive(Debug, Clone, Default)]
pub struct DecisionLog {
    /// The complete records, by id. Those of incomplete acts are not among them.
    pub records: BTreeMap<String, RecordLine>,
    /// Lines that cannot be read.
    pub problems: Vec<LineProblem>,
    /// Acts that a crash cut off: nothing of them counts.
    pub incomplete_acts: u64,
    /// Whether the file ends in the middle of a line.
    pub(crate) is_torn: bool,
    /// Whether its last line, which is complete, has no end.
    pub(crate) lacks_end: bool,
}

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// Its number, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: String,
}

/// The file of decisions beside a checkpoint.
pub fn log_path(checkpoint: &Path) -> PathBuf {
    let mut name = checkpoint.file_name().unwrap_or_default().to_owned();
    name.push(".decisions.jsonl");
    checkpoint.with_file_name(name)
}

impl DecisionLog {
    /// Reads a file; one that does not exist has no decisions.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn read(path: &Path) -> Result<DecisionLog, DecisionError> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(DecisionLog::parse(&bytes)),
            // Where the folder is none, as beside a checkpoint that a fallback replaces, nobody can have decided.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(DecisionLog::default())
            }
            Err(source) => Err(DecisionError::Read { path: path.to_owned(), source }),
        }
    }

    pub(crate) fn parse(bytes: &[u8]) -> DecisionLog {
        let mut log = DecisionLog::default();
        let mut lines = bytes.split(|byte| *byte == b'\n').zip(1..).peekable();
        while let Some((line, number)) = lines.next() {
            let is_last = lines.peek().is_none();
            let text = String::from_utf8_lossy(line);
            let text = text.trim_end_matches('\r');
            if text.is_empty() || text.ends_with(UNFINISHED) {
                continue;
            }
            match RecordLine::parse(text) {
                Ok(record) => {
                    log.lacks_end = is_last;
                    log.records.insert(record.id.clone(), record);
                }
                Err(_) if is_last => log.is_torn = true,
                Err(problem) => log.problems.push(LineProblem { line: number, problem: problem.to_owned() }),
            }
        }
        log.leave_out_incomplete_acts();
        log
    }

    /// Adds what follows in the file.
    pub(crate) fn extend(&mut self, more: DecisionLog) {
        self.records.extend(more.records);
        self.problems.extend(more.problems);
        self.incomplete_acts += more.incomplete_acts;
        (self.is_torn, self.lacks_end) = (more.is_torn, more.lacks_end);
    }

    fn leave_out_incomplete_acts(&mut self) {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        self.records.values().for_each(|line| *counts.entry(line.record.act.as_str()).or_default() += 1);
        let is_incomplete =
            |line: &RecordLine| counts.get(line.record.act.as_str()).is_some_and(|count| *count < line.record.of);
        let incomplete: Vec<String> =
            self.records.values().filter(|line| is_incomplete(line)).map(|line| line.id.clone()).collect();
        let acts: std::collections::BTreeSet<String> =
            incomplete.iter().filter_map(|id| self.records.get(id)).map(|line| line.record.act.clone()).collect();
        self.incomplete_acts = acts.len() as u64;
        incomplete.iter().for_each(|id| {
            self.records.remove(id);
        });
    }
}

/// The file of decisions, locked by this process until it is dropped.
#[derive(Debug)]
pub struct LockedLog {
    path: PathBuf,
    file: File,
    log: DecisionLog,
}

impl LockedLog {
    /// Opens the file, makes it where there is none, waits until no other process has it locked, and reads it.
    ///
    /// # Errors
    ///
    /// A file that cannot be opened, locked or read.
    pub fn open(path: &Path) -> Result<LockedLog, DecisionError> {
        let file = lock_file(path)?;
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
        read.map_err(|source| DecisionError::Read { path: path.to_owned(), source })?;
        Ok(LockedLog { path: path.to_owned(), file, log: DecisionLog::parse(&bytes) })
    }

    /// A file that this process has locked and read already.
    pub(crate) fn of_locked(path: &Path, file: File, log: DecisionLog) -> LockedLog {
        LockedLog { path: path.to_owned(), file, log }
    }

    /// What the file has, once it need not be locked any more.
    pub(crate) fn into_log(self) -> DecisionLog {
        self.log
    }

    /// What the file has.
    pub fn log(&self) -> &DecisionLog {
        &self.log
    }

    /// Appends lines: all of them are stored when this returns `Ok`, and none of an act that it fails in.
    ///
    /// # Errors
    ///
    /// A file that cannot be written, as on a full disk.
    pub fn append(&mut self, lines: Vec<RecordLine>) -> Result<(), DecisionError> {
        if lines.is_empty() {
            return Ok(());
        }
        let mut text = match (self.log.is_torn, self.log.lacks_end) {
            (true, _) => format!("{UNFINISHED}\n"),
            (false, true) => "\n".to_owned(),
            (false, false) => String::new(),
        };
        for line in &lines {
            text.push_str(&line.line);
            text.push('\n');
        }
        self.write(&text).map_err(|source| DecisionError::Write { path: self.path.clone(), source })?;
        self.log.is_torn = false;
        self.log.lacks_end = false;
        self.log.records.extend(lines.into_iter().map(|line| (line.id.clone(), line)));
        Ok(())
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        matchflow_model::fault::point("before decisions are written");
        let length = self.file.seek(SeekFrom::End(0))?;
        let written = self.file.write_all(text.as_bytes()).and_then(|()| {
            matchflow_model::fault::point("before decisions are on the disk");
            self.file.sync_all()
        });
        if written.is_err() {
            // What a full disk took of the act goes again; where it cannot, it is an incomplete act.
            let _ = self.file.set_len(length);
            return written;
        }
        if length == 0 {
            sync_folder(&self.path);
        }
        Ok(())
    }
}

/// Opens the file, makes it where there is none, and waits until no other process has it locked.
pub(crate) fn lock_file(path: &Path) -> Result<File, DecisionError> {
    let failed = |source| DecisionError::Write { path: path.to_owned(), source };
    // The lock is that of the file: it ends with the process, however that ends.
    let file = matchflow_files::append(path, ROLE).map_err(failed)?;
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Makes the name of a new file durable, where the system can.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Windows has no handle of a folder, and needs none.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use matchflow_model::review_verdict::ReviewVerdict;

    use super::*;
    use crate::record::act_lines;
    use crate::record::tests::verdict;

    fn act(keys: &[&str]) -> Vec<RecordLine> {
        act_lines(keys.iter().map(|key| verdict("Alice", 1, key, 7, ReviewVerdict::Closed)).collect())
    }

    fn keys(log: &DecisionLog) -> Vec<&str> {
        let mut keys: Vec<&str> =
            log.records.values().filter_map(|line| Some(line.record.verdict()?.row.key.as_str())).collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn whatever_a_crash_leaves_of_an_act_nothing_of_it_counts_and_all_before_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.duckdb.decisions.jsonl");
        let mut log = LockedLog::open(&path).unwrap();
        log.append(act(&["A"])).unwrap();
        drop(log);
        let before = std::fs::read(&path).unwrap();
        let (second, whole) = (act(&["B", "C"]), {
            let mut log = LockedLog::open(&path).unwrap();
            log.append(act(&["B", "C"])).unwrap();
            std::fs::read(&path).unwrap()
        });
        assert_eq!(second.len(), 2);
        for end in before.len()..whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let log = DecisionLog::read(&path).unwrap();
            // The end of the last line may be all that is missing: then the records are there.
            let expected: &[&str] = if end + 1 == whole.len() { &["A", "B", "C"] } else { &["A"] };
            assert_eq!(keys(&log), expected, "{end}");
            assert_eq!(log.problems, []);
            let mut log = LockedLog::open(&path).unwrap();
            log.append(act(&["D"])).unwrap();
            drop(log);
            let log = DecisionLog::read(&path).unwrap();
            assert_eq!(keys(&log), [expected, &["D"]].concat(), "{end}");
            assert_eq!(log.problems, [], "{end}");
        }
    }

    #[test]
    fn a_damaged_line_is_named_and_the_others_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.decisions.jsonl");
        let text: Vec<String> = ["A", "B", "C"].iter().map(|key| act(&[*key]).remove(0).line).collect();
        std::fs::write(&path, format!("{}\r\n\n{}\n{}\n", text[0], text[1].replace("closed", "later"), text[2]))
            .unwrap();
        let log = DecisionLog::read(&path).unwrap();
        assert_eq!(keys(&log), ["A", "C"]);
        assert_eq!(log.problems.len(), 1);
        assert_eq!(log.problems[0].line, 3);
        assert!(DecisionLog::read(&folder.path().join("none")).unwrap().records.is_empty());
        assert!(DecisionLog::read(folder.path()).is_err());
    }

    #[test]
    fn writers_take_turns() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.decisions.jsonl");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for number in 0..20 {
                        let mut log = LockedLog::open(path).unwrap();
                        log.append(act(&[&format!("{writer}-{number}-a"), &format!("{writer}-{number}-b")])).unwrap();
                    }
                });
            }
        });
        let log = DecisionLog::read(&path).unwrap();
        assert_eq!((log.records.len(), log.incomplete_acts, log.problems.len()), (320, 0, 0));
    }

    #[test]
    fn the_file_is_beside_the_checkpoint() {
        assert_eq!(log_path(Path::new("out/run.duckdb")), Path::new("out/run.duckdb.decisions.jsonl"));
    }
}
