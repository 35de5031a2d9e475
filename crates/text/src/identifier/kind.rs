//! The table of identifiers, and the cleaner `identifier`, which finds out which of them a cell holds.

use super::{
    NumberFormat, be_kbo, ch_uid, cz_ico, de_register, dk_cvr, duns, es_nif, fi_ytunnus, gb_company, gtin,
    it_fiscal_code, it_vat, lei, nl_kvk, no_orgnr, pl_krs, pl_nip, pl_regon, pt_nif, se_orgnr,
};
use crate::cleaner_info::{ALTERNATIVE, CleanedForm, CleanerInfo, ValueKind};
use crate::digits::usual_form;
use crate::siren::is_siren;
use crate::siret::is_siret;
use crate::{iban, vat};

/// Separates the kind of an identifier from the identifier.
const SEPARATOR: char = ':';

/// A kind of identifier.
pub struct IdentifierKind {
    /// Its name, which its cleaner has too.
    pub name: &'static str,
    /// The identifier of a value, if it passes its check.
    pub clean: fn(&str) -> Option<String>,
    /// How it is found among others; `None`: by its cleaner.
    format: Option<&'static NumberFormat>,
    /// When a number of this kind is recognized where nothing in the cell names the kind.
    rule: RecognitionRule,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RecognitionRule {
    /// Its form tells it from other kinds.
    Always,
    /// If its digits are of no other kind that the cell names or whose form tells it.
    IfAlone,
    Never,
}

const SIREN: NumberFormat = NumberFormat {
    labels: &["siren", "rcs", "rm"],
    lengths: &[9],
    normal: |code| is_siren(code).then(|| code.to_owned()),
    needs_label: false,
};
const SIRET: NumberFormat = NumberFormat {
    labels: &["siret"],
    lengths: &[14],
    normal: |code| is_siret(code).then(|| code.to_owned()),
    needs_label: false,
};
const VAT: NumberFormat = NumberFormat {
    labels: &["tva", "vat", "btw", "mwst", "iva", "ust", "ustid", "idnr", "moms", "dic", "intracommunautaire"],
    lengths: &[6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    normal: vat::of_code,
    needs_label: false,
};
const IBAN: NumberFormat = NumberFormat {
    labels: &["iban"],
    lengths: &[15, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33],
    normal: iban::iban,
    needs_label: false,
};

use RecognitionRule::{Always, IfAlone, Never};

const fn kind(
    name: &'static str,
    clean: fn(&str) -> Option<String>,
    format: Option<&'static NumberFormat>,
    rule: RecognitionRule,
) -> IdentifierKind {
    IdentifierKind { name, clean, format, rule }
}

/// All kinds. An identifier that contains another comes before it.
pub const IDENTIFIER_KINDS: [IdentifierKind; 24] = [
    kind("lei", lei::lei, Some(&lei::FORMAT), Always),
    kind("iban", iban::iban, Some(&IBAN), Always),
    kind("vat", vat::vat, Some(&VAT), Always),
    kind("siret", crate::siret::siret, Some(&SIRET), IfAlone),
    kind("siren", crate::siren::siren, Some(&SIREN), IfAlone),
    kind("be_kbo", be_kbo::be_kbo, Some(&be_kbo::FORMAT), IfAlone),
    kind("ch_uid", ch_uid::ch_uid, Some(&ch_uid::FORMAT), Always),
    kind("cz_ico", cz_ico::cz_ico, Some(&cz_ico::FORMAT), IfAlone),
    kind("de_register", de_register::de_register, None, Always),
    kind("dk_cvr", dk_cvr::dk_cvr, Some(&dk_cvr::FORMAT), IfAlone),
    kind("es_nif", es_nif::es_nif, Some(&es_nif::FORMAT), Always),
    kind("fi_ytunnus", fi_ytunnus::fi_ytunnus, Some(&fi_ytunnus::FORMAT), IfAlone),
    kind("gb_company", gb_company::gb_company, Some(&gb_company::FORMAT), Never),
    kind("it_fiscal_code", it_fiscal_code::it_fiscal_code, Some(&it_fiscal_code::FORMAT), Always),
    kind("it_vat", it_vat::it_vat, Some(&it_vat::FORMAT), IfAlone),
    kind("nl_kvk", nl_kvk::nl_kvk, Some(&nl_kvk::FORMAT), Never),
    kind("no_orgnr", no_orgnr::no_orgnr, Some(&no_orgnr::FORMAT), IfAlone),
    kind("pl_nip", pl_nip::pl_nip, Some(&pl_nip::FORMAT), IfAlone),
    kind("pl_regon", pl_regon::pl_regon, Some(&pl_regon::FORMAT), IfAlone),
    kind("pl_krs", pl_krs::pl_krs, Some(&pl_krs::FORMAT), Never),
    kind("pt_nif", pt_nif::pt_nif, Some(&pt_nif::FORMAT), IfAlone),
    kind("se_orgnr", se_orgnr::se_orgnr, Some(&se_orgnr::FORMAT), IfAlone),
    kind("gtin", gtin::gtin, Some(&gtin::FORMAT), Never),
    kind("duns", duns::duns, Some(&duns::FORMAT), Never),
];

/// The cleaner `identifier`.
pub(crate) const CLEANER: CleanerInfo = CleanerInfo {
    name: "identifier",
    help: "Identifiers of any kind that has a cleaner of its own, with their kind. A cell with several numbers gives several, and so \
        does a number that contains another, such as a SIRET.",
    example: ("RCS NICE B 732 829 320", "siren:732829320"),
    version: 1,
    form: CleanedForm::Labelled,
    kind: ValueKind::Identifier,
    clean: identifier,
    clean_cell: Some(identifiers_of_cell),
    is_repetitive: false,
};

/// The first identifier of a value, with its kind.
pub fn identifier(value: &str) -> Option<String> {
    identifiers(value).into_iter().next()
}

/// All identifiers of a cell, each once.
fn identifiers_of_cell(cell: &str) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    for found in cell.split(ALTERNATIVE).flat_map(identifiers) {
        if !all.contains(&found) {
            all.push(found);
        }
    }
    (!all.is_empty()).then(|| all.join("\u{1f}"))
}

/// All identifiers of a value with their kinds, those before others that come first in it.
pub fn identifiers(value: &str) -> Vec<String> {
    if let Some(known) = with_kind(value) {
        return with_contained(known);
    }
    let value = &*usual_form(value);
    let mut found: Vec<(usize, usize, String)> = Vec::new();
    let mut of_no_label = Vec::new();
    for kind in &IDENTIFIER_KINDS {
        let Some(format) = kind.format else {
            found.extend((kind.clean)(value).map(|number| (0, value.len(), labelled(kind.name, &number))));
            continue;
        };
        for number in format.all(value) {
            let entry = (number.start, number.end, labelled(kind.name, &number.number));
            match (number.is_labelled, kind.rule) {
                (true, _) | (_, RecognitionRule::Always) => found.push(entry),
                (_, RecognitionRule::IfAlone) => of_no_label.push(entry),
                (_, RecognitionRule::Never) => {}
            }
        }
    }
    let overlaps = |one: &(usize, usize, String)| found.iter().any(|other| one.0 < other.1 && other.0 < one.1);
    of_no_label.retain(|entry| !overlaps(entry));
    found.append(&mut of_no_label);
    found.sort_by_key(|(start, ..)| *start);
    let mut all: Vec<String> = Vec::new();
    for (_, _, known) in found {
        for one in with_contained(known) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    all
}

/// A value that this rule has returned.
fn with_kind(value: &str) -> Option<String> {
    let (name, number) = value.trim().split_once(SEPARATOR)?;
    let kind = IDENTIFIER_KINDS.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))?;
    Some(labelled(kind.name, &(kind.clean)(number)?))
}

