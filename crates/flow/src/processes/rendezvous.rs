//! Rendezvous of the processes: each connects to those before it in the hosts file, and accepts those after it.
//!
//! Each pair has two connections: one for control messages (see `control_channel`), and one for timely's data. Connecting is
//! retried until the deadline. Connections that are not from a process of this run, which has its shared secret, are closed.

use std::collections::BTreeMap;
use std::io;
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::acceptor::{self, DeadlineStream, HANDSHAKE_TIMEOUT};
use super::control_channel::ControlMessage;
use super::handshake::Handshake;
use super::shared_secret::{Exchange, Nonce, ProvenHandshake, Role, SharedSecret, nonce};
use super::{GroupMember, ProcessGroupError, frame};

/// Identifies matchflow at the start of a connection.
const PROGRAM: &str = "matchflow";
/// Pause before connecting again.
const RETRY: Duration = Duration::from_millis(100);

/// The first message on a connection.
#[derive(Serialize, Deserialize)]
struct ConnectionRequest {
    program: String,
    purpose: Purpose,
    process: usize,
    nonce: Nonce,
}

/// The answer to it.
#[derive(Serialize, Deserialize)]
struct Challenge {
    process: usize,
    nonce: Nonce,
}

/// The answer to a caller's proof.
#[derive(Serialize, Deserialize)]
enum AcceptorAnswer {
    Accepted(ProvenHandshake),
    OtherSecret,
}

/// The purpose of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Purpose {
    Control,
    Data,
}

/// Another process, connected.
pub(super) struct Peer {
    pub(super) handshake: Handshake,
    pub(super) control: TcpStream,
    pub(super) data: TcpStream,
}

/// Another process, not connected completely yet.
#[derive(Default)]
struct PendingPeer {
    control: Option<(TcpStream, Handshake)>,
    data: Option<TcpStream>,
}

/// A new connection.
enum AcceptedConnection {
    Control(TcpStream, Handshake),
    Data(usize, TcpStream),
}

/// State that the threads of a rendezvous share.
struct Rendezvous {
    handshake: Handshake,
    secret: SharedSecret,
    deadline: Instant,
    over: AtomicBool,
    /// Why the last attempt to connect to each process failed.
    failures: Mutex<BTreeMap<usize, String>>,
}

impl Rendezvous {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire) || Instant::now() >= self.deadline
    }
}

/// Connects to all other processes, and returns them in order. At the deadline, those already connected are informed
/// which ones are missing.
pub(super) fn connect_peers(member: &GroupMember) -> Result<Vec<Peer>, ProcessGroupError> {
    let hosts = &member.hosts;
    let rendezvous = Arc::new(Rendezvous {
        handshake: Handshake { process: member.process, digests: member.digests.clone() },
        secret: member.secret.clone(),
        deadline: Instant::now() + member.connect_timeout,
        over: AtomicBool::new(false),
        failures: Mutex::default(),
    });
    let others = (0..hosts.processes()).filter(|process| *process != member.process);
    let mut peers: BTreeMap<usize, PendingPeer> = others.map(|process| (process, PendingPeer::default())).collect();
    let (accepted, connections) = bounded(2 * hosts.processes());
    accept_peers(hosts.address(member.process), hosts.processes(), &rendezvous, accepted.clone())?;
    for process in 0..member.process {
        connect_peer(process, hosts.address(process).to_owned(), &rendezvous, accepted.clone())?;
    }
    while !peers.values().all(PendingPeer::is_complete) {
        match connections.recv_deadline(rendezvous.deadline) {
            Ok(connection) => add_connection(&mut peers, connection),
            Err(_) => break,
        }
    }
    rendezvous.over.store(true, Ordering::Release);
    let missing: Vec<usize> =
        peers.iter().filter(|(_, peer)| !peer.is_complete()).map(|(process, _)| *process).collect();
    let peers = peers.into_values();
    if missing.is_empty() {
        return Ok(peers.filter_map(PendingPeer::into_peer).collect());
    }
    let failures = rendezvous.failures.lock();
    let error = ProcessGroupError::missing(member, &missing, &failures);
    for (mut control, _) in peers.filter_map(|peer| peer.control) {
        // Errors are ignored: a process that has left needs no message.
        let _ = frame::write(&mut control, &ControlMessage::failed(error.to_string()));
    }
    Err(error)
}

impl PendingPeer {
    fn is_complete(&self) -> bool {
        self.control.is_some() && self.data.is_some()
    }

    fn into_peer(self) -> Option<Peer> {
        let (control, handshake) = self.control?;
        Some(Peer { handshake, control, data: self.data? })
    }
}

/// Adds a connection to its peer. While a peer is connected, further connections under its number are closed.
fn add_connection(peers: &mut BTreeMap<usize, PendingPeer>, connection: AcceptedConnection) {
    let process = match &connection {
        AcceptedConnection::Control(_, handshake) => handshake.process,
        AcceptedConnection::Data(process, _) => *process,
    };
    let Some(peer) = peers.get_mut(&process) else { return };
    if peer.is_complete() {
        if peer.control.as_ref().is_some_and(|(control, _)| !is_closed(control)) {
            return;
        }
        // The process was restarted during the rendezvous.
        *peer = PendingPeer::default();
    }
    match connection {
        AcceptedConnection::Control(control, handshake) => peer.control = Some((control, handshake)),
        AcceptedConnection::Data(_, data) => peer.data = Some(data),
    }
}

