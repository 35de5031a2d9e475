//! The version of a cleaner must change with its output, since rows decided with an older version are stale.
//!
//! `golden.txt` contains the version of each cleaner and a digest of its output for a fixed set of texts.
//! `UPDATE_GOLDEN=1` rewrites it, but not for a cleaner whose output changed under the same version.

#![cfg(feature = "columns")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::path::Path;

use matchflow_model::digest::sha256_hex;
use matchflow_testkit::golden_versions::assert_golden_versions;
use matchflow_testkit::split_mix::SplitMix;
use matchflow_text::{CLEANERS, STRIP_TOWN_VERSION, without_town};

/// Number of texts.
const TEXTS: usize = 20_000;

/// Pieces that cleaners look for.
const PIECES: &str = "a b d l m s sa rl sarl SAS ste St societe anonyme par actions simplifiee entreprise cie eau or anne \
Dupont fils nan null Mme Dr M. 12 3 12b 1er 3eme bis rue bd av. ch zone industrielle lieu dit BP cedex Paris Lyon Marseille \
sur ss lez F FR [ND] É œ & &amp; 732829320 73282932000074 00074 E+13 .0 agence de chez ex mandataire (mandataire) groupement \
attention (ab) c/o 75001 6000 06000 2A004 97400 D-80331 1204 CH BE Belgique Deutschland Monaco FR44732829320 BE0428759497 \
FR1420041010050500013M02606 lea@dupont.fr <A.B@X.CO> mailto:c@d.org www.dupont.fr @ London Bruxelles Genève L'Épi d'Or \
St-Denis s/ Loire 1 rue du Gal Leclerc NE PAS UTILISER doublon ETS ETABLISSEMENTS holding international";
const GAPS: [&str; 12] = [" ", " ", " ", " ", ".", "'", "-", "/", " / ", " - ", "", "\u{1f}"];

fn texts() -> Vec<String> {
    let pieces: Vec<&str> = PIECES.split(' ').collect();
    let mut random = SplitMix::new(1);
    let mut texts: Vec<String> = pieces.iter().map(|piece| (*piece).to_owned()).collect();
    while texts.len() < TEXTS {
        let mut text = String::new();
        for _ in 0..=random.below(6) {
            text.push_str(pieces[random.below(pieces.len())]);
            text.push_str(GAPS[random.below(GAPS.len())]);
        }
        texts.push(if random.below(3) == 0 { text.to_uppercase() } else { text });
    }
    texts
}

#[test]
fn cleaners_with_changed_output_have_a_new_version() {
    let texts = texts();
    let digest = |clean: &dyn Fn(&str) -> Option<String>| {
        let values: Vec<String> = texts.iter().map(|text| clean(text).unwrap_or_default()).collect();
        sha256_hex(values.join("\n").as_bytes())
    };
    let mut found: BTreeMap<&str, (u32, String)> = BTreeMap::new();
    for cleaner in CLEANERS {
        found.insert(cleaner.name, (cleaner.version, digest(&|text| cleaner.cell(text))));
    }
    let strip = |text: &str| Some(without_town(text, "lyon").to_owned());
    found.insert(
        "strip_town",
        (STRIP_TOWN_VERSION, digest(&|text| matchflow_text::fold(text).and_then(|text| strip(&text)))),
    );

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.txt");
    assert_golden_versions(&file, &found);
}
