//! The words of what people decide, and what the cells that they fill in mean.
//!
//! **Invariant:** what a workbook offers in any language is read in every language, in any case, with accents or without.

use matchflow_model::language::{Label, Language};
use matchflow_model::review_verdict::{DecisionState, ReviewDecision, ReviewVerdict, VerdictNote};

use crate::{Words, texts};

/// What a person wrote into a cell for a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerdictWord {
    /// A verdict.
    Verdict(ReviewVerdict),
    /// Another entry than the one proposed, which the person names.
    OtherEntry,
}

/// Words that people write and workbooks of earlier versions offered.
const OTHER_WORDS: [(&str, VerdictWord); 24] = [
    ("accepted", VerdictWord::Verdict(ReviewVerdict::Entry)),
    ("accepte", VerdictWord::Verdict(ReviewVerdict::Entry)),
    ("yes", VerdictWord::Verdict(ReviewVerdict::Entry)),
    ("oui", VerdictWord::Verdict(ReviewVerdict::Entry)),
    ("ok", VerdictWord::Verdict(ReviewVerdict::Entry)),
    ("reject", VerdictWord::Verdict(ReviewVerdict::NotInRegistry)),
    ("rejected", VerdictWord::Verdict(ReviewVerdict::NotInRegistry)),
    ("rejeter", VerdictWord::Verdict(ReviewVerdict::NotInRegistry)),
    ("rejete", VerdictWord::Verdict(ReviewVerdict::NotInRegistry)),
    ("no", VerdictWord::Verdict(ReviewVerdict::NotInRegistry)),
    ("non", VerdictWord::Verdict(ReviewVerdict::NotInRegistry)),
    ("none", VerdictWord::Verdict(ReviewVerdict::NotInRegistry)),
    ("aucun", VerdictWord::Verdict(ReviewVerdict::NotInRegistry)),
    ("not found", VerdictWord::Verdict(ReviewVerdict::NotInRegistry)),
    ("introuvable", VerdictWord::Verdict(ReviewVerdict::NotInRegistry)),
    ("closed", VerdictWord::Verdict(ReviewVerdict::Closed)),
    ("ferme", VerdictWord::Verdict(ReviewVerdict::Closed)),
    ("fermee", VerdictWord::Verdict(ReviewVerdict::Closed)),
    ("other", VerdictWord::OtherEntry),
    ("autre", VerdictWord::OtherEntry),
    ("different", VerdictWord::Verdict(ReviewVerdict::NotTheSame)),
    ("differents", VerdictWord::Verdict(ReviewVerdict::NotTheSame)),
    ("identiques", VerdictWord::Verdict(ReviewVerdict::Same)),
    ("separer", VerdictWord::Verdict(ReviewVerdict::Split)),
];

/// The text of a verdict.
pub fn verdict_label(verdict: ReviewVerdict) -> Label {
    match verdict {
        ReviewVerdict::Entry => texts::VERDICT_ENTRY,
        ReviewVerdict::OtherEstablishment => texts::VERDICT_OTHER_ESTABLISHMENT,
        ReviewVerdict::Closed => texts::VERDICT_CLOSED,
        ReviewVerdict::NotInRegistry => texts::VERDICT_NOT_IN_REGISTRY,
        ReviewVerdict::NotASupplier => texts::VERDICT_NOT_A_SUPPLIER,
        ReviewVerdict::Later => texts::VERDICT_LATER,
        ReviewVerdict::Same => texts::VERDICT_SAME,
        ReviewVerdict::NotTheSame => texts::VERDICT_NOT_THE_SAME,
        ReviewVerdict::Split => texts::VERDICT_SPLIT,
        ReviewVerdict::NeverMerge => texts::VERDICT_NEVER_MERGE,
    }
}

/// What a cell means, in any language: the words of a verdict, its word in files, or another that people write.
pub fn verdict_of(text: &str) -> Option<VerdictWord> {
    let plain = plain(text);
    let is_it = |verdict: &ReviewVerdict| {
        self::plain(verdict.as_str()) == plain
            || Language::ALL.iter().any(|language| self::plain(verdict_label(*verdict).get(*language)) == plain)
    };
    let verdict = ReviewVerdict::ALL.into_iter().find(is_it).map(VerdictWord::Verdict);
    let other = || OTHER_WORDS.iter().find(|(word, _)| *word == plain).map(|(_, meaning)| *meaning);
    verdict.or_else(other)
}

