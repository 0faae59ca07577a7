import type { Endpoint } from "../catalog/endpoint.ts";
import type { GatewayError } from "../core/error.ts";
import type { WireName } from "../core/event.ts";
import type { JsonObject } from "../core/json.ts";
import { redact } from "../core/redact.ts";

/** Which way it went. */
export interface AttemptLeg {
  readonly endpoint: Endpoint;
  readonly provider: string;
  readonly wire: WireName;
  readonly relay: boolean;
  readonly credential: "system" | "byok";
  readonly simulated: boolean;
}

const MESSAGE_KEPT = 300;

/** What most attempts are. */
const ORDINARY = { credential: "system", status: 200 } as const;

/** An attempt from a row, with everything said. @param wire the client's own, which a relay keeps */
export function toldAttempt(kept: JsonObject, wire: string): JsonObject {
  const mode = kept.wire === undefined ? "relay" : "transcode";
  return { wire, mode, ...ORDINARY, ...kept };
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

  /**
   * As the ledger keeps it, short, since the length of a row is most of what it costs: what an ordinary attempt is (see
   * `toldAttempt`) goes without saying. What it used and cost stands in the row of its generation. Times in milliseconds.
   */
  toJSON(): JsonObject {
    const { endpoint, wire, relay, credential } = this.leg;
    const json: JsonObject = { endpoint: endpoint.id };
    if (!relay) json.wire = wire;
    if (credential !== ORDINARY.credential) json.credential = credential;
    json.ms = Math.round((this.endedAt ?? performance.now()) - this.startedAt);
    if (this.status !== ORDINARY.status) json.status = this.status ?? null;
    if (this.upstreamId !== undefined) json.upstreamId = this.upstreamId;
    if (this.error !== undefined) {
      json.error = this.error.code;
      json.message = redact(this.error.message).slice(0, MESSAGE_KEPT);
    }
    return json;
  }
}
