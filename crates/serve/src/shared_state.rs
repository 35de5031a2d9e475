//! State shared by all connections and threads of a server.
//!
//! **Invariant:** a request is answered from one state of the pipelines from beginning to end, whatever is loaded
//! meanwhile; if loading fails, the state in use is kept.

use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use crate::access_log::AccessLog;
use crate::match_queue::MatchQueue;
use crate::metrics::Gauges;
use crate::options::ServeOptions;
use crate::problem::{FieldError, Problem, ProblemKind};
use crate::route_table::Endpoint;
use crate::routes::FoundRoute;
use crate::served_pipeline::{PipelineSet, ServedPipeline};
use crate::tokens::TokenList;
use crate::transport::Transport;

/// Loads the pipelines with their plug-ins and registries; the error is a text for users.
pub type LoadPipelines = Box<dyn Fn() -> Result<Vec<ServedPipeline>, String> + Send + Sync>;

/// A route of this server.
pub(crate) type ApiRoute = FoundRoute<Endpoint>;

/// The state of a server.
pub(crate) struct SharedState {
    pub(crate) transport: Transport,
    pub(crate) queue: Arc<MatchQueue>,
    pub(crate) log: Option<AccessLog>,
    /// Tokens of the clients that may send requests; without them, anyone who can connect may.
    pub(crate) tokens: Option<TokenList>,
    pub(crate) scoring_threads: usize,
    pipelines: RwLock<Option<Arc<PipelineSet>>>,
    load: LoadPipelines,
    loading: Mutex<()>,
}

impl SharedState {
    pub(crate) fn new(options: ServeOptions, load: LoadPipelines) -> SharedState {
        let ServeOptions { limits, scoring_threads, log, tokens, tls, .. } = options;
        SharedState {
            queue: Arc::new(MatchQueue::new(limits.queued_rows_max)),
            transport: Transport::new(limits, tls),
            log,
            tokens,
            scoring_threads: scoring_threads.max(1),
            pipelines: RwLock::new(None),
            load,
            loading: Mutex::new(()),
        }
    }

    /// Loads the pipelines, replaces those in use, and returns their names. Only one load runs at a time.
    pub(crate) fn load(&self) -> Result<Vec<String>, String> {
        let Some(_loading) = self.loading.try_lock() else {
            return Err("the pipelines are being loaded already".to_owned());
        };
        let loaded = (self.load)();
        self.transport.metrics.count_reload(loaded.is_ok());
        Ok(self.use_pipelines(loaded?))
    }

    /// Replaces the pipelines in use, and returns the names of the new ones.
    pub(crate) fn use_pipelines(&self, pipelines: Vec<ServedPipeline>) -> Vec<String> {
        let pipelines = PipelineSet::new(pipelines);
        let names = pipelines.names().map(str::to_owned).collect();
        *self.pipelines.write() = Some(Arc::new(pipelines));
        names
    }

    /// The pipelines in use.
    ///
    /// # Errors
    ///
    /// The pipelines are not loaded yet.
    pub(crate) fn pipelines(&self) -> Result<Arc<PipelineSet>, Problem> {
        let loading = || Problem::new(ProblemKind::Unavailable, "the pipelines are being loaded");
        self.pipelines.read().clone().ok_or_else(loading)
    }

    /// A pipeline in use.
    ///
    /// # Errors
    ///
    /// There is no pipeline with this name.
    pub(crate) fn pipeline(&self, name: &str) -> Result<Arc<ServedPipeline>, Problem> {
        let pipelines = self.pipelines()?;
        let unknown = || {
            let error = FieldError::new("", "there is no pipeline of this name").allowing(pipelines.names());
            Problem::of_part(ProblemKind::UnknownPipeline, error)
        };
        pipelines.get(name).cloned().ok_or_else(unknown)
    }

    pub(crate) fn gauges(&self) -> Gauges {
        Gauges {
            queued_rows: self.queue.rows(),
            open_connections: self.transport.connections.count(),
            is_ready: !self.transport.is_stopping() && self.pipelines.read().is_some(),
        }
    }
}
