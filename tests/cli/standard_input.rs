//! `-`: a table on standard input.

use std::io::Write;
use std::process::Stdio;

use crate::sources::{REGISTRY, SUPPLIERS, pipeline};
use crate::support::{Ended, World};

/// Runs the binary with this input on its standard input.
fn run_with_input(world: &World, arguments: &[&str], input: &[u8]) -> Ended {
    let mut child = world.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that does not read it closes it.
    let _ = stdin.write_all(input);
    drop(stdin);
    Ended::of(child.wait_with_output().unwrap())
}

fn world() -> World {
    let world = World::empty();
    world.write("registry.csv", REGISTRY);
    world.write("p.yaml", pipeline("csv: {path: '-'}", "csv: {path: registry.csv}"));
    world
}

#[test]
fn a_run_of_standard_input_resumes_by_content() {
    let world = world();
    let first = run_with_input(&world, &["run", "p.yaml", "--limit", "2"], SUPPLIERS.as_bytes());
    assert_eq!(first.code, Some(0), "{first:?}");
    assert_eq!(first.after("matched "), 2, "{first:?}");
    let second = run_with_input(&world, &["run", "p.yaml"], SUPPLIERS.as_bytes());
    assert_eq!((second.after("matched "), second.after("this run: ")), (4, 2), "{second:?}");
    assert_eq!(world.read("places.duckdb.stdin"), SUPPLIERS.as_bytes());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(world.path("places.duckdb.stdin")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn the_names_of_the_system_for_standard_input_are_it() {
    let world = world();
    for name in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        let set = format!("source.csv.path={name}");
        let ended = run_with_input(&world, &["run", "p.yaml", "--set", &set], SUPPLIERS.as_bytes());
        assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
    }
}

#[test]
fn empty_input_is_an_error_and_leaves_the_copy() {
    let world = world();
    run_with_input(&world, &["run", "p.yaml"], SUPPLIERS.as_bytes());
    for command in ["run", "validate", "plan"] {
        let ended = run_with_input(&world, &[command, "p.yaml"], b"");
        assert_eq!(ended.code, Some(67), "{ended:?}");
        assert!(ended.stderr.contains("standard input is empty"), "{ended:?}");
    }
    assert_eq!(world.read("places.duckdb.stdin"), SUPPLIERS.as_bytes());
}

#[test]
fn standard_input_needs_no_pipeline_and_its_format_is_detected() {
    let world = world();
    let lines = SUPPLIERS.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(';').collect();
        format!(
            "{{\"Code\":\"{}\",\"Fournisseur\":\"{}\",\"CP\":\"{}\",\"Ville\":\"{}\"}}\n",
            cells[0], cells[1], cells[2], cells[3]
        )
    });
    let json: String = lines.collect();
    let packed = zstd::encode_all(SUPPLIERS.as_bytes(), 3).unwrap();
    for (name, input) in [("csv", SUPPLIERS.as_bytes()), ("jsonl", json.as_bytes()), ("csv", &packed)] {
        let yaml = format!("{name}-{}.yaml", input.len());
        let arguments = ["match", "-", "--registry", "registry.csv", "--yes", "--write-pipeline", &yaml];
        let ended = run_with_input(&world, &arguments, input);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(ended.after("matched "), 4, "{ended:?}");
        let written = String::from_utf8(world.read(&yaml)).unwrap();
        assert!(written.contains(&format!("  {name}:\n    path: \"-\"")), "{written}");
    }
    assert!(world.path("stdin-results.xlsx").is_file() && world.path("stdin-results.duckdb.stdin").is_file());
    let ended = run_with_input(&world, &["inspect", "-"], SUPPLIERS.as_bytes());
    assert!(ended.stdout.contains("Fournisseur"), "{ended:?}");
    let ended = run_with_input(&world, &["match", "-", "--registry", "registry.csv"], b"%PDF-1.7 and more");
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.stderr.contains("no table"), "{ended:?}");
    // Results on standard output, as a filter.
    let arguments = ["match", "-", "--registry", "registry.csv", "--yes", "-o", "-"];
    let ended = run_with_input(&world, &arguments, SUPPLIERS.as_bytes());
    assert_eq!(ended.stdout.lines().count(), 5, "{ended:?}");
}

#[test]
fn a_copy_without_a_checkpoint_leaves_nothing() {
    let mut world = world();
    std::fs::create_dir(world.path("temporary")).unwrap();
    let folder = world.path("temporary").display().to_string();
    world.set_variable("TMPDIR", &folder);
    let ended = run_with_input(&world, &["inspect", "-"], SUPPLIERS.as_bytes());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(world.files("temporary"), [""; 0]);
}
