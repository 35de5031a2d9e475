//! Fields and numbers shared by several checks.

use matchflow_model::plan::{FieldPlan, FieldType, Join, MATCHED_GROUP, MATCHED_ID};

/// The fields that a registry match adds to the rows of `dedupe`.
pub(super) fn matched_fields() -> impl Iterator<Item = FieldPlan> {
    [MATCHED_ID, MATCHED_GROUP].into_iter().map(|name| FieldPlan {
        name: name.to_owned(),
        columns: vec![name.to_owned()],
        join: Join::Space,
        data_type: FieldType::Text,
    })
}

/// A checked integer as a size: its reader limits it far below the largest `usize`.
pub(super) fn to_size(value: Option<u64>, default: usize) -> usize {
    value.map_or(default, |value| usize::try_from(value).unwrap_or(usize::MAX))
}
