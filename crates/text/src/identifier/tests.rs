//! Numbers from public documentation, and what their check digits promise.

use crate::{IDENTIFIER_KINDS, vat};

fn clean(kind: &str, value: &str) -> Option<String> {
    let kind = IDENTIFIER_KINDS.iter().find(|known| known.name == kind).unwrap();
    (kind.clean)(value)
}

/// A kind, a valid number as it is written, its normal form, and whether any single wrong digit is found. Numbers of
/// python-stdnum's documentation, of the registers' own, and numbers with a check digit computed for them.
const NUMBERS: &[(&str, &str, &str, bool)] = &[
    ("lei", "213800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D15", true),
    ("lei", "LEI : 213800-KUD8-LAJWSQ9D-15", "213800KUD8LAJWSQ9D15", true),
    ("be_kbo", "BE 428759497", "0428759497", true),
    ("be_kbo", "BE0428.759.497", "0428759497", true),
    ("be_kbo", "KBO nr. 0428.759.497", "0428759497", true),
    ("ch_uid", "CHE-100.155.212", "CHE100155212", true),
    ("ch_uid", "CHE-107.787.577 IVA", "CHE107787577", true),
    ("cz_ico", "25123891", "25123891", false),
    ("cz_ico", "IČ 00006947", "00006947", false),
    ("cz_ico", "6947", "", false),
    ("cz_ico", "006947", "00006947", false),
    ("dk_cvr", "DK 13585628", "13585628", true),
    ("es_nif", "ES 54362315-K", "54362315K", true),
    ("es_nif", "X-2482300W", "X2482300W", true),
    ("es_nif", "J99216582", "J99216582", true),
    ("es_nif", "ESB58378431", "B58378431", true),
    ("fi_ytunnus", "2077474-0", "20774740", true),
    ("fi_ytunnus", "FI 20774740", "20774740", true),
    ("gb_company", "1234567", "01234567", false),
    ("gb_company", "sc 1234", "SC001234", false),
    ("gb_company", "OC301540", "OC301540", false),
    ("gb_company", "NI 38519", "NI038519", false),
    ("gb_company", "R0000123", "R0000123", false),
    ("gb_company", "IP 28987 R", "IP28987R", false),
    ("gb_company", "Company No: 00445790", "00445790", false),
    ("it_vat", "IT 00743110157", "00743110157", true),
    ("it_vat", "743110157", "00743110157", true),
    ("it_fiscal_code", "RCCMNL83S18D969H", "RCCMNL83S18D969H", true),
    ("it_fiscal_code", "00743110157", "00743110157", true),
    ("no_orgnr", "Org.nr: 988 077 917", "988077917", true),
    ("pl_nip", "PL 8567346215", "8567346215", true),
    ("pl_regon", "192598184", "192598184", false),
    ("pl_regon", "12345678512347", "12345678512347", false),
    ("pl_krs", "KRS 0000028860", "0000028860", false),
    ("pt_nif", "PT 501 964 843", "501964843", false),
    ("se_orgnr", "556703-7485", "5567037485", true),
    ("se_orgnr", "SE 556703748501", "5567037485", true),
    ("se_orgnr", "16556703-7485", "5567037485", true),
    ("gtin", "73513537", "00000073513537", true),
    ("gtin", "978-0-471-11709-4", "09780471117094", true),
    ("gtin", "ean 4006381333931", "04006381333931", true),
    ("gtin", "036000291452", "00036000291452", true),
    ("duns", "15-048-3782", "150483782", false),
    ("nl_kvk", "KvK 12345678", "12345678", false),
    ("de_register", "HRB 12345 B, Amtsgericht Charlottenburg", "CHARLOTTENBURGHRB12345B", false),
    ("de_register", "Amtsgericht München HRB 4711", "MUNCHENHRB4711", false),
    ("de_register", "AG Muenchen, HRB-Nr. 4711", "MUNCHENHRB4711", false),
    ("de_register", "HRA 0815", "HRA815", false),
    ("de_register", "Köln", "", false),
    ("iban", "GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432", true),
    ("vat", "ATU13585627", "ATU13585627", true),
    ("vat", "BE 428.759.497", "BE0428759497", true),
    ("vat", "BG 175 074 752", "BG175074752", false),
    ("vat", "BG 7523169263", "BG7523169263", false),
    ("vat", "CHE-100.155.212 TVA", "CHE100155212TVA", true),
    ("vat", "CY-10259033P", "CY10259033P", false),
    ("vat", "CZ25123891", "CZ25123891", false),
    ("vat", "CZ7103192745", "CZ7103192745", false),
    ("vat", "CZ640903926", "CZ640903926", false),
    ("vat", "DE 136,695 976", "DE136695976", true),
    ("vat", "DK 13585628", "DK13585628", true),
    ("vat", "EE 100 931 558", "EE100931558", true),
    ("vat", "GR 094259216", "EL094259216", false),
    ("vat", "ES B-58378431", "ESB58378431", true),
    ("vat", "FI 20774740", "FI20774740", true),
    ("vat", "FR 40 303 265 045", "FR40303265045", true),
    ("vat", "GB 980 7806 84", "GB980780684", false),
    ("vat", "GBGD001", "GBGD001", false),
    ("vat", "XI 980 7806 84", "XI980780684", false),
    ("vat", "HR 33392005961", "HR33392005961", true),
    ("vat", "HU-12892312", "HU12892312", true),
    ("vat", "IE 6433435F", "IE6433435F", true),
    ("vat", "IE 6433435OA", "IE6433435OA", true),
    ("vat", "IE 8D79739I", "IE8D79739I", true),
    ("vat", "IT 00743110157", "IT00743110157", true),
    ("vat", "LT 119511515", "LT119511515", false),
    ("vat", "LT 100001919017", "LT100001919017", false),
    ("vat", "LU 150.274.42", "LU15027442", true),
    ("vat", "LV 4000 3521 600", "LV40003521600", false),
    ("vat", "LV 161175-19997", "LV16117519997", false),
    ("vat", "MT 1167-9112", "MT11679112", true),
    ("vat", "NL004495445B01", "NL004495445B01", false),
    ("vat", "NL002455799B11", "NL002455799B11", false),
    ("vat", "NO 988077917 MVA", "NO988077917MVA", true),
    ("vat", "PL 8567346215", "PL8567346215", true),
    ("vat", "PT 501 964 843", "PT501964843", false),
    ("vat", "RO 185 472 90", "RO18547290", false),
    ("vat", "SE 556188840401", "SE556188840401", false),
    ("vat", "SI 5022 3054", "SI50223054", false),
    ("vat", "SK 202 274 96 19", "SK2022749619", true),
];

