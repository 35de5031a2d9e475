//! The list of verdicts that a reviewer chooses from in a column.

use matchflow_labels::{Words, texts};
use matchflow_model::review_verdict::ReviewVerdict;
use rust_xlsxwriter::{ConditionalFormatCell, ConditionalFormatCellRule, DataValidation, Worksheet, XlsxError};

use super::styles::{Shade, shaded};

/// Offers verdicts in a column, in the colours of what they mean.
pub(crate) fn offer_verdicts(
    sheet: &mut Worksheet,
    verdicts: &[ReviewVerdict],
    words: &Words,
    column: u16,
    last_row: u32,
) -> Result<(), XlsxError> {
    let texts: Vec<&str> = verdicts.iter().map(|verdict| words.verdict(*verdict)).collect();
    let list = DataValidation::new()
        .allow_list_strings(&texts)?
        .set_error_title(words.text(texts::VERDICT))?
        .set_error_message(words.text(texts::VERDICT_HELP))?;
    sheet.add_data_validation(1, column, last_row, column, &list)?;
    for verdict in verdicts {
        let rule = ConditionalFormatCellRule::EqualTo(words.verdict(*verdict).to_owned());
        let colored = ConditionalFormatCell::new().set_rule(rule).set_format(shaded(shade(*verdict)));
        sheet.add_conditional_format(1, column, last_row, column, &colored)?;
    }
    Ok(())
}

fn shade(verdict: ReviewVerdict) -> Shade {
    match verdict {
        ReviewVerdict::Entry | ReviewVerdict::Same => Shade::Good,
        ReviewVerdict::OtherEstablishment | ReviewVerdict::Split => Shade::Attention,
        ReviewVerdict::Closed | ReviewVerdict::NotInRegistry | ReviewVerdict::NotTheSame => Shade::Bad,
        ReviewVerdict::NotASupplier | ReviewVerdict::Later | ReviewVerdict::NeverMerge => Shade::Neutral,
    }
}
