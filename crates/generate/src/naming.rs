//! Names of units as their owners write them: with accents, without the legal form.
//!
//! A name is derived from (seed, family) alone, so the members of a family share it.

use crate::stream::{Stream, Topic};
use crate::words::WORDS;

/// The kind of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum UnitKind {
    #[default]
    Company,
    /// A sole trader: a person.
    Person,
    Association,
    /// A company that holds real estate (SCI).
    Estate,
    /// A town hall, its social centre or its hospital.
    Public,
}

/// A person's names. Usually both surnames are equal.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    pub(crate) surname: &'static str,
    pub(crate) surname_used: Option<&'static str>,
    pub(crate) given: &'static str,
    pub(crate) given_used: Option<&'static str>,
    pub(crate) is_woman: bool,
}

/// The name and activity of a unit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Name {
    pub(crate) kind: UnitKind,
    /// The name; for persons, the given name and surname.
    pub(crate) text: String,
    pub(crate) sigle: Option<String>,
    pub(crate) person: Option<Person>,
    /// INSEE's activity code.
    pub(crate) activity: &'static str,
    /// The word for the activity; empty if the name has none.
    pub(crate) trade: &'static str,
}

impl Name {
    /// The name of a family whose first member has `size` establishments.
    pub(crate) fn of(seed: u64, family: u64, size: u32) -> Self {
        let mut stream = Stream::new(seed, Topic::Name, family);
        let kind = match stream.below(1000) {
            0..340 if size <= 3 => UnitKind::Person,
            340..400 if size <= 2 => UnitKind::Estate,
            400..450 if size <= 8 => UnitKind::Association,
            _ => UnitKind::Company,
        };
        match kind {
            UnitKind::Person => sole_trader(&mut stream),
            UnitKind::Estate => estate(&mut stream),
            UnitKind::Association => association(&mut stream),
            UnitKind::Company | UnitKind::Public => company(&mut stream),
        }
    }

    /// A public body of a town.
    pub(crate) fn public(town: &str, body: u64) -> Self {
        let (text, sigle, activity) = match body {
            0 => (format!("Commune {}", of_town(town)), None, "84.11Z"),
            1 => (format!("Centre Communal d'Action Sociale {}", of_town(town)), Some("CCAS".to_owned()), "88.99B"),
            _ => (format!("Centre Hospitalier {}", of_town(town)), Some("CH".to_owned()), "86.10Z"),
        };
        Self { kind: UnitKind::Public, text, sigle, activity, ..Self::default() }
    }
}

/// `de Lyon`, `du Mans`, `des Ulis`, `d'Angers`.
pub(crate) fn of_town(town: &str) -> String {
    if let Some(rest) = town.strip_prefix("Le ") {
        format!("du {rest}")
    } else if let Some(rest) = town.strip_prefix("Les ") {
        format!("des {rest}")
    } else if town.starts_with(['A', 'E', 'É', 'I', 'O', 'U', 'Y']) {
        format!("d'{town}")
    } else {
        format!("de {town}")
    }
}

/// A person with a trade.
pub(crate) fn sole_trader(stream: &mut Stream) -> Name {
    let (activity, trade) = stream.pick(&WORDS.trades);
    let is_woman = stream.chance(400);
    let givens = if is_woman { &WORDS.given_women } else { &WORDS.given_men };
    let (surname, given) = (stream.pick_skewed(&WORDS.surnames), stream.pick_skewed(givens));
    let married = (is_woman && stream.chance(300)).then(|| stream.pick_skewed(&WORDS.surnames));
    let person = Person {
        surname,
        surname_used: married.filter(|used| *used != surname),
        given,
        given_used: stream.chance(40).then(|| stream.pick_skewed(givens)).filter(|used| *used != given),
        is_woman,
    };
    let text = format!("{} {}", person.given_used.unwrap_or(given), person.surname_used.unwrap_or(surname));
    Name { kind: UnitKind::Person, text, person: Some(person), activity, trade, sigle: None }
}

fn estate(stream: &mut Stream) -> Name {
    let text = match stream.below(10) {
        0 => stream.pick_skewed(&WORDS.estates).to_owned(),
        1..4 => format!("du {} rue {}", 1 + stream.below(150), stream.pick_skewed(&WORDS.streets)),
        4..7 => format!("{} {}", stream.pick(&WORDS.estates), stream.pick(&WORDS.places)),
        _ => format!("{}{}", brand(stream), if stream.chance(400) { " Immo" } else { "" }),
    };
    Name { kind: UnitKind::Estate, text, activity: "68.20B", ..Name::default() }
}

fn association(stream: &mut Stream) -> Name {
    let base = stream.pick(&WORDS.associations);
    let text = if stream.chance(500) {
        format!("{base} {}", stream.pick(&WORDS.places))
    } else {
        format!("{base} {}", brand(stream))
    };
    let sigle = stream.chance(300).then(|| initials(&text));
    Name { kind: UnitKind::Association, text, sigle, activity: "94.99Z", ..Name::default() }
}

