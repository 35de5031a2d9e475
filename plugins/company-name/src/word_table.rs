//! Words that are looked up by a digest: most words of names are in no list, and a comparison of numbers shows it.

/// Bits of the filter in front of a table, a power of two: some sixteen for each word of the longest table.
const FILTER_BITS: usize = 1 << 14;

/// Words, each with a value.
#[derive(Debug)]
pub(crate) struct WordTable<V> {
    /// By digest.
    entries: Vec<(u32, Vec<u8>, V)>,
    /// A bit for each digest: most words have none, and need no search.
    filter: Vec<u64>,
}

impl<V> WordTable<V> {
    pub(crate) fn new<W: Into<Vec<u8>>>(words: impl IntoIterator<Item = (W, V)>) -> WordTable<V> {
        let mut entries: Vec<_> = words
            .into_iter()
            .map(|(word, value)| {
                let word = word.into();
                (digest(&word), word, value)
            })
            .collect();
        entries.sort_by_key(|(digest, ..)| *digest);
        let mut filter = vec![0; FILTER_BITS / 64];
        for (digest, ..) in &entries {
            let (place, bit) = filter_bit(*digest);
            if let Some(bits) = filter.get_mut(place) {
                *bits |= bit;
            }
        }
        WordTable { entries, filter }
    }

    /// The value of a word.
    pub(crate) fn get(&self, word: &[u8]) -> Option<&V> {
        let digest = digest(word);
        let (place, bit) = filter_bit(digest);
        if self.filter.get(place)? & bit == 0 {
            return None;
        }
        let first = self.entries.partition_point(|(other, ..)| *other < digest);
        let same = self.entries.get(first..)?.iter().take_while(|(other, ..)| *other == digest);
        same.into_iter().find(|(_, other, _)| other == word).map(|(.., value)| value)
    }

    pub(crate) fn has(&self, word: &[u8]) -> bool {
        self.get(word).is_some()
    }
}

/// The place of a digest in the filter.
#[inline]
fn filter_bit(digest: u32) -> (usize, u64) {
    let bit = digest as usize % FILTER_BITS;
    (bit / 64, 1 << (bit % 64))
}

/// FNV-1a.
fn digest(word: &[u8]) -> u32 {
    word.iter().fold(0x811c_9dc5, |digest, byte| (digest ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_their_values_and_others_none() {
        let table = WordTable::new([("lyon", 1), ("metz", 2)]);
        assert_eq!((table.get(b"lyon"), table.get(b"metz"), table.get(b"lyo")), (Some(&1), Some(&2), None));
        assert!(table.has(b"metz") && !table.has(b""));
    }
}
