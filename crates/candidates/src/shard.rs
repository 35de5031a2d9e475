//! One worker's share of the registry, with its indexes.

use std::sync::Arc;

use arrow::array::RecordBatch;
use matchflow_model::plan::Search;

use crate::agreement::Agreement;
use crate::blocked::BlockedIndex;
use crate::codec::{Decode, Decoder, Encode, Encoder, decode_all, encode_all};
use crate::error::Error;
use crate::exact::ExactIndex;
use crate::group_stats::GroupStats;
use crate::limits::PREFERRED_FIELDS;
use crate::name_frequencies::NameFrequencies;
use crate::pairs::pairs;
use crate::registry::{Registry, RegistryBatches};
use crate::shard_candidates::ShardCandidates;
use crate::token::{TokenIndex, count_words};
use crate::vocabulary::{FieldVocabulary, LocalTerms, Vocabulary};

/// Takes the registry rows of a shard. All entries of a group must go to the same shard.
#[derive(Debug)]
pub struct ShardBuilder {
    needs: IndexRequirements,
    parts: RegistryBatches,
}

/// The indexes that the searches ask for, each once.
#[derive(Debug, Default)]
struct IndexRequirements {
    exact: Vec<String>,
    /// Block and name.
    local: Vec<(String, String)>,
    broad: Vec<String>,
    prefer: Vec<String>,
    /// Fields whose words are counted though no search needs it.
    counted: Vec<String>,
    /// Fields whose whole values are counted.
    names: Vec<String>,
}

impl IndexRequirements {
    fn of<'a>(searches: impl IntoIterator<Item = &'a Search>) -> IndexRequirements {
        let mut needs = IndexRequirements::default();
        for search in searches {
            match search {
                Search::Exact { keys } => needs.exact.extend(keys.iter().map(|key| key.right.clone())),
                Search::Blocked { blocks, name, .. } => {
                    needs.local.extend(blocks.iter().map(|block| (block.right.clone(), name.right.clone())));
                }
                Search::Token { name, prefer, .. } => {
                    needs.broad.push(name.right.clone());
                    needs.prefer.extend(prefer.iter().map(|pair| pair.right.clone()));
                }
            }
        }
        for names in [&mut needs.exact, &mut needs.broad, &mut needs.prefer] {
            names.sort_unstable();
            names.dedup();
        }
        needs.local.sort_unstable();
        needs.local.dedup();
        needs
    }

    /// The fields that searches read beside those that must be equal.
    fn read(&self) -> Vec<&str> {
        let local = self.local.iter().map(|(_, name)| name);
        let others = self.broad.iter().chain(&self.prefer).chain(&self.counted).chain(&self.names);
        local.chain(others).map(String::as_str).chain(PREFERRED_FIELDS).collect()
    }
}

