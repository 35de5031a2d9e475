//! French: decimal comma, guillemets, no-break spaces before high punctuation.

use matchflow_model::language::Language;
use matchflow_model::reason::{ComparisonLevel, Reason, Rival};
use matchflow_model::review_verdict::DecisionState;

use crate::{Wording, Words};

pub(crate) struct French;

impl Wording for French {
    fn number(&self, digits: String) -> String {
        comma(digits)
    }

    fn separator(&self) -> &'static str {
        "\u{a0}; "
    }

    fn reason(&self, words: &Words, reason: &Reason) -> String {
        let (id, group) = (words.id_name(), words.group_name());
        match reason {
            Reason::NoCandidate => "aucune entrée similaire dans le registre".to_owned(),
            Reason::BelowReview { score: best, review } => {
                format!("meilleur score\u{a0}: {}, inférieur au seuil de revue ({})", score(*best), decimal(*review))
            }
            Reason::InReviewBand { score: best, review, accept, rival } => {
                let rival = rival.as_ref().map(|Rival { group: rival, score: next }| {
                    format!("\u{a0}; autre {group} possible\u{a0}: {rival} ({})", score(*next))
                });
                format!(
                    "meilleur score\u{a0}: {}, entre le seuil de revue ({}) et le seuil d’acceptation ({}){}",
                    score(*best),
                    decimal(*review),
                    decimal(*accept),
                    rival.unwrap_or_default()
                )
            }
            Reason::TooClose { group: best, score: best_score, rival } => format!(
                "deux candidats trop proches pour trancher\u{a0}: {best} ({}) et {} ({})",
                score(*best_score),
                rival.group,
                score(rival.score)
            ),
            Reason::SupportedOnly { score: best } => {
                format!("score {}, mais ni le nom ni un identifiant ne concorde", score(*best))
            }
            Reason::Accepted { score: best, rival: Some(rival) } => {
                format!("score {}\u{a0}; {group} suivant\u{a0}: {} ({})", score(*best), rival.group, score(rival.score))
            }
            Reason::Accepted { score: best, rival: None } => {
                format!("score {}\u{a0}; aucun autre candidat sérieux", score(*best))
            }
            Reason::Agreement { agrees, differs } => words.agreement(agrees, differs),
            Reason::Against { comparisons } => format!("éléments contraires\u{a0}: {}", levels(comparisons)),
            Reason::ClosedEntry { successor: Some(successor), .. } => {
                format!("entrée fermée, remplacée par {successor}")
            }
            Reason::ClosedEntry { open_entries: 0, .. } => {
                format!("entrée fermée, aucune entrée ouverte pour ce {group}")
            }
            Reason::ClosedEntry { open_entries, .. } => {
                let entries = count(*open_entries, "entrée ouverte", "entrées ouvertes");
                format!("entrée fermée\u{a0}; {entries} pour ce {group}")
            }
            Reason::EntryUndecided { score: best } => {
                format!("{id} indéterminé (meilleur candidat\u{a0}: {})", score(*best))
            }
            Reason::OutOfScope { field, value } => format!("hors périmètre\u{a0}: {field} vaut {value}"),
            Reason::JointBid { lead, others, certain: true } => {
                format!(
                    "groupement\u{a0}: comparé par son mandataire «\u{a0}{lead}\u{a0}», et non par {}",
                    quoted(others)
                )
            }
            Reason::JointBid { lead, others, certain: false } => format!(
                "peut-être plusieurs sociétés\u{a0}: comparé en entier et comme «\u{a0}{lead}\u{a0}», et non comme {}",
                quoted(others)
            ),
            Reason::StageFailed { stage } => format!("échec de l’étape {stage} sur cette ligne"),
            Reason::EntryAssigned { id, key, score: best } => {
                let best = best.map(|best| format!(" ({})", comma(format!("{best:.4}")))).unwrap_or_default();
                format!("une seule ligne par entrée\u{a0}: {id} est attribué à la ligne {key}{best}")
            }
            Reason::Text { text } => text.clone(),
            other => arbiter(words, other).or_else(|| pair(other)).or_else(|| doubt(words, other)).unwrap_or_default(),
        }
    }
}

/// Why a candidate counts for little.
fn doubt(words: &Words, reason: &Reason) -> Option<String> {
    let group = words.group_name();
    Some(match reason {
        Reason::NotWorthReview { score: best, expected, worth } => format!(
            "meilleur score\u{a0}: {}\u{a0}; la bonne entrée est parmi les candidats avec une probabilité de {}, trop peu pour \
             une revue ({})",
            score(*best),
            score(*expected),
            decimal(*worth)
        ),
        Reason::CompaniesAtPlace { open, closed } => {
            format!(
                "ni le nom ni un identifiant ne concorde, et à ce lieu le registre a {open} {group} et en avait {closed} de plus"
            )
        }
        _ => return None,
    })
}

