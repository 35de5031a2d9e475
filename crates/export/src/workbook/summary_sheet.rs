//! The first sheet: the results of the run in figures and charts, with facts about the run.

use matchflow_labels::{Words, texts};
use matchflow_model::language::Label;
use matchflow_model::outcome::Outcome;
use rust_xlsxwriter::{Color, Url, Worksheet, XlsxError};

use super::cells::CellWriter;
use super::shared_companies::SharedCount;
use super::styles::{self, Formats, Style};
use super::summary_charts::SummaryCharts;
use crate::layout::{Fact, Layout, Summary};
use crate::tally::OutcomeTally;

/// Widths of the columns.
const WIDTHS: [f64; 6] = [38.0, 13.0, 11.0, 18.0, 11.0, 3.0];

/// Writes lines of the sheet from top to bottom.
struct SummaryWriter<'a> {
    sheet: Worksheet,
    formats: &'a Formats,
    words: &'a Words,
    row: u32,
}

/// The summary of a workbook.
pub(crate) fn summary_sheet(
    layout: &Layout,
    formats: &Formats,
    tally: &OutcomeTally,
    summary: &Summary,
    shared: SharedCount,
) -> Result<Worksheet, XlsxError> {
    let words = &layout.words;
    let mut sheet = Worksheet::new();
    sheet.set_name(words.text(texts::SUMMARY))?.set_tab_color(Color::RGB(styles::SUMMARY)).set_screen_gridlines(false);
    for (number, width) in WIDTHS.iter().enumerate() {
        sheet.set_column_width(number as u16, *width)?;
    }
    let mut writer = SummaryWriter { sheet, formats, words, row: 0 };
    writer.sheet.set_row_height(0, 28)?;
    let title = format!("{} – {}", words.text(texts::TITLE), summary.pipeline);
    writer.line(|line, formats| line.text(Some(&title), &formats.title))?;
    writer.line(|line, formats| line.text(Some(&summary.subtitle), &formats.subtitle))?;
    writer.row += 1;
    let mut charts = SummaryCharts::new(words);
    charts.outcomes = Some((writer.row + 1, writer.row + Outcome::ALL.len() as u32));
    writer.outcomes(tally, layout.amount_header())?;
    writer.matched(tally, layout, shared, summary.rejects_total)?;
    charts.scores = writer.scores(tally)?;
    writer.stages(tally)?;
    writer.facts(summary)?;
    let SummaryWriter { mut sheet, .. } = writer;
    charts.has_amounts = layout.amount.is_some();
    charts.insert(&mut sheet)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 1);
    sheet.set_footer("&L&8&F&C&8&A&R&8&P / &N");
    sheet.set_active(true);
    Ok(sheet)
}