impl ShardBuilder {
    /// A builder of the indexes that these searches need.
    pub fn new<'a>(searches: impl IntoIterator<Item = &'a Search>) -> ShardBuilder {
        ShardBuilder { needs: IndexRequirements::of(searches), parts: RegistryBatches::default() }
    }

    /// SearchCounts the words of these registry fields too, for [`Vocabulary::rarity`]. Those that the registry does not have
    /// as `Utf8` are left out.
    pub fn counting<'a>(mut self, fields: impl IntoIterator<Item = &'a str>) -> ShardBuilder {
        let counted = fields.into_iter().filter(|field| !self.needs.broad.iter().any(|known| known == field));
        self.needs.counted = counted.map(str::to_owned).collect();
        self.needs.counted.sort_unstable();
        self.needs.counted.dedup();
        self
    }

    /// SearchCounts the whole values of these registry fields too, for [`TermFrequencies::others`](crate::TermFrequencies::others). Their words
    /// must be counted.
    pub fn counting_names<'a>(mut self, fields: impl IntoIterator<Item = &'a str>) -> ShardBuilder {
        self.needs.names = fields.into_iter().map(str::to_owned).collect();
        self.needs.names.sort_unstable();
        self.needs.names.dedup();
        self
    }

    /// What is built, as text: the fields and how each is searched.
    pub fn definition(&self) -> String {
        format!("{:?}", self.needs)
    }

    /// Adds registry rows: `_id`, `_group` (`Utf8`), `_open` (`Boolean`), then fields. Their order does not matter.
    ///
    /// # Errors
    ///
    /// A batch of other columns than the first, or too many rows.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.parts.push(batch)
    }

    /// Builds the indexes, and counts the shard's words for [`Vocabulary::merge`].
    ///
    /// # Errors
    ///
    /// A field that a search compares and the registry does not have as `Utf8`.
    pub fn finish(self) -> Result<(Shard, LocalTerms), Error> {
        let registry = Registry::build(self.parts, &self.needs.read())?;
        let mut shard = Shard {
            agreement: Agreement::default(),
            exact: Vec::new(),
            local: Vec::new(),
            broad: Vec::new(),
            vocabulary: None,
            registry,
        };
        let mut terms = LocalTerms::default();
        if shard.is_empty() {
            return Ok((shard, terms));
        }
        let (registry, mut needs) = (&shard.registry, self.needs);
        terms.groups = u64::from(registry.groups());
        if !needs.exact.is_empty() {
            needs.prefer.extend(PREFERRED_FIELDS.iter().map(|field| (*field).to_owned()));
            needs.prefer.sort_unstable();
            needs.prefer.dedup();
        }
        needs.prefer.retain(|field| registry.has_text(field));
        shard.agreement = Agreement::build(registry, &needs.prefer)?;
        let exact = needs.exact.iter().map(|field| ExactIndex::build(registry, field));
        shard.exact = exact.collect::<Result<_, Error>>()?;
        shard.local = BlockedIndex::build_all(registry, &needs.local)?;
        for field in &needs.broad {
            let (index, counted) = TokenIndex::build(registry, &shard.agreement, field)?;
            shard.broad.push(index);
            terms.fields.push(counted);
        }
        for field in needs.counted.iter().filter(|field| registry.has_text(field)) {
            terms.fields.push(count_words(registry, field)?);
        }
        for counted in terms.fields.iter_mut().filter(|counted| needs.names.contains(&counted.field)) {
            counted.name_frequencies = NameFrequencies::count(registry, registry.text(&counted.field)?);
        }
        Ok((shard, terms))
    }
}

/// The entries of some groups of the registry, all in memory, with the indexes to search them.
///
/// An entry's number is its place in the order of `_group`, then `_id`.
#[derive(Debug)]
pub struct Shard {
    pub(crate) registry: Registry,
    pub(crate) agreement: Agreement,
    exact: Vec<ExactIndex>,
    local: Vec<BlockedIndex>,
    broad: Vec<TokenIndex>,
    vocabulary: Option<Arc<Vocabulary>>,
}

impl Encode for Shard {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        self.registry.encode(out)?;
        self.agreement.encode(out)?;
        encode_all(&self.exact, out)?;
        encode_all(&self.local, out)?;
        encode_all(&self.broad, out)
    }
}

impl Decode for Shard {
    /// Without the vocabulary: that is one for all shards.
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<Shard> {
        let mut shard = Shard {
            registry: Decode::decode(from)?,
            agreement: Decode::decode(from)?,
            exact: decode_all(from)?,
            local: decode_all(from)?,
            broad: decode_all(from)?,
            vocabulary: None,
        };
        BlockedIndex::link(&mut shard.local);
        Ok(shard)
    }
}

