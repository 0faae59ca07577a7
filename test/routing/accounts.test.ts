import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

/** Several accounts at one provider, and what the operator demands of all. */

const MODEL = "lab/model";
const BODY = { model: MODEL, messages: [{ role: "user", content: "Hello" }] };

let upstream: Upstream;
beforeAll(() => {
  upstream = startUpstream();
});
afterAll(() => upstream.stop());
beforeEach(() => upstream.forget());

function provider(name: string, more: object) {
  return {
    wire: "openai-chat",
    base_url: `${upstream.url}/${name}`,
    models: [{ id: MODEL, upstream: "m", price: { input: 1, output: 2 } }],
    ...more,
  };
}

describe("a provider with several credentials", () => {
  let gateway: RunningGateway;
  beforeEach(async () => {
    const credentials = [
      { name: "one", api_key: "sk-one", weight: 3 },
      { name: "two", api_key: "sk-two" },
    ];
    const providers = { mine: provider("mine", { credentials }), spare: provider("spare", { api_key: "sk-spare" }) };
    gateway = await startGateway({ config: { providers }, remembers: true });
  });
  const stop = () => gateway.stop();

  test("is asked on each as often as its weight says", async () => {
    for (let i = 0; i < 200; i++) expect((await gateway.post("/v1/chat/completions", BODY)).status).toBe(200);
    const ones = upstream.secrets.filter((secret) => secret === "sk-one").length;
    expect(new Set(upstream.secrets)).toEqual(new Set(["sk-one", "sk-two"]));
    expect(ones).toBeWithin(120, 180);
    await stop();
  });

  test("is asked on the other one where one is limited, before another provider, and from then on at once", async () => {
    upstream.limited.add("sk-one");
    // Until the one that is limited comes first.
    while (!upstream.secrets.includes("sk-one"))
      expect((await gateway.post("/v1/chat/completions", BODY)).status).toBe(200);
    expect(upstream.secrets.slice(-2)).toEqual(["sk-one", "sk-two"]);
    upstream.secrets.length = 0;
    for (let i = 0; i < 20; i++) expect((await gateway.post("/v1/chat/completions", BODY)).status).toBe(200);
    expect(new Set(upstream.secrets)).toEqual(new Set(["sk-two"]));
    await stop();
  });

  test("is left for the next provider where all of them are limited", async () => {
    upstream.limited.add("sk-one");
    upstream.limited.add("sk-two");
    expect((await gateway.post("/v1/chat/completions", BODY)).status).toBe(200);
    expect([...upstream.secrets.slice(0, 2)].sort()).toEqual(["sk-one", "sk-two"]);
    expect(upstream.secrets.slice(2)).toEqual(["sk-spare"]);
    await stop();
  });
});

describe("what an account keeps", () => {
  const start = (names: string[]) => {
    const credentials = names.map((name) => ({ name, api_key: `sk-${name}` }));
    const mine = provider("mine", { wire: "openai-responses", credentials });
    return startGateway({ config: { providers: { mine } } });
  };
  const post = (gateway: RunningGateway, more: object) =>
    gateway.post("/v1/responses", { model: MODEL, input: "Hello", ...more });

  test("is gone on from on that account, whichever comes first, and nowhere else", async () => {
    const gateway = await start(["one", "two"]);
    const accounts = new Set<string>();
    for (let i = 0; i < 20; i++) {
      upstream.forget();
      const { id } = await jsonOf(await post(gateway, {}));
      const reply = await post(gateway, { previous_response_id: id });
      expect(reply.status).toBe(200);
      const [first, second] = upstream.secrets;
      expect(second).toBe(first!);
      expect(upstream.bodies[1]!.previous_response_id).toBe(`resp_of_${first}`);
      accounts.add(first!);
      if (i > 0) continue;
      upstream.failing.add("mine");
      expect((await post(gateway, { previous_response_id: id })).status).toBe(503);
      expect(upstream.secrets.slice(2)).toEqual([first!]);
    }
    expect(accounts.size).toBe(2);
    await gateway.stop();
  });
});

