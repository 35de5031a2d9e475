//! How alike two company names are, word by word; see the README.
//!
//! **Invariant.** 1 means that two names are equal as cleaned, and rare enough to be one company's; anything else stays at or below [`UNEQUAL_MAX`], so that
//! a score never hides a difference.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod background;
mod generic;
mod spellings;
#[cfg(test)]
mod tests;
mod word_table;

use matchflow_plugin_api::words::{self, Coverage, WordWeight, Words, coverage};
use matchflow_plugin_api::{Agreement, Explanation, Input, Row, Scorer, Value, alternatives, export_scorer};
use serde::Deserialize;

use background::INFORMATION_MAX;
use spellings::Spellings;
use word_table::WordTable;

/// The best score of names that are not equal.
pub const UNEQUAL_MAX: f32 = 0.98;
/// What a connector weighs.
const CONNECTOR_WEIGHT: f32 = 0.15;
/// What a word weighs that every company bears, as a share of what a unique one of its length does.
const COMMON_WORD_WEIGHT: f32 = 0.6;
/// What an equal name loses at most when its words are so common that others must bear it too.
const AMBIGUOUS_LOSS: f32 = 0.2;
/// How much of the score is the share that the names have in common; the rest is for the side that is found in full
/// (`sides` in `sides service`).
const COMMON_SHARE: f32 = 0.65;
/// Weight left over on both sides from which two names are those of kin at best: `eiffage construction gard` and `eiffage
/// construction var` are not one company, however rare it is to have both words.
const KIN_WEIGHT: f32 = 1.5;
/// The weight of a generic word that is all that one name has more than the other.
const GENERIC_SURPLUS: f32 = 0.4;
/// The share of its weight that a word of a trade has there: `hotel ostrelane` is `ostrelane`.
const BACKGROUND_SURPLUS: f32 = 0.5;
/// What is left of a score where both names have a number, or a letter, that the other has not: `fund 2` and `fund 3`.
const NUMBER_DIFFERS: f32 = 0.8;
/// The best score where one name has a number and the other has not.
const NUMBER_MISSING_MAX: f32 = 0.84;
/// What is left of a score where both names have a legal form, and not the same: a hint, since registers and people change
/// them, and never more than what is left of equal names.
const FORM_DIFFERS: f32 = 0.97;
/// The best score of names that have nothing in common but words of trades, regions and the like.
const NAMELESS_MAX: f32 = 0.39;
/// Weight from which what is found says who the company is: a word of four letters that is not generic.
const TELLING_WEIGHT: f32 = 2.0;

/// The parameters as the pipeline gives them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    generic_words: Option<Vec<String>>,
    #[serde(default = "generic_weight")]
    generic_weight: f32,
}

fn generic_weight() -> f32 {
    0.3
}

/// The scorer.
#[derive(Debug)]
pub struct CompanyName {
    words: WordTable<WordKind>,
    spellings: Spellings,
    generic_weight: f32,
}

/// What a word is that says little about which company it is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum WordKind {
    Generic,
    /// Of a trade, or another that many companies bear.
    Background,
    Place,
}

/// One of the names of a row.
pub struct Name<'a> {
    text: &'a [u8],
    words: Words,
    /// Another name of the row that has all words of this one, and more.
    longer: Option<usize>,
    /// The score of an equal name.
    sureness: f32,
}

/// What is compared of a row.
pub struct NamesOfRow<'a> {
    names: Vec<Name<'a>>,
    /// The legal forms of its names; none where they are not compared.
    forms: Vec<&'a [u8]>,
}

impl NamesOfRow<'_> {
    /// What is left of a score by their legal forms.
    fn form_factor(&self, other: &NamesOfRow<'_>) -> f32 {
        let are_known = !self.forms.is_empty() && !other.forms.is_empty();
        let differ = are_known && !self.forms.iter().any(|form| other.forms.contains(form));
        if differ { FORM_DIFFERS } else { 1.0 }
    }
}

impl CompanyName {
    /// Longer words say more, but not in proportion; rare ones too.
    fn weigh(&self, word: &[u8], rarity: Option<f32>) -> WordWeight {
        if generic::is_connector(word) {
            return WordWeight { weight: CONNECTOR_WEIGHT, surplus: CONNECTOR_WEIGHT, telling: false };
        }
        let rarity = rarity.map_or(1.0, |rarity| COMMON_WORD_WEIGHT + (1.0 - COMMON_WORD_WEIGHT) * rarity);
        let length = (words::weighed_letters(word).min(16) as f32).sqrt();
        let kind = self.words.get(word);
        if kind == Some(&WordKind::Generic) {
            let weight = length * rarity.min(self.generic_weight);
            let surplus = if generic::is_of_owner(word) { length } else { weight.min(GENERIC_SURPLUS) };
            return WordWeight { weight, surplus, telling: false };
        }
        let weight = length * rarity;
        let surplus = if kind == Some(&WordKind::Background) { weight * BACKGROUND_SURPLUS } else { weight };
        WordWeight { weight, surplus, telling: kind.is_none() }
    }

