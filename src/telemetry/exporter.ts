import { Deadline } from "../clock/deadline.ts";
import { isObject, objectAt, parseJson } from "../core/json.ts";
import { type Span, tracesBody } from "./span.ts";

/** Spans that may wait: what comes when so many do is lost, and counted. */
const QUEUE_CAP = 2048;
const BATCH = 512;
/** How long the first of a batch waits for others. */
const DELAY_MS = 5000;
/** A batch is tried so often, twice as long after each. */
const TRIES = 5;
const BACKOFF_MS = 1000;
/** Statuses after which the same may be sent again. https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const PASSING = new Set([429, 502, 503, 504]);
/** Between two complaints. */
const QUIET_MS = 60_000;

export interface ExporterParts {
  /** With the path. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Whose spans they are. */
  readonly resource: Readonly<Record<string, string>>;
  readonly version: string;
  /** Hears, once a minute at the most, that the collector does not take them. */
  complain(cause: Error): void;
}

/** Sends spans to a collector, in batches, one at a time. Nobody waits for it, and it never holds more than it may. */
export class Exporter {
  sent = 0;
  dropped = 0;
  private readonly parts: ExporterParts;
  private queue: Span[] = [];
  /** What is being sent, or will be again. */
  private batch: Span[] = [];
  private tries = 0;
  private sending: Promise<boolean> | undefined;
  private due: Deadline | undefined;
  private closed = false;
  private complainedAt = Number.NEGATIVE_INFINITY;

  /** Its address as it may be told: what stands before an `@` is a secret, and so may be what stands behind a `?`. */
  private readonly place: string;

  constructor(parts: ExporterParts) {
    this.parts = parts;
    const { origin, pathname } = new URL(parts.url);
    this.place = origin + pathname;
  }

  /** Spans that are not sent yet. */
  get waiting(): number {
    return this.queue.length + this.batch.length;
  }

  /** Takes up spans, as far as there is room. */
  offer(spans: readonly Span[]): void {
    const room = this.closed ? 0 : QUEUE_CAP - this.waiting;
    this.queue.push(...(spans.length <= room ? spans : spans.slice(0, room)));
    this.dropped += Math.max(0, spans.length - room);
    if (this.queue.length >= BATCH) this.wakeIn(0);
    else if (this.waiting > 0) this.wakeIn(DELAY_MS);
  }

  /** Sends what waits, each batch once. What is not taken is lost. */
  async flush(): Promise<void> {
    await this.sending;
    while (this.waiting > 0 && (await this.send())) {}
    this.giveUp();
  }

  /** Nothing is sent any more. */
  close(): void {
    this.closed = true;
    this.giveUp();
  }

  private giveUp(): void {
    this.due?.clear();
    this.dropped += this.waiting;
    this.queue = [];
    this.batch = [];
    this.tries = 0;
  }

  private wakeIn(ms: number): void {
    if (this.sending !== undefined || this.tries > 0) return;
    this.wakeAt(performance.now() + ms);
  }

  private wakeAt(at: number): void {
    if (this.due === undefined) this.due = new Deadline(at, () => void this.send());
    else if (!this.due.isSet) this.due.rearm(at);
    else this.due.move(at);
  }

  /** Sends one batch. @returns whether it is done with */
  private send(): Promise<boolean> {
    this.due?.clear();
    this.sending ??= this.sendOne().finally(() => {
      this.sending = undefined;
      if (this.tries > 0) this.wakeAt(performance.now() + BACKOFF_MS * 2 ** (this.tries - 1));
      else if (this.queue.length > 0) this.wakeIn(this.queue.length >= BATCH ? 0 : DELAY_MS);
    });
    return this.sending;
  }

  private async sendOne(): Promise<boolean> {
    if (this.batch.length === 0) this.batch = this.queue.splice(0, BATCH);
    const { length } = this.batch;
    const refused = await this.post(this.batch);
    // Given up meanwhile, and counted.
    if (this.batch.length === 0) return true;
    if (refused === undefined && ++this.tries < TRIES) return false;
    const lost = refused ?? length;
    this.sent += length - lost;
    this.dropped += lost;
    this.batch = [];
    this.tries = 0;
    return true;
  }

  /** @returns how many the collector will never take; `undefined` where it may take them later */
  private async post(spans: readonly Span[]): Promise<number | undefined> {
    const { url, headers, timeoutMs, resource, version } = this.parts;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(tracesBody(spans, resource, { name: "headgate", version })),
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      if (response.ok) return rejectedIn(text);
      this.complain(new Error(`the collector at ${this.place} answered with status ${response.status}`));
      return PASSING.has(response.status) ? undefined : spans.length;
    } catch (cause) {
      this.complain(new Error(`the collector at ${this.place} cannot be reached`, { cause }));
      return undefined;
    }
  }

  private complain(cause: Error): void {
    const now = performance.now();
    if (now - this.complainedAt < QUIET_MS) return;
    this.complainedAt = now;
    this.parts.complain(cause);
  }
}

/** How many of a batch that was taken were not. */
function rejectedIn(text: string): number {
  const body = parseJson(text);
  const told = isObject(body) ? Number(objectAt(body.partialSuccess)?.rejectedSpans ?? 0) : 0;
  return Number.isSafeInteger(told) && told > 0 ? told : 0;
}
