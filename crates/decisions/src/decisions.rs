//! The decisions that count, and what follows from them for a row.
//!
//! **How.** Of one person the newest verdict on a row counts. People who decided the same agree, whatever words they chose;
//! one who put the row off is no obstacle to one who decided. A row is found by its key, and must have the content that was
//! decided; where keys are row numbers (`#12`), by its content alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use matchflow_model::review_verdict::{DecisionState, ReviewDecision, ReviewVerdict, RowVerdict};
use serde::Serialize;

use crate::pair_verdict::PairConstraints;
use crate::record::{DecisionRecord, RecordLine, RowDecision};
use crate::validity::validity;

/// How keys begin that are numbers of rows.
const ROW_NUMBER: char = '#';

/// Records from one file or several, and which of them count.
#[derive(Debug, Clone, Default)]
pub struct Decisions {
    records: BTreeMap<String, RecordLine>,
    valid: BTreeSet<String>,
    /// The ids of the verdicts that count, by the key of their row.
    of_key: BTreeMap<String, Vec<String>>,
    /// The same of rows without a key of their own, by the digest of their content.
    of_content: HashMap<u64, Vec<String>>,
}

/// People who decided differently about one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// The row.
    pub key: String,
    /// What each decided, the newest first.
    pub decision: ReviewDecision,
}

impl Decisions {
    /// The decisions that follow from a set of records.
    pub fn new(records: BTreeMap<String, RecordLine>) -> Decisions {
        let mut decisions = Decisions::default();
        decisions.extend(records);
        decisions
    }

    /// Adds records, and decides again which of all of them count.
    pub fn extend(&mut self, more: impl IntoIterator<Item = (String, RecordLine)>) {
        self.records.extend(more);
        self.of_key.clear();
        self.of_content.clear();
        self.valid =
            validity(&self.records).into_iter().filter(|(_, counts)| *counts).map(|(id, _)| id.to_owned()).collect();
        for (id, line) in &self.records {
            let Some(verdict) = line.record.verdict() else { continue };
            if !self.valid.contains(id) || verdict.verdict.is_of_duplicates() {
                continue;
            }
            match verdict.row.key.starts_with(ROW_NUMBER) {
                true => self.of_content.entry(verdict.row.digest).or_default().push(id.clone()),
                false => self.of_key.entry(verdict.row.key.clone()).or_default().push(id.clone()),
            }
        }
    }

    /// These verdicts with all that they have replaced, and so on: who replaces the first replaces the others too, which
    /// would count again otherwise.
    pub fn with_replaced(&self, ids: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<String> = ids.into_iter().collect();
        while let Some(id) = open.pop() {
            let verdict = self.records.get(&id).and_then(|line| line.record.verdict());
            open.extend(verdict.into_iter().flat_map(|verdict| verdict.replaces.iter().cloned()));
            found.insert(id);
        }
        found.into_iter().collect()
    }

    /// Every record, by id.
    pub fn records(&self) -> &BTreeMap<String, RecordLine> {
        &self.records
    }

    /// Whether a record counts: nothing has undone or replaced it.
    pub fn counts(&self, id: &str) -> bool {
        self.valid.contains(id)
    }

    /// The verdicts that count, the oldest first.
    pub fn verdicts(&self) -> Vec<(&RecordLine, &RowDecision)> {
        let counted = self.records.values().filter(|line| self.valid.contains(&line.id));
        let mut verdicts: Vec<_> = counted.filter_map(|line| Some((line, line.record.verdict()?))).collect();
        verdicts.sort_by(|(one, _), (other, _)| (&one.record.at, &one.id).cmp(&(&other.record.at, &other.id)));
        verdicts
    }

    /// Whether no verdict on a row counts.
    pub fn is_empty(&self) -> bool {
        self.of_key.is_empty() && self.of_content.is_empty()
    }

    /// What people decided about rows that may be the same.
    pub fn pair_verdicts(&self) -> PairConstraints {
        PairConstraints::new(self.verdicts())
    }

