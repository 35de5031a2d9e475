//! The texts that people read in results: reasons, outcomes, sheets and facts, in English and in French.
//!
//! Results contain codes and values ([`matchflow_model::reason`]); workbooks, CSV files, `explain` and the terminal
//! take their texts only from here. Headings of result columns are declared with the columns
//! ([`matchflow_model::outcome::COLUMNS`]).
//!
//! **Invariants.** Every text exists in every language: a sentence is a method of `Wording`, a fixed text a [`Label`].
//! Texts never decide anything: programs read codes and column names, which are the same in every language.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod en;
mod fr;
mod headings;
mod levels;
mod numbers;
mod page_texts;
pub mod report_page;
mod review;
pub mod review_page;
pub mod texts;

pub use headings::field as comparison_text;
pub use levels::level as level_text;
pub use matchflow_model::message::MessageValue;
pub use numbers::displayed_score;
pub use review::{VerdictWord, verdict_label, verdict_of};

use std::borrow::Cow;

use matchflow_model::expectation::Expectation;
use matchflow_model::language::{Label, Language};
use matchflow_model::message::fill;
use matchflow_model::outcome::{MatchLevel, Outcome};
use matchflow_model::reason::{ComparedValues, Reason, Reasons};
use matchflow_model::result_table::Content;
use matchflow_model::review_verdict::ReviewDecision;
use matchflow_model::row_error::RowError;

/// The texts of one language, with the pipeline's names for entries and groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// The language.
    pub language: Language,
    /// Name of the field that identifies an entry (`siret`).
    pub id: String,
    /// Name of the field that identifies a group (`siren`); empty if there are no groups.
    pub group: String,
}

/// A sentence with its values filled in by the rules of [`fill`].
pub fn sentence(language: Language, words: &str, values: &[(&str, &dyn MessageValue)]) -> String {
    let find = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    fill(words, language, &find)
}

/// Former words for outcomes in workbooks.
const FORMER_OUTCOMES: [(&str, Outcome); 3] =
    [("apparié", Outcome::Matched), ("non apparié", Outcome::Unmatched), ("échec", Outcome::Failed)];

/// The outcome denoted by a text in a workbook, in any language and of any version.
pub fn outcome_of(text: &str) -> Option<Outcome> {
    let lower = text.to_lowercase();
    let is_worded = |outcome: &Outcome| {
        Language::ALL.iter().any(|language| Words::new(*language).outcome(*outcome).to_lowercase() == lower)
    };
    let former = || FORMER_OUTCOMES.iter().find(|(word, _)| *word == lower).map(|(_, outcome)| *outcome);
    Outcome::ALL.into_iter().find(is_worded).or_else(former)
}

/// The sentences of a language.
trait Wording {
    /// The sentence of a reason.
    fn reason(&self, words: &Words, reason: &Reason) -> String;

    /// Formats digits as usual in the language.
    fn number(&self, digits: String) -> String;

    /// Separates two reasons of a result.
    fn separator(&self) -> &'static str;
}

impl Words {
    /// The texts of a language if the names of entries and groups are not known.
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

