//! Registry entries enter the dataflow: read on the first worker of each process, sent to the worker that keeps their group,
//! cleaned there.
//!
//! Each of several processes reads the whole registry and keeps the entries of its own workers: no entry crosses the
//! network, no process reads for others, and what waits between reader and workers stays bounded.
//!
//! **Invariant:** all entries of a group are on one worker, [`owner`] of the group.

use std::ops::Range;
use std::sync::Arc;

use matchflow_matcher::{Batch, StepError, clean as clean_batch};
use matchflow_model::arrow::array::{RecordBatch, UInt32Array};
use matchflow_model::arrow::compute::take_record_batch;
use matchflow_model::plan::CleanPlan;
use matchflow_model::{columns, digest};
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::operators::generic::operator::source as operator;
use timely::dataflow::{Scope, Stream};

use super::{Context, Time};
use crate::error::{FeedError, FlowError};
use crate::feed::{Feed, Next, Read, Reader};
use crate::times::{Place, Wait};

/// Registry entries on the worker that keeps them.
pub(crate) type Entries<'scope> = Stream<'scope, Time, Vec<Batch>>;

/// Entries on their way to the worker of the given index.
type Sent = (usize, Batch);

/// The worker that keeps a group.
fn owner(group: &str, workers: usize) -> usize {
    (digest::exchange(group.as_bytes()) % workers as u64) as usize
}

/// The cleaned entries of this worker's share of the registry. `read` is given on the first worker of the process only.
pub(crate) fn reference<'scope>(
    scope: Scope<'scope, Time>,
    read: Option<Read<RecordBatch>>,
    cleaning: Arc<[CleanPlan]>,
    context: Context,
) -> Entries<'scope> {
    let sent = read_entries(scope, read, context.clone());
    let clock = context.progress.times().clock("clean registry", Place::Worker);
    sent.unary(Exchange::new(|(owner, _): &Sent| *owner as u64), "clean registry", move |_, _| {
        move |input, output| {
            input.for_each(|capability, sent| {
                matchflow_model::fault::point("clean registry");
                let mut session = output.session(&capability);
                for (_, Batch(entries)) in sent.drain(..) {
                    let _busy = clock.busy(entries.num_rows());
                    let entries = cleaning.iter().try_fold(entries, clean_batch);
                    let entries = entries.map_err(|error| FlowError::stage("clean registry", error));
                    let Some(entries) = context.abort.check(entries) else { return };
                    context.progress.add_entries(entries.num_rows() as u64);
                    session.give(Batch(entries));
                }
            });
        }
    })
}

fn read_entries<'scope>(
    scope: Scope<'scope, Time>,
    read: Option<Read<RecordBatch>>,
    context: Context,
) -> Stream<'scope, Time, Vec<Sent>> {
    let worker = scope.worker().clone();
    let own = worker.index()..worker.index() + context.workers;
    let workers = worker.peers();
    let clock = context.progress.times().clock("read registry", Place::Reader);
    operator(scope, "read registry", move |capability, info| {
        let activator = worker.sync_activator_for(info.address.to_vec());
        let feed = read.map(|read| {
            let reader = Reader {
                name: "read registry",
                read: by_owner(read, own, workers),
                wrap: FlowError::Reference,
                clock,
                rows: |sent: &Vec<Sent>| sent.iter().map(|(_, entries)| entries.0.num_rows()).sum(),
                full: Wait::Indexing,
            };
            Feed::spawn(reader, activator)
        });
        let mut feed = feed.and_then(|feed| context.abort.check(feed));
        let mut capability = feed.is_some().then_some(capability);
        move |output| {
            while let (Some(reading), Some(held)) = (feed.as_mut(), capability.as_ref()) {
                match reading.next() {
                    Next::Wait => return,
                    Next::Item(sent) => output.session(held).give_iterator(sent.into_iter()),
                    Next::End => (feed, capability) = (None, None),
                    Next::Failed(error) => {
                        context.abort.raise(error);
                        return;
                    }
                }
            }
        }
    })
}

/// Cuts every batch read into the shares of this process's workers; the rest is for others to keep.
fn by_owner(mut read: Read<RecordBatch>, own: Range<usize>, workers: usize) -> Read<Vec<Sent>> {
    Box::new(move || {
        let Some(entries) = read()? else { return Ok(None) };
        shares(&entries, &own, workers).map(Some).map_err(|error| Box::new(error) as FeedError)
    })
}

fn shares(entries: &RecordBatch, own: &Range<usize>, workers: usize) -> Result<Vec<Sent>, StepError> {
    if workers == 1 {
        return Ok(vec![(0, Batch(entries.clone()))]);
    }
    let mut rows = vec![Vec::new(); own.len()];
    for (row, group) in columns::text(entries, columns::GROUP)?.iter().enumerate() {
        let place = owner(group.unwrap_or_default(), workers).checked_sub(own.start);
        if let Some(rows) = place.and_then(|place| rows.get_mut(place)) {
            rows.push(row as u32);
        }
    }
    let shares = own.clone().zip(rows).filter(|(_, rows)| !rows.is_empty());
    shares.map(|(owner, rows)| Ok((owner, Batch(take_record_batch(entries, &UInt32Array::from(rows))?)))).collect()
}
