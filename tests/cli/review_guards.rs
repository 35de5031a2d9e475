//! `review`: who may ask, over real sockets on loopback, and when it does not begin.

use matchflow_testkit::http_client::HttpClient;

use crate::review::{REVIEW, ReviewedWorld};
use crate::support::{World, root};

#[test]
fn only_pages_of_this_server_with_its_token_are_answered() {
    let reviewed = ReviewedWorld::sample();
    let (address, token) = (reviewed.address, reviewed.token.clone());
    let ask = |host: &str, method: &str, target: &str, headers: &[(&str, &str)]| {
        let mut client = HttpClient::connect_as(address, host);
        client.request(method, target, headers, b"")
    };
    let host = address.to_string();
    let other_port = format!("127.0.0.1:{}", address.port() ^ 1);
    let bearer = format!("Bearer {token}");
    let with_token = [("Authorization", bearer.as_str())];
    // Another name for this machine: DNS rebinding.
    for strange in ["evil.example", "127.0.0.1", &other_port, "localhost.evil.example", "0.0.0.0:1", ""] {
        assert_eq!(ask(strange, "GET", "/api/session", &with_token).status, 403, "{strange}");
        assert_eq!(ask(strange, "GET", &format!("/?token={token}"), &[]).status, 403, "{strange}");
    }
    let localhost = format!("localhost:{}", address.port());
    assert_eq!(ask(&localhost, "GET", "/api/session", &with_token).status, 200);
    // Without the token, or with another.
    let wrong = "0".repeat(64);
    let cookie = format!("matchflow_review_{}={wrong}", address.port());
    assert_eq!(ask(&host, "GET", "/", &[]).status, 401);
    assert_eq!(ask(&host, "GET", &format!("/?token={wrong}"), &[]).status, 401);
    for (method, target) in [("GET", "/api/session"), ("GET", REVIEW), ("POST", "/api/verdicts"), ("POST", "/api/bulk")]
    {
        assert_eq!(ask(&host, method, target, &[]).status, 401, "{target}");
        assert_eq!(ask(&host, method, target, &[("Cookie", cookie.as_str())]).status, 401, "{target}");
        assert_eq!(ask(&host, method, target, &[("Authorization", "Bearer ")]).status, 401, "{target}");
    }
    // The token once in the address, then in a cookie that no program of a page can read and no other site can send.
    let page = ask(&host, "GET", &format!("/?token={token}"), &[]);
    assert_eq!(page.status, 200);
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    assert_eq!(ask(&host, "GET", "/api/session", &[("Cookie", cookie)]).status, 200);
    // What pages of others send.
    let own_origin = format!("http://{host}");
    for (headers, status) in [
        (vec![("Origin", "http://evil.example")], 403),
        (vec![("Origin", "null")], 403),
        (vec![("Sec-Fetch-Site", "cross-site")], 403),
        (vec![("Origin", own_origin.as_str()), ("Sec-Fetch-Site", "same-site")], 403),
        // Understood, and refused for its body.
        (vec![("Origin", own_origin.as_str()), ("Sec-Fetch-Site", "same-origin")], 400),
    ] {
        let headers = [headers.as_slice(), &[("Cookie", cookie)]].concat();
        assert_eq!(ask(&host, "POST", "/api/verdicts", &headers).status, status, "{headers:?}");
    }
    // The policy is that of every answer, also of those that refuse.
    for answer in [page.clone(), ask(&host, "GET", "/app.js", &[]), ask("evil.example", "GET", "/", &[])] {
        let policy = answer.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"),
            "{policy}"
        );
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    // Nothing is loaded from elsewhere.
    for target in ["/app.js", "/app.css"] {
        assert!(!ask(&host, "GET", target, &[]).text().contains("://"), "{target}");
    }
    let (_, ended) = reviewed.stop();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_review_that_cannot_begin_says_why() {
    let world = World::sample();
    let ended = world.run(&["review", "suppliers.yaml", "--listen", "0.0.0.0:0"]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.stderr.contains("127.0.0.1"), "{ended:?}");
    let ended = world.run(&["review", "suppliers.yaml", "--language", "de"]);
    assert!(ended.code == Some(64) && ended.stderr.contains("`de`"), "{ended:?}");
    let ended = world.run(&["review", "suppliers.yaml"]);
    assert!(ended.code == Some(66) && ended.stderr.contains("Run the pipeline first"), "{ended:?}");
    std::fs::copy(root().join("pipelines/duplicates.yaml"), world.path("duplicates.yaml")).unwrap();
    let ended = world.run(&["review", "duplicates.yaml"]);
    assert!(ended.code == Some(2) && ended.stderr.contains("decisions import"), "{ended:?}");
}
