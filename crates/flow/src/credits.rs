//! Credits for rows between the source and the commit thread. They bound memory and implement the two schedules.
//!
//! Unordered: as soon as the commit thread accepts a row, its credit admits another one. Chunked: rows are admitted up
//! to the limit in flight, then none until all of them are finished; only then are they passed on.

use std::cell::Cell;
use std::rc::Rc;

use matchflow_model::plan::{ExecutionPlan, Schedule};

/// Maximum number of rows between the source and the commit thread. Chunks are even shares of a batch, with up to 1.5
/// times as many rows as the plan says (see `intake`), and a chunk larger than the limit passes on its own.
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
    /// Rows admitted since none was in flight.
    round: Rc<Cell<usize>>,
}

impl Credits {
    pub(crate) fn new(schedule: Schedule, rows_max: usize) -> Credits {
        Credits { schedule, rows_max, used: Rc::default(), round: Rc::default() }
    }

    /// Takes credits for `rows`; a chunk larger than the limit passes on its own.
    pub(crate) fn take(&self, rows: usize) -> bool {
        let used = self.used.get();
        let counted = match self.schedule {
            Schedule::Unordered => used,
            Schedule::Chunked if used == 0 => 0,
            Schedule::Chunked => self.round.get(),
        };
        let is_admitted = used == 0 || counted + rows <= self.rows_max;
        if is_admitted {
            self.used.set(used + rows);
            self.round.set(counted + rows);
        }
        is_admitted
    }

    pub(crate) fn give_back(&self, rows: usize) {
        self.used.set(self.used.get().saturating_sub(rows));
    }

    /// Whether finished rows are passed on once `finished` of those in flight are finished.
    pub(crate) fn releases(&self, finished: usize) -> bool {
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
    fn unordered_admits_one_row_per_finished_row() {
        let credits = Credits::new(Schedule::Unordered, 3);
        assert!(credits.take(1) && credits.take(1) && credits.take(1) && !credits.take(1));
        assert!(credits.releases(1));
        credits.give_back(1);
        assert!(credits.take(1) && !credits.take(1));
    }

    #[test]
    fn chunked_admits_no_rows_before_all_are_finished() {
        let credits = Credits::new(Schedule::Chunked, 3);
        assert!(credits.take(1) && credits.take(2) && !credits.take(1));
        assert!(!credits.releases(2) && credits.releases(3));
        credits.give_back(2);
        assert!(!credits.take(1), "one of the round is still in flight");
        credits.give_back(1);
        assert!(credits.take(3) && !credits.take(1));
    }

    #[test]
    fn a_chunk_larger_than_the_limit_passes_on_its_own() {
        for schedule in [Schedule::Unordered, Schedule::Chunked] {
            let credits = Credits::new(schedule, 3);
            assert!(credits.take(10) && !credits.take(1), "{schedule:?}");
            credits.give_back(10);
            assert!(credits.take(1), "{schedule:?}");
        }
    }
}