    /// What a run is to do with a row; `None` where nobody decided about it.
    pub fn row_verdict(&self, key: &str, digest: u64) -> Option<RowVerdict> {
        let ids = match key.starts_with(ROW_NUMBER) {
            true => self.of_content.get(&digest),
            false => self.of_key.get(key),
        };
        let verdicts = newest_of_each_person(self.lines(ids?));
        let (of_content, of_other_content): (Vec<_>, Vec<_>) =
            verdicts.into_iter().partition(|(_, verdict)| verdict.row.digest == digest);
        if of_content.is_empty() {
            return Some(combine(of_other_content, Some(DecisionState::RowChanged)));
        }
        Some(combine(of_content, None))
    }

    /// The rows that people decided differently about, by key.
    pub fn disagreements(&self) -> Vec<Disagreement> {
        let mut rows: BTreeSet<(&str, u64)> = BTreeSet::new();
        for (_, verdict) in self.verdicts() {
            if !verdict.verdict.is_of_duplicates() {
                rows.insert((&verdict.row.key, verdict.row.digest));
            }
        }
        let disagreement = |(key, digest): (&str, u64)| {
            let verdict = self.row_verdict(key, digest)?;
            let is_one = verdict.decision.state == DecisionState::Contradiction;
            is_one.then(|| Disagreement { key: key.to_owned(), decision: verdict.decision })
        };
        rows.into_iter().filter_map(disagreement).collect()
    }

    /// The keys of rows that were decided and of which no record is among `applied`: they are in no result.
    pub fn unanchored(&self, applied: &BTreeSet<String>) -> Vec<String> {
        let mut anchored: BTreeMap<&str, bool> = BTreeMap::new();
        for (line, verdict) in self.verdicts() {
            if !verdict.verdict.is_of_duplicates() {
                *anchored.entry(&verdict.row.key).or_default() |= applied.contains(&line.id);
            }
        }
        anchored.into_iter().filter(|(_, is_anchored)| !is_anchored).map(|(key, _)| key.to_owned()).collect()
    }

    fn lines<'a>(&'a self, ids: &'a [String]) -> Vec<(&'a RecordLine, &'a RowDecision)> {
        let line = |id: &String| self.records.get(id).and_then(|line| Some((line, line.record.verdict()?)));
        ids.iter().filter_map(line).collect()
    }
}

/// A verdict with its record.
type Verdict<'a> = (&'a RecordLine, &'a RowDecision);

