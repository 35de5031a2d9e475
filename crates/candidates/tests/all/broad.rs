//! Rare words, against the formula written out.

use std::collections::{BTreeMap, BTreeSet};

use matchflow_model::columns::alternatives;
use proptest::prelude::*;

use crate::common::*;

#[test]
fn rare_words_outweigh_common_ones() {
    let mut entries: Vec<Entry> =
        (10..40).map(|group| entry(&format!("{group}0"), &format!("garage numero{group}"), "", "")).collect();
    entries.push(entry("500", "atelier zimmermann", "", ""));
    assert_eq!(find(&entries, broad(1, 1), row("garage zimmermann", "", "")), ["500"]);
}

#[test]
fn a_slip_and_a_space_do_not_hide_a_name() {
    let entries = [
        entry("010", "boulangerie lefebvre", "", ""),
        entry("020", "auto ecole lefebvre", "", ""),
        entry("030", "autoecole durand", "", ""),
        entry("040", "plomberie", "", ""),
    ];
    assert_eq!(find(&entries, broad(1, 1), row("boulangeire lefebvre", "", "")), ["010"]);
    assert_eq!(find(&entries, broad(1, 1), row("boulangerie lefevbre", "", "")), ["010"]);
    assert_eq!(find(&entries, broad(1, 1), row("autoecole lefebvre", "", "")), ["020"]);
    assert_eq!(find(&entries, broad(1, 1), row("auto ecole durand", "", "")), ["030"]);
    assert_eq!(find(&entries, broad(9, 9), row("xylophone", "", "")), [""; 0]);
}

#[test]
fn among_equals_the_place_decides_then_open_then_head_office_then_the_id() {
    let mut entries: Vec<Entry> =
        (10..60).map(|group| entry(&format!("{group}0"), "boulangerie du centre", "75001", "paris")).collect();
    entries[33].postcode = Some("06000".to_owned());
    entries[20].head_office = true;
    entries[0].closed = true;
    assert_eq!(find(&entries, broad(3, 1), row("boulangerie du centre", "06000", "")), ["430", "300", "110"]);
}

#[test]
fn a_group_brings_the_entries_that_agree() {
    let mut entries: Vec<Entry> =
        (100..140).map(|nic| entry(&format!("01{nic}"), "la poste", "75001", "paris")).collect();
    entries[30].town = Some("nice".to_owned());
    entries.push(entry("020", "la posta", "06000", "nice"));
    assert_eq!(find(&entries, broad(1, 2), row("la poste", "", "nice")), ["01130", "01100"]);
}

/// The words of a name that count.
fn words(name: &str) -> BTreeSet<&str> {
    name.split(' ').collect()
}

/// The formula of the crate's module `broad`, over the whole registry, with brute force for near words.
struct Naive {
    groups: BTreeMap<String, BTreeSet<String>>,
    frequencies: BTreeMap<String, usize>,
    total: usize,
}

/// Factor, words of the row, words of the name.
type Match = (f64, Vec<String>, Vec<String>);

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

    fn matches(&self, name: &str) -> Vec<Match> {
        let sequence: Vec<&str> = name.split(' ').collect();
        let mut matches: Vec<Match> = Vec::new();
        let known = |word: &str| self.frequencies.contains_key(word);
        for (at, word) in sequence.iter().enumerate() {
            let own = vec![(*word).to_owned()];
            if known(word) {
                matches.push((1.0, own.clone(), own.clone()));
            }
            if self.frequencies.get(*word).copied().unwrap_or(0) <= 2 {
                let mut near: Vec<&String> = self.frequencies.keys().collect();
                near.retain(|other| word.len() >= 4 && other.len() >= 4 && strsim::osa_distance(word, other) == 1);
                for other in near {
                    let factor = 1.0 - 1.0 / word.len().max(other.len()) as f64;
                    matches.push((factor, own.clone(), vec![other.clone()]));
                }
                for cut in 2..(word.len() - 1).max(2) {
                    let (head, tail) = word.split_at(cut);
                    if known(head) && known(tail) && head != tail {
                        matches.push((0.95, own.clone(), vec![head.to_owned(), tail.to_owned()]));
                    }
                }
            }
            if let Some(next) = sequence.get(at + 1).filter(|next| *next != word) {
                let joined = format!("{word}{next}");
                if known(&joined) {
                    matches.push((0.95, vec![(*word).to_owned(), (*next).to_owned()], vec![joined]));
                }
            }
        }
        let place = |found: &Match| found.1.iter().filter_map(|word| sequence.iter().position(|own| own == word)).min();
        matches.sort_by(|a, b| b.0.total_cmp(&a.0).then(place(a).cmp(&place(b))).then(a.2.cmp(&b.2)));
        matches
    }

    fn similarity(&self, query: &str, name: &str) -> f64 {
        let (mut row, mut own) = (words(query), words(name));
        let mut shared = 0.0;
        let mut met = 0.0;
        for (factor, left, right) in self.matches(query) {
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
        let mut plan = stage(broad(1000, 1));
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
    fn pruning_loses_none_of_the_best(entries in entries(), rows in rows(), top in 1usize..5) {
        let rows = suppliers(&rows);
        let all = shards(&entries, 1, 7, &[broad(1000, 1)]);
        let (wide, narrow) = (stage(broad(1000, 1)), stage(broad(top, 1)));
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