/// Reasons of arbiters.
fn arbiter(words: &Words, reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::ArbiterChose { arbiter, candidate, confidence, explanation, required } => {
            let required = required.map(|required| {
                format!("\u{a0}; confiance inférieure au minimum requis ({})", comma(required.to_string()))
            });
            format!(
                "«\u{a0}{arbiter}\u{a0}» a retenu le candidat {candidate} (confiance {}){}{}",
                decimal(*confidence),
                after_colon(explanation),
                required.unwrap_or_default()
            )
        }
        Reason::ArbiterRejectedAll { arbiter, confidence, explanation } => format!(
            "«\u{a0}{arbiter}\u{a0}» a écarté tous les candidats (confiance {}){}",
            decimal(*confidence),
            after_colon(explanation)
        ),
        Reason::ArbiterAbstained { arbiter, explanation } => {
            format!("«\u{a0}{arbiter}\u{a0}» s’est abstenu{}", after_colon(explanation))
        }
        Reason::ArbiterSilent { arbiter } => format!("«\u{a0}{arbiter}\u{a0}» n’a pas répondu"),
        Reason::ArbiterFailed { arbiter, error } => {
            format!("échec de «\u{a0}{arbiter}\u{a0}»\u{a0}: {}", words.error(error))
        }
        Reason::ArbiterNotCalled { arbiter } => {
            format!("«\u{a0}{arbiter}\u{a0}» n’a pas été consulté\u{a0}: plafond `max_cost` atteint")
        }
        Reason::ArbiterNotRequested { stage } => format!("l’arbitre de l’étape {stage} n’a pas participé"),
        Reason::DecidedByPerson { by, verdict, why } => {
            let why = after_colon(why.as_deref().unwrap_or_default());
            format!("décidé par {by}\u{a0}: {}{why}", words.verdict(*verdict))
        }
        Reason::DecisionNotApplied { cause: DecisionState::Postponed } => "décision remise à plus tard".to_owned(),
        Reason::DecisionNotApplied { cause } => {
            format!("décision précédente non appliquée\u{a0}: {}", words.decision_state(cause))
        }
        _ => return None,
    })
}

/// Reasons of pairs of rows.
fn pair(reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::NoSimilarRow => "aucune ligne précédente similaire".to_owned(),
        Reason::SameAs { key, score: best } => format!("identique à {key} ({})", score(*best)),
        Reason::PossiblySameAs { key, score: best, review, accept } => format!(
            "peut-être identique à {key}\u{a0}: {}, entre le seuil de revue ({}) et le seuil d’acceptation ({})",
            score(*best),
            decimal(*review),
            decimal(*accept)
        ),
        Reason::Compared { comparisons } => levels(comparisons),
        Reason::Scored { scores } => {
            let scores = scores.iter().map(|one| format!("{} {}", one.scorer, decimal(one.score)));
            scores.collect::<Vec<_>>().join(" ; ")
        }
        Reason::CutByConflict { field } => format!("valeurs différentes de `{field}` de part et d’autre"),
        Reason::CutBySize { rows_max } => format!("le groupe dépasserait {}", count(*rows_max, "ligne", "lignes")),
        Reason::CutAsBridge { required } => {
            format!("seul lien entre deux groupes de lignes, et inférieur à {}", decimal(*required))
        }
        Reason::CutByPerson { by } => format!("{by} a décidé que ces lignes ne sont pas identiques"),
        Reason::SameByPerson { key, by } => format!("identique à {key}\u{a0}: décidé par {by}"),
        Reason::BelowAccept { accept } => format!("inférieur au seuil d’acceptation ({})", decimal(*accept)),
        _ => return None,
    })
}

fn levels(comparisons: &[ComparisonLevel]) -> String {
    let level = |one: &ComparisonLevel| {
        let bits = one.bits.map(|bits| format!(" ({} bits)", comma(format!("{bits:+.1}")))).unwrap_or_default();
        format!("{}\u{a0}: {}{bits}", one.comparison, one.level)
    };
    comparisons.iter().map(level).collect::<Vec<_>>().join(", ")
}

fn count(number: impl Into<u64>, one: &str, several: &str) -> String {
    Language::French.count(number.into(), one, several)
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("«\u{a0}{name}\u{a0}»")).collect::<Vec<_>>().join(", ")
}

fn after_colon(explanation: &str) -> String {
    if explanation.is_empty() { String::new() } else { format!("\u{a0}: {explanation}") }
}

fn score(score: f64) -> String {
    comma(crate::numbers::score(score))
}

fn decimal(number: f64) -> String {
    comma(format!("{number:.2}"))
}

fn comma(number: String) -> String {
    number.replace('.', ",")
}