/// The identifier, and those that are part of it.
fn with_contained(known: String) -> Vec<String> {
    let Some((name, number)) = known.split_once(SEPARATOR) else { return vec![known] };
    let contained: &[&str] = match (name, number.get(..2)) {
        ("siret", _) | ("vat", Some("FR")) => &["siren"],
        ("vat", Some("BE")) => &["be_kbo"],
        ("vat", Some("CH")) => &["ch_uid"],
        ("vat", Some("CZ")) => &["cz_ico"],
        ("vat", Some("DK")) => &["dk_cvr"],
        ("vat", Some("ES")) => &["es_nif"],
        ("vat", Some("FI")) => &["fi_ytunnus"],
        ("vat", Some("IT")) => &["it_vat"],
        ("vat", Some("NO")) => &["no_orgnr"],
        ("vat", Some("PL")) => &["pl_nip"],
        ("vat", Some("PT")) => &["pt_nif"],
        ("vat", Some("SE")) => &["se_orgnr"],
        _ => &[],
    };
    let kinds = IDENTIFIER_KINDS.iter().filter(|kind| contained.contains(&kind.name));
    // What a VAT number holds is the number itself, not one in a text.
    let bare = number.strip_prefix("CZ").unwrap_or(number);
    let others: Vec<String> = kinds.filter_map(|kind| Some(labelled(kind.name, &(kind.clean)(bare)?))).collect();
    std::iter::once(known.clone()).chain(others).collect()
}

