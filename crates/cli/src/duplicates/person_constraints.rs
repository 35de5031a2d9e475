//! What people decided about rows that may be the same, as constraints for the clusters.
//!
//! **How.** Rows that are the same have an edge that no rule cuts. Rows that are not have different values in a field of
//! their own, as two companies have different numbers: the guard keeps them in different clusters, whatever links them.
//!
//! **Limits.** A row that another one stands for, being equal in every compared field, has the constraints of that one. Its
//! digest says which one that is: where another row comes to stand for it, what was decided about it is stale.

use std::collections::{BTreeSet, HashMap, HashSet};

use matchflow_decisions::{DecidedRow, PairConstraint, PairConstraints};
use matchflow_dedupe::{Cause, LinkValue};
use matchflow_model::reason::Reason;
use matchflow_model::review_verdict::DecisionState;

use super::pairs::DuplicatePair;
use super::row_catalog::RowCatalog;
use crate::decision_figures::DecisionFigures;

/// The constraints of the rows of a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct PersonConstraints {
    /// Pairs that are the same.
    same: Vec<DuplicatePair>,
    /// What keeps rows in different clusters.
    pub(super) values: Vec<LinkValue>,
    /// Who decided each of the fields in `values`.
    people: Vec<String>,
    /// Pairs that are not the same, the lower row first, and who decided.
    different: HashMap<(u32, u32), String>,
    /// Rows that are never with another one, and who decided.
    alone: HashMap<u32, String>,
    /// Pairs whose decision does not apply, the lower row first, and why.
    unapplied: HashMap<(u32, u32), DecisionState>,
    /// Rows that are not with the row that stands for them.
    apart_from_equal: HashSet<u32>,
    figures: DecisionFigures,
}

/// A row as it is now.
enum FoundRow {
    Row(u32),
    Changed(u32),
    Missing,
}

impl PersonConstraints {
    pub(super) fn new(constraints: &PairConstraints, catalog: &RowCatalog) -> PersonConstraints {
        let mut found = PersonConstraints::default();
        let mut missing: BTreeSet<String> = BTreeSet::new();
        for pair in &constraints.pairs {
            match (find(&pair.a, catalog), find(&pair.b, catalog)) {
                (FoundRow::Row(a), FoundRow::Row(b)) => found.add(pair, a, b, catalog),
                (FoundRow::Row(a) | FoundRow::Changed(a), FoundRow::Row(b) | FoundRow::Changed(b)) => {
                    found.figures.row_changed += 1;
                    found.unapplied.insert(ordered(a, b), DecisionState::RowChanged);
                }
                (FoundRow::Missing, _) => found.add_missing(&pair.a.key, &mut missing),
                (_, FoundRow::Missing) => found.add_missing(&pair.b.key, &mut missing),
            }
        }
        for (row, by, _) in &constraints.alone {
            match find(row, catalog) {
                FoundRow::Row(row) => {
                    found.figures.applied += 1;
                    found.alone.insert(row, by.clone());
                }
                FoundRow::Changed(_) => found.figures.row_changed += 1,
                FoundRow::Missing => found.add_missing(&row.key, &mut missing),
            }
        }
        for (a, b, _) in &constraints.contradictions {
            found.figures.contradictions += 1;
            if let (Some(a), Some(b)) = (catalog.find(&a.key), catalog.find(&b.key)) {
                found.unapplied.insert(ordered(a, b), DecisionState::Contradiction);
            }
        }
        found.figures.unanchored_keys = missing.into_iter().take(3).collect();
        found
    }

    fn add(&mut self, pair: &PairConstraint, a: u32, b: u32, catalog: &RowCatalog) {
        self.figures.applied += 1;
        let representative = |row: u32| catalog.represented_by(row).unwrap_or(row);
        let rows = ordered(representative(a), representative(b));
        match (pair.is_same, rows.0 == rows.1) {
            (true, true) => {}
            (true, false) => self.same.push(DuplicatePair::decided(rows, &pair.by)),
            (false, true) => self.apart_from_equal.extend([a, b].into_iter().filter(|row| *row != rows.0)),
            (false, false) => {
                let field = Cause::PERSON_FIELDS + self.people.len() as u32;
                self.values.extend([(rows.0, 0), (rows.1, 1)].map(|(row, value)| LinkValue { row, field, value }));
                self.people.push(pair.by.clone());
                self.different.insert(rows, pair.by.clone());
            }
        }
    }

    fn add_missing(&mut self, key: &str, missing: &mut BTreeSet<String>) {
        self.figures.unanchored += 1;
        missing.insert(key.to_owned());
    }

    /// The pairs, those that people decided in the place of those that were compared.
    pub(super) fn with_decided(&self, mut pairs: Vec<DuplicatePair>) -> Vec<DuplicatePair> {
        let decided: HashSet<(u32, u32)> = self.same.iter().map(|pair| ordered(pair.rows.0, pair.rows.1)).collect();
        pairs.retain(|pair| !decided.contains(&ordered(pair.rows.0, pair.rows.1)));
        pairs.extend(self.same.iter().cloned());
        pairs
    }

    /// The pairs that are the same by decision.
    pub(super) fn same(&self) -> &[DuplicatePair] {
        &self.same
    }

    /// Whether a pair that was compared may link its rows.
    pub(super) fn allows(&self, pair: &DuplicatePair) -> bool {
        pair.decided_by.is_some() || self.refusal(pair).is_none()
    }

    /// Whether a row is with the row that stands for it.
    pub(super) fn is_with_equal(&self, row: u32, representative: u32) -> bool {
        !self.apart_from_equal.contains(&row)
            && !self.alone.contains_key(&row)
            && !self.alone.contains_key(&representative)
    }

    /// The status of a pair that people have decided about, and why.
    pub(super) fn refusal(&self, pair: &DuplicatePair) -> Option<(&'static str, Reason)> {
        let rows = ordered(pair.rows.0, pair.rows.1);
        let alone = [rows.0, rows.1].into_iter().find_map(|row| self.alone.get(&row));
        if let Some(by) = self.different.get(&rows).or(alone) {
            return Some(("cut", Reason::CutByPerson { by: by.clone() }));
        }
        let cause = self.unapplied.get(&rows)?.clone();
        Some(("review", Reason::DecisionNotApplied { cause }))
    }

    /// Who decided that the rows of a cut pair are not the same.
    pub(super) fn person(&self, field: u32) -> Option<&str> {
        let place = field.checked_sub(Cause::PERSON_FIELDS)?;
        self.people.get(place as usize).map(String::as_str)
    }

    /// What became of the decisions.
    pub(crate) fn figures(&self) -> &DecisionFigures {
        &self.figures
    }
}

fn find(row: &DecidedRow, catalog: &RowCatalog) -> FoundRow {
    match catalog.find(&row.key) {
        None => FoundRow::Missing,
        Some(found) if catalog.digest(found) == row.digest => FoundRow::Row(found),
        Some(found) => FoundRow::Changed(found),
    }
}

fn ordered(one: u32, other: u32) -> (u32, u32) {
    (one.min(other), one.max(other))
}
