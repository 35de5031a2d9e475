//! What an arbiter written in Rust needs: a type with an [`Arbiter`] implementation and one line,
//! [`export_arbiter!`](crate::export_arbiter).
//!
//! ```
//! use matchflow_plugin_api::arbiter::{Arbiter, Exchange, Needs, Row, Step, Verdict, post_json};
//! use matchflow_plugin_api::export_arbiter;
//!
//! /// Asks a service that answers with the number of a candidate.
//! struct Oracle;
//!
//! impl Arbiter for Oracle {
//!     const NAME: &'static str = "oracle";
//!     const VERSION: &'static str = "1.0.0";
//!     const SUMMARY: &'static str = "Asks oracle.example for the number of the right candidate";
//!     const HOSTS: &'static [&'static str] = &["oracle.example"];
//!
//!     fn configure(_parameters: &str) -> Result<Self, String> {
//!         Ok(Oracle)
//!     }
//!
//!     fn plan(&self, rows: &[Row]) -> Result<Step, String> {
//!         let mut step = Step::default();
//!         for (number, row) in rows.iter().enumerate() {
//!             let name = row.field("name").unwrap_or_default();
//!             step.ask(number, post_json("https://oracle.example/", format!("{name:?}")));
//!         }
//!         Ok(step)
//!     }
//!
//!     fn fold(&self, _rows: &[Row], exchanges: &[Exchange]) -> Result<Step, String> {
//!         let mut step = Step::default();
//!         for exchange in exchanges {
//!             let said = String::from_utf8_lossy(&exchange.response.body);
//!             let verdict = said.trim().parse().map_or(Verdict::Abstain, Verdict::Candidate);
//!             for &row in &exchange.request.rows {
//!                 step.decide(row as usize, verdict, 1.0, said.as_ref());
//!             }
//!         }
//!         Ok(step)
//!     }
//! }
//!
//! export_arbiter!(Oracle);
//! # fn main() {}
//! ```

pub use bindings::exports::matchflow::plugin::arbitration::{
    Candidate, Decision, Description, Exchange, Field, Header, Needs, Request, Response, Row, Step, Verdict,
};

/// The interface that an arbiter exports, with its version.
pub const INTERFACE: &str = "matchflow:plugin/arbitration@1.0.0";

/// What wit-bindgen makes of `wit/arbiter.wit`.
#[allow(unsafe_code, missing_docs, unreachable_pub, clippy::all, clippy::restriction)]
#[doc(hidden)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "wit",
        world: "arbiter",
        pub_export_macro: true,
        export_macro_name: "export_bindings",
        default_bindings_module: "matchflow_plugin_api::arbiter::bindings",
        additional_derives: [PartialEq],
    });
}

/// Asks others about rows that scores leave open. Nothing may be kept between the calls.
pub trait Arbiter: Sized {
    /// The name in descriptions.
    const NAME: &'static str;
    /// The version, `major.minor.patch`.
    const VERSION: &'static str;
    /// What it does, in one sentence.
    const SUMMARY: &'static str;
    /// Fields that rows must have.
    const ROW_FIELDS: &'static [&'static str] = &[];
    /// Fields that entries must have.
    const ENTRY_FIELDS: &'static [&'static str] = &[];
    /// A JSON Schema of the object that [`Arbiter::configure`] takes.
    const PARAMETERS: &'static str = r#"{"type":"object","properties":{},"additionalProperties":false}"#;
    /// The hosts that it speaks to unless parameters say otherwise.
    const HOSTS: &'static [&'static str] = &[];

    /// An arbiter with these parameters (a JSON object), or their problem and what is allowed.
    fn configure(parameters: &str) -> Result<Self, String>;

    /// The hosts and secrets that it cannot do without, with its parameters. By default [`Arbiter::HOSTS`].
    fn needs(&self) -> Needs {
        Needs { hosts: Self::HOSTS.iter().map(|host| (*host).to_owned()).collect(), secrets: Vec::new() }
    }

    /// What to ask about these rows.
    fn plan(&self, rows: &[Row]) -> Result<Step, String>;

    /// What the answers so far say.
    fn fold(&self, rows: &[Row], exchanges: &[Exchange]) -> Result<Step, String>;
}

/// The description of an arbiter.
pub fn describe<A: Arbiter>() -> Description {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Description {
        name: A::NAME.to_owned(),
        version: A::VERSION.to_owned(),
        summary: A::SUMMARY.to_owned(),
        row_fields: list(A::ROW_FIELDS),
        entry_fields: list(A::ENTRY_FIELDS),
        parameters: A::PARAMETERS.to_owned(),
        hosts: list(A::HOSTS),
    }
}

