//! The true facts about a supplier, before anyone types them.

use crate::establishment::{Address, Establishment};
use crate::identifiers;
use crate::insee::capitals;
use crate::naming::{Person, UnitKind};
use crate::unit::Unit;

/// The address of a supplier, as it would write it itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct WrittenAddress {
    pub(crate) complement: Option<String>,
    /// Number and street.
    pub(crate) line: String,
    pub(crate) postcode: String,
    pub(crate) town: String,
    pub(crate) arrondissement: Option<u32>,
    pub(crate) is_french: bool,
    /// Whether the town has several postcodes.
    pub(crate) is_city: bool,
}

impl WrittenAddress {
    pub(crate) fn of(address: &Address) -> Self {
        let town = address.town();
        let number = address.number.map(|number| format!("{number} ")).unwrap_or_default();
        let repetition = match address.repetition {
            "B" => "bis ",
            "T" => "ter ",
            _ => "",
        };
        Self {
            complement: address.complement.map(str::to_owned),
            line: format!("{number}{repetition}{} {}", address.street_type, address.street),
            postcode: address.postcode.to_owned(),
            town: town.name.to_owned(),
            arrondissement: town.arrondissement,
            is_french: true,
            is_city: town.arrondissement.is_some() || town.postcodes.len() > 1,
        }
    }
}

/// A supplier.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) person: Option<Person>,
    pub(crate) trade: &'static str,
    pub(crate) trade_name: Option<String>,
    pub(crate) sigle: Option<String>,
    /// Its legal form; empty if it has none.
    pub(crate) form: &'static str,
    /// Whether the registry writes the legal form before the name (true) or after it; `None` if it omits it.
    pub(crate) form_first: Option<bool>,
    pub(crate) place: WrittenAddress,
    /// The head office's address, if it is elsewhere.
    pub(crate) head: Option<WrittenAddress>,
    /// The ISO code of its country.
    pub(crate) country: &'static str,
    pub(crate) siret: Option<String>,
    /// The SIRET of another establishment of the same unit.
    pub(crate) siret_other: Option<String>,
    pub(crate) vat: Option<String>,
}

impl Facts {
    /// An establishment of a unit.
    pub(crate) fn of(unit: &Unit, establishment: &Establishment) -> Self {
        let form_first = unit.has_form.then(|| {
            let prefix = format!("{} ", unit.form);
            unit.denomination.as_deref().is_some_and(|text| text.starts_with(&prefix))
        });
        let name = match (unit.name.kind, &unit.denomination) {
            // The word that the registry adds to an association's name is part of the name.
            (UnitKind::Association, Some(text)) if text.starts_with("ASSOCIATION ") => {
                let has_prefix = capitals(&unit.name.text).starts_with("ASSOCIATION ");
                if has_prefix { unit.name.text.clone() } else { format!("Association {}", unit.name.text) }
            }
            _ => unit.name.text.clone(),
        };
        Self {
            name,
            person: unit.name.person.clone(),
            trade: unit.name.trade,
            trade_name: establishment.sign.clone().or_else(|| unit.usual.clone()),
            sigle: unit.name.sigle.clone(),
            form: unit.form,
            form_first,
            place: WrittenAddress::of(&establishment.address),
            head: None,
            country: "FR",
            siret: Some(establishment.siret.clone()),
            siret_other: None,
            vat: Some(identifiers::vat(&unit.siren)),
        }
    }
}
