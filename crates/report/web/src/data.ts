// The report as the page has it: what `crates/report` writes.
export type Outcome = "matched" | "review" | "unmatched" | "failed";
export interface Figure { name: string; unit: "rows" | "count" | "share" | "money" | "seconds"; meaning: string; value: number | null }
export interface OutcomeRows { outcome: Outcome; rows: number; amount: number | null }
export interface StageRows extends OutcomeRows { stage: string | null; right?: number }
export interface Band { from: number; to: number; outcome: Outcome; rows: number }
export interface Threshold { score: number; rows: number; amount: number | null; right?: number; wrong?: number; missed?: number; rightly_none?: number }
export interface Weight { comparison: string; level: string; rows: number; bits: number; bits_min: number; bits_max: number }
export interface FieldQuality { field: string; filled: number; missing: number; invalid?: number }
export interface Lack { stage: string | null; fields: string[]; rows: number; amount: number | null }
export interface Run { run_id: string; started_at: string; status: string; seconds: number | null; decided: number; edition: string | null; version: string }
export interface Change { kind: string; causes: string[]; rows: number; amount: number | null }
export interface Changes {
  since_started_at: string; since_edition: string | null; matched_before: number; rows_before: number;
  changes: Change[]; settings: { name: string; cause: string }[];
}
export interface ExplainedRow {
  chosen: string; key: string; row: number; outcome: Outcome; score: number | null; weight: number | null; id: string | null;
  amount: number | null; comparisons: { comparison: string; level: string; bits?: number }[];
  input: Record<string, unknown>; entry: Record<string, unknown> | null;
}
export interface ChangedRow {
  kind: string; causes: string[]; key: string; row: number | null; name: string | null; amount: number | null;
  outcome_before: string | null; outcome_now: string | null; id_before: string | null; id_now: string | null;
}
export interface ListedRow { key: string; row: number; name: string | null; id: string | null; amount: number | null }
export interface Report {
  pipeline: string; outcomes: OutcomeRows[]; stages: StageRows[]; scores: Band[]; margins: Band[]; thresholds: Threshold[];
  accept: number | null; judged_by: "truth" | "decisions" | null; weights: Weight[]; fields: FieldQuality[]; lacks: Lack[];
  runs: Run[]; changes: Changes | null;
  rows?: { explained: ExplainedRow[]; changed: ChangedRow[]; closed: ListedRow[]; without_candidate: ListedRow[] };
}
export interface Data { language: string; texts: Record<string, string>; figures: Figure[]; fields: Record<string, string>; report: Report }

export const data: Data = JSON.parse(document.getElementById("data")!.textContent!);
export const report = data.report;
export const OUTCOMES: Outcome[] = ["matched", "review", "unmatched", "failed"];

/** A text of the page, with its values. */
export function t(name: string, values: Record<string, string | number> = {}): string {
  const text = (data.texts[name] ?? name).replaceAll("`", "");
  return text.replace(/\{(\w+)\}/g, (whole, value: string) => (value in values ? String(values[value]) : whole));
}

const whole = new Intl.NumberFormat(data.language, { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat(data.language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const decimals = new Intl.NumberFormat(data.language, { minimumFractionDigits: 0, maximumFractionDigits: 3 });

export const count = (value: number | null | undefined): string => (value == null ? "–" : whole.format(value));
export const share = (value: number | null | undefined): string => (value == null ? "–" : percent.format(value));
export const decimal = (value: number | null | undefined): string => (value == null ? "–" : decimals.format(value));
export const figure = (name: string): number | null => data.figures.find((one) => one.name === name)?.value ?? null;
export const fieldLabel = (name: string): string => data.fields[name] ?? name;
/** A time of the checkpoint, to the minute. */
export const minute = (time: string): string => time.slice(0, 16);
