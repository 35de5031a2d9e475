//! The cost limit: nothing is sent once the cost of all answers, plus an estimate for pending requests, reaches it.
//!
//! The cost of an answer is known when it arrives. A pending request is estimated at the mean cost so far, so once the
//! first answers have arrived, the limit is exceeded by a few requests at most.

use matchflow_model::request_failure::RequestFailure;
use parking_lot::{Mutex, MutexGuard};

/// Costs so far and pending requests.
pub(crate) struct Budget {
    cost_max: Option<f64>,
    state: Mutex<BudgetState>,
}

#[derive(Default)]
struct BudgetState {
    /// Total cost, including earlier runs.
    spent: f64,
    /// Answers of this run, and their cost.
    answers: u64,
    cost: f64,
    /// Requests whose cost is not known yet.
    pending: u64,
}

/// A reservation for a request whose cost is not known yet.
pub(crate) struct Reservation<'a>(&'a Budget);

impl Budget {
    /// `spent` is the cost of earlier runs.
    pub(crate) fn new(cost_max: Option<f64>, spent: f64) -> Budget {
        Budget { cost_max, state: Mutex::new(BudgetState { spent, ..BudgetState::default() }) }
    }

    /// Reserves one request; an error if the limit is reached.
    pub(crate) fn reserve(&self) -> Result<Reservation<'_>, RequestFailure> {
        let mut state = self.state();
        if let Some(limit) = self.cost_max {
            let mean = if state.answers > 0 { state.cost / state.answers as f64 } else { 0.0 };
            if state.spent + mean * state.pending as f64 >= limit {
                return Err(RequestFailure::CostLimit {
                    spent: format!("{:.4}", state.spent),
                    limit: limit.to_string(),
                });
            }
        }
        state.pending += 1;
        Ok(Reservation(self))
    }

    fn state(&self) -> MutexGuard<'_, BudgetState> {
        self.state.lock()
    }
}

impl Reservation<'_> {
    /// Records the cost of the answer.
    pub(crate) fn pay(self, cost: f64) {
        let mut state = self.0.state();
        state.spent += cost;
        state.cost += cost;
        state.answers += 1;
    }
}

impl Drop for Reservation<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.pending = state.pending.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_includes_pending_requests() {
        let budget = Budget::new(Some(1.0), 0.5);
        budget.reserve().unwrap().pay(0.1);
        let open: Vec<_> = (0..4).map(|_| budget.reserve().unwrap()).collect();
        let error = budget.reserve().err().unwrap();
        assert_eq!(error, RequestFailure::CostLimit { spent: "0.6000".to_owned(), limit: "1".to_owned() });
        drop(open);
        budget.reserve().unwrap().pay(0.4);
        assert!(budget.reserve().is_err(), "1.0 is spent");
        assert!(Budget::new(Some(0.0), 0.0).reserve().is_err(), "nothing may be spent");
        assert!(Budget::new(None, 1e9).reserve().is_ok());
    }
}
