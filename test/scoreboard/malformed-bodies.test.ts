import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROUTES } from "../../src/admin/routes.ts";
import type { JsonObject, JsonValue } from "../../src/core/json.ts";
import { SURFACE } from "../../src/http/surface.ts";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { embedBody } from "../../src/wires/ai-sdk-embedding-model/schema.ts";
import { imageCall } from "../../src/wires/ai-sdk-image-model/schema.ts";
import { callBody } from "../../src/wires/ai-sdk-language-model/schema.ts";
import { rerankCall } from "../../src/wires/ai-sdk-reranking-model/schema.ts";
import { speechCall } from "../../src/wires/ai-sdk-speech-model/schema.ts";
import { transcribeBody } from "../../src/wires/ai-sdk-transcription-model/schema.ts";
import { countBody, messagesBody } from "../../src/wires/anthropic-messages/schema.ts";
import { rerankBody } from "../../src/wires/cohere-rerank/schema.ts";
import { chance } from "../../src/wires/fixtures/cuts.ts";
import { chatBody } from "../../src/wires/openai-chat/schema.ts";
import { completionsBody } from "../../src/wires/openai-completions/schema.ts";
import { embeddingsBody } from "../../src/wires/openai-embeddings/schema.ts";
import { editsBody, imagesBody } from "../../src/wires/openai-images/schema.ts";
import { moderationsBody } from "../../src/wires/openai-moderations/schema.ts";
import { responsesBody } from "../../src/wires/openai-responses/schema.ts";
import { speechBody } from "../../src/wires/openai-speech/schema.ts";
import type { Shape } from "../../src/wires/shape.ts";
import { percentile, sized, tell } from "../support/figures.ts";
import { KEY } from "../support/gateway.ts";
import { type Child, cleanUp, folder, startHeadgate } from "../support/process.ts";
import { wavOf } from "../support/sound.ts";

const COUNT = sized(1500, 5000);
const SEED = 1_001;
const TOKEN = "an-admin-token-of-the-operator";

interface Door {
  /** Would be taken as it stands. */
  readonly seed: JsonObject;
  /** What stands beside it. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What finds a type wrong; absent where only the text is spoilt. */
  readonly shape?: Shape;
}

