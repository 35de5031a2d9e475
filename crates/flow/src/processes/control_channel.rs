//! The control channel between processes: stop, failure and completion, and the heartbeats that detect a loss.
//!
//! Each process has a connection to every other. A process is lost when its connection ends without a final message, or
//! when nothing arrives for [`SILENCE_MAX`]. That ends the run; every remaining process detects it independently.
//!
//! The supervisor handles received messages and sends its own ([`ControlChannel::sync`]). Reading and heartbeats have
//! their own threads, so that a process with busy workers does not look dead.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::frame;
use super::hosts::Hosts;
use crate::abort::Abort;
use crate::error::FlowError;
use crate::progress::{ProcessTally, Progress};

/// Interval of heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// A process that sends nothing for this long is considered lost.
pub(super) const SILENCE_MAX: Duration = Duration::from_secs(30);
/// Time limit for sending a message; a process that does not read is soon lost.
const WRITE_MAX: Duration = Duration::from_secs(2);
/// Time limit for waiting until the others close: closing first may cost them the final message.
const LINGER: Duration = Duration::from_secs(1);
/// Interval of checks whether the others have ended.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// A message from one process to another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum ControlMessage {
    /// The process is alive.
    Heartbeat,
    /// Stop the run: start no more rows, finish those in flight.
    Stop,
    /// The process ended after a stop, without waiting for rows in flight.
    GaveUp,
    /// The process ended with an error; `disconnected` is the process whose loss caused it, if one did.
    Failed { cause: String, disconnected: Option<usize> },
    /// The process finished its share; its counts.
    Done(ProcessTally),
}

impl ControlMessage {
    pub(super) fn failed(cause: String) -> ControlMessage {
        ControlMessage::Failed { cause, disconnected: None }
    }

    fn is_final(&self) -> bool {
        !matches!(self, ControlMessage::Heartbeat | ControlMessage::Stop)
    }
}

/// Messages received so far.
#[derive(Default)]
struct ReceivedMessages {
    stop: bool,
    gave_up: bool,
    /// The first failure.
    cause: Option<FlowError>,
    tallies: BTreeMap<usize, ProcessTally>,
    /// Processes that sent their final message.
    ended: BTreeSet<usize>,
    /// Connections that are closed.
    closed: usize,
}

/// State of all other processes, from their messages.
pub(super) struct PeerState {
    hosts: Hosts,
    local: usize,
    received: Mutex<ReceivedMessages>,
}

impl PeerState {
    pub(super) fn new(hosts: Hosts, local: usize) -> Arc<PeerState> {
        Arc::new(PeerState { hosts, local, received: Mutex::default() })
    }

    /// Records that a process disconnected, which is allowed after its final message.
    pub(super) fn disconnect(&self, process: usize, why: &str) {
        let mut received = self.received.lock();
        if !received.ended.contains(&process) {
            received.cause.get_or_insert_with(|| self.disconnect_error(process, why));
        }
    }

    fn disconnect_error(&self, process: usize, why: &str) -> FlowError {
        FlowError::PeerDisconnected { process, address: self.hosts.address(process).to_owned(), why: why.to_owned() }
    }

    fn receive(&self, process: usize, message: ControlMessage) {
        let mut received = self.received.lock();
        if message.is_final() {
            received.ended.insert(process);
        }
        match message {
            ControlMessage::Heartbeat => {}
            ControlMessage::Stop => received.stop = true,
            ControlMessage::GaveUp => received.gave_up = true,
            ControlMessage::Done(tally) => drop(received.tallies.insert(process, tally)),
            ControlMessage::Failed { disconnected: Some(peer), .. } if peer != self.local => {
                let why = format!("reported by {}", self.hosts.name(process));
                received.cause.get_or_insert_with(|| self.disconnect_error(peer, &why));
            }
            ControlMessage::Failed { cause, .. } => {
                let address = self.hosts.address(process).to_owned();
                received.cause.get_or_insert(FlowError::PeerFailed { process, address, cause });
            }
        }
    }
}

/// Messages sent so far.
#[derive(Default)]
struct SentMessages {
    stop: bool,
    is_final: bool,
}

type Writers = Arc<[Mutex<TcpStream>]>;

/// The local ends of the connections to all other processes.
pub(crate) struct ControlChannel {
    peers: Arc<PeerState>,
    writers: Writers,
    sent: Mutex<SentMessages>,
    /// Dropping it ends the heartbeats.
    _heartbeats: Sender<()>,
}

