import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

/** Virtual models that stand for an address (contract 9.5, `relay`): of the configuration, and made over the admin API. */

const TOKEN = "an-admin-token-of-the-operator";
const TEXT = [{ role: "user", content: "Hello" }];

let upstream: Upstream;
let gateway: RunningGateway;
beforeAll(async () => {
  upstream = startUpstream();
  gateway = await startGateway({
    config: {
      admin_token: TOKEN,
      routing_rules: [{ id: "ours", type: "rewrite", model: "openai/gpt-4o", to: "vmc/house" }],
      virtual_models: {
        "vmc/house": {
          name: "House",
          relay: {
            base_url: `${upstream.url}/house`,
            upstream: "m",
            api_key: "sk-house",
            zero_data_retention: true,
            price: { input: 1, output: 2 },
          },
        },
        "vmc/plain": { relay: { base_url: `${upstream.url}/plain` } },
        "vmc/tagged": {
          relay: { base_url: `${upstream.url}/tagged` },
          provider_options: { gateway: { tags: ["ours"], models: ["vmc/plain"] } },
        },
        "vmc/responses": { relay: { base_url: `${upstream.url}/responses`, wire: "openai-responses" } },
      },
    },
  });
});
afterAll(async () => {
  await gateway.stop();
  upstream.stop();
});
beforeEach(() => upstream.forget());

const post = (path: string, body: object) => gateway.post(path, body);
const chat = (model: string, more: object = {}) => post("/v1/chat/completions", { model, messages: TEXT, ...more });

describe("at its address", () => {
  test("it is asked by its name there, with its secret, at every door; replies have the name that it has here", async () => {
    const plain = await jsonOf(await chat("vmc/house"));
    expect([plain.model, plain.choices[0].message.content]).toEqual(["vmc/house", "Hi"]);
    expect(await (await chat("vmc/house", { stream: true })).text()).toContain('"model":"vmc/house"');
    const message = await jsonOf(await post("/v1/messages", { model: "vmc/house", messages: TEXT, max_tokens: 9 }));
    expect([message.model, message.content[0].text]).toEqual(["vmc/house", "Hi"]);
    const response = await jsonOf(await post("/v1/responses", { model: "vmc/house", input: "Hello" }));
    expect(response.model).toBe("vmc/house");
    const embedded = await post("/v1/embeddings", { model: "vmc/house", input: "Hello", encoding_format: "float" });
    expect((await jsonOf(embedded)).data[0].embedding).toEqual([0.5, 0.25]);
    expect(upstream.asked).toEqual(Array(5).fill("house"));
    expect(upstream.secrets).toEqual(Array(5).fill("sk-house"));
    expect(upstream.bodies.map(({ model }) => model)).toEqual(Array(5).fill("m"));
    const counted = await post("/v1/messages/count_tokens", { model: "vmc/house", messages: TEXT });
    expect([counted.status, (await jsonOf(counted)).input_tokens > 0]).toEqual([200, true]);
  });

  test("what a request says goes there as it was said, but for the gateway's own", async () => {
    await chat("vmc/house", { vendor_extra: { a: [1] }, tags: ["x"], providerOptions: { gateway: { tags: ["y"] } } });
    expect(upstream.bodies[0]).toEqual({ model: "m", messages: TEXT, vendor_extra: { a: [1] } });
  });

  test("no secret is shown where there is none; the name after the slash is the name there", async () => {
    expect((await chat("vmc/plain")).status).toBe(200);
    expect([upstream.secrets, upstream.bodies[0]!.model]).toEqual([[""], "plain"]);
  });

  test("another wire is spoken", async () => {
    expect((await jsonOf(await chat("vmc/responses"))).choices[0].message.content).toBe("Hi");
    expect(upstream.bodies[0]).toHaveProperty("input");
  });

  test("what it costs is as was told; who was not told of has no price", async () => {
    const [priced, unpriced] = [await jsonOf(await chat("vmc/house")), await jsonOf(await chat("vmc/plain"))];
    // 3 tokens at 1 USD a million and 2 at 2.
    expect(gateway.row(priced.id)).toMatchObject({ model: "vmc/house", provider: "vmc/house", cost: 7000 });
    expect(gateway.row(unpriced.id)!.cost).toBeNull();
  });
});

