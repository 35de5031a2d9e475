//! How fast `company-name` scores generated names, as native code and as WebAssembly, and what an empty call costs:
//! `cargo bench -p matchflow-benches --bench scoring`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::cast_precision_loss)]

use std::path::Path;
use std::time::{Duration, Instant};

use matchflow_model::arrow::array::StringArray;
use matchflow_plugin_api::{Column, Scorer, score_pairs};
use matchflow_plugin_company_name::CompanyName;
use matchflow_plugin_host::{Host, HostOptions, Limits, PairBatch, ScorerInstance};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const BATCH_PAIRS: usize = 1_024;
const PAIRS_PER_ROW: usize = 16;
const BATCHES: usize = 1_000;

const WORDS: &[&str] = &[
    "dupont",
    "martin",
    "moreau",
    "plomberie",
    "electricite",
    "boulangerie",
    "garage",
    "transports",
    "menuiserie",
    "du",
    "de la",
    "rhone",
    "loire",
    "atlantique",
    "services",
    "france",
    "groupe",
    "constructions",
    "metalliques",
    "lambert",
    "fontaine",
    "rousseau",
    "informatique",
    "conseil",
    "maintenance",
    "industrielle",
    "peinture",
    "lyon",
];

fn names(rng: &mut ChaCha8Rng, count: usize) -> Vec<String> {
    let mut name = || {
        let words = rng.random_range(1..=4);
        let mut name = (0..words).map(|_| WORDS[rng.random_range(0..WORDS.len())]).collect::<Vec<_>>().join(" ");
        // A typing error in every third name.
        if rng.random_range(0..3) == 0 && name.len() > 4 {
            name.remove(rng.random_range(1..4));
        }
        name
    };
    (0..count).map(|_| name()).collect()
}

fn column(names: &[String]) -> Column {
    let mut column = Column { offsets: vec![0], data: Vec::new(), valid: Vec::new() };
    for name in names {
        column.data.extend_from_slice(name.as_bytes());
        column.offsets.push(column.data.len() as u32);
    }
    column
}

/// The best of five rounds.
fn best(mut round: impl FnMut()) -> Duration {
    let time = || {
        let start = Instant::now();
        round();
        start.elapsed()
    };
    std::iter::repeat_with(time).take(5).min().unwrap()
}

fn load(host: &Host, name: &str) -> ScorerInstance {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins/dist").join(name);
    let start = Instant::now();
    let plugin = host.load(path).unwrap();
    println!("load {name}: {:?}", start.elapsed());
    plugin.scorer("{}", Limits::default()).unwrap()
}

fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let left = names(&mut rng, BATCH_PAIRS / PAIRS_PER_ROW);
    let right = names(&mut rng, BATCH_PAIRS);
    let left_index: Vec<u32> = (0..BATCH_PAIRS).map(|pair| (pair / PAIRS_PER_ROW) as u32).collect();
    let right_index: Vec<u32> = (0..BATCH_PAIRS as u32).collect();

    let scorer = CompanyName::configure("{}").unwrap();
    let (left_column, right_column) = ([column(&left)], [column(&right)]);
    let native = best(|| {
        for _ in 0..BATCHES {
            let scores = score_pairs(&scorer, &left_column, &right_column, &left_index, &right_index);
            std::hint::black_box(scores.unwrap());
        }
    });

    let host = Host::new(HostOptions::default()).unwrap();
    let (left_array, right_array) = (StringArray::from_iter_values(&left), StringArray::from_iter_values(&right));
    let batch =
        PairBatch { left: &[&left_array], right: &[&right_array], left_index: &left_index, right_index: &right_index };
    let mut guest = load(&host, "company-name.wasm");
    let wasm = best(|| {
        for _ in 0..BATCHES {
            std::hint::black_box(guest.score(&batch).unwrap());
        }
    });
    let pairs = (BATCHES * BATCH_PAIRS) as f64;
    println!("company-name native: {:.0} pairs/s", pairs / native.as_secs_f64());
    println!("company-name wasm:   {:.0} pairs/s", pairs / wasm.as_secs_f64());
    println!("wasm / native:       {:.2}", native.as_secs_f64() / wasm.as_secs_f64());

    // All values missing: nothing but the hand-over of 1,024 pairs and their rows.
    let nothing = StringArray::new_null(BATCH_PAIRS);
    let empty = PairBatch { left: &[&nothing], right: &[&nothing], ..batch };
    let mut exact = load(&host, "exact.wasm");
    let call = best(|| {
        for _ in 0..BATCHES {
            std::hint::black_box(exact.score(&empty).unwrap());
        }
    });
    println!("empty call of {BATCH_PAIRS} pairs: {:?}", call / BATCHES as u32);
}
