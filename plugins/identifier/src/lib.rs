//! Whether two identifiers name the same company; see the README.
//!
//! **Invariant.** A value that fails its check is not compared: it is no evidence either way.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod domain;
mod phone;
#[cfg(test)]
mod tests;

use matchflow_plugin_api::{Explanation, Input, Row, Scorer, alternatives, best_alternative, best_pair, export_scorer};
use matchflow_text::{IDENTIFIER_KINDS, identifiers};
use serde::Deserialize;

/// The kind of the values.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// Identifiers of one kind, by its name and its rule.
    Identifier(&'static str, fn(&str) -> Option<String>),
    /// Identifiers of any kind.
    Auto,
    /// A telephone number, French unless it names a country.
    Phone,
    /// The domain of an e-mail address or of a web site.
    EmailDomain,
}

impl Kind {
    /// The kind of this name, or what is allowed.
    fn of_name(name: &str) -> Result<Kind, String> {
        match name {
            "auto" => return Ok(Kind::Auto),
            "phone" => return Ok(Kind::Phone),
            "email_domain" => return Ok(Kind::EmailDomain),
            _ => {}
        }
        let known = IDENTIFIER_KINDS.iter().find(|kind| kind.name == name);
        known.map(|kind| Kind::Identifier(kind.name, kind.clean)).ok_or_else(|| {
            let names = IDENTIFIER_KINDS.map(|kind| format!("`{}`", kind.name)).join(", ");
            format!("unknown kind `{name}`, expected one of {names}, `phone`, `email_domain`, `auto`")
        })
    }
}

/// The parameters in the pipeline.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    kind: String,
    #[serde(default = "same_company")]
    same_company: f32,
    #[serde(default)]
    free_mail: Vec<String>,
}

fn same_company() -> f32 {
    0.5
}

/// The scorer.
#[derive(Debug)]
pub struct Identifier {
    kind: Kind,
    parameters: Parameters,
}

impl Identifier {
    /// The normal forms of the identifiers of a value: one at most, unless any kind counts; none if it is invalid.
    fn normal(&self, value: &str) -> Vec<String> {
        let one = match self.kind {
            Kind::Auto => return identifiers(value),
            Kind::Identifier(_, clean) => clean(value),
            Kind::Phone => phone::phone(value),
            Kind::EmailDomain => domain::company_domain(value, &self.parameters.free_mail),
        };
        one.into_iter().collect()
    }

    fn compare(&self, left: &str, right: &str) -> f32 {
        if left == right {
            return 1.0;
        }
        let siren = |siret: &str| siret.get(..9).map(str::to_owned);
        match self.kind {
            Kind::Identifier("siret", _) if siren(left) == siren(right) => self.parameters.same_company,
            Kind::EmailDomain if domain::is_below(left, right) || domain::is_below(right, left) => domain::BELOW,
            _ => 0.0,
        }
    }
}

impl Scorer for Identifier {
    const NAME: &'static str = "identifier";
    const VERSION: &'static str = "1.1.0";
    const SUMMARY: &'static str =
        "Whether two identifiers that pass their checks are the same, however they are written";
    const INPUTS: &'static [Input] = &[Input::required("value", "text")];
    const PARAMETERS: &'static str = include_str!("parameters.json");

    type PreparedRow<'a> = Vec<String>;

    fn configure(parameters: &str) -> Result<Self, String> {
        let mut parameters: Parameters = serde_json::from_str(parameters).map_err(|error| error.to_string())?;
        if !(0.0..=1.0).contains(&parameters.same_company) {
            return Err(format!("`same_company` must be between 0 and 1, not {}", parameters.same_company));
        }
        parameters.free_mail.iter_mut().for_each(|domain| domain.make_ascii_lowercase());
        Ok(Identifier { kind: Kind::of_name(&parameters.kind)?, parameters })
    }

    fn prepare(&self, row: Row<'_>) -> Vec<String> {
        let texts = alternatives(row.bytes(0).unwrap_or_default()).filter_map(|value| std::str::from_utf8(value).ok());
        texts.flat_map(|text| self.normal(text)).collect()
    }

    fn score(&self, left: &Vec<String>, right: &Vec<String>) -> Option<f32> {
        best_alternative(left, right, |one, other| self.compare(one, other))
    }

    fn explain(&self, left: &Vec<String>, right: &Vec<String>, explanation: &mut Explanation<'_>) {
        if let Some((one, other)) = best_pair(left, right, |one, other| self.compare(one, other)) {
            explanation.input("value").text("left", one.as_bytes()).text("right", other.as_bytes());
        }
    }
}

export_scorer!(Identifier);
