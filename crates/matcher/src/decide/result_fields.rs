//! Fields of a plan's rows and entries shown in outcomes.

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
    /// The registry fields that are the same for all entries of a group: its names.
    pub group_fields: Vec<String>,
    /// Whether the registry has open and closed entries.
    pub has_status: bool,
}

impl ResultFields {
    /// The fields that outcomes of this plan show.
    pub fn from_plan(plan: &Plan) -> ResultFields {
        let entry_fields: Vec<String> = plan.reference.fields.iter().map(|field| field.name.clone()).collect();
        let mut group_fields = joint_bid::company_names(plan, &plan.reference.fields);
        if group_fields.is_empty() {
            // By convention a registry's first field is its name.
            group_fields.extend(entry_fields.first().cloned());
        }
        ResultFields {
            labels: plan.stages.iter().map(|stage| stage.label.clone()).collect(),
            input_fields: plan.source.fields.iter().map(|field| field.name.clone()).collect(),
            company_names: joint_bid::company_names(plan, &plan.source.fields),
            entry_fields,
            group_fields,
            has_status: plan.reference.status.is_some(),
        }
    }
}