const PICTURE = "data:image/png;base64,iVBORw0KGgo=";
const SOUND = Buffer.from(await wavOf(1).arrayBuffer()).toString("base64");
const schema = { type: "object", properties: { city: { type: "string" } } };
const CHAT: Door = {
  shape: chatBody,
  seed: {
    model: "openai/gpt-4o",
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "Grüße, 世界 🙂" },
          { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=", detail: "low" } },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c1", content: "r" },
    ],
    tools: [{ type: "function", function: { name: "f", description: "d", parameters: schema } }],
    tool_choice: "auto",
    stream: false,
    temperature: 0.5,
    max_tokens: 50,
    stop: ["a", "b"],
    seed: 5,
    models: ["openai/gpt-5"],
    providerOptions: { gateway: { order: ["openai"], tags: ["t"] } },
    user: "u",
  },
};
const MESSAGES: Door = {
  shape: messagesBody,
  seed: {
    model: "anthropic/claude-sonnet-4.5",
    max_tokens: 50,
    system: [{ type: "text", text: "Be brief." }],
    messages: [
      { role: "user", content: [{ type: "text", text: "Grüße, 世界 🙂" }] },
      { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "f", input: { a: 1 } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "r" }] },
    ],
    tools: [{ name: "f", description: "d", input_schema: schema }],
    tool_choice: { type: "auto" },
    temperature: 0.5,
    stop_sequences: ["x"],
    metadata: { user_id: "u" },
  },
};
const { max_tokens: _, temperature: __, stop_sequences: ___, metadata: ____, ...counted } = MESSAGES.seed;
const RESPONSES: Door = {
  shape: responsesBody,
  seed: {
    model: "openai/gpt-5",
    instructions: "Be brief.",
    input: [
      { role: "user", content: [{ type: "input_text", text: "Grüße, 世界 🙂" }] },
      { type: "function_call", call_id: "c1", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: "r" },
    ],
    tools: [{ type: "function", name: "f", parameters: schema, strict: false }],
    tool_choice: "auto",
    stream: false,
    max_output_tokens: 50,
    include: [],
    store: false,
  },
};
const WIRES: Record<string, Door> = {
  "openai-chat": CHAT,
  "anthropic-messages": MESSAGES,
  "openai-responses": RESPONSES,
  "openai-compaction": {
    seed: { model: "openai/gpt-5", input: RESPONSES.seed.input!, instructions: "Be brief." },
    shape: (value) => responsesBody({ ...(value as JsonObject), input: (value as JsonObject).input ?? [] }),
  },
  "openai-embeddings": {
    shape: embeddingsBody,
    seed: { model: "openai/text-embedding-3-small", input: ["Grüße, 世界 🙂", "b"], dimensions: 8, user: "u" },
  },
  "openai-images": {
    shape: imagesBody,
    seed: { model: "openai/gpt-image-1", prompt: "Grüße, 世界 🙂", n: 2, size: "1024x1024", quality: "low", user: "u" },
  },
  "openai-image-edits": {
    shape: editsBody,
    seed: { model: "openai/gpt-image-1", prompt: "Grüße, 世界 🙂", images: [{ image_url: PICTURE }], user: "u" },
  },
  "openai-speech": {
    shape: speechBody,
    seed: { model: "me/voice", input: "Grüße, 世界 🙂", voice: "alloy", response_format: "wav", speed: 1 },
  },
  "ai-sdk-language-model": {
    shape: callBody,
    headers: { "ai-language-model-id": "openai/gpt-4o" },
    seed: {
      prompt: [{ role: "user", content: [{ type: "text", text: "Grüße, 世界 🙂" }] }],
      maxOutputTokens: 50,
      toolChoice: { type: "auto" },
    },
  },
  "ai-sdk-embedding-model": {
    shape: embedBody,
    headers: { "ai-model-id": "openai/text-embedding-3-small" },
    seed: { values: ["Grüße, 世界 🙂", "b"], providerOptions: { openai: { dimensions: 8 } } },
  },
  "ai-sdk-image-model": {
    shape: imageCall,
    headers: { "ai-model-id": "openai/gpt-image-1" },
    seed: { prompt: "Grüße, 世界 🙂", n: 1, size: "1024x1024", providerOptions: { openai: { quality: "low" } } },
  },
  "ai-sdk-reranking-model": {
    shape: rerankCall,
    headers: { "ai-model-id": "cohere/rerank-v3.5" },
    seed: { query: "Grüße", documents: { type: "text", values: ["世界 🙂", "b"] }, topN: 1 },
  },
  "ai-sdk-speech-model": {
    shape: speechCall,
    headers: { "ai-model-id": "me/voice" },
    seed: { text: "Grüße, 世界 🙂", voice: "alloy", outputFormat: "wav", speed: 1, providerOptions: {} },
  },
  "ai-sdk-transcription-model": {
    shape: transcribeBody,
    headers: { "ai-model-id": "me/ear" },
    seed: { audio: SOUND, mediaType: "audio/wav", providerOptions: { openai: { prompt: "Grüße, 世界 🙂" } } },
  },
  "openai-completions": {
    shape: completionsBody,
    seed: { model: "openai/gpt-3.5-turbo-instruct", prompt: "Grüße, 世界 🙂", max_tokens: 5, stop: ["a"], echo: true },
  },
  "openai-moderations": {
    shape: moderationsBody,
    seed: { model: "openai/omni-moderation-latest", input: [{ type: "text", text: "Grüße, 世界 🙂" }], user: "u" },
  },
  "cohere-rerank": {
    shape: rerankBody,
    seed: { model: "cohere/rerank-v3.5", query: "Grüße", documents: ["世界 🙂", { text: "b" }], top_n: 1 },
  },
};
/** They take forms alone, which are spoilt in `src/http/form.test.ts`. */
const FORMS: ReadonlySet<string> = new Set(["openai-transcriptions", "openai-translations"]);
const ADMIN: Record<string, JsonObject> = {
  "/admin/keys": { name: "ci", models: ["openai/*"], limits: { requests_per_minute: 60 }, metadata: { a: 1 } },
  "/admin/keys/{key}/rotate": { overlap_seconds: 60 },
  "/admin/teams": { name: "blue", metadata: { a: 1 } },
  "/admin/providers/{provider}/credentials": { name: "team-b", api_key: "gsk-made-up", weight: 2 },
  "/admin/budgets": { scope: "tag", scope_id: "blue", limit_usd: 5, period: "monthly", thresholds: [50] },
  "/admin/generations/{generation}/corrections": { adjustment_usd: "0.25", reason: "an invoice" },
  "/admin/session": { token: TOKEN },
  "/admin/sign-in-links": { role: "viewer", name: "Ada" },
  "/v1/api-keys": { purpose: "ai-gateway", name: "ported", metadata: { environment: "production" } },
  "/external/compromised_secret": { secret: { api_key: "hg_nobody" } },
  "/admin/routing-rules": { id: "one", type: "deny", model: "openai/gpt-4.1" },
  "/admin/routing-rules/{id}/move": { before: null },
  "/admin/preview": { model: "openai/gpt-5", messages: [{ role: "user", content: "Grüße, 世界 🙂" }], max_tokens: 5 },
  "/admin/virtual-models": { id: "vmc/one", candidates: [{ model: "openai/gpt-5", weight: 5 }] },
};

