// The keys of the page: none of them needs a modifier, and none works while one types.

import type { App } from "./app";
import { showHelp } from "./dialogs";
import { isTyping } from "./dom";
import type { RowView } from "./row";

export function listen(app: App, row: RowView): void {
  const acts: Record<string, () => void> = {
    "0": () => void app.decide("not_in_registry"),
    e: () => void row.verdicts.otherEstablishment(),
    c: () => void app.decide("closed"),
    n: () => void app.decide("not_a_supplier"),
    l: () => void app.decide("later"),
    z: () => void app.undo(),
    m: () => row.verdicts.comment.focus(),
    "/": () => row.search.focus(),
    "?": () => showHelp(),
    j: () => void app.show(app.row?.next ?? null),
    k: () => void app.show(app.row?.previous ?? null),
    ArrowDown: () => void app.show(app.row?.next ?? null),
    ArrowUp: () => void app.show(app.row?.previous ?? null),
    ArrowRight: () => app.select(app.selected + 1),
    ArrowLeft: () => app.select(app.selected - 1),
  };
  for (let number = 1; number <= 9; number++) acts[String(number)] = () => void row.verdicts.accept(number - 1);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape" && event.target instanceof HTMLElement) event.target.blur();
      if (event.key === "Enter" && event.target === row.verdicts.comment) row.verdicts.comment.blur();
      return;
    }
    if (moveInFound(event)) return;
    // Whoever scrolls the table by keys means the table.
    const scrolls = event.target instanceof HTMLElement && event.target.matches(".compare, .samples, summary");
    const act = scrolls && event.key.startsWith("Arrow") ? undefined : acts[event.key];
    if (!act) return;
    event.preventDefault();
    if (!event.repeat || ["j", "k", "ArrowDown", "ArrowUp"].includes(event.key)) act();
  });
}

/** Arrows move among the entries that the search found. */
function moveInFound(event: KeyboardEvent): boolean {
  if (!(event.target instanceof HTMLElement) || !event.target.matches(".found button")) return false;
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return false;
  event.preventDefault();
  const all = [...document.querySelectorAll<HTMLElement>(".found button")];
  const next = all[all.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
  (next ?? document.getElementById("search"))?.focus();
  return true;
}
