//! The same scorers as native code and as WebAssembly, over 1 M pairs of names and of addresses, and the cost of a call
//! with nothing to compare: `cargo bench -p matchflow-benches --bench scoring`.
//!
//! Names and addresses are those of the sample registry, cleaned as a pipeline cleans them; a row is an entry with one
//! letter removed, its candidates are the entries with neighbouring names in alphabetical order. Native and WebAssembly
//! take turns, and the figures are medians, to reduce the effect of background load.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::cast_precision_loss)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use matchflow_model::arrow::array::StringArray;
use matchflow_model::plan::{CleanerId, FieldPlan, FieldType, Join, ReferencePlan, TablePlan};
use matchflow_plugin_address::Address;
use matchflow_plugin_api::{Column, Scorer, score_pairs};
use matchflow_plugin_company_name::CompanyName;
use matchflow_plugin_host::{Host, HostOptions, Limits, PairBatch, Plugin, ScorerInstance};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const BATCH_PAIRS: usize = 1_024;
const PAIRS_PER_ROW: usize = 16;
const BATCHES: usize = 977;
const ROUNDS: usize = 7;

/// One batch in both forms.
struct Batch {
    left: StringArray,
    right: StringArray,
    rarity: [Vec<f32>; 2],
    columns: [[Column; 1]; 2],
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The cleaned values of a field of the sample registry, sorted, each once.
fn values(columns: &[&str], cleaner: &'static str) -> Vec<String> {
    let field = FieldPlan {
        name: "field".to_owned(),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        join: Join::Space,
        data_type: FieldType::Text,
    };
    let plan = ReferencePlan {
        table: TablePlan::new("parquet", root().join("pipelines/data/registry.parquet")),
        id: "siret".to_owned(),
        group: Some("siren".to_owned()),
        fields: vec![field],
        filters: Vec::new(),
        status: None,
        id_widths: Default::default(),
        index_path: None,
    };
    let mut reader = matchflow_ingest::open_reference(&plan, 8_192).unwrap();
    let mut values = Vec::new();
    while let Some(batch) = reader.next_batch().unwrap() {
        let cleaned = matchflow_text::clean_column(
            CleanerId::new(cleaner),
            matchflow_model::columns::text(&batch.rows, "field").unwrap(),
        )
        .unwrap();
        values.extend(cleaned.iter().flatten().filter(|value| !value.is_empty()).map(str::to_owned));
    }
    values.sort();
    values.dedup();
    values
}

fn words(value: &str) -> impl Iterator<Item = &str> {
    value.split([' ', '\u{1f}']).filter(|word| !word.is_empty())
}

/// Batches of 64 rows with 16 candidates each, all pairs different.
fn batches(values: &[String]) -> Vec<Batch> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut counts: HashMap<&str, u32> = HashMap::new();
    values.iter().flat_map(|value| words(value)).for_each(|word| *counts.entry(word).or_default() += 1);
    let all = (values.len() as f32).ln();
    let rarity = |array: &StringArray| -> Vec<f32> {
        let count = |word: &str| counts.get(word).copied().unwrap_or(1) as f32;
        array.iter().flatten().flat_map(words).map(|word| 1.0 - count(word).ln() / all).collect()
    };
    let mut batch = || {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for _ in 0..BATCH_PAIRS / PAIRS_PER_ROW {
            let first = rng.random_range(0..values.len() - PAIRS_PER_ROW);
            let mut row = values[first + rng.random_range(0..PAIRS_PER_ROW)].clone();
            let lost = rng.random_range(0..row.len());
            if row.is_char_boundary(lost) {
                row.remove(lost);
            }
            left.push(row);
            right.extend(values[first..first + PAIRS_PER_ROW].iter().cloned());
        }
        let (left, right) = (StringArray::from(left), StringArray::from(right));
        let rarity = [rarity(&left), rarity(&right)];
        let column = |array: &StringArray, rarity: &[f32]| Column {
            offsets: array.value_offsets().iter().map(|offset| *offset as u32).collect(),
            data: array.value_data().to_vec(),
            valid: Vec::new(),
            rarity: rarity.to_vec(),
        };
        let columns = [[column(&left, &rarity[0])], [column(&right, &rarity[1])]];
        Batch { left, right, rarity, columns }
    };
    (0..BATCHES).map(|_| batch()).collect()
}

fn index() -> (Vec<u32>, Vec<u32>) {
    ((0..BATCH_PAIRS as u32).map(|pair| pair / PAIRS_PER_ROW as u32).collect(), (0..BATCH_PAIRS as u32).collect())
}