/// Whether the other end closed the connection.
fn is_closed(connection: &TcpStream) -> bool {
    let peeked = connection.set_nonblocking(true).and_then(|()| connection.peek(&mut [0]));
    let _ = connection.set_nonblocking(false);
    match peeked {
        Ok(bytes) => bytes == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

/// Connects to a process, with retries, on a thread.
fn connect_peer(
    process: usize,
    address: String,
    rendezvous: &Arc<Rendezvous>,
    accepted: Sender<AcceptedConnection>,
) -> Result<(), ProcessGroupError> {
    let rendezvous = Arc::clone(rendezvous);
    spawn(format!("connect {process}"), move || {
        while !rendezvous.is_over() {
            let failure = match try_connect(process, &address, &rendezvous) {
                Ok(peer) => {
                    // Sending fails only when the rendezvous is over.
                    let _ = accepted.send(AcceptedConnection::Control(peer.control, peer.handshake));
                    let _ = accepted.send(AcceptedConnection::Data(process, peer.data));
                    return;
                }
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => "it closed the connection".to_owned(),
                Err(error) => error.to_string(),
            };
            rendezvous.failures.lock().insert(process, failure);
            std::thread::sleep(RETRY);
        }
    })
}

fn try_connect(process: usize, address: &str, rendezvous: &Rendezvous) -> io::Result<Peer> {
    let control = connect(address, rendezvous)?;
    let handshake = call(&control, process, Purpose::Control, rendezvous)?;
    let data = connect(address, rendezvous)?;
    call(&data, process, Purpose::Data, rendezvous)?;
    Ok(Peer { handshake, control, data })
}

/// The caller's side of the handshake.
fn call(stream: &TcpStream, process: usize, purpose: Purpose, rendezvous: &Rendezvous) -> io::Result<Handshake> {
    let mut stream = DeadlineStream::new(stream);
    let (caller, caller_nonce) = (rendezvous.handshake.process, nonce()?);
    let request = ConnectionRequest { program: PROGRAM.to_owned(), purpose, process: caller, nonce: caller_nonce };
    frame::write(&mut stream, &request)?;
    let Challenge { process: acceptor, nonce: acceptor_nonce } = frame::read(&mut stream)?;
    if acceptor != process {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("process {acceptor} listens there")));
    }
    let exchange = Exchange { purpose, caller, acceptor, caller_nonce, acceptor_nonce };
    let proven = exchange.prove(Role::Caller, &rendezvous.secret, &rendezvous.handshake)?;
    frame::write(&mut stream, &proven)?;
    match frame::read(&mut stream)? {
        AcceptorAnswer::Accepted(proven) => exchange.verify(Role::Acceptor, &rendezvous.secret, &proven),
        AcceptorAnswer::OtherSecret => {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, "it has another shared secret"))
        }
    }
}

/// The acceptor's side of the handshake; `None` if the caller is not a process of this run.
fn receive(stream: TcpStream, rendezvous: &Rendezvous, callers: &Range<usize>) -> Option<AcceptedConnection> {
    let stream = configure(stream).ok()?;
    let mut timed = DeadlineStream::new(&stream);
    let ConnectionRequest { program, purpose, process: caller, nonce: caller_nonce } = frame::read(&mut timed).ok()?;
    if program != PROGRAM || !callers.contains(&caller) {
        return None;
    }
    let (acceptor, acceptor_nonce) = (rendezvous.handshake.process, nonce().ok()?);
    frame::write(&mut timed, &Challenge { process: acceptor, nonce: acceptor_nonce }).ok()?;
    let exchange = Exchange { purpose, caller, acceptor, caller_nonce, acceptor_nonce };
    let proven: ProvenHandshake = frame::read(&mut timed).ok()?;
    let handshake = match exchange.verify(Role::Caller, &rendezvous.secret, &proven) {
        Ok(handshake) => handshake,
        Err(error) => {
            rendezvous.failures.lock().insert(caller, error.to_string());
            let _ = frame::write(&mut timed, &AcceptorAnswer::OtherSecret);
            return None;
        }
    };
    let proven = exchange.prove(Role::Acceptor, &rendezvous.secret, &rendezvous.handshake).ok()?;
    frame::write(&mut timed, &AcceptorAnswer::Accepted(proven)).ok()?;
    Some(match purpose {
        Purpose::Data => AcceptedConnection::Data(caller, stream),
        Purpose::Control => AcceptedConnection::Control(stream, handshake),
    })
}

fn connect(address: &str, rendezvous: &Rendezvous) -> io::Result<TcpStream> {
    let timeout = rendezvous.deadline.saturating_duration_since(Instant::now()).clamp(RETRY, HANDSHAKE_TIMEOUT);
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host name has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, timeout) {
            Ok(stream) => return configure(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Disables send delays.
fn configure(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Accepts the processes after this one, on a thread.
fn accept_peers(
    address: &str,
    processes: usize,
    rendezvous: &Arc<Rendezvous>,
    accepted: Sender<AcceptedConnection>,
) -> Result<(), ProcessGroupError> {
    let listen_error = |source| ProcessGroupError::Listen {
        process: rendezvous.handshake.process,
        address: address.to_owned(),
        source,
    };
    let listener = TcpListener::bind(address).map_err(listen_error)?;
    listener.set_nonblocking(true).map_err(listen_error)?;
    let rendezvous = Arc::clone(rendezvous);
    let callers = rendezvous.handshake.process + 1..processes;
    spawn("accept".to_owned(), move || {
        let of_handshakes = Arc::clone(&rendezvous);
        // Connections that are not from a peer are dropped.
        let receive = move |stream| receive(stream, &of_handshakes, &callers);
        // Sending fails only when the rendezvous is over.
        acceptor::accept(
            &listener,
            || rendezvous.is_over(),
            receive,
            move |connection| drop(accepted.send(connection)),
        );
    })
}

fn spawn(name: String, body: impl FnOnce() + Send + 'static) -> Result<(), ProcessGroupError> {
    std::thread::Builder::new().name(name).spawn(body).map(drop).map_err(ProcessGroupError::Thread)
}
