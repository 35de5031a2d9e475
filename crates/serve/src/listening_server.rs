//! A server that listens: its threads, its stop, whatever it answers.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::listener::accept;
use crate::transport::HttpService;

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
    /// The system refused to create a thread.
    #[error("a thread cannot be started: {0}")]
    Thread(#[source] std::io::Error),
}

/// A service, and what accepts its connections.
pub(crate) struct ListeningServer<S> {
    service: Arc<S>,
    address: SocketAddr,
    runtime: Runtime,
    accepting: tokio::task::JoinHandle<()>,
}

impl<S: HttpService> ListeningServer<S> {
    /// Starts listening; port 0 is any free port.
    ///
    /// # Errors
    ///
    /// An address that is in use or not local, or a failure to start threads.
    pub(crate) fn start(listen: SocketAddr, service: Arc<S>) -> Result<ListeningServer<S>, ServeError> {
        let failed = |source| ServeError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let mut runtime = Builder::new_multi_thread();
        runtime.worker_threads(connection_threads()).thread_name("serve").enable_all();
        let runtime = runtime.build().map_err(ServeError::Thread)?;
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(failed)?
        };
        let accepting = runtime.spawn(accept(listener, Arc::clone(&service)));
        Ok(ListeningServer { service, address, runtime, accepting })
    }

    /// The address that it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What answers.
    pub(crate) fn service(&self) -> &Arc<S> {
        &self.service
    }

    /// Waits until it is stopped and has answered all accepted requests, then calls `end` with whether it has. Returns
    /// false if some were abandoned.
    pub(crate) fn wait(self, end: impl FnOnce(bool)) -> bool {
        let ListeningServer { service, runtime, accepting, .. } = self;
        let transport = service.transport();
        let mut stop = transport.stop.subscribe();
        let is_complete = runtime.block_on(async {
            // The sender is in `transport`.
            let _ = stop.wait_for(|stops| *stops).await;
            let _ = accepting.await;
            let closed = async {
                loop {
                    let none_left = transport.connections.none_left.notified();
                    if transport.connections.count() == 0 {
                        break;
                    }
                    none_left.await;
                }
            };
            tokio::time::timeout(transport.limits.stop_timeout, closed).await.is_ok()
        });
        end(is_complete);
        runtime.shutdown_timeout(Duration::from_secs(1));
        is_complete
    }
}

/// Threads that serve connections: half of the cores, since matching is the larger part.
fn connection_threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (cores / 2).clamp(1, 8)
}
