//! What check digits are computed with: weighted sums, and the systems of ISO 7064.

/// The values of the digits; `None` for other characters.
pub(crate) fn digit_values(digits: &str) -> Option<Vec<u32>> {
    digits.chars().map(|digit| digit.to_digit(10)).collect()
}

/// The sum of digits, each times its weight, as far as both go. `None` for other characters.
pub(crate) fn weighted_sum(digits: &str, weights: &[u32]) -> Option<u32> {
    let values = digit_values(digits)?;
    Some(values.iter().zip(weights).map(|(digit, weight)| digit * weight).sum())
}

/// Letters and digits as one number (`A` is 10, `Z` is 35) modulo 97, as ISO 7064 mod 97-10 has it.
pub(crate) fn mod_97(code: &str) -> Option<u64> {
    code.chars().try_fold(0, |sum, character| {
        let value = u64::from(character.to_digit(36)?);
        Some((sum * if value > 9 { 100 } else { 10 } + value) % 97)
    })
}

/// Whether the digits pass ISO 7064 mod 11,10 (hybrid).
pub(crate) fn mod_11_10(digits: &str) -> bool {
    let Some(values) = digit_values(digits) else { return false };
    let Some((check, values)) = values.split_last() else { return false };
    let product = values.iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        2 * if sum == 0 { 10 } else { sum } % 11
    });
    (11 - product) % 10 == *check
}
