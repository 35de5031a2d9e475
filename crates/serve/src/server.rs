//! The server: starting and stopping its threads.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::listening_server::{ListeningServer, ServeError};
use crate::options::ServeOptions;
use crate::scoring_threads::ScoringThreads;
use crate::served_pipeline::ServedPipeline;
use crate::shared_state::{LoadPipelines, SharedState};

/// A listening server. It answers once its pipelines are loaded ([`ServerHandle::load`]).
pub struct Server {
    listening: ListeningServer<SharedState>,
    scoring: ScoringThreads,
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
        self.0.transport.begin_stop();
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
        let state = Arc::new(SharedState::new(options, load));
        let listening = ListeningServer::start(listen, Arc::clone(&state))?;
        let scoring = ScoringThreads::start(scoring_threads, &state.queue, &state.transport.metrics);
        Ok(Server { listening, scoring: scoring.map_err(ServeError::Thread)? })
    }

    /// The address that the server listens on.
    pub fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// A handle to the server.
    pub fn handle(&self) -> ServerHandle {
        ServerHandle(Arc::clone(self.listening.service()))
    }

    /// Waits until the server is stopped and has answered all accepted requests. Returns false if some were abandoned.
    pub fn wait(self) -> bool {
        let Server { listening, scoring } = self;
        listening.wait(|is_complete| scoring.end(!is_complete))
    }
}
