//! The server of a review: a request is refused, or answered.

use std::net::SocketAddr;
use std::sync::Arc;

use matchflow_serve::{
    PageAnswer, PageRequest, PageServer, PageServerHandle, Problem, ProblemKind, ServeLimits, ServedPipeline,
    find_route, query_values,
};

use crate::error::ReviewError;
use crate::handlers::handle;
use crate::review_state::{ReviewOptions, ReviewState};
use crate::routes::{ROUTES, ReviewEndpoint};
use crate::session_guard::HEADERS;

/// Bytes of a request, at most.
const BODY_BYTES_MAX: usize = 64 << 10;
/// Windows of a browser open some connections each.
const CONNECTIONS_MAX: usize = 64;

/// The server of a review, which listens.
pub struct ReviewServer {
    server: PageServer,
    state: Arc<ReviewState>,
}

impl ReviewServer {
    /// Reads the results and the decisions, and starts listening. The registry follows: see
    /// [`ReviewServer::registry`].
    ///
    /// # Errors
    ///
    /// Results or decisions that cannot be read, or an address that is in use.
    pub fn start(listen: SocketAddr, options: ReviewOptions) -> Result<ReviewServer, ReviewError> {
        let state = Arc::new(ReviewState::open(options)?);
        let limits =
            ServeLimits { body_bytes_max: BODY_BYTES_MAX, connections_max: CONNECTIONS_MAX, ..ServeLimits::default() };
        let answering = Arc::clone(&state);
        let answer = move |request| answer(&answering, &request);
        let server = PageServer::start(listen, limits, HEADERS.to_vec(), Box::new(answer))?;
        // Requests before this line are answered by a problem: nobody has the token yet.
        let _ = state.address.set(server.address());
        Ok(ReviewServer { server, state })
    }

    /// The address to open, with its token.
    pub fn url(&self) -> String {
        self.state.guard.url(self.server.address())
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.state.list.rows.len()
    }

    /// Takes the registry, or why it cannot be searched.
    pub fn registry(&self) -> impl FnOnce(Result<ServedPipeline, String>) + Send + 'static {
        let state = Arc::clone(&self.state);
        // There is one.
        move |registry| drop(state.registry.set(registry))
    }

    /// A handle to the server.
    pub fn handle(&self) -> PageServerHandle {
        self.server.handle()
    }

    /// Waits until the server is stopped and has answered all accepted requests. Returns false if some were abandoned.
    pub fn wait(self) -> bool {
        self.server.wait()
    }
}

/// Answers a request.
fn answer(state: &Arc<ReviewState>, request: &PageRequest) -> Result<PageAnswer, Problem> {
    let starting = || Problem::new(ProblemKind::Unavailable, "the server is being started");
    let address = *state.address.get().ok_or_else(starting)?;
    state.guard.check_origin(request, address)?;
    let found = find_route(ROUTES, &request.method, &request.path)?;
    if !found.route.is_open {
        state.guard.check_token(request, address)?;
    }
    let values = query_values(found.route, &request.query)?;
    if found.route.endpoint == ReviewEndpoint::Page {
        return crate::handlers::page(state, request, values.first().and_then(Option::as_deref), address);
    }
    handle(state, &found, request, &values)
}
