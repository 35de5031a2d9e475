//! The version of a search must change with its results, since rows decided with an older version are stale.
//!
//! `tests/golden.txt` contains the version of each search and a digest of the candidates that it finds in a fixed
//! registry.
//! `UPDATE_GOLDEN=1` rewrites it, but not for a search that finds other candidates under the same version.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use matchflow_candidates::{SEARCHES, blocked_search, exact_search, token_search};
use matchflow_model::columns;
use matchflow_model::digest::sha256_hex;
use matchflow_model::plan::{Search, SearchValue};
use matchflow_testkit::golden_versions::assert_golden_versions;
use matchflow_testkit::split_mix::SplitMix;

use crate::common::*;

const ENTRIES: usize = 6_000;
const ROWS: usize = 1_500;

/// Words of names, common ones first.
const WORDS: &str = "garage de la des boulangerie du societe services centre saint martin plomberie transports dupont pharmacie \
ecole dupond immobilier petit moreau auto atelier conseil thierry tierry philippe filipe schmidt smith smyth jean pierre lefevre \
lefebvre hotel restaurant verlimax odelis brunatek sogexia pelletier peltier ateliers autoecole quincaillerie kinkayri";
const TOWNS: [&str; 6] = ["tours", "rennes", "dijon", "saint denis", "annecy", "dijn"];

/// Generates registries and rows.
struct Random(SplitMix);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0.below(bound)
    }

    /// A number below `bound`, lower ones being more likely.
    fn low(&mut self, bound: usize) -> usize {
        self.below(bound).min(self.below(bound))
    }

    fn some(&mut self, text: String) -> Option<String> {
        (self.below(8) > 0).then_some(text)
    }

    fn name(&mut self) -> Option<String> {
        let words: Vec<&str> = WORDS.split(' ').collect();
        let length = 1 + self.below(3);
        let mut name: String = (0..length).map(|_| words[self.low(words.len())]).collect::<Vec<_>>().join(" ");
        if self.below(4) == 0 {
            // A typo: a letter is dropped.
            let at = self.below(name.len());
            name.remove(at);
        }
        if self.below(10) == 0 {
            name = format!("{name}{}{}", columns::ALTERNATIVE, words[self.below(words.len())]);
        }
        let name = name.trim().to_owned();
        if name.is_empty() { None } else { self.some(name) }
    }

    fn place(&mut self) -> (Option<String>, Option<String>) {
        let place = self.low(TOWNS.len());
        let postcode = format!("{:02}00{}", 10 + place, self.below(3));
        (self.some(postcode), self.some(TOWNS[place].to_owned()))
    }
}

fn registry() -> Vec<Entry> {
    let mut random = Random(SplitMix::new(1));
    let mut entries = Vec::with_capacity(ENTRIES);
    // Groups of all sizes: from one entry to more than an exact search returns.
    while entries.len() < ENTRIES {
        let group = format!("{:05}", random.below(100_000));
        let (name, size) = (random.name(), [1, 1, 1, 2, 5, 120][random.low(6)]);
        for number in 0..size {
            let (postcode, town) = random.place();
            let name = if random.below(3) == 0 { random.name() } else { name.clone() };
            entries.push(Entry {
                id: format!("{group}{number:03}"),
                group: group.clone(),
                closed: random.below(5) == 0,
                head_office: number == 0,
                name,
                postcode,
                town,
            });
        }
    }
    entries
}

fn rows(entries: &[Entry]) -> Vec<Row> {
    let mut random = Random(SplitMix::new(2));
    let mut row = |_| {
        let entry = &entries[random.below(entries.len())];
        let (postcode, town) =
            if random.below(3) > 0 { (entry.postcode.clone(), entry.town.clone()) } else { random.place() };
        Row {
            siret: random.some(entry.id.clone()).filter(|_| random.below(3) == 0),
            siren: random.some(entry.group.clone()).filter(|_| random.below(3) > 0),
            name: if random.below(2) == 0 { entry.name.clone() } else { random.name() },
            postcode,
            town,
        }
    };
    (0..ROWS).map(&mut row).collect()
}

/// Searches of every kind, each with several parameters.
fn searches() -> Vec<Search> {
    let phonetic = |language: &str, block: bool| {
        let block = if block { vec![key("postcode", "postcode")] } else { Vec::new() };
        let search = Search::new("phonetic").with("name", SearchValue::Pairs(vec![pair("name")]));
        search.with("language", SearchValue::Word(language.to_owned())).with("block", SearchValue::Keys(block))
    };
    vec![
        exact(),
        exact_search(vec![key("postcode", "postcode")], Vec::new()),
        exact_search(vec![key("town + name[0:4]", "town + name[0:4]"), key("name", "name")], vec![pair("town")]),
        blocked(3),
        blocked_search(vec![key("town", "town")], pair("name"), 1),
        token(10, 2),
        token_search(pair("name"), Vec::new(), 3, 1),
        phonetic("fr", true),
        phonetic("en", false),
    ]
}

#[test]
fn searches_with_changed_results_have_a_new_version() {
    let entries = registry();
    let rows = suppliers(&rows(&entries));
    // Rows of a duplicates run only find rows before them.
    let orders: Vec<String> = (0..ROWS).map(|row| format!("{:05}", row * 100_000 / ROWS)).collect();
    let in_order = in_order(&rows, &orders);
    let mut found: BTreeMap<&str, (u32, String)> = BTreeMap::new();
    for kind in SEARCHES {
        let mut text = String::new();
        for search in searches().into_iter().filter(|search| search.kind == kind.name) {
            let shards = shards(&entries, 2, 1_000, std::slice::from_ref(&search));
            for candidates_max in [7, 1_000] {
                let mut plan = stage(search.clone());
                plan.candidates_max = candidates_max;
                for rows in [&rows, &in_order] {
                    for (row, id, similarity) in triples(ask(&shards, &plan, rows)) {
                        writeln!(text, "{row} {id} {similarity}").unwrap();
                    }
                    text.push('\n');
                }
            }
        }
        assert!(text.lines().count() > ROWS, "`{}` needs a search in this test that finds candidates", kind.name);
        found.insert(kind.name, (kind.version, sha256_hex(text.as_bytes())));
    }

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden.txt");
    assert_golden_versions(&file, &found);
}
