import type { JsonObject } from "../core/json.ts";
import { redact } from "../core/redact.ts";
import type { Attempt } from "./attempt.ts";
import type { GenerationFacts } from "./generation.ts";

/** What was planned, what was tried and what came of it: `provider_metadata.gateway.routing` (contract 6.2). */
export function routingRecord(
  { ask, plan, createdAt, startedAt }: GenerationFacts,
  attempts: readonly Attempt[],
): JsonObject {
  const first = plan.legs[0]!.endpoint;
  const last = attempts.at(-1);
  const planned = plan.legs.map(({ endpoint }) => endpoint.provider);
  const order = plan.legs.map(({ endpoint, credential }) => `${endpoint.provider}(${credential.kind ?? "system"})`);
  const epoch = createdAt - startedAt;
  const models = byModel(attempts);
  return {
    originalModelId: ask.model,
    resolvedProvider: first.provider,
    resolvedProviderApiModelId: first.upstream,
    speed: plan.fast !== undefined && last?.leg.endpoint.model === plan.fast ? "fast" : undefined,
    canonicalSlug: last?.leg.endpoint.model ?? ask.model,
    finalProvider: last?.leg.provider,
    fallbacksAvailable: planned.length === 1 ? [] : [...new Set(planned.slice(1))],
    planningReasoning: reasoning(order, plan.skipped),
    modelAttemptCount: models.length,
    totalProviderAttemptCount: attempts.length,
    modelAttempts: models.map(([model, tried]) => ({
      modelId: tried[0]!.leg.endpoint.id,
      canonicalSlug: model,
      success: tried.some(succeeded),
      providerAttemptCount: tried.length,
      providerAttempts: tried.map((attempt) => attemptRecord(attempt, epoch)),
    })),
  };
}

function attemptRecord(attempt: Attempt, epoch: number): JsonObject {
  const { leg, error, startedAt, endedAt } = attempt;
  const ended = endedAt ?? performance.now();
  return {
    provider: leg.provider,
    providerApiModelId: leg.endpoint.upstream,
    credentialType: leg.credential,
    success: succeeded(attempt),
    error: error === undefined ? undefined : redact(error.message),
    startTime: Math.round(epoch + startedAt),
    endTime: Math.round(epoch + ended),
    responseTimeMs: Math.round(ended - startedAt),
    statusCode: attempt.status,
    providerResponseId: attempt.upstreamId,
  };
}

/** An attempt that is still speaking while its record is written has not failed. */
function succeeded({ error }: Attempt): boolean {
  return error === undefined;
}

/** Attempts in their order, grouped where they follow each other on one model. */
function byModel(attempts: readonly Attempt[]): [string, Attempt[]][] {
  const groups: [string, Attempt[]][] = [];
  for (const attempt of attempts) {
    const { model } = attempt.leg.endpoint;
    const group = groups.at(-1);
    if (group?.[0] === model) group[1].push(attempt);
    else groups.push([model, [attempt]]);
  }
  return groups;
}

function reasoning(legs: readonly string[], skipped: GenerationFacts["plan"]["skipped"]): string {
  const order = `Execution order: ${legs.join(" → ")}`;
  if (skipped.length === 0) return order;
  return `${order}. Skipped: ${skipped.map(({ model, provider = model, reason }) => `${provider} (${reason})`).join(", ")}`;
}
