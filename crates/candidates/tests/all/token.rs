//! Rare words, compared with the formula written out.

use std::collections::{BTreeMap, BTreeSet};

use matchflow_model::columns::alternatives;
use proptest::prelude::*;

use crate::common::*;

#[test]
fn rare_words_outweigh_common_ones() {
    let mut entries: Vec<Entry> =
        (10..40).map(|group| entry(&format!("{group}0"), &format!("garage numero{group}"), "", "")).collect();
    entries.push(entry("500", "atelier zimmermann", "", ""));
    assert_eq!(find(&entries, token(1, 1), row("garage zimmermann", "", "")), ["500"]);
}

#[test]
fn a_slip_and_a_space_do_not_hide_a_name() {
    let entries = [
        entry("010", "boulangerie lefebvre", "", ""),
        entry("020", "auto ecole lefebvre", "", ""),
        entry("030", "autoecole durand", "", ""),
        entry("040", "plomberie", "", ""),
    ];
    assert_eq!(find(&entries, token(1, 1), row("boulangeire lefebvre", "", "")), ["010"]);
    assert_eq!(find(&entries, token(1, 1), row("boulangerie lefevbre", "", "")), ["010"]);
    assert_eq!(find(&entries, token(1, 1), row("autoecole lefebvre", "", "")), ["020"]);
    assert_eq!(find(&entries, token(1, 1), row("auto ecole durand", "", "")), ["030"]);
    assert_eq!(find(&entries, token(9, 9), row("xylophone", "", "")), [""; 0]);
}

#[test]
fn initials_beginnings_and_runs_find_a_name() {
    let entries = [
        entry("010", "htds", "", ""),
        entry("020", "paris nord assurance", "", ""),
        entry("030", "edfsa", "", ""),
        entry("040", "societe du chemin de fer", "", ""),
        entry("050", "brault", "", ""),
        entry("060", "passionfroid sud ouest", "", ""),
        entry("070", "allodiagnosticfrance", "", ""),
    ];
    for (name, id) in [
        ("high technologies detection systems", "010"),
        ("agence high technologies detection systems", "010"),
        ("pna", "020"),
        ("edf", "030"),
        ("scf", "040"),
        ("sdcdf", "040"),
        ("brault66", "050"),
        ("passion froid", "060"),
        ("allo diagnostic france", "070"),
    ] {
        assert_eq!(find(&entries, token(1, 1), row(name, "", "")).first().map(String::as_str), Some(id), "{name}");
    }
}

#[test]
fn among_equals_the_place_decides_then_open_then_head_office_then_the_id() {
    let mut entries: Vec<Entry> =
        (10..60).map(|group| entry(&format!("{group}0"), "boulangerie du centre", "75001", "paris")).collect();
    entries[33].postcode = Some("06000".to_owned());
    entries[20].head_office = true;
    entries[0].closed = true;
    assert_eq!(find(&entries, token(3, 1), row("boulangerie du centre", "06000", "")), ["430", "300", "110"]);
}

#[test]
fn a_group_brings_the_entries_that_agree() {
    let mut entries: Vec<Entry> =
        (100..140).map(|nic| entry(&format!("01{nic}"), "la poste", "75001", "paris")).collect();
    entries[30].town = Some("nice".to_owned());
    entries.push(entry("020", "la posta", "06000", "nice"));
    assert_eq!(find(&entries, token(1, 2), row("la poste", "", "nice")), ["01130", "01100"]);
}

/// The words of a name that count.
fn words(name: &str) -> BTreeSet<&str> {
    name.split(' ').collect()
}

/// The formula of the module `token`, over the whole registry, with brute force for similar words.
struct Naive {
    groups: BTreeMap<String, BTreeSet<String>>,
    frequencies: BTreeMap<String, usize>,
    total: usize,
}

/// Factor, words of the row, words of the name (if none, its initials are the row's word).
type Match = (f64, Vec<String>, Vec<String>);

