//! The patterns of cells of each kind. A pattern describes what people type, not what is valid, except where check
//! digits make certainty cheap.

use matchflow_text::{country, email, fold, siret, town, vat};

/// Words, folded, that begin or occur in a street or address line, in several languages.
const STREET_WORDS: &[&str] = &[
    "rue",
    "avenue",
    "av",
    "bd",
    "boulevard",
    "place",
    "pl",
    "chemin",
    "route",
    "rte",
    "impasse",
    "allee",
    "quai",
    "cours",
    "zi",
    "za",
    "zac",
    "bp",
    "lieu",
    "lotissement",
    "square",
    "street",
    "st",
    "road",
    "rd",
    "lane",
    "ln",
    "drive",
    "ave",
    "blvd",
    "court",
    "park",
    "square",
    "suite",
    "unit",
    "strasse",
    "str",
    "platz",
    "weg",
    "allee",
    "gasse",
    "via",
    "viale",
    "piazza",
    "corso",
    "calle",
    "avda",
    "plaza",
    "poligono",
    "ctra",
    "paseo",
    "gran",
    "straat",
    "laan",
    "plein",
    "weg",
    "rua",
    "avenida",
    "largo",
    "batiment",
    "residence",
];
/// Endings of street names that are written as one word.
const STREET_ENDINGS: &[&str] =
    &["strasse", "str", "weg", "allee", "platz", "gasse", "straat", "laan", "plein", "gracht"];
/// Legal forms and words of company names, folded, in several languages.
const COMPANY_WORDS: &[&str] = &[
    "sarl",
    "sas",
    "sasu",
    "sa",
    "eurl",
    "sci",
    "scop",
    "ets",
    "etablissements",
    "cabinet",
    "garage",
    "societe",
    "transports",
    "boulangerie",
    "menuiserie",
    "plomberie",
    "imprimerie",
    "ltd",
    "limited",
    "plc",
    "llc",
    "inc",
    "corp",
    "co",
    "company",
    "gmbh",
    "ag",
    "kg",
    "ohg",
    "ev",
    "ek",
    "srl",
    "snc",
    "spa",
    "sl",
    "slu",
    "bv",
    "nv",
    "lda",
    "studio",
    "services",
    "service",
    "group",
    "groupe",
    "associes",
    "partner",
    "partners",
    "et",
    "cie",
    "fils",
    "freres",
    "conseil",
];
/// Titles before a person's name, folded.
const TITLES: &[&str] =
    &["m", "mr", "mme", "mlle", "mrs", "ms", "miss", "dr", "herr", "frau", "sig", "sr", "sra", "monsieur", "madame"];

fn compact(value: &str) -> String {
    value.chars().filter(|character| character.is_alphanumeric()).collect()
}

fn count_digits(value: &str) -> usize {
    value.bytes().filter(u8::is_ascii_digit).count()
}

fn count_letters(value: &str) -> usize {
    value.chars().filter(|character| character.is_alphabetic()).count()
}

fn words(value: &str) -> Vec<String> {
    fold(value).unwrap_or_default().split(' ').map(str::to_owned).collect()
}

pub(crate) fn is_siret(value: &str) -> bool {
    matches!(count_digits(value), 13 | 14) && count_letters(value) == 0 && siret(value).is_some()
}

pub(crate) fn is_siren(value: &str) -> bool {
    let digits = compact(value);
    digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit()) && matchflow_text::siren(&digits).is_some()
}

pub(crate) fn is_vat(value: &str) -> bool {
    let compact = compact(value);
    compact.chars().take(2).all(char::is_alphabetic) && count_digits(value) >= 7 && vat(value).is_some()
}

pub(crate) fn is_iban(value: &str) -> bool {
    let compact = compact(value);
    let bytes = compact.as_bytes();
    (15..=34).contains(&bytes.len())
        && bytes.iter().take(2).all(u8::is_ascii_alphabetic)
        && bytes.iter().skip(2).take(2).all(u8::is_ascii_digit)
        && count_digits(value) >= 12
}

pub(crate) fn is_bic(value: &str) -> bool {
    let value = value.trim();
    matches!(value.len(), 8 | 11)
        && value.bytes().take(6).all(|byte| byte.is_ascii_uppercase())
        && value.bytes().skip(6).all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && value.get(4..6).is_some_and(|code| country(code).is_some())
}

pub(crate) fn is_email(value: &str) -> bool {
    value.contains('@') && email(value).is_some()
}

pub(crate) fn is_website(value: &str) -> bool {
    let lower = value.trim().to_lowercase();
    !lower.contains('@') && !lower.contains(' ') && (lower.starts_with("http") || lower.starts_with("www."))
}

/// The three numbers of a calendar date in any order, optionally followed by a time.
pub(crate) fn is_date(value: &str) -> bool {
    let day = value.trim().split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    let numbers: Vec<u32> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    let [first, second, third] = numbers.as_slice() else { return false };
    let is_year = |year: u32, text: &str| (1900..=2100).contains(&year) || text.len() == 2;
    let is_day = |first: u32, second: u32| {
        (1..=31).contains(&first) && (1..=12).contains(&second)
            || (1..=12).contains(&first) && (1..=31).contains(&second)
    };
    let texts = (parts.first().copied().unwrap_or_default(), parts.last().copied().unwrap_or_default());
    parts.len() == 3
        && ((is_year(*third, texts.1) && is_day(*first, *second))
            || (texts.0.len() == 4 && is_year(*first, texts.0) && is_day(*second, *third)))
}

/// INSEE's activity codes: `4332A`, `43.32A`.
pub(crate) fn is_activity(value: &str) -> bool {
    let compact = compact(value);
    compact.len() == 5
        && compact.bytes().take(4).all(|byte| byte.is_ascii_digit())
        && compact.bytes().skip(4).all(|byte| byte.is_ascii_uppercase())
}

