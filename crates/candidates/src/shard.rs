//! One worker's part of the registry, with its indexes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use matchflow_model::plan::Search;
use serde::Serialize;

use crate::agreement::Agreement;
use crate::codec::{Decode, Decoder, Encode, Encoder};
use crate::error::Error;
use crate::group_stats::GroupStats;
use crate::name_frequencies::NameFrequencies;
use crate::pairs::pairs;
use crate::registry::{Registry, RegistryBatches};
use crate::search_kind::CandidateIndex;
use crate::searches::search_kind;
use crate::shard_candidates::{SearchCounts, ShardCandidates};
use crate::shard_data::ShardData;
use crate::token::count_words;
use crate::vocabulary::{LocalTerms, Vocabulary};

/// Incremented when the meaning of a part of [`ShardBuilder::definition`] changes.
const DEFINITION_VERSION: u32 = 1;

/// Takes the registry rows of a shard. All entries of a group must go to the same shard.
#[derive(Debug)]
pub struct ShardBuilder {
    definition: IndexDefinition,
    batches: RegistryBatches,
}

/// The indexes to build, without duplicates, and the words to count.
///
/// Serialized as JSON it is part of the identity of an index file: its fields and their order are spelled out here and
/// do not depend on any `Debug` output. A test pins the text.
#[derive(Debug, Default, Serialize)]
struct IndexDefinition {
    version: u32,
    /// The indexes of each kind of search, identified by their registry fields and keys.
    indexes: BTreeMap<&'static str, BTreeSet<Vec<String>>>,
    /// Registry fields whose values searches read for many entries.
    values: BTreeSet<String>,
    /// Registry fields that order otherwise equal candidates.
    prefer: BTreeSet<String>,
    /// Fields whose words are counted, whether or not a search needs them.
    counted_words: BTreeSet<String>,
    /// Fields whose full values are counted.
    counted_names: BTreeSet<String>,
}

impl IndexDefinition {
    fn new<'a>(searches: impl IntoIterator<Item = &'a Search>) -> IndexDefinition {
        let mut definition = IndexDefinition { version: DEFINITION_VERSION, ..IndexDefinition::default() };
        for search in searches {
            let Some(kind) = search_kind(&search.kind) else { continue };
            let Ok(requirements) = (kind.requirements)(search) else { continue };
            definition.indexes.entry(kind.name).or_default().extend(requirements.indexes);
            definition.values.extend(requirements.values);
            definition.prefer.extend(requirements.prefer);
        }
        definition
    }

    /// The fields whose values are read by searches and counts.
    fn read_fields(&self) -> Vec<&str> {
        let counted = self.counted_words.iter().chain(&self.counted_names);
        self.values.iter().chain(counted).map(String::as_str).collect()
    }
}

