//! The columns of the registry files, under INSEE's names: all `Utf8`, null if there is no value.

use std::fmt::Write as _;

use crate::dates::Day;
use crate::establishment::Establishment;
use crate::insee::capitals;
use crate::naming::Person;
use crate::unit::{MASKED, Unit};

/// The INSEE file that a column belongs to. The flat file has the columns of both, without duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColumnOrigin {
    Unit,
    Establishment,
    Both,
    /// In INSEE's file of units, but not in the flat one.
    UnitOnly,
    /// In INSEE's file of establishments, but not in the flat one.
    EstablishmentOnly,
}

/// One column.
pub(crate) struct RegistryColumn {
    pub(crate) name: &'static str,
    pub(crate) origin: ColumnOrigin,
    /// Whether values repeat enough for a dictionary.
    pub(crate) repeats: bool,
    /// Writes the value to an empty text; leaves it empty for null.
    pub(crate) write: fn(&Unit, &Establishment, &mut String),
}

const fn column(
    name: &'static str,
    origin: ColumnOrigin,
    repeats: bool,
    write: fn(&Unit, &Establishment, &mut String),
) -> RegistryColumn {
    RegistryColumn { name, origin, repeats, write }
}

/// All columns, in the order of the flat file.
pub(crate) const COLUMNS: &[RegistryColumn] = &[
    column("siret", ColumnOrigin::Establishment, false, |_, e, out| out.push_str(&e.siret)),
    column("siren", ColumnOrigin::Both, false, |u, _, out| out.push_str(&u.siren)),
    column("nic", ColumnOrigin::Establishment, true, |_, e, out| out.extend(e.siret.chars().skip(9))),
    column("statutDiffusionUniteLegale", ColumnOrigin::UnitOnly, true, |u, _, out| out.push_str(diffusion(u))),
    column("denominationUniteLegale", ColumnOrigin::Unit, false, |u, _, out| plain(u, u.denomination.as_deref(), out)),
    column("sigleUniteLegale", ColumnOrigin::Unit, true, |u, _, out| text(u, u.name.sigle.as_deref(), out)),
    column("denominationUsuelle1UniteLegale", ColumnOrigin::Unit, true, |u, _, out| text(u, u.usual.as_deref(), out)),
    column("nomUniteLegale", ColumnOrigin::Unit, true, |u, _, out| person(u, |p| Some(p.surname), out)),
    column("nomUsageUniteLegale", ColumnOrigin::Unit, true, |u, _, out| person(u, |p| p.surname_used, out)),
    column("prenom1UniteLegale", ColumnOrigin::Unit, true, |u, _, out| person(u, |p| Some(p.given), out)),
    column("prenomUsuelUniteLegale", ColumnOrigin::Unit, true, |u, _, out| {
        person(u, |p| p.given_used.or(Some(p.given)), out)
    }),
    column("categorieJuridiqueUniteLegale", ColumnOrigin::Unit, true, |u, _, out| out.push_str(u.category)),
    column("activitePrincipaleUniteLegale", ColumnOrigin::Unit, true, |u, _, out| out.push_str(u.name.activity)),
    column("etatAdministratifUniteLegale", ColumnOrigin::Unit, true, |u, _, out| {
        out.push(if u.is_open { 'A' } else { 'C' })
    }),
    column("nicSiegeUniteLegale", ColumnOrigin::Unit, true, |u, _, out| {
        out.extend(crate::identifiers::siret(&u.siren, u.head).chars().skip(9));
    }),
    column("enseigne1Etablissement", ColumnOrigin::Establishment, true, |u, e, out| text(u, e.sign.as_deref(), out)),
    column("denominationUsuelleEtablissement", ColumnOrigin::Establishment, true, |u, e, out| {
        text(u, e.usual.as_deref(), out)
    }),
    column("complementAdresseEtablissement", ColumnOrigin::Establishment, true, |u, e, out| {
        text(u, e.address.complement, out)
    }),
    column("numeroVoieEtablissement", ColumnOrigin::Establishment, true, |u, e, out| match e.address.number {
        Some(number) if !u.is_masked => write!(out, "{number}").unwrap_or_default(),
        number => plain(u, number.map(|_| ""), out),
    }),
    column("indiceRepetitionEtablissement", ColumnOrigin::Establishment, true, |u, e, out| {
        plain(u, Some(e.address.repetition).filter(|sign| !sign.is_empty()), out);
    }),
    column("typeVoieEtablissement", ColumnOrigin::Establishment, true, |u, e, out| {
        text(u, Some(e.address.street_type), out)
    }),
    column("libelleVoieEtablissement", ColumnOrigin::Establishment, true, |u, e, out| {
        text(u, Some(e.address.street), out)
    }),
    column("codePostalEtablissement", ColumnOrigin::Establishment, true, |u, e, out| {
        plain(u, Some(e.address.postcode), out)
    }),
    column("libelleCommuneEtablissement", ColumnOrigin::Establishment, true, |_, e, out| {
        out.push_str(&e.address.town().label)
    }),
    column("codeCommuneEtablissement", ColumnOrigin::Establishment, true, |_, e, out| {
        out.push_str(e.address.town().code)
    }),
    column("etablissementSiege", ColumnOrigin::Establishment, true, |_, e, out| {
        out.push_str(if e.is_head { "true" } else { "false" });
    }),
    column("etatAdministratifEtablissement", ColumnOrigin::Establishment, true, |_, e, out| {
        out.push(if e.is_open { 'A' } else { 'F' });
    }),
    column("statutDiffusionEtablissement", ColumnOrigin::Establishment, true, |u, _, out| out.push_str(diffusion(u))),
    column("dateCreationUniteLegale", ColumnOrigin::UnitOnly, true, |u, _, out| day(u.created, out)),
    column("dateDernierTraitementUniteLegale", ColumnOrigin::UnitOnly, true, |u, _, out| day(u.processed, out)),
    column("dateCreationEtablissement", ColumnOrigin::EstablishmentOnly, true, |_, e, out| day(e.created, out)),
    column("dateDernierTraitementEtablissement", ColumnOrigin::EstablishmentOnly, true, |_, e, out| {
        day(e.processed, out)
    }),
    column("dateDebut", ColumnOrigin::EstablishmentOnly, true, |_, e, out| day(e.since, out)),
    column("activitePrincipaleEtablissement", ColumnOrigin::EstablishmentOnly, true, |u, _, out| {
        out.push_str(u.name.activity);
    }),
];

fn day(day: Day, out: &mut String) {
    write!(out, "{day}").unwrap_or_default();
}

fn diffusion(unit: &Unit) -> &'static str {
    if unit.is_masked { "P" } else { "O" }
}

/// A value unchanged, or masked if the unit is.
fn plain(unit: &Unit, value: Option<&str>, out: &mut String) {
    if let Some(value) = value {
        out.push_str(if unit.is_masked { MASKED } else { value });
    }
}

/// A value in INSEE's capitals, or masked if the unit is.
fn text(unit: &Unit, value: Option<&str>, out: &mut String) {
    match value {
        Some(value) if !unit.is_masked => out.push_str(&capitals(value)),
        value => plain(unit, value, out),
    }
}

fn person(unit: &Unit, part: fn(&Person) -> Option<&'static str>, out: &mut String) {
    text(unit, unit.name.person.as_ref().and_then(part), out);
}
