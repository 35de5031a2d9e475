//! Connections and their requests: accepting, timeouts, tokens, answers, the access log.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

use crate::access_log::AccessRecord;
use crate::connections::{Admission, ConnectionGuard, ConnectionState};
use crate::exchange::{Answer, HandledRequest};
use crate::handlers::handle;
use crate::metrics::TimedStep;
use crate::problem::{Problem, ProblemKind};
use crate::routes::{FoundRoute, cross_origin_methods, find_route};
use crate::shared_state::SharedState;

/// Pause after the system refuses a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
/// How long the transfer of an answer may take after the server is stopped.
const LAST_ANSWER: Duration = Duration::from_secs(1);
/// The response to a connection for which there is no room.
const NO_ROOM: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Accepts connections until the server is stopped.
pub(crate) async fn accept(listener: TcpListener, state: Arc<SharedState>) {
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
        tokio::spawn(connect(stream, peer, guard, Arc::clone(&state)));
    }
}

async fn connect(stream: TcpStream, peer: SocketAddr, guard: ConnectionGuard, state: Arc<SharedState>) {
    // Answers are written in one piece, so delaying small packets gains nothing.
    let _ = stream.set_nodelay(true);
    let Some(tls) = &state.tls else { return serve(stream, peer, guard, state).await };
    let connection = Arc::clone(&guard.state);
    let mut stop = state.stop.subscribe();
    let greeted = tokio::select! {
        greeted = tokio::time::timeout(state.limits.header_timeout, tls.accept(stream)) => greeted,
        _ = stop.wait_for(|stops| *stops) => return,
        _ = connection.close.notified() => return,
    };
    // A client that doesn't speak TLS would not understand an answer.
    if let Ok(Ok(stream)) = greeted {
        serve(stream, peer, guard, Arc::clone(&state)).await;
    }
}

/// Answers the requests of a connection until it is closed.
async fn serve<S>(stream: S, peer: SocketAddr, guard: ConnectionGuard, state: Arc<SharedState>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection_state = Arc::clone(&guard.state);
    let service = {
        let (state, connection) = (Arc::clone(&state), Arc::clone(&connection_state));
        service_fn(move |request| answer(Arc::clone(&state), Arc::clone(&connection), peer, request))
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(state.limits.header_timeout)
        .serve_connection(TokioIo::new(stream), service);
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

/// Answers one request.
async fn answer(
    state: Arc<SharedState>,
    connection: Arc<ConnectionState>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let _request = connection.begin_request();
    let began = Instant::now();
    let (head, body) = request.into_parts();
    let mut bytes_in = 0;
    let path = head.uri.path();
    let cross_origin = cross_origin_methods(path);
    if let (&Method::OPTIONS, Some(methods)) = (&head.method, &cross_origin) {
        return Ok(preflight(methods));
    }
    let found = find_route(head.method.as_str(), path);
    let token = match (&state.tokens, &found) {
        (None, _) => Ok(None),
        (Some(_), Ok(found)) if found.route.is_open => Ok(None),
        (Some(tokens), _) => tokens.authorize(&head.headers).map(|name| Some(name.to_owned())),
    };
    let answered = match (&token, &found) {
        (Err(problem), _) | (_, Err(problem)) => Err(problem.clone()),
        (Ok(_), Ok(found)) => {
            let query = head.uri.query().unwrap_or_default();
            let is_tls = state.tls.is_some();
            let request = HandledRequest { headers: &head.headers, path, is_tls, query, body, bytes_in: &mut bytes_in };
            let handled = tokio::time::timeout(state.limits.deadline, handle(&state, found, request)).await;
            handled.unwrap_or_else(|_| Err(late(&state)))
        }
    };
    let rows = answered.as_ref().map_or(0, |answer| answer.rows);
    let (mut response, bytes_out) = into_response(answered);
    if cross_origin.is_some() {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    let status = response.status().as_u16();
    let route = found.as_ref().map_or("", |found| found.route.path);
    state.metrics.observe(TimedStep::Request, began.elapsed());
    state.metrics.count_request(route, status);
    if let Some(log) = &state.log {
        let record = AccessRecord {
            peer,
            method: head.method.as_str(),
            route,
            pipeline: found.as_ref().ok().and_then(|found| pipeline_name(&state, found)),
            token: token.ok().flatten(),
            status,
            rows,
            bytes_in,
            bytes_out,
            time: began.elapsed(),
        };
        log(record.to_json());
    }
    Ok(response)
}

/// The answer to a browser's CORS preflight request.
fn preflight(methods: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers
        .insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type, accept-language"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    if let Ok(methods) = HeaderValue::from_str(methods) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
    }
    response
}

fn late(state: &SharedState) -> Problem {
    let seconds = state.limits.deadline.as_secs_f64();
    let detail = format!("the answer was not ready within {seconds} s: send fewer rows, or try again later");
    Problem::new(ProblemKind::Deadline, detail)
}

/// The pipeline of a request, if one with this name exists: invented names are not recorded.
fn pipeline_name(state: &SharedState, found: &FoundRoute) -> Option<String> {
    let name = found.route.path.contains("{pipeline}").then(|| found.segments.first()).flatten()?;
    state.pipelines().ok()?.get(name).map(|pipeline| pipeline.name().to_owned())
}

/// The response, and the size of its body in bytes.
fn into_response(answered: Result<Answer, Problem>) -> (Response<Full<Bytes>>, usize) {
    let (mut response, bytes) = match answered {
        Ok(answer) => {
            let bytes = answer.body.len();
            let mut response = Response::new(Full::new(Bytes::from(answer.body)));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
            (response, bytes)
        }
        Err(problem) => (problem.into_response(), 0),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
    (response, bytes)
}
