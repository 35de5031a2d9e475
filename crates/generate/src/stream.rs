//! Random choices that only depend on (seed, topic, entity): entity `i` can be regenerated at any time, without memory.
//!
//! Only `next_u32` is used from the random crates, and no floating point, so that neither a new version of a sampling
//! algorithm nor another machine changes the results of a seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The choice made by a stream. Two topics of one entity are independent: a new choice in one does not affect the
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    Layout = 1,
    Name = 2,
    Unit = 3,
    Establishment = 4,
    Permutation = 5,
    Key = 6,
    Source = 7,
    Dirt = 8,
    Siren = 9,
    Duplicate = 10,
    Date = 11,
    UnitDate = 12,
    EstablishmentDate = 13,
    UnitChange = 14,
    EstablishmentChange = 15,
    Stranger = 16,
}

/// The choices of one topic of one entity.
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    pub(crate) fn new(seed: u64, topic: Topic, entity: u64) -> Self {
        let mut key = [0_u8; 32];
        let bytes = seed.to_le_bytes().into_iter().chain((topic as u64).to_le_bytes());
        key.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = byte);
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(entity);
        Self(generator)
    }

    /// Uniform in `0..bound`; 0 if `bound` is 0. The bias of the multiplication is below `bound / 2^32`.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// Uniform in `0..bound`, for lengths and positions.
    pub(crate) fn index(&mut self, bound: usize) -> usize {
        self.below(u32::try_from(bound).unwrap_or(u32::MAX)) as usize
    }

    /// Uniform in `0..bound`, which may exceed 32 bits.
    pub(crate) fn below_wide(&mut self, bound: u64) -> u64 {
        let wide = (u64::from(self.0.next_u32()) << 32) | u64::from(self.0.next_u32());
        ((u128::from(wide) * u128::from(bound)) >> 64) as u64
    }

    /// True with probability `per_mille` / 1000.
    pub(crate) fn chance(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// The number of consecutive successes with probability 1 / `sides`, at most `most`: the exponent of a heavy tail.
    pub(crate) fn run(&mut self, sides: u32, most: u32) -> u32 {
        (0..most).take_while(|_| self.below(sides) == 0).count() as u32
    }

    /// Uniform among `items`; the type's default if there are none.
    pub(crate) fn pick<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let at = self.index(items.len());
        items.get(at).copied().unwrap_or_default()
    }

    /// One of `items`, the first ones far more often than the last: the product of two uniform draws, whose density is
    /// `-ln x`.
    pub(crate) fn pick_skewed<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let (a, b) = (self.index(items.len()), self.index(items.len()));
        items.get(a * b / items.len().max(1)).copied().unwrap_or_default()
    }

    /// The value of one of `choices`, in proportion to its weight; the type's default if there are none.
    pub(crate) fn weighted<T: Copy + Default>(&mut self, choices: &[(u32, T)]) -> T {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in choices {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        T::default()
    }

    /// That many random digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.below(10) as u8)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_topics_and_seeds_are_independent() {
        let draw = |seed, topic, entity| Stream::new(seed, topic, entity).below_wide(u64::MAX);
        let first = draw(1, Topic::Name, 7);
        assert_eq!(first, draw(1, Topic::Name, 7));
        assert_ne!(first, draw(2, Topic::Name, 7));
        assert_ne!(first, draw(1, Topic::Unit, 7));
        assert_ne!(first, draw(1, Topic::Name, 8));
    }

    #[test]
    fn weights_are_respected() {
        let mut stream = Stream::new(3, Topic::Dirt, 0);
        let drawn = (0..10_000).filter(|_| stream.weighted(&[(1, 'a'), (3, 'b')]) == 'b').count();
        assert!((7_300..7_700).contains(&drawn), "{drawn}");
        assert_eq!(stream.weighted::<u8>(&[]), 0);
        assert_eq!(stream.pick::<u8>(&[]), 0);
    }
}
