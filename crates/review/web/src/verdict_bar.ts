// The verdicts on the row, each with its key.

import type { App } from "./app";
import { fill, h } from "./dom";
import { t } from "./texts";

export class VerdictBar {
  readonly element: HTMLElement;
  readonly comment: HTMLInputElement;
  private readonly buttons = h("div", { class: "buttons" });

  constructor(private readonly app: App) {
    this.comment = h("input", { id: "comment", type: "text", maxlength: 2000, autocomplete: "off", placeholder: t("why_decided"), oninput: () => (app.comment = this.comment.value) });
    this.element = h(
      "section",
      { class: "verdicts", "aria-label": t("verdicts") },
      this.buttons,
      h("span", { class: "comment" }, h("label", { for: "comment", class: "hidden" }, t("why_decided")), this.comment),
    );
  }

  render(): void {
    const { row, selected } = this.app;
    this.element.hidden = !row;
    this.comment.value = this.app.comment;
    const candidate = row?.candidates[selected];
    const focused = document.activeElement?.id;
    const button = (key: string, verdict: string, act: () => void, isOff = false) =>
      h("button", { type: "button", id: `verdict-${verdict}`, class: verdict === "entry" ? "main" : null, disabled: isOff, onclick: act }, h("kbd", {}, key), ` ${t(`verdict.${verdict}`)}`);
    const simple = (key: string, verdict: string) => button(key, verdict, () => void this.app.decide(verdict));
    fill(
      this.buttons,
      button(String(selected + 1), "entry", () => void this.accept(), !candidate),
      button("e", "other_establishment", () => void this.otherEstablishment(), !candidate?.group),
      simple("0", "not_in_registry"),
      simple("c", "closed"),
      simple("n", "not_a_supplier"),
      simple("l", "later"),
    );
    if (focused?.startsWith("verdict-")) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  async accept(number = this.app.selected): Promise<void> {
    const candidate = this.app.row?.candidates[number];
    if (candidate) await this.app.decide("entry", { entry: candidate.id });
  }

  async otherEstablishment(): Promise<void> {
    const candidate = this.app.row?.candidates[this.app.selected];
    if (candidate?.group) await this.app.decide("other_establishment", { group: candidate.group });
  }
}