    /// How rare the words are, those that many companies bear in any case no rarer than that.
    fn tempered(&self, text: &[u8], rarity: &[f32]) -> Vec<f32> {
        let words = text.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let temper = |(word, rarity): (&[u8], &f32)| match self.words.has(word) {
            true => rarity.min(INFORMATION_MAX),
            false => *rarity,
        };
        words.zip(rarity).map(temper).collect()
    }

    /// How sure an equal name makes: 1 where no other company can be expected to bear it by chance.
    fn sureness(rarity: &[f32]) -> f32 {
        let sum: f32 = rarity.iter().sum();
        if rarity.is_empty() { 1.0 } else { 1.0 - AMBIGUOUS_LOSS * (1.0 - sum).max(0.0) }
    }

    fn agreement(left: &Name<'_>, right: &Name<'_>) -> Agreement {
        if left.text == right.text {
            let information = left.words.rarity().min(right.words.rarity());
            return Agreement { score: left.sureness.min(right.sureness), information };
        }
        let found = coverage(&left.words, &right.words);
        let common = common(&found);
        let telling = (found.left.min(found.right) / TELLING_WEIGHT).min(1.0);
        let score = COMMON_SHARE * common + (1.0 - COMMON_SHARE) * found.fuller() * telling.max(common);
        let score = (score * UNEQUAL_MAX * left.sureness.max(right.sureness)).clamp(0.0, UNEQUAL_MAX);
        // The words of a family of companies come together, so they tell no more than the rarest of them.
        let are_kin = left_over(&found) >= KIN_WEIGHT;
        let score = match found.surplus {
            [one, other] if one.has_number && other.has_number || one.has_letter && other.has_letter => {
                score * NUMBER_DIFFERS
            }
            [one, other] if one.has_number != other.has_number => score.min(NUMBER_MISSING_MAX),
            _ => score,
        };
        let score = if are_kin && !found.telling { score.min(NAMELESS_MAX) } else { score };
        Agreement { score, information: if are_kin { found.rarest } else { found.information } }
    }

    fn similarity(left: &Name<'_>, right: &Name<'_>) -> f32 {
        Self::agreement(left, right).score
    }
}

/// How much the names have in common, as a share of all their weight. Where one is found in full, what the other has more
/// counts as a surplus.
fn common(found: &Coverage) -> f32 {
    let (all, both) = (found.left_weight + found.right_weight, found.left + found.right);
    let [left, right] = found.surplus.map(|surplus| surplus.weight);
    match (left > 0.0, right > 0.0) {
        (true, true) | (false, false) => found.common(),
        // What the words in common lack to be equal is still missing.
        (has_more, _) => {
            let (more, surplus) = if has_more {
                (found.left_weight - found.left, left)
            } else {
                (found.right_weight - found.right, right)
            };
            let all = all - more + surplus;
            if all > 0.0 { (both / all).min(1.0) } else { 0.0 }
        }
    }
}

/// What each name has that the other has not, the less of the two.
fn left_over(found: &Coverage) -> f32 {
    (found.left_weight - found.left).min(found.right_weight - found.right)
}

/// The pairs of names that are compared. Two names that each are part of a longer one of their row are not, where the longer
/// ones are those of kin: `fabrizac (toulouse)` and `fabrizac (bordeaux)` have a shorter name in common, and are two.
fn compared_pairs<'a, 'b>(
    left: &'a [Name<'b>],
    right: &'a [Name<'b>],
) -> impl Iterator<Item = (&'a Name<'b>, &'a Name<'b>)> {
    let are_of_two = move |one: &Name<'_>, other: &Name<'_>| {
        let longer = |names: &'a [Name<'b>], name: &Name<'_>| names.get(name.longer?);
        match (longer(left, one), longer(right, other)) {
            (Some(one), Some(other)) => {
                let found = coverage(&one.words, &other.words);
                left_over(&found) >= KIN_WEIGHT || found.surplus.iter().all(|surplus| surplus.has_number)
            }
            _ => false,
        }
    };
    let pairs = left.iter().flat_map(move |one| right.iter().map(move |other| (one, other)));
    pairs.filter(move |(one, other)| !are_of_two(one, other))
}

