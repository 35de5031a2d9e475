//! The figures of a report as a plot (SVG): throughput, memory, and time by stage against the number of rows.
//!
//! Lines if a benchmark has one figure per size, stacked bars if it has stages.

use plotters::coord::Shift;
use plotters::coord::ranged1d::SegmentValue;
use plotters::prelude::{
    BindKeyPoints, ChartBuilder, Circle, Color, DrawingArea, IntoDrawingArea, IntoFont, IntoSegmentedCoord, LineSeries,
    PathElement, RGBColor, Rectangle, SVGBackend, SeriesLabelPosition, WHITE,
};

use crate::BenchError;
use crate::number::{grouped, rounded};
use crate::report::{BenchReport, Benchmark, Figure, FigureKind};

const PANEL_WIDTH: u32 = 460;
const PANEL_HEIGHT: u32 = 360;
/// Colours that are distinguishable with colour blindness, too (Okabe and Ito).
const COLOURS: [RGBColor; 8] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0x56, 0xb4, 0xe9),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0xf0, 0xe4, 0x42),
    RGBColor(0x7f, 0x7f, 0x7f),
];

type Panel<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type PlotError = Box<dyn std::error::Error>;

/// The plot.
pub(crate) fn plot(benchmark: &Benchmark, report: &BenchReport) -> Result<String, BenchError> {
    draw(benchmark, report).map_err(|error| BenchError::Failed(format!("the plot cannot be drawn: {error}")))
}

fn draw(benchmark: &Benchmark, report: &BenchReport) -> Result<String, PlotError> {
    let first = |sense: FigureKind| benchmark.figures.iter().find(|figure| figure.sense == sense);
    let has_stages = report.points.iter().any(|point| !point.stages.is_empty());
    let time = first(FigureKind::Cost).filter(|_| !has_stages);
    let lines: Vec<&Figure> =
        [first(FigureKind::Rate), first(FigureKind::Memory), time].into_iter().flatten().collect();
    let panel_count = lines.len() + usize::from(has_stages);
    let mut svg = String::new();
    {
        let size = (PANEL_WIDTH * panel_count.max(1) as u32, PANEL_HEIGHT);
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        let panels = root.split_evenly((1, panel_count.max(1)));
        let mut panels = panels.iter();
        for (figure, panel) in lines.into_iter().zip(&mut panels) {
            draw_lines(panel, figure, report)?;
        }
        if let Some(panel) = panels.next().filter(|_| has_stages) {
            draw_stages(panel, report)?;
        }
        root.present()?;
    }
    Ok(svg)
}

/// One line per series.
fn draw_lines(panel: &Panel<'_>, figure: &Figure, report: &BenchReport) -> Result<(), PlotError> {
    let sizes = sizes(report);
    let mut names: Vec<&str> = Vec::new();
    for point in &report.points {
        if !names.contains(&point.series.as_str()) {
            names.push(&point.series);
        }
    }
    let highest = report.points.iter().map(|point| point.get(figure.name)).filter(|value| value.is_finite());
    let value_max = positive(highest.fold(0.0, f64::max) * 1.05);
    let rows_max = sizes.last().copied().unwrap_or(1).max(1);
    let mut chart = ChartBuilder::on(panel)
        .caption(figure.label, ("sans-serif", 15).into_font())
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d((0..rows_max + rows_max / 12).with_key_points(sizes.clone()), 0.0..value_max)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_desc("supplier rows")
        .x_label_formatter(&|rows| grouped(*rows))
        .y_label_formatter(&|value| rounded(*value))
        .draw()?;
    for (place, name) in names.iter().enumerate() {
        let points = report.points.iter().filter(|point| point.series == *name);
        let mut points: Vec<(u64, f64)> = points.map(|point| (point.rows, point.get(figure.name))).collect();
        // A figure that could not be measured has no point.
        points.retain(|(_, value)| value.is_finite());
        points.sort_by_key(|(rows, _)| *rows);
        let colour = colour(place);
        let series = chart.draw_series(LineSeries::new(points.iter().copied(), colour.stroke_width(2)))?;
        if !name.is_empty() {
            series
                .label(*name)
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 12, y)], colour.stroke_width(2)));
        }
        chart.draw_series(points.iter().map(|point| Circle::new(*point, 3, colour.filled())))?;
    }
    if names.iter().any(|name| !name.is_empty()) {
        chart.configure_series_labels().position(SeriesLabelPosition::LowerRight).background_style(WHITE).draw()?;
    }
    Ok(())
}

