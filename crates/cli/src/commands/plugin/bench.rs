//! `matchflow plugin bench`: the throughput of a matcher, the overhead of a call, and the time to load.
//!
//! Batches are like those of a run: 1,024 pairs, 16 candidates per row, each distinct row once. The values are
//! generated from a list of words of French company names, with a typing error in every third; they are the same in
//! every run.

use std::io::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use matchflow_model::arrow::array::StringArray;
use matchflow_plugin_host::{Limits, PairBatch, Plugin};

use super::kind::{LoadedPlugin, load};
use crate::args::PluginBenchArgs;
use crate::environment::LocalEnvironment;
use crate::failure::{Failure, FailureContext};

const BATCH_PAIRS: usize = 1_024;
const PAIRS_PER_ROW: usize = 16;
const ROUNDS: usize = 5;
/// Number of empty calls timed together.
const EMPTY_CALLS: usize = 50;
/// Time limit of a call, long enough to measure slow matchers.
const TIMEOUT_MS: u64 = 60_000;

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

/// Medians of the rounds.
struct Figures {
    load: Duration,
    instance: Duration,
    empty_call: Duration,
    pairs_per_s: f64,
}

/// Measures and prints.
pub(crate) fn bench(args: &PluginBenchArgs) -> Result<ExitCode, Failure> {
    let environment = LocalEnvironment::new().while_doing("starting the plug-in host")?;
    let began = Instant::now();
    let plugin = match load(&environment, &args.file).while_doing("loading the plug-in")? {
        LoadedPlugin::Scorer(plugin) => plugin,
        LoadedPlugin::Arbiter(arbiter) => {
            let name = &arbiter.description().name;
            let text = format!(
                "error: `{name}` is an arbiter, whose time is that of its service; only scorers can be measured"
            );
            return Err(Failure::Usage(text));
        }
    };
    let load = began.elapsed();
    let figures = measure(&plugin, args, load)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        let json = serde_json::json!({
            "plugin": plugin.description().name, "digest": plugin.digest(), "pairs_per_s": figures.pairs_per_s,
            "empty_call_us": figures.empty_call.as_secs_f64() * 1e6, "instance_us": figures.instance.as_secs_f64() * 1e6,
            "load_ms": figures.load.as_secs_f64() * 1e3,
        });
        writeln!(out, "{json:#}")?;
        return Ok(ExitCode::SUCCESS);
    }
    let description = plugin.description();
    let milliseconds = |duration: Duration| duration.as_secs_f64() * 1e3;
    writeln!(out, "{} {}, median of {ROUNDS}, one thread", description.name, description.version)?;
    writeln!(out, "pairs        {:.0} pairs/s, {BATCH_PAIRS} per call", figures.pairs_per_s)?;
    writeln!(
        out,
        "empty call   {:.1} us, {BATCH_PAIRS} pairs with nothing to compare",
        milliseconds(figures.empty_call) * 1e3
    )?;
    writeln!(out, "instance     {:.3} ms, configured", milliseconds(figures.instance))?;
    writeln!(out, "start        {:.1} ms, the file loaded and described", milliseconds(figures.load))?;
    Ok(ExitCode::SUCCESS)
}

fn measure(plugin: &Plugin, args: &PluginBenchArgs, load: Duration) -> Result<Figures, Failure> {
    let fatal = |error: matchflow_plugin_host::HostError| Failure::fatal(&error, "running the plug-in");
    let limits = Limits { timeout_ms: TIMEOUT_MS, ..Limits::default() };
    let inputs = plugin.description().inputs.len();
    let mut random = Random(7);
    let left = values(&mut random, BATCH_PAIRS / PAIRS_PER_ROW);
    let right = values(&mut random, BATCH_PAIRS);
    let nothing = StringArray::new_null(BATCH_PAIRS);
    let left_index: Vec<u32> = (0..BATCH_PAIRS).map(|pair| (pair / PAIRS_PER_ROW) as u32).collect();
    let right_index: Vec<u32> = (0..BATCH_PAIRS as u32).collect();
    let (left, right, none) = (vec![&left; inputs], vec![&right; inputs], vec![&nothing; inputs]);
    let index = PairBatch { left_index: &left_index, right_index: &right_index, ..PairBatch::default() };
    let batch = PairBatch { left: &left, right: &right, ..index };
    let empty = PairBatch { left: &none, right: &none, ..index };
    let calls = args.pairs.div_ceil(BATCH_PAIRS as u64).max(1);
    let (mut instances, mut empty_calls, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let mut scorer = plugin.scorer(&args.parameters, limits).map_err(fatal)?;
        instances.push(began.elapsed());
        scorer.score(&batch).map_err(fatal)?;
        let began = Instant::now();
        for _ in 0..calls {
            scorer.score(&batch).map_err(fatal)?;
        }
        rates.push(began.elapsed());
        let began = Instant::now();
        for _ in 0..EMPTY_CALLS {
            scorer.score(&empty).map_err(fatal)?;
        }
        empty_calls.push(began.elapsed() / EMPTY_CALLS as u32);
    }
    let pairs = calls as f64 * BATCH_PAIRS as f64;
    let pairs_per_s = pairs / median(rates).as_secs_f64().max(f64::EPSILON);
    Ok(Figures { load, instance: median(instances), empty_call: median(empty_calls), pairs_per_s })
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn values(random: &mut Random, count: usize) -> StringArray {
    let mut value = || {
        let words = (0..1 + random.below(4)).map(|_| WORDS.get(random.below(WORDS.len())).copied().unwrap_or_default());
        let mut value = words.collect::<Vec<_>>().join(" ");
        if random.below(3) == 0 && value.len() > 4 {
            value.remove(1 + random.below(3));
        }
        value
    };
    StringArray::from_iter_values((0..count).map(|_| value()))
}

/// Marsaglia's xorshift: the values need no quality, only reproducibility.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}
