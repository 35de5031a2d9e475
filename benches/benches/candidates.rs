//! Rows a second for each search, and memory, on names of words drawn by Zipf's law.
//!
//! `cargo bench -p matchflow-benches --bench candidates -- [ROWS [ENTRIES]]`: one thread, one shard.

#![allow(clippy::print_stdout)]

use std::sync::Arc;
use std::time::Instant;

use matchflow_benches::size;
use matchflow_candidates::{Error, Scratch, ShardBuilder, Vocabulary, blocked_search, exact_search, token_search};
use matchflow_model::arrow::array::{ArrayRef, BooleanArray, RecordBatch, StringArray};
use matchflow_model::columns;
use matchflow_model::plan::{ExactKey, InputPair, Search};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Rows passed to a search together.
const BATCH_ROWS: usize = 1024;
/// Postcodes, each with its own town.
const TOWNS: usize = 6000;

#[derive(Clone)]
struct Company {
    siret: String,
    name: String,
    town: usize,
}

struct Words(Vec<String>);

impl Words {
    fn new(random: &mut ChaCha8Rng, count: usize) -> Words {
        let syllables = [
            "ba", "cou", "dre", "fi", "gar", "lan", "mar", "ne", "pon", "ri", "sel", "tin", "vo", "zer", "que", "au",
            "bri", "cha", "dou", "es", "fer", "gue", "hau", "jo", "lou", "me", "nor", "pe", "ro", "sa",
        ];
        let word = |random: &mut ChaCha8Rng| -> String {
            (0..random.random_range(2..5))
                .filter_map(|_| syllables.get(random.random_range(0..syllables.len())))
                .copied()
                .collect()
        };
        Words((0..count).map(|_| word(random)).collect())
    }

    /// The word of rank 1 comes twice as often as that of rank 2, and so on.
    fn zipf(random: &mut ChaCha8Rng, count: usize) -> usize {
        let uniform: f64 = random.random();
        ((count as f64).powf(uniform) as usize).saturating_sub(1).min(count - 1)
    }

    /// Town sizes are skewed too: the first has 1.3 % of all entries.
    fn town(random: &mut ChaCha8Rng) -> usize {
        let uniform: f64 = random.random();
        (TOWNS as f64 * uniform * uniform) as usize
    }

    fn name(&self, random: &mut ChaCha8Rng) -> String {
        let words: Vec<&str> = (0..random.random_range(1..5))
            .filter_map(|_| self.0.get(Words::zipf(random, self.0.len())))
            .map(String::as_str)
            .collect();
        words.join(" ")
    }
}

/// A third of the names get a typo, a tenth lose the group of their identifier.
fn dirtied(random: &mut ChaCha8Rng, company: &Company) -> Company {
    let mut dirty = company.clone();
    if random.random_ratio(1, 3) && dirty.name.len() > 4 {
        dirty.name.remove(random.random_range(0..dirty.name.len()));
    }
    if random.random_ratio(1, 10) {
        dirty.siret = "00000000000000".to_owned();
    }
    dirty
}

fn batch(companies: &[Company]) -> Result<RecordBatch, Error> {
    let text = |of: &dyn Fn(&Company) -> String| -> ArrayRef {
        Arc::new(companies.iter().map(|company| Some(of(company))).collect::<StringArray>())
    };
    Ok(RecordBatch::try_from_iter([
        (columns::ID, text(&|company| company.siret.clone())),
        (columns::GROUP, text(&|company| company.siret.chars().take(9).collect())),
        (columns::OPEN, Arc::new(BooleanArray::from(vec![true; companies.len()])) as ArrayRef),
        ("name", text(&|company| company.name.clone())),
        ("postcode", text(&|company| format!("{:05}", 1000 + 15 * company.town))),
        ("town", text(&|company| format!("town{}", company.town))),
        ("address", text(&|company| format!("{} rue de la republique", company.town % 200))),
    ])?)
}

fn searches() -> Vec<(&'static str, Search)> {
    let key = |left: &str, right: &str| ExactKey { left: left.to_owned(), right: right.to_owned() };
    let pair = |field: &str| InputPair { left: field.to_owned(), right: field.to_owned() };
    let blocks = vec![key("postcode", "postcode"), key("town", "town")];
    let prefer = vec![pair("postcode"), pair("town")];
    vec![
        (
            "exact",
            exact_search(vec![key(columns::ID, columns::ID), key(columns::GROUP, columns::GROUP)], prefer.clone()),
        ),
        ("blocked", blocked_search(blocks, pair("name"), 3)),
        ("token", token_search(pair("name"), prefer, 20, 3)),
    ]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (rows, entries) = (size(0, 20_000)?, size(1, 1_000_000)?);
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let words = Words::new(&mut random, entries / 4);
    let mut companies: Vec<Company> = Vec::with_capacity(entries);
    while companies.len() < entries {
        let (siren, name) = (companies.len(), words.name(&mut random));
        for nic in 0..[1, 1, 1, 2, 3].get(random.random_range(0..5)).copied().unwrap_or(1) {
            let town = Words::town(&mut random);
            companies.push(Company { siret: format!("{siren:09}{nic:05}"), name: name.clone(), town });
        }
    }
    let suppliers: Vec<Company> = (0..rows)
        .filter_map(|_| companies.get(random.random_range(0..companies.len())))
        .cloned()
        .collect::<Vec<_>>()
        .iter()
        .map(|company| dirtied(&mut random, company))
        .collect();
    Ok(measure(&companies, &suppliers)?)
}

fn measure(companies: &[Company], suppliers: &[Company]) -> Result<(), Error> {
    let searches = searches();
    let started = Instant::now();
    let mut builder = ShardBuilder::new(searches.iter().map(|(_, search)| search));
    for chunk in companies.chunks(65_536) {
        builder.push(&batch(chunk)?)?;
    }
    let (mut shard, terms) = builder.finish()?;
    let vocabulary = Arc::new(Vocabulary::merge(vec![terms])?);
    shard.set_vocabulary(vocabulary.clone())?;
    let entries = shard.entries() as usize;
    println!("{entries} entries in {} groups, {} words: {:.1?}", shard.groups(), vocabulary.words(), started.elapsed());
    let bytes = shard.memory().total_bytes() + vocabulary.memory_bytes();
    println!("{} bytes an entry: {:?}, vocabulary {}", bytes / entries, shard.memory(), vocabulary.memory_bytes());
    let batches = suppliers.chunks(BATCH_ROWS).map(batch).collect::<Result<Vec<_>, Error>>()?;
    let mut scratch = Scratch::default();
    for (name, search) in &searches {
        let (started, mut pairs, mut hits) = (Instant::now(), 0, 0);
        let mut counts = matchflow_candidates::SearchCounts::default();
        let mut found = Vec::with_capacity(batches.len());
        for rows in &batches {
            let open: Vec<u32> = (0..rows.num_rows() as u32).collect();
            found.push(shard.search(search, 50, rows, &open, &mut scratch)?);
        }
        let seconds = started.elapsed().as_secs_f64();
        let started = Instant::now();
        for found in &found {
            hits += found.row.chunk_by(|a, b| a == b).count();
            pairs += shard.pairs(found)?.num_rows();
            counts.add(found.counts);
        }
        let rate = suppliers.len() as f64 / seconds;
        println!("{name}: {rate:.0} rows/s, {hits} rows with candidates, {pairs} pairs, {counts:?}");
        println!("  pairs as batches: {:.0} pairs/s", pairs as f64 / started.elapsed().as_secs_f64());
    }
    Ok(())
}
