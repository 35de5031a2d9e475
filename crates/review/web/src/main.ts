// The page of `matchflow review`.

import * as api from "./api";
import { App } from "./app";
import { showBulk, showHelp } from "./dialogs";
import { fill, h } from "./dom";
import { listen } from "./keys";
import { QueueView } from "./queue";
import { RowView } from "./row";
import { t, useTexts } from "./texts";

const POLL_MS = 2000;

async function start(): Promise<void> {
  // The token is in a cookie now, and need not stay in the address.
  if (location.search) history.replaceState(null, "", location.pathname + location.hash);
  const session = await api.get<api.Session>("/api/session");
  useTexts(session.texts, session.language);
  document.title = `${t("title")} – ${session.pipeline} – matchflow`;
  document.documentElement.lang = session.language;

  const status = h("p", { id: "status", role: "status", "aria-live": "polite" });
  const warning = h("p", { id: "warning", role: "alert" });
  const app = new App(session, {
    queueChanged: () => queue.render(),
    rowChanged: () => {
      row.render();
      queue.mark();
    },
    announce: (text) => fill(status, text),
    warn: (text) => {
      if (warning.textContent !== text) fill(warning, text);
    },
  });
  const queue = new QueueView(app);
  const row = new RowView(app);
  const reviewer = h("input", { id: "reviewer", type: "text", maxlength: 100, autocomplete: "off", value: app.reviewer, title: t("reviewer_help"), onchange: () => {
    app.setReviewer(reviewer.value);
    reviewer.value = app.reviewer;
  } });
  const header = h(
    "header",
    {},
    h("a", { href: "#row", class: "skip", onclick: (event) => {
      event.preventDefault();
      row.element.focus();
    } }, t("skip")),
    h("span", { class: "brand" }, "matchflow", h("span", { class: "pipeline" }, ` ${session.pipeline}`)),
    h("div", { class: "messages" }, status, warning),
    h("label", { for: "reviewer" }, t("reviewer")),
    reviewer,
    h("button", { type: "button", id: "undo", onclick: () => void app.undo() }, h("kbd", {}, "z"), ` ${t("undo")}`),
    h("button", { type: "button", id: "help", onclick: () => showHelp() }, h("kbd", {}, "?"), ` ${t("help")}`),
  );
  document.body.replaceChildren(header, queue.element, row.element);
  document.addEventListener("bulk", () => void showBulk(app));
  window.addEventListener("hashchange", () => void app.follow());
  listen(app, row);
  await app.open();
  document.body.dataset["ready"] = "true";
  window.setInterval(() => void app.poll(), POLL_MS);
}

start().catch((error: unknown) => {
  const detail = error instanceof Error ? error.message : String(error);
  document.body.replaceChildren(h("main", {}, h("h1", {}, "matchflow"), h("p", { role: "alert" }, detail)));
});
