//! Divides the establishments `0..total` into units, without memory.
//!
//! Establishments come in blocks of [`BLOCK`]. The units of a block are determined by the block's number alone, so the
//! unit of any establishment is found by dividing a single block. A unit's number is that of its first establishment.
//! Sizes have a heavy tail: the probability of at least 2^k establishments is 3^-k, limited to the rest of the block.

use crate::stream::{Stream, Topic};

/// Establishments per block; no unit is larger.
pub(crate) const BLOCK: u64 = 1024;
/// Each of the first blocks begins with this many public bodies of a town.
pub(crate) const PUBLIC_PER_BLOCK: u64 = 3;
/// Maximum size of a family's members if its first member is at most this large.
const SMALL: u32 = 4;

/// The location of a unit, and the unit that it resembles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// The unit's number: that of its first establishment.
    pub(crate) number: u64,
    /// The number of establishments.
    pub(crate) size: u32,
    /// The unit whose name this one shares, exactly or nearly; usually itself.
    pub(crate) family: u64,
    /// The size of that unit.
    pub(crate) family_size: u32,
    /// For the public bodies of a town: the town's index in the table, and which body.
    pub(crate) public: Option<(u64, u64)>,
}

impl Span {
    pub(crate) fn contains(&self, establishment: u64) -> bool {
        (self.number..self.number + u64::from(self.size)).contains(&establishment)
    }
}

/// The units of one block, in order.
pub(crate) struct Block {
    stream: Stream,
    next: u64,
    end: u64,
    block: u64,
    ordinal: u64,
    towns: u64,
    last: Option<Span>,
}

impl Block {
    /// The block that contains `establishment`, in a registry of `total` establishments in `towns` towns.
    pub(crate) fn of(seed: u64, establishment: u64, total: u64, towns: u64) -> Self {
        let block = establishment / BLOCK;
        let stream = Stream::new(seed, Topic::Layout, block);
        Self { stream, next: block * BLOCK, end: total.min((block + 1) * BLOCK), block, ordinal: 0, towns, last: None }
    }
}

impl Iterator for Block {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        if self.next >= self.end {
            return None;
        }
        let drawn = self.stream.run(3, 9);
        let size = (1 << drawn) + self.stream.below(1 << drawn);
        let joins = self.last.filter(|last| last.public.is_none()).filter(|last| {
            let goes_on = last.family != last.number;
            self.stream.chance(if goes_on { 350 } else { 50 })
        });
        let left = u32::try_from(self.end - self.next).unwrap_or(u32::MAX);
        let size = match joins {
            Some(last) if last.family_size <= SMALL => size.min(SMALL),
            _ => size,
        }
        .min(left);
        let is_public = self.block < self.towns && self.ordinal < PUBLIC_PER_BLOCK;
        let span = Span {
            number: self.next,
            size: if is_public { size.min(32) } else { size },
            family: joins.map_or(self.next, |last| last.family),
            family_size: joins.map_or(size, |last| last.family_size),
            public: is_public.then_some((self.block, self.ordinal)),
        };
        self.next += u64::from(span.size);
        self.ordinal += 1;
        self.last = Some(span);
        Some(span)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn units_cover_the_registry_without_gaps(seed: u64, total in 1_u64..5_000) {
            let mut next = 0;
            for block in (0..total).step_by(BLOCK as usize) {
                for span in Block::of(seed, block, total, 100) {
                    prop_assert_eq!(span.number, next);
                    prop_assert!(span.size > 0 && span.family <= span.number);
                    next += u64::from(span.size);
                }
            }
            prop_assert_eq!(next, total);
        }
    }

    #[test]
    fn sizes_have_a_heavy_tail() {
        let sizes: Vec<u32> =
            (0..300).flat_map(|block| Block::of(1, block * BLOCK, u64::MAX, 0)).map(|span| span.size).collect();
        let share = |least| sizes.iter().filter(|size| **size >= least).count() as f64 / sizes.len() as f64;
        assert!((0.25..0.40).contains(&share(2)), "{}", share(2));
        assert!((0.005..0.05).contains(&share(10)), "{}", share(10));
        assert!(sizes.iter().any(|size| *size > 100));
    }

    #[test]
    fn families_exist_and_are_a_minority() {
        let spans: Vec<Span> = (0..100).flat_map(|block| Block::of(1, block * BLOCK, u64::MAX, 0)).collect();
        let members = spans.iter().filter(|span| span.family != span.number).count() as f64 / spans.len() as f64;
        assert!((0.04..0.12).contains(&members), "{members}");
    }
}