describe("an agreement under HIPAA", () => {
  const AGREED = { providerOptions: { gateway: { hipaaCompliant: true } } };
  const DOORS: [string, object][] = [
    ["/v1/chat/completions", BODY],
    ["/v1/chat/completions", { ...BODY, stream: true }],
    ["/v1/messages", { ...BODY, max_tokens: 9 }],
    ["/v1/messages/count_tokens", BODY],
    ["/v1/responses", { model: MODEL, input: "Hello" }],
    ["/v1/embeddings", { model: MODEL, input: "Hello" }],
  ];
  const start = (more: object, config: object = {}) => {
    const credentials = [
      { name: "one", api_key: "sk-one" },
      { name: "two", api_key: "sk-two", ...more },
    ];
    return startGateway({ config: { ...config, providers: { mine: provider("mine", { credentials }) } } });
  };

  test("where nobody has one, nobody is asked, at any door, and the line to add is told", async () => {
    const gateway = await start({ zero_data_retention: true, no_training: true });
    for (const [path, body] of DOORS) {
      const reply = await gateway.post(path, { ...body, ...AGREED });
      expect([path, reply.status, await reply.text()]).toEqual([
        path,
        400,
        expect.stringContaining("no agreement under HIPAA (if your contract has it: providers.mine.hipaa: true)"),
      ]);
    }
    expect(upstream.asked).toEqual([]);
    await gateway.stop();
  });

  test("who has one is asked, on that account alone, also when it fails", async () => {
    const gateway = await start({ hipaa: true });
    for (const [path, body] of DOORS) expect((await gateway.post(path, { ...body, ...AGREED })).status).toBe(200);
    upstream.limited.add("sk-two");
    expect((await gateway.post("/v1/chat/completions", { ...BODY, ...AGREED })).status).toBe(429);
    expect(new Set(upstream.secrets)).toEqual(new Set(["sk-two"]));
    await gateway.stop();
  });

  test("is demanded by the gateway's policy, and by a virtual model, whatever the request says", async () => {
    const less = { providerOptions: { gateway: { hipaaCompliant: false } } };
    const strict = await start({}, { policy: { hipaa: true } });
    const refused = await strict.post("/v1/chat/completions", { ...BODY, ...less });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("policy demands")]);
    await strict.stop();
    const virtual = { model: MODEL, provider_options: { gateway: { hipaaCompliant: true } } };
    const gateway = await start({ hipaa: true }, { virtual_models: { "vmc/care": virtual } });
    for (let i = 0; i < 10; i++)
      expect((await gateway.post("/v1/chat/completions", { ...BODY, model: "vmc/care", ...less })).status).toBe(200);
    expect(new Set(upstream.secrets)).toEqual(new Set(["sk-two"]));
    await gateway.stop();
  });

  test("of an account that the client brings nothing is known", async () => {
    const gateway = await startGateway();
    const byok = { openai: [{ apiKey: "sk-own" }] };
    const body = { model: "openai/gpt-4o", messages: BODY.messages };
    const reply = await gateway.post("/v1/chat/completions", {
      ...body,
      providerOptions: { gateway: { byok, hipaaCompliant: true } },
    });
    expect([reply.status, gateway.simulator.requests]).toEqual([400, []]);
    await gateway.stop();
  });
});

