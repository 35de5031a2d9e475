//! Who may use the server: whoever was given the address with its token, from pages of this server alone.
//!
//! **Invariants.** A request is refused before it is understood: one that names another host (DNS rebinding), one that a page
//! of another origin sends, and one without the token, in this order. The token is compared by its digest, in constant time.

use std::net::SocketAddr;

use matchflow_serve::{PageRequest, Problem, ProblemKind, TokenList};

/// Bytes of a token.
const TOKEN_BYTES: usize = 32;
/// What cookies of this server begin with; the port follows, since browsers send the cookies of a host to all its ports.
const COOKIE_PREFIX: &str = "matchflow_review_";

/// The headers of all answers.
pub(crate) const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// The token of a server, and the hosts that it has.
pub(crate) struct SessionGuard {
    token: String,
    tokens: TokenList,
}

impl SessionGuard {
    /// A guard with a new token.
    pub(crate) fn new() -> Result<SessionGuard, getrandom::Error> {
        let mut bytes = [0_u8; TOKEN_BYTES];
        getrandom::fill(&mut bytes)?;
        let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(SessionGuard { tokens: TokenList::of_token("reviewer", &token), token })
    }

    /// The address to open.
    pub(crate) fn url(&self, address: SocketAddr) -> String {
        format!("http://{address}/?token={}", self.token)
    }

    /// The cookie of a window that was opened with the token.
    pub(crate) fn cookie(&self, address: SocketAddr) -> String {
        format!("{COOKIE_PREFIX}{}={}; Path=/; HttpOnly; SameSite=Strict", address.port(), self.token)
    }

    /// Whether a token is the one of this server.
    pub(crate) fn has(&self, token: &str) -> bool {
        self.tokens.has(token)
    }

    /// Refuses requests that name another host, and those that pages of other origins send.
    pub(crate) fn check_origin(&self, request: &PageRequest, address: SocketAddr) -> Result<(), Problem> {
        let refused = |detail: &str| Err(Problem::new(ProblemKind::Forbidden, detail));
        let port = address.port();
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")];
        let host = request.header("host").unwrap_or_default().to_ascii_lowercase();
        if !hosts.contains(&host) {
            return refused("the header `Host` must be the address that the server was opened with");
        }
        if request.method == "GET" || request.method == "HEAD" {
            return Ok(());
        }
        let is_own = |origin: &str| origin.strip_prefix("http://").is_some_and(|origin| origin == host);
        let site = request.header("sec-fetch-site");
        match request.header("origin") {
            Some(origin) if !is_own(origin) => refused("a page of another origin cannot decide anything"),
            None if site.is_some() => refused("a request of a page must have the header `Origin`"),
            _ if site.is_some_and(|site| site != "same-origin") => {
                refused("a page of another site cannot decide anything")
            }
            _ => Ok(()),
        }
    }

    /// Refuses requests without the token, in a cookie or in a header.
    pub(crate) fn check_token(&self, request: &PageRequest, address: SocketAddr) -> Result<(), Problem> {
        let name = format!("{COOKIE_PREFIX}{}", address.port());
        let cookies = request.header("cookie").unwrap_or_default().split(';');
        let mut of_cookie =
            cookies.filter_map(|cookie| cookie.trim().split_once('=')).filter(|(known, _)| *known == name);
        let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        if of_cookie.any(|(_, token)| self.has(token)) || bearer.is_some_and(|token| self.has(token)) {
            return Ok(());
        }
        Err(Problem::new(ProblemKind::Unauthorized, "open the address that `matchflow review` has printed"))
    }
}
