//! Identifiers in common notations, and the laws of the score.

use super::*;
use matchflow_plugin_api::testing;
use proptest::prelude::*;

fn score(kind: &str, left: &str, right: &str) -> Option<f32> {
    let scorer = Identifier::configure(&format!(r#"{{"kind": "{kind}"}}"#)).unwrap();
    testing::score(&scorer, &[left], &[right])
}

#[test]
fn spellings_of_one_identifier_are_equal() {
    let cases = [
        ("siren", "732 829 320", "FR44 732829320", Some(1.0)),
        ("siren", "73282932000074", "732829320", Some(1.0)),
        ("siren", "732829320", "552081317", Some(0.0)),
        ("siren", "732829321", "732829320", None),
        ("siret", "732 829 320 00074", "73282932000074", Some(1.0)),
        ("siret", "73282932000074", "73282932000082", Some(0.5)),
        ("siret", "55208131766522", "73282932000074", Some(0.0)),
        ("vat", "FR 44 732829320", "fr44732829320", Some(1.0)),
        ("vat", "BE 0403.019.261", "BE0403019261", Some(1.0)),
        ("vat", "FR44 732829321", "FR44732829320", None),
        ("iban", "FR14 2004 1010 0505 0001 3M02 606", "IBAN FR1420041010050500013M02606", Some(1.0)),
        ("iban", "FR14 2004 1010 0505 0001 3M02 607", "FR1420041010050500013M02606", None),
        ("vat", "DE 136 695 976", "de136695976", Some(1.0)),
        ("vat", "DE 136 695 977", "DE136695976", None),
        ("lei", "213800-KUD8LAJWSQ9D-15", "LEI 213800KUD8LAJWSQ9D15", Some(1.0)),
        ("be_kbo", "BE 403.019.261", "0403.019.261", Some(1.0)),
        ("gb_company", "1234567", "01234567", Some(1.0)),
        ("gb_company", "SC 1234", "SC001234", Some(1.0)),
        ("de_register", "HRB 4711, Amtsgericht Köln", "Amtsgericht Koeln HRB 4711", Some(1.0)),
        ("de_register", "HRB 4711, Amtsgericht Köln", "Amtsgericht Bonn HRB 4711", Some(0.0)),
        ("auto", "RCS NICE B 732 829 320", "SIRET n° 732 829 320 00074", Some(1.0)),
        ("auto", "TVA FR44732829320 / KBO 0403.019.261", "BE 0403.019.261", Some(1.0)),
        ("auto", "RCS NICE B 732 829 320", "552 081 317", Some(0.0)),
        ("auto", "Dupont", "732829320", None),
        ("phone", "04.78.12.34.56", "+33 (0)4 78 12 34 56", Some(1.0)),
        ("phone", "478123456", "0033478123456", Some(1.0)),
        ("phone", "04 78 12 34 56 / 06 11 22 33 44", "0478123456", Some(1.0)),
        ("phone", "+32 2 123 45 67", "+3221234567", Some(1.0)),
        ("phone", "04 78 12 34 56", "04 78 12 34 57", Some(0.0)),
        ("phone", "standard", "0478123456", None),
        ("phone", "12", "0478123456", None),
        ("phone", "+33 4 78 12 34", "0478123456", None),
        ("email_domain", "Jean.Dupont@Dupont.FR", "https://www.dupont.fr/contact", Some(1.0)),
        ("email_domain", "a@lyon.dupont.fr", "b@dupont.fr", Some(0.9)),
        ("email_domain", "a@xdupont.fr", "b@dupont.fr", Some(0.0)),
        ("email_domain", "dupont@gmail.com", "martin@gmail.com", None),
        ("email_domain", "dupont", "b@dupont.fr", None),
        ("email_domain", "a@192.168.1.1", "b@dupont.fr", None),
    ];
    for (kind, left, right, expected) in cases {
        assert_eq!(score(kind, left, right), expected, "{kind}: {left} | {right}");
        assert_eq!(score(kind, right, left), expected, "{kind}: {right} | {left}");
    }
}

#[test]
fn parameters_choose_and_are_checked() {
    let free = Identifier::configure(r#"{"kind": "email_domain", "free_mail": ["Dupont.fr"]}"#).unwrap();
    assert_eq!(testing::score(&free, &["a@dupont.fr"], &["b@dupont.fr"]), None);
    let half = Identifier::configure(r#"{"kind": "siret", "same_company": 0.8}"#).unwrap();
    assert_eq!(testing::score(&half, &["73282932000074"], &["73282932000082"]), Some(0.8));
    for (parameters, expected) in [
        ("{}", "missing field `kind`"),
        (r#"{"kind": "isbn"}"#, "expected one of `lei`"),
        (r#"{"kind": "siret", "same_company": 2}"#, "between 0 and 1"),
    ] {
        let message = Identifier::configure(parameters).unwrap_err();
        assert!(message.contains(expected), "{parameters}: {message}");
    }
    let schema: serde_json::Value = serde_json::from_str(Identifier::PARAMETERS).unwrap();
    let listed: Vec<&str> =
        schema["properties"]["kind"]["enum"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    let names = IDENTIFIER_KINDS.iter().map(|kind| kind.name).chain(["phone", "email_domain", "auto"]);
    assert_eq!(listed, names.collect::<Vec<_>>());
    for name in listed {
        Kind::of_name(name).unwrap();
    }
}

#[test]
fn evidence_shows_the_spelling_that_was_compared() {
    let scorer = Identifier::configure(r#"{"kind": "siren"}"#).unwrap();
    let evidence = testing::evidence(&scorer, &["x\u{1f}732 829 320"], &["552081317\u{1f}FR44732829320"]);
    assert_eq!(evidence, r#"{"value":{"left":"732829320","right":"732829320"}}"#);
}

proptest! {
    #[test]
    fn any_text_is_scored_in_range_and_the_same_both_ways(
        left in "[0-9A-Z+@. -]{0,30}", right in "[0-9A-Z+@. -]{0,30}", kind in 0usize..9,
    ) {
        let kind = ["siren", "siret", "vat", "iban", "phone", "email_domain", "auto", "lei", "de_register"][kind];
        let value = score(kind, &left, &right);
        prop_assert!(value.is_none_or(|value| (0.0..=1.0).contains(&value)));
        prop_assert_eq!(value, score(kind, &right, &left));
        let own = score(kind, &left, &left);
        prop_assert!(own.is_none() || own == Some(1.0), "what is compared with itself is equal");
    }

    #[test]
    fn a_spelling_is_its_own_normal_form(value in "\\PC{0,30}", area in 1u32..10, rest in 0u32..100_000_000) {
        let scorer = |kind: &str| Identifier::configure(&format!(r#"{{"kind": "{kind}"}}"#)).unwrap();
        for kind in ["phone", "email_domain"] {
            let scorer = scorer(kind);
            for normal in scorer.normal(&value) {
                prop_assert_eq!(scorer.normal(&normal), vec![normal.clone()]);
            }
        }
        let (national, spaced) = (format!("0{area}{rest:08}"), format!("+33 {area} {rest:08}"));
        prop_assert_eq!(scorer("phone").normal(&national), scorer("phone").normal(&spaced));
    }
}
