//! Entries whose name sounds like the row's: `Thierry Dupond` and `Tierry Dupont`.
//!
//! Each word of a name has a phonetic code, of French by our own rules ([`french`]) or of English by Double Metaphone
//! (Philips 2000). Two names sound alike if they have the same codes, in any order. With a block, both sides must also
//! have the same key.
//!
//! About six bytes per entry and key. The index holds hashes: the codes of the entries found are compared.

mod french;

use matchflow_model::plan::{CandidatesPlan, MissingParameter, Search};
use matchflow_model::{columns, digest};
use rphonetic::{DoubleMetaphone, Encoder as _};

use self::french::french_code;
use crate::agreement::Agreement;
use crate::batch_query::{BatchQuery, RowKeys, Scratch};
use crate::codec::{Decoder, Encoder, codec, decode_all, encode_all};
use crate::csr::HashIndex;
use crate::entry_keys::EntryKeys;
use crate::error::{Error, not_indexed};
use crate::limits::CandidateLimits;
use crate::name_distance::NameQuery;
use crate::rank::{Rank, rounded};
use crate::registry::{Registry, TextField};
use crate::search_kind::{
    BuiltIndex, CandidateIndex, ParameterType, SearchKind, SearchParameter, SearchRequirements, list_text, pair_text,
};
use crate::shard_candidates::{Hit, ShardCandidates};
use crate::shard_data::ShardData;

/// The parameters' names.
const NAME: &str = "name";
const LANGUAGE: &str = "language";
const BLOCK: &str = "block";
/// The supported languages.
const FRENCH: &str = "fr";
const ENGLISH: &str = "en";
/// Bound on the edit distance between two names that sound alike: it orders candidates and excludes none.
const DISTANCE_MAX: usize = 1_000;

/// Names that sound like the row's.
pub(crate) static PHONETIC: SearchKind = SearchKind {
    name: "phonetic",
    version: 1,
    help: "Finds entries whose name sounds like the row's: its words have the same phonetic codes, in any order.",
    parameters: &[
        SearchParameter { name: NAME, help: "The name fields to compare.", value: ParameterType::Field },
        SearchParameter {
            name: LANGUAGE,
            help: "The language whose spelling the codes follow: `fr`, or `en` (Double Metaphone).",
            value: ParameterType::Choice { words: &[FRENCH, ENGLISH], default: FRENCH },
        },
        SearchParameter {
            name: BLOCK,
            help: "Blocking keys that must be equal as well, tried in order: the first for which the row has a value counts. \
                   Example: `[postcode, town]`.",
            value: ParameterType::Keys { required: false },
        },
    ],
    short_form: None,
    describe,
    limits,
    requirements,
    build,
    decode,
};

fn describe(search: &Search) -> Result<String, MissingParameter> {
    let (name, language) = (search.pair(NAME)?, search.word(LANGUAGE)?);
    let block = match search.keys(BLOCK) {
        [] => String::new(),
        keys => format!("; same {}", list_text(keys, ", else ", |key| (&key.left, &key.right))),
    };
    Ok(format!("phonetic: {} sounds alike ({language}){block}", pair_text(&name.left, &name.right)))
}

fn limits(plan: &CandidatesPlan) -> Result<CandidateLimits, MissingParameter> {
    Ok(CandidateLimits { groups_max: usize::MAX, entries_max: plan.candidates_max })
}

fn requirements(search: &Search) -> Result<SearchRequirements, MissingParameter> {
    let (name, language) = (&search.pair(NAME)?.right, search.word(LANGUAGE)?);
    let index = |block: &str| vec![language.to_owned(), name.clone(), block.to_owned()];
    let indexes = match search.keys(BLOCK) {
        [] => vec![index("")],
        keys => keys.iter().map(|key| index(&key.right)).collect(),
    };
    Ok(SearchRequirements { indexes, values: vec![name.clone()], prefer: Vec::new() })
}

