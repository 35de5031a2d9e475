//! The representations of columns: the smallest is chosen.
//!
//! - Repeated values (postcodes, towns) are dictionary-coded, digits are numbers.
//! - An id that begins with its group only stores the rest (SIRET: the establishment's number).
//! - Raw text that equals its cleaned text, or that in capitals as INSEE's registry is written, is not stored.
//! - Repeated words (streets, raw names) are coded, if no search needs the text to be contiguous.
//! - Other types remain Arrow arrays.

use arrow::array::ArrayRef;

use crate::bit_packed::BitPackedInts;
use crate::codec::{Decode, Decoder, Encode, Encoder, codec};
use crate::dictionary_column::DictionaryColumn;
use crate::error::Error;
use crate::string_arena::{StoredText, StringArena};
use crate::token_column::TokenColumn;

/// A column.
#[derive(Debug)]
pub(crate) enum Column {
    Text(StringArena),
    Dictionary(DictionaryColumn),
    Tokens(TokenColumn),
    Digits(Digits),
    /// The suffix after the group's value: coded or text, never `Derived`.
    AfterGroup(Box<Column>),
    /// The values of this column.
    Same(usize),
    /// `Derived` if the value is that of column `of` in capitals. `exceptions` is text or words.
    Capitals {
        of: usize,
        exceptions: Box<Column>,
    },
    Other(ArrayRef),
}

/// Texts of digits only, all of the same length, at most [`DIGITS_MAX`].
#[derive(Debug)]
pub(crate) struct Digits {
    length: u8,
    numbers: BitPackedInts,
}

/// Number of digits that fit in 32 bits.
const DIGITS_MAX: usize = 9;

codec!(Digits { length, numbers });

impl Encode for Column {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        match self {
            Column::Text(strings) => (0u8.encode(out)?, strings.encode(out)?),
            Column::Dictionary(dictionary) => (1u8.encode(out)?, dictionary.encode(out)?),
            Column::AfterGroup(rest) => (2u8.encode(out)?, rest.encode(out)?),
            Column::Capitals { of, exceptions } => {
                (3u8.encode(out).and_then(|()| (*of as u64).encode(out))?, exceptions.encode(out)?)
            }
            Column::Other(array) => (4u8.encode(out)?, array.encode(out)?),
            Column::Tokens(tokens) => (5u8.encode(out)?, tokens.encode(out)?),
            Column::Digits(digits) => (6u8.encode(out)?, digits.encode(out)?),
            Column::Same(of) => (7u8.encode(out)?, (*of as u64).encode(out)?),
        };
        Ok(())
    }
}

impl Decode for Column {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<Column> {
        let kind = u8::decode(from)?;
        Ok(match kind {
            2 => Column::AfterGroup(Box::new(Column::read_plain(from)?)),
            3 => Column::Capitals { of: u64::decode(from)? as usize, exceptions: Box::new(Column::read_plain(from)?) },
            4 => Column::Other(Decode::decode(from)?),
            6 => Column::Digits(Decode::decode(from)?),
            7 => Column::Same(u64::decode(from)? as usize),
            kind => Column::plain(kind, from)?,
        })
    }
}

impl Column {
    /// Chooses the representation of text that no search needs to be contiguous. `group` is given for an id; `cleaned`,
    /// with its position, for raw text.
    pub(crate) fn in_pieces<'a, V: Iterator<Item = Option<&'a str>> + Clone>(
        values: V,
        group: Option<V>,
        cleaned: Option<(usize, V)>,
    ) -> Result<Column, Error> {
        if let Some(group) = group
            && let Some(rest) = after_group(&values, group)?
        {
            return Ok(Column::AfterGroup(Box::new(rest)));
        }
        if let Some((of, cleaned)) = &cleaned
            && values.clone().eq(cleaned.clone())
        {
            return Ok(Column::Same(*of));
        }
        if let Some(dictionary) = DictionaryColumn::build(values.clone())? {
            return Ok(Column::Dictionary(dictionary));
        }
        if let Some(digits) = Digits::build(values.clone()) {
            return Ok(Column::Digits(digits));
        }
        let Some((of, cleaned)) = cleaned else { return Column::words(values.map(stored)) };
        let exceptions = values.zip(cleaned).map(|(value, cleaned)| match (value, cleaned) {
            (Some(value), Some(cleaned)) if is_capitals(value, cleaned) => StoredText::Derived,
            (value, _) => stored(value),
        });
        Ok(Column::Capitals { of, exceptions: Box::new(Column::words(exceptions)?) })
    }

