//! Policy of requests: hosts, ports, schemes, methods, headers and secrets.

use matchflow_model::plan::HostPlan;
use matchflow_model::request_failure::RequestRule;
use reqwest::Url;

use crate::request::Request;
use crate::secrets;

const BODY_BYTES_MAX: usize = 4 << 20;
const HEADERS_MAX: usize = 32;
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/// Headers that control the connection or the framing; plug-ins may not set them.
const HEADERS_REFUSED: [&str; 12] = [
    "connection",
    "content-length",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Requests that the plan allows.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    hosts: Vec<HostPlan>,
}

/// A request that may be sent.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) url: Url,
    /// Index of its host in the plan.
    pub(crate) host: usize,
    pub(crate) method: reqwest::Method,
}

impl Policy {
    pub(crate) fn new(hosts: Vec<HostPlan>) -> Policy {
        Policy { hosts }
    }

    /// The target of an allowed request; as an error, the rule that it breaks.
    pub(crate) fn check(&self, request: &Request) -> Result<Target, RequestRule> {
        let url = Url::parse(&request.url)
            .map_err(|error| RequestRule::Address { url: excerpt(&request.url), detail: error.to_string() })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RequestRule::Credentials);
        }
        let (host, plan) = self.host(&url)?;
        match url.scheme() {
            "https" => {}
            "http" if plan.private => {}
            _ => return Err(RequestRule::WithoutTls { host: plan.name.clone() }),
        }
        let method = request.method.to_ascii_uppercase();
        let parsed = reqwest::Method::from_bytes(method.as_bytes()).ok();
        let is_allowed = plan.methods.contains(&method) && METHODS.contains(&method.as_str());
        let Some(method) = parsed.filter(|_| is_allowed) else {
            return Err(RequestRule::Method { method, host: plan.name.clone(), allowed: plan.methods.join(", ") });
        };
        if request.url.contains("{{secret:") || url.as_str().contains("%7B%7Bsecret:") {
            return Err(RequestRule::SecretInAddress);
        }
        self.check_headers(request, plan)?;
        if request.body.len() > BODY_BYTES_MAX {
            return Err(RequestRule::BodySize { bytes: request.body.len() as u64, bytes_max: BODY_BYTES_MAX as u64 });
        }
        Ok(Target { url, host, method })
    }

    fn host(&self, url: &Url) -> Result<(usize, &HostPlan), RequestRule> {
        let name = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let port = url.port_or_known_default();
        let fits = |plan: &HostPlan| {
            let usual = matches!(url.scheme(), "http" | "https") && url.port().is_none();
            plan.name == name && plan.port.map_or(usual, |allowed| Some(allowed) == port)
        };
        let found = self.hosts.iter().enumerate().find(|(_, plan)| fits(plan));
        found.ok_or_else(|| {
            let allowed: Vec<String> = self.hosts.iter().map(host_label).collect();
            let requested = url.port().map_or_else(|| name.clone(), |port| format!("{name}:{port}"));
            RequestRule::UnknownHost { host: requested, allowed: allowed.join(", ") }
        })
    }

    fn check_headers(&self, request: &Request, plan: &HostPlan) -> Result<(), RequestRule> {
        if request.headers.len() > HEADERS_MAX {
            return Err(RequestRule::HeaderCount { headers: request.headers.len() as u64, max: HEADERS_MAX as u64 });
        }
        for (name, value) in &request.headers {
            let lower = name.to_ascii_lowercase();
            if HEADERS_REFUSED.contains(&lower.as_str()) {
                return Err(RequestRule::HeaderReserved { header: lower });
            }
            if reqwest::header::HeaderName::from_bytes(lower.as_bytes()).is_err() {
                return Err(RequestRule::HeaderName);
            }
            let unknown = secrets::names(value).find(|secret| !plan.secrets.iter().any(|known| known == secret));
            if let Some(secret) = unknown {
                let known = if plan.secrets.is_empty() { "none".to_owned() } else { plan.secrets.join(", ") };
                return Err(RequestRule::Secret { secret: excerpt(secret), host: plan.name.clone(), allowed: known });
            }
        }
        Ok(())
    }

    /// Whether the name may resolve to a private address; `None` if the plan does not name it.
    pub(crate) fn allows_private(&self, name: &str) -> Option<bool> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let mut of_name = self.hosts.iter().filter(|plan| plan.name == name).peekable();
        of_name.peek()?;
        Some(of_name.all(|plan| plan.private))
    }

    pub(crate) fn hosts(&self) -> &[HostPlan] {
        &self.hosts
    }
}

