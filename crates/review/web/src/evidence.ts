// Why: the waterfall of the selected candidate, and why the others are behind the best one.

import type { Candidate } from "./api";
import { h } from "./dom";
import { decimal, signed, t } from "./texts";

interface Bar {
  name: string;
  level: string;
  from: number;
  to: number;
  kind: "start" | "up" | "down" | "sum" | "none";
}

/** The waterfall as a table with a bar in each line: it can be read without seeing the bars. */
export function waterfall(candidate: Candidate, number: number): HTMLElement {
  if (candidate.weight === null || candidate.prior === null) return scores(candidate, number);
  const bars: Bar[] = [{ name: t("prior"), level: "", from: 0, to: candidate.prior, kind: "start" }];
  let sum = candidate.prior;
  for (const step of candidate.steps) {
    const kind = step.level === null ? "none" : step.bits < 0 ? "down" : "up";
    bars.push({ name: step.comparison, level: step.level ?? t("not_compared"), from: sum, to: sum + step.bits, kind });
    sum += step.bits;
  }
  bars.push({ name: t("sum"), level: "", from: 0, to: candidate.weight, kind: "sum" });
  const ends = bars.flatMap((bar) => [bar.from, bar.to]);
  const low = Math.min(0, ...ends);
  const span = Math.max(0, ...ends) - low || 1;
  const lines = bars.map((bar) => {
    const fill = h("span", { class: `bar ${bar.kind}` });
    // By the object model: the policy of the page allows no style in HTML.
    fill.style.left = `${((Math.min(bar.from, bar.to) - low) / span) * 100}%`;
    fill.style.width = `${Math.max((Math.abs(bar.to - bar.from) / span) * 100, 0.6)}%`;
    const zero = h("span", { class: "zero" });
    zero.style.left = `${(-low / span) * 100}%`;
    const bits = bar.kind === "none" ? "" : signed(bar.kind === "start" || bar.kind === "sum" ? bar.to : bar.to - bar.from);
    return h(
      "tr",
      { class: bar.kind },
      h("th", { scope: "row" }, bar.name),
      h("td", {}, bar.level),
      h("td", { class: "number" }, bits),
      h("td", { class: "bars", "aria-hidden": "true" }, h("span", { class: "track" }, zero, fill)),
    );
  });
  return h(
    "table",
    { class: "waterfall" },
    h("caption", {}, t("evidence", { number })),
    h("thead", {}, h("tr", {}, ...[t("comparison"), t("level"), t("bits")].map((text) => h("th", { scope: "col" }, text)), h("td", { "aria-hidden": "true" }))),
    h("tbody", {}, ...lines),
  );
}

/** The scores, of a pipeline without a match model. */
function scores(candidate: Candidate, number: number): HTMLElement {
  const known = candidate.scores.filter((one) => one.score !== null);
  if (!known.length) return h("p", { class: "quiet-text" }, t("no_evidence"));
  const lines = known.map((one) => h("tr", {}, h("th", { scope: "row" }, one.scorer), h("td", { class: "number" }, decimal(one.score ?? 0, 2))));
  return h("table", { class: "waterfall" }, h("caption", {}, t("evidence", { number })), h("tbody", {}, ...lines));
}

/** Why a candidate is not the first. */
export function deficit(candidate: Candidate, number: number): HTMLElement | null {
  if (!candidate.behind) return null;
  const { bits, why } = candidate.behind;
  if (Math.abs(bits) < 0.05) return h("p", {}, t("behind_equal", { number }));
  const items = why.map((one) => {
    const [level, best] = [one.level ?? t("not_compared"), one.best ?? t("not_compared")];
    return h("li", {}, t("behind_item", { comparison: one.comparison, level, best, bits: `−${decimal(one.bits, 1)}` }));
  });
  return h("div", { class: "behind" }, h("h3", {}, t("behind", { number, bits: decimal(bits, 1) })), h("ul", {}, ...items));
}
