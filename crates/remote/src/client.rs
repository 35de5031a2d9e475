//! Sends requests: one task a request on a thread of its own, within the plan's limits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use matchflow_model::plan::{HostPlan, RemotePlan};
use tokio::runtime::{Builder, Runtime};

use crate::answers::Answers;
use crate::asking::Desk;
use crate::budget::Budget;
use crate::counters::Counters;
use crate::error::{AskError, Cause, RemoteError};
use crate::fixtures::Fixtures;
use crate::gate::Gate;
use crate::policy::Policy;
use crate::request::{Answer, Request};
use crate::resolver::{Lookup, Resolver, system};
use crate::secrets::Secrets;
use crate::words::{chain, host_of, panic_message};

/// Making a connection takes at most this long.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Where answers come from.
#[derive(Clone)]
pub enum Source {
    /// The recorded ones first, then the network.
    Live(Option<Answers>),
    /// Fixtures and nothing else.
    Replay(Fixtures),
    /// Fixtures first, then the network; what it answers is added to the fixtures.
    Record(Fixtures),
}

/// What a remote side needs.
pub struct Settings {
    /// The label of the stage that asks.
    pub stage: String,
    /// How requests are sent.
    pub plan: RemotePlan,
    /// From this cost on nothing is sent.
    pub cost_max: Option<f64>,
    /// The values of the plan's secrets.
    pub secrets: Secrets,
    /// Where answers come from.
    pub source: Source,
    /// What is counted.
    pub counters: Arc<Counters>,
    /// Whether the run is to end: then nothing new is sent.
    pub stopped: Arc<dyn Fn() -> bool + Send + Sync>,
}

/// Called with what a request came to, on the thread that sends: it must be quick.
pub type Done = Box<dyn FnOnce(Result<Answer, AskError>) + Send>;

/// Sends requests. When it is dropped, what is under way is given up.
pub struct Remote {
    desk: Arc<Desk>,
    runtime: Option<Runtime>,
}

impl Remote {
    /// Starts the thread that sends.
    pub fn start(settings: Settings) -> Result<Remote, RemoteError> {
        Remote::start_with(settings, system())
    }

    pub(crate) fn start_with(settings: Settings, lookup: Lookup) -> Result<Remote, RemoteError> {
        let failed = |reason: String| RemoteError::Client { reason };
        // Another crate may have chosen a provider before; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let policy = Arc::new(Policy::new(settings.plan.hosts.clone()));
        let resolver = Resolver { policy: Arc::clone(&policy), lookup };
        let client = client(resolver).map_err(|error| failed(chain(&error)))?;
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
        let desk = Desk { settings, policy, gates, client, flights: Mutex::default(), budget };
        Ok(Remote { desk: Arc::new(desk), runtime: Some(runtime) })
    }

    /// Asks. `done` is called once, unless the remote side is dropped before.
    pub fn ask(&self, request: Request, done: Done) {
        let Some(runtime) = &self.runtime else { return };
        let desk = Arc::clone(&self.desk);
        runtime.spawn(async move {
            let host = host_of(&request);
            let asked = tokio::spawn(async move { desk.answer(request).await });
            let outcome = asked.await.unwrap_or_else(|error| {
                let message = if error.is_panic() { panic_message(error.into_panic().as_ref()) } else { String::new() };
                Err(AskError { host, cause: Cause::Panicked { message }, tries: 0 })
            });
            done(outcome);
        });
    }

    /// What is counted.
    pub fn counters(&self) -> &Counters {
        &self.desk.settings.counters
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
    // A machine without any certificates can still speak to a service of its own without TLS.
    builder().build().or_else(|_| builder().tls_certs_only([]).build())
}
