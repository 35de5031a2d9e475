//! `sink`, `outputs` and `execution`.

use std::path::PathBuf;

use matchflow_model::plan::{
    ExecutionPlan, FieldType, OutputPlan, ReferencePlan, ReportPlan, Schedule, SinkPlan, SourcePlan, StagePlan,
    StalePolicy,
};

use super::csv_output::csv_output;
use super::table_output::duckdb_output;
use super::{Check, STANDARD_STREAM};
use crate::decode::{self, BoundedInteger, ShortOrLong, Spanned};
use crate::error::Place;
use crate::raw::{Execution, Fallback, FallbackKeyword, Output, Pipeline, Sink};

/// Output files must differ from each other and from all inputs.
const DISTINCT_PATHS: &str = "use a different path for each file";

/// The name of the ids of French companies, and the address of a company's page.
const SIREN: &str = "siren";
const SIREN_PAGE: &str = "https://annuaire-entreprises.data.gouv.fr/entreprise/{group}";

/// Default of `chunk`.
const CHUNK_ROWS: u64 = 64;
/// Minimum number of chunks in flight by default, so that free slots are filled evenly.
const CHUNKS_IN_FLIGHT: u64 = 64;
/// Default of `in_flight`.
const IN_FLIGHT_ROWS: u64 = 4096;

/// The supplier file and the registry, if they could be checked.
type Sides<'a> = (Option<&'a SourcePlan>, Option<&'a ReferencePlan>);

