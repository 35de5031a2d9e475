//! Rows between the source and the commit thread: what bounds memory, and what tells the two schedules apart.
//!
//! Unordered: as soon as a row is handed to the commit thread, its credit lets another one in. Chunked: rows are let in
//! until they are as many as may be in flight, and no more before all of those are finished; only then do they go on.

use std::cell::Cell;
use std::rc::Rc;

use matchflow_model::plan::{ExecutionPlan, Schedule};

/// Rows between the source and the commit thread at most. Chunks are even parts of what is read, up to half as many
/// rows again as the plan says (see `intake`), and one that is larger than the whole allowance passes alone.
pub(crate) fn rows_max(execution: &ExecutionPlan) -> usize {
    execution.in_flight_rows.max(execution.chunk_rows + execution.chunk_rows / 2)
}

/// The credits of a run. Both ends are on the first worker.
#[derive(Clone)]
pub(crate) struct Credits {
    schedule: Schedule,
    rows_max: usize,
    /// Rows in flight.
    used: Rc<Cell<usize>>,
    /// Rows let in since none was in flight.
    round: Rc<Cell<usize>>,
}

impl Credits {
    pub(crate) fn new(schedule: Schedule, rows_max: usize) -> Credits {
        Credits { schedule, rows_max, used: Rc::default(), round: Rc::default() }
    }

    /// Takes credits for `rows`; a chunk larger than the whole allowance passes alone.
    pub(crate) fn take(&self, rows: usize) -> bool {
        let used = self.used.get();
        let counted = match self.schedule {
            Schedule::Unordered => used,
            Schedule::Chunked if used == 0 => 0,
            Schedule::Chunked => self.round.get(),
        };
        let free = used == 0 || counted + rows <= self.rows_max;
        if free {
            self.used.set(used + rows);
            self.round.set(counted + rows);
        }
        free
    }

    pub(crate) fn give_back(&self, rows: usize) {
        self.used.set(self.used.get().saturating_sub(rows));
    }

    /// Whether finished rows go on when `finished` of those in flight are finished.
    pub(crate) fn lets_out(&self, finished: usize) -> bool {
        match self.schedule {
            Schedule::Unordered => true,
            Schedule::Chunked => finished >= self.used.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unordered_lets_a_row_in_for_each_that_is_out() {
        let credits = Credits::new(Schedule::Unordered, 3);
        assert!(credits.take(1) && credits.take(1) && credits.take(1) && !credits.take(1));
        assert!(credits.lets_out(1));
        credits.give_back(1);
        assert!(credits.take(1) && !credits.take(1));
    }

    #[test]
    fn chunked_lets_none_in_before_all_are_out() {
        let credits = Credits::new(Schedule::Chunked, 3);
        assert!(credits.take(1) && credits.take(2) && !credits.take(1));
        assert!(!credits.lets_out(2) && credits.lets_out(3));
        credits.give_back(2);
        assert!(!credits.take(1), "one of the round is still in flight");
        credits.give_back(1);
        assert!(credits.take(3) && !credits.take(1));
    }

    #[test]
    fn a_chunk_larger_than_the_allowance_passes_alone() {
        for schedule in [Schedule::Unordered, Schedule::Chunked] {
            let credits = Credits::new(schedule, 3);
            assert!(credits.take(10) && !credits.take(1), "{schedule:?}");
            credits.give_back(10);
            assert!(credits.take(1), "{schedule:?}");
        }
    }
}
