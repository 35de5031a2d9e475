//! The real binary, killed (SIGKILL) at random moments and at chosen places, and resumed until done.
//!
//! `MATCHFLOW_KILLS` is the number of random kills (20 by default; 500 for the full harness), `MATCHFLOW_SEED` the
//! seed. Both also apply to `arbiters_killed`.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::World;
use crate::tables::{count, csv_rows, repeated};

const ROWS: u64 = 2_500;
const BATCH: u64 = 20;
const RUN: [&str; 6] = ["run", "suppliers.yaml", "--set", "sink.batch_size=20", "--set", "execution.in_flight=500"];
const CSV: &str = "out/suppliers-results.csv";
const CHECKPOINT: &str = "out/suppliers.duckdb";

/// A pseudo-random number sequence from a seed (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// From 0 to 1.
    pub(crate) fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

pub(crate) fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}

/// The result and the duration of an undisturbed run.
fn undisturbed(world: &World) -> (Vec<u8>, Duration) {
    let began = Instant::now();
    world.succeed(&RUN);
    let took = began.elapsed();
    let csv = world.read(CSV);
    fs::remove_dir_all(world.path("out")).unwrap();
    (csv, took)
}

/// Rows committed, after checking the invariants that hold after any kill. 0 if there is no checkpoint yet.
fn committed(world: &World, what: &str) -> u64 {
    if !world.path(CHECKPOINT).exists() {
        return 0;
    }
    let count = |sql: &str| count(world, CHECKPOINT, sql);
    let rows = count("SELECT count(*) FROM results");
    assert_eq!(rows, count("SELECT count(DISTINCT \"key\") FROM results"), "{what}: a key is there twice");
    assert_eq!(rows, count("SELECT coalesce(sum(\"rows\"), 0)::UBIGINT FROM epochs"), "{what}: an epoch is in part");
    let holes = "SELECT count(*) FROM (SELECT max(epoch) + 1 AS epochs, count(*) AS found, count(DISTINCT epoch) AS
        once FROM epochs GROUP BY run_id) WHERE epochs <> found OR once <> found";
    assert_eq!(count(holes), 0, "{what}: epochs have holes");
    rows
}

#[test]
fn killed_at_random_moments_and_resumed_until_done() {
    let (kills_wanted, seed) = (variable("MATCHFLOW_KILLS", 20), variable("MATCHFLOW_SEED", 20_261_123));
    println!("MATCHFLOW_KILLS={kills_wanted} MATCHFLOW_SEED={seed}");
    let world = World::sample();
    let (expected, took) = undisturbed(&world);
    let mut random = Random(seed);
    let (mut kills, mut series, mut before, mut at_once) = (0, 0, 0, 0);
    while kills < kills_wanted {
        let ended = world.start(&RUN).kill_after(took.mul_f64(random.share() * 1.2));
        let what = format!("seed {seed}, kill {kills}, series {series}");
        if ended.code.is_some() {
            assert_eq!(ended.code, Some(0), "{what}: {ended:?}");
            assert_eq!(committed(&world, &what), ROWS, "{what}: no row was committed twice");
            assert!(world.read(CSV) == expected, "{what}: other results than those of an undisturbed run");
            assert_eq!(repeated(csv_rows(&world, CSV).iter().map(|row| row["key"].as_str())), [""; 0], "{what}");
            fs::remove_dir_all(world.path("out")).unwrap();
            (series, before) = (series + 1, 0);
            continue;
        }
        kills += 1;
        let now = committed(&world, &what);
        let told = ended.stderr.lines().filter_map(crate::progress::parts).next_back().map_or(0, |(done, _)| done);
        assert!(now >= before && now >= told, "{what}: {before} committed, {told} told, now {now}");
        assert!(now == ROWS || now.is_multiple_of(BATCH), "{what}: {now}");
        at_once += u64::from(now == before);
        before = now;
    }
    println!("{kills} kills, {series} series run to their end, {at_once} kills before a commit; undisturbed {took:?}");
    let rest = world.succeed(&RUN);
    assert_eq!(rest.before(" skipped"), before, "seed {seed}: {rest:?}");
    assert!(world.read(CSV) == expected, "seed {seed}: other results than those of an undisturbed run");
}

/// Kills a run at a place; returns the number of rows committed before.
fn killed_at(world: &World, place: &str, arguments: &[&str]) -> u64 {
    let ended = world.run_with_fault(&format!("kill@{place}"), arguments);
    assert_eq!(ended.code, None, "{place}: the run was killed: {ended:?}");
    committed(world, place)
}

#[test]
fn killed_at_chosen_places_nothing_is_lost_or_doubled() {
    let world = World::sample();
    let (expected, _) = undisturbed(&world);
    let table = [
        ("in the definition", 0),
        ("before the checkpoint has its name", 0),
        ("between append and commit:1", 0),
        ("between append and commit:4", 3 * BATCH),
        ("after commit:1", BATCH),
        ("after commit:4", 4 * BATCH),
        ("before the log is folded in", ROWS),
        ("while exporting:1", ROWS),
        ("while exporting:2", ROWS),
        ("before a result has its name:1", ROWS),
        ("before a result has its name:2", ROWS),
    ];
    for (place, rows) in table {
        assert_eq!(killed_at(&world, place, &RUN), rows, "{place}");
        let rest = world.succeed(&RUN);
        assert_eq!((rest.before(" skipped"), rest.after("this run: ")), (rows, ROWS - rows), "{place}: {rest:?}");
        assert!(world.read(CSV) == expected, "{place}: other results than those of an undisturbed run");
        assert_eq!(committed(&world, place), ROWS, "{place}");
        fs::remove_dir_all(world.path("out")).unwrap();
    }
}

#[test]
fn killed_while_resuming_and_while_taking_over_nothing_is_lost() {
    let world = World::sample();
    let (expected, _) = undisturbed(&world);
    let elsewhere = ["--set", "sink.checkpoint=out/elsewhere.duckdb", "--set", "sink.fallback=none"];
    world.succeed(&[&RUN[..], &["--limit", "500"]].concat());
    world.succeed(&[&RUN[..], &elsewhere, &["--limit", "700"]].concat());
    fs::rename(world.path("out/elsewhere.duckdb"), world.path("out/suppliers.fallback.duckdb")).unwrap();
    for place in ["while resuming", "while taking over:1", "while taking over:2", "while taking over:4"] {
        assert_eq!(killed_at(&world, place, &RUN), 500, "{place}");
    }
    let rest = world.succeed(&RUN);
    assert_eq!((rest.before(" skipped"), rest.after("this run: ")), (700, ROWS - 700), "{rest:?}");
    assert!(rest.stderr.contains("700 results were imported from the other checkpoint"), "{rest:?}");
    assert!(world.read(CSV) == expected, "other results than those of an undisturbed run");
    assert!(Path::new(&world.path("out/suppliers.fallback.duckdb")).exists(), "what was taken over stays");
}
