//! The embedded table of towns: name, INSEE code, postcodes, weight, sorted by code.
//!
//! The arrondissements of Paris, Lyon and Marseille are separate entries, as in the INSEE files.

use std::sync::LazyLock;

use crate::insee::capitals;
use crate::stream::Stream;

/// A commune or a municipal arrondissement.
#[derive(Debug, Default)]
pub(crate) struct Town {
    /// The name with accents, without the arrondissement.
    pub(crate) name: &'static str,
    /// INSEE's code of the commune.
    pub(crate) code: &'static str,
    pub(crate) postcodes: Vec<&'static str>,
    /// The number of the arrondissement.
    pub(crate) arrondissement: Option<u32>,
    /// The name in INSEE's style: `SAINT-ETIENNE`, `PARIS 12`, `LYON 3EME`.
    pub(crate) label: String,
}

/// All towns, with their cumulative weights.
pub(crate) struct Towns {
    towns: Vec<Town>,
    weights: Vec<u32>,
    nowhere: Town,
}

/// The table of `data/towns.csv`.
pub(crate) static TOWNS: LazyLock<Towns> = LazyLock::new(|| Towns::parse(include_str!("../data/towns.csv")));

impl Towns {
    fn parse(text: &'static str) -> Self {
        let mut towns = Self { towns: Vec::new(), weights: Vec::new(), nowhere: Town::default() };
        let mut total = 0;
        for line in text.lines() {
            let mut cells = line.split(';');
            let (Some(name), Some(code), Some(postcodes), Some(weight)) =
                (cells.next(), cells.next(), cells.next(), cells.next().and_then(|cell| cell.parse::<u32>().ok()))
            else {
                continue;
            };
            total += weight;
            let arrondissement = arrondissement(code);
            let label = capitals(&label(name, arrondissement));
            let postcodes = postcodes.split(' ').collect();
            towns.towns.push(Town { name, code, postcodes, arrondissement, label });
            towns.weights.push(total);
        }
        towns
    }

    pub(crate) fn len(&self) -> usize {
        self.towns.len()
    }

    pub(crate) fn get(&self, town: usize) -> &Town {
        self.towns.get(town).unwrap_or(&self.nowhere)
    }

    /// A random town, in proportion to its weight.
    pub(crate) fn pick(&self, stream: &mut Stream) -> usize {
        let drawn = stream.below(self.weights.last().copied().unwrap_or_default());
        self.weights.partition_point(|weight| *weight <= drawn)
    }

    /// A town close to `town` in the table, which is sorted by department.
    pub(crate) fn pick_near(&self, town: usize, stream: &mut Stream) -> usize {
        (town + stream.index(9)).saturating_sub(4).min(self.len().saturating_sub(1))
    }
}

fn arrondissement(code: &str) -> Option<u32> {
    let number: u32 = code.parse().ok()?;
    match number {
        75101..=75120 => Some(number - 75100),
        69381..=69389 => Some(number - 69380),
        13201..=13216 => Some(number - 13200),
        _ => None,
    }
}

fn label(name: &str, arrondissement: Option<u32>) -> String {
    match arrondissement {
        Some(number) if name == "Paris" => format!("{name} {number}"),
        Some(1) => format!("{name} 1er"),
        Some(number) => format!("{name} {number}eme"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Topic;

    #[test]
    fn the_table_is_complete() {
        let table = include_str!("../data/towns.csv");
        assert_eq!(TOWNS.len(), table.lines().count());
        let mut codes: Vec<&str> = TOWNS.towns.iter().map(|town| town.code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), TOWNS.len(), "two towns have one code");
        for town in &TOWNS.towns {
            let department =
                if town.code.starts_with("2A") || town.code.starts_with("2B") { "20" } else { &town.code[..2] };
            for postcode in &town.postcodes {
                assert!(postcode.len() == 5 && postcode.starts_with(department), "{town:?}");
            }
        }
    }

    #[test]
    fn labels() {
        let label = |code| TOWNS.towns.iter().find(|town| town.code == code).map(|town| town.label.as_str());
        assert_eq!(label("75112"), Some("PARIS 12"));
        assert_eq!(label("69381"), Some("LYON 1ER"));
        assert_eq!(label("13208"), Some("MARSEILLE 8EME"));
        assert_eq!(label("94038"), Some("L'HAY-LES-ROSES"));
    }

    #[test]
    fn large_towns_are_more_frequent() {
        let mut stream = Stream::new(1, Topic::Unit, 0);
        let mut counts = vec![0; TOWNS.len()];
        (0..20_000).for_each(|_| counts[TOWNS.pick(&mut stream)] += 1);
        let count = |code| TOWNS.towns.iter().position(|town| town.code == code).map(|at| counts[at]).unwrap();
        assert!(count("06088") > 10 * count("06085"));
        assert!(count("31555") > count("31069"));
    }
}
