// The state of the page, and what the reviewer does: every act ends with what the server has stored.

import * as api from "./api";
import { queryOf, readPlace, writePlace, type Place } from "./place";
import { t } from "./texts";

/** What parts of the page display, and when they must do so again. */
export interface View {
  queueChanged(): void;
  rowChanged(): void;
  /** What happened, read aloud. */
  announce(text: string): void;
  /** What failed. */
  warn(text: string): void;
}

const PAGE_ROWS = 50;
const REVIEWER = "matchflow-reviewer";

export class App {
  place: Place;
  queue: api.Queue | null = null;
  row: api.RowDetail | null = null;
  /** The candidate whose evidence is displayed. */
  selected = 0;
  comment = "";
  reviewer: string;
  /** Whether an act is on its way: until it has ended, keys do nothing. */
  busy = false;
  isSearchable: boolean;
  private acts: string[] = [];
  private version = 0;
  private isPolling = false;
  private queueRequest = 0;
  private rowRequest = 0;

  constructor(
    readonly session: api.Session,
    private readonly view: View,
  ) {
    this.place = readPlace(session.facets, session.orders);
    this.reviewer = sessionStorage.getItem(REVIEWER) || session.reviewer;
    this.isSearchable = session.searchable;
  }

  /** The first rows, and the row of the address. */
  async open(): Promise<void> {
    await this.guarded(async () => {
      await this.loadQueue(null);
      await this.loadRow(this.place.key ?? this.queue?.rows[0]?.key ?? null);
    });
  }

  /** Follows an address that was typed, or a bookmark. */
  async follow(): Promise<void> {
    this.place = readPlace(this.session.facets, this.session.orders);
    await this.open();
  }

  setReviewer(name: string): void {
    this.reviewer = name.trim() || this.session.reviewer;
    sessionStorage.setItem(REVIEWER, this.reviewer);
  }

  /** Changes which rows are listed, and goes to the first of them. */
  async filter(change: (place: Place) => void): Promise<void> {
    change(this.place);
    await this.guarded(async () => {
      await this.loadQueue(0);
      const isListed = this.queue?.rows.some((row) => row.key === this.place.key);
      if (!isListed) await this.loadRow(this.queue?.rows[0]?.key ?? null);
      else writePlace(this.place);
    });
  }

  async turnPage(pages: number): Promise<void> {
    const offset = Math.max(0, (this.queue?.offset ?? 0) + pages * PAGE_ROWS);
    await this.guarded(() => this.loadQueue(offset));
  }

  async show(key: string | null): Promise<void> {
    if (!key || this.busy) return;
    await this.guarded(async () => {
      await this.loadRow(key);
      const isListed = this.queue?.rows.some((row) => row.key === key);
      if (!isListed) await this.loadQueue(null);
    });
  }

  select(candidate: number): void {
    if (!this.row || candidate < 0 || candidate >= this.row.candidates.length) return;
    this.selected = candidate;
    this.view.rowChanged();
  }

  /** Stores a verdict, and goes to the next row that nobody has decided. */
  async decide(verdict: string, named: { entry?: string; group?: string } = {}): Promise<void> {
    const row = this.row;
    if (!row || this.busy) return;
    const knew = row.decided?.verdicts.map((one) => one.record) ?? [];
    const body = { key: row.key, verdict, ...named, why: this.comment || null, by: this.reviewer, knew };
    await this.guarded(async () => {
      type Recorded = { act: string; version: number; next: string | null; row: api.RowInShort };
      const recorded = await api.post<Recorded>("/api/verdicts", body, queryOf(this.place));
      this.acts.push(recorded.act);
      this.version = recorded.version;
      this.comment = "";
      this.view.announce(t("saved", { verdict: t(`verdict.${verdict}`), name: recorded.row.name || recorded.row.key }));
      if (recorded.next) await this.loadRow(recorded.next);
      else await this.loadRow(row.key);
      await this.loadQueue(null);
      if (!recorded.next) this.view.announce(t("all_decided"));
    });
  }

