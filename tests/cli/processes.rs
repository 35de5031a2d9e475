//! Runs on several processes over loopback: the same results as on one, and the end of a run that loses one.
//!
//! Each process has a separate folder, as on a separate machine; those after the first have no supplier file.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use matchflow_mock_server::Behaviour;

use crate::arbiters;
use crate::support::{Ended, Running, World};
use crate::tables::{count, csv_rows, rows_text};

const ROWS: u64 = 2_500;
const BATCH: u64 = 20;
const SAMPLE: [&str; 6] = ["run", "suppliers.yaml", "--set", "sink.batch_size=20", "--set", "execution.in_flight=300"];
const CSV: &str = "out/suppliers-results.csv";
const CHECKPOINT: &str = "out/suppliers.duckdb";

/// The processes of a run.
pub(crate) struct Machines {
    pub(crate) worlds: Vec<World>,
    arguments: Vec<&'static str>,
}

impl Machines {
    fn new(worlds: Vec<World>, arguments: &[&'static str]) -> Machines {
        let machines = Machines { worlds, arguments: arguments.to_vec() };
        machines.find_ports();
        machines
    }

    /// With the sample, `workers` in each process.
    pub(crate) fn sample(processes: usize, workers: &'static str) -> Machines {
        let worlds: Vec<World> = (0..processes).map(|_| World::sample()).collect();
        worlds.iter().skip(1).for_each(|world| fs::remove_file(world.path("data/suppliers.xlsx")).unwrap());
        Machines::new(worlds, &[&SAMPLE[..], &["-w", workers]].concat())
    }

    /// Gives every process a currently free address.
    pub(crate) fn find_ports(&self) {
        let bound: Vec<TcpListener> = self.worlds.iter().map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let lines: String = bound.iter().map(|listener| format!("{}\n", listener.local_addr().unwrap())).collect();
        self.worlds.iter().for_each(|world| world.write("hosts.txt", &lines));
    }

    pub(crate) fn address(&self, process: usize) -> String {
        let hosts = String::from_utf8(self.worlds[process].read("hosts.txt")).unwrap();
        hosts.lines().nth(process).unwrap().to_owned()
    }

    /// The name of a process in messages.
    pub(crate) fn name(&self, process: usize) -> String {
        format!("process {process} (`{}`)", self.address(process))
    }

    pub(crate) fn first(&self) -> &World {
        &self.worlds[0]
    }

    pub(crate) fn command(&self, process: usize, more: &[&str]) -> Command {
        let (processes, number) = (self.worlds.len().to_string(), process.to_string());
        let place = ["--processes", &processes, "--process", &number, "--hosts", "hosts.txt"];
        self.worlds[process].command(&[&self.arguments[..], &place, more].concat())
    }

    pub(crate) fn start(&self, process: usize, more: &[&str]) -> Running {
        Running::of(self.command(process, more))
    }

    /// Runs all of them to their ends, one of them with a fault.
    fn run(&self, faulty: Option<(usize, &str)>) -> Vec<Ended> {
        self.find_ports();
        let start = |process| {
            let mut command = self.command(process, &[]);
            if let Some((_, fault)) = faulty.filter(|(at, _)| *at == process) {
                command.env("MATCHFLOW_FAULT", fault);
            }
            Running::of(command)
        };
        let running: Vec<Running> = (0..self.worlds.len()).map(start).collect();
        running.into_iter().map(Running::end).collect()
    }

    pub(crate) fn succeed(&self) -> Vec<Ended> {
        let ended = self.run(None);
        ended.iter().for_each(|process| assert_eq!(process.code, Some(0), "{ended:?}"));
        ended
    }

    pub(crate) fn committed(&self) -> u64 {
        match self.first().path(CHECKPOINT).exists() {
            true => count(self.first(), CHECKPOINT, "SELECT count(*) FROM results"),
            false => 0,
        }
    }
}

/// The results of the sample on one process.
fn on_one_process() -> (Vec<u8>, Ended) {
    let world = World::sample();
    let ended = world.succeed(&SAMPLE);
    (world.read(CSV), ended)
}

#[test]
fn results_are_those_of_one_process_for_two_and_for_four() {
    let (expected, alone) = on_one_process();
    for (processes, workers) in [(2, "2"), (4, "1")] {
        let machines = Machines::sample(processes, workers);
        let ended = machines.succeed();
        assert!(machines.first().read(CSV) == expected, "{processes} processes give other results than one");
        for what in [" pairs scored", " entries", " epochs"] {
            assert_eq!(ended[0].before(what), alone.before(what), "{what}: {ended:?}");
        }
        assert_eq!(ended[0].stdout.lines().next(), alone.stdout.lines().next(), "the outcomes");
        for (number, world) in machines.worlds.iter().enumerate().skip(1) {
            assert_eq!(world.files("out"), [""; 0], "process 0 alone has a checkpoint and results");
            assert!(
                ended[number].stderr.contains(&format!("process {number} of {processes} finished")),
                "{:?}",
                ended[number]
            );
        }
        let again = machines.succeed();
        assert_eq!(again[0].before(" skipped"), ROWS, "{again:?}");
    }
}

/// The work is spread over all processes: each scores some of the rows against some of the entries.
#[test]
fn every_process_gets_a_part_of_the_registry_and_of_the_rows() {
    let mut machines = Machines::sample(2, "1");
    machines.arguments.push("--verbose");
    let ended = machines.succeed();
    let rows = |process: usize, stage: &str| {
        let line = ended[process].stderr.lines().find(|line| line.split_whitespace().next() == Some(stage));
        let rows = line.unwrap_or_else(|| panic!("no {stage}: {ended:?}")).split_whitespace().nth(1).unwrap();
        rows.replace(',', "").parse::<u64>().unwrap()
    };
    assert_eq!((rows(0, "index"), rows(0, "SCORE")), (50_000, ROWS), "process 0 tells of all");
    let (entries, scored) = (rows(1, "index"), rows(1, "SCORE"));
    assert!(entries > 20_000 && entries < 30_000, "{entries} of the 50,000 entries");
    assert!(scored > 1_000 && scored < 1_500, "{scored} of the {ROWS} rows");
}

/// The others need no secret, and answers are recorded once.
#[test]
fn only_the_first_process_asks_arbiters() {
    const ASKED: usize = 60;
    let server = arbiters::judge(Behaviour::default());
    let world = || arbiters::world(ASKED, &server, "llm-arbiter", "");
    let alone = world();
    alone.succeed(&["run", "asked.yaml"]);
    let before = server.log().requests();
    let machines = Machines::new(vec![world(), world()], &["run", "asked.yaml", "-w", "1"]);
    fs::remove_file(machines.worlds[1].path("suppliers.csv")).unwrap();
    let mut other = machines.command(1, &[]);
    let other = Running::of({
        other.env_remove("MOCK_KEY");
        other
    });
    let (first, other) = (machines.start(0, &[]).end(), other.end());
    assert_eq!((first.code, other.code), (Some(0), Some(0)), "{first:?} {other:?}");
    assert_eq!(server.log().requests() - before, ASKED);
    assert!(first.stderr.contains("arbiters: 60 answers"), "{first:?}");
    assert!(machines.first().read(arbiters::CSV) == alone.read(arbiters::CSV), "other results than on one process");
    assert_eq!(csv_rows(&alone, arbiters::CSV).len(), ASKED);
}

#[test]
fn a_lost_process_ends_the_run_for_all_and_the_next_run_continues() {
    let (expected, _) = on_one_process();
    let table = [
        (2, 1, "kill@decide:40"),
        (2, 0, "kill@after commit:10"),
        (2, 1, "kill@index"),
        (4, 2, "kill@search:20"),
        (4, 0, "kill@between append and commit:5"),
    ];
    for (processes, lost, fault) in table {
        let machines = Machines::sample(processes, "1");
        let ended = machines.run(Some((lost, fault)));
        let says = format!("error: {} was lost", machines.name(lost));
        for (number, process) in ended.iter().enumerate() {
            if number == lost {
                assert_eq!(process.code, None, "{fault}: it was killed: {process:?}");
                continue;
            }
            assert_eq!(process.code, Some(1), "{fault}: process {number}: {process:?}");
            assert!(process.stderr.contains(&says), "{fault}: process {number}: {process:?}");
            assert!(!process.stderr.contains("panicked"), "{fault}: process {number}: {process:?}");
        }
        let committed = machines.committed();
        match fault {
            "kill@after commit:10" => assert_eq!(committed, 10 * BATCH, "{fault}"),
            "kill@between append and commit:5" => assert_eq!(committed, 4 * BATCH, "{fault}"),
            "kill@index" => assert_eq!(committed, 0, "{fault}"),
            _ => assert!(committed < ROWS, "{fault}: {committed}"),
        }
        let rest = machines.succeed();
        assert_eq!(rest[0].before(" skipped"), committed, "{fault}: {rest:?}");
        assert_eq!(rest[0].after("this run: "), ROWS - committed, "{fault}: {rest:?}");
        assert!(machines.first().read(CSV) == expected, "{fault}: other results than those of an undisturbed run");
    }
}

#[test]
fn all_processes_report_a_failure_with_the_process_that_failed() {
    let machines = Machines::sample(2, "1");
    for failing in [0, 1] {
        let ended = machines.run(Some((failing, "panic@decide:10")));
        let cause = "a worker panicked: MATCHFLOW_FAULT requests a panic at decide";
        assert!(ended[failing].stderr.contains(&format!("error: {cause}")), "{ended:?}");
        let other = &ended[1 - failing];
        let says = format!("error: {} ended the run: {cause}", machines.name(failing));
        assert!(other.stderr.contains(&says) && !other.stderr.contains("was lost"), "{other:?}");
        assert_eq!((ended[0].code, ended[1].code), (Some(1), Some(1)), "{ended:?}");
    }
}

/// The first process reports why it cannot start; the others, already connected, do not wait for it.
#[test]
fn the_others_end_if_the_first_process_cannot_start() {
    let machines = Machines::sample(2, "1");
    let other = machines.start(1, &[]);
    let first = machines.start(0, &["--set", "sink.checkpoint=data", "--set", "sink.fallback=none"]).end();
    assert!(first.code == Some(1) && first.stderr.contains("data"), "{first:?}");
    let other = other.end();
    let says = format!("error: {} ended the run: it could not start; see its output", machines.name(0));
    assert!(other.code == Some(1) && other.stderr.contains(&says), "{other:?}");
}

#[test]
fn a_signal_to_any_process_stops_all_and_the_next_run_continues() {
    let (expected, _) = on_one_process();
    for signalled in [0, 1] {
        let machines = Machines::sample(2, "1");
        let gate = machines.first().path("gate");
        let mut command = machines.command(0, &[]);
        command.env("MATCHFLOW_FAULT", "pause@source:150").env("MATCHFLOW_FAULT_GATE", &gate);
        let (mut first, other) = (Running::of(command), machines.start(1, &[]));
        first.wait_for_line(|line| line.contains("paused at"));
        let mut running = [first, other];
        running[signalled].signal("INT");
        running[signalled].wait_for_line(|line| line.contains("stopping"));
        fs::write(&gate, "").unwrap();
        let ended = running.map(Running::end);
        assert_eq!((ended[0].code, ended[1].code), (Some(130), Some(130)), "{signalled}: {ended:?}");
        let committed = machines.committed();
        assert!(committed < ROWS, "{signalled}: {committed}");
        let says = format!("stopped: {} committed; the next run resumes from there", rows_text(committed));
        assert!(ended[0].stderr.contains(&says), "{signalled}: {ended:?}");
        assert!(ended[1].stderr.contains("stopped: process 0 has the committed rows"), "{signalled}: {ended:?}");
        let rest = machines.succeed();
        assert_eq!(rest[0].before(" skipped"), committed, "{rest:?}");
        assert!(machines.first().read(CSV) == expected, "a stopped run came to other results");
    }
}

#[test]
fn processes_with_different_settings_are_refused_everywhere() {
    let table: [(&[&str], &str); 3] = [
        (&["--set", "stages.BROAD.token.top=7"], "stage BROAD"),
        (&["-w", "2"], "workers (2 vs 1)"),
        (&["--set", "reference.parquet.path=other.parquet"], "the registry"),
    ];
    let machines = Machines::sample(2, "1");
    let registry = String::from_utf8_lossy(&machines.first().read("suppliers.yaml")).into_owned();
    assert!(registry.contains("data/registry.parquet"), "the sample's registry");
    make_other_registry(&machines.worlds[1]);
    for (more, what) in table {
        machines.find_ports();
        // `-w` is given once.
        let plain: Vec<&str> = SAMPLE.to_vec();
        let workers: &[&str] = if more.contains(&"-w") { &[] } else { &["-w", "1"] };
        let place = ["--processes", "2", "--process", "1", "--hosts", "hosts.txt"];
        let other = machines.worlds[1].start(&[&plain[..], workers, &place, more].concat());
        let ended = [machines.start(0, &[]).end(), other.end()];
        for process in &ended {
            let says = format!("{} differs from process 0 in: {what}", machines.name(1));
            assert!(process.stderr.contains(&says) && process.stderr.contains("nothing was run"), "{process:?}");
            assert_eq!(process.code, Some(2), "{process:?}");
        }
        assert_eq!(machines.first().files("out"), [""; 0], "nothing was begun");
    }
}

/// One of the sample's columns, with other rows.
fn make_other_registry(world: &World) {
    let made = world.path("made");
    world.succeed(&["generate", "--suppliers", "10", "--establishments", "50", "--out", made.to_str().unwrap()]);
    fs::copy(made.join("registry.parquet"), world.path("other.parquet")).unwrap();
}

#[test]
fn a_missing_process_is_named_at_the_deadline() {
    let machines = Machines::sample(3, "1");
    let wait = ["--connect-timeout-s", "1"];
    let running = [machines.start(0, &wait), machines.start(1, &wait)];
    for process in running.map(Running::end) {
        assert_eq!(process.code, Some(1), "{process:?}");
        let says = format!("error: within 1 s, {} did not connect", machines.name(2));
        assert!(process.stderr.contains(&says), "{process:?}");
    }
    assert_eq!(machines.first().files("out"), [""; 0], "nothing was begun");
    let last = machines.start(2, &wait).end();
    let (first, second) = (machines.name(0), machines.name(1));
    for (says, why) in [(first, "Connection refused"), (second, "Connection refused")] {
        assert!(last.stderr.contains(&format!("{says} did not connect ({why}")), "{last:?}");
    }
}

#[test]
fn a_foreign_connection_is_closed_and_does_not_disturb_the_run() {
    use std::io::{Read, Write};
    let machines = Machines::sample(2, "1");
    let mut first = machines.start(0, &[]);
    first.wait_for_line(|line| line.contains("waiting for 1 more"));
    let mut stranger = loop {
        // It reports that it is waiting before it listens.
        if let Ok(stranger) = std::net::TcpStream::connect(machines.address(0)) {
            break stranger;
        }
        std::thread::yield_now();
    };
    stranger.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // The connection was closed, cleanly or not.
    let _ = stranger.read_to_end(&mut answer);
    assert!(answer.is_empty(), "{answer:?}");
    let other = machines.start(1, &[]).end();
    assert_eq!((first.end().code, other.code), (Some(0), Some(0)));
}

#[test]
fn impossible_settings_are_refused_before_anything_starts() {
    let world = World::sample();
    fs::copy(crate::support::root().join("pipelines/duplicates.yaml"), world.path("duplicates.yaml")).unwrap();
    world.write("two.txt", "127.0.0.1:4001\n127.0.0.1:4002\n");
    world.write("twice.txt", "127.0.0.1:4001\n# the same\n127.0.0.1:4001\n");
    world.write("bad.txt", "127.0.0.1:4001\nlocalhost\n");
    let table: [(&str, &[&str], &str, &str); 9] = [
        ("suppliers.yaml", &["--process", "2"], "two.txt", "processes are numbered from 0 to 1"),
        ("suppliers.yaml", &["--process", "0"], "twice.txt", "twice.txt:3: `127.0.0.1:4001` is already on line 1"),
        ("suppliers.yaml", &["--process", "0"], "bad.txt", "bad.txt:2: `localhost` must be `host:port`"),
        ("suppliers.yaml", &["--process", "0"], "none.txt", "cannot read `none.txt`"),
        ("suppliers.yaml", &[], "two.txt", "--process <I>"),
        ("duplicates.yaml", &["--process", "1"], "two.txt", "`dedupe` does not work on several processes"),
        (
            "suppliers.yaml",
            &["--process", "0", "--set", "reference.index=registry.index"],
            "two.txt",
            "`reference.index` does not work on several processes",
        ),
        ("suppliers.yaml", &["--process", "1", "--watch-plugins"], "two.txt", "`--watch-plugins` does not work"),
        ("suppliers.yaml", &["--process", "0", "--connect-timeout-s", "x"], "two.txt", "--connect-timeout-s"),
    ];
    for (pipeline, more, hosts, says) in table {
        let ended = world.run(&[&["run", pipeline, "--processes", "2", "--hosts", hosts], more].concat());
        let code = if says.contains("does not work") { 2 } else { 64 };
        assert_eq!(ended.code, Some(code), "{more:?}: {ended:?}");
        assert!(ended.stderr.contains(says), "{more:?}: {ended:?}");
    }
    let three = ["run", "suppliers.yaml", "--processes", "3", "--process", "0", "--hosts", "two.txt"];
    let ended = world.run(&three);
    assert!(ended.code == Some(64) && ended.stderr.contains("2 addresses for `--processes 3`"), "{ended:?}");
    assert_eq!(world.files("out"), [""; 0]);
}
