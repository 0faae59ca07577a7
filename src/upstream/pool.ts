import { coarseNow } from "../clock/deadline.ts";
import { Connection, type ConnectionKeeper } from "./connection.ts";
import type { Origin } from "./origin.ts";

/** Shorter than the 60 s after which common balancers close, so that we close first. */
const IDLE_SECONDS = 50;
const IDLE_CAP = 512;
/** A connection that is never idle for long would go where its provider's name led once, for ever. */
const LIFE_MS = 300_000;

/** Idle connections to one origin, the one used last on top: the rest grow old and leave. */
export class Pool implements ConnectionKeeper {
  private readonly origin: Origin;
  private readonly cap: number;
  private readonly life: number;
  private readonly resting: Connection[] = [];
  /** Connections open now, idle ones included. */
  private readonly open = new Set<Connection>();
  private isClosed = false;

  /**
   * @param cap most idle connections that are kept; 0 closes each behind its answer
   * @param life for so many milliseconds is a connection kept after it was made
   */
  constructor(origin: Origin, cap: number = IDLE_CAP, life: number = LIFE_MS) {
    this.origin = origin;
    this.cap = cap;
    this.life = life;
  }

  get size(): number {
    return this.open.size;
  }

  /** An idle connection, or a new one. */
  take(): Connection {
    const rested = this.resting.pop();
    if (rested === undefined) return this.fresh();
    rested.expireAfter(0);
    return rested;
  }

  /** A connection that nobody has used. */
  fresh(): Connection {
    const connection = new Connection(this.origin, this);
    this.open.add(connection);
    return connection;
  }

  idle(connection: Connection): void {
    const isOld = coarseNow() - connection.openedAt > this.life;
    if (isOld || this.isClosed || this.resting.length >= this.cap) {
      connection.destroy();
      return;
    }
    connection.expireAfter(IDLE_SECONDS);
    this.resting.push(connection);
  }

  gone(connection: Connection): void {
    this.open.delete(connection);
    const at = this.resting.lastIndexOf(connection);
    if (at >= 0) this.resting.splice(at, 1);
  }

  /** Closes what is idle; exchanges go on to their end, and their connections end with them. */
  close(): void {
    this.isClosed = true;
    for (const connection of [...this.resting]) connection.destroy();
  }
}
