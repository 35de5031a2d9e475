// What changed since the run before, and why.
import { type Change, type ChangedRow, type Changes, count, figure, minute, report, t } from "./data";
import { el, section, table } from "./dom";

const causes = (list: string[]) => list.map((cause) => t(`cause.${cause}`)).join(" + ");

function parts(changes: Changes): (HTMLElement | null)[] {
  const now = report.runs[report.runs.length - 1]?.edition ?? null;
  const summary = t("changes.since", {
    started: minute(changes.since_started_at), before: count(changes.matched_before), rows_before: count(changes.rows_before),
    now: count(figure("matched")), rows_now: count(figure("rows")),
  });
  const hasAmount = changes.changes.some((change) => change.amount !== null);
  const rows = [...changes.changes].sort((one, other) => other.rows - one.rows);
  return [
    el("p", {}, summary),
    changes.since_edition && now && changes.since_edition !== now ? el("p", {}, t("changes.editions", { before: changes.since_edition, now })) : null,
    rows.length === 0
      ? el("p", {}, t("changes.none"))
      : table(t("changes"), rows, [
          { head: t("changes.kind"), cell: (change: Change) => t(`kind.${change.kind}`) },
          { head: t("changes.cause"), cell: (change: Change) => causes(change.causes) },
          { head: t("rows"), cell: (change: Change) => count(change.rows), isNumber: true },
          ...(hasAmount ? [{ head: t("amount"), cell: (change: Change) => count(change.amount), isNumber: true }] : []),
        ]),
    changes.settings.length === 0
      ? null
      : el("div", {}, el("h3", {}, t("changes.settings")), el("ul", {}, ...changes.settings.map((one) => el("li", {}, `${t(`cause.${one.cause}`)}: `, el("code", {}, one.name))))),
  ];
}

function rows(changed: ChangedRow[]): HTMLElement | null {
  if (changed.length === 0) return null;
  const state = (outcome: string | null, id: string | null) => (outcome === null ? "" : `${t(`outcome.${outcome}`)}${id ? ` ${id}` : ""}`);
  const shown = table(t("changes"), changed, [
    { head: t("key"), cell: (row) => row.key },
    { head: t("name"), cell: (row) => row.name ?? "" },
    { head: t("changes.kind"), cell: (row) => t(`kind.${row.kind}`) },
    { head: t("changes.cause"), cell: (row) => causes(row.causes) },
    { head: t("changes.before"), cell: (row) => state(row.outcome_before, row.id_before) },
    { head: t("changes.now"), cell: (row) => state(row.outcome_now, row.id_now) },
  ]);
  return el("details", { open: changed.length <= 20 }, el("summary", {}, `${t("rows")} (${changed.length})`), shown);
}

export function changesSection(): HTMLElement {
  const changes = report.changes;
  if (!changes) return section("changes", t("changes"), t("changes.first"));
  return section("changes", t("changes"), null, ...parts(changes), rows(report.rows?.changed ?? []));
}