fn native<S: Scorer>(scorer: &S, batches: &[Batch]) -> Duration {
    let (left, right) = index();
    let start = Instant::now();
    for batch in batches {
        let scores = score_pairs(scorer, &batch.columns[0], &batch.columns[1], &left, &right, false);
        std::hint::black_box(scores.unwrap());
    }
    start.elapsed()
}

fn wasm(scorer: &mut ScorerInstance, batches: &[Batch]) -> Duration {
    let (left_index, right_index) = index();
    let start = Instant::now();
    for batch in batches {
        let scores = scorer.score(&PairBatch {
            left: &[&batch.left],
            right: &[&batch.right],
            left_index: &left_index,
            right_index: &right_index,
            left_rarity: &[&batch.rarity[0]],
            right_rarity: &[&batch.rarity[1]],
            explain: false,
        });
        std::hint::black_box(scores.unwrap());
    }
    start.elapsed()
}

fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|one, other| one.partial_cmp(other).expect("no measurement is NaN"));
    values[values.len() / 2]
}

fn compare<S: Scorer>(name: &str, scorer: &S, guest: &mut ScorerInstance, batches: &[Batch]) {
    assert_eq!(
        native_scores(scorer, &batches[0]),
        wasm_scores(guest, &batches[0]),
        "{name} scores alike on both sides"
    );
    let rounds: Vec<(f64, f64)> =
        (0..ROUNDS).map(|_| (native(scorer, batches).as_secs_f64(), wasm(guest, batches).as_secs_f64())).collect();
    let pairs = (BATCHES * BATCH_PAIRS) as f64;
    let (native, wasm) =
        (median(rounds.iter().map(|round| round.0).collect()), median(rounds.iter().map(|round| round.1).collect()));
    let ratio = median(rounds.iter().map(|(native, wasm)| native / wasm).collect());
    println!(
        "{name:<14} native {:>10.0} pairs/s   wasm {:>10.0} pairs/s   ratio {ratio:.2}",
        pairs / native,
        pairs / wasm
    );
}

fn native_scores<S: Scorer>(scorer: &S, batch: &Batch) -> Vec<f32> {
    let (left, right) = index();
    score_pairs(scorer, &batch.columns[0], &batch.columns[1], &left, &right, false).unwrap().values
}

fn wasm_scores(scorer: &mut ScorerInstance, batch: &Batch) -> Vec<f32> {
    let (left_index, right_index) = index();
    let pairs = PairBatch {
        left: &[&batch.left],
        right: &[&batch.right],
        left_index: &left_index,
        right_index: &right_index,
        left_rarity: &[&batch.rarity[0]],
        right_rarity: &[&batch.rarity[1]],
        explain: false,
    };
    scorer.score(&pairs).unwrap().values
}

/// The median time of a call with `pairs` pairs of 64 rows and as many entries as pairs, all missing.
fn empty_call(scorer: &mut ScorerInstance, pairs: usize) -> Duration {
    let (rows, entries) = (StringArray::new_null(64), StringArray::new_null(pairs));
    let left: Vec<u32> = (0..pairs as u32).map(|pair| pair % 64).collect();
    let right: Vec<u32> = (0..pairs as u32).collect();
    let batch = PairBatch {
        left: &[&rows],
        right: &[&entries],
        left_index: &left,
        right_index: &right,
        ..PairBatch::default()
    };
    let call = || {
        let start = Instant::now();
        std::hint::black_box(scorer.score(&batch).unwrap());
        start.elapsed()
    };
    median(std::iter::repeat_with(call).take(4_000).collect())
}

fn main() {
    let host = Host::new(HostOptions::default()).unwrap();
    let load = |name: &str| {
        let plugin = Plugin::load(&host, root().join("plugins/dist").join(name)).unwrap();
        plugin.scorer("{}", Limits::default()).unwrap()
    };
    println!("{} pairs in batches of {BATCH_PAIRS}, medians of {ROUNDS} interleaved rounds", BATCHES * BATCH_PAIRS);
    let names = batches(&values(&["denominationUniteLegale"], "company_name"));
    compare("company-name", &CompanyName::configure("{}").unwrap(), &mut load("company-name.wasm"), &names);
    let street = ["numeroVoieEtablissement", "typeVoieEtablissement", "libelleVoieEtablissement"];
    let addresses = batches(&values(&street, "address"));
    compare("address", &Address::configure("{}").unwrap(), &mut load("address.wasm"), &addresses);
    let mut exact = load("exact.wasm");
    for pairs in [1, 64, BATCH_PAIRS] {
        println!("call with {pairs:>4} pairs of missing values: {:?}", empty_call(&mut exact, pairs));
    }
}
