//! Edit distance between short byte strings: insertions, deletions, substitutions and swaps of neighbours.

/// Strings longer than this are not compared.
const LENGTH_MAX: usize = 32;

/// The index of a byte's positions: letters and digits have their own, the others share the rest.
const fn place(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => (byte - b'a') as usize,
        b'0'..=b'9' => 26 + (byte - b'0') as usize,
        other => 36 + (other % 28) as usize,
    }
}

/// Number of indices; a power of two, so that a set of bytes is the bits of one `u64`.
const PLACES: usize = 64;

/// The set of bytes of a text, as bits.
pub(crate) fn byte_set(text: &[u8]) -> u64 {
    text.iter().fold(0, |set, &byte| set | 1 << place(byte))
}

/// Whether the bytes of such a set are lower-case ASCII letters and digits.
pub(crate) fn has_latin_letters_only(set: u64) -> bool {
    set >> 36 == 0
}

/// The optimal string alignment distance, or `None` if it exceeds `edits_max` or a string exceeds 32 bytes.
///
/// Bit-parallel after Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances" (2003): one
/// step of word operations per byte, no allocation. Bytes other than lower-case ASCII letters and digits may be
/// mistaken for one another if they share an index.
pub fn edits_within(left: &[u8], right: &[u8], edits_max: usize) -> Option<usize> {
    let (length, other) = (left.len(), right.len());
    if length > LENGTH_MAX || other > LENGTH_MAX || length.abs_diff(other) > edits_max {
        return None;
    }
    if length == 0 {
        return Some(other);
    }
    let mut positions = [0_u32; PLACES];
    for (at, &byte) in left.iter().enumerate() {
        if let Some(bits) = positions.get_mut(place(byte)) {
            *bits |= 1 << at;
        }
    }
    let last = 1_u32 << (length - 1);
    let (mut up, mut down, mut diagonal, mut before) = (u32::MAX, 0_u32, 0_u32, 0_u32);
    let mut distance = length;
    for &byte in right {
        let equal = positions.get(place(byte)).copied().unwrap_or(0);
        let swapped = ((!diagonal & equal) << 1) & before;
        diagonal = ((equal & up).wrapping_add(up) ^ up) | equal | down | swapped;
        let mut right_up = down | !(diagonal | up);
        let mut right_down = diagonal & up;
        if right_up & last != 0 {
            distance += 1;
        }
        if right_down & last != 0 {
            distance -= 1;
        }
        right_up = right_up << 1 | 1;
        right_down <<= 1;
        up = right_down | !(diagonal | right_up);
        down = right_up & diagonal;
        before = equal;
    }
    (distance <= edits_max).then_some(distance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_swap_is_one_edit() {
        assert_eq!(edits_within(b"martin", b"matrin", 2), Some(1));
        assert_eq!(edits_within(b"plomberie", b"plombrie", 2), Some(1));
        assert_eq!(edits_within(b"dupont", b"durand", 2), None);
        assert_eq!(edits_within(b"", b"ab", 2), Some(2));
        assert_eq!(edits_within(&[b'a'; 33], &[b'a'; 33], 2), None, "too long to compare");
    }

    proptest! {
        #[test]
        fn it_is_the_optimal_string_alignment_distance(left in "[abc0]{0,32}", right in "[abc0]{0,32}") {
            let expected = strsim::osa_distance(&left, &right);
            prop_assert_eq!(edits_within(left.as_bytes(), right.as_bytes(), 64), Some(expected));
            prop_assert_eq!(edits_within(left.as_bytes(), right.as_bytes(), 3), (expected <= 3).then_some(expected));
        }

        #[test]
        fn an_edit_changes_at_most_two_bytes_of_the_set(left in "[a-e]{1,12}", right in "[a-e]{1,12}") {
            let differing = (byte_set(left.as_bytes()) ^ byte_set(right.as_bytes())).count_ones() as usize;
            prop_assert!(differing <= 2 * strsim::osa_distance(&left, &right));
        }
    }
}
