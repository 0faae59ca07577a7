import type { Charge } from "./accounts.ts";
import type { Database } from "./database.ts";
import {
  BEAT,
  BEAT_AGAIN,
  BURY,
  CLEAR,
  HOLD,
  LEASES,
  LEND,
  NEVER,
  OPEN,
  OTHERS,
  returned,
  valuesOf,
} from "./loans-sql.ts";
import { unavailable } from "./outage.ts";
import { BEAT_MS, type Heard, Pulse, type PulseParts } from "./pulse.ts";

/** The name of an account; and who borrows of it, where that is no more who this replica is. */
export type AccountKey = Pick<Charge, "scope" | "scopeId" | "period" | "startedAt" | "lender">;

/** What was lent, nanodollars, and what is spent by all by now. */
export interface Lent {
  readonly granted: number;
  readonly spent?: number;
  readonly byokSpent?: number;
}

/** Nanodollars: what is lacking; less than `least` is of no use. */
export interface Asked {
  readonly want: number;
  readonly least: number;
}

export interface LoansParts extends PulseParts {
  database: Database;
  /** By which this process is known to the others, until it was taken for dead. No other ever has it. */
  replica: string;
  /** So long after its last word a replica is taken for dead: longer than it would go on without the database. */
  deadAfterMs: number;
  /** Hears that this replica was taken for dead: what it was lent is lent no more. */
  lost(): void;
  complain(cause: Error): void;
}

/** Those who asked for money of one account in the meantime, to be answered together. */
interface Round extends AccountKey {
  want: number;
  /** Less than this is of use to nobody. */
  least: number;
  limit: number;
  includesByok: boolean;
  readonly answer: Promise<Lent>;
  readonly resolve: (lent: Lent) => void;
  readonly reject: (cause: unknown) => void;
}

/** So long nobody waits for money. */
const ANSWER_MS = 2000;
/**
 * What several replicas spend of the same limits. Each spends only what it was lent: what is spent and what is lent are never more
 * than the limit together. What a replica that is dead was lent comes back.
 */
export class PostgresLoans {
  private readonly parts: LoansParts;
  private readonly pulse: Pulse;
  private replica: string;
  private readonly rounds = new Map<string, Round | undefined>();
  /** Accounts of which it is not known what is lent here: an answer was lost. It is not spent, whatever it is. */
  private readonly unsure = new Map<string, AccountKey>();
  private readonly returning = new Set<Promise<void>>();
  private timer: Timer | undefined;
  private inTouch = true;
  private beating: Promise<void> | undefined;
  constructor(parts: LoansParts) {
    this.parts = parts;
    this.replica = parts.replica;
    this.pulse = new Pulse(parts);
  }

  /** By which name it borrows by now: who was taken for dead begins anew, and what it spent before comes out of what was lent before. */
  get lender(): string {
    return this.replica;
  }

  /** Whether what was lent here is lent still: nobody can have taken this replica for dead by now. */
  get isHeld(): boolean {
    return this.pulse.isHeld;
  }

  /** Finds out whether what was lent here is lent still. @throws GatewayError `database_unavailable` where it is not, or nobody says */
  async regain(): Promise<void> {
    const { replica } = this;
    await this.beat();
    // One that was on its way for long says little of now.
    if (!this.isHeld && this.replica === replica) await this.beat();
    if (!this.isHeld || this.replica !== replica) throw unavailable(new Error("it has not been heard of for too long"));
  }

  /** From here on others know that it is there. @throws what the engine says */
  async begin(): Promise<void> {
    await this.say(BEAT);
    this.pulse.touch();
    this.timer = setInterval(() => void this.beat(), BEAT_MS);
    this.timer.unref();
  }

  /** @returns what was lent; 0 where less is left than anybody who asks could use @throws GatewayError `database_unavailable` */
  lend(account: AccountKey, { want, least }: Asked, limits: Pick<Round, "limit" | "includesByok">): Promise<Lent> {
    const { scope, scopeId, period, startedAt, lender = this.replica } = account;
    // By the same name as it is cleared up by, whether or not it says who borrows.
    const key = keyOf({ scope, scopeId, period, startedAt, lender });
    const { limit, includesByok } = limits;
    const waiting = this.rounds.get(key);
    if (waiting !== undefined) {
      waiting.want = Math.min(waiting.want + want, Number.MAX_SAFE_INTEGER);
      waiting.least = Math.min(waiting.least, least);
      waiting.limit = limit;
      // All of it is told to the first, before the others: they look what is there then.
      return waiting.answer.then((lent) => ({ ...lent, granted: 0 }));
    }
    const { promise: answer, resolve, reject } = Promise.withResolvers<Lent>();
    const isFirst = !this.rounds.has(key);
    this.rounds.set(key, {
      scope,
      scopeId,
      period,
      startedAt,
      lender,
      want,
      least,
      limit,
      includesByok,
      answer,
      resolve,
      reject,
    });
    if (isFirst) void this.answerAll(key);
    return answer;
  }

  /** Whether the database has answered when it was last asked. */
  get isInTouch(): boolean {
    return this.inTouch;
  }

  /** Never throws. Where it is not known whether it was done, it is not done again: that might take what is in use. */
  giveBack(account: AccountKey, nanodollars: number): void {
    const done = this.giveBackNow(account, nanodollars).catch(() => this.lose(account));
    this.returning.add(done);
    void done.finally(() => this.returning.delete(done));
  }

