import { RedisClient } from "bun";
import type { Board, Entry, Reader } from "./board.ts";

/** How long an answer may take, and how often one is asked for. */
const PATIENCE_MS = 1000;
const CHECK_MS = 1000;
/** How soon it is tried again. */
const RETRY_MS = 500;
/** Topics about which something is still to be said. More are not kept: the oldest is forgotten. */
const MOST_WAITING = 1000;
const BATCH = 100;
const LONGEST_TEXT = 1000;
const PREFIX = "headgate:";
const CHANNEL = `${PREFIX}board`;

/** A board in Redis or Valkey: a key for each topic, which ends by itself, and a channel on which changes are told. */
export class RedisBoard implements Board {
  private readonly url: string;
  private readonly reader: Reader;
  private readonly self = crypto.randomUUID();
  private readonly waiting = new Map<string, Entry & { readonly at: number }>();
  private wake: () => void = () => {};
  private closed = false;
  /** There is a session: what is to be told need not wait for the next attempt at one. */
  private reached = false;
  private complained = false;

  constructor(url: string, reader: Reader) {
    this.url = url;
    this.reader = reader;
    void this.run();
  }

  post(entry: Entry): void {
    if (this.closed) return;
    this.waiting.delete(entry.topic);
    const [oldest] = this.waiting.keys();
    if (this.waiting.size >= MOST_WAITING && oldest !== undefined) this.waiting.delete(oldest);
    this.waiting.set(entry.topic, { ...entry, at: performance.now() });
    if (this.reached) this.wake();
  }

  close(): void {
    this.closed = true;
    this.wake();
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      try {
        await this.session();
      } catch (thrown) {
        if (!this.closed && !this.complained) {
          this.complained = true;
          this.reader.complain(
            new Error(`${placeOf(this.url)} is out of reach${codeOf(thrown)}: replicas do not know of one another`),
          );
        }
      }
      if (!this.closed) await this.pause(RETRY_MS);
    }
  }

  /** From the first connection until something fails. What is late counts as failed: it would tell of an earlier time. */
  private async session(): Promise<void> {
    const options = { autoReconnect: false, enableOfflineQueue: false, connectionTimeout: PATIENCE_MS } as const;
    const writer = new RedisClient(this.url, options);
    const listener = new RedisClient(this.url, options);
    try {
      await within(Promise.all([writer.connect(), listener.connect()]));
      await within(listener.subscribe(CHANNEL, (text) => this.hear(text)));
      await this.catchUp(writer);
      this.reached = true;
      for (let checked = performance.now(); !this.closed; ) {
        await this.write(writer);
        if (performance.now() - checked >= CHECK_MS) {
          await within(Promise.all([writer.ping(), listener.ping()]));
          checked = performance.now();
          // Not before: who may read may yet be refused when there is something to write.
          this.complained = false;
        }
        if (this.waiting.size === 0 && !this.closed) await this.pause(CHECK_MS);
      }
    } finally {
      this.reached = false;
      writer.close();
      listener.close();
    }
  }

  /** What was told before this one listened. */
  private async catchUp(writer: RedisClient): Promise<void> {
    const topics = this.reader.topics();
    for (let from = 0; from < topics.length; from += BATCH) {
      const batch = topics.slice(from, from + BATCH);
      const texts = await within(writer.mget(...batch.map((topic) => PREFIX + topic)));
      for (const [i, text] of texts.entries()) {
        const topic = batch[i];
        if (topic === undefined || typeof text !== "string") continue;
        this.pass({ topic, text, forMs: await within(writer.pttl(PREFIX + topic)) });
      }
    }
  }

  private async write(writer: RedisClient): Promise<void> {
    for (const [topic, { text, forMs, at }] of [...this.waiting]) {
      const left = Math.round(forMs - (performance.now() - at));
      const sent = JSON.stringify({ from: this.self, topic, text, forMs: Math.max(left, 0) });
      // What ran out while nobody could be told is nobody's business, nor is what worked at an earlier time.
      if (left > (forMs > 0 ? 0 : -PATIENCE_MS)) {
        const kept =
          left > 0 ? writer.send("SET", [PREFIX + topic, text, "PX", `${left}`]) : writer.del(PREFIX + topic);
        await within(Promise.all([kept, writer.publish(CHANNEL, sent)]));
      }
      // Unless there is news by now.
      if (this.waiting.get(topic)?.at === at) this.waiting.delete(topic);
    }
  }

  private hear(sent: string): void {
    if (sent.length > 2 * LONGEST_TEXT) return;
    let told: unknown;
    try {
      told = JSON.parse(sent);
    } catch {
      return;
    }
    const { from, topic, text, forMs } = (told ?? {}) as Record<string, unknown>;
    if (from === this.self || typeof topic !== "string" || typeof text !== "string" || typeof forMs !== "number")
      return;
    this.pass({ topic, text, forMs });
  }

  private pass(entry: Entry): void {
    if (this.closed || entry.text.length > LONGEST_TEXT || !Number.isFinite(entry.forMs)) return;
    this.reader.read(entry);
  }

  private pause(forMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, forMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Without what shows who may use it. */
function placeOf(url: string): string {
  return `Redis at ${new URL(url).host}`;
}

/** A code at most: words of the client may repeat the address. */
function codeOf(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[A-Z_]+$/.test(code) ? ` (${code})` : "";
}

/** @throws Error where it takes too long */
async function within<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("no answer"), { code: "ETIMEDOUT" })), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
