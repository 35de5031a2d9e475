//! The decisions on the rows of a list, kept up with the file of decisions, whoever appends to it.
//!
//! **Invariants.** A verdict that [`DecisionBoard::record`] returned `Ok` for is on the disk. A verdict replaces what its
//! person decided before and what the person was shown; what others decided meanwhile stays, and contradicts it.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use matchflow_decisions::{
    DecisionContent, DecisionError, DecisionRecord, Decisions, FollowedLog, RecordLine, RowDecision, act_lines,
};
use matchflow_model::review_verdict::{ReviewDecision, RowVerdict};

use crate::row_list::{RowList, TextNumbers};
use crate::row_status::RowStatus;

/// Changes that are remembered; a window that missed more reads all rows again.
const CHANGES_MAX: usize = 10_000;

/// Who decides, when and why.
#[derive(Debug, Clone)]
pub(crate) struct DecisionMaker {
    pub(crate) by: String,
    pub(crate) at: String,
    pub(crate) why: Option<String>,
}

/// Records of one act.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecordedAct {
    pub(crate) act: String,
    /// The numbers of its rows.
    pub(crate) rows: Vec<usize>,
}

/// The decisions, and what follows from them for each row.
pub(crate) struct DecisionBoard {
    log: FollowedLog,
    decisions: Decisions,
    pub(crate) statuses: Vec<RowStatus>,
    pub(crate) people: TextNumbers,
    /// Counts up with each change.
    pub(crate) version: u64,
    changes: Vec<(u64, u32)>,
    /// The rows of each content: those without a key of their own are found by it.
    by_content: HashMap<u64, Vec<usize>>,
}

impl DecisionBoard {
    pub(crate) fn open(path: &Path, list: &RowList) -> Result<DecisionBoard, DecisionError> {
        let mut people = TextNumbers::default();
        let log = FollowedLog::open(path)?;
        let decisions = Decisions::new(log.log().records.clone());
        let status = |row| RowStatus::of(row, &decisions, &mut people);
        let statuses = list.rows.iter().map(status).collect();
        let mut by_content: HashMap<u64, Vec<usize>> = HashMap::new();
        for (number, row) in list.rows.iter().enumerate().filter(|(_, row)| row.key.starts_with('#')) {
            by_content.entry(row.digest).or_default().push(number);
        }
        Ok(DecisionBoard { log, decisions, statuses, people, version: 1, changes: Vec::new(), by_content })
    }

    /// What people decided about a row.
    pub(crate) fn decision(&self, key: &str, digest: u64) -> Option<ReviewDecision> {
        self.decisions.row_verdict(key, digest).map(|RowVerdict { decision, .. }| decision)
    }

    /// Reads what others have appended.
    pub(crate) fn refresh(&mut self, list: &RowList) -> Result<(), DecisionError> {
        if self.log.refresh()? {
            self.follow(list);
        }
        Ok(())
    }

    /// The rows that have changed since a version; `None` where too many have.
    pub(crate) fn changes_since(&self, version: u64) -> Option<BTreeSet<u32>> {
        let first = self.changes.partition_point(|(changed, _)| *changed <= version);
        let is_known = first > 0 || self.changes.len() < CHANGES_MAX;
        is_known.then(|| self.changes.iter().skip(first).map(|(_, row)| *row).collect())
    }

    /// Stores verdicts as one act; `knew` are the ids of the records that the person was shown.
    pub(crate) fn record(
        &mut self,
        verdicts: Vec<RowDecision>,
        maker: &DecisionMaker,
        knew: &[String],
        list: &RowList,
    ) -> Result<RecordedAct, DecisionError> {
        let before = self.decisions.records().len();
        let known = &self.decisions;
        let lines = self.log.append(|log| {
            let current = (log.records.len() != before).then(|| Decisions::new(log.records.clone()));
            let current = current.as_ref().unwrap_or(known);
            let records = verdicts.into_iter().map(|verdict| {
                let replaces = replaced(current, &verdict, &maker.by, knew);
                let content = DecisionContent::Verdict(Box::new(RowDecision { replaces, ..verdict }));
                new_record(maker, content)
            });
            let lines = act_lines(records.collect());
            (lines.clone(), lines)
        })?;
        Ok(self.recorded(&lines, list))
    }