fn build(registry: &Registry, _: &Agreement, fields: &[Vec<String>]) -> Result<BuiltIndex, Error> {
    let indexes = fields.iter().map(|fields| PhoneticIndex::build(registry, fields));
    Ok(BuiltIndex::without_terms(PhoneticIndexes(indexes.collect::<Result<_, Error>>()?)))
}

fn decode(from: &mut Decoder<'_>) -> std::io::Result<Box<dyn CandidateIndex>> {
    Ok(Box::new(PhoneticIndexes(decode_all(from)?)))
}

/// The indexes of one shard, one for each language, name and block.
#[derive(Debug)]
struct PhoneticIndexes(Vec<PhoneticIndex>);

#[derive(Debug)]
struct PhoneticIndex {
    language: String,
    name: String,
    /// The block's key expression; empty without a block.
    block: String,
    text: TextField,
    keys: Option<EntryKeys>,
    /// Maps the hash of block and codes to entries.
    entries: HashIndex,
}

codec!(PhoneticIndex { language, name, block, text, keys, entries });

impl PhoneticIndex {
    fn build(registry: &Registry, fields: &[String]) -> Result<PhoneticIndex, Error> {
        let field = |place: usize| fields.get(place).cloned().unwrap_or_default();
        let (language, name, block) = (field(0), field(1), field(2));
        let text = registry.text(&name)?;
        let keys = if block.is_empty() { None } else { Some(EntryKeys::new(registry, &block)?) };
        let mut hashes: Vec<(u64, u32)> = Vec::with_capacity(registry.entries() as usize);
        for entry in 0..registry.entries() {
            let blocks = entry_blocks(keys.as_ref(), registry, entry);
            for name in columns::alternatives(registry.value(text, entry).unwrap_or("")) {
                let codes = name_codes(name, &language);
                if !codes.is_empty() {
                    hashes.extend(blocks.iter().map(|block| (hash(block, &codes), entry)));
                }
            }
        }
        let entries = HashIndex::build(hashes.len(), |put| hashes.iter().for_each(|(hash, entry)| put(*hash, *entry)))?;
        Ok(PhoneticIndex { language, name, block, text, keys, entries })
    }

    /// Adds the entries before `end` of a block whose names have these codes, with their similarity to `query`.
    fn find(
        &self,
        registry: &Registry,
        block: &str,
        codes: &str,
        end: u32,
        query: &mut NameQuery,
        similar: &mut Vec<(u32, f32)>,
    ) {
        for entry in self.entries.get(hash(block, codes)).iter().filter(|entry| **entry < end) {
            // A bucket also holds entries with other hashes.
            if !entry_blocks(self.keys.as_ref(), registry, *entry).iter().any(|other| other == block) {
                continue;
            }
            let cell = registry.value(self.text, *entry).unwrap_or("");
            let alike = columns::alternatives(cell).filter(|name| name_codes(name, &self.language) == codes);
            let best = alike.map(|name| query.similarity(name).unwrap_or(0.0)).max_by(f32::total_cmp);
            similar.extend(best.map(|similarity| (*entry, similarity)));
        }
    }
}

