//! Connections and their requests: accepting, timeouts, the stop.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

use crate::connections::{Admission, ConnectionGuard};
use crate::transport::HttpService;

/// Pause after the system refuses a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
/// How long the transfer of an answer may take after the server is stopped.
const LAST_ANSWER: Duration = Duration::from_secs(1);
/// The response to a connection for which there is no room.
const NO_ROOM: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Accepts connections until the server is stopped.
pub(crate) async fn accept<S: HttpService>(listener: TcpListener, service: Arc<S>) {
    let state = service.transport();
    let mut stop = state.stop.subscribe();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stops| *stops) => return,
        };
        let Ok((stream, peer)) = accepted else {
            // No descriptor is left, or the client has already disconnected.
            state.connections.make_room();
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        state.metrics.count_connection();
        let guard = match state.connections.open() {
            Admission::Admitted(guard) => guard,
            Admission::Replaced(guard) => {
                state.metrics.count_closed_connection();
                guard
            }
            Admission::Full => {
                // Best effort: the listener doesn't wait for a client.
                let _ = stream.try_write(NO_ROOM);
                continue;
            }
        };
        tokio::spawn(connect(stream, peer, guard, Arc::clone(&service)));
    }
}

async fn connect<S: HttpService>(stream: TcpStream, peer: SocketAddr, guard: ConnectionGuard, service: Arc<S>) {
    let state = service.transport();
    // Answers are written in one piece, so delaying small packets gains nothing.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &state.tls else { return serve(stream, peer, guard, Arc::clone(&service)).await };
    let connection = Arc::clone(&guard.state);
    let mut stop = state.stop.subscribe();
    let greeted = tokio::select! {
        greeted = tokio::time::timeout(state.limits.header_timeout, tls.accept(stream)) => greeted,
        _ = stop.wait_for(|stops| *stops) => return,
        _ = connection.close.notified() => return,
    };
    // A client that doesn't speak TLS would not understand an answer.
    if let Ok(Ok(stream)) = greeted {
        serve(stream, peer, guard, Arc::clone(&service)).await;
    }
}

/// Answers the requests of a connection until it is closed.
async fn serve<T, S>(stream: T, peer: SocketAddr, guard: ConnectionGuard, service: Arc<S>)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: HttpService,
{
    let state = service.transport();
    let connection_state = Arc::clone(&guard.state);
    let answering = {
        let (service, connection) = (Arc::clone(&service), Arc::clone(&connection_state));
        service_fn(move |request| {
            let (service, connection) = (Arc::clone(&service), Arc::clone(&connection));
            async move {
                let _request = connection.begin_request();
                Ok::<_, Infallible>(service.answer(peer, request).await)
            }
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(state.limits.header_timeout)
        .serve_connection(TokioIo::new(stream), answering);
    tokio::pin!(connection);
    let mut stop = state.stop.subscribe();
    tokio::select! {
        // The client disconnected.
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stops| *stops) => {}
        _ = connection_state.close.notified() => {
            // Another connection took its slot: it was idle, and is closed immediately unless a request has just
            // arrived.
            if !connection_state.is_busy() {
                return;
            }
        }
    }
    connection.as_mut().graceful_shutdown();
    loop {
        match tokio::time::timeout(LAST_ANSWER, connection.as_mut()).await {
            Ok(_) => return,
            Err(_) if connection_state.is_busy() => {}
            // The headers of a request never arrived, or its answer is not read.
            Err(_) => return,
        }
    }
}
