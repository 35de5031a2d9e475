//! Upper bounds on how much of a row a name meets, in compact form: a search stores one for each name that it touches.

use crate::token::shard_match::ShardMatch;

/// Weights of matched words: of the name's words times their factor, and of the row's.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    pub(super) gain: f32,
    pub(super) covered: f32,
}

impl Sum {
    /// An upper bound on the similarity of a name of weight `total`, if `self` is at least what it meets.
    #[inline]
    pub(super) fn bound(self, rest: Sum, query_total: f32, total: f32) -> f32 {
        let (gain, union_weight) = self.shares(rest, query_total, total);
        (gain / union_weight).min(1.0)
    }

    /// The maximum in common, and the total that it is a share of.
    fn shares(self, rest: Sum, query_total: f32, total: f32) -> (f32, f32) {
        let covered = self.covered + rest.covered;
        (self.gain + rest.gain, (query_total - covered).max(0.0) + total)
    }
}

/// Converts sums of one row to 16 bits each, rounded up: this halves the memory that a search touches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packing {
    unit: f32,
}

impl Packing {
    /// Scales such that all sums of these matches fit, with each match rounded up by one.
    pub(super) fn of(matches: &[ShardMatch]) -> Packing {
        let (gain, covered) = matches
            .iter()
            .filter(|found| found.gathers)
            .fold((0.0f32, 0.0f32), |sum, found| (sum.0 + found.sum.gain, sum.1 + found.sum.covered));
        let room = f32::from(u16::MAX) - 8.0 - 2.0 * matches.len() as f32;
        Packing { unit: (gain.max(covered) / room.max(1.0)).max(f32::MIN_POSITIVE) }
    }

    #[inline]
    pub(super) fn pack(self, sum: Sum) -> u32 {
        let units = |value: f32| (value / self.unit).ceil() as u32 + 1;
        units(sum.gain) << 16 | units(sum.covered)
    }

    #[inline]
    pub(super) fn unpack(self, packed: u32) -> Sum {
        Sum { gain: (packed >> 16) as f32 * self.unit, covered: (packed & 0xffff) as f32 * self.unit }
    }
}

/// A name and its maximum score, in one number that sorts by score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bound(u64);

impl Bound {
    #[inline]
    pub(super) fn new(score: f32, name: u32) -> Bound {
        // The bits of non-negative floats sort like the floats.
        Bound(u64::from(score.to_bits()) << 32 | u64::from(name))
    }

    #[inline]
    pub(super) fn score(self) -> f32 {
        f32::from_bits((self.0 >> 32) as u32)
    }

    #[inline]
    pub(super) fn name(self) -> u32 {
        self.0 as u32
    }
}
