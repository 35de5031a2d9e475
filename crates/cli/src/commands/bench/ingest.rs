//! `matchflow bench ingest`: reading the supplier file, then the registry, and nothing else.

use matchflow_ingest::{open_reference, open_source};

use super::data::prepare;
use super::measure::{memory_peak_mib, timed};
use super::report::{Figure, Part, Point, Sense};
use crate::args::BenchData;
use crate::failure::Failure;

/// Rows read at once, of either file.
const BATCH_ROWS: usize = 8_192;

pub(super) const PART: Part = Part {
    name: "ingest",
    rows: 100_000,
    series: "",
    figures: &[
        Figure { name: "cells", label: "cells", sense: Sense::Size },
        Figure { name: "suppliers_s", label: "suppliers, s", sense: Sense::Cost },
        Figure { name: "suppliers_cpu_s", label: "processor, s", sense: Sense::Cost },
        Figure { name: "rows_per_s", label: "suppliers/s", sense: Sense::Rate },
        Figure { name: "cells_per_s", label: "cells/s", sense: Sense::Rate },
        Figure { name: "entries", label: "entries", sense: Sense::Size },
        Figure { name: "registry_s", label: "registry, s", sense: Sense::Cost },
        Figure { name: "registry_cpu_s", label: "processor, s", sense: Sense::Cost },
        Figure { name: "entries_per_s", label: "entries/s", sense: Sense::Rate },
        Figure { name: "memory_peak_mib", label: "peak memory, MiB", sense: Sense::Memory },
    ],
};

pub(super) fn measure(args: &BenchData, rows: u64) -> Result<Vec<Point>, Failure> {
    let (plan, _) = prepare(args, rows)?;
    let suppliers = || -> Result<(u64, u64), Failure> {
        let mut source = open_source(&plan.source, BATCH_ROWS).map_err(|error| Failure::fatal(&error))?;
        let mut read = 0;
        while read < rows
            && let Some(batch) = source.next_batch().map_err(|error| Failure::fatal(&error))?
        {
            read += batch.rows.num_rows() as u64;
        }
        Ok((read, source.facts().cells.read))
    };
    let registry = || -> Result<u64, Failure> {
        let mut reference = open_reference(&plan.reference, BATCH_ROWS).map_err(|error| Failure::fatal(&error))?;
        let mut read = 0;
        while let Some(batch) = reference.next_batch().map_err(|error| Failure::fatal(&error))? {
            read += batch.rows.num_rows() as u64;
        }
        Ok(read)
    };
    let (read, suppliers_s, suppliers_cpu_s) = timed(suppliers);
    let (entries, registry_s, registry_cpu_s) = timed(registry);
    let ((read, cells), entries) = (read?, entries?);
    let figures = [
        cells as f64,
        suppliers_s,
        suppliers_cpu_s,
        read as f64 / suppliers_s,
        cells as f64 / suppliers_s,
        entries as f64,
        registry_s,
        registry_cpu_s,
        entries as f64 / registry_s,
        memory_peak_mib(),
    ];
    let stages = vec![("suppliers".to_owned(), suppliers_s), ("registry".to_owned(), registry_s)];
    Ok(vec![Point { stages, ..Point::new(&PART, "", rows, &figures) }])
}
