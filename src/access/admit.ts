import { GatewayError } from "../core/error.ts";
import type { WireName } from "../core/event.ts";
import { after, type Soon } from "../core/soon.ts";
import type { Usage } from "../core/usage.ts";
import type { Charge } from "../store/accounts.ts";
import type { Account } from "./account.ts";
import type { Key } from "./keys.ts";

/** What a request wants of those who let it in. */
export interface Demand {
  readonly key: Key;
  /** Of the generation that it will be. */
  readonly id: string;
  /** What the client calls it, to have it served once however often it is sent. */
  readonly idempotencyKey: string | undefined;
  /** What tells it from one that asks for something else. Not cheap: asked where it matters. */
  digest(): string;
  /** What the client speaks, and is told of limits in. */
  readonly wire: WireName;
  /** The end user that it is for. */
  readonly user: string | undefined;
  readonly tags: readonly string[];
  /** Whose budget it asks to be charged to, beside. */
  readonly entity: string | undefined;
  readonly stream: boolean;
  /** About how many tokens it has. Not cheap: asked where it matters. */
  inputTokens(): number;
  /** The same for what must not be too little. */
  mostInput(): number;
  /** Most tokens that its answer may have, where the client said so; 0 where it has none. */
  readonly outputCap: number | undefined;
  /** Where nothing holds all of those who may be asked to a cap: the highest that the client says. */
  readonly outputTold?: number | undefined;
  /** How many answers it asks for: each of them as long as it likes. */
  readonly answers: number;
  /** The lowest cap that may be put on its answer; absent where none can be. */
  readonly leastCap: number | undefined;
  /** Nobody serves it but on accounts of the client's own. */
  readonly ownOnly: boolean;
  /**
   * The most that so many tokens and calls, as many as usual where nobody says, may cost, in nanodollars, wherever it is served; `undefined` where nobody knows.
   * Accounts of the client's own count where they are asked for.
   */
  mostOf(input: number, output: number, withByok: boolean, calls?: number): number | undefined;
  /** How many calls of tools of a provider's own it may be sent with: as many as usual, and no fewer than can be asked for. Absent for none. */
  readonly calls?: CallRange | undefined;
  /** Unix milliseconds. */
  readonly atMs: number;
  /** Calls when nobody waits for it any more. */
  onLeft(act: () => void): void;
}

export interface CallRange {
  readonly usual: number;
  readonly least: number;
}

/** What it was in the end. */
export interface Spent {
  /** Nanodollars that the operator pays. */
  readonly nanodollars: number;
  /** Nanodollars' worth on an account of the client's own. */
  readonly byok: number;
  /** In and out. */
  readonly tokens: number;
  /** What was used of what has no price, and on accounts of the client's own. */
  readonly unpriced?: Usage | undefined;
  readonly byokUnpriced?: Usage | undefined;
}

/** What one request holds while it is served: money that is reserved, its place among those of its minute. */
export interface Seat {
  /** Header fields of the reply about limits. */
  readonly fields: Readonly<Record<string, string>>;
  /** Output tokens that a plain request is sent with, where less is left than the default. */
  readonly outputCap?: number | undefined;
  /** Nobody may serve it whose price nobody knows. */
  readonly pricedOnly?: boolean;
  /** Output tokens up to which a stream has been granted; absent: as many as there are. */
  readonly granted?: number | undefined;
  /** Calls of tools of a provider's own that are paid for; absent: as many as there are. */
  readonly calls?: number | undefined;
  /** They are counted on accounts of the client's own as well. */
  readonly limitsOwn?: boolean;
  /** A stream says so many tokens by now, and has made so many calls. @returns the refusal where nobody grants it */
  extend(outputTokens: number, calls?: number): Soon<GatewayError | undefined>;
  /** What it cost in the end takes the place of what was reserved. @returns what goes into the accounts with the row */
  settle(spent: Spent): readonly Charge[];
  /** Nothing was spent. May be called after either. */
  release(): void;
}

/** What one account would be asked for. */
export interface ForeseenAccount {
  readonly account: Account;
  /** Nanodollars; `undefined` where nobody knows. */
  readonly wanted: number | undefined;
}

/** What would be taken of a limit. */
export interface ForeseenLimit {
  readonly counts: "requests" | "tokens" | "streams";
  /** Whose it is, in words. */
  readonly of: string;
  readonly limit: number;
  readonly per: "minute" | "moment";
  readonly remaining: number;
  readonly wanted: number;
}

