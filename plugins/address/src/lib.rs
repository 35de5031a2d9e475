//! How alike two street addresses are: the house number and the words of the street; see the README.
//!
//! **Invariant.** 1 means that two addresses are equal as cleaned; anything else stays at or below [`UNEQUAL_MAX`].
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod house;

use matchflow_plugin_api::words::{self, Words, coverage};
use matchflow_plugin_api::{
    Agreement, Explanation, Input, Row, Scorer, Value, best_alternative, best_pair, export_scorer,
};

use house::{AddressParts, HouseNumbers, STREET_TYPES};

/// The best score of addresses that are not equal.
pub const UNEQUAL_MAX: f32 = 0.98;
/// What is left of a score when both sides have a house number, and not the same.
const NUMBER_DIFFERS: f32 = 0.6;
/// What is left when only one side has one.
const NUMBER_MISSING: f32 = 0.9;
/// What is left when the number is the same with another `bis` or `ter`.
const SUFFIX_DIFFERS: f32 = 0.95;
/// From here on two addresses are the same street; below it the house numbers decide.
const SAME_STREET: f32 = 0.85;
/// How far the same number brings a street towards being the same, one that is nearly the same at most.
const NUMBER_AGREES: f32 = 0.5;
/// What is left of such a street where no side has a number.
const NUMBER_UNKNOWN: f32 = 0.9;
/// How much of the score is the share that the streets have in common; the rest is for the side found in full
/// (`12 rue du lac` in `batiment c 12 rue du lac`).
const COMMON_SHARE: f32 = 0.7;
/// What words weigh that many streets share.
const STREET_TYPE_WEIGHT: f32 = 0.5;
const CONNECTOR_WEIGHT: f32 = 0.15;
/// Words from this weight on name the street.
const NAMING_WEIGHT: f32 = 0.75;
const CONNECTORS: &[&str] = &["a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "sur"];

/// The scorer.
#[derive(Debug)]
pub struct Address;

/// One of the addresses of a row.
pub struct Place<'a> {
    text: &'a [u8],
    numbers: HouseNumbers,
    /// How rare the numbers are.
    number_rarity: f32,
    street: Words,
}

impl<'a> Place<'a> {
    fn new(Value { bytes, rarity }: Value<'a>) -> Place<'a> {
        let AddressParts { numbers, number_rarity, street, mut street_rarity } = house::split(bytes, rarity);
        // What kind of street it is says nothing of which one.
        let words = street.split(|byte| *byte == b' ');
        words
            .zip(&mut street_rarity)
            .filter(|(word, _)| weigh(word) < NAMING_WEIGHT)
            .for_each(|(_, rarity)| *rarity = 0.0);
        let street = Words::with_rarity(&street, &street_rarity, |word, _| weigh(word));
        Place { text: bytes, numbers, number_rarity, street }
    }
}

fn weigh(word: &[u8]) -> f32 {
    let is_one_of = |words: &[&str]| words.iter().any(|other| other.as_bytes() == word);
    if is_one_of(CONNECTORS) {
        CONNECTOR_WEIGHT
    } else if is_one_of(STREET_TYPES) {
        STREET_TYPE_WEIGHT
    } else {
        (words::weighed_letters(word).min(16) as f32).sqrt()
    }
}

/// How much the streets have in common, 0 to 1.
fn streets(left: &Place<'_>, right: &Place<'_>) -> f32 {
    if left.street.is_empty() || right.street.is_empty() {
        return 0.0;
    }
    let found = coverage(&left.street, &right.street);
    let common = found.common();
    COMMON_SHARE * common + (1.0 - COMMON_SHARE) * found.fuller() * common.sqrt()
}

/// What the house numbers leave of a score, and the word for it.
fn numbers(left: &HouseNumbers, right: &HouseNumbers) -> (f32, &'static str) {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => (1.0, "none"),
        (true, false) | (false, true) => (NUMBER_MISSING, "one side only"),
        _ if !left.agree(right) => (NUMBER_DIFFERS, "other"),
        _ if left.suffix != right.suffix => (SUFFIX_DIFFERS, "other suffix"),
        _ => (1.0, "same"),
    }
}

