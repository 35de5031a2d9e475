//! Runs that ask a remote end, killed and resumed until done: no answered request is sent again, except those whose
//! answers were in transit at a kill.
//!
//! `MATCHFLOW_KILLS` is the number of kills (8 by default), `MATCHFLOW_SEED` the seed. If the number is given, only
//! answers from the last 50 ms before a kill may be requested again; without it, only their number is bounded, since a
//! slow machine cannot be told from a slow matchflow.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use matchflow_mock_server::{Behaviour, Faults, Latency, Log};
use matchflow_remote::Answers;

use crate::arbiters::{CHECKPOINT, CSV, judge, world};
use crate::kill::{Random, variable};
use crate::support::World;
use crate::tables::{count, csv_rows, repeated};

const ROWS: usize = 400;
/// Requests in flight: the maximum number of answers that a kill can interrupt.
const IN_FLIGHT: usize = 64;
/// Answers before a kill that may be requested again.
const WINDOW: Duration = Duration::from_millis(50);

/// Totals over all kills.
#[derive(Debug, Default)]
struct Tally {
    kills: u64,
    series: u64,
    requests: usize,
    /// Answers that were requested again.
    repeats: usize,
    /// Those of them that were answered before the window.
    late: usize,
    /// The longest time from such an answer to the kill.
    longest: Duration,
}

fn behaviour(seed: u64) -> Behaviour {
    let latency = Latency::LogNormal { median: Duration::from_millis(20), sigma: 1.0 };
    let faults = Faults { server_error: 0.05, too_many: 0.03, cut: 0.05, tries: 2, ..Faults::default() };
    Behaviour { seed, latency, faults, ..Behaviour::default() }
}

/// The results, sorted by key.
fn results(world: &World) -> Vec<String> {
    let text = String::from_utf8(world.read(CSV)).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn a_resumed_run_does_not_repeat_recorded_requests() {
    let (kills_wanted, seed) = (variable("MATCHFLOW_KILLS", 8), variable("MATCHFLOW_SEED", 11));
    println!("MATCHFLOW_KILLS={kills_wanted} MATCHFLOW_SEED={seed}");
    let undisturbed = {
        let server = judge(behaviour(seed));
        let world = world(ROWS, &server, "llm-arbiter", "");
        world.succeed(&["run", "asked.yaml"]);
        results(&world)
    };
    let (mut random, mut tally) = (Random(seed), Tally::default());
    while tally.kills < kills_wanted {
        tally.series += 1;
        series(seed, kills_wanted, &mut random, &mut tally, &undisturbed);
    }
    println!("{tally:?}");
    if std::env::var_os("MATCHFLOW_KILLS").is_some() {
        assert_eq!(tally.late, 0, "answers were lost that had come more than {WINDOW:?} before the kill");
    }
}

/// Kills a run and resumes it until it is done.
fn series(seed: u64, kills_wanted: u64, random: &mut Random, tally: &mut Tally, undisturbed: &[String]) {
    let server = judge(behaviour(seed));
    let world = world(ROWS, &server, "llm-arbiter", "");
    let log = server.log();
    let (mut lost, mut kills) = (0, Vec::new());
    while tally.kills < kills_wanted {
        let enough = log.answers() + 1 + (random.share() * 60.0) as usize;
        let mut run = world.start(&["run", "asked.yaml"]);
        while log.answers() < enough && run.is_running() {
            // Sleeps, since a busy loop would take the CPU from the run.
            std::thread::sleep(Duration::from_millis(1));
        }
        let sent = Instant::now();
        let ended = run.kill();
        // Requests of the dead process finish unseen.
        while log.in_flight() > 0 {
            std::thread::yield_now();
        }
        let gone = Instant::now();
        if ended.code.is_some() {
            assert_eq!(ended.code, Some(0), "kill {}: {ended:?}", tally.kills);
            break;
        }
        tally.kills += 1;
        let (came, recorded) = (distinct_answers(&log), recorded(&world));
        let what = format!("kill {}: {recorded} of {came} are recorded", tally.kills);
        let lost_max = IN_FLIGHT * (kills.len() + 1);
        assert!(recorded <= came && came - recorded <= lost_max, "{what}");
        lost += came - recorded;
        kills.push((sent, gone));
    }
    world.succeed(&["run", "asked.yaml"]);
    assert!(results(&world) == undisturbed, "killed runs came to other results");
    assert_eq!(repeated(csv_rows(&world, CSV).iter().map(|row| row["key"].as_str())), [""; 0]);
    assert_eq!(count(&world, CHECKPOINT, "SELECT count(*) FROM results"), ROWS as u64, "no row was committed twice");
    // Repeats of one lost answer count once, even if the server fails at first.
    let repeats: BTreeMap<Instant, Instant> = log.repeats().into_iter().rev().collect();
    assert!(repeats.len() <= lost, "{} answers were asked for again; {lost} were not recorded", repeats.len());
    for (answered, asked) in &repeats {
        // An answer may arrive while the process is dying.
        let kill = kills.iter().find(|(_, gone)| gone >= answered).filter(|(sent, _)| sent < asked);
        let before = kill.map_or(Duration::MAX, |(sent, _)| sent.saturating_duration_since(*answered));
        tally.longest = tally.longest.max(before);
        tally.late += usize::from(before > WINDOW);
    }
    tally.requests += log.requests();
    tally.repeats += repeats.len();
}

/// Requests that the server has answered.
fn distinct_answers(log: &Log) -> usize {
    let exchanges = log.exchanges();
    let answered = exchanges.iter().filter(|exchange| exchange.status == 200);
    answered.map(|exchange| exchange.body_digest).collect::<HashSet<_>>().len()
}

/// Answers recorded by a killed run, counted in a copy, since opening repairs the file.
fn recorded(world: &World) -> usize {
    let file = world.path(&format!("{CHECKPOINT}.answers"));
    if !file.exists() {
        return 0;
    }
    let copy = file.with_extension("copy");
    std::fs::copy(file, &copy).unwrap();
    let opened = Answers::open(&copy, &[]).unwrap();
    assert_eq!(opened.warnings, [""; 0]);
    let recorded = opened.recorded;
    drop(opened);
    std::fs::remove_file(copy).unwrap();
    recorded
}
