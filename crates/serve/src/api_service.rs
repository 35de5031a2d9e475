//! The answers of `serve`: tokens, routes, deadlines, the access log.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue,
};
use hyper::{Method, Request, Response, StatusCode};

use crate::access_log::AccessRecord;
use crate::exchange::{Answer, HandledRequest};
use crate::handlers::handle;
use crate::metrics::TimedStep;
use crate::problem::{Problem, ProblemKind};
use crate::route_table::ROUTES;
use crate::routes::{cross_origin_methods, find_route};
use crate::shared_state::{ApiRoute, SharedState};
use crate::transport::{HttpService, Transport};

impl HttpService for SharedState {
    fn transport(&self) -> &Transport {
        &self.transport
    }

    async fn answer(self: Arc<SharedState>, peer: SocketAddr, request: Request<Incoming>) -> Response<Full<Bytes>> {
        answer(&self, peer, request).await
    }
}

/// Answers one request.
async fn answer(state: &Arc<SharedState>, peer: SocketAddr, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let began = Instant::now();
    let (head, body) = request.into_parts();
    let mut bytes_in = 0;
    let path = head.uri.path();
    let cross_origin = cross_origin_methods(ROUTES, path);
    if let (&Method::OPTIONS, Some(methods)) = (&head.method, &cross_origin) {
        return preflight(methods);
    }
    let found = find_route(ROUTES, head.method.as_str(), path);
    let token = match (&state.tokens, &found) {
        (None, _) => Ok(None),
        (Some(_), Ok(found)) if found.route.is_open => Ok(None),
        (Some(tokens), _) => tokens.authorize(&head.headers).map(|name| Some(name.to_owned())),
    };
    let answered = match (&token, &found) {
        (Err(problem), _) | (_, Err(problem)) => Err(problem.clone()),
        (Ok(_), Ok(found)) => {
            let query = head.uri.query().unwrap_or_default();
            let is_tls = state.transport.tls.is_some();
            let request = HandledRequest { headers: &head.headers, path, is_tls, query, body, bytes_in: &mut bytes_in };
            let handled = tokio::time::timeout(state.transport.limits.deadline, handle(state, found, request)).await;
            handled.unwrap_or_else(|_| Err(late(state)))
        }
    };
    let rows = answered.as_ref().map_or(0, |answer| answer.rows);
    let (mut response, bytes_out) = into_response(answered);
    if cross_origin.is_some() {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    let status = response.status().as_u16();
    let route = found.as_ref().map_or("", |found| found.route.path);
    state.transport.metrics.observe(TimedStep::Request, began.elapsed());
    state.transport.metrics.count_request(route, status);
    if let Some(log) = &state.log {
        let record = AccessRecord {
            peer,
            method: head.method.as_str(),
            route,
            pipeline: found.as_ref().ok().and_then(|found| pipeline_name(state, found)),
            token: token.ok().flatten(),
            status,
            rows,
            bytes_in,
            bytes_out,
            time: began.elapsed(),
        };
        log(record.to_json());
    }
    response
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
    let seconds = state.transport.limits.deadline.as_secs_f64();
    let detail = format!("the answer was not ready within {seconds} s: send fewer rows, or try again later");
    Problem::new(ProblemKind::Deadline, detail)
}

/// The pipeline of a request, if one with this name exists: invented names are not recorded.
fn pipeline_name(state: &SharedState, found: &ApiRoute) -> Option<String> {
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
