//! Views over the column buffers: a row reads its values in place.

use crate::Column;

/// Separates the values of a multi-valued cell (U+001F, the ASCII unit separator).
pub const ALTERNATIVE: u8 = 0x1f;

/// The rows of one side, as columns: one for each input of the scorer, in the order of [`crate::Scorer::INPUTS`].
pub struct Rows<'a> {
    columns: &'a [Column],
    /// For each column with rarities, the start of each row's rarities, then their total number.
    rarity_starts: Vec<Vec<u32>>,
}

impl<'a> Rows<'a> {
    /// The rows of these columns, or the problem with their rarities.
    pub fn new(columns: &'a [Column]) -> Result<Self, String> {
        let rarity_starts = columns.iter().map(rarity_starts).collect::<Result<_, _>>()?;
        Ok(Rows { columns, rarity_starts })
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |column| column.offsets.len().saturating_sub(1))
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Row `index`.
    pub fn row<'r>(&'r self, index: usize) -> Row<'r> {
        Row { rows: self, index }
    }
}

fn rarity_starts(column: &Column) -> Result<Vec<u32>, String> {
    if column.rarity.is_empty() {
        return Ok(Vec::new());
    }
    let mut starts = Vec::with_capacity(column.offsets.len());
    let mut count = 0;
    for ends in column.offsets.windows(2) {
        starts.push(count);
        if let [start, end] = ends {
            count += split_words(column.data.get(*start as usize..*end as usize).unwrap_or_default()).count() as u32;
        }
    }
    starts.push(count);
    match count as usize == column.rarity.len() {
        true => Ok(starts),
        false => Err(format!("{} rarities for {count} words", column.rarity.len())),
    }
}

/// One row of one side: a value for each input of the scorer.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    rows: &'a Rows<'a>,
    index: usize,
}

/// One of the values of a cell, with the rarities of its words.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value<'a> {
    /// The value, UTF-8. Never empty.
    pub bytes: &'a [u8],
    /// The rarity of each of its words, 0 to 1, in order; empty if the host provides none.
    pub rarity: &'a [f32],
}

impl<'a> Row<'a> {
    /// The value of an input as bytes (UTF-8), or `None` if it is missing, empty, or was not provided.
    pub fn bytes(&self, input: usize) -> Option<&'a [u8]> {
        let column = self.rows.columns.get(input)?;
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

    /// The alternatives of an input, each with the rarities of its words.
    pub fn values(&self, input: usize) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let mut rarity = self.rarity(input);
        alternatives(self.bytes(input).unwrap_or_default()).map(move |bytes| {
            let count = if rarity.is_empty() { 0 } else { split_words(bytes).count().min(rarity.len()) };
            let (value_rarity, rest) = rarity.split_at(count);
            rarity = rest;
            Value { bytes, rarity: value_rarity }
        })
    }

    fn rarity(&self, input: usize) -> &'a [f32] {
        let found = || {
            let starts = self.rows.rarity_starts.get(input)?;
            let (start, end) = (*starts.get(self.index)?, *starts.get(self.index + 1)?);
            self.rows.columns.get(input)?.rarity.get(start as usize..end as usize)
        };
        found().unwrap_or_default()
    }
}

/// The words of a value, as counted by rarities: the parts between spaces and [`ALTERNATIVE`]s.
pub fn split_words(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&byte| byte == b' ' || byte == ALTERNATIVE).filter(|word| !word.is_empty())
}

/// The values of one cell: usually one, several if the field has alternatives. Empty ones are omitted.
pub fn alternatives(cell: &[u8]) -> impl Iterator<Item = &[u8]> {
    cell.split(|&byte| byte == ALTERNATIVE).filter(|value| !value.is_empty())
}

/// The pair of alternatives that [`best_alternative`] takes its score from.
pub fn best_pair<'a, T>(left: &'a [T], right: &'a [T], score: impl Fn(&T, &T) -> f32) -> Option<(&'a T, &'a T)> {
    let best = best_alternative(left, right, &score)?;
    let mut pairs = left.iter().flat_map(|one| right.iter().map(move |other| (one, other)));
    pairs.find(|(one, other)| score(one, other) == best)
}

/// The best score over all pairs of alternatives; `None` if a side has none. Stops at 1, the maximum.
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
        Column {
            offsets: vec![0, 2, 2, 5, 6],
            data: b"ab\x1fcdx".to_vec(),
            valid: vec![1, 1, 1, 0],
            rarity: Vec::new(),
        }
    }

    #[test]
    fn values_are_found_by_their_offsets() {
        let columns = [column()];
        let rows = Rows::new(&columns).unwrap();
        let values: Vec<_> = (0..5).map(|index| rows.row(index).text(0)).collect();
        assert_eq!((rows.len(), values), (4, vec![Some("ab"), None, Some("\u{1f}cd"), None, None]));
        assert_eq!(rows.row(0).bytes(1), None, "an input that was not given");
    }

    #[test]
    fn offsets_that_point_outside_read_as_missing() {
        let columns = [Column { offsets: vec![0, 9, 3], data: b"abc".to_vec(), valid: Vec::new(), rarity: Vec::new() }];
        let rows = Rows::new(&columns).unwrap();
        assert_eq!((rows.row(0).bytes(0), rows.row(1).bytes(0)), (None, None));
    }

    #[test]
    fn each_alternative_has_the_rarities_of_its_words() {
        let data = b"sncf\x1fgare de lyonmartin".to_vec();
        let column = |rarity: &[f32]| {
            [Column { offsets: vec![0, 17, 17, 23], data: data.clone(), valid: Vec::new(), rarity: rarity.to_vec() }]
        };
        let columns = column(&[0.9, 0.5, 0.1, 0.4, 0.3]);
        let rows = Rows::new(&columns).unwrap();
        let value = |bytes, rarity| Value { bytes, rarity };
        let first: Vec<_> = rows.row(0).values(0).collect();
        assert_eq!(first, [value(b"sncf".as_slice(), [0.9].as_slice()), value(b"gare de lyon", &[0.5, 0.1, 0.4])]);
        assert_eq!(rows.row(1).values(0).count(), 0);
        assert_eq!(rows.row(2).values(0).collect::<Vec<_>>(), [value(b"martin", &[0.3])]);
        let without = column(&[]);
        let rows = Rows::new(&without).unwrap();
        assert!(rows.row(0).values(0).all(|value| value.rarity.is_empty()));
        let few = column(&[0.9]);
        assert!(Rows::new(&few).err().unwrap().contains("1 rarities for 5 words"));
    }

    #[test]
    fn empty_alternatives_are_omitted() {
        let found: Vec<_> = alternatives(b"\x1fab\x1f\x1fc").collect();
        assert_eq!(found, [b"ab".as_slice(), b"c"]);
    }

    #[test]
    fn the_best_alternative_counts() {
        let score = |one: &i32, other: &i32| (one * other) as f32 / 10.0;
        assert_eq!(best_alternative(&[1, 2], &[3, 4], score), Some(0.8));
        assert_eq!(best_pair(&[1, 2], &[3, 4], score), Some((&2, &4)));
        assert_eq!((best_alternative(&[], &[3], score), best_pair(&[], &[3], score)), (None, None));
    }
}
