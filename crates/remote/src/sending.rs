//! One request on the network: tries, the pauses between them, and what an answer is made of.

use std::time::Duration;

use matchflow_model::plan::RemotePlan;
use tokio::time::{Instant, sleep, timeout_at};

use crate::asking::Desk;
use crate::cost::{Usage, cost};
use crate::error::Cause;
use crate::gate::Gate;
use crate::policy::Target;
use crate::request::{Answer, Key, Request};
use crate::resolver::Refused;
use crate::retry;
use crate::words::{FAILURE_CHARS_MAX, chain, clean};

/// Bytes read of an answer that is none, for its message.
const FAILURE_BYTES_MAX: usize = 4096;
/// Requests that wait for the same moment come back spread over this much time.
const SPREAD: Duration = Duration::from_millis(250);

/// Why a try failed, and when the next one makes sense.
struct Failure {
    cause: Cause,
    retry: bool,
    after: Option<Duration>,
}

impl Desk {
    /// Tries until there is an answer, within the deadline.
    pub(crate) async fn tries(
        &self,
        key: &Key,
        request: &Request,
        target: &Target,
        gate: &Gate,
    ) -> Result<(Answer, u32), (Cause, u32)> {
        let plan = &self.settings.plan;
        let deadline = Instant::now() + Duration::from_millis(plan.deadline_ms);
        let mut tried = 0;
        loop {
            tried += 1;
            self.settings.counters.add_try();
            let until = deadline.min(Instant::now() + Duration::from_millis(plan.timeout_ms));
            let failure = match timeout_at(until, self.try_once(request, target)).await {
                Ok(Ok(answer)) => return Ok((answer, tried)),
                Ok(Err(failure)) => failure,
                Err(_) => Failure::slow(until >= deadline, plan),
            };
            if let (Some(after), Cause::Status { status, .. }) = (failure.after, &failure.cause)
                && retry::is_about_rate(*status)
            {
                gate.close_for(after);
            }
            if !failure.retry || tried >= plan.tries_max {
                return Err((failure.cause, tried));
            }
            let pause = match failure.after {
                Some(after) => after + retry::spread(key, tried, SPREAD),
                None => retry::pause(key, tried),
            };
            let over = |last: &Cause| {
                let last = format!("{last}; the next try is due in {:.1} s", pause.as_secs_f64());
                Cause::Deadline { deadline_ms: plan.deadline_ms, last }
            };
            if Instant::now() + pause >= deadline {
                return Err((over(&failure.cause), tried));
            }
            sleep(pause).await;
            let patience = deadline.saturating_duration_since(Instant::now());
            if !matches!(timeout_at(deadline, gate.turn(patience)).await, Ok(Ok(()))) {
                return Err((over(&failure.cause), tried));
            }
            if (self.settings.stopped)() {
                return Err((Cause::Stopped, tried));
            }
        }
    }

    async fn try_once(&self, request: &Request, target: &Target) -> Result<Answer, Failure> {
        let plan = &self.settings.plan;
        let mut builder = self.client.request(target.method.clone(), target.url.clone());
        for (name, value) in &request.headers {
            let header = self.settings.secrets.header(value).ok_or_else(|| {
                Failure::last(Cause::Refused { reason: format!("the header `{name}` cannot be sent") })
            })?;
            builder = builder.header(name, header);
        }
        let response = builder.body(request.body.clone()).send().await.map_err(|error| self.connection(error))?;
        let status = response.status().as_u16();
        let after = retry::retry_after(response.headers());
        let content_type = response.headers().get(reqwest::header::CONTENT_TYPE);
        let content_type =
            content_type.and_then(|value| value.to_str().ok()).map(|text| self.settings.secrets.scrub_text(text));
        if !response.status().is_success() {
            // What it says is a help; that it cannot be read changes nothing.
            let (body, _) = self.read(response, FAILURE_BYTES_MAX).await.unwrap_or_default();
            let text = match status {
                300..=399 => "redirects are not followed".to_owned(),
                _ => clean(&String::from_utf8_lossy(&body), FAILURE_CHARS_MAX),
            };
            return Err(Failure { cause: Cause::Status { status, text }, retry: retry::is_retryable(status), after });
        }
        let (body, whole) = self.read(response, plan.response_bytes_max).await?;
        if !whole {
            return Err(Failure::last(Cause::TooLarge { bytes_max: plan.response_bytes_max }));
        }
        let usage = Usage::of(&body);
        let cost = cost(usage, &plan.prices);
        Ok(Answer { status, content_type, body: body.into(), usage, cost, tries: 1 })
    }

    /// At most `bytes_max` bytes of a body, without secrets, and whether they are all.
    async fn read(&self, mut response: reqwest::Response, bytes_max: usize) -> Result<(Vec<u8>, bool), Failure> {
        let mut body = Vec::new();
        let mut whole = true;
        while let Some(chunk) = response.chunk().await.map_err(|error| self.connection(error))? {
            let room = bytes_max - body.len();
            body.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
            if chunk.len() > room {
                whole = false;
                break;
            }
        }
        Ok((self.settings.secrets.scrub(body), whole))
    }

    fn connection(&self, error: reqwest::Error) -> Failure {
        let error = error.without_url();
        let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(one) = source {
            match one.downcast_ref::<Refused>() {
                Some(refused @ (Refused::Private { .. } | Refused::Unknown { .. })) => {
                    return Failure::last(Cause::Refused { reason: refused.to_string() });
                }
                _ => source = one.source(),
            }
        }
        let reason = self.settings.secrets.scrub_text(&chain(&error));
        Failure { cause: Cause::Connection { reason }, retry: !error.is_builder(), after: None }
    }
}

impl Failure {
    /// One that no further try mends.
    fn last(cause: Cause) -> Failure {
        Failure { cause, retry: false, after: None }
    }

    fn slow(at_deadline: bool, plan: &RemotePlan) -> Failure {
        if at_deadline {
            return Failure::last(Cause::Deadline { deadline_ms: plan.deadline_ms, last: String::new() });
        }
        let reason = format!("nothing within the {} ms of one try", plan.timeout_ms);
        Failure { cause: Cause::Connection { reason }, retry: true, after: None }
    }
}
