//! Agreement of entries with a row on the fields that only break ties (postcode, town).
//!
//! Each such field is compared by a code per entry, so that all establishments of La Poste are compared in a single
//! pass over memory: the code of the registry's own column, or a 32-bit hash if its values do not repeat. Two values
//! may share a hash (once in four billion): this reorders candidates that are otherwise equal, no more.
//!
//! The codes of a group's entries are also hashed into a *signature* of 64 bits, which can show that none of the
//! entries agrees without reading them.

use std::ops::Range;

use arrow::array::{RecordBatch, StringArray};
use matchflow_model::columns;
use matchflow_model::digest;
use matchflow_model::plan::InputPair;

use crate::codec::{Decode, Decoder, Encode, Encoder, codec, decode_all, encode_all};
use crate::error::Error;
use crate::registry::{Registry, TextField};

/// Maximum number of fields compared: more would add nothing to the order of equals.
const FIELDS_MAX: usize = 8;
/// The code of a missing value.
const NONE: u32 = 0;
/// The code of multiple values: the cell itself is read.
const SEVERAL: u32 = 1;

/// The codes of the fields that searches prefer.
#[derive(Debug, Default)]
pub(crate) struct Agreement {
    fields: Vec<Field>,
}

#[derive(Debug)]
struct Field {
    name: String,
    text: TextField,
    codes: FieldCodes,
}

#[derive(Debug)]
enum FieldCodes {
    /// Hashes, by entry.
    Hashes(Vec<u32>),
    /// The column's own codes; whether each code represents multiple values.
    Column(Vec<bool>),
}

impl Encode for Agreement {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        encode_all(&self.fields, out)
    }
}

impl Decode for Agreement {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<Agreement> {
        Ok(Agreement { fields: decode_all(from)? })
    }
}

codec!(Field { name, text, codes });

impl Encode for FieldCodes {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        match self {
            FieldCodes::Hashes(codes) => (0u8.encode(out)?, codes.encode(out)?),
            FieldCodes::Column(several) => {
                (1u8.encode(out)?, several.iter().copied().map(u8::from).collect::<Vec<u8>>().encode(out)?)
            }
        };
        Ok(())
    }
}

impl Decode for FieldCodes {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<FieldCodes> {
        Ok(match u8::decode(from)? {
            0 => FieldCodes::Hashes(Decode::decode(from)?),
            _ => FieldCodes::Column(Vec::<u8>::decode(from)?.into_iter().map(|several| several == 1).collect()),
        })
    }
}

impl Field {
    fn code(&self, registry: &Registry, entry: u32) -> u32 {
        match &self.codes {
            FieldCodes::Hashes(codes) => codes.get(entry as usize).copied().unwrap_or(NONE),
            FieldCodes::Column(several) => {
                let code = registry.dictionary(self.text).map_or(0, |dictionary| dictionary.code(entry));
                match (code, several.get(usize::from(code))) {
                    (0, _) | (_, None) => NONE,
                    (_, Some(true)) => SEVERAL,
                    (code, Some(false)) => SEVERAL + u32::from(code),
                }
            }
        }
    }

    /// The code of a row's value; `None` if no entry has it.
    fn code_of(&self, registry: &Registry, value: &str) -> Option<u32> {
        match &self.codes {
            FieldCodes::Hashes(_) => Some(value_code(value)),
            FieldCodes::Column(_) => registry
                .dictionary(self.text)
                .and_then(|dictionary| dictionary.find(value))
                .map(|code| SEVERAL + u32::from(code)),
        }
    }
}

impl Agreement {
    /// Computes the codes of the fields `names`.
    pub(crate) fn build(registry: &Registry, names: &[&str]) -> Result<Agreement, Error> {
        let field = |name: &&str| -> Result<Field, Error> {
            let text = registry.text(name)?;
            let hash = |entry| registry.value(text, entry).map_or(NONE, cell_code);
            let codes = match registry.dictionary(text) {
                Some(dictionary) => FieldCodes::Column(dictionary.test(|cell| cell_code(cell) == SEVERAL)),
                None => FieldCodes::Hashes((0..registry.entries()).map(hash).collect()),
            };
            Ok(Field { name: (*name).to_owned(), text, codes })
        };
        Ok(Agreement { fields: names.iter().map(field).collect::<Result<_, _>>()? })
    }

