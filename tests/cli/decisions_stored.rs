//! The file of decisions: whenever its writer is killed, and after it was changed by hand.

use std::time::Instant;

use crate::decisions::{decide, outcomes};
use crate::kill::{Random, variable};
use crate::small::small;

const RUN: &[&str] = &["run", "small.yaml"];
const DECISIONS: &str = "out/small.duckdb.decisions.jsonl";

#[test]
fn no_acknowledged_verdict_is_lost_whenever_the_process_is_killed() {
    let (kills, seed) = (variable("MATCHFLOW_KILLS", 20), variable("MATCHFLOW_SEED", 20_261_130));
    println!("MATCHFLOW_KILLS={kills} MATCHFLOW_SEED={seed}");
    let world = small();
    world.succeed(RUN);
    let began = Instant::now();
    decide(&world, "Nobody", "F1,later,,\nF2,later,,\n");
    let took = began.elapsed();
    let mut random = Random(seed);
    let mut acknowledged: Vec<String> = Vec::new();
    let mut killed = 0;
    for number in 0..kills {
        let by = format!("P{number}");
        world.write("verdicts.csv", "key,verdict\nF1,accept\nF2,accept\nF3,accept\nF4,accept\n");
        let arguments = ["decisions", "import", "small.yaml", "verdicts.csv", "--by", &by];
        let ended = match number % 4 {
            0 => world.run_with_fault("kill@before decisions are written", &arguments),
            1 => world.run_with_fault("kill@before decisions are on the disk", &arguments),
            _ => world.start(&arguments).kill_after(took.mul_f64(random.share() * 1.3)),
        };
        killed += u64::from(ended.code.is_none());
        if ended.stderr.contains("4 verdicts imported") {
            acknowledged.push(by);
        }
        let listed = world.succeed(&["decisions", "list", "small.yaml"]);
        for by in (0..=number).map(|number| format!("P{number}")) {
            let verdicts = listed.stdout.lines().filter(|line| line.contains(&format!("  {by}, "))).count();
            assert!(verdicts == 0 || verdicts == 4, "seed {seed}, {number}: {by} has {verdicts}: {listed:?}");
            assert!(verdicts == 4 || !acknowledged.contains(&by), "seed {seed}, {number}: {by} is lost");
        }
        assert!(!listed.stderr.contains("warning: line"), "seed {seed}, {number}: {listed:?}");
    }
    println!("{killed} killed, {} acknowledged", acknowledged.len());
    let ended = world.succeed(RUN);
    assert_eq!(outcomes(&world)["F1"].0, "matched", "{ended:?}");
}

#[test]
fn a_file_changed_by_hand_is_reported_and_its_other_lines_count() {
    let world = small();
    world.succeed(RUN);
    decide(&world, "Alice", "F1,not a supplier,,\n");
    decide(&world, "Alice", "F2,not a supplier,,\n");
    let text = String::from_utf8(world.read(DECISIONS)).unwrap();
    world.write(DECISIONS, text.replacen("not_a_supplier", "closed", 1));
    let ended = world.succeed(RUN);
    assert!(ended.stderr.contains("warning: line 1 of the decisions `"), "{ended:?}");
    assert!(ended.stdout.contains("decisions: 1 applied\n"), "{ended:?}");
}
