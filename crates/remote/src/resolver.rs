//! Name resolution with a check at every connection: earlier results of a name do not count.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use matchflow_model::request_failure::RequestRule;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::addresses::is_public;
use crate::policy::Policy;

/// Resolves a name; tests replace it.
pub(crate) type Lookup = Arc<dyn Fn(String) -> LookupFuture + Send + Sync>;
/// The addresses of a name.
pub(crate) type LookupFuture = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;

/// The system's resolver.
pub(crate) fn system() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// Provides the client with the addresses that the plan allows for a name.
pub(crate) struct Resolver {
    pub(crate) policy: Arc<Policy>,
    pub(crate) lookup: Lookup,
}

/// A name without an allowed address: the rule that this breaks.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConnectionRefused(pub(crate) RequestRule);

fn refused(rule: RequestRule) -> Box<dyn std::error::Error + Send + Sync> {
    ConnectionRefused(rule).into()
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let private = self.policy.allows_private(&name);
        let found = (self.lookup)(name.clone());
        Box::pin(async move {
            let Some(private) = private else {
                return Err(refused(RequestRule::UnknownHost { host: name, allowed: String::new() }));
            };
            let found = found.await?;
            if found.is_empty() {
                return Err(refused(RequestRule::NoAddress { host: name }));
            }
            if let Some(address) = found.iter().copied().find(|address| !private && !is_public(*address)) {
                return Err(refused(RequestRule::PrivateAddress { host: name, address: address.to_string() }));
            }
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
