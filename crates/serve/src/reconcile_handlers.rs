//! The routes of the reconciliation API.

use std::sync::Arc;

use hyper::HeaderMap;
use hyper::header::HOST;
use serde_json::{Value, json};

use crate::exchange::{Answer, HandledRequest, decide, receive};
use crate::problem::{FieldError, Problem, ProblemKind};
use crate::reconcile::manifest::{self, ServiceAddress};
use crate::reconcile::{self, ReconcileCandidate, ReconcileQuery, draft, extension, preview, v0_2};
use crate::route_table::Endpoint;
use crate::row_formats::json;
use crate::served_pipeline::ServedPipeline;
use crate::shared_state::SharedState;
use crate::suggest::{LIMIT_DEFAULT, LIMIT_MAX, entities_json, suggest};

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Answers a request of the API. `values` are those of the route's query parameters.
pub(crate) async fn reconcile(
    state: &Arc<SharedState>,
    endpoint: Endpoint,
    pipeline: &str,
    values: &[Option<String>],
    request: HandledRequest<'_>,
) -> Result<Answer, Problem> {
    let pipeline = state.pipeline(pipeline)?;
    let text = |place: usize| values.get(place).and_then(Option::as_deref);
    let number = |place: usize| text(place).and_then(|text| text.parse::<usize>().ok());
    let address = service_address(request.headers, request.is_tls, request.path);
    let answer = match endpoint {
        Endpoint::Reconcile => match (text(0), text(1)) {
            (None, None) => manifest::v0_2(&pipeline, &address),
            (queries, extend) => batch_0_2(state, &pipeline, queries, extend).await?,
        },
        Endpoint::ReconcileForm => {
            let form = form(state, request).await?;
            let value = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
            batch_0_2(state, &pipeline, value("queries"), value("extend")).await?
        }
        Endpoint::Draft => manifest::draft(&pipeline, &address),
        Endpoint::DraftMatch => {
            let queries = draft::queries(&pipeline, json(&receive(state, request).await?)?)?;
            draft::answer(match_queries(state, &pipeline, &queries).await?, &pipeline)
        }
        Endpoint::DraftExtend => {
            extension::query(&pipeline, json(&receive(state, request).await?)?)?.draft(&pipeline)?
        }
        Endpoint::ReconcileProperties | Endpoint::DraftProperties => extension::proposal(&pipeline, text(0), number(1)),
        Endpoint::ReconcilePreview | Endpoint::DraftPreview => {
            let page = preview::page(&pipeline, text(0).unwrap_or_default())?;
            let none = || Problem::new(ProblemKind::NotFound, "the registry has no entry and no group of this id");
            return Ok(Answer::html(page.ok_or_else(none)?));
        }
        Endpoint::SuggestEntity => suggest_entities(&pipeline, text(0), None, number(1))?,
        Endpoint::DraftSuggestEntity => suggest_entities(&pipeline, text(0), number(1), number(2))?,
        Endpoint::SuggestProperty => {
            page_of(extension::suggest_properties(&pipeline, text(0).unwrap_or_default()), None, number(1))
        }
        Endpoint::DraftSuggestProperty => {
            page_of(extension::suggest_properties(&pipeline, text(0).unwrap_or_default()), number(1), number(2))
        }
        Endpoint::SuggestType => {
            page_of(extension::suggest_types(&pipeline, text(0).unwrap_or_default()), None, number(1))
        }
        _ => page_of(extension::suggest_types(&pipeline, text(0).unwrap_or_default()), number(1), number(2)),
    };
    Ok(Answer::json(&answer))
}

