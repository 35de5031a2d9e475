//! What people do to a supplier's data, and which of it happened to a row.
//!
//! Several kinds can apply at once, each with its own probability (in thousandths, next to the code that applies it).

pub(crate) mod ids;
pub(crate) mod name;
pub(crate) mod place;
pub(crate) mod typo;

use crate::insee::without_accents;
use crate::stream::Stream;

/// A kind of dirt, or a reason why a row is hard to match or in no registry. The words of `truth.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is described by its word in `Dirt::ALL`")]
pub enum Dirt {
    AbsentForeign,
    AbsentIndividual,
    AbsentInvented,
    AbsentLookalike,
    AbsentStranger,
    Closed,
    Masked,
    Repeated,
    DuplicateKey,
    TradeName,
    Sigle,
    Title,
    FormMissing,
    FormAdded,
    FormMoved,
    FormSpelling,
    Abbreviation,
    WordOrder,
    WordMissing,
    Agency,
    Typo,
    Spacing,
    Punctuation,
    Truncated,
    Case,
    Accents,
    SiretMissing,
    SiretSpaced,
    SiretNumber,
    SiretDigit,
    SiretSiren,
    SiretOther,
    NifSpaced,
    NifSiret,
    AddressMissing,
    AddressHead,
    AddressAbbreviation,
    AddressTypo,
    AddressColumn,
    AddressTown,
    CareOf,
    PoBox,
    PostcodeMissing,
    PostcodeNumber,
    PostcodeGeneric,
    PostcodeDigit,
    TownMissing,
    TownCedex,
    TownArrondissement,
    TownAbbreviation,
    TownTypo,
}

impl Dirt {
    /// All kinds with their words, in the order in which a row's words are written.
    pub const ALL: &[(Self, &str)] = &[
        (Self::AbsentForeign, "absent-foreign"),
        (Self::AbsentIndividual, "absent-individual"),
        (Self::AbsentInvented, "absent-invented"),
        (Self::AbsentLookalike, "absent-lookalike"),
        (Self::AbsentStranger, "absent-stranger"),
        (Self::Closed, "closed"),
        (Self::Masked, "masked"),
        (Self::Repeated, "repeated-supplier"),
        (Self::DuplicateKey, "duplicate-key"),
        (Self::TradeName, "trade-name"),
        (Self::Sigle, "sigle"),
        (Self::Title, "title"),
        (Self::FormMissing, "form-missing"),
        (Self::FormAdded, "form-added"),
        (Self::FormMoved, "form-moved"),
        (Self::FormSpelling, "form-spelling"),
        (Self::Abbreviation, "abbreviation"),
        (Self::WordOrder, "word-order"),
        (Self::WordMissing, "word-missing"),
        (Self::Agency, "agency"),
        (Self::Typo, "typo"),
        (Self::Spacing, "spacing"),
        (Self::Punctuation, "punctuation"),
        (Self::Truncated, "truncated"),
        (Self::Case, "case"),
        (Self::Accents, "accents"),
        (Self::SiretMissing, "siret-missing"),
        (Self::SiretSpaced, "siret-spaced"),
        (Self::SiretNumber, "siret-number"),
        (Self::SiretDigit, "siret-digit"),
        (Self::SiretSiren, "siret-siren"),
        (Self::SiretOther, "siret-other"),
        (Self::NifSpaced, "nif-spaced"),
        (Self::NifSiret, "nif-siret"),
        (Self::AddressMissing, "address-missing"),
        (Self::AddressHead, "address-head"),
        (Self::AddressAbbreviation, "address-abbreviation"),
        (Self::AddressTypo, "address-typo"),
        (Self::AddressColumn, "address-column"),
        (Self::AddressTown, "address-town"),
        (Self::CareOf, "care-of"),
        (Self::PoBox, "po-box"),
        (Self::PostcodeMissing, "postcode-missing"),
        (Self::PostcodeNumber, "postcode-number"),
        (Self::PostcodeGeneric, "postcode-generic"),
        (Self::PostcodeDigit, "postcode-digit"),
        (Self::TownMissing, "town-missing"),
        (Self::TownCedex, "town-cedex"),
        (Self::TownArrondissement, "town-arrondissement"),
        (Self::TownAbbreviation, "town-abbreviation"),
        (Self::TownTypo, "town-typo"),
    ];
}

/// The dirt of one row.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Dirts(u64);

impl Dirts {
    pub(crate) fn add(&mut self, dirt: Dirt) {
        self.0 |= 1 << dirt as u64;
    }

    /// Adds `dirt` if `happened`; returns `happened`.
    pub(crate) fn add_if(&mut self, dirt: Dirt, happened: bool) -> bool {
        if happened {
            self.add(dirt);
        }
        happened
    }

    pub(crate) fn has(self, dirt: Dirt) -> bool {
        self.0 & (1 << dirt as u64) != 0
    }

    #[cfg(test)]
    pub(crate) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The words joined with `+`; `clean` without any.
    pub(crate) fn words(self) -> String {
        let words: Vec<&str> = Dirt::ALL.iter().filter(|(dirt, _)| self.has(*dirt)).map(|(_, word)| *word).collect();
        if words.is_empty() { "clean".to_owned() } else { words.join("+") }
    }
}

/// The writing style of the person who typed the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Style {
    #[default]
    Capitals,
    CapitalsAccents,
    Title,
    TitleAccents,
    Lower,
    LowerAccents,
}

impl Style {
    pub(crate) fn draw(stream: &mut Stream) -> Self {
        stream.weighted(&[
            (600, Self::Capitals),
            (60, Self::CapitalsAccents),
            (80, Self::Title),
            (190, Self::TitleAccents),
            (40, Self::Lower),
            (30, Self::LowerAccents),
        ])
    }

    /// `text` in this style.
    pub(crate) fn apply(self, text: &str, dirts: &mut Dirts) -> String {
        let keeps_accents = matches!(self, Self::CapitalsAccents | Self::TitleAccents | Self::LowerAccents);
        let plain = without_accents(text);
        dirts.add_if(Dirt::Accents, keeps_accents && plain != text);
        let text = if keeps_accents { text } else { &plain };
        match self {
            Self::Capitals | Self::CapitalsAccents => text.to_uppercase(),
            Self::Title | Self::TitleAccents => {
                dirts.add(Dirt::Case);
                text.to_owned()
            }
            Self::Lower | Self::LowerAccents => {
                dirts.add(Dirt::Case);
                text.to_lowercase()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_word_once_and_in_order() {
        for (place, (dirt, word)) in Dirt::ALL.iter().enumerate() {
            assert_eq!(*dirt as usize, place, "{word}");
        }
        let mut dirts = Dirts::default();
        assert_eq!(dirts.words(), "clean");
        dirts.add(Dirt::TownTypo);
        dirts.add(Dirt::Typo);
        assert_eq!(dirts.words(), "typo+town-typo");
    }

    #[test]
    fn styles() {
        let written = |style: Style| {
            let mut dirts = Dirts::default();
            (style.apply("Électricité Noël", &mut dirts), dirts.words())
        };
        assert_eq!(written(Style::Capitals), ("ELECTRICITE NOEL".into(), "clean".into()));
        assert_eq!(written(Style::CapitalsAccents), ("ÉLECTRICITÉ NOËL".into(), "accents".into()));
        assert_eq!(written(Style::Title), ("Electricite Noel".into(), "case".into()));
        assert_eq!(written(Style::LowerAccents), ("électricité noël".into(), "case+accents".into()));
    }
}
