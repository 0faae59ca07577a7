import type { LiveAttempt } from "../../../../src/admin/contract.ts";

/** What one model answers, as it comes. */
export interface Answer {
  readonly text: string;
  readonly reasoning: string;
  /** Calls of tools, as JSON. */
  readonly calls: string;
  readonly isOver: boolean;
  /** The viewer broke it off. */
  readonly isStopped: boolean;
  /** Milliseconds after it was sent, as seen here: until the first content, and until the end. */
  readonly firstMs: number | undefined;
  readonly totalMs: number | undefined;
  /** Pieces of content so far: about a token each. */
  readonly pieces: number;
  readonly generationId: string | undefined;
  readonly finish: string | undefined;
  readonly usage: AnswerUsage | undefined;
  /** Dollars, told at the end; `null` where nobody knows. */
  readonly cost: number | null | undefined;
  readonly provider: string | undefined;
  readonly isSimulated: boolean;
  readonly attempts: readonly Attempt[];
  readonly error: { readonly message: string; readonly code: string | undefined } | undefined;
}

export interface AnswerUsage {
  readonly input: number;
  readonly output: number;
  readonly reasoning: number;
  readonly cached: number;
}

/** One try at one provider: as it is told while it goes on, and at the end by the reply itself. */
export interface Attempt {
  readonly model: string;
  readonly provider: string;
  /** `asked` and `answering` are not over; `left` is one whose end nobody waited for. */
  readonly state: "asked" | "answering" | "answered" | "failed" | "left";
  /** Until it was over; of one that is not, until it was heard of last. */
  readonly ms: number;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly status: number | undefined;
  readonly error: string | undefined;
}

export const NOTHING_YET: Answer = {
  text: "",
  reasoning: "",
  calls: "",
  isOver: false,
  isStopped: false,
  firstMs: undefined,
  totalMs: undefined,
  pieces: 0,
  generationId: undefined,
  finish: undefined,
  usage: undefined,
  cost: undefined,
  provider: undefined,
  isSimulated: false,
  attempts: [],
  error: undefined,
};

/** A reply of the gateway, or a chunk of one, as far as it is looked at here. */
interface Told {
  readonly id?: string;
  readonly generationId?: string;
  readonly choices?: readonly {
    readonly delta?: Said;
    readonly message?: Said;
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: {
    readonly prompt_tokens?: number;
    readonly completion_tokens?: number;
    readonly cost?: number | null;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number };
    readonly completion_tokens_details?: { readonly reasoning_tokens?: number };
  } | null;
  readonly provider_metadata?: Metadata;
  readonly providerMetadata?: Metadata;
  readonly error?: { readonly message?: string; readonly code?: string | null };
}

interface Said {
  readonly content?: string | null;
  readonly reasoning?: string | null;
  readonly reasoning_content?: string | null;
  readonly refusal?: string | null;
  readonly tool_calls?: readonly unknown[];
  readonly provider_metadata?: Metadata;
}

interface Metadata {
  readonly gateway?: {
    readonly simulated?: boolean;
    /** Dollars, as decimals. */
    readonly cost?: string;
    readonly routing?: {
      readonly finalProvider?: string;
      readonly modelAttempts?: readonly {
        readonly canonicalSlug?: string;
        readonly providerAttempts?: readonly {
          readonly provider: string;
          readonly success: boolean;
          readonly error?: string;
          readonly startTime: number;
          readonly responseTimeMs: number;
          readonly statusCode?: number;
        }[];
      }[];
    };
  };
}

/** With what is heard of an attempt while the answer is waited for. */
export function withHeard(answer: Answer, { nth, provider, model, state, ms, asked_at, ...why }: LiveAttempt): Answer {
  const heard: Attempt = {
    model,
    provider,
    state: state === "speaks" ? "answering" : state,
    ms,
    startedAt: asked_at,
    status: why.status,
    error: why.message,
  };
  const attempts = [...answer.attempts];
  attempts[nth] = heard;
  return { ...answer, attempts };
}

