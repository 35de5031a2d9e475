//! What each route does with a request.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use crate::answer::{AnswerForm, MatchAnswer};
use crate::exchange::{Answer, HandledRequest, compute, decide, receive, stopping};
use crate::media::{MediaType, language};
use crate::metrics::TimedStep;
use crate::openapi;
use crate::problem::{Problem, ProblemKind};
use crate::reconcile_handlers::reconcile;
use crate::registry_entry::RegistryEntry;
use crate::route_table::Endpoint;
use crate::routes::query_values;
use crate::row_formats::read_rows;
use crate::served_pipeline::ServedPipeline;
use crate::shared_state::{ApiRoute, SharedState};
use crate::suggest::{LIMIT_DEFAULT, suggest, suggestions_json};

/// Answers a request.
pub(crate) async fn handle(
    state: &Arc<SharedState>,
    found: &ApiRoute,
    request: HandledRequest<'_>,
) -> Result<Answer, Problem> {
    let parameters = query_values(found.route, request.query)?;
    let segment = |place: usize| found.segments.get(place).map(String::as_str).unwrap_or_default();
    match found.route.endpoint {
        Endpoint::Match => match_rows(state, segment(0), &parameters, request).await,
        Endpoint::Entry => {
            let entry = RegistryEntry::find(&*state.pipeline(segment(0))?, segment(1))?;
            let none = || Problem::new(ProblemKind::NotFound, "the registry has no entry of this id");
            Ok(Answer::json(&entry.ok_or_else(none)?.to_json()))
        }
        Endpoint::Suggest => {
            let pipeline = state.pipeline(segment(0))?;
            let text = |place: usize| parameters.get(place).and_then(Option::as_deref);
            let limit = text(1).and_then(|limit| limit.parse().ok()).unwrap_or(LIMIT_DEFAULT);
            let entries = suggest(&pipeline, text(0).unwrap_or_default(), limit)?;
            Ok(Answer::json(&suggestions_json(&pipeline, &entries)))
        }
        Endpoint::Health => Ok(Answer::json(&json!({ "status": "ok" }))),
        Endpoint::Ready if state.transport.is_stopping() => Err(stopping()),
        Endpoint::Ready => {
            let pipelines = state.pipelines()?;
            let entries = |pipeline: &Arc<ServedPipeline>| json!({ "name": pipeline.name(), "entries": pipeline.matcher().index().entries() });
            Ok(Answer::json(&json!({ "pipelines": pipelines.iter().map(entries).collect::<Vec<_>>() })))
        }
        Endpoint::Metrics => Ok(Answer::text(state.transport.metrics.text(state.gauges()))),
        Endpoint::OpenApi => Ok(Answer::json(&openapi::document())),
        Endpoint::Reload => reload(state).await,
        endpoint => reconcile(state, endpoint, segment(0), &parameters, request).await,
    }
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
    let (bytes, rows_max) = (body.len(), state.transport.limits.rows_max);
    let batch = {
        let pipeline = Arc::clone(&pipeline);
        compute(bytes, move || read_rows(rows_media, &body, rows_max)?.into_batch(&pipeline, ignores_unknown)).await?
    };
    state.transport.metrics.observe(TimedStep::Read, began.elapsed());
    let (rows, rejects) = (batch.rows.num_rows(), batch.rejects.clone());
    let decisions = decide(state, pipeline, batch).await?;
    let began = Instant::now();
    let answer = MatchAnswer { decisions, rejects };
    let form = AnswerForm { media, words, has_evidence };
    let failed = |error: String| Problem::new(ProblemKind::Internal, error);
    let body = compute(bytes, move || answer.write(&form).map_err(failed)).await?;
    state.transport.metrics.observe(TimedStep::Write, began.elapsed());
    Ok(Answer { content_type: media.content_type(), body, rows })
}

/// Reloads the pipelines on a separate thread.
async fn reload(state: &Arc<SharedState>) -> Result<Answer, Problem> {
    let loading = Arc::clone(state);
    let loaded = tokio::task::spawn_blocking(move || loading.load()).await;
    match loaded {
        Ok(Ok(names)) => Ok(Answer::json(&json!({ "pipelines": names }))),
        Ok(Err(error)) => Err(Problem::new(ProblemKind::Reload, format!("{error}; the pipelines in use stay"))),
        Err(_) => Err(Problem::new(ProblemKind::Reload, "loading failed; the pipelines in use stay")),
    }
}
