//! `matchflow bench ingest`: reads the supplier file, then the registry, and does nothing else.

use matchflow_ingest::{open_reference, open_source};

use super::data::prepare;
use crate::measure::{memory_peak_mib, timed};
use crate::{BenchData, BenchError, BenchHost, Benchmark, Figure, FigureKind, MeasuredPoint};

/// Rows per batch, of either file.
const BATCH_ROWS: usize = 8_192;

pub(crate) const BENCHMARK: Benchmark = Benchmark {
    name: "ingest",
    rows: 100_000,
    series: "",
    figures: &[
        Figure { name: "cells", label: "cells", sense: FigureKind::Size },
        Figure { name: "suppliers_s", label: "suppliers, s", sense: FigureKind::Cost },
        Figure { name: "suppliers_cpu_s", label: "CPU, s", sense: FigureKind::Cost },
        Figure { name: "rows_per_s", label: "suppliers/s", sense: FigureKind::Rate },
        Figure { name: "cells_per_s", label: "cells/s", sense: FigureKind::Rate },
        Figure { name: "entries", label: "entries", sense: FigureKind::Size },
        Figure { name: "registry_s", label: "registry, s", sense: FigureKind::Cost },
        Figure { name: "registry_cpu_s", label: "CPU, s", sense: FigureKind::Cost },
        Figure { name: "entries_per_s", label: "entries/s", sense: FigureKind::Rate },
        Figure { name: "memory_peak_mib", label: "peak memory, MiB", sense: FigureKind::Memory },
    ],
};

pub(crate) fn measure(args: &BenchData, rows: u64, host: &dyn BenchHost) -> Result<Vec<MeasuredPoint>, BenchError> {
    let plan = prepare(args, rows, host)?.plan;
    let read_suppliers = || -> Result<(u64, u64), BenchError> {
        let failed = |error| BenchError::failed("reading the supplier file", &error);
        let mut source = open_source(&plan.source, BATCH_ROWS).map_err(failed)?;
        let mut read = 0;
        while read < rows
            && let Some(batch) = source.next_batch().map_err(failed)?
        {
            read += batch.rows.num_rows() as u64;
        }
        Ok((read, source.facts().cells.read))
    };
    let read_registry = || -> Result<u64, BenchError> {
        let failed = |error| BenchError::failed("reading the registry", &error);
        let mut reference = open_reference(&plan.reference, BATCH_ROWS).map_err(failed)?;
        let mut read = 0;
        while let Some(batch) = reference.next_batch().map_err(failed)? {
            read += batch.rows.num_rows() as u64;
        }
        Ok(read)
    };
    let suppliers = timed(read_suppliers);
    let registry = timed(read_registry);
    let (supplier_rows, cells) = suppliers.result?;
    let entries = registry.result?;
    let figures = [
        cells as f64,
        suppliers.wall_s,
        suppliers.cpu_s,
        supplier_rows as f64 / suppliers.wall_s,
        cells as f64 / suppliers.wall_s,
        entries as f64,
        registry.wall_s,
        registry.cpu_s,
        entries as f64 / registry.wall_s,
        memory_peak_mib(),
    ];
    let stages = vec![("suppliers".to_owned(), suppliers.wall_s), ("registry".to_owned(), registry.wall_s)];
    Ok(vec![MeasuredPoint { stages, ..MeasuredPoint::new(&BENCHMARK, "", rows, &figures) }])
}
