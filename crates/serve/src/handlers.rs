//! What each route does with a request.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::HeaderMap;
use hyper::body::Incoming;
use hyper::header::CONTENT_LENGTH;
use matchflow_matcher::DisplayFields;
use matchflow_model::columns;
use serde_json::{Value, json};

use crate::answer::{AnswerForm, MatchAnswer};
use crate::match_queue::{MatchFailure, MatchTask, Refusal};
use crate::media::{MediaType, language};
use crate::metrics::TimedStep;
use crate::openapi;
use crate::problem::{Problem, ProblemKind};
use crate::routes::{Endpoint, FoundRoute, query_values};
use crate::row_formats::read_rows;
use crate::served_pipeline::ServedPipeline;
use crate::shared_state::SharedState;

/// Bodies of more bytes are read and written outside of the threads that serve connections.
const INLINE_BYTES_MAX: usize = 16 << 10;

/// The body of an answer and its type.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    /// Rows that were matched.
    pub(crate) rows: usize,
}

impl Answer {
    fn json(value: &Value) -> Answer {
        Answer { content_type: MediaType::Json.name(), body: value.to_string().into_bytes(), rows: 0 }
    }

    fn text(text: String) -> Answer {
        Answer { content_type: "text/plain; version=0.0.4; charset=utf-8", body: text.into_bytes(), rows: 0 }
    }
}

/// A request with its body still to be received.
pub(crate) struct HandledRequest<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) query: &'a str,
    pub(crate) body: Incoming,
    /// Where the number of bytes received is recorded.
    pub(crate) bytes_in: &'a mut usize,
}

/// Answers a request.
pub(crate) async fn handle(
    state: &Arc<SharedState>,
    found: &FoundRoute,
    request: HandledRequest<'_>,
) -> Result<Answer, Problem> {
    let parameters = query_values(found.route, request.query)?;
    let segment = |place: usize| found.segments.get(place).map(String::as_str).unwrap_or_default();
    match found.route.endpoint {
        Endpoint::Match => match_rows(state, segment(0), &parameters, request).await,
        Endpoint::Entry => entry(&*state.pipeline(segment(0))?, segment(1)),
        Endpoint::Health => Ok(Answer::json(&json!({ "status": "ok" }))),
        Endpoint::Ready if state.is_stopping() => Err(stopping()),
        Endpoint::Ready => {
            let pipelines = state.pipelines()?;
            let entries = |pipeline: &Arc<ServedPipeline>| json!({ "name": pipeline.name(), "entries": pipeline.matcher().index().entries() });
            Ok(Answer::json(&json!({ "pipelines": pipelines.iter().map(entries).collect::<Vec<_>>() })))
        }
        Endpoint::Metrics => Ok(Answer::text(state.metrics.text(state.gauges()))),
        Endpoint::OpenApi => Ok(Answer::json(&openapi::document())),
        Endpoint::Reload => reload(state).await,
    }
}

fn stopping() -> Problem {
    Problem { retry_after: Some(1), ..Problem::new(ProblemKind::Unavailable, "the server is being stopped") }
}

/// The body of a request.
///
/// # Errors
///
/// More bytes than are allowed, or a connection that breaks.
async fn receive(state: &SharedState, request: HandledRequest<'_>) -> Result<Bytes, Problem> {
    let bytes_max = state.limits.body_bytes_max;
    let too_large = || Problem::new(ProblemKind::TooLarge, format!("a body has at most {bytes_max} bytes"));
    let declared = request.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|bytes| bytes > bytes_max as u64) {
        return Err(too_large());
    }
    let collected = tokio::time::timeout(state.limits.deadline, Limited::new(request.body, bytes_max).collect()).await;
    let late = |_| Problem::new(ProblemKind::Timeout, "the body did not arrive in time");
    let collected = collected.map_err(late)?.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
        Some(_) => too_large(),
        None => Problem::new(ProblemKind::Malformed, "the body is incomplete"),
    })?;
    let body = collected.to_bytes();
    *request.bytes_in = body.len();
    Ok(body)
}

/// Runs work that takes long for a large body outside of the threads that serve connections.
async fn compute<T: Send + 'static>(
    bytes: usize,
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    if bytes <= INLINE_BYTES_MAX {
        return work();
    }
    let failed = |_| Problem::new(ProblemKind::Internal, "the request could not be processed");
    tokio::task::spawn_blocking(work).await.map_err(failed)?
}

