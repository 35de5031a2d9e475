//! The `arbitrate` stage: its plug-in, what the plug-in sees, and which hosts it may contact.

use matchflow_model::plan::{ArbitratePlan, AskWhen, DecidePlan, HostPlan, OnFailure, Prices, RemotePlan};
use serde::Serialize;

use super::Check;
use super::fields::to_size;
use super::scope::{Side, Sides};
use crate::decode::{self, Milliseconds, OneOrMany, RequestRate, Spanned};
use crate::environment::{ArbiterFacts, ArbiterNeeds};
use crate::raw::{Arbitrate, Host};

/// Maximum size of the result of one call of an arbiter, which bounds its requests.
const OUTPUT_BYTES_MAX: usize = 32 << 20;

/// The plug-in behind an `arbitrate` stage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CheckedArbiter {
    /// The stage's label.
    pub stage: String,
    /// The plug-in's description.
    #[serde(flatten)]
    pub facts: ArbiterFacts,
}

impl Check<'_> {
    /// `decide` is the preceding decision, if it is valid.
    pub(super) fn arbitrate(
        &mut self,
        raw: &Spanned<Arbitrate>,
        decide: Option<&DecidePlan>,
        pass_on: bool,
        sides: &Sides,
    ) -> Option<(ArbitratePlan, ArbiterFacts)> {
        let arbitrate = &raw.value;
        let row_fields = self.visible_fields(arbitrate.row.as_ref(), &sides.left);
        let entry_fields = self.visible_fields(arbitrate.entry.as_ref(), &sides.right);
        let when = arbitrate.when.as_ref().map_or(AskWhen::Review, |when| when.value);
        if let Some(decide) = decide {
            self.reachable(raw, when, decide);
        }
        let remote = self.remote(arbitrate);
        let path = arbitrate.plugin.as_ref()?;
        let plugin = self.plugin_path(path);
        let facts = match self.environment.arbiter(&plugin) {
            Ok(facts) => facts,
            Err(fault) => {
                self.problems.at(path.place, fault.message);
                return None;
            }
        };
        self.needed_fields(raw, &facts, &row_fields, &entry_fields);
        let (parameters, needs) = self.arbiter_parameters(&facts, arbitrate, path)?;
        let remote = remote?;
        self.needed_hosts(arbitrate, &facts.name, &needs, &remote.hosts);
        let plan = ArbitratePlan {
            plugin,
            digest: facts.digest.clone(),
            parameters,
            when,
            decide: DecidePlan { pass_on: false, ask: false, ..decide?.clone() },
            row_fields,
            entry_fields,
            candidates_max: to_size(arbitrate.candidates.as_ref().map(|count| count.value.0), 10),
            rows_together: to_size(arbitrate.rows.as_ref().map(|rows| rows.value.0), 1),
            confidence_min: arbitrate.confidence.as_ref().map_or(0.0, |confidence| confidence.value.0),
            cost_max: arbitrate.max_cost.as_ref().map(|cost| cost.value.0),
            on_failure: arbitrate.on_failure.as_ref().map_or(OnFailure::FailRows, |failure| failure.value),
            pass_on,
            timeout_ms: millis(arbitrate.call_timeout.as_ref(), 5_000),
            memory_bytes_max: to_size(arbitrate.memory.as_ref().map(|memory| memory.value.0), 64 << 20),
            output_bytes_max: OUTPUT_BYTES_MAX,
            remote,
        };
        Some((plan, facts))
    }

    /// Returns the checked parameters, and the hosts and secrets that the plug-in requires with them.
    fn arbiter_parameters(
        &mut self,
        facts: &ArbiterFacts,
        raw: &Arbitrate,
        path: &Spanned<decode::FilePath>,
    ) -> Option<(String, ArbiterNeeds)> {
        let given = raw.parameters.as_ref();
        let value = given.map(|given| &given.value);
        let (name, schema) = (&facts.name, &facts.parameters);
        if given.is_some_and(|given| !given.sound) || !self.fits(name, schema, value, path.place) {
            return None;
        }
        // In the order of the file: this may determine the order in a request's body, by which recorded answers are
        // found.
        let parameters = given.map_or_else(|| "{}".to_owned(), |given| given.value.value.to_string());
        match self.environment.configure_arbiter(&self.plugin_path(path), &parameters) {
            Ok(needs) => Some((parameters, needs)),
            Err(fault) => {
                self.problems.at(given.map_or(path.place, |given| given.place), fault.message);
                None
            }
        }
    }

    /// Reports a stage that no row can reach after the decision.
    fn reachable(&mut self, raw: &Spanned<Arbitrate>, when: AskWhen, decide: &DecidePlan) {
        let (band, tied) = (decide.review < decide.accept, decide.margin > 0.0);
        let (never, help) = match when {
            AskWhen::Review => (!band && !tied, "set its `review` below its `accept`, or a `margin`"),
            AskWhen::Band => (!band, "set its `review` below its `accept`"),
            AskWhen::Tied => (!tied, "set its `margin`"),
        };
        if never {
            let place = raw.value.when.as_ref().map_or(raw.place, |when| when.place);
            let problem = self.problems.at(place, "the `decide` before this stage leaves no row to ask about");
            problem.help(help);
        }
    }

    /// The fields of one side that a plug-in sees.
    fn visible_fields(&mut self, raw: Option<&Spanned<OneOrMany<String>>>, side: &Side) -> Vec<String> {
        let Some(raw) = raw else { return side.fields.iter().map(|field| field.name.clone()).collect() };
        for name in &raw.value.0 {
            side.require(name, self.problems);
        }
        raw.value.0.iter().map(|name| name.value.clone()).collect()
    }

    fn needed_fields(&mut self, raw: &Spanned<Arbitrate>, facts: &ArbiterFacts, row: &[String], entry: &[String]) {
        let sides = [
            ("row", &facts.row_fields, row, raw.value.row.as_ref()),
            ("entry", &facts.entry_fields, entry, raw.value.entry.as_ref()),
        ];
        for (key, needed, given, list) in sides {
            for name in needed.iter().filter(|name| !given.contains(name)) {
                let place = list.map_or(raw.place, |list| list.place);
                let message = format!("the plug-in {} requires the field `{name}` of each {key}", facts.name);
                self.problems
                    .at(place, message)
                    .help(format!("declare a field with this name, and list it under `{key}`"));
            }
        }
    }

    fn needed_hosts(&mut self, raw: &Arbitrate, plugin: &str, needs: &ArbiterNeeds, hosts: &[HostPlan]) {
        let Some(place) = raw.hosts.as_ref().filter(|hosts| hosts.sound).map(|hosts| hosts.place) else { return };
        let mut needed = Vec::new();
        for name in &needs.hosts {
            let found = parse_host(name).and_then(|(name, port)| {
                hosts
                    .iter()
                    .find(|host| host.name == name && (host.port == port || host.port.is_none() && port == Some(443)))
            });
            match found {
                Some(host) => needed.push(host),
                None => {
                    let message = format!("the plug-in {plugin} contacts `{name}`, which is not one of the hosts");
                    self.problems.at(place, message).help(format!("add `{name}` to `hosts` to allow it"));
                }
            }
        }
        for secret in &needs.secrets {
            if let Some(host) = needed.iter().find(|host| !host.secrets.contains(secret)) {
                let place = raw.secrets.as_ref().map_or(place, |secrets| secrets.place);
                let message = format!("the plug-in {plugin} sends `{secret}` to `{}`", host.name);
                let help = format!("allow it with `secrets: [{secret}]` in the stage or in the host");
                self.problems.at(place, message).help(help);
            }
        }
    }

    fn remote(&mut self, raw: &Arbitrate) -> Option<RemotePlan> {
        let timeout_ms = millis(raw.timeout.as_ref(), 60_000);
        let deadline_ms = millis(raw.deadline.as_ref(), timeout_ms.max(180_000));
        if let (Some(deadline), true) = (&raw.deadline, deadline_ms < timeout_ms) {
            let problem = self.problems.at(deadline.place, "`deadline` must not be shorter than `timeout`");
            problem.help(format!("the deadline covers all attempts, the timeout ({timeout_ms} ms) is for one"));
        }
        let prices = raw.prices.as_ref().map(|prices| {
            let price = |price: &Option<Spanned<crate::decode::MoneyAmount>>| price.as_ref().map(|price| price.value.0);
            let raw = &prices.value;
            Prices {
                input: price(&raw.input).unwrap_or(0.0),
                cached_input: price(&raw.cached_input),
                output: price(&raw.output).unwrap_or(0.0),
                request: price(&raw.request).unwrap_or(0.0),
            }
        });
        if let (Some(cost), None) = (&raw.max_cost, &raw.prices) {
            let problem = self.problems.at(cost.place, "`max_cost` has no effect without `prices`");
            problem.help("add `prices: {input: ..., output: ...}` per million tokens, or `prices: {request: ...}`");
        }
        Some(RemotePlan {
            hosts: self.hosts(raw)?,
            timeout_ms,
            deadline_ms,
            tries_max: raw.tries.as_ref().map_or(5, |tries| tries.value.0 as u32),
            response_bytes_max: to_size(raw.response.as_ref().map(|size| size.value.0), 4 << 20),
            prices: prices.unwrap_or_default(),
            fixtures: raw.fixtures.as_ref().map(|fixtures| self.path(fixtures)),
        })
    }

    fn hosts(&mut self, raw: &Arbitrate) -> Option<Vec<HostPlan>> {
        let mut plans: Vec<HostPlan> = Vec::new();
        for (name, host) in &raw.hosts.as_ref()?.value.0 {
            let Some((host_name, port)) = parse_host(&name.value) else {
                let problem = self.problems.at(name.place, format!("`{}` is not a host", name.value));
                problem.help("a name or an address, with a port if it is not the default: `localhost:11434`");
                continue;
            };
            let plan = host_plan(raw, host.as_ref().map(|host| &host.value), host_name, port);
            if plans.iter().any(|known| known.name == plan.name && known.port == plan.port) {
                self.problems.at(name.place, format!("`{}` is named twice", name.value));
            }
            plans.push(plan);
        }
        Some(plans)
    }
}