impl ShardBuilder {
    /// A builder of the indexes that these searches need. A search of an unknown kind, or with a missing parameter,
    /// adds none: it fails on first use.
    pub fn new<'a>(searches: impl IntoIterator<Item = &'a Search>) -> ShardBuilder {
        ShardBuilder { definition: IndexDefinition::new(searches), batches: RegistryBatches::default() }
    }

    /// Also counts the words of these registry fields, for [`Vocabulary::term_frequencies`]. Fields that the registry
    /// does not have as `Utf8` are ignored.
    #[must_use]
    pub fn counting<'a>(mut self, fields: impl IntoIterator<Item = &'a str>) -> ShardBuilder {
        self.definition.counted_words = fields.into_iter().map(str::to_owned).collect();
        self
    }

    /// Also counts the full values of these registry fields, for
    /// [`TermFrequencies::other_groups`](crate::TermFrequencies::other_groups). Their words must be counted too.
    #[must_use]
    pub fn counting_names<'a>(mut self, fields: impl IntoIterator<Item = &'a str>) -> ShardBuilder {
        self.definition.counted_names = fields.into_iter().map(str::to_owned).collect();
        self
    }

    /// The identity of the index: the indexes with their fields and the counted words, as JSON in a fixed order.
    pub fn definition(&self) -> String {
        // Serialization of plain structs, sets and strings cannot fail.
        serde_json::to_string(&self.definition).unwrap_or_default()
    }

    /// Adds registry rows: `_id`, `_group` (`Utf8`), `_open` (`Boolean`), then fields. Their order does not matter.
    ///
    /// # Errors
    ///
    /// A batch with other columns than the first, or too many rows.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.batches.push(batch)
    }

    /// Builds the indexes, and counts the shard's words for [`Vocabulary::merge`].
    ///
    /// # Errors
    ///
    /// A field that a search compares and the registry does not have as `Utf8`.
    pub fn finish(self) -> Result<(Shard, LocalTerms), Error> {
        let ShardBuilder { definition, batches } = self;
        let registry = Registry::build(batches, &definition.read_fields())?;
        let mut terms = LocalTerms::default();
        if registry.entries() == 0 {
            let data = ShardData { registry, agreement: Agreement::default(), vocabulary: None };
            return Ok((Shard { data, indexes: Vec::new() }, terms));
        }
        terms.groups = u64::from(registry.groups());
        let prefer: Vec<&str> = definition.prefer.iter().map(String::as_str).collect();
        let prefer: Vec<&str> = prefer.into_iter().filter(|field| registry.has_text(field)).collect();
        let agreement = Agreement::build(&registry, &prefer)?;
        let mut indexes = Vec::with_capacity(definition.indexes.len());
        for (name, fields) in &definition.indexes {
            let Some(kind) = search_kind(name) else { continue };
            let fields: Vec<Vec<String>> = fields.iter().cloned().collect();
            let built = (kind.build)(&registry, &agreement, &fields)?;
            indexes.push((kind.name, built.index));
            terms.fields.extend(built.terms);
        }
        for field in definition.counted_words.iter().filter(|field| registry.has_text(field)) {
            if !terms.fields.iter().any(|counted| counted.field == *field) {
                terms.fields.push(count_words(&registry, field)?);
            }
        }
        for counted in terms.fields.iter_mut().filter(|counted| definition.counted_names.contains(&counted.field)) {
            counted.name_frequencies = NameFrequencies::count(&registry, registry.text(&counted.field)?);
        }
        Ok((Shard { data: ShardData { registry, agreement, vocabulary: None }, indexes }, terms))
    }
}

/// The entries of some groups of the registry, all in memory, with the indexes to search them.
///
/// An entry's number is its position in the order of `_group`, then `_id`.
#[derive(Debug)]
pub struct Shard {
    pub(crate) data: ShardData,
    /// The indexes of each kind of search.
    indexes: Vec<(&'static str, Box<dyn CandidateIndex>)>,
}

impl Encode for Shard {
    /// Each index is preceded by the name of its kind: a new kind does not change the format.
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        self.data.registry.encode(out)?;
        self.data.agreement.encode(out)?;
        (self.indexes.len() as u64).encode(out)?;
        self.indexes.iter().try_for_each(|(kind, index)| {
            (*kind).to_owned().encode(out)?;
            index.encode(out)
        })
    }
}

impl Decode for Shard {
    /// Without the vocabulary, which all shards share.
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<Shard> {
        let (registry, agreement) = (Decode::decode(from)?, Decode::decode(from)?);
        let count = from.length(1)?;
        let mut indexes = Vec::new();
        for _ in 0..count {
            let name = String::decode(from)?;
            let unknown = || std::io::Error::other(format!("unknown search `{name}`"));
            let kind = search_kind(&name).ok_or_else(unknown)?;
            indexes.push((kind.name, (kind.decode)(from)?));
        }
        Ok(Shard { data: ShardData { registry, agreement, vocabulary: None }, indexes })
    }
}

impl Shard {
    /// Sets the words of all shards, which a token search requires. Only the first call has an effect.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignVocabulary`] if the words of this shard are not among them.
    pub fn set_vocabulary(&mut self, vocabulary: Arc<Vocabulary>) -> Result<(), Error> {
        self.indexes.iter_mut().try_for_each(|(_, index)| index.set_vocabulary(&vocabulary))?;
        self.data.vocabulary.get_or_insert(vocabulary);
        Ok(())
    }

    /// The registry rows of these entries, in the order given, with every column.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for an entry that is not in this shard.
    pub fn take(&self, entries: &[u32]) -> Result<RecordBatch, Error> {
        self.data.registry.take(entries)
    }