impl Shard {
    /// Takes the words of all shards, without which there is no broad search. Only the first call counts.
    ///
    /// # Errors
    ///
    /// [`Error::ForeignVocabulary`] where the words of this shard are not among them.
    pub fn set_vocabulary(&mut self, vocabulary: Arc<Vocabulary>) -> Result<(), Error> {
        for index in &mut self.broad {
            let none = || Error::NoVocabulary { field: index.field.clone() };
            index.set_vocabulary(vocabulary.field(&index.field).ok_or_else(none)?)?;
        }
        self.vocabulary.get_or_insert(vocabulary);
        Ok(())
    }

    /// The registry rows of these entries, in the order given, with every column.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] for an entry that is not in this shard.
    pub fn take(&self, entries: &[u32]) -> Result<RecordBatch, Error> {
        self.registry.take(entries)
    }

    /// What was found as a batch of pairs: [`crate::PAIR_ROW`], [`crate::PAIR_SIMILARITY`], [`crate::PAIR_RANK`], then
    /// the registry's columns, [`matchflow_model::columns::OPEN_ENTRIES`] and [`matchflow_model::columns::HEAD_OFFICE`].
    ///
    /// # Errors
    ///
    /// [`Error::OutOfRange`] if `found` is another shard's.
    pub fn pairs(&self, found: &ShardCandidates) -> Result<RecordBatch, Error> {
        pairs(found, &self.take(&found.entry)?, GroupStats::of(&self.registry, &found.entry))
    }

    /// How many entries the shard has.
    pub fn entries(&self) -> u32 {
        self.registry.entries()
    }

    /// How many groups the shard has.
    pub fn groups(&self) -> u32 {
        self.registry.groups()
    }

    /// Whether the shard has no entries. It answers every search then, with nothing.
    pub fn is_empty(&self) -> bool {
        self.entries() == 0
    }

    /// What the shard holds, the vocabulary apart, which all shards of a process share.
    pub fn memory(&self) -> ShardMemory {
        ShardMemory {
            rows_bytes: self.registry.rows_bytes(),
            order_bytes: self.registry.order_bytes() + self.agreement.memory_bytes(),
            exact_bytes: self.exact.iter().map(ExactIndex::memory_bytes).sum(),
            blocked_bytes: self.local.iter().map(BlockedIndex::memory_bytes).sum(),
            token_bytes: self.broad.iter().map(TokenIndex::memory_bytes).sum(),
        }
    }

    pub(crate) fn exact_index(&self, field: &str) -> Result<&ExactIndex, Error> {
        self.exact.iter().find(|index| index.field == field).ok_or_else(|| not_indexed("exact", field))
    }

    pub(crate) fn blocked_index(&self, block: &str, name: &str) -> Result<&BlockedIndex, Error> {
        let is_it = |index: &&BlockedIndex| index.block == block && index.name == name;
        self.local.iter().find(is_it).ok_or_else(|| not_indexed("local", block))
    }

    pub(crate) fn token_index(&self, field: &str) -> Result<&TokenIndex, Error> {
        self.broad.iter().find(|index| index.field == field).ok_or_else(|| not_indexed("broad", field))
    }

    pub(crate) fn vocabulary(&self, field: &str) -> Result<&FieldVocabulary, Error> {
        let vocabulary = self.vocabulary.as_ref().and_then(|vocabulary| vocabulary.field(field));
        vocabulary.ok_or_else(|| Error::NoVocabulary { field: field.to_owned() })
    }
}

fn not_indexed(index: &'static str, field: &str) -> Error {
    Error::NotIndexed { index, field: field.to_owned() }
}

/// The memory of a shard, by what it is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShardMemory {
    /// The registry rows.
    pub rows_bytes: usize,
    /// Their order, and the fields that break ties.
    pub order_bytes: usize,
    /// Exact searches.
    pub exact_bytes: usize,
    /// Local searches.
    pub blocked_bytes: usize,
    /// Broad searches.
    pub token_bytes: usize,
}

impl ShardMemory {
    /// All of it.
    pub fn total_bytes(&self) -> usize {
        self.rows_bytes + self.order_bytes + self.exact_bytes + self.blocked_bytes + self.token_bytes
    }
}
