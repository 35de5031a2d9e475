//! VAT numbers of the European Union and its neighbours: their shapes by country, and their check digits ([`crate::vat_check`]).

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
use crate::digits::{compact, digits, number, usual_form};
use crate::number_search::only;
use crate::siren::is_siren;
use crate::vat_check;

/// Shapes after the country's prefix: `#` a digit, `@` a letter, `*` either, anything else literal. From the European
/// Commission's list of VAT number structures. Sorted by prefix.
const SHAPES: &[(&str, &[&str])] = &[
    ("AT", &["U########"]),
    ("BE", &["0#########", "1#########"]),
    ("BG", &["#########", "##########"]),
    ("CH", &["E#########", "E#########MWST", "E#########TVA", "E#########IVA"]),
    ("CY", &["########@"]),
    ("CZ", &["########", "#########", "##########"]),
    ("DE", &["#########"]),
    ("DK", &["########"]),
    ("EE", &["#########"]),
    ("EL", &["#########"]),
    ("ES", &["*########", "########@", "@#######@"]),
    ("FI", &["########"]),
    ("GB", &["#########", "############", "GD###", "HA###"]),
    ("HR", &["###########"]),
    ("HU", &["########"]),
    ("IE", &["#*#####@", "#######@@"]),
    ("IT", &["###########"]),
    ("LT", &["#########", "############"]),
    ("LU", &["########"]),
    ("LV", &["###########"]),
    ("MT", &["########"]),
    ("NL", &["#########B##"]),
    ("NO", &["#########", "#########MVA"]),
    ("PL", &["##########"]),
    ("PT", &["#########"]),
    ("RO", &["##", "###", "####", "#####", "######", "#######", "########", "#########", "##########"]),
    ("SE", &["############"]),
    ("SI", &["########"]),
    ("SK", &["##########"]),
    ("XI", &["#########", "############", "GD###", "HA###"]),
];

/// The letters and digits of France's newer keys, in the order of their values: no I, no O.
const KEY_ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The cleaner `vat`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "vat",
    help: "VAT numbers that have the form of their country and pass its check, with its prefix and without spaces.",
    example: ("FR 44 732 829 320", "FR44732829320"),
    version: 3,
    form: CleanedForm::Code,
    kind: ValueKind::Identifier,
    clean: vat,
    clean_cell: None,
    is_repetitive: false,
};

/// Words before a VAT number, in lower case.
const LABELS: &[&str] = &[
    "btw",
    "idnr",
    "iva",
    "intra",
    "intracom",
    "intracommunautaire",
    "mwst",
    "n",
    "no",
    "num",
    "number",
    "numero",
    "numéro",
    "nr",
    "tva",
    "uid",
    "ust",
    "ustid",
    "vat",
];

/// Minimum length after the prefix for a number to be found in a text: a short one passes its check by chance.
const CHARACTERS_MIN: usize = 8;

/// A VAT number without spaces, after its country's prefix (`EL` for Greece). Eleven digits without a prefix that pass
/// France's check are French; nine digits after `BE` are an old Belgian number. In a longer text, the only such number.
pub fn vat(value: &str) -> Option<String> {
    find(value, passes)
}

/// The number of a value that has the form of its country, whether or not it passes its check; a French one must pass it.
pub(crate) fn with_shape(value: &str) -> Option<String> {
    find(value, has_national_shape)
}

/// Whether the characters after a prefix are a number of its country.
type NationalRule = fn(&str, &str) -> bool;

fn find(value: &str, fits: NationalRule) -> Option<String> {
    let value = usual_form(value);
    alone(&value, fits)
        .or_else(|| alone(without_labels(&value), fits))
        .or_else(|| only(french_numbers(&value).into_iter().chain(words(&value, fits))))
}

