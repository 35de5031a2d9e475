//! The golden record: for a field, the value that represents all rows of a cluster, and the row that it comes from.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use matchflow_model::plan::GoldenRule;

/// A row's value for a field. Rows are in the order of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GoldenChoice<'a> {
    /// The value; empty ones are not chosen.
    pub value: &'a str,
    /// The value that [`GoldenRule::MostRecent`] orders by; a row without it comes last.
    pub recent: Option<f64>,
    /// The registry entry that the row matched, for [`GoldenRule::Registry`].
    pub entry: Option<&'a str>,
}

/// The position in `rows` of the value that the rule chooses (the first among equals); `None` if all are empty.
pub fn choose(rule: &GoldenRule, rows: &[GoldenChoice<'_>]) -> Option<usize> {
    let offered = rows.iter().enumerate().filter(|(_, row)| !row.value.is_empty());
    match rule {
        GoldenRule::MostFrequent => most_frequent(offered.map(|(place, row)| (place, row.value))),
        GoldenRule::Longest => {
            offered.max_by_key(|(place, row)| (row.value.chars().count(), Reverse(*place))).map(first)
        }
        GoldenRule::MostRecent { .. } => {
            let recent = |row: &GoldenChoice<'_>| row.recent.unwrap_or(f64::NEG_INFINITY);
            offered.max_by(|a, b| recent(a.1).total_cmp(&recent(b.1)).then(b.0.cmp(&a.0))).map(first)
        }
        GoldenRule::Registry { .. } => {
            most_frequent(offered.filter_map(|(place, row)| row.entry.map(|entry| (place, entry))))
        }
    }
}

fn first((place, _): (usize, &GoldenChoice<'_>)) -> usize {
    place
}

/// The first position of the most frequent value.
fn most_frequent<'a>(offered: impl Iterator<Item = (usize, &'a str)>) -> Option<usize> {
    let mut counted: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (place, value) in offered {
        counted.entry(value).or_insert((0, place)).0 += 1;
    }
    counted.into_values().max_by_key(|(count, place)| (*count, Reverse(*place))).map(|(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(rule: &GoldenRule, rows: &[(&str, Option<f64>, Option<&str>)]) -> Option<usize> {
        let rows: Vec<_> =
            rows.iter().map(|(value, recent, entry)| GoldenChoice { value, recent: *recent, entry: *entry }).collect();
        choose(rule, &rows)
    }

    #[test]
    fn each_rule_chooses_and_ties_go_to_the_first() {
        let names =
            [("", None, None), ("SA X", None, None), ("X", None, None), ("X", None, None), ("SA Y", None, None)];
        assert_eq!(chosen(&GoldenRule::MostFrequent, &names), Some(2));
        assert_eq!(chosen(&GoldenRule::Longest, &names), Some(1));
        let dated = [
            ("a", Some(3.0), None),
            ("", Some(9.0), None),
            ("b", Some(7.0), None),
            ("c", Some(7.0), None),
            ("d", None, None),
        ];
        let recent = GoldenRule::MostRecent { by: "date".to_owned() };
        assert_eq!(chosen(&recent, &dated), Some(2));
        let matched = [("N1", None, Some("1")), ("N2", None, Some("2")), ("N2", None, Some("2")), ("N3", None, None)];
        assert_eq!(chosen(&GoldenRule::Registry { field: "name".to_owned() }, &matched), Some(1));
        for rule in [GoldenRule::MostFrequent, GoldenRule::Longest, recent] {
            assert_eq!(chosen(&rule, &[("", None, None), ("", None, None)]), None);
        }
    }
}
