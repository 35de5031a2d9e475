// The charts, drawn by Observable Plot. Colours are variables of the style sheet, so that they follow light, dark and print.
import * as Plot from "@observablehq/plot";
import { type Band, OUTCOMES, type OutcomeRows, type Threshold, type Weight, count, decimal, report, share, t } from "./data";
import { el } from "./dom";

const color = (outcome: string) => `var(--${outcome})`;
const style = { fontSize: "12px" };

/** A chart is one picture: the labels that Plot gives its parts are of elements without a role. */
function describe(drawn: Element, label: string): void {
  for (const part of drawn.querySelectorAll("g[aria-label]")) part.removeAttribute("aria-label");
  drawn.setAttribute("role", "img");
  drawn.setAttribute("aria-label", label);
}

/** A chart with a description for those who do not see it. */
function chart(label: string, options: Plot.PlotOptions, title: string | null = null): HTMLElement {
  const drawn = Plot.plot({ style, ...options });
  describe(drawn, label);
  return el("figure", {}, title ? el("h3", {}, title) : null, drawn);
}

export function outcomeLegend(): HTMLElement {
  const used = OUTCOMES.filter((outcome) => report.outcomes.some((one) => one.outcome === outcome));
  return el("div", { class: "legend" }, ...used.map((outcome) => el("span", {}, el("i", { style: `--of: ${color(outcome)}` }), t(`outcome.${outcome}`))));
}

export function outcomeBars(label: string, outcomes: OutcomeRows[], value: (row: OutcomeRows) => number): HTMLElement {
  const whole = outcomes.reduce((sum, row) => sum + value(row), 0);
  const name = (row: OutcomeRows) => t(`outcome.${row.outcome}`);
  return chart(label, {
    marginLeft: 130,
    marginRight: 110,
    height: 40 + 34 * outcomes.length,
    width: 520,
    x: { axis: null },
    y: { label: null, domain: OUTCOMES.filter((one) => outcomes.some((row) => row.outcome === one)).map((one) => t(`outcome.${one}`)) },
    marks: [
      Plot.barX(outcomes, { x: value, y: name, fill: (row: OutcomeRows) => color(row.outcome) }),
      Plot.text(outcomes, { x: value, y: name, text: (row: OutcomeRows) => `${count(value(row))} (${share(whole ? value(row) / whole : null)})`, textAnchor: "start", dx: 6, fill: "currentColor" }),
      Plot.ruleX([0]),
    ],
  }, label);
}

export function histogram(label: string, bands: Band[], axis: string): HTMLElement {
  const sorted = [...bands].sort((one, other) => OUTCOMES.indexOf(one.outcome) - OUTCOMES.indexOf(other.outcome));
  const title = (band: Band) => `${decimal(band.from)}–${decimal(band.to)} ${t(`outcome.${band.outcome}`)}: ${count(band.rows)}`;
  return chart(label, {
    width: 520,
    height: 260,
    marginLeft: 55,
    x: { label: axis, domain: [0, 1] },
    // A few bands have nearly all rows: the root of a count leaves the others visible.
    y: { label: t("rows"), grid: true, type: "sqrt" },
    marks: [
      Plot.rectY(sorted, Plot.stackY({ x1: "from", x2: "to", y: "rows", fill: (band: Band) => color(band.outcome), inset: 0.5, title }) as Plot.RectYOptions),
      Plot.ruleY([0]),
    ],
  }, label);
}

/** Rows, or precision and recall, by threshold; calls `point` with the threshold that is pointed at. */
export function thresholdChart(thresholds: Threshold[], point: (threshold: Threshold) => void): HTMLElement {
  const isJudged = report.judged_by !== null;
  const precision = (one: Threshold) => (one.right! + one.wrong! ? one.right! / (one.right! + one.wrong!) : NaN);
  const recall = (one: Threshold) => (one.right! + one.missed! ? one.right! / (one.right! + one.missed!) : NaN);
  const all = report.outcomes.reduce((sum, one) => sum + one.rows, 0) || 1;
  const line = (value: (one: Threshold) => number, stroke: string, dash = "none") =>
    Plot.lineY(thresholds, { x: "score", y: value, stroke, strokeWidth: 2, strokeDasharray: dash });
  const lines = isJudged ? [line(precision, "var(--matched)"), line(recall, "var(--review)", "6 3")] : [line((one) => one.rows / all, "var(--matched)")];
  const drawn = Plot.plot({
    style,
    width: 1000,
    height: 280,
    marginLeft: 55,
    x: { label: t("score"), domain: [0, 1] },
    y: { label: isJudged ? `${t("threshold.precision")} (—), ${t("threshold.recall")} (- -)` : t("threshold.accepted"), domain: [0, 1], grid: true, tickFormat: "%" },
    marks: [
      ...lines,
      Plot.ruleX(report.accept === null ? [] : [report.accept], { strokeDasharray: "3 3" }),
      Plot.text(report.accept === null ? [] : [report.accept], { x: (score: number) => score, frameAnchor: "bottom", dy: -6, dx: -4, textAnchor: "end", text: () => t("threshold.plan"), fill: "currentColor" }),
      Plot.ruleX(thresholds, Plot.pointerX({ x: "score", stroke: "currentColor", strokeOpacity: 0.6, ariaHidden: "true" })),
      Plot.ruleY([0]),
    ],
  });
  describe(drawn, t("threshold"));
  drawn.addEventListener("input", () => drawn.value && point(drawn.value as Threshold));
  return el("figure", {}, drawn);
}

export function weightChart(weights: Weight[]): HTMLElement {
  const label = (one: Weight) => `${one.comparison}: ${one.level}`;
  const mark = (one: Weight) => (one.bits < 0 ? "var(--minus)" : "var(--plus)");
  return chart(t("weights"), {
    width: 1000,
    height: 50 + 20 * weights.length,
    marginLeft: 320,
    x: { label: t("bits"), grid: true },
    y: { label: null, domain: weights.map(label) },
    marks: [
      Plot.barX(weights, { x: "bits", y: label, fill: mark, insetTop: 2, insetBottom: 2, title: (one: Weight) => `${label(one)}: ${decimal(one.bits)} (${decimal(one.bits_min)} … ${decimal(one.bits_max)}), ${count(one.rows)}` }),
      Plot.ruleY(weights.filter((one) => one.bits_max - one.bits_min > 0.01), { x1: "bits_min", x2: "bits_max", y: label, stroke: "currentColor" }),
      Plot.ruleX([0]),
    ],
  });
}

export interface Step { name: string; from: number; to: number; isSum: boolean }

export function waterfall(steps: Step[], label: string): HTMLElement {
  const fill = (step: Step) => (step.isSum ? "var(--unmatched)" : step.to < step.from ? "var(--minus)" : "var(--plus)");
  const change = (step: Step) => (step.isSum ? step.to : step.to - step.from);
  const text = (step: Step) => `${!step.isSum && change(step) > 0 ? "+" : ""}${decimal(Math.round(change(step) * 10) / 10)}`;
  return chart(label, {
    width: 760,
    height: 50 + 26 * steps.length,
    marginLeft: 300,
    marginRight: 50,
    x: { label: t("bits"), grid: true },
    y: { label: null, domain: steps.map((step) => step.name) },
    marks: [
      Plot.barX(steps, { x1: "from", x2: "to", y: "name", fill, insetTop: 3, insetBottom: 3 }),
      Plot.text(steps, { x: (step: Step) => Math.max(step.from, step.to), y: "name", text, textAnchor: "start", dx: 5, fill: "currentColor" }),
      Plot.ruleX([0]),
    ],
  });
}
