//! The figures of a report as a drawing (SVG): throughput, memory, and time by stage, as the input grows.
//!
//! Lines over the rows where a part is told by one figure, stacked bars where it is told by stage. No styles from outside:
//! the file looks the same in a browser, in a Markdown page and in print.

use std::fmt::Write;

use super::report::{Figure, Part, Report, Sense, shown};
use crate::times::grouped;

const PANEL_WIDTH: f64 = 420.0;
const PANEL_HEIGHT: f64 = 300.0;
/// Around what is drawn in a panel: left, right, top, bottom.
const MARGINS: [f64; 4] = [72.0, 16.0, 40.0, 44.0];
/// A line of a legend, and of a panel's foot.
const LINE_HEIGHT: f64 = 16.0;
/// Told apart also by those who see no red or green (Okabe and Ito).
const COLOURS: [&str; 8] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f7f7f"];

/// The drawing.
pub(super) fn plot(part: &Part, report: &Report) -> String {
    let first = |sense: Sense| part.figures.iter().find(|figure| figure.sense == sense);
    let mut panels: Vec<Panel> = [first(Sense::Rate), first(Sense::Memory)]
        .into_iter()
        .flatten()
        .map(|figure| Panel::lines(figure, report))
        .collect();
    match report.points.iter().any(|point| !point.stages.is_empty()) {
        true => panels.push(Panel::stages(report)),
        false => panels.extend(first(Sense::Cost).map(|figure| Panel::lines(figure, report))),
    }
    let legend = panels.iter().map(|panel| panel.series.len()).max().unwrap_or_default() as f64 * LINE_HEIGHT;
    let (width, height) = (PANEL_WIDTH * panels.len() as f64, PANEL_HEIGHT + legend + LINE_HEIGHT);
    let mut svg = String::new();
    svg.push_str(&format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <title>matchflow bench {}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        escaped(part.name)
    ));
    for (place, panel) in panels.iter().enumerate() {
        panel.draw(PANEL_WIDTH * place as f64, &mut svg);
    }
    svg.push_str("</svg>\n");
    svg
}

/// One drawing of the row.
struct Panel {
    title: String,
    /// Bars on top of each other rather than lines.
    is_stacked: bool,
    /// The sizes, ascending.
    rows: Vec<u64>,
    /// Each with its name and a value a size.
    series: Vec<(String, Vec<f64>)>,
}

impl Panel {
    fn lines(figure: &Figure, report: &Report) -> Panel {
        let rows = sizes(report);
        let mut names: Vec<&str> = Vec::new();
        for point in &report.points {
            if !names.contains(&point.series.as_str()) {
                names.push(&point.series);
            }
        }
        let value = |name: &str, rows: u64| {
            let point = report.points.iter().find(|point| point.rows == rows && point.series == name);
            point.map_or(f64::NAN, |point| point.get(figure.name))
        };
        let series = names.iter().map(|name| {
            let label = if name.is_empty() { figure.label } else { name };
            (label.to_owned(), rows.iter().map(|rows| value(name, *rows)).collect())
        });
        Panel { title: figure.label.to_owned(), is_stacked: false, series: series.collect(), rows }
    }

