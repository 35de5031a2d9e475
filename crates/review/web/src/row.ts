// The middle: the row beside its candidates, what was decided, the evidence.

import type { Candidate, ComparedField, Piece, RowDetail } from "./api";
import type { App } from "./app";
import { fill, h } from "./dom";
import { deficit, waterfall } from "./evidence";
import { SearchView } from "./search";
import { decimal, money, t } from "./texts";
import { VerdictBar } from "./verdict_bar";

export class RowView {
  readonly element: HTMLElement;
  readonly verdicts: VerdictBar;
  readonly search: SearchView;
  private readonly head = h("div", { class: "row-head" });
  private readonly offers = h("div", { class: "offers" });
  private readonly compare = h("div", { class: "compare", tabindex: 0, role: "region", "aria-label": t("candidates") });
  private readonly evidence = h("section", { class: "evidence", "aria-label": t("why") });
  private shown = "";

  constructor(private readonly app: App) {
    this.verdicts = new VerdictBar(app);
    this.search = new SearchView(app);
    const below = h("div", { class: "below" }, this.evidence, this.search.element);
    this.element = h("main", { id: "row", tabindex: -1 }, this.head, this.offers, this.compare, this.verdicts.element, below);
  }

  render(): void {
    const { row } = this.app;
    this.element.classList.toggle("empty", !row);
    if (!row) {
      fill(this.head, h("h1", {}, t("all_decided")), h("p", {}, t("run_next")));
      fill(this.offers);
      fill(this.compare);
      fill(this.evidence);
      this.verdicts.render();
      this.search.render();
      return;
    }
    fill(this.head, ...head(row));
    fill(this.offers, this.decided(row), this.alike(row));
    fill(this.compare, row.candidates.length ? this.table(row) : h("p", { class: "none" }, t("no_candidates")));
    if (!row.candidates.length) this.compare.prepend(plainRow(row));
    const candidate = row.candidates[this.app.selected];
    // Of the best one: why the next company is behind, not another establishment of its own.
    const rival = row.candidates.findIndex((one, number) => number > 0 && !one.same_group);
    const compared = this.app.selected || (rival < 0 ? 1 : rival);
    const other = row.candidates[compared];
    const why = [other ? deficit(other, compared + 1) : null];
    fill(
      this.evidence,
      h("h2", {}, t("why")),
      h("p", { class: "reason" }, row.error ?? row.reason),
      candidate ? waterfall(candidate, this.app.selected + 1) : null,
      candidate ? h("p", { class: "quiet-text" }, t("evidence_about")) : null,
      ...why,
    );
    this.verdicts.render();
    this.search.render();
    if (this.shown !== row.key) {
      this.shown = row.key;
      this.element.scrollTop = 0;
      this.compare.scrollLeft = 0;
    }
  }

  private decided(row: RowDetail): HTMLElement | null {
    if (!row.decided) return null;
    const { state, verdicts } = row.decided;
    const isConflict = new Set(verdicts.map((one) => `${one.verdict} ${one.id}`)).size > 1;
    return h(
      "section",
      { class: isConflict ? "decided conflict" : "decided", "aria-label": t("decisions") },
      h("p", {}, h("strong", {}, state ? `${t("decisions")} – ${state}` : t("decisions"))),
      isConflict ? h("p", {}, t("conflict")) : null,
      h("ul", {}, ...verdicts.map((one) => h("li", {}, one.text))),
    );
  }

  private alike(row: RowDetail): HTMLElement | null {
    if (!row.alike) return null;
    const show = () =>
      this.app
        .filter((place) => Object.assign(place, { filters: { decision: ["undecided"] }, text: "", like: row.key }))
        .then(() => document.dispatchEvent(new Event("bulk")));
    return h(
      "section",
      { class: "alike" },
      h("span", {}, t("alike", { count: row.alike })),
      h("button", { type: "button", id: "alike", onclick: () => void show() }, t("alike_show")),
    );
  }

