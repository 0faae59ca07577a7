import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { RELAYED, TRANSCODED } from "./client.ts";

/** A client that is served on accounts of its own: `providerOptions.gateway.byok` (contract 7.3). */

/** Looks like no vendor's secret: what is kept out of errors is kept out because the request brought it. */
const OWN = "canary.own/7Qf2";
const SECOND = "canary.second/9Xw4";
let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
});
beforeEach(() => gateway.simulator.forget());

const secretOf = ({ headers }: { headers: Readonly<Record<string, string | string[] | undefined>> }) =>
  String(headers["x-api-key"] ?? headers["api-key"] ?? headers.authorization).replace("Bearer ", "");
const shown = (at: RunningGateway = gateway) => at.simulator.requests.map(secretOf);

interface Wanted {
  gateway?: object;
  [member: string]: unknown;
}

function chat(model: string, text: string, { gateway: options, ...more }: Wanted = {}) {
  return { model, messages: [{ role: "user", content: text }], providerOptions: { gateway: options }, ...more };
}

const QUICK = "[sim every=0]";
const byok = { openai: [{ apiKey: OWN }], anthropic: [{ apiKey: OWN }] };

describe("the client's own credential", () => {
  test.each([RELAYED, TRANSCODED])("serves %s, costs the operator nothing, and stands nowhere", async (model) => {
    const answer = await jsonOf(await gateway.post("/v1/chat/completions", chat(model, QUICK, { gateway: { byok } })));
    expect(shown()).toEqual([OWN]);
    expect(gateway.simulator.requests[0]!.text).not.toContain("byok");
    expect([answer.usage.cost, answer.usage.is_byok, answer.usage.market_cost > 0]).toEqual([0, true, true]);
    const { routing, cost, marketCost, dropped } = answer.choices[0].message.provider_metadata.gateway;
    expect([cost, Number(marketCost) > 0, dropped]).toEqual(["0", true, undefined]);
    expect(routing.modelAttempts[0].providerAttempts[0].credentialType).toBe("byok");
    const order = routing.planningReasoning;
    const [provider] = model.split("/");
    expect(order.indexOf(`${provider}(byok)`)).toBeLessThan(order.indexOf(`${provider}(system)`));
    expect(routing.fallbacksAvailable).toContain(provider);
    const row = gateway.row(answer.id)!;
    expect(row.byok).toBe(true);
    const kept = JSON.stringify([row, answer], (_, value) => (typeof value === "bigint" ? String(value) : value));
    expect(kept).not.toContain(OWN);
    const told = await jsonOf(await gateway.get(`/v1/generation?id=${answer.id}`));
    expect(told.data).toMatchObject({ is_byok: true, total_cost: 0 });
    expect(told.data.market_cost).toBeGreaterThan(0);
  });

  test("serves at every door, plain and streamed, and where tokens are counted", async () => {
    const providerOptions = { gateway: { byok } };
    const content = [{ role: "user", content: QUICK }];
    const bodies: [string, object][] = [
      ["/v1/chat/completions", { model: RELAYED, messages: content, stream: true }],
      ["/v1/messages", { model: TRANSCODED, max_tokens: 99, messages: content }],
      ["/v1/messages", { model: TRANSCODED, max_tokens: 99, messages: content, stream: true }],
      ["/v1/messages/count_tokens", { model: TRANSCODED, messages: content }],
      ["/v1/responses", { model: RELAYED, input: QUICK }],
      ["/v1/responses", { model: TRANSCODED, input: QUICK, stream: true }],
      ["/v1/embeddings", { model: "openai/text-embedding-3-small", input: "Hello" }],
    ];
    for (const [path, body] of bodies) {
      const reply = await gateway.post(path, { ...body, providerOptions });
      expect([path, reply.status]).toEqual([path, 200]);
      await reply.text();
    }
    expect(shown()).toEqual(bodies.map(() => OWN));
  });

  test("is followed by the next of the list, and then by the operator's", async () => {
    const two = { openai: [{ apiKey: OWN }, { apiKey: SECOND }] };
    const failing = "[sim path=/openai first=2 id=turns status=503 every=0]";
    const reply = await gateway.post("/v1/chat/completions", chat(RELAYED, failing, { gateway: { byok: two } }));
    const answer = await jsonOf(reply);
    expect(shown()).toEqual([OWN, SECOND, "sk-test-openai"]);
    expect([answer.usage.is_byok, answer.usage.cost > 0]).toEqual([false, true]);
    const { providerAttempts } = answer.choices[0].message.provider_metadata.gateway.routing.modelAttempts[0];
    const told = [
      ["byok", "1"],
      ["byok", "2"],
      ["system", undefined],
    ];
    const accounts = (all: { credentialType: string; credentialName?: string }[]) =>
      all.map(({ credentialType, credentialName }) => [credentialType, credentialName]);
    expect(accounts(providerAttempts)).toEqual(told as never);
    const { data } = await jsonOf(await gateway.get(`/v1/generation?id=${answer.id}`));
    expect(accounts(data.routing.modelAttempts[0].providerAttempts)).toEqual(told as never);
  });

  test("alone may serve, if the request says so", async () => {
    const failing = "[sim path=/openai status=503]";
    const only = { byok: { openai: [{ apiKey: OWN }] }, byok_only: true };
    const reply = await gateway.post("/v1/chat/completions", chat(RELAYED, failing, { gateway: only }));
    expect(reply.status).toBe(503);
    expect(shown()).toEqual([OWN]);
  });

  test("and then for nobody else's model, also as a model to fall back to", async () => {
    const only = { byok: { openai: [{ apiKey: OWN }] }, byok_only: true };
    const failing = chat(RELAYED, "[sim path=/openai status=503]", { gateway: only, models: [TRANSCODED] });
    expect((await gateway.post("/v1/chat/completions", failing)).status).toBe(503);
    const foreign = await gateway.post("/v1/chat/completions", chat(TRANSCODED, QUICK, { gateway: only }));
    expect(foreign.status).toBe(400);
    const { error } = await jsonOf(foreign);
    expect(error.code).toBe("no_providers_available");
    expect(error.message).toContain("(openai)");
    expect(error.message).toContain("anthropic");
    const without = await gateway.post("/v1/chat/completions", chat(RELAYED, QUICK, { gateway: { byok_only: true } }));
    expect([without.status, (await jsonOf(without)).error.param]).toEqual([400, "providerOptions.gateway.byok"]);
    expect(shown()).toEqual([OWN]);
  });

  test("for another provider changes nothing, and is told", async () => {
    const other = { byok: { groq: [{ apiKey: OWN }] } };
    const answer = await jsonOf(await gateway.post("/v1/chat/completions", chat(RELAYED, QUICK, { gateway: other })));
    expect(shown()).toEqual(["sk-test-openai"]);
    expect(answer.choices[0].message.provider_metadata.gateway.routing.planningReasoning).toContain("byok");
  });

  test("calls a model as its account does", async () => {
    const modelMappings = [
      { gatewayModelSlug: RELAYED, customModelId: "my-deployment" },
      { gatewayModelSlug: "acme/tuned", customModelId: "ft:tuned" },
    ];
    const own = { byok: { openai: [{ apiKey: OWN, modelMappings }] } };
    const failing = "[sim path=/openai first=1 id=named status=503 every=0]";
    const answer = await jsonOf(await gateway.post("/v1/chat/completions", chat(RELAYED, failing, { gateway: own })));
    const asked = () => gateway.simulator.requests.map(({ text }) => JSON.parse(text).model);
    expect(asked()).toEqual(["my-deployment", "gpt-4o"]);
    expect(answer.model).toBe(RELAYED);
    gateway.simulator.forget();
    const tuned = await gateway.post("/v1/chat/completions", chat("acme/tuned", QUICK, { gateway: own }));
    expect([tuned.status, (await jsonOf(tuned)).model]).toEqual([200, "acme/tuned"]);
    expect(asked()).toEqual(["ft:tuned"]);
  });

  test("serves where the operator has no credential at all", async () => {
    const keyless = await startGateway({
      config: {
        simulate: "never",
        providers: Object.fromEntries(
          ["openai", "anthropic", "groq", "mistral", "deepseek"].map((name) => [
            name,
            { base_url: `${gateway.simulator.url}/${name}/v1` },
          ]),
        ),
      },
    });
    const reply = await keyless.post("/v1/chat/completions", chat(RELAYED, QUICK, { gateway: { byok } }));
    expect(reply.status).toBe(200);
    expect((await keyless.post("/v1/chat/completions", chat(RELAYED, QUICK))).status).toBeGreaterThanOrEqual(400);
    expect(shown()).toEqual([OWN]);
    await keyless.stop();
  });

  test("is not judged by what it promises: no data goes where none may be kept", async () => {
    const strict = { byok, zeroDataRetention: true };
    const reply = await gateway.post("/v1/chat/completions", chat(RELAYED, QUICK, { gateway: strict }));
    expect([reply.status, (await jsonOf(reply)).error.code]).toEqual([400, "no_providers_available"]);
    const trained = { byok: { openai: [{ apiKey: OWN }] }, disallowPromptTraining: true, byok_only: true };
    const served = await gateway.post("/v1/chat/completions", chat(RELAYED, QUICK, { gateway: trained }));
    expect([served.status, shown()]).toEqual([200, [OWN]]);
  });
});

