// The page of a report, made from its data.
import { changesSection } from "./changes";
import { histogram, outcomeBars, outcomeLegend, weightChart } from "./charts";
import { type Figure, OUTCOMES, count, data, decimal, fieldLabel, figure, minute, report, share, t } from "./data";
import { el, section, table } from "./dom";
import { explained, list } from "./rows";
import { thresholdSection } from "./threshold";

function tiles(): HTMLElement {
  const ofOutcome = report.outcomes.map((one) => ({ label: t(`outcome.${one.outcome}`), value: one.rows, color: `--of: var(--${one.outcome})`, outcome: one.outcome }));
  ofOutcome.sort((one, other) => OUTCOMES.indexOf(one.outcome) - OUTCOMES.indexOf(other.outcome));
  const all = figure("rows") || 1;
  return el("div", { class: "tiles" }, ...ofOutcome.map((one) => el("div", { class: "tile", style: one.color }, el("b", {}, count(one.value)), el("span", {}, `${one.label} (${share(one.value / all)})`))));
}

function outcomesSection(): HTMLElement {
  const money = report.outcomes.filter((one) => one.amount !== null);
  const chart = money.length > 0 ? outcomeBars(t("outcomes.amount"), money, (one) => one.amount!) : el("p", { class: "about" }, t("outcomes.no_amount"));
  return section("outcomes", t("outcomes"), null, tiles(), el("div", { class: "charts" }, outcomeBars(t("outcomes.rows"), report.outcomes, (one) => one.rows), chart));
}

function scoresSection(): HTMLElement {
  const charts = el("div", { class: "charts" }, histogram(t("score"), report.scores, t("score")), histogram(t("margin"), report.margins, t("margin")));
  return section("scores", t("scores"), t("scores.about"), outcomeLegend(), charts);
}

function weightsSection(): HTMLElement {
  if (report.weights.length === 0) return section("weights", t("weights"), t("weights.none"));
  const values = table(t("weights"), report.weights, [
    { head: t("comparison"), cell: (one) => one.comparison },
    { head: t("level"), cell: (one) => one.level },
    { head: t("bits"), cell: (one) => decimal(one.bits), isNumber: true },
    { head: t("rows"), cell: (one) => count(one.rows), isNumber: true },
  ]);
  return section("weights", t("weights"), t("weights.about"), weightChart(report.weights), el("details", {}, el("summary", {}, t("as_table")), values));
}

function lacksSection(): HTMLElement {
  if (report.lacks.length === 0) return section("lacks", t("lacks"), t("lacks.about"), el("p", {}, t("empty")));
  const rows = table(t("lacks"), report.lacks, [
    { head: t("stage"), cell: (one) => one.stage ?? t("lacks.every") },
    { head: t("lacks.fields"), cell: (one) => one.fields.map(fieldLabel).join(", ") || t("lacks.unusable") },
    { head: t("rows"), cell: (one) => count(one.rows), isNumber: true },
  ]);
  return section("lacks", t("lacks"), t("lacks.about"), rows, list(t("quality.unfound"), report.rows?.without_candidate ?? []));
}

function stagesSection(): HTMLElement {
  const hasRight = report.stages.some((one) => one.right !== undefined);
  const rows = table(t("stages"), report.stages, [
    { head: t("stage"), cell: (one) => one.stage ?? t("none") },
    { head: t("outcome"), cell: (one) => t(`outcome.${one.outcome}`) },
    { head: t("rows"), cell: (one) => count(one.rows), isNumber: true },
    ...(hasRight ? [{ head: t("stages.right"), cell: (one: { right?: number }) => count(one.right), isNumber: true }] : []),
  ]);
  return section("stages", t("stages"), t("stages.about"), rows);
}

function value(one: Figure): string {
  return one.unit === "share" ? share(one.value) : one.unit === "seconds" ? decimal(one.value) : count(one.value);
}

const figures = (names: string[]) => data.figures.filter((one) => names.includes(one.name) && one.value !== null);

function qualitySection(): HTMLElement {
  const fields = table(t("quality"), report.fields, [
    { head: t("field"), cell: (one) => fieldLabel(one.field) },
    { head: t("quality.filled"), cell: (one) => count(one.filled), isNumber: true },
    { head: t("quality.missing"), cell: (one) => count(one.missing), isNumber: true },
    { head: t("quality.invalid"), cell: (one) => count(one.invalid), isNumber: true },
  ]);
  const counted = figures(["shared_companies", "shared_company_rows", "repeated_rows", "closed", "closed_amount", "closed_with_money", "rejected_cells", "company_only"]);
  const counts = table(t("figures"), counted, [
    { head: t("figures.meaning"), cell: (one) => one.meaning },
    { head: t("figures.value"), cell: value, isNumber: true },
  ]);
  return section("quality", t("quality"), null, fields, counts, list(t("quality.closed"), report.rows?.closed ?? []));
}

function runsSection(): HTMLElement {
  return section("runs", t("runs"), null, table(t("runs"), [...report.runs].reverse(), [
    { head: t("runs.started"), cell: (run) => minute(run.started_at) },
    { head: t("runs.status"), cell: (run) => run.status },
    { head: t("runs.seconds"), cell: (run) => decimal(run.seconds), isNumber: true },
    { head: t("runs.decided"), cell: (run) => count(run.decided), isNumber: true },
    { head: t("runs.edition"), cell: (run) => run.edition ?? "" },
  ]));
}

function figuresSection(): HTMLElement {
  return section("figures", t("figures"), t("figures.about"), table(t("figures"), data.figures, [
    { head: t("figures.figure"), cell: (one) => el("code", {}, one.name) },
    { head: t("figures.value"), cell: value, isNumber: true },
    { head: t("figures.meaning"), cell: (one) => one.meaning.replaceAll("`", "") },
  ]));
}

function heading(): HTMLElement {
  const last = report.runs[report.runs.length - 1];
  const made = last ? t("made", { started: minute(last.started_at), decided: count(last.decided), version: last.version }) : "";
  return el("header", {}, el("h1", {}, `${t("title")}: ${report.pipeline}`), el("p", {}, `${made} ${last?.edition ? t("made_with", { edition: last.edition }) : ""}`));
}

const sections = [outcomesSection(), changesSection(), scoresSection(), thresholdSection(), weightsSection()];
if (report.rows && report.rows.explained.length > 0) sections.push(section("explained", t("explained"), t("explained.about"), explained(report.rows.explained)));
sections.push(lacksSection(), stagesSection(), qualitySection(), runsSection(), figuresSection());
const links = sections.map((one) => el("li", {}, el("a", { href: `#${one.id}` }, one.querySelector("h2")!.textContent!)));
document.title = `${t("title")}: ${report.pipeline}`;
document.getElementById("report")!.append(el("div", { class: "page" }, heading(), el("nav", { "aria-label": t("contents") }, el("ul", {}, ...links)), el("main", {}, ...sections)));
document.body.dataset.ready = "";
