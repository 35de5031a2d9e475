//! The file of decisions in memory, kept up with what this process and others append.
//!
//! **How.** The file only grows: what follows the length that is known is read, and nothing else. It is read again from its
//! beginning where it is shorter, and where it ended in an act or a line that was not complete.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::error::DecisionError;
use crate::log::{DecisionLog, LockedLog, lock_file};
use crate::record::RecordLine;

/// The file of decisions, as of the last look at it.
#[derive(Debug)]
pub struct FollowedLog {
    path: PathBuf,
    log: DecisionLog,
    /// The bytes of the file that `log` is of.
    length: u64,
}

impl FollowedLog {
    /// Reads a file; one that does not exist has no decisions.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn open(path: &Path) -> Result<FollowedLog, DecisionError> {
        let mut followed = FollowedLog { path: path.to_owned(), log: DecisionLog::default(), length: 0 };
        followed.refresh()?;
        Ok(followed)
    }

    /// What the file has.
    pub fn log(&self) -> &DecisionLog {
        &self.log
    }

    /// Reads what was appended since; whether there is anything.
    ///
    /// # Errors
    ///
    /// A file that cannot be read.
    pub fn refresh(&mut self) -> Result<bool, DecisionError> {
        let failed = |source| DecisionError::Read { path: self.path.clone(), source };
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                let had_some = self.length > 0;
                (self.log, self.length) = (DecisionLog::default(), 0);
                return Ok(had_some);
            }
            Err(error) => return Err(failed(error)),
        };
        let length = file.metadata().map_err(failed)?.len();
        if length == self.length {
            return Ok(false);
        }
        let was_complete = !self.log.is_torn && !self.log.lacks_end && self.log.incomplete_acts == 0;
        let is_longer = length > self.length && was_complete;
        let start = if is_longer { self.length } else { 0 };
        let mut bytes = Vec::new();
        let read = file.seek(SeekFrom::Start(start)).and_then(|_| file.read_to_end(&mut bytes));
        read.map_err(failed)?;
        let new = DecisionLog::parse(&bytes);
        self.length = start + bytes.len() as u64;
        match is_longer {
            true => self.log.extend(new),
            false => self.log = new,
        }
        Ok(true)
    }

    /// Locks the file, reads what others appended, and appends the lines that `make` makes of it: they are stored when
    /// this returns `Ok`.
    ///
    /// # Errors
    ///
    /// A file that cannot be locked, read or written.
    pub fn append<T>(&mut self, make: impl FnOnce(&DecisionLog) -> (Vec<RecordLine>, T)) -> Result<T, DecisionError> {
        let file = lock_file(&self.path)?;
        self.refresh()?;
        let (lines, made) = make(&self.log);
        let mut locked = LockedLog::of_locked(&self.path, file, std::mem::take(&mut self.log));
        let appended = locked.append(lines);
        let length = std::fs::metadata(&self.path).map(|metadata| metadata.len());
        self.log = locked.into_log();
        if appended.is_err() {
            // What is in the file now is not known: it is read again.
            self.length = u64::MAX;
        }
        appended?;
        self.length = length.map_err(|source| DecisionError::Read { path: self.path.clone(), source })?;
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use matchflow_model::review_verdict::ReviewVerdict;

    use super::*;
    use crate::record::act_lines;
    use crate::record::tests::verdict;

    fn lines(key: &str) -> Vec<RecordLine> {
        act_lines(vec![verdict("Alice", 1, key, 7, ReviewVerdict::Closed)])
    }

    fn keys(log: &DecisionLog) -> Vec<&str> {
        let verdicts = log.records.values().filter_map(|line| Some(line.record.verdict()?.row.key.as_str()));
        let mut keys: Vec<&str> = verdicts.collect();
        keys.sort_unstable();
        keys
    }

    #[test]
    fn what_others_append_is_read_and_what_is_appended_is_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.decisions.jsonl");
        let mut one = FollowedLog::open(&path).unwrap();
        let mut other = FollowedLog::open(&path).unwrap();
        for key in ["A", "B", "C"] {
            assert!(!one.refresh().unwrap());
            other.append(|log| (lines(key), assert!(!keys(log).contains(&key)))).unwrap();
            assert!(one.refresh().unwrap());
            assert_eq!(keys(one.log()), keys(&DecisionLog::read(&path).unwrap()));
        }
        // What the other one has appended is known when the lines are made.
        other.append(|_| (lines("D"), ())).unwrap();
        let known = one.append(|log| (lines("E"), keys(log).len())).unwrap();
        assert_eq!(known, 4);
        assert!(other.refresh().unwrap());
        assert_eq!(keys(other.log()), ["A", "B", "C", "D", "E"]);
    }

    #[test]
    fn a_line_that_is_written_in_two_parts_is_read_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.decisions.jsonl");
        let whole = format!("{}\n", lines("A").remove(0).line);
        let both = format!("{whole}{}\n", lines("B").remove(0).line);
        std::fs::write(&path, &both[..whole.len() + 20]).unwrap();
        let mut followed = FollowedLog::open(&path).unwrap();
        assert_eq!(keys(followed.log()), ["A"]);
        std::fs::write(&path, &both).unwrap();
        assert!(followed.refresh().unwrap());
        assert_eq!(keys(followed.log()), ["A", "B"]);
        assert_eq!(followed.log().problems, []);
        // A file that is another one now.
        std::fs::write(&path, &whole).unwrap();
        assert!(followed.refresh().unwrap());
        assert_eq!(keys(followed.log()), ["A"]);
        std::fs::remove_file(&path).unwrap();
        assert!(followed.refresh().unwrap() && followed.log().records.is_empty());
    }
}
