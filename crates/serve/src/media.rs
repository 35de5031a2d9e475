//! Media types of bodies, and content negotiation: `Content-Type`, `Accept`, `Accept-Language`.

use hyper::HeaderMap;
use hyper::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderName};
use matchflow_model::language::Language;

use crate::problem::{FieldError, Problem, ProblemKind};

/// A media type of rows and of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    Json,
    Csv,
    Arrow,
}

impl MediaType {
    /// Every type, the default first.
    pub(crate) const ALL: [MediaType; 3] = [MediaType::Json, MediaType::Csv, MediaType::Arrow];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            MediaType::Json => "application/json",
            MediaType::Csv => "text/csv",
            MediaType::Arrow => "application/vnd.apache.arrow.stream",
        }
    }

    /// The value of `Content-Type` for an answer.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            MediaType::Csv => "text/csv; charset=utf-8; header=present",
            other => other.name(),
        }
    }

    fn of_name(name: &str) -> Option<MediaType> {
        MediaType::ALL.into_iter().find(|media| media.name().eq_ignore_ascii_case(name))
    }

    /// The type of a request's rows; JSON by default.
    ///
    /// # Errors
    ///
    /// Any other type, or a charset that is not UTF-8.
    pub(crate) fn of_body(headers: &HeaderMap) -> Result<MediaType, Problem> {
        let Some(value) = text(headers, CONTENT_TYPE) else { return Ok(MediaType::Json) };
        let mut parts = value.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let names = MediaType::ALL.map(MediaType::name);
        let refused = |detail: String| {
            Problem::of_part(ProblemKind::MediaType, FieldError::new("Content-Type", detail).allowing(names))
        };
        let media = MediaType::of_name(name).ok_or_else(|| refused("rows must be of one of these types".to_owned()))?;
        let charset =
            parts.filter_map(|part| part.split_once('=')).find(|(key, _)| key.eq_ignore_ascii_case("charset"));
        match charset {
            Some((_, charset)) if !charset.trim_matches('"').eq_ignore_ascii_case("utf-8") => {
                Err(refused("the charset must be UTF-8".to_owned()))
            }
            _ => Ok(media),
        }
    }

    /// The type of the answer: the one that the client prefers, by default that of the rows.
    ///
    /// # Errors
    ///
    /// A client that accepts none of the types.
    pub(crate) fn of_answer(headers: &HeaderMap, rows: MediaType) -> Result<MediaType, Problem> {
        let Some(value) = text(headers, ACCEPT) else { return Ok(rows) };
        for range in preferences(value) {
            match range.split_once('/') {
                Some(("*", _)) => return Ok(rows),
                Some((family, "*")) => {
                    let of_family = |media: &MediaType| media.name().split('/').next() == Some(family);
                    let own = Some(rows).filter(of_family);
                    if let Some(media) = own.or_else(|| MediaType::ALL.into_iter().find(of_family)) {
                        return Ok(media);
                    }
                }
                _ => {
                    if let Some(media) = MediaType::of_name(range) {
                        return Ok(media);
                    }
                }
            }
        }
        let names = MediaType::ALL.map(MediaType::name);
        let error = FieldError::new("Accept", "the answer can have one of these types").allowing(names);
        Err(Problem::of_part(ProblemKind::NotAcceptable, error))
    }
}

/// The language that the client prefers, if it is supported.
pub(crate) fn language(headers: &HeaderMap) -> Option<Language> {
    preferences(text(headers, ACCEPT_LANGUAGE)?).into_iter().find_map(Language::from_locale)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().filter(|value| !value.trim().is_empty())
}

/// The items of a list with weights (`q=0.8`), most preferred first, without those of weight 0.
fn preferences(list: &str) -> Vec<&str> {
    let weight = |item: &str| {
        let weight = item.split(';').skip(1).find_map(|part| part.trim().strip_prefix("q="));
        weight.map_or(Ok(1.0), str::parse::<f32>).ok().filter(|weight| *weight > 0.0)
    };
    let named = list.split(',').map(|item| (item, item.split(';').next().unwrap_or_default().trim()));
    let named = named.filter(|(_, name)| !name.is_empty());
    let mut items: Vec<(f32, &str)> = named.filter_map(|(item, name)| Some((weight(item)?, name))).collect();
    // Stable: items of equal weight keep their order.
    items.sort_by(|one, other| other.0.total_cmp(&one.0));
    items.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn the_most_preferred_supported_language_is_used() {
        let language = |value| language(&headers(ACCEPT_LANGUAGE, value));
        assert_eq!(language("fr-CH, en;q=0.9"), Some(Language::French));
        assert_eq!(language("en;q=0.5, fr;q=0.7"), Some(Language::French));
        assert_eq!(language("de, en;q=0.1"), Some(Language::English));
        assert_eq!(language("fr;q=0, *"), None);
        assert_eq!(language("de"), None);
        assert_eq!(language(";;;,=,q"), None);
    }

    #[test]
    fn the_answer_has_an_accepted_type() {
        let answer = |value, rows| MediaType::of_answer(&headers(ACCEPT, value), rows);
        assert_eq!(answer("*/*", MediaType::Csv), Ok(MediaType::Csv));
        assert_eq!(answer("text/html, application/json;q=0.9", MediaType::Csv), Ok(MediaType::Json));
        assert_eq!(answer("text/*", MediaType::Json), Ok(MediaType::Csv));
        assert_eq!(answer("application/*", MediaType::Arrow), Ok(MediaType::Arrow));
        let problem = answer("image/png", MediaType::Json).unwrap_err();
        assert_eq!((problem.kind, problem.errors[0].allowed.len()), (ProblemKind::NotAcceptable, 3));
    }

    #[test]
    fn a_body_of_another_type_or_charset_is_refused() {
        let body = |value| MediaType::of_body(&headers(CONTENT_TYPE, value));
        assert_eq!(body("Application/JSON; charset=\"utf-8\""), Ok(MediaType::Json));
        assert_eq!(body("text/csv; header=present; charset=UTF-8"), Ok(MediaType::Csv));
        for other in ["text/plain", "text/csv; charset=latin1", "application/xml"] {
            assert_eq!(body(other).unwrap_err().kind, ProblemKind::MediaType, "{other}");
        }
    }
}
