//! Small numbers in as many bits as the largest needs, rounded up to a power of two, so that none crosses a word
//! boundary.

use crate::codec::codec;

/// Numbers below `2^32`, by position.
#[derive(Debug, Default)]
pub(crate) struct BitPackedInts {
    words: Vec<u64>,
    /// Bits per number: 0 if all are 0, else 1, 2, 4, 8, 16 or 32.
    bits: u8,
}

codec!(BitPackedInts { words, bits });

impl BitPackedInts {
    /// Packs `numbers`, none above `largest`.
    pub(crate) fn new(numbers: impl ExactSizeIterator<Item = u32>, largest: u32) -> BitPackedInts {
        let needed = u32::BITS - largest.leading_zeros();
        if needed == 0 {
            return BitPackedInts::default();
        }
        let bits = needed.next_power_of_two();
        let a_word = (u64::BITS / bits) as usize;
        let mut words = vec![0u64; numbers.len().div_ceil(a_word)];
        for (place, number) in numbers.enumerate() {
            let shift = (place % a_word) as u32 * bits;
            let word = words.get_mut(place / a_word);
            word.into_iter().for_each(|word| *word |= u64::from(number.min(largest)) << shift);
        }
        BitPackedInts { words, bits: bits as u8 }
    }

    /// The number at a position; 0 beyond the last.
    #[inline]
    pub(crate) fn get(&self, place: usize) -> u32 {
        // A power of two: positions are computed with shifts only.
        let bits_log2 = self.bits.trailing_zeros();
        let word = match self.bits {
            0 => return 0,
            _ => self.words.get(place >> (6 - bits_log2)).copied().unwrap_or(0),
        };
        let shift = (place << bits_log2) & 63;
        (word >> shift & ((1 << self.bits) - 1)) as u32
    }

    /// Heap size in bytes.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_round_trip(bits in 0u32..=32, numbers in prop::collection::vec(any::<u32>(), 0..200)) {
            let largest = if bits == 0 { 0 } else { u32::MAX >> (32 - bits) };
            let numbers: Vec<u32> = numbers.iter().map(|number| number & largest).collect();
            let packed = BitPackedInts::new(numbers.iter().copied(), largest);
            for (place, number) in numbers.iter().enumerate() {
                prop_assert_eq!(packed.get(place), *number);
            }
            prop_assert!(packed.memory_bytes() * 8 <= numbers.len() * 2 * bits as usize + 63);
            prop_assert_eq!(packed.get(numbers.len() + 64), 0);
        }
    }
}