/// The French numbers in a text that pass their check, with their prefix.
pub(crate) fn french_numbers(text: &str) -> Vec<String> {
    const LENGTH: usize = 13;
    let is_separator = |one: char| one == ' ' || matches!(one, '.' | '-' | '_');
    let mut numbers = Vec::new();
    let mut before = None;
    for (start, character) in text.char_indices() {
        let begins_word = !before.is_some_and(char::is_alphanumeric);
        before = Some(character);
        if !begins_word || !character.eq_ignore_ascii_case(&'f') {
            continue;
        }
        let mut rest = text.get(start..).unwrap_or_default().chars();
        let written = rest.by_ref().filter(|one| !is_separator(*one)).take(LENGTH);
        let number: String = written.map(|one| one.to_ascii_uppercase()).collect();
        let ends_word = !rest.next().is_some_and(char::is_alphanumeric);
        if ends_word && number.strip_prefix("FR").is_some_and(is_french) {
            numbers.push(number);
        }
    }
    numbers
}

/// The words of a text that are numbers of other countries.
fn words(text: &str, fits: NationalRule) -> impl Iterator<Item = String> {
    let is_separator =
        |one: char| one.is_whitespace() || matches!(one, '/' | ';' | ',' | '|' | '(' | ')' | '[' | ']' | ':');
    text.split(is_separator).filter(|word| word.starts_with(|one: char| one.is_ascii_alphabetic())).filter_map(
        move |word| {
            let number = alone(word, fits)?;
            (number.len() >= 2 + CHARACTERS_MIN && !number.starts_with("FR")).then_some(number)
        },
    )
}

/// The text after leading labels.
fn without_labels(text: &str) -> &str {
    let mut rest = text;
    loop {
        let start = rest.trim_start_matches(|one: char| !one.is_alphanumeric());
        let after = start.trim_start_matches(|one: char| one.is_alphabetic());
        let word = start.get(..start.len() - after.len()).unwrap_or_default();
        let is_label = LABELS.iter().any(|label| word.to_lowercase() == *label);
        if !is_label {
            return start;
        }
        rest = after;
    }
}

/// The number of a value that consists of one number.
fn alone(value: &str, fits: NationalRule) -> Option<String> {
    let bare = digits(value).filter(|digits| digits.len() == 11);
    let number = bare.or_else(|| compact(value))?;
    if number.starts_with(|first: char| first.is_ascii_digit()) {
        return is_french(&number).then(|| format!("FR{number}"));
    }
    let (prefix, rest) = number.split_at_checked(2)?;
    match prefix {
        "FR" => is_french(rest).then_some(number),
        "GR" => fits("EL", rest).then(|| format!("EL{rest}")),
        "BE" if rest.len() == 9 => fits("BE", &format!("0{rest}")).then(|| format!("BE0{rest}")),
        _ => fits(prefix, rest).then_some(number),
    }
}

/// A VAT number of upper-case letters and digits, with its prefix.
pub(crate) fn of_code(code: &str) -> Option<String> {
    let begins_with_letters = code.bytes().take(2).all(|byte| byte.is_ascii_uppercase());
    alone(code, passes).filter(|_| begins_with_letters)
}

fn passes(prefix: &str, rest: &str) -> bool {
    has_national_shape(prefix, rest) && vat_check::passes(prefix, rest)
}

fn has_national_shape(prefix: &str, rest: &str) -> bool {
    let Ok(at) = SHAPES.binary_search_by_key(&prefix, |(prefix, _)| prefix) else { return false };
    SHAPES.get(at).is_some_and(|(_, shapes)| shapes.iter().any(|shape| has_shape(rest, shape)))
}

/// Whether a text has a shape: `#` a digit, `@` a letter, `*` either, anything else literal.
pub(crate) fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, symbol)| match symbol {
            b'#' => byte.is_ascii_digit(),
            b'@' => byte.is_ascii_uppercase(),
            b'*' => byte.is_ascii_alphanumeric(),
            _ => byte == symbol,
        })
}

/// A key of two characters, then a SIREN, or for Monaco nine digits that begin with `000`.
fn is_french(rest: &str) -> bool {
    let Some((key, holder)) = rest.split_at_checked(2) else { return false };
    let Some(holder_number) = number(holder) else { return false };
    let is_holder = is_siren(holder) || (holder.len() == 9 && holder.starts_with("000") && holder_number > 0);
    let passes = match number(key) {
        Some(key) => key == (12 + 3 * (holder_number % 97)) % 97,
        None => new_key_passes(key, holder_number),
    };
    is_holder && passes
}

