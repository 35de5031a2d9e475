//! Which true entries are among the candidates: recall at k, by stage, and the rows missed.
//!
//! A row counts if the truth has an entry for it that is in the registry, as read by the pipeline; rows whose true
//! entry is closed, filtered out or unknown are counted separately. At each level, *recall at k* is the share of these
//! rows whose true entry is among the first k distinct ones of a stage.

use std::fmt;

use serde::Serialize;

use crate::identifier::Identifier;
use crate::truth::{Level, Truth};

/// The values of k.
pub const PLACES: [usize; 4] = [1, 5, 20, 50];

/// A candidate of a row, as ranked by a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageCandidate<'a> {
    /// The entry's id.
    pub id: &'a str,
    /// Its group.
    pub group: &'a str,
}

/// Recall of the candidate stages of a pipeline.
#[derive(Debug, Clone, Serialize)]
pub struct Recall {
    /// The truth's name for ids.
    pub id_name: String,
    /// The truth's name for groups.
    pub group_name: String,
    /// Supplier rows searched.
    pub rows: u64,
    /// Rows for which the truth has an entry.
    pub rows_with_truth: u64,
    /// Rows among these whose true group is not among the entries that the pipeline uses.
    pub rows_absent: u64,
    /// What each stage found, in the order of the plan.
    pub stages: Vec<StageRecall>,
    /// What all stages found together, in the order of the plan.
    pub together: StageRecall,
    /// Rows whose true group no stage found, in the order of the file.
    pub missed: Vec<MissedRow>,
}

/// The candidates of one stage.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StageRecall {
    /// The stage's label.
    pub stage: String,
    /// Rows for which it found any candidate.
    pub rows_found: u64,
    /// Total number of candidates.
    pub pairs: u64,
    /// By group; `None` if the truth has no groups.
    pub group: Option<LevelRecall>,
    /// By id; `None` if the truth has no ids.
    pub id: Option<LevelRecall>,
    /// Rows whose true group this stage found first.
    pub first: u64,
}

/// Recall at one level.
#[derive(Debug, Clone, Default, Serialize)]
pub struct LevelRecall {
    /// Rows judged by the truth.
    pub rows: u64,
    /// Rows found among the first k, for each of [`PLACES`].
    pub found: [u64; PLACES.len()],
}

impl LevelRecall {
    /// Recall at each of [`PLACES`]; `None` without rows.
    pub fn shares(&self) -> Option<[f64; PLACES.len()]> {
        (self.rows > 0).then(|| self.found.map(|found| found as f64 / self.rows as f64))
    }

    fn add(&mut self, place: Option<usize>) {
        self.rows += 1;
        for (count, limit) in self.found.iter_mut().zip(PLACES) {
            *count += u64::from(place.is_some_and(|place| place < limit));
        }
    }
}

/// A row whose true group no stage found.
#[derive(Debug, Clone, Serialize)]
pub struct MissedRow {
    /// The row's key.
    pub key: String,
    /// Its name in the row.
    pub name: String,
    /// The accepted groups, or ids if the truth has nothing else.
    pub accepted: Vec<String>,
    /// The name in the registry of the first of them.
    pub accepted_name: String,
}

/// Adds up rows with their candidates.
pub struct RecallCounter<'t> {
    truth: &'t Truth,
    recall: Recall,
    missed_max: usize,
    /// The row's number in the file, for the order of [`Recall::missed`].
    missed: Vec<(u64, MissedRow)>,
}

/// A row as passed to [`RecallCounter::add`].
#[derive(Debug, Clone, Copy)]
pub struct SearchedRow<'a> {
    /// Its key.
    pub key: &'a str,
    /// Its number in the file.
    pub number: u64,
    /// Its name for the supplier.
    pub name: &'a str,
}

