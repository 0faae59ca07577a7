import { createHmac } from "node:crypto";
import { Deadline } from "../clock/deadline.ts";
import type { JsonObject } from "../core/json.ts";

export interface WebhookParts {
  /** Of the operator's choosing: it may be an address of its own network. */
  readonly url: string;
  /** Under which what is told is signed; absent: it is not. */
  readonly secret?: string | undefined;
  /** Hears of what could not be told after all attempts. */
  complain(cause: unknown): void;
  /** Milliseconds between one attempt and the next. */
  readonly waits?: readonly number[];
}

const WAITS = [1000, 5000, 30_000, 120_000, 600_000];
const PATIENCE_MS = 10_000;
/** More than this is not kept for an address that does not answer. */
const MOST = 1000;

/** Tells somebody's address of events, in their order, each until it is taken. */
export class Webhook {
  private readonly parts: WebhookParts;
  private readonly waiting: JsonObject[] = [];
  private busy = false;
  private closed = false;
  private patience: Deadline | undefined;
  private wake: (() => void) | undefined;

  constructor(parts: WebhookParts) {
    this.parts = parts;
  }

  /** Returns at once. */
  send(event: JsonObject): void {
    if (this.closed) return;
    if (this.waiting.length >= MOST) {
      this.parts.complain(new Error("too many alerts wait for an address that does not take them: one was left out"));
      return;
    }
    this.waiting.push(event);
    if (!this.busy) void this.work();
  }

  /** What has not been taken is given up. */
  close(): void {
    this.closed = true;
    this.patience?.clear();
    this.wake?.();
  }

  private async work(): Promise<void> {
    this.busy = true;
    for (let event = this.waiting.shift(); event !== undefined; event = this.waiting.shift()) await this.deliver(event);
    this.busy = false;
  }

  private async deliver(event: JsonObject): Promise<void> {
    const body = JSON.stringify(event);
    const waits = this.parts.waits ?? WAITS;
    let cause: unknown;
    for (let nth = 0; nth <= waits.length && !this.closed; nth++) {
      if (nth > 0) await this.pause(waits[nth - 1]!);
      if (this.closed) return;
      try {
        const status = await this.post(body);
        if (status >= 200 && status < 300) return;
        cause = new Error(`an alert was answered with status ${status}`);
        // It is understood and not wanted: the same again is neither.
        if (status >= 400 && status < 500 && status !== 408 && status !== 429) break;
      } catch (thrown) {
        cause = thrown;
      }
    }
    if (!this.closed) this.parts.complain(cause);
  }

  private async post(body: string): Promise<number> {
    const { url, secret } = this.parts;
    const at = Math.floor(Date.now() / 1000);
    const signed = (key: string) => createHmac("sha256", key).update(`${at}.${body}`).digest("hex");
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(secret === undefined ? {} : { "x-headgate-signature": `t=${at},v1=${signed(secret)}` }),
      },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.body?.cancel();
    return answer.status;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      this.patience = new Deadline(performance.now() + ms, resolve);
    });
  }
}
