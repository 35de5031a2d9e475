//! Digits, eight bytes at a time: without a branch per byte, the number of digits costs nothing.

/// The upper four bits of each byte.
const HIGH: u64 = 0xF0F0_F0F0_F0F0_F0F0;

/// The number of at most eight digits at the start of `text`, and how many digits it has. `None` if there is none, and
/// near the end of `text`.
#[inline]
pub(crate) fn number(text: &[u8]) -> Option<(u32, usize)> {
    let word = u64::from_le_bytes(*text.first_chunk()?);
    // A digit is 0x30 to 0x39: its upper half is 3, and remains 3 when 6 is added. A carry only comes from a byte that
    // is not a digit, and only changes the bytes after it, which are not used.
    let high = (word & HIGH) | (word.wrapping_add(0x0606_0606_0606_0606) & HIGH) >> 4;
    let digits = (high ^ 0x3333_3333_3333_3333).trailing_zeros() / 8;
    if digits == 0 {
        return None;
    }
    // Zeros are shifted in before the first digit; then digits are combined into pairs, fours and all eight.
    let word = (word << (64 - 8 * digits)) & 0x0F0F_0F0F_0F0F_0F0F;
    let pairs = (word.wrapping_mul(10 * 0x100 + 1) >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs.wrapping_mul(100 * 0x1_0000 + 1) >> 16) & 0x0000_FFFF_0000_FFFF;
    let value = fours.wrapping_mul(10_000 * 0x1_0000_0000 + 1) >> 32;
    Some((value as u32, digits as usize))
}

/// The number of leading bytes of `text` that are digits, points, signs or other ASCII between these; an underestimate
/// near its end.
#[inline]
pub(crate) fn plain_length(text: &[u8]) -> usize {
    const TOP: u64 = 0x8080_8080_8080_8080;
    let repeated = |byte: u8| u64::from(byte) * (TOP >> 7);
    let mut length = 0;
    while let Some(chunk) = text.get(length..).and_then(|rest| rest.first_chunk()) {
        let word = u64::from_le_bytes(*chunk);
        // The top bit of each byte that is above `9`, below `+`, or not ASCII.
        let beyond = (word & !TOP) + repeated(0x7F - b'9');
        let from = (word & !TOP) + repeated(0x80 - b'+');
        let other = (beyond | !from | word) & TOP;
        length += other.trailing_zeros() as usize / 8;
        if other != 0 {
            break;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_equal_their_digits(digits in "[0-9]{0,8}", rest in "([/:a\u{e9}<\u{ff}]{8}|[0-9]{8})") {
            let text = digits.clone() + &rest;
            let first: String = text.chars().take(8).take_while(char::is_ascii_digit).collect();
            let expected = first.parse().ok().map(|value| (value, first.len()));
            prop_assert_eq!(number(text.as_bytes()), expected);
        }

        #[test]
        fn plain_bytes_are_counted(text in "[*+,./09:<\u{e9}-]{0,30}") {
            let bytes = text.as_bytes();
            let right = bytes.iter().take_while(|byte| (b'+'..=b'9').contains(*byte)).count();
            let found = plain_length(bytes);
            prop_assert!(found == right || (found < right && found + 8 > bytes.len()), "{} {}", found, right);
        }
    }
}
