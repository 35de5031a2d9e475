//! Text columns in few bytes: their length plus 1.25 bytes per row.
//!
//! At most 4 GiB of text per column. Values keep their rows; nothing is sorted or hashed after building.

use crate::codec::{Decode, Decoder, Encode, Encoder};
use crate::error::Error;

/// Rows per block: between two start offsets.
const BLOCK_ROWS: usize = 16;
/// The length code of a missing value.
const NULL: u8 = 0;
/// The length code of a value that another column determines.
const DERIVED: u8 = 254;
/// The length code of a value whose length is in the list of long ones.
const LONG: u8 = 255;
/// A row of a [`StringArena`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StoredText<T> {
    /// Nothing.
    Null,
    /// This text.
    Text(T),
    /// Derived from another column.
    Derived,
}

/// Concatenated texts, found by row.
#[derive(Debug, Default)]
pub(crate) struct StringArena {
    text: String,
    /// The start of each block of rows.
    starts: Vec<u32>,
    /// For each row, its length plus one, or a code.
    lengths: Vec<u8>,
    /// Rows with lengths that do not fit in a byte, with these lengths, in order.
    long: Vec<(u32, u32)>,
}

impl Encode for StringArena {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        self.text.encode(out)?;
        self.starts.encode(out)?;
        self.lengths.encode(out)?;
        self.long.iter().flat_map(|(row, length)| [*row, *length]).collect::<Vec<u32>>().encode(out)
    }
}

impl Decode for StringArena {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<StringArena> {
        let (text, starts, lengths) = (Decode::decode(from)?, Decode::decode(from)?, Decode::decode(from)?);
        let long = Vec::<u32>::decode(from)?;
        let long = long.as_chunks::<2>().0.iter().map(|[row, length]| (*row, *length)).collect();
        Ok(StringArena { text, starts, lengths, long })
    }
}

impl StringArena {
    /// Appends a row.
    pub(crate) fn push(&mut self, stored: StoredText<&str>) -> Result<(), Error> {
        if self.lengths.len().is_multiple_of(BLOCK_ROWS) {
            let start = u32::try_from(self.text.len())
                .map_err(|_| Error::TooLarge { what: "bytes of one field", limit: u64::from(u32::MAX) })?;
            self.starts.push(start);
        }
        let code = match stored {
            StoredText::Null => NULL,
            StoredText::Derived => DERIVED,
            StoredText::Text(text) => {
                self.text.push_str(text);
                match u8::try_from(text.len() + 1) {
                    Ok(code) if code < DERIVED => code,
                    _ => {
                        self.long.push((self.lengths.len() as u32, text.len() as u32));
                        LONG
                    }
                }
            }
        };
        self.lengths.push(code);
        Ok(())
    }

    /// Frees excess capacity.
    pub(crate) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.starts.shrink_to_fit();
        self.lengths.shrink_to_fit();
        self.long.shrink_to_fit();
    }

    /// The row's text.
    #[inline]
    pub(crate) fn get(&self, row: u32) -> StoredText<&str> {
        let at = row as usize;
        let first = at - at % BLOCK_ROWS;
        let (Some(start), Some(before), Some(code)) =
            (self.starts.get(at / BLOCK_ROWS), self.lengths.get(first..at), self.lengths.get(at))
        else {
            return StoredText::Null;
        };
        match *code {
            NULL => return StoredText::Null,
            DERIVED => return StoredText::Derived,
            _ => {}
        }
        let mut start = *start as usize;
        for (row, code) in (first as u32..).zip(before) {
            start += self.length(row, *code);
        }
        StoredText::Text(self.text.get(start..start + self.length(row, *code)).unwrap_or(""))
    }

    #[inline]
    fn length(&self, row: u32, code: u8) -> usize {
        match code {
            NULL | DERIVED => 0,
            LONG => self.long_length(row),
            code => usize::from(code) - 1,
        }
    }

    #[cold]
    fn long_length(&self, row: u32) -> usize {
        let place = self.long.binary_search_by_key(&row, |long| long.0);
        place.ok().and_then(|place| self.long.get(place)).map_or(0, |long| long.1 as usize)
    }

    /// Heap size in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.text.capacity()
            + self.starts.capacity() * size_of::<u32>()
            + self.lengths.capacity()
            + self.long.capacity() * size_of::<(u32, u32)>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn strings_round_trip(
            values in prop::collection::vec(prop::option::weighted(0.8, "[aé ]{0,400}"), 0..80),
            elsewhere in 1usize..40,
        ) {
            let mut strings = StringArena::default();
            let stored = |(row, value): (usize, &'_ Option<String>)| match value {
                _ if row % elsewhere == 7 => None,
                value => Some(value.clone()),
            };
            let wanted: Vec<_> = values.iter().enumerate().map(stored).collect();
            for value in &wanted {
                let stored = match value {
                    None => StoredText::Derived,
                    Some(None) => StoredText::Null,
                    Some(Some(text)) => StoredText::Text(text.as_str()),
                };
                strings.push(stored).unwrap();
            }
            strings.shrink();
            for (row, value) in (0..).zip(&wanted) {
                let stored = strings.get(row);
                match value {
                    None => prop_assert_eq!(stored, StoredText::Derived),
                    Some(None) => prop_assert_eq!(stored, StoredText::Null),
                    Some(Some(text)) => prop_assert_eq!(stored, StoredText::Text(text.as_str())),
                }
            }
            prop_assert_eq!(strings.get(values.len() as u32 + 20), StoredText::Null);
        }
    }
}
