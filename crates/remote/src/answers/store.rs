//! Opening a file of answers, finding answers in it, and adding to it.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::format::{HEAD_BYTES, Head, MAGIC, Meta, parse, record};
use super::scan::{Scanned, State, scan};
use super::writer::{Place, Writer};
use crate::error::RemoteError;
use crate::request::{Answer, Key};

/// The recorded answers of a checkpoint. Cloning shares them.
#[derive(Clone)]
pub struct Answers(Arc<Shared>);

struct Shared {
    path: PathBuf,
    /// The files that answers are read from; the first one is written to.
    files: Vec<Mutex<File>>,
    index: Mutex<HashMap<Key, Place>>,
    /// What the answers of each stage cost, those of earlier runs too.
    costs: Mutex<HashMap<String, f64>>,
    writer: Writer,
}

/// An opened file of answers and what is to be told of it.
pub struct Opened {
    /// The answers.
    pub answers: Answers,
    /// Answers of earlier runs.
    pub recorded: usize,
    /// What was wrong with a file and what was done.
    pub warnings: Vec<String>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Answers {
    /// Opens the file, or makes it. `others` are files of the same kind that are read too, where they are there (those
    /// of a checkpoint's fallback).
    pub fn open(path: &Path, others: &[PathBuf]) -> Result<Opened, RemoteError> {
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
            State::Whole => {}
            State::Torn { bytes } => {
                file.set_len(bytes).and_then(|()| file.sync_all()).map_err(failed("opened"))?;
            }
            State::Damaged => {
                let aside = rebuild(path, &mut file, &scanned).map_err(failed("opened"))?;
                file = open_locked(path).map_err(failed("opened"))?;
                scanned = scan(&mut file).map_err(failed("opened"))?;
                warnings.push(format!(
                    "the recorded answers {} were damaged: {} answers are kept, the file was moved to {}",
                    path.display(),
                    scanned.found.len(),
                    aside.display()
                ));
            }
        }
        let end = file.seek(SeekFrom::End(0)).map_err(failed("opened"))?;
        if end == 0 {
            file.write_all(&MAGIC).and_then(|()| file.sync_all()).map_err(failed("written"))?;
            sync_folder(path);
        }
        let (mut index, mut costs) = (HashMap::new(), HashMap::new());
        add(&scanned, 0, &mut index, &mut costs);
        // A handle of its own: a shared one would share its position with the thread that writes.
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
        let writer = Writer::start(path, file).map_err(failed("opened"))?;
        let (index, costs) = (Mutex::new(index), Mutex::new(costs));
        let shared = Shared { path: path.to_owned(), files, index, costs, writer };
        Ok(Opened { answers: Answers(Arc::new(shared)), recorded, warnings })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        lock(&self.0.index).len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The answer recorded for a request. One that is recorded and cannot be read is an error and not an absence: it
    /// would be paid for again.
    pub fn get(&self, key: &Key) -> Result<Option<Answer>, RemoteError> {
        let Some(place) = lock(&self.0.index).get(key).copied() else { return Ok(None) };
        let failed = |reason: String| RemoteError::Answers { path: self.0.path.clone(), action: "read", reason };
        let record = self.read(place).map_err(|error| failed(error.to_string()))?;
        let payload = record
            .split_first_chunk()
            .filter(|(head, payload)| Head::read(head).is_some_and(|head| head.fits(payload)));
        match payload.and_then(|(_, payload)| parse(payload)) {
            Some((found, meta, body)) if found == *key => Ok(Some(meta.answer(body))),
            _ => Err(failed(format!("the record at byte {} is damaged; the next run takes it out", place.at))),
        }
    }

    /// The bytes of a record with its head.
    fn read(&self, place: Place) -> std::io::Result<Vec<u8>> {
        let gone = || std::io::Error::other("its file is not open");
        let mut file = lock(self.0.files.get(place.file).ok_or_else(gone)?);
        let mut record = vec![0; HEAD_BYTES + place.payload_bytes as usize];
        file.seek(SeekFrom::Start(place.at - HEAD_BYTES as u64))?;
        file.read_exact(&mut record)?;
        Ok(record)
    }

    /// What the answers that a stage asked for cost, those of earlier runs too.
    pub fn cost_of(&self, stage: &str) -> f64 {
        lock(&self.0.costs).get(stage).copied().unwrap_or(0.0)
    }

    /// Writes an answer down; when this is done, a killed process has it after a restart.
    pub async fn keep(&self, key: Key, stage: &str, url: &str, answer: &Answer) -> Result<(), RemoteError> {
        let failed = |reason: String| RemoteError::Answers { path: self.0.path.clone(), action: "written", reason };
        let answered_s = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let meta = Meta {
            stage: stage.to_owned(),
            url: url.to_owned(),
            status: answer.status,
            content_type: answer.content_type.clone(),
            usage: answer.usage,
            cost: answer.cost,
            answered_s,
        };
        let record = record(&key, &meta, &answer.body).ok_or_else(|| failed("it is too large".to_owned()))?;
        let place = self.0.writer.append(record).await.map_err(failed)?;
        lock(&self.0.index).insert(key, place);
        *lock(&self.0.costs).entry(stage.to_owned()).or_default() += answer.cost;
        Ok(())
    }
}

fn add(scanned: &Scanned, file: usize, index: &mut HashMap<Key, Place>, costs: &mut HashMap<String, f64>) {
    for found in &scanned.found {
        let place = Place { file, at: found.at, payload_bytes: found.payload_bytes };
        // An answer that two files have was paid for once.
        if let std::collections::hash_map::Entry::Vacant(entry) = index.entry(found.key) {
            entry.insert(place);
            *costs.entry(found.meta.stage.clone()).or_default() += found.meta.cost;
        }
    }
}

fn open_locked(path: &Path) -> std::io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(std::io::Error::other("another run uses them")),
        Err(fs::TryLockError::Error(error)) => Err(error),
    }
}

/// Writes the whole records to a new file and puts it in the place of the damaged one, which is moved aside.
fn rebuild(path: &Path, damaged: &mut File, scanned: &Scanned) -> std::io::Result<PathBuf> {
    let beside = |end: String| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let fresh = beside(".new".to_owned());
    let mut out = std::io::BufWriter::new(File::create(&fresh)?);
    out.write_all(&MAGIC)?;
    for found in &scanned.found {
        let mut bytes = vec![0; HEAD_BYTES + found.payload_bytes as usize];
        damaged.seek(SeekFrom::Start(found.at - HEAD_BYTES as u64))?;
        damaged.read_exact(&mut bytes)?;
        out.write_all(&bytes)?;
    }
    out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()?;
    let aside = (1..).map(|number| beside(format!(".damaged-{number}"))).find(|aside| !aside.exists());
    let aside = aside.unwrap_or_else(|| beside(".damaged".to_owned()));
    fs::rename(path, &aside)?;
    fs::rename(&fresh, path)?;
    sync_folder(path);
    Ok(aside)
}

/// Makes names in the file's folder durable. Not every system can; the file's bytes do not depend on it.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}
