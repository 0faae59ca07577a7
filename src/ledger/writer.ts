import type { GenerationRow } from "../store/generations.ts";

/** Where rows go: all of them, or none. */
export interface RowSink {
  insert(rows: readonly GenerationRow[]): void;
}

interface Waiting {
  row: GenerationRow;
  written: () => void;
  failed: (cause: unknown) => void;
}

/**
 * Writes rows in groups: everything that was closed in one turn of the event loop is one commit, whose cost they share
 * (11 µs a row alone, 4 µs each of thirteen).
 */
export class LedgerWriter {
  private readonly sink: RowSink;
  private waiting: Waiting[] = [];

  constructor(sink: RowSink) {
    this.sink = sink;
  }

  /** Rows that are not on disk yet. */
  get lag(): number {
    return this.waiting.length;
  }

  /** Resolves when the row is committed. @throws what the store throws */
  write(row: GenerationRow): Promise<void> {
    return new Promise((written, failed) => {
      this.waiting.push({ row, written, failed });
      if (this.waiting.length === 1) setImmediate(() => this.commit());
    });
  }

  /** Commits what waits, without waiting for the turn to end: nothing comes after it. */
  flush(): void {
    if (this.waiting.length > 0) this.commit();
  }

  private commit(): void {
    const group = this.waiting;
    if (group.length === 0) return;
    this.waiting = [];
    try {
      this.sink.insert(group.map(({ row }) => row));
    } catch {
      // One bad row must not take the others along: each for itself now.
      for (const one of group) this.commitAlone(one);
      return;
    }
    for (const { written } of group) written();
  }

  private commitAlone({ row, written, failed }: Waiting): void {
    try {
      this.sink.insert([row]);
    } catch (cause) {
      failed(cause);
      return;
    }
    written();
  }
}
