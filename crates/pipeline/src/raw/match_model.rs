//! A match model as it is written: the built-in ones under `models/`, or a file of one's own.

use crate::decode::{Brief, Entries, Path, Share, Spanned, Weight, record, words};

/// A built-in model, or a file.
pub(crate) type ModelChoice = Brief<BuiltIn, ModelFile>;

/// The models that come with matchflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltIn {
    /// Suppliers against the companies and establishments of SIRENE.
    Suppliers,
    /// Suppliers with each other.
    Duplicates,
}

words!(BuiltIn, "`suppliers`, `duplicates` or `{path: ...}`" {
    "suppliers" => BuiltIn::Suppliers,
    "duplicates" => BuiltIn::Duplicates,
});

impl BuiltIn {
    /// The name in messages, and the text.
    pub(crate) fn source(self) -> (&'static str, &'static str) {
        match self {
            BuiltIn::Suppliers => ("match model `suppliers`", include_str!("../../models/suppliers.yaml")),
            BuiltIn::Duplicates => ("match model `duplicates`", include_str!("../../models/duplicates.yaml")),
        }
    }
}

record! {
    /// A match model in a file.
    ModelFile {
        /// The file, relative to the pipeline file.
        Required path: Path,
    }
}

record! {
    /// A match model: how much each level of agreement says.
    Model {
        /// The share of suppliers that are in the registry.
        Required prior: Share,
        /// What is compared, each with its levels; the first level whose conditions hold counts.
        Required comparisons: Entries<Vec<Spanned<Level>>>,
        /// How far a head office stands in for the other entries of its company. Default: not at all.
        Optional head_office: HeadOffice,
    }
}

record! {
    /// How far a head office stands in for the other entries of its company.
    HeadOffice {
        /// How often a supplier that is another entry is recorded at the head office.
        Required instead: Share,
        /// `scorer: least score`; where all hold the row names the entry itself. Default: it never does.
        Optional unless: Entries<Share>,
    }
}

/// A share, or what the chance follows from.
pub(crate) type Chance = Brief<Share, ChanceFrom>;

record! {
    /// What the chance of a level follows from.
    ChanceFrom {
        /// So many companies for a supplier, whatever the registry's size.
        Either companies: Weight,
        /// The scorer that tells how rare what both sides have in common is.
        Either rarity: String,
        /// With `rarity`: a factor. Default: 1.
        Optional times: Weight,
    }
}

record! {
    /// A level of agreement.
    Level {
        /// Its name in results.
        Required level: String,
        /// `scorer: least score`; all must hold. Default: everything else.
        Optional when: Entries<Share>,
        /// The share of true pairs that come to this level.
        Required m: Share,
        /// The share of other pairs that come to this level by chance. Or how many companies a supplier meets so:
        /// `{companies: 0.01}`, whatever the registry's size. Or as many as bear the words in common by chance, times a
        /// factor: `{rarity: scorer, times: 0.3}`.
        Required u: Chance,
    }
}
