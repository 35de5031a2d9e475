//! The embedded word lists, parsed once.

use std::sync::LazyLock;

/// The lists that names and addresses are composed of. In lists read by rank, the most frequent come first.
#[derive(Default)]
pub(crate) struct Words {
    pub(crate) surnames: Vec<&'static str>,
    pub(crate) given_men: Vec<&'static str>,
    pub(crate) given_women: Vec<&'static str>,
    pub(crate) qualifiers: Vec<&'static str>,
    pub(crate) regions: Vec<&'static str>,
    pub(crate) adjectives: Vec<&'static str>,
    pub(crate) objects: Vec<&'static str>,
    pub(crate) places: Vec<&'static str>,
    pub(crate) starts: Vec<&'static str>,
    pub(crate) middles: Vec<&'static str>,
    pub(crate) ends: Vec<&'static str>,
    pub(crate) associations: Vec<&'static str>,
    pub(crate) estates: Vec<&'static str>,
    pub(crate) streets: Vec<&'static str>,
    pub(crate) zones: Vec<&'static str>,
    pub(crate) complements: Vec<&'static str>,
    pub(crate) branches: Vec<&'static str>,
    /// INSEE's activity code, and the word for it.
    pub(crate) trades: Vec<(&'static str, &'static str)>,
}

/// The lists of `data/words.txt` and `data/trades.csv`.
pub(crate) static WORDS: LazyLock<Words> =
    LazyLock::new(|| parse(include_str!("../data/words.txt"), include_str!("../data/trades.csv")));

fn parse(text: &'static str, trades: &'static str) -> Words {
    let mut words =
        Words { trades: trades.lines().filter_map(|line| line.split_once(';')).collect(), ..Words::default() };
    let mut section = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        } else if let Some(list) = words.list(section) {
            list.extend(line.split(',').map(str::trim).filter(|word| !word.is_empty()));
        }
    }
    words
}

impl Words {
    fn list(&mut self, section: &str) -> Option<&mut Vec<&'static str>> {
        Some(match section {
            "surnames" => &mut self.surnames,
            "given_men" => &mut self.given_men,
            "given_women" => &mut self.given_women,
            "qualifiers" => &mut self.qualifiers,
            "regions" => &mut self.regions,
            "adjectives" => &mut self.adjectives,
            "objects" => &mut self.objects,
            "places" => &mut self.places,
            "starts" => &mut self.starts,
            "middles" => &mut self.middles,
            "ends" => &mut self.ends,
            "associations" => &mut self.associations,
            "estates" => &mut self.estates,
            "streets" => &mut self.streets,
            "zones" => &mut self.zones,
            "complements" => &mut self.complements,
            "branches" => &mut self.branches,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_is_known_and_filled() {
        let mut words = parse(include_str!("../data/words.txt"), include_str!("../data/trades.csv"));
        let text = include_str!("../data/words.txt");
        let sections: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix('[')?.strip_suffix(']')).collect();
        assert_eq!(sections.len(), 17);
        for section in sections {
            let list = words.list(section).unwrap_or_else(|| panic!("{section} is not a list"));
            assert!(list.len() >= 14, "{section}");
        }
        assert!(words.trades.len() > 100);
        assert!(words.trades.iter().all(|(code, word)| code.len() == 6 && !word.is_empty()));
    }
}