describe("what a provider says of it", () => {
  const echo = `[sim status=400 message="bad key ${OWN} given"]`;

  test.each(["/v1/chat/completions", "/v1/messages", "/v1/responses"])("is not repeated at %s", async (path) => {
    for (const model of [RELAYED, TRANSCODED]) {
      const turn = [{ role: "user", content: echo }];
      const reply = await gateway.post(path, {
        model,
        max_tokens: 99,
        ...(path === "/v1/responses" ? { input: turn, max_tokens: undefined } : { messages: turn }),
        providerOptions: { gateway: { byok } },
      });
      const text = await reply.text();
      expect(reply.status).toBe(400);
      expect(text).toContain("bad key [redacted] given");
      const row = gateway.row(reply.headers.get("request-id")!)!;
      expect(text + JSON.stringify(row, (_, value) => (typeof value === "bigint" ? "" : value))).not.toContain(OWN);
    }
  });

  test("is not repeated where tokens are counted", async () => {
    const reply = await gateway.post("/v1/messages/count_tokens", {
      model: TRANSCODED,
      messages: [{ role: "user", content: echo }],
      providerOptions: { gateway: { byok } },
    });
    expect(await reply.text()).not.toContain(OWN);
  });

  test("names the client's account and not the gateway's", async () => {
    const only = { byok, byok_only: true };
    const refused = await gateway.post(
      "/v1/chat/completions",
      chat(RELAYED, `[sim status=401 message="${OWN}"]`, { gateway: only }),
    );
    const text = await refused.text();
    expect(refused.status).toBe(502);
    expect(text).toContain("the credential that the request brought");
    expect(text).not.toContain(OWN);
  });
});

