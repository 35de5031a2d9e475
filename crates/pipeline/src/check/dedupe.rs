//! `dedupe`: the supplier file compared with itself.

use matchflow_model::plan::{
    DecidePlan, DedupePlan, EvidenceScope, FieldPlan, FieldType, GoldenField, GoldenRule, GuardPlan, ReferencePlan,
    SourcePlan, StageKind, StagePlan,
};

use super::Check;
use super::fields::to_size;
use super::scope::Sides;
use crate::decode::{ShortOrLong, Spanned};
use crate::raw::{Dedupe, Golden, GoldenKeyword};
use crate::suggest::listed;

/// The label of the stage that decides on the pairs.
const LABEL: &str = "DUPLICATES";
/// Default of `max_cluster_size`.
const ROWS_MAX: usize = 50;

/// Default of `share`: one row in ten.
const SHARE: f64 = 0.1;

/// The prior of a pair: each pair consists of a row and an earlier one, so among `N` rows a row is compared with `N /
/// 2` on average. The odds that the earlier row is the same supplier are thus twice those of a supplier that may be any
/// of `N` entries.
pub(super) fn prior(raw: &Dedupe) -> f64 {
    let share = raw.share.as_ref().map_or(SHARE, |share| share.value.0);
    2.0 * share / (1.0 + share)
}

/// The supplier file in the role of a registry.
pub(super) fn source_as_reference(source: &SourcePlan) -> ReferencePlan {
    ReferencePlan {
        table: source.table.clone(),
        id: "the row's key".to_owned(),
        group: None,
        fields: source.fields.clone(),
        filters: Vec::new(),
        status: None,
        id_widths: Default::default(),
        index_path: None,
    }
}

impl Check<'_> {
    /// The plan for the pairs, and the stage after the last one, which decides them. `sides` are the fields at that
    /// point.
    pub(super) fn dedupe(
        &mut self,
        raw: &Dedupe,
        source: Option<&SourcePlan>,
        sides: &Sides,
    ) -> (DedupePlan, StagePlan) {
        let from_accept = "pairs from this score on are duplicates";
        let (accept, review) = self.thresholds(raw.accept.as_ref(), raw.review.as_ref(), from_accept);
        if let (Some(high), Some(low)) = (&raw.bridge, &raw.accept)
            && low.value.0 > high.value.0
        {
            let problem = self.problems.at(high.place, "`bridge` must not be below `accept`");
            problem.help("pairs below `accept` never hold a cluster together").see(low.place, "`accept`");
        }
        if let Some(share) = raw.share.as_ref().filter(|share| share.value.0 <= 0.0 || share.value.0 >= 1.0) {
            let problem = self.problems.at(share.place, "`share` must be above 0 and below 1");
            problem.help("0.1 means that one row in ten is a duplicate of an earlier one");
        }
        for field in raw.cannot_link.iter().flat_map(|fields| &fields.value.0) {
            sides.left.require_text(field, &[], self.problems);
        }
        if let (Some(amount), Some(source)) = (&raw.amount, source) {
            self.ordered(amount, source, &[FieldType::Decimal, FieldType::Integer], "a number: `type: decimal`");
        }
        let golden = match (&raw.golden, source) {
            (Some(golden), Some(source)) => {
                let fields = golden.value.0.iter();
                fields.filter_map(|(field, rule)| self.golden(field, rule, source, raw.matches.is_some())).collect()
            }
            (None, Some(source)) => {
                let most_frequent =
                    |field: &FieldPlan| GoldenField { field: field.name.clone(), rule: GoldenRule::MostFrequent };
                source.fields.iter().map(most_frequent).collect()
            }
            _ => Vec::new(),
        };
        let plan = DedupePlan {
            accept,
            guard: GuardPlan {
                rows_max: to_size(raw.max_cluster_size.as_ref().map(|size| size.value.0), ROWS_MAX),
                bridge_min: raw.bridge.as_ref().map_or(accept, |bridge| bridge.value.0),
                cannot_link: raw
                    .cannot_link
                    .iter()
                    .flat_map(|fields| &fields.value.0)
                    .map(|field| field.value.clone())
                    .collect(),
            },
            golden,
            amount: raw.amount.as_ref().map(|amount| amount.value.clone()),
            matches: raw.matches.as_ref().map(|path| self.path(path)),
        };
        let decide = DecidePlan {
            accept,
            review,
            review_worth: 0.0,
            margin: 0.0,
            entry: 0.0,
            accept_without_name: raw.accept_without_name.as_ref().is_some_and(|accepts| accepts.value),
            out_of_scope: None,
            pass_on: false,
            ask: false,
            of_pairs: true,
            evidence: EvidenceScope::default(),
        };
        (plan, StagePlan { label: LABEL.to_owned(), kind: StageKind::Decide(decide) })
    }

    fn golden(
        &mut self,
        field: &Spanned<String>,
        rule: &Spanned<Golden>,
        source: &SourcePlan,
        has_matches: bool,
    ) -> Option<GoldenField> {
        let known = || source.fields.iter().map(|field| field.name.as_str());
        let rule_plan = match &rule.value {
            ShortOrLong::Short(GoldenKeyword::MostFrequent) => GoldenRule::MostFrequent,
            ShortOrLong::Short(GoldenKeyword::Longest) => GoldenRule::Longest,
            ShortOrLong::Long(from) => match (&from.most_recent, &from.registry) {
                (Some(by), _) => {
                    let ordered = [FieldType::Date, FieldType::Decimal, FieldType::Integer];
                    self.ordered(by, source, &ordered, "a date or a number: `type: date`");
                    GoldenRule::MostRecent { by: by.value.clone() }
                }
                (_, Some(registry)) if has_matches => GoldenRule::Registry { field: registry.value.clone() },
                (_, Some(registry)) => {
                    let problem = self.problems.at(registry.place, "this rule requires `matches`");
                    problem.help("name the checkpoint of the run that matched the rows: `matches: suppliers.duckdb`");
                    return None;
                }
                _ => return None,
            },
        };
        // A registry's value may be written to a field that the file does not have.
        if !matches!(rule_plan, GoldenRule::Registry { .. }) && !known().any(|name| name == field.value) {
            let help = listed("supplier fields: ", &field.value, known());
            self.problems.at(field.place, format!("there is no supplier field `{}`", field.value)).help(help);
            return None;
        }
        Some(GoldenField { field: field.value.clone(), rule: rule_plan })
    }

    /// Reports a field that is missing, or whose type is not among these.
    pub(super) fn ordered(&mut self, name: &Spanned<String>, source: &SourcePlan, types: &[FieldType], help: &str) {
        match source.fields.iter().find(|field| field.name == name.value) {
            Some(field) if types.contains(&field.data_type) => {}
            Some(_) => {
                let message = format!("the field `{}` cannot be ordered", name.value);
                self.problems.at(name.place, message).help(format!("declare it {help}"));
            }
            None => {
                let names = source.fields.iter().map(|field| field.name.as_str());
                let help = listed("supplier fields: ", &name.value, names);
                self.problems.at(name.place, format!("there is no supplier field `{}`", name.value)).help(help);
            }
        }
    }
}
