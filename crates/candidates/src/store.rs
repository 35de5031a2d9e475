//! The columns of a shard's entries, in the order of the entries, each kept in the way that takes the least.
//!
//! - A column whose values repeat (postcodes, towns) is coded.
//! - An id that begins with its group keeps the rest (SIRET: the establishment's number).
//! - Raw text that is its cleaned text in capitals, as the registry of companies is written, is not kept.
//! - Other types stay as Arrow arrays.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray, StringBuilder, UInt32Array, new_empty_array};
use arrow::compute::{concat, take};
use arrow::datatypes::{DataType, SchemaRef};
use matchflow_model::columns::{self, MissingColumn};

use crate::error::Error;
use crate::file::{In, Kept, Out, read_all, write_all};
use crate::strings::{Coded, Held, Strings};

/// A text column, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextField(usize);

/// The columns.
#[derive(Debug)]
pub(crate) struct Store {
    schema: SchemaRef,
    columns: Vec<Column>,
    entries: usize,
}

#[derive(Debug)]
enum Column {
    Text(Strings),
    Coded(Coded),
    /// What follows the group's value; `Elsewhere` never.
    AfterGroup(Strings),
    /// `Elsewhere` where the value is that of column `of` in capitals.
    Capitals {
        of: usize,
        own: Strings,
    },
    Other(ArrayRef),
}

impl Kept for Store {
    fn write(&self, out: &mut Out<'_>) -> std::io::Result<()> {
        self.schema.write(out)?;
        (self.entries as u64).write(out)?;
        write_all(&self.columns, out)
    }

    fn read(from: &mut In<'_>) -> std::io::Result<Store> {
        Ok(Store { schema: Kept::read(from)?, entries: u64::read(from)? as usize, columns: read_all(from)? })
    }
}

impl Kept for Column {
    fn write(&self, out: &mut Out<'_>) -> std::io::Result<()> {
        match self {
            Column::Text(strings) => (0u8.write(out)?, strings.write(out)?),
            Column::Coded(coded) => (1u8.write(out)?, coded.write(out)?),
            Column::AfterGroup(strings) => (2u8.write(out)?, strings.write(out)?),
            Column::Capitals { of, own } => (3u8.write(out).and_then(|()| (*of as u64).write(out))?, own.write(out)?),
            Column::Other(array) => (4u8.write(out)?, array.write(out)?),
        };
        Ok(())
    }

    fn read(from: &mut In<'_>) -> std::io::Result<Column> {
        Ok(match u8::read(from)? {
            0 => Column::Text(Kept::read(from)?),
            1 => Column::Coded(Kept::read(from)?),
            2 => Column::AfterGroup(Kept::read(from)?),
            3 => Column::Capitals { of: u64::read(from)? as usize, own: Kept::read(from)? },
            4 => Column::Other(Kept::read(from)?),
            _ => return Err(std::io::ErrorKind::InvalidData.into()),
        })
    }
}

impl Kept for TextField {
    fn write(&self, out: &mut Out<'_>) -> std::io::Result<()> {
        (self.0 as u64).write(out)
    }

    fn read(from: &mut In<'_>) -> std::io::Result<TextField> {
        u64::read(from).map(|place| TextField(place as usize))
    }
}

/// A text column of the rows as they were pushed, with the order in which they are kept.
#[derive(Clone)]
struct Pushed<'a> {
    parts: Vec<&'a StringArray>,
    places: &'a [u32],
    part_bits: u32,
}

impl<'a> Pushed<'a> {
    fn new(parts: &'a [RecordBatch], column: usize, places: &'a [u32], part_bits: u32) -> Option<Pushed<'a>> {
        let text = |part: &'a RecordBatch| part.columns().get(column)?.as_any().downcast_ref::<StringArray>();
        Some(Pushed { parts: parts.iter().map(text).collect::<Option<_>>()?, places, part_bits })
    }

    fn iter(&self) -> impl Iterator<Item = Option<&'a str>> + Clone + '_ {
        let rows = (1usize << self.part_bits) - 1;
        self.places.iter().map(move |place| {
            let part = self.parts.get((place >> self.part_bits) as usize)?;
            columns::value(part, *place as usize & rows)
        })
    }
}

