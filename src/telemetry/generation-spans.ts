import { telemetryName } from "../catalog/telemetry-names.ts";
import { paidOf, usdNumber } from "../core/money.ts";
import { newSpanId, type TraceContext } from "../core/trace-context.ts";
import { cacheWrites, type Usage } from "../core/usage.ts";
import type { Attempt } from "../ledger/attempt.ts";
import type { GenerationRow } from "../store/generations.ts";
import type { Span } from "./span.ts";

/** What is known of a generation that is over. */
export interface Told {
  readonly row: GenerationRow;
  readonly attempts: readonly Attempt[];
  /** The one whose answer the client got, or would have got. */
  readonly attempt: Attempt | undefined;
  readonly trace: TraceContext | undefined;
  /** When it began, on the clock of `performance.now()`. */
  readonly startedAt: number;
  readonly usage: Usage | undefined;
  /** The model as the provider names it in its answer. */
  readonly upstreamModel: string | undefined;
  /** Most tokens that the client would have. */
  readonly outputCap: number | undefined;
  /** HTTP status that says how it ended. */
  readonly status: number;
}

/**
 * One span for a generation and, below it, one for each attempt, by the names of OpenTelemetry's conventions for generative AI
 * (https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-spans.md). What was used stands with
 * the attempt that used it, so that whoever adds up counts it once. No words of anybody's, not even in errors: their codes alone.
 */
export function spansOf(traceId: string, told: Told): Span[] {
  const root = rootOf(traceId, told);
  const epoch = told.row.createdAt - told.startedAt;
  return [root, ...told.attempts.map((attempt) => attemptSpan(root, attempt, epoch, told))];
}

function operationOf({ operation }: GenerationRow): string {
  return OPERATIONS[operation] ?? "chat";
}

const OPERATIONS: Readonly<Record<string, string>> = {
  complete: "text_completion",
  embed: "embeddings",
  image: "image_generation",
  rerank: "rerank",
  speech: "speech",
  transcribe: "transcription",
  moderate: "moderation",
};

function rootOf(traceId: string, { row, attempts, trace, startedAt, status }: Told): Span {
  const operation = operationOf(row);
  return {
    traceId,
    spanId: newSpanId(),
    parentId: trace?.parentId,
    state: trace?.state,
    name: `${operation} ${row.requested}`,
    kind: "server",
    startMs: row.createdAt,
    endMs: row.createdAt + performance.now() - startedAt,
    attributes: {
      "gen_ai.operation.name": operation,
      "gen_ai.provider.name": row.provider === null ? undefined : telemetryName(row.provider),
      "gen_ai.request.model": row.requested,
      "gen_ai.request.stream": row.streamed ? true : undefined,
      // The row has who was asked last as well, where nobody answered.
      "gen_ai.response.model": row.error !== null && row.output === null ? undefined : (row.model ?? undefined),
      "gen_ai.response.id": row.id,
      "http.response.status_code": status,
      "error.type": row.error ?? undefined,
      "headgate.generation.id": row.id,
      "headgate.key.id": row.keyId,
      "headgate.door": row.wire,
      "headgate.attempts": attempts.length,
      "headgate.cost.usd": costOf(row),
    },
    failed: row.error !== null,
  };
}

/** Dollars that the operator pays; `undefined` where it has no part in it. */
function costOf({ cost, byok, apart }: GenerationRow): number | undefined {
  return cost === null || (byok && apart === null) ? undefined : usdNumber(paidOf(cost, byok, apart));
}

function attemptSpan(root: Span, attempt: Attempt, epoch: number, told: Told): Span {
  const { leg, startedAt, endedAt, firstContentAt, error, status } = attempt;
  const { endpoint, provider } = leg;
  const operation = operationOf(told.row);
  const { streamed } = told.row;
  const startMs = epoch + startedAt;
  return {
    traceId: root.traceId,
    spanId: attempt.spanId ?? newSpanId(),
    parentId: root.spanId,
    state: root.state,
    name: `${operation} ${endpoint.upstream}`,
    kind: "client",
    startMs,
    endMs: Math.max(startMs, epoch + (endedAt ?? performance.now())),
    attributes: {
      "gen_ai.operation.name": operation,
      "gen_ai.provider.name": telemetryName(provider),
      "gen_ai.request.model": endpoint.upstream,
      "gen_ai.request.stream": streamed ? true : undefined,
      "gen_ai.request.max_tokens": told.outputCap,
      "gen_ai.response.time_to_first_chunk":
        streamed && firstContentAt !== undefined ? (firstContentAt - startedAt) / 1000 : undefined,
      "http.response.status_code": status,
      "error.type": error?.code,
      "headgate.endpoint": endpoint.id,
      "headgate.wire": leg.wire,
      "headgate.credential": leg.credential,
      "headgate.provider.request_id": attempt.requestId,
      ...(attempt === told.attempt ? answerOf(told, attempt) : {}),
    },
    failed: error !== undefined,
  };
}

function answerOf({ row, usage, upstreamModel }: Told, { upstreamId }: Attempt): Span["attributes"] {
  return {
    "gen_ai.response.id": upstreamId,
    "gen_ai.response.model": upstreamModel,
    "gen_ai.response.finish_reasons": row.finish === null ? undefined : [row.finish],
    "gen_ai.usage.input_tokens": usage?.input,
    "gen_ai.usage.output_tokens": usage?.output,
    "gen_ai.usage.cache_read.input_tokens": usage?.cache_read,
    "gen_ai.usage.cache_creation.input_tokens": usage === undefined ? undefined : cacheWrites(usage),
    "gen_ai.usage.reasoning.output_tokens": usage?.reasoning,
    "gen_ai.usage.audio.input_tokens": usage?.audio_input,
    "gen_ai.usage.audio.output_tokens": usage?.audio_output,
    "gen_ai.usage.image.input_tokens": usage?.image_input,
    "headgate.usage.estimated": row.estimated ? true : undefined,
  };
}
