//! Arbiters at work: a clerk thread a stage, which calls the plug-in and hands its requests to the HTTP side, so that a
//! timely worker never waits for either.
//!
//! **Invariants.** A case is some rows that are asked about together; it ends when each of its rows has a ruling. Rows
//! in flight bound the cases, and the cases bound the requests and every queue here. A plug-in or a remote end can only
//! fail its own case, unless the plan says that the run stops.

mod case;
mod clerk;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, unbounded};
use matchflow_matcher::Ruling;
use matchflow_model::plan::{ArbitratePlan, Plan, StageKind};
use matchflow_plugin_host::Arbiter;
use matchflow_plugin_host::arbitration::ArbiterRow;
use matchflow_remote::{Answer, AskError, Remote};
use timely::scheduling::SyncActivator;

use crate::abort::Abort;
use crate::error::FlowError;
use clerk::{Clerk, Setup};

/// How often a thread that is to end is looked at.
const LOOK: Duration = Duration::from_millis(2);

/// An `arbitrate` stage's plug-in and its HTTP side.
pub struct ArbiterInput {
    /// The plug-in.
    pub arbiter: Arbiter,
    /// What sends its requests.
    pub remote: Remote,
}

/// A stage as its operators see it.
pub(crate) struct Arbitration {
    pub(crate) label: String,
    pub(crate) plan: ArbitratePlan,
    /// The name of the plug-in.
    pub(crate) arbiter: String,
    pub(crate) tasks: Sender<Task>,
}

/// Rows that are asked about together.
pub(crate) struct Question {
    pub(crate) rows: Vec<ArbiterRow>,
    /// The chunk that they are of, as its operator counts, and their places in it.
    pub(crate) chunk: u64,
    pub(crate) places: Vec<usize>,
    pub(crate) reply: Sender<Ruled>,
    pub(crate) activator: SyncActivator,
}

/// What a question came to, or a part of its rows.
pub(crate) struct Ruled {
    pub(crate) chunk: u64,
    /// The rows' places in the chunk.
    pub(crate) rulings: Vec<(usize, Ruling)>,
}

/// What a clerk does next.
pub(crate) enum Task {
    /// A new case.
    Ask(Question),
    /// The answer to a request of a case.
    Answer { case: u64, request: usize, outcome: Result<Answer, AskError> },
    /// The run is over.
    Close,
}

/// The clerks of a plan. Their threads end when the run does.
pub(crate) struct Clerks {
    arbitrations: Arc<[Option<Arc<Arbitration>>]>,
    threads: Vec<JoinHandle<()>>,
}

impl Clerks {
    /// Starts them. In a process after the first, which asks nobody, there are no `inputs` and no clerks.
    pub(crate) fn spawn(plan: &Plan, inputs: Option<Vec<ArbiterInput>>, abort: &Abort) -> Result<Clerks, FlowError> {
        let mut inputs = inputs.map(Vec::into_iter);
        let mut threads = Vec::new();
        let mut arbitrations = Vec::new();
        for stage in &plan.stages {
            let StageKind::Arbitrate(plan) = &stage.kind else {
                arbitrations.push(None);
                continue;
            };
            // Bounded by the rows in flight: each row has one question, and its requests are counted.
            let (tasks, queue) = unbounded();
            let arbitration = |arbiter| {
                let (label, plan) = (stage.label.clone(), ArbitratePlan::clone(plan));
                Some(Arc::new(Arbitration { label, plan, arbiter, tasks: tasks.clone() }))
            };
            let Some(inputs) = &mut inputs else {
                // Its queue is closed: rows that come here by mistake end the run.
                arbitrations.push(arbitration(String::new()));
                continue;
            };
            let Some(ArbiterInput { arbiter, remote }) = inputs.next() else {
                return Err(FlowError::Start(format!("no arbiter was given for {}", stage.label)));
            };
            arbitrations.push(arbitration(arbiter.description().name.clone()));
            let setup =
                Setup { plan: ArbitratePlan::clone(plan), label: stage.label.clone(), tasks, abort: abort.clone() };
            let clerk = Clerk::new(arbiter, remote, setup);
            let thread = std::thread::Builder::new().name(format!("arbiter {}", stage.label));
            let thread = thread.spawn(move || clerk.serve(&queue));
            threads.push(thread.map_err(|error| FlowError::Start(error.to_string()))?);
        }
        Ok(Clerks { arbitrations: arbitrations.into(), threads })
    }

    /// For each stage of the plan, its arbitration where it is an `arbitrate` stage.
    pub(crate) fn arbitrations(&self) -> Arc<[Option<Arc<Arbitration>>]> {
        Arc::clone(&self.arbitrations)
    }

    /// Waits until the threads have ended, after the workers. In a run that ends early, not for a plug-in that takes its
    /// time: its thread is left behind, with nothing to hand its results to.
    pub(crate) fn join(self, abort: &Abort) {
        for arbitration in self.arbitrations.iter().flatten() {
            let _ = arbitration.tasks.send(Task::Close);
        }
        for thread in self.threads {
            while !thread.is_finished() && !abort.is_overdue() {
                std::thread::sleep(LOOK);
            }
            if thread.is_finished() {
                let _ = thread.join();
            }
        }
    }
}
