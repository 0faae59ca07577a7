import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ByteText, utf8ByteText } from "../../src/core/byte-text.ts";
import type { WireName } from "../../src/core/event.ts";
import { isObject, type JsonObject, type JsonValue } from "../../src/core/json.ts";
import { AwsEventStream } from "../../src/wires/aws-event-stream.ts";
import { awsEvent, awsException } from "../../src/wires/fixtures/aws-frame.ts";
import { chance } from "../../src/wires/fixtures/cuts.ts";
import { wireNamed } from "../../src/wires/index.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { fixture, framesOf } from "../support/wire-fixtures.ts";
import { DOORS, waysOf } from "./ways.ts";

/** Whatever stands in an id, a model's name or an error, no line of it becomes a line of the reply. */

// biome-ignore format: a list
const PIECES = [
  "\r", "\n", "\r\n", "\n\n", "\r\r", "\0", "\u2028", "\u2029", "\u0085", "\v", "\f", "\ufeff", "\u001b[2J", "\\", '"', "}", "{", ": ", "\t", "é", "👋",
  "data: [DONE]", "event: error", "data: {}", ": hello", "id: 1", "retry: 1", "event: message_stop\ndata: {\"type\":\"message_stop\"}",
  "set-cookie: a=b", "content-length: 0", "HTTP/1.1 200 OK\r\n\r\n", "0\r\n\r\n", "x",
];

const HOSTILE: readonly string[] = (() => {
  const random = chance(4);
  const any = () => PIECES[Math.floor(random() * PIECES.length)]!;
  const made = Array.from({ length: 600 }, () => Array.from({ length: 1 + Math.floor(random() * 6) }, any).join(""));
  return [...new Set([...PIECES, ...PIECES.map((piece) => `a\n\n${piece}\n\n`), ...made])].slice(0, 500);
})();

const WIRES: readonly WireName[] = [
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "gemini-generate",
  "bedrock-converse",
];

/** Calls, thinking and words; and an error behind words. */
const ANSWERS: Readonly<Partial<Record<WireName, readonly string[]>>> = {
  "openai-chat": ["01-parallel-calls-behind-thinking-and-text", "11-error-after-content"],
  "openai-responses": ["tools-called-in-parallel", "11-failed-after-content"],
  "anthropic-messages": ["01-parallel-calls-behind-thinking-and-text", "11-error-after-content"],
  "gemini-generate": ["01-parallel-calls-signed-once", "11-error-after-content"],
  "bedrock-converse": ["01-parallel-calls-behind-thinking-and-text", "11-exception-after-content"],
};

/** Members that only name something. */
// biome-ignore format: a list
const NAMING = new Set([
  "id", "item_id", "call_id", "toolUseId", "responseId", "model", "modelVersion", "name", "system_fingerprint", "message", "code", "param",
  "service_tier", "object", "obfuscation",
]);

/** The same JSON, with this behind every name in it. */
function named(value: JsonValue | undefined, more: string, member = ""): JsonValue | undefined {
  if (typeof value === "string") return NAMING.has(member) ? value + more : value;
  if (Array.isArray(value)) return value.map((element) => named(element, more) ?? null);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, named(inner, more, name)]));
}

const STREAMS = new Map<string, ByteText>();

/** Read once. */
function streamOf(wire: WireName, name: string): ByteText {
  const key = `${wire}/${name}`;
  if (!STREAMS.has(key)) STREAMS.set(key, fixture(wire, name).stream!);
  return STREAMS.get(key)!;
}

/** A fixture with this in all names that its provider gives. */
function answer(wire: WireName, name: string, more: string): ByteText {
  const stream = streamOf(wire, name);
  if (wire === "bedrock-converse") {
    const frames = [...new AwsEventStream().push(stream)];
    return frames
      .map(({ event = "", data, failure }) => {
        const payload = named(JSON.parse(data), more) as JsonObject;
        return failure === true ? awsException(event, String(payload.message)) : awsEvent(event, payload);
      })
      .join("");
  }
  const written = framesOf([stream]).map(({ event, data }) => {
    const said = data.startsWith("{") ? JSON.stringify(named(JSON.parse(data), more)) : data;
    return `${event === undefined ? "" : `event: ${event}\n`}data: ${said}\n\n`;
  });
  return utf8ByteText(written.join(""));
}

