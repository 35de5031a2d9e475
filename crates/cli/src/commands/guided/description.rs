//! Prints the detected kinds and their confidence.

use matchflow_model::language::Language;
use matchflow_profile::ColumnKind;

use crate::messages::{GuideText, guide_text, kind_label};

use super::registry::RegistryChoice;
use super::supplier_file::SupplierFile;
use super::terminal::{cut, terminal_width, wrap};

/// Prints the supplier file's table with its columns, and the registry.
pub(crate) fn print(file: &SupplierFile, registry: Option<&RegistryChoice>, language: Language) {
    message!("{}", describe(file, registry, terminal_width().min(120), language));
}

fn describe(file: &SupplierFile, registry: Option<&RegistryChoice>, width: usize, language: Language) -> String {
    let inspection = &file.profile.inspection;
    let mut lines = vec![guide_text(
        &GuideText::Table {
            file: file.profile.choice.table.to_string(),
            sheet: file.profile.choice.sheet.clone(),
            header: inspection.header_row,
            rows: inspection.rows,
            has_totals: inspection.has_totals,
        },
        language,
    )];
    let (rows, unused) = column_lines(file, language);
    let longest = |text: fn(&ColumnLine) -> &str, max: usize| {
        rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0).min(max)
    };
    let (name, kind) = (longest(|row| &row.column, width * 2 / 5), longest(|row| &row.kind, width / 3));
    for ColumnLine { column, kind: label, sure, example } in &rows {
        let column = cut(column, name);
        lines.push(cut(&format!("  {column:name$}  {label:kind$}  {sure:>6}  {example}"), width));
    }
    if !unused.is_empty() {
        let text = guide_text(&GuideText::Unused { columns: unused }, language);
        lines.extend(wrap(&text, width));
    }
    if let Some(registry) = registry {
        lines.extend(wrap(&registry.description(language), width));
    }
    lines.join("\n")
}

/// A line of the list of columns.
struct ColumnLine {
    column: String,
    kind: String,
    sure: String,
    example: String,
}

/// The columns in use, under their titles, and the names of the others.
fn column_lines(file: &SupplierFile, language: Language) -> (Vec<ColumnLine>, Vec<String>) {
    let titles = guide_text(&GuideText::Titles, language);
    let mut titles = titles.split('|').map(str::to_owned);
    let mut title = || titles.next().unwrap_or_default();
    let mut rows = vec![ColumnLine { column: title(), kind: title(), sure: title(), example: title() }];
    let mut unused = Vec::new();
    for (column, sample) in file.profile.columns.iter().zip(&file.profile.choice.samples) {
        let name = &column.column;
        let field = file.fields.iter().find(|field| field.columns.contains(name));
        let kind = match field {
            Some(field) => field.kind,
            None if file.keys.contains(name) => ColumnKind::Key,
            None => {
                unused.push(name.clone());
                continue;
            }
        };
        rows.push(ColumnLine {
            column: name.clone(),
            kind: kind_label(kind, language).to_owned(),
            // A guess is never certain.
            sure: format!("{:.0} %", column.confidence.min(0.99) * 100.0),
            example: sample.values.first().cloned().unwrap_or_default(),
        });
    }
    (rows, unused)
}
