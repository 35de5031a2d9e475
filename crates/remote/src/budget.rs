//! The cost limit: nothing is sent once the answers so far, with those under way, reach it.
//!
//! What an answer costs is known when it is there. A request under way is taken to cost what answers cost on average so
//! far, so the limit is passed by a few requests at most once the first answers are in.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Cause;

/// What was paid and what will be.
pub(crate) struct Budget {
    cost_max: Option<f64>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What was paid, in earlier runs too.
    spent: f64,
    /// Answers of this run and what they cost.
    answers: u64,
    cost: f64,
    /// Requests whose cost is not known yet.
    open: u64,
}

/// A request whose cost is not known yet.
pub(crate) struct Open<'a>(&'a Budget);

impl Budget {
    /// `spent` is what earlier runs paid.
    pub(crate) fn new(cost_max: Option<f64>, spent: f64) -> Budget {
        Budget { cost_max, state: Mutex::new(State { spent, ..State::default() }) }
    }

    /// A place for one request, or why it may not be sent.
    pub(crate) fn reserve(&self) -> Result<Open<'_>, Cause> {
        let mut state = self.state();
        if let Some(limit) = self.cost_max {
            let mean = if state.answers > 0 { state.cost / state.answers as f64 } else { 0.0 };
            if state.spent + mean * state.open as f64 >= limit {
                let (spent, limit) = (format!("{:.4}", state.spent), format!("{limit}"));
                return Err(Cause::CostLimit { spent, limit });
            }
        }
        state.open += 1;
        Ok(Open(self))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open<'_> {
    /// The answer came, and cost this.
    pub(crate) fn pay(self, cost: f64) {
        let mut state = self.0.state();
        state.spent += cost;
        state.cost += cost;
        state.answers += 1;
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.open = state.open.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_counts_what_is_under_way() {
        let budget = Budget::new(Some(1.0), 0.5);
        budget.reserve().unwrap().pay(0.1);
        let open: Vec<_> = (0..4).map(|_| budget.reserve().unwrap()).collect();
        let error = budget.reserve().err().unwrap();
        assert_eq!(error, Cause::CostLimit { spent: "0.6000".to_owned(), limit: "1".to_owned() });
        drop(open);
        budget.reserve().unwrap().pay(0.4);
        assert!(budget.reserve().is_err(), "1.0 is spent");
        assert!(Budget::new(Some(0.0), 0.0).reserve().is_err(), "nothing may be spent");
        assert!(Budget::new(None, 1e9).reserve().is_ok());
    }
}
