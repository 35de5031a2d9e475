//! The handshake of processes before anything is built: their configurations, and the differences between them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::hosts::Hosts;

/// Everything that determines results and the distribution of work, by name, as a digest or a short value.
pub type ConfigDigests = BTreeMap<String, String>;

/// Maximum number of differences named in a message.
const NAMED_MAX: usize = 6;
/// Maximum length of values in a message; longer ones are digests, which are of no use to a reader.
const VALUE_BYTES_MAX: usize = 24;

/// The first message of a process: its number and its configuration.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Handshake {
    pub(super) process: usize,
    pub(super) digests: ConfigDigests,
}

/// Differences of the processes from process 0, one line each; `None` if there are none. All processes report the same,
/// since each one has the handshakes of all.
pub(super) fn differences(handshakes: &[&Handshake], hosts: &Hosts) -> Option<String> {
    let first = handshakes.iter().find(|handshake| handshake.process == 0)?;
    let mut lines: Vec<(usize, String)> = handshakes
        .iter()
        .filter(|handshake| handshake.digests != first.digests)
        .map(|handshake| {
            (
                handshake.process,
                format!(
                    "{} differs from process 0 in: {}",
                    hosts.name(handshake.process),
                    differing_names(handshake, first)
                ),
            )
        })
        .collect();
    lines.sort();
    let lines: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn differing_names(handshake: &Handshake, first: &Handshake) -> String {
    let names: BTreeSet<&String> = handshake.digests.keys().chain(first.digests.keys()).collect();
    let differing = names.into_iter().filter_map(|name| {
        let value = handshake.digests.get(name);
        let expected = first.digests.get(name);
        (value != expected).then(|| match (value, expected) {
            (Some(value), Some(expected)) if value.len().max(expected.len()) <= VALUE_BYTES_MAX => {
                format!("{name} ({value} vs {expected})")
            }
            _ => name.clone(),
        })
    });
    let differing: Vec<String> = differing.collect();
    let mut text = differing.iter().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    if differing.len() > NAMED_MAX {
        text.push_str(&format!(" and {} more", differing.len() - NAMED_MAX));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn differences_are_named_for_every_process() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hosts.txt");
        std::fs::write(&file, "a:1\nb:1\nc:1\n").unwrap();
        let hosts = Hosts::read(Path::new(&file), 3).unwrap();
        let digest = |letter: char| letter.to_string().repeat(64);
        let handshake = |process, workers: &str, stage| Handshake {
            process,
            digests: [("workers".to_owned(), workers.to_owned()), ("stage BROAD".to_owned(), digest(stage))].into(),
        };
        let (first, same) = (handshake(0, "2", 'a'), handshake(1, "2", 'a'));
        assert_eq!(differences(&[&same, &first], &hosts), None);
        let mut other = handshake(2, "1", 'b');
        assert_eq!(
            differences(&[&other, &same, &first], &hosts).unwrap(),
            "process 2 (`c:1`) differs from process 0 in: stage BROAD, workers (1 vs 2)"
        );
        other.digests.extend((0..9).map(|number| (format!("x{number}"), digest('c'))));
        assert!(differences(&[&first, &other], &hosts).unwrap().ends_with("x3 and 5 more"));
    }
}
