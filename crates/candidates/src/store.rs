//! The columns of a shard's entries, in the order of the entries (see [`Column`] for their representations).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, NullBufferBuilder, RecordBatch, StringArray, UInt32Array, new_empty_array};
use arrow::buffer::{Buffer, OffsetBuffer};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, SchemaRef};
use matchflow_model::columns::{self, MissingColumn};

use crate::codec::{Decode, Decoder, Encode, Encoder, decode_all, encode_all};
use crate::column::Column;
use crate::dictionary_column::DictionaryColumn;
use crate::error::Error;
use crate::string_arena::StoredText;

/// A text column, by position.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TextField(usize);

/// The columns.
#[derive(Debug)]
pub(crate) struct ColumnStore {
    schema: SchemaRef,
    columns: Vec<Column>,
    entries: usize,
    /// The position of the group.
    group: Option<TextField>,
}

impl Encode for ColumnStore {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        self.schema.encode(out)?;
        (self.entries as u64).encode(out)?;
        encode_all(&self.columns, out)
    }
}

impl Decode for ColumnStore {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<ColumnStore> {
        let (schema, entries) = (SchemaRef::decode(from)?, u64::decode(from)? as usize);
        Ok(ColumnStore { group: group_of(&schema), schema, entries, columns: decode_all(from)? })
    }
}

impl Encode for TextField {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        (self.0 as u64).encode(out)
    }
}

impl Decode for TextField {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<TextField> {
        u64::decode(from).map(|place| TextField(place as usize))
    }
}

/// A text column of the rows as pushed, with the order in which they are stored.
#[derive(Clone)]
struct ReorderedColumn<'a> {
    parts: Vec<&'a StringArray>,
    places: &'a [u32],
    part_bits: u32,
}

impl<'a> ReorderedColumn<'a> {
    fn new(parts: &'a [RecordBatch], column: usize, places: &'a [u32], part_bits: u32) -> Option<ReorderedColumn<'a>> {
        let text = |part: &'a RecordBatch| part.columns().get(column)?.as_any().downcast_ref::<StringArray>();
        Some(ReorderedColumn { parts: parts.iter().map(text).collect::<Option<_>>()?, places, part_bits })
    }

    fn iter(&self) -> impl Iterator<Item = Option<&'a str>> + Clone + '_ {
        let rows = (1usize << self.part_bits) - 1;
        self.places.iter().map(move |place| {
            let part = self.parts.get((place >> self.part_bits) as usize)?;
            columns::value(part, *place as usize & rows)
        })
    }
}

impl ColumnStore {
    /// Takes rows in parts of `2^part_bits` rows; `places` are the rows in the order of the entries. The columns
    /// `searched` are stored so that [`ColumnStore::value`] finds their text contiguous.
    pub(crate) fn build(
        schema: SchemaRef,
        parts: &[RecordBatch],
        places: &[u32],
        part_bits: u32,
        searched: &[&str],
    ) -> Result<ColumnStore, Error> {
        let mut columns = Vec::with_capacity(schema.fields().len());
        for (number, field) in schema.fields().iter().enumerate() {
            let column = match ReorderedColumn::new(parts, number, places, part_bits) {
                Some(reordered) if field.data_type() == &DataType::Utf8 => {
                    let in_pieces = !searched.contains(&field.name().as_str());
                    let group = schema.index_of(columns::GROUP).ok();
                    let group = group.filter(|_| in_pieces && field.name() == columns::ID);
                    let group = group.and_then(|group| ReorderedColumn::new(parts, group, places, part_bits));
                    let of = field.name().strip_prefix(columns::RAW_PREFIX).filter(|_| in_pieces);
                    let of = of.and_then(|of| schema.index_of(of).ok());
                    let cleaned = of.and_then(|of| Some((of, ReorderedColumn::new(parts, of, places, part_bits)?)));
                    if in_pieces {
                        let cleaned = cleaned.as_ref().map(|(of, cleaned)| (*of, cleaned.iter()));
                        Column::in_pieces(reordered.iter(), group.as_ref().map(ReorderedColumn::iter), cleaned)?
                    } else {
                        Column::in_one_piece(reordered.iter())?
                    }
                }
                _ if parts.is_empty() => Column::Other(new_empty_array(field.data_type())),
                _ => Column::Other(in_order(parts, number, places)?),
            };
            columns.push(column);
        }
        Ok(ColumnStore { group: group_of(&schema), schema, columns, entries: places.len() })
    }

    /// The text column called `name`.
    pub(crate) fn text(&self, name: &str) -> Result<TextField, MissingColumn> {
        let missing = || MissingColumn { column: name.to_owned(), expected: "Utf8" };
        let place = self.schema.index_of(name).map_err(|_| missing())?;
        let is_text = self.columns.get(place).is_some_and(|column| !matches!(column, Column::Other(_)));
        is_text.then_some(TextField(place)).ok_or_else(missing)
    }