impl Store {
    /// Takes rows in parts of `2^part_bits` rows; `places` are the rows in the order of the entries. The columns named
    /// `searched` are kept so that [`Store::value`] finds their text in one piece.
    pub(crate) fn build(
        schema: SchemaRef,
        parts: &[RecordBatch],
        places: &[u32],
        part_bits: u32,
        searched: &[&str],
    ) -> Result<Store, Error> {
        let mut columns = Vec::with_capacity(schema.fields().len());
        for (number, field) in schema.fields().iter().enumerate() {
            let column = match Pushed::new(parts, number, places, part_bits) {
                Some(pushed) if field.data_type() == &DataType::Utf8 => {
                    let in_pieces = !searched.contains(&field.name().as_str());
                    let group = schema.index_of(columns::GROUP).ok();
                    let group = group.filter(|_| in_pieces && field.name() == columns::ID);
                    let group = group.and_then(|group| Pushed::new(parts, group, places, part_bits));
                    let of = field.name().strip_prefix(columns::RAW_PREFIX).filter(|_| in_pieces);
                    let of = of.and_then(|of| schema.index_of(of).ok());
                    let cleaned = of.and_then(|of| Some((of, Pushed::new(parts, of, places, part_bits)?)));
                    Column::build(&pushed, group.as_ref(), cleaned.as_ref())?
                }
                _ if parts.is_empty() => Column::Other(new_empty_array(field.data_type())),
                _ => Column::other(parts, number, places)?,
            };
            columns.push(column);
        }
        Ok(Store { schema, columns, entries: places.len() })
    }

    /// The text column called `name`.
    pub(crate) fn text(&self, name: &str) -> Result<TextField, MissingColumn> {
        let missing = || MissingColumn { column: name.to_owned(), wanted: "Utf8" };
        let place = self.schema.index_of(name).map_err(|_| missing())?;
        let is_text = self.columns.get(place).is_some_and(|column| !matches!(column, Column::Other(_)));
        is_text.then_some(TextField(place)).ok_or_else(missing)
    }

    /// The value of a field in one piece for an entry.
    #[inline]
    pub(crate) fn value(&self, field: TextField, entry: u32) -> Option<&str> {
        match self.columns.get(field.0)? {
            Column::Text(strings) => match strings.get(entry) {
                Held::Text(text) => Some(text),
                Held::Null | Held::Elsewhere => None,
            },
            Column::Coded(coded) => coded.get(entry),
            _ => None,
        }
    }

    /// The value of any field for an entry; `whole` holds it where it is not kept in one piece.
    pub(crate) fn any_value<'a>(&'a self, field: TextField, entry: u32, whole: &'a mut String) -> Option<&'a str> {
        match self.columns.get(field.0)? {
            Column::Text(_) | Column::Coded(_) => self.value(field, entry),
            column => self.whole(column, entry, whole).then_some(whole.as_str()),
        }
    }

    /// The codes of a field whose values repeat.
    pub(crate) fn coded(&self, field: TextField) -> Option<&Coded> {
        match self.columns.get(field.0)? {
            Column::Coded(coded) => Some(coded),
            _ => None,
        }
    }

