//! Name resolution with a check at every connection: earlier results of a name do not count.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

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

/// Gives the client the addresses that the plan allows for a name.
pub(crate) struct Resolver {
    pub(crate) policy: Arc<Policy>,
    pub(crate) lookup: Lookup,
}

/// A name without an allowed address.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionRefused {
    #[error("`{name}` is not among `hosts`")]
    Unknown { name: String },
    #[error(
        "`{name}` resolves to {address}, which is not a public address; set `private: true` on the host to allow it"
    )]
    Private { name: String, address: IpAddr },
    #[error("`{name}` has no address")]
    NoAddress { name: String },
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let private = self.policy.allows_private(&name);
        let found = (self.lookup)(name.clone());
        Box::pin(async move {
            let Some(private) = private else { return Err(ConnectionRefused::Unknown { name }.into()) };
            let found = found.await?;
            if found.is_empty() {
                return Err(ConnectionRefused::NoAddress { name }.into());
            }
            if let Some(address) = found.iter().copied().find(|address| !private && !is_public(*address)) {
                return Err(ConnectionRefused::Private { name, address }.into());
            }
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
