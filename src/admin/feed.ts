import { GatewayError } from "../core/error.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { GenerationRow } from "../store/generations.ts";
import type { ChangedList, LiveEnd, LiveEvents } from "./contract.ts";
import { listedGeneration } from "./generation-told.ts";
import type { Line } from "./routes.ts";

export interface FeedParts {
  readonly gateway: Pick<Gateway, "audience" | "metrics">;
  /** Which of the processes of one machine this is, where there are several. */
  readonly worker: number | undefined;
  /** Requests whose reply is not over. */
  inFlight(): number;
  /** After so long without taking anything a listener is let go. @default 30 s */
  readonly stalledMs?: number;
  /** @default 1 s */
  readonly pulseMs?: number;
}

/** As many listen at a time, and so many of one session: nobody keeps all others from it. */
const MOST = 100;
const MOST_OF_ONE = 20;
/** Bytes that wait for one who does not read. The runtime takes some more. */
const HIGH_WATER = 64 * 1024;
const STALLED_MS = 30_000;
const PULSE_MS = 1000;
/** What is over is told together, and so much of it at the most: whoever looks on costs the same, however busy the gateway is. */
const TELL_MS = 100;
const MOST_TOLD = 20;
/** How soon a browser comes back that was cut off. */
const RETRY = "retry: 2000\n\n";

type Bytes = Uint8Array<ArrayBuffer>;

/** One who listens. */
interface Listener {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  readonly stays: () => Promise<boolean>;
  readonly line: Line;
  readonly session: string | undefined;
  /** Events that it was not sent and was not told of. */
  missed: number;
  /** Since when it takes nothing, on the clock of `performance.now()`. */
  behindSince: number | undefined;
}

/**
 * What happens in this process, as it happens, for those who look on. While nobody does, nothing is made for them. Events are not kept: who
 * does not keep up is told how many were missed, and who takes nothing for long is let go.
 */
export class Feed {
  private readonly parts: FeedParts;
  private readonly listeners = new Set<Listener>();
  private readonly waiting: [row: GenerationRow, keyName: string | undefined][] = [];
  private pulse: Timer | undefined;
  private teller: Timer | undefined;
  private over = false;

  constructor(parts: FeedParts) {
    this.parts = parts;
  }

  /** How many listen. */
  get size(): number {
    return this.listeners.size;
  }

