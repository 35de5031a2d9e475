//! Entries of the row's block (postcode, or town) whose name is within an edit distance.
//!
//! A block's names are stored contiguously, sorted by length, each with a signature of its characters: in a block of
//! 50,000 names, only those of about the right length are considered, and only those with about the right characters
//! are read. Thirteen bytes per name, stored once: if a town's entries are in few postcodes, the index of towns lists
//! these, and the similar entries are checked for their town.
//!
//! Two names are compared as they are and with their words sorted; the smaller distance counts.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::Arc;

use matchflow_model::columns;

use crate::codec::{Decode, Decoder, Encode, Encoder, codec};
use crate::csr::CsrLists;
use crate::distance::{may_be_near, signature};
use crate::entry_keys::EntryKeys;
use crate::error::Error;
use crate::name_distance::NameQuery;
use crate::registry::{Registry, TextField};
use crate::word_list::WordList;

/// A coarser block is searched through finer ones if at most this many times its names are read: then names are stored
/// only once.
const NAME_READS_MAX: u64 = 4;

/// The index over one block field and one name field.
#[derive(Debug)]
pub(crate) struct BlockedIndex {
    pub(crate) block: String,
    pub(crate) name: String,
    blocks: WordList,
    names: Arc<BlockNames>,
    /// The other index with the names, if it is not this one.
    through: Option<ParentIndex>,
}

/// Names by block.
#[derive(Debug, Default)]
struct BlockNames {
    text: TextField,
    /// The first name of each block, then the number of names. The last block has the entries without a block.
    starts: Vec<u32>,
    /// Length of the name in characters, 255 for longer ones. Sorted within a block.
    lengths: Vec<u8>,
    signatures: Vec<u64>,
    entries: Vec<u32>,
}

/// Maps blocks to those of another index.
#[derive(Debug)]
struct ParentIndex {
    /// The block field of the other index.
    block: String,
    /// For each block, the other index's blocks that contain its entries.
    blocks: CsrLists,
    keys: EntryKeys,
}

codec!(BlockNames { text, starts, lengths, signatures, entries });
codec!(ParentIndex { block, blocks, keys });

impl Encode for BlockedIndex {
    fn encode(&self, out: &mut Encoder<'_>) -> std::io::Result<()> {
        self.block.encode(out)?;
        self.name.encode(out)?;
        self.blocks.encode(out)?;
        self.through.encode(out)?;
        if self.through.is_none() { self.names.encode(out) } else { Ok(()) }
    }
}

impl Decode for BlockedIndex {
    fn decode(from: &mut Decoder<'_>) -> std::io::Result<BlockedIndex> {
        let (block, name, blocks) = (Decode::decode(from)?, Decode::decode(from)?, Decode::decode(from)?);
        let through: Option<ParentIndex> = Decode::decode(from)?;
        let names = if through.is_none() { Decode::decode(from)? } else { Arc::default() };
        Ok(BlockedIndex { block, name, blocks, names, through })
    }
}

/// The blocks of a registry and their entries.
struct Blocks {
    values: Vec<String>,
    keys: EntryKeys,
    /// Block and entry, sorted; entries without a block are in an additional last one.
    entries: Vec<(u32, u32)>,
}

impl Blocks {
    fn read(registry: &Registry, block: &str) -> Result<Blocks, Error> {
        let keys = EntryKeys::new(registry, block)?;
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut entries: Vec<(u32, u32)> = Vec::with_capacity(registry.entries() as usize);
        let mut scratch = Vec::new();
        for entry in 0..registry.entries() {
            let before = entries.len();
            keys.visit_with(registry, entry, &mut scratch, |key| {
                let next = numbers.len() as u32;
                let number = match numbers.get(key) {
                    Some(number) => *number,
                    None => *numbers.entry(key.to_owned()).or_insert(next),
                };
                entries.push((number, entry));
            });
            if entries.len() == before {
                entries.push((u32::MAX, entry));
            }
        }
        let mut values: Vec<(String, u32)> = numbers.into_iter().collect();
        values.sort_unstable();
        let mut places = vec![0; values.len()];
        for (place, (_, number)) in (0..).zip(&values) {
            places.get_mut(*number as usize).into_iter().for_each(|slot| *slot = place);
        }
        let none = values.len() as u32;
        for (block, _) in &mut entries {
            *block = places.get(*block as usize).copied().unwrap_or(none);
        }
        entries.sort_unstable();
        entries.dedup();
        Ok(Blocks { values: values.into_iter().map(|(value, _)| value).collect(), keys, entries })
    }