  /**
   * Gives back whatever was lent of those accounts of which it is not known. Never throws.
   * @param isIdle whether nothing of one is in use here, and all that was spent of it is written
   */
  async clearUp(isIdle: (account: AccountKey) => boolean): Promise<void> {
    for (const [key, account] of this.unsure) {
      if (this.rounds.has(key) || this.returning.size > 0 || !isIdle(account)) continue;
      // Whoever wants some of it meanwhile waits for this.
      this.rounds.set(key, undefined);
      try {
        await this.giveBackNow(account, Number.MAX_SAFE_INTEGER);
        this.unsure.delete(key);
      } catch {
        this.inTouch = false;
      }
      await this.answerAll(key);
    }
  }

  /** Says that this replica is there, and takes back what the dead have not given back. Never throws. */
  beat(): Promise<void> {
    this.beating ??= this.beatOnce()
      .catch(() => {
        // That is told where it matters.
        this.inTouch = false;
      })
      .finally(() => {
        this.beating = undefined;
      });
    return this.beating;
  }

  /**
   * Takes back what a replica was lent that is dead.
   * @param seenAt when it was last heard of, where that is all that speaks for it @throws what the engine says
   */
  async takeBack(replica: string, seenAt?: number): Promise<boolean> {
    const { database } = this.parts;
    // First it is lent nothing any more: it may yet come back, and must see that.
    const values = [replica, seenAt ?? NEVER, Number(seenAt === undefined)];
    const [buried] = await database.batch([{ sql: BURY, values }], ANSWER_MS);
    if (buried === 0 && seenAt !== undefined && seenAt !== NEVER) return false;
    for (const account of await database.all<AccountKey>(LEASES, [replica], ANSWER_MS)) {
      await this.giveBackNow(account, Number.MAX_SAFE_INTEGER, replica);
    }
    return true;
  }

  /** Gives back everything. What has begun must have been settled and written. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
    await Promise.all(this.returning);
    try {
      await this.takeBack(this.replica);
    } catch {
      // Others take it back when it has been dead for long enough.
    }
  }

  private lose({ scope, scopeId, period, startedAt, lender = this.replica }: AccountKey): void {
    this.inTouch = false;
    const account = { scope, scopeId, period, startedAt, lender };
    this.unsure.set(keyOf(account), account);
  }

  private async answerAll(key: string): Promise<void> {
    // Those who ask in the same turn ask together.
    await Promise.resolve();
    for (let round = this.rounds.get(key); round !== undefined; round = this.rounds.get(key)) {
      this.rounds.set(key, undefined);
      try {
        round.resolve(await this.ask(round));
      } catch (cause) {
        this.lose(round);
        round.reject(cause);
      }
    }
    this.rounds.delete(key);
  }

  private async ask(round: Round): Promise<Lent> {
    const { database } = this.parts;
    const { want, least, limit, includesByok, lender = this.replica } = round;
    const account = valuesOf(round);
    const values = [lender, limit, Number(includesByok), ...account, want, least, ...account, lender, ...account];
    const lend = () => database.all<Lent>(LEND, values, ANSWER_MS);
    let [lent] = await lend();
    if (lent === undefined) {
      await database.batch([{ sql: OPEN, values: account }], ANSWER_MS);
      [lent] = await lend();
    }
    const { granted = 0, spent = 0, byokSpent = 0 } = lent ?? {};
    return { granted: Number(granted), spent: Number(spent), byokSpent: Number(byokSpent) };
  }

  private async giveBackNow(account: AccountKey, nanodollars: number, of?: string): Promise<void> {
    const { lender = this.replica } = account;
    const replica = of ?? lender;
    const key = valuesOf(account);
    const statements = [
      { sql: HOLD, values: key },
      ...returned(replica, account, nanodollars),
      { sql: CLEAR, values: [replica, ...key] },
    ];
    await this.parts.database.batch(statements, ANSWER_MS);
  }

  /** Says that this replica is there. @returns false where nobody knows it by its name any more */
  private async say(sql: typeof BEAT | typeof BEAT_AGAIN): Promise<boolean> {
    const { database, complain } = this.parts;
    const at = this.pulse.moment();
    let seenAt: number | undefined;
    const heard = ([row]: readonly object[]) => {
      seenAt = (row as { seenAt: number } | undefined)?.seenAt;
    };
    await database.batch([{ sql, values: [this.replica], heard }], ANSWER_MS);
    if (seenAt === undefined) return false;
    const wrong = this.pulse.said(at, seenAt);
    if (wrong !== undefined) complain(wrong);
    return true;
  }

  private async beatOnce(): Promise<void> {
    const { database, deadAfterMs, lost, complain } = this.parts;
    const isKnown = await this.say(BEAT_AGAIN);
    this.inTouch = true;
    this.pulse.touch();
    if (!isKnown) {
      this.unsure.clear();
      this.replica = crypto.randomUUID();
      lost();
      complain(new Error("this replica was taken for dead: what it had been lent of budgets is lent no more"));
      await this.say(BEAT);
    }
    const others = await database.all<Heard>(OTHERS, [deadAfterMs, this.replica], ANSWER_MS);
    for (const { id, seenAt } of this.pulse.deadOf(others))
      if (await this.takeBack(id, seenAt))
        complain(new Error(`replica ${id} has not been heard of for too long: what it was lent of budgets is back`));
  }
}

function keyOf({ scope, scopeId, period, startedAt, lender = "" }: AccountKey): string {
  return `${scope}\n${scopeId}\n${period}\n${startedAt}\n${lender}`;
}
