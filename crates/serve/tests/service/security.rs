//! Tokens and TLS.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use matchflow_serve::{TlsIdentity, TokenList};
use matchflow_testkit::http_client::HttpClient;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::common::TestServer;

/// The SHA-256 of `abc`.
const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// A self-signed certificate for `localhost` and its key, only for tests.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/service/data").join(name)
}

fn tokens() -> TokenList {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "# who\npurchasing {ABC}").unwrap();
    TokenList::read(file.path()).unwrap()
}

#[test]
fn only_clients_with_a_token_get_answers() {
    let server = TestServer::with(|options| options.tokens = Some(tokens()));
    let body = br#"{"rows": [{"Nom": "garage martin"}]}"#;
    let status = |target: &str, headers: &[(&str, &str)]| {
        let method = if target.ends_with("match") { "POST" } else { "GET" };
        let answer = server.client().request(method, target, headers, body);
        (answer.status, answer.header("www-authenticate").map(str::to_owned))
    };
    let refused = (401, Some("Bearer".to_owned()));
    assert_eq!(status("/v1/companies/match", &[]), refused);
    assert_eq!(status("/v1/companies/match", &[("Authorization", "Bearer abd")]), refused);
    assert_eq!(status("/v1/companies/match", &[("Authorization", "Bearer abc")]), (200, None));
    assert_eq!(status("/metrics", &[]), refused);
    assert_eq!(status("/v1/companies/reconcile", &[]), refused);
    assert_eq!(status("/none", &[]), refused, "not even which paths there are");
    for open in ["/healthz", "/readyz", "/openapi.json"] {
        assert_eq!(status(open, &[]).0, 200, "{open}");
    }
}

#[test]
fn a_server_with_a_certificate_speaks_only_tls() {
    let identity = TlsIdentity::read(&data("localhost.pem"), &data("localhost.key")).unwrap();
    let server = TestServer::with(|options| options.tls = Some(identity));
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(data("localhost.pem")).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
    let connection = ClientConnection::new(config, ServerName::try_from("localhost").unwrap()).unwrap();
    let stream = StreamOwned::new(connection, TcpStream::connect(server.address).unwrap());
    let mut client = HttpClient::over(stream);
    let answer = client.request("POST", "/v1/companies/match", &[], br#"{"rows": [{"Nom": "garage martin"}]}"#);
    assert_eq!(answer.status, 200);
    let manifest = client.request("GET", "/v1/companies/reconcile", &[], b"");
    assert!(manifest.text().contains("https://test/v1/companies/entries/"), "{}", manifest.text());
    let mut plain = TcpStream::connect(server.address).unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // A TLS alert, or nothing.
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"));
}

#[test]
fn a_certificate_and_key_that_do_not_match_are_refused() {
    let error =
        |certificates: &str, key: &str| TlsIdentity::read(&data(certificates), &data(key)).err().unwrap().to_string();
    assert!(error("none.pem", "localhost.key").contains("certificate file"));
    assert!(error("localhost.key", "localhost.key").contains("it has no certificate"));
    assert!(error("localhost.pem", "localhost.pem").contains("must be a readable PEM file with a private key"));
}
