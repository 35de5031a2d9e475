// What opens over the page: the keys, and the verdict on many rows.

import type { Bulk } from "./api";
import type { App } from "./app";
import { h } from "./dom";
import { t } from "./texts";

function open(dialog: HTMLDialogElement): void {
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** The keys of the page. */
export function showHelp(): void {
  const keys: [string[], string][] = [
    [["1", "…", "9"], "key.candidate"],
    [["0"], "key.none"],
    [["e"], "key.establishment"],
    [["c"], "key.closed"],
    [["n"], "key.not_a_supplier"],
    [["l"], "key.later"],
    [["m"], "key.comment"],
    [["j", "k", "↓", "↑"], "key.move"],
    [["←", "→"], "key.select"],
    [["/"], "key.search"],
    [["z"], "key.undo"],
    [["?"], "key.help"],
  ];
  const lines = keys.map(([names, text]) =>
    h("tr", {}, h("th", { scope: "row" }, ...names.flatMap((name) => [name === "…" ? "… " : h("kbd", {}, name), " "])), h("td", {}, t(text))),
  );
  const dialog = h(
    "dialog",
    { class: "help", "aria-labelledby": "help-title" },
    h("h2", { id: "help-title" }, t("help")),
    h("table", {}, h("tbody", {}, ...lines)),
    h("form", { method: "dialog" }, h("button", { id: "help-close" }, t("close"))),
  );
  open(dialog);
}

/** A verdict on all filtered rows: how many, and some of them, before anything is decided. */
export async function showBulk(app: App): Promise<void> {
  let preview: Bulk;
  try {
    preview = await app.bulkPreview();
  } catch {
    return;
  }
  const verdicts = ["entry", "not_in_registry", "not_a_supplier", "closed", "later"];
  const rowsOf = (verdict: string) => (verdict === "entry" ? preview.with_proposal : preview.rows);
  const options = verdicts.map((verdict) =>
    h("option", { value: verdict }, verdict === "entry" ? t("bulk_accept", { count: preview.with_proposal }) : t(`verdict.${verdict}`)),
  );
  const select = h("select", { id: "bulk-verdict", onchange: () => update() }, ...options);
  const apply = h("button", { type: "button", id: "bulk-apply", class: "main" });
  const update = () => {
    const rows = rowsOf(select.value);
    apply.textContent = t("bulk_apply", { count: rows });
    apply.disabled = rows === 0 || rows > preview.max;
  };
  apply.addEventListener("click", () => {
    dialog.close();
    void app.decideAll(select.value, rowsOf(select.value));
  });
  const lines = preview.samples.map((row) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, row.name || row.key),
      h("td", {}, row.town),
      h("td", {}, row.proposed ? `${row.proposed.name ?? ""} ${row.proposed.id}${row.proposed.town ? `, ${row.proposed.town}` : ""}` : t("no_value")),
    ),
  );
  const dialog = h(
    "dialog",
    { class: "bulk", "aria-labelledby": "bulk-title" },
    h("h2", { id: "bulk-title" }, t("bulk_title", { count: preview.rows })),
    h("p", {}, t("bulk_about", { left_out: preview.left_out })),
    preview.rows > preview.max ? h("p", { class: "warning" }, t("bulk_max", { max: preview.max })) : null,
    h("div", { class: "samples", tabindex: 0, role: "region", "aria-label": t("bulk_samples", { count: preview.samples.length }) },
      h("table", {},
        h("caption", {}, t("bulk_samples", { count: preview.samples.length })),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("row")), h("th", { scope: "col" }, t("facet.town")), h("th", { scope: "col" }, t("bulk_proposed")))),
        h("tbody", {}, ...lines),
      ),
    ),
    h("label", { for: "bulk-verdict" }, t("bulk_verdict")),
    select,
    h("form", { method: "dialog" }, apply, h("button", { id: "bulk-cancel" }, t("cancel"))),
  );
  update();
  open(dialog);
}
