//! A match model as written: the built-in ones under `models/`, or a user's file.

use crate::decode::{FilePath, Fraction, NamedMap, OneOrMany, PositiveNumber, ShortOrLong, Spanned, keywords, record};

/// A built-in model, or a file.
pub(crate) type ModelChoice = ShortOrLong<BuiltInModel, ModelFile>;

/// The bundled models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltInModel {
    /// Suppliers against the companies and establishments of SIRENE.
    Suppliers,
    /// Suppliers against another list of companies.
    Companies,
    /// Suppliers with each other.
    Duplicates,
}

keywords!(BuiltInModel, "`suppliers`, `companies`, `duplicates` or `{path: ...}`" {
    "suppliers" => BuiltInModel::Suppliers, "Suppliers against the companies and establishments of SIRENE.",
    "companies" => BuiltInModel::Companies, "Suppliers of any country against a list of companies.",
    "duplicates" => BuiltInModel::Duplicates, "Suppliers with each other, for `dedupe`.",
});

impl BuiltInModel {
    /// The name in messages, and the text.
    pub(crate) fn source(self) -> (&'static str, &'static str) {
        match self {
            BuiltInModel::Suppliers => ("match model `suppliers`", include_str!("../../models/suppliers.yaml")),
            BuiltInModel::Companies => ("match model `companies`", include_str!("../../models/companies.yaml")),
            BuiltInModel::Duplicates => ("match model `duplicates`", include_str!("../../models/duplicates.yaml")),
        }
    }
}

record! {
    /// A match model in a file.
    ModelFile {
        /// The model file, relative to the pipeline file.
        Required path: FilePath,
    }
}

record! {
    /// A match model (Fellegi and Sunter): the weight of each level of agreement.
    Model {
        /// Fraction of suppliers that are in the registry: above 0 and below 1. Example: `0.8`.
        Required prior: Fraction,
        /// The comparisons by name, each a list of levels; the first level whose conditions all hold counts.
        Required comparisons: NamedMap<Vec<Spanned<Level>>>,
        /// Comparisons that support a match and do not make one: a row is accepted only if another comparison agrees as
        /// well, that is, reaches a level with a `when`. `accept_without_name` lifts this. Default: none. Example: `[place]`.
        Optional supporting: OneOrMany<String>,
        /// How far a head office substitutes for the other entries of its company. Default: not at all.
        Optional head_office: HeadOffice,
        /// How far the identifier of an entry distinguishes it from the other entries of its company. Default: as far
        /// as its level.
        Optional entry_identifier: EntryIdentifier,
    }
}

record! {
    /// How far the identifier of an entry distinguishes it from the other entries of its company.
    EntryIdentifier {
        /// `scorer: minimum score` conditions; if all of them hold, the row has the identifier of the entry. Example:
        /// `{ siret: 1 }`.
        Required when: NamedMap<Fraction>,
        /// Fraction of such rows that mean another entry of the company, above 0. Example: `0.05`.
        Required error_rate: Fraction,
    }
}

record! {
    /// How far a head office substitutes for the other entries of its company.
    HeadOffice {
        /// Fraction of suppliers that are recorded at the head office although they are another entry. Example: `0.3`.
        Required rate: Fraction,
        /// `scorer: minimum score` conditions; if all of them hold, the row names the entry itself. Default: it never does.
        Optional unless: NamedMap<Fraction>,
    }
}

/// A u-probability, or what it is computed from.
pub(crate) type ChanceOfAgreement = ShortOrLong<Fraction, ChanceRule>;

record! {
    /// How the u-probability of a level is computed.
    ChanceRule {
        /// Expected number of other groups (companies) that agree with a supplier at this level, for any registry
        /// size. Example: `0.01`.
        Either groups: PositiveNumber,
        /// The scorer whose term frequencies give how many entries share the words in common by chance.
        Either term_frequency: String,
        /// With `term_frequency`: a factor.
        Optional factor: PositiveNumber = 1,
    }
}

record! {
    /// A level of agreement.
    Level {
        /// The name of the level, as evidence shows it. Example: `same`.
        Required level: String,
        /// `scorer: minimum score` conditions, all of which must hold. Default: none, so that the level takes all
        /// remaining pairs.
        Optional when: NamedMap<Fraction>,
        /// Scorers that must have nothing to compare, because a side has no value. Default: none. Example: `[company_name]`.
        Optional missing: OneOrMany<String>,
        /// The m-probability: share of true pairs at this level, above 0.
        Required m: Fraction,
        /// The u-probability: share of other pairs at this level, above 0. Or how it is computed: `{groups: 0.01}` or
        /// `{term_frequency: scorer, factor: 0.3}`.
        Required u: ChanceOfAgreement,
    }
}
