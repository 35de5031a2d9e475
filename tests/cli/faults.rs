//! Disks and permissions that fail, before and during a run: it continues elsewhere or stops with the cause, and
//! everything committed can be read.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::small::{ROWS, small};
use crate::support::{Ended, Running, World};
use crate::tables::{committed_text, count, csv_rows};

const RUN: &[&str] = &["run", "small.yaml"];
const NO_FALLBACK: &[&str] = &["run", "small.yaml", "--set", "sink.fallback=none"];
const CHECKPOINT: &str = "out/small.duckdb";
/// The user `nobody`: root may write everywhere.
const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// The binary as an unprivileged user.
fn bound(world: &World, arguments: &[&str]) -> Command {
    let mut command = world.command(arguments);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY).env("HOME", world.path(""));
    }
    command
}

fn permit(world: &World, name: &str, mode: u32) {
    fs::set_permissions(world.path(name), fs::Permissions::from_mode(mode)).unwrap();
}

/// The world with its folders writable for the user of [`bound`].
fn open_to_all(world: &World) {
    for folder in ["..", "."] {
        permit(world, folder, 0o777);
    }
}

#[test]
fn a_full_disk_stops_the_run_and_committed_rows_are_kept() {
    let world = World::sample();
    let run = ["run", "suppliers.yaml", "--set", "sink.fallback=none", "--set", "sink.batch_size=50"];
    let binary = env!("CARGO_BIN_EXE_matchflow");
    // No file may grow past 1,200 kB: this limit is reached in the middle of the log.
    let script = format!("ulimit -f $((1200 * 1024 / 512)); exec {binary} {}", run.join(" "));
    let ended = Ended::of(Command::new("sh").args(["-c", &script]).current_dir(world.path("")).output().unwrap());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("could not be committed to out/suppliers.duckdb"), "{ended:?}");
    let committed = count(&world, "out/suppliers.duckdb", "SELECT count(*) FROM results");
    assert!(committed > 0 && committed < 2_500 && committed.is_multiple_of(50), "{committed}");
    assert!(ended.stderr.contains(&committed_text(committed)), "{ended:?}");
    let rest = world.succeed(&run);
    assert_eq!((rest.before(" skipped"), rest.after("this run: ")), (committed, 2_500 - committed), "{rest:?}");
}

/// A file system of 2 MB in a separate mount namespace, if the system allows one.
#[test]
fn a_small_file_system_stops_the_run_and_committed_rows_are_kept() {
    let world = World::sample();
    fs::create_dir(world.path("out")).unwrap();
    let script = format!(
        "mount -t tmpfs -o size=2m tmpfs out || exit 77
        {binary} run suppliers.yaml --set sink.fallback=none --set sink.batch_size=50; echo code $?
        cp out/suppliers.duckdb* .",
        binary = env!("CARGO_BIN_EXE_matchflow")
    );
    let ended = Command::new("unshare").args(["-rm", "sh", "-c", &script]).current_dir(world.path("")).output();
    let Some(ended) = ended.ok().map(Ended::of).filter(|ended| ended.stdout.contains("code ")) else {
        println!("skipped: this system gives no mount namespace");
        return;
    };
    assert!(ended.stdout.contains("code 1"), "{ended:?}");
    assert!(ended.stderr.contains("could not be committed") || ended.stderr.contains("No space"), "{ended:?}");
    let committed = count(&world, "suppliers.duckdb", "SELECT count(*) FROM results");
    assert!(committed > 0 && committed.is_multiple_of(50), "{committed}: {ended:?}");
    assert!(ended.stderr.contains(&committed_text(committed)), "{ended:?}");
}

