//! What a server needs to accept connections, whatever it answers: limits, the open connections, TLS, the stop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::{Request, Response};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::connections::Connections;
use crate::limits::ServeLimits;
use crate::metrics::Metrics;
use crate::tls::TlsIdentity;

/// The connections of a server, and their limits.
pub(crate) struct Transport {
    pub(crate) limits: ServeLimits,
    pub(crate) connections: Arc<Connections>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) tls: Option<TlsAcceptor>,
    is_stopping: AtomicBool,
    /// True once the server stops.
    pub(crate) stop: watch::Sender<bool>,
}

impl Transport {
    pub(crate) fn new(limits: ServeLimits, tls: Option<TlsIdentity>) -> Transport {
        Transport {
            connections: Connections::new(limits.connections_max),
            limits,
            metrics: Arc::default(),
            tls: tls.map(|identity| identity.acceptor()),
            is_stopping: AtomicBool::new(false),
            stop: watch::channel(false).0,
        }
    }

    /// Whether the server is being stopped.
    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }

    /// Stops accepting requests.
    pub(crate) fn begin_stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
        self.stop.send_replace(true);
    }
}

/// What answers the requests of a server.
pub(crate) trait HttpService: Send + Sync + 'static {
    /// Its connections.
    fn transport(&self) -> &Transport;

    /// Answers a request.
    fn answer(
        self: Arc<Self>,
        peer: SocketAddr,
        request: Request<Incoming>,
    ) -> impl Future<Output = Response<Full<Bytes>>> + Send;
}
