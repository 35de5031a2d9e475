//! The HTTP client of a stage: one task per request, on one thread, within the plan's limits.

use std::sync::Arc;
use std::time::Duration;

use matchflow_model::panic_message;
use matchflow_model::plan::{HostPlan, RemotePlan};
use matchflow_model::request_failure::RequestFailure;
use parking_lot::Mutex;
use tokio::runtime::{Builder, Runtime};

use crate::answers::Answers;
use crate::budget::Budget;
use crate::counters::Counters;
use crate::error::{AskError, RemoteError};
use crate::executor::RequestExecutor;
use crate::fixtures::Fixtures;
use crate::gate::Gate;
use crate::messages::{error_chain, host_of};
use crate::policy::Policy;
use crate::request::{Answer, Request};
use crate::resolver::{Lookup, Resolver, system};
use crate::secrets::Secrets;

/// Time limit for connecting.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// Source of answers.
#[derive(Clone)]
pub enum Source {
    /// The record first, then the network.
    Live(Option<Answers>),
    /// Fixtures only.
    Replay(Fixtures),
    /// Fixtures first, then the network; its answers are added to the fixtures.
    Record(Fixtures),
}

/// Settings of a client.
pub struct Settings {
    /// The label of the stage.
    pub stage: String,
    /// How requests are sent.
    pub plan: RemotePlan,
    /// Once the cost reaches this, nothing more is sent.
    pub cost_max: Option<f64>,
    /// The values of the plan's secrets.
    pub secrets: Secrets,
    /// Source of answers.
    pub source: Source,
    /// Counters of the requests.
    pub counters: Arc<Counters>,
    /// Whether the run is ending: then no new requests are sent.
    pub stopped: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// Called with the outcome of a request, on the client's thread: it must return quickly.
pub type AnswerCallback = Box<dyn FnOnce(Result<Answer, AskError>) + Send>;

/// Sends requests. Dropping it abandons the requests in flight.
pub struct Remote {
    executor: Arc<RequestExecutor>,
    runtime: Option<Runtime>,
}

impl Remote {
    /// Starts the client's thread.
    pub fn start(settings: Settings) -> Result<Remote, RemoteError> {
        Remote::start_with(settings, system())
    }

    pub(crate) fn start_with(settings: Settings, lookup: Lookup) -> Result<Remote, RemoteError> {
        let failed = |reason: String| RemoteError::Client { reason };
        // Another crate may have installed a provider already; any works.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let policy = Arc::new(Policy::new(settings.plan.hosts.clone()));
        let resolver = Resolver { policy: Arc::clone(&policy), lookup };
        let client = client(resolver).map_err(|error| failed(error_chain(&error)))?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name(format!("http {}", settings.stage))
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let gate = |host: &HostPlan| Gate::new(host.in_flight_max, host.rate);
        let gates = runtime.block_on(async { policy.hosts().iter().map(gate).collect() });
        let spent = match &settings.source {
            Source::Live(Some(answers)) => answers.cost_of(&settings.stage),
            _ => 0.0,
        };
        let budget = Budget::new(settings.cost_max, spent);
        let executor = RequestExecutor { settings, policy, gates, client, in_flight: Mutex::default(), budget };
        Ok(Remote { executor: Arc::new(executor), runtime: Some(runtime) })
    }

    /// Sends a request. `done` is called once, unless the client is dropped before.
    pub fn ask(&self, request: Request, done: AnswerCallback) {
        let Some(runtime) = &self.runtime else { return };
        let executor = Arc::clone(&self.executor);
        runtime.spawn(async move {
            let host = host_of(&request);
            let task = tokio::spawn(async move { executor.answer(request).await });
            let outcome = task.await.unwrap_or_else(|error| {
                let message = if error.is_panic() { panic_message(error.into_panic().as_ref()) } else { String::new() };
                Err(AskError { host, cause: RequestFailure::Panicked { detail: message }, tries: 0 })
            });
            done(outcome);
        });
    }

    /// Counters of the requests.
    pub fn counters(&self) -> &Counters {
        &self.executor.settings.counters
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn client(resolver: Resolver) -> reqwest::Result<reqwest::Client> {
    let resolver = Arc::new(resolver);
    let builder = || {
        reqwest::Client::builder()
            .user_agent(concat!("matchflow/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_MAX)
            .tcp_nodelay(true)
            .dns_resolver(Arc::clone(&resolver))
    };
    // A machine without certificates can still reach a private service without TLS.
    builder().build().or_else(|_| builder().tls_certs_only([]).build())
}