fn compare(left: &Place<'_>, right: &Place<'_>) -> f32 {
    if left.text == right.text {
        return 1.0;
    }
    let (factor, number) = numbers(&left.numbers, &right.numbers);
    let score = (streets(left, right) * factor * UNEQUAL_MAX).clamp(0.0, UNEQUAL_MAX);
    match number {
        _ if score >= SAME_STREET => score,
        "same" => score + (SAME_STREET - score) * NUMBER_AGREES * score / SAME_STREET,
        "none" => score * NUMBER_UNKNOWN,
        _ => score,
    }
}

/// How much an agreement tells: what the rarest common word of the street does, as the words of a street come together
/// (`rue victor hugo`), and the house number where it is the same.
fn information(left: &Place<'_>, right: &Place<'_>) -> f32 {
    let number = match left.numbers.agree(&right.numbers) {
        true => left.number_rarity.min(right.number_rarity),
        false => 0.0,
    };
    coverage(&left.street, &right.street).rarest + number
}

impl Scorer for Address {
    const NAME: &'static str = "address";
    const VERSION: &'static str = "1.2.0";
    const SUMMARY: &'static str = "How alike two street addresses are, by house number and by the words of the street";
    const INPUTS: &'static [Input] = &[Input::required("address", "address").with_rarity()];

    type PreparedRow<'a> = Vec<Place<'a>>;

    fn configure(parameters: &str) -> Result<Self, String> {
        match parameters.bytes().filter(|byte| !byte.is_ascii_whitespace()).eq(*b"{}") {
            true => Ok(Address),
            false => Err("`address` takes no parameters: give {}".to_owned()),
        }
    }

    fn prepare<'a>(&self, row: Row<'a>) -> Vec<Place<'a>> {
        let is_filled = |place: &Place<'_>| !place.street.is_empty() || !place.numbers.is_empty();
        row.values(0).map(Place::new).filter(is_filled).collect()
    }

    fn score(&self, left: &Vec<Place<'_>>, right: &Vec<Place<'_>>) -> Option<f32> {
        best_alternative(left, right, compare)
    }

    const MEASURES_INFORMATION: bool = true;

    fn agree(&self, left: &Vec<Place<'_>>, right: &Vec<Place<'_>>) -> Option<Agreement> {
        let mut best: Option<(f32, &Place<'_>, &Place<'_>)> = None;
        for (one, other) in left.iter().flat_map(|one| right.iter().map(move |other| (one, other))) {
            let score = compare(one, other);
            if best.is_none_or(|(best, ..)| score > best) {
                best = Some((score, one, other));
            }
        }
        best.map(|(score, one, other)| Agreement {
            score,
            // Most pairs are of two streets, of which nobody asks.
            information: if score >= SAME_STREET { information(one, other) } else { 0.0 },
        })
    }

    fn explain(&self, left: &Vec<Place<'_>>, right: &Vec<Place<'_>>, explanation: &mut Explanation<'_>) {
        let Some((one, other)) = best_pair(left, right, compare) else { return };
        explanation.input("address").text("left", one.text).text("right", other.text);
        if one.text != other.text {
            explanation.ratio("street", streets(one, other));
            explanation.text("number", numbers(&one.numbers, &other.numbers).1.as_bytes());
            words::explain(&one.street, &other.street, explanation);
        }
    }
}

export_scorer!(Address);

#[cfg(test)]
mod tests {
    use super::*;
    use matchflow_plugin_api::testing;

    fn score_or_none(left: &str, right: &str) -> Option<f32> {
        testing::score(&Address, &[left], &[right])
    }

    fn score(left: &str, right: &str) -> f32 {
        score_or_none(left, right).unwrap()
    }

