//! One establishment (SIRET) of the registry.

use crate::dates::Day;
use crate::identifiers;
use crate::insee::capitals;
use crate::layout::{Block, Span};
use crate::naming::UnitKind;
use crate::stream::{Stream, Topic};
use crate::towns::{TOWNS, Town};
use crate::unit::Unit;
use crate::words::WORDS;

/// A postal address in France, as people write it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Address {
    pub(crate) complement: Option<&'static str>,
    pub(crate) number: Option<u32>,
    /// `B` (bis) or `T` (ter); usually empty.
    pub(crate) repetition: &'static str,
    pub(crate) street_type: &'static str,
    pub(crate) street: &'static str,
    pub(crate) postcode: &'static str,
    /// The town's index in the table.
    pub(crate) town: usize,
}

impl Address {
    pub(crate) fn town(&self) -> &'static Town {
        TOWNS.get(self.town)
    }

    /// The address in one line, as the registry has it.
    pub(crate) fn line(&self) -> String {
        let number = self.number.map(|number| number.to_string()).unwrap_or_default();
        let complement = capitals(self.complement.unwrap_or_default());
        let (kind, street) = (capitals(self.street_type), capitals(self.street));
        let town = &self.town().label;
        let parts = [&complement, &number, self.repetition, &kind, &street, self.postcode, town];
        let parts: Vec<&str> = parts.into_iter().map(AsRef::as_ref).filter(|part: &&str| !part.is_empty()).collect();
        parts.join(" ")
    }

    /// A random address in a town.
    pub(crate) fn draw(town: usize, stream: &mut Stream) -> Self {
        let street_type = stream.weighted(&[
            (52, "Rue"),
            (15, "Avenue"),
            (8, "Boulevard"),
            (6, "Chemin"),
            (7, "Route"),
            (4, "WrittenAddress"),
            (4, "Impasse"),
            (4, "Allée"),
        ]);
        let in_zone = stream.chance(60);
        let complement = if in_zone {
            Some(stream.pick(&WORDS.zones))
        } else {
            stream.chance(80).then(|| stream.pick(&WORDS.complements))
        };
        let number = stream.chance(if in_zone { 300 } else { 920 }).then(|| number(stream));
        let repetition = stream.weighted(&[(94, ""), (5, "B"), (1, "T")]);
        Self {
            complement,
            number,
            repetition: if number.is_some() { repetition } else { "" },
            street_type,
            street: stream.pick_skewed(&WORDS.streets),
            postcode: stream.pick(&TOWNS.get(town).postcodes),
            town,
        }
    }
}

/// Usually low: house numbers end where streets do.
fn number(stream: &mut Stream) -> u32 {
    let most = stream.weighted(&[(40, 20), (35, 60), (20, 200), (5, 1200)]);
    1 + stream.below(most)
}

/// An establishment of a unit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Establishment {
    pub(crate) siret: String,
    pub(crate) address: Address,
    pub(crate) sign: Option<String>,
    pub(crate) usual: Option<String>,
    pub(crate) is_open: bool,
    pub(crate) is_head: bool,
    pub(crate) created: Day,
    /// Since when its state is as it is.
    pub(crate) since: Day,
    /// The day on which the publisher last changed it.
    pub(crate) processed: Day,
}

impl Establishment {
    /// The establishment `ordinal` (from 0) of the unit at `span`.
    pub(crate) fn of(seed: u64, unit: &Unit, span: &Span, ordinal: u32) -> Self {
        let mut stream = Stream::new(seed, Topic::Establishment, span.number + u64::from(ordinal));
        let is_head = ordinal == unit.head;
        let is_chain = span.size > 10 && unit.name.kind == UnitKind::Company;
        let town = if is_head || unit.name.kind == UnitKind::Public || stream.chance(if is_chain { 100 } else { 450 }) {
            unit.home
        } else if !is_chain && stream.chance(600) {
            TOWNS.pick_near(unit.home, &mut stream)
        } else {
            TOWNS.pick(&mut stream)
        };
        let sign = match unit.name.kind {
            UnitKind::Public if ordinal > 0 && unit.name.sigle.is_none() => {
                Some(stream.pick(&WORDS.branches).to_owned())
            }
            _ if is_chain && stream.chance(300) => {
                unit.sign.as_ref().map(|sign| format!("{sign} {}", TOWNS.get(town).name))
            }
            _ => unit.sign.clone().filter(|_| stream.chance(850)),
        };
        let number = span.number + u64::from(ordinal);
        let (created, since) = Day::of_entity(&mut Stream::new(seed, Topic::EstablishmentDate, number));
        Self {
            siret: identifiers::siret(&unit.siren, ordinal),
            address: Address::draw(town, &mut stream),
            usual: if stream.chance(200) { unit.usual.clone() } else { None },
            is_open: unit.is_open && (is_head || stream.chance(740)),
            is_head,
            sign,
            created,
            since,
            processed: Day::processed(seed, number),
        }
    }
}

/// A registry: everything that determines its entries.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Registry {
    pub(crate) seed: u64,
    /// The number of establishments.
    pub(crate) total: u64,
}

impl Registry {
    /// The units of the block that contains `establishment`.
    pub(crate) fn block(&self, establishment: u64) -> Block {
        Block::of(self.seed, establishment, self.total, TOWNS.len() as u64)
    }

    pub(crate) fn unit(&self, span: &Span) -> Unit {
        Unit::of(self.seed, span, self.total)
    }

    pub(crate) fn establishment(&self, unit: &Unit, span: &Span, ordinal: u32) -> Establishment {
        Establishment::of(self.seed, unit, span, ordinal)
    }
}
