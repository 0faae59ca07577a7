import type { Endpoint } from "../catalog/endpoint.ts";
import { type ErrorCode, GatewayError } from "../core/error.ts";
import { ERRORS } from "../core/errors.ts";
import type { WireName } from "../core/event.ts";
import { redact } from "../core/redact.ts";
import type { Usage } from "../core/usage.ts";

/** Which way it went. */
export interface AttemptLeg {
  readonly endpoint: Endpoint;
  readonly provider: string;
  readonly wire: WireName;
  readonly relay: boolean;
  readonly credential: "system" | "byok";
  /** Which of the provider's credentials it was, where there are several. */
  readonly account?: string | undefined;
  readonly simulated: boolean;
  /** Where it is processed, as the kept attempt has it. */
  readonly place?: string | undefined;
  /** It is served where it stays in a part of the world. */
  readonly regional?: boolean | undefined;
  /** How long the client would have waited for the first content here, in milliseconds, where it said so. */
  readonly firstContentMs?: number | undefined;
}

const MESSAGE_KEPT = 300;

/**
 * An attempt as the ledger keeps it, short, since the length of a row is most of what it costs: what goes without saying is not
 * there. What it used and cost stands in the row of its generation.
 */
export interface KeptAttempt {
  /** `provider:upstream` */
  readonly endpoint: string;
  /** Absent for the one that the client asked for. */
  readonly model?: string;
  /** Absent for a relay, which keeps the client's own. */
  readonly wire?: WireName;
  readonly credential?: "byok";
  /** By name; absent where the provider has one credential. */
  readonly account?: string;
  /** Where it is processed, where that is known: `eu`, `global`, or a region after the part of the world in which it lies, `eu/europe-west4`. */
  readonly place?: string;
  /** Milliseconds after its generation had begun; absent for none. */
  readonly at?: number;
  readonly ms: number;
  /** HTTP status of the provider's answer, `null` where there was none; absent for 200. */
  readonly status?: number | null;
  readonly upstreamId?: string;
  /** By which the provider's own people find it. */
  readonly requestId?: string;
  /** It was sent once more, as a kept connection broke behind it: the provider may have read it twice. */
  readonly askedTwice?: true;
  /** The client's own limit that ran out, in milliseconds. */
  readonly timeoutMs?: number;
  /** What it cost beside the answer, in nanodollars: estimated, of one whose end nobody waited for. */
  readonly cost?: number;
  /** What it used that is not counted in tokens. */
  readonly units?: Usage;
  readonly error?: ErrorCode;
  readonly message?: string;
}

/** Why the slower of two attempts was let go. */
export const OUTRUN = new GatewayError("outrun", "Another attempt spoke first.");

/** What most attempts are. */
const ORDINARY = { credential: "system", status: 200 } as const;

/** An attempt from a row, with everything said. @param wire the client's own, which a relay keeps */
export function toldAttempt(kept: KeptAttempt, wire: string) {
  const mode = kept.wire === undefined ? ("relay" as const) : ("transcode" as const);
  return { wire, mode, ...ORDINARY, ...kept, ...(isDoubtful(kept) ? { maybe_billed: true as const } : {}) };
}

/** Nobody can tell what the provider charges for it: it had been sent, and what came of it is not known. */
function isDoubtful({ error, askedTwice, cost }: KeptAttempt): boolean {
  return askedTwice === true || cost !== undefined || (error !== undefined && ERRORS[error].retry === "once");
}

/** One try at one endpoint. Times are on the clock of `performance.now()`. */
export class Attempt {
  readonly leg: AttemptLeg;
  readonly startedAt = performance.now();
  endedAt: number | undefined;
  firstContentAt: number | undefined;
  /** HTTP status of the provider's answer. */
  status: number | undefined;
  error: GatewayError | undefined;
  upstreamId: string | undefined;
  /** The provider's name for the request, beside that for the answer. */
  requestId: string | undefined;
  /** It was sent once more, as a kept connection broke behind it. */
  askedTwice = false;
  /** Of its span, where a provider was told it: 16 hexadecimal digits. */
  spanId: string | undefined;
  /** What it is estimated to cost, in nanodollars, where nobody waited for its end. */
  cost: number | undefined;
  /** What it used that is not counted in tokens. */
  units: Usage | undefined;
  /** How many calls of its own tools the provider was held to, by the gateway. */
  calls: number | undefined;

  constructor(leg: AttemptLeg) {
    this.leg = leg;
  }

  /** Content has begun: nobody else will be tried. */
  spoke(): void {
    this.firstContentAt ??= performance.now();
  }

  end(error?: GatewayError): void {
    this.endedAt ??= performance.now();
    this.error = error;
  }

  /** @param began of its generation, on the same clock; `asked` the model that the client named. Times are whole milliseconds */
  kept(began: number, asked: string): KeptAttempt {
    const { endpoint, wire, relay, credential, account, place } = this.leg;
    const at = Math.round(this.startedAt - began);
    const kept: { -readonly [Member in keyof KeptAttempt]: KeptAttempt[Member] } = { endpoint: endpoint.id, ms: 0 };
    if (endpoint.model !== asked) kept.model = endpoint.model;
    if (!relay) kept.wire = wire;
    if (credential !== ORDINARY.credential) kept.credential = credential;
    if (account !== undefined) kept.account = account;
    if (place !== undefined) kept.place = place;
    if (at !== 0) kept.at = at;
    kept.ms = Math.round((this.endedAt ?? performance.now()) - this.startedAt);
    if (this.status !== ORDINARY.status) kept.status = this.status ?? null;
    if (this.upstreamId !== undefined) kept.upstreamId = this.upstreamId;
    if (this.requestId !== undefined) kept.requestId = this.requestId;
    if (this.askedTwice) kept.askedTwice = true;
    if (this.cost !== undefined) kept.cost = this.cost;
    if (this.units !== undefined) kept.units = this.units;
    if (this.error !== undefined) {
      const limit = this.expired;
      if (limit !== undefined) kept.timeoutMs = limit;
      kept.error = this.error.code;
      kept.message = redact(this.error.message).slice(0, MESSAGE_KEPT);
    }
    return kept;
  }

  /** The client's own limit, where that is what ended it: it had said nothing until then. */
  get expired(): number | undefined {
    const { firstContentMs } = this.leg;
    if (firstContentMs === undefined || this.firstContentAt !== undefined) return undefined;
    if (this.error?.code !== "upstream_timeout" && this.error?.code !== "upstream_connect_timeout") return undefined;
    return (this.endedAt ?? performance.now()) - this.startedAt >= firstContentMs ? firstContentMs : undefined;
  }
}