    #[test]
    fn scores_fall_into_bands() {
        let cases = [
            ("12 rue victor hugo", "12 rue victor hugo", 1.0..=1.0),
            ("12 rue victor hugo", "12 r victor hugo", 0.85..=0.98),
            ("12 rue victor hugo", "12 rue victr hugo", 0.85..=0.98),
            ("12 bis rue victor hugo", "12 rue victor hugo", 0.85..=0.96),
            ("rue victor hugo", "12 rue victor hugo", 0.8..=0.9),
            ("batiment c 12 rue victor hugo", "12 rue victor hugo", 0.7..=0.95),
            ("12 14 rue victor hugo", "14 rue victor hugo", 0.9..=0.98),
            ("14 rue victor hugo", "12 rue victor hugo", 0.4..=0.6),
            ("12 rue victor hugo", "12 rue jean jaures", 0.0..=0.4),
            ("12 rue victor hugo lieudit le bourg", "12 rue victor", 0.6..=0.8),
            ("rue victor hugo lieudit le bourg", "rue victor", 0.4..=0.65),
            ("3 rue du 8 mai 1945", "3 rue du 8 mai 1945 bp 12", 0.9..=0.98),
            ("3 rue du 8 mai 1945", "8 rue du 8 mai 1945", 0.4..=0.6),
            ("zone industrielle nord", "zone industrielle sud", 0.0..=0.7),
            ("12", "14 rue du lac", 0.0..=0.0),
        ];
        for (left, right, band) in cases {
            assert!(band.contains(&score(left, right)), "{left} | {right}: {} not in {band:?}", score(left, right));
            assert!(band.contains(&score(right, left)), "{right} | {left}: {} not in {band:?}", score(right, left));
        }
    }

    #[test]
    fn a_street_that_every_town_has_tells_little_and_its_number_more() {
        let rarity = |word: &str| match word {
            "rue" | "du" => 0.1,
            "victor" => 0.3,
            "hugo" | "55" => 0.4,
            _ => 1.0,
        };
        let information = |left: &str, right: &str| testing::information(&Address, &[left], &[right], rarity).unwrap();
        let close = |found: f32, expected: f32| assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        close(information("55 rue victor hugo", "rue victor hugo"), 0.4);
        close(information("rue victor hugo", "rue victor hugo"), 0.4);
        close(information("55 rue victor hugo", "55 rue victor hugo"), 0.8);
        close(information("55 rue victor hugo", "56 rue victor hugo"), 0.0);
        close(information("55 rue du moulinet", "55 rue du moulinet"), 1.4);
        close(information("rue du lac", "rue du moulinet"), 0.0);
    }

    #[test]
    fn a_side_without_an_address_is_not_compared() {
        assert_eq!(score_or_none("", "12 rue du lac"), None);
        assert_eq!(score_or_none("bp 123", "12 rue du lac"), None);
        assert_eq!(score("3 place du marche\u{1f}12 rue du lac", "12 rue du lac"), 1.0);
    }

    #[test]
    fn evidence_tells_street_and_number_apart() {
        let evidence = |left: &str, right: &str| testing::evidence(&Address, &[left], &[right]);
        let expected = concat!(
            r#"{"address":{"left":"12 rue victr hugo","right":"14 rue victor hugo bp 3","street":0.89,"#,
            r#""number":"other","near":["victr","victor"]}}"#
        );
        assert_eq!(evidence("12 rue victr hugo", "14 rue victor hugo bp 3"), expected);
        assert_eq!(evidence("rue du lac", "rue du lac"), r#"{"address":{"left":"rue du lac","right":"rue du lac"}}"#);
        assert_eq!(evidence("", "rue du lac"), "");
    }

    #[test]
    fn parameters_are_refused() {
        assert!(Address::configure(" { } ").is_ok());
        assert!(Address::configure(r#"{"town": true}"#).unwrap_err().contains("no parameters"));
    }
}
