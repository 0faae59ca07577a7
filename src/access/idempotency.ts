import { GatewayError } from "../core/error.ts";
import { after, type Soon } from "../core/soon.ts";
import type { IdempotencyStore, NameHolder } from "../store/idempotency.ts";
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
  readonly generationId: string;
  /** When it was over, on the gate's clock. */
  doneAt?: number;
}

/** Where names are written down for other processes, and for this one after a restart. */
export type NameShelf = Pick<IdempotencyStore, "claim" | "release">;

/**
 * Lets a request that has a name in once: nobody asks or pays twice for what a client sends twice, knowing or not. Answers are not
 * kept, so that whoever repeats a request is told which generation it was, and nothing else. What cost nothing may be asked again.
 */
export class IdempotencyKeys implements Gate {
  private readonly shelf: NameShelf | undefined;
  private readonly now: () => number;
  /** Of each key, its names, oldest first: no key sees another's. */
  private readonly named = new Map<string, Map<string, Named>>();
  private count = 0;

  /** @param now milliseconds on a clock that only ever goes on */
  constructor(shelf?: NameShelf, now: () => number = () => performance.now()) {
    this.shelf = shelf;
    this.now = now;
  }

  /** How many names are remembered. */
  get size(): number {
    return this.count;
  }

  /** @throws GatewayError `idempotency_in_flight`, `idempotency_repeated`, `idempotency_mismatch`, `invalid_request` */
  enter({ key, id, idempotencyKey: name, digest, atMs }: Demand): Soon<Seat | undefined> {
    if (name === undefined || name === "") return undefined;
    if (name.length > LONGEST) throw tooLong();
    const known = this.named.get(key.id)?.get(name);
    const asked = digest();
    if (known !== undefined) {
      if (!this.isPast(known)) throw again(asked, { ...known, isDone: known.doneAt !== undefined });
      this.forget(key.id, name);
    }
    if (this.count >= CAP) this.makeRoom();
    const entry: Named = { digest: asked, generationId: id };
    this.remember(key.id, name, entry);
    const seat = this.seatOf(key.id, name, entry);
    const claimed = this.claimed({ keyId: key.id, name, digest: asked, generationId: id, atMs });
    return after(claimed, (holder) => {
      if (holder === undefined) return seat;
      this.forget(key.id, name);
      throw again(asked, holder);
    });
  }

  private seatOf(keyId: string, name: string, entry: Named): Seat {
    const end = (hasCost: boolean) => {
      if (entry.doneAt !== undefined || this.named.get(keyId)?.get(name) !== entry) return;
      if (hasCost) {
        entry.doneAt = this.now();
        return;
      }
      this.forget(keyId, name);
      this.attempted(() => this.shelf?.release(keyId, name, entry.generationId));
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

  /** Who has the name elsewhere. Where nobody can say just now, what this process knows must do. */
  private claimed(request: Parameters<NameShelf["claim"]>[0]): Soon<NameHolder | undefined> {
    return this.attempted(() => this.shelf?.claim(request));
  }

  private attempted<T>(act: () => Soon<T> | undefined): Soon<T | undefined> {
    try {
      const soon = act();
      return soon instanceof Promise ? soon.catch(() => undefined) : soon;
    } catch {
      return undefined;
    }
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

function again(asked: string, { digest, generationId, isDone }: NameHolder): GatewayError {
  if (digest !== asked)
    return new GatewayError("idempotency_mismatch", `Another request was sent with this ${HEADER}: ${generationId}.`);
  if (!isDone)
    return new GatewayError(
      "idempotency_in_flight",
      `The request of this ${HEADER} is being answered: ${generationId}.`,
      { retryAfterMs: 1000 },
    );
  return new GatewayError(
    "idempotency_repeated",
    `The request of this ${HEADER} was answered: ${generationId}. Answers are not kept; ask for it under another one to have it answered anew.`,
  );
}

function tooLong(): GatewayError {
  return new GatewayError("invalid_request", `The ${HEADER} header must have at most ${LONGEST} characters.`, {
    param: HEADER,
  });
}