    /// Puts together a value that is kept in pieces. Whether there is one.
    fn whole(&self, column: &Column, entry: u32, whole: &mut String) -> bool {
        whole.clear();
        match column {
            Column::AfterGroup(rest) => {
                let Held::Text(rest) = rest.get(entry) else { return false };
                let group = self.text(columns::GROUP).ok().and_then(|group| self.value(group, entry));
                whole.push_str(group.unwrap_or(""));
                whole.push_str(rest);
            }
            Column::Capitals { of, own } => match own.get(entry) {
                Held::Text(text) => whole.push_str(text),
                Held::Null => return false,
                Held::Elsewhere => {
                    let cleaned = self.value(TextField(*of), entry).unwrap_or("");
                    if cleaned.is_ascii() {
                        whole.push_str(cleaned);
                        whole.make_ascii_uppercase();
                    } else {
                        whole.push_str(&cleaned.to_uppercase());
                    }
                }
            },
            Column::Text(_) | Column::Coded(_) | Column::Other(_) => return false,
        }
        true
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
        let mut whole = String::new();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        for (number, column) in self.columns.iter().enumerate() {
            arrays.push(match column {
                Column::Other(array) => take(array.as_ref(), &indices, None)?,
                _ => {
                    let mut builder = StringBuilder::with_capacity(entries.len(), entries.len() * 16);
                    for entry in entries {
                        builder.append_option(self.any_value(TextField(number), *entry, &mut whole));
                    }
                    Arc::new(builder.finish())
                }
            });
        }
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.entries
    }

    /// Bytes held.
    pub(crate) fn memory_bytes(&self) -> usize {
        let bytes = |column: &Column| match column {
            Column::Text(strings) | Column::AfterGroup(strings) | Column::Capitals { own: strings, .. } => {
                strings.memory_bytes()
            }
            Column::Coded(coded) => coded.memory_bytes(),
            Column::Other(array) => array.get_array_memory_size(),
        };
        self.columns.iter().map(bytes).sum()
    }
}

impl Column {
    /// Chooses how the values are kept. `group` is given for an id, `cleaned` for raw text.
    fn build(
        pushed: &Pushed<'_>,
        group: Option<&Pushed<'_>>,
        cleaned: Option<&(usize, Pushed<'_>)>,
    ) -> Result<Column, Error> {
        if let Some(group) = group
            && let Some(rest) = after_group(pushed, group)?
        {
            return Ok(Column::AfterGroup(rest));
        }
        if let Some(coded) = Coded::build(pushed.iter())? {
            return Ok(Column::Coded(coded));
        }
        let mut own = Strings::default();
        let Some((of, cleaned)) = cleaned else {
            pushed.iter().try_for_each(|value| own.push(value.map_or(Held::Null, Held::Text)))?;
            own.shrink();
            return Ok(Column::Text(own));
        };
        for (value, cleaned) in pushed.iter().zip(cleaned.iter()) {
            own.push(match (value, cleaned) {
                (Some(value), Some(cleaned)) if is_capitals(value, cleaned) => Held::Elsewhere,
                (Some(value), _) => Held::Text(value),
                (None, _) => Held::Null,
            })?;
        }
        own.shrink();
        Ok(Column::Capitals { of: *of, own })
    }

    fn other(parts: &[RecordBatch], number: usize, places: &[u32]) -> Result<Column, Error> {
        let arrays: Vec<&dyn Array> =
            parts.iter().filter_map(|part| part.columns().get(number)).map(AsRef::as_ref).collect();
        let all = concat(&arrays)?;
        Ok(Column::Other(take(all.as_ref(), &UInt32Array::from(places.to_vec()), None)?))
    }
}

/// What follows the group in each value; `None` where a value does not begin with its group.
fn after_group(pushed: &Pushed<'_>, group: &Pushed<'_>) -> Result<Option<Strings>, Error> {
    let mut rests = Strings::default();
    for (value, group) in pushed.iter().zip(group.iter()) {
        let rest = value.and_then(|value| value.strip_prefix(group.unwrap_or("")));
        let Some(rest) = rest else { return Ok(None) };
        rests.push(Held::Text(rest))?;
    }
    rests.shrink();
    Ok(Some(rests))
}

/// Whether `raw` is `cleaned` in capitals, without allocating for what is ASCII.
fn is_capitals(raw: &str, cleaned: &str) -> bool {
    if raw.is_ascii() && cleaned.is_ascii() {
        return raw.len() == cleaned.len() && raw.bytes().eq(cleaned.bytes().map(|byte| byte.to_ascii_uppercase()));
    }
    cleaned.to_uppercase() == raw
}
