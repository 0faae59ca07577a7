import { type ErrorCode, GatewayError } from "../core/error.ts";
import { redact } from "../core/redact.ts";
import type { AskLeg } from "./walk.ts";

/** How far one attempt is, for who looks on while a request is served. Times are whole milliseconds. */
export interface HeardAttempt {
  /** Which of the request's it is, from 0 on. */
  readonly nth: number;
  readonly provider: string;
  readonly model: string;
  /** Its credential by name, where the provider has several; `byok` for the client's own. */
  readonly account?: string;
  readonly state: "asked" | "speaks" | "failed";
  /** When it was asked, in Unix milliseconds. */
  readonly asked_at: number;
  /** Since then. */
  readonly ms: number;
  /** HTTP status of a provider that refused. */
  readonly status?: number;
  /** Why it failed. */
  readonly error?: ErrorCode;
  /** What was said of it, without what looks like a secret. */
  readonly message?: string;
}

/** Hears of each attempt that it is made, and what comes of it. */
export type Hear = (attempt: HeardAttempt) => void;

const LONGEST = 300;

/** Asks as before, and tells whoever looks on. */
export function heard<Given>(hear: Hear, ask: AskLeg<Given>): AskLeg<Given> {
  let count = 0;
  return async (leg, departure) => {
    const { endpoint, credential } = leg;
    const account = credential.kind === "byok" ? "byok" : credential.name;
    const facts = {
      nth: count++,
      provider: endpoint.provider,
      model: endpoint.model,
      ...(account === undefined ? {} : { account }),
      asked_at: Date.now(),
    };
    const began = performance.now();
    const tell = (state: HeardAttempt["state"], error?: GatewayError) =>
      hear({ ...facts, state, ms: Math.round(performance.now() - began), ...(error && failureOf(error)) });
    tell("asked");
    try {
      const outcome = await ask(leg, departure);
      if (outcome instanceof GatewayError) tell("failed", outcome);
      else tell("speaks");
      return outcome;
    } catch (thrown) {
      tell("failed", GatewayError.from(thrown));
      throw thrown;
    }
  };
}

function failureOf({ code, message, details: { upstream } }: GatewayError) {
  const status = upstream === undefined ? {} : { status: upstream.status };
  return { ...status, error: code, message: redact(message).slice(0, LONGEST).toWellFormed() };
}
