//! Opening a file of answers, finding answers in it, and adding to it.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use matchflow_files::with_suffix;
use parking_lot::Mutex;

use super::format::{AnswerMeta, HEAD_BYTES, MAGIC, RecordHead, parse, record};
use super::scan::{AnswerScan, FileState, scan};
use super::writer::{AnswerWriter, RecordLocation};
use crate::error::RemoteError;
use crate::request::{Answer, RequestKey};

/// The recorded answers of a checkpoint. Clones share them.
#[derive(Clone)]
pub struct Answers(Arc<AnswerStore>);

struct AnswerStore {
    path: PathBuf,
    /// The files that answers are read from; the first one is written to.
    files: Vec<Mutex<File>>,
    index: Mutex<HashMap<RequestKey, RecordLocation>>,
    /// Cost of the answers of each stage, including earlier runs.
    costs: Mutex<HashMap<String, f64>>,
    writer: AnswerWriter,
}

/// An opened file of answers, and what to report about it.
pub struct OpenedAnswers {
    /// The answers.
    pub answers: Answers,
    /// Answers of earlier runs.
    pub recorded: usize,
    /// Problems of the files, and how they were handled.
    pub warnings: Vec<String>,
}

impl Answers {
    /// Opens or creates the file. `others` are more files of the same format to read if they exist (those of a
    /// checkpoint's fallback).
    pub fn open(path: &Path, others: &[PathBuf]) -> Result<OpenedAnswers, RemoteError> {
        let failed = |action| {
            move |error: std::io::Error| RemoteError::Answers {
                path: path.to_owned(),
                action,
                reason: error.to_string(),
            }
        };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed("opened"))?;
        }
        let mut file = open_locked(path).map_err(failed("opened"))?;
        let mut warnings = Vec::new();
        let mut scanned = scan(&mut file).map_err(failed("opened"))?;
        match scanned.state {
            FileState::Intact => {}
            FileState::Truncated { bytes } => {
                file.set_len(bytes).and_then(|()| file.sync_all()).map_err(failed("opened"))?;
            }
            FileState::Damaged => {
                let backup = rebuild(path, &mut file, &scanned).map_err(failed("opened"))?;
                file = open_locked(path).map_err(failed("opened"))?;
                scanned = scan(&mut file).map_err(failed("opened"))?;
                warnings.push(format!(
                    "the file of recorded answers {} was damaged: {} answers were recovered; the damaged file is now {}",
                    path.display(),
                    scanned.records.len(),
                    backup.display()
                ));
            }
        }
        let end = file.seek(SeekFrom::End(0)).map_err(failed("opened"))?;
        if end == 0 {
            file.write_all(&MAGIC).and_then(|()| file.sync_all()).map_err(failed("written"))?;
            sync_folder(path);
        }
        let mut index = HashMap::new();
        let mut costs = HashMap::new();
        add(&scanned, 0, &mut index, &mut costs);
        // A second handle: one handle would share its position with the writer thread.
        let mut files = vec![Mutex::new(File::open(path).map_err(failed("opened"))?)];
        for other in others.iter().filter(|other| *other != path) {
            match File::open(other).and_then(|mut file| Ok((scan(&mut file)?, file))) {
                Ok((scanned, file)) => {
                    add(&scanned, files.len(), &mut index, &mut costs);
                    files.push(Mutex::new(file));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => {
                    warnings.push(format!("the recorded answers {} cannot be read: {error}", other.display()));
                }
            }
        }
        let recorded = index.len();
        let writer = AnswerWriter::start(path, file).map_err(failed("opened"))?;
        let store =
            AnswerStore { path: path.to_owned(), files, index: Mutex::new(index), costs: Mutex::new(costs), writer };
        Ok(OpenedAnswers { answers: Answers(Arc::new(store)), recorded, warnings })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// The number of answers.
    pub fn len(&self) -> usize {
        self.0.index.lock().len()
    }

    /// Whether there are no answers.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The recorded answer to a request. A recorded answer that cannot be read is an error, not a miss: otherwise it
    /// would be paid for twice.
    pub fn get(&self, key: &RequestKey) -> Result<Option<Answer>, RemoteError> {
        let Some(location) = self.0.index.lock().get(key).copied() else { return Ok(None) };
        let failed = |reason: String| RemoteError::Answers { path: self.0.path.clone(), action: "read", reason };
        let record = self.read(location).map_err(|error| failed(error.to_string()))?;
        let payload = record
            .split_first_chunk()
            .filter(|(head, payload)| RecordHead::read(head).is_some_and(|head| head.matches(payload)));
        match payload.and_then(|(_, payload)| parse(payload)) {
            Some((found, meta, body)) if found == *key => Ok(Some(meta.answer(body))),
            _ => Err(failed(format!("the record at byte {} is damaged; the next run removes it", location.offset))),
        }
    }

    /// The bytes of a record with its head.
    fn read(&self, location: RecordLocation) -> std::io::Result<Vec<u8>> {
        let not_open = || std::io::Error::other("its file is not open");
        let mut file = self.0.files.get(location.file).ok_or_else(not_open)?.lock();
        let mut record = vec![0; HEAD_BYTES + location.payload_bytes as usize];
        file.seek(SeekFrom::Start(location.offset - HEAD_BYTES as u64))?;
        file.read_exact(&mut record)?;
        Ok(record)
    }

    /// Cost of a stage's answers, including earlier runs.
    pub fn cost_of(&self, stage: &str) -> f64 {
        self.0.costs.lock().get(stage).copied().unwrap_or(0.0)
    }

    /// Writes an answer to the file; afterwards it survives a kill of the process.
    pub async fn store(&self, key: RequestKey, stage: &str, url: &str, answer: &Answer) -> Result<(), RemoteError> {
        let failed = |reason: String| RemoteError::Answers { path: self.0.path.clone(), action: "written", reason };
        let answered_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let meta = AnswerMeta {
            stage: stage.to_owned(),
            url: url.to_owned(),
            status: answer.status,
            content_type: answer.content_type.clone(),
            usage: answer.usage,
            cost: answer.cost,
            answered_s,
        };
        let record = record(&key, &meta, &answer.body).ok_or_else(|| failed("the answer is too large".to_owned()))?;
        let location = self.0.writer.append(record).await.map_err(failed)?;
        self.0.index.lock().insert(key, location);
        *self.0.costs.lock().entry(stage.to_owned()).or_default() += answer.cost;
        Ok(())
    }
}

