//! Sentences in both languages.

use matchflow_model::plugin_output::OutputProblem;
use matchflow_model::reason::{ComparisonLevel, Rival};
use matchflow_model::request_failure::{RequestFailure, RequestRule};
use matchflow_model::review_verdict::{DecisionState, ReviewVerdict};

use super::*;

fn words(language: Language) -> Words {
    Words { language, id: "siret".to_owned(), group: "siren".to_owned() }
}

fn rival() -> Option<Rival> {
    Some(Rival { group: "552081317".to_owned(), score: 0.43 })
}

fn compared(comparison: &str, level: &str, row: &str, entry: &str) -> ComparedValues {
    let [comparison, level, row, entry] = [comparison, level, row, entry].map(str::to_owned);
    ComparedValues { comparison, level, row, entry }
}

/// Reasons with their sentences in English and French.
fn sentences() -> Vec<(Reason, &'static str, &'static str)> {
    vec![
        (Reason::NoCandidate, "no similar registry entry", "aucune entrée similaire dans le registre"),
        (
            Reason::BelowReview { score: 0.4, review: 0.5 },
            "best score 0.40, below the review threshold of 0.50",
            "meilleur score : 0,40, inférieur au seuil de revue (0,50)",
        ),
        (
            Reason::InReviewBand { score: 0.7, review: 0.5, accept: 0.9, rival: rival() },
            "best score 0.70, between the thresholds for review (0.50) and a match (0.90); another siren, 552081317, has 0.43",
            "meilleur score : 0,70, entre le seuil de revue (0,50) et le seuil d’acceptation (0,90) ; autre siren possible : \
             552081317 (0,43)",
        ),
        (
            Reason::Accepted { score: 0.99987, rival: None },
            "score 0.9999; no competing siren",
            "score 0,9999 ; aucun autre candidat sérieux",
        ),
        (
            Reason::Accepted { score: 0.97, rival: rival() },
            "score 0.97; the next siren, 552081317, has 0.43",
            "score 0,97 ; siren suivant : 552081317 (0,43)",
        ),
        (
            Reason::EntryUndecided { score: 0.43 },
            "siret undecided (best candidate: 0.43)",
            "siret indéterminé (meilleur candidat : 0,43)",
        ),
        (
            Reason::OutOfScope { field: "country".to_owned(), value: "BE".to_owned() },
            "out of scope: country is BE",
            "hors périmètre : country vaut BE",
        ),
        (
            Reason::Against {
                comparisons: vec![ComparisonLevel {
                    comparison: "name".to_owned(),
                    level: "another name".to_owned(),
                    bits: None,
                }],
            },
            "evidence against it: name: another name",
            "éléments contraires : name : another name",
        ),
        (
            Reason::ClosedEntry { successor: None, open_entries: 2 },
            "the entry is closed; its siren has 2 open entries",
            "entrée fermée ; 2 entrées ouvertes pour ce siren",
        ),
        (
            Reason::JointBid { lead: "A".to_owned(), others: vec!["B".to_owned()], certain: true },
            "joint bid: compared as its lead `A`, not as `B`",
            "groupement : comparé par son mandataire « A », et non par « B »",
        ),
    ]
}

/// The same for what agrees and what differs.
fn agreement_sentences() -> Vec<(Reason, &'static str, &'static str)> {
    vec![
        (
            Reason::Agreement {
                agrees: vec![
                    compared("name", "nearly the same name", "NORVALIS", "NOVALIS"),
                    compared("identifier", "same SIRET", "", ""),
                ],
                differs: vec![compared("place", "elsewhere", "44300, Nantes", "13013, Marseille")],
            },
            "nearly the same name (NORVALIS / NOVALIS); same SIRET; but other town (44300, Nantes / 13013, Marseille)",
            "nom presque identique (NORVALIS / NOVALIS) ; même SIRET ; mais autre commune (44300, Nantes / 13013, Marseille)",
        ),
        (
            Reason::Agreement { agrees: Vec::new(), differs: vec![compared("name", "my own level", "", "")] },
            "my own level",
            "my own level",
        ),
    ]
}

/// The same for arbiters, assignments and duplicates.
fn other_sentences() -> Vec<(Reason, &'static str, &'static str)> {
    let text = || "x".to_owned();
    vec![
        (
            Reason::ArbiterChose {
                arbiter: text(),
                candidate: 2,
                confidence: 0.6,
                explanation: text(),
                required: Some(0.7),
            },
            "`x` chose candidate 2 (confidence 0.60): x; below the required confidence of 0.7",
            "« x » a retenu le candidat 2 (confiance 0,60) : x ; confiance inférieure au minimum requis (0,7)",
        ),
        (
            Reason::EntryAssigned { id: "1".to_owned(), key: "F1".to_owned(), score: Some(0.95) },
            "one-to-one: 1 is assigned to row F1 (0.9500)",
            "une seule ligne par entrée : 1 est attribué à la ligne F1 (0,9500)",
        ),
        (Reason::SameAs { key: "F2".to_owned(), score: 0.98 }, "same as F2 (0.98)", "identique à F2 (0,98)"),
    ]
}