/// A company.
pub(crate) fn company(stream: &mut Stream) -> Name {
    let (activity, trade) = stream.pick(&WORDS.trades);
    let mut sigle = None;
    let text = match stream.below(100) {
        0..18 => format!("{trade} {}{}", stream.pick_skewed(&WORDS.surnames), relatives(stream)),
        18..32 => format!("{} {trade}", stream.pick_skewed(&WORDS.surnames)),
        32..38 => format!("Établissements {}{}", stream.pick_skewed(&WORDS.surnames), relatives(stream)),
        38..48 => format!("{trade} {}", stream.pick_skewed(&WORDS.places)),
        48..54 => format!("{trade} {}", of_region(stream.pick(&WORDS.regions))),
        54..58 => format!("{} {trade}", stream.pick(&WORDS.regions)),
        58..72 => brand(stream),
        72..84 => format!("{} {}", brand(stream), stream.pick_skewed(&WORDS.qualifiers)),
        84..88 => format!("{} {trade}", brand(stream)),
        88..93 => format!("{} {}", letters(stream), stream.pick_skewed(&WORDS.qualifiers)),
        93..95 => letters(stream),
        _ => {
            let noun = if stream.chance(700) { "Société" } else { "Compagnie" };
            let text = format!("{noun} {} {}", stream.pick(&WORDS.adjectives), stream.pick(&WORDS.objects));
            let text = if stream.chance(350) { format!("{text} {}", brand(stream)) } else { text };
            sigle = Some(initials(&text));
            text
        }
    };
    if sigle.is_none() && text.split(' ').count() >= 3 && stream.chance(150) {
        sigle = Some(initials(&text));
    }
    Name { kind: UnitKind::Company, text, sigle, person: None, activity, trade }
}

fn relatives(stream: &mut Stream) -> &'static str {
    stream.weighted(&[
        (70, ""),
        (12, " et Fils"),
        (8, " Frères"),
        (4, " Père et Fils"),
        (4, " & Associés"),
        (2, " et Cie"),
    ])
}

fn of_region(region: &str) -> String {
    match region {
        "Grand Est" | "Sud-Ouest" | "Pays Basque" | "Val de Loire" | "Limousin" | "Morvan" | "Jura" | "Berry" => {
            format!("du {region}")
        }
        "Vosges" | "Ardennes" | "Flandres" | "Cévennes" => format!("des {region}"),
        _ if region.starts_with(['A', 'I', 'Î', 'O']) => format!("d'{region}"),
        _ => format!("de {region}"),
    }
}

/// An invented word of two to four parts, for the long tail of names.
pub(crate) fn brand(stream: &mut Stream) -> String {
    let mut word = stream.pick_skewed(&WORDS.starts).to_owned();
    let parts = stream.weighted(&[(25, 0), (50, 1), (25, 2)]);
    (0..parts).for_each(|_| word.push_str(stream.pick(&WORDS.middles)));
    word.push_str(stream.pick_skewed(&WORDS.ends));
    word
}

fn letters(stream: &mut Stream) -> String {
    let count = stream.weighted(&[(45, 3), (40, 4), (15, 2)]);
    let dot = if stream.chance(250) { "." } else { "" };
    (0..count)
        .map(|_| {
            format!("{}{dot}", stream.pick(&['A', 'B', 'C', 'D', 'E', 'F', 'G', 'I', 'L', 'M', 'P', 'R', 'S', 'T']))
        })
        .collect()
}

/// The initials of the words, without articles.
pub(crate) fn initials(text: &str) -> String {
    let words = text.split([' ', '\'', '-']).filter(|word| {
        let small = ["de", "du", "des", "la", "le", "les", "et", "d", "l", "pour", "à", "&"];
        !word.is_empty() && !small.contains(word)
    });
    crate::insee::capitals(&words.filter_map(|word| word.chars().next()).collect::<String>())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn names_have_a_long_tail_and_common_words() {
        let mut words: HashMap<String, usize> = HashMap::new();
        let mut names: HashMap<String, usize> = HashMap::new();
        for family in 0..20_000 {
            let name = Name::of(1, family, 1).text;
            name.split(' ').for_each(|word| *words.entry(word.to_owned()).or_default() += 1);
            *names.entry(name).or_default() += 1;
        }
        let once = words.values().filter(|count| **count == 1).count();
        assert!(once * 2 > words.len(), "{once} of {} words occur once", words.len());
        assert!(words.values().any(|count| *count > 400));
        assert!(names.len() > 15_000, "{}", names.len());
    }

    #[test]
    fn towns_take_their_preposition() {
        let cases = [("Lyon", "de Lyon"), ("Le Mans", "du Mans"), ("Les Ulis", "des Ulis"), ("Angers", "d'Angers")];
        cases.into_iter().for_each(|(town, wanted)| assert_eq!(of_town(town), wanted));
        assert_eq!(initials("Société Bretonne de Transports"), "SBT");
    }
}