    /// The word for what a result identifies.
    pub fn level(&self, level: MatchLevel) -> &'static str {
        self.text(match level {
            MatchLevel::Establishment => texts::ESTABLISHMENT,
            MatchLevel::Company => texts::COMPANY,
        })
    }

    /// The word for the state of an entry: closed or open.
    pub fn state(&self, closed: bool) -> &'static str {
        self.text(if closed { texts::CLOSED } else { texts::OPEN })
    }

    /// Yes or no.
    pub fn yes_or_no(&self, yes: bool) -> &'static str {
        self.text(if yes { texts::YES } else { texts::NO })
    }

    /// The digits of a score, as in reasons.
    pub fn score(&self, score: f64) -> String {
        self.wording().number(numbers::score(score))
    }

    /// A number with `decimals` decimals.
    pub fn decimal(&self, number: f64, decimals: usize) -> String {
        self.wording().number(format!("{number:.decimals$}"))
    }

    /// The name of a field, as people call it.
    pub fn field_label(&self, name: &str) -> String {
        self.capitalized(&headings::field(name, self.language))
    }

    /// A fixed text as a heading.
    pub fn heading(&self, label: Label) -> String {
        self.capitalized(self.text(label))
    }

    /// A text with an initial capital.
    pub fn capitalized(&self, text: &str) -> String {
        let mut characters = text.chars();
        let first = characters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(characters.clone()).collect()
    }

    /// The heading of a result column; `{id}` and `{group}` are replaced by the pipeline's names.
    pub fn column_heading(&self, label: Label) -> String {
        let heading = self.text(label);
        let heading = heading.replace("{id}", &headings::name(self.id_name()));
        self.capitalized(&heading.replace("{group}", &headings::name(self.group_name())))
    }

    /// The heading of a registry field.
    pub fn registry_field(&self, name: &str) -> String {
        let name = headings::field(name, self.language);
        self.capitalized(&self.text(texts::REGISTRY_FIELD).replace("{name}", &name))
    }

    /// The heading of a scorer's scores.
    pub fn score_of(&self, scorer: &str) -> String {
        format!("Score {}", headings::field(scorer, self.language))
    }

    /// The sentence of a reason.
    pub fn reason(&self, reason: &Reason) -> String {
        self.wording().reason(self, reason)
    }

    /// The reasons of a result, as one text.
    pub fn reasons(&self, reasons: &Reasons) -> String {
        // Facts first: people look for what agrees.
        let (facts, decisions): (Vec<&Reason>, Vec<&Reason>) =
            reasons.0.iter().partition(|reason| matches!(reason, Reason::Agreement { .. }));
        let reasons: Vec<String> = facts.into_iter().chain(decisions).map(|reason| self.reason(reason)).collect();
        reasons.join(self.wording().separator())
    }

    /// What was expected of a rejected cell.
    pub fn expectation(&self, expected: &Expectation) -> String {
        expected.words(self.language)
    }

    /// The sentence of a row's error.
    pub fn error(&self, error: &RowError) -> String {
        error.words(self.language)
    }

    /// The text of a result column: its codes as sentences, other values unchanged.
    pub fn column_text<'a>(&self, content: Content, text: Option<&'a str>) -> Option<Cow<'a, str>> {
        match content {
            Content::Reasons => Some(self.reasons_json(text.unwrap_or_default()).into()),
            Content::Error => text.map(|json| self.error(&RowError::from_json(json)).into()),
            Content::Review => text.map(|json| match ReviewDecision::from_json(json) {
                Some(decision) => self.review_decision(&decision).into(),
                None => Cow::Borrowed(json),
            }),
            _ => text.map(Cow::Borrowed),
        }
    }

    /// The reasons in a checkpoint column, as one text.
    pub fn reasons_json(&self, json: &str) -> String {
        self.reasons(&Reasons::from_json(json))
    }

    /// The sentence on what agrees and what differs.
    fn agreement(&self, agrees: &[ComparedValues], differs: &[ComparedValues]) -> String {
        let fact = |one: &ComparedValues| {
            let level = levels::level(&one.level, self.language);
            match (one.row.as_str(), one.entry.as_str()) {
                ("", _) | (_, "") => level.to_owned(),
                (row, entry) => format!("{level} ({row} / {entry})"),
            }
        };
        let but = if agrees.is_empty() { "" } else { self.text(texts::BUT) };
        let differs = differs.iter().map(fact).enumerate();
        let differs = differs.map(|(place, fact)| if place == 0 { format!("{but}{fact}") } else { fact });
        agrees.iter().map(fact).chain(differs).collect::<Vec<_>>().join(self.wording().separator())
    }

    fn wording(&self) -> &'static dyn Wording {
        match self.language {
            Language::English => &en::English,
            Language::French => &fr::French,
        }
    }

    /// The name of groups, or of entries if there are none.
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