fn host_plan(raw: &Arbitrate, host: Option<&Host>, name: String, port: Option<u16>) -> HostPlan {
    let texts = |list: &Spanned<OneOrMany<String>>| list.value.0.iter().map(|text| text.value.clone()).collect();
    let secrets = host.and_then(|host| host.secrets.as_ref()).or(raw.secrets.as_ref());
    let concurrency = host.and_then(|host| host.concurrency.as_ref()).or(raw.concurrency.as_ref());
    let rate = host.and_then(|host| host.rate.as_ref()).or(raw.rate.as_ref());
    let methods = host.and_then(|host| host.methods.as_ref());
    let methods = methods.map(|methods| methods.value.0.iter().map(|method| method.value.0.to_owned()).collect());
    let limit = |rate: &Spanned<RequestRate>| {
        let RequestRate { requests, period_ms } = rate.value;
        matchflow_model::plan::Rate { requests, period_ms }
    };
    let private = host.and_then(|host| host.private.as_ref()).map(|private| private.value);
    HostPlan {
        // `localhost` and IP addresses are explicit; any other name may resolve to any address.
        private: private.unwrap_or_else(|| name == "localhost" || name.parse::<std::net::IpAddr>().is_ok()),
        name,
        port,
        methods: methods.unwrap_or_else(|| vec!["POST".to_owned()]),
        secrets: secrets.map(texts).unwrap_or_default(),
        in_flight_max: to_size(concurrency.map(|count| count.value.0), 64),
        rate: rate.map(limit),
    }
}

/// Parses `name`, `name:port`, `[address]:port` or an address; returns the name in lower case.
fn parse_host(text: &str) -> Option<(String, Option<u16>)> {
    let text = text.trim().to_ascii_lowercase();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<std::net::IpAddr>() {
        return Some((address.to_string(), None));
    }
    let (name, port) = match text.rsplit_once(':') {
        Some((name, port)) => (name, Some(port.parse::<u16>().ok().filter(|port| *port > 0)?)),
        None => (text.as_str(), None),
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = name.parse::<std::net::IpAddr>() {
        return Some((address.to_string(), port));
    }
    let letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_');
    let sound = !name.is_empty() && name.chars().all(letter) && !name.starts_with(['.', '-']) && !name.ends_with('.');
    sound.then(|| (name.to_owned(), port))
}

fn millis(value: Option<&Spanned<Milliseconds>>, default: u64) -> u64 {
    value.map_or(default, |value| value.value.0)
}
