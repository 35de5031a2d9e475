//! The routes: the one table from which requests are dispatched and the OpenAPI document is made.

use crate::problem::{FieldError, Problem, ProblemKind};

/// What a route does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Match,
    Entry,
    Health,
    Ready,
    Metrics,
    OpenApi,
    Reload,
}

/// A parameter in the query of a route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct QueryParameter {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) form: ParameterForm,
}

/// What the value of a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterForm {
    /// One of these words.
    Words(&'static [&'static str]),
}

/// A route.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// Its path; `{name}` is any segment.
    pub(crate) path: &'static str,
    pub(crate) endpoint: Endpoint,
    pub(crate) summary: &'static str,
    pub(crate) query: &'static [QueryParameter],
    /// Problems that it may answer with, on top of those that every route may.
    pub(crate) problems: &'static [ProblemKind],
    /// Whether it answers without a token.
    pub(crate) is_open: bool,
}

const YES_NO: ParameterForm = ParameterForm::Words(&["true", "false"]);

/// Every route.
pub(crate) static ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/{pipeline}/match",
        endpoint: Endpoint::Match,
        summary: "Matches rows with the registry: the decision that a run would store for each.",
        query: &[
            QueryParameter { name: "evidence", about: "Adds the scores behind each decision.", form: YES_NO },
            QueryParameter {
                name: "unknown",
                about: "What becomes of names that the pipeline does not read: `refuse` (the default) or `ignore`.",
                form: ParameterForm::Words(&["refuse", "ignore"]),
            },
        ],
        problems: &[
            ProblemKind::UnknownPipeline,
            ProblemKind::TooLarge,
            ProblemKind::MediaType,
            ProblemKind::NotAcceptable,
            ProblemKind::Invalid,
            ProblemKind::Timeout,
            ProblemKind::Busy,
            ProblemKind::Internal,
            ProblemKind::Unavailable,
            ProblemKind::Deadline,
        ],
        is_open: false,
    },
    Route {
        method: "GET",
        path: "/v1/{pipeline}/entries/{id}",
        endpoint: Endpoint::Entry,
        summary: "An entry of the registry by its id.",
        query: &[],
        problems: &[
            ProblemKind::UnknownPipeline,
            ProblemKind::NotFound,
            ProblemKind::Internal,
            ProblemKind::Unavailable,
        ],
        is_open: false,
    },
    Route {
        method: "GET",
        path: "/healthz",
        endpoint: Endpoint::Health,
        summary: "Whether the process works.",
        query: &[],
        problems: &[],
        is_open: true,
    },
    Route {
        method: "GET",
        path: "/readyz",
        endpoint: Endpoint::Ready,
        summary: "Whether requests are answered: the pipelines are loaded, and the server is not being stopped.",
        query: &[],
        problems: &[ProblemKind::Unavailable],
        is_open: true,
    },
    Route {
        method: "GET",
        path: "/metrics",
        endpoint: Endpoint::Metrics,
        summary: "Counters and histograms for Prometheus.",
        query: &[],
        problems: &[],
        is_open: false,
    },
    Route {
        method: "GET",
        path: "/openapi.json",
        endpoint: Endpoint::OpenApi,
        summary: "This document.",
        query: &[],
        problems: &[],
        is_open: true,
    },
    Route {
        method: "POST",
        path: "/-/reload",
        endpoint: Endpoint::Reload,
        summary: "Loads the pipelines, plug-ins and registries again; what cannot be loaded leaves those in use.",
        query: &[],
        problems: &[ProblemKind::Reload, ProblemKind::Unavailable],
        is_open: false,
    },
];

/// A route with the values of its path.
#[derive(Debug)]
pub(crate) struct FoundRoute {
    pub(crate) route: &'static Route,
    /// The values of the segments in braces, in order.
    pub(crate) segments: Vec<String>,
}