    /// Undoes an act of a person, or the person's last one; `None` where there is none that counts.
    pub(crate) fn undo(
        &mut self,
        act: Option<&str>,
        maker: &DecisionMaker,
        list: &RowList,
    ) -> Result<Option<RecordedAct>, DecisionError> {
        self.refresh(list)?;
        let counted = self.decisions.verdicts();
        let mine = counted.iter().map(|(line, _)| *line).filter(|line| line.record.by == maker.by);
        let last = || mine.clone().next_back().map(|line| line.record.act.clone());
        let Some(act) = act.map(str::to_owned).or_else(last) else { return Ok(None) };
        let undone: Vec<&RecordLine> = mine.filter(|line| line.record.act == act).collect();
        if undone.is_empty() {
            return Ok(None);
        }
        let undoes = undone.iter().map(|line| line.id.clone()).collect();
        let rows: BTreeSet<usize> = undone.iter().flat_map(|line| self.rows_of(line, list)).collect();
        let lines = act_lines(vec![new_record(maker, DecisionContent::Undo { undoes })]);
        self.log.append(|_| (lines, ()))?;
        self.follow(list);
        Ok(Some(RecordedAct { act, rows: rows.into_iter().collect() }))
    }

    fn recorded(&mut self, lines: &[RecordLine], list: &RowList) -> RecordedAct {
        self.follow(list);
        let act = lines.first().map(|line| line.record.act.clone()).unwrap_or_default();
        RecordedAct { act, rows: lines.iter().flat_map(|line| self.rows_of(line, list)).collect() }
    }

    /// Brings the statuses up to the log.
    fn follow(&mut self, list: &RowList) {
        let (old, log) = (self.decisions.records(), &self.log.log().records);
        let new: Vec<RecordLine> = log.values().filter(|line| !old.contains_key(&line.id)).cloned().collect();
        let rows: BTreeSet<usize> = if old.len() + new.len() == log.len() {
            self.decisions.extend(new.iter().map(|line| (line.id.clone(), line.clone())));
            new.iter().flat_map(|line| self.rows_with_ended(line, list)).collect()
        } else {
            // The file is another one.
            self.decisions = Decisions::new(log.clone());
            (0..list.rows.len()).collect()
        };
        self.version += 1;
        for number in rows {
            let Some((row, status)) = list.rows.get(number).zip(self.statuses.get_mut(number)) else { continue };
            *status = RowStatus::of(row, &self.decisions, &mut self.people);
            self.changes.push((self.version, number as u32));
        }
        let surplus = self.changes.len().saturating_sub(CHANGES_MAX);
        self.changes.drain(..surplus);
    }

    /// The rows of a record, and of those that it ends: an undo, or the undo of an undo, brings back what an earlier one
    /// has ended.
    fn rows_with_ended(&self, line: &RecordLine, list: &RowList) -> BTreeSet<usize> {
        let mut rows: BTreeSet<usize> = self.rows_of(line, list).into_iter().collect();
        let mut ended: Vec<&String> = line.record.ends().iter().collect();
        while let Some(line) = ended.pop().and_then(|id| self.decisions.records().get(id)) {
            rows.extend(self.rows_of(line, list));
            if line.record.verdict().is_none() {
                ended.extend(line.record.ends());
            }
        }
        rows
    }

    /// The rows that a verdict is about.
    fn rows_of(&self, line: &RecordLine, list: &RowList) -> Vec<usize> {
        let Some(verdict) = line.record.verdict() else { return Vec::new() };
        match self.by_content.get(&verdict.row.digest).filter(|_| verdict.row.key.starts_with('#')) {
            Some(rows) => rows.clone(),
            None => list.find(&verdict.row.key).into_iter().collect(),
        }
    }
}

fn new_record(maker: &DecisionMaker, content: DecisionContent) -> DecisionRecord {
    let DecisionMaker { by, at, why } = maker.clone();
    DecisionRecord { act: String::new(), of: 0, by, at, why, content }
}

/// The ids of the records that a verdict replaces: what its person decided before, and what the person was shown.
fn replaced(decisions: &Decisions, verdict: &RowDecision, by: &str, knew: &[String]) -> Vec<String> {
    let found = decisions.row_verdict(&verdict.row.key, verdict.row.digest);
    let notes = found.map(|found| found.decision.verdicts).unwrap_or_default();
    let is_known = |record: &String, person: &str| person == by || knew.contains(record);
    let known = notes.into_iter().filter(|note| is_known(&note.record, &note.by)).map(|note| note.record);
    decisions.with_replaced(known)
}
