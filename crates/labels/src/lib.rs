//! The words that people read in results: reasons, outcomes, sheets and facts, in English and in French.
//!
//! Results hold codes and values ([`matchflow_model::reason`]); workbooks, CSV files, `explain` and the terminal take their
//! words from here and nowhere else. Headings of result columns are with the columns
//! ([`matchflow_model::outcome::COLUMNS`]).
//!
//! **Invariants.** Every text exists in every language: a sentence is a method of `Wording`, a fixed text a [`Label`].
//! Words never decide anything: programs read codes and column names, which are the same in every language.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod en;
mod fr;
mod numbers;
pub mod texts;

use matchflow_model::language::{Label, Language};
use matchflow_model::outcome::Outcome;
use matchflow_model::reason::{Reason, Reasons};

/// The words of one language, with the names that a pipeline gives to entries and groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The language.
    pub language: Language,
    /// Name of the field that identifies an entry (`siret`).
    pub id: String,
    /// Name of the field that identifies a group (`siren`); empty where there are no groups.
    pub group: String,
}

/// The sentences of a language.
trait Wording {
    /// A reason, in words.
    fn reason(&self, words: &Words, reason: &Reason) -> String;

    /// Between two reasons of a result.
    fn separator(&self) -> &'static str;
}

impl Words {
    /// The words of a language where the names of entries and groups are not known.
    pub fn new(language: Language) -> Words {
        let name = |label: Label| label.get(language).to_owned();
        Words { language, id: name(texts::ENTRY), group: name(texts::GROUP) }
    }

    /// A fixed text.
    pub fn text(&self, label: Label) -> &'static str {
        label.get(self.language)
    }

    /// The word for an outcome.
    pub fn outcome(&self, outcome: Outcome) -> &'static str {
        self.text(match outcome {
            Outcome::Matched => texts::MATCHED,
            Outcome::Review => texts::REVIEW,
            Outcome::Unmatched => texts::UNMATCHED,
            Outcome::Failed => texts::FAILED,
        })
    }

    /// A reason.
    pub fn reason(&self, reason: &Reason) -> String {
        self.wording().reason(self, reason)
    }

    /// The reasons of a result, as one text.
    pub fn reasons(&self, reasons: &Reasons) -> String {
        let reasons: Vec<String> = reasons.0.iter().map(|reason| self.reason(reason)).collect();
        reasons.join(self.wording().separator())
    }

    /// The reasons in a column of the checkpoint, as one text.
    pub fn reasons_json(&self, json: &str) -> String {
        self.reasons(&Reasons::from_json(json))
    }

    fn wording(&self) -> &'static dyn Wording {
        match self.language {
            Language::English => &en::English,
            Language::French => &fr::French,
        }
    }

    /// The name of groups, or that of entries where there are none.
    fn group_name(&self) -> &str {
        if self.group.is_empty() { self.id_name() } else { &self.group }
    }

    /// The name of entries.
    fn id_name(&self) -> &str {
        if self.id.is_empty() { self.text(texts::ENTRY) } else { &self.id }
    }
}

#[cfg(test)]
mod tests;