    /// Prepares the comparison of a batch of rows. Pairs with a missing side are skipped.
    pub(crate) fn for_rows<'a>(&'a self, prefer: &[InputPair], rows: &'a RecordBatch) -> RowAgreement<'a> {
        let pair = |pair: &InputPair| {
            let number = self.fields.iter().position(|field| field.name == pair.right)?;
            let (left, field) = (columns::text(rows, &pair.left).ok()?, self.fields.get(number)?);
            let bits = self.bits(number);
            Some(RowField { left, field, bits, values: Vec::new(), codes: Vec::new(), signature: 0 })
        };
        RowAgreement { sides: prefer.iter().filter_map(pair).take(FIELDS_MAX).collect() }
    }

    /// The signature of a group's entries.
    pub(crate) fn signature(&self, registry: &Registry, members: Range<u32>) -> u64 {
        let mut signature = 0;
        for (number, field) in self.fields.iter().enumerate() {
            let bits = self.bits(number);
            for entry in members.clone() {
                let cell = registry.value(field.text, entry).unwrap_or("");
                columns::alternatives(cell).for_each(|value| signature |= bits.of(value_code(value)));
            }
        }
        signature
    }

    /// The bits of the field with this number: all fields share the 64.
    fn bits(&self, number: usize) -> SignatureBits {
        let width = u64::BITS / self.fields.len().clamp(1, 64) as u32;
        SignatureBits { first: number as u32 * width, width }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let bytes = |field: &Field| match &field.codes {
            FieldCodes::Hashes(codes) => codes.capacity() * size_of::<u32>(),
            FieldCodes::Column(several) => several.capacity(),
        };
        self.fields.iter().map(bytes).sum()
    }
}

/// The bits of a field in a signature.
#[derive(Debug, Clone, Copy)]
struct SignatureBits {
    first: u32,
    width: u32,
}

impl SignatureBits {
    fn of(self, code: u32) -> u64 {
        1u64.checked_shl(self.first + code % self.width).unwrap_or(0)
    }
}

/// One row, to be compared with the entries of a shard.
pub(crate) struct RowAgreement<'a> {
    sides: Vec<RowField<'a>>,
}

struct RowField<'a> {
    left: &'a StringArray,
    field: &'a Field,
    bits: SignatureBits,
    values: Vec<&'a str>,
    codes: Vec<u32>,
    signature: u64,
}

impl RowAgreement<'_> {
    /// Switches to a row. Returns whether it has any value to agree on.
    pub(crate) fn turn_to(&mut self, registry: &Registry, row: usize) -> bool {
        for side in &mut self.sides {
            side.values.clear();
            side.codes.clear();
            if let Some(cell) = columns::value(side.left, row) {
                side.values.extend(columns::alternatives(cell));
                side.codes.extend(side.values.iter().filter_map(|value| side.field.code_of(registry, value)));
            }
            side.signature = side.values.iter().fold(0, |bits, value| bits | side.bits.of(value_code(value)));
        }
        self.sides.iter().any(|side| !side.values.is_empty())
    }

    /// The fields that agree, the first in the highest of [`RowAgreement::fields`] bits.
    #[inline]
    pub(crate) fn mask(&self, registry: &Registry, entry: u32) -> u32 {
        self.sides.iter().fold(0, |mask, side| mask << 1 | u32::from(side.agrees(registry, entry)))
    }

    /// A superset of the mask of every entry in a group with this signature.
    #[inline]
    pub(crate) fn mask_max(&self, signature: u64) -> u32 {
        self.sides.iter().fold(0, |mask, side| mask << 1 | u32::from(side.signature & signature != 0))
    }

    /// The number of fields compared.
    pub(crate) fn fields(&self) -> usize {
        self.sides.len()
    }
}

impl RowField<'_> {
    #[inline]
    fn agrees(&self, registry: &Registry, entry: u32) -> bool {
        match self.field.code(registry, entry) {
            NONE => false,
            SEVERAL => registry
                .value(self.field.text, entry)
                .is_some_and(|cell| columns::alternatives(cell).any(|value| self.values.contains(&value))),
            code => self.codes.contains(&code),
        }
    }
}

fn cell_code(cell: &str) -> u32 {
    let mut values = columns::alternatives(cell);
    match (values.next(), values.next()) {
        (None, _) => NONE,
        (Some(value), None) => value_code(value),
        _ => SEVERAL,
    }
}

fn value_code(value: &str) -> u32 {
    ((digest::exchange(value.as_bytes()) >> 32) as u32).max(SEVERAL + 1)
}