/// A postcode followed by a town.
pub(crate) fn is_place(value: &str) -> bool {
    let mut words = value.split_whitespace();
    let first = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    matches!(first.len(), 4 | 5)
        && first.bytes().all(|byte| byte.is_ascii_digit())
        && !rest.is_empty()
        && rest.len() <= 6
        && (count_digits(&rest.concat()) == 0 || value.to_lowercase().contains("cedex"))
        && rest.iter().any(|word| count_letters(word) >= 2)
}

pub(crate) fn is_phone(value: &str) -> bool {
    let value = value.trim();
    let digits = count_digits(value);
    let is_marked = value.starts_with('+') || value.starts_with('0') || value.starts_with('(');
    let allowed = |character: char| character.is_ascii_digit() || " +-./()".contains(character);
    is_marked && (8..=15).contains(&digits) && value.chars().all(allowed)
}

/// Five digits, four (a lost zero), or letters and digits in two short groups.
pub(crate) fn is_postcode(value: &str) -> bool {
    let value = value.trim();
    let bare = value
        .split_once('-')
        .filter(|(prefix, _)| prefix.len() <= 2 && count_digits(prefix) == 0)
        .map_or(value, |(_, rest)| rest);
    let (digits, letters) = (count_digits(bare), count_letters(bare));
    let is_number = letters == 0 && digits == bare.len() && matches!(digits, 4 | 5);
    let is_american = letters == 0 && digits == 9 && bare.as_bytes().get(5) == Some(&b'-');
    let is_mixed = (1..=4).contains(&letters)
        && (1..=4).contains(&digits)
        && (5..=8).contains(&bare.len())
        && bare.contains(' ')
        && bare.chars().all(|character| character.is_ascii_alphanumeric() || character == ' ');
    is_number || is_american || is_mixed
}

pub(crate) fn is_country(value: &str) -> bool {
    count_digits(value) == 0 && country(value).is_some()
}

/// Letters, possibly with a legal form or a company word.
pub(crate) fn is_company_name(value: &str) -> bool {
    count_letters(value) >= 3 && count_digits(value) <= 4 && !value.contains('@') && !is_address(value)
}

/// Whether it contains a company word.
pub(crate) fn has_company_word(value: &str) -> bool {
    words(value).iter().any(|word| COMPANY_WORDS.contains(&word.as_str()))
}

pub(crate) fn is_address(value: &str) -> bool {
    let words = words(value);
    let is_street = |word: &String| {
        STREET_WORDS.contains(&word.as_str())
            || STREET_ENDINGS.iter().any(|ending| word.len() > ending.len() + 2 && word.ends_with(ending))
    };
    let has_letters = count_letters(value) >= 4;
    let begins_with_number = words.first().is_some_and(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    let ends_with_number = words.last().is_some_and(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    let is_sentence = words.len() >= 2 && (begins_with_number || ends_with_number) && !is_place(value);
    has_letters
        && !value.contains('@')
        && words.len() >= 2
        && (words.iter().any(is_street) || (is_sentence && !is_date(value)))
}

/// One or a few words of letters.
pub(crate) fn is_town(value: &str) -> bool {
    let words = words(value);
    count_letters(value) >= 3
        && words.len() <= 5
        && (count_digits(value) == 0 || value.to_lowercase().contains("cedex"))
        && !value.contains('@')
        && !has_company_word(value)
        && town(value).is_some()
}

/// A number with two decimals, or any other number.
pub(crate) fn is_amount(value: &str) -> bool {
    let compact: String =
        value.chars().filter(|character| !character.is_whitespace() && !"€$£".contains(*character)).collect();
    let plain = compact.trim_start_matches(['-', '+', '(']).trim_end_matches(')');
    count_digits(plain) >= 1
        && count_digits(plain) <= 13
        && plain.chars().all(|character| character.is_ascii_digit() || ".,'".contains(character))
}

/// Whether a number has cents.
pub(crate) fn has_cents(value: &str) -> bool {
    let value = value.trim().trim_end_matches(['€', ' ', '$']);
    let cents = value.rsplit_once([',', '.']).map(|(_, cents)| cents);
    is_amount(value) && cents.is_some_and(|cents| matches!(cents.len(), 1 | 2) && count_digits(cents) == cents.len())
}

/// Letters, digits and marks without spaces.
pub(crate) fn is_code(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty() && value.split_whitespace().count() <= 2 && value.len() <= 40 && !value.contains('@')
}

/// A code of mostly digits, as supplier numbers are: `F0000`, `0000100206`.
pub(crate) fn is_number(value: &str) -> bool {
    let letters = value.chars().filter(|character| character.is_alphabetic()).count();
    value.split_whitespace().count() == 1 && count_digits(value) > letters
}

/// Words, not a code or a number: what a name may be.
pub(crate) fn is_words(value: &str) -> bool {
    let letters = value.chars().filter(|character| character.is_alphabetic()).count();
    letters >= 3 && letters > count_digits(value) && !value.contains('@')
}

/// A title and a name, or two or three capitalized words.
pub(crate) fn is_person(value: &str) -> bool {
    let words = words(value);
    let is_titled = words.first().is_some_and(|first| TITLES.contains(&first.as_str()));
    let is_capitalized =
        |word: &str| word.starts_with(char::is_uppercase) && word.chars().skip(1).all(char::is_lowercase);
    let parts: Vec<&str> = value.split_whitespace().collect();
    count_digits(value) == 0
        && (is_titled && words.len() >= 2
            || (2..=3).contains(&parts.len())
                && parts.iter().all(|part| is_capitalized(part))
                && !has_company_word(value))
}
