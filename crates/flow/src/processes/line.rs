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
use std::time::{Duration, Instant};

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
pub(super) const SILENCE: Duration = Duration::from_secs(30);
/// A word that takes longer to leave is given up: whoever does not read is lost soon.
const WRITE_MAX: Duration = Duration::from_secs(2);
/// Who is done waits so long for the others to hang up: closing before them may cost them the last word.
const LINGER: Duration = Duration::from_secs(1);
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
    /// Lines on which nothing more will come.
    closed: usize,
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
    /// Listens to the other processes from now on, given by their numbers; one that is silent for too long is lost.
    pub(super) fn start(heard: Arc<Heard>, lines: Vec<(usize, TcpStream)>, silence: Duration) -> io::Result<Lines> {
        let mut writers = Vec::new();
        for (process, line) in lines {
            line.set_write_timeout(Some(WRITE_MAX))?;
            line.set_read_timeout(Some(silence))?;
            writers.push(Mutex::new(line.try_clone()?));
            let heard = Arc::clone(&heard);
            let thread = std::thread::Builder::new().name(format!("line to process {process}"));
            thread.spawn(move || listen(line, process, &heard, silence))?;
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
        // What came right before the last words.
        self.look(abort, progress);
        self.hang_up();
        let began = Instant::now();
        while self.heard.news().closed < self.writers.len() && began.elapsed() < LINGER {
            std::thread::sleep(LOOK);
        }
        std::mem::take(&mut self.heard.news().tallies).into_values().collect()
    }

    /// Words under way still arrive.
    fn hang_up(&self) {
        for writer in self.writers.iter() {
            let _ = lock(writer).shutdown(Shutdown::Write);
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        let told = self.told.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !told.last {
            say(&self.writers, &Word::failed("it could not begin; what it printed says why".to_owned()));
        }
        self.hang_up();
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

/// How a loss shows, in words.
pub(super) fn why(error: &io::Error) -> String {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error.kind() {
        UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe => "its connection ended".to_owned(),
        _ => error.to_string(),
    }
}

fn beat(writers: &Writers, ended: &Receiver<()>) {
    while ended.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
        say(writers, &Word::Beat);
    }
}

fn listen(mut line: TcpStream, process: usize, heard: &Heard, silence: Duration) {
    loop {
        match frame::read::<Word>(&mut line) {
            Ok(word) => heard.hear(process, word),
            Err(error) => {
                let why = match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                        format!("nothing was heard of it for {} s", silence.as_secs_f64())
                    }
                    _ => why(&error),
                };
                heard.lose(process, &why);
                heard.news().closed += 1;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Both ends of a connection.
    fn connection() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let caller = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (caller, listener.accept().unwrap().0)
    }

    fn hosts() -> Hosts {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hosts.txt");
        std::fs::write(&file, "a:1\nb:1\nc:1\n").unwrap();
        Hosts::read(&file, 3).unwrap()
    }

    /// The lines of process 0 to processes 1 and 2, and the other ends.
    fn lines(silence: Duration) -> (Lines, TcpStream, TcpStream) {
        let ((own_1, one), (own_2, two)) = (connection(), connection());
        let lines = Lines::start(Heard::new(hosts(), 0), vec![(1, own_1), (2, own_2)], silence).unwrap();
        (lines, one, two)
    }

    /// Looks until the run is to end.
    fn cause(lines: &Lines) -> String {
        let (abort, progress) = (Abort::default(), Progress::new());
        while !abort.is_raised() {
            lines.look(&abort, &progress);
            std::thread::yield_now();
        }
        abort.take_cause().map_or_else(|| "given up".to_owned(), |cause| cause.to_string())
    }

    fn last_word(end: &mut TcpStream) -> Word {
        loop {
            let word = frame::read::<Word>(end).unwrap();
            if word.is_last() {
                return word;
            }
        }
    }

    #[test]
    fn who_hangs_up_without_a_last_word_is_lost_and_the_others_are_told() {
        let (lines, one, mut two) = lines(SILENCE);
        drop(one);
        assert!(cause(&lines).starts_with("process 1 (`b:1`) was lost: its connection ended"));
        assert!(matches!(last_word(&mut two), Word::Failed { lost: Some(1), .. }));
    }

    #[test]
    fn who_is_silent_is_lost() {
        let (lines, _one, _two) = lines(Duration::from_millis(20));
        assert!(cause(&lines).contains("was lost: nothing was heard of it for 0.02 s"));
    }

    #[test]
    fn a_loss_that_another_tells_names_the_lost_one_and_a_failure_the_failed_one() {
        let (first, mut one, _two) = lines(SILENCE);
        frame::write(&mut one, &Word::Failed { cause: "x".to_owned(), lost: Some(2) }).unwrap();
        assert!(cause(&first).starts_with("process 2 (`c:1`) was lost: process 1 (`b:1`) says so"));
        let (second, mut one, _two) = lines(SILENCE);
        frame::write(&mut one, &Word::Failed { cause: "no room".to_owned(), lost: Some(0) }).unwrap();
        assert_eq!(cause(&second), "process 1 (`b:1`) ended the run: no room");
        let (third, mut one, _two) = lines(SILENCE);
        frame::write(&mut one, &Word::GaveUp).unwrap();
        assert_eq!(cause(&third), "given up");
    }

    #[test]
    fn a_run_ends_when_all_parts_are_done_and_counts_all_of_them() {
        let (lines, mut one, mut two) = lines(SILENCE);
        let (abort, progress) = (Abort::default(), Progress::new());
        for (end, pairs) in [(&mut one, 3), (&mut two, 4)] {
            frame::write(end, &Word::Stop).unwrap();
            frame::write(end, &Word::Done(Tally { pairs, ..Tally::default() })).unwrap();
        }
        one.shutdown(Shutdown::Write).unwrap();
        two.shutdown(Shutdown::Write).unwrap();
        let pairs: u64 = lines.end(&abort, &progress).iter().map(|tally| tally.pairs).sum();
        assert!(pairs == 7 && progress.is_stopped() && !abort.is_raised());
        assert!(matches!(last_word(&mut one), Word::Done(_)));
        assert!(matches!(last_word(&mut two), Word::Done(_)));
    }

    #[test]
    fn who_leaves_before_the_run_begins_says_so() {
        let (lines, mut one, _two) = lines(SILENCE);
        drop(lines);
        assert!(matches!(last_word(&mut one), Word::Failed { lost: None, .. }));
    }
}
