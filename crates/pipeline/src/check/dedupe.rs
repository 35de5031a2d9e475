//! `dedupe`: the supplier file compared with itself.

use matchflow_model::plan::{
    DecidePlan, DedupePlan, FieldPlan, FieldType, GoldenField, GoldenRule, GuardPlan, Join, MATCHED_GROUP, MATCHED_ID,
    ReferencePlan, SourcePlan, StageKind, StagePlan,
};

use super::Check;
use super::scope::Sides;
use super::stages::whole;
use crate::decode::{Brief, Spanned};
use crate::raw::{Dedupe, Golden, GoldenWord};
use crate::suggest::listed;

/// The label of the stage that judges the pairs.
const LABEL: &str = "DUPLICATES";
/// Rows of a cluster, unless told.
const ROWS_MAX: usize = 50;

/// Rows that are the same as an earlier one, unless told: one in ten.
const SHARE: f64 = 0.1;

/// Where the weight of a pair starts from: of `N` rows, a row is compared with `N / 2` on average, for each pair is one
/// of its later row with an earlier one. So the odds that the earlier row of a pair is the same are twice those of a
/// supplier that may be any of `N` entries.
pub(super) fn prior(raw: &Dedupe) -> f64 {
    let share = raw.share.as_ref().map_or(SHARE, |share| share.value.0);
    2.0 * share / (1.0 + share)
}

/// The fields that a registry match adds.
pub(super) fn matched_fields() -> impl Iterator<Item = FieldPlan> {
    [MATCHED_ID, MATCHED_GROUP].into_iter().map(|name| FieldPlan {
        name: name.to_owned(),
        columns: vec![name.to_owned()],
        join: Join::Space,
        data_type: FieldType::Text,
    })
}

/// The supplier file in the place of a registry.
pub(super) fn itself(source: &SourcePlan) -> ReferencePlan {
    ReferencePlan {
        table: source.table.clone(),
        id: "the row's key".to_owned(),
        group: None,
        fields: source.fields.clone(),
        filters: Vec::new(),
        status: None,
        index_path: None,
    }
}

impl Check<'_> {
    /// What becomes of the pairs, and the stage after the last one, which judges them. `sides` are the fields there.
    pub(super) fn dedupe(
        &mut self,
        raw: &Dedupe,
        source: Option<&SourcePlan>,
        sides: &Sides,
    ) -> (DedupePlan, StagePlan) {
        let from_accept = "the same company from here on";
        let (accept, review) = self.thresholds(raw.accept.as_ref(), raw.review.as_ref(), from_accept);
        if let (Some(high), Some(low)) = (&raw.bridge, &raw.accept)
            && low.value.0 > high.value.0
        {
            let problem = self.problems.at(high.place, "`bridge` is below `accept`: it would never be looked at");
            problem.help("accept <= bridge <= 1").see(low.place, "pairs below this hold nothing together");
        }
        if let Some(share) = raw.share.as_ref().filter(|share| share.value.0 <= 0.0 || share.value.0 >= 1.0) {
            let problem = self.problems.at(share.place, "`share` is above 0 and below 1");
            problem.help("0.1: one row in ten is the same as an earlier one");
        }
        for field in raw.apart.iter().flat_map(|apart| &apart.value.0) {
            sides.left.want_text(field, &[], self.problems);
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
                rows_max: whole(raw.rows.as_ref().map(|rows| rows.value.0), ROWS_MAX),
                bridge_min: raw.bridge.as_ref().map_or(accept, |bridge| bridge.value.0),
                apart: raw.apart.iter().flat_map(|apart| &apart.value.0).map(|field| field.value.clone()).collect(),
            },
            golden,
            amount: raw.amount.as_ref().map(|amount| amount.value.clone()),
            matches: raw.matches.as_ref().map(|path| self.path(path)),
        };
        let (margin, entry, pass_on, ask) = (0.0, 0.0, false, false);
        let judge = DecidePlan { accept, review, margin, entry, aside: None, pass_on, ask, of_pairs: true };
        (plan, StagePlan { label: LABEL.to_owned(), kind: StageKind::Decide(judge) })
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
            Brief::Short(GoldenWord::MostFrequent) => GoldenRule::MostFrequent,
            Brief::Short(GoldenWord::Longest) => GoldenRule::Longest,
            Brief::Long(from) => match (&from.most_recent, &from.registry) {
                (Some(by), _) => {
                    let ordered = [FieldType::Date, FieldType::Decimal, FieldType::Integer];
                    self.ordered(by, source, &ordered, "a date or a number: `type: date`");
                    GoldenRule::MostRecent { by: by.value.clone() }
                }
                (_, Some(registry)) if has_matches => GoldenRule::Registry { field: registry.value.clone() },
                (_, Some(registry)) => {
                    let problem = self.problems.at(registry.place, "nothing is known of the registry here");
                    problem.help("say which run matched the rows: `matches: suppliers.duckdb`");
                    return None;
                }
                _ => return None,
            },
        };
        // The registry may say what the file has no field for.
        if !matches!(rule_plan, GoldenRule::Registry { .. }) && !known().any(|name| name == field.value) {
            let help = listed("supplier fields: ", &field.value, known());
            self.problems.at(field.place, format!("there is no supplier field `{}`", field.value)).help(help);
            return None;
        }
        Some(GoldenField { field: field.value.clone(), rule: rule_plan })
    }

    /// Reports a field that is not there, or not of one of these types.
    fn ordered(&mut self, name: &Spanned<String>, source: &SourcePlan, types: &[FieldType], help: &str) {
        match source.fields.iter().find(|field| field.name == name.value) {
            Some(field) if types.contains(&field.data_type) => {}
            Some(_) => {
                let message = format!("the field `{}` has no order", name.value);
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
