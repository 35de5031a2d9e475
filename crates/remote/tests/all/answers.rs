//! The file of recorded answers: what it stores, and the effects of damage.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common::{ask, ask_all, faulty, plan, request, settings, text};
use matchflow_mock_server::Faults;
use matchflow_model::request_failure::RequestFailure;
use matchflow_remote::{Answer, Answers, Remote, RequestKey, Source, Usage};
use proptest::prelude::*;
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out/suppliers.answers");
    (folder, path)
}

fn key(number: u8) -> RequestKey {
    RequestKey([number; 32])
}

fn answer(number: u8) -> Answer {
    let body: Arc<[u8]> = vec![number; usize::from(number) * 7].into();
    let usage = Usage { input: u64::from(number), cached_input: 0, output: 1 };
    Answer { status: 200, content_type: Some("text/plain".to_owned()), body, usage, cost: 0.5, tries: 0 }
}

fn keep(answers: &Answers, numbers: impl IntoIterator<Item = u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for number in numbers {
        runtime.block_on(answers.store(key(number), "ASK", "https://api.example/v1", &answer(number))).unwrap();
    }
}

/// The numbers from 1 to 20 whose answers are stored; each answer must be unchanged.
fn kept(answers: &Answers) -> Vec<u8> {
    let found = |number: &u8| {
        let found = answers.get(&key(*number)).unwrap();
        found.map(|found| assert_eq!(found, answer(*number))).is_some()
    };
    (1..=20).filter(found).collect()
}

/// A file with answers 1 to 5, and the end of each of its records.
fn five(path: &Path) -> Vec<usize> {
    let answers = Answers::open(path, &[]).unwrap().answers;
    let mut ends = vec![fs::metadata(path).unwrap().len() as usize];
    for number in 1..=5 {
        keep(&answers, [number]);
        ends.push(fs::metadata(path).unwrap().len() as usize);
    }
    ends
}

fn beside(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn answers_and_their_cost_survive_a_restart() {
    let (_folder, path) = folder();
    five(&path);
    let opened = Answers::open(&path, &[]).unwrap();
    assert_eq!((opened.recorded, opened.warnings.len(), kept(&opened.answers)), (5, 0, vec![1, 2, 3, 4, 5]));
    assert_eq!((opened.answers.cost_of("ASK"), opened.answers.cost_of("OTHER")), (2.5, 0.0));
    keep(&opened.answers, [6]);
    assert_eq!((opened.answers.len(), opened.answers.cost_of("ASK")), (6, 3.0));
}

#[test]
fn an_answer_is_in_the_file_before_it_is_returned() {
    let (_folder, path) = folder();
    let answers = Answers::open(&path, &[]).unwrap().answers;
    keep(&answers, [1, 2]);
    // What a process killed now would leave behind.
    let copy = path.with_extension("copy");
    fs::copy(&path, &copy).unwrap();
    assert_eq!(kept(&Answers::open(&copy, &[]).unwrap().answers), [1, 2]);
}

#[test]
fn an_incomplete_last_record_is_removed() {
    let (_folder, path) = folder();
    let ends = five(&path);
    let whole = fs::read(&path).unwrap();
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let opened = Answers::open(&path, &[]).unwrap();
        let expected = ends.iter().filter(|end| **end <= length).count().saturating_sub(1);
        assert_eq!(kept(&opened.answers), (1..=expected as u8).collect::<Vec<_>>(), "cut at {length}");
        assert_eq!(opened.warnings, [""; 0], "cut at {length}");
        keep(&opened.answers, [9]);
        drop(opened);
        let again = Answers::open(&path, &[]).unwrap();
        assert_eq!((again.recorded, again.warnings.len()), (expected + 1, 0), "written on after {length}");
    }
    assert_eq!(beside(&path), ["suppliers.answers"]);
}

#[test]
fn a_flipped_bit_costs_one_answer_and_the_file_is_renamed() {
    let (_folder, path) = folder();
    let ends = five(&path);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        let opened = Answers::open(&path, &[]).unwrap();
        // The record that contains the byte; bytes before the first belong to the file itself.
        let hit = ends.iter().filter(|end| **end <= at).count() as u8;
        let expected: Vec<u8> = (1..=5).filter(|number| *number != hit).collect();
        let torn = beside(&path) == ["suppliers.answers"];
        if torn {
            // A length that exceeds the file looks like an incomplete last record.
            assert_eq!((hit, kept(&opened.answers)), (5, vec![1, 2, 3, 4]), "byte {at}");
            continue;
        }
        assert_eq!(kept(&opened.answers), expected, "byte {at}");
        assert!(opened.warnings[0].contains("was damaged") && opened.warnings[0].contains("damaged-1"));
        let aside = path.with_file_name("suppliers.answers.damaged-1");
        assert_eq!(fs::read(&aside).unwrap(), damaged, "byte {at}");
        fs::remove_file(aside).unwrap();
    }
}

#[test]
fn a_foreign_file_in_its_place_is_renamed() {
    let (_folder, path) = folder();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    for (round, content) in ["a text that is somebody's", "short"].into_iter().enumerate() {
        fs::write(&path, content).unwrap();
        let opened = Answers::open(&path, &[]).unwrap();
        assert_eq!((opened.recorded, opened.warnings.len()), (0, 1));
        let aside = path.with_file_name(format!("suppliers.answers.damaged-{}", round + 1));
        assert_eq!(fs::read_to_string(aside).unwrap(), content);
    }
}