/** Every path that takes a body by POST, under all its names. */
const DOORS: [path: string, door: Door][] = [
  ...Object.entries(SURFACE).flatMap(([path, { method, door }]): [string, Door][] => {
    if (method !== "POST" || door.kind === "absent") return [];
    if (door.kind === "count") return [[path, { shape: countBody, seed: counted }]];
    if (door.kind !== "inference") throw new Error(`what would be malformed at ${path}?`);
    return FORMS.has(door.wire) ? [] : [[path, WIRES[door.wire]!]];
  }),
  ...ROUTES.filter(({ method, takesBody }) => method === "POST" && takesBody).map(({ path }): [string, Door] => [
    path,
    { seed: ADMIN[path]! },
  ]),
  ["/admin/playground/chat/completions", WIRES["openai-chat"]!],
];

let simulator: Simulator;
let gateway: Child & { url: string };
/** What stands for the names in paths. */
const there: Record<string, string> = { provider: "groq", id: "one" };
beforeAll(async () => {
  simulator = startSimulator();
  const cwd = folder();
  const at = (path: string) => ({ api_key: "sk-1", base_url: simulator.url + path });
  const models = [
    { id: "me/voice", type: "speech" },
    { id: "me/ear", type: "transcription" },
  ];
  const mine = { ...at("/mine/v1"), wire: "openai-chat", models };
  const providers = { openai: at("/openai/v1"), anthropic: at("/anthropic"), cohere: at("/cohere"), mine };
  writeFileSync(join(cwd, "headgate.yaml"), JSON.stringify({ admin_token: TOKEN, providers }));
  gateway = await startHeadgate([], { cwd, env: { AI_GATEWAY_API_KEY: KEY } });
  there.key = JSON.parse((await send("/admin/keys", JSON.stringify({ name: "rotated" }))).text).id;
  there.generation = JSON.parse((await send("/v1/chat/completions", JSON.stringify(CHAT.seed))).text).id;
});
afterAll(async () => {
  await cleanUp();
  simulator.stop();
});

const BESIDE = new Map(DOORS.map(([path, { headers }]) => [path, headers]));

async function send(path: string, body: string | Uint8Array, type = "application/json") {
  const authorization = `Bearer ${Object.hasOwn(ADMIN, path) || path.startsWith("/admin/") ? TOKEN : KEY}`;
  const began = performance.now();
  const headers = { authorization, "content-type": type, ...BESIDE.get(path) };
  const target = path.replace(/\{(\w+)\}/, (_, name: string) => there[name]!);
  const reply = await fetch(gateway.url + target, {
    method: "POST",
    headers,
    body,
  });
  const text = await reply.text();
  return { status: reply.status, text, ms: performance.now() - began };
}

type Step = string | number;

