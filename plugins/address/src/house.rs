//! Takes a clean address apart: house numbers, then the words of the street.
//!
//! A house number stands at the beginning or right before a street word (`batiment c 12 bis rue du lac`), so the
//! numbers in `rue du 8 mai 1945` stay with the street. Post-office boxes and CEDEX say where the mail goes, not where
//! the company is: they are left out.

/// Words that name the kind of a street, in the spellings that cleaning leaves.
pub(crate) const STREET_TYPES: &[&str] = &[
    "allee",
    "allees",
    "av",
    "avenue",
    "bd",
    "boulevard",
    "carrefour",
    "centre",
    "chaussee",
    "chemin",
    "cite",
    "cour",
    "cours",
    "domaine",
    "espace",
    "esplanade",
    "faubourg",
    "hameau",
    "immeuble",
    "impasse",
    "lieu",
    "lieudit",
    "lotissement",
    "montee",
    "parc",
    "passage",
    "place",
    "pont",
    "quai",
    "quartier",
    "r",
    "residence",
    "rocade",
    "rond",
    "route",
    "rue",
    "ruelle",
    "sentier",
    "square",
    "traverse",
    "villa",
    "voie",
    "za",
    "zac",
    "zi",
    "zone",
];
const SUFFIXES: &[&str] = &["bis", "ter", "quater"];
const BOXES: &[&str] = &["bp", "cs", "tsa", "cedex"];
/// House numbers kept of an address (`12 14 16 rue`).
const NUMBERS_MAX: usize = 4;

/// The house numbers of an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct HouseNumbers {
    numbers: [u32; NUMBERS_MAX],
    count: usize,
    /// The first letter of `bis`, `ter`, `quater`, or the letter after the number; 0 where there is none.
    pub(crate) suffix: u8,
}

impl HouseNumbers {
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether a number is on both sides.
    pub(crate) fn agree(&self, other: &HouseNumbers) -> bool {
        self.iter().any(|number| other.iter().any(|same| same == number))
    }

    fn iter(&self) -> impl Iterator<Item = u32> {
        self.numbers.into_iter().take(self.count)
    }

    /// Reads `12`, `12b`, `bis` or a single letter; false for anything else.
    fn read(&mut self, token: &[u8]) -> bool {
        let digits = token.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = token.split_at(digits);
        if digits == 0 {
            let is_suffix = SUFFIXES.iter().any(|suffix| suffix.as_bytes() == token) || token.len() == 1;
            if !is_suffix || self.is_empty() {
                return false;
            }
            self.suffix = rest.first().copied().unwrap_or(0);
            return true;
        }
        if digits > 4 || rest.len() > 1 {
            return false;
        }
        let value = number.iter().fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
        if let Some(place) = self.numbers.get_mut(self.count) {
            *place = value;
            self.count += 1;
        }
        self.suffix = rest.first().copied().unwrap_or(0);
        true
    }
}

/// A clean address, taken apart.
#[derive(Debug, Default)]
pub(crate) struct AddressParts {
    pub(crate) numbers: HouseNumbers,
    /// How rare the numbers are, the commonest of them; 0 where the host gives none.
    pub(crate) number_rarity: f32,
    /// The other words, with single spaces between them.
    pub(crate) street: Vec<u8>,
    /// How rare each of those is; empty where the host gives none.
    pub(crate) street_rarity: Vec<f32>,
}

/// Takes an address apart, given how rare each of its words is; `rarity` may be empty.
pub(crate) fn split(text: &[u8], rarity: &[f32]) -> AddressParts {
    let tokens: Vec<&[u8]> = text.split(|&byte| byte == b' ').filter(|token| !token.is_empty()).collect();
    let mut parts = AddressParts::default();
    let AddressParts { numbers: found, number_rarity, street, street_rarity } = &mut parts;
    street.reserve(text.len());
    let mut rest = tokens.as_slice();
    while let Some((token, after)) = rest.split_first() {
        let place = tokens.len() - rest.len();
        if BOXES.iter().any(|word| word.as_bytes() == *token) {
            let has_number = after.first().is_some_and(|token| token.iter().all(u8::is_ascii_digit));
            rest = after.get(usize::from(has_number)..).unwrap_or_default();
            continue;
        }
        if found.is_empty() && token.first().is_some_and(u8::is_ascii_digit) {
            let (numbers, length) = numbers_ahead(rest);
            let next = rest.get(length);
            let before_street = next.is_some_and(|next| STREET_TYPES.iter().any(|word| word.as_bytes() == *next));
            if length > 0 && (street.is_empty() || before_street) {
                *found = numbers;
                let rarities = rarity.get(place..place + length).unwrap_or_default().iter().copied();
                *number_rarity = rarities.reduce(f32::min).unwrap_or(0.0);
                rest = rest.get(length..).unwrap_or_default();
                continue;
            }
        }
        if !street.is_empty() {
            street.push(b' ');
        }
        street.extend_from_slice(token);
        street_rarity.extend(rarity.get(place));
        rest = after;
    }
    parts
}

/// The house numbers that `tokens` begin with, and how many tokens they are.
fn numbers_ahead(tokens: &[&[u8]]) -> (HouseNumbers, usize) {
    let mut numbers = HouseNumbers::default();
    let is_type = |token: &[u8]| STREET_TYPES.iter().any(|word| word.as_bytes() == token);
    let length = tokens.iter().take_while(|token| !is_type(token) && numbers.read(token)).count();
    (numbers, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_keeps_the_rarity_of_its_words() {
        let rarity = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];
        let parts = split(b"bp 12 14 bis rue du lac", &rarity);
        assert_eq!((parts.number_rarity, parts.street_rarity), (0.3, vec![0.5, 0.6, 0.7]));
        let without = split(b"14 rue du lac", &[]);
        assert_eq!((without.number_rarity, without.street_rarity), (0.0, Vec::new()));
    }

    #[test]
    fn numbers_and_street_come_apart() {
        let cases: [(&str, &[u32], u8, &str); 11] = [
            ("12 rue du lac", &[12], 0, "rue du lac"),
            ("12 bis rue du lac", &[12], b'b', "rue du lac"),
            ("12b rue du lac", &[12], b'b', "rue du lac"),
            ("12 r du lac", &[12], 0, "r du lac"),
            ("12 14 rue du lac", &[12, 14], 0, "rue du lac"),
            ("1 2 3 4 5 rue du lac", &[1, 2, 3, 4], 0, "rue du lac"),
            ("batiment c 12 ter rue du lac", &[12], b't', "batiment c rue du lac"),
            ("rue du 8 mai 1945", &[], 0, "rue du 8 mai 1945"),
            ("bp 40012 12 rue du lac cedex 09", &[12], 0, "rue du lac"),
            ("75001 rue du lac", &[], 0, "75001 rue du lac"),
            ("", &[], 0, ""),
        ];
        for (text, numbers, suffix, street) in cases {
            let AddressParts { numbers: found, street: words, .. } = split(text.as_bytes(), &[]);
            let found_numbers: Vec<u32> = found.iter().collect();
            let words = String::from_utf8(words).unwrap();
            assert_eq!((found_numbers.as_slice(), found.suffix, words.as_str()), (numbers, suffix, street), "{text}");
        }
    }
}
