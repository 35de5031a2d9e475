//! A candidate stage: searches all shards for the rows of a chunk, and joins the results.
//!
//! ```text
//! chunks ─> request ──────────────same worker──────────────> gather ─> chunks
//!            └─to every process─> search ─to the chunk's home─^
//! ```
//!
//! A chunk continues when the last process has answered, independently of other chunks.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use matchflow_candidates::Scratch;
use matchflow_matcher::{CandidateStage, Chunk, WireBatch};
use matchflow_model::arrow::array::RecordBatch;
use serde::{Deserialize, Serialize};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::Stream;
use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;
use timely::dataflow::operators::generic::{Operator, OutputBuilder};

use super::index::IndexReady;
use super::{Chunks, Context, Time};
use crate::error::FlowError;
use crate::ipc::EncodedBatch;
use crate::shards::Shards;
use crate::times::{StageClock, ThreadRole, Wait};

/// Rows to search in the shards of one process.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SearchRequest {
    chunk: u64,
    home: usize,
    /// The worker that searches.
    searcher: usize,
    rows: EncodedBatch,
    /// The rows to search, by number.
    open: Vec<u32>,
}

/// Candidates from the shards of one process.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct SearchResponse {
    chunk: u64,
    home: usize,
    pairs: Vec<WireBatch>,
    /// The entries that people chose.
    chosen: Vec<WireBatch>,
}

/// A chunk and its number of requests.
#[derive(Clone)]
struct RequestedChunk {
    chunk: Chunk,
    responses: usize,
}

/// The chunks with the candidates of this stage added.
pub(crate) fn candidates<'scope>(
    chunks: Chunks<'scope>,
    ready: IndexReady<'scope>,
    shards: Arc<Shards>,
    stage: CandidateStage,
    context: Context,
) -> Chunks<'scope> {
    let clock = context.progress.times().clock(&stage.label, ThreadRole::Worker);
    let (chunks, requests) = request(chunks, stage.clone(), Arc::clone(&shards), Arc::clone(&clock));
    let responses = search(requests, ready, shards, stage.clone(), context.clone(), Arc::clone(&clock));
    gather(chunks, responses, stage, context, clock)
}

fn request<'scope>(
    chunks: Chunks<'scope>,
    stage: CandidateStage,
    shards: Arc<Shards>,
    clock: Arc<StageClock>,
) -> (Stream<'scope, Time, Vec<RequestedChunk>>, Stream<'scope, Time, Vec<SearchRequest>>) {
    let mut builder = OperatorBuilder::new(format!("{} request", stage.label), chunks.scope());
    let mut input = builder.new_input(chunks, Pipeline);
    let (waiting, waiting_stream) = builder.new_output();
    let mut waiting = OutputBuilder::<_, CapacityContainerBuilder<Vec<_>>>::from(waiting);
    let (requests, requests_stream) = builder.new_output();
    let mut requests = OutputBuilder::<_, CapacityContainerBuilder<Vec<_>>>::from(requests);
    builder.build(move |_| {
        move |_| {
            let mut waiting = waiting.activate();
            let mut requests = requests.activate();
            input.for_each(|capability, chunks| {
                for chunk in chunks.drain(..) {
                    matchflow_model::fault::point("ask");
                    let open = chunk.rows_to_search(stage.plan.only_if_none);
                    let _busy = clock.busy(open.len());
                    let searchers = shards.searchers(chunk.home);
                    let responses = if open.is_empty() { 0 } else { searchers.len() };
                    let rows = EncodedBatch::new(&chunk.rows);
                    let request = |searcher| SearchRequest {
                        chunk: chunk.id,
                        home: chunk.home,
                        searcher,
                        rows: rows.clone(),
                        open: open.clone(),
                    };
                    requests.session(&capability).give_iterator(searchers.take(responses).map(request));
                    waiting.session(&capability).give(RequestedChunk { chunk, responses });
                }
            });
        }
    });
    (waiting_stream, requests_stream)
}

