//! The version of a cleaner changes with what it makes of any text: rows decided with an older version are stale then.
//!
//! `golden.txt` holds the version of each cleaner and a digest of what it makes of a fixed set of texts.
//! `UPDATE_GOLDEN=1` writes it anew, but not for a cleaner that gives other values under the same version.

#![cfg(feature = "columns")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::path::Path;

use matchflow_model::digest::sha256_hex;
use matchflow_text::{CLEANERS, STRIP_TOWN_VERSION, without_town};

/// Number of texts.
const TEXTS: usize = 20_000;

/// Pieces that cleaners look at.
const PIECES: &str = "a b d l m s sa rl sarl SAS ste St societe anonyme par actions simplifiee entreprise cie eau or anne \
Dupont fils nan null Mme Dr M. 12 3 12b 1er 3eme bis rue bd av. ch zone industrielle lieu dit BP cedex Paris Lyon Marseille \
sur ss lez F FR [ND] É œ & &amp; 732829320 73282932000074 00074 E+13 .0 agence de chez ex mandataire (mandataire) groupement \
attention (ab) c/o 75001 6000 06000 2A004 97400 D-80331 1204 CH BE Belgique Deutschland Monaco FR44732829320 BE0428759497 \
FR1420041010050500013M02606 lea@dupont.fr <A.B@X.CO> mailto:c@d.org www.dupont.fr @ London Bruxelles Genève L'Épi d'Or \
St-Denis s/ Loire 1 rue du Gal Leclerc NE PAS UTILISER doublon ETS ETABLISSEMENTS holding international";
const GAPS: [&str; 12] = [" ", " ", " ", " ", ".", "'", "-", "/", " / ", " - ", "", "\u{1f}"];

/// SplitMix64: the same texts on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

fn texts() -> Vec<String> {
    let pieces: Vec<&str> = PIECES.split(' ').collect();
    let mut random = Random(1);
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
fn cleaners_that_give_other_values_have_another_version() {
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
    let golden = std::fs::read_to_string(&file).unwrap_or_default();
    for line in golden.lines() {
        let [name, version, digest] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let Some((now, values)) = found.get(name) else { continue };
        let is_same = values == digest || now.to_string() != version;
        assert!(is_same, "`{name}` gives other values than version {version} did: increment its version");
    }
    let text: String = found.iter().map(|(name, (version, digest))| format!("{name} {version} {digest}\n")).collect();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&file).unwrap_or_default(), "UPDATE_GOLDEN=1 accepts it");
}
