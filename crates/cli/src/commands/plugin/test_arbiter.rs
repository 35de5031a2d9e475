//! `matchflow plugin test` of an arbiter: rows with their candidates, the service's answers taken from the table.

use std::process::ExitCode;

use matchflow_pipeline::{ArbiterCase, Ruled, arbiter_cases};
use matchflow_plugin_host::arbitration::{
    ArbiterRow, ArbiterStep, Candidate, Decision, Exchange, Field, Request, Response, Verdict,
};
use matchflow_plugin_host::{Arbiter, HostError, Limits};

use super::test::Table;
use crate::failure::Failure;

/// Rounds of requests that a run allows a row.
const ROUNDS_MAX: usize = 4;
/// Characters of a request that are shown.
const SHOWN_CHARS_MAX: usize = 2_000;

/// What an arbiter came to.
#[derive(Debug, PartialEq)]
enum Said {
    Ruled(Ruled, String),
    /// It asked for more than the case has answers.
    Asks(Box<Request>),
    AsksOn,
}

/// Runs the cases; exit code 1 when one differs.
pub(super) fn test(arbiter: &Arbiter, table: &Table) -> Result<ExitCode, Failure> {
    let cases = table.read(arbiter_cases)?;
    let run = |case: &ArbiterCase| {
        let said = ask(arbiter, case);
        let difference = said.map_or_else(|error| Some(error.to_string()), |said| difference(&case.expected, &said));
        let values: Vec<&str> = case.row.iter().map(|(_, value)| value.as_str()).collect();
        (format!("{} | {} candidates", values.join("; "), case.candidates.len()), difference)
    };
    table.report(cases.iter().map(run), &mut std::io::stdout().lock())
}

/// Asks about the row of a case as a run does, and answers from the case.
fn ask(arbiter: &Arbiter, case: &ArbiterCase) -> Result<Said, HostError> {
    let rows = [row(case)];
    let mut instance = arbiter.instance(&case.parameters, Limits::default())?;
    let mut answers = case.answers.iter();
    let mut exchanges = Vec::new();
    let mut step = instance.plan(&rows)?;
    for _ in 0..ROUNDS_MAX {
        let ArbiterStep { mut decisions, requests } = step;
        if let Some(decision) = decisions.pop() {
            return Ok(ruled(case, decision));
        }
        if requests.is_empty() {
            return Ok(Said::Ruled(Ruled::Abstain, "it says nothing".to_owned()));
        }
        for request in requests {
            let Some(body) = answers.next() else { return Ok(Said::Asks(Box::new(request))) };
            let content_type = Some("application/json".to_owned());
            let response = Response { status: 200, content_type, body: body.clone().into_bytes() };
            exchanges.push(Exchange { request, response });
        }
        step = instance.fold(&rows, &exchanges)?;
    }
    Ok(step.decisions.pop().map_or(Said::AsksOn, |decision| ruled(case, decision)))
}

fn row(case: &ArbiterCase) -> ArbiterRow {
    let fields = |fields: &[(String, String)]| -> Vec<Field> {
        let present = fields.iter().filter(|(_, value)| !value.is_empty());
        present.map(|(name, value)| Field { name: name.clone(), value: value.clone() }).collect()
    };
    let candidates = case.candidates.iter().map(|candidate| Candidate {
        id: candidate.id.clone(),
        group: candidate.group.clone(),
        score: candidate.score,
        fields: fields(&candidate.fields),
    });
    ArbiterRow { fields: fields(&case.row), candidates: candidates.collect() }
}

fn ruled(case: &ArbiterCase, decision: Decision) -> Said {
    let ruled = match decision.verdict {
        Verdict::None => Ruled::None,
        Verdict::Abstain => Ruled::Abstain,
        // The host has seen that the candidate is there.
        Verdict::Candidate(place) => {
            Ruled::Candidate(case.candidates.get(place as usize).map(|one| one.id.clone()).unwrap_or_default())
        }
    };
    Said::Ruled(ruled, decision.reason)
}

fn difference(expected: &Ruled, said: &Said) -> Option<String> {
    match said {
        Said::Ruled(ruled, _) if ruled == expected => None,
        Said::Ruled(ruled, reason) => Some(format!("expected {}, found {} ({reason})", shown(expected), shown(ruled))),
        Said::Asks(request) => {
            let body: String = String::from_utf8_lossy(&request.body).chars().take(SHOWN_CHARS_MAX).collect();
            let sent = format!("{} {}\n       {body}", request.method, request.url);
            Some(format!("it asks, and the case has no answer for it under `answers`:\n       {sent}"))
        }
        Said::AsksOn => Some(format!("it asks again after {ROUNDS_MAX} rounds of requests, more than a run allows")),
    }
}

fn shown(ruled: &Ruled) -> String {
    match ruled {
        Ruled::Candidate(id) => format!("candidate {id}"),
        Ruled::None => "none of the candidates".to_owned(),
        Ruled::Abstain => "no verdict (abstain)".to_owned(),
    }
}