/// The placeholder in a header's value for an environment variable.
pub fn secret(name: &str) -> String {
    format!("{{{{secret:{name}}}}}")
}

/// A request with a JSON body, about no row yet.
pub fn post_json(url: impl Into<String>, body: impl Into<Vec<u8>>) -> Request {
    let headers = vec![Header { name: "content-type".to_owned(), value: "application/json".to_owned() }];
    Request { rows: Vec::new(), method: "POST".to_owned(), url: url.into(), headers, body: body.into() }
}

/// `name` or `name:port` of an address, as a pipeline's `hosts` has them; `None` where it names no host.
pub fn host_of(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let usual = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let host = host.strip_suffix(usual).unwrap_or(host);
    (!host.is_empty() && !host.contains('@')).then_some(host)
}

// The type is made by a macro that cannot derive this for one type alone.
#[allow(clippy::derivable_impls)]
impl Default for Step {
    fn default() -> Self {
        Step { decisions: Vec::new(), requests: Vec::new() }
    }
}

impl Step {
    /// Asks about one row.
    pub fn ask(&mut self, row: usize, request: Request) {
        self.requests.push(Request { rows: vec![row as u32], ..request });
    }

    /// Decides a row.
    pub fn decide(&mut self, row: usize, verdict: Verdict, confidence: f32, reason: impl Into<String>) {
        self.decisions.push(Decision { row: row as u32, verdict, confidence, reason: reason.into() });
    }
}

impl Request {
    /// With a header more.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Request {
        self.headers.push(Header { name: name.into(), value: value.into() });
        self
    }
}

fn find<'a>(fields: &'a [Field], name: &str) -> Option<&'a str> {
    fields.iter().find(|field| field.name == name).map(|field| field.value.as_str())
}

impl Row {
    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        find(&self.fields, name)
    }
}

impl Candidate {
    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        find(&self.fields, name)
    }
}

/// Exports an [`Arbiter`](crate::arbiter::Arbiter) from this crate, which must be a `cdylib`. Does nothing on a native
/// target.
#[macro_export]
macro_rules! export_arbiter {
    ($arbiter:ty) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code)]
        const _: () = {
            use $crate::arbiter::bindings::exports::matchflow::plugin::arbitration;

            ::std::thread_local! {
                static ARBITER: ::std::cell::RefCell<Option<$arbiter>> = const { ::std::cell::RefCell::new(None) };
            }

            fn with<T>(work: impl FnOnce(&$arbiter) -> Result<T, String>) -> Result<T, String> {
                ARBITER.with_borrow(|arbiter| match arbiter {
                    Some(arbiter) => work(arbiter),
                    None => Err("configure must be called first".to_owned()),
                })
            }

            struct Guest;

            impl arbitration::Guest for Guest {
                fn describe() -> arbitration::Description {
                    $crate::arbiter::describe::<$arbiter>()
                }

                fn configure(parameters: String) -> Result<arbitration::Needs, String> {
                    let arbiter = <$arbiter as $crate::arbiter::Arbiter>::configure(&parameters)?;
                    let needs = $crate::arbiter::Arbiter::needs(&arbiter);
                    ARBITER.set(Some(arbiter));
                    Ok(needs)
                }

                fn plan(rows: Vec<arbitration::Row>) -> Result<arbitration::Step, String> {
                    with(|arbiter| $crate::arbiter::Arbiter::plan(arbiter, &rows))
                }

                fn fold(
                    rows: Vec<arbitration::Row>,
                    exchanges: Vec<arbitration::Exchange>,
                ) -> Result<arbitration::Step, String> {
                    with(|arbiter| $crate::arbiter::Arbiter::fold(arbiter, &rows, &exchanges))
                }
            }

    $crate::arbiter::bindings::export_bindings!(Guest with_types_in $crate::arbiter::bindings);
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_written_as_pipelines_have_them() {
        let cases = [
            ("https://api.openai.com/v1", Some("api.openai.com")),
            ("https://api.openai.com:443/v1", Some("api.openai.com")),
            ("http://localhost:11434", Some("localhost:11434")),
            ("http://127.0.0.1:80?x", Some("127.0.0.1")),
            ("https://user@host/", None),
            ("ftp://host/", None),
            ("host/path", None),
        ];
        for (url, expected) in cases {
            assert_eq!(host_of(url), expected, "{url}");
        }
    }

    #[test]
    fn a_secret_stands_by_its_name() {
        let request = post_json("https://a.example/", "{}").header("authorization", secret("KEY"));
        assert_eq!(request.headers[1].value, "{{secret:KEY}}");
    }
}
