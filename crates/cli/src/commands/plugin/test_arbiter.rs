//! `matchflow plugin test` for an arbiter: rows with their candidates, and the service's answers from the table.

use std::process::ExitCode;

use matchflow_pipeline::{ArbiterCase, ExpectedVerdict, arbiter_cases};
use matchflow_plugin_host::arbitration::{
    ArbiterRow, ArbiterStep, Candidate, Decision, Exchange, Field, Request, Response, Verdict,
};
use matchflow_plugin_host::{Arbiter, HostError, Limits};

use super::test::CaseTable;
use crate::failure::Failure;

/// Number of rounds of requests that a run allows per row.
const ROUNDS_MAX: usize = 4;
/// Maximum number of characters of a request to print.
const SHOWN_CHARS_MAX: usize = 2_000;

/// The outcome of a case.
#[derive(Debug, PartialEq)]
enum ArbiterOutcome {
    Decided(ExpectedVerdict, String),
    /// It sent a request for which the case has no answer.
    Requests(Box<Request>),
    TooManyRounds,
}

/// Runs the cases; exit code 1 if one differs.
pub(super) fn test(arbiter: &Arbiter, table: &CaseTable) -> Result<ExitCode, Failure> {
    let cases = table.read(arbiter_cases)?;
    let run = |case: &ArbiterCase| {
        let outcome = run_case(arbiter, case);
        let difference =
            outcome.map_or_else(|error| Some(error.to_string()), |outcome| difference(&case.expected, &outcome));
        let values: Vec<&str> = case.row.iter().map(|(_, value)| value.as_str()).collect();
        (format!("{} | {} candidates", values.join("; "), case.candidates.len()), difference)
    };
    table.report(cases.iter().map(run), &mut crate::console::stdout())
}

/// Runs the arbiter on the row of a case like a run does, with the answers of the case.
fn run_case(arbiter: &Arbiter, case: &ArbiterCase) -> Result<ArbiterOutcome, HostError> {
    let rows = [row(case)];
    let mut instance = arbiter.instance(&case.parameters, Limits::default())?;
    let mut answers = case.answers.iter();
    let mut exchanges = Vec::new();
    let mut step = instance.plan(&rows)?;
    for _ in 0..ROUNDS_MAX {
        let ArbiterStep { mut decisions, requests } = step;
        if let Some(decision) = decisions.pop() {
            return Ok(decided(case, decision));
        }
        if requests.is_empty() {
            return Ok(ArbiterOutcome::Decided(ExpectedVerdict::Abstain, "it returned no decision".to_owned()));
        }
        for request in requests {
            let Some(body) = answers.next() else { return Ok(ArbiterOutcome::Requests(Box::new(request))) };
            let content_type = Some("application/json".to_owned());
            let response = Response { status: 200, content_type, body: body.clone().into_bytes() };
            exchanges.push(Exchange { request, response });
        }
        step = instance.fold(&rows, &exchanges)?;
    }
    Ok(step.decisions.pop().map_or(ArbiterOutcome::TooManyRounds, |decision| decided(case, decision)))
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

fn decided(case: &ArbiterCase, decision: Decision) -> ArbiterOutcome {
    let decided = match decision.verdict {
        Verdict::None => ExpectedVerdict::None,
        Verdict::Abstain => ExpectedVerdict::Abstain,
        // The host has checked that the candidate exists.
        Verdict::Candidate(place) => ExpectedVerdict::Candidate(
            case.candidates.get(place as usize).map(|one| one.id.clone()).unwrap_or_default(),
        ),
    };
    ArbiterOutcome::Decided(decided, decision.reason)
}

fn difference(expected: &ExpectedVerdict, outcome: &ArbiterOutcome) -> Option<String> {
    match outcome {
        ArbiterOutcome::Decided(decided, _) if decided == expected => None,
        ArbiterOutcome::Decided(decided, reason) => {
            Some(format!("expected {}, found {} ({reason})", verdict_text(expected), verdict_text(decided)))
        }
        ArbiterOutcome::Requests(request) => {
            let body: String = String::from_utf8_lossy(&request.body).chars().take(SHOWN_CHARS_MAX).collect();
            let sent = format!("{} {}\n       {body}", request.method, request.url);
            Some(format!("it sends a request for which the case has no answer under `answers`:\n       {sent}"))
        }
        ArbiterOutcome::TooManyRounds => {
            Some(format!("it sends more than {ROUNDS_MAX} rounds of requests, the limit of a run"))
        }
    }
}

fn verdict_text(decided: &ExpectedVerdict) -> String {
    match decided {
        ExpectedVerdict::Candidate(id) => format!("candidate {id}"),
        ExpectedVerdict::None => "none of the candidates".to_owned(),
        ExpectedVerdict::Abstain => "no verdict (abstain)".to_owned(),
    }
}
