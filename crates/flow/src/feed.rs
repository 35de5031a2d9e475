//! A reader thread for an operator, so that a timely worker never waits for a file.
//!
//! The queue between them is bounded; the reader waits when it is full and ends when the operator is dropped. It is not
//! joined: a reader may be in the middle of a long read when its operator needs no more.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use matchflow_model::fault;
use timely::scheduling::SyncActivator;

use crate::error::{FeedError, FlowError};
use crate::times::{StageClock, Wait};

/// Maximum number of items between a reader and its operator.
const QUEUE_ITEMS_MAX: usize = 4;

/// Reads the next item; `None` at the end.
pub(crate) type FeedReader<T> = Box<dyn FnMut() -> Result<Option<T>, FeedError> + Send>;

/// A reader, with its name, errors and clock.
pub(crate) struct Reader<T> {
    pub(crate) name: &'static str,
    pub(crate) read: FeedReader<T>,
    pub(crate) wrap: fn(FeedError) -> FlowError,
    pub(crate) clock: Arc<StageClock>,
    /// The rows of an item.
    pub(crate) rows: fn(&T) -> usize,
    /// The wait to count when the queue is full.
    pub(crate) full: Wait,
}

/// The state of a feed.
pub(crate) enum FeedItem<T> {
    Item(T),
    /// Nothing yet: the operator is activated when an item arrives.
    Wait,
    End,
    Failed(FlowError),
}

/// The operator's end of a reader thread.
pub(crate) struct Feed<T> {
    receiver: Receiver<Result<T, FlowError>>,
}

impl<T: Send + 'static> Feed<T> {
    /// Starts the reader.
    pub(crate) fn spawn(reader: Reader<T>, activator: SyncActivator) -> Result<Feed<T>, FlowError> {
        let (sender, receiver) = bounded(QUEUE_ITEMS_MAX);
        let Reader { name: place, mut read, wrap, clock, rows, full } = reader;
        let body = move || {
            loop {
                let result = match catch_unwind(AssertUnwindSafe(|| {
                    fault::point(place);
                    let mut busy = clock.busy(0);
                    let item = read();
                    if let Ok(Some(item)) = &item {
                        busy.set_rows(rows(item));
                    }
                    item
                })) {
                    Ok(Ok(None)) => break,
                    Ok(Ok(Some(item))) => Ok(item),
                    Ok(Err(error)) => Err(wrap(error)),
                    Err(payload) => Err(FlowError::panic(place, payload.as_ref())),
                };
                let last = result.is_err();
                let began = Instant::now();
                let sent = sender.send(result);
                clock.add_thread_wait(full, began);
                // An error means that the operator was dropped and needs no more.
                if sent.is_err() || activator.activate().is_err() || last {
                    break;
                }
            }
            drop(sender);
            let _ = activator.activate();
        };
        let thread = std::thread::Builder::new().name(place.to_owned()).spawn(body);
        thread.map_err(FlowError::thread(place))?;
        Ok(Feed { receiver })
    }

    /// The next item, without waiting.
    pub(crate) fn next(&self) -> FeedItem<T> {
        match self.receiver.try_recv() {
            Ok(Ok(item)) => FeedItem::Item(item),
            Ok(Err(error)) => FeedItem::Failed(error),
            Err(TryRecvError::Empty) => FeedItem::Wait,
            Err(TryRecvError::Disconnected) => FeedItem::End,
        }
    }
}
