import { Database } from "bun:sqlite";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { type LedgerEntry, wholeRow } from "./generations.ts";

/** Of a file: some 200,000 rows, minutes of a busy gateway. */
const MOST_BYTES = 256 * 1024 * 1024;
/** In memory, where no file can be written. */
const MOST_IN_MEMORY = 20_000;
/** Bytes that are read back at a time. */
const PIECE = 1024 * 1024;
/** Rows that are given back at a time. */
const GROUP = 256;

/** Where a worker keeps its own. */
const WORKER = /^worker-\d+$/;
const NAME = /^spool-(.+)\.(?:jsonl|lock)$/;

/**
 * Rows that the database did not take, in a file beside it until it does: one JSON line each, on the disk when `keep` resolves.
 * Where no file can be written either (the disk is full, or may only be read), they wait in memory, and go with the process.
 */
export class Spool {
  private readonly folder: string | undefined;
  readonly name: string;
  private readonly mostBytes: number;
  private readonly mostInMemory: number;
  private file: FileHandle | undefined;
  private lock: Database | undefined;
  /** Bytes of the file that are whole lines, and of those the ones that were given back. */
  private written = 0;
  private taken = 0;
  private memory: LedgerEntry[] = [];
  private rows = 0;
  /** Lines that are none: what is left of the file is for people to look into. */
  private spoiled = 0;
  /** One after the other: what is kept, and what is cleared. */
  private last: Promise<unknown> = Promise.resolve();

  /** @param folder where its file is made once it is needed; without, everything waits in memory */
  constructor(folder: string | undefined, name: string, most: { bytes?: number; rows?: number } = {}) {
    this.folder = folder;
    this.name = name;
    this.mostBytes = most.bytes ?? MOST_BYTES;
    this.mostInMemory = most.rows ?? MOST_IN_MEMORY;
  }

  /** Rows that are not given back yet. */
  get waiting(): number {
    return this.rows;
  }

  /** Whether nothing more should be begun that would have to be kept. What has begun is kept all the same. */
  get full(): boolean {
    return this.written >= this.mostBytes || this.memory.length >= this.mostInMemory;
  }

  /** One of the lines was none that the database would take. */
  spoil(): void {
    this.spoiled++;
  }

  /** Rows that would be lost with this process. */
  get inMemory(): number {
    return this.memory.length;
  }

  /** Lines that were none, or that the database would never take. Their file is kept, as `.damaged`. */
  get damaged(): number {
    return this.spoiled;
  }

  /** Holds its name in the folder from now on, and not only once there is something to keep. @returns whether it can, or there is no folder */
  claim(): boolean {
    if (this.folder === undefined) return true;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    return this.takeLock();
  }

  /** Resolves when they are on the disk, or in memory where they cannot be. */
  keep(entries: readonly LedgerEntry[]): Promise<void> {
    this.rows += entries.length;
    return this.inTurn(async () => {
      const bytes = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
      if (!(await this.append(bytes))) this.memory.push(...entries);
    });
  }

  /**
   * Gives everything back, the oldest first, in groups. What `write` has taken is not given again.
   * @throws what `write` throws
   */
  async drain(write: (entries: readonly LedgerEntry[]) => Promise<void>): Promise<void> {
    await this.last;
    while (this.taken < this.written) {
      const { entries, bytes, spoiled } = await this.read();
      if (entries.length > 0) await write(entries);
      this.taken += bytes;
      this.spoiled += spoiled;
      this.rows -= entries.length + spoiled;
    }
    while (this.memory.length > 0) {
      const some = this.memory.slice(0, GROUP);
      await write(some);
      this.memory.splice(0, some.length);
      this.rows -= some.length;
    }
  }

  /** Empties the file. Only once everything was given back. */
  clear(): Promise<void> {
    return this.inTurn(async () => {
      if (this.file === undefined || this.taken < this.written) return;
      try {
        if (this.spoiled > 0) await this.setAside(this.file);
        else {
          await this.file.truncate(0);
          await this.file.datasync();
        }
        this.written = 0;
        this.taken = 0;
      } catch {
        // Given back once more at the next start it would be known for what it is.
      }
    });
  }

  private async setAside(file: FileHandle): Promise<void> {
    renameSync(this.path("jsonl"), this.path("damaged"));
    this.file = undefined;
    await file.close();
  }

  /** Closes the file, and removes it where nothing waits in it. */
  async close(): Promise<void> {
    await this.last;
    await this.file?.close();
    const emptied = this.taken >= this.written;
    if (this.file !== undefined && emptied) rmSync(this.path("jsonl"), { force: true });
    this.file = undefined;
    this.lock?.close();
    if (this.lock !== undefined && emptied) rmSync(this.path("lock"), { force: true });
    this.lock = undefined;
  }

