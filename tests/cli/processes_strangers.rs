//! Runs on several processes with foreign connections to their ports: a peer without the shared secret takes no part
//! and delays no process.

use std::fs::{self, Permissions};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;

use crate::processes::Machines;
use crate::support::{Ended, Running, World};

/// Writes a secret that only this user can read.
fn write_secret(world: &World, text: &str) {
    world.write("secret.txt", text);
    fs::set_permissions(world.path("secret.txt"), Permissions::from_mode(0o600)).unwrap();
}

/// Connects to a process as soon as it listens.
fn connect(address: &str) -> TcpStream {
    loop {
        // It reports that it is waiting before it listens.
        if let Ok(stream) = TcpStream::connect(address) {
            return stream;
        }
        std::thread::yield_now();
    }
}

#[test]
fn processes_run_together_only_with_the_same_secret() {
    let machines = Machines::sample(2, "1");
    let secrets = [Some("the secret of this run\n"), Some("another secret of it\n"), None];
    for (first, second) in [(0, 1), (0, 2), (2, 1)] {
        machines.find_ports();
        let start = |process: usize, secret: usize| {
            let more: &[&str] = match secrets[secret] {
                Some(text) => {
                    write_secret(&machines.worlds[process], text);
                    &["--connect-timeout-s", "2", "--secret-file", "secret.txt"]
                }
                None => &["--connect-timeout-s", "2"],
            };
            machines.start(process, more)
        };
        let running = [start(0, first), start(1, second)];
        let ended: Vec<Ended> = running.into_iter().map(Running::end).collect();
        for (number, process) in ended.iter().enumerate() {
            let other = machines.name(1 - number);
            let reason = format!("error: within 2 s, {other} did not connect (it has another shared secret)");
            assert!(process.code == Some(1) && process.stderr.contains(&reason), "{process:?}");
            assert!(!process.stderr.contains("the secret of") && !process.stderr.contains("another secret of"));
        }
        assert_eq!(machines.first().files("out"), [""; 0], "nothing was begun");
    }
    machines.find_ports();
    machines.worlds.iter().for_each(|world| write_secret(world, "the secret of this run"));
    let with_secret = ["--secret-file", "secret.txt", "--limit", "40"];
    let ended = [machines.start(0, &with_secret), machines.start(1, &with_secret[..2])].map(Running::end);
    assert!(ended.iter().all(|process| process.stderr.contains("40") || process.code == Some(0)), "{ended:?}");
    assert_eq!(machines.committed(), 40, "{ended:?}");
}

#[test]
fn other_machines_need_a_long_and_private_secret() {
    let world = World::sample();
    // A documentation address, which no machine has.
    world.write("hosts.txt", "127.0.0.1:4001\n192.0.2.7:4002\n");
    let run = |more: &[&str]| {
        let arguments = ["run", "suppliers.yaml", "--processes", "2", "--process", "0", "--hosts", "hosts.txt"];
        let ended = world.run(&[&arguments[..], more].concat());
        assert_eq!(ended.code, Some(64), "{ended:?}");
        ended.stderr
    };
    let without = run(&[]);
    assert!(
        without.contains("`192.0.2.7:4002` is not on this machine") && without.contains("--secret-file"),
        "{without}"
    );
    let with_file = ["--secret-file", "secret.txt"];
    assert!(run(&with_file).contains("`secret.txt`, cannot be read: No such file"));
    write_secret(&world, "too short");
    assert!(run(&with_file).contains("the shared secret in `secret.txt` must have at least 16 characters"));
    world.write("secret.txt", "long enough for everybody");
    fs::set_permissions(world.path("secret.txt"), Permissions::from_mode(0o644)).unwrap();
    assert!(run(&with_file).contains("`chmod 600 secret.txt`"));
    fs::remove_file(world.path("secret.txt")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(world.path("secret.txt")).status().unwrap().success());
    assert!(run(&with_file).contains("it is not a regular file"));
    assert_eq!(world.files("out"), [""; 0]);
}

/// More connections than are served concurrently: idle ones, one with half a message, and several kinds of garbage.
#[test]
fn idle_and_half_open_connections_and_garbage_delay_no_process() {
    let machines = Machines::sample(2, "1");
    let first = machines.start(0, &["--limit", "40"]);
    let address = machines.address(0);
    let mut strangers: Vec<TcpStream> = (0..80).map(|_| connect(&address)).collect();
    let impostor = br#"{"program":"matchflow","purpose":"Control","process":1,"nonce":[0]}"#;
    let garbage: [&[u8]; 6] = [
        b"\0\0",
        b"\0\0\0\x40{\"program\":",
        b"\xff\xff\xff\xff",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        &[&(impostor.len() as u32).to_be_bytes()[..], impostor].concat(),
    ];
    for (stranger, bytes) in strangers.iter_mut().rev().zip(garbage) {
        stranger.write_all(bytes).unwrap();
    }
    // One that has already disconnected.
    drop(strangers.pop());
    let other = machines.start(1, &[]).end();
    let first = first.end();
    assert!(
        !first.stderr.contains("did not connect") && !other.stderr.contains("did not connect"),
        "{first:?} {other:?}"
    );
    assert_eq!(machines.committed(), 40, "{first:?}");
    for mut stranger in strangers {
        let mut answer = Vec::new();
        let _ = stranger.read_to_end(&mut answer);
        assert!(answer.is_empty(), "a stranger is told nothing: {answer:?}");
    }
}
