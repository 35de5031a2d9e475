//! Links of successions: which entry took over from which.
//!
//! Memory: 24 bytes per link. Of several successors of an entry, the one with the latest date counts, and on the same date
//! the lowest id: as in pipelines that read the publisher's files themselves.

use std::cmp::Reverse;

use crate::error::RegistryError;
use crate::stream::{BatchStream, texts, value};

/// Digits of an id.
const ID_DIGITS: usize = 14;

/// The links, sorted by predecessor.
#[derive(Debug, Default)]
pub(crate) struct Successions(Vec<(u64, Reverse<u32>, u64)>);

impl Successions {
    /// Reads all links of a file with the columns predecessor, successor and date.
    pub(crate) fn load(stream: &mut dyn BatchStream) -> Result<Successions, RegistryError> {
        let mut links = Vec::new();
        while let Some(batch) = stream.next_batch()? {
            let (from, to, dates) = (texts(&batch, 0), texts(&batch, 1), texts(&batch, 2));
            for row in 0..batch.num_rows() {
                let link = value(&from, row).and_then(number).zip(value(&to, row).and_then(number));
                if let Some((from, to)) = link.filter(|(from, to)| from != to) {
                    links.push((from, Reverse(value(&dates, row).map_or(0, day)), to));
                }
            }
        }
        links.sort_unstable();
        links.dedup_by_key(|link| link.0);
        links.shrink_to_fit();
        Ok(Successions(links))
    }

    /// The id of an entry's successor.
    pub(crate) fn successor(&self, id: &str) -> Option<String> {
        let id = number(id)?;
        let at = self.0.binary_search_by_key(&id, |link| link.0).ok()?;
        self.0.get(at).map(|(_, _, to)| format!("{to:0ID_DIGITS$}"))
    }
}

fn number(id: &str) -> Option<u64> {
    id.trim().parse().ok()
}

/// `2019-12-31` is 20191231; 0 if it is no date.
fn day(date: &str) -> u32 {
    let digits: String = date.chars().filter(char::is_ascii_digit).take(8).collect();
    digits.parse().unwrap_or(0)
}
