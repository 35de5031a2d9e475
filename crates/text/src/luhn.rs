//! The Luhn check (ISO/IEC 7812-1, annex B), which SIREN and SIRET use.

/// Whether the digits pass: from the right, every second one doubled, nines cast out, the sum a multiple of ten. False
/// for other characters and for an empty text.
pub fn luhn(digits: &str) -> bool {
    let mut sum = 0;
    for (place, byte) in digits.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return false;
        }
        let digit = u64::from(byte - b'0');
        sum += match (place % 2, digit) {
            (0, digit) => digit,
            (_, digit @ 0..=4) => 2 * digit,
            (_, digit) => 2 * digit - 9,
        };
    }
    !digits.is_empty() && sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_numbers_pass() {
        for (digits, passes) in [
            ("4539578763621486", true),
            ("79927398713", true),
            ("79927398710", false),
            ("732829320", true),
            ("0", true),
            ("18", true),
            ("", false),
            ("7992739871x", false),
        ] {
            assert_eq!(luhn(digits), passes, "{digits}");
        }
    }
}