impl<'t> RecallCounter<'t> {
    /// A counter for stages with these labels, and at most `missed_max` examples.
    pub fn new(truth: &'t Truth, stages: &[String], missed_max: usize) -> RecallCounter<'t> {
        let level = |level| truth.judges(level).then(LevelRecall::default);
        let stage = |label: &str| StageRecall {
            stage: label.to_owned(),
            group: level(Level::Group),
            id: level(Level::Id),
            ..StageRecall::default()
        };
        let name = |level, otherwise: &str| truth.level_name(level).unwrap_or(otherwise).to_owned();
        let recall = Recall {
            id_name: name(Level::Id, "id"),
            group_name: name(Level::Group, "group"),
            rows: 0,
            rows_with_truth: 0,
            rows_absent: 0,
            stages: stages.iter().map(|label| stage(label)).collect(),
            together: stage("all stages"),
            missed: Vec::new(),
        };
        RecallCounter { truth, recall, missed_max, missed: Vec::new() }
    }

    /// The accepted groups of a key, and the accepted ids; both are empty if there are none.
    pub fn accepted(&self, key: &str) -> (&'t [String], &'t [String]) {
        let Some(key) = self.truth.key_of(key) else { return (&[], &[]) };
        let accepted = |level| self.truth.accepted(key, level).unwrap_or_default();
        (accepted(Level::Group), accepted(Level::Id))
    }

    /// Adds a row with the candidates of each stage, best first. `known` returns the registry's name of a group or id,
    /// if it is in the registry.
    pub fn add(
        &mut self,
        row: SearchedRow<'_>,
        found: &[Vec<StageCandidate<'_>>],
        known: &dyn Fn(Level, &str) -> Option<String>,
    ) {
        self.recall.rows += 1;
        for (stage, found) in self.recall.stages.iter_mut().zip(found) {
            stage.pairs += found.len() as u64;
            stage.rows_found += u64::from(!found.is_empty());
        }
        let together: Vec<StageCandidate<'_>> = found.iter().flatten().copied().collect();
        self.recall.together.pairs += together.len() as u64;
        self.recall.together.rows_found += u64::from(!together.is_empty());
        let (groups, ids) = self.accepted(row.key);
        if groups.is_empty() && ids.is_empty() {
            return;
        }
        self.recall.rows_with_truth += 1;
        let in_registry = |level, accepted: &[String]| accepted.iter().find_map(|value| known(level, value));
        let name = in_registry(Level::Group, groups).or_else(|| in_registry(Level::Id, ids));
        let Some(accepted_name) = name else {
            self.recall.rows_absent += 1;
            return;
        };
        let has_id = in_registry(Level::Id, ids).is_some();
        let entry = TrueEntry { groups, ids, has_id };
        let identifiers =
            Identifiers { id: self.truth.identifier(Level::Id), group: self.truth.identifier(Level::Group) };
        let mut first = None;
        for (number, (stage, found)) in self.recall.stages.iter_mut().zip(found).enumerate() {
            if count(stage, found, &entry, identifiers) {
                first.get_or_insert(number);
            }
        }
        if count(&mut self.recall.together, &together, &entry, identifiers) {
            self.recall.together.first += 1;
        } else {
            let accepted = if groups.is_empty() { ids.to_vec() } else { groups.to_vec() };
            let missed = MissedRow { key: row.key.to_owned(), name: row.name.to_owned(), accepted, accepted_name };
            self.missed.push((row.number, missed));
            if self.missed.len() > 2 * self.missed_max + 16 {
                self.trim();
            }
        }
        if let Some(stage) = first.and_then(|number| self.recall.stages.get_mut(number)) {
            stage.first += 1;
        }
    }

    fn trim(&mut self) {
        self.missed.sort_by_key(|missed| missed.0);
        self.missed.truncate(self.missed_max);
    }

    /// The figures.
    pub fn finish(mut self) -> Recall {
        self.trim();
        self.recall.missed = self.missed.into_iter().map(|(_, missed)| missed).collect();
        self.recall
    }
}

/// The accepted entries of a row.
struct TrueEntry<'a> {
    groups: &'a [String],
    ids: &'a [String],
    /// Whether the registry has one of the ids.
    has_id: bool,
}

/// The kinds of ids and groups.
#[derive(Debug, Clone, Copy)]
struct Identifiers {
    id: Identifier,
    group: Identifier,
}

/// Adds a row to a stage's figures. Returns whether the group (or, without one, the id) is among its candidates.
fn count(
    stage: &mut StageRecall,
    found: &[StageCandidate<'_>],
    entry: &TrueEntry<'_>,
    identifiers: Identifiers,
) -> bool {
    let TrueEntry { groups, ids, has_id } = *entry;
    let place_of = |accepted: &[String], value: &dyn Fn(&StageCandidate<'_>) -> String| {
        let mut distinct: Vec<String> = Vec::new();
        for candidate in found {
            let value = value(candidate);
            if accepted.contains(&value) {
                return Some(distinct.len());
            }
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        None
    };
    let group = place_of(groups, &|candidate| identifiers.group.canonical(candidate.group).into_owned());
    let id = place_of(ids, &|candidate| identifiers.id.canonical(candidate.id).into_owned());
    if let Some(level) = stage.group.as_mut().filter(|_| !groups.is_empty()) {
        level.add(group);
    }
    if let Some(level) = stage.id.as_mut().filter(|_| !ids.is_empty() && has_id) {
        level.add(id);
    }
    if groups.is_empty() { id.is_some() } else { group.is_some() }
}

impl fmt::Display for Recall {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{} rows searched; the truth has an entry for {}, {} of them not among the entries that the pipeline uses",
            self.rows, self.rows_with_truth, self.rows_absent
        )?;
        for (title, level) in [(&self.group_name, Level::Group), (&self.id_name, Level::Id)] {
            let of = |stage: &StageRecall| match level {
                Level::Group => stage.group.clone(),
                Level::Id => stage.id.clone(),
            };
            let Some(rows) = of(&self.together).map(|level| level.rows).filter(|rows| *rows > 0) else { continue };
            write!(out, "\n{:<32}", format!("recall of the {title}, {rows} rows"))?;
            PLACES.iter().try_for_each(|place| write!(out, "{:>9}", format!("at {place}")))?;
            writeln!(out, "{:>12}{:>10}", "found first", "pairs")?;
            for stage in self.stages.iter().chain([&self.together]) {
                write!(out, "{:<32}", stage.stage)?;
                let shares = of(stage).and_then(|level| level.shares()).unwrap_or_default();
                shares.iter().try_for_each(|share| write!(out, "{share:>9.4}"))?;
                writeln!(out, "{:>12}{:>10}", stage.first, stage.pairs)?;
            }
        }
        let with_truth = self.rows_with_truth - self.rows_absent;
        let missed = with_truth - self.together.first;
        if !self.missed.is_empty() {
            writeln!(out, "\nfound by no stage: {missed} rows; the first {}:", self.missed.len())?;
        }
        for missed in &self.missed {
            writeln!(
                out,
                "  {}  {:?}  is {:?} ({})",
                missed.key,
                missed.name,
                missed.accepted_name,
                missed.accepted.join(", ")
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates<'a>(groups: &[&'a str]) -> Vec<StageCandidate<'a>> {
        groups.iter().map(|group| StageCandidate { id: group, group }).collect()
    }

    fn row(key: &'static str) -> SearchedRow<'static> {
        SearchedRow { key, number: key.len() as u64, name: "NOM" }
    }

    #[test]
    fn places_count_distinct_companies_and_the_first_stage_counts_once() {
        let truth = Truth::read("key,siren\nA,1\nBB,2\nCCC,3\nDDDD,9\nE,\n".as_bytes(), "t").unwrap();
        let stages = ["LOCAL".to_owned(), "BROAD".to_owned()];
        let mut counter = RecallCounter::new(&truth, &stages, 1);
        let known = |level: Level, value: &str| (level == Level::Group && value != "9").then(|| format!("n{value}"));
        counter.add(row("A"), &[candidates(&["1"]), candidates(&["5", "5", "1"])], &known);
        counter.add(row("BB"), &[candidates(&["1"]), candidates(&["3", "4", "5", "6", "7", "2"])], &known);
        counter.add(row("CCC"), &[Vec::new(), candidates(&["1"])], &known);
        counter.add(row("DDDD"), &[Vec::new(), Vec::new()], &known);
        counter.add(row("E"), &[Vec::new(), candidates(&["1"])], &known);
        let recall = counter.finish();
        assert_eq!((recall.rows, recall.rows_with_truth, recall.rows_absent), (5, 4, 1));
        let found = |stage: &StageRecall| stage.group.as_ref().unwrap().found;
        assert_eq!(recall.stages.iter().map(found).collect::<Vec<_>>(), [[1, 1, 1, 1], [0, 1, 2, 2]]);
        assert_eq!(recall.stages.iter().map(|stage| stage.first).collect::<Vec<_>>(), [1, 1]);
        // LOCAL's candidate precedes BROAD's for BB.
        assert_eq!(found(&recall.together), [1, 1, 2, 2]);
        assert_eq!(recall.missed.iter().map(|missed| missed.accepted_name.as_str()).collect::<Vec<_>>(), ["n3"]);
        assert!(recall.to_string().contains("found by no stage: 1 rows"), "{recall}");
    }

    #[test]
    fn a_closed_establishment_is_not_judged() {
        let truth = Truth::read("key,siret\nA,73282932000074\nBB,73282932000082\n".as_bytes(), "t").unwrap();
        let mut counter = RecallCounter::new(&truth, &["S".to_owned()], 9);
        let known = |_: Level, value: &str| (value != "73282932000082").then(|| "N".to_owned());
        let found = [vec![StageCandidate { id: "73282932000074", group: "732829320" }]];
        counter.add(row("A"), &found, &known);
        counter.add(row("BB"), &found, &known);
        let together = counter.finish().together;
        assert_eq!((together.group.unwrap().rows, together.id.unwrap().rows), (2, 1));
    }
}
