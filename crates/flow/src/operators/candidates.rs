//! One candidate stage: has the rows of a chunk searched in all shards, and joins the answers.
//!
//! ```text
//! chunks ─> ask ────────────────same worker────────────────> gather ─> chunks
//!            └─to every process> search ─to the chunk's home─^
//! ```
//!
//! A chunk goes on when the last process has answered for it, whatever the others wait for.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use matchflow_candidates::{CandidateLimits, Scratch, search as search_all};
use matchflow_matcher::{Batch, Chunk};
use matchflow_model::arrow::array::RecordBatch;
use matchflow_model::plan::CandidatesPlan;
use serde::{Deserialize, Serialize};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::Stream;
use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::dataflow::operators::generic::{Operator, OutputBuilder};

use super::index::Ready;
use super::{Chunks, Context, Time};
use crate::error::FlowError;
use crate::ipc::Shared;
use crate::shards::Shards;
use crate::times::{Clock, Place, Wait};

/// A stage as its operators know it.
#[derive(Clone)]
pub(crate) struct Stage {
    /// Its place in the plan.
    pub(crate) number: u16,
    pub(crate) label: String,
    pub(crate) plan: Arc<CandidatesPlan>,
}

impl Stage {
    fn failed(&self, error: impl ToString) -> FlowError {
        FlowError::stage(&self.label, error)
    }
}

/// Rows to search in the shards of one process.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Ask {
    chunk: u64,
    home: usize,
    /// The worker that searches.
    searcher: usize,
    rows: Shared,
    /// The rows to search, by number.
    open: Vec<u32>,
}

/// What the shards of one process found for a chunk.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Answer {
    chunk: u64,
    home: usize,
    pairs: Vec<Batch>,
}

/// A chunk and how many answers it waits for.
#[derive(Clone)]
struct Asked {
    chunk: Chunk,
    answers: usize,
}

/// The chunks with the candidates of this stage added.
pub(crate) fn candidates<'scope>(
    chunks: Chunks<'scope>,
    ready: Ready<'scope>,
    shards: Arc<Shards>,
    stage: Stage,
    context: Context,
) -> Chunks<'scope> {
    let clock = context.progress.times().clock(&stage.label, Place::Worker);
    let (asked, asks) = ask(chunks, stage.clone(), Arc::clone(&shards), Arc::clone(&clock));
    let answers = search(asks, ready, shards, stage.clone(), (context.clone(), Arc::clone(&clock)));
    gather(asked, answers, stage, (context, clock))
}

fn ask<'scope>(
    chunks: Chunks<'scope>,
    stage: Stage,
    shards: Arc<Shards>,
    clock: Arc<Clock>,
) -> (Stream<'scope, Time, Vec<Asked>>, Stream<'scope, Time, Vec<Ask>>) {
    let mut builder = OperatorBuilder::new(format!("{} ask", stage.label), chunks.scope());
    let mut input = builder.new_input(chunks, Pipeline);
    let (waiting, waiting_stream) = builder.new_output();
    let mut waiting = OutputBuilder::<_, CapacityContainerBuilder<Vec<_>>>::from(waiting);
    let (asks, asks_stream) = builder.new_output();
    let mut asks = OutputBuilder::<_, CapacityContainerBuilder<Vec<_>>>::from(asks);
    builder.build(move |_| {
        move |_| {
            let (mut waiting, mut asks) = (waiting.activate(), asks.activate());
            input.for_each(|capability, chunks| {
                for chunk in chunks.drain(..) {
                    matchflow_model::fault::point("ask");
                    let open = chunk.rows_to_search(stage.plan.only_if_none);
                    let _busy = clock.busy(open.len());
                    let searchers = shards.searchers(chunk.home);
                    let answers = if open.is_empty() { 0 } else { searchers.len() };
                    let rows = Shared::new(&chunk.rows);
                    let ask = |searcher| Ask {
                        chunk: chunk.id,
                        home: chunk.home,
                        searcher,
                        rows: rows.clone(),
                        open: open.clone(),
                    };
                    asks.session(&capability).give_iterator(searchers.take(answers).map(ask));
                    waiting.session(&capability).give(Asked { chunk, answers });
                }
            });
        }
    });
    (waiting_stream, asks_stream)
}

