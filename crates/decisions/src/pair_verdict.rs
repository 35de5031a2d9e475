//! What people decided about rows that may be the same, as constraints for clusters.
//!
//! **Invariant:** people who contradict each other about a pair constrain nothing there: the pair is listed.

use std::collections::{BTreeMap, BTreeSet};

use matchflow_model::review_verdict::ReviewVerdict;

use crate::record::{DecidedRow, RecordLine, RowDecision};

/// A decision about two rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairConstraint {
    /// The row whose key is lower.
    pub a: DecidedRow,
    /// The other.
    pub b: DecidedRow,
    /// Whether they are the same; otherwise they are in different clusters, whatever links them.
    pub is_same: bool,
    /// Who decided.
    pub by: String,
    /// The ids of the records.
    pub records: Vec<String>,
}

/// The decisions about rows that may be the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PairConstraints {
    /// Pairs that are the same, or not.
    pub pairs: Vec<PairConstraint>,
    /// Rows that are never with another one, who decided, and the record.
    pub alone: Vec<(DecidedRow, String, String)>,
    /// Pairs that people decided differently about, each with who decided.
    pub contradictions: Vec<(DecidedRow, DecidedRow, Vec<String>)>,
}

impl PairConstraints {
    pub(crate) fn new(verdicts: Vec<(&RecordLine, &RowDecision)>) -> PairConstraints {
        let mut constraints = PairConstraints::default();
        let mut pairs: BTreeMap<(DecidedRow, DecidedRow), PairVotes> = BTreeMap::new();
        // The oldest first: of one person the last word counts.
        for (line, verdict) in verdicts {
            match verdict.verdict {
                ReviewVerdict::NeverMerge => {
                    constraints.alone.push((verdict.row.clone(), line.record.by.clone(), line.id.clone()));
                }
                ReviewVerdict::Same | ReviewVerdict::NotTheSame | ReviewVerdict::Split => {
                    let is_same = verdict.verdict == ReviewVerdict::Same;
                    for other in verdict.others.iter().filter(|other| other.key != verdict.row.key) {
                        let (a, b) = (verdict.row.clone().min(other.clone()), verdict.row.clone().max(other.clone()));
                        let votes = pairs.entry((a, b)).or_default();
                        votes.insert(line.record.by.clone(), (is_same, line.id.clone()));
                    }
                }
                _ => {}
            }
        }
        constraints.alone.sort();
        constraints.alone.dedup_by(|one, other| one.0 == other.0);
        for ((a, b), votes) in pairs {
            let opinions: BTreeSet<bool> = votes.values().map(|(is_same, _)| *is_same).collect();
            let people: Vec<String> = votes.keys().cloned().collect();
            match (opinions.first(), opinions.len()) {
                (Some(is_same), 1) => constraints.pairs.push(PairConstraint {
                    a,
                    b,
                    is_same: *is_same,
                    by: people.join(", "),
                    records: votes.into_values().map(|(_, id)| id).collect(),
                }),
                _ => constraints.contradictions.push((a, b, people)),
            }
        }
        constraints
    }

    /// Whether nobody decided anything.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.alone.is_empty() && self.contradictions.is_empty()
    }
}

/// By person: whether the rows are the same, and the record.
type PairVotes = BTreeMap<String, (bool, String)>;
