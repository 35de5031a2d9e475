//! The lines between processes: a stop, a failure, the end of a part; and the beats by which a loss is noticed.
//!
//! Each process has a line to every other. A connection that ends without a last word, or on which nothing is heard for
//! [`SILENCE`], is a process that was lost: that ends the run, and every process that is left sees it for itself.
//!
//! The supervisor looks at what was heard and says what there is to say ([`Lines::look`]); reading and beating have threads
//! of their own, so that no worker, however busy, makes a process look dead.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use serde::{Deserialize, Serialize};

use super::frame;
use super::hosts::Hosts;
use crate::abort::Abort;
use crate::error::FlowError;
use crate::progress::{Progress, Tally};

/// Every process says this often that it is there.
const BEAT: Duration = Duration::from_secs(1);
/// A process of which nothing is heard for so long is lost.
const SILENCE: Duration = Duration::from_secs(30);
/// A word that takes longer to leave is given up: whoever does not read is lost soon.
const WRITE_MAX: Duration = Duration::from_secs(2);
/// How often it is looked whether the others have ended.
const LOOK: Duration = Duration::from_millis(2);

/// What one process tells another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Word {
    /// It is there.
    Beat,
    /// The run is to stop: no row is started, those under way are finished.
    Stop,
    /// It ends its part without waiting for rows under way, after a stop.
    GaveUp,
    /// It ended its part in an error, which the loss of another process may be.
    Failed { cause: String, lost: Option<usize> },
    /// Its part is done; what it came to.
    Done(Tally),
}

impl Word {
    pub(super) fn failed(cause: String) -> Word {
        Word::Failed { cause, lost: None }
    }

    fn is_last(&self) -> bool {
        !matches!(self, Word::Beat | Word::Stop)
    }
}

/// What was heard so far.
#[derive(Default)]
struct News {
    stop: bool,
    gave_up: bool,
    /// The first failure.
    cause: Option<FlowError>,
    tallies: BTreeMap<usize, Tally>,
    /// Who said its last word.
    ended: BTreeSet<usize>,
}

/// What all other processes said.
pub(super) struct Heard {
    hosts: Hosts,
    own: usize,
    news: Mutex<News>,
}

impl Heard {
    pub(super) fn new(hosts: Hosts, own: usize) -> Arc<Heard> {
        Arc::new(Heard { hosts, own, news: Mutex::default() })
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A process can be reached no more. One that said its last word may go.
    pub(super) fn lose(&self, process: usize, why: &str) {
        let mut news = self.news();
        if !news.ended.contains(&process) {
            news.cause.get_or_insert_with(|| self.lost(process, why));
        }
    }

    fn lost(&self, process: usize, why: &str) -> FlowError {
        FlowError::Lost { process, address: self.hosts.of(process).to_owned(), why: why.to_owned() }
    }

    fn hear(&self, process: usize, word: Word) {
        let mut news = self.news();
        if word.is_last() {
            news.ended.insert(process);
        }
        match word {
            Word::Beat => {}
            Word::Stop => news.stop = true,
            Word::GaveUp => news.gave_up = true,
            Word::Done(tally) => drop(news.tallies.insert(process, tally)),
            Word::Failed { lost: Some(lost), .. } if lost != self.own => {
                news.cause.get_or_insert_with(|| self.lost(lost, &format!("{} says so", self.hosts.name(process))));
            }
            Word::Failed { cause, .. } => {
                let address = self.hosts.of(process).to_owned();
                news.cause.get_or_insert(FlowError::Elsewhere { process, address, cause });
            }
        }
    }
}

/// What was said already.
#[derive(Default)]
struct Told {
    stop: bool,
    last: bool,
}

type Writers = Arc<[Mutex<TcpStream>]>;

/// This process's ends of its lines.
pub(crate) struct Lines {
    heard: Arc<Heard>,
    writers: Writers,
    told: Mutex<Told>,
    /// Closed at the end: no more beats.
    _beats: Sender<()>,
}

impl Lines {
    /// Listens to the other processes from now on, given by their numbers.
    pub(super) fn start(heard: Arc<Heard>, lines: Vec<(usize, TcpStream)>) -> io::Result<Lines> {
        let mut writers = Vec::new();
        for (process, line) in lines {
            line.set_write_timeout(Some(WRITE_MAX))?;
            line.set_read_timeout(Some(SILENCE))?;
            writers.push(Mutex::new(line.try_clone()?));
            let heard = Arc::clone(&heard);
            let thread = std::thread::Builder::new().name(format!("line to process {process}"));
            thread.spawn(move || listen(line, process, &heard))?;
        }
        let writers: Writers = writers.into();
        let (beats, ended) = bounded(0);
        let to = Arc::clone(&writers);
        std::thread::Builder::new().name("beats".to_owned()).spawn(move || beat(&to, &ended))?;
        Ok(Lines { heard, writers, told: Mutex::default(), _beats: beats })
    }

    /// Does what the others said, and tells them what they do not know.
    pub(crate) fn look(&self, abort: &Abort, progress: &Progress) {
        let (stop, gave_up, cause) = {
            let mut news = self.heard.news();
            (news.stop, news.gave_up, news.cause.take())
        };
        if stop {
            progress.stop();
        }
        if let Some(cause) = cause {
            abort.raise(cause);
        } else if gave_up {
            abort.give_up();
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.is_stopped() && !told.stop && !told.last {
            told.stop = true;
            say(&self.writers, &Word::Stop);
        }
        if abort.is_raised() && !told.last {
            told.last = true;
            say(&self.writers, &abort.tell().map_or(Word::GaveUp, |(cause, lost)| Word::Failed { cause, lost }));
        }
    }

    /// Says that this part is done, and waits until the others say so of theirs; gives what those came to.
    pub(crate) fn end(&self, abort: &Abort, progress: &Progress) -> Vec<Tally> {
        self.look(abort, progress);
        if abort.is_raised() {
            return Vec::new();
        }
        self.told.lock().unwrap_or_else(PoisonError::into_inner).last = true;
        say(&self.writers, &Word::Done(progress.tally()));
        while !abort.is_raised() && self.heard.news().ended.len() < self.writers.len() {
            std::thread::sleep(LOOK);
            self.look(abort, progress);
        }
        std::mem::take(&mut self.heard.news().tallies).into_values().collect()
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let told = self.told.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !told.last {
            say(&self.writers, &Word::failed("it could not begin; what it printed says why".to_owned()));
        }
        for writer in self.writers.iter() {
            // Words under way still arrive.
            let _ = lock(writer).shutdown(Shutdown::Write);
        }
    }
}

fn lock(writer: &Mutex<TcpStream>) -> MutexGuard<'_, TcpStream> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whoever cannot be told is lost, which its reader finds.
fn say(writers: &Writers, word: &Word) {
    for writer in writers.iter() {
        let _ = frame::write(&mut *lock(writer), word);
    }
}

fn beat(writers: &Writers, ended: &Receiver<()>) {
    while ended.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
        say(writers, &Word::Beat);
    }
}

fn listen(mut line: TcpStream, process: usize, heard: &Heard) {
    loop {
        match frame::read::<Word>(&mut line) {
            Ok(word) => heard.hear(process, word),
            Err(error) => {
                let why = match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                        format!("nothing was heard of it for {} s", SILENCE.as_secs())
                    }
                    io::ErrorKind::UnexpectedEof => "its connection ended".to_owned(),
                    _ => error.to_string(),
                };
                return heard.lose(process, &why);
            }
        }
    }
}
