//! How the processes find each other: each calls those before it in the hosts file, and is called by those after it.
//!
//! Two connections a pair: a line for words (see `line`), and one for timely's data. A process that is not there yet is
//! called again until the deadline. Who calls and is no process of this run is hung up on.

use std::collections::BTreeMap;
use std::io;
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};
use serde::{Deserialize, Serialize};

use super::hello::Hello;
use super::{ClusterError, Member, frame};

/// What a caller says it is.
const PROGRAM: &str = "matchflow";
/// A process that is not there is called again after this long.
const RETRY: Duration = Duration::from_millis(100);
/// How often it is looked whether somebody calls.
const LOOK: Duration = Duration::from_millis(5);
/// Who is connected has this long for its first words.
const FIRST_WORDS: Duration = Duration::from_secs(5);

/// The first words of a caller.
#[derive(Serialize, Deserialize)]
struct Opening {
    program: String,
    purpose: Purpose,
    hello: Hello,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum Purpose {
    Line,
    Data,
}

/// A process that is there.
pub(super) struct Met {
    pub(super) hello: Hello,
    pub(super) line: TcpStream,
    pub(super) data: TcpStream,
}

/// A process that is there in part.
#[derive(Default)]
struct Half {
    line: Option<(TcpStream, Hello)>,
    data: Option<TcpStream>,
}

/// A connection that came about.
enum Came {
    Line(TcpStream, Hello),
    Data(usize, TcpStream),
}

/// What the threads of a meeting share.
struct Meeting {
    hello: Hello,
    deadline: Instant,
    over: AtomicBool,
    /// Why the last call of each process came to nothing.
    failures: Mutex<BTreeMap<usize, String>>,
}

impl Meeting {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire) || Instant::now() >= self.deadline
    }

    fn opening(&self, purpose: Purpose) -> Opening {
        Opening { program: PROGRAM.to_owned(), purpose, hello: self.hello.clone() }
    }
}

/// Waits until all other processes are there, in their order, or until the deadline; then those that are there are told
/// who is missing.
pub(super) fn meet(member: &Member) -> Result<Vec<Met>, ClusterError> {
    let hosts = &member.hosts;
    let meeting = Arc::new(Meeting {
        hello: Hello { process: member.process, parts: member.parts.clone() },
        deadline: Instant::now() + member.connect_timeout,
        over: AtomicBool::new(false),
        failures: Mutex::default(),
    });
    let others = (0..hosts.processes()).filter(|process| *process != member.process);
    let mut halves: BTreeMap<usize, Half> = others.map(|process| (process, Half::default())).collect();
    let (came, coming) = bounded(2 * hosts.processes());
    answer(hosts.of(member.process), hosts.processes(), &meeting, came.clone())?;
    for process in 0..member.process {
        call(process, hosts.of(process).to_owned(), &meeting, came.clone())?;
    }
    while !halves.values().all(Half::is_whole) {
        match coming.recv_deadline(meeting.deadline) {
            Ok(came) => take(&mut halves, came),
            Err(_) => break,
        }
    }
    meeting.over.store(true, Ordering::Release);
    let missing: Vec<usize> = halves.iter().filter(|(_, half)| !half.is_whole()).map(|(process, _)| *process).collect();
    let lines = halves.into_values();
    if missing.is_empty() {
        return Ok(lines.filter_map(Half::whole).collect());
    }
    let failures = meeting.failures.lock().unwrap_or_else(PoisonError::into_inner);
    let error = ClusterError::missing(member, &missing, &failures);
    for (mut line, _) in lines.filter_map(|half| half.line) {
        // Who is gone needs no word.
        let _ = frame::write(&mut line, &super::line::Word::failed(error.to_string()));
    }
    Err(error)
}

impl Half {
    fn is_whole(&self) -> bool {
        self.line.is_some() && self.data.is_some()
    }

    fn whole(self) -> Option<Met> {
        let (line, hello) = self.line?;
        Some(Met { hello, line, data: self.data? })
    }
}

/// Keeps a connection. One process that is there and still is has its number; a second one is hung up on.
fn take(halves: &mut BTreeMap<usize, Half>, came: Came) {
    let process = match &came {
        Came::Line(_, hello) => hello.process,
        Came::Data(process, _) => *process,
    };
    let Some(half) = halves.get_mut(&process) else { return };
    if half.is_whole() {
        if half.line.as_ref().is_some_and(|(line, _)| !is_gone(line)) {
            return;
        }
        *half = Half::default();
    }
    match came {
        Came::Line(line, hello) => half.line = Some((line, hello)),
        Came::Data(_, data) => half.data = Some(data),
    }
}

