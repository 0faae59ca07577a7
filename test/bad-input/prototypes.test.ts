import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { NAMES, PAYLOADS } from "../support/prototype-payloads.ts";
import { CHAT, EMBEDDINGS, GOOD, headOf, mustStillServe, talk } from "./client.ts";

let gateway: RunningGateway;
const before = snapshotOfPrototypes();
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await mustStillServe(gateway);
  await gateway.stop();
});
afterEach(() => {
  gateway.simulator.forget();
  expect(snapshotOfPrototypes()).toEqual(before);
});

/** Everything that hangs on the prototypes that all objects share. */
function snapshotOfPrototypes() {
  return [Object, Array, String, Number, Boolean, Function, Map, Set, Promise, Error].map(({ prototype }) =>
    Reflect.ownKeys(prototype).map((name) => [String(name), Object.getOwnPropertyDescriptor(prototype, name)]),
  );
}

/** Places in a chat body that hold an object of somebody's choosing. */
const PLACES: Record<string, (payload: string) => string> = {
  "the body": (payload) => payload,
  metadata: (payload) => `"metadata":{${payload}}`,
  providerOptions: (payload) => `"providerOptions":{${payload}}`,
  "providerOptions.gateway": (payload) => `"providerOptions":{"gateway":{${payload}}}`,
  "providerOptions.openai": (payload) => `"providerOptions":{"openai":{${payload}},"anthropic":{${payload}}}`,
  "providerOptions.openai, deeper": (payload) => `"providerOptions":{"openai":{"a":{${payload}}}}`,
  stream_options: (payload) => `"stream":true,"stream_options":{${payload}}`,
  reasoning: (payload) => `"reasoning":{${payload}}`,
  logit_bias: (payload) => `"logit_bias":{${payload}}`,
  response_format: (payload) =>
    `"response_format":{"type":"json_schema","json_schema":{"name":"j","schema":{${payload}}}}`,
  "a tool": (payload) => `"tools":[{"type":"function","function":{"name":"f","parameters":{${payload}}}}]`,
  tool_choice: (payload) => `"tool_choice":{"type":"__proto__",${payload}}`,
  provider: (payload) => `"provider":{${payload}}`,
};

const MODELS = ["openai/gpt-4o", "anthropic/claude-sonnet-4.5", "deepseek/deepseek-v4-pro"];

async function check(path: string, body: string): Promise<void> {
  const reply = await gateway.post(path, body);
  const text = await reply.text();
  expect(reply.status, `${body}\n${text.slice(0, 300)}`).toBeLessThan(500);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  // What was asked for is what was asked of the provider.
  for (const { body } of gateway.simulator.requests) {
    expect((body as { model: string }).model).not.toContain("gpt-5");
  }
}

describe.each(MODELS)("in a chat body for %s", (model) => {
  test.each(Object.entries(PLACES))("in %s", async (_, place) => {
    for (const payload of PAYLOADS) {
      gateway.simulator.forget();
      await check(
        CHAT,
        `{"model":"${model}","messages":[{"role":"user","content":"[sim tokens=2 every=0]"}],${place(payload)}}`,
      );
    }
  });

  test("in messages, parts and tool calls", async () => {
    for (const payload of PAYLOADS) {
      gateway.simulator.forget();
      const call = `{"id":"c","type":"function","function":{"name":"f","arguments":"{}",${payload}},${payload}}`;
      const messages = [
        `{"role":"user","content":[{"type":"text","text":"x",${payload}},{"type":"__proto__",${payload}}],${payload}}`,
        `{"role":"assistant","content":null,"tool_calls":[${call}]}`,
        `{"role":"tool","tool_call_id":"c","content":"r",${payload}}`,
      ];
      await check(CHAT, `{"model":"${model}","messages":[${messages.join(",")}]}`);
    }
  });
});

test("in an embeddings body", async () => {
  for (const payload of PAYLOADS) {
    gateway.simulator.forget();
    await check(EMBEDDINGS, `{"model":"openai/text-embedding-3-small","input":"x",${payload}}`);
    await check(
      EMBEDDINGS,
      `{"model":"openai/text-embedding-3-small","input":"x","providerOptions":{"openai":{${payload}}}}`,
    );
  }
});

