import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PROVIDERS } from "../../../src/catalog/providers/index.ts";
import type { Ask } from "../../../src/core/ask.ts";
import { type ByteText, toByteText, utf8ByteText } from "../../../src/core/byte-text.ts";
import type { WireName } from "../../../src/core/event.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { chance } from "../../../src/wires/fixtures/cuts.ts";
import { wireNamed } from "../../../src/wires/index.ts";
import type { Quirk } from "../../../src/wires/quirk.ts";
import type { Wire } from "../../../src/wires/wire.ts";

/** Where recorded exchanges lie: beside the repository, or where the variable says. They are no part of it. */
const FOLDER = resolve(process.env.HEADGATE_RECORDINGS ?? join(import.meta.dir, "../../../../shared/recordings"));

/** One file of the recordings, as their README has it. */
interface Recording {
  provider: string;
  api: string;
  model: string | null;
  stream: boolean;
  features: string[];
  request: { body: JsonValue; headers: Record<string, string>; encoding?: string } | null;
  response: { status: number; headers: Record<string, string>; body: JsonValue; encoding?: string };
}

/** One exchange with a provider whose wire is spoken here. */
export interface Exchange {
  /** `provider/file`. */
  readonly name: string;
  /** As the recordings call it. */
  readonly folder: string;
  /** As the catalogue calls it, where it serves this wire there; else a name of its own. */
  readonly provider: string;
  readonly wire: Wire;
  readonly quirks: ReadonlySet<Quirk>;
  readonly features: ReadonlySet<string>;
  /** As the provider calls it; absent where nothing says. */
  readonly model?: string;
  readonly stream: boolean;
  readonly request: JsonObject | undefined;
  readonly status: number;
  readonly headers: Record<string, string>;
  /** The body as text, and as the bytes that travel. */
  readonly text: string;
  readonly bytes: ByteText;
}

/** The endpoints that the wires of this gateway read; Vertex serves Claude under names of its own. */
const WIRE_OF: Record<string, WireName> = {
  "chat.completions": "openai-chat",
  messages: "anthropic-messages",
  rawPredict: "anthropic-messages",
  streamRawPredict: "anthropic-messages",
  embeddings: "openai-embeddings",
  generateContent: "gemini-generate",
  streamGenerateContent: "gemini-generate",
};

/** Streams that were not asked for as SSE (`alt=sse`) and came as one JSON array: the gateway never asks so. */
const OTHER_FRAMING: ReadonlySet<string> = new Set([
  "gemini/langchaingo--TestGoogleAIGenerateContentWithMultipleMessages",
  "gemini/langchaingo--TestGoogleAIToolCallResponse-1",
  "gemini/langchaingo--TestGoogleAIWithStreaming",
  "gemini/llm-gemini--test_nested_model_direct_reference",
  "gemini/llm-gemini--test_tools-0",
  "gemini/llm-gemini--test_tools-1",
]);

/** Folders whose provider the catalogue calls otherwise. */
const NAME_OF: Record<string, string> = { gemini: "google", together: "togetherai" };

/** What an operator would have to say of a server that the catalogue does not have. */
const QUIRKS_OF: Record<string, readonly Quirk[]> = { "openai-compatible": ["loose-tool-calls"] };

export const isThere = existsSync(FOLDER);

const OF_THREE = isThere ? read(WIRE_OF) : [];
export const EXCHANGES: readonly Exchange[] = OF_THREE.filter(({ name }) => !OTHER_FRAMING.has(name));
export const FRAMED_OTHERWISE: readonly Exchange[] = OF_THREE.filter(({ name }) => OTHER_FRAMING.has(name));
/** Of the Responses API, which has suites of its own. */
export const RESPONSES: readonly Exchange[] = isThere ? read({ responses: "openai-responses" }) : [];
/** Conversations that were made shorter. */
export const COMPACTED: readonly Exchange[] = isThere ? read({ "responses.compact": "openai-compaction" }) : [];
/** Of Bedrock's Converse, whose streams are no text. */
export const CONVERSE: readonly Exchange[] = isThere
  ? read({ converse: "bedrock-converse", "converse-stream": "bedrock-converse" })
  : [];

/** Of texts that are completed, judged and ranked; Voyage ranks in words of its own, and answers alike. */
export const TEXTS: readonly Exchange[] = isThere
  ? read({
      completions: "openai-completions",
      moderations: "openai-moderations",
      rerank: "cohere-rerank",
      "rerank.v1": "cohere-rerank",
      "rerank.v2": "cohere-rerank",
    })
  : [];

