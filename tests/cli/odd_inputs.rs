//! Unusual files and folders: empty rows, pipelines in other encodings, folders that DuckDB cannot use, checkpoints
//! behind links.

use std::fs;
use std::process::Command;

use crate::small::{ROWS, small};
use crate::tables::csv_rows;

#[test]
fn rows_that_are_empty_in_all_read_columns_are_counted() {
    let world = small();
    world.write(
        "suppliers.csv",
        "Code,Nom,Postal,Somme\nF1,DUPONT PLOMBERIE,69003,1\n,,,0\n , ,,0\n\u{200b},\u{200b},,\u{200b}\nF2,ZOLA,37000,\n",
    );
    let ended = world.succeed(&["run", "small.yaml", "--set", "source.id=[Code, index]"]);
    let keys: Vec<String> = csv_rows(&world, "out/results.csv").into_iter().map(|row| row["key"].clone()).collect();
    assert_eq!(keys, ["F1", "3", "4", "F2"], "{ended:?}");
    assert!(ended.stdout.contains("2 rows are empty in every column that is read"), "{ended:?}");
    assert!(ended.stdout.contains("1 blank row"), "invisible characters say nothing: {ended:?}");
}

#[test]
fn the_encoding_of_a_pipeline_in_another_encoding_is_named() {
    let world = small();
    let pipeline = String::from_utf8(world.read("small.yaml")).unwrap();
    let utf16 = |bytes: fn(u16) -> [u8; 2]| pipeline.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let little = [&[0xff, 0xfe][..], &utf16(u16::to_le_bytes)].concat();
    let big = [&[0xfe, 0xff][..], &utf16(u16::to_be_bytes)].concat();
    let windows = [b"# pipeline of Ren\xe9\n", pipeline.as_bytes()].concat();
    for (bytes, words) in [
        (little, "is UTF-16 text: save it as UTF-8"),
        (big, "is UTF-16 text: save it as UTF-8"),
        (windows, "is not UTF-8 text (line 1): save it as UTF-8"),
    ] {
        world.write("odd.yaml", bytes);
        for command in ["validate", "run"] {
            let ended = world.run(&[command, "odd.yaml"]);
            assert_eq!(ended.code, Some(2), "{ended:?}");
            assert!(ended.stderr.contains(words) && ended.stderr.contains("odd.yaml"), "{ended:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_checkpoint_with_a_question_mark_in_its_name_is_finished() {
    let world = small();
    for _ in 0..2 {
        world.succeed(&["run", "small.yaml", "--set", "sink.checkpoint=\"a?b.duckdb\""]);
        assert_eq!(csv_rows(&world, "out/results.csv").len() as u64, ROWS);
    }
}

/// Pipes and devices where a file is read more than once: an error, where opening them would wait for ever.
#[test]
fn pipes_and_devices_are_no_files() {
    let world = small();
    let make = |name: &str| assert!(Command::new("mkfifo").arg(world.path(name)).status().unwrap().success());
    make("pipe.csv");
    world.write("truth.csv", "key,siren\nF1,800123457\n");
    let commands: [(&[&str], i32); 9] = [
        (&["run", "small.yaml", "--set", "source.csv.path=pipe.csv"], 66),
        (&["run", "small.yaml", "--set", "source.csv.path=/dev/zero"], 66),
        (&["run", "small.yaml", "--set", "reference.csv.path=pipe.csv"], 66),
        (&["run", "small.yaml", "--set", "reference.index=pipe.csv"], 2),
        (&["index", "small.yaml", "--set", "reference.index=pipe.csv"], 2),
        (&["match", "pipe.csv", "--registry", "registry.csv", "--yes"], 66),
        (&["inspect", "pipe.csv"], 66),
        (&["explain", "pipe.csv", "F1"], 1),
        (&["evaluate", "pipe.csv", "--truth", "truth.csv"], 1),
    ];
    for (arguments, code) in commands {
        let ended = world.run(arguments);
        assert_eq!(ended.code, Some(code), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains("a pipe or a device"), "{arguments:?}: {ended:?}");
    }
    fs::create_dir_all(world.path("out")).unwrap();
    for log in ["out/small.duckdb.wal", "out/other.duckdb.wal", "out/small.duckdb.answers"] {
        make(log);
        let ended = world.run(&["run", "small.yaml"]);
        assert!(ended.code == Some(2) && ended.stderr.contains("a pipe or a device"), "{log}: {ended:?}");
        fs::remove_file(world.path(log)).unwrap();
    }
}

#[test]
fn a_folder_whose_name_duckdb_cuts_is_named_wherever_the_run_is_started() {
    let world = small();
    let folder = world.path("tiers ? 2026");
    fs::create_dir(&folder).unwrap();
    for name in ["small.yaml", "suppliers.csv", "registry.csv"] {
        fs::copy(world.path(name), folder.join(name)).unwrap();
    }
    let plugins = world.path("../plugins/dist/company-name.wasm");
    let set = format!("stages.SCORE.name.plugin={}", plugins.display());
    let plain = ["--set", "sink.fallback=none", "--set", &set];
    let from_outside = world.run(&[&["run", "tiers ? 2026/small.yaml"][..], &plain].concat());
    let mut inside = world.command(&[&["run", "small.yaml"][..], &plain].concat());
    let from_inside = crate::support::Ended::of(inside.current_dir(&folder).output().unwrap());
    for ended in [&from_outside, &from_inside] {
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.stderr.contains("contains `?`") && ended.stderr.contains("another folder"), "{ended:?}");
    }
    let beside: Vec<String> = world.files("").into_iter().filter(|name| name.contains("wal")).collect();
    assert!(beside.is_empty(), "{beside:?}");
}

#[cfg(unix)]
#[test]
fn a_checkpoint_behind_a_link_is_the_file_the_link_points_to() {
    let world = small();
    for folder in ["links", "disk"] {
        fs::create_dir(world.path(folder)).unwrap();
    }
    // The target of the link doesn't exist yet.
    std::os::unix::fs::symlink("../disk/small.duckdb", world.path("links/small.duckdb")).unwrap();
    let run = |checkpoint: &str, more: &[&str]| {
        let set = format!("sink.checkpoint={checkpoint}");
        world.run(&[&["run", "small.yaml", "--set", &set, "--set", "sink.fallback=none"], more].concat())
    };
    let first = run("links/small.duckdb", &["--limit", "4"]);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(world.path("disk/small.duckdb").is_file());
    let rest = run("disk/small.duckdb", &[]);
    assert_eq!((rest.code, rest.after("this run: ")), (Some(0), ROWS - 4), "{rest:?}");
    // A log with a damaged start is found by either name, and stays unchanged.
    world.write("disk/small.duckdb.wal", [0; 64]);
    for name in ["links/small.duckdb", "disk/small.duckdb"] {
        let ended = run(name, &[]);
        assert_ne!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stderr.contains("is damaged"), "{ended:?}");
        assert_eq!(world.read("disk/small.duckdb.wal"), [0; 64]);
    }
}
