//! `matchflow doctor`: what is missing on a machine and in a pipeline.

use crate::support::World;

#[test]
fn a_healthy_machine_has_no_errors() {
    let world = World::sample();
    let ended = world.succeed(&["doctor", "suppliers.yaml"]);
    for words in
        ["DuckDB v", "plug-ins compile", "threads for a run", "cache folder", "the pipeline `suppliers.yaml` is valid"]
    {
        assert!(ended.stdout.contains(words), "{words} is not in:\n{}", ended.stdout);
    }
    let json = world.succeed(&["doctor", "--json"]);
    assert!(json.stdout.contains("\"check\": \"duckdb\"") && json.stdout.contains("\"status\": \"ok\""), "{json:?}");
    assert!(!json.stdout.contains("\"check\": \"pipeline\""), "{json:?}");
    assert!(!world.path("out").exists(), "nothing is made");
}

#[test]
fn problems_have_a_remedy_and_an_exit_code() {
    let mut world = World::sample();
    std::fs::remove_file(world.path("data/suppliers.xlsx")).unwrap();
    let ended = world.run(&["doctor", "suppliers.yaml"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("error") && ended.stdout.contains("matchflow validate suppliers.yaml"), "{ended:?}");
    assert!(ended.stderr.contains("suppliers.xlsx"), "{ended:?}");
    world.set_variable("LANG", "fr_FR.UTF-8");
    world.set_variable("LC_ALL", "fr_FR.UTF-8");
    world.set_variable("TMPDIR", "/nonexistent/folder");
    let ended = world.run(&["doctor"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.stdout.contains("dossier temporaire /nonexistent/folder") && ended.stdout.contains("TMPDIR"),
        "{ended:?}"
    );
    let json = world.run(&["doctor", "--json"]);
    assert_eq!(json.code, Some(1));
    assert!(
        json.stdout.contains("\"check\": \"temporary_folder\"") && json.stdout.contains("\"status\": \"error\""),
        "{json:?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn limits_are_reported() {
    let world = World::empty();
    let mut shell = std::process::Command::new("sh");
    let command = world.command(&["doctor"]);
    shell.arg("-c").arg("ulimit -f 1000000; ulimit -n 100; exec \"$0\" doctor").arg(command.get_program());
    shell.current_dir(world.path("")).env("MATCHFLOW_CACHE_DIR", "").env("LC_ALL", "C");
    let output = shell.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    for words in ["100 files may be open", "ulimit -f unlimited", "no cache folder", "LANG=C.UTF-8"] {
        assert!(text.contains(words), "{words} is not in:\n{text}");
    }
    assert_eq!(output.status.code(), Some(0), "warnings are no errors: {text}");
}
