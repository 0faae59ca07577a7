import type { Database } from "bun:sqlite";
import { open } from "node:fs/promises";

/** Pages of 4 KB after which the log is moved: less often, each time holds requests up for longer; more often, waiting for the disk costs more than what is moved. */
const PAGES = 1200;
/** What a commit writes beside its rows, and how many rows share a page that is written: of one row 1.8 pages, of thirteen 7. (2026-11.) */
const PAGES_OF_COMMIT = 1;
const ROWS_OF_PAGE = 2;
/** What the log may keep on the disk once it has been moved: what comes meanwhile is in it as well, and what is taken away. */
export const LOG_BYTES = 10 * 1024 * 1024;

/**
 * Moves the write-ahead log into the database file, now and then. SQLite alone would do so within a commit and wait for the disk
 * there, 3 ms each time. Here another thread waits for the disk first, and what is left takes less than 1 ms: a fifth of what a
 * row costs, and most of what a slow request waited for. (2026-11, 2 cores.)
 */
export class Checkpoint {
  private readonly database: Database;
  private pages = 0;
  private busy = false;

  constructor(database: Database) {
    this.database = database;
  }

  /** So many rows are in the log that were not there before, by one commit. */
  wrote(rows: number): void {
    this.pages += PAGES_OF_COMMIT + rows / ROWS_OF_PAGE;
    if (this.pages < PAGES || this.busy || this.database.filename === ":memory:") return;
    this.pages = 0;
    this.busy = true;
    // Whatever goes wrong here is told where it matters, by the next commit; and SQLite moves a log that has grown too long itself.
    this.move().catch(() => {});
  }

  private async move(): Promise<void> {
    try {
      await using log = await open(`${this.database.filename}-wal`, "r+");
      await log.datasync();
      this.database.run("PRAGMA wal_checkpoint(PASSIVE)");
    } finally {
      this.busy = false;
    }
  }
}