fn labelled(name: &str, number: &str) -> String {
    format!("{name}{SEPARATOR}{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(cell: &str) -> String {
        identifiers_of_cell(cell).unwrap_or_default().replace('\u{1f}', " | ")
    }

    #[test]
    fn a_cell_tells_which_identifiers_it_holds() {
        for (cell, expected) in [
            ("RCS NICE B 732 829 320", "siren:732829320"),
            ("732 829 320 R.C.S. Nice", "siren:732829320"),
            ("SIRET n° 732 829 320 00074", "siret:73282932000074 | siren:732829320"),
            ("73282932000074", "siret:73282932000074 | siren:732829320"),
            ("FR 44 732829320", "vat:FR44732829320 | siren:732829320"),
            (
                "N° TVA : FR44732829320 - IBAN FR76 3000 6000 0112 3456 7890 189",
                "vat:FR44732829320 | siren:732829320 | iban:FR7630006000011234567890189",
            ),
            ("BE 0403.019.261", "vat:BE0403019261 | be_kbo:0403019261"),
            ("KBO 0403.019.261 (Brussel)", "be_kbo:0403019261"),
            ("CHE-100.155.212 MWST", "vat:CHE100155212MWST | ch_uid:CHE100155212"),
            ("Amtsgericht Köln, HRB 4711", "de_register:KOLNHRB4711"),
            ("CVR-nr. 13 58 56 28", "dk_cvr:13585628"),
            ("Registered in England and Wales, company number 1234567", ""),
            ("Registered in England and Wales, company number 01234567", "gb_company:01234567"),
            ("DUNS 15-048-3782", "duns:150483782"),
            ("EAN 4006381333931", "gtin:04006381333931"),
            ("SIREN 732829320 / KVK 23456789", "siren:732829320 | nl_kvk:23456789"),
            ("siren:732829320", "siren:732829320"),
            ("tel 04 93 12 34 56", ""),
            ("Dupont", ""),
            ("", ""),
        ] {
            assert_eq!(all(cell), expected, "{cell}");
        }
    }

    #[test]
    fn every_kind_has_a_cleaner_of_its_name() {
        for kind in &IDENTIFIER_KINDS {
            let cleaner = crate::cleaner(kind.name).unwrap_or_else(|| panic!("{}: no cleaner", kind.name));
            let (input, output) = cleaner.example;
            assert_eq!((kind.clean)(input).as_deref(), Some(output), "{}", kind.name);
        }
    }
}