async fn match_rows(
    state: &Arc<SharedState>,
    pipeline: &str,
    parameters: &[Option<String>],
    request: HandledRequest<'_>,
) -> Result<Answer, Problem> {
    let is = |place: usize, word: &str| parameters.get(place).and_then(Option::as_deref) == Some(word);
    let (has_evidence, ignores_unknown) = (is(0, "true"), is(1, "ignore"));
    let pipeline = state.pipeline(pipeline)?;
    let rows_media = MediaType::of_body(request.headers)?;
    let media = MediaType::of_answer(request.headers, rows_media)?;
    let words = pipeline.words(language(request.headers));
    let body = receive(state, request).await?;
    let began = Instant::now();
    let (bytes, rows_max) = (body.len(), state.limits.rows_max);
    let batch = {
        let pipeline = Arc::clone(&pipeline);
        compute(bytes, move || read_rows(rows_media, &body, rows_max)?.into_batch(&pipeline, ignores_unknown)).await?
    };
    state.metrics.observe(TimedStep::Read, began.elapsed());
    let (rows, rejects) = (batch.rows.num_rows(), batch.rejects.clone());
    let decisions = decide(state, pipeline, batch).await?;
    let began = Instant::now();
    let answer = MatchAnswer { decisions, rejects };
    let form = AnswerForm { media, words, has_evidence };
    let failed = |error: String| Problem::new(ProblemKind::Internal, error);
    let body = compute(bytes, move || answer.write(&form).map_err(failed)).await?;
    state.metrics.observe(TimedStep::Write, began.elapsed());
    Ok(Answer { content_type: media.content_type(), body, rows })
}

/// Leaves a task alone once nobody waits for it: the deadline is over, or the client is gone.
struct AbandonOnDrop(Arc<MatchTask>);

impl Drop for AbandonOnDrop {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// The decisions on the rows of a batch, from the scoring threads.
async fn decide(
    state: &SharedState,
    pipeline: Arc<ServedPipeline>,
    batch: matchflow_model::RowBatch,
) -> Result<Vec<matchflow_model::outcome::Decision>, Problem> {
    let (task, result) = MatchTask::new(pipeline, batch);
    let waiting = AbandonOnDrop(Arc::clone(&task));
    match state.queue.push(task) {
        Ok(()) => {}
        Err(Refusal::Closed) => return Err(stopping()),
        Err(Refusal::Full) => {
            state.metrics.count_refused();
            let rows = state.queue.rows();
            let seconds = state.metrics.time_for(rows, state.scoring_threads).as_secs() + 1;
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

/// An entry with the fields of the pipeline, as the registry has them.
fn entry(pipeline: &ServedPipeline, id: &str) -> Result<Answer, Problem> {
    let failed = |error: String| Problem::new(ProblemKind::Internal, error);
    let found = pipeline.matcher().find_entry(id).map_err(|error| failed(error.to_string()))?;
    let Some(entry) = found else {
        return Err(Problem::new(ProblemKind::NotFound, "the registry has no entry of this id"));
    };
    let names: Vec<String> = pipeline.entry_fields().map(str::to_owned).collect();
    let fields = DisplayFields::new(&entry, &names).map_err(|error| failed(error.to_string()))?.row_values(0);
    let text = |column: &str| {
        columns::text(&entry, column).ok().and_then(|values| columns::value(values, 0).map(str::to_owned))
    };
    let is_open = columns::flags(&entry, columns::OPEN).ok().map(|open| open.value(0));
    let has_status = pipeline.plan().reference.status.is_some();
    Ok(Answer::json(&json!({
        "id": text(columns::ID),
        "group": text(columns::GROUP).filter(|_| pipeline.plan().reference.group.is_some()),
        "closed": is_open.filter(|_| has_status).map(|open| !open),
        "fields": fields,
    })))
}

/// Loads the pipelines again, on a thread of its own.
async fn reload(state: &Arc<SharedState>) -> Result<Answer, Problem> {
    let loading = Arc::clone(state);
    let loaded = tokio::task::spawn_blocking(move || loading.load()).await;
    match loaded {
        Ok(Ok(names)) => Ok(Answer::json(&json!({ "pipelines": names }))),
        Ok(Err(error)) => Err(Problem::new(ProblemKind::Reload, format!("{error}; the pipelines in use stay"))),
        Err(_) => Err(Problem::new(ProblemKind::Reload, "loading failed; the pipelines in use stay")),
    }
}