/** Nothing more is heard of it. @param ms since it was sent */
export function over(answer: Answer, ms: number): Answer {
  const attempts = answer.attempts.map((one) => (isOpen(one) ? { ...one, state: "left" as const } : one));
  return { ...answer, attempts, isOver: true, totalMs: ms };
}

export function isOpen({ state }: Attempt): boolean {
  return state === "asked" || state === "answering";
}

/** With one more piece, or a whole reply. @param ms since it was sent */
export function withTold(answer: Answer, told: unknown, ms: number): Answer {
  const { id, generationId, choices, usage, provider_metadata, providerMetadata, error } = told as Told;
  const choice = choices?.[0];
  const said = choice?.delta ?? choice?.message ?? {};
  const text = (said.content ?? "") + (said.refusal ?? "");
  const reasoning = said.reasoning ?? said.reasoning_content ?? "";
  const calls = said.tool_calls === undefined ? "" : JSON.stringify(said.tool_calls);
  const isContent = text !== "" || reasoning !== "" || calls !== "";
  const metadata = said.provider_metadata ?? provider_metadata ?? providerMetadata;
  return {
    ...answer,
    text: answer.text + text,
    reasoning: answer.reasoning + reasoning,
    calls: answer.calls + calls,
    firstMs: answer.firstMs ?? (isContent ? ms : undefined),
    pieces: answer.pieces + (isContent ? 1 : 0),
    generationId: generationId ?? (id?.startsWith("gen_") === true ? id : answer.generationId),
    finish: choice?.finish_reason ?? answer.finish,
    usage: usage == null ? answer.usage : usageOf(usage),
    cost: usage == null ? costOf(metadata, answer) : (usage.cost ?? null),
    ...routeOf(metadata),
    error: error === undefined ? answer.error : { message: error.message ?? "", code: error.code ?? undefined },
  };
}

function usageOf(usage: NonNullable<Told["usage"]>): AnswerUsage {
  return {
    input: usage.prompt_tokens ?? 0,
    output: usage.completion_tokens ?? 0,
    reasoning: usage.completion_tokens_details?.reasoning_tokens ?? 0,
    cached: usage.prompt_tokens_details?.cached_tokens ?? 0,
  };
}

/** What breaks off tells no usage, and what it cost all the same. */
function costOf(metadata: Metadata | undefined, before: Answer): Answer["cost"] {
  const cost = metadata?.gateway?.cost;
  return cost === undefined ? before.cost : Number(cost);
}

/** Nothing, where it is not told. */
function routeOf(metadata: Metadata | undefined): Partial<Pick<Answer, "provider" | "attempts" | "isSimulated">> {
  const { routing, simulated } = metadata?.gateway ?? {};
  if (routing === undefined) return {};
  const attempts = (routing.modelAttempts ?? []).flatMap(({ canonicalSlug: model = "", providerAttempts = [] }) =>
    providerAttempts.map((one) => ({
      model,
      provider: one.provider,
      state: one.success ? ("answered" as const) : ("failed" as const),
      ms: one.responseTimeMs,
      startedAt: one.startTime,
      status: one.statusCode,
      error: one.error,
    })),
  );
  const { finalProvider: provider } = routing;
  return { attempts, isSimulated: simulated === true, ...(provider === undefined ? {} : { provider }) };
}

/** Output tokens a second once it had begun; about so many while it goes on. `undefined` where there is nothing to divide. */
export function speedOf({ usage, pieces, firstMs, totalMs }: Answer, nowMs: number | undefined): number | undefined {
  const until = totalMs ?? nowMs;
  if (firstMs === undefined || until === undefined || until - firstMs < 1) return undefined;
  const tokens = usage?.output ?? pieces;
  return tokens < 2 ? undefined : (tokens * 1000) / (until - firstMs);
}