/// Keys with a letter: with `s` the value of the pair, `holder + 1 + s / 11` is `s` modulo 11.
/// The rule is in the Commission's VIES algorithms; python-stdnum's `fr.tva` follows it too.
fn new_key_passes(key: &str, holder: u64) -> bool {
    let mut values = key.chars().map(|character| KEY_ALPHABET.chars().position(|known| known == character));
    let (Some(Some(first)), Some(Some(second))) = (values.next(), values.next()) else { return false };
    let (first, second) = (first as u64, second as u64);
    // A letter second or a letter first; two digits are an old key, so neither difference is negative.
    let sum = if first < 10 { first * 24 + second - 10 } else { first * 34 + second - 100 };
    (holder + 1 + sum / 11) % 11 == sum % 11
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_sorted() {
        assert!(SHAPES.is_sorted_by_key(|(prefix, _)| *prefix));
    }

    #[test]
    fn vat_numbers() {
        crate::check(
            vat,
            &[
                ("FR44732829320", "FR44732829320"),
                ("fr 44 732 829 320", "FR44732829320"),
                ("FR-44.732.829.320", "FR44732829320"),
                ("44732829320", "FR44732829320"),
                ("44732829320.0", "FR44732829320"),
                ("FR45732829320", ""),
                ("FR44732829321", ""),
                ("FR40303265045", "FR40303265045"),
                ("FR23334175221", "FR23334175221"),
                ("FRK7399859412", "FRK7399859412"),
                ("FR4Z123456782", "FR4Z123456782"),
                ("FRK8399859412", ""),
                ("FRO7399859412", ""),
                // Monaco: a key, and no SIREN.
                ("FR53000004605", "FR53000004605"),
                ("FR54000004605", ""),
                ("FR12000000000", ""),
                ("DE 136 695 976", "DE136695976"),
                ("DE 123 456 789", ""),
                ("DE12345678", ""),
                ("BE0403019261", "BE0403019261"),
                ("BE 403.019.261", "BE0403019261"),
                ("BE2403019261", ""),
                ("IT12345678903", "IT12345678903"),
                ("IT12345678901", ""),
                ("ESA58818501", "ESA58818501"),
                ("ES12345678Z", "ES12345678Z"),
                ("ESX1234567L", "ESX1234567L"),
                ("NL004495445B01", "NL004495445B01"),
                ("ATU13585627", "ATU13585627"),
                ("AT12345678", ""),
                ("GR094259216", "EL094259216"),
                ("LU15027442", "LU15027442"),
                ("IE1234567FA", "IE1234567FA"),
                ("CHE-100.155.212 TVA", "CHE100155212TVA"),
                ("GB 980 7806 84", "GB980780684"),
                ("US123456789", ""),
                ("FR44\u{200b}732829320", "FR44732829320"),
                ("ＦＲ４４７３２８２９３２０", "FR44732829320"),
                ("=\"FR44732829320\"", "FR44732829320"),
                ("TVA FR44732829320", "FR44732829320"),
                ("N° TVA intracommunautaire : FR 44 732 829 320", "FR44732829320"),
                ("FR44732829320 (assujetti)", "FR44732829320"),
                ("TVA 44 732 829 320", "FR44732829320"),
                ("FR44732829320 / FR44732829320", "FR44732829320"),
                ("FR44732829320 / FRK7399859412", ""),
                ("FR44732829320 / DE136695976", ""),
                ("FR447328293201", ""),
                ("XFR44732829320", ""),
                ("VAT: DE 136 695 976", "DE136695976"),
                ("\"DE136695976\"", "DE136695976"),
                ("client DE136695976 (Berlin)", "DE136695976"),
                ("commande de 123456789", ""),
                ("voir RO12", ""),
                ("732829320", ""),
                ("FR", ""),
                ("é", ""),
                ("nan", ""),
                ("", ""),
            ],
        );
    }
}
