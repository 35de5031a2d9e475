//! Hosts, rates and amounts of money.

use serde_json::{Value, json};

use super::scalars::{or_variable, parsed};
use super::{Decode, Spanned, spanned, unexpected};
use crate::error::Problems;
use crate::tree::{Kind, Node};

/// A list of names, or a map from names to settings.
#[derive(Debug, Clone)]
pub(crate) struct HostMap<T>(pub(crate) Vec<(Spanned<String>, Option<Spanned<T>>)>);

impl<T: Decode> Decode for HostMap<T> {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let hosts: Vec<_> = match &node.kind {
            Kind::List(items) => {
                items.iter().filter_map(|item| Some((spanned::<String>(item, problems)?, None))).collect()
            }
            Kind::Map(entries) => {
                let settings = |node: &Node, problems: &mut Problems| match node.kind {
                    Kind::Null => None,
                    _ => spanned::<T>(node, problems),
                };
                let host = entries.iter().map(|entry| {
                    let name = Spanned { value: entry.key.clone(), place: entry.place, sound: true };
                    (name, settings(&entry.node, problems))
                });
                host.collect()
            }
            _ => {
                unexpected(node, "a list of hosts, or a map from hosts to their settings", problems);
                return None;
            }
        };
        if hosts.is_empty() {
            problems.at(node.place, "at least one host must be named").help("for example `hosts: [api.example.com]`");
        }
        Some(Self(hosts))
    }

    fn schema() -> Value {
        let list = json!({ "type": "array", "items": { "type": "string", "minLength": 1 }, "minItems": 1 });
        let map = json!({ "anyOf": [T::schema(), { "type": "null" }] });
        json!({ "anyOf": [list, { "type": "object", "additionalProperties": map, "minProperties": 1 }] })
    }
}

/// A number of requests per second, minute or hour: `10/s`, `500/m`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestRate {
    pub(crate) requests: u32,
    pub(crate) period_ms: u64,
}

impl Decode for RequestRate {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let parse = |text: &str| {
            let (requests, unit) = text.split_once('/')?;
            let period_ms = match unit.trim() {
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                _ => return None,
            };
            let requests = requests.trim().replace('_', "").parse().ok().filter(|requests| *requests > 0)?;
            Some(Self { requests, period_ms })
        };
        parsed(node, "a rate like `10/s`, `500/m` or `2000/h`", problems, parse)
    }

    fn schema() -> Value {
        or_variable(json!({ "title": "rate", "type": "string", "pattern": "^[0-9_]+ */ *[smh]$" }))
    }
}

/// An amount of money, in the currency of the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MoneyAmount(pub(crate) f64);

/// A bound that keeps sums finite.
const MONEY_MAX: f64 = 1e9;

impl Decode for MoneyAmount {
    fn decode(node: &Node, problems: &mut Problems) -> Option<Self> {
        let parse = |text: &str| text.parse().ok().filter(|amount: &f64| (0.0..=MONEY_MAX).contains(amount));
        parsed(node, "an amount of 0 or more, like `2.50`", problems, parse).map(Self)
    }

    fn schema() -> Value {
        or_variable(json!({ "title": "amount", "type": "number", "minimum": 0, "maximum": MONEY_MAX }))
    }
}
