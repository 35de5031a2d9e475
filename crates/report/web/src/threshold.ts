// The threshold tool: the counts at a threshold, by pointing at the chart or by a slider.
import { thresholdChart } from "./charts";
import { type Threshold, count, decimal, figure, report, share, t } from "./data";
import { el, section } from "./dom";

function reading(at: Threshold): string[] {
  const all = figure("rows") ?? 0;
  const amount = at.amount === null ? "" : ` (${t("amount")}: ${count(at.amount)})`;
  const texts = [
    `${t("threshold.slider")} ${decimal(at.score)}`,
    `${t("threshold.accepted")}: ${count(at.rows)}${amount}`,
    `${t("threshold.below")}: ${count(all - at.rows)}`,
  ];
  if (at.right === undefined) return texts;
  const of = (part: number, rest: number) => share(part + rest ? part / (part + rest) : null);
  return [
    ...texts,
    `${t("threshold.right")}: ${count(at.right)}`,
    `${t("threshold.wrong")}: ${count(at.wrong)}`,
    `${t("threshold.missed")}: ${count(at.missed)}`,
    `${t("threshold.rightly_none")}: ${count(at.rightly_none)}`,
    `${t("threshold.precision")}: ${of(at.right, at.wrong!)}`,
    `${t("threshold.recall")}: ${of(at.right, at.missed!)}`,
  ];
}

export function thresholdSection(): HTMLElement {
  const thresholds = report.thresholds;
  const judged = { judged: count(figure("judged")) };
  const about = report.judged_by === null ? t("threshold.unknown") : report.judged_by === "truth" ? t("threshold.truth", judged) : t("threshold.decisions", judged);
  const out = el("output", { class: "reading", for: "threshold-slider", "aria-live": "polite", id: "threshold-reading" });
  const slider = el("input", { type: "range", id: "threshold-slider", min: 0, max: thresholds.length - 1, step: 1 });
  const show = (at: Threshold) => {
    slider.value = String(thresholds.indexOf(at));
    slider.setAttribute("aria-valuetext", decimal(at.score));
    out.replaceChildren(...reading(at).map((text) => el("span", {}, text)));
  };
  slider.addEventListener("input", () => show(thresholds[Number(slider.value)]!));
  const accept = report.accept ?? 0.9;
  const first = thresholds.find((one) => one.score >= accept - 1e-9) ?? thresholds[0];
  if (first) show(first);
  const control = el("div", { class: "slider" }, el("label", { for: "threshold-slider" }, t("threshold.slider")), slider);
  return section("threshold", t("threshold"), t("threshold.about"), el("p", {}, about), thresholdChart(thresholds, show), control, out);
}
