//! The thread of one stage: it alone calls the plug-in, and it waits for nobody but its queue.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use matchflow_matcher::Ruling;
use matchflow_model::plan::{ArbitratePlan, OnFailure};
use matchflow_plugin_host::arbitration::{ArbiterStep, Request};
use matchflow_plugin_host::{Arbiter, ArbiterInstance, HostError, Limits};
use matchflow_remote::{Answer, AskError, Remote};

use super::case::{Case, Fate, fate};
use super::{Question, Task};
use crate::abort::Abort;
use crate::error::FlowError;

/// How often a clerk without work looks whether the run was aborted.
const LOOK: Duration = Duration::from_millis(20);
/// Rounds of requests that a case may take.
const ROUNDS_MAX: u32 = 4;

/// What a clerk is told.
pub(super) struct Setup {
    pub(super) plan: ArbitratePlan,
    pub(super) label: String,
    /// Its own queue, for the answers.
    pub(super) tasks: Sender<Task>,
    pub(super) abort: Abort,
}

/// Calls the plug-in and asks.
pub(super) struct Clerk {
    arbiter: Arbiter,
    /// Made when first needed.
    instance: Option<ArbiterInstance>,
    remote: Remote,
    setup: Setup,
    cases: HashMap<u64, Case>,
    next: u64,
}

impl Clerk {
    pub(super) fn new(arbiter: Arbiter, remote: Remote, setup: Setup) -> Clerk {
        Clerk { arbiter, instance: None, remote, setup, cases: HashMap::new(), next: 0 }
    }

    /// Works until the run is over.
    pub(super) fn serve(mut self, queue: &Receiver<Task>) {
        let abort = self.setup.abort.clone();
        let label = self.setup.label.clone();
        let worked = catch_unwind(AssertUnwindSafe(|| {
            while !abort.is_raised() {
                match queue.recv_timeout(LOOK) {
                    Ok(Task::Ask(question)) => self.open(question),
                    Ok(Task::Answer { case, request, outcome }) => self.answered(case, request, outcome),
                    Ok(Task::Close) | Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {}
                }
            }
        }));
        if let Err(payload) = worked {
            abort.raise(FlowError::panic(&label, payload.as_ref()));
        }
    }

    fn open(&mut self, question: Question) {
        matchflow_model::fault::point("clerk");
        let number = self.next;
        self.next += 1;
        let mut case = Case::new(question);
        let step = self.call(|instance| instance.plan(case.rows()));
        self.go_on(&mut case, number, step);
        self.keep(number, case);
    }

    fn answered(&mut self, number: u64, request: usize, outcome: Result<Answer, AskError>) {
        let Some(mut case) = self.cases.remove(&number) else { return };
        match outcome {
            Ok(answer) => case.answer(request, answer),
            Err(error) => match fate(&error) {
                Fate::Rule(ruling) => match self.policy(ruling) {
                    Some(ruling) => case.give_up(request, &ruling),
                    None => return,
                },
                Fate::Fatal(reason) => return self.stop(&reason),
                Fate::Leave => return self.keep(number, case),
            },
        }
        if !case.is_closed() && case.is_round_over() {
            case.end_round();
            let step = self.call(|instance| instance.fold(case.rows(), case.exchanges()));
            self.go_on(&mut case, number, step);
        }
        self.keep(number, case);
    }

    /// Does what a step of the plug-in says.
    fn go_on(&mut self, case: &mut Case, number: u64, step: Result<ArbiterStep, HostError>) {
        let ArbiterStep { decisions, requests } = match step {
            Ok(step) => step,
            Err(error) => {
                let (retryable, error) = (error.is_retryable(), error.to_string());
                return self.fail(case, Ruling::Failed { error, retryable, tries: 1 });
            }
        };
        case.decide(decisions);
        if !requests.is_empty() && case.rounds() >= ROUNDS_MAX {
            let error = format!("it asks again after {ROUNDS_MAX} rounds of requests");
            return self.fail(case, Ruling::Failed { error, retryable: false, tries: 1 });
        }
        let requests = case.start_round(requests);
        case.rule_rows(case.forgotten(), &Ruling::Open { why: "says nothing".to_owned() });
        for (place, request) in requests {
            self.ask(number, place, request);
        }
    }

    fn ask(&self, case: u64, request: usize, asked: Request) {
        let tasks = self.setup.tasks.clone();
        let Request { method, url, headers, body, .. } = asked;
        let headers = headers.into_iter().map(|header| (header.name, header.value)).collect();
        let sent = matchflow_remote::Request { method, url, headers, body };
        // A clerk that is gone needs no answer; it is recorded all the same.
        let done = move |outcome| drop(tasks.send(Task::Answer { case, request, outcome }));
        self.remote.ask(sent, Box::new(done));
    }

    fn fail(&self, case: &mut Case, ruling: Ruling) {
        if let Some(ruling) = self.policy(ruling) {
            case.rule_all(&ruling);
        }
    }

    /// What a failure comes to under the plan; `None` where it ends the run.
    fn policy(&self, ruling: Ruling) -> Option<Ruling> {
        match (self.setup.plan.on_failure, ruling) {
            (OnFailure::SkipPlugin, Ruling::Failed { error, .. }) => {
                Some(Ruling::Open { why: format!("failed: {error}") })
            }
            (OnFailure::Stop, Ruling::Failed { error, .. }) => {
                self.stop(&error);
                None
            }
            (_, ruling) => Some(ruling),
        }
    }

    fn stop(&self, reason: &str) {
        let name = &self.arbiter.description().name;
        self.setup.abort.raise(FlowError::stage(&self.setup.label, format!("arbiter `{name}`: {reason}")));
    }

    fn keep(&mut self, number: u64, case: Case) {
        if !case.is_closed() {
            self.cases.insert(number, case);
        }
    }

    fn call(
        &mut self,
        work: impl FnOnce(&mut ArbiterInstance) -> Result<ArbiterStep, HostError>,
    ) -> Result<ArbiterStep, HostError> {
        let plan = &self.setup.plan;
        let (timeout_ms, memory_bytes_max, output_bytes_max) =
            (plan.timeout_ms, plan.memory_bytes_max, plan.output_bytes_max);
        let limits = Limits { timeout_ms, memory_bytes_max, output_bytes_max };
        let instance = match &mut self.instance {
            Some(instance) => instance,
            none => none.insert(self.arbiter.instance(&plan.parameters, limits)?),
        };
        work(instance)
    }
}
