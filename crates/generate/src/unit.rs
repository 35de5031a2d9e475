//! A unit (SIREN) of the registry, generated from the seed and its span.

use crate::dates::Day;
use crate::identifiers;
use crate::insee::capitals;
use crate::layout::Span;
use crate::naming::{self, Name, UnitKind};
use crate::stream::{Stream, Topic};
use crate::towns::TOWNS;
use crate::words::WORDS;

/// Replaces every name and address of a unit that opted out of publication.
pub(crate) const MASKED: &str = "[ND]";

/// A unit, and what its establishments share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Unit {
    pub(crate) siren: String,
    pub(crate) name: Name,
    /// The short legal form (`SARL`); empty if there is none.
    pub(crate) form: &'static str,
    /// INSEE's legal category.
    pub(crate) category: &'static str,
    /// The name in the registry; `None` for persons.
    pub(crate) denomination: Option<String>,
    /// Whether the registry's denomination contains the legal form.
    pub(crate) has_form: bool,
    /// A name in use besides the denomination, as its owner writes it.
    pub(crate) usual: Option<String>,
    /// The sign over the door of its establishments, as the owner writes it.
    pub(crate) sign: Option<String>,
    pub(crate) is_open: bool,
    pub(crate) is_masked: bool,
    /// The index of its head office among its establishments.
    pub(crate) head: u32,
    /// The town of the head office.
    pub(crate) home: usize,
    pub(crate) created: Day,
    /// The day on which the publisher last changed it.
    pub(crate) processed: Day,
}

impl Unit {
    /// The unit at `span` of a registry of `total` establishments.
    pub(crate) fn of(seed: u64, span: &Span, total: u64) -> Self {
        let mut stream = Stream::new(seed, Topic::Unit, span.number);
        let home = match span.public {
            Some((town, _)) => weighted_index(town),
            None => home(seed, span, &mut stream),
        };
        let mut name = match span.public {
            Some((_, body)) => Name::public(TOWNS.get(home).name, body),
            None => Name::of(seed, span.family, span.family_size),
        };
        if span.family != span.number && name.kind == UnitKind::Company {
            vary(&mut name, home, &mut stream);
        }
        let (form, category) = legal_form(&name, &mut stream);
        let (denomination, has_form) = denomination(&name, form, &mut stream);
        let is_public = name.kind == UnitKind::Public;
        let (created, _) = Day::of_entity(&mut Stream::new(seed, Topic::UnitDate, span.number));
        Self {
            siren: identifiers::siren(seed, span.number, total),
            usual: (name.kind == UnitKind::Company && stream.chance(60)).then(|| trade_name(&name, &mut stream)),
            sign: sign(&name, span.size, &mut stream),
            is_open: is_public || stream.chance(840),
            is_masked: stream.chance(if name.kind == UnitKind::Person { 50 } else { 5 }) && !is_public,
            head: if span.size == 1 || stream.chance(600) { 0 } else { stream.below(span.size) },
            name,
            form,
            category,
            denomination,
            has_form,
            home,
            created,
            processed: Day::processed(seed, span.number),
        }
    }

    /// An invented company that is in no registry.
    pub(crate) fn invented(stream: &mut Stream) -> Self {
        let name = naming::company(stream);
        let (form, category) = legal_form(&name, stream);
        let home = TOWNS.pick(stream);
        Self { siren: identifiers::siren_unregistered(stream), name, form, category, home, ..Self::default() }
    }
}

/// Members of a family are often neighbours: half of them are in the town of its first member.
fn home(seed: u64, span: &Span, stream: &mut Stream) -> usize {
    let drawn = TOWNS.pick(stream);
    if span.family == span.number || stream.chance(500) {
        return drawn;
    }
    TOWNS.pick(&mut Stream::new(seed, Topic::Unit, span.family))
}

/// The `n`-th town with public bodies: large steps through the table, which visit each town once (the step is a prime
/// that does not divide the table's length).
fn weighted_index(n: u64) -> usize {
    (n as usize * 7_919) % TOWNS.len().max(1)
}

/// Sister companies: the same name, or a similar one.
fn vary(name: &mut Name, home: usize, stream: &mut Stream) {
    let town = TOWNS.get(home).name;
    match stream.below(10) {
        0..3 => {}
        3..6 => name.text = format!("{} {town}", name.text),
        6..8 => name.text = format!("{} {}", name.text, stream.pick(&WORDS.qualifiers)),
        8 => name.text = format!("Groupe {}", name.text),
        _ => name.text = format!("{} {}", name.text, stream.pick(&WORDS.regions)),
    }
}

fn legal_form(name: &Name, stream: &mut Stream) -> (&'static str, &'static str) {
    match name.kind {
        UnitKind::Company => stream.weighted(&[
            (380, ("SARL", "5499")),
            (300, ("SAS", "5710")),
            (100, ("SASU", "5710")),
            (90, ("EURL", "5499")),
            (50, ("SA", "5599")),
            (20, ("SNC", "5202")),
            (20, ("SELARL", "5485")),
            (10, ("SCOP", "5458")),
            (10, ("EARL", "6598")),
            (10, ("GIE", "6220")),
            (10, ("SCP", "6589")),
        ]),
        UnitKind::Person => ("", "1000"),
        UnitKind::Association => ("", "9220"),
        UnitKind::Estate => ("SCI", "6540"),
        UnitKind::Public if name.sigle.as_deref() == Some("CCAS") => ("", "7361"),
        UnitKind::Public if name.sigle.is_some() => ("", "7364"),
        UnitKind::Public => ("", "7210"),
    }
}

fn denomination(name: &Name, form: &str, stream: &mut Stream) -> (Option<String>, bool) {
    if name.kind == UnitKind::Person {
        return (None, false);
    }
    let text = capitals(&name.text);
    let text = match name.kind {
        UnitKind::Association if stream.chance(300) && !text.starts_with("ASSOCIATION") => {
            format!("ASSOCIATION {text}")
        }
        _ if stream.chance(120) => text.replace(['\'', '-'], " "),
        _ => text,
    };
    let prefix = if name.kind == UnitKind::Estate { 850 } else { 120 };
    match stream.below(1000) {
        drawn if form.is_empty() || drawn >= prefix + 80 => (Some(text), false),
        drawn if drawn < prefix => (Some(format!("{form} {text}")), true),
        _ => (Some(format!("{text} {form}")), true),
    }
}

/// The name used by customers: the trade, a brand or a part of the name.
fn trade_name(name: &Name, stream: &mut Stream) -> String {
    match stream.below(5) {
        0..2 => naming::brand(stream),
        2 if !name.trade.is_empty() => format!("{} {}", name.trade, stream.pick_skewed(&WORDS.places)),
        3 => format!("L'Atelier {}", stream.pick_skewed(&WORDS.places)),
        _ => format!("Chez {}", stream.pick_skewed(&WORDS.given_men)),
    }
}

fn sign(name: &Name, size: u32, stream: &mut Stream) -> Option<String> {
    let per_mille = match name.kind {
        UnitKind::Person => 250,
        UnitKind::Company if size > 10 => 600,
        UnitKind::Company => 150,
        _ => 0,
    };
    stream.chance(per_mille).then(|| trade_name(name, stream))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_town_gets_its_bodies_once() {
        let mut towns: Vec<usize> = (0..TOWNS.len() as u64).map(weighted_index).collect();
        towns.sort_unstable();
        assert!(towns.into_iter().eq(0..TOWNS.len()));
    }
}
