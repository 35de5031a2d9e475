//! The latency and the faults of a request, derived from a seed and the request's body.

use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Latencies and faults of a server.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// The seed of all latencies and faults.
    pub seed: u64,
    /// The time between the end of a request and the start of its answer.
    pub latency: Latency,
    /// Bodies that contain this text have this latency instead.
    pub stuck: Option<(String, Duration)>,
    /// The faults.
    pub faults: Faults,
}

impl Default for Behaviour {
    fn default() -> Self {
        Behaviour { seed: 1, latency: Latency::Fixed(Duration::ZERO), stuck: None, faults: Faults::default() }
    }
}

/// A distribution of latencies over bodies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Latency {
    /// The same for all.
    Fixed(Duration),
    /// Uniform between two durations.
    Uniform {
        /// The minimum.
        from: Duration,
        /// The maximum.
        to: Duration,
    },
    /// `exp(N(ln median, sigma))`: most are fast, a few are very slow.
    LogNormal {
        /// Half of them are shorter.
        median: Duration,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
    /// A share of the bodies takes a multiple of the others' time.
    Tail {
        /// The latency of most bodies.
        base: Duration,
        /// The share of slow ones, 0 to 1.
        share: f64,
        /// The factor of the slow ones.
        factor: f64,
    },
}

/// The share of attempts that have each fault, 0 to 1 each, and at most 1 in total.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Faults {
    /// Maximum number of failed attempts per body; the next one is answered.
    pub tries: u32,
    /// `429 Too Many Requests` with `Retry-After`.
    pub too_many: f64,
    /// The value of `Retry-After`, in whole seconds.
    pub retry_after: Duration,
    /// `500 Internal Server Error`.
    pub server_error: f64,
    /// The connection is closed in the middle of the answer.
    pub cut: f64,
    /// The answer is sent byte by byte over [`Faults::slow_body_time`].
    pub slow_body: f64,
    /// The duration of a slow body.
    pub slow_body_time: Duration,
    /// The answer's body ends in the middle of its JSON, with a fitting `Content-Length`.
    pub bad_json: f64,
    /// `302 Found` to [`Faults::redirect_to`].
    pub redirect: f64,
    /// The target of redirects.
    pub redirect_to: &'static str,
}

impl Default for Faults {
    fn default() -> Self {
        Faults {
            tries: u32::MAX,
            too_many: 0.0,
            retry_after: Duration::ZERO,
            server_error: 0.0,
            cut: 0.0,
            slow_body: 0.0,
            slow_body_time: Duration::from_millis(200),
            bad_json: 0.0,
            redirect: 0.0,
            redirect_to: "http://127.0.0.1:9/elsewhere",
        }
    }
}

/// The outcome of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TryOutcome {
    Answer,
    TooMany,
    ServerError,
    Cut,
    SlowBody,
    BadJson,
    Redirect,
}

impl Behaviour {
    /// The latency of this body, in every run.
    pub fn latency_of(&self, body: &[u8]) -> Duration {
        if let Some((text, time)) = &self.stuck
            && contains(body, text.as_bytes())
        {
            return *time;
        }
        let share = share(xxh3_64_with_seed(body, self.seed));
        let other = share_of(body, self.seed, 1);
        match self.latency {
            Latency::Fixed(time) => time,
            Latency::Uniform { from, to } => from + to.saturating_sub(from).mul_f64(share),
            Latency::LogNormal { median, sigma } => median.mul_f64((sigma * normal(share, other)).exp()),
            Latency::Tail { base, share: slow, factor } if share < slow => base.mul_f64(factor.max(0.0)),
            Latency::Tail { base, .. } => base,
        }
    }

    /// `tried` is the number of earlier attempts with this body.
    pub(crate) fn outcome(&self, body: &[u8], tried: u32) -> TryOutcome {
        let faults = &self.faults;
        if tried >= faults.tries {
            return TryOutcome::Answer;
        }
        let mut left = share_of(body, self.seed, 2 + u64::from(tried));
        let outcomes = [
            (faults.too_many, TryOutcome::TooMany),
            (faults.server_error, TryOutcome::ServerError),
            (faults.cut, TryOutcome::Cut),
            (faults.slow_body, TryOutcome::SlowBody),
            (faults.bad_json, TryOutcome::BadJson),
            (faults.redirect, TryOutcome::Redirect),
        ];
        for (share, outcome) in outcomes {
            if left < share {
                return outcome;
            }
            left -= share;
        }
        TryOutcome::Answer
    }
}

fn contains(body: &[u8], text: &[u8]) -> bool {
    !text.is_empty() && body.windows(text.len()).any(|window| window == text)
}

/// 0 to 1, exclusive.
fn share(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1u64 << 53) as f64
}

fn share_of(body: &[u8], seed: u64, purpose: u64) -> f64 {
    share(xxh3_64_with_seed(body, seed ^ purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// A normal deviate from two uniform ones (Box and Muller, 1958).
fn normal(first: f64, second: f64) -> f64 {
    (-2.0 * (1.0 - first).ln()).sqrt() * (std::f64::consts::TAU * second).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latencies(latency: Latency) -> Vec<f64> {
        let behaviour = Behaviour { seed: 7, latency, ..Behaviour::default() };
        let mut all: Vec<f64> =
            (0..4000).map(|row| behaviour.latency_of(format!("row {row}").as_bytes()).as_secs_f64() * 1e3).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    #[test]
    fn latencies_have_their_distribution_and_are_reproducible() {
        let ms = Duration::from_millis;
        let log_normal = Latency::LogNormal { median: ms(50), sigma: 1.5 };
        let all = latencies(log_normal);
        assert_eq!(all, latencies(log_normal));
        assert!((45.0..55.0).contains(&all[2000]), "median {}", all[2000]);
        // The quantile of one standard deviation: 50 ms times e to the 1.5.
        assert!((200.0..250.0).contains(&all[3365]), "{}", all[3365]);
        let uniform = latencies(Latency::Uniform { from: ms(10), to: ms(30) });
        assert!(uniform[0] >= 10.0 && uniform[3999] < 30.0 && (19.0..21.0).contains(&uniform[2000]));
        let tail = latencies(Latency::Tail { base: ms(10), share: 0.01, factor: 20.0 });
        let slow = tail.iter().filter(|time| **time > 10.0).count();
        assert!((20..60).contains(&slow) && tail[3999] == 200.0, "{slow} slow ones");
    }

    #[test]
    fn a_stuck_body_is_delayed() {
        let stuck = Some(("TAXI".to_owned(), Duration::from_secs(60)));
        let behaviour = Behaviour { stuck, ..Behaviour::default() };
        assert_eq!(behaviour.latency_of(b"a TAXI b"), Duration::from_secs(60));
        assert_eq!(behaviour.latency_of(b"a b"), Duration::ZERO);
    }

    #[test]
    fn faults_have_their_frequency_and_end() {
        let faults = Faults { tries: 2, too_many: 0.1, cut: 0.2, ..Faults::default() };
        let behaviour = Behaviour { faults, ..Behaviour::default() };
        let count = |tried, outcome| {
            (0..2000).filter(|row: &u32| behaviour.outcome(&row.to_le_bytes(), tried) == outcome).count()
        };
        assert!((150..250).contains(&count(0, TryOutcome::TooMany)));
        assert!((330..470).contains(&count(1, TryOutcome::Cut)));
        assert_eq!(count(2, TryOutcome::Answer), 2000);
    }
}
