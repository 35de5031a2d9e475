//! In what order rows are reviewed.

use crate::row_list::{ListedRow, RowList};

/// An order of the queue.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum RowOrder {
    /// What the score leaves open, the most first.
    #[default]
    Uncertainty,
    /// The most money first.
    Money,
    /// The most money that the score leaves open first.
    MoneyAtStake,
    /// The order of the supplier file.
    File,
}

impl RowOrder {
    pub(crate) const ALL: [(RowOrder, &'static str); 4] = [
        (RowOrder::Uncertainty, "uncertainty"),
        (RowOrder::Money, "money"),
        (RowOrder::MoneyAtStake, "stake"),
        (RowOrder::File, "file"),
    ];

    /// Whether it needs an amount of money.
    pub(crate) fn needs_money(self) -> bool {
        matches!(self, RowOrder::Money | RowOrder::MoneyAtStake)
    }

    pub(crate) fn of_word(word: &str) -> Option<RowOrder> {
        RowOrder::ALL.into_iter().find(|(_, known)| *known == word).map(|(order, _)| order)
    }

    fn rank(self, row: &ListedRow) -> f64 {
        let money = row.amount.map_or(0.0, f64::abs);
        match self {
            RowOrder::Uncertainty => uncertainty(row),
            RowOrder::Money => money,
            RowOrder::MoneyAtStake => uncertainty(row) * money,
            RowOrder::File => 0.0,
        }
    }
}

/// The share of doubt in a score, 0 to 1: a probability of one half leaves everything open.
fn uncertainty(row: &ListedRow) -> f64 {
    let score = row.score.unwrap_or_default().clamp(0.0, 1.0);
    4.0 * score * (1.0 - score)
}

/// The numbers of all rows in each order; rows of equal rank are in the order of the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowOrders([RowOrdering; RowOrder::ALL.len()]);

/// One order.
#[derive(Debug, Clone, Default)]
struct RowOrdering {
    rows: Vec<u32>,
    /// The place of each row.
    places: Vec<u32>,
}

impl RowOrders {
    pub(crate) fn new(list: &RowList) -> RowOrders {
        RowOrders(RowOrder::ALL.map(|(order, _)| {
            let mut ranked: Vec<(f64, u32)> =
                list.rows.iter().zip(0..).map(|(row, number)| (order.rank(row), number)).collect();
            ranked.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
            let rows: Vec<u32> = ranked.into_iter().map(|(_, number)| number).collect();
            let mut places = vec![0; rows.len()];
            for (place, row) in rows.iter().enumerate() {
                places.get_mut(*row as usize).into_iter().for_each(|known| *known = place as u32);
            }
            RowOrdering { rows, places }
        }))
    }

    fn ordering(&self, order: RowOrder) -> Option<&RowOrdering> {
        self.0.get(order as usize)
    }

    /// The numbers of the rows.
    pub(crate) fn rows(&self, order: RowOrder) -> &[u32] {
        self.ordering(order).map_or(&[], |ordering| &ordering.rows)
    }

    /// The place of a row.
    pub(crate) fn place(&self, order: RowOrder, row: usize) -> usize {
        self.ordering(order).and_then(|ordering| ordering.places.get(row)).map_or(0, |place| *place as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row_list::tests::{list_of, listed};

    #[test]
    fn rows_are_ordered_by_doubt_by_money_and_by_both() {
        let rows = [
            ("A", Some(0.99), Some(1e6)),
            ("B", Some(0.5), Some(10.0)),
            ("C", Some(0.4), Some(-5_000.0)),
            ("D", None, None),
        ];
        let list = list_of(rows.map(|(key, score, amount)| listed(key, score, amount)).into());
        let orders = RowOrders::new(&list);
        for (order, expected) in [
            (RowOrder::Uncertainty, [1, 2, 0, 3]),
            (RowOrder::Money, [0, 2, 1, 3]),
            (RowOrder::MoneyAtStake, [0, 2, 1, 3]),
            (RowOrder::File, [0, 1, 2, 3]),
        ] {
            assert_eq!(orders.rows(order), expected, "{order:?}");
            for (place, row) in expected.into_iter().enumerate() {
                assert_eq!(orders.place(order, row as usize), place);
            }
        }
    }
}
