import type { AiSdkVersion } from "../catalog/ai-sdk-config.ts";
import type { WireName } from "../core/event.ts";
import { nearest } from "../core/near.ts";

/** What stands behind a path. */
export type Door =
  | { kind: "inference"; wire: WireName; edition?: string }
  /** How many tokens a request of this wire has. */
  | { kind: "count"; wire: WireName }
  | { kind: "models" }
  /** The models as a coding agent lists them in its picker. */
  | { kind: "picker" }
  /** The models as the AI SDK lists them. */
  | { kind: "config"; version: AiSdkVersion }
  | { kind: "model"; id: string }
  | { kind: "endpoints"; id: string }
  | { kind: "generation" }
  | { kind: "report" }
  | { kind: "credits" }
  | { kind: "alive" }
  | { kind: "ready" }
  | { kind: "metrics" }
  /** What stands there, and for which methods, the admin API knows. */
  | { kind: "admin" }
  /** A surface of the hosted service that does not exist here yet. */
  | { kind: "absent"; feature: string };

/** Who is let in: anyone; whoever has a key; whoever has a key or the admin token; what the admin API says of each of its routes. */
export type Role = "anyone" | "key" | "reader" | "admin";

/** Who is let in where. A door that is not here does not compile; `test/access/matrix.test.ts` tries everybody at each. */
export const ROLES: Readonly<Record<Door["kind"], Role>> = {
  inference: "key",
  count: "key",
  models: "anyone",
  picker: "anyone",
  config: "anyone",
  model: "anyone",
  endpoints: "anyone",
  generation: "reader",
  report: "reader",
  credits: "reader",
  alive: "anyone",
  ready: "anyone",
  metrics: "reader",
  admin: "admin",
  absent: "anyone",
};

export interface Row {
  readonly method: "GET" | "POST" | "ANY";
  readonly door: Door;
}

const absent = (feature: string, method: Row["method"] = "POST"): Row => ({
  method,
  door: { kind: "absent", feature },
});

const MESSAGES: Row = { method: "POST", door: { kind: "inference", wire: "anthropic-messages" } };
const COUNT: Row = { method: "POST", door: { kind: "count", wire: "anthropic-messages" } };
const ALIVE: Row = { method: "GET", door: { kind: "alive" } };
const PICKER: Row = { method: "GET", door: { kind: "picker" } };

/** The path decides what a client of the AI SDK is told, and in which words (contract 4.1). */
const call = (edition: AiSdkVersion): Row => ({
  method: "POST",
  door: { kind: "inference", wire: "ai-sdk-language-model", edition },
});
const sdk = (wire: WireName): Row => ({ method: "POST", door: { kind: "inference", wire } });
/** Its clients of the first edition know one kind of warning. */
const IMAGE: Row = {
  method: "POST",
  door: { kind: "inference", wire: "ai-sdk-image-model", edition: "v2" },
};
const EMBED: Row = { method: "POST", door: { kind: "inference", wire: "ai-sdk-embedding-model" } };
const config = (version: AiSdkVersion): Row => ({ method: "GET", door: { kind: "config", version } });

const ADMIN: Row = { method: "ANY", door: { kind: "admin" } };

const RESPONSES: Row = { method: "POST", door: { kind: "inference", wire: "openai-responses" } };
/** Both editions of Cohere's (contract 3.6). */
const RERANK: Row = { method: "POST", door: { kind: "inference", wire: "cohere-rerank" } };
const COMPACT: Row = { method: "POST", door: { kind: "inference", wire: "openai-compaction" } };