  /** Takes back the last act of this window, or else the last one of this person. */
  async undo(): Promise<void> {
    if (this.busy) return;
    await this.guarded(async () => {
      const act = this.acts.at(-1) ?? null;
      try {
        type Undone = { rows: number; version: number; row: api.RowInShort | null };
        const undone = await api.post<Undone>("/api/undo", { act, by: this.reviewer });
        this.acts.pop();
        this.version = undone.version;
        const name = undone.row?.name || undone.row?.key || "";
        this.view.announce(undone.rows === 1 ? t("undone_one", { name }) : t("undone", { count: undone.rows }));
        await this.loadRow(undone.row?.key ?? this.place.key);
        await this.loadQueue(null);
      } catch (error) {
        if (!(error instanceof api.RequestError) || error.status !== 404) throw error;
        this.acts.pop();
        this.view.announce(t("nothing_to_undo"));
      }
    });
  }

  bulkPreview(): Promise<api.Bulk> {
    return api.get<api.Bulk>("/api/bulk", queryOf(this.place));
  }

  async decideAll(verdict: string, rows: number): Promise<void> {
    await this.guarded(async () => {
      type Recorded = { act: string; rows: number; version: number };
      const body = { verdict, rows, by: this.reviewer, why: null };
      const recorded = await api.post<Recorded>("/api/bulk", body, queryOf(this.place));
      this.acts.push(recorded.act);
      this.version = recorded.version;
      this.view.announce(t("saved", { verdict: t(`verdict.${verdict}`), name: t("bulk_title", { count: recorded.rows }) }));
      this.place.like = "";
      await this.loadQueue(0);
      await this.loadRow(this.queue?.rows[0]?.key ?? this.place.key);
    });
  }

  /** Looks for what was decided in other windows. */
  async poll(): Promise<void> {
    if (this.busy || this.isPolling || !this.version) return;
    this.isPolling = true;
    try {
      const since = this.version;
      const changes = await api.get<api.Changes>("/api/changes", new URLSearchParams({ since: String(since) }));
      if (changes.searchable !== this.isSearchable) {
        this.isSearchable = changes.searchable;
        // The registry also knows which candidates are closed.
        await this.loadRow(this.row?.key ?? null, true);
      }
      if (changes.outdated) this.view.warn(t("outdated"));
      if (this.busy || changes.version === since || this.version !== since) return;
      this.version = changes.version;
      const current = changes.rows?.find((row) => row.key === this.row?.key);
      await this.loadQueue(this.queue?.offset ?? 0);
      if (changes.rows && !current) return;
      await this.loadRow(this.row?.key ?? null, true);
      if (current?.decided) {
        const { by, text } = current.decided;
        this.view.announce(t("other_window", { by, text }));
      }
    } catch (error) {
      if (error instanceof api.RequestError && error.status === 0) this.view.warn(t("unreachable"));
    } finally {
      this.isPolling = false;
    }
  }

  /** Does something that needs the server; a failure is displayed, and nothing is half done. */
  private async guarded(act: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.setBusy(true);
    try {
      await act();
      this.view.warn("");
    } catch (error) {
      if (!(error instanceof api.RequestError)) throw error;
      this.view.warn(error.status === 0 ? t("unreachable") : t("failed", { detail: error.message }));
    } finally {
      this.setBusy(false);
    }
  }

  private setBusy(isBusy: boolean): void {
    this.busy = isBusy;
    document.body.toggleAttribute("data-busy", isBusy);
  }

  /** A page of the queue: from an offset, or else the one with the row that is displayed. */
  private async loadQueue(offset: number | null): Promise<void> {
    const query = queryOf(this.place);
    query.set("limit", String(PAGE_ROWS));
    if (offset !== null) query.set("offset", String(offset));
    if (this.place.key) query.set("key", this.place.key);
    const request = ++this.queueRequest;
    const queue = await api.get<api.Queue>("/api/queue", query);
    // Another request has begun since.
    if (request !== this.queueRequest) return;
    this.queue = queue;
    if (!this.version) this.version = this.queue.version;
    this.view.queueChanged();
  }

  private async loadRow(key: string | null, keepSelection = false): Promise<void> {
    const request = ++this.rowRequest;
    const row = key ? await api.get<api.RowDetail>(`/api/rows/${encodeURIComponent(key)}`, queryOf(this.place)) : null;
    if (request !== this.rowRequest) return;
    this.row = row;
    this.place.key = key;
    if (!keepSelection) {
      this.selected = 0;
      this.comment = "";
    }
    writePlace(this.place);
    this.view.rowChanged();
  }
}