impl ControlChannel {
    /// Starts listening to the other processes, given with their numbers. A process that sends nothing for
    /// `silence_max` is considered lost.
    pub(super) fn start(
        peers: Arc<PeerState>,
        connections: Vec<(usize, TcpStream)>,
        silence_max: Duration,
    ) -> io::Result<ControlChannel> {
        let mut writers = Vec::new();
        for (process, connection) in connections {
            connection.set_write_timeout(Some(WRITE_MAX))?;
            connection.set_read_timeout(Some(silence_max))?;
            writers.push(Mutex::new(connection.try_clone()?));
            let peers = Arc::clone(&peers);
            let thread = std::thread::Builder::new().name(format!("control {process}"));
            thread.spawn(move || listen(connection, process, &peers, silence_max))?;
        }
        let writers: Writers = writers.into();
        let (heartbeats, ended) = bounded(0);
        let to = Arc::clone(&writers);
        std::thread::Builder::new().name("heartbeats".to_owned()).spawn(move || send_heartbeats(&to, &ended))?;
        Ok(ControlChannel { peers, writers, sent: Mutex::default(), _heartbeats: heartbeats })
    }

    /// Acts on received messages, and sends changes of the local state.
    pub(crate) fn sync(&self, abort: &Abort, progress: &Progress) {
        let (stop, gave_up, cause) = {
            let mut received = self.peers.received.lock();
            (received.stop, received.gave_up, received.cause.take())
        };
        if stop {
            progress.stop();
        }
        if let Some(cause) = cause {
            abort.raise(cause);
        } else if gave_up {
            abort.give_up();
        }
        let mut sent = self.sent.lock();
        if progress.is_stopped() && !sent.stop && !sent.is_final {
            sent.stop = true;
            send(&self.writers, &ControlMessage::Stop);
        }
        if abort.is_raised() && !sent.is_final {
            sent.is_final = true;
            let message = match abort.failure_report() {
                Some((cause, disconnected)) => ControlMessage::Failed { cause, disconnected },
                None => ControlMessage::GaveUp,
            };
            send(&self.writers, &message);
        }
    }

    /// Reports that this process is done, and waits until the others are; returns their counts.
    pub(crate) fn end(&self, abort: &Abort, progress: &Progress) -> Vec<ProcessTally> {
        self.sync(abort, progress);
        if abort.is_raised() {
            return Vec::new();
        }
        self.sent.lock().is_final = true;
        send(&self.writers, &ControlMessage::Done(progress.tally()));
        while !abort.is_raised() && self.peers.received.lock().ended.len() < self.writers.len() {
            std::thread::sleep(POLL_INTERVAL);
            self.sync(abort, progress);
        }
        // Messages that arrived just before the final ones.
        self.sync(abort, progress);
        self.close();
        let began = Instant::now();
        while self.peers.received.lock().closed < self.writers.len() && began.elapsed() < LINGER {
            std::thread::sleep(POLL_INTERVAL);
        }
        std::mem::take(&mut self.peers.received.lock().tallies).into_values().collect()
    }

    /// Closes the sending direction; messages in flight still arrive.
    fn close(&self) {
        for writer in self.writers.iter() {
            let _ = writer.lock().shutdown(Shutdown::Write);
        }
    }
}

impl Drop for ControlChannel {
    fn drop(&mut self) {
        if !self.sent.get_mut().is_final {
            send(&self.writers, &ControlMessage::failed("it could not start; see its output".to_owned()));
        }
        self.close();
    }
}

/// Sends a message to all. Errors are ignored: the reader of a lost process detects the loss.
fn send(writers: &Writers, message: &ControlMessage) {
    for writer in writers.iter() {
        let _ = frame::write(&mut *writer.lock(), message);
    }
}

/// The reason of a loss, for messages.
pub(super) fn loss_reason(error: &io::Error) -> String {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error.kind() {
        UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe => "the connection was closed".to_owned(),
        _ => error.to_string(),
    }
}

fn send_heartbeats(writers: &Writers, ended: &Receiver<()>) {
    while ended.recv_timeout(HEARTBEAT) == Err(RecvTimeoutError::Timeout) {
        send(writers, &ControlMessage::Heartbeat);
    }
}

