import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { CHAT, GOOD, mustBeRefused, mustStillServe, PATHS, type Path } from "./client.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await mustStillServe(gateway);
  await gateway.stop();
});
afterEach(() => gateway.simulator.forget());

const send = (path: string, body: string | Uint8Array, headers: Record<string, string> = {}) =>
  fetch(gateway.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...headers },
    body,
  });

/** What is no JSON object, made from one that is good. */
const MALFORMED: Record<string, (good: string) => string | Uint8Array> = {
  nothing: () => "",
  space: () => " ",
  "a byte order mark before it": (good) => `\uFEFF${good}`,
  "a byte behind it": (good) => `${good}x`,
  "itself behind it": (good) => good + good,
  "NUL behind it": (good) => `${good}\0`,
  "NaN in it": (good) => good.replace(/}$/, ',"temperature":NaN}'),
  "Infinity in it": (good) => good.replace(/}$/, ',"temperature":-Infinity}'),
  "a comma too many": (good) => good.replace(/}$/, ",}"),
  "a comment": (good) => good.replace("{", "{/* */"),
  "single quotes": (good) => good.replaceAll('"', "'"),
  "a line end in a string": (good) => good.replace("Hello", "Hel\nlo"),
  "NUL in a string": (good) => good.replace("Hello", "Hel\0lo"),
  "half an escape": (good) => good.replace("Hello", "\\u12"),
  "a lone surrogate": (good) => good.replace("Hello", "\\ud83d"),
  "a lone surrogate in a name": (good) => good.replace("{", '{"\\udc00":1,'),
  "the model twice": (good) => good.replace("{", '{"model":"openai/gpt-5",'),
  "the model twice, once escaped": (good) => good.replace("{", '{"m\\u006fdel":"openai/gpt-5",'),
  "a name twice, deep inside": (good) => good.replace(/}$/, ',"metadata":{"a":[{"b":1,"b":1}]}}'),
  "__proto__ twice": (good) => good.replace(/}$/, ',"__proto__":{},"__proto__":{}}'),
  "an array around it": (good) => `[${good}]`,
  "a string around it": (good) => JSON.stringify(good),
  null: () => "null",
  "a number": () => "1e3",
  "form data": () => "model=openai/gpt-4o&messages=Hello",
  XML: () => "<model>openai/gpt-4o</model>",
  "UTF-16": (good) => Buffer.from(good, "utf16le"),
  "Latin-1": (good) => Buffer.from(good.replace("Hello", "Grüße"), "latin1"),
  "a cut character": (good) =>
    Buffer.concat([Buffer.from(good.slice(0, -4)), Buffer.from([0xf0, 0x9f]), Buffer.from(good.slice(-4))]),
  gzip: (good) => Bun.gzipSync(Buffer.from(good)),
};

describe.each(PATHS)("a body for %s", (path) => {
  const good = JSON.stringify(GOOD[path]);

  test.each(Object.entries(MALFORMED))("that is or has: %s", async (_, make) => {
    await mustBeRefused(gateway, await send(path, make(good)), { status: 400, code: "invalid_json" });
  });

  test("that is cut off, wherever", async () => {
    for (let end = 1; end < good.length; end++)
      await mustBeRefused(gateway, await send(path, good.slice(0, end)), { status: 400, code: "invalid_json" });
  });

  test.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/xml", "image/png"])(
    "said to be %s",
    async (type) => {
      const message = await mustBeRefused(gateway, await send(path, good, { "content-type": type }), { status: 415 });
      expect(message).toContain("content-type: application/json");
    },
  );

  test.each(["gzip", "br", "deflate", "zstd", "gzip, gzip", "compress"])(
    "with content-encoding %s",
    async (encoding) => {
      const bomb = Bun.gzipSync(Buffer.alloc(1_000_000));
      await mustBeRefused(gateway, await send(path, bomb, { "content-encoding": encoding }), { status: 415 });
    },
  );

  test.each(["GET", "PUT", "PATCH", "DELETE"])("by %s", async (method) => {
    const reply = await fetch(gateway.url + path, {
      method,
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      ...(method === "GET" ? {} : { body: good }),
    });
    expect(reply.headers.get("allow")).toBe("POST");
    await mustBeRefused(gateway, reply, { status: 405, code: "method_not_allowed" });
  });

  test("without a key, or with another: before the body is looked at", async () => {
    const shown = [
      "",
      "Bearer",
      "Bearer ",
      "Bearer wrong",
      `Basic ${KEY}`,
      KEY,
      `Bearer ${KEY}x`,
      `Bearer ${KEY}, Bearer ${KEY}`,
    ];
    for (const authorization of shown)
      await mustBeRefused(gateway, await send(path, "{", { authorization }), { status: 401, code: "invalid_api_key" });
  });
});

