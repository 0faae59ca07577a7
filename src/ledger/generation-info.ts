import { paidOf, usdNumber } from "../core/money.ts";
import { traceIdOf } from "../core/trace-context.ts";
import type { GenerationRow } from "../store/generations.ts";
import { type KeptAttempt, toldAttempt } from "./attempt.ts";
import { keptRecord } from "./routing-record.ts";

/** Something was used that has no price here: what it cost is not known, and is not nothing. */
function isUnpriced({ cost, error, input, output }: GenerationRow): boolean {
  return cost === null && (error === null || (input ?? output) !== null);
}

/**
 * A generation as `GET /v1/generation` tells it (contract 3.9). The SDK wants numbers: what was not told is 0 there, and
 * `estimated` says what was guessed, `unpriced` that nobody knows what it cost.
 * @param corrected nanodollars by which its cost was corrected since
 */
export function generationInfo(row: GenerationRow, corrected = 0) {
  return {
    ...generationLine(row, corrected),
    attempts: (JSON.parse(row.attempts) as KeptAttempt[]).map((kept) => toldAttempt(kept, row.wire)),
    routing: keptRecord(row),
  };
}

/** The same without what was tried. */
export function generationLine(row: GenerationRow, corrected = 0) {
  const market = (row.cost ?? 0) + corrected;
  const paid = paidOf(market, row.byok, row.apart);
  const [cost, total] = [usdNumber(market), usdNumber(paid)];
  return {
    id: row.id,
    created_at: new Date(row.createdAt).toISOString(),
    model: row.model ?? row.requested,
    provider_name: row.provider,
    streamed: row.streamed,
    finish_reason: row.finish,
    error: row.error,
    total_cost: total,
    upstream_inference_cost: usdNumber(market - paid),
    usage: total,
    market_cost: cost,
    surcharge_cost: 0,
    gateway_cost: total,
    ...(row.providerCost === null ? {} : { provider_cost: usdNumber(row.providerCost) }),
    ...(corrected === 0 ? {} : { correction: usdNumber(corrected) }),
    ...(isUnpriced(row) && corrected === 0 ? { unpriced: true as const } : {}),
    is_byok: row.byok,
    latency: row.firstContentMs ?? 0,
    generation_time: row.durationMs,
    tokens_prompt: row.input ?? 0,
    tokens_completion: row.output ?? 0,
    native_tokens_prompt: row.input ?? 0,
    native_tokens_completion: row.output ?? 0,
    native_tokens_reasoning: row.reasoning ?? 0,
    native_tokens_cached: row.cacheRead ?? 0,
    native_tokens_cache_creation: row.cacheWrite ?? 0,
    billable_web_search_calls: row.searches ?? 0,
    estimated: row.estimated,
    app: row.appTitle ?? row.appUrl,
    user: row.user,
    tags: row.tags === null ? [] : (JSON.parse(row.tags) as string[]),
    trace_id: row.traceId ?? traceIdOf(row.id),
  };
}

/** What corrections of a generation add up to, in nanodollars. */
export function correctionOf(all: readonly { readonly cost: number }[]): number {
  return all.reduce((sum, { cost }) => sum + cost, 0);
}
