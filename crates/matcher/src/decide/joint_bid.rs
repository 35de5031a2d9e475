//! Rows whose name contains several companies (a joint bid): they are matched to one, and their reason names the
//! others.

use matchflow_model::arrow::array::{RecordBatch, StringArray};
use matchflow_model::columns::{self, RAW_PREFIX};
use matchflow_model::plan::{CleanerId, FieldPlan, Plan, StageKind};
use matchflow_model::reason::Reason;
use matchflow_text::joint_bid;

/// The cleaner of fields whose values may name several companies.
const COMPANY_NAME: CleanerId = CleanerId::new("company_name");

/// The fields of a side that a plan cleans as company names.
pub(super) fn company_names(plan: &Plan, side: &[FieldPlan]) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    for stage in &plan.stages {
        let StageKind::Clean(clean) = &stage.kind else { continue };
        let names = clean.steps.iter().filter(|step| step.cleaner == COMPANY_NAME).flat_map(|step| &step.inputs);
        for name in names.filter(|name| side.iter().any(|field| field.name == **name)) {
            if !fields.contains(name) {
                fields.push(name.clone());
            }
        }
    }
    fields
}

/// The original company names of a chunk's rows.
pub(super) struct RawNames<'a>(Vec<&'a StringArray>);

impl<'a> RawNames<'a> {
    /// `fields` are the fields cleaned as company names.
    pub(super) fn new(rows: &'a RecordBatch, fields: &[String]) -> RawNames<'a> {
        let raw_names = |field: &String| {
            let raw = columns::text(rows, &format!("{RAW_PREFIX}{field}"));
            raw.or_else(|_| columns::text(rows, field)).ok()
        };
        RawNames(fields.iter().filter_map(raw_names).collect())
    }

    /// The reason that names the other companies, for a joint bid.
    pub(super) fn joint_bid(&self, row: usize) -> Option<Reason> {
        let cells = self.0.iter().filter_map(|column| columns::value(column, row));
        let bid = cells.flat_map(columns::alternatives).find_map(joint_bid)?;
        let (lead, others) = (bid.lead.to_string(), bid.others.iter().map(ToString::to_string).collect());
        (!bid.others.is_empty()).then_some(Reason::JointBid { lead, others, certain: bid.certain })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use matchflow_model::arrow::array::ArrayRef;

    use super::*;

    #[test]
    fn the_other_companies_of_a_joint_bid_are_named() {
        let cleaned: ArrayRef = Arc::new(StringArray::from(vec!["dupont", "dupont", "dupont"]));
        let raw: ArrayRef = Arc::new(StringArray::from(vec![
            Some("Groupement DUPONT - MARTIN - ROY"),
            Some("DUPONT / MARTIN"),
            Some("DUPONT (mandataire)"),
        ]));
        let rows = RecordBatch::try_from_iter([("name", cleaned), ("_raw_name", raw)]).unwrap();
        let raw_names = RawNames::new(&rows, &["absent".to_owned(), "name".to_owned()]);
        let joint_bid = |others: &[&str], certain| {
            let others = others.iter().map(|name| (*name).to_owned()).collect();
            Some(Reason::JointBid { lead: "DUPONT".to_owned(), others, certain })
        };
        assert_eq!(raw_names.joint_bid(0), joint_bid(&["MARTIN", "ROY"], true));
        assert_eq!(raw_names.joint_bid(1), joint_bid(&["MARTIN"], false));
        assert_eq!(raw_names.joint_bid(2), None);
    }
}
