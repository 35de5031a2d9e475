//! `tests`: turns rows by column into small tables.

use matchflow_model::plan::{IdColumn, InlineTable, ReferencePlan, SourcePlan, StageKind, StagePlan};

use super::Check;
use super::input::WithColumns;
use crate::cases::{Expectation, PipelineTest};
use crate::decode::{Fraction, OneOrMany, Spanned};
use crate::raw::{Expect, Pipeline, Test, TestRow};
use crate::suggest::listed;

/// The columns that the pipeline names in one file, in order, each with its default for rows that omit it.
struct Columns<'a> {
    what: &'static str,
    names: Vec<(String, Option<String>)>,
    /// All columns of the file: a test's row may be a complete copy of one.
    file: &'a [String],
}

impl<'a> Columns<'a> {
    fn add(&mut self, name: &str, default: Option<&String>) {
        if !self.names.iter().any(|(known, _)| known == name) {
            self.names.push((name.to_owned(), default.cloned()));
        }
    }

    fn of_source((source, file): &'a WithColumns<SourcePlan>) -> Self {
        let mut columns = Self { what: "supplier file", names: Vec::new(), file: file.as_deref().unwrap_or_default() };
        for id in &source.id {
            if let IdColumn::Column(name) = id {
                columns.add(name, None);
            }
        }
        source.fields.iter().flat_map(|field| &field.columns).for_each(|name| columns.add(name, None));
        columns
    }

    fn of_reference((reference, file): &'a WithColumns<ReferencePlan>) -> Self {
        let mut columns = Self { what: "registry", names: Vec::new(), file: file.as_deref().unwrap_or_default() };
        // First, so that a column with a default keeps it even if a field names it too.
        if let Some(status) = &reference.status {
            columns.add(&status.column, status.open.first());
        }
        reference.filters.iter().for_each(|filter| columns.add(&filter.column, filter.values.first()));
        columns.add(&reference.id, None);
        reference.group.iter().for_each(|group| columns.add(group, None));
        reference.fields.iter().flat_map(|field| &field.columns).for_each(|name| columns.add(name, None));
        columns
    }
}

