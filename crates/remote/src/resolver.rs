//! Names to addresses, checked at the moment of the connection: what a name led to before does not count.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::addresses::is_public;
use crate::policy::Policy;

/// Looks a name up; tests have their own.
pub(crate) type Lookup = Arc<dyn Fn(String) -> Found + Send + Sync>;
/// The addresses of a name.
pub(crate) type Found = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;

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

/// A name that may not be connected to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error("`{name}` is not among `hosts`")]
    Unknown { name: String },
    #[error("`{name}` leads to {address}, which is not a public address; `private: true` of the host allows it")]
    Private { name: String, address: IpAddr },
    #[error("`{name}` has no address")]
    Nowhere { name: String },
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let private = self.policy.allows_private(&name);
        let found = (self.lookup)(name.clone());
        Box::pin(async move {
            let Some(private) = private else { return Err(Refused::Unknown { name }.into()) };
            let found = found.await?;
            if found.is_empty() {
                return Err(Refused::Nowhere { name }.into());
            }
            if let Some(address) = found.iter().copied().find(|address| !private && !is_public(*address)) {
                return Err(Refused::Private { name, address }.into());
            }
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
