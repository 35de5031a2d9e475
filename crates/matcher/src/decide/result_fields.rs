//! What outcomes show of a plan's rows and entries.

use matchflow_model::plan::Plan;

use super::joint_bid;

/// The names that outcomes show, the same for every chunk of a run.
#[derive(Debug, Default)]
pub struct ResultFields {
    /// The labels of the plan's stages.
    pub labels: Vec<String>,
    /// The supplier fields.
    pub input_fields: Vec<String>,
    /// The supplier fields that are company names.
    pub company_names: Vec<String>,
    /// The registry fields.
    pub entry_fields: Vec<String>,
}

impl ResultFields {
    /// The fields that outcomes of this plan show.
    pub fn from_plan(plan: &Plan) -> ResultFields {
        ResultFields {
            labels: plan.stages.iter().map(|stage| stage.label.clone()).collect(),
            input_fields: plan.source.fields.iter().map(|field| field.name.clone()).collect(),
            company_names: joint_bid::company_names(plan),
            entry_fields: plan.reference.fields.iter().map(|field| field.name.clone()).collect(),
        }
    }
}