#[test]
fn public_numbers_pass_and_have_one_form() {
    for (kind, value, expected, _) in NUMBERS {
        let found = clean(kind, value).unwrap_or_default();
        assert_eq!(found, *expected, "{kind}: {value}");
        assert_eq!(clean(kind, &found).unwrap_or_default(), *expected, "{kind}: {found}");
    }
}

#[test]
fn a_single_wrong_digit_is_found_where_the_check_promises_it() {
    for (kind, _, number, _) in NUMBERS.iter().filter(|(.., is_sure)| *is_sure) {
        for (at, old) in number.char_indices().filter(|(_, old)| old.is_ascii_digit()) {
            for new in ('0'..='9').filter(|new| *new != old) {
                let wrong = format!("{}{new}{}", &number[..at], &number[at + 1..]);
                // Zeros in front are restored, so a number without its first digit may be another.
                assert_eq!(clean(kind, &wrong).filter(|found| found.len() == number.len()), None, "{kind}: {wrong}");
            }
        }
    }
}

/// Mistakes are found in most places even where two remainders share a check digit.
#[test]
fn most_wrong_digits_are_found_by_every_check() {
    for (kind, _, number, _) in NUMBERS.iter().filter(|(kind, ..)| *kind == "vat") {
        let (mut wrong, mut passed) = (0, 0);
        for (at, old) in number.char_indices().skip(2).filter(|(_, old)| old.is_ascii_digit()) {
            for new in ('0'..='9').filter(|new| *new != old) {
                wrong += 1;
                let other = format!("{}{new}{}", &number[..at], &number[at + 1..]);
                passed += u32::from(vat(&other).is_some());
            }
        }
        // Government departments have no check digit.
        assert!(number.starts_with("GBGD") || passed * 5 <= wrong, "{kind} {number}: {passed} of {wrong}");
    }
}

#[test]
fn numbers_without_a_check_digit_are_found_after_their_label_alone() {
    assert_eq!(clean("gb_company", "invoice 12345678 of May"), None);
    assert_eq!(
        clean("gb_company", "Tarnhill Ltd, registered in England, number 12345678").as_deref(),
        Some("12345678")
    );
    assert_eq!(clean("duns", "call 150483782 now"), None);
    assert_eq!(clean("nl_kvk", "Haarlem, KvK nr. 12345678").as_deref(), Some("12345678"));
}

#[test]
fn two_numbers_of_a_kind_are_none() {
    assert_eq!(clean("dk_cvr", "CVR 13585628 / 10403782"), None);
    assert_eq!(clean("dk_cvr", "CVR 13585628 / 13585628").as_deref(), Some("13585628"));
}