/// The busy seconds of the stages as stacked bars: the longest stages by name, the others as one.
fn draw_stages(panel: &Panel<'_>, report: &BenchReport) -> Result<(), PlotError> {
    let sizes = sizes(report);
    let series = stage_series(report, &sizes);
    let totals = (0..sizes.len()).map(|place| series.iter().filter_map(|(_, values)| values.get(place)).sum::<f64>());
    let value_max = positive(totals.fold(0.0, f64::max) * 1.05);
    let labels = sizes.clone();
    let places = (0..sizes.len() as u64).into_segmented();
    let mut chart = ChartBuilder::on(panel)
        .caption("time busy by stage, s", ("sans-serif", 15).into_font())
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(places, 0.0..value_max)?;
    let size_label = |place: &SegmentValue<u64>| match place {
        SegmentValue::CenterOf(place) | SegmentValue::Exact(place) => {
            labels.get(*place as usize).map(|rows| grouped(*rows)).unwrap_or_default()
        }
        SegmentValue::Last => String::new(),
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .x_labels(sizes.len())
        .x_desc("supplier rows")
        .x_label_formatter(&size_label)
        .y_label_formatter(&|value| rounded(*value))
        .draw()?;
    let mut bases = vec![0.0; sizes.len()];
    for (number, (name, values)) in series.iter().enumerate() {
        let colour = colour(number);
        let mut bars = Vec::new();
        for (place, (base, value)) in (0..).zip(bases.iter_mut().zip(values)) {
            let corners = [(SegmentValue::Exact(place), *base), (SegmentValue::Exact(place + 1), *base + value)];
            let mut bar = Rectangle::new(corners, colour.filled());
            bar.set_margin(0, 0, 14, 14);
            bars.push(bar);
            *base += value;
        }
        let legend = move |(x, y)| Rectangle::new([(x, y - 5), (x + 10, y + 5)], colour.filled());
        chart.draw_series(bars)?.label(name).legend(legend);
    }
    chart.configure_series_labels().position(SeriesLabelPosition::UpperLeft).background_style(WHITE.mix(0.8)).draw()?;
    Ok(())
}

/// Stages with their busy seconds at each size, longest first; the rest combined.
fn stage_series(report: &BenchReport, sizes: &[u64]) -> Vec<(String, Vec<f64>)> {
    let mut totals: Vec<(&str, f64)> = Vec::new();
    for (stage, busy_s) in report.points.iter().flat_map(|point| &point.stages) {
        match totals.iter_mut().find(|total| total.0 == stage) {
            Some(total) => total.1 += busy_s,
            None => totals.push((stage, *busy_s)),
        }
    }
    totals.sort_by(|left, right| right.1.total_cmp(&left.1));
    let named: Vec<&str> = totals.iter().take(COLOURS.len() - 1).map(|total| total.0).collect();
    let busy = |rows: u64, matches: &dyn Fn(&str) -> bool| -> f64 {
        let point = report.points.iter().find(|point| point.rows == rows);
        let stages = point.into_iter().flat_map(|point| &point.stages);
        let seconds = stages.filter(|(stage, _)| matches(stage)).map(|(_, busy_s)| *busy_s);
        seconds.filter(|seconds| seconds.is_finite()).sum()
    };
    let of_stage = |name: &&str| {
        let values = sizes.iter().map(|rows| busy(*rows, &|stage: &str| stage == *name));
        ((*name).to_owned(), values.collect::<Vec<_>>())
    };
    let mut series: Vec<(String, Vec<f64>)> = named.iter().map(of_stage).collect();
    if totals.len() > named.len() {
        let is_other = |stage: &str| !named.contains(&stage);
        series.push(("others".to_owned(), sizes.iter().map(|rows| busy(*rows, &is_other)).collect()));
    }
    series
}

fn sizes(report: &BenchReport) -> Vec<u64> {
    let mut rows: Vec<u64> = report.points.iter().map(|point| point.rows).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// The end of an axis: never zero, which would leave no space.
fn positive(end: f64) -> f64 {
    if end > 0.0 && end.is_finite() { end } else { 1.0 }
}

fn colour(place: usize) -> RGBColor {
    COLOURS.get(place % COLOURS.len()).copied().unwrap_or(RGBColor(0, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MeasuredPoint;

    const BENCHMARK: Benchmark = Benchmark {
        name: "run",
        rows: 1,
        series: "case",
        figures: &[
            Figure { name: "rows_per_s", label: "rows/s", sense: FigureKind::Rate },
            Figure { name: "memory", label: "memory, MiB", sense: FigureKind::Memory },
        ],
    };

    fn report(series: &str) -> BenchReport {
        let point = |rows: u64| MeasuredPoint {
            stages: (0..12).map(|stage| (format!("stage {stage}"), rows as f64 / (1 + stage) as f64)).collect(),
            ..MeasuredPoint::new(&BENCHMARK, series, rows, &[5_000.0, 400.0 + rows as f64])
        };
        BenchReport { part: "run".to_owned(), points: vec![point(100), point(200), point(400)] }
    }

    #[test]
    fn throughput_and_memory_are_lines_and_stages_are_bars() {
        let svg = plot(&BENCHMARK, &report("a < b")).unwrap();
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 6, "{svg}");
        assert!(svg.contains("a &lt; b") && svg.contains("others"), "{svg}");
        assert!(["100", "200", "400"].iter().all(|size| svg.contains(size)), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn seven_stages_are_named_and_the_others_combined() {
        let report = report("");
        let series = stage_series(&report, &sizes(&report));
        assert_eq!(series.len(), COLOURS.len());
        assert_eq!(series[0], ("stage 0".to_owned(), vec![100.0, 200.0, 400.0]));
        assert_eq!(series[7].0, "others");
    }

    #[test]
    fn a_figure_that_could_not_be_measured_has_no_point() {
        let mut report = report("");
        report.points[1].figures.insert("memory".to_owned(), f64::NAN);
        let svg = plot(&BENCHMARK, &report).unwrap();
        assert_eq!(svg.matches("<circle").count(), 5);
        assert!(!svg.contains("NaN"), "{svg}");
        plot(&BENCHMARK, &BenchReport::default()).unwrap();
    }
}