const LINKING: [&str; 2] = ["du", "la"];

/// The initials of a name, with and without linking words.
fn initials(words: &[&str]) -> Vec<String> {
    let of =
        |words: &mut dyn Iterator<Item = &&str>| -> String { words.filter_map(|word| word.chars().next()).collect() };
    let mut all = vec![of(&mut words.iter()), of(&mut words.iter().filter(|word| !LINKING.contains(*word)))];
    all.dedup();
    all.retain(|letters| (3..=6).contains(&letters.len()));
    all
}

fn in_order(name: &str) -> Vec<&str> {
    let mut seen = Vec::new();
    name.split(' ').for_each(|word| {
        if !seen.contains(&word) {
            seen.push(word);
        }
    });
    seen
}

impl Naive {
    fn new(entries: &[Entry]) -> Naive {
        let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for entry in entries {
            let names = groups.entry(entry.group.clone()).or_default();
            names.extend(alternatives(entry.name.as_deref().unwrap_or("")).map(str::to_owned));
        }
        let mut frequencies = BTreeMap::new();
        for names in groups.values() {
            for word in names.iter().flat_map(|name| words(name)).collect::<BTreeSet<_>>() {
                *frequencies.entry(word.to_owned()).or_default() += 1;
            }
        }
        Naive { total: groups.len(), groups, frequencies }
    }

    fn weight(&self, word: &str) -> f64 {
        let with = self.frequencies.get(word).copied().unwrap_or(0) as f64;
        (1.0 + (self.total as f64 - with + 0.5) / (with + 0.5)).ln()
    }

    fn near(&self, word: &str, add: &mut dyn FnMut(f64, Vec<String>)) {
        let known = |word: &str| self.frequencies.contains_key(word);
        for other in self.frequencies.keys().filter(|other| *other != word) {
            let (short, long) = (word.len().min(other.len()), word.len().max(other.len()));
            if short >= 4 && strsim::osa_distance(word, other) == 1 {
                add(1.0 - 1.0 / long as f64, vec![other.clone()]);
            }
            if word.starts_with(other.as_str()) && short >= 4 {
                add(short as f64 / long as f64, vec![other.clone()]);
            }
            if other.starts_with(word) && short >= 3 {
                add((short as f64 / long as f64).max(0.5), vec![other.clone()]);
            }
        }
        for cut in 2..(word.len() - 1).max(2) {
            let (head, tail) = word.split_at(cut);
            if known(head) && known(tail) && head != tail {
                add(0.95, vec![head.to_owned(), tail.to_owned()]);
            }
        }
    }

    fn matches(&self, name: &str) -> Vec<Match> {
        let sequence = in_order(name);
        let mut matches: Vec<Match> = Vec::new();
        let known = |word: &str| self.frequencies.contains_key(word);
        for word in &sequence {
            let own = vec![(*word).to_owned()];
            if known(word) {
                matches.push((1.0, own.clone(), own.clone()));
            }
            if self.frequencies.get(*word).copied().unwrap_or(0) <= 2 {
                self.near(word, &mut |factor, words| matches.push((factor, own.clone(), words)));
            }
            matches.push((0.6, own, Vec::new()));
        }
        let sequence: Vec<&str> = name.split(' ').collect();
        for start in 0..sequence.len() {
            for end in start + 2..=sequence.len() {
                let run = &sequence[start..end];
                if in_order(&run.join(" ")).len() < run.len() {
                    break;
                }
                let words: Vec<String> = run.iter().map(|word| (*word).to_owned()).collect();
                let joined = run.concat();
                if run.len() <= 3 && known(&joined) {
                    matches.push((0.95, words.clone(), vec![joined]));
                }
                if run.len() >= 3 {
                    let of_run = initials(run).into_iter().filter(|letters| known(letters));
                    matches.extend(of_run.map(|letters| (0.8, words.clone(), vec![letters])));
                }
            }
        }
        let sequence = in_order(name);
        let place = |found: &Match| found.1.iter().filter_map(|word| sequence.iter().position(|own| own == word)).min();
        // The rarer of two words comes first, as in the index.
        let order = |found: &Match| {
            let mut words = found.2.clone();
            words.sort_by_key(|word| (self.frequencies.get(word).copied(), word.clone()));
            words
        };
        matches.sort_by(|a, b| {
            let factors = (b.0 as f32).total_cmp(&(a.0 as f32));
            factors.then(place(a).cmp(&place(b))).then(order(a).cmp(&order(b)))
        });
        matches
    }