describe("what a provider keeps", () => {
  const respond = (more: object) => gateway.post("/v1/responses", { model: RELAYED, input: QUICK, ...more });
  const own = { providerOptions: { gateway: { byok } } };

  test("on the client's account may be named by the provider's id, and only that account is asked", async () => {
    const text = "[sim path=/openai status=503]";
    const part = { type: "file", file: { file_id: "file-1" } };
    const content = [{ type: "text", text }, part];
    const body = { ...chat(RELAYED, text, { gateway: { byok } }), messages: [{ role: "user", content }] };
    expect((await gateway.post("/v1/chat/completions", { ...body, models: [TRANSCODED] })).status).toBe(503);
    expect(shown()).toEqual([OWN]);
    expect(gateway.simulator.requests[0]!.text).toContain("file-1");
    const without = await gateway.post("/v1/chat/completions", { ...body, providerOptions: {} });
    expect([without.status, (await jsonOf(without)).error.param]).toEqual([400, "messages[0].content[1].file.file_id"]);
    expect(shown()).toEqual([OWN]);
  });

  test("on one of several accounts is gone on from on that one", async () => {
    const two = { providerOptions: { gateway: { byok: { openai: [{ apiKey: OWN }, { apiKey: SECOND }] } } } };
    const input = "[sim path=/openai first=1 id=kept status=503] [sim every=0] Hello";
    const kept = await jsonOf(await respond({ ...two, input, store: true }));
    expect(shown()).toEqual([OWN, SECOND]);
    gateway.simulator.forget();
    expect((await respond({ ...two, previous_response_id: kept.id })).status).toBe(200);
    expect(shown()).toEqual([SECOND]);
    // Brought alone it is the one that there is.
    const alone = { providerOptions: { gateway: { byok: { openai: [{ apiKey: SECOND }] } } } };
    expect((await respond({ ...alone, previous_response_id: kept.id })).status).toBe(200);
    expect(shown()).toEqual([SECOND, SECOND]);
  });

  test("is named where responses are, and in Anthropic's containers", async () => {
    const raw = await respond({ ...own, previous_response_id: "resp_raw" });
    expect(raw.status).toBe(400);
    expect(JSON.parse(gateway.simulator.requests[0]!.text).previous_response_id).toBe("resp_raw");
    const turn = [{ role: "user", content: QUICK }];
    await gateway.post("/v1/messages", { model: TRANSCODED, max_tokens: 9, messages: turn, container: "c_1", ...own });
    expect(JSON.parse(gateway.simulator.requests.at(-1)!.text).container).toBe("c_1");
    expect(new Set(shown())).toEqual(new Set([OWN]));
  });

  test("is gone on from under the gateway's id, on the account that keeps it and on no other", async () => {
    const theirs = await jsonOf(await respond({ ...own, store: true }));
    const ours = await jsonOf(await respond({ store: true }));
    gateway.simulator.forget();
    expect((await respond({ ...own, previous_response_id: theirs.id })).status).toBe(200);
    expect(shown()).toEqual([OWN]);
    const without = await respond({ previous_response_id: theirs.id });
    expect([without.status, (await jsonOf(without)).error.message]).toEqual([
      400,
      expect.stringContaining("bring its credential"),
    ]);
    expect((await respond({ ...own, previous_response_id: ours.id })).status).toBe(200);
    expect(shown()).toEqual([OWN, "sk-test-openai"]);
    const only = { providerOptions: { gateway: { byok, byok_only: true } } };
    expect((await respond({ ...only, previous_response_id: ours.id })).status).toBe(400);
    // What stands beside it may be somebody else's there.
    const input = [{ role: "user", content: [{ type: "input_file", file_id: "file-of-another" }] }];
    const mixed = await respond({ ...own, input, previous_response_id: ours.id });
    expect([mixed.status, (await jsonOf(mixed)).error.code]).toEqual([400, "unsupported"]);
    expect(shown()).toHaveLength(2);
  });
});