/** Every place in a tree, but for the whole. */
function placesOf(value: JsonValue | undefined, path: Step[] = []): Step[][] {
  const here = path.length === 0 ? [] : [path];
  if (typeof value !== "object" || value === null) return here;
  const steps: Step[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [...here, ...steps.flatMap((step) => placesOf((value as JsonObject)[step], [...path, step]))];
}

function withAt(tree: JsonValue | undefined, [step, ...rest]: Step[], value: JsonValue | undefined): JsonValue {
  if (step === undefined) return value as JsonValue;
  const copy = (Array.isArray(tree) ? [...tree] : { ...(tree as JsonObject) }) as JsonObject;
  copy[step] = withAt(copy[step], rest, value);
  return copy as JsonValue;
}

const WRONG: (JsonValue | undefined)[] = [
  ...[undefined, null, true, 7, -1, 0.5, "", "word", [], {}, [null], { a: [] }, ["word"], [[[]]]],
  ...[{ type: 7 }, { type: "text" }, 1e300, "\u0000"],
];

/** Each place with each value that does not belong there, as far as the door has an opinion of it. */
function wrongTypesOf({ seed, shape }: Door): string[] {
  if (shape === undefined) return [];
  return placesOf(seed).flatMap((path) =>
    WRONG.flatMap((value) => {
      const text = JSON.stringify(withAt(seed, path, value));
      return shape(JSON.parse(text)) === undefined ? [] : [text];
    }),
  );
}

const TOKENS = ['"', "{", "}", "[", "]", ",", ":", "null", "\\", "\\u12", "-", "\0", "\uFEFF", "//", "NaN", "'", "+1"];

/** Ways to spoil the text of a good body. `undefined`: this time it came out whole. */
const SPOILS: ((text: string, random: () => number) => string | Uint8Array | undefined)[] = [
  (text, random) => text.slice(0, Math.floor(random() * text.length)),
  (text, random) => {
    const at = Math.floor(random() * text.length);
    const spoilt = text.slice(0, at) + TOKENS[Math.floor(random() * TOKENS.length)] + text.slice(at);
    return parses(spoilt) ? undefined : spoilt;
  },
  (text, random) => {
    const at = Math.floor(random() * text.length);
    const spoilt = text.slice(0, at) + text.slice(at + 1 + Math.floor(random() * 4));
    return parses(spoilt) ? undefined : spoilt;
  },
  // Half of a character, or none at all.
  (text, random) => {
    const at = text.indexOf("世");
    if (at < 0) return undefined;
    const bytes = Buffer.from(text.slice(at));
    return Buffer.concat([Buffer.from(text.slice(0, at)), bytes.subarray(1 + Math.floor(random() * 2))]);
  },
  (text, random) => {
    const bytes = Buffer.from(text);
    return Buffer.concat([bytes.subarray(0, 2), Buffer.from([0x80 + Math.floor(random() * 128)]), bytes.subarray(2)]);
  },
  (text, random) => {
    const spoilt = text.replace(/"(?=[,\]}])/, `\\ud8${Math.floor(16 + random() * 100).toString(16)}"`);
    return spoilt === text ? undefined : spoilt;
  },
  (text) => text.replace("{", '{"\\udc00":1,'),
  (text) => `\uFEFF${text}`,
  // A name twice, somewhere.
  (text, random) => {
    const names = [...text.matchAll(/("\w+"):/g)];
    const { index, 1: name } = names[Math.floor(random() * names.length)]!;
    return `${text.slice(0, index)}${name}:7,${text.slice(index)}`;
  },
  (text) => `${text}${text}`,
  (text) => `${text}x`,
  (text, random) =>
    text.replace(/}$/, `,"temperature":${["NaN", "Infinity", "-Infinity", "0x10", "01"][Math.floor(random() * 5)]}}`),
  (text) => `[${text}]`,
  (text) => JSON.stringify(text),
  (text) => Buffer.from(text, "utf16le"),
];
const TYPES = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "application/xml",
  "image/png",
];

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test("the bodies that are spoilt would be taken as they stand", async () => {
  for (const [path, { seed }] of DOORS) {
    const { status, text } = await send(path, JSON.stringify(seed));
    expect([path, status < 300, text.slice(0, 300)]).toEqual([path, true, text.slice(0, 300)]);
  }
});

test(`${COUNT} malformed bodies: each is refused, at once, and nobody is asked (seed ${SEED})`, async () => {
  const random = chance(SEED);
  const one = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
  const types = new Map(DOORS.map(([path, door]) => [path, wrongTypesOf(door)]));
  for (const [path, { shape }] of DOORS) expect(types.get(path)!.length > 50).toBe(shape !== undefined);
  simulator.forget();
  const waited: number[] = [];
  const kinds = { "spoilt text": 0, "wrong types": 0, "other content types": 0 };
  while (waited.length < COUNT) {
    const [path, { seed }] = DOORS[waited.length % DOORS.length]!;
    const good = JSON.stringify(seed);
    const wrong = types.get(path)!;
    const lot = random();
    let body: string | Uint8Array | undefined;
    let type = "application/json";
    if (lot < 0.04) {
      [body, type] = [good, one(TYPES)];
      kinds["other content types"]++;
    } else if (lot < 0.5 && wrong.length > 0) {
      body = one(wrong);
      kinds["wrong types"]++;
    } else {
      body = one(SPOILS)(good, random);
      if (body === undefined) continue;
      kinds["spoilt text"]++;
    }
    const { status, text, ms } = await send(path, body, type);
    waited.push(ms);
    const told = `${path} ${status} ${text.slice(0, 300)} for ${Buffer.from(body).toString("latin1").slice(0, 2000)}`;
    if (status < 400 || status >= 500) throw new Error(told);
    const said = JSON.parse(text);
    // Cohere's body is the message.
    expect((said.error ?? said).message, told).toBeString();
  }
  expect(simulator.requests).toHaveLength(0);
  // It still runs, and serves.
  expect((await send("/v1/chat/completions", JSON.stringify(CHAT.seed))).status).toBe(200);
  const row = "H1";
  tell({ row, what: "seed", value: SEED });
  for (const [kind, value] of Object.entries(kinds)) tell({ row, what: kind, value });
  tell({ row, what: "answered with anything but 4xx, or sent on", value: 0, atMost: 0 });
  tell({ row, what: "half of them within", value: percentile(waited, 0.5), unit: "ms" });
  tell({ row, what: "the slowest", value: Math.max(...waited), unit: "ms", atMost: 50 });
}, 60_000);