test("as the value of what is looked up", async () => {
  const chat = (change: object) => gateway.post(CHAT, { ...GOOD[CHAT], ...change });
  for (const name of [...NAMES, "__proto__/x", "constructor/prototype"]) {
    expect((await chat({ model: name })).status).toBe(404);
    expect((await chat({ messages: [{ role: name, content: "x" }] })).status).toBe(400);
    expect((await chat({ providerOptions: { gateway: { only: [name] } } })).status).toBe(400);
    expect((await chat({ providerOptions: { gateway: { [`${name}x`]: 1 } } })).status).toBe(400);
    for (const change of [
      { tool_choice: name },
      { response_format: { type: name } },
      { reasoning_effort: name },
      { service_tier: name },
      { messages: [{ role: "user", content: [{ type: name, [name]: "x" }] }] },
    ]) {
      for (const model of MODELS) expect((await chat({ model, ...change })).status).toBeLessThan(500);
    }
    expect((await gateway.get(`/v1/models/${name}/${name}`)).status).toBe(404);
    expect((await gateway.get(`/${name}`)).status).toBe(404);
  }
});

test("in fields and in queries", async () => {
  const text = JSON.stringify(GOOD[CHAT]);
  const fields = NAMES.flatMap((name) => [`${name}: polluted`, `x-${name}: polluted`]);
  const query = NAMES.flatMap((name) => [`${name}=x`, `${name}[polluted]=x`, `${name}.polluted=x`]).join("&");
  const head = headOf(
    `POST ${CHAT}?${query} HTTP/1.1`,
    `Content-Length: ${text.length}`,
    ...fields.filter((field) => !/^length|^x-length/.test(field)),
  );
  expect((await talk(gateway, head + text)).statuses).toEqual([200]);
  expect((await gateway.get(`/v1/generation?${query}`)).status).toBe(400);
  expect((await gateway.get(`/v1/models?${query}`)).status).toBe(200);
});

test("in the answers of a provider", async () => {
  let answer = "";
  let stream = false;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      new Response(stream ? `data: ${answer}\n\ndata: [DONE]\n\n` : answer, {
        headers: { "content-type": stream ? "text/event-stream" : "application/json" },
      }),
  });
  const at = `http://127.0.0.1:${server.port}`;
  const providers = {
    openai: { api_key: "k", base_url: `${at}/v1` },
    deepseek: { api_key: "k", base_url: `${at}/v1` },
  };
  const other = await startGateway({ config: { providers } });
  for (const payload of PAYLOADS) {
    for (const whole of [true, false]) {
      const said = `{"role":"assistant","content":"x",${payload}}`;
      const choice = `{"index":0,"${whole ? "message" : "delta"}":${said},"finish_reason":"stop",${payload}}`;
      const usage = `"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2,${payload}}`;
      answer = `{"id":"c","object":"chat.completion${whole ? "" : ".chunk"}","created":1,"model":"m","choices":[${choice}],${usage},${payload}}`;
      stream = !whole;
      for (const model of ["openai/gpt-4o", "deepseek/deepseek-v4-pro"]) {
        const reply = await other.post(CHAT, { ...GOOD[CHAT], model, stream });
        const text = await reply.text();
        expect(reply.status, text.slice(0, 300)).toBe(200);
        expect(text).toContain('"x"');
        expect(other.row(reply.headers.get("x-request-id")!)).toMatchObject({ input: 1, output: 1 });
      }
    }
  }
  await other.stop();
  server.stop(true);
});

test("and a key by such a name is no key", async () => {
  for (const name of NAMES) {
    const reply = await gateway.get("/v1/generation?id=gen_01ARZ3NDEKTSV4RRFFQ69G5FAV", {
      authorization: `Bearer ${name}`,
    });
    expect(reply.status).toBe(401);
    expect(name).not.toBe(KEY);
  }
});
