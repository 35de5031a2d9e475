// The left side: the order, the filters, the rows.

import type { FacetList, RowInShort } from "./api";
import type { App } from "./app";
import { fill, h } from "./dom";
import { count, decimal, money, t } from "./texts";

const OPEN_FACETS = new Set(["decision", "outcome"]);
const TYPING_PAUSE_MS = 250;

export class QueueView {
  readonly element: HTMLElement;
  private readonly counts = h("p", { class: "counts", id: "queue-counts" });
  private readonly facets = h("div", { class: "facets" });
  private readonly rows = h("ul", { class: "rows", "aria-label": t("queue") });
  private readonly pages = h("div", { class: "pages" });
  private readonly open = new Set(OPEN_FACETS);
  private readonly find: HTMLInputElement;
  private readonly clear: HTMLButtonElement;

  constructor(private readonly app: App) {
    const orders = app.session.orders.map((order) =>
      h("option", { value: order, selected: order === app.place.order }, t(`order.${order}`)),
    );
    const order = h("select", { id: "order", onchange: () => void app.filter((place) => (place.order = order.value)) }, ...orders);
    let typed = 0;
    this.find = h("input", {
      id: "find",
      type: "search",
      autocomplete: "off",
      spellcheck: "false",
      value: app.place.text,
      oninput: () => {
        clearTimeout(typed);
        typed = window.setTimeout(() => void app.filter((place) => (place.text = this.find.value.trim())), TYPING_PAUSE_MS);
      },
    });
    this.clear = h("button", {
      type: "button",
      class: "quiet",
      onclick: () => {
        this.find.value = "";
        void app.filter((place) => Object.assign(place, { filters: {}, text: "", like: "" }));
      },
    }, t("clear_filters"));
    this.element = h(
      "aside",
      { class: "queue", "aria-label": t("queue") },
      h("div", { class: "controls" },
        h("label", { for: "find" }, t("find_row")), this.find,
        h("label", { for: "order" }, t("order")), order,
      ),
      h("div", { class: "filters-head" }, h("h2", {}, t("filters")), this.clear),
      this.facets,
      h("div", { class: "rows-head" }, h("h2", {}, t("queue")), this.counts),
      this.rows,
      this.pages,
    );
  }

  render(): void {
    const { queue, place } = this.app;
    if (!queue) return;
    const focused = document.activeElement?.id;
    fill(this.counts, t("counts", { rows: queue.total, undecided: queue.undecided }));
    this.clear.hidden = !Object.keys(place.filters).length && !place.text && !place.like;
    fill(this.facets, ...queue.facets.map((facet) => this.facet(facet)));
    fill(this.rows, ...queue.rows.map((row) => h("li", {}, this.row(row))));
    if (!queue.rows.length) fill(this.rows, h("li", { class: "none" }, t("no_rows")));
    const last = queue.offset + queue.rows.length;
    fill(
      this.pages,
      h("button", { type: "button", id: "previous-page", disabled: queue.offset === 0, "aria-label": t("previous_page"), onclick: () => void this.app.turnPage(-1) }, "‹"),
      h("span", {}, t("page", { first: Math.min(queue.offset + 1, queue.total), last, rows: queue.total })),
      h("button", { type: "button", id: "next-page", disabled: last >= queue.total, "aria-label": t("next_page"), onclick: () => void this.app.turnPage(1) }, "›"),
    );
    if (queue.total > 1 && queue.undecided > 1) {
      this.pages.append(h("button", { type: "button", id: "bulk", class: "quiet", onclick: () => document.dispatchEvent(new Event("bulk")) }, t("bulk")));
    }
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
    this.mark();
  }

  /** Marks the row that is displayed. */
  mark(): void {
    const id = `row-${this.app.row?.key}`;
    for (const row of this.rows.querySelectorAll("button.row")) {
      if (row.id === id) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    this.rows.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  private facet(facet: FacetList): HTMLElement {
    const chosen = facet.values.filter((value) => value.selected).length;
    const toggle = (value: string, isOn: boolean) =>
      this.app.filter((place) => {
        const values = new Set(place.filters[facet.name] ?? []);
        if (isOn) values.add(value);
        else values.delete(value);
        if (values.size) place.filters[facet.name] = [...values];
        else delete place.filters[facet.name];
      });
    const values = facet.values.map((value, number) => {
      const id = `facet-${facet.name}-${number}`;
      const box = h("input", { type: "checkbox", id, checked: value.selected, "data-value": value.value, onchange: () => void toggle(value.value, box.checked) });
      return h("li", {}, box, h("label", { for: id }, h("span", { class: "value" }, value.label), " ", h("span", { class: "number" }, count(value.rows))));
    });
    const details = h(
      "details",
      {
        open: this.open.has(facet.name) || chosen > 0,
        "data-facet": facet.name,
        ontoggle: () => (details.open ? this.open.add(facet.name) : this.open.delete(facet.name)),
      },
      h("summary", { id: `facet-${facet.name}` }, facet.label, chosen ? h("span", { class: "chosen" }, ` ${chosen}`) : null),
      h("ul", { "aria-label": facet.label }, ...values),
      facet.more ? h("p", { class: "more" }, t("more_values", { count: facet.more })) : null,
    );
    return details;
  }

  private row(row: RowInShort): HTMLElement {
    const amount = row.amount === null ? null : h("span", { class: "amount" }, money(row.amount));
    const state = row.decided
      ? h("span", { class: `badge decided ${row.decided.kind}` }, row.decided.text)
      : h("span", { class: `badge ${row.outcome}` }, row.outcome_text);
    return h(
      "button",
      { type: "button", id: `row-${row.key}`, class: "row", onclick: () => void this.app.show(row.key) },
      h("span", { class: "name" }, row.name || row.key),
      h("span", { class: "about" }, row.town, row.score === null ? null : h("span", { class: "score" }, decimal(row.score, 2)), amount, state),
    );
  }
}
