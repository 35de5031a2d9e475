//! When to retry, and after how long.

use std::time::{Duration, SystemTime};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::request::RequestKey;

/// Maximum pause before the first retry; it doubles with each further one.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
/// Maximum pause, unless the service requests a longer one.
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// Maximum pause that a service can request; longer requests are reduced to it.
const PAUSE_REQUESTED_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether the same request may succeed later.
pub(crate) fn is_retryable(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502..=504 | 520..=524 | 529)
}

/// Whether a status concerns the caller's rate, not this request.
pub(crate) fn is_about_rate(status: u16) -> bool {
    matches!(status, 429 | 503 | 529)
}

/// The pause after the failed attempt number `tried` (from 1): half is fixed, half is jitter from the request's key, so
/// that requests that failed together are not retried together.
pub(crate) fn pause(key: &RequestKey, tried: u32) -> Duration {
    let full = PAUSE_FIRST.saturating_mul(1 << tried.saturating_sub(1).min(16)).min(PAUSE_MAX);
    full / 2 + jitter(key, tried, full / 2)
}

/// A fraction of `width` that depends only on the request and the attempt.
pub(crate) fn jitter(key: &RequestKey, tried: u32, width: Duration) -> Duration {
    let hash = xxh3_64_with_seed(&key.0, u64::from(tried));
    width.mul_f64((hash >> 11) as f64 / (1u64 << 53) as f64)
}

/// The pause that the service requests, at most a day. A date is compared with the service's own clock if it sends one.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        let seconds = Some(seconds).filter(|seconds| seconds.is_finite())?;
        return Duration::try_from_secs_f64(seconds.min(PAUSE_REQUESTED_MAX.as_secs_f64())).ok();
    }
    let then = httpdate::parse_http_date(text).ok()?;
    let service_clock = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
    let now = service_clock.unwrap_or_else(SystemTime::now);
    Some(then.duration_since(now).unwrap_or_default().min(PAUSE_REQUESTED_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let headers = |after: &str, date: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, after.parse().unwrap());
            date.map(|date| headers.insert(DATE, date.parse().unwrap()));
            retry_after(&headers)
        };
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(headers("7", None), Some(Duration::from_secs(7)));
        assert_eq!(headers("0.5", None), Some(Duration::from_millis(500)));
        assert_eq!(headers("Sun, 06 Nov 1994 08:50:07 GMT", date), Some(Duration::from_secs(30)));
        assert_eq!(headers("Sun, 06 Nov 1994 08:00:00 GMT", date), Some(Duration::ZERO));
        assert_eq!(headers("Sun, 06 Nov 1994 08:00:00 GMT", None), Some(Duration::ZERO), "long ago");
        for endless in ["10000000000000000000", "1e300", "Sat, 06 Nov 9999 08:49:37 GMT"] {
            assert_eq!(headers(endless, date), Some(PAUSE_REQUESTED_MAX), "{endless}");
        }
        for nonsense in [
            "",
            "soon",
            "-1",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 GMT",
            "Mon, 06 Nov 1994 08:50:07 GMT",
            "NaN",
            "inf",
        ] {
            assert_eq!(headers(nonsense, date), None, "{nonsense}");
        }
    }

    #[test]
    fn pauses_double_are_bounded_and_jittered() {
        let keys: Vec<RequestKey> = (0..100u8).map(|number| RequestKey([number; 32])).collect();
        for (tried, most) in [(1, 500), (2, 1000), (3, 2000), (7, 30_000), (60, 30_000)] {
            let pauses: Vec<u128> = keys.iter().map(|key| pause(key, tried).as_millis()).collect();
            let (low, high) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
            assert!(*low >= most / 2 && *high <= most, "{tried}: {low} to {high}");
            assert!(high - low > most / 4, "{tried}: {low} to {high} has little jitter");
        }
        assert_eq!(pause(&keys[0], 1), pause(&keys[0], 1));
    }
}
