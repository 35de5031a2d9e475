//! Typos: two letters swapped, one dropped, one doubled, one replaced by a neighbouring key (AZERTY).

use crate::stream::Stream;

const ROWS: [&str; 3] = ["azertyuiop", "qsdfghjklm", "wxcvbn"];

/// `text` with one typo, usually after the first letter; unchanged if it does not have four letters in a row.
pub(crate) fn slip(text: &str, stream: &mut Stream) -> String {
    let letters: Vec<char> = text.chars().collect();
    let places: Vec<usize> = letters
        .windows(4)
        .enumerate()
        .filter(|(_, window)| window.iter().all(|letter| letter.is_alphabetic()))
        .map(|(place, _)| place + 1)
        .collect();
    let Some(&place) = places.get(stream.index(places.len())) else {
        return text.to_owned();
    };
    let place = if stream.chance(80) { place - 1 } else { place };
    let mut slipped = letters.clone();
    let letter = letters.get(place).copied().unwrap_or_default();
    match stream.below(4) {
        0 if letters.get(place + 1).is_some_and(|next| *next != letter) => slipped.swap(place, place + 1),
        0 | 1 => drop(slipped.remove(place)),
        2 => slipped.insert(place, letter),
        _ => {
            let neighbour = neighbour(letter, stream);
            slipped.get_mut(place).into_iter().for_each(|slot| *slot = neighbour);
        }
    }
    slipped.into_iter().collect()
}

/// A key next to `letter`'s, in the same case; for letters that are not on the keyboard's rows, one from the end of the
/// alphabet.
fn neighbour(letter: char, stream: &mut Stream) -> char {
    let lower = letter.to_ascii_lowercase();
    let neighbour = ROWS.iter().find_map(|row| {
        let place = row.find(lower)?;
        let keys = row.as_bytes();
        let (left, right) = (place.checked_sub(1).and_then(|at| keys.get(at)), keys.get(place + 1));
        let (first, second) = if stream.chance(500) { (left, right) } else { (right, left) };
        first.or(second).map(|key| char::from(*key))
    });
    let key = neighbour.unwrap_or('e');
    if letter.is_uppercase() { key.to_ascii_uppercase() } else { key }
}

/// `digits` with one digit changed.
pub(crate) fn wrong_digit(digits: &str, stream: &mut Stream) -> String {
    let at = stream.index(digits.len());
    let shift = 1 + stream.below(9) as u8;
    let change = |(place, byte): (usize, u8)| {
        char::from(if place == at { (byte.wrapping_sub(b'0') + shift) % 10 + b'0' } else { byte })
    };
    digits.bytes().enumerate().map(change).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stream::Topic;

    proptest! {
        #[test]
        fn a_slip_is_one_edit(seed: u64, text in "[A-Z]{4,12}( [A-Z]{4,9})?") {
            let slipped = slip(&text, &mut Stream::new(seed, Topic::Dirt, 0));
            prop_assert_ne!(&slipped, &text);
            prop_assert!(slipped.len().abs_diff(text.len()) <= 1);
        }

        #[test]
        fn a_wrong_digit_is_one_other_digit(seed: u64, digits in "[0-9]{5,14}") {
            let wrong = wrong_digit(&digits, &mut Stream::new(seed, Topic::Dirt, 0));
            let differing = digits.bytes().zip(wrong.bytes()).filter(|(a, b)| a != b).count();
            prop_assert_eq!((wrong.len(), differing), (digits.len(), 1));
            prop_assert!(wrong.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }

    #[test]
    fn short_words_are_left_alone() {
        for text in ["", "ABC", "A B C D", "12345"] {
            assert_eq!(slip(text, &mut Stream::new(1, Topic::Dirt, 0)), text);
        }
    }
}
