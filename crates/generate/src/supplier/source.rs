//! Determines the supplier of a row: an establishment of the registry, or one that is not in it.

use crate::dirt::{Dirt, Dirts};
use crate::establishment::{Address, Registry};
use crate::identifiers;
use crate::layout::Span;
use crate::naming::{self, UnitKind};
use crate::permutation::Permutation;
use crate::stream::{Stream, Topic};
use crate::supplier::facts::{Facts, WrittenAddress};
use crate::supplier::{RowShares, foreign};
use crate::towns::TOWNS;
use crate::unit::Unit;
use crate::words::WORDS;

/// Maximum number of establishments tried to find an open one.
const TRIES_MAX: u64 = 64;

/// A supplier and its entry in the registry.
pub(crate) struct Source {
    pub(crate) facts: Facts,
    /// SIRET and SIREN, if it is in the registry.
    pub(crate) entry: Option<(String, String)>,
    pub(crate) dirts: Dirts,
}

impl Source {
    /// The supplier of data row `row`. With duplicates a company is otherwise a supplier only once, by its first
    /// establishment; its others are replaced with companies in no registry.
    pub(crate) fn of(registry: &Registry, permutation: &Permutation, row: u64, shares: RowShares) -> Self {
        // From a topic of its own: the other rows are those of a file without strangers.
        let mut stranger = Stream::new(registry.seed, Topic::Stranger, row);
        if stranger.chance(shares.strangers) {
            let mut dirts = Dirts::default();
            dirts.add(Dirt::AbsentStranger);
            return Self { facts: self::stranger(registry, &mut stranger), entry: None, dirts };
        }
        let mut stream = Stream::new(registry.seed, Topic::Source, row);
        let mut dirts = Dirts::default();
        let absent = stream.weighted(&[
            (850, None),
            (45, Some(Dirt::AbsentForeign)),
            (30, Some(Dirt::AbsentIndividual)),
            (40, Some(Dirt::AbsentInvented)),
            (35, Some(Dirt::AbsentLookalike)),
        ]);
        let is_other = |number| registry.block(number).any(|span| span.contains(number) && span.number != number);
        let absent =
            absent.or((shares.duplicates > 0 && is_other(permutation.apply(row))).then_some(Dirt::AbsentInvented));
        let Some(absent) = absent else {
            return present(registry, permutation, row, &mut stream, dirts);
        };
        dirts.add(absent);
        let facts = match absent {
            Dirt::AbsentForeign => foreign::draw(&mut stream),
            Dirt::AbsentIndividual => individual(&mut stream),
            Dirt::AbsentLookalike => lookalike(registry, &mut stream),
            _ => invented(Unit::invented(&mut stream), &mut stream),
        };
        Self { facts, entry: None, dirts }
    }
}

fn present(registry: &Registry, permutation: &Permutation, row: u64, stream: &mut Stream, mut dirts: Dirts) -> Source {
    let repeats = row > 0 && stream.chance(15);
    let number = if repeats { row - 1 - stream.below_wide(row.min(200)) } else { row };
    dirts.add_if(Dirt::Repeated, repeats || row >= registry.total);
    let chosen = permutation.apply(number);
    let (span, unit, ordinal) = find(registry, chosen, stream.chance(100));
    let establishment = registry.establishment(&unit, &span, ordinal);
    dirts.add_if(Dirt::Closed, !establishment.is_open);
    dirts.add_if(Dirt::Masked, unit.is_masked);
    let mut facts = Facts::of(&unit, &establishment);
    if span.size > 1 {
        let other = (ordinal + 1 + stream.below(span.size - 1)) % span.size;
        facts.siret_other = Some(identifiers::siret(&unit.siren, other));
        if !establishment.is_head {
            let head = registry.establishment(&unit, &span, unit.head);
            facts.head = Some(WrittenAddress::of(&head.address));
        }
    }
    Source { facts, entry: Some((establishment.siret, unit.siren)), dirts }
}

