import { coarseNow, Deadline } from "../clock/deadline.ts";

/** So many clients may be behind at a time: what waits for each is some 0.1 MB here, and as much in the kernel. */
const MOST = 128;
/** Whoever reads at all has mostly taken something by then. */
const LEAST_MS = 2000;

/** A client that has taken nothing for a while. */
export interface Behind {
  /** @param afterMs for so long it has taken nothing */
  letGo(afterMs: number): void;
}

/** Those who are behind, whoever has been so for the longest first. Where they are too many, it goes. */
export class Stalls {
  private readonly since = new Map<Behind, number>();
  private readonly most: number;
  private readonly leastMs: number;
  private look: Deadline | undefined;

  /** @param most that may be behind; `leastMs` nobody goes earlier than that */
  constructor(most = MOST, leastMs = LEAST_MS) {
    this.most = most;
    this.leastMs = leastMs;
  }

  enter(client: Behind): void {
    this.since.set(client, coarseNow());
    if (this.since.size > this.most && this.look?.isSet !== true) this.thin();
  }

  leave(client: Behind): void {
    this.since.delete(client);
  }

  private thin(): void {
    const now = performance.now();
    for (const [client, since] of this.since) {
      if (this.since.size <= this.most) return;
      if (now - since < this.leastMs) {
        const at = since + this.leastMs;
        if (this.look === undefined) this.look = new Deadline(at, () => this.thin());
        else this.look.rearm(at);
        return;
      }
      this.since.delete(client);
      client.letGo(now - since);
    }
  }
}
