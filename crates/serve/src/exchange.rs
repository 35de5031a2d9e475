//! A request with its body, its answer, and the path of its rows through the queue.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::HeaderMap;
use hyper::body::Incoming;
use hyper::header::CONTENT_LENGTH;
use matchflow_model::RowBatch;
use matchflow_model::outcome::Decision;
use serde_json::Value;

use crate::limits::ServeLimits;
use crate::match_queue::{MatchFailure, MatchTask, Refusal};
use crate::media::MediaType;
use crate::problem::{Problem, ProblemKind};
use crate::served_pipeline::ServedPipeline;
use crate::shared_state::SharedState;

/// Larger bodies, in bytes, are read and written outside the threads that serve connections.
const INLINE_BYTES_MAX: usize = 16 << 10;

/// The body of an answer and its type.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    /// Rows matched.
    pub(crate) rows: usize,
}

impl Answer {
    pub(crate) fn json(value: &Value) -> Answer {
        Answer { content_type: MediaType::Json.name(), body: value.to_string().into_bytes(), rows: 0 }
    }

    pub(crate) fn html(page: String) -> Answer {
        Answer { content_type: "text/html; charset=utf-8", body: page.into_bytes(), rows: 0 }
    }

    pub(crate) fn text(text: String) -> Answer {
        Answer { content_type: "text/plain; version=0.0.4; charset=utf-8", body: text.into_bytes(), rows: 0 }
    }
}

/// A request with its body still to be received.
pub(crate) struct HandledRequest<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) path: &'a str,
    pub(crate) is_tls: bool,
    pub(crate) query: &'a str,
    pub(crate) body: Incoming,
    /// The number of bytes received is written here.
    pub(crate) bytes_in: &'a mut usize,
}

/// The problem for a request that arrives after the stop.
pub(crate) fn stopping() -> Problem {
    Problem { retry_after: Some(1), ..Problem::new(ProblemKind::Unavailable, "the server is being stopped") }
}

/// The body of a request.
///
/// # Errors
///
/// More bytes than allowed, or a broken connection.
pub(crate) async fn receive(state: &SharedState, request: HandledRequest<'_>) -> Result<Bytes, Problem> {
    let body = receive_body(&state.transport.limits, request.headers, request.body).await?;
    *request.bytes_in = body.len();
    Ok(body)
}

/// The body of a request to any server.
///
/// # Errors
///
/// More bytes than allowed, or a broken connection.
pub(crate) async fn receive_body(limits: &ServeLimits, headers: &HeaderMap, body: Incoming) -> Result<Bytes, Problem> {
    let bytes_max = limits.body_bytes_max;
    let too_large = || Problem::new(ProblemKind::TooLarge, format!("a body has at most {bytes_max} bytes"));
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|bytes| bytes > bytes_max as u64) {
        return Err(too_large());
    }
    let collected = tokio::time::timeout(limits.deadline, Limited::new(body, bytes_max).collect()).await;
    let late = |_| Problem::new(ProblemKind::Timeout, "the body did not arrive in time");
    let collected = collected.map_err(late)?.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
        Some(_) => too_large(),
        None => Problem::new(ProblemKind::Malformed, "the body is incomplete"),
    })?;
    Ok(collected.to_bytes())
}

/// Runs work that is slow for a large body outside the threads that serve connections.
pub(crate) async fn compute<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    if bytes <= INLINE_BYTES_MAX {
        return work();
    }
    let failed = |_| Problem::new(ProblemKind::Internal, "the request could not be processed");
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

/// Abandons a task when its request no longer waits: the deadline has passed, or the client has disconnected.
struct AbandonOnDrop(Arc<MatchTask>);

impl Drop for AbandonOnDrop {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// The decisions on the rows of a batch, made by the scoring threads.
pub(crate) async fn decide(
    state: &SharedState,
    pipeline: Arc<ServedPipeline>,
    batch: RowBatch,
) -> Result<Vec<Decision>, Problem> {
    let (task, result) = MatchTask::new(pipeline, batch);
    let waiting = AbandonOnDrop(Arc::clone(&task));
    match state.queue.push(task) {
        Ok(()) => {}
        Err(Refusal::Closed) => return Err(stopping()),
        Err(Refusal::Full) => {
            state.transport.metrics.count_refused();
            let rows = state.queue.rows();
            let seconds = state.transport.metrics.time_for(rows, state.scoring_threads).as_secs() + 1;
            let detail = format!("{rows} rows wait already: try again in {seconds} s");
            return Err(Problem { retry_after: Some(seconds), ..Problem::new(ProblemKind::Busy, detail) });
        }
    }
    let result = result.await;
    drop(waiting);
    match result {
        Ok(Ok(decisions)) => Ok(decisions),
        Ok(Err(MatchFailure::Failed(error))) => Err(Problem::new(ProblemKind::Internal, error)),
        Ok(Err(MatchFailure::Stopped)) => Err(stopping()),
        Err(_) => Err(Problem::new(ProblemKind::Internal, "the rows have no decision")),
    }
}