/** Every path there is. */
export const SURFACE: Readonly<Record<string, Row>> = {
  "/v1/chat/completions": { method: "POST", door: { kind: "inference", wire: "openai-chat" } },
  "/v1/embeddings": { method: "POST", door: { kind: "inference", wire: "openai-embeddings" } },
  "/v1/audio/speech": { method: "POST", door: { kind: "inference", wire: "openai-speech" } },
  "/v1/audio/transcriptions": { method: "POST", door: { kind: "inference", wire: "openai-transcriptions" } },
  "/v1/audio/translations": { method: "POST", door: { kind: "inference", wire: "openai-translations" } },
  "/v1/messages": MESSAGES,
  "/v1/messages/count_tokens": COUNT,
  // Claude Code's base address, with and without the version (contract 3.10).
  "/claude-code/v1/messages": MESSAGES,
  "/claude-code/messages": MESSAGES,
  "/claude-code/v1/messages/count_tokens": COUNT,
  "/claude-code/messages/count_tokens": COUNT,
  "/claude-code/v1/models": PICKER,
  "/claude-code/models": PICKER,
  // By which Claude Code opens a connection before it asks. https://github.com/router-for-me/CLIProxyAPI/issues/5905
  "/claude-code/api/hello": ALIVE,
  "/api/hello": ALIVE,
  "/v1/ai/language-model": call("v2"),
  "/v3/ai/language-model": call("v3"),
  "/v4/ai/language-model": call("v4"),
  "/v1/ai/embedding-model": EMBED,
  "/v3/ai/embedding-model": EMBED,
  "/v4/ai/embedding-model": EMBED,
  "/v1/ai/image-model": IMAGE,
  "/v3/ai/image-model": sdk("ai-sdk-image-model"),
  "/v4/ai/image-model": sdk("ai-sdk-image-model"),
  "/v3/ai/reranking-model": sdk("ai-sdk-reranking-model"),
  "/v4/ai/reranking-model": sdk("ai-sdk-reranking-model"),
  "/v3/ai/speech-model": sdk("ai-sdk-speech-model"),
  "/v4/ai/speech-model": sdk("ai-sdk-speech-model"),
  "/v3/ai/transcription-model": sdk("ai-sdk-transcription-model"),
  "/v4/ai/transcription-model": sdk("ai-sdk-transcription-model"),
  "/v1/ai/config": config("v2"),
  "/v3/ai/config": config("v3"),
  "/v4/ai/config": config("v4"),
  "/v1/models": { method: "GET", door: { kind: "models" } },
  "/v1/generation": { method: "GET", door: { kind: "generation" } },
  "/v1/report": { method: "GET", door: { kind: "report" } },
  "/v1/credits": { method: "GET", door: { kind: "credits" } },
  "/healthz": ALIVE,
  "/readyz": { method: "GET", door: { kind: "ready" } },
  "/metrics": { method: "GET", door: { kind: "metrics" } },
  "/v1/responses": RESPONSES,
  // Codex's base address.
  "/codex/v1/responses": RESPONSES,
  "/v1/responses/compact": COMPACT,
  "/codex/v1/responses/compact": COMPACT,
  "/v1/images/generations": { method: "POST", door: { kind: "inference", wire: "openai-images" } },
  "/v1/images/edits": { method: "POST", door: { kind: "inference", wire: "openai-image-edits" } },
  "/v1/rerank": RERANK,
  "/v2/rerank": RERANK,
  "/v1/moderations": { method: "POST", door: { kind: "inference", wire: "openai-moderations" } },
  "/v1/completions": { method: "POST", door: { kind: "inference", wire: "openai-completions" } },
  "/v1/evaluate": absent("evaluation"),
  "/v1/realtime/client-secrets": absent("realtime"),
  "/v1/models/metrics": absent("model metrics", "GET"),
};

/** Everything below these belongs to surfaces that do not exist here yet. */
const ABSENT_BELOW: Readonly<Record<string, string>> = {
  "/v3/ai/video-model": "video generation",
  "/v4/ai/video-model": "video generation",
  "/v4/ai/batch/": "batches of the AI SDK",
  "/v4/ai/realtime-model": "realtime",
  "/v4/ai/evaluation-model": "evaluation",
  "/v4/ai/decision-model": "evaluation",
  "/v1/ai/": "this part of the AI SDK protocol",
  "/v3/ai/": "this part of the AI SDK protocol",
  "/v4/ai/": "this part of the AI SDK protocol",
  "/codex/": "the Codex surface",
};

/** What the admin API answers: its own paths, and those by which the hosted service is managed (contract 1.3). */
const MANAGED = /^\/(?:admin\/|ai-gateway\/budgets(?:\/|$)|v1\/api-keys(?:\/|$)|external\/compromised_secret$)/;

/** Whether no page of another origin has any business there. */
export function isManaged(path: string): boolean {
  return MANAGED.test(path) || path.startsWith("/admin");
}

/** The slash inside a model's name may come escaped: OpenAI's client sends it so. */
const MODEL_PATH = /^\/v1\/models\/([^/]+?)(?:\/|%2[Ff])([^/]+?)(\/endpoints)?$/;

/** The row of a path. A path is compared as it stands: `//` and escapes match nothing, but for the one in a model's name. */
export function rowOf(path: string): Row | undefined {
  if (Object.hasOwn(SURFACE, path)) return SURFACE[path];
  if (MANAGED.test(path)) return ADMIN;
  const model = MODEL_PATH.exec(path);
  if (model !== null) {
    const id = `${decoded(model[1]!)}/${decoded(model[2]!)}`;
    return { method: "GET", door: { kind: model[3] === undefined ? "model" : "endpoints", id } };
  }
  for (const [prefix, feature] of Object.entries(ABSENT_BELOW))
    if (path.startsWith(prefix)) return absent(feature, "ANY");
  return undefined;
}

/** The wire whose clients ask for a path, whatever is there: an error is told in its words. */
export function dialectOf(path: string): WireName {
  if (/^\/v[12]\/rerank(?:\/|$)/.test(path)) return "cohere-rerank";
  return /^\/(?:claude-code|v1\/messages)(?:\/|$)/.test(path) ? "anthropic-messages" : "openai-chat";
}

/** The path that was meant, if any is near: a base address is easily given without its `/v1`, or with two. */
export function nearPath(path: string): string | undefined {
  const there = Object.entries(SURFACE).flatMap(([known, { door }]) => (door.kind === "absent" ? [] : [known]));
  return there.includes(`/v1${path}`) ? `/v1${path}` : nearest(path, there);
}

const BEGINNINGS = new Set(Object.keys(SURFACE).map((path) => path.split("/")[1]!));

/** Whether nothing that a client can have meant is anywhere near. */
export function isAstray(path: string): boolean {
  return !isManaged(path) && !BEGINNINGS.has(path.split("/")[1] ?? "") && nearPath(path) === undefined;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
