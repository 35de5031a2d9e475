//! A server with an in-memory registry of companies, without plug-ins.

use std::net::SocketAddr;
use std::thread::JoinHandle;

use matchflow_serve::{ServeLimits, ServeOptions, ServedPipeline, Server, ServerHandle};
use matchflow_testkit::http_client::{HttpAnswer, HttpClient};
use serde_json::Value;

use crate::companies::companies;

fn load() -> Result<Vec<ServedPipeline>, String> {
    let (plan, matcher) = companies();
    Ok(vec![ServedPipeline::new(plan, matcher)])
}

/// A running server.
pub(crate) struct TestServer {
    pub(crate) handle: ServerHandle,
    pub(crate) address: SocketAddr,
    ended: Option<JoinHandle<bool>>,
}

impl TestServer {
    pub(crate) fn start() -> TestServer {
        TestServer::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut ServeOptions)) -> TestServer {
        let mut options = ServeOptions {
            listen: "127.0.0.1:0".parse().unwrap(),
            limits: ServeLimits::default(),
            scoring_threads: 2,
            log: None,
            tokens: None,
            tls: None,
        };
        change(&mut options);
        let server = Server::start(options, Box::new(load)).unwrap();
        let (handle, address) = (server.handle(), server.address());
        handle.load().unwrap();
        TestServer { handle, address, ended: Some(std::thread::spawn(|| server.wait())) }
    }

    pub(crate) fn client(&self) -> HttpClient {
        HttpClient::connect(self.address)
    }

    pub(crate) fn get(&self, target: &str) -> HttpAnswer {
        self.client().request("GET", target, &[], b"")
    }

    pub(crate) fn post(&self, target: &str, body: &Value) -> HttpAnswer {
        let json = [("Content-Type", "application/json")];
        self.client().request("POST", target, &json, body.to_string().as_bytes())
    }

    /// Waits for a stopped server to end; returns whether all requests were answered.
    pub(crate) fn wait(mut self) -> bool {
        self.ended.take().unwrap().join().unwrap()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.handle.stop();
        if let Some(ended) = self.ended.take() {
            // The panic of the test has its own message.
            let _ = ended.join();
        }
    }
}

/// The JSON of an answer.
pub(crate) fn json(answer: &HttpAnswer) -> Value {
    serde_json::from_str(answer.text()).unwrap_or_else(|error| panic!("{error}: {}", answer.text()))
}
