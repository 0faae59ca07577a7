import { type JsonObject, jsonObject } from "../core/json.ts";
import type { GenerationRow } from "../store/generations.ts";
import type { KeptAttempt } from "./attempt.ts";
import type { GenerationFacts } from "./generation.ts";

/** Who stands last in a plan because it refused a moment ago, and the code of the error that it did so with. */
export type Aside = readonly [who: string, code: string];

/** A plan as the ledger keeps it. */
export interface KeptPlan {
  /** `provider:upstream` of each leg in their order, in a list with the kind of its credential where that is not the operator's. */
  readonly legs: readonly (string | readonly [endpoint: string, credential: string])[];
  /** Who was passed over, with the reason in a list where it is more than the want of a credential. */
  readonly skipped?: readonly (string | readonly [who: string, reason: string])[];
  /** Who was left alone for a while, and asked only if nobody else was left. */
  readonly aside?: readonly Aside[];
  /** How those who could serve were sorted, where the client asked for that. */
  readonly sort?: JsonObject;
  /** The fast variant of the model, where one was asked for and exists. */
  readonly fast?: string;
  /** Whoever keeps data was ruled out. */
  readonly zdr?: true;
}

const NO_CREDENTIAL = "no credential";

export function keptPlan({
  plan,
  preferences,
  aside = [],
}: Pick<GenerationFacts, "plan" | "preferences" | "aside">): KeptPlan {
  const kept: { -readonly [Member in keyof KeptPlan]: KeptPlan[Member] } = {
    legs: plan.legs.map(({ endpoint: { id }, credential: { kind = "system" } }) =>
      kind === "system" ? id : ([id, kind] as const),
    ),
  };
  if (plan.skipped.length > 0)
    kept.skipped = plan.skipped.map(({ model, provider = model, credential, reason }) => {
      const who = credential === undefined ? provider : `${provider}/${credential}`;
      return reason === NO_CREDENTIAL ? who : ([who, reason] as const);
    });
  if (aside.length > 0) kept.aside = aside;
  if (plan.sort !== undefined) kept.sort = jsonObject({ ...plan.sort });
  if (plan.fast !== undefined) kept.fast = plan.fast;
  if (preferences.zeroDataRetention) kept.zdr = true;
  return kept;
}

/** The column of a row. The one leg of a plan is left out where the first attempt says it; `null` where that is all that the plan says. */
export function planColumn(plan: KeptPlan, [first]: readonly KeptAttempt[]): string | null {
  const { legs, ...beside } = plan;
  if (legs.length !== 1 || legs[0] !== first?.endpoint) return JSON.stringify(plan);
  for (const _ in beside) return JSON.stringify(beside);
  return null;
}

/** The record of a generation that is in the ledger: what the reply told. */
export function keptRecord(row: Pick<GenerationRow, "requested" | "createdAt" | "plan" | "attempts">): JsonObject {
  const attempts = JSON.parse(row.attempts) as KeptAttempt[];
  return routingRecord({ asked: row.requested, createdAt: row.createdAt, plan: planOf(row, attempts), attempts });
}

/** The plan of a generation that is in the ledger, with everything said. */
export function toldPlan(row: Pick<GenerationRow, "plan" | "attempts">) {
  const { legs, skipped = [], aside = [] } = planOf(row, JSON.parse(row.attempts) as KeptAttempt[]);
  return {
    legs: legs.map((leg) => {
      const [endpoint, credential] = typeof leg === "string" ? [leg] : leg;
      return { endpoint, credential: credential === "byok" ? ("byok" as const) : ("system" as const) };
    }),
    skipped: skipped.map((one) => {
      const [who, reason] = typeof one === "string" ? [one, NO_CREDENTIAL] : one;
      return { who, reason };
    }),
    left_alone: aside.map(([who, error]) => ({ who, error })),
  };
}

function planOf({ plan }: Pick<GenerationRow, "plan">, attempts: readonly KeptAttempt[]): KeptPlan {
  const told: Partial<KeptPlan> = plan === null ? {} : JSON.parse(plan);
  return { ...told, legs: told.legs ?? attempts.slice(0, 1).map(legOf) };
}

function legOf({ endpoint, credential }: KeptAttempt): KeptPlan["legs"][number] {
  return credential === undefined ? endpoint : [endpoint, credential];
}

export interface RoutingFacts {
  /** The model that the client named. */
  readonly asked: string;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly plan: KeptPlan;
  readonly attempts: readonly KeptAttempt[];
}

