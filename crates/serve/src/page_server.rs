//! A server of another command, on the connections, limits and guards of this one: a function answers its requests.
//!
//! **Limits.** A request is received completely before it is answered, on a thread that may block.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Request, Response};
use matchflow_model::language::Language;

use crate::exchange::receive_body;
use crate::limits::ServeLimits;
use crate::listening_server::{ListeningServer, ServeError};
use crate::media;
use crate::problem::{Problem, ProblemKind};
use crate::transport::{HttpService, Transport};

/// A request.
#[derive(Debug)]
pub struct PageRequest {
    /// Its method.
    pub method: String,
    /// Its path, as it was sent.
    pub path: String,
    /// What follows `?`.
    pub query: String,
    /// Its body.
    pub body: Bytes,
    headers: HeaderMap,
}

impl PageRequest {
    /// The value of a header; `None` too where it is there more than once, or is no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    }

    /// The language that the client prefers, if it is supported.
    pub fn language(&self) -> Option<Language> {
        media::language(&self.headers)
    }
}

/// An answer.
#[derive(Debug)]
pub struct PageAnswer {
    /// Its headers; the names are in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Cow<'static, [u8]>,
}

/// Answers requests.
pub type AnswerPage = Box<dyn Fn(PageRequest) -> Result<PageAnswer, Problem> + Send + Sync>;

/// The service of a function.
struct PageService {
    transport: Transport,
    answer: AnswerPage,
    /// Headers of all answers.
    headers: Vec<(&'static str, &'static str)>,
}

impl PageService {
    async fn received(self: &Arc<PageService>, request: Request<Incoming>) -> Result<PageAnswer, Problem> {
        let (head, body) = request.into_parts();
        let body = receive_body(&self.transport.limits, &head.headers, body).await?;
        let request = PageRequest {
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            body,
            headers: head.headers,
        };
        let service = Arc::clone(self);
        let failed = |_| Problem::new(ProblemKind::Internal, "the request could not be answered");
        tokio::task::spawn_blocking(move || (service.answer)(request)).await.map_err(failed)?
    }
}

impl HttpService for PageService {
    fn transport(&self) -> &Transport {
        &self.transport
    }

    async fn answer(self: Arc<PageService>, _peer: SocketAddr, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let limit = self.transport.limits.deadline;
        let late = |_| Err(Problem::new(ProblemKind::Deadline, "the answer was not ready in time"));
        let answered = tokio::time::timeout(limit, self.received(request)).await.unwrap_or_else(late);
        let (mut response, headers) = match answered {
            Ok(PageAnswer { headers, body }) => {
                let body = match body {
                    Cow::Borrowed(body) => Bytes::from_static(body),
                    Cow::Owned(body) => Bytes::from(body),
                };
                (Response::new(Full::new(body)), headers)
            }
            Err(problem) => (problem.into_response(), Vec::new()),
        };
        let fixed = self.headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
        for (name, value) in fixed.chain(headers) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// A listening server of pages.
pub struct PageServer(ListeningServer<PageService>);

/// Stops a server of pages, from any thread.
#[derive(Clone)]
pub struct PageServerHandle(Arc<PageService>);

impl PageServerHandle {
    /// Stops the server: requests in progress are answered, others are refused.
    pub fn stop(&self) {
        self.0.transport.begin_stop();
    }
}

impl PageServer {
    /// Starts listening; `headers`, with names in lower case, are those of all answers.
    ///
    /// # Errors
    ///
    /// An address that is in use or not local, or a failure to start threads.
    pub fn start(
        listen: SocketAddr,
        limits: ServeLimits,
        headers: Vec<(&'static str, &'static str)>,
        answer: AnswerPage,
    ) -> Result<PageServer, ServeError> {
        let service = PageService { transport: Transport::new(limits, None), answer, headers };
        ListeningServer::start(listen, Arc::new(service)).map(PageServer)
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// A handle to the server.
    pub fn handle(&self) -> PageServerHandle {
        PageServerHandle(Arc::clone(self.0.service()))
    }

    /// Waits until the server is stopped and has answered all accepted requests. Returns false if some were abandoned.
    pub fn wait(self) -> bool {
        self.0.wait(|_| ())
    }
}
