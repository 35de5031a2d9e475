//! The thread that writes answers: each at once, synced together.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use matchflow_model::fault;
use tokio::sync::oneshot;

use super::format::HEAD_BYTES;
use crate::words::panic_message;

/// Answers are synced to the disk at most this long after the first of them was written.
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

/// The thread's owner. Everything is synced when it is dropped.
pub(super) struct Writer {
    messages: Option<Sender<Message>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(path: &Path, file: File) -> std::io::Result<Writer> {
        let (messages, queue) = bounded(WAITING_MAX);
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let thread = std::thread::Builder::new().name(format!("answers {name}"));
        let mut log = Log { end: 0, file, broken: None };
        log.end = log.file.seek(SeekFrom::End(0))?;
        let thread = thread.spawn(move || log.serve(&queue))?;
        Ok(Writer { messages: Some(messages), thread: Some(thread) })
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
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Log {
    file: File,
    end: u64,
    /// Why nothing can be written any more.
    broken: Option<String>,
}

impl Log {
    fn serve(mut self, queue: &Receiver<Message>) {
        let mut unsynced: Option<Instant> = None;
        loop {
            let next = match unsynced {
                None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(since) => queue.recv_deadline(since + DURABLE_WITHIN),
            };
            match next {
                Ok(Message { record, done }) => {
                    let written = catch_unwind(AssertUnwindSafe(|| {
                        fault::point("record an answer");
                        self.append(&record)
                    }));
                    let written = written.unwrap_or_else(|payload| {
                        let reason = format!("the thread that writes them panicked: {}", panic_message(&*payload));
                        self.broken = Some(reason.clone());
                        Err(reason)
                    });
                    if written.is_ok() {
                        unsynced.get_or_insert_with(Instant::now);
                    }
                    // Whoever asked may be gone: the answer is kept all the same.
                    let _ = done.send(written);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    self.sync();
                    return;
                }
            }
            if unsynced.is_some_and(|since| since.elapsed() >= DURABLE_WITHIN) {
                self.sync();
                unsynced = None;
            }
        }
    }

    fn append(&mut self, record: &[u8]) -> Result<Place, String> {
        if let Some(reason) = &self.broken {
            return Err(reason.clone());
        }
        let written = self.file.seek(SeekFrom::Start(self.end)).and_then(|_| self.file.write_all(record));
        if let Err(error) = written {
            // What was written in part must not stand before the next record.
            if let Err(error) = self.file.set_len(self.end) {
                self.broken = Some(error.to_string());
            }
            return Err(error.to_string());
        }
        let at = self.end + HEAD_BYTES as u64;
        self.end += record.len() as u64;
        Ok(Place { file: 0, at, payload_bytes: (record.len() - HEAD_BYTES) as u32 })
    }

    fn sync(&mut self) {
        if let Err(error) = self.file.sync_data() {
            self.broken = Some(format!("they could not be made durable: {error}"));
        }
    }
}
