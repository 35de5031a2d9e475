//! Builds this worker's shard of the registry, and tells the searches when all shards are ready.
//!
//! ```text
//! entries ─> index ─words, to the first worker─> vocabulary ─to each process─> spread ─to its workers─> ready
//! ```
//!
//! The frontier of `ready` is empty once every shard has the words of all shards: only then does rarity mean the same in
//! every shard. Frontiers are those of all workers: it is empty everywhere at once.

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
use crate::times::Place;

/// This worker's shard between its building and its words.
type OwnShard = Rc<RefCell<Option<Shard>>>;
/// Never carries anything; see the module's text.
pub(crate) type Ready<'scope> = Stream<'scope, Time, Vec<()>>;

/// The words of all shards, for the worker named.
type Words<'scope> = Stream<'scope, Time, Vec<(usize, Arc<Vocabulary>)>>;

const LABEL: &str = "index";

/// What one shard tells the others.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Told {
    entries: u64,
    terms: LocalTerms,
}

/// The stream whose frontier says that every shard is ready.
pub(crate) fn index<'scope>(
    entries: Entries<'scope>,
    builder: ShardBuilder,
    shards: Arc<Shards>,
    context: Context,
) -> Ready<'scope> {
    let own = OwnShard::default();
    let told = build(entries, builder, Rc::clone(&own), context.clone());
    install(spread(vocabulary(told, context.clone()), &context), own, shards, context)
}

fn build<'scope>(
    entries: Entries<'scope>,
    builder: ShardBuilder,
    shard: OwnShard,
    context: Context,
) -> Stream<'scope, Time, Vec<Told>> {
    let clock = context.progress.times().clock(LABEL, Place::Worker);
    entries.unary_frontier(Pipeline, LABEL, move |capability, _| {
        let mut building = Some((capability, builder));
        move |(input, frontier), output| {
            input.for_each(|_, batches| {
                for batch in batches.drain(..) {
                    matchflow_model::fault::point("index");
                    let Some((_, builder)) = building.as_mut() else { return };
                    let _busy = clock.busy(batch.0.num_rows());
                    let pushed = builder.push(&batch.0).map_err(|error| FlowError::stage(LABEL, error));
                    if context.abort.check(pushed).is_none() {
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
            output.session(&capability).give(Told { entries: u64::from(built.entries()), terms });
            *shard.borrow_mut() = Some(built);
        }
    })
}

/// On the first worker: the words of all shards, for the first worker of each process.
fn vocabulary<'scope>(told: Stream<'scope, Time, Vec<Told>>, context: Context) -> Words<'scope> {
    let workers = told.scope().worker().peers();
    let clock = context.progress.times().clock(LABEL, Place::Worker);
    told.unary(Exchange::new(|_: &Told| 0), "vocabulary", move |_, _| {
        let mut shards = Vec::new();
        let mut entries = 0;
        move |input, output| {
            input.for_each(|capability, told| {
                for told in told.drain(..) {
                    matchflow_model::fault::point("vocabulary");
                    entries += told.entries;
                    shards.push(told.terms);
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

/// On the first worker of each process: the words for all its workers, who share them.
fn spread<'scope>(words: Words<'scope>, context: &Context) -> Words<'scope> {
    let workers = context.workers;
    words.unary(Exchange::new(|(worker, _): &(usize, Arc<Vocabulary>)| *worker as u64), "spread", move |_, _| {
        move |input, output| {
            input.for_each(|capability, words| {
                let mut session = output.session(&capability);
                for (first, words) in words.drain(..) {
                    session.give_iterator((first..first + workers).map(|worker| (worker, Arc::clone(&words))));
                }
            });
        }
    })
}

fn install<'scope>(vocabulary: Words<'scope>, own: OwnShard, shards: Arc<Shards>, context: Context) -> Ready<'scope> {
    let clock = context.progress.times().clock(LABEL, Place::Worker);
    let to_worker = Exchange::new(|(worker, _): &(usize, Arc<Vocabulary>)| *worker as u64);
    vocabulary.unary::<CapacityContainerBuilder<Vec<()>>, _, _, _>(to_worker, "ready", move |_, _| {
        move |input, _output| {
            input.for_each(|_, vocabularies| {
                for (worker, vocabulary) in vocabularies.drain(..) {
                    let busy = clock.busy(0);
                    // All workers bring the same words: whose come first does not matter.
                    let _ = context.vocabulary.set(Arc::clone(&vocabulary));
                    let Some(mut shard) = own.borrow_mut().take() else { continue };
                    let set = shard.set_vocabulary(Arc::clone(&vocabulary));
                    if context.abort.check(set.map_err(|error| FlowError::stage(LABEL, error))).is_none() {
                        return;
                    }
                    let (abort, progress) = (context.abort.clone(), Arc::clone(&context.progress));
                    let goes_on = move || !abort.is_raised() && !progress.is_stopped();
                    let published = shards.publish(worker, shard, &vocabulary, goes_on);
                    context.abort.check(published.map_err(|error| FlowError::Start(error.to_string())));
                    drop(busy);
                    context.progress.set_load(context.started.elapsed());
                }
            });
        }
    })
}