/// The establishment `chosen`, or the next open one if it is closed and closed ones are not accepted.
fn find(registry: &Registry, chosen: u64, takes_closed: bool) -> (Span, Unit, u32) {
    let mut first = None;
    let end = registry.total.min(chosen + TRIES_MAX);
    let mut next = chosen;
    for span in registry.block(chosen).skip_while(|span| !span.contains(chosen)) {
        let unit = registry.unit(&span);
        while next < end && span.contains(next) {
            let ordinal = u32::try_from(next - span.number).unwrap_or_default();
            if takes_closed || registry.establishment(&unit, &span, ordinal).is_open {
                return (span, unit, ordinal);
            }
            first.get_or_insert_with(|| (span, unit.clone(), ordinal));
            next += 1;
        }
        if next >= end {
            break;
        }
    }
    first.unwrap_or_else(|| {
        let span = Span { number: chosen, size: 1, family: chosen, family_size: 1, public: None };
        (span, registry.unit(&span), 0)
    })
}

/// A private person: an employee, a landlord, a customer who got a refund.
fn individual(stream: &mut Stream) -> Facts {
    let mut name = naming::sole_trader(stream);
    name.trade = "";
    let town = TOWNS.pick(stream);
    Facts {
        name: name.text,
        person: name.person,
        place: WrittenAddress::of(&Address::draw(town, stream)),
        country: "FR",
        ..Facts::default()
    }
}

/// An existing company (its numbers pass their checks) that is in no registry.
fn invented(unit: Unit, stream: &mut Stream) -> Facts {
    let has_numbers = stream.chance(600);
    let place = WrittenAddress::of(&Address::draw(unit.home, stream));
    Facts {
        trade: unit.name.trade,
        sigle: unit.name.sigle.clone(),
        form: unit.form,
        form_first: None,
        place,
        country: "FR",
        siret: has_numbers.then(|| identifiers::siret(&unit.siren, stream.below(5))),
        vat: has_numbers.then(|| identifiers::vat(&unit.siren)),
        name: unit.name.text,
        ..Facts::default()
    }
}

/// A company in no registry at the address of an entry: a tenant before, after or beside it.
fn stranger(registry: &Registry, stream: &mut Stream) -> Facts {
    let (span, unit, ordinal) = find(registry, stream.below_wide(registry.total), true);
    let place = WrittenAddress::of(&registry.establishment(&unit, &span, ordinal).address);
    Facts { place, ..invented(Unit::invented(stream), stream) }
}

/// A supplier with a name similar to an entry's: one significant word differs, and the place may be the same.
fn lookalike(registry: &Registry, stream: &mut Stream) -> Facts {
    let chosen = stream.below_wide(registry.total);
    let (_, like, _) = find(registry, chosen, true);
    let mut unit = Unit::invented(stream);
    if !stream.chance(400) {
        unit.home = TOWNS.pick_near(like.home, stream);
    } else {
        unit.home = like.home;
    }
    if let Some(person) = like.name.person {
        let given = stream.pick_skewed(if person.is_woman { &WORDS.given_women } else { &WORDS.given_men });
        // With the same given name, it would be the same person.
        let given = if given == person.given || Some(given) == person.given_used { "Ludivine" } else { given };
        unit.name.text = format!("{given} {}", person.surname);
        (unit.form, unit.name.sigle) = ("", None);
        return invented(unit, stream);
    }
    let mut words: Vec<&str> = like.name.text.split(' ').collect();
    let other = match like.name.kind {
        UnitKind::Company => stream.pick_skewed(&WORDS.surnames),
        _ => stream.pick(&WORDS.regions),
    };
    let other = if like.name.text.contains(other) { "Carpentras" } else { other };
    match words.last_mut() {
        Some(last) if like.name.text.contains(' ') => *last = other,
        _ => words.push(other),
    }
    unit.name.text = words.join(" ");
    unit.name.sigle = None;
    unit.form = if like.form.is_empty() { unit.form } else { like.form };
    invented(unit, stream)
}