  /**
   * Server-sent events from now on.
   * @param stays whether who listens still may @param line by which @param session of who is signed in
   * @throws GatewayError `overloaded` where too many do, or the gateway stops
   */
  listen(stays: () => Promise<boolean>, line: Line, session?: string): ReadableStream<Uint8Array> {
    if (this.over || this.listeners.size >= MOST)
      throw new GatewayError("overloaded", this.over ? "The gateway stops." : `${MOST} listen already.`);
    const own = session === undefined ? 0 : [...this.listeners].filter((one) => one.session === session).length;
    if (own >= MOST_OF_ONE) throw new GatewayError("overloaded", `You listen ${MOST_OF_ONE} times already.`);
    let listener: Listener;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          listener = { controller, stays, line, session, missed: 0, behindSince: undefined };
          line.keep();
          controller.enqueue(Buffer.from(RETRY));
          controller.enqueue(this.pulseNow());
          this.add(listener);
        },
        cancel: () => this.remove(listener),
      },
      { highWaterMark: HIGH_WATER, size: (chunk) => chunk?.byteLength ?? 0 },
    );
  }

  /** Something was changed that lists tell. */
  changed(lists: Iterable<ChangedList>): void {
    if (this.listeners.size === 0) return;
    for (const what of new Set(lists)) this.tell(eventOf("changed", { what }), 1);
  }

  /** Nobody is told anything any more. */
  end(): void {
    this.over = true;
    for (const listener of [...this.listeners]) this.dismiss(listener, "stopping");
  }

  private add(listener: Listener): void {
    this.listeners.add(listener);
    if (this.pulse !== undefined) return;
    this.parts.gateway.audience.closed = (row, keyName) => this.hear(row, keyName);
    this.pulse = setInterval(() => this.beat(), this.parts.pulseMs ?? PULSE_MS);
    this.pulse.unref();
  }

  private remove(listener: Listener): void {
    this.listeners.delete(listener);
    if (this.listeners.size > 0) return;
    this.parts.gateway.audience.closed = undefined;
    clearInterval(this.pulse);
    clearTimeout(this.teller);
    this.pulse = this.teller = undefined;
    this.waiting.length = 0;
  }

  private hear(row: GenerationRow, keyName: string | undefined): void {
    if (this.waiting.length >= MOST_TOLD) {
      for (const listener of this.listeners) listener.missed++;
      return;
    }
    this.waiting.push([row, keyName]);
    this.teller ??= setTimeout(() => {
      this.teller = undefined;
      const events = this.waiting.splice(0).map(([one, name]) => eventOf("generation", listedGeneration(one, name)));
      if (events.length > 0) this.tell(Buffer.concat(events), events.length);
    }, TELL_MS);
  }

  private tell(event: Bytes, count: number): void {
    for (const listener of this.listeners) this.send(listener, event, count);
  }

  /** @param count of events that are missed if it is not sent; none for a pulse */
  private send(listener: Listener, event: Bytes, count: number): void {
    const { controller, missed } = listener;
    if ((controller.desiredSize ?? 0) <= 0) {
      listener.behindSince ??= performance.now();
      listener.missed += count;
      return;
    }
    listener.behindSince = undefined;
    if (missed > 0) {
      controller.enqueue(eventOf("lagged", { missed }));
      listener.missed = 0;
    }
    controller.enqueue(event);
  }

  private beat(): void {
    const event = this.pulseNow();
    const { stalledMs = STALLED_MS } = this.parts;
    for (const listener of [...this.listeners]) {
      const { behindSince } = listener;
      if (behindSince !== undefined && performance.now() - behindSince > stalledMs) this.dismiss(listener, "stalled");
      else this.send(listener, event, 0);
      const gone = () => this.dismiss(listener, "signed_out");
      // Where nobody can say whether it may, it may until somebody can.
      listener.stays().then(
        (stays) => (stays ? undefined : gone()),
        () => {},
      );
    }
  }

  private dismiss(listener: Listener, why: LiveEnd["why"]): void {
    if (!this.listeners.has(listener)) return;
    this.remove(listener);
    listener.controller.enqueue(eventOf("end", { why }));
    listener.controller.close();
    // What was to be told waits behind all that it does not take.
    if (why === "stalled") listener.line.cut();
    else listener.line.leave();
  }

  private pulseNow(): Bytes {
    const { gateway, worker, inFlight } = this.parts;
    return eventOf("pulse", {
      at: new Date().toISOString(),
      streams_open: gateway.metrics.streamsOpen,
      requests_in_flight: inFlight(),
      worker: worker ?? null,
    });
  }
}

function eventOf<Name extends keyof LiveEvents>(name: Name, data: LiveEvents[Name]): Bytes {
  return Buffer.from(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** What is changed by an action of the audit log, as its name begins. */
const LISTS: Readonly<Record<string, ChangedList>> = {
  key: "keys",
  team: "teams",
  budget: "budgets",
  credential: "credentials",
  routing_rule: "routing_rules",
  virtual_model: "virtual_models",
  generation: "corrections",
};

/** The lists that tell otherwise now that a table has changed. */
export function listsOf(table: string): readonly ChangedList[] {
  if (table === "directions") return ["routing_rules", "virtual_models"];
  return Object.values(LISTS).filter((list) => list === table);
}

/** The list that tells otherwise now; `undefined` for what no list tells. @param action as the audit log has it, `key.create` */
export function listOf(action: string): ChangedList | undefined {
  const subject = action.slice(0, action.indexOf("."));
  return Object.hasOwn(LISTS, subject) ? LISTS[subject] : undefined;
}
