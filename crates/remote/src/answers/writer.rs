//! The thread that writes answers, each at once, and the one that syncs them, many together: a sync may take long, and an
//! answer that waits to be written is lost with the process.

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
use crate::words::panic_message;

/// A sync begins at most this long after an answer was written, or after the sync then under way.
pub const DURABLE_WITHIN: Duration = Duration::from_millis(50);
/// Answers that wait to be written. Each is one request's, and requests in flight are bounded.
const WAITING_MAX: usize = 65_536;

/// Where a payload is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) file: usize,
    pub(super) at: u64,
    pub(super) payload_bytes: u32,
}

struct Message {
    record: Vec<u8>,
    done: oneshot::Sender<Result<Place, String>>,
}

/// The threads' owner. Everything is synced when it is dropped.
pub(super) struct Writer {
    messages: Option<Sender<Message>>,
    threads: Vec<JoinHandle<()>>,
}

/// Why nothing can be written any more, once that is so.
type Broken = Arc<OnceLock<String>>;

impl Writer {
    pub(super) fn start(path: &Path, file: File) -> std::io::Result<Writer> {
        let (messages, queue) = bounded(WAITING_MAX);
        // One notice stands for all that was written before the next sync begins.
        let (written, unsynced) = bounded(1);
        let broken = Broken::default();
        let mut log = Log { end: 0, file, broken: Arc::clone(&broken), written };
        log.end = log.file.seek(SeekFrom::End(0))?;
        let file = log.file.try_clone()?;
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let thread = |what: &str| std::thread::Builder::new().name(format!("{what} {name}"));
        let writing = thread("answers").spawn(move || log.serve(&queue))?;
        let syncing = thread("sync").spawn(move || sync(&file, &unsynced, &broken))?;
        Ok(Writer { messages: Some(messages), threads: vec![writing, syncing] })
    }

    /// Writes a record behind the others.
    pub(super) async fn append(&self, record: Vec<u8>) -> Result<Place, String> {
        let (done, written) = oneshot::channel();
        let gone = || "the thread that writes them has ended".to_owned();
        let messages = self.messages.as_ref().ok_or_else(gone)?;
        messages.try_send(Message { record, done }).map_err(|error| error.to_string())?;
        written.await.map_err(|_| gone())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.messages = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

struct Log {
    file: File,
    end: u64,
    broken: Broken,
    written: Sender<()>,
}

impl Log {
    fn serve(mut self, queue: &Receiver<Message>) {
        while let Ok(Message { record, done }) = queue.recv() {
            let written = catch_unwind(AssertUnwindSafe(|| {
                fault::point("record an answer");
                self.append(&record)
            }));
            let written = written.unwrap_or_else(|payload| {
                let reason = format!("the thread that writes them panicked: {}", panic_message(&*payload));
                Err(self.broken.get_or_init(|| reason).clone())
            });
            let _ = self.written.try_send(());
            // Whoever asked may be gone: the answer is kept all the same.
            let _ = done.send(written);
        }
    }

    fn append(&mut self, record: &[u8]) -> Result<Place, String> {
        if let Some(reason) = self.broken.get() {
            return Err(reason.clone());
        }
        let written = self.file.seek(SeekFrom::Start(self.end)).and_then(|_| self.file.write_all(record));
        if let Err(error) = written {
            // What was written in part must not stand before the next record.
            if let Err(error) = self.file.set_len(self.end) {
                self.broken.get_or_init(|| error.to_string());
            }
            return Err(error.to_string());
        }
        let at = self.end + HEAD_BYTES as u64;
        self.end += record.len() as u64;
        Ok(Place { file: 0, at, payload_bytes: (record.len() - HEAD_BYTES) as u32 })
    }
}

/// Syncs what was written, soon after it was, until nobody writes any more.
fn sync(file: &File, written: &Receiver<()>, broken: &OnceLock<String>) {
    while written.recv().is_ok() {
        let due = Instant::now() + DURABLE_WITHIN;
        while written.recv_deadline(due).is_ok() {}
        fault::point("sync answers");
        if let Err(error) = file.sync_data() {
            broken.get_or_init(|| format!("they could not be made durable: {error}"));
        }
    }
}