impl CandidateIndex for PhoneticIndexes {
    fn search(
        &self,
        shard: &ShardData,
        search: &Search,
        query: BatchQuery<'_>,
        _: &mut Scratch,
    ) -> Result<ShardCandidates, Error> {
        let (registry, name, language) = (&shard.registry, search.pair(NAME)?, search.word(LANGUAGE)?);
        let names = columns::text(query.rows, &name.left)?;
        let mut blocks: Vec<(Option<RowKeys<'_>>, &PhoneticIndex)> = Vec::new();
        match search.keys(BLOCK) {
            [] => blocks.push((None, self.index(language, &name.right, "")?)),
            keys => {
                for key in keys {
                    let index = self.index(language, &name.right, &key.right)?;
                    blocks.push((Some(RowKeys::new(query.rows, &key.left)?), index));
                }
            }
        }
        let mut candidates = ShardCandidates::default();
        let (mut similar, mut hits): (Vec<(u32, f32)>, Vec<Hit>) = (Vec::new(), Vec::new());
        for row in query.open {
            let Some(cell) = columns::value(names, *row as usize) else { continue };
            let block = blocks.iter().find_map(|(keys, index)| {
                let keys = keys.as_ref().map_or_else(|| vec![String::new()], |keys| keys.keys(*row as usize));
                (!keys.is_empty()).then_some((keys, *index))
            });
            let Some((keys, index)) = block else { continue };
            let end = query.end(registry, *row)?.entry;
            similar.clear();
            for name in columns::alternatives(cell) {
                let codes = name_codes(name, language);
                if codes.is_empty() {
                    continue;
                }
                let mut name_query = NameQuery::new(name, DISTANCE_MAX);
                for key in &keys {
                    index.find(registry, key, &codes, end, &mut name_query, &mut similar);
                }
            }
            // If several names or blocks find an entry, its best similarity counts.
            similar.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
            similar.dedup_by_key(|similar| similar.0);
            hits.clear();
            hits.extend(similar.iter().map(|(entry, similarity)| {
                let similarity = rounded(*similarity);
                Hit { rank: Rank::new(0, similarity, registry.flags(*entry)), entry: *entry, similarity }
            }));
            candidates.add_best(*row, &mut hits, query.limit);
        }
        Ok(candidates)
    }

    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        encode_all(&self.0, out)
    }

    fn memory_bytes(&self) -> usize {
        self.0.iter().map(|index| index.entries.memory_bytes()).sum()
    }
}

impl PhoneticIndexes {
    fn index(&self, language: &str, name: &str, block: &str) -> Result<&PhoneticIndex, Error> {
        let matches = |index: &&PhoneticIndex| index.language == language && index.name == name && index.block == block;
        self.0.iter().find(matches).ok_or_else(|| not_indexed(PHONETIC.name, name))
    }
}

/// The block keys of an entry: one empty key without a block, none if the entry has no value.
fn entry_blocks(keys: Option<&EntryKeys>, registry: &Registry, entry: u32) -> Vec<String> {
    let Some(keys) = keys else { return vec![String::new()] };
    let mut blocks = Vec::new();
    keys.visit(registry, entry, |key| blocks.push(key.to_owned()));
    blocks
}

fn hash(block: &str, codes: &str) -> u64 {
    digest::exchange(format!("{block}\u{1f}{codes}").as_bytes())
}

/// The distinct codes of a name's words, sorted.
fn name_codes(name: &str, language: &str) -> String {
    let mut codes: Vec<String> = name.split_ascii_whitespace().map(|word| word_code(word, language)).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.join(" ")
}

/// The code of a word. Numbers, words of other scripts and words without a sound are their own codes.
fn word_code(word: &str, language: &str) -> String {
    let is_spelled = word.bytes().all(|byte| byte.is_ascii_lowercase());
    let code = match language {
        _ if !is_spelled => String::new(),
        ENGLISH => DoubleMetaphone::new(Some(word.len())).encode(word),
        _ => french_code(word),
    };
    if code.is_empty() { word.to_owned() } else { code }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn english_words_that_sound_alike_have_the_same_code() {
        for (one, other) in [("smith", "smyth"), ("stephen", "steven"), ("philip", "filip"), ("clark", "clarke")] {
            assert_eq!(word_code(one, ENGLISH), word_code(other, ENGLISH), "{one}, {other}");
        }
        assert_ne!(word_code("smith", ENGLISH), word_code("jones", ENGLISH));
    }

    #[test]
    fn the_order_of_words_does_not_count() {
        assert_eq!(name_codes("dupond thierry", FRENCH), name_codes("tierry dupont", FRENCH));
        assert_eq!(name_codes("", FRENCH), "");
        assert_eq!(name_codes("hotel 42 k2000", FRENCH), name_codes("k2000 otel 42", FRENCH));
        assert_ne!(name_codes("42", FRENCH), name_codes("43", FRENCH));
        assert_ne!(name_codes("h dupont", FRENCH), name_codes("dupont", FRENCH));
    }
}