/// A text in lower case without accents, with single spaces.
fn plain(text: &str) -> String {
    let letter = |letter: char| match letter {
        'à' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        '_' | '’' | '\'' | '-' => ' ',
        other => other,
    };
    let text: String = text.to_lowercase().chars().map(letter).filter(|letter| !is_combining_accent(*letter)).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a character is an accent by itself, as some keyboards and file names have it.
fn is_combining_accent(character: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&character)
}

impl Words {
    /// The words for a verdict.
    pub fn verdict(&self, verdict: ReviewVerdict) -> &'static str {
        self.text(verdict_label(verdict))
    }

    /// What became of decisions.
    pub fn decision_state(&self, state: &DecisionState) -> String {
        let text = self.text(match state {
            DecisionState::Applied => texts::DECISION_APPLIED,
            DecisionState::Postponed => texts::DECISION_POSTPONED,
            DecisionState::RowChanged => texts::ROW_CHANGED,
            DecisionState::EntryChanged { .. } => texts::ENTRY_CHANGED,
            DecisionState::EntryClosed => texts::ENTRY_CLOSED,
            DecisionState::EntryMissing => texts::ENTRY_MISSING,
            DecisionState::Contradiction => texts::PEOPLE_DISAGREE,
        });
        match state {
            DecisionState::EntryChanged { fields } => text.replace("{fields}", &fields.join(", ")),
            _ => text.to_owned(),
        }
    }

    /// A verdict with who gave it: `Alice, 2026-11-30: accept 73282932000074 (same phone)`.
    pub fn verdict_note(&self, note: &VerdictNote) -> String {
        let day = note.at.get(..10).unwrap_or(&note.at);
        let named = note.id.as_ref().or(note.group.as_ref()).map(|name| format!(" {name}")).unwrap_or_default();
        let why = note.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let (by, verdict) = (&note.by, self.verdict(note.verdict));
        format!("{by}, {day}{}{verdict}{named}{why}", self.text(texts::COLON))
    }

    /// The decisions on a row, as one text.
    pub fn review_decision(&self, decision: &ReviewDecision) -> String {
        let notes: Vec<String> = decision.verdicts.iter().map(|note| self.verdict_note(note)).collect();
        let state = self.decision_state(&decision.state);
        format!("{state}{}{}", self.text(texts::COLON), notes.join(" / "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_in_a_language_is_read_in_all() {
        for verdict in ReviewVerdict::ALL {
            for language in Language::ALL {
                let offered = Words::new(language).verdict(verdict);
                for text in [offered.to_owned(), offered.to_uppercase(), format!("  {offered}\u{a0}")] {
                    assert_eq!(verdict_of(&text), Some(VerdictWord::Verdict(verdict)), "{text}");
                }
            }
            assert_eq!(verdict_of(verdict.as_str()), Some(VerdictWord::Verdict(verdict)));
        }
        assert_eq!(verdict_of("AUTRE ETABLISSEMENT"), Some(VerdictWord::Verdict(ReviewVerdict::OtherEstablishment)));
        assert_eq!(verdict_of("ferme\u{301}"), Some(VerdictWord::Verdict(ReviewVerdict::Closed)));
        assert_eq!(verdict_of("Autre"), Some(VerdictWord::OtherEntry));
        for unknown in ["", "peut-être", "732829320", "yes and no"] {
            assert_eq!(verdict_of(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn other_words_are_plain_and_mean_one_thing() {
        for (word, meaning) in OTHER_WORDS {
            assert_eq!(plain(word), word);
            assert_eq!(verdict_of(word), Some(meaning), "{word}");
        }
    }

    #[test]
    fn decisions_have_words_in_both_languages() {
        let note = VerdictNote {
            record: "0f".to_owned(),
            verdict: ReviewVerdict::Entry,
            id: Some("73282932000074".to_owned()),
            group: None,
            by: "Alice".to_owned(),
            at: "2026-11-30T17:00:00Z".to_owned(),
            why: Some("same phone".to_owned()),
        };
        let text = |state, language| {
            let decision = ReviewDecision { state, verdicts: vec![note.clone()] };
            Words::new(language).review_decision(&decision).replace('\u{a0}', " ")
        };
        assert_eq!(
            text(DecisionState::Applied, Language::English),
            "applied: Alice, 2026-11-30: accept 73282932000074 (same phone)"
        );
        let changed = DecisionState::EntryChanged { fields: vec!["name".to_owned(), "town".to_owned()] };
        assert_eq!(
            text(changed, Language::French),
            "l’entrée a changé (name, town) : Alice, 2026-11-30 : accepter 73282932000074 (same phone)"
        );
    }
}