    /// The candidates as a batch of pairs: [`crate::PAIR_ROW`], [`crate::PAIR_SIMILARITY`], [`crate::PAIR_RANK`], then
    /// the registry's columns, [`matchflow_model::columns::OPEN_ENTRIES`] and
    /// [`matchflow_model::columns::HEAD_OFFICE`].
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] if `found` is another shard's.
    pub fn pairs(&self, found: &ShardCandidates) -> Result<RecordBatch, Error> {
        pairs(found, &self.take(&found.entry)?, GroupStats::for_entries(&self.data.registry, &found.entry))
    }

    /// Entries that were not searched for, as [`Shard::pairs`]: each for a row, both by their numbers.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for an entry of another shard.
    pub fn chosen_pairs(&self, chosen: &[(u32, u32)]) -> Result<RecordBatch, Error> {
        self.pairs(&ShardCandidates {
            row: chosen.iter().map(|(row, _)| *row).collect(),
            entry: chosen.iter().map(|(_, entry)| *entry).collect(),
            similarity: vec![1.0; chosen.len()],
            rank: vec![0; chosen.len()],
            counts: SearchCounts::default(),
        })
    }

    /// How many entries the shard has.
    pub fn entries(&self) -> u32 {
        self.data.registry.entries()
    }

    /// The number of groups.
    pub fn groups(&self) -> u32 {
        self.data.registry.groups()
    }

    /// Whether the shard has no entries. It then answers every search with no candidates.
    pub fn is_empty(&self) -> bool {
        self.entries() == 0
    }

    /// The memory of the shard, without the vocabulary, which all shards of a process share.
    pub fn memory(&self) -> ShardMemory {
        ShardMemory {
            rows_bytes: self.data.registry.rows_bytes(),
            order_bytes: self.data.registry.order_bytes() + self.data.agreement.memory_bytes(),
            index_bytes: self.indexes.iter().map(|(kind, index)| (*kind, index.memory_bytes())).collect(),
        }
    }

    /// The index of a kind of search.
    pub(crate) fn index(&self, kind: &str) -> Option<&dyn CandidateIndex> {
        self.indexes.iter().find(|(name, _)| *name == kind).map(|(_, index)| index.as_ref())
    }
}

/// The memory of a shard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShardMemory {
    /// The registry rows.
    pub rows_bytes: usize,
    /// Their order, and the fields that break ties.
    pub order_bytes: usize,
    /// The indexes of each kind of search.
    pub index_bytes: BTreeMap<&'static str, usize>,
}

impl ShardMemory {
    /// The sum.
    pub fn total_bytes(&self) -> usize {
        self.rows_bytes + self.order_bytes + self.index_bytes.values().sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use matchflow_model::plan::{ExactKey, InputPair};

    use super::*;
    use crate::{blocked_search, exact_search, token_search};

    #[test]
    fn the_definition_of_an_index_is_a_fixed_text() {
        let key = |left: &str, right: &str| ExactKey { left: left.to_owned(), right: right.to_owned() };
        let pair = |field: &str| InputPair { left: format!("their_{field}"), right: field.to_owned() };
        let searches = [
            token_search(pair("name"), vec![pair("town")], 20, 3),
            exact_search(vec![key("siret", "_id"), key("siren", "_group")], vec![pair("postcode")]),
            blocked_search(vec![key("postcode[0:2]", "postcode[0:2]")], pair("name"), 3),
        ];
        let builder = ShardBuilder::new(&searches).counting(["street"]).counting_names(["name"]);
        let expected = concat!(
            r#"{"version":1,"#,
            r#""indexes":{"blocked":[["postcode[0:2]","name"]],"exact":[["_group"],["_id"]],"token":[["name"]]},"#,
            r#""values":["name","postcode","town"],"prefer":["postcode","town"],"#,
            r#""counted_words":["street"],"counted_names":["name"]}"#
        );
        assert_eq!(builder.definition(), expected);
        // Limits of a search and the supplier's fields are not part of an index.
        let other = [token_search(InputPair { left: "x".into(), right: "name".into() }, vec![pair("town")], 9, 1)];
        let others = searches.iter().skip(1).chain(&other);
        assert_eq!(ShardBuilder::new(others).counting(["street"]).counting_names(["name"]).definition(), expected);
    }
}