    /// Stores text that searches need to be contiguous.
    pub(crate) fn in_one_piece<'a>(values: impl Iterator<Item = Option<&'a str>> + Clone) -> Result<Column, Error> {
        match DictionaryColumn::build(values.clone())? {
            Some(dictionary) => Ok(Column::Dictionary(dictionary)),
            None => Column::text(values.map(stored)),
        }
    }

    /// Appends the value of a self-contained column to `buffer`.
    pub(crate) fn add_text(&self, row: u32, buffer: &mut String) -> StoredText<()> {
        let text = match self {
            Column::Tokens(tokens) => return tokens.add(row, buffer),
            Column::Text(strings) => strings.get(row),
            Column::Dictionary(dictionary) => stored(dictionary.get(row)),
            _ => StoredText::Null,
        };
        match text {
            StoredText::Text(text) => {
                buffer.push_str(text);
                StoredText::Text(())
            }
            StoredText::Null => StoredText::Null,
            StoredText::Derived => StoredText::Derived,
        }
    }

    /// Whether each value is stored contiguously.
    pub(crate) fn is_in_one_piece(&self) -> bool {
        matches!(self, Column::Text(_) | Column::Dictionary(_))
    }

    /// Heap size in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Column::Text(strings) => strings.memory_bytes(),
            Column::Dictionary(dictionary) => dictionary.memory_bytes(),
            Column::Tokens(tokens) => tokens.memory_bytes(),
            Column::Digits(digits) => digits.numbers.memory_bytes(),
            Column::AfterGroup(column) | Column::Capitals { exceptions: column, .. } => column.memory_bytes(),
            Column::Same(_) => 0,
            Column::Other(array) => array.get_array_memory_size(),
        }
    }

    fn text<'a>(values: impl Iterator<Item = StoredText<&'a str>>) -> Result<Column, Error> {
        let mut strings = StringArena::default();
        for value in values {
            strings.push(value)?;
        }
        strings.shrink();
        Ok(Column::Text(strings))
    }

    /// Stores words, if that is smaller.
    fn words<'a>(values: impl Iterator<Item = StoredText<&'a str>> + Clone) -> Result<Column, Error> {
        let text_bytes: usize =
            values.clone().map(|value| if let StoredText::Text(text) = value { text.len() } else { 0 }).sum();
        match TokenColumn::build(values.clone())? {
            Some(tokens) if tokens.memory_bytes() < text_bytes => Ok(Column::Tokens(tokens)),
            _ => Column::text(values),
        }
    }

    /// Reads a self-contained column, of which the others are composed.
    fn read_plain(from: &mut Decoder<'_>) -> std::io::Result<Column> {
        let kind = u8::decode(from)?;
        Column::plain(kind, from)
    }

    fn plain(kind: u8, from: &mut Decoder<'_>) -> std::io::Result<Column> {
        Ok(match kind {
            0 => Column::Text(Decode::decode(from)?),
            1 => Column::Dictionary(Decode::decode(from)?),
            5 => Column::Tokens(Decode::decode(from)?),
            _ => return Err(std::io::ErrorKind::InvalidData.into()),
        })
    }
}

impl Digits {
    fn build<'a>(values: impl Iterator<Item = Option<&'a str>> + Clone) -> Option<Digits> {
        let length = values.clone().next()??.len();
        let number = |value: Option<&str>| {
            let value =
                value.filter(|value| value.len() == length && value.bytes().all(|byte| byte.is_ascii_digit()))?;
            value.parse::<u32>().ok()
        };
        if !(1..=DIGITS_MAX).contains(&length) {
            return None;
        }
        let numbers = values.map(number).collect::<Option<Vec<u32>>>()?;
        let largest = numbers.iter().copied().max().unwrap_or(0);
        Some(Digits { length: length as u8, numbers: BitPackedInts::new(numbers.into_iter(), largest) })
    }

    /// Appends a row's digits.
    pub(crate) fn add(&self, row: u32, buffer: &mut String) {
        let mut number = self.numbers.get(row as usize);
        let mut digits = [b'0'; DIGITS_MAX];
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
        let start = DIGITS_MAX.saturating_sub(usize::from(self.length));
        let digits = digits.get(start..).and_then(|digits| std::str::from_utf8(digits).ok());
        buffer.push_str(digits.unwrap_or_default());
    }
}

fn stored(value: Option<&str>) -> StoredText<&str> {
    value.map_or(StoredText::Null, StoredText::Text)
}

/// The suffix after the group of each value; `None` if a value does not begin with its group.
fn after_group<'a>(
    values: &(impl Iterator<Item = Option<&'a str>> + Clone),
    group: impl Iterator<Item = Option<&'a str>> + Clone,
) -> Result<Option<Column>, Error> {
    let rest = |(value, group): (Option<&'a str>, Option<&str>)| value?.strip_prefix(group.unwrap_or(""));
    let rests = values.clone().zip(group).map(rest);
    match rests.clone().all(|rest| rest.is_some()) {
        true => Column::in_one_piece(rests).map(Some),
        false => Ok(None),
    }
}

/// Whether `raw` is `cleaned` in capitals; does not allocate for ASCII.
fn is_capitals(raw: &str, cleaned: &str) -> bool {
    if raw.is_ascii() && cleaned.is_ascii() {
        return raw.len() == cleaned.len() && raw.bytes().eq(cleaned.bytes().map(|byte| byte.to_ascii_uppercase()));
    }
    cleaned.to_uppercase() == raw
}