describe("as a model among others", () => {
  test("rules lead to it, and it stands in for others", async () => {
    const led = await jsonOf(await chat("openai/gpt-4o"));
    expect([led.model, gateway.row(led.id)!.requested]).toEqual(["vmc/house", "openai/gpt-4o"]);
    const failing = [{ role: "user", content: "[sim path=/openai status=503 every=0]" }];
    const spare = await post("/v1/chat/completions", {
      model: "openai/gpt-5",
      models: ["vmc/plain"],
      messages: failing,
    });
    expect((await jsonOf(spare)).model).toBe("vmc/plain");
  });

  test("its own options hold, and others stand in for it", async () => {
    upstream.failing.add("tagged");
    const answer = await jsonOf(await chat("vmc/tagged"));
    expect([answer.model, upstream.asked]).toEqual(["vmc/plain", ["tagged", "plain"]]);
    expect(JSON.parse(gateway.row(answer.id)!.tags!)).toEqual(["ours"]);
  });

  test("it serves who demands a promise where the operator says that it is kept, and says where it would be said", async () => {
    const strict = { providerOptions: { gateway: { zeroDataRetention: true } } };
    expect((await chat("vmc/house", strict)).status).toBe(200);
    const refused = await chat("vmc/plain", strict);
    expect([refused.status, (await jsonOf(refused)).error.message]).toEqual([
      400,
      expect.stringContaining("virtual_models.vmc/plain.relay.zero_data_retention: true"),
    ]);
    const inferenceRegion = { scope: "zone", geoRegion: "eu" };
    const elsewhere = await chat("vmc/plain", { providerOptions: { gateway: { inferenceRegion } } });
    expect((await jsonOf(elsewhere)).error.message).toContain("virtual_models.vmc/plain.relay.regions: [eu]");
    expect(upstream.asked).toEqual(["house"]);
  });

  test("it can be named as a provider; others are not it", async () => {
    const only = (name: string) => chat("vmc/house", { providerOptions: { gateway: { only: [name] } } });
    expect([(await only("vmc/house")).status, (await only("openai")).status]).toEqual([200, 400]);
  });

  test("it is listed, with its price and how it does", async () => {
    const entry = await jsonOf(await gateway.get("/v1/models/vmc/house"));
    expect(entry).toMatchObject({ id: "vmc/house", name: "House", pricing: { input: "0.000001", output: "0.000002" } });
    await chat("vmc/house");
    const { data } = await jsonOf(await gateway.get("/v1/models/vmc/house/endpoints"));
    expect(data.endpoints).toHaveLength(1);
    expect(data.endpoints[0]).toMatchObject({ provider_name: "vmc/house", upstream_model: "m" });
  });
});

describe("made over the admin API", () => {
  const VIRTUAL = "/admin/virtual-models";
  const ask = (method: string, path: string, body?: object) =>
    fetch(gateway.url + path, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  afterEach(async () => {
    await ask("DELETE", `${VIRTUAL}/vmc/new`);
  });

  test("it is asked from the next request on, by what it is changed to, until it is taken away", async () => {
    expect((await chat("vmc/new")).status).toBe(404);
    const relay = { base_url: `${upstream.url}/new`, upstream: "a" };
    const made = await ask("POST", VIRTUAL, { id: "vmc/new", relay });
    expect([made.status, await jsonOf(made)]).toMatchObject([
      201,
      { id: "vmc/new", relay: { ...relay, wire: "openai-chat" } },
    ]);
    expect((await jsonOf(await chat("vmc/new"))).model).toBe("vmc/new");
    await ask("PATCH", `${VIRTUAL}/vmc/new`, { relay: { ...relay, upstream: "b" } });
    expect((await chat("vmc/new")).status).toBe(200);
    expect(upstream.bodies.map(({ model }) => model)).toEqual(["a", "b"]);
    expect((await ask("DELETE", `${VIRTUAL}/vmc/new`)).status).toBe(200);
    expect((await chat("vmc/new")).status).toBe(404);
  });

  test.each([
    ["api_key", "sk-secret"],
    ["api_key_file", "/etc/passwd"],
    ["headers", { authorization: "Bearer sk-secret" }],
  ])("it takes no secret (%s): it would be kept, and shown", async (member, value) => {
    const relay = { base_url: `${upstream.url}/new`, [member]: value };
    const reply = await ask("POST", VIRTUAL, { id: "vmc/new", relay });
    expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, `relay.${member}`]);
    expect((await chat("vmc/new")).status).toBe(404);
  });

  test.each(["ftp://host/v1", "http://user:secret@host/v1", "not an address", "http://host/v1?key=x"])(
    "%s is no address",
    async (base_url) => {
      const reply = await ask("POST", VIRTUAL, { id: "vmc/new", relay: { base_url } });
      expect(reply.status).toBe(400);
      expect((await chat("vmc/new")).status).toBe(404);
    },
  );

  test("secrets of those of the configuration are not shown", async () => {
    const text = await (await ask("GET", VIRTUAL)).text();
    expect(text).toContain("vmc/house");
    expect(text).not.toContain("sk-house");
  });
});

test("where it is the only one, the simulator does not answer in its place", async () => {
  const alone = await startGateway({
    config: { simulate: "auto", virtual_models: { "vmc/only": { relay: { base_url: `${upstream.url}/only` } } } },
  });
  try {
    const reply = await alone.post("/v1/chat/completions", { model: "vmc/only", messages: TEXT });
    expect([reply.status, upstream.asked]).toEqual([200, ["only"]]);
  } finally {
    await alone.stop();
  }
});