    /// The blocks of each entry.
    fn of_entries(&self, registry: &Registry) -> Result<CsrLists, Error> {
        CsrLists::build(registry.entries() as usize, |put| {
            self.entries.iter().for_each(|(block, entry)| put(*entry as usize, *block));
        })
    }

    fn sizes(&self) -> Vec<u64> {
        let mut sizes = vec![0; self.values.len() + 1];
        self.entries.iter().for_each(|(block, _)| {
            sizes.get_mut(*block as usize).into_iter().for_each(|size| *size += 1);
        });
        sizes
    }
}

impl BlockedIndex {
    /// Builds the indexes for `fields`, each a block field and a name field.
    pub(crate) fn build_all(registry: &Registry, fields: &[Vec<String>]) -> Result<Vec<BlockedIndex>, Error> {
        let fields: Vec<(&String, &String)> =
            fields.iter().filter_map(|fields| Some((fields.first()?, fields.get(1)?))).collect();
        let mut indexes = Vec::with_capacity(fields.len());
        let names: BTreeSet<&String> = fields.iter().map(|(_, name)| *name).collect();
        for name in names {
            let block_fields = fields.iter().filter(|(_, other)| *other == name).map(|(block, _)| *block);
            let read = |block: &String| Ok((block.clone(), Blocks::read(registry, block)?));
            let mut blocks: Vec<(String, Blocks)> = block_fields.map(read).collect::<Result<_, Error>>()?;
            // The finest first: the others may be searched through it.
            blocks.sort_by(|one, other| other.1.values.len().cmp(&one.1.values.len()).then(one.0.cmp(&other.0)));
            let mut blocks = blocks.into_iter();
            let Some((block, finest)) = blocks.next() else { continue };
            let of_entries = finest.of_entries(registry)?;
            let sizes = finest.sizes();
            let index = BlockedIndex::alone(registry, block, name, &finest)?;
            for (block, coarser) in blocks {
                indexes.push(match coarser.through(&of_entries, &sizes)? {
                    Some(lists) => BlockedIndex {
                        block,
                        name: name.clone(),
                        blocks: words(&coarser.values)?,
                        names: Arc::clone(&index.names),
                        through: Some(ParentIndex { block: index.block.clone(), blocks: lists, keys: coarser.keys }),
                    },
                    None => BlockedIndex::alone(registry, block, name, &coarser)?,
                });
            }
            indexes.push(index);
        }
        Ok(indexes)
    }

    /// Connects indexes that were read from a file with those that store their names.
    pub(crate) fn link(indexes: &mut [BlockedIndex]) {
        let owners: Vec<_> = indexes
            .iter()
            .filter(|index| index.through.is_none())
            .map(|index| (index.block.clone(), index.name.clone(), Arc::clone(&index.names)))
            .collect();
        for index in indexes {
            let Some(through) = &index.through else { continue };
            let owner = owners.iter().find(|(block, name, _)| *block == through.block && *name == index.name);
            owner.into_iter().for_each(|(_, _, names)| index.names = Arc::clone(names));
        }
    }

    fn alone(registry: &Registry, block: String, name: &str, blocks: &Blocks) -> Result<BlockedIndex, Error> {
        let names = Arc::new(BlockNames::build(registry, name, blocks)?);
        Ok(BlockedIndex { block, name: name.to_owned(), blocks: words(&blocks.values)?, names, through: None })
    }

    /// Adds `(entry, similarity)` for the entries before `end` in block `value` within the distance of `query`, some of
    /// them twice.
    pub(crate) fn find(
        &self,
        registry: &Registry,
        value: &str,
        end: u32,
        query: &mut NameQuery,
        found: &mut Vec<(u32, f32)>,
    ) {
        let Some(number) = self.blocks.find(value) else { return };
        let Some(through) = &self.through else { return self.names.find(registry, number, end, query, found) };
        let before = found.len();
        for block in through.blocks.get(number as usize) {
            self.names.find(registry, *block, end, query, found);
        }
        let (mut place, mut scratch) = (0, Vec::new());
        found.retain(|(entry, _)| {
            place += 1;
            let mut is_of_block = place <= before;
            if !is_of_block {
                through.keys.visit_with(registry, *entry, &mut scratch, |key| is_of_block |= key == value);
            }
            is_of_block
        });
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let names = match &self.through {
            Some(through) => through.blocks.memory_bytes(),
            None => self.names.memory_bytes(),
        };
        self.blocks.memory_bytes() + names
    }
}

