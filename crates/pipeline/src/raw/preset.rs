//! Presets: the files under `presets/`, and their contents.

use super::input::{Field, FilterValues, Status};
use super::{ModelChoice, Stage};
use crate::decode::{NamedMap, Spanned, keywords, record};

/// Bundled stages and match models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StagePreset {
    /// French suppliers against SIRENE.
    Suppliers,
    /// Suppliers against another list of companies.
    Companies,
    /// Suppliers with each other.
    Duplicates,
}

keywords!(StagePreset, "a preset of stages" {
    "suppliers" => StagePreset::Suppliers, "French suppliers against the companies and establishments of SIRENE.",
    "companies" => StagePreset::Companies, "Suppliers of any country against a list of companies, with the fields `name`, \
        `address`, `postcode`, `town`, `vat` and `identifier`.",
    "duplicates" => StagePreset::Duplicates, "Suppliers with each other, for `dedupe`.",
});

impl StagePreset {
    /// The name in messages, and the text.
    pub(crate) fn source(self) -> (&'static str, &'static str) {
        match self {
            StagePreset::Suppliers => ("preset `suppliers`", include_str!("../../presets/suppliers.yaml")),
            StagePreset::Companies => ("preset `companies`", include_str!("../../presets/companies.yaml")),
            StagePreset::Duplicates => ("preset `duplicates`", include_str!("../../presets/duplicates.yaml")),
        }
    }
}

/// The columns of a well-known registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RegistryPreset {
    /// INSEE's establishments.
    Sirene,
    /// Companies of the United Kingdom.
    CompaniesHouse,
    /// Legal entities of the world.
    Gleif,
}

keywords!(RegistryPreset, "a preset of a registry" {
    "sirene" => RegistryPreset::Sirene, "Establishments under the column names of INSEE's SIRENE registry.",
    "companies-house" => RegistryPreset::CompaniesHouse, "Companies under the column names of Companies House's Basic Company Data.",
    "gleif" => RegistryPreset::Gleif, "Legal entities under the column names of GLEIF's golden copy.",
});

impl RegistryPreset {
    /// The name in messages, and the text.
    pub(crate) fn source(self) -> (&'static str, &'static str) {
        match self {
            RegistryPreset::Sirene => ("registry preset `sirene`", include_str!("../../presets/sirene.yaml")),
            RegistryPreset::CompaniesHouse => {
                ("registry preset `companies-house`", include_str!("../../presets/companies-house.yaml"))
            }
            RegistryPreset::Gleif => ("registry preset `gleif`", include_str!("../../presets/gleif.yaml")),
        }
    }
}

record! {
    /// A preset of stages.
    PresetStages {
        /// The match model.
        Required model: ModelChoice,
        /// The stages.
        Required stages: Vec<Spanned<Stage>>,
    }
}

record! {
    /// A preset of a registry: the keys of `reference` without the table.
    PresetRegistry {
        /// The column with the entry's id.
        Required id: String,
        /// The column with the group that the entry belongs to.
        Optional group: String,
        /// The fields.
        Required fields: NamedMap<Field>,
        /// Conditions on entries to read.
        Optional filter: NamedMap<FilterValues>,
        /// How open entries are distinguished from closed ones.
        Optional status: Status,
        /// Whether closed entries are read too.
        Optional closed: bool = false,
    }
}
