//! Who can read what matchflow writes, and which parts of the input files appear on a terminal.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::small::small;
use crate::support::World;

/// The modes of the files in `out`, each with its name.
fn modes(world: &World) -> Vec<(String, u32)> {
    let mode = |name: &String| fs::metadata(world.path(&format!("out/{name}"))).unwrap().permissions().mode() & 0o777;
    world.files("out").into_iter().map(|name| (name.clone(), mode(&name))).collect()
}

#[test]
fn files_of_a_run_are_private_unless_they_follow_the_umask() {
    let world = small();
    fs::create_dir(world.path("out")).unwrap();
    let arguments = ["run", "small.yaml", "--log", "out/run.log", "--trace", "out/trace.json"];
    // Killed, so that the checkpoint's log still exists.
    world.run_with_fault("kill@after commit:2", &arguments);
    let killed = modes(&world);
    assert!(killed.iter().any(|(name, _)| name == "small.duckdb"), "{killed:?}");
    assert!(killed.iter().any(|(name, _)| name.ends_with(".wal")), "{killed:?}");
    world.run(&arguments);
    let complete = modes(&world);
    for wanted in ["small.duckdb", "results.csv", "results.xlsx", "run.log", "trace.json"] {
        assert!(complete.iter().any(|(name, _)| name == wanted), "{wanted}: {complete:?}");
    }
    for (name, mode) in killed.iter().chain(&complete) {
        assert_eq!(mode & 0o077, 0, "{name} has mode {mode:o}");
    }
    let open = small();
    fs::create_dir(open.path("out")).unwrap();
    open.write("out/by the umask", "");
    let expected = modes(&open)[0].1;
    let run = |access: &str| {
        crate::support::Ended::of(open.command(&arguments).env("MATCHFLOW_FILE_ACCESS", access).output().unwrap())
    };
    assert!(run("all").stderr.contains("must be `private` or `umask`, and is `all`"));
    run("umask");
    let followed = modes(&open);
    assert!(followed.len() > 5, "{followed:?}");
    for (name, mode) in &followed {
        assert_eq!(*mode, expected, "{name} has mode {mode:o}");
    }
    // An existing file keeps its mode.
    fs::set_permissions(world.path("out/results.csv"), fs::Permissions::from_mode(0o640)).unwrap();
    world.run(&arguments);
    assert!(modes(&world).contains(&("results.csv".to_owned(), 0o640)), "{:?}", modes(&world));
}

#[test]
fn names_with_escape_sequences_and_formulas_are_harmless_in_terminals_and_csv() {
    let world = small();
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}DUPONT PLOMBERIE";
    world.write("suppliers.csv", format!("Code,Nom,Postal\nF\u{1b}[1m1,{evil},69003\n=F2,=GARAGE DU LAC,74000\n"));
    let ended = world.run(&["run", "small.yaml"]);
    let mut texts = vec![ended.stdout, ended.stderr];
    for arguments in [
        &["explain", "out/small.duckdb", "F\u{1b}[1m1"][..],
        &["explain", "out/small.duckdb", "\u{1b}[31mnobody"],
        &["inspect", "suppliers.csv"],
        &["run", "\u{1b}[2Jgone.yaml"],
    ] {
        let ended = world.run(arguments);
        texts.extend([ended.stdout, ended.stderr]);
    }
    let acts = |letter: char| letter.is_control() && letter != '\n' && letter != '\t' || letter == '\u{202e}';
    for text in &texts {
        assert!(!text.contains(acts), "{text:?}");
    }
    assert!(texts.iter().any(|text| text.contains("\\u{1b}[2J")), "{texts:?}");
    let csv = String::from_utf8(world.read("out/results.csv")).unwrap();
    assert!(csv.contains("\n'=F2,") && csv.contains(",'=GARAGE DU LAC,"), "{csv}");
    let pipeline = String::from_utf8(world.read("small.yaml")).unwrap();
    let kept = pipeline.replace("csv: out/results.csv", "csv: { path: out/results.csv, formulas: keep }");
    assert_ne!(kept, pipeline);
    world.write("small.yaml", kept);
    world.run(&["run", "small.yaml"]);
    let csv = String::from_utf8(world.read("out/results.csv")).unwrap();
    assert!(csv.contains("\n=F2,") && csv.contains(",=GARAGE DU LAC,"), "{csv}");
}
