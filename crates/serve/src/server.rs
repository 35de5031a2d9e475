//! The server: starting and stopping its threads.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::listener::accept;
use crate::options::ServeOptions;
use crate::scoring_threads::ScoringThreads;
use crate::served_pipeline::ServedPipeline;
use crate::shared_state::{LoadPipelines, SharedState};

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

/// A listening server. It answers once its pipelines are loaded ([`ServerHandle::load`]).
pub struct Server {
    state: Arc<SharedState>,
    address: SocketAddr,
    runtime: Runtime,
    scoring: ScoringThreads,
    accepting: tokio::task::JoinHandle<()>,
}

/// Loads the pipelines of a server, and stops it, from any thread.
#[derive(Clone)]
pub struct ServerHandle(Arc<SharedState>);

impl ServerHandle {
    /// Loads the pipelines, replaces those in use, and returns their names.
    ///
    /// # Errors
    ///
    /// What cannot be loaded, as a text; the pipelines in use stay.
    pub fn load(&self) -> Result<Vec<String>, String> {
        self.0.load()
    }

    /// Replaces the pipelines in use.
    pub fn use_pipelines(&self, pipelines: Vec<ServedPipeline>) {
        self.0.use_pipelines(pipelines);
    }

    /// Stops the server: requests in progress are answered, others are refused.
    pub fn stop(&self) {
        self.0.begin_stop();
    }
}

impl Server {
    /// Starts listening, and starts the threads.
    ///
    /// # Errors
    ///
    /// An address that is in use or not local, or a failure to start threads.
    pub fn start(options: ServeOptions, load: LoadPipelines) -> Result<Server, ServeError> {
        let (listen, scoring_threads) = (options.listen, options.scoring_threads);
        let failed = |source| ServeError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let state = Arc::new(SharedState::new(options, load));
        let scoring =
            ScoringThreads::start(scoring_threads, &state.queue, &state.metrics).map_err(ServeError::Thread)?;
        let mut runtime = Builder::new_multi_thread();
        runtime.worker_threads(connection_threads()).thread_name("serve").enable_all();
        let runtime = runtime.build().map_err(ServeError::Thread)?;
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(failed)?
        };
        let accepting = runtime.spawn(accept(listener, Arc::clone(&state)));
        Ok(Server { state, address, runtime, scoring, accepting })
    }

    /// The address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A handle to the server.
    pub fn handle(&self) -> ServerHandle {
        ServerHandle(Arc::clone(&self.state))
    }

    /// Waits until the server is stopped and has answered all accepted requests. Returns false if some were abandoned.
    pub fn wait(self) -> bool {
        let Server { state, runtime, scoring, accepting, .. } = self;
        let mut stop = state.stop.subscribe();
        let is_complete = runtime.block_on(async {
            // The sender is in `state`.
            let _ = stop.wait_for(|stops| *stops).await;
            let _ = accepting.await;
            let closed = async {
                loop {
                    let none_left = state.connections.none_left.notified();
                    if state.connections.count() == 0 {
                        break;
                    }
                    none_left.await;
                }
            };
            tokio::time::timeout(state.limits.stop_timeout, closed).await.is_ok()
        });
        scoring.end(!is_complete);
        runtime.shutdown_timeout(Duration::from_secs(1));
        is_complete
    }
}

/// Threads that serve connections: half of the cores, since matching is the larger part.
fn connection_threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (cores / 2).clamp(1, 8)
}
