//! English.

use matchflow_model::language::Language;
use matchflow_model::reason::{ComparisonLevel, Reason, Rival};
use matchflow_model::review_verdict::DecisionState;

use crate::numbers::score;
use crate::{Wording, Words};

pub(crate) struct English;

impl Wording for English {
    fn number(&self, digits: String) -> String {
        digits
    }

    fn separator(&self) -> &'static str {
        "; "
    }

    fn reason(&self, words: &Words, reason: &Reason) -> String {
        let (id, group) = (words.id_name(), words.group_name());
        match reason {
            Reason::NoCandidate => "no similar registry entry".to_owned(),
            Reason::BelowReview { score: best, review } => {
                format!("best score {}, below the review threshold of {review:.2}", score(*best))
            }
            Reason::InReviewBand { score: best, review, accept, rival } => {
                let rival = rival.as_ref().map(|Rival { group: rival, score: next }| {
                    format!("; another {group}, {rival}, has {}", score(*next))
                });
                let rival = rival.unwrap_or_default();
                let best = score(*best);
                format!(
                    "best score {best}, between the thresholds for review ({review:.2}) and a match ({accept:.2}){rival}"
                )
            }
            Reason::TooClose { group: best, score: best_score, rival } => {
                let (best_score, next) = (score(*best_score), score(rival.score));
                format!("two candidates too close to choose: {best} ({best_score}) and {} ({next})", rival.group)
            }
            Reason::SupportedOnly { score: best } => {
                format!("score {}, but neither a name nor an identifier agrees", score(*best))
            }
            Reason::Accepted { score: best, rival: Some(rival) } => {
                format!("score {}; the next {group}, {}, has {}", score(*best), rival.group, score(rival.score))
            }
            Reason::Accepted { score: best, rival: None } => format!("score {}; no competing {group}", score(*best)),
            Reason::Agreement { agrees, differs } => words.agreement(agrees, differs),
            Reason::Against { comparisons } => format!("evidence against it: {}", levels(comparisons)),
            Reason::ClosedEntry { successor: Some(successor), .. } => {
                format!("the entry is closed, succeeded by {successor}")
            }
            Reason::ClosedEntry { open_entries: 0, .. } => {
                format!("the entry is closed and its {group} has no open entry")
            }
            Reason::ClosedEntry { open_entries, .. } => {
                let entries = count(*open_entries, "open entry", "open entries");
                format!("the entry is closed; its {group} has {entries}")
            }
            Reason::EntryUndecided { score: best } => format!("{id} undecided (best candidate: {})", score(*best)),
            Reason::OutOfScope { field, value } => format!("out of scope: {field} is {value}"),
            Reason::JointBid { lead, others, certain: true } => {
                format!("joint bid: compared as its lead `{lead}`, not as {}", quoted(others))
            }
            Reason::JointBid { lead, others, certain: false } => {
                format!("possibly several companies: compared as one name and as `{lead}`, not as {}", quoted(others))
            }
            Reason::StageFailed { stage } => format!("stage {stage} failed on this row"),
            Reason::EntryAssigned { id, key, score: best } => {
                let best = best.map(|best| format!(" ({best:.4})")).unwrap_or_default();
                format!("one-to-one: {id} is assigned to row {key}{best}")
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
            "best score {}; the right entry is among the candidates with probability {}, too little for a review ({worth:.2})",
            score(*best),
            score(*expected)
        ),
        Reason::CompaniesAtPlace { open, closed } => {
            format!(
                "neither a name nor an identifier agrees, and at this place the registry has {} and had {closed} more",
                count(*open, group, &format!("{group}s"))
            )
        }
        _ => return None,
    })
}

/// Reasons of arbiters.
fn arbiter(words: &Words, reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::ArbiterChose { arbiter, candidate, confidence, explanation, required } => {
            let required = required.map(|required| format!("; below the required confidence of {required}"));
            let explanation = after_colon(explanation);
            let required = required.unwrap_or_default();
            format!("`{arbiter}` chose candidate {candidate} (confidence {confidence:.2}){explanation}{required}")
        }
        Reason::ArbiterRejectedAll { arbiter, confidence, explanation } => {
            let explanation = after_colon(explanation);
            format!("`{arbiter}` rejected all candidates (confidence {confidence:.2}){explanation}")
        }
        Reason::ArbiterAbstained { arbiter, explanation } => {
            format!("`{arbiter}` abstained{}", after_colon(explanation))
        }
        Reason::ArbiterSilent { arbiter } => format!("`{arbiter}` returned no answer"),
        Reason::ArbiterFailed { arbiter, error } => format!("`{arbiter}` failed: {}", words.error(error)),
        Reason::ArbiterNotCalled { arbiter } => format!("`{arbiter}` was not asked: `max_cost` had been reached"),
        Reason::ArbiterNotRequested { stage } => format!("the arbiter of stage {stage} did not take part"),
        Reason::DecidedByPerson { by, verdict, why } => {
            format!("decided by {by}: {}{}", words.verdict(*verdict), after_colon(why.as_deref().unwrap_or_default()))
        }
        Reason::DecisionNotApplied { cause: DecisionState::Postponed } => "a person put the decision off".to_owned(),
        Reason::DecisionNotApplied { cause } => {
            format!("an earlier decision was not applied: {}", words.decision_state(cause))
        }
        _ => return None,
    })
}

/// Reasons of pairs of rows.
fn pair(reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::NoSimilarRow => "no similar earlier row".to_owned(),
        Reason::SameAs { key, score: best } => format!("same as {key} ({})", score(*best)),
        Reason::PossiblySameAs { key, score: best, review, accept } => format!(
            "possibly the same as {key}: {}, between the thresholds for review ({review:.2}) and a match ({accept:.2})",
            score(*best)
        ),
        Reason::Compared { comparisons } => levels(comparisons),
        Reason::Scored { scores } => {
            let scores = scores.iter().map(|one| format!("{} {:.2}", one.scorer, one.score));
            scores.collect::<Vec<_>>().join(", ")
        }
        Reason::CutByConflict { field } => format!("the two sides have different values of `{field}`"),
        Reason::CutBySize { rows_max } => {
            format!("the cluster would have more than {}", count(*rows_max, "row", "rows"))
        }
        Reason::CutAsBridge { required } => {
            format!("the only link between two groups of rows, and below {required:.2}")
        }
        Reason::CutByPerson { by } => format!("{by} decided that they are not the same"),
        Reason::SameByPerson { key, by } => format!("same as {key}: decided by {by}"),
        Reason::BelowAccept { accept } => format!("below the match threshold of {accept:.2}"),
        _ => return None,
    })
}

fn levels(comparisons: &[ComparisonLevel]) -> String {
    let level = |one: &ComparisonLevel| {
        let bits = one.bits.map(|bits| format!(" ({bits:+.1} bits)")).unwrap_or_default();
        format!("{}: {}{bits}", one.comparison, one.level)
    };
    comparisons.iter().map(level).collect::<Vec<_>>().join(", ")
}

fn count(number: impl Into<u64>, one: &str, several: &str) -> String {
    Language::English.count(number.into(), one, several)
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn after_colon(explanation: &str) -> String {
    if explanation.is_empty() { String::new() } else { format!(": {explanation}") }
}