/** What every line of a reply is, by the letter of the specification: names of fields, and of events. */
function skeleton(reply: ByteText): string[] {
  return reply.split(/\r\n|\r|\n/).map((line) => {
    if (line.startsWith("data: {")) {
      JSON.parse(line.slice(6));
      return "data";
    }
    return line;
  });
}

describe.each(WIRES)("names that a provider of %s gives", (wire) => {
  const ways = waysOf(wireNamed(wire));
  test.each(ways.map((way) => [way.name, way] as const))("make no line of their own: %s", (_, way) => {
    for (const name of ANSWERS[wire]!) {
      const usual = skeleton(way.run([answer(wire, name, "x")]));
      // Calls are nothing that a completion has a word for: its end alone is told.
      const least = way.name.includes("openai-completions") && !name.startsWith("11-") ? 0 : 1;
      expect(usual.filter((line) => line === "data").length).toBeGreaterThan(least);
      for (const more of HOSTILE) {
        const told = skeleton(way.run([answer(wire, name, more)]));
        if (told.join("\n") !== usual.join("\n")) expect({ name, more, told }).toEqual({ name, more, told: usual });
      }
    }
  });
});

describe("line ends in the JSON of a binary frame", () => {
  const relayed = waysOf(wireNamed("anthropic-messages"), ["invoke-model"]).find(({ relays }) => relays)!;
  const frames = framesOf([fixture("anthropic-messages", "01-parallel-calls-behind-thinking-and-text").stream!]);
  const inChunks = (write: (data: string) => string) =>
    frames.map(({ data }) => awsEvent("chunk", { bytes: Buffer.from(write(data)).toString("base64") })).join("");
  const usual = skeleton(relayed.run([inChunks((data) => data)]));

  test.each(["\n", "\r", "\r\n", "\n\n", "\n\nevent: message_stop\n\n"])(
    "%j between its values is white space at most",
    (more) => {
      const told = relayed.run([inChunks((data) => data.replace(",", () => `,${more}`))]);
      const types = told.split(/\r\n|\r|\n/).filter((line) => line.startsWith("event: "));
      if (/^[\r\n]+$/.test(more)) expect(types).toEqual(usual.filter((line) => line.startsWith("event: ")));
      else expect(types).toEqual(["event: error"]);
    },
  );
});

/** What a client may be told in header fields, whatever it or the provider says. */
// biome-ignore format: a list
const FIELDS = new Set([
  "content-type", "content-length", "transfer-encoding", "date", "cache-control", "access-control-allow-origin", "access-control-expose-headers",
  "x-request-id", "request-id", "x-should-retry", "retry-after", "x-accel-buffering",
]);

const WHOLE = {
  "openai-chat": fixture("openai-chat", "text").answer,
  "anthropic-messages": fixture("anthropic-messages", "text").answer,
};