fn search<'scope>(
    requests: Stream<'scope, Time, Vec<SearchRequest>>,
    ready: IndexReady<'scope>,
    shards: Arc<Shards>,
    stage: CandidateStage,
    context: Context,
    clock: Arc<StageClock>,
) -> Stream<'scope, Time, Vec<SearchResponse>> {
    let worker = requests.scope().worker().clone();
    let to_searcher = Exchange::new(|request: &SearchRequest| request.searcher as u64);
    let name = format!("{} search", stage.label);
    requests.binary_frontier(ready, to_searcher, Pipeline, &name, move |_, info| {
        let again = worker.activator_for(info.address);
        let mut queue: VecDeque<(Capability<Time>, SearchRequest, Instant)> = VecDeque::new();
        let mut scratch = Scratch::default();
        move |(requests, _), (ready, shard_frontier), output| {
            ready.for_each(|_, _| {});
            requests.for_each(|capability, requests| {
                let now = Instant::now();
                queue
                    .extend(requests.drain(..).filter_map(|request| Some((capability.retain_least(0)?, request, now))));
            });
            if !shard_frontier.is_empty() || context.abort.is_raised() {
                return;
            }
            // One at a time: its candidates are scored and decided while the next one is searched.
            if let Some((capability, request, queued)) = queue.pop_front() {
                matchflow_model::fault::point("search");
                add_waits(&clock, &context, queued, request.open.len());
                let _busy = clock.busy(0);
                let found = stage.search(&shards.local(), request.rows.batch(), &request.open, &mut scratch);
                let found = found.map_err(|error| FlowError::stage(&stage.label, error));
                let Some(found) = context.abort.check(found) else { return };
                let [pairs, chosen] =
                    [found.pairs, found.chosen].map(|pairs| pairs.into_iter().map(WireBatch).collect());
                let SearchRequest { chunk, home, .. } = request;
                output.session(&capability).give(SearchResponse { chunk, home, pairs, chosen });
            }
            if !queue.is_empty() {
                again.activate();
            }
        }
    })
}

/// Counts the waits of rows: first for the registry, if it was not ready, then for the worker.
fn add_waits(clock: &StageClock, context: &Context, queued: Instant, rows: usize) {
    let ready = context.started + context.progress.load();
    let for_registry = ready.saturating_duration_since(queued);
    clock.add_row_waits(Wait::Registry, for_registry, rows);
    clock.add_row_waits(Wait::Worker, queued.elapsed().saturating_sub(for_registry), rows);
}

/// A chunk that waits for responses.
#[derive(Default)]
struct PendingSearch {
    requested: Option<(Capability<Time>, RequestedChunk)>,
    responses: usize,
    pairs: Vec<RecordBatch>,
    chosen: Vec<RecordBatch>,
}

fn gather<'scope>(
    chunks: Stream<'scope, Time, Vec<RequestedChunk>>,
    responses: Stream<'scope, Time, Vec<SearchResponse>>,
    stage: CandidateStage,
    context: Context,
    clock: Arc<StageClock>,
) -> Chunks<'scope> {
    let to_home = Exchange::new(|response: &SearchResponse| response.home as u64);
    let name = format!("{} gather", stage.label);
    chunks.binary(responses, Pipeline, to_home, &name, move |_, _| {
        let mut waiting: HashMap<u64, PendingSearch> = HashMap::new();
        let mut complete: Vec<u64> = Vec::new();
        move |chunks, responses, output| {
            chunks.for_each(|capability, chunks| {
                for requested in chunks.drain(..) {
                    let Some(capability) = capability.retain_least(0) else { continue };
                    let id = requested.chunk.id;
                    let entry = waiting.entry(id).or_default();
                    if entry.responses == requested.responses {
                        complete.push(id);
                    }
                    entry.requested = Some((capability, requested));
                }
            });
            responses.for_each(|_, responses| {
                for response in responses.drain(..) {
                    let entry = waiting.entry(response.chunk).or_default();
                    entry.responses += 1;
                    entry.pairs.extend(response.pairs.into_iter().map(|pairs| pairs.0));
                    entry.chosen.extend(response.chosen.into_iter().map(|pairs| pairs.0));
                    if entry.requested.as_ref().is_some_and(|(_, requested)| requested.responses == entry.responses) {
                        complete.push(response.chunk);
                    }
                }
            });
            for id in complete.drain(..) {
                matchflow_model::fault::point("gather");
                let Some(PendingSearch { requested: Some((capability, requested)), pairs, chosen, .. }) =
                    waiting.remove(&id)
                else {
                    continue;
                };
                let _busy = clock.busy(0);
                let mut chunk = requested.chunk;
                let added = stage.add_best(&mut chunk, &pairs).and_then(|()| stage.add_chosen(&mut chunk, &chosen));
                let added = added.map_err(|error| FlowError::stage(&stage.label, error));
                if context.abort.check(added).is_none() {
                    return;
                }
                output.session(&capability).give(chunk);
            }
        }
    })
}