#[test]
fn a_read_only_folder_is_reported_and_the_fallback_is_used() {
    let world = small();
    open_to_all(&world);
    for folder in ["out", "elsewhere"] {
        fs::create_dir(world.path(folder)).unwrap();
    }
    permit(&world, "elsewhere", 0o777);
    permit(&world, "out", 0o555);
    let elsewhere = ["--set", "outputs=[{csv: elsewhere/results.csv}]"];
    let refused = Ended::of(bound(&world, &[NO_FALLBACK, &elsewhere].concat()).output().unwrap());
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("`out/small.duckdb` cannot be opened"), "{refused:?}");
    let fallback = [RUN, &elsewhere, &["--set", "sink.fallback.path=elsewhere/small.duckdb"]].concat();
    let ended = Ended::of(bound(&world, &fallback).output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("using `elsewhere/small.duckdb` instead"), "{ended:?}");
    permit(&world, "out", 0o777);
    let again = Ended::of(bound(&world, &fallback).output().unwrap());
    assert_eq!((again.before(" skipped"), again.after("this run: ")), (ROWS, 0), "resume finds it there: {again:?}");
}

#[test]
fn the_temporary_fallback_is_found_again() {
    let world = small();
    fs::write(world.path("out"), "a file where the folder should be").unwrap();
    fs::create_dir(world.path("tmp")).unwrap();
    let arguments = ["run", "small.yaml", "--set", "sink.fallback=temp", "--set", "outputs=[{csv: results.csv}]"];
    let run = || {
        let output = world.command(&arguments).env("TMPDIR", world.path("tmp")).output().unwrap();
        let ended = Ended::of(output);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        (ended.after("this run: "), ended.before(" skipped"), ended.stderr)
    };
    let (done, _, said) = run();
    assert!(
        done == ROWS && said.contains("using `") && said.contains("tmp/matchflow-") && said.contains("/small-"),
        "{said}"
    );
    assert_eq!(run().1, ROWS);
    fs::remove_file(world.path("out")).unwrap();
    let (done, skipped, said) = run();
    assert_eq!((done, skipped), (0, ROWS), "the checkpoint takes over what the fallback has: {said}");
    assert!(said.contains(&format!("{ROWS} results were imported")), "{said}");
}

#[test]
fn a_permission_lost_during_a_run_costs_no_committed_row() {
    let world = small();
    open_to_all(&world);
    let mut command = bound(&world, NO_FALLBACK);
    command.env("MATCHFLOW_FAULT", "pause@after commit:2").env("MATCHFLOW_FAULT_GATE", world.path("gate"));
    let mut run = Running::of(command);
    run.wait_for_line(|line| line.contains("paused at"));
    permit(&world, CHECKPOINT, 0o000);
    permit(&world, "out", 0o000);
    world.open_gate();
    let ended = run.end();
    assert_eq!(ended.code, Some(1), "the results cannot be written: {ended:?}");
    assert!(ended.stderr.contains("out/results.csv` cannot be written"), "{ended:?}");
    permit(&world, "out", 0o777);
    permit(&world, CHECKPOINT, 0o666);
    assert_eq!(count(&world, CHECKPOINT, "SELECT count(*) FROM results"), ROWS, "{ended:?}");
    assert_eq!(world.succeed(NO_FALLBACK).before(" skipped"), ROWS);
    assert_eq!(csv_rows(&world, "out/results.csv").len() as u64, ROWS);
}

#[test]
fn a_checkpoint_that_is_deleted_replaced_or_cut_short_in_the_middle_ends_the_run() {
    type Change = fn(&World);
    let changes: [(&str, Change); 4] = [
        ("deleted", |world| fs::remove_file(world.path(CHECKPOINT)).unwrap()),
        ("renamed", |world| fs::rename(world.path(CHECKPOINT), world.path("out/renamed.duckdb")).unwrap()),
        ("replaced", |world| {
            fs::remove_file(world.path(CHECKPOINT)).unwrap();
            world.write(CHECKPOINT, "of somebody else");
        }),
        ("cut short", |world| {
            fs::OpenOptions::new().write(true).open(world.path(CHECKPOINT)).unwrap().set_len(1000).unwrap();
        }),
    ];
    for place in ["after commit:1", "before the log is folded in"] {
        for (what, change) in changes {
            let world = small();
            let run = world.start_paused(place, NO_FALLBACK);
            change(&world);
            world.open_gate();
            let ended = run.end();
            // Once everything is committed and counted, the folded log is removed together with its file.
            if place == "after commit:1" {
                assert_eq!(ended.code, Some(1), "{what} {place}: {ended:?}");
                assert!(ended.stderr.contains("was deleted, replaced or cut short"), "{what}: {ended:?}");
                assert!(!world.path("out/results.csv").exists(), "{what}");
            }
            if what == "replaced" {
                assert_eq!(world.read(CHECKPOINT), b"of somebody else");
            }
        }
    }
}

