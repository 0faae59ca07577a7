import { GatewayError } from "../core/error.ts";
import type { JsonValue } from "../core/json.ts";
import type { Soon } from "../core/soon.ts";
import type { IdToken } from "./id-token.ts";
import { keySetOf, keysFor, type PublicKey, readKeySet } from "./key-set.ts";

export interface IssuerKeysParts {
  /** The key set as it stands now. @throws (rejects with) Error that says to the operator why it cannot be had */
  readonly fetch: () => Promise<JsonValue | undefined>;
  /** Milliseconds of a clock that nobody sets. @default performance.now */
  readonly now?: () => number;
  readonly complain: (cause: Error) => void;
}

/** What is kept of an issuer's keys for a start at which it cannot be reached. */
export interface IssuerMemory {
  /** The set that was kept last, and how many milliseconds ago it was fetched. */
  recall(): Soon<{ document: JsonValue; ageMs: number } | undefined>;
  keep(document: JsonValue): Soon<void>;
}

/** Keys of this age are fetched anew, while they still serve. */
const FRESH_MS = 10 * 60_000;
/** For so long do they serve where the issuer cannot be reached. */
const STALE_MS = 24 * 3_600_000;
/** Nobody's tokens make us ask more often, whatever keys they name. */
const AGAIN_MS = 10_000;

/** The keys of one issuer: fetched when first needed, kept, fetched anew when they are old or a token names one that is not among them. */
export class IssuerKeys {
  /** Another one whenever a key is gone that was there: what was signed with it is no longer believed. */
  epoch = 0;
  private readonly parts: IssuerKeysParts;
  private readonly now: () => number;
  private keys: readonly PublicKey[] = [];
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private triedAt = Number.NEGATIVE_INFINITY;
  private failed = false;
  private asking: Promise<boolean> | undefined;
  private memory: IssuerMemory | undefined;

  constructor(parts: IssuerKeysParts) {
    this.parts = parts;
    this.now = parts.now ?? (() => performance.now());
  }

  /**
   * The keys that a token can have been signed with, at once where they are known.
   * @throws (or rejects with) GatewayError `issuer_unavailable` where that cannot be known now
   */
  find(token: IdToken): readonly PublicKey[] | Promise<readonly PublicKey[]> {
    if (this.isUsable()) {
      const found = keysFor(this.keys, token);
      if (found.length > 0) return found;
    }
    return this.findAnew(token);
  }

  /** Whether what is known may be relied on. Has it renewed when it is time, waiting for nothing. */
  isUsable(): boolean {
    const age = this.now() - this.fetchedAt;
    if (age >= FRESH_MS && this.mayAsk()) this.ask();
    return age < STALE_MS;
  }

  /** Has the keys fetched before somebody needs them. @param memory has those from before this process began. Never rejects. */
  async warm(memory?: IssuerMemory): Promise<void> {
    this.memory = memory;
    await (this.asking ?? (this.mayAsk() ? this.ask() : undefined));
  }

  /** How many there are, how many seconds ago they were fetched, and whether they could be had when that was last tried. */
  told(): { keys: number; fetched_seconds_ago: number | null; failing: boolean } {
    const age = this.now() - this.fetchedAt;
    const fetched_seconds_ago = Number.isFinite(age) ? Math.floor(age / 1000) : null;
    return { keys: this.keys.length, fetched_seconds_ago, failing: this.failed };
  }

  private async findAnew(token: IdToken): Promise<readonly PublicKey[]> {
    const asked = this.asking ?? (this.mayAsk() ? this.ask() : undefined);
    const has = asked === undefined ? !this.failed && this.isUsable() : await asked;
    const found = this.isUsable() ? keysFor(this.keys, token) : [];
    if (!has && found.length === 0) {
      const retryAfterMs = Math.max(1000, this.triedAt + AGAIN_MS - this.now());
      const message = "The keys of the OIDC token's issuer cannot be had just now, so it cannot be checked.";
      throw new GatewayError("issuer_unavailable", message, { retryAfterMs });
    }
    return found;
  }

  private mayAsk(): boolean {
    return this.asking === undefined && this.now() - this.triedAt >= AGAIN_MS;
  }

  /** However many wait, one asks. @returns whether there was an answer; never rejects */
  private ask(): Promise<boolean> {
    this.triedAt = this.now();
    const asked = this.renew().finally(() => {
      this.asking = undefined;
    });
    this.asking = asked;
    return asked;
  }

  private async renew(): Promise<boolean> {
    try {
      const keys = readKeySet(await this.parts.fetch());
      const now = new Set(keys.map(({ text }) => text));
      if (this.keys.some(({ text }) => !now.has(text))) this.epoch++;
      this.keys = keys;
      this.fetchedAt = this.now();
      this.failed = false;
      void this.keep();
      return true;
    } catch (thrown) {
      // Once, until it goes well again.
      if (!this.failed) this.parts.complain(thrown instanceof Error ? thrown : new Error(String(thrown)));
      this.failed = true;
      if (this.keys.length === 0) await this.recall();
      return false;
    }
  }

  /** The next time is soon: what cannot be written now is no reason to complain. */
  private async keep(): Promise<void> {
    try {
      await this.memory?.keep(keySetOf(this.keys));
    } catch {}
  }

  /** Takes what is kept, as old as it is. */
  private async recall(): Promise<void> {
    try {
      const kept = await this.memory?.recall();
      if (kept === undefined || kept.ageMs >= STALE_MS) return;
      this.keys = readKeySet(kept.document);
      this.fetchedAt = this.now() - kept.ageMs;
    } catch {
      // What cannot be read is as good as not kept.
    }
  }
}