/// The route of a request. `HEAD` is `GET` without a body.
///
/// # Errors
///
/// No such path, or another method.
pub(crate) fn find_route(method: &str, path: &str) -> Result<FoundRoute, Problem> {
    let method = if method == "HEAD" { "GET" } else { method };
    let mut methods = Vec::new();
    for route in ROUTES {
        let Some(segments) = path_segments(route.path, path)? else { continue };
        if route.method == method {
            return Ok(FoundRoute { route, segments });
        }
        methods.push(route.method);
    }
    if methods.is_empty() {
        let paths = ROUTES.iter().map(|route| format!("{} {}", route.method, route.path));
        let error = FieldError::new("", "there is no such path").allowing(paths);
        return Err(Problem::of_part(ProblemKind::NotFound, error));
    }
    let error = FieldError::new("", "this path does not take the method").allowing(methods.iter().copied());
    Err(Problem { methods: Some(methods.join(", ")), ..Problem::of_part(ProblemKind::Method, error) })
}

/// The values of the braces of `template` in `path`; `None` where the path is another one.
fn path_segments(template: &str, path: &str) -> Result<Option<Vec<String>>, Problem> {
    let mut values = Vec::new();
    let (mut expected, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (expected.next(), found.next()) {
            (None, None) => return Ok(Some(values)),
            (Some(expected), Some(found)) if expected.starts_with('{') && !found.is_empty() => {
                let decoded = percent_encoding::percent_decode_str(found).decode_utf8();
                let decoded = decoded.map_err(|_| Problem::new(ProblemKind::Malformed, "the path must be UTF-8"))?;
                values.push(decoded.into_owned());
            }
            (Some(expected), Some(found)) if expected == found => {}
            _ => return Ok(None),
        }
    }
}

/// The parameters of a query, by the places of the route's.
///
/// # Errors
///
/// A parameter that the route does not have, twice the same, or another value than is allowed.
pub(crate) fn query_values(route: &Route, query: &str) -> Result<Vec<Option<String>>, Problem> {
    let mut values: Vec<Option<String>> = vec![None; route.query.len()];
    let mut errors = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let pointer = format!("?{name}");
        let place = route.query.iter().position(|parameter| parameter.name == name);
        let Some((parameter, slot)) = place.and_then(|place| route.query.get(place).zip(values.get_mut(place))) else {
            let names = route.query.iter().map(|parameter| parameter.name);
            errors.push(FieldError::new(pointer, "there is no such parameter").allowing(names));
            continue;
        };
        if slot.is_some() {
            errors.push(FieldError::new(pointer, "the parameter is given twice"));
            continue;
        }
        match parameter.form {
            ParameterForm::Words(words) if !words.contains(&value.as_ref()) => {
                errors.push(FieldError::new(pointer, "the value must be one of these").allowing(words.iter().copied()));
            }
            _ => *slot = Some(value.into_owned()),
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(Problem::of_parts(errors)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_the_one_of_its_template() {
        let found = find_route("GET", "/v1/my%20suppliers/entries/732%2F8").unwrap();
        assert_eq!(
            (found.route.endpoint, found.segments.as_slice()),
            (Endpoint::Entry, ["my suppliers", "732/8"].map(str::to_owned).as_slice())
        );
        assert_eq!(find_route("HEAD", "/healthz").unwrap().route.endpoint, Endpoint::Health);
        for path in ["", "/", "/v1//match", "/v1/p/match/", "/v1/p/entries/", "/healthz/x", "//healthz"] {
            assert_eq!(find_route("GET", path).unwrap_err().kind, ProblemKind::NotFound, "{path}");
        }
        assert_eq!(find_route("GET", "/v1/%ff/entries/1").unwrap_err().kind, ProblemKind::Malformed);
        let problem = find_route("DELETE", "/v1/p/match").unwrap_err();
        assert_eq!((problem.kind, problem.methods.as_deref()), (ProblemKind::Method, Some("POST")));
    }

    #[test]
    fn a_query_has_parameters_of_the_route_alone() {
        let route = find_route("POST", "/v1/p/match").unwrap().route;
        assert_eq!(query_values(route, "unknown=ignore").unwrap(), [None, Some("ignore".to_owned())]);
        let pointers = |query| -> Vec<String> {
            query_values(route, query).unwrap_err().errors.into_iter().map(|error| error.pointer).collect()
        };
        assert_eq!(pointers("evidence=yes&x=1&unknown=refuse&unknown=refuse"), ["?evidence", "?x", "?unknown"]);
    }
}
