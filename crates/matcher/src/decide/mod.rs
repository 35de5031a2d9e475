//! Decisions: from scored candidates, or from an arbiter's decision, to the outcome of a row.

mod alternatives;
mod arbiter;
mod decider;
mod joint_bid;
mod named_entry;
mod pairs;
mod person;
mod result_fields;

pub use arbiter::{ArbiterDecision, ArbiterStage};
pub use decider::RowDecider;
pub use result_fields::ResultFields;