  private table(row: RowDetail): HTMLElement {
    const { selected, session } = this.app;
    const heads = row.candidates.map((candidate, number) => this.candidateHead(candidate, number));
    const ids = row.candidates.map((candidate, number) =>
      h("td", { class: cell(number, selected) }, h("span", { class: "id" }, candidate.id), candidate.group && candidate.group !== candidate.id ? h("span", { class: "group" }, ` ${session.group} ${candidate.group}`) : null),
    );
    // The row's own identifier is beside those of the entries.
    const own = row.fields.find((field) => field.name === session.id);
    const lines = row.fields.filter((field) => field !== own).map((field) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, field.label),
        h("td", { class: "of-row" }, ...rowCell(field, selected)),
        ...field.entries.map((pieces, number) => h("td", { class: cell(number, selected) }, ...entryCell(field, pieces))),
      ),
    );
    return h(
      "table",
      {},
      h("caption", { class: "hidden" }, `${t("row")} – ${t("candidates")}`),
      h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "corner" }, t("field")), h("th", { scope: "col", class: "of-row" }, t("row")), ...heads)),
      h("tbody", {}, h("tr", {}, h("th", { scope: "row" }, session.id.toUpperCase()), h("td", { class: "of-row" }, h("span", { class: "id" }, own?.row ?? "")), ...ids), ...lines),
    );
  }

  private candidateHead(candidate: Candidate, number: number): HTMLElement {
    const isSelected = number === this.app.selected;
    const name = t("candidate", { number: number + 1 });
    const choose = () => void this.app.decide("entry", { entry: candidate.id });
    return h(
      "th",
      { scope: "col", class: cell(number, this.app.selected), "data-candidate": number + 1 },
      h("span", { class: "candidate-name" },
        h("button", { type: "button", class: "select", id: `select-${number}`, "aria-pressed": String(isSelected), onclick: () => this.app.select(number) }, name),
        candidate.closed ? h("span", { class: "badge closed" }, t("closed")) : null,
        candidate.same_group ? h("span", { class: "badge", title: t("same_company") }, t("same_company_short")) : null,
      ),
      h("span", { class: "candidate-about" },
        candidate.score === null ? null : t("score", { score: decimal(candidate.score, 2) }),
      ),
      h("button", { type: "button", class: "choose", id: `choose-${number}`, "aria-label": `${number + 1} ${t("choose")}: ${candidate.id}`, onclick: choose }, number < 9 ? h("kbd", {}, String(number + 1)) : null, ` ${t("choose")}`),
    );
  }
}

function cell(number: number, selected: number): string {
  return number === selected ? "candidate selected" : "candidate";
}

function head(row: RowDetail): HTMLElement[] {
  const name = row.fields.find((field) => field.row)?.row ?? row.key;
  const facts = [row.key, t("row_number", { row: row.row }), row.stage, row.amount === null ? null : `${t("amount")} ${money(row.amount)}`];
  return [
    h("h1", {}, name),
    h("p", { class: "facts" },
      h("span", { class: `badge ${row.outcome}` }, row.outcome_text),
      ...facts.filter((fact) => fact).map((fact) => h("span", {}, fact)),
      row.score === null ? null : h("span", {}, t("score", { score: decimal(row.score, 2) })),
      h("span", {}, t("candidates_count", { count: row.candidates.length })),
    ),
  ];
}

/** The row alone, where nothing is beside it. */
function plainRow(row: RowDetail): HTMLElement {
  const fields = row.fields.filter((field) => field.row);
  return h("dl", { class: "plain-row" }, ...fields.flatMap((field) => [h("dt", {}, field.label), h("dd", {}, field.row)]));
}

function rowCell(field: ComparedField, selected: number): (Node | string)[] {
  const of = field.row_pieces[selected];
  if (!field.row) return field.compared ? [h("span", { class: "missing" }, t("missing"))] : [];
  return of ? pieces(of) : [field.row];
}

function entryCell(field: ComparedField, of: Piece[]): (Node | string)[] {
  if (of.length) return pieces(of);
  return field.compared && field.row ? [h("span", { class: "missing" }, t("missing"))] : [];
}

/** A flag of the registry in words. */
function worded(text: string): string {
  return text === "true" ? t("yes") : text === "false" ? t("no") : text;
}

/** Words that differ are underlined and named for those who do not see that. */
function pieces(of: Piece[]): (Node | string)[] {
  return of.map((piece) => {
    if (piece.mark === "same") return worded(piece.text);
    return h("mark", { class: piece.mark, title: t(`mark.${piece.mark}`) }, piece.text, h("span", { class: "hidden" }, ` (${t(`mark.${piece.mark}`)})`));
  });
}