  /** Those that others have left in a folder, whose processes are gone: they are this one's now. Of workers as well, of whom there may be fewer now. */
  static async left(folder: string | undefined): Promise<Spool[]> {
    if (folder === undefined || !existsSync(folder)) return [];
    const found: Spool[] = [];
    const files = readdirSync(folder, { withFileTypes: true });
    for (const file of files)
      if (file.isDirectory() && WORKER.test(file.name)) found.push(...(await Spool.left(join(folder, file.name))));
    const names = files.flatMap((file) => NAME.exec(file.name)?.[1] ?? []);
    for (const name of new Set(names.sort())) {
      const spool = new Spool(folder, name);
      if (await spool.adopt()) found.push(spool);
    }
    return found;
  }

  private async adopt(): Promise<boolean> {
    // Whoever writes it holds the lock; the kernel takes that back however a process ends.
    if (!this.takeLock()) return false;
    if (!existsSync(this.path("jsonl"))) return true;
    this.file = await open(this.path("jsonl"), "r+");
    const { size } = await this.file.stat();
    this.written = await this.wholeLines(size);
    this.rows = await this.lines();
    return true;
  }

  /** How far the file goes without what was being written when its process ended: nobody was told that it was. */
  private async wholeLines(size: number): Promise<number> {
    const piece = Buffer.alloc(PIECE);
    for (let end = size; end > 0; end -= PIECE) {
      const from = Math.max(0, end - PIECE);
      const { bytesRead } = await this.file!.read(piece, 0, end - from, from);
      const at = piece.subarray(0, bytesRead).lastIndexOf(0x0a);
      if (at >= 0) return from + at + 1;
    }
    return 0;
  }

  private async lines(): Promise<number> {
    const piece = Buffer.alloc(PIECE);
    let found = 0;
    for (let from = 0; from < this.written; from += PIECE) {
      const { bytesRead } = await this.file!.read(piece, 0, Math.min(PIECE, this.written - from), from);
      for (let i = 0; i < bytesRead; i++) if (piece[i] === 0x0a) found++;
    }
    return found;
  }

  /** The next group, how many bytes of the file it is, and how many of its lines are none. */
  private async read(): Promise<{ entries: LedgerEntry[]; bytes: number; spoiled: number }> {
    const rest = this.written - this.taken;
    for (let size = PIECE; ; size *= 2) {
      const piece = Buffer.alloc(Math.min(size, rest));
      await this.file!.read(piece, 0, piece.length, this.taken);
      const entries: LedgerEntry[] = [];
      let bytes = 0;
      let spoiled = 0;
      while (entries.length < GROUP) {
        const end = piece.indexOf(0x0a, bytes);
        if (end < 0) break;
        const entry = entryOf(piece.toString("utf8", bytes, end));
        if (entry === undefined) spoiled++;
        else entries.push(entry);
        bytes = end + 1;
      }
      if (bytes > 0) return { entries, bytes, spoiled };
      // Whole lines end so: somebody else was at the file.
      if (size >= rest) return { entries, bytes: rest, spoiled: 1 };
    }
  }

  /** @returns whether it is on the disk */
  private async append(bytes: Buffer): Promise<boolean> {
    if (this.folder === undefined) return false;
    try {
      this.file ??= await this.make();
      for (let at = 0; at < bytes.length; )
        at += (await this.file.write(bytes, at, bytes.length - at, this.written + at)).bytesWritten;
      await this.file.datasync();
      this.written += bytes.length;
      return true;
    } catch {
      // What is there of it is written over by the next, or is no whole line at the end.
      await this.file?.truncate(this.written).catch(() => {});
      return false;
    }
  }

  private async make(): Promise<FileHandle> {
    const folder = this.folder ?? "";
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!this.takeLock()) throw new Error(`${this.path("lock")} cannot be held`);
    const file = await open(this.path("jsonl"), "wx+", 0o600);
    // That there is such a file lasts as well.
    await using entry = await open(folder, "r");
    await entry.sync();
    return file;
  }

  private takeLock(): boolean {
    if (this.lock !== undefined) return true;
    let lock: Database | undefined;
    try {
      lock = new Database(this.path("lock"), { create: true });
      lock.run("BEGIN EXCLUSIVE");
      this.lock = lock;
      return true;
    } catch {
      lock?.close();
      return false;
    }
  }

  private path(kind: "jsonl" | "lock" | "damaged"): string {
    return join(this.folder ?? "", `spool-${this.name}.${kind}`);
  }

  private inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.last.then(act);
    this.last = done.catch(() => {});
    return done;
  }
}

/** It may be of another version of this program. */
function entryOf(line: string): LedgerEntry | undefined {
  try {
    const entry: LedgerEntry = JSON.parse(line);
    if (typeof entry.row.id !== "string" || !Array.isArray(entry.charges)) return undefined;
    return { ...entry, row: wholeRow(entry.row) };
  } catch {
    return undefined;
  }
}
