//! One case: rows that are asked about together, from the first request to the last ruling.

use std::collections::BTreeSet;

use matchflow_matcher::Ruling;
use matchflow_plugin_host::arbitration::{ArbiterRow, Decision, Exchange, Request, Response, Verdict};
use matchflow_remote::{Answer, AskError, Cause};

use super::{Question, Ruled};

/// An open case.
pub(crate) struct Case {
    question: Question,
    /// Rows without a ruling.
    open: BTreeSet<usize>,
    /// What was asked and answered in earlier rounds.
    exchanges: Vec<Exchange>,
    /// This round's requests and their answers.
    asked: Vec<(Request, Option<Answer>)>,
    /// Requests of this round that are not done.
    waiting: usize,
    rounds: u32,
}

/// What a row of a failed request comes to.
pub(crate) enum Fate {
    Rule(Ruling),
    /// The run must end.
    Fatal(String),
    /// The run ends anyway: the row is left to the next one.
    Leave,
}

impl Case {
    pub(crate) fn new(question: Question) -> Case {
        let open = (0..question.rows.len()).collect();
        Case { question, open, exchanges: Vec::new(), asked: Vec::new(), waiting: 0, rounds: 0 }
    }

    pub(crate) fn rows(&self) -> &[ArbiterRow] {
        &self.question.rows
    }

    pub(crate) fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    pub(crate) fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Whether every row has a ruling.
    pub(crate) fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether every request of this round is done.
    pub(crate) fn is_round_over(&self) -> bool {
        self.waiting == 0
    }

    /// Starts a round with the requests that are about open rows; gives them back numbered.
    pub(crate) fn start_round(&mut self, requests: Vec<Request>) -> Vec<(usize, Request)> {
        self.rounds += 1;
        let about_open = |request: &Request| request.rows.iter().any(|row| self.open.contains(&(*row as usize)));
        let requests: Vec<Request> = requests.into_iter().filter(about_open).collect();
        self.asked = requests.iter().map(|request| (request.clone(), None)).collect();
        self.waiting = requests.len();
        requests.into_iter().enumerate().collect()
    }

    /// Takes the answer of a request.
    pub(crate) fn answer(&mut self, request: usize, answer: Answer) {
        self.waiting = self.waiting.saturating_sub(1);
        if let Some((_, slot)) = self.asked.get_mut(request) {
            *slot = Some(answer);
        }
    }

    /// Gives up a request: the open rows that it is about, all with the same ruling.
    pub(crate) fn give_up(&mut self, request: usize, ruling: &Ruling) {
        self.waiting = self.waiting.saturating_sub(1);
        let rows = self.asked.get(request).map_or_else(Vec::new, |(request, _)| request.rows.clone());
        let rulings = rows.into_iter().map(|row| (row as usize, ruling.clone())).collect();
        self.rule(rulings);
    }

    /// Ends a round: its answers join the exchanges.
    pub(crate) fn end_round(&mut self) {
        for (request, answer) in std::mem::take(&mut self.asked) {
            if let Some(Answer { status, content_type, body, .. }) = answer {
                let response = Response { status, content_type, body: body.to_vec() };
                self.exchanges.push(Exchange { request, response });
            }
        }
    }

    /// The plug-in's decisions on rows that are open.
    pub(crate) fn decide(&mut self, decisions: Vec<Decision>) {
        let ruling = |decision: Decision| {
            let Decision { row, verdict, confidence, reason } = decision;
            let ruling = match verdict {
                Verdict::Candidate(place) => Ruling::Chosen { place: place as usize, confidence, reason },
                Verdict::None => Ruling::None { confidence, reason },
                Verdict::Abstain if reason.is_empty() => Ruling::Open { why: "abstains".to_owned() },
                Verdict::Abstain => Ruling::Open { why: format!("abstains: {reason}") },
            };
            (row as usize, ruling)
        };
        self.rule(decisions.into_iter().map(ruling).collect());
    }

    /// Open rows that this round's requests are not about.
    pub(crate) fn forgotten(&self) -> Vec<usize> {
        let asked = |row: &usize| self.asked.iter().any(|(request, _)| request.rows.contains(&(*row as u32)));
        self.open.iter().copied().filter(|row| !asked(row)).collect()
    }

    /// Rules on these rows, all the same.
    pub(crate) fn rule_rows(&mut self, rows: Vec<usize>, ruling: &Ruling) {
        self.rule(rows.into_iter().map(|row| (row, ruling.clone())).collect());
    }

    /// Rules on every open row.
    pub(crate) fn rule_all(&mut self, ruling: &Ruling) {
        self.rule_rows(self.open.iter().copied().collect(), ruling);
    }

    fn rule(&mut self, rulings: Vec<(usize, Ruling)>) {
        let mut ruled = Vec::with_capacity(rulings.len());
        for (row, ruling) in rulings {
            if let (true, Some(place)) = (self.open.remove(&row), self.question.places.get(row)) {
                ruled.push((*place, ruling));
            }
        }
        if !ruled.is_empty() {
            // The operator is gone only when the run is over.
            let _ = self.question.reply.send(Ruled { chunk: self.question.chunk, rulings: ruled });
            let _ = self.question.activator.activate();
        }
    }
}

/// What the rows of a failed request come to.
pub(crate) fn fate(error: &AskError) -> Fate {
    match &error.cause {
        Cause::Stopped => Fate::Leave,
        Cause::NotStored { .. } | Cause::NotRead { .. } | Cause::Panicked { .. } => Fate::Fatal(error.to_string()),
        Cause::CostLimit { .. } => Fate::Rule(Ruling::NotAsked { why: error.cause.to_string() }),
        _ => {
            Fate::Rule(Ruling::Failed { error: error.to_string(), retryable: error.is_retryable(), tries: error.tries })
        }
    }
}
