// The search in the whole registry, which answers as one types; whatever it finds can be chosen.

import * as api from "./api";
import type { App } from "./app";
import { fill, h } from "./dom";
import { t } from "./texts";

const TYPING_PAUSE_MS = 80;

export class SearchView {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  private readonly found = h("ul", { class: "found", id: "found", "aria-label": t("search") });
  private readonly note = h("p", { class: "quiet-text", role: "status" });
  private key: string | null = null;
  private typed = 0;
  private request: AbortController | null = null;

  constructor(private readonly app: App) {
    this.input = h("input", {
      id: "search",
      type: "search",
      autocomplete: "off",
      spellcheck: "false",
      "aria-controls": "found",
      oninput: () => this.later(),
      onkeydown: (event) => this.onKey(event as KeyboardEvent),
    });
    this.element = h(
      "section",
      { class: "search", "aria-label": t("search") },
      h("h2", {}, h("label", { for: "search" }, t("search"), " ", h("kbd", {}, "/"))),
      this.input,
      this.note,
      this.found,
    );
  }

  render(): void {
    const { row, isSearchable } = this.app;
    this.element.hidden = !row;
    if (!isSearchable) fill(this.note, t("search_loading"));
    else if (this.note.textContent === t("search_loading")) fill(this.note);
    if (!row || row.key === this.key) return;
    // Prefilled from the row; it is searched once somebody comes here.
    this.key = row.key;
    this.input.value = row.search;
    this.request?.abort();
    fill(this.found);
    fill(this.note, isSearchable ? "" : t("search_loading"));
  }

  focus(): void {
    this.input.focus();
    this.input.select();
    this.later();
  }

  private later(): void {
    clearTimeout(this.typed);
    this.typed = window.setTimeout(() => void this.run(), TYPING_PAUSE_MS);
  }

  private async run(): Promise<void> {
    const text = this.input.value.trim();
    this.request?.abort();
    if (!text) return fill(this.found);
    const request = new AbortController();
    this.request = request;
    try {
      const { entries } = await api.get<{ entries: api.Entry[] }>("/api/search", new URLSearchParams({ q: text }), request.signal);
      if (request.signal.aborted) return;
      fill(this.note, entries.length ? t("search_results", { count: entries.length }) : t("search_none"));
      fill(this.found, ...entries.map((entry) => h("li", {}, this.entry(entry))));
    } catch (error) {
      if (request.signal.aborted) return;
      const isLoading = error instanceof api.RequestError && error.status === 503;
      fill(this.note, isLoading ? t("search_loading") : error instanceof Error ? error.message : "");
    }
  }

  private entry(entry: api.Entry): HTMLElement {
    const { name, person, address, postcode, town, ...others } = entry.fields;
    const place = [address, postcode, town].filter((text) => text).join(", ");
    const rest = !name && !person ? Object.values(others).join(", ") : "";
    return h(
      "button",
      { type: "button", class: "entry", onclick: () => void this.app.decide("entry", { entry: entry.id }) },
      h("span", { class: "name" }, [name, person].filter((text) => text).join(" – ") || rest || entry.id),
      h("span", { class: "about" }, `${entry.id} `, place, entry.closed ? h("span", { class: "badge closed" }, t("closed")) : null),
    );
  }

  private onKey(event: KeyboardEvent): void {
    const entries = [...this.found.querySelectorAll<HTMLButtonElement>("button")];
    if (event.key === "ArrowDown" && entries.length) {
      event.preventDefault();
      entries[0]?.focus();
    } else if (event.key === "Escape") {
      this.input.blur();
    }
  }
}
