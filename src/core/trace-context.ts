import type { HeaderFields } from "./headers.ts";

/** The place in a trace of whoever asks. https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The span that asks, 16 hexadecimal digits. */
  readonly parentId: string;
  /** Whoever began the trace keeps it. */
  readonly sampled: boolean;
  /** What others have added to it, as it came. */
  readonly state: string | undefined;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const NOTHING = /^0+$/;
const STATE_CAP = 512;
const PRINTABLE = /^[\x20-\x7e]+$/;

/** What `traceparent` and `tracestate` say, or `undefined` where they say nothing that counts: a trace that is broken begins anew. */
export function readTrace(headers: HeaderFields): TraceContext | undefined {
  const written = headers.get("traceparent");
  if (written === null) return undefined;
  const [, version, traceId, parentId, flags, more] = TRACEPARENT.exec(written.trim()) ?? [];
  if (version === undefined || traceId === undefined || parentId === undefined || flags === undefined) return undefined;
  // Later versions may add to the end, this one may not; `ff` is none.
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  if (NOTHING.test(traceId) || NOTHING.test(parentId)) return undefined;
  const state = headers.get("tracestate")?.trim();
  const kept = state !== undefined && state.length <= STATE_CAP && PRINTABLE.test(state) ? state : undefined;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1, state: kept };
}

/** `traceparent`, for whoever is asked on behalf of a span. */
export function traceparent(traceId: string, spanId: string, sampled: boolean): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** The trace of a generation whose client has begun none: the 128 bits of its ULID, so that each can be found by the other. */
export function traceIdOf(generationId: string): string {
  let bits = 0n;
  for (const character of generationId.slice(-26)) bits = (bits << 5n) | BigInt(CROCKFORD.indexOf(character));
  return bits.toString(16).padStart(32, "0").slice(-32);
}

/** 16 hexadecimal digits of chance. */
export function newSpanId(): string {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return high!.toString(16).padStart(8, "0") + low!.toString(16).padStart(8, "0");
}
