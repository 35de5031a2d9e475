//! Rows that are not as the header has them: counted by kind, each with the number of the first.

use std::ops::AddAssign;

/// Rows of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowTally {
    /// How many.
    pub rows: u64,
    /// The number of the first in its file; 0 where there is none.
    pub first: u64,
}

impl RowTally {
    /// Counts the row of this number.
    pub(crate) fn add(&mut self, row: u64) {
        *self += RowTally { rows: 1, first: row };
    }
}

impl AddAssign for RowTally {
    /// `other` is of later rows.
    fn add_assign(&mut self, other: RowTally) {
        if self.rows == 0 {
            self.first = other.first;
        }
        self.rows += other.rows;
    }
}

/// Rows that are not as the header has them. Those of text files alone: other formats know where a cell is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IrregularRows {
    /// With fewer cells than the header; those that lack are empty.
    pub short: RowTally,
    /// With more cells than the header; none of their cells is used.
    pub long: RowTally,
    /// Whose quotes are not as RFC 4180 has them; read in another way that gives as many cells as the header.
    pub quotes: RowTally,
    /// That cannot be read surely; none of their cells is used.
    pub unreadable: RowTally,
    /// That repeat the header; they are no records.
    pub repeated_headers: RowTally,
}

/// The kinds of [`IrregularRows`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowIrregularity {
    /// [`IrregularRows::short`].
    Short,
    /// [`IrregularRows::long`].
    Long,
    /// [`IrregularRows::quotes`].
    Quotes,
    /// [`IrregularRows::unreadable`].
    Unreadable,
    /// [`IrregularRows::repeated_headers`].
    RepeatedHeader,
}

impl RowIrregularity {
    /// Its name in events.
    pub fn name(self) -> &'static str {
        match self {
            RowIrregularity::Short => "short",
            RowIrregularity::Long => "long",
            RowIrregularity::Quotes => "quotes",
            RowIrregularity::Unreadable => "unreadable",
            RowIrregularity::RepeatedHeader => "repeated_header",
        }
    }
}

impl IrregularRows {
    /// Adds to the numbers of the rows.
    pub(crate) fn move_rows(&mut self, rows: u64) {
        let kinds =
            [&mut self.short, &mut self.long, &mut self.quotes, &mut self.unreadable, &mut self.repeated_headers];
        kinds.into_iter().filter(|tally| tally.rows > 0).for_each(|tally| tally.first += rows);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == IrregularRows::default()
    }

    /// Those kinds of which there are some.
    pub fn kinds(&self) -> impl Iterator<Item = (RowIrregularity, RowTally)> + use<> {
        let kinds = [
            (RowIrregularity::Short, self.short),
            (RowIrregularity::Long, self.long),
            (RowIrregularity::Quotes, self.quotes),
            (RowIrregularity::Unreadable, self.unreadable),
            (RowIrregularity::RepeatedHeader, self.repeated_headers),
        ];
        kinds.into_iter().filter(|(_, tally)| tally.rows > 0)
    }
}

impl AddAssign for IrregularRows {
    fn add_assign(&mut self, other: IrregularRows) {
        self.short += other.short;
        self.long += other.long;
        self.quotes += other.quotes;
        self.unreadable += other.unreadable;
        self.repeated_headers += other.repeated_headers;
    }
}