describe("through a running gateway", () => {
  /** Answers as the model's name says, and with names that end as its number says. */
  let provider: ReturnType<typeof Bun.serve>;
  let gateway: RunningGateway;
  beforeAll(async () => {
    provider = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answered });
    const base_url = `http://127.0.0.1:${provider.port}`;
    const at = (name: string, wire: string) => ({ wire, base_url, api_key: "sk-x", models: [{ id: `${name}/one` }] });
    const providers = { lab: at("lab", "openai-chat"), hall: at("hall", "anthropic-messages") };
    gateway = await startGateway({ config: { providers } });
  });
  afterAll(async () => {
    await gateway.stop();
    await provider.stop(true);
  });

  async function answered(request: Request): Promise<Response> {
    const { stream, messages } = (await request.json()) as {
      stream?: boolean;
      messages: { content: string | { text: string }[] }[];
    };
    const { content } = messages.at(-1)!;
    const { way, more } = JSON.parse(typeof content === "string" ? content : content[0]!.text) as {
      way: string;
      more: string;
    };
    const isChat = request.url.endsWith("/chat/completions");
    if (way === "refuses") {
      const error = { message: `No ${more}`, type: more, code: more, param: more };
      return Response.json({ type: "error", error, request_id: more }, { status: 400 });
    }
    const wire = isChat ? "openai-chat" : "anthropic-messages";
    if (stream !== true) return Response.json(named(WHOLE[wire], more));
    const name = way === "breaks off" ? "11-error-after-content" : "text";
    return new Response(Buffer.from(answer(wire, name, more), "latin1"), {
      headers: { "content-type": "text/event-stream" },
    });
  }

  const bodyFor = (door: WireName, model: string, text: string, stream: boolean): JsonObject => {
    if (door === "ai-sdk-language-model") return { prompt: [{ role: "user", content: [{ type: "text", text }] }] };
    if (door === "openai-completions") return { model, stream, max_tokens: 50, prompt: text };
    const said = [{ role: "user", content: text }];
    return door === "openai-responses"
      ? { model, stream, input: said }
      : { model, stream, max_tokens: 50, messages: said };
  };

  const PATHS: Partial<Record<WireName, string>> = {
    "openai-completions": "/v1/completions",
    "openai-chat": "/v1/chat/completions",
    "openai-responses": "/v1/responses",
    "anthropic-messages": "/v1/messages",
    "ai-sdk-language-model": "/v4/ai/language-model",
  };

  /** What the door has beside the body; no client can send a name there that no header field may hold. */
  const headFor = (door: WireName, model: string, stream: boolean): Record<string, string> =>
    door === "ai-sdk-language-model"
      ? { "ai-language-model-id": model, "ai-language-model-streaming": String(stream) }
      : {};
  const canBeSent = (door: WireName, model: string): boolean =>
    door !== "ai-sdk-language-model" || /^[\x20-\x7e]*$/.test(model);

  /** The lines of a reply. A whole one must be JSON. */
  async function linesOf(
    door: WireName,
    model: string,
    way: string,
    more: string,
    stream: boolean,
  ): Promise<(string | number)[]> {
    const asked = bodyFor(door, model, JSON.stringify({ way, more }), stream);
    const response = await gateway.post(PATHS[door]!, asked, headFor(door, model, stream));
    const strange = [...response.headers.keys()].filter((field) => !FIELDS.has(field));
    if (strange.length > 0) expect({ model, strange }).toEqual({ model, strange: [] });
    if (response.headers.get("content-type") === "text/event-stream")
      return [response.status, ...skeleton(utf8ByteText(await response.text()))];
    const body = await jsonOf(response);
    return [response.status, ...Object.keys(body), ...Object.keys(body.error ?? {})];
  }

  const USES = [
    ["answers", true, 200],
    ["answers", false, 200],
    ["breaks off", true, 200],
    ["refuses", true, 400],
  ] as const;
  const cases = DOORS.flatMap(({ name: door }) =>
    ["lab/one", "hall/one"].flatMap((model) => USES.map((use) => [door, model, ...use] as const)),
  );
  test.each(cases)("at the door of %s, where %s %s (stream: %p)", async (door, model, way, stream, status) => {
    const usual = await linesOf(door, model, way, "x", stream);
    expect(usual[0]).toBe(status);
    for (const more of HOSTILE) {
      const lines = await linesOf(door, model, way, more, stream);
      if (!Bun.deepEquals(lines, usual)) expect({ more, lines }).toEqual({ more, lines: usual });
    }
  });

  test.each(DOORS.map(({ name }) => name))(
    "at the door of %s, a model of such a name is told to be unknown",
    async (door) => {
      const usual = await linesOf(door, "lab/x", "answers", "", true);
      expect(usual[0]).toBe(404);
      for (const more of HOSTILE.filter((one) => canBeSent(door, `lab/x${one}`))) {
        const lines = await linesOf(door, `lab/x${more}`, "answers", "", true);
        if (!Bun.deepEquals(lines, usual)) expect({ more, lines }).toEqual({ more, lines: usual });
      }
    },
  );
});
