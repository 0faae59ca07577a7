import type { Endpoint } from "../catalog/endpoint.ts";

/** `up` takes requests, `degraded` fails more often than it should, `down` is known to refuse just now. */
export type Rank = "up" | "degraded" | "down";

/** Who would serve: one endpoint, by one credential. */
export interface Candidate {
  readonly endpoint: Endpoint;
  readonly credential: {
    readonly provider: string;
    /** Which of its provider's credentials it is. */
    readonly name?: string | undefined;
    /** A client's own is not judged by what others went through. */
    readonly kind?: "system" | "byok";
  };
}

/**
 * What is known just now of those who could serve, to read and not to change: while one plan is drawn, the same question has
 * the same answer. Figures are held steady (`held`), so that the order does not flap with every measurement.
 */
export interface Standing {
  rank(candidate: Candidate): Rank;
  /** Milliseconds until the first content; `undefined` where nobody knows. */
  ttftMs(candidate: Candidate): number | undefined;
  /** Output tokens a second; `undefined` where nobody knows. */
  tokensPerSecond(candidate: Candidate): number | undefined;
}

/** Where nothing is known of anybody. */
export const NEUTRAL: Standing = {
  rank: () => "up",
  ttftMs: () => undefined,
  tokensPerSecond: () => undefined,
};

/** How far a measurement must be from the figure that is told before it takes its place, in parts of that figure. */
const BAND = 0.2;

/** The figure to tell: that of before, until what is measured lies a fifth away from it. */
export function held(before: number | undefined, measured: number): number {
  return before !== undefined && Math.abs(measured - before) <= before * BAND ? before : measured;
}