describe("a request that lacks the point", () => {
  const changed = (path: Path, change: object) => JSON.stringify({ ...GOOD[path], ...change });

  test.each<[string, Path, object, number, string, string]>([
    ["no model", CHAT, { model: undefined }, 400, "invalid_request", "model"],
    ["an empty model", CHAT, { model: "" }, 400, "invalid_request", "model"],
    ["an unknown model", CHAT, { model: "openai/gpt-4o-large" }, 404, "model_not_found", "model"],
    ["a model of a megabyte", CHAT, { model: "m".repeat(1_000_000) }, 404, "model_not_found", "model"],
    ["a model by another spelling", CHAT, { model: "OPENAI/GPT-4O" }, 404, "model_not_found", "model"],
    ["no messages", CHAT, { messages: undefined }, 400, "invalid_request", "messages"],
    ["empty messages", CHAT, { messages: [] }, 400, "invalid_request", "messages"],
    ["a message that is none", CHAT, { messages: [null] }, 400, "invalid_request", "messages[0]"],
    [
      "a role that is none",
      CHAT,
      { messages: [{ role: "judge", content: "x" }] },
      400,
      "invalid_request",
      "messages[0].role",
    ],
    ["no input", "/v1/embeddings", { input: undefined }, 400, "invalid_request", "input"],
    ["empty input", "/v1/embeddings", { input: [] }, 400, "invalid_request", "input"],
    ["an empty text", "/v1/embeddings", { input: "" }, 400, "invalid_request", "input"],
    ["a model that does not embed", "/v1/embeddings", { model: "anthropic/claude-sonnet-4.5" }, 400, "", ""],
  ])("%s", async (_, path, change, status, code, param) => {
    const reply = await gateway.post(path, changed(path, change));
    await mustBeRefused(gateway, reply, { status, ...(code === "" ? {} : { code, param }) });
  });
});

test("numbers that no double holds reach the provider as they were written", async () => {
  const numbers = { big: "123456789012345678901234567890", negative: "-9007199254740993", far: "1e400" };
  const body = JSON.stringify(GOOD[CHAT]).replace(
    /}$/,
    `,"seed":9223372036854775807,"metadata":{"deep":[{"n":${numbers.big}}]},"x_negative":${numbers.negative},"x_far":${numbers.far}}`,
  );
  const sent = captureUpstream();
  const other = await startGateway({ config: { providers: { openai: { api_key: "k", base_url: sent.url } } } });
  await (await other.post(CHAT, body)).bytes();
  const text = await sent.body;
  expect(text).toContain('"seed":9223372036854775807');
  expect(text).toContain(`"metadata":{"deep":[{"n":${numbers.big}}]}`);
  expect(text).toContain(`"x_negative":${numbers.negative}`);
  expect(text).toContain(`"x_far":${numbers.far}`);
  await other.stop();
  sent.stop();
});

/** A provider that keeps the text of what it gets, and refuses it. */
function captureUpstream() {
  const { promise, resolve } = Promise.withResolvers<string>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      resolve(await request.text());
      return Response.json({ error: { message: "no", type: "invalid_request_error" } }, { status: 400 });
    },
  });
  return { url: `http://127.0.0.1:${server.port}/v1`, body: promise, stop: () => server.stop(true) };
}

describe("whatever is done to a good body", () => {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    drop: fc.nat(6),
    put: fc.oneof(
      fc.constantFrom(
        '"',
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "\\",
        "\\u",
        "\\ud800",
        "1e999",
        "-",
        "\0",
        "\uFEFF",
        '"a":1,',
      ),
      fc.string({ maxLength: 4 }),
    ),
  });

  test.each(PATHS)("for %s: it is refused or answered, and never fails", async (path) => {
    const good = JSON.stringify(GOOD[path]);
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        let body = good;
        for (const { at, drop, put } of edits) {
          const start = Math.floor(at * body.length);
          body = body.slice(0, start) + put + body.slice(start + drop);
        }
        gateway.simulator.forget();
        const reply = await send(path, body);
        if (reply.status !== 200 && gateway.simulator.requests.length === 0) {
          await mustBeRefused(gateway, reply);
          return;
        }
        // It was understood: then it is JSON, and has its one row.
        JSON.parse(body);
        await reply.bytes();
        expect(reply.status).toBeLessThan(500);
        expect(gateway.simulator.requests).toHaveLength(1);
        expect(gateway.row(reply.headers.get("x-request-id")!)).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });
});
