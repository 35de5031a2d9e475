//! A thread that reads for an operator, so that a timely worker never waits for a file.
//!
//! The queue between them is bounded; the reader waits when it is full and ends when the operator is gone. Nobody waits
//! for its end: a reader may be in the middle of a long read when its operator wants no more.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use matchflow_model::fault;
use timely::scheduling::SyncActivator;

use crate::error::{FeedError, FlowError};

/// Items waiting between a reader and its operator, at most.
const QUEUE_ITEMS_MAX: usize = 4;

/// What a reader gives: the next item, `None` at the end.
pub(crate) type Read<T> = Box<dyn FnMut() -> Result<Option<T>, FeedError> + Send>;

/// What an operator sees when it looks.
pub(crate) enum Next<T> {
    Item(T),
    /// Nothing yet: the operator is activated when there is.
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
    pub(crate) fn spawn(
        name: &str,
        mut read: Read<T>,
        wrap: fn(FeedError) -> FlowError,
        activator: SyncActivator,
    ) -> Result<Feed<T>, FlowError> {
        let (sender, receiver) = bounded(QUEUE_ITEMS_MAX);
        let place = name.to_owned();
        let body = move || {
            loop {
                let result = match catch_unwind(AssertUnwindSafe(|| {
                    fault::point(&place);
                    read()
                })) {
                    Ok(Ok(None)) => break,
                    Ok(Ok(Some(item))) => Ok(item),
                    Ok(Err(error)) => Err(wrap(error)),
                    Err(payload) => Err(FlowError::panic(&place, payload.as_ref())),
                };
                let last = result.is_err();
                // An error here says that the operator is gone: nobody wants the rest.
                if sender.send(result).is_err() || activator.activate().is_err() || last {
                    break;
                }
            }
            drop(sender);
            let _ = activator.activate();
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(body);
        thread.map_err(|error| FlowError::Start(error.to_string()))?;
        Ok(Feed { receiver })
    }

    /// The next item, without waiting.
    pub(crate) fn next(&self) -> Next<T> {
        match self.receiver.try_recv() {
            Ok(Ok(item)) => Next::Item(item),
            Ok(Err(error)) => Next::Failed(error),
            Err(TryRecvError::Empty) => Next::Wait,
            Err(TryRecvError::Disconnected) => Next::End,
        }
    }
}