/** Of images that are made and changed. */
export const IMAGES: readonly Exchange[] = isThere
  ? read({ "images.generations": "openai-images", "images.edits": "openai-image-edits" })
  : [];

export const answered = EXCHANGES.filter(({ status, wire }) => status === 200 && wire.outbound !== undefined);
export const streams = answered.filter(({ stream }) => stream);
export const whole = answered.filter(({ stream }) => !stream);
export const embeddings = EXCHANGES.filter(({ status, wire }) => status === 200 && wire.name === "openai-embeddings");
export const refused = EXCHANGES.filter(({ status }) => status >= 400);

/** With their names in front, for `test.each`. */
export const titled = (list: readonly Exchange[]) => list.map((one) => [one.name, one] as const);

function read(wires: Record<string, WireName>): Exchange[] {
  const folders = readdirSync(FOLDER, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.flatMap(({ name: folder }) =>
    readdirSync(join(FOLDER, folder))
      .filter((file) => file.endsWith(".json"))
      .flatMap((file) => exchange(folder, file, wires)),
  );
}

function exchange(folder: string, file: string, wires: Record<string, WireName>): Exchange[] {
  const recording: Recording = JSON.parse(readFileSync(join(FOLDER, folder, file), "utf8"));
  const wireName = wires[recording.api];
  const { request, response } = recording;
  if (wireName === undefined) return [];
  const wire = wireNamed(wireName);
  // Bytes are for a wire that frames its streams as such.
  const binary = response.encoding === "base64" && wire.outbound?.framing !== undefined;
  if (response.encoding !== undefined && !binary) return [];
  const known = PROVIDERS.get(NAME_OF[folder] ?? folder);
  const serves = [...(known?.wires.generate ?? []), ...(known?.wires.embed ?? [])].includes(wireName);
  const body = typeof response.body === "string" ? response.body : JSON.stringify(response.body);
  const text = binary ? toByteText(Buffer.from(body, "base64")) : body;
  return [
    {
      name: `${folder}/${file.slice(0, -5)}`,
      folder,
      provider: serves ? known!.name : `recorded-${folder}`,
      wire,
      quirks: new Set(serves ? known!.quirks : QUIRKS_OF[folder]),
      features: new Set(recording.features),
      ...(recording.model === null ? {} : { model: recording.model }),
      stream: recording.stream,
      request: (request?.body ?? undefined) as JsonObject | undefined,
      status: response.status,
      headers: response.headers,
      text,
      bytes: binary ? text : utf8ByteText(text),
    },
  ];
}

/** Every recording there is, whatever its API: who was asked, and for what. */
export function everything(): { name: string; provider: string; api: string; hosted: boolean }[] {
  if (!isThere) return [];
  return readdirSync(FOLDER, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory()) return [];
    const files = readdirSync(join(FOLDER, entry.name)).filter((file) => file.endsWith(".json"));
    return files.map((file) => {
      const { provider, api, request } = JSON.parse(readFileSync(join(FOLDER, entry.name, file), "utf8"));
      // Messages that go by the API of a cloud say so in the body: a suite of their own has them.
      const hosted = request?.body?.anthropic_version !== undefined;
      return { name: `${entry.name}/${file.slice(0, -5)}`, provider, api, hosted };
    });
  });
}

/** How many answers a client asked for. */
export function choicesOf({ request }: Exchange): number {
  return typeof request?.n === "number" ? request.n : 1;
}

/** What the client asked, as far as reading the answer depends on it. */
export function askOf(one: Exchange): Ask {
  return {
    wire: one.wire.name,
    operation: one.wire.operation,
    body: one.request ?? {},
    model: "acme/large",
    stream: one.stream,
    gateway: { options: {} },
    needs: [],
    outputCap: undefined,
    hideReasoning: false,
  };
}

/** The bytes in pieces of one to `longest` bytes, cut anywhere: the same for the same seed, so that a failure comes again. */
export function cutAnywhere(bytes: ByteText, seed: string, longest = 400): ByteText[] {
  const next = chance(Bun.hash.crc32(seed));
  const pieces: ByteText[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + Math.floor(next() * longest);
    pieces.push(bytes.slice(at, end));
    at = end;
  }
  return pieces;
}
