//! The listener and its connections.

use std::collections::HashMap;
use std::io::{BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::behaviour::{Behaviour, TryOutcome};
use crate::http;
use crate::log::Log;
use crate::replies::{ReceivedRequest, Reply, Responder};

/// Stack size of a connection's thread, which needs little.
const STACK_BYTES: usize = 128 * 1024;

/// A running server. It is stopped when dropped.
pub struct MockServer {
    address: SocketAddr,
    shared: Arc<ServerState>,
    listener: Option<JoinHandle<()>>,
}

struct ServerState {
    behaviour: Behaviour,
    responder: Responder,
    log: Log,
    stop: StopFlag,
    open: Mutex<OpenConnections>,
    next: AtomicU64,
}

/// The open connections, by number.
#[derive(Default)]
struct OpenConnections {
    streams: HashMap<u64, TcpStream>,
    threads: Vec<JoinHandle<()>>,
}

/// A flag that ends waits.
#[derive(Default)]
struct StopFlag {
    raised: Mutex<bool>,
    changed: Condvar,
}

impl StopFlag {
    fn raise(&self) {
        *self.raised.lock() = true;
        self.changed.notify_all();
    }

    fn is_raised(&self) -> bool {
        *self.raised.lock()
    }

    /// Waits; returns false if the server stops first.
    fn wait(&self, time: Duration) -> bool {
        if time.is_zero() {
            return !self.is_raised();
        }
        let mut raised = self.raised.lock();
        self.changed.wait_while_for(&mut raised, |raised| !*raised, time);
        !*raised
    }
}

impl MockServer {
    /// Listens on a free port of 127.0.0.1.
    pub fn start(behaviour: Behaviour, responder: Responder) -> std::io::Result<MockServer> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(ServerState {
            behaviour,
            responder,
            log: Log::default(),
            stop: StopFlag::default(),
            open: Mutex::default(),
            next: AtomicU64::new(0),
        });
        let accepting = Arc::clone(&shared);
        let listener =
            std::thread::Builder::new().name("mock-server".to_owned()).spawn(move || accept(&listener, &accepting))?;
        Ok(MockServer { address, shared, listener: Some(listener) })
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:port` and the path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The log so far.
    pub fn log(&self) -> Log {
        self.shared.log.clone()
    }

    /// Its latency and faults.
    pub fn behaviour(&self) -> &Behaviour {
        &self.shared.behaviour
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        self.shared.stop.raise();
        // Wakes the listener, which then sees the flag.
        let _ = TcpStream::connect(self.address);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
        let threads = {
            let mut open = self.shared.open.lock();
            for stream in open.streams.values() {
                let _ = stream.shutdown(Shutdown::Both);
            }
            std::mem::take(&mut open.threads)
        };
        for thread in threads {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<ServerState>) {
    for stream in listener.incoming() {
        if shared.stop.is_raised() {
            return;
        }
        let Ok(stream) = stream else { continue };
        let Ok(clone) = stream.try_clone() else { continue };
        let number = shared.next.fetch_add(1, Ordering::Relaxed);
        let mut open = shared.open.lock();
        open.streams.insert(number, clone);
        open.threads.retain(|thread| !thread.is_finished());
        let serving = Arc::clone(shared);
        let thread = std::thread::Builder::new().name("mock-connection".to_owned()).stack_size(STACK_BYTES);
        let thread = thread.spawn(move || {
            serve(stream, &serving);
            serving.open.lock().streams.remove(&number);
        });
        open.threads.extend(thread);
    }
}

fn serve(stream: TcpStream, shared: &ServerState) {
    let _ = stream.set_nodelay(true);
    let Ok(reading) = stream.try_clone() else { return };
    let (mut reader, mut writer) = (BufReader::new(reading), stream);
    while let Some(received) = http::read(&mut reader) {
        let last = received.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if !answer(received, &mut writer, shared) || last || shared.stop.is_raised() {
            break;
        }
    }
    let _ = writer.shutdown(Shutdown::Both);
}

/// Answers a request; returns false if the connection ends with it.
fn answer(mut received: ReceivedRequest, writer: &mut TcpStream, shared: &ServerState) -> bool {
    let behaviour = &shared.behaviour;
    let (number, tried) = shared.log.open(&received.body, Instant::now());
    received.tried = tried;
    let latency = behaviour.latency_of(&received.body);
    let outcome = behaviour.outcome(&received.body, tried);
    let waited = shared.stop.wait(latency);
    let reply = reply(outcome, &received, shared);
    shared.log.begin_answer();
    // Writing to a disconnected peer can succeed: an answer only counts if the peer is still connected.
    let written = waited && is_there(writer) && write(outcome, &reply, writer, shared).is_ok();
    let cut = outcome == TryOutcome::Cut || reply.cut_after.is_some() || !written;
    let status = if cut { 0 } else { reply.status };
    shared.log.close(number, latency, status, (!cut).then(Instant::now));
    !cut
}

/// Whether the other end has not closed the connection.
fn is_there(stream: &TcpStream) -> bool {
    let look = || {
        stream.set_nonblocking(true)?;
        let peeked = stream.peek(&mut [0]);
        stream.set_nonblocking(false)?;
        peeked
    };
    match look() {
        Ok(bytes) => bytes > 0,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

fn reply(outcome: TryOutcome, received: &ReceivedRequest, shared: &ServerState) -> Reply {
    let faults = &shared.behaviour.faults;
    let plain = |status, name: &str, value: String| {
        Reply::of(status, b"{\"error\": {\"message\": \"as told\"}}").with(name, &value)
    };
    match outcome {
        TryOutcome::TooMany => plain(429, "retry-after", faults.retry_after.as_secs().to_string()),
        TryOutcome::ServerError => plain(500, "content-type", "application/json".to_owned()),
        TryOutcome::Redirect => plain(302, "location", faults.redirect_to.to_owned()),
        TryOutcome::BadJson => {
            let mut reply = (shared.responder)(received);
            reply.body.truncate(reply.body.len() / 2);
            reply
        }
        TryOutcome::Answer | TryOutcome::Cut | TryOutcome::SlowBody => (shared.responder)(received),
    }
}

fn write(outcome: TryOutcome, reply: &Reply, writer: &mut TcpStream, shared: &ServerState) -> std::io::Result<()> {
    let mut bytes = http::head(reply, reply.body.len());
    let body = reply.body.as_slice();
    let cut_after = reply.cut_after.or((outcome == TryOutcome::Cut).then_some(body.len() / 2));
    if let Some(cut_after) = cut_after {
        bytes.extend_from_slice(body.get(..cut_after.min(body.len())).unwrap_or_default());
        writer.write_all(&bytes)?;
        return writer.shutdown(Shutdown::Both);
    }
    match outcome {
        TryOutcome::SlowBody => {
            writer.write_all(&bytes)?;
            let pause = shared.behaviour.faults.slow_body_time / body.len().clamp(1, 20) as u32;
            for piece in body.chunks(body.len().div_ceil(20).max(1)) {
                if !shared.stop.wait(pause) {
                    return Err(std::io::ErrorKind::Interrupted.into());
                }
                writer.write_all(piece)?;
            }
            Ok(())
        }
        _ => {
            bytes.extend_from_slice(body);
            writer.write_all(&bytes)
        }
    }
}
