//! Registry entries enter the dataflow: read on the first worker of each process, sent to the worker that owns their group,
//! cleaned there.
//!
//! Each process reads the complete registry and selects the entries of its local workers: no entry crosses the network,
//! no process reads for others, and the queue between reader and workers remains bounded.
//!
//! **Invariant:** all entries of a group are on one worker, [`owner`] of the group.

use std::ops::Range;
use std::sync::Arc;

use matchflow_matcher::{StepError, WireBatch, clean_entries};
use matchflow_model::arrow::array::{RecordBatch, UInt32Array};
use matchflow_model::arrow::compute::take_record_batch;
use matchflow_model::plan::{CleanPlan, Plan};
use matchflow_model::{columns, digest};
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::operators::generic::operator::source as operator;
use timely::dataflow::{Scope, Stream};

use super::{Context, Time};
use crate::error::{FeedError, FlowError};
use crate::feed::{Feed, FeedItem, FeedReader, Reader};
use crate::times::{ThreadRole, Wait};

/// Registry entries on the worker that owns them.
pub(crate) type Entries<'scope> = Stream<'scope, Time, Vec<WireBatch>>;

/// Entries addressed to a worker.
type AddressedEntries = (usize, WireBatch);

/// The names of the steps that read and clean the entries, in times and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntrySteps {
    pub(crate) read: &'static str,
    pub(crate) clean: &'static str,
}

impl EntrySteps {
    /// A `dedupe` pipeline has no registry: its rows are the entries.
    pub(crate) fn of(plan: &Plan) -> EntrySteps {
        match plan.dedupe {
            None => EntrySteps { read: "read registry", clean: "clean registry" },
            Some(_) => EntrySteps { read: "read entries", clean: "clean entries" },
        }
    }
}

/// The worker that owns a group.
fn owner(group: &str, workers: usize) -> usize {
    (digest::exchange(group.as_bytes()) % workers as u64) as usize
}

/// The cleaned entries that this worker owns. `read` is present only on the first worker of the process.
pub(crate) fn reference<'scope>(
    scope: Scope<'scope, Time>,
    read: Option<FeedReader<RecordBatch>>,
    cleaning: Arc<[CleanPlan]>,
    context: Context,
) -> Entries<'scope> {
    let sent = read_entries(scope, read, context.clone());
    let name = context.entry_steps.clean;
    let clock = context.progress.times().clock(name, ThreadRole::Worker);
    sent.unary(Exchange::new(|(owner, _): &AddressedEntries| *owner as u64), name, move |_, _| {
        move |input, output| {
            input.for_each(|capability, sent| {
                matchflow_model::fault::point("clean registry");
                let mut session = output.session(&capability);
                for (_, WireBatch(entries)) in sent.drain(..) {
                    let _busy = clock.busy(entries.num_rows());
                    let entries = clean_entries(entries, &cleaning);
                    let entries = entries.map_err(|error| FlowError::stage(name, error));
                    let Some(entries) = context.abort.check(entries) else { return };
                    context.progress.add_entries(entries.num_rows() as u64);
                    session.give(WireBatch(entries));
                }
            });
        }
    })
}

fn read_entries<'scope>(
    scope: Scope<'scope, Time>,
    read: Option<FeedReader<RecordBatch>>,
    context: Context,
) -> Stream<'scope, Time, Vec<AddressedEntries>> {
    let worker = scope.worker().clone();
    let local = worker.index()..worker.index() + context.workers;
    let workers = worker.peers();
    let name = context.entry_steps.read;
    let clock = context.progress.times().clock(name, ThreadRole::Reader);
    operator(scope, name, move |capability, info| {
        let activator = worker.sync_activator_for(info.address.to_vec());
        let feed = read.map(|read| {
            let reader = Reader {
                name,
                read: by_owner(read, local, workers),
                wrap: FlowError::Reference,
                clock,
                rows: |sent: &Vec<AddressedEntries>| sent.iter().map(|(_, entries)| entries.0.num_rows()).sum(),
                full: Wait::Indexing,
            };
            Feed::spawn(reader, activator)
        });
        let mut feed = feed.and_then(|feed| context.abort.check(feed));
        let mut capability = feed.is_some().then_some(capability);
        move |output| {
            while let (Some(reading), Some(current)) = (feed.as_mut(), capability.as_ref()) {
                match reading.next() {
                    FeedItem::Wait => return,
                    FeedItem::Item(sent) => output.session(current).give_iterator(sent.into_iter()),
                    FeedItem::End => (feed, capability) = (None, None),
                    FeedItem::Failed(error) => {
                        context.abort.raise(error);
                        return;
                    }
                }
            }
        }
    })
}

/// Splits each batch by the owners of its entries; entries of other processes are dropped.
fn by_owner(
    mut read: FeedReader<RecordBatch>,
    local: Range<usize>,
    workers: usize,
) -> FeedReader<Vec<AddressedEntries>> {
    Box::new(move || {
        let Some(entries) = read()? else { return Ok(None) };
        split_by_owner(&entries, &local, workers).map(Some).map_err(|error| Box::new(error) as FeedError)
    })
}

fn split_by_owner(
    entries: &RecordBatch,
    local: &Range<usize>,
    workers: usize,
) -> Result<Vec<AddressedEntries>, StepError> {
    if workers == 1 {
        return Ok(vec![(0, WireBatch(entries.clone()))]);
    }
    let mut rows = vec![Vec::new(); local.len()];
    for (row, group) in columns::text(entries, columns::GROUP)?.iter().enumerate() {
        let index = owner(group.unwrap_or_default(), workers).checked_sub(local.start);
        if let Some(rows) = index.and_then(|index| rows.get_mut(index)) {
            rows.push(row as u32);
        }
    }
    let shares = local.clone().zip(rows).filter(|(_, rows)| !rows.is_empty());
    shares.map(|(owner, rows)| Ok((owner, WireBatch(take_record_batch(entries, &UInt32Array::from(rows))?)))).collect()
}