/// Whether the other end has hung up.
fn is_gone(line: &TcpStream) -> bool {
    let peeked = line.set_nonblocking(true).and_then(|()| line.peek(&mut [0]));
    let _ = line.set_nonblocking(false);
    match peeked {
        Ok(bytes) => bytes == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

/// Calls a process until it answers, on a thread of its own.
fn call(process: usize, address: String, meeting: &Arc<Meeting>, came: Sender<Came>) -> Result<(), ClusterError> {
    let meeting = Arc::clone(meeting);
    spawn(format!("call process {process}"), move || {
        while !meeting.is_over() {
            let failure = match reach(process, &address, &meeting) {
                Ok((line, hello, data)) => {
                    // The receiver is gone where the meeting is over.
                    let _ = came.send(Came::Line(line, hello));
                    let _ = came.send(Came::Data(process, data));
                    return;
                }
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => "it hung up".to_owned(),
                Err(error) => error.to_string(),
            };
            meeting.failures.lock().unwrap_or_else(PoisonError::into_inner).insert(process, failure);
            std::thread::sleep(RETRY);
        }
    })
}

fn reach(process: usize, address: &str, meeting: &Meeting) -> io::Result<(TcpStream, Hello, TcpStream)> {
    let mut line = connect(address, meeting)?;
    frame::write(&mut line, &meeting.opening(Purpose::Line))?;
    let hello: Hello = frame::read(&mut line)?;
    if hello.process != process {
        let message = format!("process {} answers there", hello.process);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let mut data = connect(address, meeting)?;
    frame::write(&mut data, &meeting.opening(Purpose::Data))?;
    Ok((line, hello, data))
}

fn connect(address: &str, meeting: &Meeting) -> io::Result<TcpStream> {
    let left = meeting.deadline.saturating_duration_since(Instant::now()).clamp(RETRY, FIRST_WORDS);
    let mut last = io::Error::new(io::ErrorKind::NotFound, "its name has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => return prepared(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// What is said goes out at once, and nobody is waited for too long.
fn prepared(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(FIRST_WORDS))?;
    stream.set_write_timeout(Some(FIRST_WORDS))?;
    Ok(stream)
}

/// Answers the processes after this one, on a thread of its own.
fn answer(address: &str, processes: usize, meeting: &Arc<Meeting>, came: Sender<Came>) -> Result<(), ClusterError> {
    let cannot = |source| ClusterError::Listen { process: meeting.hello.process, address: address.to_owned(), source };
    let listener = TcpListener::bind(address).map_err(cannot)?;
    listener.set_nonblocking(true).map_err(cannot)?;
    let meeting = Arc::clone(meeting);
    let callers = meeting.hello.process + 1..processes;
    spawn("answer calls".to_owned(), move || {
        while !meeting.is_over() {
            match listener.accept() {
                Ok((stream, _)) => {
                    // Strangers, and who hangs up: the next one.
                    if let Some(answered) = welcome(stream, &meeting).filter(|came| came.is_of(&callers)) {
                        let _ = came.send(answered);
                    }
                }
                Err(_) => std::thread::sleep(LOOK),
            }
        }
    })
}

impl Came {
    fn is_of(&self, callers: &std::ops::Range<usize>) -> bool {
        match self {
            Came::Line(_, hello) => callers.contains(&hello.process),
            Came::Data(process, _) => callers.contains(process),
        }
    }
}

fn welcome(stream: TcpStream, meeting: &Meeting) -> Option<Came> {
    let mut stream = prepared(stream).ok()?;
    let Opening { program, purpose, hello } = frame::read(&mut stream).ok()?;
    if program != PROGRAM {
        return None;
    }
    match purpose {
        Purpose::Data => Some(Came::Data(hello.process, stream)),
        Purpose::Line => {
            frame::write(&mut stream, &meeting.hello).ok()?;
            Some(Came::Line(stream, hello))
        }
    }
}

fn spawn(name: String, body: impl FnOnce() + Send + 'static) -> Result<(), ClusterError> {
    std::thread::Builder::new().name(name).spawn(body).map(drop).map_err(ClusterError::Thread)
}
