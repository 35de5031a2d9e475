//! One request from its check to its outcome: recorded answers, equal requests in flight, then the network.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::budget::Budget;
use crate::client::{Settings, Source};
use matchflow_model::request_failure::RequestFailure;

use crate::error::AskError;
use crate::gate::{Gate, GateClosed};
use crate::messages::{FAILURE_CHARS_MAX, host_of, one_line};
use crate::policy::{Policy, Target, host_label};
use crate::request::{Answer, Request, RequestKey};

/// Characters of a request quoted in the error when it has no fixture.
const REQUEST_CHARS_MAX: usize = 120;

pub(crate) type Outcome = Result<Answer, AskError>;

/// Requests in flight, so that an equal request waits for the same answer.
type RequestsInFlight = Mutex<HashMap<RequestKey, watch::Receiver<Option<Outcome>>>>;

/// Runs the requests of a stage; all of them share it.
pub(crate) struct RequestExecutor {
    pub(crate) settings: Settings,
    pub(crate) policy: Arc<Policy>,
    pub(crate) gates: Vec<Gate>,
    pub(crate) client: reqwest::Client,
    pub(crate) in_flight: RequestsInFlight,
    pub(crate) budget: Budget,
}

impl RequestExecutor {
    /// The outcome of a request.
    pub(crate) async fn answer(self: Arc<RequestExecutor>, request: Request) -> Outcome {
        let refused = |rule| AskError { host: String::new(), cause: RequestFailure::Refused { rule }, tries: 0 };
        let counters = &self.settings.counters;
        let target = self.policy.check(&request).map_err(refused).inspect_err(|_| counters.add_failed())?;
        let key = request.key();
        if let Some(outcome) = self.recorded(&key, &request) {
            return outcome;
        }
        let (publish, follow) = {
            let mut in_flight = self.in_flight.lock();
            match in_flight.get(&key) {
                Some(flight) => (None, Some(flight.clone())),
                None => {
                    let (publish, flight) = watch::channel(None);
                    in_flight.insert(key, flight);
                    (Some(publish), None)
                }
            }
        };
        if let Some(mut flight) = follow {
            counters.add_recorded(1);
            let outcome = flight.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
            let stopped = AskError { host: host_of(&request), cause: RequestFailure::Stopped, tries: 0 };
            return outcome.unwrap_or(Err(stopped)).map(|answer| Answer { cost: 0.0, tries: 0, ..answer });
        }
        let _guard = InFlightGuard { in_flight: &self.in_flight, key };
        // An equal request may have finished since the first lookup.
        let outcome = match self.recorded(&key, &request) {
            Some(outcome) => outcome,
            None => self.send(&key, &request, &target).await,
        };
        if let Some(publish) = publish {
            publish.send_replace(Some(outcome.clone()));
        }
        outcome
    }

    /// The outcome that needs no network: a recorded answer, or an error; `None` if the request must be sent.
    fn recorded(&self, key: &RequestKey, request: &Request) -> Option<Outcome> {
        let counters = &self.settings.counters;
        let answer = match &self.settings.source {
            Source::Live(answers) => match answers.as_ref()?.get(key) {
                Ok(answer) => answer?,
                Err(error) => {
                    counters.add_failed();
                    let cause = RequestFailure::NotRead { detail: error.to_string() };
                    return Some(Err(AskError { host: host_of(request), cause, tries: 0 }));
                }
            },
            Source::Record(fixtures) => fixtures.get(request)?,
            Source::Replay(fixtures) => match fixtures.get(request) {
                Some(answer) => answer,
                None => {
                    counters.add_failed();
                    let body = String::from_utf8_lossy(&request.body);
                    let request_text =
                        format!("{} {} {}", request.method, request.url, one_line(&body, REQUEST_CHARS_MAX));
                    let fixtures = fixtures.path().display().to_string();
                    let cause = RequestFailure::NotRecorded { request: request_text, fixtures };
                    return Some(Err(AskError { host: String::new(), cause, tries: 0 }));
                }
            },
        };
        counters.add_recorded(1);
        if !(200..300).contains(&answer.status) {
            let text = one_line(&String::from_utf8_lossy(&answer.body), FAILURE_CHARS_MAX);
            let cause = RequestFailure::Status { status: u64::from(answer.status), text };
            return Some(Err(AskError { host: host_of(request), cause, tries: 0 }));
        }
        Some(Ok(answer))
    }

    async fn send(&self, key: &RequestKey, request: &Request, target: &Target) -> Outcome {
        let counters = &self.settings.counters;
        let host = self.policy.hosts().get(target.host).map(host_label).unwrap_or_default();
        let error = |cause, tries| AskError { host: host.clone(), cause, tries };
        let Some(gate) = self.gates.get(target.host) else { return Err(error(RequestFailure::Stopped, 0)) };
        let waiting = counters.start_waiting();
        let Some(_permit) = gate.enter().await else { return Err(error(RequestFailure::Stopped, 0)) };
        let deadline_ms = self.settings.plan.deadline_ms;
        gate.turn(Duration::from_millis(deadline_ms)).await.map_err(|GateClosed(left)| {
            counters.add_failed();
            error(RequestFailure::Paused { deadline_ms, seconds: left.as_secs_f64().round() as u64 }, 0)
        })?;
        drop(waiting);
        if (self.settings.stopped)() {
            return Err(error(RequestFailure::Stopped, 0));
        }
        let reservation = self.budget.reserve().map_err(|cause| {
            counters.add_over_budget();
            error(cause, 0)
        })?;
        let _flight = counters.start_flight();
        matchflow_model::fault::point("http");
        let outcome = self.send_with_retries(key, request, target, gate).await;
        let (answer, tries) = outcome.map_err(|(cause, tries)| {
            counters.add_failed();
            error(cause, tries)
        })?;
        let answer = Answer { tries, ..answer };
        self.store(key, request, target, &answer).await.map_err(|cause| error(cause, tries))?;
        counters.add_answer(answer.usage, answer.cost);
        reservation.pay(answer.cost);
        Ok(answer)
    }

    async fn store(
        &self,
        key: &RequestKey,
        request: &Request,
        target: &Target,
        answer: &Answer,
    ) -> Result<(), RequestFailure> {
        match &self.settings.source {
            Source::Live(Some(answers)) => {
                let mut url = target.url.clone();
                url.set_query(None);
                url.set_fragment(None);
                let stored = answers.store(*key, &self.settings.stage, url.as_str(), answer).await;
                stored.map_err(|error| RequestFailure::NotStored { detail: error.to_string() })
            }
            Source::Record(fixtures) => {
                fixtures.add(request, answer);
                Ok(())
            }
            Source::Live(None) | Source::Replay(_) => Ok(()),
        }
    }
}

/// Removes a request from those in flight, whatever its outcome.
struct InFlightGuard<'a> {
    in_flight: &'a RequestsInFlight,
    key: RequestKey,
}

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.in_flight.lock().remove(&self.key);
    }
}
