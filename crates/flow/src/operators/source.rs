//! Supplier rows enter the dataflow as credits allow.
//!
//! Only the first worker reads. The time of a chunk is the number of its source batch; the capability advances with
//! each batch, and is dropped at the end of the file or when the run stops.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use matchflow_matcher::Chunk;
use timely::dataflow::Scope;
use timely::dataflow::operators::generic::operator::source as operator;
use timely::scheduling::Activator;

use super::{Chunks, Context, Credits, Time};
use crate::error::FlowError;
use crate::feed::{Feed, FeedItem, FeedReader, Reader};
use crate::times::{ThreadRole, Wait};

/// The stream of chunks, on the first worker; empty on the others (`read` is `None`).
/// `wake` receives the activator for when credits are returned.
pub(crate) fn source<'scope>(
    scope: Scope<'scope, Time>,
    read: Option<FeedReader<Vec<Chunk>>>,
    credits: Credits,
    wake: Rc<RefCell<Option<Activator>>>,
    context: Context,
) -> Chunks<'scope> {
    let worker = scope.worker().clone();
    let clock = context.progress.times().clock("read suppliers", ThreadRole::Reader);
    operator(scope, "source", move |capability, info| {
        *wake.borrow_mut() = Some(worker.activator_for(Rc::clone(&info.address)));
        let activator = worker.sync_activator_for(info.address.to_vec());
        let reader = |read| Reader {
            name: "read suppliers",
            read,
            wrap: FlowError::Source,
            clock,
            rows: |chunks: &Vec<Chunk>| chunks.iter().map(Chunk::len).sum(),
            full: Wait::RowsInFlight,
        };
        let feed = read.map(|read| Feed::spawn(reader(read), activator));
        let mut feed = feed.and_then(|feed| context.abort.check(feed));
        let mut capability = feed.is_some().then_some(capability);
        let mut waiting: VecDeque<Chunk> = VecDeque::new();
        move |output| {
            while let (Some(reading), Some(current)) = (feed.as_mut(), capability.as_mut()) {
                if context.progress.is_stopped() || context.abort.is_raised() {
                    (feed, capability) = (None, None);
                    waiting.clear();
                    return;
                }
                while let Some(chunk) = waiting.pop_front() {
                    matchflow_model::fault::point("source");
                    if !credits.take(chunk.len()) {
                        waiting.push_front(chunk);
                        return;
                    }
                    context.progress.add_started(chunk.len() as u64);
                    output.session(&*current).give(chunk);
                }
                match reading.next() {
                    FeedItem::Wait => return,
                    FeedItem::Item(chunks) => {
                        current.downgrade(&(current.time() + 1));
                        waiting.extend(chunks);
                    }
                    FeedItem::End => {
                        context.progress.set_ended();
                        (feed, capability) = (None, None);
                    }
                    FeedItem::Failed(error) => {
                        context.abort.raise(error);
                        return;
                    }
                }
            }
        }
    })
}