#[test]
fn an_input_that_changes_during_the_run_ends_it_and_committed_rows_are_kept() {
    for file in ["suppliers.csv", "registry.csv"] {
        let world = small();
        let original = world.read(file);
        let halved = &original[..original.len() / 2];
        let mut other = original.clone();
        other.iter_mut().filter(|byte| **byte == b'D').for_each(|byte| *byte = b'B');
        for changed in [Some(halved), Some(&other), None] {
            let run = world.start_paused("after commit:1", RUN);
            match changed {
                Some(bytes) => world.write(file, bytes),
                None => fs::remove_file(world.path(file)).unwrap(),
            }
            world.open_gate();
            let ended = run.end();
            fs::remove_file(world.path("gate")).unwrap();
            assert_eq!(ended.code, Some(68), "{file}: {ended:?}");
            assert!(ended.stderr.contains(file) && ended.stderr.contains("during the run"), "{file}: {ended:?}");
            assert!(!world.path("out/results.csv").exists(), "{file}: {ended:?}");
            assert_eq!(count(&world, CHECKPOINT, "SELECT count(*) FROM runs WHERE status <> 'failed'"), 0, "{file}");
            assert!(count(&world, CHECKPOINT, "SELECT count(*) FROM results") > 0, "{file}");
            assert_eq!(count(&world, CHECKPOINT, "SELECT count(DISTINCT source_digest) FROM epochs"), 1, "{file}");
            world.write(file, &original);
            fs::remove_dir_all(world.path("out")).unwrap();
        }
        let run = world.start_paused("after commit:1", RUN);
        world.write(file, &original);
        world.open_gate();
        assert_eq!(run.end().code, Some(0), "{file}: the same bytes again are no change");
    }
}

/// A thread pool panics if it cannot create a thread: users must not see that panic.
#[cfg(target_os = "linux")]
#[test]
fn a_thread_limit_is_a_system_error() {
    if !is_root() {
        println!("skipped: the limit is tried as a user without other processes");
        return;
    }
    let world = small();
    open_to_all(&world);
    for limit in [1, 2, 3, 5, 8, 12] {
        let mut command = Command::new("bash");
        let script = format!("ulimit -u {limit} && exec {} run small.yaml", env!("CARGO_BIN_EXE_matchflow"));
        // A separate user, since the limit counts all processes of a user.
        command.args(["-c", &script]).current_dir(world.path("")).uid(59_999).gid(59_999).env("HOME", world.path(""));
        let ended = Ended::of(command.env("MATCHFLOW_CACHE_DIR", "").output().unwrap());
        assert!(!ended.stderr.contains("panicked"), "{limit}: {ended:?}");
        if ended.code != Some(0) || limit < 3 {
            assert_eq!(ended.code, Some(71), "{limit}: {ended:?}");
            assert!(ended.stderr.contains("ulimit -u"), "{limit}: {ended:?}");
        }
    }
}