/** What was planned, what was tried and what came of it: `provider_metadata.gateway.routing` (contract 6.2). */
export function routingRecord({ asked, createdAt, plan, attempts }: RoutingFacts): JsonObject {
  const planned = plan.legs.map((leg) => placeOf(typeof leg === "string" ? leg : leg[0]));
  const last = attempts.at(-1);
  const models = byModel(asked, attempts);
  const final = last?.model ?? asked;
  const fallbacks = new Set(planned.slice(1).map(({ provider }) => provider));
  return {
    originalModelId: asked,
    resolvedProvider: planned[0]?.provider,
    resolvedProviderApiModelId: planned[0]?.upstream,
    speed: last !== undefined && final === plan.fast ? "fast" : undefined,
    canonicalSlug: final,
    finalProvider: last === undefined ? undefined : placeOf(last.endpoint).provider,
    fallbacksAvailable: [...fallbacks],
    planningReasoning: reasoning(plan),
    sort: plan.sort,
    modelAttemptCount: models.length,
    totalProviderAttemptCount: attempts.length,
    modelAttempts: models.map(({ model, tried, before }) => ({
      modelId: tried[0]!.endpoint,
      canonicalSlug: model,
      success: tried.some(({ error }) => error === undefined),
      providerAttemptCount: tried.length,
      providerAttempts: tried.map((attempt, i) => attemptRecord(attempt, before + i + 1, createdAt)),
    })),
  };
}

function attemptRecord(attempt: KeptAttempt, attemptNumber: number, createdAt: number): JsonObject {
  const { provider, upstream } = placeOf(attempt.endpoint);
  const { credential = "system", error, message, at = 0, ms, status = 200, timeoutMs } = attempt;
  const startTime = createdAt + at;
  return {
    provider,
    providerApiModelId: upstream,
    attemptNumber,
    credentialType: credential,
    credentialName: attempt.account,
    success: error === undefined,
    error: timeoutMs === undefined ? message : "PROVIDER_TIMEOUT",
    startTime,
    endTime: startTime + ms,
    responseTimeMs: ms,
    statusCode: status ?? undefined,
    providerRequestId: attempt.requestId,
    providerResponseId: attempt.upstreamId,
    inferenceEndpoint: attempt.place === undefined ? undefined : inferenceEndpoint(attempt.place),
    providerTimeout: timeoutMs === undefined ? undefined : true,
    configuredTimeoutMs: timeoutMs,
  };
}

/** In the words of `inferenceRegion`. @param place as `KeptAttempt` has it */
function inferenceEndpoint(place: string): JsonObject {
  if (place === "global") return { slug: place, scope: "global" };
  const [geo = "", region] = place.split("/");
  const geoRegion = geo === "" ? undefined : geo;
  if (region === undefined) return { slug: `geo-${geo}`, scope: "zone", geoRegion };
  return { slug: region, scope: "specific", geoRegion, providerRegion: region };
}

/** `provider:upstream`: providers have no colon in their names, models may. */
function placeOf(endpoint: string): { provider: string; upstream: string } {
  const colon = endpoint.indexOf(":");
  return { provider: endpoint.slice(0, colon), upstream: endpoint.slice(colon + 1) };
}

interface Tried {
  readonly model: string;
  readonly tried: KeptAttempt[];
  /** How many attempts there were before. */
  readonly before: number;
}

/** Attempts in their order, grouped where they follow each other on one model. */
function byModel(asked: string, attempts: readonly KeptAttempt[]): Tried[] {
  const groups: Tried[] = [];
  for (const [before, attempt] of attempts.entries()) {
    const { model = asked } = attempt;
    const group = groups.at(-1);
    if (group?.model === model) group.tried.push(attempt);
    else groups.push({ model, tried: [attempt], before });
  }
  return groups;
}

/** The plan in the hosted service's words, with who was passed over, which it keeps to itself. */
function reasoning({ legs, skipped = [], aside = [], zdr }: KeptPlan): string {
  const byok: string[] = [];
  const system: string[] = [];
  let order = "";
  for (const planned of legs) {
    const [endpoint, kind] = typeof planned === "string" ? [planned, "system"] : planned;
    const { provider } = placeOf(endpoint);
    const those = kind === "byok" ? byok : system;
    if (!those.includes(provider)) those.push(provider);
    order += `${order === "" ? "" : " → "}${provider}(${kind})`;
  }
  const sentences: string[] = [];
  if (byok.length > 0) sentences.push(`BYOK credentials planned for: ${byok.join(", ")}`);
  if (system.length > 0) sentences.push(`System credentials planned for: ${system.join(", ")}`);
  sentences.push(`Total execution order: ${order}`);
  if (zdr) {
    const ruledOut = skipped.filter((one) => typeof one !== "string" && RULED_OUT.test(one[1])).length;
    sentences.push(
      ruledOut === 0
        ? `ZDR requested: all ${legs.length} attempts support ZDR`
        : `ZDR requested: ${legs.length + ruledOut} attempts → ${legs.length} ZDR attempts`,
    );
  }
  if (aside.length > 0)
    sentences.push(`Left alone for now: ${aside.map(([who, code]) => `${who} (${code})`).join(", ")}`);
  if (skipped.length > 0) {
    const passed = skipped.map((one) =>
      typeof one === "string" ? `${one} (${NO_CREDENTIAL})` : `${one[0]} (${one[1]})`,
    );
    sentences.push(`Skipped: ${passed.join(", ")}`);
  }
  return sentences.join(". ");
}

const RULED_OUT = /zero data retention/i;
