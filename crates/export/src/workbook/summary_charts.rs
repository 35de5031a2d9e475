//! The charts of the summary. They refer to cells of the sheet, so that their figures can be checked.

use matchflow_labels::{Words, texts};
use matchflow_model::language::Label;
use rust_xlsxwriter::{
    Chart, ChartFont, ChartFormat, ChartLegendPosition, ChartLine, ChartPoint, ChartSolidFill, ChartType, Color,
    Worksheet, XlsxError,
};

use super::styles;

/// The first column of charts, and their size in pixels.
const CHART_COLUMN: u16 = 6;
/// The same where the sheet has two columns.
const CLUSTER_CHART_COLUMN: u16 = 3;
const WIDTH: u32 = 460;
const HEIGHT: u32 = 270;

/// Rows covered by a chart, with the space below it.
const CHART_ROWS: u32 = 15;

/// In the order of the outcomes' lines.
const COLORS: [u32; 4] = [styles::MATCHED, styles::REVIEW, styles::UNMATCHED, styles::FAILED];

/// The positions of the figures.
pub(crate) struct SummaryCharts<'a> {
    words: &'a Words,
    /// The first and the last line of the outcomes.
    pub(crate) outcomes: Option<(u32, u32)>,
    pub(crate) has_amounts: bool,
    /// The first and the last line of the scores.
    pub(crate) scores: (u32, u32),
}

/// How many clusters have how many rows; the lines are in the first two columns of the sheet.
pub(crate) fn insert_cluster_chart(
    sheet: &mut Worksheet,
    words: &Words,
    (first, last): (u32, u32),
) -> Result<(), XlsxError> {
    let name = words.text(texts::SUMMARY);
    let mut chart = Chart::new(ChartType::Column);
    chart
        .add_series()
        .set_categories((name, first, 0, last, 0))
        .set_values((name, first, 1, last, 1))
        .set_format(&mut fill(styles::DUPLICATES))
        .set_gap(60);
    SummaryCharts::new(words).dress(&mut chart, texts::CLUSTERS_BY_ROWS);
    quiet(&mut chart);
    chart.legend().set_hidden();
    sheet.insert_chart(2, CLUSTER_CHART_COLUMN, &chart).map(|_| ())
}

impl<'a> SummaryCharts<'a> {
    pub(crate) fn new(words: &'a Words) -> SummaryCharts<'a> {
        SummaryCharts { words, outcomes: None, has_amounts: false, scores: (0, 0) }
    }

    pub(crate) fn insert(&self, sheet: &mut Worksheet) -> Result<(), XlsxError> {
        let mut row = 2;
        let mut place = |sheet: &mut Worksheet, chart: &Chart| {
            let placed = sheet.insert_chart(row, CHART_COLUMN, chart).map(|_| ());
            row += CHART_ROWS;
            placed
        };
        if let Some((first, last)) = self.outcomes {
            place(sheet, &self.by_outcome(ChartType::Doughnut, texts::ROWS_BY_OUTCOME, first, last, 1))?;
            if self.has_amounts {
                place(sheet, &self.by_outcome(ChartType::Column, texts::AMOUNT_BY_OUTCOME, first, last, 3))?;
            }
        }
        place(sheet, &self.by_score())
    }

    fn by_outcome(&self, kind: ChartType, title: Label, first: u32, last: u32, column: u16) -> Chart {
        let sheet = self.words.text(texts::SUMMARY);
        let points: Vec<ChartPoint> =
            COLORS.iter().map(|color| ChartPoint::new().set_format(&mut fill(*color))).collect();
        let mut chart = Chart::new(kind);
        chart
            .add_series()
            .set_categories((sheet, first, 0, last, 0))
            .set_values((sheet, first, column, last, column))
            .set_points(&points)
            .set_gap(60);
        self.dress(&mut chart, title);
        if kind == ChartType::Doughnut {
            chart.set_hole_size(58);
            chart.legend().set_position(ChartLegendPosition::Right);
        } else {
            quiet(&mut chart);
            chart.legend().set_hidden();
        }
        chart
    }

    fn by_score(&self) -> Chart {
        let sheet = self.words.text(texts::SUMMARY);
        let (first, last) = self.scores;
        let mut chart = Chart::new(ChartType::ColumnStacked);
        for (column, color) in (1..=3).zip(COLORS) {
            chart
                .add_series()
                .set_name((sheet, first - 1, column))
                .set_categories((sheet, first, 0, last, 0))
                .set_values((sheet, first, column, last, column))
                .set_format(&mut fill(color))
                .set_gap(30);
        }
        self.dress(&mut chart, texts::ROWS_BY_SCORE);
        quiet(&mut chart);
        chart.legend().set_position(ChartLegendPosition::Bottom);
        chart
    }

    fn dress(&self, chart: &mut Chart, title: Label) {
        let mut font = ChartFont::new();
        font.set_size(12).set_bold().set_color(Color::RGB(styles::SUMMARY));
        chart.title().set_name(self.words.heading(title).as_str()).set_font(&font);
        chart.set_width(WIDTH).set_height(HEIGHT);
    }
}

/// Thin gridlines behind the columns, whole numbers next to them.
fn quiet(chart: &mut Chart) {
    let mut line = ChartLine::new();
    line.set_color(Color::RGB(styles::LINE)).set_width(0.5);
    chart.y_axis().set_num_format("#,##0").set_major_gridlines_line(&line);
}

fn fill(color: u32) -> ChartFormat {
    let mut format = ChartFormat::new();
    format.set_solid_fill(ChartSolidFill::new().set_color(Color::RGB(color)));
    format
}