#[test]
fn two_runs_do_not_write_one_file() {
    let (_folder, path) = folder();
    let first = Answers::open(&path, &[]).unwrap();
    let error = Answers::open(&path, &[]).err().unwrap().to_string();
    assert!(error.contains("another run is using the file") && error.contains("suppliers.answers"), "{error}");
    drop(first);
    assert!(Answers::open(&path, &[]).is_ok());
}

#[test]
fn answers_of_the_other_location_are_found_too() {
    let (_folder, path) = folder();
    let other = path.with_file_name("fallback.answers");
    keep(&Answers::open(&path, &[]).unwrap().answers, [1, 2]);
    let opened = Answers::open(&other, std::slice::from_ref(&path)).unwrap();
    keep(&opened.answers, [3]);
    assert_eq!((kept(&opened.answers), opened.answers.cost_of("ASK")), (vec![1, 2, 3], 1.5));
    drop(opened);
    assert_eq!(kept(&Answers::open(&path, &[other]).unwrap().answers), [1, 2, 3]);
}

#[test]
fn a_request_whose_answer_is_recorded_is_not_sent_again() {
    let server = faulty(Faults { server_error: 0.3, tries: 1, ..Faults::default() });
    let (_folder, path) = folder();
    let bodies: Vec<String> = (0..50).map(|number| format!("row {number}")).collect();
    let run = |asked: usize| {
        let opened = Answers::open(&path, &[]).unwrap();
        let remote = Remote::start(settings(plan(&server), Source::Live(Some(opened.answers)))).unwrap();
        let requests = bodies.iter().take(asked).map(|body| request(&server, body)).collect();
        let outcomes = ask_all(&remote, requests);
        let mut texts: Vec<_> =
            outcomes.iter().take(asked).map(|(at, outcome)| (at, text(&outcome.unwrap()))).collect();
        texts.sort();
        (texts, remote.counters().recorded(), remote.counters().answered())
    };
    let (first, ..) = run(30);
    let (second, recorded, answered) = run(50);
    assert_eq!((recorded, answered, server.log().repeats().len()), (30, 20, 0));
    assert_eq!(first, second[..30], "a recorded answer is the one that came");
    let sent = server.log().requests();
    assert_eq!((run(50).0, server.log().requests()), (second, sent));
}

#[test]
fn an_unreadable_recorded_answer_is_not_paid_for_again() {
    let server = faulty(Faults::default());
    let (_folder, path) = folder();
    let answers = Answers::open(&path, &[]).unwrap().answers;
    let remote = Remote::start(settings(plan(&server), Source::Live(Some(answers)))).unwrap();
    ask(&remote, request(&server, "one")).unwrap();
    let whole = fs::read(&path).unwrap();
    let flipped = whole.iter().enumerate().map(|(at, byte)| if at + 1 == whole.len() { byte ^ 1 } else { *byte });
    for damaged in [flipped.collect::<Vec<u8>>(), whole[..whole.len() - 1].to_vec()] {
        fs::write(&path, damaged).unwrap();
        let error = ask(&remote, request(&server, "one")).unwrap_err();
        assert!(
            matches!(error.cause, RequestFailure::NotRead { .. }) && error.to_string().contains("answers"),
            "{error}"
        );
    }
    assert_eq!(server.log().requests(), 1);
    fs::write(&path, &whole).unwrap();
    assert!(ask(&remote, request(&server, "one")).is_ok());
}

#[test]
fn earlier_runs_count_towards_the_cost_limit() {
    let server = faulty(Faults::default());
    let (_folder, path) = folder();
    let run = |bodies: [&str; 3]| {
        let opened = Answers::open(&path, &[]).unwrap();
        let mut settings = settings(plan(&server), Source::Live(Some(opened.answers)));
        settings.cost_max = Some(4.0);
        let remote = Remote::start(settings).unwrap();
        bodies.map(|body| ask(&remote, request(&server, body)).is_ok())
    };
    assert_eq!(run(["aaaa", "bbbb", "cccc"]), [true, true, true]);
    assert_eq!(run(["dddd", "aaaa", "eeee"]), [true, true, false], "what is recorded is free");
    assert_eq!(server.log().requests(), 4);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_damage_leaves_only_intact_answers(
        damage in prop::collection::vec((0_usize..1400, any::<u8>()), 0..8),
        length in 0_usize..1400,
    ) {
        let (_folder, path) = folder();
        let ends = five(&path);
        let mut bytes = fs::read(&path).unwrap();
        for (at, byte) in damage {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        let untouched: Vec<u8> = {
            let whole = fs::read(&path).unwrap();
            (1..=5_u8).filter(|number| {
                let range = ends[usize::from(*number) - 1]..ends[usize::from(*number)];
                range.end <= length && whole[range.clone()] == bytes[range]
            }).collect()
        };
        bytes.truncate(length);
        fs::write(&path, &bytes).unwrap();
        let opened = Answers::open(&path, &[]).unwrap();
        let found = kept(&opened.answers);
        prop_assert!(untouched.iter().all(|number| found.contains(number)), "{untouched:?} of {found:?}");
        keep(&opened.answers, [9]);
        drop(opened);
        let again = Answers::open(&path, &[]).unwrap();
        prop_assert_eq!((again.recorded, again.warnings.len()), (found.len() + 1, 0));
    }
}
