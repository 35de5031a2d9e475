//! `matchflow registry` as users have it: fetched over a socket, killed at named places, told in their language.

use std::fs;
use std::path::Path;

use matchflow_mock_server::{Behaviour, FileServer, MockServer, ServedFile};

use crate::support::{Ended, World};

const UNITS: &str = "/api/1/datasets/r/350182c9-148a-46e0-8389-76c2ec1374a3";
const ESTABLISHMENTS: &str = "/api/1/datasets/r/a29c1297-1f92-4e2a-8f6b-8c902ce96c5f";
const FETCH: [&str; 6] = ["registry", "fetch", "sirene", "--rows-min", "1", "--progress=none"];

/// A world with a publisher, whose two editions are in the folders `first` and `next`.
struct Publisher {
    world: World,
    files: FileServer,
    /// The address of the server.
    mirror: String,
    _server: MockServer,
}

impl Publisher {
    fn new() -> Publisher {
        let files = FileServer::default();
        let server = MockServer::start(Behaviour::default(), files.responder()).unwrap();
        let mut world = World::empty();
        let mirror = server.url("");
        world.set_variable("MATCHFLOW_REGISTRY_MIRROR", &mirror);
        world.set_variable("LC_ALL", "C.UTF-8");
        let generate =
            ["generate", "--suppliers", "20", "--establishments", "3000", "--sirene", "--format", "csv", "--out"];
        world.succeed(&[&generate[..], &["first"]].concat());
        world.succeed(&[&generate[..], &["next", "--next"]].concat());
        Publisher { world, files, mirror, _server: server }
    }

    /// Publishes the edition in a folder.
    fn publish(&self, folder: &str) {
        for (path, name) in
            [(UNITS, "StockUniteLegale_utf8.parquet"), (ESTABLISHMENTS, "StockEtablissement_utf8.parquet")]
        {
            let bytes = self.world.read(&format!("{folder}/{name}"));
            self.files.put(path, ServedFile { bytes, etag: format!("\"{folder}\""), ..ServedFile::default() });
        }
    }

    fn fetch(&self) -> Ended {
        self.world.run(&FETCH)
    }