fn add(
    scanned: &AnswerScan,
    file: usize,
    index: &mut HashMap<RequestKey, RecordLocation>,
    costs: &mut HashMap<String, f64>,
) {
    for record in &scanned.records {
        let location = RecordLocation { file, offset: record.offset, payload_bytes: record.payload_bytes };
        // An answer that is in two files was paid for once.
        if let std::collections::hash_map::Entry::Vacant(entry) = index.entry(record.key) {
            entry.insert(location);
            *costs.entry(record.meta.stage.clone()).or_default() += record.meta.cost;
        }
    }
}

fn open_locked(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(std::io::Error::other("another run is using the file")),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Replaces a damaged file with a new one with its intact records; the damaged one is renamed, and its new name
/// returned.
fn rebuild(path: &Path, damaged: &mut File, scanned: &AnswerScan) -> std::io::Result<PathBuf> {
    let fresh = with_suffix(path, ".new");
    let mut out = std::io::BufWriter::new(File::create(&fresh)?);
    out.write_all(&MAGIC)?;
    for record in &scanned.records {
        let mut bytes = vec![0; HEAD_BYTES + record.payload_bytes as usize];
        damaged.seek(SeekFrom::Start(record.offset - HEAD_BYTES as u64))?;
        damaged.read_exact(&mut bytes)?;
        out.write_all(&bytes)?;
    }
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    let backup = (1..).map(|number| with_suffix(path, format!(".damaged-{number}"))).find(|backup| !backup.exists());
    let backup = backup.unwrap_or_else(|| with_suffix(path, ".damaged"));
    fs::rename(path, &backup)?;
    fs::rename(&fresh, path)?;
    sync_folder(path);
    Ok(backup)
}

/// Syncs the folder, so that renames are durable. Not all systems support it; the file's content does not depend on it.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