impl Check<'_> {
    pub(super) fn cases(
        &mut self,
        raw: &Pipeline,
        source: Option<&WithColumns<SourcePlan>>,
        reference: Option<&WithColumns<ReferencePlan>>,
        stages: &[StagePlan],
    ) -> Vec<PipelineTest> {
        let (Some(tests), Some(source), Some(reference)) = (&raw.tests, source, reference) else { return Vec::new() };
        let suppliers = Columns::of_source(source);
        let registry = Columns::of_reference(reference);
        // A stage that could not be read may be the one that a test names.
        let labels = raw.stages.as_ref().filter(|stages| stages.sound).map(|_| search_labels(stages));
        let mut cases: Vec<(&Spanned<String>, PipelineTest)> = Vec::new();
        for test in &tests.value {
            let Test { name, suppliers: left, registry: right, expect } = &test.value;
            let left = left.as_ref().map(|rows| self.rows(&rows.value, &suppliers));
            self.registry_rows(test);
            let none: &[Spanned<TestRow>] = &[];
            let right = right.as_ref().map_or(none, |rows| &rows.value);
            let right = (self.prior.is_some() || test.value.registry.is_some()).then(|| self.rows(right, &registry));
            let (Some(name), Some(left), Some(right), Some(expect)) = (name, left, right, expect) else { continue };
            if let Some((first, _)) = cases.iter().find(|(known, _)| known.value == name.value) {
                let problem = self.problems.at(name.place, "two tests have this name");
                problem.see(first.place, "the first one");
            }
            if expect.value.is_empty() && expect.sound {
                self.problems.at(expect.place, "the test expects nothing").help("list at least one expected row");
            }
            let only = left.rows.len() == 1;
            let ids = cells(&right, &reference.0.id);
            let check = |one| self.expectation(one, only, &ids, labels.as_deref());
            let expect = expect.value.iter().map(check).collect();
            cases.push((name, PipelineTest { name: name.value.clone(), suppliers: left, registry: right, expect }));
        }
        cases.into_iter().map(|(_, case)| case).collect()
    }

    /// A test has registry rows if and only if the pipeline has a registry.
    fn registry_rows(&mut self, test: &Spanned<Test>) {
        match (&test.value.registry, self.prior.is_some()) {
            (None, false) if test.sound => {
                self.problems.at(test.place, "`registry` is missing").label("in this map");
            }
            (Some(rows), true) => {
                let problem = self.problems.at(rows.place, "with `dedupe` there is no registry");
                problem.help("the suppliers are compared with each other");
            }
            _ => {}
        }
    }

    fn rows(&mut self, rows: &[Spanned<TestRow>], columns: &Columns<'_>) -> InlineTable {
        let names = || columns.names.iter().map(|(name, _)| name.as_str());
        for (column, _) in rows.iter().flat_map(|row| &row.value.0) {
            if !names().any(|name| name == column.value) && !columns.file.contains(&column.value) {
                let message = format!("the pipeline reads no column `{}` of the {}", column.value, columns.what);
                self.problems.at(column.place, message).help(listed("it reads: ", &column.value, names()));
            }
        }
        let cell = |row: &TestRow, name: &str, default: &Option<String>| {
            let text = row.0.iter().find(|(column, _)| column.value == name).map(|(_, cell)| cell.value.0.clone());
            // An empty text is a missing value, as in any file.
            text.map_or_else(|| default.clone(), |text| (!text.is_empty()).then_some(text))
        };
        let row = |row: &Spanned<TestRow>| {
            columns.names.iter().map(|(name, default)| cell(&row.value, name, default)).collect()
        };
        InlineTable { columns: names().map(str::to_owned).collect(), rows: rows.iter().map(row).collect() }
    }

    fn expectation(&mut self, raw: &Spanned<Expect>, only: bool, ids: &[&str], labels: Option<&[&str]>) -> Expectation {
        let Expect { key, outcome, id, group, stage, same_as, different_from, score_min, score_max } = &raw.value;
        let is_of_one = outcome.is_some() || id.is_some() || group.is_some() || stage.is_some();
        let is_of_clusters = same_as.is_some() || different_from.is_some();
        if self.prior.is_some() && (is_of_one || score_min.is_some() || score_max.is_some()) {
            let problem = self.problems.at(raw.place, "with `dedupe` a row has no entry");
            problem.help("use `same_as` for rows of the same cluster and `different_from` for rows of other clusters");
        } else if self.prior.is_none() && is_of_clusters {
            let problem = self.problems.at(raw.place, "without `dedupe` there are no clusters");
            problem.help("`outcome`, `id`, `group`, `stage`, `score_min` and `score_max` say what becomes of a row");
        }
        if key.is_none() && !only && raw.sound {
            let problem = self.problems.at(raw.place, "which row is meant?");
            problem.help("with several supplier rows `key` must be given");
        }
        if let (Some(stage), Some(labels)) = (stage, labels)
            && !labels.contains(&stage.value.as_str())
        {
            let help = listed("stages that find entries: ", &stage.value, labels.iter().copied());
            self.problems.at(stage.place, format!("no `candidates` stage is labelled `{}`", stage.value)).help(help);
        }
        if self.prior.is_some() {
            // An id with `dedupe` is reported above.
        } else if let Some(id) = id.as_ref().filter(|id| !ids.contains(&id.value.as_str())) {
            let help = listed("its entries: ", &id.value, ids.iter().copied());
            self.problems.at(id.place, format!("the test has no entry `{}`", id.value)).help(help);
        }
        if let (Some(low), Some(high)) = (score_min, score_max)
            && low.value.0 > high.value.0
        {
            let problem = self.problems.at(low.place, "`score_min` must not be above `score_max`");
            problem.see(high.place, "`score_max`");
        }
        let text = |value: &Option<Spanned<String>>| value.as_ref().map(|value| value.value.clone());
        let keys = |value: &Option<Spanned<OneOrMany<String>>>| {
            value.iter().flat_map(|keys| &keys.value.0).map(|key| key.value.clone()).collect()
        };
        let share = |value: &Option<Spanned<Fraction>>| value.as_ref().map(|value| value.value.0);
        Expectation {
            key: text(key),
            outcome: outcome.as_ref().map(|outcome| outcome.value),
            id: text(id),
            group: text(group),
            stage: text(stage),
            same_as: keys(same_as),
            different_from: keys(different_from),
            score_min: share(score_min),
            score_max: share(score_max),
        }
    }
}

/// The values of one column.
fn cells<'a>(table: &'a InlineTable, column: &str) -> Vec<&'a str> {
    let position = table.columns.iter().position(|name| name == column);
    let cell = |row: &'a Vec<Option<String>>| row.get(position?)?.as_deref();
    table.rows.iter().filter_map(cell).collect()
}

/// The labels that results can have: of stages that find entries, and of out-of-scope rows.
fn search_labels(stages: &[StagePlan]) -> Vec<&str> {
    fn result_label(stage: &StagePlan) -> Option<&str> {
        match &stage.kind {
            StageKind::Candidates(_) => Some(&stage.label),
            StageKind::Decide(plan) => plan.out_of_scope.as_ref().map(|scope| scope.label.as_str()),
            _ => None,
        }
    }
    stages.iter().filter_map(result_label).collect()
}
