//! A request batch: the rows of one query, from the first request to the last decision.

use std::collections::BTreeSet;

use matchflow_matcher::ArbiterDecision;
use matchflow_model::request_failure::RequestFailure;
use matchflow_plugin_host::arbitration::{ArbiterRow, Decision, Exchange, Request, Response, Verdict};
use matchflow_remote::{Answer, AskError};

use super::messages::{ArbiterQuery, ArbiterReply};

/// The rows of one query and their requests.
pub(crate) struct ArbiterRequestBatch {
    query: ArbiterQuery,
    /// Rows without a decision.
    open: BTreeSet<usize>,
    /// Requests and answers of earlier rounds.
    exchanges: Vec<Exchange>,
    /// This round's requests and their answers.
    requests: Vec<(Request, Option<Answer>)>,
    /// Requests of this round that are not answered.
    waiting: usize,
    rounds: u32,
}

/// Consequence of a failed request for its rows.
pub(crate) enum FailureDisposition {
    Decide(ArbiterDecision),
    /// The run must end.
    Fatal(String),
    /// The run is ending: the next run processes the row.
    LeaveOpen,
}

impl ArbiterRequestBatch {
    pub(crate) fn new(query: ArbiterQuery) -> ArbiterRequestBatch {
        let open = (0..query.rows.len()).collect();
        ArbiterRequestBatch { query, open, exchanges: Vec::new(), requests: Vec::new(), waiting: 0, rounds: 0 }
    }

    pub(crate) fn rows(&self) -> &[ArbiterRow] {
        &self.query.rows
    }

    pub(crate) fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    pub(crate) fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Whether every row has a decision.
    pub(crate) fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether every request of this round is answered.
    pub(crate) fn is_round_over(&self) -> bool {
        self.waiting == 0
    }

    /// Starts a round with the requests that concern open rows; returns them numbered.
    pub(crate) fn start_round(&mut self, requests: Vec<Request>) -> Vec<(usize, Request)> {
        self.rounds += 1;
        let concerns_open_row = |request: &Request| request.rows.iter().any(|row| self.open.contains(&(*row as usize)));
        let requests: Vec<Request> = requests.into_iter().filter(concerns_open_row).collect();
        self.requests = requests.iter().map(|request| (request.clone(), None)).collect();
        self.waiting = requests.len();
        requests.into_iter().enumerate().collect()
    }

    /// Stores the answer to a request.
    pub(crate) fn answer(&mut self, request: usize, answer: Answer) {
        self.waiting = self.waiting.saturating_sub(1);
        if let Some((_, slot)) = self.requests.get_mut(request) {
            *slot = Some(answer);
        }
    }

    /// Handles a failed request: its open rows all get the same decision.
    pub(crate) fn fail_request(&mut self, request: usize, decision: &ArbiterDecision) {
        self.waiting = self.waiting.saturating_sub(1);
        let rows = self.requests.get(request).map_or_else(Vec::new, |(request, _)| request.rows.clone());
        let decisions = rows.into_iter().map(|row| (row as usize, decision.clone())).collect();
        self.reply(decisions);
    }

    /// Ends a round: its answers join the exchanges.
    pub(crate) fn end_round(&mut self) {
        for (request, answer) in std::mem::take(&mut self.requests) {
            if let Some(Answer { status, content_type, body, .. }) = answer {
                let response = Response { status, content_type, body: body.to_vec() };
                self.exchanges.push(Exchange { request, response });
            }
        }
    }

    /// Applies the plug-in's decisions to open rows.
    pub(crate) fn decide(&mut self, decisions: Vec<Decision>) {
        let convert = |decision: Decision| {
            let Decision { row, verdict, confidence, reason } = decision;
            let decision = match verdict {
                Verdict::Candidate(candidate) => {
                    ArbiterDecision::Chosen { place: candidate as usize, confidence, reason }
                }
                Verdict::None => ArbiterDecision::NoneOfThem { confidence, reason },
                Verdict::Abstain => ArbiterDecision::Abstained { reason },
            };
            (row as usize, decision)
        };
        self.reply(decisions.into_iter().map(convert).collect());
    }

    /// Open rows without a request in this round.
    pub(crate) fn rows_without_request(&self) -> Vec<usize> {
        let has_request = |row: &usize| self.requests.iter().any(|(request, _)| request.rows.contains(&(*row as u32)));
        self.open.iter().copied().filter(|row| !has_request(row)).collect()
    }

    /// Gives these rows the same decision.
    pub(crate) fn decide_rows(&mut self, rows: Vec<usize>, decision: &ArbiterDecision) {
        self.reply(rows.into_iter().map(|row| (row, decision.clone())).collect());
    }

    /// Gives every open row the same decision.
    pub(crate) fn decide_all(&mut self, decision: &ArbiterDecision) {
        self.decide_rows(self.open.iter().copied().collect(), decision);
    }

    /// Sends the decisions on rows that are still open to the operator.
    fn reply(&mut self, row_decisions: Vec<(usize, ArbiterDecision)>) {
        let mut decisions = Vec::with_capacity(row_decisions.len());
        for (row, decision) in row_decisions {
            if let (true, Some(chunk_row)) = (self.open.remove(&row), self.query.chunk_rows.get(row)) {
                decisions.push((*chunk_row, decision));
            }
        }
        if !decisions.is_empty() {
            // Fails only when the run is over.
            let _ = self.query.reply.send(ArbiterReply { chunk: self.query.chunk, decisions });
            let _ = self.query.activator.activate();
        }
    }
}

/// The consequence of a failed request.
pub(crate) fn disposition(error: &AskError) -> FailureDisposition {
    match &error.cause {
        RequestFailure::Stopped => FailureDisposition::LeaveOpen,
        RequestFailure::NotStored { .. } | RequestFailure::NotRead { .. } | RequestFailure::Panicked { .. } => {
            FailureDisposition::Fatal(error.to_string())
        }
        RequestFailure::CostLimit { .. } => FailureDisposition::Decide(ArbiterDecision::NotCalled),
        _ => FailureDisposition::Decide(ArbiterDecision::Failed {
            error: error.row_error(),
            retryable: error.is_retryable(),
            tries: error.tries,
        }),
    }
}
