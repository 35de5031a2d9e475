//! The rows that a request is about, in their order.

use matchflow_labels::Words;
use matchflow_serve::Problem;
use serde_json::{Value, json};

use crate::decision_board::DecisionBoard;
use crate::facet::RowFilter;
use crate::review_state::ReviewState;
use crate::routes::OWN_PARAMETERS;
use crate::row_order::RowOrder;
use crate::row_status::StatusKind;

/// The rows of a request.
pub(crate) struct ChosenRows {
    pub(crate) filter: RowFilter,
    pub(crate) offset: Option<usize>,
    pub(crate) limit: Option<usize>,
    /// The row that is displayed.
    pub(crate) key: Option<String>,
    order: RowOrder,
}

impl ChosenRows {
    /// Reads the parameters of a request.
    ///
    /// # Errors
    ///
    /// A value that a facet cannot have.
    pub(crate) fn read(
        state: &ReviewState,
        board: &DecisionBoard,
        values: &[Option<String>],
    ) -> Result<ChosenRows, Problem> {
        let value = |place: usize| values.get(place).and_then(Option::as_deref);
        let number = |place: usize| value(place).and_then(|text| text.parse::<usize>().ok());
        let of_rows = values.get(OWN_PARAMETERS..).unwrap_or_default();
        Ok(ChosenRows {
            filter: RowFilter::read(of_rows, &state.list, &board.people)?,
            order: value(0).and_then(RowOrder::of_word).unwrap_or_default(),
            offset: number(1),
            limit: number(2),
            key: value(3).map(str::to_owned),
        })
    }

    fn admits(&self, state: &ReviewState, board: &DecisionBoard, number: usize) -> bool {
        let row = state.list.rows.get(number).zip(board.statuses.get(number));
        row.is_some_and(|(row, status)| self.filter.admits(row, status))
    }

    /// Their numbers.
    pub(crate) fn rows<'a>(&'a self, state: &'a ReviewState, board: &'a DecisionBoard) -> impl Iterator<Item = usize> {
        let rows = state.orders.rows(self.order).iter().map(|number| *number as usize);
        rows.filter(move |number| self.admits(state, board, *number))
    }

    /// The place of a row among them, and whether it is one of them; otherwise the place that it would have.
    pub(crate) fn place(&self, state: &ReviewState, board: &DecisionBoard, row: usize) -> (usize, bool) {
        let place = state.orders.place(self.order, row);
        let before = state.orders.rows(self.order).get(..place).unwrap_or_default().iter();
        let count = before.filter(|number| self.admits(state, board, **number as usize)).count();
        (count, self.admits(state, board, row))
    }

    /// The rows before and after a row.
    pub(crate) fn neighbours(
        &self,
        state: &ReviewState,
        board: &DecisionBoard,
        row: usize,
    ) -> (Option<usize>, Option<usize>) {
        let place = state.orders.place(self.order, row);
        let rows = state.orders.rows(self.order);
        let is_one = |number: &&u32| self.admits(state, board, **number as usize);
        let before = rows.get(..place).unwrap_or_default().iter().rev().find(is_one);
        let after = rows.get(place + 1..).unwrap_or_default().iter().find(is_one);
        (before.map(|number| *number as usize), after.map(|number| *number as usize))
    }

    /// The rows after a row.
    pub(crate) fn rows_after<'a>(
        &'a self,
        state: &'a ReviewState,
        board: &'a DecisionBoard,
        row: usize,
    ) -> impl Iterator<Item = usize> {
        let place = state.orders.place(self.order, row);
        let after = state.orders.rows(self.order).get(place + 1..).unwrap_or_default().iter();
        after.map(|number| *number as usize).filter(move |number| self.admits(state, board, *number))
    }

    /// The next row after a row that nobody has decided, or else the first one; `None` where all are decided.
    pub(crate) fn next_undecided(&self, state: &ReviewState, board: &DecisionBoard, row: usize) -> Option<usize> {
        let place = state.orders.place(self.order, row);
        let rows = state.orders.rows(self.order);
        let (before, after) = rows.split_at_checked(place)?;
        let open = |number: &u32| {
            let number = *number as usize;
            let status = board.statuses.get(number).map(|status| status.kind);
            let is_open = matches!(status, Some(StatusKind::Undecided | StatusKind::Stale | StatusKind::Contradiction));
            (number != row && is_open && self.admits(state, board, number)).then_some(number)
        };
        after.iter().find_map(open).or_else(|| before.iter().find_map(open))
    }
}

/// A row as the queue lists it.
pub(crate) fn row_in_short(state: &ReviewState, board: &DecisionBoard, number: usize, words: &Words) -> Value {
    let Some((row, status)) = state.list.rows.get(number).zip(board.statuses.get(number)) else { return Value::Null };
    let decided = (status.kind != StatusKind::Undecided).then(
        || json!({ "kind": status.kind.word(), "text": status.kind.text(words), "by": board.people.text(status.by) }),
    );
    json!({
        "key": row.key,
        "name": row.name,
        "town": state.list.towns.text(row.town),
        "outcome": row.outcome,
        "outcome_text": words.outcome(row.outcome),
        "score": row.score,
        "amount": row.amount,
        "decided": decided,
    })
}
