//! Arbiter threads: one per `arbitrate` stage calls the plug-in and passes its requests to the HTTP client, so that a timely
//! worker never waits for either.
//!
//! **Invariants.** A request batch covers the rows of one query and ends when each row has a decision. Rows in flight bound
//! the batches, and the batches bound the requests and every queue here. A plug-in or a service can fail only its own
//! batch, unless the plan says `on_failure: stop`.

mod arbiter_thread;
mod messages;
mod request_batch;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, unbounded};
use matchflow_model::plan::{ArbitratePlan, Plan, StageKind};
use matchflow_plugin_host::Arbiter;
use matchflow_remote::Remote;

use crate::abort::Abort;
use crate::error::FlowError;
use arbiter_thread::{ArbiterThread, ArbiterThreadConfig};
pub(crate) use messages::{ArbiterQuery, ArbiterReply, ArbiterTask};

/// Interval of checks whether a thread has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(2);

/// An `arbitrate` stage's plug-in and its HTTP client.
pub struct ArbiterInput {
    /// The plug-in.
    pub arbiter: Arbiter,
    /// The client that sends its requests.
    pub remote: Remote,
}

/// An `arbitrate` stage and the queue of its thread.
pub(crate) struct ArbiterHandle {
    pub(crate) label: String,
    pub(crate) plan: ArbitratePlan,
    /// The name of the plug-in.
    pub(crate) arbiter: String,
    pub(crate) tasks: Sender<ArbiterTask>,
}

/// The arbiter threads of a plan. They end with the run.
pub(crate) struct ArbiterThreads {
    handles: Arc<[Option<Arc<ArbiterHandle>>]>,
    threads: Vec<JoinHandle<()>>,
}

impl ArbiterThreads {
    /// Starts the threads. Worker processes, which send no requests, have no `inputs` and no threads.
    pub(crate) fn spawn(
        plan: &Plan,
        inputs: Option<Vec<ArbiterInput>>,
        abort: &Abort,
    ) -> Result<ArbiterThreads, FlowError> {
        let mut inputs = inputs.map(Vec::into_iter);
        let mut threads = Vec::new();
        let mut handles = Vec::new();
        for stage in &plan.stages {
            let StageKind::Arbitrate(plan) = &stage.kind else {
                handles.push(None);
                continue;
            };
            // Bounded by the rows in flight: each row is in one query, and its number of requests is limited.
            let (tasks, queue) = unbounded();
            let handle = |arbiter| {
                Some(Arc::new(ArbiterHandle {
                    label: stage.label.clone(),
                    plan: ArbitratePlan::clone(plan),
                    arbiter,
                    tasks: tasks.clone(),
                }))
            };
            let Some(inputs) = &mut inputs else {
                // The receiver is dropped: a row that arrives here by mistake ends the run.
                handles.push(handle(String::new()));
                continue;
            };
            let Some(ArbiterInput { arbiter, remote }) = inputs.next() else {
                return Err(FlowError::Start(format!("no arbiter for {}", stage.label)));
            };
            handles.push(handle(arbiter.description().name.clone()));
            let config = ArbiterThreadConfig {
                plan: ArbitratePlan::clone(plan),
                label: stage.label.clone(),
                tasks,
                abort: abort.clone(),
            };
            let arbiter_thread = ArbiterThread::new(arbiter, remote, config);
            let thread = std::thread::Builder::new().name(format!("arbiter {}", stage.label));
            let thread = thread.spawn(move || arbiter_thread.serve(&queue));
            threads.push(thread.map_err(FlowError::thread(format!("arbiter {}", stage.label)))?);
        }
        Ok(ArbiterThreads { handles: handles.into(), threads })
    }

    /// For each stage of the plan, its handle if it is an `arbitrate` stage.
    pub(crate) fn handles(&self) -> Arc<[Option<Arc<ArbiterHandle>>]> {
        Arc::clone(&self.handles)
    }

    /// Waits until the threads have ended, after the workers. In a run that ends early, a thread with a slow plug-in is
    /// abandoned after the grace period.
    pub(crate) fn join(self, abort: &Abort) {
        for handle in self.handles.iter().flatten() {
            let _ = handle.tasks.send(ArbiterTask::Close);
        }
        for thread in self.threads {
            while !thread.is_finished() && !abort.is_overdue() {
                std::thread::sleep(POLL_INTERVAL);
            }
            if thread.is_finished() {
                let _ = thread.join();
            }
        }
    }
}
