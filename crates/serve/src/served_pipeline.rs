//! A served pipeline: its plan, its matcher, and the names that a request may use.

use std::collections::BTreeMap;
use std::sync::Arc;

use matchflow_labels::Words;
use matchflow_matcher::Matcher;
use matchflow_model::language::Language;
use matchflow_model::plan::{IdColumn, Plan};

/// A pipeline with the index of its registry, shared between threads.
pub struct ServedPipeline {
    plan: Plan,
    matcher: Matcher,
    /// The columns of the supplier file that the plan names, each once, in the order of the plan.
    columns: Vec<String>,
    /// The supplier fields whose name is not a column name.
    fields: Vec<String>,
}

impl ServedPipeline {
    /// A pipeline with the matcher built from the same plan.
    pub fn new(plan: Plan, matcher: Matcher) -> ServedPipeline {
        let ids = plan.source.id.iter().filter_map(|id| match id {
            IdColumn::Column(column) => Some(column),
            IdColumn::Index => None,
        });
        let named = ids.chain(plan.source.fields.iter().flat_map(|field| &field.columns));
        let mut columns: Vec<String> = Vec::new();
        for column in named {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        let fields = plan.source.fields.iter().map(|field| &field.name);
        let fields = fields.filter(|name| !columns.contains(name)).cloned().collect();
        ServedPipeline { plan, matcher, columns, fields }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.plan.name
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The matcher.
    pub fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    /// The columns of the supplier file that a row may have.
    pub(crate) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The fields that a row may have in place of their columns.
    pub(crate) fn fields(&self) -> &[String] {
        &self.fields
    }

    /// Every name that a row may have.
    pub(crate) fn row_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().chain(&self.fields).map(String::as_str)
    }

    /// The registry's fields.
    pub(crate) fn entry_fields(&self) -> impl Iterator<Item = &str> {
        self.plan.reference.fields.iter().map(|field| field.name.as_str())
    }

    /// The words of a language, with the labels of this pipeline.
    pub(crate) fn words(&self, language: Option<Language>) -> Words {
        Words {
            language: language.unwrap_or(self.plan.language),
            id: self.plan.reference.id.clone(),
            group: self.plan.reference.group.clone().unwrap_or_default(),
        }
    }
}

/// The pipelines of a server by name, replaced as a whole.
#[derive(Default, Clone)]
pub(crate) struct PipelineSet(BTreeMap<String, Arc<ServedPipeline>>);

impl PipelineSet {
    pub(crate) fn new(pipelines: Vec<ServedPipeline>) -> PipelineSet {
        PipelineSet(pipelines.into_iter().map(|one| (one.name().to_owned(), Arc::new(one))).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<ServedPipeline>> {
        self.0.get(name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<ServedPipeline>> {
        self.0.values()
    }
}
