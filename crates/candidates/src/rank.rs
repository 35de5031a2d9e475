//! The total order of a row's candidates.
//!
//! **Invariant:** a rank is computed from the row, the entry and the vocabulary of all shards alone, so that it is the
//! same whichever shard computes it. Equal ranks are ordered by `_group`, then `_id`.

/// The bonus for full agreement on the preferred fields (postcode, town), added to a similarity of 0 to 1.
///
/// It outweighs an extra or missing word in a name, but does not replace a name: a name that agrees by half in the
/// right town must not push out the very name elsewhere, which may be the head office.
pub(crate) const AGREEMENT_WEIGHT: f32 = 0.25;

/// A candidate's place among those of its row: the lower, the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Rank(pub(crate) u64);

impl Rank {
    /// Packs the tier (the exact key's number), then the score, then open before closed, then head office first.
    pub(crate) fn new(tier: u8, score: f32, flags: Flags) -> Rank {
        // The bits of floats that are not negative sort as the floats do.
        let score = u64::from(!score.max(0.0).to_bits());
        Rank(u64::from(tier) << 56 | score << 8 | u64::from(!flags.open) << 1 | u64::from(!flags.head_office))
    }

    /// The exact key's number; 0 for other searches.
    pub(crate) fn tier(self) -> u8 {
        (self.0 >> 56) as u8
    }
}

/// What brings an entry forward among equals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) open: bool,
    pub(crate) head_office: bool,
}

/// The share of [`AGREEMENT_WEIGHT`] that a mask earns: bit `fields - 1` is the first field, which counts twice the
/// second, and so on.
pub(crate) fn agreement_bonus(mask: u32, fields: usize) -> f32 {
    let full = (1u32 << fields.min(31)) - 1;
    if full == 0 { 0.0 } else { AGREEMENT_WEIGHT * mask as f32 / full as f32 }
}

/// Similarities are rounded to five decimals: sums in another order must not separate equal names.
pub(crate) fn rounded(similarity: f32) -> f32 {
    (similarity.clamp(0.0, 1.0) * 1e5).round() / 1e5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_order_by_tier_score_open_head_office() {
        let flags = |open, head_office| Flags { open, head_office };
        let order = [
            Rank::new(0, 1.25, flags(false, false)),
            Rank::new(0, 1.0, flags(true, true)),
            Rank::new(0, 1.0, flags(true, false)),
            Rank::new(0, 1.0, flags(false, true)),
            Rank::new(0, 0.5, flags(true, true)),
            Rank::new(0, 0.0, flags(true, true)),
            Rank::new(1, 1.25, flags(true, true)),
        ];
        assert!(order.windows(2).all(|pair| pair.first() < pair.last()));
        assert_eq!(order.last().map(|rank| rank.tier()), Some(1));
    }

    #[test]
    fn the_first_field_weighs_twice_the_second() {
        assert_eq!(agreement_bonus(0b11, 2), AGREEMENT_WEIGHT);
        assert_eq!(agreement_bonus(0b10, 2), 2.0 * agreement_bonus(0b01, 2));
        assert_eq!(agreement_bonus(0, 0), 0.0);
    }
}
