import type { RedisClient } from "bun";
import { type Correspondent, within } from "./link.ts";

/** Names that are still to be told at the most: a few dozen tables, and never the caller's. */
const MOST_WAITING = 100;

/** Says by way of Redis or Valkey that something has changed, and nothing else of it: whoever hears it looks for himself. */
export class RedisSignal implements Correspondent {
  readonly channel: string;
  /** Hears that there is something to be said. */
  wake: () => void = () => {};
  private readonly look: () => void;
  private readonly self = crypto.randomUUID();
  private readonly waiting = new Set<string>();

  /** @param prefix how names there begin @param look something may have changed */
  constructor(prefix: string, look: () => void) {
    this.channel = `${prefix}:changed`;
    this.look = look;
  }

  /** Tells the others, as soon as that can be done. Never throws. */
  tell(name: string): void {
    if (this.waiting.size < MOST_WAITING) this.waiting.add(name);
    this.wake();
  }

  isQuiet(): boolean {
    return this.waiting.size === 0;
  }

  /** Something may have been told before this one listened. */
  async begin(): Promise<void> {
    this.look();
  }

  async write(writer: RedisClient): Promise<void> {
    for (const name of [...this.waiting]) {
      this.waiting.delete(name);
      try {
        await within(writer.publish(this.channel, JSON.stringify({ from: this.self, changed: name })));
      } catch (thrown) {
        this.waiting.add(name);
        throw thrown;
      }
    }
  }

  hear(text: string): void {
    if (!text.includes(this.self)) this.look();
  }
}
