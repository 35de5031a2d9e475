//! Names without an appended town.
//!
//! `DUPONT TRAPPES` and `DUPONT - AGENCE DE TRAPPES` are the Dupont in Trappes; the town only repeats the town field
//! and makes any two companies of a town look similar. A town that is part of the name is kept: after `de` and the like
//! (`GARAGE DE TRAPPES`), and if it is the whole name.

/// Words that introduce a branch.
const BRANCHES: &[&str] = &["agence", "agce", "succursale"];
/// Words that make the town part of the name.
const LINKS: &[&str] = &["a", "au", "aux", "d", "de", "des", "du", "en", "la", "le", "les", "sur"];
/// Minimum number of letters left in a name.
const LETTERS_MIN: usize = 3;
/// Minimum number of letters of a truncated town after a branch.
const CUT_LETTERS_MIN: usize = 4;

/// Incremented whenever the result of [`without_town`] changes for any name; see [`crate::CleanerInfo::version`].
pub const STRIP_TOWN_VERSION: u32 = 1;

/// A cleaned name ([`crate::company_name`]) without a trailing cleaned town ([`crate::town`]).
pub fn without_town<'a>(name: &'a str, town: &str) -> &'a str {
    let mut shortened = name;
    // Some repeat it.
    while let Some(shorter) = without_branch(shortened, town).or_else(|| without_end(shortened, town)) {
        shortened = shorter;
    }
    shortened
}

/// The text before `agence de TOWN`.
fn without_branch<'a>(name: &'a str, town: &str) -> Option<&'a str> {
    let mut start = 0;
    for word in name.split(' ') {
        let end = start + word.len();
        if BRANCHES.contains(&word) {
            let mut place = name.get(end..)?.trim_start();
            while let Some((link, rest)) = place.split_once(' ').filter(|(link, _)| LINKS.contains(link)) {
                place = if town.starts_with(link) && town.starts_with(place) { break } else { rest };
            }
            let is_town = place == town || (place.len() >= CUT_LETTERS_MIN && town.starts_with(place));
            return name.get(..start).map(str::trim_end).filter(|before| is_town && is_name(before));
        }
        start = end + 1;
    }
    None
}

fn without_end<'a>(name: &'a str, town: &str) -> Option<&'a str> {
    let before = name.strip_suffix(town)?.strip_suffix(' ')?;
    let last = before.rsplit(' ').next()?;
    (!town.is_empty() && is_name(before) && !LINKS.contains(&last)).then_some(before)
}

fn is_name(words: &str) -> bool {
    words.split(' ').filter(|word| !LINKS.contains(word)).map(str::len).sum::<usize>() >= LETTERS_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_appended_town_is_removed_and_a_name_is_kept() {
        let cases = [
            ("dupont trappes", "trappes", "dupont"),
            ("dupont agence de trappes", "trappes", "dupont"),
            ("dupont agence trap", "trappes", "dupont"),
            ("dupont agence du cannet", "le cannet", "dupont agence du cannet"),
            ("dupont agence le cannet", "le cannet", "dupont"),
            ("dupont la rochelle agence de la rochelle", "la rochelle", "dupont"),
            ("garage de trappes", "trappes", "garage de trappes"),
            ("agence de trappes", "trappes", "agence de trappes"),
            ("agence immobiliere trappes", "trappes", "agence immobiliere"),
            ("trappes", "trappes", "trappes"),
            ("la trappes", "trappes", "la trappes"),
            ("dupont trappes", "", "dupont trappes"),
            ("dupont trappes", "lyon", "dupont trappes"),
            ("", "trappes", ""),
        ];
        for (name, town, expected) in cases {
            assert_eq!(without_town(name, town), expected, "{name} of {town}");
            assert_eq!(without_town(expected, town), expected, "again: {name} of {town}");
        }
    }
}
