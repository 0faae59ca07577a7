import { newSpanId, type TraceContext, traceIdOf, traceparent } from "../core/trace-context.ts";
import type { Attempt } from "../ledger/attempt.ts";
import type { Exporter } from "./exporter.ts";
import { spansOf, type Told } from "./generation-spans.ts";

export interface TracerParts {
  /** Absent where nobody collects spans. */
  readonly exporter?: Exporter | undefined;
  /** Providers are told which trace they belong to. */
  readonly propagate: boolean;
  /** The part of traces that begin here which is kept, from 0 to 1. */
  readonly sample: number;
}

/** Keeps a client's trace going through the gateway, and tells a collector what happened on the way. */
export class Tracer {
  readonly exporter: Exporter | undefined;
  private readonly propagate: boolean;
  private readonly sample: number;

  constructor({ exporter, propagate, sample }: TracerParts) {
    this.exporter = exporter;
    this.propagate = propagate;
    this.sample = sample;
  }

  /** Header fields that tell a provider of the trace; `undefined` where it is not told. */
  fields(id: string, trace: TraceContext | undefined, attempt: Attempt): Readonly<Record<string, string>> | undefined {
    if (!this.propagate) return undefined;
    attempt.spanId ??= newSpanId();
    const traceId = trace?.traceId ?? traceIdOf(id);
    const fields = { traceparent: traceparent(traceId, attempt.spanId, this.keeps(traceId, trace)) };
    return trace?.state === undefined ? fields : { ...fields, tracestate: trace.state };
  }

  /** A generation is over. */
  ended(told: Told): void {
    if (this.exporter === undefined) return;
    const traceId = told.trace?.traceId ?? traceIdOf(told.row.id);
    if (this.keeps(traceId, told.trace)) this.exporter.offer(spansOf(traceId, told));
  }

  /** Whoever began a trace decides. For those that begin here every gateway decides alike. */
  private keeps(traceId: string, trace: TraceContext | undefined): boolean {
    if (trace !== undefined) return trace.sampled;
    return this.exporter !== undefined && Number.parseInt(traceId.slice(-8), 16) < this.sample * 2 ** 32;
  }
}
