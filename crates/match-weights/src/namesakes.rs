//! What counting whole names adds to the rarity of their words.

use crate::weigher::CHANCE_MIN;

/// How much an agreement of two rows of one file tells, where all names of the file are counted.
///
/// - `information`: what the words in common tell, as the plug-in interface defines it.
/// - `others`: rows that bear one of the two names, besides these two.
/// - `is_same`: the names are the same.
///
/// Of `rows` rows, `rows^-information` agree as much if words come together by chance. They do not, so those that
/// are seen to bear the name count too. And where the name is the same and nobody else bears it, chance is the less
/// likely to have made it, by as much as a registry may prove at most: an expectation from words weighed with what is seen.
pub fn named_alike(information: f32, others: u32, is_same: bool, rows: u64) -> f32 {
    let rows = rows.max(2) as f64;
    let by_words = rows.powf(-f64::from(information)) * if is_same { CHANCE_MIN } else { 1.0 };
    let chance = by_words + f64::from(others) / rows;
    (-chance.min(1.0).ln() / rows.ln()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_take_from_what_a_name_tells_and_nobody_else_adds_to_it() {
        let alike = |others, is_same| named_alike(0.8, others, is_same, 1_000_000);
        assert!((alike(0, false) - 0.8).abs() < 1e-6, "nothing is known but the words");
        assert!(alike(0, true) > 1.0, "{}", alike(0, true));
        assert!(alike(0, true) > alike(1, true) && alike(1, true) > alike(100, true));
        assert!((alike(100, true) - (10_000f64.ln() / 1e6f64.ln()) as f32).abs() < 0.01, "one row in ten thousand");
        assert_eq!(alike(1_000_000, false), 0.0);
    }
}