/// The longer name of each: another one of the row that has all of its words.
fn longer_names(names: &[Name<'_>]) -> Vec<Option<usize>> {
    let has_word = |name: &Name<'_>, word: &[u8]| name.text.split(|byte| *byte == b' ').any(|other| other == word);
    let has_all = |longer: &Name<'_>, name: &Name<'_>| {
        longer.text.len() > name.text.len() && name.text.split(|byte| *byte == b' ').all(|word| has_word(longer, word))
    };
    names.iter().map(|name| names.iter().position(|longer| has_all(longer, name))).collect()
}

impl Scorer for CompanyName {
    const NAME: &'static str = "company-name";
    const VERSION: &'static str = "1.5.0";
    const SUMMARY: &'static str =
        "How alike two company names are, whatever the order of words, typing errors and sigles";
    const INPUTS: &'static [Input] =
        &[Input::required("name", "company-name").with_rarity(), Input::optional("form", "legal-form")];
    const PARAMETERS: &'static str = include_str!("parameters.json");

    type PreparedRow<'a> = NamesOfRow<'a>;

    fn configure(parameters: &str) -> Result<Self, String> {
        let parameters: Parameters = serde_json::from_str(parameters).map_err(|error| error.to_string())?;
        let generic_weight = parameters.generic_weight;
        if !(generic_weight > 0.0 && generic_weight <= 1.0) {
            return Err(format!("`generic_weight` must be above 0 and at most 1, not {generic_weight}"));
        }
        let generic_words = match parameters.generic_words {
            Some(words) => words,
            None => generic::GENERIC.iter().map(|word| (*word).to_owned()).collect(),
        };
        let background = background::words().filter(|(word, _)| !generic_words.iter().any(|generic| generic == word));
        let background = background
            .map(|(word, is_place)| (word.to_owned(), if is_place { WordKind::Place } else { WordKind::Background }));
        let background: Vec<_> = background.collect();
        let generic = generic_words.into_iter().map(|word| (word, WordKind::Generic));
        let words = WordTable::new(generic.chain(background));
        Ok(CompanyName { words, spellings: Spellings::new(), generic_weight })
    }

    fn prepare<'a>(&self, row: Row<'a>) -> NamesOfRow<'a> {
        let name = |Value { bytes, rarity }: Value<'a>| {
            let rarity = self.tempered(bytes, rarity);
            Name {
                text: bytes,
                words: Words::of_name(&self.spellings.respelt(bytes), &rarity, |word, rarity| self.weigh(word, rarity)),
                longer: None,
                sureness: Self::sureness(&rarity),
            }
        };
        let mut names: Vec<Name<'_>> = row.values(0).map(name).filter(|name| !name.words.is_empty()).collect();
        // Most rows have one name.
        if names.len() > 1 {
            let longer = longer_names(&names);
            names.iter_mut().zip(longer).for_each(|(name, longer)| name.longer = longer);
        }
        let forms = row.bytes(1).map(|forms| alternatives(forms).collect()).unwrap_or_default();
        NamesOfRow { names, forms }
    }

    fn score(&self, left: &NamesOfRow<'_>, right: &NamesOfRow<'_>) -> Option<f32> {
        let scores = compared_pairs(&left.names, &right.names).map(|(one, other)| Self::similarity(one, other));
        scores.reduce(f32::max).map(|score| score * left.form_factor(right))
    }

    const MEASURES_INFORMATION: bool = true;

    fn agree(&self, left: &NamesOfRow<'_>, right: &NamesOfRow<'_>) -> Option<Agreement> {
        let mut best: Option<Agreement> = None;
        for agreement in compared_pairs(&left.names, &right.names).map(|(one, other)| Self::agreement(one, other)) {
            let order = |best: &Agreement| (agreement.score, agreement.information) > (best.score, best.information);
            if best.as_ref().is_none_or(order) {
                best = Some(agreement);
            }
        }
        best.map(|best| Agreement { score: best.score * left.form_factor(right), ..best })
    }

    fn explain(&self, left: &NamesOfRow<'_>, right: &NamesOfRow<'_>, explanation: &mut Explanation<'_>) {
        let scored = compared_pairs(&left.names, &right.names).map(|pair| (Self::similarity(pair.0, pair.1), pair));
        let best = scored.reduce(|best, pair| if pair.0 > best.0 { pair } else { best });
        let Some((_, (one, other))) = best else { return };
        explanation.input("name").text("left", one.text).text("right", other.text);
        if one.text != other.text {
            let found = coverage(&one.words, &other.words);
            explanation.ratio("left_found", found.left / found.left_weight);
            explanation.ratio("right_found", found.right / found.right_weight);
            words::explain(&one.words, &other.words, explanation);
        }
        if let (true, Some(form), Some(other)) =
            (left.form_factor(right) < 1.0, left.forms.first(), right.forms.first())
        {
            explanation.input("form").text("left", form).text("right", other);
        }
    }
}

export_scorer!(CompanyName);