/// The newest verdict of each person on one row and one content, the newest first.
fn newest_of_each_person(verdicts: Vec<Verdict<'_>>) -> Vec<Verdict<'_>> {
    let order = |record: &DecisionRecord, id: &str| (record.at.clone(), id.to_owned());
    let mut newest: BTreeMap<(&str, u64), Verdict<'_>> = BTreeMap::new();
    for (line, verdict) in verdicts {
        let place = newest.entry((&line.record.by, verdict.row.digest)).or_insert((line, verdict));
        if order(&line.record, &line.id) > order(&place.0.record, &place.0.id) {
            *place = (line, verdict);
        }
    }
    let mut newest: Vec<Verdict<'_>> = newest.into_values().collect();
    newest.sort_by(|(one, _), (other, _)| (&other.record.at, &other.id).cmp(&(&one.record.at, &one.id)));
    newest
}

/// What follows from the verdicts of several people on a row.
fn combine(verdicts: Vec<Verdict<'_>>, state: Option<DecisionState>) -> RowVerdict {
    let is_decided = |(_, verdict): &Verdict<'_>| verdict.verdict != ReviewVerdict::Later;
    let has_decided = verdicts.iter().any(is_decided);
    let verdicts: Vec<_> = verdicts.into_iter().filter(|one| !has_decided || is_decided(one)).collect();
    let meanings: BTreeSet<_> = verdicts.iter().map(|(_, verdict)| meaning(verdict)).collect();
    let state = state.unwrap_or(match (meanings.len(), has_decided) {
        (2.., _) => DecisionState::Contradiction,
        (_, false) => DecisionState::Postponed,
        (_, true) => DecisionState::Applied,
    });
    let fields = |(_, verdict): &Verdict<'_>| verdict.proposed.as_ref()?.fields.clone();
    let entry = verdicts.iter().find_map(fields);
    let notes = verdicts.iter().map(|(line, verdict)| verdict.note(&line.id, &line.record)).collect();
    RowVerdict { decision: ReviewDecision { state, verdicts: notes }, entry }
}

/// What two verdicts have in common that come to the same result.
fn meaning(verdict: &RowDecision) -> (ReviewVerdict, Option<&str>, Option<&str>) {
    match (&verdict.entry, verdict.verdict) {
        (Some(entry), ReviewVerdict::Entry | ReviewVerdict::OtherEstablishment) => {
            (ReviewVerdict::Entry, Some(entry), None)
        }
        (entry, kind) => (kind, entry.as_deref(), verdict.group.as_deref()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::tests::verdict;
    use crate::record::{DecisionContent, act_lines};

    fn decisions(records: Vec<DecisionRecord>) -> Decisions {
        let lines = records.into_iter().flat_map(|record| act_lines(vec![record]));
        Decisions::new(lines.map(|line| (line.id.clone(), line)).collect())
    }

    fn state(decisions: &Decisions, key: &str, digest: u64) -> Option<DecisionState> {
        decisions.row_verdict(key, digest).map(|verdict| verdict.decision.state)
    }

    #[test]
    fn people_agree_disagree_and_change_their_minds() {
        use ReviewVerdict::{Closed, Entry, Later, OtherEstablishment};
        let mut all = vec![verdict("Alice", 1, "F1", 7, Entry)];
        assert_eq!(state(&decisions(all.clone()), "F1", 7), Some(DecisionState::Applied));
        assert_eq!(state(&decisions(all.clone()), "F2", 7), None);
        assert_eq!(state(&decisions(all.clone()), "F1", 8), Some(DecisionState::RowChanged));
        // The same entry in other words.
        let mut other = verdict("Bob", 2, "F1", 7, Entry);
        if let DecisionContent::Verdict(verdict) = &mut other.content {
            verdict.verdict = OtherEstablishment;
        }
        all.push(other);
        assert_eq!(state(&decisions(all.clone()), "F1", 7), Some(DecisionState::Applied));
        all.push(verdict("Carol", 3, "F1", 7, Later));
        assert_eq!(state(&decisions(all.clone()), "F1", 7), Some(DecisionState::Applied));
        all.push(verdict("Carol", 4, "F1", 7, Closed));
        let found = decisions(all.clone());
        assert_eq!(state(&found, "F1", 7), Some(DecisionState::Contradiction));
        let disagreements = found.disagreements();
        assert_eq!(disagreements.len(), 1);
        let people: Vec<&str> = disagreements[0].decision.verdicts.iter().map(|note| note.by.as_str()).collect();
        assert_eq!(people, ["Carol", "Bob", "Alice"]);
        all.push(verdict("Carol", 5, "F1", 7, Later));
        assert_eq!(state(&decisions(all), "F1", 7), Some(DecisionState::Applied));
        let later = decisions(vec![verdict("Alice", 1, "F1", 7, Later)]);
        assert_eq!(state(&later, "F1", 7), Some(DecisionState::Postponed));
    }

    #[test]
    fn rows_without_a_key_are_found_by_their_content() {
        let found = decisions(vec![verdict("Alice", 1, "#12", 7, ReviewVerdict::Entry)]);
        assert_eq!(state(&found, "#13", 7), Some(DecisionState::Applied));
        assert_eq!(state(&found, "#12", 8), None);
        assert_eq!(state(&found, "F1", 7), None);
        let id = found.records().keys().next().cloned();
        assert_eq!(found.unanchored(&id.into_iter().collect()), Vec::<String>::new());
        assert_eq!(found.unanchored(&BTreeSet::new()), ["#12"]);
    }

    #[test]
    fn what_was_decided_about_the_content_of_now_counts_more() {
        let found = decisions(vec![
            verdict("Alice", 9, "F1", 7, ReviewVerdict::Entry),
            verdict("Bob", 1, "F1", 8, ReviewVerdict::Closed),
        ]);
        let of_now = found.row_verdict("F1", 8).unwrap();
        assert_eq!(of_now.applicable().map(|note| note.by.as_str()), Some("Bob"));
    }

    #[test]
    fn who_replaces_a_verdict_replaces_those_that_it_has_replaced() {
        use ReviewVerdict::{Closed, NotASupplier, NotInRegistry};
        let replacing = |by: &str, at, kind, replaces: Vec<String>| {
            let mut record = verdict(by, at, "F1", 7, kind);
            if let DecisionContent::Verdict(verdict) = &mut record.content {
                verdict.replaces = replaces;
            }
            act_lines(vec![record]).remove(0)
        };
        let alice = replacing("Alice", 1, Closed, Vec::new());
        let mut known = Decisions::new(BTreeMap::from([(alice.id.clone(), alice.clone())]));
        let bob = replacing("Bob", 2, NotASupplier, known.with_replaced([alice.id.clone()]));
        known.extend([(bob.id.clone(), bob.clone())]);
        let carol = replacing("Carol", 3, NotInRegistry, known.with_replaced([bob.id.clone()]));
        known.extend([(carol.id.clone(), carol.clone())]);
        assert_eq!(known.row_verdict("F1", 7).unwrap().applicable().unwrap().by, "Carol");
        // Without Carol's, Bob's counts, and not what it has replaced.
        let content = DecisionContent::Undo { undoes: vec![carol.id] };
        let undo = act_lines(vec![DecisionRecord { content, ..verdict("Carol", 4, "", 0, Closed) }]).remove(0);
        known.extend([(undo.id.clone(), undo)]);
        assert_eq!(known.row_verdict("F1", 7).unwrap().applicable().unwrap().by, "Bob");
    }

    #[test]
    fn an_undone_undo_brings_the_verdict_back() {
        let first = act_lines(vec![verdict("Alice", 1, "F1", 7, ReviewVerdict::Entry)]).remove(0);
        let undo = |of: &RecordLine, at| {
            let content = DecisionContent::Undo { undoes: vec![of.id.clone(), "unknown".to_owned()] };
            let record = DecisionRecord { content, ..verdict("Bob", at, "", 0, ReviewVerdict::Later) };
            act_lines(vec![record]).remove(0)
        };
        let second = undo(&first, 2);
        let third = undo(&second, 3);
        let of = |lines: &[&RecordLine]| {
            Decisions::new(lines.iter().map(|line| (line.id.clone(), (*line).clone())).collect())
        };
        assert_eq!(state(&of(&[&second, &first]), "F1", 7), None);
        assert!(of(&[&second, &first]).is_empty());
        assert_eq!(state(&of(&[&third, &second, &first]), "F1", 7), Some(DecisionState::Applied));
    }

    /// Verdicts of three people on two rows, each perhaps naming an earlier one that it ends.
    fn histories() -> impl Strategy<Value = Vec<RecordLine>> {
        let one = (0..3usize, 0..2usize, 0..2u64, 0..6usize, any::<bool>(), 0..12usize, 0..5u32);
        proptest::collection::vec(one, 1..12).prop_map(|acts| {
            let mut lines: Vec<RecordLine> = Vec::new();
            for (person, row, digest, kind, is_undo, earlier, at) in acts {
                let mut record =
                    verdict(["A", "B", "C"][person], at, ["F1", "#2"][row], digest, ReviewVerdict::ALL[kind]);
                let target = lines.get(earlier).map(|line| line.id.clone());
                match (&mut record.content, target) {
                    (_, Some(target)) if is_undo => record.content = DecisionContent::Undo { undoes: vec![target] },
                    (DecisionContent::Verdict(verdict), target) => verdict.replaces.extend(target),
                    _ => {}
                }
                lines.extend(act_lines(vec![record]));
            }
            lines
        })
    }

    proptest! {
        #[test]
        fn the_order_of_reviewers_and_files_does_not_matter(
            lines in histories(),
            order in Just((0..12usize).collect::<Vec<_>>()).prop_shuffle(),
            splits in proptest::collection::vec(0..3usize, 12),
        ) {
            let whole = Decisions::new(lines.iter().map(|line| (line.id.clone(), line.clone())).collect());
            // Three files, each with some lines in another order, and every line twice at least.
            let mut merged = BTreeMap::new();
            for file in [0usize, 1, 2, 0] {
                for place in &order {
                    let Some(line) = lines.get(*place).filter(|_| splits[*place] == file || *place % 2 == 0) else { continue };
                    merged.insert(line.id.clone(), line.clone());
                }
            }
            for (key, digest) in [("F1", 0), ("F1", 1), ("#2", 0), ("#2", 1), ("#9", 0)] {
                let merged = Decisions::new(merged.clone());
                prop_assert_eq!(whole.row_verdict(key, digest), merged.row_verdict(key, digest));
                prop_assert_eq!(whole.disagreements(), merged.disagreements());
            }
        }
    }
}
