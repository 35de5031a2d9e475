//! Builds this worker's shard of the registry, and signals the searches when all shards are ready.
//!
//! ```text
//! entries ─> index ─terms, to the first worker─> vocabulary ─to each process─> distribute ─to its workers─> ready
//! ```
//!
//! The frontier of `ready` is empty once every shard has the terms of all shards: only then do all shards have the same
//! term frequencies. A frontier covers all workers, so it becomes empty everywhere.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use matchflow_candidates::{LocalTerms, Shard, ShardBuilder, Vocabulary};
use serde::{Deserialize, Serialize};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::Stream;
use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::generic::Operator;

use super::reference::Entries;
use super::{Context, Time};
use crate::error::FlowError;
use crate::shards::Shards;
use crate::times::ThreadRole;

/// This worker's shard until it has its vocabulary.
type LocalShard = Rc<RefCell<Option<Shard>>>;
/// A stream without data: only its frontier matters, see above.
pub(crate) type IndexReady<'scope> = Stream<'scope, Time, Vec<()>>;

/// The terms of all shards, addressed to a worker.
type VocabularyStream<'scope> = Stream<'scope, Time, Vec<(usize, Arc<Vocabulary>)>>;

const LABEL: &str = "index";

/// Entry count and terms of one shard.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ShardTerms {
    entries: u64,
    terms: LocalTerms,
}

/// The stream whose frontier is empty when every shard is ready.
pub(crate) fn index<'scope>(
    entries: Entries<'scope>,
    builder: ShardBuilder,
    shards: Arc<Shards>,
    context: Context,
) -> IndexReady<'scope> {
    let shard = LocalShard::default();
    let terms = build(entries, builder, Rc::clone(&shard), context.clone());
    let vocabulary = distribute(vocabulary(terms, context.clone()), &context);
    install(vocabulary, shard, shards, context)
}

fn build<'scope>(
    entries: Entries<'scope>,
    builder: ShardBuilder,
    shard: LocalShard,
    context: Context,
) -> Stream<'scope, Time, Vec<ShardTerms>> {
    let clock = context.progress.times().clock(LABEL, ThreadRole::Worker);
    entries.unary_frontier(Pipeline, LABEL, move |capability, _| {
        let mut building = Some((capability, builder));
        move |(input, frontier), output| {
            input.for_each(|_, batches| {
                for batch in batches.drain(..) {
                    matchflow_model::fault::point("index");
                    let Some((_, builder)) = building.as_mut() else { return };
                    let _busy = clock.busy(batch.0.num_rows());
                    let result = builder.push(&batch.0).map_err(|error| FlowError::stage(LABEL, error));
                    if context.abort.check(result).is_none() {
                        return;
                    }
                }
            });
            if !frontier.is_empty() || context.abort.is_raised() {
                return;
            }
            let Some((capability, builder)) = building.take() else { return };
            let _busy = clock.busy(0);
            let built = builder.finish().map_err(|error| FlowError::stage(LABEL, error));
            let Some((built, terms)) = context.abort.check(built) else { return };
            output.session(&capability).give(ShardTerms { entries: u64::from(built.entries()), terms });
            *shard.borrow_mut() = Some(built);
        }
    })
}

/// On the first worker: merges the terms of all shards, for the first worker of each process.
fn vocabulary<'scope>(terms: Stream<'scope, Time, Vec<ShardTerms>>, context: Context) -> VocabularyStream<'scope> {
    let workers = terms.scope().worker().peers();
    let clock = context.progress.times().clock(LABEL, ThreadRole::Worker);
    terms.unary(Exchange::new(|_: &ShardTerms| 0), "vocabulary", move |_, _| {
        let mut shards = Vec::new();
        let mut entries = 0;
        move |input, output| {
            input.for_each(|capability, terms| {
                for shard in terms.drain(..) {
                    matchflow_model::fault::point("vocabulary");
                    entries += shard.entries;
                    shards.push(shard.terms);
                }
                if shards.len() < workers {
                    return;
                }
                if entries == 0 {
                    context.abort.raise(FlowError::EmptyReference { reference: context.reference.to_string() });
                }
                let _busy = clock.busy(0);
                let merged = Vocabulary::merge(std::mem::take(&mut shards));
                let merged = merged.map_err(|error| FlowError::stage(LABEL, error));
                let Some(merged) = context.abort.check(merged).map(Arc::new) else { return };
                let mut session = output.session(&capability);
                let firsts = (0..workers).step_by(context.workers);
                session.give_iterator(firsts.map(|worker| (worker, Arc::clone(&merged))));
            });
        }
    })
}

/// On the first worker of each process: passes the vocabulary to all its workers, which share it.
fn distribute<'scope>(vocabulary: VocabularyStream<'scope>, context: &Context) -> VocabularyStream<'scope> {
    let workers = context.workers;
    vocabulary.unary(
        Exchange::new(|(worker, _): &(usize, Arc<Vocabulary>)| *worker as u64),
        "distribute",
        move |_, _| {
            move |input, output| {
                input.for_each(|capability, vocabularies| {
                    let mut session = output.session(&capability);
                    for (first, vocabulary) in vocabularies.drain(..) {
                        session.give_iterator((first..first + workers).map(|worker| (worker, Arc::clone(&vocabulary))));
                    }
                });
            }
        },
    )
}

fn install<'scope>(
    vocabulary: VocabularyStream<'scope>,
    local_shard: LocalShard,
    shards: Arc<Shards>,
    context: Context,
) -> IndexReady<'scope> {
    let clock = context.progress.times().clock(LABEL, ThreadRole::Worker);
    let to_worker = Exchange::new(|(worker, _): &(usize, Arc<Vocabulary>)| *worker as u64);
    vocabulary.unary::<CapacityContainerBuilder<Vec<()>>, _, _, _>(to_worker, "ready", move |_, _| {
        move |input, _output| {
            input.for_each(|_, vocabularies| {
                for (worker, vocabulary) in vocabularies.drain(..) {
                    let busy = clock.busy(0);
                    // All workers receive the same vocabulary: the first one is used.
                    let _ = context.vocabulary.set(Arc::clone(&vocabulary));
                    let Some(mut shard) = local_shard.borrow_mut().take() else { continue };
                    let set = shard.set_vocabulary(Arc::clone(&vocabulary));
                    if context.abort.check(set.map_err(|error| FlowError::stage(LABEL, error))).is_none() {
                        return;
                    }
                    let abort = context.abort.clone();
                    let progress = Arc::clone(&context.progress);
                    let is_running = move || !abort.is_raised() && !progress.is_stopped();
                    let published = shards.publish(worker, shard, &vocabulary, is_running);
                    context.abort.check(published.map_err(FlowError::thread("store index")));
                    drop(busy);
                    context.progress.set_load(context.started.elapsed());
                }
            });
        }
    })
}