    /// The edition that `latest` leads to, which must be complete.
    fn latest(&self) -> String {
        let folder = self.world.path("registries/sirene/latest");
        let manifest = fs::read(folder.join("manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        let digest = sha256(&folder.join("sirene.parquet"));
        assert_eq!(manifest["table"]["sha256"], digest.as_str());
        manifest["edition"].as_str().unwrap().to_owned()
    }
}

fn sha256(path: &Path) -> String {
    matchflow_model::digest::sha256_hex(&fs::read(path).unwrap())
}

#[test]
fn a_registry_is_fetched_updated_and_compared() {
    let publisher = Publisher::new();
    publisher.publish("first");
    let fetched = publisher.fetch();
    assert_eq!(fetched.code, Some(0), "{fetched:?}");
    let expected = "SIRENE 2026-09-30: 3,000 entries (";
    assert!(fetched.stdout.starts_with(expected), "{fetched:?}");
    assert!(fetched.stdout.contains("registries/sirene/latest/sirene.parquet"), "{fetched:?}");
    let again = publisher.fetch();
    assert_eq!(
        (again.code, again.stdout.as_str()),
        (Some(0), "SIRENE 2026-09-30 is the newest edition: nothing to do\n")
    );
    let update = ["registry", "update", "--rows-min", "1", "--progress=none"];
    let same = publisher.world.succeed(&update);
    assert!(same.stdout.contains("nothing to do"), "{same:?}");
    publisher.publish("next");
    let updated = publisher.world.succeed(&update);
    assert!(updated.stdout.contains("SIRENE: what changed from 2026-09-30 to 2026-10-31"), "{updated:?}");
    assert_eq!(publisher.latest(), "2026-10-31");
    let nowhere = publisher.world.run(&["registry", "update", "--dir", "first"]);
    assert!(nowhere.code == Some(66) && nowhere.stderr.contains("no registry to update"), "{nowhere:?}");
    let editions = ["registries/sirene/2026-09-30", "registries/sirene/latest"];
    let diff = publisher.world.succeed(&["registry", "diff", editions[0], editions[1], "--output", "changes.csv"]);
    let changes = String::from_utf8(publisher.world.read("changes.csv")).unwrap();
    let written = changes.lines().count() as u64 - 1;
    assert!(written > 10 && diff.stdout.contains(&format!("changes.csv: {written} changes")), "{diff:?}");
    let closed = changes.lines().filter(|line| line.contains(",closed,")).count();
    assert!(diff.stdout.contains(&format!("{closed:>11} closed")), "{diff:?}");
    let json = publisher.world.succeed(&["registry", "diff", editions[0], editions[1], "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json["changes"]["closed"].as_u64(), json["after"].as_str()), (Some(closed as u64), Some("2026-10-31")));
    let refused = publisher.world.run(&["registry", "diff", editions[0], editions[1], "--output", "changes.txt"]);
    assert_eq!(refused.code, Some(64), "{refused:?}");
    let none = publisher.world.run(&["registry", "diff", "first", editions[1]]);
    assert!(none.code == Some(66) && none.stderr.contains("manifest.json"), "{none:?}");
}

#[test]
fn a_kill_at_any_place_leaves_an_edition_that_works() {
    for place in [
        "download",
        "download:2",
        "registry join",
        "registry before publish",
        "registry before link",
        "registry before prune",
    ] {
        let publisher = Publisher::new();
        publisher.publish("first");
        // The first fetch of all.
        let killed = publisher.world.run_with_fault(&format!("kill@{place}"), &FETCH);
        assert_eq!(killed.code, None, "{place}: {killed:?}");
        assert_eq!(publisher.fetch().code, Some(0), "{place}");
        assert_eq!(publisher.latest(), "2026-09-30", "{place}");
        // The second month, which begins with what the first may have left to do.
        publisher.publish("next");
        let pass = if place == "registry before prune" { ":2" } else { "" };
        let killed = publisher.world.run_with_fault(&format!("kill@{place}{pass}"), &FETCH);
        assert_eq!(killed.code, None, "{place}: {killed:?}");
        let is_published = place == "registry before prune";
        assert_eq!(publisher.latest(), if is_published { "2026-10-31" } else { "2026-09-30" }, "{place}");
        assert_eq!(publisher.fetch().code, Some(0), "{place}");
        assert_eq!(publisher.latest(), "2026-10-31", "{place}");
        let left = publisher.world.files("registries/sirene");
        assert_eq!(left, [".lock", "2026-09-30", "2026-10-31", "latest"], "{place}");
    }
}

#[test]
fn a_proxy_of_the_environment_is_used() {
    let mut publisher = Publisher::new();
    publisher.publish("first");
    // What a proxy is asked for has the host in it; only this proxy knows it.
    let proxy = std::mem::take(&mut publisher.mirror);
    publisher.world.set_variable("MATCHFLOW_REGISTRY_MIRROR", "http://publisher.invalid");
    publisher.world.set_variable("HTTP_PROXY", &proxy);
    for path in [UNITS, ESTABLISHMENTS] {
        publisher.files.copy(path, &format!("http://publisher.invalid{path}"));
        publisher.files.remove(path);
    }
    let fetched = publisher.fetch();
    assert_eq!(fetched.code, Some(0), "{fetched:?}");
    assert_eq!(publisher.latest(), "2026-09-30");
}

#[test]
fn errors_are_in_the_users_language_and_have_their_exit_codes() {
    let mut publisher = Publisher::new();
    publisher.publish("first");
    assert_eq!(publisher.fetch().code, Some(0));
    publisher.files.put(
        UNITS,
        ServedFile { bytes: b"<html>".to_vec(), content_type: "text/html".to_owned(), ..ServedFile::default() },
    );
    let page = publisher.fetch();
    assert!(page.code == Some(65) && page.stderr.contains("is a page (text/html), not a file"), "{page:?}");
    let few = publisher.world.run(&["registry", "fetch", "sirene", "--from", "next", "--progress=none"]);
    assert!(few.code == Some(65) && few.stderr.contains("at least 35000000 are expected"), "{few:?}");
    let missing = publisher.world.run(&["registry", "fetch", "gleif", "--from", "next"]);
    assert!(missing.code == Some(66) && missing.stderr.contains("begins with `lei2`"), "{missing:?}");
    let key = publisher.world.run(&["registry", "fetch", "sirene", "--address", "unit=http://127.0.0.1:9/x"]);
    assert!(key.code == Some(64) && key.stderr.contains("its files are establishments, units, successions"), "{key:?}");
    publisher.world.set_variable("LC_ALL", "fr_FR.UTF-8");
    let french = publisher.fetch();
    assert!(
        french.code == Some(65) && french.stderr.contains("est une page (text/html), pas un fichier"),
        "{french:?}"
    );
    publisher.publish("next");
    let french = publisher.fetch();
    assert!(french.code == Some(0) && french.stdout.contains("ouvertes"), "{french:?}");
}
