//! Secrets reach only the hosts that they are for.

use crate::common::{ask, live, plan, request, server, settings, text};
use matchflow_mock_server::{Behaviour, MockServer, json};
use matchflow_remote::{Answers, Remote, RemoteError, Request, Secrets, Source, placeholder};

const VALUE: &str = "sk-0123456789";

fn with_secret(server: &MockServer) -> Request {
    let mut request = request(server, "one");
    request.headers.push(("authorization".to_owned(), format!("Bearer {}", placeholder("KEY"))));
    request
}

#[test]
fn a_secret_is_filled_in_by_the_client() {
    let (server, seen) = server(Behaviour::default());
    ask(&live(plan(&server)), with_secret(&server)).unwrap();
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0].header("authorization"), Some("Bearer sk-0123456789"));
    assert_eq!(seen[0].header("user-agent").map(|agent| agent.starts_with("matchflow/")), Some(true));
}

#[test]
fn a_repeated_secret_is_not_exposed() {
    let echo = |status: u16| {
        let responder = move |received: &matchflow_mock_server::ReceivedRequest| {
            json(status, &serde_json::json!({ "you_sent": received.header("authorization") }))
        };
        MockServer::start(Behaviour::default(), std::sync::Arc::new(responder)).unwrap()
    };
    let server = echo(200);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("answers");
    let opened = Answers::open(&path, &[]).unwrap();
    let remote = Remote::start(settings(plan(&server), Source::Live(Some(opened.answers)))).unwrap();
    let answer = ask(&remote, with_secret(&server)).unwrap();
    assert_eq!(text(&answer), r#"{"you_sent":"Bearer {{secret:KEY}}"}"#);
    drop(remote);
    let kept = std::fs::read(&path).unwrap();
    assert!(!kept.windows(VALUE.len()).any(|window| window == VALUE.as_bytes()));
    let refusing = echo(401);
    let error = ask(&live(plan(&refusing)), with_secret(&refusing)).unwrap_err();
    assert!(error.to_string().contains("answered 401") && error.to_string().contains("{{secret:KEY}}"), "{error}");
    assert!(!format!("{error} {error:?}").contains(VALUE), "{error:?}");
}

#[test]
fn a_secret_goes_only_to_hosts_that_name_it() {
    let (server, seen) = server(Behaviour::default());
    let mut plan = plan(&server);
    plan.hosts[0].secrets.clear();
    let error = ask(&live(plan), with_secret(&server)).unwrap_err();
    assert!(error.to_string().contains("the secret `KEY` to `127.0.0.1`; its secrets are: none"), "{error}");
    assert!(seen.lock().unwrap().is_empty());
}

#[test]
fn a_missing_secret_is_named_before_anything_runs() {
    let error = Secrets::read(["KEY", "OTHER"], |name| (name == "KEY").then(|| "x".to_owned())).unwrap_err();
    assert!(matches!(&error, RemoteError::MissingSecrets { names } if names == &["OTHER"]), "{error}");
}