fn listen(mut connection: TcpStream, process: usize, peers: &PeerState, silence_max: Duration) {
    loop {
        match frame::read::<ControlMessage>(&mut connection) {
            Ok(message) => peers.receive(process, message),
            Err(error) => {
                let why = match error.kind() {
                    io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                        format!("no message for {} s", silence_max.as_secs_f64())
                    }
                    _ => loss_reason(&error),
                };
                peers.disconnect(process, &why);
                peers.received.lock().closed += 1;
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

    /// The control channel of process 0 to processes 1 and 2, and the other ends.
    fn channel(silence_max: Duration) -> (ControlChannel, TcpStream, TcpStream) {
        let (local_1, one) = connection();
        let (local_2, two) = connection();
        let peers = PeerState::new(hosts(), 0);
        let channel = ControlChannel::start(peers, vec![(1, local_1), (2, local_2)], silence_max).unwrap();
        (channel, one, two)
    }

    /// Synchronizes until the run ends.
    fn cause(channel: &ControlChannel) -> String {
        let (abort, progress) = (Abort::default(), Progress::new());
        while !abort.is_raised() {
            channel.sync(&abort, &progress);
            std::thread::yield_now();
        }
        abort.take_cause().map_or_else(|| "given up".to_owned(), |cause| cause.to_string())
    }

    fn final_message(end: &mut TcpStream) -> ControlMessage {
        loop {
            let message = frame::read::<ControlMessage>(end).unwrap();
            if message.is_final() {
                return message;
            }
        }
    }

    #[test]
    fn a_connection_closed_without_a_final_message_is_a_loss_reported_to_the_others() {
        let (channel, one, mut two) = channel(SILENCE_MAX);
        drop(one);
        assert!(cause(&channel).starts_with("process 1 (`b:1`) was lost: the connection was closed"));
        assert!(matches!(final_message(&mut two), ControlMessage::Failed { disconnected: Some(1), .. }));
    }

    #[test]
    fn a_silent_process_is_lost() {
        let (channel, _one, _two) = channel(Duration::from_millis(20));
        assert!(cause(&channel).contains("was lost: no message for 0.02 s"));
    }

    #[test]
    fn a_reported_loss_names_the_lost_process_and_a_failure_the_failed_one() {
        let (first, mut one, _two) = channel(SILENCE_MAX);
        frame::write(&mut one, &ControlMessage::Failed { cause: "x".to_owned(), disconnected: Some(2) }).unwrap();
        assert!(cause(&first).starts_with("process 2 (`c:1`) was lost: reported by process 1 (`b:1`)"));
        let (second, mut one, _two) = channel(SILENCE_MAX);
        frame::write(&mut one, &ControlMessage::Failed { cause: "no room".to_owned(), disconnected: Some(0) }).unwrap();
        assert_eq!(cause(&second), "process 1 (`b:1`) ended the run: no room");
        let (third, mut one, _two) = channel(SILENCE_MAX);
        frame::write(&mut one, &ControlMessage::GaveUp).unwrap();
        assert_eq!(cause(&third), "given up");
    }

    #[test]
    fn a_run_ends_when_all_processes_are_done_and_counts_all_of_them() {
        let (channel, mut one, mut two) = channel(SILENCE_MAX);
        let (abort, progress) = (Abort::default(), Progress::new());
        for (end, pairs) in [(&mut one, 3), (&mut two, 4)] {
            frame::write(end, &ControlMessage::Stop).unwrap();
            frame::write(end, &ControlMessage::Done(ProcessTally { pairs, ..ProcessTally::default() })).unwrap();
        }
        one.shutdown(Shutdown::Write).unwrap();
        two.shutdown(Shutdown::Write).unwrap();
        let pairs: u64 = channel.end(&abort, &progress).iter().map(|tally| tally.pairs).sum();
        assert!(pairs == 7 && progress.is_stopped() && !abort.is_raised());
        assert!(matches!(final_message(&mut one), ControlMessage::Done(_)));
        assert!(matches!(final_message(&mut two), ControlMessage::Done(_)));
    }

    #[test]
    fn a_process_that_leaves_before_the_run_starts_reports_it() {
        let (channel, mut one, _two) = channel(SILENCE_MAX);
        drop(channel);
        assert!(matches!(final_message(&mut one), ControlMessage::Failed { disconnected: None, .. }));
    }
}