    /// The value of a field that is stored contiguously.
    #[inline]
    pub(crate) fn value(&self, field: TextField, entry: u32) -> Option<&str> {
        match self.columns.get(field.0)? {
            Column::Text(strings) => match strings.get(entry) {
                StoredText::Text(text) => Some(text),
                StoredText::Null | StoredText::Derived => None,
            },
            Column::Dictionary(dictionary) => dictionary.get(entry),
            _ => None,
        }
    }

    /// The value of any field for an entry; `buffer` holds it if it is not stored contiguously.
    pub(crate) fn any_value<'a>(&'a self, field: TextField, entry: u32, buffer: &'a mut String) -> Option<&'a str> {
        if self.columns.get(field.0)?.is_in_one_piece() {
            return self.value(field, entry);
        }
        buffer.clear();
        self.add(field, entry, buffer).then_some(buffer.as_str())
    }

    /// The codes of a field with repeated values.
    pub(crate) fn dictionary(&self, field: TextField) -> Option<&DictionaryColumn> {
        match self.columns.get(field.0)? {
            Column::Dictionary(dictionary) => Some(dictionary),
            _ => None,
        }
    }

    /// Adds a value to `buffer`. Whether there is one; where there is none, something may have been added.
    fn add(&self, field: TextField, entry: u32, buffer: &mut String) -> bool {
        let Some(column) = self.columns.get(field.0) else { return false };
        match column {
            Column::Text(_) | Column::Dictionary(_) | Column::Tokens(_) => {
                column.add_text(entry, buffer) == StoredText::Text(())
            }
            Column::Digits(digits) => {
                digits.add(entry, buffer);
                true
            }
            Column::Same(of) => *of != field.0 && self.add(TextField(*of), entry, buffer),
            Column::AfterGroup(rest) => {
                if let Some(group) = self.group.filter(|group| *group != field) {
                    self.add(group, entry, buffer);
                }
                rest.add_text(entry, buffer) == StoredText::Text(())
            }
            Column::Capitals { of, exceptions } => match exceptions.add_text(entry, buffer) {
                StoredText::Text(()) => true,
                StoredText::Null => false,
                StoredText::Derived => {
                    let start = buffer.len();
                    self.add(TextField(*of), entry, buffer);
                    match buffer.get_mut(start..) {
                        Some(added) if added.is_ascii() => added.make_ascii_uppercase(),
                        _ => {
                            let added = buffer.split_off(start);
                            buffer.push_str(&added.to_uppercase());
                        }
                    }
                    true
                }
            },
            Column::Other(_) => false,
        }
    }

    /// The entries' rows, in the order given, with every column.
    pub(crate) fn take(&self, entries: &[u32]) -> Result<RecordBatch, Error> {
        let count = self.entries as u64;
        if let Some(entry) = entries.iter().find(|entry| u64::from(**entry) >= count) {
            return Err(Error::OutOfRange { what: "entry", number: u64::from(*entry), count });
        }
        if entries.is_empty() {
            return Ok(RecordBatch::new_empty(Arc::clone(&self.schema)));
        }
        let indices = UInt32Array::from(entries.to_vec());
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        for (number, column) in self.columns.iter().enumerate() {
            let array = match column {
                Column::Other(array) => take(array.as_ref(), &indices, None)?,
                Column::Same(of) => match arrays.get(*of) {
                    Some(array) => Arc::clone(array),
                    None => self.take_text(number, entries)?,
                },
                _ => self.take_text(number, entries)?,
            };
            arrays.push(array);
        }
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)
    }

    /// The values of a text column, written one after the other into the array that has them.
    fn take_text(&self, number: usize, entries: &[u32]) -> Result<ArrayRef, Error> {
        let mut texts = String::with_capacity(entries.len() * 16);
        let mut offsets = Vec::with_capacity(entries.len() + 1);
        offsets.push(0);
        let mut nulls = NullBufferBuilder::new(entries.len());
        for entry in entries {
            let start = texts.len();
            let has_value = self.add(TextField(number), *entry, &mut texts);
            if !has_value {
                texts.truncate(start);
            }
            nulls.append(has_value);
            let end = i32::try_from(texts.len());
            offsets.push(end.map_err(|_| Error::OutOfRange {
                what: "byte",
                number: texts.len() as u64,
                count: i32::MAX as u64,
            })?);
        }
        let offsets = OffsetBuffer::new(offsets.into());
        Ok(Arc::new(StringArray::try_new(offsets, Buffer::from_vec(texts.into_bytes()), nulls.finish())?))
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries
    }

    /// Heap size in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.columns.iter().map(Column::memory_bytes).sum()
    }
}

fn group_of(schema: &SchemaRef) -> Option<TextField> {
    schema.index_of(columns::GROUP).ok().map(TextField)
}

/// The rows' values of a non-text column, in the order of `places`.
fn in_order(parts: &[RecordBatch], number: usize, places: &[u32]) -> Result<ArrayRef, Error> {
    let arrays: Vec<&dyn Array> =
        parts.iter().filter_map(|part| part.columns().get(number)).map(AsRef::as_ref).collect();
    let all = concat(&arrays)?;
    Ok(take(all.as_ref(), &UInt32Array::from(places.to_vec()), None)?)
}
