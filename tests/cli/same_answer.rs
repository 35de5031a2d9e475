//! The results do not depend on how the work is divided.

use crate::support::World;

#[test]
fn results_are_the_same_for_all_workers_threads_and_chunks() {
    let world = World::sample();
    let ways: [&[&str]; 7] = [
        &["-w", "1"],
        &["-w", "2"],
        &["-w", "4"],
        &["-w", "3", "--set", "execution.chunk=1"],
        &["-w", "2", "--set", "execution.chunk=1000"],
        &["-w", "2", "--set", "execution.scoring_threads=1", "--set", "execution.in_flight=100"],
        &["-w", "2", "--set", "execution.scoring_threads=4", "--set", "sink.batch_size=7"],
    ];
    let mut first: Option<Vec<u8>> = None;
    for (number, way) in ways.iter().enumerate() {
        let checkpoint = format!("sink.checkpoint=out/{number}.duckdb");
        let outputs = format!("outputs=[{{csv: out/{number}.csv}}]");
        let mut arguments = vec!["run", "suppliers.yaml", "--set", &checkpoint, "--set", &outputs];
        arguments.extend_from_slice(way);
        world.succeed(&arguments);
        let csv = world.read(&format!("out/{number}.csv"));
        let first = first.get_or_insert_with(|| csv.clone());
        assert!(*first == csv, "{way:?} gives other results than {:?}", ways[0]);
    }
}

#[test]
fn a_repeated_run_is_the_same_from_an_empty_checkpoint() {
    let run = || {
        let world = World::sample();
        world.succeed(&["run", "suppliers.yaml", "--limit", "400"]);
        world.read("out/suppliers-results.csv")
    };
    assert!(run() == run());
}