    fn similarity(&self, query: &str, name: &str) -> f64 {
        let (mut row, mut own) = (words(query), words(name));
        let mut shared = 0.0;
        let mut met = 0.0;
        for (factor, left, right) in self.matches(query) {
            if right.is_empty() {
                let whole = own.len() == words(name).len();
                if whole && row.contains(left[0].as_str()) && initials(&in_order(name)).contains(&left[0]) {
                    row.remove(left[0].as_str());
                    met = own.iter().map(|word| self.weight(word)).sum();
                    shared = factor * met;
                    own.clear();
                }
                continue;
            }
            if left.iter().all(|word| row.contains(word.as_str()))
                && right.iter().all(|word| own.contains(word.as_str()))
            {
                left.iter().for_each(|word| assert!(row.remove(word.as_str())));
                right.iter().for_each(|word| assert!(own.remove(word.as_str())));
                let weight: f64 = right.iter().map(|word| self.weight(word)).sum();
                shared += factor * weight;
                met += weight;
            }
        }
        let rest: f64 = row.iter().chain(&own).map(|word| self.weight(word)).sum();
        if met == 0.0 { 0.0 } else { shared / (met + rest) }
    }
}

proptest! {
    #[test]
    fn scores_are_those_of_the_formula(entries in entries(), rows in rows()) {
        let naive = Naive::new(&entries);
        let mut plan = stage(token(1000, 1));
        plan.candidates_max = 1000;
        let shards = shards(&entries, 2, 7, &[plan.search.clone()]);
        let found = triples(ask(&shards, &plan, &suppliers(&rows)));
        for (number, row) in (0..).zip(&rows) {
            let mut scores = BTreeMap::new();
            for (group, names) in &naive.groups {
                let queries = alternatives(row.name.as_deref().unwrap_or(""));
                let best = queries.flat_map(|query| names.iter().map(|name| naive.similarity(query, name)));
                scores.extend(best.max_by(f64::total_cmp).filter(|best| *best > 0.0).map(|best| (group.clone(), best)));
            }
            let own: BTreeMap<String, f32> = found
                .iter()
                .filter(|triple| triple.0 == number)
                .map(|triple| (triple.1[..2].to_owned(), triple.2))
                .collect();
            prop_assert_eq!(own.keys().collect::<Vec<_>>(), scores.keys().collect::<Vec<_>>());
            for (group, similarity) in own {
                prop_assert!((f64::from(similarity) - scores[&group]).abs() < 1e-4, "{group}: {similarity} {:?}", scores);
            }
        }
    }

    #[test]
    fn pruning_keeps_all_of_the_best(entries in entries(), rows in rows(), top in 1usize..5) {
        let rows = suppliers(&rows);
        let all = shards(&entries, 1, 7, &[token(1000, 1)]);
        let (wide, narrow) = (stage(token(1000, 1)), stage(token(top, 1)));
        let found = triples(ask(&all, &narrow, &rows));
        let mut wanted = triples(ask(&all, &wide, &rows));
        let mut seen = BTreeMap::new();
        wanted.retain(|triple| {
            let count: &mut usize = seen.entry(triple.0).or_default();
            *count += 1;
            *count <= top
        });
        prop_assert_eq!(found, wanted);
    }
}
