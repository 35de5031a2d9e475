//! Term frequency of complete names, in addition to that of their words.

use crate::model::CHANCE_MIN;

/// The information in an agreement on a name, if all names of the file are counted (`dedupe`).
///
/// - `information`: the information of the common words, as defined by the plug-in interface.
/// - `others`: rows with one of the two names, not counting these two.
/// - `is_same`: whether both rows have the same name.
/// - `rows`: the rows of the file.
///
/// If words were independent, `rows^-information` of the rows would agree as much. They are not, so the rows that have
/// the name are added. If both names are the same and no other row has it, chance is less likely to have produced it,
/// down to the minimum that a model assumes anywhere (`CHANCE_MIN`): an expectation from words, weighed with the count.
pub fn adjust_for_name_frequency(information: f32, others: u32, is_same: bool, rows: u64) -> f32 {
    let rows = rows.max(2) as f64;
    let by_words = rows.powf(-f64::from(information)) * if is_same { CHANCE_MIN } else { 1.0 };
    let chance = by_words + f64::from(others) / rows;
    (-chance.min(1.0).ln() / rows.ln()) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_rows_with_the_name_lower_the_information_and_none_raises_it() {
        let alike = |others, is_same| adjust_for_name_frequency(0.8, others, is_same, 1_000_000);
        assert!((alike(0, false) - 0.8).abs() < 1e-6, "nothing is known but the words");
        assert!(alike(0, true) > 1.0, "{}", alike(0, true));
        assert!(alike(0, true) > alike(1, true) && alike(1, true) > alike(100, true));
        assert!((alike(100, true) - (10_000f64.ln() / 1e6f64.ln()) as f32).abs() < 0.01, "one row in ten thousand");
        assert_eq!(alike(1_000_000, false), 0.0);
    }
}