/** What a gate would say of a request. */
export interface Foresight {
  readonly accounts?: readonly ForeseenAccount[];
  readonly limits?: readonly ForeseenLimit[];
  /** As of a {@link Seat}. */
  readonly outputCap?: number | undefined;
  readonly calls?: number | undefined;
  readonly limitsOwn?: boolean;
  readonly pricedOnly?: boolean;
  /** What it would be refused with. */
  readonly refusal?: GatewayError | undefined;
}

/** Who lets requests in: budgets, limits. */
export interface Gate {
  /** @returns what it holds for it, or nothing where it has no business with it @throws GatewayError the refusal */
  enter(demand: Demand): Soon<Seat | undefined>;
  /** What it would say of it, of which nothing is held. Absent where that depends on more than the request. */
  foresee?(demand: Demand): Soon<Foresight>;
  /** Header fields of the reply to a request of this key that it was never asked for. Absent where it tells nothing. */
  fieldsFor?(key: Key, wire: WireName, atMs: number): Soon<Seat["fields"]>;
}

/** Of a seat that tells nothing of limits. */
export const NO_FIELDS: Seat["fields"] = {};

/** Of whom nothing is counted. */
export const FREE: Seat = {
  fields: NO_FIELDS,
  extend: () => undefined,
  settle: () => [],
  release: () => {},
};

/** A seat behind all the gates, or none: whoever is refused at one keeps nothing of those before. @throws GatewayError */
export function admit(gates: readonly Gate[], demand: Demand): Soon<Seat> {
  return enter(gates, 0, [], demand);
}

function enter(gates: readonly Gate[], from: number, held: Seat[], demand: Demand): Soon<Seat> {
  const leave = (thrown: unknown): never => {
    for (const seat of held) seat.release();
    if (held.length === 0 || !(thrown instanceof GatewayError)) throw thrown;
    throw thrown.headed(Object.assign({}, ...held.map(({ fields }) => fields)));
  };
  for (let at = from; at < gates.length; at++) {
    let seat: Soon<Seat | undefined>;
    try {
      seat = gates[at]!.enter(demand);
    } catch (thrown) {
      return leave(thrown);
    }
    if (seat instanceof Promise) {
      return seat.then((given) => enter(gates, at + 1, given === undefined ? held : [...held, given], demand), leave);
    }
    if (seat !== undefined) held.push(seat);
  }
  return held.length === 0 ? FREE : held.length === 1 ? held[0]! : new Together(held);
}

/** Several as one. */
class Together implements Seat {
  readonly fields: Seat["fields"];
  readonly pricedOnly: boolean;
  readonly limitsOwn: boolean;
  readonly outputCap: number | undefined;
  private readonly seats: readonly Seat[];

  constructor(seats: readonly Seat[]) {
    this.seats = seats;
    this.fields = fieldsOf(seats);
    this.pricedOnly = seats.some(({ pricedOnly }) => pricedOnly === true);
    this.limitsOwn = seats.some(({ limitsOwn }) => limitsOwn === true);
    this.outputCap = this.least("outputCap");
  }

  get granted(): number | undefined {
    return this.least("granted");
  }

  get calls(): number | undefined {
    return this.least("calls");
  }

  extend(tokens: number, calls = 0): Soon<GatewayError | undefined> {
    return this.extendFrom(0, tokens, calls);
  }

  settle(spent: Spent): readonly Charge[] {
    let charges: readonly Charge[] = [];
    for (const seat of this.seats) {
      const told = seat.settle(spent);
      if (told.length > 0) charges = charges.length === 0 ? told : [...charges, ...told];
    }
    return charges;
  }

  release(): void {
    for (const seat of this.seats) seat.release();
  }

  private extendFrom(at: number, tokens: number, calls: number): Soon<GatewayError | undefined> {
    if (at === this.seats.length) return undefined;
    return after(this.seats[at]!.extend(tokens, calls), (refusal) => refusal ?? this.extendFrom(at + 1, tokens, calls));
  }

  private least(member: "outputCap" | "granted" | "calls"): number | undefined {
    let least: number | undefined;
    for (const seat of this.seats) {
      const told = seat[member];
      if (told !== undefined && (least === undefined || told < least)) least = told;
    }
    return least;
  }
}

function fieldsOf(seats: readonly Seat[]): Seat["fields"] {
  const told = seats.map(({ fields }) => fields).filter((fields) => fields !== NO_FIELDS);
  return told.length === 1 ? told[0]! : Object.assign({}, ...told);
}
