import { GatewayError } from "../core/error.ts";
import type { Demand, Gate, Seat, Spent } from "./admit.ts";

/** A day, as elsewhere: https://docs.stripe.com/api/idempotent_requests */
const WINDOW_MS = 24 * 60 * 60 * 1000;
/** As many names are remembered at the most. Beyond, whoever has most of them is the first to have some forgotten. */
const CAP = 100_000;
const LONGEST = 255;
const HEADER = "idempotency-key";

/** A request that has a name. */
interface Named {
  readonly digest: string;
  /** Its generation. */
  readonly id: string;
  /** When it was over, on the gate's clock. */
  doneAt?: number;
}

/**
 * Lets a request that has a name in once: nobody asks or pays twice for what a client sends twice, knowing or not. Answers are not
 * kept, so that whoever repeats a request is told which generation it was, and nothing else. What cost nothing may be asked again.
 */
export class IdempotencyKeys implements Gate {
  private readonly now: () => number;
  /** Of each key, its names, oldest first: no key sees another's. */
  private readonly named = new Map<string, Map<string, Named>>();
  private count = 0;

  /** @param now milliseconds on a clock that only ever goes on */
  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** How many names are remembered. */
  get size(): number {
    return this.count;
  }

  /** @throws GatewayError `idempotency_in_flight`, `idempotency_repeated`, `idempotency_mismatch`, `invalid_request` */
  enter({ key, id, idempotencyKey: name, digest }: Demand): Seat | undefined {
    if (name === undefined || name === "") return undefined;
    if (name.length > LONGEST) throw tooLong();
    const known = this.named.get(key.id)?.get(name);
    const asked = digest();
    if (known !== undefined) {
      if (!this.isPast(known)) throw again(known, asked);
      this.forget(key.id, name);
    }
    if (this.count >= CAP) this.makeRoom();
    const entry: Named = { digest: asked, id };
    this.remember(key.id, name, entry);
    const end = (hasCost: boolean) => {
      if (entry.doneAt !== undefined || this.named.get(key.id)?.get(name) !== entry) return;
      if (hasCost) entry.doneAt = this.now();
      else this.forget(key.id, name);
    };
    return {
      fields: {},
      extend: () => undefined,
      settle(spent) {
        end(hasSpent(spent));
        return [];
      },
      release: () => end(false),
    };
  }

  private remember(key: string, name: string, entry: Named): void {
    const names = this.named.get(key) ?? new Map<string, Named>();
    this.named.set(key, names.set(name, entry));
    this.count++;
  }

  private isPast({ doneAt }: Named): boolean {
    return doneAt !== undefined && this.now() - doneAt >= WINDOW_MS;
  }

  private forget(key: string, name: string): void {
    const names = this.named.get(key);
    if (names?.delete(name)) this.count--;
    if (names?.size === 0) this.named.delete(key);
  }

  /** Forgets what is past; where that is not enough, half of what whoever has most has done. */
  private makeRoom(): void {
    for (const [key, names] of this.named) {
      for (const [name, entry] of names) if (this.isPast(entry)) this.forget(key, name);
    }
    if (this.count < CAP) return;
    let most: [string, Map<string, Named>] | undefined;
    for (const [key, names] of this.named) if (names.size > (most?.[1].size ?? 0)) most = [key, names];
    if (most === undefined) return;
    const [key, names] = most;
    let spare = Math.ceil(names.size / 2);
    for (const [name, { doneAt }] of names) {
      if (doneAt === undefined) continue;
      if (spare-- === 0) return;
      this.forget(key, name);
    }
  }
}

function hasSpent({ nanodollars, byok, tokens }: Spent): boolean {
  return nanodollars + byok + tokens > 0;
}

function again({ digest, id, doneAt }: Named, asked: string): GatewayError {
  if (digest !== asked)
    return new GatewayError("idempotency_mismatch", `Another request was sent with this ${HEADER}: ${id}.`);
  if (doneAt === undefined)
    return new GatewayError("idempotency_in_flight", `The request of this ${HEADER} is being answered: ${id}.`, {
      retryAfterMs: 1000,
    });
  return new GatewayError(
    "idempotency_repeated",
    `The request of this ${HEADER} was answered: ${id}. Answers are not kept; ask for it under another one to have it answered anew.`,
  );
}

function tooLong(): GatewayError {
  return new GatewayError("invalid_request", `The ${HEADER} header must have at most ${LONGEST} characters.`, {
    param: HEADER,
  });
}
