//! A seeded permutation of `0..size` in constant memory: maps the n-th supplier to an establishment, without a set of
//! those already used.
//!
//! A Feistel network over the smallest even number of bits that covers `size`, iterated until the result is in range
//! (fewer than four steps on average).

use crate::stream::{Stream, Topic};

const ROUNDS: usize = 6;

pub(crate) struct Permutation {
    size: u64,
    block_bits: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    pub(crate) fn new(seed: u64, size: u64) -> Self {
        let mut stream = Stream::new(seed, Topic::Permutation, 0);
        let bits = u64::BITS - size.saturating_sub(1).leading_zeros();
        let keys = std::array::from_fn(|_| stream.below_wide(u64::MAX));
        Self { size, block_bits: bits.div_ceil(2).max(1), keys }
    }

    /// The image of `position`, which wraps around at the size.
    pub(crate) fn apply(&self, position: u64) -> u64 {
        let mut value = position % self.size.max(1);
        loop {
            value = self.shuffle(value);
            if value < self.size.max(1) {
                return value;
            }
        }
    }

    fn shuffle(&self, value: u64) -> u64 {
        let mask = (1 << self.block_bits) - 1;
        let (mut left, mut right) = (value >> self.block_bits, value & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mix(right ^ key) & mask));
        }
        (left << self.block_bits) | right
    }
}

/// The finalizer of splitmix64.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_position_has_its_own_image(seed: u64, size in 1_u64..3_000) {
            let permutation = Permutation::new(seed, size);
            let mut images: Vec<u64> = (0..size).map(|position| permutation.apply(position)).collect();
            images.sort_unstable();
            prop_assert!(images.into_iter().eq(0..size));
        }
    }

    #[test]
    fn neighbours_are_separated() {
        let permutation = Permutation::new(1, 1_000_000);
        let kept = (0..1_000).filter(|&at| permutation.apply(at).abs_diff(permutation.apply(at + 1)) < 1_000).count();
        assert!(kept < 20, "{kept}");
    }
}
