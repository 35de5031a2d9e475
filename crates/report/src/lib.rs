//! The report on the results of a pipeline: a page that needs nothing else, the same numbers as JSON, and conditions on them.
//!
//! **Limits.** A report has aggregates and a few hundred rows, so its size does not grow with the file: the page is below 5 MB.
//! With [`DisplayedRows::None`] it has no cell of a supplier or of the registry.
//!
//! **How.** DuckDB counts in the checkpoint, which is opened for reading (`reported_rows`, `sections`, `quality`); the results of
//! the run before are there too (`changes`). The charts are drawn in the page, by Observable Plot (`web/src`, built into
//! `web/dist`, which is committed).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod changes;
mod condition;
mod error;
mod figures;
mod judgement;
mod page;
mod quality;
mod reference_page;
mod reported_rows;
mod result_report;
mod row_samples;
mod sections;

pub use changes::{ChangeCause, ChangeKind, ChangeSection, ChangedSetting, ChangesSection};
pub use condition::{ConditionError, ExpectedTerm, FailCondition, LENGTH_MAX};
pub use error::ReportError;
pub use figures::{FIGURES, FigureInfo, FigureUnit, Figures, figure};
pub use judgement::JudgementSource;
pub use quality::{DuplicateCounts, FieldQuality, LackSection};
pub use reference_page::reference_page;
pub use result_report::{DisplayedRows, ReportOptions, ResultReport};
pub use row_samples::{ChangedRow, ExplainedRow, ListedRow, RowSamples};
pub use sections::{BandSection, OutcomeSection, RunSection, StageSection, ThresholdSection, WeightSection};
