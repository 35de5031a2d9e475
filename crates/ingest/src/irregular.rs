//! Rows that do not fit the header: counted by kind, each with the number of the first.

use std::ops::AddAssign;

/// Rows of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowTally {
    /// Number of rows.
    pub rows: u64,
    /// Number of the first such row in its file; 0 if there is none.
    pub first: u64,
}

impl RowTally {
    /// Counts the row with this number.
    pub(crate) fn add(&mut self, row: u64) {
        *self += RowTally { rows: 1, first: row };
    }
}

impl AddAssign for RowTally {
    /// `other` must be of later rows.
    fn add_assign(&mut self, other: RowTally) {
        if self.rows == 0 {
            self.first = other.first;
        }
        self.rows += other.rows;
    }
}

/// Rows that do not fit the header. Only text files have them: in other formats the position of a cell is certain.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IrregularRows {
    /// With fewer cells than the header; the missing cells are empty.
    pub short: RowTally,
    /// With more cells than the header; none of their cells is used.
    pub long: RowTally,
    /// With quotes that violate RFC 4180; another reading gives as many cells as the header.
    pub quotes: RowTally,
    /// That cannot be read reliably; none of their cells is used.
    pub unreadable: RowTally,
    /// That repeat the header; they are not records.
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
    /// The name in events.
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
    /// Shifts the numbers of the rows.
    pub(crate) fn move_rows(&mut self, rows: u64) {
        let kinds =
            [&mut self.short, &mut self.long, &mut self.quotes, &mut self.unreadable, &mut self.repeated_headers];
        kinds.into_iter().filter(|tally| tally.rows > 0).for_each(|tally| tally.first += rows);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == IrregularRows::default()
    }

    /// The kinds with at least one row.
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