/// A batch of queries, or a data extension, of version 0.2.
async fn batch_0_2(
    state: &SharedState,
    pipeline: &Arc<ServedPipeline>,
    queries: Option<&str>,
    extend: Option<&str>,
) -> Result<Value, Problem> {
    match (queries, extend) {
        (Some(queries), None) => {
            let (keys, queries): (Vec<String>, Vec<ReconcileQuery>) =
                v0_2::queries(pipeline, json(queries.as_bytes())?)?.into_iter().unzip();
            let answers = match_queries(state, pipeline, &queries).await?;
            Ok(v0_2::answer(keys.into_iter().zip(answers).collect(), pipeline))
        }
        (None, Some(extend)) => extension::query(pipeline, json(extend.as_bytes())?)?.v0_2(pipeline),
        _ => {
            let error = FieldError::new("", "a request must have one of these").allowing(["queries", "extend"]);
            Err(Problem::of_part(ProblemKind::Invalid, error))
        }
    }
}

/// The candidates of each query, all matched together; one without a value has none.
async fn match_queries(
    state: &SharedState,
    pipeline: &Arc<ServedPipeline>,
    queries: &[ReconcileQuery],
) -> Result<Vec<Vec<ReconcileCandidate>>, Problem> {
    let mut answers: Vec<Vec<ReconcileCandidate>> = queries.iter().map(|_| Vec::new()).collect();
    let (table, places) = reconcile::rows_of(queries);
    if places.is_empty() {
        return Ok(answers);
    }
    let batch =
        table.into_batch(pipeline, false).map_err(|problem| reconcile::of_queries(problem, queries, &places))?;
    let decisions = decide(state, Arc::clone(pipeline), batch).await?;
    for (place, decision) in places.into_iter().zip(&decisions) {
        if let (Some(answer), Some(query)) = (answers.get_mut(place), queries.get(place)) {
            *answer = reconcile::candidates(pipeline, query, decision);
        }
    }
    Ok(answers)
}

/// The fields of a form.
async fn form(state: &SharedState, request: HandledRequest<'_>) -> Result<Vec<(String, String)>, Problem> {
    let content_type = request.headers.get(hyper::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = content_type.and_then(|value| value.split(';').next()).unwrap_or(FORM).trim();
    if !media.eq_ignore_ascii_case(FORM) {
        let error = FieldError::new("Content-Type", "queries must be in a form").allowing([FORM]);
        return Err(Problem::of_part(ProblemKind::MediaType, error));
    }
    let body = receive(state, request).await?;
    Ok(form_urlencoded::parse(&body).into_owned().collect())
}

fn suggest_entities(
    pipeline: &ServedPipeline,
    prefix: Option<&str>,
    limit: Option<usize>,
    offset: Option<usize>,
) -> Result<Value, Problem> {
    let (limit, offset) = (limit.unwrap_or(LIMIT_DEFAULT), offset.unwrap_or_default());
    let found = suggest(pipeline, prefix.unwrap_or_default(), limit.min(LIMIT_MAX) + offset)?;
    Ok(entities_json(pipeline, found.get(offset..).unwrap_or_default()))
}

/// A page of a list of suggestions.
fn page_of(mut suggestions: Value, limit: Option<usize>, offset: Option<usize>) -> Value {
    if let Some(result) = suggestions.get_mut("result").and_then(Value::as_array_mut) {
        let page = result.drain(..).skip(offset.unwrap_or_default()).take(limit.unwrap_or(LIMIT_MAX));
        let page: Vec<Value> = page.collect();
        return json!({ "result": page });
    }
    suggestions
}

/// The service's address from the client's view, from the `Host` header.
fn service_address(headers: &HeaderMap, is_tls: bool, path: &str) -> ServiceAddress {
    let is_plain = |host: &&str| {
        host.bytes().all(|byte| byte.is_ascii_alphanumeric() || [b'.', b'-', b':', b'[', b']'].contains(&byte))
    };
    let host = headers.get(HOST).and_then(|value| value.to_str().ok()).filter(is_plain).unwrap_or("localhost");
    let scheme = if is_tls { "https" } else { "http" };
    let pipeline = path.split('/').take(3).collect::<Vec<_>>().join("/");
    ServiceAddress { origin: format!("{scheme}://{host}"), path: pipeline }
}