test("what clients call models of their own makes no figures of its own", async () => {
  const modelMappings = ["a", "b"].map((name) => ({ gatewayModelSlug: `acme/${name}`, customModelId: name }));
  const own = { byok: { openai: [{ apiKey: OWN, modelMappings }] } };
  for (const name of ["a", "b"])
    expect((await gateway.post("/v1/chat/completions", chat(`acme/${name}`, QUICK, { gateway: own }))).status).toBe(
      200,
    );
  const figures = await (await gateway.get("/metrics")).text();
  expect(figures).toContain('model="unlisted"');
  expect(figures).not.toContain("acme");
});

test("nobody reads on at the client's cost when the client has left", async () => {
  const draining = await startGateway({ config: { drain_abandoned: true } });
  const body = chat(RELAYED, "[sim tokens=endless every=1ms]", { gateway: { byok, byok_only: true }, stream: true });
  const reply = await draining.post("/v1/chat/completions", body);
  const reader = reply.body!.getReader();
  await reader.read();
  const left = draining.simulator.when(({ outcome }) => outcome === "client-closed");
  await reader.cancel();
  await left;
  await draining.stop();
});

test("a secret in a header field is one of the client's own as well", async () => {
  const headers = { "x-ai-gateway-api-key": "test-key", authorization: "Bearer sk-ant-own-7Qf2" };
  const body = chat(TRANSCODED, QUICK, { gateway: { byok_only: true } });
  expect((await gateway.post("/v1/chat/completions", body, headers)).status).toBe(200);
  expect(shown()).toEqual(["sk-ant-own-7Qf2"]);
});

test("what becomes of its requests says nothing of the operator's, nor the other way round", async () => {
  const remembering = await startGateway({ remembers: true });
  const ask = (text: string, options?: object) =>
    remembering.post("/v1/chat/completions", chat(RELAYED, text, { gateway: { only: ["openai"], ...options } }));
  const endpoint = async () =>
    (await jsonOf(await remembering.get(`/v1/models/${RELAYED}/endpoints`))).data.endpoints.find(
      (one: { provider_name: string }) => one.provider_name === "openai",
    );
  const before = await endpoint();
  for (let i = 0; i < 8; i++) await ask("[sim status=401]", { byok, byok_only: true });
  expect(await endpoint()).toEqual(before);
  expect((await ask(QUICK)).status).toBe(200);
  remembering.simulator.forget();
  // The operator's credential is refused, and so left alone; the client's own is asked all the same.
  await ask("[sim status=401]");
  await ask("[sim status=401]");
  expect((await ask(QUICK, { byok })).status).toBe(200);
  expect(shown(remembering).at(-1)).toBe(OWN);
  await remembering.stop();
});

