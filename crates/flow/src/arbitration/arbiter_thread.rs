//! The thread of one `arbitrate` stage. Only it calls the plug-in, and it waits only for its queue.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use matchflow_matcher::ArbiterDecision;
use matchflow_model::plan::{ArbitratePlan, OnFailure};
use matchflow_model::row_error::RowError;
use matchflow_plugin_host::arbitration::{ArbiterStep, Request};
use matchflow_plugin_host::{Arbiter, ArbiterInstance, HostError, Limits};
use matchflow_remote::{Answer, AskError, Remote};

use super::messages::{ArbiterQuery, ArbiterTask};
use super::request_batch::{ArbiterRequestBatch, FailureDisposition, disposition};
use crate::abort::Abort;
use crate::error::FlowError;

/// Interval at which an idle thread checks the abort flag.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Maximum number of rounds of requests of a batch.
const ROUNDS_MAX: u32 = 4;

/// Configuration of an arbiter thread.
pub(super) struct ArbiterThreadConfig {
    pub(super) plan: ArbitratePlan,
    pub(super) label: String,
    /// Its queue, to which answers are sent.
    pub(super) tasks: Sender<ArbiterTask>,
    pub(super) abort: Abort,
}

/// Calls the plug-in and sends its requests.
pub(super) struct ArbiterThread {
    arbiter: Arbiter,
    /// Created on first use.
    instance: Option<ArbiterInstance>,
    remote: Remote,
    config: ArbiterThreadConfig,
    batches: HashMap<u64, ArbiterRequestBatch>,
    next: u64,
}

impl ArbiterThread {
    pub(super) fn new(arbiter: Arbiter, remote: Remote, config: ArbiterThreadConfig) -> ArbiterThread {
        ArbiterThread { arbiter, instance: None, remote, config, batches: HashMap::new(), next: 0 }
    }

    /// Serves the queue until the run is over.
    pub(super) fn serve(mut self, queue: &Receiver<ArbiterTask>) {
        let abort = self.config.abort.clone();
        let label = self.config.label.clone();
        let result = catch_unwind(AssertUnwindSafe(|| {
            while !abort.is_raised() {
                match queue.recv_timeout(POLL_INTERVAL) {
                    Ok(ArbiterTask::Query(query)) => self.start_batch(query),
                    Ok(ArbiterTask::Answer { batch, request, outcome }) => self.handle_answer(batch, request, outcome),
                    Ok(ArbiterTask::Close) | Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {}
                }
            }
        }));
        if let Err(payload) = result {
            abort.raise(FlowError::panic(&label, payload.as_ref()));
        }
    }

    fn start_batch(&mut self, query: ArbiterQuery) {
        matchflow_model::fault::point("arbiter thread");
        let number = self.next;
        self.next += 1;
        let mut batch = ArbiterRequestBatch::new(query);
        let step = self.call(|instance| instance.plan(batch.rows()));
        self.apply_step(&mut batch, number, step);
        self.store_if_open(number, batch);
    }

    fn handle_answer(&mut self, number: u64, request: usize, outcome: Result<Answer, AskError>) {
        let Some(mut batch) = self.batches.remove(&number) else { return };
        match outcome {
            Ok(answer) => batch.answer(request, answer),
            Err(error) => match disposition(&error) {
                FailureDisposition::Decide(decision) => match self.apply_policy(decision) {
                    Some(decision) => batch.fail_request(request, &decision),
                    None => return,
                },
                FailureDisposition::Fatal(reason) => return self.stop(&reason),
                FailureDisposition::LeaveOpen => return self.store_if_open(number, batch),
            },
        }
        if !batch.is_closed() && batch.is_round_over() {
            batch.end_round();
            let step = self.call(|instance| instance.fold(batch.rows(), batch.exchanges()));
            self.apply_step(&mut batch, number, step);
        }
        self.store_if_open(number, batch);
    }

    /// Applies a step of the plug-in: its decisions and requests.
    fn apply_step(&mut self, batch: &mut ArbiterRequestBatch, number: u64, step: Result<ArbiterStep, HostError>) {
        let ArbiterStep { decisions, requests } = match step {
            Ok(step) => step,
            // The rows are not at fault, and no answer that was paid for is thrown away.
            Err(error) if error.is_of_host() => return self.stop(&error.to_string()),
            Err(error) => {
                let decision =
                    ArbiterDecision::Failed { error: error.row_error(), retryable: error.is_retryable(), tries: 1 };
                return self.fail(batch, decision);
            }
        };
        batch.decide(decisions);
        if !requests.is_empty() && batch.rounds() >= ROUNDS_MAX {
            let error = RowError::ArbiterRounds { rounds: u64::from(ROUNDS_MAX) };
            return self.fail(batch, ArbiterDecision::Failed { error, retryable: false, tries: 1 });
        }
        let requests = batch.start_round(requests);
        batch.decide_rows(batch.rows_without_request(), &ArbiterDecision::Silent);
        for (index, request) in requests {
            self.send(number, index, request);
        }
    }

    fn send(&self, batch: u64, request: usize, content: Request) {
        let tasks = self.config.tasks.clone();
        let Request { method, url, headers, body, .. } = content;
        let headers = headers.into_iter().map(|header| (header.name, header.value)).collect();
        let http_request = matchflow_remote::Request { method, url, headers, body };
        // Sending fails only when this thread has ended; the answer is recorded nevertheless.
        let done = move |outcome| drop(tasks.send(ArbiterTask::Answer { batch, request, outcome }));
        self.remote.ask(http_request, Box::new(done));
    }

    fn fail(&self, batch: &mut ArbiterRequestBatch, decision: ArbiterDecision) {
        if let Some(decision) = self.apply_policy(decision) {
            batch.decide_all(&decision);
        }
    }

    /// The decision on failed rows under the plan's policy; `None` if the failure ends the run.
    fn apply_policy(&self, decision: ArbiterDecision) -> Option<ArbiterDecision> {
        match (self.config.plan.on_failure, decision) {
            (OnFailure::SkipPlugin, ArbiterDecision::Failed { error, .. }) => {
                Some(ArbiterDecision::Unavailable { error })
            }
            (OnFailure::Stop, ArbiterDecision::Failed { error, .. }) => {
                self.stop(&error.to_string());
                None
            }
            (_, decision) => Some(decision),
        }
    }

    fn stop(&self, reason: &str) {
        let name = &self.arbiter.description().name;
        self.config.abort.raise(FlowError::stage(&self.config.label, format!("arbiter `{name}`: {reason}")));
    }

    fn store_if_open(&mut self, number: u64, batch: ArbiterRequestBatch) {
        if !batch.is_closed() {
            self.batches.insert(number, batch);
        }
    }

    fn call(
        &mut self,
        work: impl FnOnce(&mut ArbiterInstance) -> Result<ArbiterStep, HostError>,
    ) -> Result<ArbiterStep, HostError> {
        let plan = &self.config.plan;
        let limits = Limits {
            timeout_ms: plan.timeout_ms,
            memory_bytes_max: plan.memory_bytes_max,
            output_bytes_max: plan.output_bytes_max,
        };
        let instance = match &mut self.instance {
            Some(instance) => instance,
            none => none.insert(self.arbiter.instance(&plan.parameters, limits)?),
        };
        work(instance)
    }
}