impl SummaryWriter<'_> {
    fn line(
        &mut self,
        write: impl FnOnce(&mut CellWriter<'_>, &Formats) -> Result<(), XlsxError>,
    ) -> Result<(), XlsxError> {
        let mut line = CellWriter::new(&mut self.sheet, self.row, &mut []);
        write(&mut line, self.formats)?;
        self.row += 1;
        Ok(())
    }

    /// The headings of a block, after an empty line.
    fn headings(&mut self, titles: &[&str]) -> Result<(), XlsxError> {
        self.line(|line, formats| {
            titles.iter().enumerate().try_for_each(|(place, title)| {
                let format = if place == 0 { &formats.heading } else { &formats.number_heading };
                line.text(Some(title), format)
            })
        })
    }

    /// Rows and amounts by outcome.
    fn outcomes(&mut self, tally: &OutcomeTally, amount: Option<&str>) -> Result<(), XlsxError> {
        let words = self.words;
        let share = words.heading(texts::SHARE);
        let sum = amount.map(|amount| format!("{} ({amount})", words.text(texts::AMOUNT)));
        let mut titles = vec![words.heading(texts::OUTCOME), words.heading(texts::ROWS), share.clone()];
        titles.extend(sum.map(|sum| words.capitalized(&sum)));
        titles.extend(amount.map(|_| share));
        self.headings(&titles.iter().map(String::as_str).collect::<Vec<_>>())?;
        let total = tally.rows();
        let total_amount: f64 = Outcome::ALL.iter().map(|outcome| tally.outcome_amount(*outcome)).sum();
        for outcome in Outcome::ALL {
            let (rows, sum) = (tally.outcome_rows(outcome), tally.outcome_amount(outcome));
            let sheet_name = words.text(sheet_of(outcome));
            if outcome != Outcome::Failed || rows > 0 {
                let link =
                    Url::new(format!("internal:'{sheet_name}'!A1")).set_text(words.capitalized(words.outcome(outcome)));
                self.sheet.write_url_with_format(self.row, 0, link, self.formats.cell(Style::Link, false))?;
            } else {
                let text = words.capitalized(words.outcome(outcome));
                self.sheet.write_string_with_format(self.row, 0, text, self.formats.cell(Style::Text, false))?;
            }
            self.line(|line, formats| {
                line.skip();
                line.number(Some(rows as f64), formats.cell(Style::Count, false))?;
                line.number(part(rows as f64, total as f64), &formats.share)?;
                if amount.is_some() {
                    line.number(Some(sum), formats.cell(Style::Decimal, false))?;
                    line.number(part(sum, total_amount), &formats.share)?;
                }
                Ok(())
            })?;
        }
        let label = words.heading(texts::TOTAL);
        self.line(|line, formats| {
            line.text(Some(&label), &formats.total)?;
            line.number(Some(total as f64), &formats.total)?;
            line.text(Some(" "), &formats.total)?;
            if amount.is_some() {
                line.number(Some(total_amount), &formats.total_amount)?;
                line.text(Some(" "), &formats.total)?;
            }
            Ok(())
        })?;
        self.row += 1;
        Ok(())
    }

    /// Facts about the matched rows and the file.
    fn matched(
        &mut self,
        tally: &OutcomeTally,
        layout: &Layout,
        shared: SharedCount,
        rejects: u64,
    ) -> Result<(), XlsxError> {
        let words = self.words;
        let matched = tally.outcome_rows(Outcome::Matched);
        let mut figures: Vec<(Label, u64, Option<u64>)> = Vec::new();
        if layout.has_groups {
            figures.push((texts::ENTRY_NAMED, matched.saturating_sub(tally.companies_only), Some(matched)));
            figures.push((texts::COMPANY_ONLY, tally.companies_only, Some(matched)));
        }
        if layout.has_status {
            figures.push((texts::MATCHED_CLOSED, tally.closed, Some(matched)));
        }
        figures.push((texts::SHARED_ROWS, shared.rows, Some(matched)));
        figures.push((texts::SHARED_COMPANIES, shared.companies, None));
        figures.push((texts::CELLS_REJECTED, rejects, None));
        self.headings(&[&words.heading(texts::DETAILS), &words.heading(texts::ROWS), &words.heading(texts::SHARE)])?;
        for (label, count, of) in figures {
            let label = words.heading(label);
            self.line(|line, formats| {
                line.text(Some(&label), formats.cell(Style::Text, false))?;
                line.number(Some(count as f64), formats.cell(Style::Count, false))?;
                line.number(of.and_then(|of| part(count as f64, of as f64)), &formats.share)
            })?;
        }
        self.row += 1;
        Ok(())
    }

    /// Rows by score and outcome; returns the first and the last line with figures.
    fn scores(&mut self, tally: &OutcomeTally) -> Result<(u32, u32), XlsxError> {
        let words = self.words;
        let mut titles = vec![words.heading(texts::BEST_SCORE)];
        titles.extend(
            [Outcome::Matched, Outcome::Review, Outcome::Unmatched].map(|one| words.capitalized(words.outcome(one))),
        );
        self.headings(&titles.iter().map(String::as_str).collect::<Vec<_>>())?;
        let first = self.row;
        for (lower, upper, counts) in tally.by_score() {
            let label = format!("{} – {}", words.decimal(lower, 1), words.decimal(upper, 1));
            self.line(|line, formats| {
                line.text(Some(&label), formats.cell(Style::Text, false))?;
                let counts = counts.iter().take(3);
                counts
                    .into_iter()
                    .try_for_each(|count| line.number(Some(*count as f64), formats.cell(Style::Count, false)))
            })?;
        }
        let last = self.row - 1;
        self.row += 1;
        Ok((first, last))
    }

    fn stages(&mut self, tally: &OutcomeTally) -> Result<(), XlsxError> {
        let words = self.words;
        let mut titles = vec![words.heading(texts::STAGE)];
        titles.extend(Outcome::ALL.map(|outcome| words.capitalized(words.outcome(outcome))));
        self.headings(&titles.iter().map(String::as_str).collect::<Vec<_>>())?;
        for (stage, counts) in tally.by_stage() {
            let stage = if stage.is_empty() { words.text(texts::NO_STAGE) } else { stage };
            self.line(|line, formats| {
                line.text(Some(stage), formats.cell(Style::Text, false))?;
                counts.iter().try_for_each(|count| line.number(Some(*count as f64), formats.cell(Style::Count, false)))
            })?;
        }
        self.row += 1;
        Ok(())
    }

    fn facts(&mut self, summary: &Summary) -> Result<(), XlsxError> {
        self.headings(&[&self.words.heading(texts::RUN), " "])?;
        for (label, fact) in &summary.facts {
            let label = self.words.heading(*label);
            self.line(|line, formats| {
                line.text(Some(&label), formats.cell(Style::Text, false))?;
                match fact {
                    Fact::Text(text) => line.text(Some(text), formats.cell(Style::Text, false)),
                    Fact::Count(count) => line.number(Some(*count as f64), formats.cell(Style::Count, false)),
                    Fact::Decimal(value) => line.number(Some(*value), formats.cell(Style::Decimal, false)),
                }
            })?;
        }
        Ok(())
    }
}

/// The sheet with the rows of an outcome.
fn sheet_of(outcome: Outcome) -> Label {
    match outcome {
        Outcome::Matched => texts::MATCHED_SHEET,
        Outcome::Review => texts::TO_REVIEW,
        Outcome::Unmatched => texts::NOT_FOUND,
        Outcome::Failed => texts::FAILED_SHEET,
    }
}

fn part(of: f64, total: f64) -> Option<f64> {
    (total != 0.0).then(|| of / total)
}
