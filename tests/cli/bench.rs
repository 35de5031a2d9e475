//! `matchflow bench`: every part measures, and figures can be saved, plotted and compared.

use serde_json::Value;

use crate::support::World;

/// A part on little data, with the options in `more`.
fn bench(world: &World, part: &[&str], more: &[&str]) -> crate::support::Ended {
    let small = ["--rows", "60", "--establishments", "600", "--pipeline", "suppliers.yaml", "--data", "data/bench"];
    let arguments: Vec<&str> = ["bench"].iter().chain(part).chain(&small).chain(more).copied().collect();
    world.succeed(&arguments)
}

#[test]
fn every_part_has_its_figures() {
    let world = World::sample();
    let parts =
        [("ingest", "cells_per_s"), ("candidates", "bytes_per_entry"), ("scoring", "pairs_per_s"), ("run", "load_s")];
    for (part, figure) in parts {
        let ended = bench(&world, &[part], &["--json", "-"]);
        let report: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"));
        let point = &report["points"][0];
        assert_eq!((&report["part"], &point["rows"]), (&part.into(), &60.into()));
        assert!(point["figures"][figure].as_f64().unwrap() > 0.0, "{report}");
        let stages = point["stages"].as_array().unwrap();
        assert!(!stages.is_empty() && stages.iter().all(|stage| stage["busy_s"].as_f64().unwrap() >= 0.0), "{report}");
    }
    let ended = bench(&world, &["commit"], &["--rounds", "2"]);
    let heads = ended.stdout.lines().next().unwrap();
    assert!(heads.starts_with("| epoch | rows | epochs | total, s |"), "{ended:?}");
    let epochs: Vec<&str> = ended.stdout.lines().skip(2).map(|line| line.split('|').nth(1).unwrap().trim()).collect();
    assert_eq!(epochs, ["all", "10", "100", "1000", "10000"], "{ended:?}");
}

#[test]
fn sizes_are_measured_plotted_and_compared() {
    let world = World::sample();
    let more = ["--scale", "0.5,1", "--json", "bench.json", "--plot", "bench.svg"];
    let ended = bench(&world, &[], &more);
    let rows: Vec<&str> = ended.stdout.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert!(rows.len() == 2 && rows[0].starts_with("| 30 |") && rows[1].starts_with("| 60 |"), "{ended:?}");
    let svg = String::from_utf8(world.read("bench.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>") && svg.contains("\n30\n"), "{svg}");

    let mut before: Value = serde_json::from_slice(&world.read("bench.json")).unwrap();
    before["points"][1]["figures"]["pairs"] = 1.into();
    world.write("before.json", before.to_string());
    let ended = bench(&world, &["run"], &["--compare", "before.json"]);
    assert!(
        ended.stderr.lines().any(|line| line.starts_with("60 rows: pairs 1 -> ") && line.ends_with("different work)")),
        "{ended:?}"
    );

    let refused = world.run(&["bench", "run", "--pipeline", "suppliers.yaml", "--compare", "suppliers.yaml"]);
    assert_eq!(refused.code, Some(64), "{refused:?}");
    let absent = world.run(&["bench", "run", "--pipeline", "gone.yaml", "--data", "generated"]);
    assert!(absent.code == Some(2) && absent.stderr.contains("gone.yaml"), "{absent:?}");
    let unnamed = world.run(&["bench"]);
    assert!(unnamed.code == Some(2) && unnamed.stderr.contains("name one with `--pipeline FILE`"), "{unnamed:?}");
    assert!(!world.path("generated").exists(), "nothing is generated for a pipeline that is not there");
}

#[test]
fn given_files_are_read_as_the_pipeline_defines() {
    let world = World::sample();
    let ended = world.succeed(&[
        "bench",
        "ingest",
        "--given",
        "--pipeline",
        "suppliers.yaml",
        "--rows",
        "100",
        "--data",
        "data/bench",
    ]);
    assert!(ended.stdout.lines().any(|line| line.starts_with("| 100 |")), "{ended:?}");
    assert!(!ended.stderr.contains("generating"), "{ended:?}");
}
