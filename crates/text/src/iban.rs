//! IBAN (ISO 13616): the country's length, the check modulo 97, and for France and Monaco the bank's own key (RIB).

use crate::cleaner_info::{CleanedForm, CleanerInfo, ValueKind};
use crate::digits::{compact, usual_form};

/// Length in characters by country, from the IBAN registry. Sorted.
const LENGTHS: &[(&str, usize)] = &[
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// The cleaner `iban`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "iban",
    help: "IBANs that pass their check, without spaces.",
    example: ("FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),
    version: 2,
    form: CleanedForm::Code,
    kind: ValueKind::Identifier,
    clean: iban,
    clean_cell: None,
    is_repetitive: false,
};

/// An IBAN that passes its checks, in upper case without spaces and without a leading word `IBAN`.
pub fn iban(value: &str) -> Option<String> {
    let compact = compact(&usual_form(value))?;
    let iban = compact.strip_prefix("IBAN").unwrap_or(&compact);
    let (country, _) = iban.split_at_checked(2)?;
    let length = LENGTHS.binary_search_by_key(&country, |(country, _)| country).ok().and_then(|at| LENGTHS.get(at))?.1;
    let (start, account) = iban.split_at_checked(4)?;
    let passes = iban.len() == length && remainder(&[account, start], 97, iso_value) == Some(1);
    let bank_passes = !matches!(country, "FR" | "MC") || rib_passes(account);
    (passes && bank_passes).then(|| iban.to_owned())
}

/// The number formed by the concatenated texts, with letters as their values, modulo `modulus`.
fn remainder(texts: &[&str], modulus: u64, value: fn(u8) -> Option<u64>) -> Option<u64> {
    texts.iter().flat_map(|text| text.bytes()).try_fold(0, |sum, byte| {
        let value = value(byte)?;
        Some((sum * if value > 9 { 100 } else { 10 } + value) % modulus)
    })
}

/// `A` is 10, `Z` is 35.
fn iso_value(byte: u8) -> Option<u64> {
    char::from(byte).to_digit(36).map(u64::from)
}

/// `A` and `J` are 1, `B`, `K` and `S` are 2, up to `I`, `R` and `Z` for 9, as on a French RIB.
fn rib_value(byte: u8) -> Option<u64> {
    let letter = |first: u8, value: u64| Some(u64::from(byte - first) + value);
    match byte {
        b'0'..=b'9' => Some(u64::from(byte - b'0')),
        b'A'..=b'I' => letter(b'A', 1),
        b'J'..=b'R' => letter(b'J', 1),
        b'S'..=b'Z' => letter(b'S', 2),
        _ => None,
    }
}

/// Bank (5), branch (5), account (11) and key (2): the 23 digits must be a multiple of 97.
fn rib_passes(rib: &str) -> bool {
    remainder(&[rib], 97, rib_value) == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_sorted() {
        assert!(LENGTHS.is_sorted_by_key(|(country, _)| *country));
    }

    #[test]
    fn ibans() {
        crate::check(
            iban,
            &[
                ("FR1420041010050500013M02606", "FR1420041010050500013M02606"),
                ("fr14 2004 1010 0505 0001 3m02 606", "FR1420041010050500013M02606"),
                ("IBAN FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),
                ("\"FR76\u{200b}3000 6000 0112 3456 7890 189\"", "FR7630006000011234567890189"),
                ("FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189"),
                ("FR76 3000 6000 0112 3456 7890 188", ""),
                ("FR1420041010050500013M0260", ""),
                ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
                ("DE88 3704 0044 0532 0130 00", ""),
                ("GB29 NWBK 6016 1331 9268 19", "GB29NWBK60161331926819"),
                ("BE68 5390 0754 7034", "BE68539007547034"),
                ("CH93 0076 2011 6238 5295 7", "CH9300762011623852957"),
                ("NL91ABNA0417164300", "NL91ABNA0417164300"),
                ("MC58 1122 2000 0101 2345 6789 030", "MC5811222000010123456789030"),
                ("ZZ89370400440532013000", ""),
                ("IBAN", ""),
                ("F", ""),
                ("[ND]", ""),
                ("", ""),
            ],
        );
    }

    #[test]
    fn a_french_bank_key_is_checked_too() {
        // The account's last digit incremented, and the IBAN's check digits recomputed.
        let account = "30006000011234567890289";
        let check = (1..98)
            .map(|check| format!("FR{check:02}"))
            .find(|start| remainder(&[account, start], 97, iso_value) == Some(1));
        assert_eq!(iban(&format!("{}{account}", check.unwrap())), None);
    }
}