#[test]
fn sentences_in_both_languages() {
    for (reason, english, french) in sentences().into_iter().chain(agreement_sentences()).chain(other_sentences()) {
        assert_eq!(words(Language::English).reason(&reason), english);
        assert_eq!(words(Language::French).reason(&reason).replace('\u{a0}', " "), french);
    }
}

#[test]
fn every_reason_has_a_sentence() {
    let text = || "x".to_owned();
    let reasons = [
        Reason::NoCandidate,
        Reason::BelowReview { score: 0.0, review: 0.0 },
        Reason::InReviewBand { score: 0.0, review: 0.0, accept: 0.0, rival: None },
        Reason::TooClose { group: text(), score: 0.0, rival: rival().unwrap() },
        Reason::SupportedOnly { score: 0.0 },
        Reason::NotWorthReview { score: 0.1, expected: 0.15, worth: 0.2 },
        Reason::CompaniesAtPlace { open: 1, closed: 2 },
        Reason::ClosedEntry { successor: Some(text()), open_entries: 0 },
        Reason::JointBid { lead: text(), others: vec![text()], certain: false },
        Reason::StageFailed { stage: text() },
        Reason::ArbiterRejectedAll { arbiter: text(), confidence: 0.0, explanation: text() },
        Reason::ArbiterAbstained { arbiter: text(), explanation: text() },
        Reason::ArbiterSilent { arbiter: text() },
        Reason::ArbiterFailed { arbiter: text(), error: RowError::ArbiterRounds { rounds: 4 } },
        Reason::ArbiterNotCalled { arbiter: text() },
        Reason::ArbiterNotRequested { stage: text() },
        Reason::DecidedByPerson { by: text(), verdict: ReviewVerdict::Later, why: None },
        Reason::DecisionNotApplied { cause: DecisionState::Postponed },
        Reason::DecisionNotApplied { cause: DecisionState::RowChanged },
        Reason::CutByPerson { by: text() },
        Reason::SameByPerson { key: text(), by: text() },
        Reason::NoSimilarRow,
        Reason::PossiblySameAs { key: text(), score: 0.0, review: 0.0, accept: 0.0 },
        Reason::Compared { comparisons: vec![ComparisonLevel { comparison: text(), level: text(), bits: Some(1.0) }] },
        Reason::Scored { scores: vec![matchflow_model::reason::ScorerScore { scorer: text(), score: 0.5 }] },
        Reason::CutByConflict { field: text() },
        Reason::CutBySize { rows_max: 1 },
        Reason::CutAsBridge { required: 0.9 },
        Reason::BelowAccept { accept: 0.9 },
        Reason::Text { text: text() },
    ];
    for reason in &reasons {
        for language in Language::ALL {
            assert!(!words(language).reason(reason).is_empty(), "{reason:?} in {language:?}");
        }
    }
}

#[test]
fn every_error_and_expectation_has_its_own_text_in_every_language() {
    let kinds = [RowError::KINDS, Expectation::KINDS, OutputProblem::KINDS, RequestFailure::KINDS, RequestRule::KINDS];
    for kind in kinds.into_iter().flatten().filter(|kind| kind.code != "text") {
        let Label { en, fr } = kind.words;
        assert!(!en.is_empty() && !fr.is_empty() && en != fr, "{}: {en} / {fr}", kind.code);
    }
}

#[test]
fn only_columns_of_codes_are_converted_to_texts() {
    let words = words(Language::French);
    let error = RowError::PluginTimeout { plugin: "name".to_owned(), timeout_ms: 50 }.to_json();
    let text = |content, text| words.column_text(content, text).map(Cow::into_owned);
    assert_eq!(text(Content::Error, Some(&error)).as_deref(), Some("le module name n’a pas terminé en 50 ms"));
    assert_eq!(text(Content::Error, Some("as stored")).as_deref(), Some("as stored"));
    assert_eq!(text(Content::Error, None), None);
    assert_eq!(text(Content::Text, Some(&error)), Some(error.clone()));
}

#[test]
fn outcomes_are_read_in_any_language_and_from_earlier_versions() {
    for language in Language::ALL {
        for outcome in Outcome::ALL {
            assert_eq!(outcome_of(words(language).outcome(outcome)), Some(outcome));
        }
    }
    assert_eq!(outcome_of("Non apparié"), Some(Outcome::Unmatched));
    assert_eq!(outcome_of("brut"), None);
}

#[test]
fn fixed_texts_exist_in_both_languages() {
    for label in texts::ALL {
        assert!(!label.en.is_empty() && !label.fr.is_empty(), "{label:?}");
    }
}

#[test]
fn facts_come_before_figures() {
    let agrees = vec![compared("identifier", "same SIRET", "", "")];
    let mut reasons = Reasons::from(Reason::Accepted { score: 0.97, rival: None });
    reasons.push(Reason::Agreement { agrees, differs: Vec::new() });
    assert_eq!(words(Language::English).reasons(&reasons), "same SIRET; score 0.97; no competing siren");
}

#[test]
fn a_score_is_the_same_in_a_reason_and_in_its_column() {
    for (score, text) in [(0.9985, "0.9985"), (0.99859, "0.9986"), (0.99997, "0.9999"), (1.0, "1.00"), (0.466, "0.47")]
    {
        assert_eq!(words(Language::English).score(score), text);
        assert_eq!(format!("{}", displayed_score(score)), text.trim_end_matches(".00"));
    }
}
