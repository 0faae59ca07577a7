import type { RedisClient } from "bun";
import type { Board, Entry, Reader } from "./board.ts";
import { type Correspondent, PATIENCE_MS, within } from "./link.ts";

/** Topics about which something is still to be said. More are not kept: the oldest is forgotten. */
const MOST_WAITING = 1000;
const BATCH = 100;
const LONGEST_TEXT = 1000;

/** A board in Redis or Valkey: a key for each topic, which ends by itself, and a channel on which changes are told. */
export class RedisBoard implements Board, Correspondent {
  readonly channel: string;
  /** Hears that there is something to be said. */
  wake: () => void = () => {};
  private readonly prefix: string;
  private readonly reader: Reader;
  private readonly self = crypto.randomUUID();
  private readonly waiting = new Map<string, Entry & { readonly at: number }>();

  /** @param prefix how names there begin */
  constructor(prefix: string, reader: Reader) {
    this.prefix = `${prefix}:`;
    this.channel = `${this.prefix}board`;
    this.reader = reader;
  }

  post(entry: Entry): void {
    this.waiting.delete(entry.topic);
    const [oldest] = this.waiting.keys();
    if (this.waiting.size >= MOST_WAITING && oldest !== undefined) this.waiting.delete(oldest);
    this.waiting.set(entry.topic, { ...entry, at: performance.now() });
    this.wake();
  }

  isQuiet(): boolean {
    return this.waiting.size === 0;
  }

  /** What was told before this one listened. */
  async begin(writer: RedisClient): Promise<void> {
    const topics = this.reader.topics();
    for (let from = 0; from < topics.length; from += BATCH) {
      const batch = topics.slice(from, from + BATCH);
      const texts = await within(writer.mget(...batch.map((topic) => this.prefix + topic)));
      for (const [i, text] of texts.entries()) {
        const topic = batch[i];
        if (topic === undefined || typeof text !== "string") continue;
        this.pass({ topic, text, forMs: await within(writer.pttl(this.prefix + topic)) });
      }
    }
  }

  async write(writer: RedisClient): Promise<void> {
    for (const [topic, { text, forMs, at }] of [...this.waiting]) {
      const left = Math.round(forMs - (performance.now() - at));
      const sent = JSON.stringify({ from: this.self, topic, text, forMs: Math.max(left, 0) });
      // What ran out while nobody could be told is nobody's business, nor is what worked at an earlier time.
      if (left > (forMs > 0 ? 0 : -PATIENCE_MS)) {
        const kept =
          left > 0 ? writer.send("SET", [this.prefix + topic, text, "PX", `${left}`]) : writer.del(this.prefix + topic);
        await within(Promise.all([kept, writer.publish(this.channel, sent)]));
      }
      // Unless there is news by now.
      if (this.waiting.get(topic)?.at === at) this.waiting.delete(topic);
    }
  }

  hear(sent: string): void {
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
    if (entry.text.length > LONGEST_TEXT || !Number.isFinite(entry.forMs)) return;
    this.reader.read(entry);
  }
}
