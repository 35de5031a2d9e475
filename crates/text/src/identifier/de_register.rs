//! German register numbers: a court, a register (`HRB`, `HRA`) and a number, such as `HRB 12345 B, Amtsgericht Charlottenburg`.
//!
//! There is no check digit, and a number is one of many without its court, so both are one text: `CHARLOTTENBURGHRB12345B`. A value
//! without a court gives the number alone.
//!
//! **Limits.** A court is one word, or two joined by a hyphen; its umlauts may be written with or without an `e`.

use super::number_cleaner;
use crate::cleaner_info::CleanerInfo;
use crate::digits::usual_form;
use crate::fold::fold;

/// The registers of companies, partnerships, cooperatives and associations.
const REGISTERS: [&str; 6] = ["hrb", "hra", "gnr", "pr", "vr", "gsr"];
/// Words before or after the court.
const COURT_WORDS: [&str; 12] = [
    "amtsgericht",
    "ag",
    "registergericht",
    "handelsregister",
    "am",
    "beim",
    "des",
    "bei",
    "registered",
    "court",
    "local",
    "of",
];
/// Words that are no court.
const OTHER_WORDS: [&str; 12] =
    ["nr", "nummer", "no", "number", "in", "unter", "eingetragen", "ust", "idnr", "sitz", "der", "im"];

/// The cleaner `de_register`.
pub(crate) const CLEANER: CleanerInfo = number_cleaner(
    "de_register",
    "German register numbers with their court (`HRB`, `HRA`, `VR` and others); they have no check digit.",
    ("Amtsgericht Köln, HRB 4711", "KOLNHRB4711"),
    de_register,
);

/// A register number with its court, where the text has one.
pub(crate) fn de_register(value: &str) -> Option<String> {
    if let Some(known) = normal_form(value.trim()) {
        return Some(known);
    }
    let folded = fold(&usual_form(value))?;
    let words: Vec<&str> = folded.split(' ').collect();
    let at = words.iter().position(|word| register_of(word).is_some())?;
    if words.iter().skip(at + 1).any(|word| register_of(word).is_some()) {
        return None;
    }
    let (register, glued) = register_of(words.get(at)?)?;
    let mut after =
        words.get(at + 1..)?.iter().copied().skip_while(|word| matches!(*word, "nr" | "nummer" | "no")).peekable();
    let number = if glued.is_empty() { after.next()? } else { glued };
    let digits: &str = number.trim_end_matches(|one: char| one.is_ascii_lowercase());
    let is_number = !digits.is_empty() && digits.len() <= 7 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let mut suffix = number.get(digits.len()..).unwrap_or_default();
    // Some courts have numbers with a letter: `HRB 12345 B`.
    if suffix.is_empty()
        && let Some(letter) = after.next_if(|word| matches!(word.as_bytes(), [b'a'..=b'z']))
    {
        suffix = letter;
    }
    let digits = digits.trim_start_matches('0');
    if !is_number || digits.is_empty() || suffix.len() > 2 {
        return None;
    }
    let rest: Vec<&str> = after.collect();
    let court = court(words.get(..at)?).or_else(|| court(&rest)).unwrap_or_default();
    Some(format!("{court}{register}{digits}{suffix}").to_ascii_uppercase())
}

/// The text, if it is one that this rule returns.
fn normal_form(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let (digits_start, _) = lower.char_indices().find(|(_, one)| one.is_ascii_digit())?;
    let (head, number) = lower.split_at_checked(digits_start)?;
    let is_head =
        REGISTERS.iter().any(|register| head.ends_with(register)) && head.bytes().all(|byte| byte.is_ascii_lowercase());
    let digits = number.trim_end_matches(|one: char| one.is_ascii_lowercase());
    let is_number =
        digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.len() <= 7 && number.len() <= digits.len() + 2;
    let is_normal = is_head && is_number && !digits.starts_with('0');
    // `amtsgerichtkolnhrb1` has lost its spaces, and is none.
    (is_normal && head.len() <= 40).then(|| lower.to_ascii_uppercase())
}

/// The register that a word begins with, and the rest of it, if that is a number: `hrb12345`.
fn register_of(word: &str) -> Option<(&'static str, &str)> {
    let register = REGISTERS.into_iter().find(|register| word.starts_with(register))?;
    let rest = word.get(register.len()..)?;
    (rest.is_empty() || rest.starts_with(|one: char| one.is_ascii_digit())).then_some((register, rest))
}

/// The court among some words: one after `Amtsgericht`, else the only word that is left.
fn court(words: &[&str]) -> Option<String> {
    let is_name = |word: &&str| {
        word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_lowercase()) && !OTHER_WORDS.contains(word)
    };
    let named = words.iter().position(|word| matches!(*word, "amtsgericht" | "registergericht" | "court"));
    let words = named.map_or(words, |at| words.get(at + 1..).unwrap_or_default());
    let mut names = words.iter().copied().filter(|word| is_name(word) && !COURT_WORDS.contains(word));
    let court = names.next()?;
    // Without the word for a court, it must be all that is there.
    (named.is_some() || names.next().is_none()).then(|| court.replace("ue", "u").replace("oe", "o").replace("ae", "a"))
}
