// Elements with texts: nothing of a file is ever markup.
type Child = Node | string | null;
type Attributes = Record<string, string | number | boolean | null>;

export function el<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== null));
  return element;
}

export interface Column<T> { head: string; cell: (row: T) => Child; isNumber?: boolean }

/** A table that scrolls by itself where it is too wide. */
export function table<T>(caption: string, rows: T[], columns: Column<T>[]): HTMLElement {
  const kind = (column: Column<T>) => ({ class: column.isNumber ? "number" : null });
  const head = el("tr", {}, ...columns.map((column) => el("th", { scope: "col", ...kind(column) }, column.head)));
  const body = rows.map((row) => el("tr", {}, ...columns.map((column) => el("td", kind(column), column.cell(row)))));
  const whole = el("table", { "aria-label": caption }, el("thead", {}, head), el("tbody", {}, ...body));
  return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption }, whole);
}

/** A section of the report with its heading. */
export function section(id: string, title: string, about: string | null, ...children: Child[]): HTMLElement {
  const heading = el("h2", { id: `${id}-title` }, title);
  return el("section", { id, "aria-labelledby": `${id}-title` }, heading, about ? el("p", { class: "about" }, about) : null, ...children);
}