describe("refused before anything is sent", () => {
  test("what is wrong with it", async () => {
    const reply = await gateway.post(
      "/v1/chat/completions",
      chat(RELAYED, QUICK, { gateway: { byok: { azure: [{ apiKey: OWN }] } } }),
    );
    const text = await reply.text();
    expect([reply.status, JSON.parse(text).error.param]).toEqual([
      400,
      "providerOptions.gateway.byok.azure[0].resourceName",
    ]);
    expect(text).not.toContain(OWN);
    expect(shown()).toEqual([]);
  });

  test("it at all, where a conversation is compacted", async () => {
    const reply = await gateway.post("/v1/responses/compact", {
      model: "openai/gpt-5",
      input: [{ role: "user", content: "Hello" }],
      providerOptions: { gateway: { byok } },
    });
    expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, "providerOptions.gateway.byok"]);
    expect(shown()).toEqual([]);
  });
});

test("its connections are closed behind it, whatever becomes of the request", async () => {
  const before = gateway.simulator.counters.open;
  const count = gateway.simulator.counters.connections;
  for (const text of [QUICK, QUICK, "[sim status=500]", "[sim tokens=5 every=0 cut=2]"]) {
    const body = chat(RELAYED, text, { gateway: { byok, byok_only: true }, stream: text.includes("cut") });
    await (await gateway.post("/v1/chat/completions", body)).text();
  }
  // The simulator hears of an end a turn of the loop later than the gateway makes it.
  while (gateway.simulator.counters.open > before) await Bun.sleep(1);
  expect(gateway.simulator.counters.connections).toBeGreaterThanOrEqual(count + 4);
  expect(gateway.simulator.counters.open).toBe(before);
});

test("a file in a provider's own store is opened on the client's account, and on no other", async () => {
  const google = { api_key: "sk-test-google", base_url: `${gateway.simulator.url}/google` };
  const at = await startGateway({ config: { providers: { google: { ...google } } } });
  const content = [
    { type: "text", text: QUICK },
    { type: "image_url", image_url: { url: "gs://bucket/secret.png" } },
  ];
  const ask = (options: object) =>
    at.post("/v1/chat/completions", {
      ...chat("google/gemini-2.5-flash", QUICK, { gateway: options }),
      messages: [{ role: "user", content }],
    });
  const refused = await ask({});
  expect([refused.status, (await jsonOf(refused)).error.code, gateway.simulator.requests]).toEqual([
    400,
    "unsupported",
    [],
  ]);
  const own = { google: [{ apiKey: "own-google-key" }] };
  expect((await ask({ byok: own })).status).toBe(200);
  expect(gateway.simulator.requests.map(({ headers }) => headers["x-goog-api-key"])).toEqual(["own-google-key"]);
  expect(gateway.simulator.requests[0]!.text).toContain("gs://bucket/secret.png");
  await at.stop();
});

test("an address of the operator's that ends with the version is the same for clients' own accounts", async () => {
  const anthropic = { api_key: "sk-test-anthropic", base_url: `${gateway.simulator.url}/anthropic/v1` };
  const at = await startGateway({ config: { providers: { anthropic } } });
  const body = { model: "anthropic/claude-sonnet-4.5", max_tokens: 20, messages: [{ role: "user", content: QUICK }] };
  const options = { gateway: { byok: { anthropic: [{ apiKey: OWN }] }, byok_only: true } };
  expect((await at.post("/v1/messages", body)).status).toBe(200);
  expect((await at.post("/v1/messages", { ...body, providerOptions: options })).status).toBe(200);
  const beside = { authorization: "Bearer sk-ant-oat01-own", "x-ai-gateway-api-key": KEY };
  expect((await at.post("/v1/messages", body, beside)).status).toBe(200);
  expect(at.simulator.requests.length + gateway.simulator.requests.length).toBe(3);
  await at.stop();
});