fn search<'scope>(
    asks: Stream<'scope, Time, Vec<Ask>>,
    ready: Ready<'scope>,
    shards: Arc<Shards>,
    stage: Stage,
    (context, clock): (Context, Arc<Clock>),
) -> Stream<'scope, Time, Vec<Answer>> {
    let worker = asks.scope().worker().clone();
    let to_searcher = Exchange::new(|ask: &Ask| ask.searcher as u64);
    let name = format!("{} search", stage.label);
    asks.binary_frontier(ready, to_searcher, Pipeline, &name, move |_, info| {
        let again = worker.activator_for(info.address);
        let mut queue: VecDeque<(Capability<Time>, Ask, Instant)> = VecDeque::new();
        let mut scratch = Scratch::default();
        move |(asks, _), (ready, shard_frontier), output| {
            ready.for_each(|_, _| {});
            asks.for_each(|capability, asks| {
                let now = Instant::now();
                queue.extend(asks.drain(..).filter_map(|ask| Some((capability.retain_least(0)?, ask, now))));
            });
            if !shard_frontier.is_empty() || context.abort.is_raised() {
                return;
            }
            // One at a time: what was found is scored and decided while the next is searched.
            if let Some((capability, ask, queued)) = queue.pop_front() {
                matchflow_model::fault::point("search");
                waited(&clock, &context, queued, ask.open.len());
                let _busy = clock.busy(0);
                let pairs = find(&shards, &stage, &ask, &mut scratch).map_err(|error| stage.failed(error));
                let Some(pairs) = context.abort.check(pairs) else { return };
                output.session(&capability).give(Answer { chunk: ask.chunk, home: ask.home, pairs });
            }
            if !queue.is_empty() {
                again.activate();
            }
        }
    })
}

/// Rows that came before the registry was ready waited for that first, then for the worker.
fn waited(clock: &Clock, context: &Context, queued: Instant, rows: usize) {
    let ready = context.started + context.progress.load();
    let for_registry = ready.saturating_duration_since(queued);
    clock.waited(Wait::Registry, for_registry, rows);
    clock.waited(Wait::Worker, queued.elapsed().saturating_sub(for_registry), rows);
}

fn find(
    shards: &Shards,
    stage: &Stage,
    ask: &Ask,
    scratch: &mut Scratch,
) -> Result<Vec<Batch>, matchflow_candidates::Error> {
    let (plan, own) = (&stage.plan, shards.own());
    let found = search_all(&own, &plan.search, plan.candidates_max, ask.rows.batch(), &ask.open, scratch)?;
    let found = own.iter().zip(&found).filter(|(_, found)| !found.row.is_empty());
    found.map(|(shard, found)| shard.pairs(found).map(Batch)).collect()
}

/// A chunk on its way through `gather`.
#[derive(Default)]
struct Waiting {
    asked: Option<(Capability<Time>, Asked)>,
    answered: usize,
    pairs: Vec<RecordBatch>,
}

fn gather<'scope>(
    asked: Stream<'scope, Time, Vec<Asked>>,
    answers: Stream<'scope, Time, Vec<Answer>>,
    stage: Stage,
    (context, clock): (Context, Arc<Clock>),
) -> Chunks<'scope> {
    let to_home = Exchange::new(|answer: &Answer| answer.home as u64);
    let name = format!("{} gather", stage.label);
    asked.binary(answers, Pipeline, to_home, &name, move |_, _| {
        let mut waiting: HashMap<u64, Waiting> = HashMap::new();
        let mut complete: Vec<u64> = Vec::new();
        move |asked, answers, output| {
            asked.for_each(|capability, asked| {
                for asked in asked.drain(..) {
                    let Some(capability) = capability.retain_least(0) else { continue };
                    let id = asked.chunk.id;
                    let entry = waiting.entry(id).or_default();
                    if entry.answered == asked.answers {
                        complete.push(id);
                    }
                    entry.asked = Some((capability, asked));
                }
            });
            answers.for_each(|_, answers| {
                for answer in answers.drain(..) {
                    let entry = waiting.entry(answer.chunk).or_default();
                    entry.answered += 1;
                    entry.pairs.extend(answer.pairs.into_iter().map(|pairs| pairs.0));
                    if entry.asked.as_ref().is_some_and(|(_, asked)| asked.answers == entry.answered) {
                        complete.push(answer.chunk);
                    }
                }
            });
            for id in complete.drain(..) {
                matchflow_model::fault::point("gather");
                let Some(Waiting { asked: Some((capability, asked)), pairs, .. }) = waiting.remove(&id) else {
                    continue;
                };
                let _busy = clock.busy(0);
                let joined = join(asked.chunk, &pairs, &stage);
                let Some(chunk) = context.abort.check(joined) else { return };
                output.session(&capability).give(chunk);
            }
        }
    })
}

/// The chunk with the best of what the shards found.
fn join(mut chunk: Chunk, pairs: &[RecordBatch], stage: &Stage) -> Result<Chunk, FlowError> {
    let merged =
        matchflow_candidates::merge(pairs, CandidateLimits::of(&stage.plan)).map_err(|error| stage.failed(error))?;
    if let Some(merged) = merged {
        let added = chunk.add_pairs(&merged, stage.number, stage.plan.candidates_max);
        added.map_err(|error| stage.failed(error))?;
    }
    Ok(chunk)
}
