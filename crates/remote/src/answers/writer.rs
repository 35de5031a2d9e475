//! The thread that writes each answer immediately, and the thread that syncs many answers together: a sync may be slow,
//! and an answer that is not written yet is lost with the process.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};
use matchflow_model::fault;
use tokio::sync::oneshot;

use super::format::HEAD_BYTES;
use matchflow_model::panic_message;

/// A sync begins at most this long after an answer was written, or after the end of the current sync.
pub const DURABLE_WITHIN: Duration = Duration::from_millis(50);
/// Answers that wait to be written. Each belongs to one request, and requests in flight are bounded.
const WAITING_MAX: usize = 65_536;

/// Position of a payload.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecordLocation {
    pub(super) file: usize,
    pub(super) offset: u64,
    pub(super) payload_bytes: u32,
}

struct AppendRequest {
    record: Vec<u8>,
    done: oneshot::Sender<Result<RecordLocation, String>>,
}

/// Owner of the threads. Dropping it syncs everything.
pub(super) struct AnswerWriter {
    messages: Option<Sender<AppendRequest>>,
    threads: Vec<JoinHandle<()>>,
}

/// The error after which nothing can be written any more, if there was one.
type WriteFailure = Arc<OnceLock<String>>;

impl AnswerWriter {
    pub(super) fn start(path: &Path, file: File) -> std::io::Result<AnswerWriter> {
        let (messages, queue) = bounded(WAITING_MAX);
        // One notice covers everything written before the next sync begins.
        let (written, unsynced) = bounded(1);
        let failure = WriteFailure::default();
        let mut log = AnswerLog { end: 0, file, failure: Arc::clone(&failure), written };
        log.end = log.file.seek(SeekFrom::End(0))?;
        let file = log.file.try_clone()?;
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let thread = |what: &str| std::thread::Builder::new().name(format!("{what} {name}"));
        let writing = thread("answers").spawn(move || log.serve(&queue))?;
        let syncing = thread("sync").spawn(move || sync(&file, &unsynced, &failure))?;
        Ok(AnswerWriter { messages: Some(messages), threads: vec![writing, syncing] })
    }

    /// Appends a record.
    pub(super) async fn append(&self, record: Vec<u8>) -> Result<RecordLocation, String> {
        let (done, written) = oneshot::channel();
        let ended = || "the writer thread has ended".to_owned();
        let messages = self.messages.as_ref().ok_or_else(ended)?;
        messages.try_send(AppendRequest { record, done }).map_err(|error| error.to_string())?;
        written.await.map_err(|_| ended())?
    }
}

impl Drop for AnswerWriter {
    fn drop(&mut self) {
        self.messages = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

struct AnswerLog {
    file: File,
    end: u64,
    failure: WriteFailure,
    written: Sender<()>,
}

impl AnswerLog {
    fn serve(mut self, queue: &Receiver<AppendRequest>) {
        while let Ok(AppendRequest { record, done }) = queue.recv() {
            let written = catch_unwind(AssertUnwindSafe(|| {
                fault::point("record an answer");
                self.append(&record)
            }));
            let written = written.unwrap_or_else(|payload| {
                let reason = format!("the writer thread panicked: {}", panic_message(&*payload));
                Err(self.failure.get_or_init(|| reason).clone())
            });
            let _ = self.written.try_send(());
            // The requester may have gone away; the answer stays in the file.
            let _ = done.send(written);
        }
    }

    fn append(&mut self, record: &[u8]) -> Result<RecordLocation, String> {
        if let Some(reason) = self.failure.get() {
            return Err(reason.clone());
        }
        let written = self.file.seek(SeekFrom::Start(self.end)).and_then(|_| self.file.write_all(record));
        if let Err(error) = written {
            // A partial record must not precede the next one.
            if let Err(error) = self.file.set_len(self.end) {
                self.failure.get_or_init(|| error.to_string());
            }
            return Err(error.to_string());
        }
        let offset = self.end + HEAD_BYTES as u64;
        self.end += record.len() as u64;
        Ok(RecordLocation { file: 0, offset, payload_bytes: (record.len() - HEAD_BYTES) as u32 })
    }
}

/// Syncs writes soon after they happen, until the writer ends.
fn sync(file: &File, written: &Receiver<()>, failure: &OnceLock<String>) {
    while written.recv().is_ok() {
        let due = Instant::now() + DURABLE_WITHIN;
        while written.recv_deadline(due).is_ok() {}
        fault::point("sync answers");
        if let Err(error) = file.sync_data() {
            failure.get_or_init(|| format!("they cannot be synced: {error}"));
        }
    }
}