describe("a gateway that demands something of everybody", () => {
  const startWith = (policy: object, more: object) =>
    startGateway({ config: { policy, providers: { mine: provider("mine", { api_key: "sk-mine", ...more }) } } });

  test("sends nothing to those who have not promised it, whatever the request says", async () => {
    const gateway = await startWith({ zero_data_retention: true }, { no_training: true });
    const reply = await gateway.post("/v1/chat/completions", {
      ...BODY,
      providerOptions: { gateway: { zeroDataRetention: false } },
    });
    expect(reply.status).toBe(400);
    const { error } = await jsonOf(reply);
    expect(error.code).toBe("no_providers_available");
    expect(error.message).toContain("as the gateway's policy demands");
    expect(error.message).toContain("providers.mine.zero_data_retention: true");
    expect(upstream.asked).toEqual([]);
    await gateway.stop();
  });

  test("lists no model that nobody may be asked for", async () => {
    const listed = async (more: object) => {
      const gateway = await startWith({ no_training: true }, more);
      const { data } = await jsonOf(await gateway.get("/v1/models"));
      const { status } = await gateway.get(`/v1/models/${MODEL}/endpoints`);
      await gateway.stop();
      return [data.some(({ id }: { id: string }) => id === MODEL), status];
    };
    expect(await listed({})).toEqual([false, 404]);
    expect(await listed({ no_training: true })).toEqual([true, 200]);
  });

  test("serves where it was promised: who keeps nothing does not train either", async () => {
    const gateway = await startWith({ zero_data_retention: true, no_training: true }, { zero_data_retention: true });
    expect((await gateway.post("/v1/chat/completions", BODY)).status).toBe(200);
    expect(upstream.asked).toEqual(["mine"]);
    await gateway.stop();
  });
});

test("a secret of the operator's that looks like no vendor's is not told by an error that repeats it", async () => {
  const secret = "canary.system/1Zx9";
  const echo = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ headers }) => {
      const shown = headers.get("authorization")!.slice("Bearer ".length);
      return Response.json({ error: { message: `no such key: ${shown}`, param: shown } }, { status: 400 });
    },
  });
  const mine = {
    wire: "openai-chat",
    base_url: `http://127.0.0.1:${echo.port}`,
    api_key: secret,
    models: [{ id: MODEL }],
  };
  const gateway = await startGateway({ config: { providers: { mine } } });
  for (const stream of [false, true]) {
    const reply = await gateway.post("/v1/chat/completions", { ...BODY, stream });
    const text = await reply.text();
    expect([reply.status, text.includes("no such key: [redacted]"), text.includes(secret)]).toEqual([400, true, false]);
    expect(gateway.row(reply.headers.get("x-request-id")!)!.attempts).not.toContain(secret);
  }
  await gateway.stop();
  echo.stop(true);
});

test("nor by one that comes when the stream has begun", async () => {
  const secret = "canary.system/1Zx9";
  const broken = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ headers }) => {
      const shown = headers.get("authorization")!.slice("Bearer ".length);
      const delta = { id: "c1", object: "chat.completion.chunk", created: 1, model: "m" };
      const frames = [
        { ...delta, choices: [{ index: 0, delta: { role: "assistant", content: "Water" }, finish_reason: null }] },
        { error: { message: `the key ${shown} is gone`, type: "invalid_request_error", code: shown } },
      ];
      const body = frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join("");
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    },
  });
  const mine = {
    wire: "openai-chat",
    base_url: `http://127.0.0.1:${broken.port}`,
    api_key: secret,
    models: [{ id: MODEL }],
  };
  const gateway = await startGateway({ config: { providers: { mine } } });
  for (const path of ["/v1/chat/completions", "/v1/messages", "/v1/responses"]) {
    const body = path === "/v1/responses" ? { model: MODEL, input: "Hello" } : { ...BODY, max_tokens: 10 };
    const reply = await gateway.post(path, { ...body, stream: true });
    const text = await reply.text();
    expect([reply.status, text.includes("Water"), text.includes("the key [redacted] is gone")]).toEqual([
      200,
      true,
      true,
    ]);
    expect(text).not.toContain(secret);
    expect(JSON.stringify(gateway.row(reply.headers.get("x-request-id")!))).not.toContain(secret);
  }
  await gateway.stop();
  broken.stop(true);
});
