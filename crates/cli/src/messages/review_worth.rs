//! What the rows in review are worth, as text.

use matchflow_checkpoint::ReviewBand;
use matchflow_model::language::Language;

use super::result_texts::{self as texts, fill_label};

/// What the rows in review are worth, in one line.
pub(crate) fn review_worth(bands: &[ReviewBand], language: Language) -> String {
    let rows: u64 = bands.iter().map(|band| band.rows).sum();
    let expected: f64 = bands.iter().map(|band| band.expected).sum();
    let decimal = |number: f64| texts::decimal(number, 1, language);
    let each = |band: &ReviewBand| {
        fill_label!(texts::REVIEW_BAND, language, "from": decimal(band.from), "to": decimal(band.to),
            "rows": band.rows, "expected": decimal(band.expected))
    };
    fill_label!(texts::REVIEW_WORTH, language, "rows": rows, "expected": decimal(expected),
        "percent": format!("{:.0}", expected / rows.max(1) as f64 * 100.0),
        "bands": bands.iter().map(each).collect::<Vec<_>>().join(", "))
}
