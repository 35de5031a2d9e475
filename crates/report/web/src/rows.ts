// Rows of the report: the evidence of one at a time, and lists.
import { waterfall, type Step } from "./charts";
import { type ExplainedRow, type ListedRow, count, decimal, fieldLabel, t } from "./data";
import { el, table } from "./dom";

function steps(row: ExplainedRow): Step[] {
  const known = row.comparisons.filter((one) => one.bits !== undefined && one.bits !== null);
  const sum = known.reduce((sum, one) => sum + one.bits!, 0);
  const prior = row.weight === null ? null : row.weight - sum;
  const list: Step[] = prior === null ? [] : [{ name: t("explained.prior"), from: 0, to: prior, isSum: false }];
  let at = prior ?? 0;
  for (const one of known) {
    list.push({ name: `${one.comparison}: ${one.level}`, from: at, to: at + one.bits!, isSum: false });
    at += one.bits!;
  }
  return [...list, { name: t("explained.sum"), from: 0, to: at, isSum: true }];
}

const text = (value: unknown): string => (value === null || value === undefined ? "" : typeof value === "string" ? value.replaceAll("\u001f", " | ") : String(value));

function fields(row: ExplainedRow): HTMLElement {
  const names = [...new Set([...Object.keys(row.input), ...Object.keys(row.entry ?? {})])];
  return table(`${t("explained.supplier")} ${row.key}`, names, [
    { head: t("field"), cell: fieldLabel },
    { head: t("explained.supplier"), cell: (name) => text(row.input[name]) },
    { head: t("explained.entry"), cell: (name) => text(row.entry?.[name]) },
  ]);
}

/** One row at a time, with its waterfall. */
export function explained(rows: ExplainedRow[]): HTMLElement {
  const choice = el("select", { id: "explained-row" });
  for (const chosen of new Set(rows.map((row) => row.chosen))) {
    const group = el("optgroup", { label: t(`explained.${chosen}`) });
    const of = rows.filter((row) => row.chosen === chosen);
    group.append(...of.map((row) => el("option", { value: row.key }, `${row.key}: ${text(row.input.name ?? Object.values(row.input)[0])} (${decimal(row.score)})`)));
    choice.append(group);
  }
  const place = el("div");
  const draw = () => {
    const row = rows.find((one) => one.key === choice.value) ?? rows[0]!;
    const caption = `${row.key}: ${t(`outcome.${row.outcome}`)}, ${t("score")} ${decimal(row.score)}`;
    const has = row.comparisons.length > 0;
    place.replaceChildren(el("h3", {}, caption), ...(has ? [waterfall(steps(row), caption)] : []), fields(row));
  };
  choice.addEventListener("change", draw);
  draw();
  return el("div", {}, el("p", {}, el("label", { for: "explained-row" }, `${t("explained.choose")} `), choice), place);
}

export function list(title: string, rows: ListedRow[]): HTMLElement | null {
  if (rows.length === 0) return null;
  const has = (value: (row: ListedRow) => unknown) => rows.some((row) => value(row) !== null);
  const shown = table(title, rows, [
    { head: t("key"), cell: (row) => row.key },
    { head: t("name"), cell: (row) => row.name ?? "" },
    ...(has((row) => row.id) ? [{ head: t("explained.entry"), cell: (row: ListedRow) => row.id ?? "" }] : []),
    ...(has((row) => row.amount) ? [{ head: t("amount"), cell: (row: ListedRow) => count(row.amount), isNumber: true }] : []),
  ]);
  return el("details", {}, el("summary", {}, `${title} (${rows.length})`), shown);
}
