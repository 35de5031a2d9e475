//! One request on the network: attempts, the pauses between them, and the answer.

use std::time::Duration;

use matchflow_model::plan::RemotePlan;
use matchflow_model::request_failure::{RequestFailure, RequestRule};
use tokio::time::{Instant, sleep, timeout_at};

use crate::cost::{Usage, cost};
use crate::executor::RequestExecutor;
use crate::gate::Gate;
use crate::messages::{FAILURE_CHARS_MAX, error_chain, one_line};
use crate::policy::Target;
use crate::request::{Answer, Request, RequestKey};
use crate::resolver::ConnectionRefused;
use crate::retry;

/// Bytes read of an error response, for the message.
const FAILURE_BYTES_MAX: usize = 4096;
/// Requests that wait for the same moment restart at random within this time.
const JITTER: Duration = Duration::from_millis(250);

/// Why an attempt failed, and when to retry.
struct AttemptFailure {
    cause: RequestFailure,
    retry: bool,
    after: Option<Duration>,
}

impl RequestExecutor {
    /// Sends the request until there is an answer, within the deadline. Also returns the number of attempts.
    pub(crate) async fn send_with_retries(
        &self,
        key: &RequestKey,
        request: &Request,
        target: &Target,
        gate: &Gate,
    ) -> Result<(Answer, u32), (RequestFailure, u32)> {
        let plan = &self.settings.plan;
        let deadline = Instant::now() + Duration::from_millis(plan.deadline_ms);
        let mut tried = 0;
        loop {
            tried += 1;
            self.settings.counters.add_try();
            let until = deadline.min(Instant::now() + Duration::from_millis(plan.timeout_ms));
            let failure = match timeout_at(until, self.attempt(request, target)).await {
                Ok(Ok(answer)) => return Ok((answer, tried)),
                Ok(Err(failure)) => failure,
                Err(_) => AttemptFailure::slow(until >= deadline, plan),
            };
            if let (Some(after), RequestFailure::Status { status, .. }) = (failure.after, &failure.cause)
                && u16::try_from(*status).is_ok_and(retry::is_about_rate)
            {
                gate.close_for(after);
            }
            if !failure.retry || tried >= plan.tries_max {
                return Err((failure.cause, tried));
            }
            let pause = match failure.after {
                Some(after) => after + retry::jitter(key, tried, JITTER),
                None => retry::pause(key, tried),
            };
            let deadline_error = |last: &RequestFailure| RequestFailure::RetryTooLate {
                deadline_ms: plan.deadline_ms,
                last: Box::new(last.clone()),
                pause: format!("{:.1}", pause.as_secs_f64()),
            };
            if Instant::now() + pause >= deadline {
                return Err((deadline_error(&failure.cause), tried));
            }
            sleep(pause).await;
            let patience = deadline.saturating_duration_since(Instant::now());
            if !matches!(timeout_at(deadline, gate.turn(patience)).await, Ok(Ok(()))) {
                return Err((deadline_error(&failure.cause), tried));
            }
            if (self.settings.stopped)() {
                return Err((RequestFailure::Stopped, tried));
            }
        }
    }

    async fn attempt(&self, request: &Request, target: &Target) -> Result<Answer, AttemptFailure> {
        let plan = &self.settings.plan;
        let mut builder = self.client.request(target.method.clone(), target.url.clone());
        for (name, value) in &request.headers {
            let header = self
                .settings
                .secrets
                .header(value)
                .ok_or_else(|| AttemptFailure::refused(RequestRule::HeaderValue { header: name.clone() }))?;
            builder = builder.header(name, header);
        }
        let response = builder.body(request.body.clone()).send().await.map_err(|error| self.connection(error))?;
        let status = response.status().as_u16();
        let after = retry::retry_after(response.headers());
        let content_type = response.headers().get(reqwest::header::CONTENT_TYPE);
        let content_type =
            content_type.and_then(|value| value.to_str().ok()).map(|text| self.settings.secrets.scrub_text(text));
        if !response.status().is_success() {
            // The body is only for the message, so errors while reading it are ignored.
            let (body, _) = self.read(response, FAILURE_BYTES_MAX).await.unwrap_or_default();
            let cause = match status {
                300..=399 => RequestFailure::Redirect { status: u64::from(status) },
                _ => RequestFailure::Status {
                    status: u64::from(status),
                    text: one_line(&String::from_utf8_lossy(&body), FAILURE_CHARS_MAX),
                },
            };
            return Err(AttemptFailure { cause, retry: retry::is_retryable(status), after });
        }
        let (body, is_complete) = self.read(response, plan.response_bytes_max).await?;
        if !is_complete {
            let bytes_max = plan.response_bytes_max as u64;
            return Err(AttemptFailure::last(RequestFailure::TooLarge { bytes_max }));
        }
        let usage = Usage::from_body(&body);
        let cost = cost(usage, &plan.prices);
        Ok(Answer { status, content_type, body: body.into(), usage, cost, tries: 1 })
    }

    /// At most `bytes_max` bytes of a body, without secrets, and whether that is the complete body.
    async fn read(&self, mut response: reqwest::Response, bytes_max: usize) -> Result<(Vec<u8>, bool), AttemptFailure> {
        let mut body = Vec::new();
        let mut is_complete = true;
        while let Some(chunk) = response.chunk().await.map_err(|error| self.connection(error))? {
            let room = bytes_max - body.len();
            body.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
            if chunk.len() > room {
                is_complete = false;
                break;
            }
        }
        Ok((self.settings.secrets.scrub(body), is_complete))
    }

    fn connection(&self, error: reqwest::Error) -> AttemptFailure {
        let error = error.without_url();
        let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(one) = source {
            match one.downcast_ref::<ConnectionRefused>() {
                Some(ConnectionRefused(
                    rule @ (RequestRule::PrivateAddress { .. } | RequestRule::UnknownHost { .. }),
                )) => return AttemptFailure::refused(rule.clone()),
                _ => source = one.source(),
            }
        }
        let detail = self.settings.secrets.scrub_text(&error_chain(&error));
        AttemptFailure { cause: RequestFailure::Connection { detail }, retry: !error.is_builder(), after: None }
    }
}

impl AttemptFailure {
    /// A failure that is not worth a retry.
    fn last(cause: RequestFailure) -> AttemptFailure {
        AttemptFailure { cause, retry: false, after: None }
    }

    fn refused(rule: RequestRule) -> AttemptFailure {
        AttemptFailure::last(RequestFailure::Refused { rule })
    }

    fn slow(at_deadline: bool, plan: &RemotePlan) -> AttemptFailure {
        if at_deadline {
            return AttemptFailure::last(RequestFailure::Deadline { deadline_ms: plan.deadline_ms, last: None });
        }
        AttemptFailure { cause: RequestFailure::Timeout { timeout_ms: plan.timeout_ms }, retry: true, after: None }
    }
}
