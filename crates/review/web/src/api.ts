// Requests to the server, and what it answers.

export interface Session {
  texts: Record<string, string>;
  language: string;
  pipeline: string;
  reviewer: string;
  id: string;
  group: string;
  page: string | null;
  orders: string[];
  facets: string[];
  money: boolean;
  rows: number;
  searchable: boolean;
}

export interface RowInShort {
  key: string;
  name: string;
  town: string;
  outcome: string;
  outcome_text: string;
  score: number | null;
  amount: number | null;
  decided: { kind: string; text: string; by: string } | null;
}

export interface FacetValue {
  value: string;
  label: string;
  rows: number;
  selected: boolean;
}

export interface FacetList {
  name: string;
  label: string;
  values: FacetValue[];
  more: number;
}

export interface Queue {
  version: number;
  rows: RowInShort[];
  total: number;
  undecided: number;
  offset: number;
  place: number | null;
  facets: FacetList[];
}

export interface Piece {
  text: string;
  mark: "same" | "near" | "other";
}

export interface ComparedField {
  name: string;
  label: string;
  compared: boolean;
  row: string;
  row_pieces: Piece[][];
  entries: Piece[][];
}

export interface Step {
  comparison: string;
  level: string | null;
  bits: number;
}

export interface Candidate {
  id: string;
  group: string;
  score: number | null;
  closed: boolean | null;
  prior: number | null;
  weight: number | null;
  steps: Step[];
  scores: { scorer: string; score: number | null }[];
  behind: { bits: number; why: (Step & { best: string | null })[] } | null;
  same_group: boolean;
}

export interface Verdict {
  record: string;
  verdict: string;
  id: string | null;
  by: string;
  at: string;
  why: string | null;
  text: string;
}

export interface RowDetail {
  key: string;
  row: number;
  outcome: string;
  outcome_text: string;
  reason: string;
  error: string | null;
  score: number | null;
  stage: string | null;
  amount: number | null;
  id: string | null;
  group: string | null;
  decided: { state: string | null; verdicts: Verdict[] } | null;
  fields: ComparedField[];
  candidates: Candidate[];
  search: string;
  previous: string | null;
  next: string | null;
  next_undecided: string | null;
  alike: number;
  version: number;
}

export interface Entry {
  id: string;
  group: string | null;
  closed: boolean | null;
  fields: Record<string, string>;
}

export interface Bulk {
  rows: number;
  with_proposal: number;
  left_out: number;
  max: number;
  samples: (RowInShort & { proposed: { id: string; name: string | null; town: string | null } | null })[];
}

export interface Changes {
  version: number;
  rows: RowInShort[] | null;
  outdated: boolean;
  searchable: boolean;
}

/** A request that the server refused, or did not answer. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

async function answer<T>(target: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(target, { ...init, credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new RequestError(0, "");
  }
  if (response.ok) return (await response.json()) as T;
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; title?: string };
  throw new RequestError(response.status, problem.detail ?? problem.title ?? String(response.status));
}

export function get<T>(path: string, query?: URLSearchParams, signal?: AbortSignal): Promise<T> {
  const search = query?.toString() ?? "";
  return answer<T>(search ? `${path}?${search}` : path, signal ? { signal } : {});
}

export function post<T>(path: string, body: unknown, query?: URLSearchParams): Promise<T> {
  const search = query?.toString() ?? "";
  const headers = { "Content-Type": "application/json" };
  return answer<T>(search ? `${path}?${search}` : path, { method: "POST", headers, body: JSON.stringify(body) });
}
