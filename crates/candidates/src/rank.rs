//! The total order of a row's candidates.
//!
//! **Invariant:** a rank is computed from the row, the entry and the vocabulary of all shards alone, so it is the same
//! whichever shard computes it. Equal ranks are ordered by `_group`, then `_id`.
//!
//! If rows are compared with each other, a key that thousands of rows share is worth little for any pair, and all of
//! them would find the same few. So an exact search then ranks by [`Rank::nearest`]: each row finds its neighbours in
//! the order of comparison, without visiting the rest.

/// The bonus for full agreement on the preferred fields (postcode, town), added to a similarity of 0 to 1.
///
/// It outweighs an extra or missing word in a name, but does not replace a name: a half-matching name in the right town
/// must not displace the exact name in another town, which may be the head office.
pub(crate) const AGREEMENT_WEIGHT: f32 = 0.25;

/// A candidate's rank among those of its row: lower is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Rank(pub(crate) u64);

impl Rank {
    /// Packs the tier (the exact key's number), then the score, then open before closed, then head office first.
    pub(crate) fn new(tier: u8, score: f32, flags: Flags) -> Rank {
        // The bits of non-negative floats sort like the floats.
        let score = u64::from(!score.max(0.0).to_bits());
        Rank(u64::from(tier) << 56 | score << 8 | u64::from(!flags.open) << 1 | u64::from(!flags.head_office))
    }

    /// If rows are compared with each other: the entry nearest before the row comes first. `order` is its position in
    /// the order of comparison ([`matchflow_model::columns::ORDER`]), of which 56 bits count.
    pub(crate) fn nearest(tier: u8, order: &str) -> Rank {
        let digit = |byte: Option<u8>| u64::from(byte.and_then(|byte| char::from(byte).to_digit(16)).unwrap_or(0));
        let number = |digits: std::ops::Range<usize>| {
            digits.fold(0, |number, place| number << 4 | digit(order.as_bytes().get(place).copied()))
        };
        let (generation, hash) = (number(0..8).min(0xffff), number(8..18));
        Rank(u64::from(tier) << 56 | (!(generation << 40 | hash) & 0x00ff_ffff_ffff_ffff))
    }

    /// The exact key's number; 0 for other searches.
    pub(crate) fn tier(self) -> u8 {
        (self.0 >> 56) as u8
    }
}

/// Properties that favour an entry among equals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) open: bool,
    pub(crate) head_office: bool,
}

/// The share of [`AGREEMENT_WEIGHT`] earned by a mask: bit `fields - 1` is the first field, which counts twice as much
/// as the second, and so on.
pub(crate) fn agreement_bonus(mask: u32, fields: usize) -> f32 {
    let full = (1u32 << fields.min(31)) - 1;
    if full == 0 { 0.0 } else { AGREEMENT_WEIGHT * mask as f32 / full as f32 }
}

/// Similarities are rounded to five decimals: summing in another order must not separate equal names.
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
    fn the_nearest_preceding_row_comes_first() {
        let order = |generation: u32, hash: u64| format!("{generation:08x}{hash:016x}F1");
        let orders = [order(2, 0), order(1, u64::MAX), order(1, 1 << 40), order(0, u64::MAX), order(0, 0)];
        let ranks = orders.map(|order| Rank::nearest(3, &order));
        assert!(ranks.is_sorted(), "{ranks:?}");
        assert!(ranks.iter().all(|rank| rank.tier() == 3));
        assert!(ranks[0] < ranks[1] && Rank::nearest(4, &order(2, 0)) > ranks[4]);
    }

    #[test]
    fn the_first_field_weighs_twice_the_second() {
        assert_eq!(agreement_bonus(0b11, 2), AGREEMENT_WEIGHT);
        assert_eq!(agreement_bonus(0b10, 2), 2.0 * agreement_bonus(0b01, 2));
        assert_eq!(agreement_bonus(0, 0), 0.0);
    }
}
