//! Sequences of characters and the number that two texts have in common.

/// Maximum number of characters of an n-gram: six of 21 bits fit into 128.
pub(crate) const N_MAX: u32 = 6;
/// Bits of a character.
const CHARACTER_BITS: u32 = 21;

/// The n-grams of a text in order, including repeated ones. Both ends are padded with `n - 1` blanks, so that even a
/// text shorter than `n` has some, and the start and end of a text count as much as its middle.
pub(crate) fn ngrams(text: &str, n: u32) -> Vec<u128> {
    let padding = std::iter::repeat_n(0, n.saturating_sub(1) as usize);
    let mask = (1 << (CHARACTER_BITS * n)) - 1;
    let mut run: u128 = 0;
    let mut found: Vec<u128> = text
        .chars()
        .map(|character| u128::from(u32::from(character)) + 1)
        .chain(padding)
        .map(|code| {
            run = (run << CHARACTER_BITS | code) & mask;
            run
        })
        .collect();
    found.sort_unstable();
    found
}

/// Dice's coefficient: twice the common n-grams over those of both texts. 0 if there are none.
pub(crate) fn dice(left: &[u128], right: &[u128]) -> f32 {
    let (mut ones, mut others) = (left.iter().peekable(), right.iter().peekable());
    let mut common = 0_u32;
    while let (Some(one), Some(other)) = (ones.peek(), others.peek()) {
        match one.cmp(other) {
            std::cmp::Ordering::Less => drop(ones.next()),
            std::cmp::Ordering::Greater => drop(others.next()),
            std::cmp::Ordering::Equal => {
                common += 1;
                ones.next();
                others.next();
            }
        }
    }
    let all = left.len() + right.len();
    if all == 0 { 0.0 } else { 2.0 * common as f32 / all as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ngrams_are_padded_and_counted() {
        assert_eq!(ngrams("ab", 3).len(), 4, "__a _ab ab_ b__");
        assert_eq!(ngrams("", 3).len(), 2, "nothing but padding; cells without text are never compared");
        assert_eq!(ngrams("aaa", 1), [98, 98, 98]);
        let share = |left: &str, right: &str, n| dice(&ngrams(left, n), &ngrams(right, n));
        assert_eq!(share("night", "nacht", 2), 0.5, "_n, ht and t_ of six a side, ch and gh apart");
        assert_eq!(share("abc", "xyz", 3), 0.0);
        assert_eq!(share("ete", "ete", 6), 1.0);
    }
}
