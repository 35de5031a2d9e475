//! The following edition of a registry: the same entries, some of which closed, moved or got another name, and new ones.
//!
//! What changes is a function of the seed and the entity, as everything else. An edition has every kind of change of
//! [`EntryChange`]; `changes.csv` lists them, one line per entry and kind: `siret,change,since,before,after`.

use crate::dates::Day;
use crate::establishment::{Address, Establishment};
use crate::identifiers;
use crate::insee::capitals;
use crate::layout::Span;
use crate::naming::UnitKind;
use crate::stream::{Stream, Topic};
use crate::towns::TOWNS;
use crate::unit::Unit;
use crate::words::WORDS;

/// A kind of change, by its word in `changes.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Created,
    Closed,
    Reopened,
    Renamed,
    Moved,
    Succeeded,
    Activity,
    LegalForm,
}

impl ChangeKind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            ChangeKind::Created => "created",
            ChangeKind::Closed => "closed",
            ChangeKind::Reopened => "reopened",
            ChangeKind::Renamed => "renamed",
            ChangeKind::Moved => "moved",
            ChangeKind::Succeeded => "succeeded",
            ChangeKind::Activity => "activity",
            ChangeKind::LegalForm => "legal_form",
        }
    }
}

/// A change of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryChange {
    pub(crate) siret: String,
    pub(crate) kind: ChangeKind,
    pub(crate) since: Day,
    pub(crate) before: String,
    pub(crate) after: String,
}

/// A link of a succession.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SuccessionLink {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) date: Day,
}

/// Changes in ten thousand units.
const RENAMED: u32 = 40;
const OTHER_ACTIVITY: u32 = 15;
const OTHER_FORM: u32 = 15;
const NEW_ESTABLISHMENT: u32 = 40;
/// Changes in ten thousand establishments.
const CLOSED: u32 = 30;
const SUCCEEDED: u32 = 10;
const REOPENED: u32 = 15;
const MOVED: u32 = 25;

/// A unit with its establishments in the next edition.
pub(crate) struct ChangedUnit {
    pub(crate) unit: Unit,
    pub(crate) establishments: Vec<Establishment>,
    pub(crate) changes: Vec<EntryChange>,
    pub(crate) links: Vec<SuccessionLink>,
}

impl ChangedUnit {
    /// What becomes of a unit. `successor` is the open establishment of an earlier unit.
    pub(crate) fn of(
        seed: u64,
        span: &Span,
        unit: Unit,
        establishments: Vec<Establishment>,
        successor: Option<&str>,
    ) -> ChangedUnit {
        let mut changed = ChangedUnit { unit, establishments, changes: Vec::new(), links: Vec::new() };
        let mut stream = Stream::new(seed, Topic::UnitChange, span.number);
        changed.change_unit(&mut stream);
        for ordinal in 0..changed.establishments.len() {
            let mut stream = Stream::new(seed, Topic::EstablishmentChange, span.number + ordinal as u64);
            changed.change_establishment(ordinal, successor, &mut stream);
        }
        changed.open_another(span, &mut stream);
        if let (0, Some(first)) = (span.number, changed.establishments.first_mut()) {
            // An edition has changes of its last day.
            (changed.unit.processed, first.processed) = (Day::LAST, Day::LAST);
        }
        changed
    }

    fn change_unit(&mut self, stream: &mut Stream) {
        let since = Day::of_next_edition(stream);
        let unit = &mut self.unit;
        let (renamed, activity, form) =
            (one_in(stream, RENAMED), one_in(stream, OTHER_ACTIVITY), one_in(stream, OTHER_FORM));
        if let (true, false, Some(name)) = (renamed, unit.is_masked, unit.denomination.clone()) {
            let after = format!("{name} {}", capitals(stream.pick(&WORDS.qualifiers)));
            unit.denomination = Some(after.clone());
            self.note_all(ChangeKind::Renamed, since, &name, &after);
        }
        if activity {
            let before = self.unit.name.activity;
            let others = ["62.01Z", "43.21A", "70.22Z"];
            let after = others.into_iter().find(|other| *other != before).unwrap_or(before);
            self.unit.name.activity = after;
            self.note_all(ChangeKind::Activity, since, before, after);
        }
        if form && self.unit.name.kind == UnitKind::Company {
            let before = self.unit.category;
            let after = if before == "5710" { "5499" } else { "5710" };
            self.unit.category = after;
            self.note_all(ChangeKind::LegalForm, since, before, after);
        }
    }

    /// A change of the unit is one of each of its establishments.
    fn note_all(&mut self, kind: ChangeKind, since: Day, before: &str, after: &str) {
        self.unit.processed = since;
        for establishment in &self.establishments {
            let siret = establishment.siret.clone();
            let (before, after) = (before.to_owned(), after.to_owned());
            self.changes.push(EntryChange { siret, kind, since, before, after });
        }
    }

    fn change_establishment(&mut self, ordinal: usize, successor: Option<&str>, stream: &mut Stream) {
        let since = Day::of_next_edition(stream);
        let is_masked = self.unit.is_masked;
        let Some(establishment) = self.establishments.get_mut(ordinal) else { return };
        let siret = establishment.siret.clone();
        let mut note = |kind, before: &str, after: &str| {
            let (before, after) = (before.to_owned(), after.to_owned());
            self.changes.push(EntryChange { siret: siret.clone(), kind, since, before, after });
        };
        let drawn = stream.below(10_000);
        match establishment.is_open {
            true if drawn < CLOSED + SUCCEEDED => {
                establishment.is_open = false;
                note(ChangeKind::Closed, "A", "F");
                if let Some(successor) = successor.filter(|_| drawn >= CLOSED) {
                    note(ChangeKind::Succeeded, "", successor);
                    self.links.push(SuccessionLink { from: siret.clone(), to: successor.to_owned(), date: since });
                }
            }
            false if drawn < REOPENED => {
                establishment.is_open = true;
                note(ChangeKind::Reopened, "F", "A");
            }
            true if drawn >= 10_000 - MOVED && !is_masked => {
                let before = establishment.address.line();
                establishment.address = Address::draw(TOWNS.pick(stream), stream);
                let after = establishment.address.line();
                if before == after {
                    return;
                }
                note(ChangeKind::Moved, &before, &after);
            }
            _ => return,
        }
        establishment.since = since;
        establishment.processed = since;
    }

    /// A new establishment, with the next number of its unit.
    fn open_another(&mut self, span: &Span, stream: &mut Stream) {
        if !one_in(stream, NEW_ESTABLISHMENT) || !self.unit.is_open {
            return;
        }
        let since = Day::of_next_edition(stream);
        let siret = identifiers::siret(&self.unit.siren, span.size);
        let establishment = Establishment {
            siret: siret.clone(),
            address: Address::draw(self.unit.home, stream),
            is_open: true,
            created: since,
            since,
            processed: since,
            ..Establishment::default()
        };
        let after = establishment.address.line();
        self.establishments.push(establishment);
        self.changes.push(EntryChange { siret, kind: ChangeKind::Created, since, before: String::new(), after });
    }
}

fn one_in(stream: &mut Stream, of_ten_thousand: u32) -> bool {
    stream.below(10_000) < of_ten_thousand
}
