//! The types shared by all stages: columns, keys, outcomes, digests and the checked [`plan::Plan`].
//!
//! This crate does no I/O and does not know the engine: every other crate may depend on it. Arrow types reach the
//! workspace through the re-export below, so that there is only one version of them.
//!
//! # Batches
//!
//! | batch | columns | made by |
//! |---|---|---|
//! | supplier rows | [`columns::KEY`], [`columns::ROW`], [`columns::DIGEST`], then one column per field | ingest |
//! | registry rows | [`columns::ID`], [`columns::GROUP`], [`columns::OPEN`], then one column per field | ingest |
//! | outcomes | [`outcome::schema`] | flow |
//!
//! A text field may hold several values (the names of a company): they share one cell, separated by
//! [`columns::ALTERNATIVE`]. A missing value is null, never an empty text.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub use arrow;
pub use input_condition::InputCondition;
pub use panics::panic_message;
pub use row_batch::RowBatch;

pub mod cells;
pub mod columns;
mod compared_values;
pub mod digest;
pub mod evidence;
pub mod expectation;
pub mod fault;
pub mod formula;
pub mod header;
mod input_condition;
mod invalid_cell;
pub mod language;
pub mod message;
pub mod one_to_one;
pub mod outcome;
mod panics;
pub mod plan;
pub mod plugin_output;
pub mod printable;
pub mod reason;
pub mod reject;
pub mod request_failure;
pub mod result_table;
pub mod review_verdict;
mod row_batch;
pub mod row_error;
pub mod setting;
pub mod store;
pub mod workbook_index;
