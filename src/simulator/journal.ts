import type { HttpRequest } from "./http.ts";
import type { Json } from "./json.ts";
import type { Progress } from "./script.ts";

/** How a request ended: `broken-off` by the simulator, because it was asked to; `client-closed` by the other side. */
export type Outcome = "answering" | "answered" | "broken-off" | "client-closed";

/** One request that reached the simulator, and how far it got with the answer. */
export interface Received {
  /** 1 for the first since the start. */
  readonly number: number;
  /** 1 for the first connection: requests with the same number shared it. */
  readonly connection: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it came. */
  readonly text: string;
  /** The body as JSON; `undefined` where it is none. */
  readonly body: Json | undefined;
  /** When the request had come in full, by `performance.now()`. */
  readonly at: number;
  /** 0 as long as none has been chosen. */
  readonly status: number;
  /** Pieces of content given to the connection. */
  readonly chunks: number;
  readonly outcome: Outcome;
  /** When the answer ended, however it did. */
  readonly endedAt: number | undefined;
}

/** How much has happened since the start. */
export interface Counters {
  connections: number;
  /** Connections that are open now. */
  open: number;
  requests: number;
  /** Bytes given to connections. */
  bytes: number;
}

/** A {@link Received} that is still being written, and tells of every change. */
export class Entry implements Received, Progress {
  readonly number: number;
  readonly connection: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly body: Json | undefined;
  readonly at = performance.now();
  status = 0;
  outcome: Outcome = "answering";
  endedAt: number | undefined;
  private told = 0;
  private readonly changed: () => void;

  constructor(request: HttpRequest, body: Json | undefined, number: number, connection: number, changed: () => void) {
    this.number = number;
    this.connection = connection;
    this.method = request.method;
    this.path = request.path;
    this.query = request.query;
    this.headers = request.headers;
    this.text = request.body;
    this.body = body;
    this.changed = changed;
  }

  get chunks(): number {
    return this.told;
  }

  set chunks(count: number) {
    this.told = count;
    this.changed();
  }

  end(outcome: Outcome): void {
    if (this.endedAt !== undefined) return;
    this.outcome = outcome;
    this.endedAt = performance.now();
    this.changed();
  }
}

interface Waiter {
  test(request: Received): boolean;
  resolve(request: Received): void;
}

/** The last requests, oldest first. */
export class Journal {
  readonly counters: Counters = { connections: 0, open: 0, requests: 0, bytes: 0 };
  readonly entries: Entry[] = [];
  private readonly limit: number;
  private readonly waiters = new Set<Waiter>();
  private due = false;

  constructor(limit: number) {
    this.limit = limit;
  }

  enter(request: HttpRequest, body: Json | undefined, connection: number): Entry {
    const entry = new Entry(request, body, ++this.counters.requests, connection, this.changed);
    if (this.limit > 0) this.entries.push(entry);
    if (this.entries.length > this.limit) this.entries.shift();
    this.changed();
    return entry;
  }

  /** The first request that passes this test, as soon as there is one. */
  when(test: (request: Received) => boolean): Promise<Received> {
    const { promise, resolve } = Promise.withResolvers<Received>();
    this.waiters.add({ test, resolve });
    this.changed();
    return promise;
  }

  forget(): void {
    this.entries.length = 0;
  }

  /** Looks once for all changes of one moment, and not at all while nobody waits. */
  private readonly changed = (): void => {
    if (this.waiters.size === 0 || this.due) return;
    this.due = true;
    queueMicrotask(() => {
      this.due = false;
      for (const waiter of this.waiters) {
        const found = this.entries.find((entry) => waiter.test(entry));
        if (found === undefined) continue;
        this.waiters.delete(waiter);
        waiter.resolve(found);
      }
    });
  };
}
