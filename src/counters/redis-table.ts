import type { RedisClient } from "bun";
import { type Correspondent, within } from "./link.ts";
import { type Holder, type Item, STAMP_LENGTH } from "./table.ts";

/** Longest text that is taken, and most things that are read at once. */
const LONGEST_TEXT = 256 * 1024;
const MOST = 10_000;

/**
 * Keeps what counts by now, and tells it all the same: whoever listens decides by itself.
 * Stamps are digits and small letters, which every collation puts in the same order.
 */
const KEEP = `
local old = redis.call('HGET', KEYS[1], ARGV[1])
if not old or string.sub(old, 1, ${STAMP_LENGTH}) < string.sub(ARGV[2], 1, ${STAMP_LENGTH}) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
redis.call('PUBLISH', ARGV[3], ARGV[4])`;

/** A table in Redis or Valkey: a hash of all things, and a channel on which changes are told. Each replica has all of it, and puts back what is missing. */
export class RedisTable implements Correspondent {
  readonly channel: string;
  /** Hears that there is something to be said. */
  wake: () => void = () => {};
  private readonly key: string;
  private readonly holder: Holder;
  private readonly self = crypto.randomUUID();
  private readonly waiting = new Map<string, Item>();
  private closed = false;

  /** @param prefix how names there begin */
  constructor(prefix: string, name: string, holder: Holder) {
    this.key = `${prefix}:${name}`;
    this.channel = `${prefix}:${name}:changed`;
    this.holder = holder;
  }

  /** Tells the others, as soon as that can be done. Never throws. */
  put(item: Item): void {
    this.waiting.set(item.name, item);
    this.wake();
  }

  close(): void {
    this.closed = true;
  }

  isQuiet(): boolean {
    return this.waiting.size === 0;
  }

  /** Takes what others have told, and tells what they do not have. */
  async begin(writer: RedisClient): Promise<void> {
    const there = await this.read(writer);
    if (this.closed) return;
    this.holder.learn([...there.values()]);
    for (const item of this.holder.all()) {
      const kept = there.get(item.name);
      if (kept === undefined || stampOf(kept) < stampOf(item)) this.waiting.set(item.name, item);
    }
  }

  /** Somebody has emptied it, or it has begun anew behind the same address. */
  async check(writer: RedisClient): Promise<void> {
    const count = Number(await within(writer.send("HLEN", [this.key])));
    if (count < this.holder.size()) await this.begin(writer);
  }

  async write(writer: RedisClient): Promise<void> {
    for (const [name, item] of [...this.waiting]) {
      const sent = JSON.stringify({ from: this.self, ...item });
      await within(writer.send("EVAL", [KEEP, "1", this.key, name, item.text, this.channel, sent]));
      // Unless there is news by now.
      if (this.waiting.get(name) === item) this.waiting.delete(name);
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
    const { from, name, text } = (told ?? {}) as Record<string, unknown>;
    if (from === this.self || typeof name !== "string" || typeof text !== "string" || text.length > LONGEST_TEXT)
      return;
    this.holder.learn([{ name, text }]);
  }

  private async read(writer: RedisClient): Promise<Map<string, Item>> {
    const there = new Map<string, Item>();
    // What is no table of ours, under our name, would keep replicas from telling one another anything at all.
    const type: string = await within(writer.send("TYPE", [this.key]));
    if (type !== "hash" && type !== "none") await within(writer.del(this.key));
    let cursor = "0";
    do {
      const [next, members]: [string, string[]] = await within(
        writer.send("HSCAN", [this.key, cursor, "COUNT", "100"]),
      );
      for (let i = 0; i + 1 < members.length; i += 2) {
        const [name, text] = [members[i]!, members[i + 1]!];
        if (text.length <= LONGEST_TEXT) there.set(name, { name, text });
      }
      cursor = next;
    } while (cursor !== "0" && there.size < MOST);
    return there;
  }
}

function stampOf({ text }: Item): string {
  return text.slice(0, STAMP_LENGTH);
}
