//! The keys of registry entries: a field, or an expression over several.

use matchflow_model::columns;
use matchflow_model::plan::KeyExpression;

use crate::codec::{Decode, Decoder, Encode, Encoder, decode_all, encode_all};
use crate::error::Error;
use crate::registry::{Registry, TextField};

/// An expression and the columns that it reads.
#[derive(Debug)]
pub(crate) struct EntryKeys {
    expression: KeyExpression,
    fields: Vec<TextField>,
}

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

    /// The same for many entries: `buffer` is used for values that are not stored contiguously.
    pub(crate) fn visit_with(
        &self,
        registry: &Registry,
        entry: u32,
        buffer: &mut Vec<String>,
        visit: impl FnMut(&str),
    ) {
        buffer.resize_with(self.fields.len(), String::new);
        let cells = self.fields.iter().zip(buffer).map(|(field, buffer)| registry.any_value(*field, entry, buffer));
        self.expression.visit(&cells.collect::<Vec<_>>(), visit);
    }

    /// Whether every entry has exactly one key, and keys ascend with the entries.
    pub(crate) fn are_in_order(&self, registry: &Registry) -> bool {
        let (true, [field]) = (self.expression.field().is_some(), self.fields.as_slice()) else { return false };
        let (mut buffer, mut before) = (String::new(), String::new());
        (0..registry.entries()).all(|entry| {
            let Some(value) = registry.any_value(*field, entry, &mut buffer) else { return false };
            let follows = !value.is_empty() && !value.contains(columns::ALTERNATIVE) && before.as_str() <= value;
            before.clear();
            before.push_str(value);
            follows
        })
    }

    /// The entries with the key `value`, if entries are ordered by it.
    pub(crate) fn equal(&self, registry: &Registry, value: &str) -> std::ops::Range<u32> {
        let mut buffer = String::new();
        let mut first_not = |before: &dyn Fn(&str) -> bool| {
            let (mut low, mut high) = (0, registry.entries());
            while low < high {
                let middle = low + (high - low) / 2;
                let field = self.fields.first();
                let middle_value = field.and_then(|field| registry.any_value(*field, middle, &mut buffer));
                if middle_value.is_some_and(before) { low = middle + 1 } else { high = middle }
            }
            low
        };
        first_not(&|key| key < value)..first_not(&|key| key <= value)
    }
}
