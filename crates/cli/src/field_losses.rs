//! Losses in the fields of the supplier file: cells of another type, cells that became empty by cleaning.

use matchflow_flow::Progress;
use matchflow_ingest::TypedFieldFacts;
use matchflow_model::printable::excerpt;

use crate::ingest_counts::IngestCounts;
use crate::messages::{FieldLoss, SummaryLine};

/// Losses in fields: by type, and by cleaning.
pub(crate) fn field_lines(counts: &IngestCounts, progress: &Progress) -> Vec<SummaryLine> {
    let of_type = |facts: &TypedFieldFacts| {
        is_large_share(facts.rejected, facts.cells).then(|| SummaryLine::Field {
            field: facts.name.clone(),
            loss: FieldLoss::Typed {
                declared: facts.data_type,
                cells: facts.cells,
                rejected: facts.rejected,
                example: facts.example.as_deref().map(excerpt).unwrap_or_default(),
                better: facts.better_type().unwrap_or(facts.data_type),
            },
        })
    };
    let mut lines: Vec<SummaryLine> = counts.source().typed_fields.iter().filter_map(of_type).collect();
    for (field, fill) in progress.fills().into_values().flat_map(|fills| fills.0) {
        let text = |example: Option<(u64, String)>| example.map_or_else(String::new, |(_, text)| excerpt(&text));
        if fill.lost > 0 {
            let is_warning = is_large_share(fill.lost, fill.cells);
            let (cleaners, cells, lost) = (fill.cleaners, fill.cells, fill.lost);
            let loss = FieldLoss::Cleaned { cleaners, cells, lost, example: text(fill.lost_example), is_warning };
            lines.push(SummaryLine::Field { field: field.clone(), loss });
        }
        if fill.not_latin > 0 {
            let loss = FieldLoss::NotLatin { cells: fill.not_latin, example: text(fill.not_latin_example) };
            lines.push(SummaryLine::Field { field, loss });
        }
    }
    lines
}

/// Whether so many cells are lost that the pipeline may be wrong rather than the cells.
fn is_large_share(part: u64, all: u64) -> bool {
    const PERCENT_MIN: u64 = 5;
    part > 0 && part * 100 >= all * PERCENT_MIN
}