    /// The stages, the longest ones by name and the rest together.
    fn stages(report: &Report) -> Panel {
        let rows = sizes(report);
        let of = |rows: u64| report.points.iter().find(|point| point.rows == rows);
        let mut totals: Vec<(String, f64)> = Vec::new();
        for (stage, busy_s) in report.points.iter().flat_map(|point| &point.stages) {
            match totals.iter_mut().find(|total| total.0 == *stage) {
                Some(total) => total.1 += busy_s,
                None => totals.push((stage.clone(), *busy_s)),
            }
        }
        totals.sort_by(|left, right| right.1.total_cmp(&left.1));
        let named: Vec<String> = totals.iter().take(COLOURS.len() - 1).map(|total| total.0.clone()).collect();
        let busy = |rows: u64, wanted: &dyn Fn(&str) -> bool| -> f64 {
            let stages = of(rows).into_iter().flat_map(|point| &point.stages);
            stages.filter(|(stage, _)| wanted(stage)).map(|(_, busy_s)| busy_s).sum()
        };
        let own = |name: &String| {
            (name.clone(), rows.iter().map(|rows| busy(*rows, &|stage: &str| stage == name)).collect::<Vec<_>>())
        };
        let mut series: Vec<(String, Vec<f64>)> = named.iter().map(own).collect();
        if totals.len() > named.len() {
            let other = |stage: &str| !named.iter().any(|name| name == stage);
            series.push(("others".to_owned(), rows.iter().map(|rows| busy(*rows, &other)).collect()));
        }
        Panel { title: "time busy by stage, s".to_owned(), is_stacked: true, rows, series }
    }

    /// What the axis goes to.
    fn top(&self) -> f64 {
        let at = |place: usize| self.series.iter().filter_map(move |(_, values)| values.get(place).copied());
        let highest = |place: usize| match self.is_stacked {
            true => at(place).filter(|value| value.is_finite()).sum(),
            false => at(place).filter(|value| value.is_finite()).fold(0.0, f64::max),
        };
        rounded_up((0..self.rows.len()).map(highest).fold(0.0, f64::max))
    }

    fn draw(&self, left: f64, svg: &mut String) {
        let [before, after, above, below] = MARGINS;
        let frame = Frame {
            left: left + before,
            top: above,
            width: PANEL_WIDTH - before - after,
            height: PANEL_HEIGHT - above - below,
            rows_max: self.rows.last().copied().unwrap_or(1).max(1) as f64,
            value_max: self.top(),
        };
        text(svg, left + before, above - 16.0, "start", &self.title, Some("bold"));
        frame.axes(&self.rows, self.is_stacked, svg);
        if self.is_stacked {
            self.bars(&frame, svg)
        } else {
            self.curves(&frame, svg)
        }
        for (place, (name, _)) in self.series.iter().enumerate() {
            let y = PANEL_HEIGHT + LINE_HEIGHT * place as f64 + 4.0;
            let _ = writeln!(
                svg,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"10\" height=\"10\" fill=\"{}\"/>",
                frame.left,
                y - 9.0,
                colour(place)
            );
            text(svg, frame.left + 16.0, y, "start", name, None);
        }
    }

    fn curves(&self, frame: &Frame, svg: &mut String) {
        for (place, (_, values)) in self.series.iter().enumerate() {
            let points = self.rows.iter().zip(values).filter(|(_, value)| value.is_finite());
            let points: Vec<(f64, f64)> = points.map(|(rows, value)| (frame.x(*rows), frame.y(*value))).collect();
            let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            let colour = colour(place);
            let _ = writeln!(
                svg,
                "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                line.join(" ")
            );
            for (x, y) in points {
                let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>");
            }
        }
    }

    fn bars(&self, frame: &Frame, svg: &mut String) {
        let slot = frame.width / self.rows.len().max(1) as f64;
        for place in 0..self.rows.len() {
            let (mut base, x) = (0.0, frame.slot_middle(place, self.rows.len()) - slot * 0.3);
            for (number, (_, values)) in self.series.iter().enumerate() {
                let value = values.get(place).copied().filter(|value| value.is_finite()).unwrap_or(0.0);
                let (top, bottom) = (frame.y(base + value), frame.y(base));
                let (width, height, colour) = (slot * 0.6, bottom - top, colour(number));
                let _ = writeln!(
                    svg,
                    "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>"
                );
                base += value;
            }
        }
    }
}

/// Where values lie in a panel.
struct Frame {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    rows_max: f64,
    value_max: f64,
}

impl Frame {
    fn x(&self, rows: u64) -> f64 {
        self.left + self.width * rows as f64 / self.rows_max
    }

    fn y(&self, value: f64) -> f64 {
        self.top + self.height * (1.0 - value / self.value_max)
    }

