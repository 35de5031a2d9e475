//! Entries that have the same value as the row: identifiers, and keys made of several fields.
//!
//! A field in the order of the entries (the group, and the id where ids begin with their group) takes no index: it is
//! searched by halving. For any other key the index holds a number an entry and value, no text: a value found by its
//! hash is compared with the entry's own.

use matchflow_model::plan::KeyExpression;
use matchflow_model::{columns, digest};

use crate::codec::{Decode, Decoder, Encode, Encoder, codec, decode_all, encode_all};
use crate::csr::HashIndex;
use crate::error::Error;
use crate::registry::{Registry, TextField};

/// The index of one registry field, or of an expression of several.
#[derive(Debug)]
pub(crate) struct ExactIndex {
    /// The expression as the plan has it.
    pub(crate) field: String,
    keys: EntryKeys,
    /// From the key's hash to entries; `None` where the entries are in the order of the key.
    hashed: Option<HashIndex>,
}

/// An expression with the columns that it reads.
#[derive(Debug)]
pub(crate) struct EntryKeys {
    expression: KeyExpression,
    fields: Vec<TextField>,
}

codec!(ExactIndex { field, keys, hashed });

impl Encode for EntryKeys {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        self.expression.to_string().encode(out)?;
        encode_all(&self.fields, out)
    }
}

impl Decode for EntryKeys {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<EntryKeys> {
        let expression = KeyExpression::parse(&String::decode(from)?).map_err(std::io::Error::other)?;
        Ok(EntryKeys { expression, fields: decode_all(from)? })
    }
}

impl EntryKeys {
    pub(crate) fn new(registry: &Registry, expression: &str) -> Result<EntryKeys, Error> {
        let expression = KeyExpression::parse(expression)?;
        let fields = expression.parts.iter().map(|part| registry.text(&part.field));
        Ok(EntryKeys { fields: fields.collect::<Result<_, _>>()?, expression })
    }

    /// Calls `visit` with each key of an entry.
    pub(crate) fn visit(&self, registry: &Registry, entry: u32, visit: impl FnMut(&str)) {
        self.visit_with(registry, entry, &mut Vec::new(), visit);
    }

    /// The same, for who asks for many entries: `whole` is for what is not kept in one piece.
    pub(crate) fn visit_with(&self, registry: &Registry, entry: u32, whole: &mut Vec<String>, visit: impl FnMut(&str)) {
        whole.resize_with(self.fields.len(), String::new);
        let cells = self.fields.iter().zip(whole).map(|(field, whole)| registry.any_value(*field, entry, whole));
        self.expression.visit(&cells.collect::<Vec<_>>(), visit);
    }

    /// Whether every entry has one key, none below that of the entry before.
    fn are_in_order(&self, registry: &Registry) -> bool {
        let (true, [field]) = (self.expression.field().is_some(), self.fields.as_slice()) else { return false };
        let (mut whole, mut before) = (String::new(), String::new());
        (0..registry.entries()).all(|entry| {
            let Some(value) = registry.any_value(*field, entry, &mut whole) else { return false };
            let follows = !value.is_empty() && !value.contains(columns::ALTERNATIVE) && before.as_str() <= value;
            before.clear();
            before.push_str(value);
            follows
        })
    }

    /// The entries that have the key `value`, where they are in its order.
    fn equal(&self, registry: &Registry, value: &str) -> std::ops::Range<u32> {
        let mut whole = String::new();
        let mut first_not = |before: &dyn Fn(&str) -> bool| {
            let (mut low, mut high) = (0, registry.entries());
            while low < high {
                let middle = low + (high - low) / 2;
                let field = self.fields.first();
                let own = field.and_then(|field| registry.any_value(*field, middle, &mut whole));
                if own.is_some_and(before) { low = middle + 1 } else { high = middle }
            }
            low
        };
        first_not(&|own| own < value)..first_not(&|own| own <= value)
    }
}

impl ExactIndex {
    pub(crate) fn build(registry: &Registry, field: &str) -> Result<ExactIndex, Error> {
        let keys = EntryKeys::new(registry, field)?;
        let count = registry.entries();
        let hashed = match keys.are_in_order(registry) {
            true => None,
            false => {
                // The index is built in two goes: keys are made in one.
                let (mut hashes, mut whole) = (Vec::with_capacity(count as usize), Vec::new());
                for entry in 0..count {
                    let hash = |key: &str| hashes.push((digest::exchange(key.as_bytes()), entry));
                    keys.visit_with(registry, entry, &mut whole, hash);
                }
                Some(HashIndex::build(hashes.len(), |file| {
                    hashes.iter().for_each(|(hash, entry)| file(*hash, *entry))
                })?)
            }
        };
        Ok(ExactIndex { field: field.to_owned(), keys, hashed })
    }

    /// Adds the entries that have the key `value` to `entries`, in their order.
    pub(crate) fn find(&self, registry: &Registry, value: &str, entries: &mut Vec<u32>) {
        let Some(hashed) = &self.hashed else {
            entries.extend(self.keys.equal(registry, value));
            return;
        };
        for entry in hashed.get(digest::exchange(value.as_bytes())) {
            let mut has = false;
            self.keys.visit(registry, *entry, |own| has |= own == value);
            if has {
                entries.push(*entry);
            }
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.hashed.as_ref().map_or(0, HashIndex::memory_bytes)
    }
}
