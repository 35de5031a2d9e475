//! When a try is worth repeating, and after how long.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::request::Key;

/// The pause before the second try, at most; it doubles with each further one.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
/// No pause is longer, unless the remote end asks for it.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// A remote end that asks for more is taken to ask for this: no run waits longer for a host.
const PAUSE_ASKED_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether a status says that the same request may succeed later.
pub(crate) fn is_retryable(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502..=504 | 520..=524 | 529)
}

/// Whether a status speaks of the caller's rate, not of this request.
pub(crate) fn is_about_rate(status: u16) -> bool {
    matches!(status, 429 | 503 | 529)
}

/// The pause after a failed try, from 1: half of it is fixed, half is spread by the request's key, so that requests
/// that failed together do not come back together.
pub(crate) fn pause(key: &Key, tried: u32) -> Duration {
    let whole = PAUSE_FIRST.saturating_mul(1 << tried.saturating_sub(1).min(16)).min(PAUSE_MAX);
    whole / 2 + spread(key, tried, whole / 2)
}

/// A part of `width` that depends on the request and its try only.
pub(crate) fn spread(key: &Key, tried: u32, width: Duration) -> Duration {
    let hash = xxh3_64_with_seed(&key.0, u64::from(tried));
    width.mul_f64((hash >> 11) as f64 / (1u64 << 53) as f64)
}

/// How long the remote end asks to wait, a day at most: seconds, or a date, which is taken from its own clock where it
/// tells it.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        let seconds = Some(seconds).filter(|seconds| seconds.is_finite())?;
        return Duration::try_from_secs_f64(seconds.min(PAUSE_ASKED_MAX.as_secs_f64())).ok();
    }
    let then = http_date(text)?;
    let told = headers.get(DATE).and_then(|date| http_date(date.to_str().ok()?));
    let now = told.or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).ok().map(|now| now.as_secs()))?;
    Some(Duration::from_secs(then.saturating_sub(now)).min(PAUSE_ASKED_MAX))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7) in seconds since 1970.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.strip_suffix(" GMT")?.split(' ');
    let day: i64 = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as i64 + 1;
    let year: i64 = words.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut time = words.next()?.splitn(3, ':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    // Days from the civil date, counting years from March (Hinnant, "chrono-compatible low-level date algorithms").
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (shifted / 400, shifted % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    u64::try_from(days).ok()?.checked_mul(86_400)?.checked_add(hour * 3600 + minute * 60 + second)
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
        for endless in ["10000000000000000000", "1e300", "Sun, 06 Nov 9999 08:49:37 GMT"] {
            assert_eq!(headers(endless, date), Some(PAUSE_ASKED_MAX), "{endless}");
        }
        for nonsense in ["", "soon", "-1", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 GMT", "NaN", "inf"] {
            assert_eq!(headers(nonsense, date), None, "{nonsense}");
        }
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(http_date("Tue, 29 Feb 2000 12:00:00 GMT"), Some(951_825_600));
        assert_eq!(http_date("Mon, 23 Nov 2026 18:12:04 GMT"), Some(1_795_457_524));
    }

    #[test]
    fn pauses_double_are_bounded_and_spread() {
        let keys: Vec<Key> = (0..100u8).map(|number| Key([number; 32])).collect();
        for (tried, most) in [(1, 500), (2, 1000), (3, 2000), (7, 30_000), (60, 30_000)] {
            let pauses: Vec<u128> = keys.iter().map(|key| pause(key, tried).as_millis()).collect();
            let (low, high) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
            assert!(*low >= most / 2 && *high <= most, "{tried}: {low} to {high}");
            assert!(high - low > most / 4, "{tried}: {low} to {high} is hardly spread");
        }
        assert_eq!(pause(&keys[0], 1), pause(&keys[0], 1));
    }
}