    fn slot_middle(&self, place: usize, slots: usize) -> f64 {
        self.left + self.width * (place as f64 + 0.5) / slots.max(1) as f64
    }

    fn axes(&self, rows: &[u64], is_stacked: bool, svg: &mut String) {
        let (right, bottom) = (self.left + self.width, self.top + self.height);
        for quarter in 0..=4 {
            let value = self.value_max * f64::from(quarter) / 4.0;
            let (y, left) = (self.y(value), self.left);
            let _ = writeln!(
                svg,
                "<line x1=\"{left:.1}\" y1=\"{y:.1}\" x2=\"{right:.1}\" y2=\"{y:.1}\" stroke=\"#dddddd\"/>"
            );
            text(svg, self.left - 6.0, y + 4.0, "end", &shown(value), None);
        }
        for (place, size) in rows.iter().enumerate() {
            let x = if is_stacked { self.slot_middle(place, rows.len()) } else { self.x(*size) };
            text(svg, x, bottom + 16.0, if is_stacked { "middle" } else { "end" }, &grouped(*size), None);
        }
        text(svg, self.left, bottom + 32.0, "start", "supplier rows", None);
    }
}

fn sizes(report: &Report) -> Vec<u64> {
    let mut rows: Vec<u64> = report.points.iter().map(|point| point.rows).collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

fn colour(place: usize) -> &'static str {
    COLOURS.get(place % COLOURS.len()).copied().unwrap_or("black")
}

/// The next number that an axis may end with: 1, 2, 2.5, 4, 5 or 8 times a power of ten.
fn rounded_up(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 2.5, 4.0, 5.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|end| *end >= value).unwrap_or(10.0 * power)
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, words: &str, weight: Option<&str>) {
    let weight = weight.map(|weight| format!(" font-weight=\"{weight}\"")).unwrap_or_default();
    let words = escaped(words);
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\"{weight}>{words}</text>");
}

fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::report::Point;
    use super::*;

    const PART: Part = Part {
        name: "run",
        rows: 1,
        series: "case",
        figures: &[
            Figure { name: "rows_per_s", label: "rows/s", sense: Sense::Rate },
            Figure { name: "memory", label: "memory, MiB", sense: Sense::Memory },
        ],
    };

    fn report(series: &str) -> Report {
        let point = |rows: u64| Point {
            stages: (0..12).map(|stage| (format!("stage {stage}"), rows as f64 / (1 + stage) as f64)).collect(),
            ..Point::new(&PART, series, rows, &[5_000.0, 400.0 + rows as f64])
        };
        Report { part: "run".to_owned(), points: vec![point(100), point(200), point(400)] }
    }

    #[test]
    fn an_axis_ends_at_a_round_number() {
        for (value, end) in [(0.0, 1.0), (0.03, 0.04), (1.0, 1.0), (2.1, 2.5), (5_500.0, 8_000.0), (8_100.0, 10_000.0)]
        {
            assert!((rounded_up(value) - end).abs() < 1e-9 * end, "{value}: {}", rounded_up(value));
        }
    }

    #[test]
    fn throughput_and_memory_are_lines_and_stages_are_bars() {
        let svg = plot(&PART, &report("a < b"));
        assert_eq!(svg.matches("<polyline").count(), 2);
        assert_eq!(svg.matches("<circle").count(), 6);
        let legend = 2 + COLOURS.len();
        assert_eq!(
            svg.matches("<rect").count(),
            1 + legend + 3 * COLOURS.len(),
            "seven stages and the others, by size"
        );
        assert!(svg.contains("a &lt; b") && svg.contains(">others<"), "{svg}");
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn what_could_not_be_measured_is_not_drawn() {
        let mut report = report("");
        report.points[1].figures.insert("memory".to_owned(), f64::NAN);
        let svg = plot(&PART, &report);
        assert_eq!(svg.matches("<circle").count(), 5);
        assert!(!svg.contains("NaN"), "{svg}");
    }
}
