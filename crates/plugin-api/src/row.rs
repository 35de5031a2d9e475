//! Views over the column buffers: a row reads its values in place.

use crate::Column;

/// Separates the values of a cell that holds several (U+001F, the ASCII unit separator).
pub const ALTERNATIVE: u8 = 0x1f;

/// One row of one side: a value for each input of the scorer, in the order of [`crate::Scorer::INPUTS`].
#[derive(Clone, Copy)]
pub struct Row<'a> {
    columns: &'a [Column],
    index: usize,
}

impl<'a> Row<'a> {
    /// Row `index` of `columns`.
    pub fn new(columns: &'a [Column], index: usize) -> Self {
        Row { columns, index }
    }

    /// The value of an input as bytes (UTF-8), or `None` where it is missing, empty, or was not given.
    pub fn bytes(&self, input: usize) -> Option<&'a [u8]> {
        let column = self.columns.get(input)?;
        if column.valid.get(self.index) == Some(&0) {
            return None;
        }
        let start = *column.offsets.get(self.index)? as usize;
        let end = *column.offsets.get(self.index + 1)? as usize;
        column.data.get(start..end).filter(|value| !value.is_empty())
    }

    /// The value of an input as text; see [`Row::bytes`].
    pub fn text(&self, input: usize) -> Option<&'a str> {
        std::str::from_utf8(self.bytes(input)?).ok()
    }
}

/// The values of one cell: one for most, several where the field holds alternatives. Empty ones are left out.
pub fn alternatives(cell: &[u8]) -> impl Iterator<Item = &[u8]> {
    cell.split(|&byte| byte == ALTERNATIVE).filter(|value| !value.is_empty())
}

/// The best score over all pairs of alternatives; `None` where a side has none. Stops at 1, the best there is.
pub fn best_alternative<T>(left: &[T], right: &[T], score: impl Fn(&T, &T) -> f32) -> Option<f32> {
    let mut best: Option<f32> = None;
    for one in left {
        for other in right {
            let value = score(one, other);
            if best.is_none_or(|best| value > best) {
                best = Some(value);
            }
            if value >= 1.0 {
                return best;
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column() -> Column {
        Column { offsets: vec![0, 2, 2, 5, 6], data: b"ab\x1fcdx".to_vec(), valid: vec![1, 1, 1, 0] }
    }

    #[test]
    fn values_are_found_by_their_offsets() {
        let columns = [column()];
        let values: Vec<_> = (0..5).map(|index| Row::new(&columns, index).text(0)).collect();
        assert_eq!(values, [Some("ab"), None, Some("\u{1f}cd"), None, None]);
        assert_eq!(Row::new(&columns, 0).bytes(1), None, "an input that was not given");
    }

    #[test]
    fn offsets_that_point_outside_read_as_missing() {
        let columns = [Column { offsets: vec![0, 9, 3], data: b"abc".to_vec(), valid: Vec::new() }];
        assert_eq!(Row::new(&columns, 0).bytes(0), None);
        assert_eq!(Row::new(&columns, 1).bytes(0), None);
    }

    #[test]
    fn alternatives_leave_out_empty_ones() {
        let found: Vec<_> = alternatives(b"\x1fab\x1f\x1fc").collect();
        assert_eq!(found, [b"ab".as_slice(), b"c"]);
    }

    #[test]
    fn the_best_alternative_counts() {
        let score = |one: &i32, other: &i32| (one * other) as f32 / 10.0;
        assert_eq!(best_alternative(&[1, 2], &[3, 4], score), Some(0.8));
        assert_eq!(best_alternative(&[], &[3], score), None);
    }
}
