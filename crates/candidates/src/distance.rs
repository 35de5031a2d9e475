//! Bounded edit distances: between names (Levenshtein) and between words (one typo or not).
//!
//! Distances count Unicode scalar values. A name of at most 64 ASCII characters is compared with one machine word per
//! column (Myers 1999, "A fast bit-vector algorithm for approximate string matching", in Hyyrö's formulation); any
//! other uses the table, row by row.

/// Maximum number of characters of the bit-parallel form.
const WORD_CHARS: usize = u64::BITS as usize;

/// A name prepared for comparison with many others.
#[derive(Debug)]
pub(crate) struct Pattern {
    chars: Vec<char>,
    /// The positions of each ASCII character in the pattern; `None` if the bit-parallel form does not apply.
    positions: Option<Box<[u64; 128]>>,
}

impl Pattern {
    /// Prepares `text`.
    pub(crate) fn new(text: &str) -> Pattern {
        let chars: Vec<char> = text.chars().collect();
        let fits = text.is_ascii() && (1..=WORD_CHARS).contains(&chars.len());
        let positions = fits.then(|| {
            let mut positions = Box::new([0u64; 128]);
            for (at, byte) in text.bytes().enumerate() {
                if let Some(mask) = positions.get_mut(usize::from(byte)) {
                    *mask |= 1 << at;
                }
            }
            positions
        });
        Pattern { chars, positions }
    }

    /// The pattern's length in characters.
    pub(crate) fn len(&self) -> usize {
        self.chars.len()
    }

    /// The Levenshtein distance to `text`, which has `text_chars` characters, if it is at most `distance_max`.
    pub(crate) fn distance(&self, text: &str, text_chars: usize, distance_max: usize) -> Option<usize> {
        if self.len().abs_diff(text_chars) > distance_max {
            return None;
        }
        let distance = match &self.positions {
            Some(positions) => self.bit_parallel(positions, text, text_chars, distance_max),
            None => self.by_table(text, distance_max),
        };
        distance.filter(|distance| *distance <= distance_max)
    }

    fn bit_parallel(&self, positions: &[u64; 128], text: &str, text_chars: usize, max: usize) -> Option<usize> {
        let last = 1u64 << (self.len() - 1);
        let (mut plus, mut minus) = (u64::MAX, 0u64);
        let mut distance = self.len();
        let mut left = text_chars;
        for character in text.chars() {
            let equal = positions.get(character as usize).copied().unwrap_or(0);
            let vertical = equal | minus;
            let horizontal = ((equal & plus).wrapping_add(plus) ^ plus) | equal;
            let mut up = minus | !(horizontal | plus);
            let mut down = plus & horizontal;
            distance += usize::from(up & last != 0);
            distance -= usize::from(down & last != 0);
            up = (up << 1) | 1;
            down <<= 1;
            plus = down | !(vertical | up);
            minus = up & vertical;
            left = left.saturating_sub(1);
            // Each remaining column can lower the distance by one at most.
            if distance > max + left {
                return None;
            }
        }
        Some(distance)
    }

    fn by_table(&self, text: &str, max: usize) -> Option<usize> {
        let mut costs: Vec<usize> = (0..=self.len()).collect();
        for (row, character) in text.chars().enumerate() {
            let (mut diagonal, mut before, mut lowest) = (row, row + 1, row + 1);
            let mut cells = costs.iter_mut();
            if let Some(first) = cells.next() {
                *first = row + 1;
            }
            for (cell, letter) in cells.zip(&self.chars) {
                let cost = (diagonal + usize::from(*letter != character)).min(before + 1).min(*cell + 1);
                diagonal = std::mem::replace(cell, cost);
                before = cost;
                lowest = lowest.min(cost);
            }
            if lowest > max {
                return None;
            }
        }
        costs.last().copied()
    }
}

