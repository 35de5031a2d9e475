//! What a process says of itself before anything is built, and what two of them differ in.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::hosts::Hosts;

/// What decides results, and how the work is spread: each part by its name, with a digest or a short value.
pub type Parts = BTreeMap<String, String>;

/// Parts named in a message at most.
const NAMED_MAX: usize = 6;
/// Values that are shown; longer ones are digests, which tell nobody anything.
const SHOWN_BYTES_MAX: usize = 24;

/// A process by its number, and its parts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Hello {
    pub(super) process: usize,
    pub(super) parts: Parts,
}

/// What the processes differ in from process 0, a line each; `None` where they do not. Everybody is told the same, for
/// everybody hears of all.
pub(super) fn differences(hellos: &[&Hello], hosts: &Hosts) -> Option<String> {
    let first = hellos.iter().find(|hello| hello.process == 0)?;
    let mut lines: Vec<(usize, String)> = hellos
        .iter()
        .filter(|hello| hello.parts != first.parts)
        .map(|hello| (hello.process, format!("{} has another: {}", hosts.name(hello.process), named(hello, first))))
        .collect();
    lines.sort();
    let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn named(hello: &Hello, first: &Hello) -> String {
    let names: BTreeSet<&String> = hello.parts.keys().chain(first.parts.keys()).collect();
    let differing = names.into_iter().filter_map(|name| {
        let (own, other) = (hello.parts.get(name), first.parts.get(name));
        (own != other).then(|| match (own, other) {
            (Some(own), Some(other)) if own.len().max(other.len()) <= SHOWN_BYTES_MAX => {
                format!("{name} ({own}, not {other})")
            }
            _ => name.clone(),
        })
    });
    let differing: Vec<String> = differing.collect();
    let mut words = differing.iter().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    if differing.len() > NAMED_MAX {
        words.push_str(&format!(" and {} more", differing.len() - NAMED_MAX));
    }
    words
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_differs_is_named_and_told_of_every_process() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hosts.txt");
        std::fs::write(&file, "a:1\nb:1\nc:1\n").unwrap();
        let hosts = Hosts::read(Path::new(&file), 3).unwrap();
        let digest = |letter: char| letter.to_string().repeat(64);
        let hello = |process, workers: &str, stage| Hello {
            process,
            parts: [("workers".to_owned(), workers.to_owned()), ("stage BROAD".to_owned(), digest(stage))].into(),
        };
        let (first, same) = (hello(0, "2", 'a'), hello(1, "2", 'a'));
        assert_eq!(differences(&[&same, &first], &hosts), None);
        let mut other = hello(2, "1", 'b');
        assert_eq!(
            differences(&[&other, &same, &first], &hosts).unwrap(),
            "process 2 (`c:1`) has another: stage BROAD, workers (1, not 2)"
        );
        other.parts.extend((0..9).map(|number| (format!("x{number}"), digest('c'))));
        assert!(differences(&[&first, &other], &hosts).unwrap().ends_with("x3 and 5 more"));
    }
}
