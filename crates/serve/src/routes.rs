//! From a request line to its route: paths, queries, methods.

use crate::problem::{FieldError, Problem, ProblemKind};
use crate::route_table::{ParameterForm, QueryParameter, Route};

/// A route with the values of its path.
#[derive(Debug)]
pub struct FoundRoute<E: 'static> {
    /// The route.
    pub route: &'static Route<E>,
    /// The values of the segments in braces, in order.
    pub segments: Vec<String>,
}

/// The route of a request. `HEAD` is `GET` without a body.
///
/// # Errors
///
/// No such path, or another method.
pub fn find_route<E>(routes: &'static [Route<E>], method: &str, path: &str) -> Result<FoundRoute<E>, Problem> {
    let method = if method == "HEAD" { "GET" } else { method };
    let mut methods = Vec::new();
    for route in routes {
        let Some(segments) = path_segments(route.path, path)? else { continue };
        if route.method == method {
            return Ok(FoundRoute { route, segments });
        }
        methods.push(route.method);
    }
    if methods.is_empty() {
        let paths = routes.iter().map(|route| format!("{} {}", route.method, route.path));
        let error = FieldError::new("", "there is no such path").allowing(paths);
        return Err(Problem::of_part(ProblemKind::NotFound, error));
    }
    let error = FieldError::new("", "this path does not take the method").allowing(methods.iter().copied());
    Err(Problem { methods: Some(methods.join(", ")), ..Problem::of_part(ProblemKind::Method, error) })
}

/// The values of the placeholders of `template` in `path`; `None` if the path doesn't match.
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

/// The parameters of a query, in the order of the route's.
///
/// # Errors
///
/// An unknown or repeated parameter, or a value that is not allowed.
pub fn query_values<E>(route: &Route<E>, query: &str) -> Result<Vec<Option<String>>, Problem> {
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
        match invalid_value(parameter, pointer, &value) {
            Some(error) => errors.push(error),
            None => *slot = Some(value.into_owned()),
        }
    }
    let missing = route.query.iter().zip(&values).filter(|(parameter, value)| parameter.is_required && value.is_none());
    errors.extend(missing.map(|(parameter, _)| FieldError::new(format!("?{}", parameter.name), parameter.about)));
    if errors.is_empty() { Ok(values) } else { Err(Problem::of_parts(errors)) }
}

/// What is wrong with a value.
fn invalid_value(parameter: &QueryParameter, pointer: String, value: &str) -> Option<FieldError> {
    match parameter.form {
        ParameterForm::Text => None,
        ParameterForm::Words(words) => (!words.contains(&value))
            .then(|| FieldError::new(pointer, "the value must be one of these").allowing(words.iter().copied())),
        ParameterForm::Number { min, max } => {
            let is_allowed = value.parse::<u32>().is_ok_and(|number| (min..=max).contains(&number));
            (!is_allowed)
                .then(|| FieldError::new(pointer, format!("the value must be a whole number from {min} to {max}")))
        }
    }
}

/// The methods that pages of other origins may use for a path; `None` if they may not use it.
pub(crate) fn cross_origin_methods<E>(routes: &[Route<E>], path: &str) -> Option<String> {
    let is_of_path = |route: &&Route<E>| matches!(path_segments(route.path, path), Ok(Some(_)));
    let methods = routes.iter().filter(|route| route.is_cross_origin).filter(is_of_path).map(|route| route.method);
    let methods = methods.collect::<Vec<_>>().join(", ");
    (!methods.is_empty()).then_some(methods)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route_table::{Endpoint, ROUTES};

    #[test]
    fn a_path_matches_its_template() {
        let found = find_route(ROUTES, "GET", "/v1/my%20suppliers/entries/732%2F8").unwrap();
        assert_eq!(
            (found.route.endpoint, found.segments.as_slice()),
            (Endpoint::Entry, ["my suppliers", "732/8"].map(str::to_owned).as_slice())
        );
        assert_eq!(find_route(ROUTES, "HEAD", "/healthz").unwrap().route.endpoint, Endpoint::Health);
        for path in ["", "/", "/v1//match", "/v1/p/match/", "/v1/p/entries/", "/healthz/x", "//healthz"] {
            assert_eq!(find_route(ROUTES, "GET", path).unwrap_err().kind, ProblemKind::NotFound, "{path}");
        }
        assert_eq!(find_route(ROUTES, "GET", "/v1/%ff/entries/1").unwrap_err().kind, ProblemKind::Malformed);
        let problem = find_route(ROUTES, "DELETE", "/v1/p/match").unwrap_err();
        assert_eq!((problem.kind, problem.methods.as_deref()), (ProblemKind::Method, Some("POST")));
    }

    #[test]
    fn a_query_has_only_parameters_of_the_route() {
        let route = find_route(ROUTES, "POST", "/v1/p/match").unwrap().route;
        assert_eq!(query_values(route, "unknown=ignore").unwrap(), [None, Some("ignore".to_owned())]);
        let pointers = |query| -> Vec<String> {
            query_values(route, query).unwrap_err().errors.into_iter().map(|error| error.pointer).collect()
        };
        let route = find_route(ROUTES, "GET", "/v1/p/suggest").unwrap().route;
        let pointers_of = |query| -> Vec<String> {
            query_values(route, query).unwrap_err().errors.into_iter().map(|error| error.pointer).collect()
        };
        assert_eq!((pointers_of(""), pointers_of("q=a&limit=0")), (vec!["?q".to_owned()], vec!["?limit".to_owned()]));
        assert_eq!(cross_origin_methods(ROUTES, "/v1/p/reconcile").as_deref(), Some("GET, POST"));
        assert_eq!(cross_origin_methods(ROUTES, "/v1/p/match"), None);
        assert_eq!(pointers("evidence=yes&x=1&unknown=refuse&unknown=refuse"), ["?evidence", "?x", "?unknown"]);
    }
}