/// Whether one edit turns `a` into `b`: a character removed, inserted or replaced, or two neighbours swapped (an
/// optimal string alignment distance of exactly 1).
pub(crate) fn one_slip(a: &str, b: &str) -> bool {
    let prefix: usize = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    let (a, b) = (a.get(prefix..).unwrap_or(""), b.get(prefix..).unwrap_or(""));
    let same_end = a.chars().rev().zip(b.chars().rev()).take_while(|(x, y)| x == y);
    let suffix: usize = same_end.map(|(x, _)| x.len_utf8()).sum();
    let (a, b) = (a.get(..a.len() - suffix).unwrap_or(""), b.get(..b.len() - suffix).unwrap_or(""));
    let (mut x, mut y) = (a.chars(), b.chars());
    match (x.next(), x.next(), x.next(), y.next(), y.next(), y.next()) {
        (Some(_), None, _, None, ..) | (None, _, _, Some(_), None, _) | (Some(_), None, _, Some(_), None, _) => true,
        (Some(first), Some(second), None, Some(other), Some(another), None) => first == another && second == other,
        _ => false,
    }
}

/// Letters that names often contain three times.
const FREQUENT: [u8; 6] = *b"aeinrs";

/// The character counts of a name, for skipping distant names without reading them: a bit for a letter, another for its
/// second occurrence, and for [`FREQUENT`] letters one for the third; digits share six. An edit clears at most one bit
/// and sets at most one.
pub(crate) fn signature(text: &str) -> u64 {
    const LETTERS: u8 = 26;
    text.bytes().fold(0, |set: u64, byte| match byte {
        b'a'..=b'z' => {
            let (first, second) = (1 << (byte - b'a'), 1 << (byte - b'a' + LETTERS));
            let third = || FREQUENT.iter().position(|letter| *letter == byte).map_or(0, |place| 1 << (place + 58));
            match set {
                set if set & first == 0 => set | first,
                set if set & second == 0 => set | second,
                set => set | third(),
            }
        }
        b'0'..=b'9' => set | 1 << (2 * LETTERS + (byte - b'0') % 6),
        _ => set,
    })
}

/// Whether names with these signatures can be within `distance_max` edits.
#[inline]
pub(crate) fn may_be_near(a: u64, b: u64, distance_max: u32) -> bool {
    (a & !b).count_ones() <= distance_max && (b & !a).count_ones() <= distance_max
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bounded(a: &str, b: &str, max: usize) -> Option<usize> {
        Pattern::new(a).distance(b, b.chars().count(), max)
    }

    #[test]
    fn distances_at_the_edges() {
        assert_eq!(bounded("", "", 0), Some(0));
        assert_eq!(bounded("", "abc", 3), Some(3));
        assert_eq!(bounded("abc", "", 2), None);
        let long = "a".repeat(64);
        assert_eq!(bounded(&long, &long, 0), Some(0));
        assert_eq!(bounded(&long, &"a".repeat(65), 1), Some(1));
        assert_eq!(bounded(&"a".repeat(65), &long, 1), Some(1));
    }

    proptest! {
        #[test]
        fn the_distance_is_that_of_strsim(a in "[abcé ]{0,12}", b in "[abcé ]{0,12}", max in 0usize..8) {
            let wanted = strsim::levenshtein(&a, &b);
            prop_assert_eq!(bounded(&a, &b, max), (wanted <= max).then_some(wanted));
        }

        #[test]
        fn the_distance_of_long_names_is_that_of_strsim(a in "[ab]{50,80}", b in "[ab]{50,80}", max in 0usize..40) {
            let wanted = strsim::levenshtein(&a, &b);
            prop_assert_eq!(bounded(&a, &b, max), (wanted <= max).then_some(wanted));
        }

        #[test]
        fn the_signature_never_hides_a_near_name(a in "[a-z0-9é ]{0,10}", b in "[a-z0-9é ]{0,10}") {
            let distance = strsim::levenshtein(&a, &b) as u32;
            prop_assert!(may_be_near(signature(&a), signature(&b), distance));
        }

        #[test]
        fn the_signature_allows_for_repeated_letters(a in "[aer0-9é ]{0,12}", b in "[aer0-9é ]{0,12}") {
            let distance = strsim::levenshtein(&a, &b) as u32;
            prop_assert!(may_be_near(signature(&a), signature(&b), distance));
        }

        #[test]
        fn one_slip_is_an_alignment_distance_of_one(a in "[abé]{0,5}", b in "[abé]{0,5}") {
            prop_assert_eq!(one_slip(&a, &b), strsim::osa_distance(&a, &b) == 1);
        }
    }
}
