//! Compiled plug-ins on disk: used if they can be trusted, and otherwise ignored.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::common::{dist, score};
use matchflow_model::digest::sha256;
use matchflow_plugin_host::{Host, HostOptions, Limits, Plugin};

fn host(folder: &Path) -> Host {
    Host::new(HostOptions { cache: Some(folder.to_owned()), ..HostOptions::default() }).unwrap()
}

/// Loads `exact` with a new host, like a starting process.
fn start(folder: &Path) -> Plugin {
    let plugin = Plugin::load(&host(folder), dist("exact")).unwrap();
    let mut scorer = plugin.scorer("{}", Limits::default()).unwrap();
    assert_eq!(score(&mut scorer, 2).unwrap().values, [1.0, 1.0]);
    plugin
}

/// The only entry of a cache.
fn entry(folder: &Path) -> PathBuf {
    let entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries[0].clone()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

#[test]
fn the_second_start_compiles_nothing_and_answers_the_same() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("cache/plugins");
    let (first, second) = (start(&folder), start(&folder));
    assert!(first.is_compiled() && !second.is_compiled());
    assert_eq!(first.description(), second.description());
    assert_eq!((first.digest(), first.path()), (second.digest(), second.path()));
    assert_eq!((mode(&folder), mode(&entry(&folder))), (0o700, 0o600));
}

#[test]
fn a_damaged_entry_is_recompiled_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path());
    let entry = entry(folder.path());
    let whole = fs::read(&entry).unwrap();
    let flipped = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        bytes
    };
    // The head, the digest, the description, the code's beginning, middle and end; then truncated files.
    let mut damaged: Vec<Vec<u8>> = [0, 9, 41, 60, 1_000, whole.len() / 2, whole.len() - 1].map(flipped).into();
    damaged.extend([0, 7, 30, 43, whole.len() - 1].map(|length| whole[..length].to_vec()));
    damaged.push([whole.as_slice(), b"more"].concat());
    for bytes in damaged {
        fs::write(&entry, &bytes).unwrap();
        assert!(start(folder.path()).is_compiled(), "{} bytes", bytes.len());
        assert!(!start(folder.path()).is_compiled(), "it was replaced");
        assert_eq!(mode(&entry), 0o600);
    }
}

#[test]
fn code_of_another_engine_is_recompiled() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path());
    let entry = entry(folder.path());
    let whole = fs::read(&entry).unwrap();
    // Intact to the last byte by its digest, but not code for this engine.
    let part = |at: usize| at + 4 + u32::from_le_bytes(whole[at..at + 4].try_into().unwrap()) as usize;
    let mut body = whole[40..part(part(40))].to_vec();
    body.extend_from_slice(b"\x7fELF and nothing else");
    fs::write(&entry, [&whole[..8], sha256(&body).as_slice(), &body].concat()).unwrap();
    assert!(start(folder.path()).is_compiled());
    assert!(!start(folder.path()).is_compiled());
}

/// Loads a plug-in with a new host, like a starting process.
fn load(folder: &Path, name: &str) -> Plugin {
    Plugin::load(&host(folder), dist(name)).unwrap()
}

#[test]
fn an_entry_under_the_name_of_another_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let exact = load(folder.path(), "exact");
    let first = entry(folder.path());
    let address = load(folder.path(), "address");
    let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let second = entries.into_iter().find(|path| *path != first).unwrap();
    // Swapped, and one entry under both names.
    let aside = folder.path().join("aside");
    for [from, to] in [[&first, &aside], [&second, &first], [&aside, &second]] {
        fs::rename(from, to).unwrap();
    }
    for copied in [false, true] {
        if copied {
            fs::copy(&second, &first).unwrap();
        }
        for (name, before) in [("exact", &exact), ("address", &address)] {
            let plugin = load(folder.path(), name);
            assert_eq!(plugin.description(), before.description(), "{name}");
            assert_eq!(plugin.is_compiled(), !copied || name == "exact", "{name}");
            assert!(!load(folder.path(), name).is_compiled(), "it was replaced");
        }
    }
}

#[test]
fn an_entry_that_is_not_a_regular_file_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path());
    let entry = entry(folder.path());
    let other = folder.path().join("other");
    fs::rename(&entry, &other).unwrap();
    // Opening a pipe without a writer would block.
    assert!(std::process::Command::new("mkfifo").arg(&entry).status().unwrap().success());
    assert!(start(folder.path()).is_compiled());
    assert!(!start(folder.path()).is_compiled(), "it was replaced");
    fs::remove_file(&entry).unwrap();
    std::os::unix::fs::symlink(&other, &entry).unwrap();
    assert!(start(folder.path()).is_compiled(), "a link");
    fs::remove_file(&entry).unwrap();
    fs::create_dir(&entry).unwrap();
    assert!(start(folder.path()).is_compiled() && start(folder.path()).is_compiled(), "a folder stays");
}

#[test]
fn an_entry_that_others_could_write_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path());
    let entry = entry(folder.path());
    for open in [0o622, 0o644, 0o660] {
        fs::set_permissions(&entry, Permissions::from_mode(open)).unwrap();
        assert!(start(folder.path()).is_compiled(), "{open:o}");
        assert_eq!(mode(&entry), 0o600, "{open:o}");
    }
    // Only the superuser can give a file away.
    if std::os::unix::fs::chown(&entry, Some(12_345), None).is_ok() {
        assert!(start(folder.path()).is_compiled());
        assert!(!start(folder.path()).is_compiled());
    }
}

#[test]
fn a_folder_is_made_private_and_one_of_another_user_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    start(folder.path());
    assert_eq!(mode(folder.path()), 0o700);
    if std::os::unix::fs::chown(folder.path(), Some(12_345), None).is_ok() {
        fs::remove_file(entry(folder.path())).unwrap();
        assert!(start(folder.path()).is_compiled() && start(folder.path()).is_compiled());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is kept in it");
    }
}

#[test]
fn without_a_cache_folder_there_is_no_cache_and_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    assert!(start(&file).is_compiled() && start(&file).is_compiled());
    assert!(start(&file.join("below")).is_compiled());
}

#[test]
fn concurrent_starts_share_a_cache() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        let starts: Vec<_> = (0..6).map(|_| scope.spawn(|| start(folder.path()))).collect();
        starts.into_iter().for_each(|start| drop(start.join().unwrap()));
    });
    assert!(!start(folder.path()).is_compiled());
    entry(folder.path());
}

#[test]
fn a_full_cache_evicts_the_least_recently_used_entry() {
    let folder = tempfile::tempdir().unwrap();
    start(folder.path());
    let entry = entry(folder.path());
    let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    for number in 0..300 {
        let other = folder.path().join(format!("{number}.compiled"));
        fs::write(&other, "").unwrap();
        fs::File::open(&other).unwrap().set_modified(old).unwrap();
    }
    // A hit is a use: it keeps the entry when the next one is written.
    assert!(!start(folder.path()).is_compiled());
    Plugin::load(&host(folder.path()), dist("address")).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 256);
    assert!(entry.exists() && !start(folder.path()).is_compiled());
}