impl Check<'_> {
    pub(super) fn sink(&mut self, raw: &Sink) -> Option<SinkPlan> {
        let checkpoint = self.path(raw.checkpoint.as_ref()?);
        let fallback = raw.fallback.as_ref().and_then(|fallback| match &fallback.value {
            Fallback::Short(FallbackKeyword::None) => None,
            Fallback::Short(FallbackKeyword::Temp) => Some(self.environment.temporary_checkpoint(&checkpoint)),
            Fallback::Long(file) => file.path.as_ref().map(|path| self.path(path)),
        });
        Some(SinkPlan { batch_size: number(&raw.batch_size, 100), checkpoint, fallback })
    }

    pub(super) fn outputs(
        &mut self,
        raw: &Pipeline,
        (source, reference): Sides<'_>,
        stages: &[StagePlan],
    ) -> Vec<OutputPlan> {
        let mut taken = self.other_files(raw);
        let mut plans = Vec::new();
        for Output { xlsx, csv, parquet, jsonl, duckdb, postgres } in
            raw.outputs.iter().flat_map(|outputs| &outputs.value).map(|output| &output.value)
        {
            if let (Some(csv), Some(source), Some(reference)) = (csv, source, reference) {
                self.csv_columns(csv, raw, source, reference, stages);
            }
            let csv = csv.as_ref().and_then(|csv| csv_output(csv, raw));
            let csv_path = csv.as_ref().map(|(path, _)| path);
            let duckdb = duckdb.as_ref().and_then(duckdb_output);
            let duckdb_path = duckdb.as_ref().map(|(path, ..)| path);
            let files = xlsx.iter().chain(csv_path).chain(parquet).chain(jsonl).chain(duckdb_path);
            for path in files.filter(|path| !is_special(path)) {
                self.take(path, "an output", &mut taken);
            }
            plans.extend(xlsx.as_ref().map(|path| OutputPlan::Xlsx { path: self.path_or_stream(path) }));
            plans.extend(csv.map(|(path, dialect)| OutputPlan::Csv { path: self.path_or_stream(&path), dialect }));
            plans.extend(parquet.as_ref().map(|path| OutputPlan::Parquet { path: self.path_or_stream(path) }));
            plans.extend(jsonl.as_ref().map(|path| OutputPlan::Jsonl { path: self.path_or_stream(path) }));
            plans.extend(duckdb.map(|(path, table, mode)| OutputPlan::Duckdb { path: self.path(&path), table, mode }));
            plans.extend(postgres.as_ref().and_then(|postgres| self.postgres_output(&postgres.value)));
        }
        plans
    }

    /// What the files show in addition to the results.
    pub(super) fn report(&mut self, raw: &Pipeline, source: Option<&SourcePlan>) -> ReportPlan {
        let amount = raw.source.as_ref().and_then(|source| source.value.amount.as_ref());
        if let (Some(amount), Some(source)) = (amount, source) {
            self.ordered(amount, source, &[FieldType::Decimal, FieldType::Integer], "a number: `type: decimal`");
        }
        let reference = raw.reference.as_ref().map(|reference| &reference.value);
        let page = reference.and_then(|reference| reference.page.as_ref());
        if let Some(page) = page {
            self.page(page);
        }
        let group = reference.and_then(|reference| reference.group.as_ref());
        let is_siren = group.is_some_and(|group| group.value.eq_ignore_ascii_case(SIREN));
        let page = page.map(|page| page.value.clone()).or_else(|| is_siren.then(|| SIREN_PAGE.to_owned()));
        ReportPlan { amount: amount.map(|amount| amount.value.clone()), page }
    }

    /// Reports an address that is invalid, or the same for all companies.
    fn page(&mut self, page: &Spanned<String>) {
        const HELP: &str =
            "write it as `https://register.example/{group}`, with `{id}` or `{group}` for the company's ids";
        let is_web = ["https://", "http://"].iter().any(|scheme| page.value.starts_with(scheme));
        let has_id = ["{id}", "{group}"].iter().any(|placeholder| page.value.contains(placeholder));
        if !is_web || !has_id {
            let problem = if is_web { "has neither `{id}` nor `{group}`" } else { "is no web address" };
            self.problems.at(page.place, format!("`{}` {problem}", page.value)).help(HELP);
        }
    }

    /// The input files and the checkpoint.
    fn other_files(&mut self, raw: &Pipeline) -> Vec<(PathBuf, Place, &'static str)> {
        let source = raw.source.iter().filter_map(|source| source.value.table.as_ref());
        let source = source.flat_map(|table| table.files.iter().map(|(_, path)| path));
        let reference = raw.reference.iter().filter_map(|reference| reference.value.table.as_ref());
        let reference = reference.flat_map(|table| table.files.iter().map(|(_, path)| path));
        let mut taken: Vec<_> = source.map(|path| (self.path(path), path.place, "the supplier file")).collect();
        taken.extend(reference.map(|path| (self.path(path), path.place, "the registry")));
        let sink = raw.sink.iter().map(|sink| &sink.value);
        for path in sink.clone().flat_map(|sink| &sink.checkpoint) {
            self.take(path, "the checkpoint", &mut taken);
        }
        let fallback = sink.flat_map(|sink| &sink.fallback).filter_map(|fallback| match &fallback.value {
            ShortOrLong::Long(file) => file.path.as_ref(),
            ShortOrLong::Short(_) => None,
        });
        for path in fallback {
            self.take(path, "the fallback", &mut taken);
        }
        taken
    }

    fn take(
        &mut self,
        path: &Spanned<decode::FilePath>,
        what: &'static str,
        taken: &mut Vec<(PathBuf, Place, &'static str)>,
    ) {
        let file = self.path(path);
        if let Some((_, place, other)) = taken.iter().find(|(other, ..)| *other == file) {
            let problem = self.problems.at(
                path.place,
                if *other == what {
                    format!("{what} would overwrite another one")
                } else {
                    format!("{what} would overwrite {other}")
                },
            );
            problem.see(*place, *other).help(DISTINCT_PATHS);
        }
        taken.push((file, path.place, what));
    }

    pub(super) fn execution(&mut self, raw: Option<&Execution>) -> ExecutionPlan {
        let cores = self.environment.cores().max(1);
        let Some(raw) = raw else {
            return ExecutionPlan {
                workers: cores,
                scoring_threads: cores,
                chunk_rows: CHUNK_ROWS as usize,
                in_flight_rows: IN_FLIGHT_ROWS as usize,
                limit_rows: None,
                schedule: Schedule::default(),
                retry_errors: false,
                stale: StalePolicy::default(),
            };
        };
        let in_flight = raw.in_flight.as_ref().map_or(IN_FLIGHT_ROWS, |rows| rows.value.0);
        let chunk_rows = number(&raw.chunk, (in_flight / CHUNKS_IN_FLIGHT).clamp(1, CHUNK_ROWS));
        let in_flight_rows = number(&raw.in_flight, IN_FLIGHT_ROWS.max(chunk_rows as u64));
        if let (Some(in_flight), true) = (&raw.in_flight, in_flight_rows < chunk_rows) {
            let message = format!("`in_flight` must be at least `chunk` ({chunk_rows} rows)");
            self.problems.at(in_flight.place, message).help("increase `in_flight`, or reduce `chunk`");
        }
        ExecutionPlan {
            workers: number(&raw.workers, cores as u64),
            scoring_threads: number(&raw.scoring_threads, cores as u64),
            chunk_rows,
            in_flight_rows,
            limit_rows: raw.limit.as_ref().map(|limit| limit.value.0),
            schedule: raw.schedule.as_ref().map(|schedule| schedule.value).unwrap_or_default(),
            stale: StalePolicy::default(),
            retry_errors: raw.retry_errors.as_ref().is_some_and(|retry| retry.value),
        }
    }
}

/// Standard output and devices can be used by any number of outputs.
fn is_special(path: &Spanned<decode::FilePath>) -> bool {
    path.value.0 == STANDARD_STREAM || path.value.0.starts_with("/dev/")
}

fn number<const MIN: u64, const MAX: u64>(value: &Option<Spanned<BoundedInteger<MIN, MAX>>>, default: u64) -> usize {
    let value = value.as_ref().map_or(default, |value| value.value.0);
    usize::try_from(value).unwrap_or(usize::MAX)
}
