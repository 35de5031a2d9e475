//! A process that stops responding without exiting: its connections stay open, but nothing arrives.

use std::fs;

use crate::processes::Machines;
use crate::support::Running;

#[test]
fn a_silent_process_is_lost_and_the_next_run_continues() {
    let machines = Machines::sample(2, "1");
    let gate = machines.first().path("gate");
    let mut command = machines.command(0, &[]);
    command.env("MATCHFLOW_FAULT", "pause@source:150").env("MATCHFLOW_FAULT_GATE", &gate);
    let (mut first, other) = (Running::of(command), machines.start(1, &[]));
    first.wait_for_line(|line| line.contains("paused at"));
    other.signal("STOP");
    fs::write(&gate, "").unwrap();
    let first = first.end();
    let lost = format!("error: {} was lost: no message for 30 s", machines.name(1));
    assert!(first.code == Some(1) && first.stderr.contains(&lost), "{first:?}");
    // It wakes up and finds the run ended.
    other.signal("CONT");
    let other = other.end();
    let ended = format!("error: {} ", machines.name(0));
    assert!(other.code == Some(1) && other.stderr.contains(&ended), "{other:?}");

    let committed = machines.committed();
    let rest = machines.succeed();
    assert_eq!(rest[0].before(" skipped"), committed, "{rest:?}");
}
