//! Runs that ask a remote end, killed and resumed: nothing that was answered is asked again.

use std::collections::HashSet;
use std::time::Duration;

use matchflow_mock_server::{Behaviour, Faults, Latency, Log};
use matchflow_remote::Answers;

use crate::arbiters::{CHECKPOINT, CSV, judge, world};
use crate::tables::{count, csv_rows, repeated};

const ROWS: usize = 400;
const KILLS: u64 = 8;
/// Requests in flight: the answers that a kill may meet on their way.
const IN_FLIGHT: usize = 64;

fn behaviour(seed: u64) -> Behaviour {
    let latency = Latency::LogNormal { median: Duration::from_millis(20), sigma: 1.0 };
    let faults = Faults { server_error: 0.05, too_many: 0.03, cut: 0.05, tries: 2, ..Faults::default() };
    Behaviour { seed, latency, faults, ..Behaviour::default() }
}

/// The results, sorted by key.
fn results(world: &crate::support::World) -> Vec<String> {
    let text = String::from_utf8(world.read(CSV)).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn a_killed_run_asks_for_no_recorded_answer_again() {
    let seed = 11;
    println!("seed {seed}");
    let undisturbed = {
        let server = judge(behaviour(seed));
        let world = world(ROWS, &server, "llm-arbiter", "");
        world.succeed(&["run", "asked.yaml"]);
        results(&world)
    };
    let server = judge(behaviour(seed));
    let world = world(ROWS, &server, "llm-arbiter", "");
    let log = server.log();
    let answered = || log.exchanges().iter().filter(|exchange| exchange.status == 200).count() as u64;
    let (mut random, mut lost) = (seed, Vec::new());
    for round in 0..KILLS {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let enough = answered() + 1 + (random >> 33) % 45;
        let mut run = world.start(&["run", "asked.yaml"]);
        while answered() < enough {
            assert!(run.is_running(), "round {round}: the run ended before {enough} answers");
            std::thread::yield_now();
        }
        run.signal("KILL");
        assert_eq!(run.end().code, None, "round {round}");
        // What is under way for the dead process comes to its end unseen.
        while log.in_flight() > 0 {
            std::thread::yield_now();
        }
        let (came, recorded) = (distinct_answers(&log), recorded(&world));
        assert!(recorded <= came && came - recorded <= IN_FLIGHT, "round {round}: {recorded} of {came} are recorded");
        lost.push(came - recorded);
    }
    world.succeed(&["run", "asked.yaml"]);
    assert_eq!(results(&world), undisturbed, "killed runs came to other results");
    assert_eq!(repeated(csv_rows(&world, CSV).iter().map(|row| row["key"].as_str())), [""; 0]);
    assert_eq!(count(&world, CHECKPOINT, "SELECT count(*) FROM results"), ROWS as u64, "no row was committed twice");
    // Answers given twice: a repeat that meets a fault is asked once more, and costs nothing.
    let repeats = answered() as usize - distinct_answers(&log);
    println!(
        "{} requests, {} distinct, {KILLS} kills, {repeats} answered again, lost {lost:?}",
        log.requests(),
        log.distinct()
    );
    assert!(repeats <= lost.iter().sum(), "{repeats} answers were given again; not recorded were {lost:?}");
}

/// Requests that the server has answered.
fn distinct_answers(log: &Log) -> usize {
    let exchanges = log.exchanges();
    let answered = exchanges.iter().filter(|exchange| exchange.status == 200);
    answered.map(|exchange| exchange.body_digest).collect::<HashSet<_>>().len()
}

/// Answers that a killed run leaves: looked for in a copy, as opening mends.
fn recorded(world: &crate::support::World) -> usize {
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