/// Some file at the path of `fallback: temp`.
#[test]
fn a_temporary_fallback_of_another_user_is_not_used() {
    if !is_root() {
        println!("skipped: only root can give a file to another user");
        return;
    }
    let world = small();
    fs::create_dir(world.path("tmp")).unwrap();
    let arguments = ["run", "small.yaml", "--set", "sink.fallback=temp", "--set", "outputs=[{csv: results.csv}]"];
    let run = || Ended::of(world.command(&arguments).env("TMPDIR", world.path("tmp")).output().unwrap());
    fs::write(world.path("out"), "a file where the folder should be").unwrap();
    assert_eq!(run().code, Some(0));
    let [folder] = &world.files("tmp")[..] else { panic!("{:?}", world.files("tmp")) };
    assert_eq!(folder, "matchflow-0", "each user has a folder");
    let planted = world.files(&format!("tmp/{folder}"));
    assert_eq!(planted.len(), 1, "{planted:?}");
    let folder = world.path(&format!("tmp/{folder}"));
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    fs::remove_file(world.path("out")).unwrap();
    std::os::unix::fs::chown(folder.join(&planted[0]), Some(NOBODY), None).unwrap();
    let ended = run();
    assert!(ended.stderr.contains("the fallback `temp` is not used"), "{ended:?}");
    assert_eq!((ended.after("this run: "), ended.before(" skipped")), (ROWS, 0), "{ended:?}");
    std::os::unix::fs::chown(&folder, Some(NOBODY), None).unwrap();
    let ended = run();
    assert!(ended.stderr.contains("belongs to another user"), "{ended:?}");
    assert_eq!(ended.before(" skipped"), ROWS, "{ended:?}");
    fs::remove_file(world.path(CHECKPOINT)).unwrap();
    fs::remove_dir(world.path("out")).unwrap_or_else(|_| fs::remove_dir_all(world.path("out")).unwrap());
    fs::write(world.path("out"), "a file where the folder should be").unwrap();
    let ended = run();
    assert_eq!(ended.code, Some(1), "no place is left: {ended:?}");
}

/// A run killed after its second commit, with a bit of its log flipped in the last one.
fn with_a_damaged_log() -> World {
    let world = small();
    let ended = world.run_with_fault("kill@after commit:2", RUN);
    assert_eq!(ended.code, None, "{ended:?}");
    let log = format!("{CHECKPOINT}.wal");
    let mut bytes = world.read(&log);
    let place = bytes.len() - 200;
    bytes[place] ^= 4;
    world.write(&log, bytes);
    world
}

#[test]
fn a_damaged_log_stops_the_run_where_no_fallback_is_allowed() {
    let world = with_a_damaged_log();
    let before = (world.read(CHECKPOINT), world.read("out/small.duckdb.wal"));
    let refused = world.run(NO_FALLBACK);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("`out/small.duckdb` is damaged"), "{refused:?}");
    assert!(before == (world.read(CHECKPOINT), world.read("out/small.duckdb.wal")), "nothing was touched");
}

#[test]
fn a_damaged_log_is_repaired_and_kept() {
    let world = with_a_damaged_log();
    let damaged = world.read("out/small.duckdb.wal");
    let plan = world.succeed(&["plan", "small.yaml"]);
    assert!(plan.stdout.contains("is damaged"), "{plan:?}");
    let ended = world.succeed(RUN);
    assert!(ended.stderr.contains("results committed before the damage are used"), "{ended:?}");
    assert_eq!((ended.before(" skipped"), ended.after("this run: ")), (2, ROWS - 2), "one epoch of two was sound");
    assert!(world.read("out/small.duckdb.wal.damaged") == damaged);
    assert_eq!(world.succeed(RUN).before(" skipped"), ROWS);
}

/// Sets the system clock a day before 1970 for a program that preloads it.
#[cfg(target_os = "linux")]
const CLOCK: &str = "#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (clock == CLOCK_REALTIME) time->tv_sec = -86400;
    return result;
}
";

#[cfg(target_os = "linux")]
#[test]
fn a_clock_before_1970_ends_a_run_before_any_work() {
    let world = small();
    world.write("clock.c", CLOCK);
    let compiler =
        Command::new("cc").args(["-shared", "-fPIC", "-o", "clock.so", "clock.c"]).current_dir(world.path("")).status();
    if !compiler.is_ok_and(|status| status.success()) {
        println!("skipped: needs a C compiler");
        return;
    }
    let mut command = world.command(RUN);
    command.env("LD_PRELOAD", world.path("clock.so"));
    let ended = Ended::of(command.output().unwrap());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("clock of this machine is set before 1970"), "{ended:?}");
    assert!(world.files("out").is_empty(), "{:?}", world.files("out"));
    world.succeed(RUN);
}
