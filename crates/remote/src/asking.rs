//! One request from its check to its outcome: recorded answers, equal requests under way, then the network.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::budget::Budget;
use crate::client::{Settings, Source};
use crate::error::{AskError, Cause};
use crate::gate::{Closed, Gate};
use crate::policy::{Policy, Target, host_label};
use crate::request::{Answer, Key, Request};
use crate::words::{FAILURE_CHARS_MAX, clean, host_of};

/// Characters of a request that are shown where it has no fixture.
const REQUEST_CHARS_MAX: usize = 120;

pub(crate) type Outcome = Result<Answer, AskError>;

/// Requests under way, so that an equal one waits for the same answer.
type Flights = Mutex<HashMap<Key, watch::Receiver<Option<Outcome>>>>;

/// What every request of a stage shares.
pub(crate) struct Desk {
    pub(crate) settings: Settings,
    pub(crate) policy: Arc<Policy>,
    pub(crate) gates: Vec<Gate>,
    pub(crate) client: reqwest::Client,
    pub(crate) flights: Flights,
    pub(crate) budget: Budget,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// What a request comes to.
    pub(crate) async fn answer(self: Arc<Desk>, request: Request) -> Outcome {
        let refused = |reason| AskError { host: String::new(), cause: Cause::Refused { reason }, tries: 0 };
        let counters = &self.settings.counters;
        let target = self.policy.check(&request).map_err(refused).inspect_err(|_| counters.add_failed())?;
        let key = request.key();
        if let Some(outcome) = self.known(&key, &request) {
            return outcome;
        }
        let (told, follow) = {
            let mut flights = lock(&self.flights);
            match flights.get(&key) {
                Some(flight) => (None, Some(flight.clone())),
                None => {
                    let (tell, flight) = watch::channel(None);
                    flights.insert(key, flight);
                    (Some(tell), None)
                }
            }
        };
        if let Some(mut flight) = follow {
            counters.add_recorded(1);
            let outcome = flight.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
            let gone = AskError { host: host_of(&request), cause: Cause::Stopped, tries: 0 };
            return outcome.unwrap_or(Err(gone)).map(|answer| Answer { cost: 0.0, tries: 0, ..answer });
        }
        let _landing = Landing { flights: &self.flights, key };
        // Between the look at the recorded answers and now an equal request may have landed.
        let outcome = match self.known(&key, &request) {
            Some(outcome) => outcome,
            None => self.send(&key, &request, &target).await,
        };
        if let Some(tell) = told {
            tell.send_replace(Some(outcome.clone()));
        }
        outcome
    }

    /// The answer that needs no network, or why there can be none.
    fn known(&self, key: &Key, request: &Request) -> Option<Outcome> {
        let counters = &self.settings.counters;
        let answer = match &self.settings.source {
            Source::Live(answers) => match answers.as_ref()?.get(key) {
                Ok(answer) => answer?,
                Err(error) => {
                    counters.add_failed();
                    let cause = Cause::NotRead { reason: error.to_string() };
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
                        format!("{} {} {}", request.method, request.url, clean(&body, REQUEST_CHARS_MAX));
                    let fixtures = fixtures.path().display().to_string();
                    let cause = Cause::NotRecorded { request: request_text, fixtures };
                    return Some(Err(AskError { host: String::new(), cause, tries: 0 }));
                }
            },
        };
        counters.add_recorded(1);
        if !(200..300).contains(&answer.status) {
            let text = clean(&String::from_utf8_lossy(&answer.body), FAILURE_CHARS_MAX);
            let cause = Cause::Status { status: answer.status, text };
            return Some(Err(AskError { host: host_of(request), cause, tries: 0 }));
        }
        Some(Ok(answer))
    }

    async fn send(&self, key: &Key, request: &Request, target: &Target) -> Outcome {
        let counters = &self.settings.counters;
        let host = self.policy.hosts().get(target.host).map(host_label).unwrap_or_default();
        let error = |cause, tries| AskError { host: host.clone(), cause, tries };
        let Some(gate) = self.gates.get(target.host) else { return Err(error(Cause::Stopped, 0)) };
        let waiting = counters.start_waiting();
        let Some(_place) = gate.enter().await else { return Err(error(Cause::Stopped, 0)) };
        let deadline_ms = self.settings.plan.deadline_ms;
        gate.turn(Duration::from_millis(deadline_ms)).await.map_err(|Closed(left)| {
            counters.add_failed();
            let last = format!("the host asked to be left alone for another {:.0} s", left.as_secs_f64());
            error(Cause::Deadline { deadline_ms, last }, 0)
        })?;
        drop(waiting);
        if (self.settings.stopped)() {
            return Err(error(Cause::Stopped, 0));
        }
        let open = self.budget.reserve().map_err(|cause| {
            counters.add_not_asked();
            error(cause, 0)
        })?;
        let _flight = counters.start_flight();
        matchflow_model::fault::point("http");
        let outcome = self.tries(key, request, target, gate).await;
        let (answer, tries) = outcome.map_err(|(cause, tries)| {
            counters.add_failed();
            error(cause, tries)
        })?;
        let answer = Answer { tries, ..answer };
        self.keep(key, request, target, &answer).await.map_err(|cause| error(cause, tries))?;
        counters.add_answer(answer.usage, answer.cost);
        open.pay(answer.cost);
        Ok(answer)
    }

    async fn keep(&self, key: &Key, request: &Request, target: &Target, answer: &Answer) -> Result<(), Cause> {
        match &self.settings.source {
            Source::Live(Some(answers)) => {
                let mut url = target.url.clone();
                url.set_query(None);
                url.set_fragment(None);
                let kept = answers.keep(*key, &self.settings.stage, url.as_str(), answer).await;
                kept.map_err(|error| Cause::NotKept { reason: error.to_string() })
            }
            Source::Record(fixtures) => {
                fixtures.add(request, answer);
                Ok(())
            }
            Source::Live(None) | Source::Replay(_) => Ok(()),
        }
    }
}

/// Takes a request out of those under way, whatever became of it.
struct Landing<'a> {
    flights: &'a Flights,
    key: Key,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        lock(self.flights).remove(&self.key);
    }
}
