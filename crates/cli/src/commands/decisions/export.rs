//! `matchflow decisions export`: the decisions that count, as a table that `import` reads.

use std::process::ExitCode;

use matchflow_decisions::Decisions;
use matchflow_export::{ExportError, NoRegister, SheetTable, TableCell, export_tables};
use matchflow_labels::texts;
use matchflow_model::plan::{CsvDialect, OutputPlan};

use super::decided_pipeline::{DecidedPipeline, print};
use crate::args::DecisionsExportArgs;
use crate::failure::{Failure, FailureContext};
use crate::messages::DecisionText;
use crate::run_files::claim_argument;

/// Writes the decisions to a file.
pub(super) fn export(args: &DecisionsExportArgs) -> Result<ExitCode, Failure> {
    let pipeline = DecidedPipeline::load(&args.pipeline)?;
    claim_argument(&args.output, "an output")?;
    let decisions = Decisions::new(pipeline.read()?.records);
    let words = &pipeline.words;
    let mut table = SheetTable { name: words.text(texts::DECISIONS).to_owned(), ..SheetTable::default() };
    for (name, label) in [
        ("key", texts::KEY),
        ("verdict", texts::VERDICT),
        ("other_id", texts::OTHER_ID),
        ("comment", texts::COMMENT),
        ("by", texts::DECIDED_BY),
        ("at", texts::DECIDED_AT),
        ("others", texts::OTHER_ROWS),
        ("record", texts::RECORD),
    ] {
        table.add_column(name, words.heading(label));
    }
    for (line, verdict) in decisions.verdicts() {
        let entry = verdict.entry.as_ref().or(verdict.group.as_ref()).cloned().unwrap_or_default();
        let others: Vec<&str> = verdict.others.iter().map(|other| other.key.as_str()).collect();
        let record = &line.record;
        let cells = [
            verdict.row.key.clone(),
            words.verdict(verdict.verdict).to_owned(),
            entry,
            record.why.clone().unwrap_or_default(),
            record.by.clone(),
            record.at.clone(),
            others.join(", "),
            line.id.clone(),
        ];
        table.rows.push(cells.into_iter().map(TableCell::Text).collect());
    }
    let rows = table.rows.len() as u64;
    let path = args.output.clone();
    let is_workbook = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx"));
    let output = match is_workbook {
        true => OutputPlan::Xlsx { path },
        false => OutputPlan::Csv { path, dialect: CsvDialect::of_language(pipeline.plan.language) },
    };
    let written: Result<_, ExportError> =
        export_tables(&[output], &[table], &pipeline.plan.name, &[], words, &mut NoRegister);
    written.while_doing("writing the decisions")?;
    print(&DecisionText::Listed { verdicts: rows, file: args.output.display().to_string() });
    Ok(ExitCode::SUCCESS)
}