impl Blocks {
    /// For each block, the finer blocks that contain its entries; `None` if far more names would be read that way.
    fn through(&self, of_entries: &CsrLists, sizes: &[u64]) -> Result<Option<CsrLists>, Error> {
        let mut pairs: Vec<(usize, u32)> = Vec::with_capacity(self.entries.len());
        let in_blocks = self.entries.iter().filter(|(block, _)| (*block as usize) < self.values.len());
        for (block, entry) in in_blocks {
            pairs.extend(of_entries.get(*entry as usize).iter().map(|finer| (*block as usize, *finer)));
        }
        pairs.sort_unstable();
        pairs.dedup();
        // Rows request a block as often as it has entries.
        let (mut direct, mut through) = (0u64, 0u64);
        let block_sizes = self.sizes();
        for finer in pairs.chunk_by(|one, other| one.0 == other.0) {
            let size = finer.first().and_then(|(block, _)| block_sizes.get(*block)).copied().unwrap_or(0);
            let all: u64 = finer.iter().filter_map(|(_, finer)| sizes.get(*finer as usize)).sum();
            direct = direct.saturating_add(size.saturating_mul(size));
            through = through.saturating_add(size.saturating_mul(all));
        }
        if through > direct.saturating_mul(NAME_READS_MAX) {
            return Ok(None);
        }
        CsrLists::build(self.values.len(), |put| pairs.iter().for_each(|(block, finer)| put(*block, *finer))).map(Some)
    }
}

fn words(values: &[String]) -> Result<WordList, Error> {
    WordList::from_sorted(values.iter().map(String::as_str))
}

impl BlockNames {
    fn build(registry: &Registry, name: &str, blocks: &Blocks) -> Result<BlockNames, Error> {
        let text = registry.text(name)?;
        let mut names: Vec<(u32, u8, u32, u64)> = Vec::with_capacity(blocks.entries.len());
        for (block, entry) in &blocks.entries {
            let of_entry = columns::alternatives(registry.value(text, *entry).unwrap_or(""));
            names.extend(of_entry.map(|name| (*block, capped_length(name), *entry, signature(name))));
        }
        if names.len() > u32::MAX as usize {
            return Err(Error::TooLarge { what: "names in blocks", limit: u64::from(u32::MAX) });
        }
        names.sort_unstable();
        names.dedup();
        let numbers = 0..=blocks.values.len() as u32 + 1;
        let mut starts: Vec<u32> = Vec::with_capacity(blocks.values.len() + 2);
        starts.extend(numbers.map(|number| names.partition_point(|name| name.0 < number) as u32));
        Ok(BlockNames {
            text,
            starts,
            lengths: names.iter().map(|name| name.1).collect(),
            entries: names.iter().map(|name| name.2).collect(),
            signatures: names.iter().map(|name| name.3).collect(),
        })
    }

    /// Adds the entries of one block.
    fn find(&self, registry: &Registry, block: u32, end: u32, query: &mut NameQuery, found: &mut Vec<(u32, f32)>) {
        let Some(range) = self.range(block) else { return };
        let lengths = self.lengths.get(range.clone()).unwrap_or(&[]);
        let characters = query.plain.len();
        let shortest = characters.saturating_sub(query.distance_max).min(255);
        let longest = characters.saturating_add(query.distance_max).min(255);
        let first = range.start + lengths.partition_point(|length| usize::from(*length) < shortest);
        let last = range.start + lengths.partition_point(|length| usize::from(*length) <= longest);
        let signatures = self.signatures.get(first..last).unwrap_or(&[]);
        let entries = self.entries.get(first..last).unwrap_or(&[]);
        let bound = u32::try_from(query.distance_max).unwrap_or(u32::MAX);
        let signature = query.signature;
        let near = |(entry, other): &(&u32, &u64)| **entry < end && may_be_near(signature, **other, bound);
        for (entry, _) in entries.iter().zip(signatures).filter(near) {
            let cell = registry.value(self.text, *entry).unwrap_or("");
            let best = columns::alternatives(cell).filter_map(|name| query.similarity(name)).max_by(f32::total_cmp);
            found.extend(best.map(|similarity| (*entry, similarity)));
        }
    }

    fn range(&self, block: u32) -> Option<Range<usize>> {
        Some(*self.starts.get(block as usize)? as usize..*self.starts.get(block as usize + 1)? as usize)
    }

    fn memory_bytes(&self) -> usize {
        self.lengths.capacity()
            + (self.starts.capacity() + self.entries.capacity()) * size_of::<u32>()
            + self.signatures.capacity() * size_of::<u64>()
    }
}

fn capped_length(name: &str) -> u8 {
    u8::try_from(name.chars().count()).unwrap_or(u8::MAX)
}