/// The host in messages.
pub(crate) fn host_label(plan: &HostPlan) -> String {
    plan.port.map_or_else(|| plan.name.clone(), |port| format!("{}:{port}", plan.name))
}

/// A plug-in's text, truncated for a message.
fn excerpt(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, port: Option<u16>, private: bool) -> HostPlan {
        HostPlan {
            name: name.to_owned(),
            port,
            methods: vec!["POST".to_owned()],
            private,
            secrets: vec!["KEY".to_owned()],
            in_flight_max: 1,
            rate: None,
        }
    }

    fn policy() -> Policy {
        Policy::new(vec![
            host("api.example", None, false),
            host("localhost", Some(11434), true),
            host("::1", Some(80), true),
            HostPlan { secrets: Vec::new(), ..host("127.0.0.1", Some(8080), true) },
        ])
    }

    fn request(url: &str) -> Request {
        Request { method: "POST".to_owned(), url: url.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    #[test]
    fn named_hosts_pass_in_every_spelling() {
        let cases = [
            ("https://api.example/v1", 0),
            ("https://API.Example:443/v1", 0),
            ("https://api.example./v1", 0),
            ("http://localhost:11434/v1", 1),
            ("https://localhost:11434/v1", 1),
            ("http://[::1]/", 2),
            ("http://127.0.0.1:8080/x", 3),
            ("http://2130706433:8080/x", 3),
            ("http://0x7f.1:8080/x", 3),
        ];
        for (url, host) in cases {
            assert_eq!(policy().check(&request(url)).map(|target| target.host), Ok(host), "{url}");
        }
    }

    #[test]
    fn unnamed_hosts_are_refused_with_the_allowed_ones() {
        let cases = [
            ("https://other.example/", "`other.example` is not among `hosts`: api.example, localhost:11434"),
            ("https://api.example:8443/", "`api.example:8443` is not among"),
            ("https://api.example.evil.example/", "not among"),
            ("https://api.example@evil.example/", "user name"),
            ("https://user:pass@api.example/", "user name or password"),
            ("http://api.example/", "without TLS"),
            ("ftp://api.example/", "not among"),
            ("http://localhost/", "not among"),
            ("http://127.0.0.1:8081/", "not among"),
            ("file:///etc/passwd", "not among"),
            ("/v1/chat", "is not a valid address"),
            ("https://api.example/?key={{secret:KEY}}", "secrets are allowed only in headers"),
        ];
        for (url, expected) in cases {
            let error = policy().check(&request(url)).unwrap_err();
            assert!(error.to_string().contains(expected), "{url}: {error}");
        }
    }

    #[test]
    fn methods_headers_and_secrets_are_per_host() {
        let with = |name: &str, value: &str| Request {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..request("https://api.example/")
        };
        assert!(policy().check(&with("Authorization", "Bearer {{secret:KEY}}")).is_ok());
        let cases = [
            (Request { method: "GET".to_owned(), ..request("https://api.example/") }, "its methods are POST"),
            (with("Host", "evil.example"), "the header `host`"),
            (with("Content-Length", "1"), "the header `content-length`"),
            (with("a b", "1"), "with an invalid name"),
            (with("Authorization", "{{secret:OTHER}}"), "the secret `OTHER` to `api.example`; its secrets are: KEY"),
            (Request { body: vec![0; BODY_BYTES_MAX + 1], ..request("https://api.example/") }, "a body of"),
            (
                Request { url: "http://127.0.0.1:8080/".to_owned(), ..with("x", "{{secret:KEY}}") },
                "its secrets are: none",
            ),
        ];
        for (request, expected) in cases {
            let error = policy().check(&request).unwrap_err();
            assert!(error.to_string().contains(expected), "{expected}: {error}");
        }
    }

    #[test]
    fn only_hosts_marked_private_may_be_private() {
        assert_eq!(policy().allows_private("api.example"), Some(false));
        assert_eq!(policy().allows_private("LOCALHOST."), Some(true));
        assert_eq!(policy().allows_private("other.example"), None);
    }
}
