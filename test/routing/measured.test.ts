import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { startUpstream } from "./upstream.ts";

/** Who is asked first by what was measured, in a running gateway. */

const MODEL = "lab/model";
const upstream = startUpstream();
let gateway: RunningGateway | undefined;
afterAll(async () => {
  await gateway?.stop();
  upstream.stop();
});
beforeEach(async () => {
  await gateway?.stop();
  upstream.forget();
  const provider = (name: string) => ({
    wire: "openai-chat",
    base_url: `${upstream.url}/${name}`,
    api_key: `sk-${name}`,
    models: [{ id: MODEL, upstream: "m" }],
  });
  const known = (name: string) => ({ base_url: `${upstream.url}/${name}`, api_key: `sk-${name}` });
  const providers = {
    ...{ a: provider("a"), b: provider("b"), c: provider("c") },
    ...{ openai: known("openai"), azure: known("azure") },
  };
  const health = { failures: 5, cooldown_ms: 60_000 };
  gateway = await startGateway({ config: { providers, health }, remembers: true });
});

/** A stream was served as if it had begun and gone on like this. */
function served(provider: string, ttftMs: number, tokensPerSecond: number, model = MODEL): void {
  const { snapshot, health } = gateway!.headgate.gateway;
  const endpoint = snapshot.choice.endpoints.get(model)!.find((one) => one.provider === provider)!;
  const credential = snapshot.choice.credentials.get(provider)![0]!;
  const startedAt = performance.now();
  const firstContentAt = startedAt + ttftMs;
  const seen = { startedAt, firstContentAt, endedAt: firstContentAt + 1000, error: undefined };
  health.of({ endpoint, credential })!.ended(seen, { output: tokensPerSecond });
}

function post(options: object, model = MODEL): Promise<Response> {
  return gateway!.post("/v1/chat/completions", {
    model,
    messages: [{ role: "user", content: "Hello" }],
    providerOptions: { gateway: options },
  });
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
function routingIn(body: any) {
  return body.choices[0].message.provider_metadata.gateway.routing;
}

async function ask(options: object = {}, model = MODEL) {
  const reply = await post(options, model);
  expect(reply.status).toBe(200);
  return routingIn(await jsonOf(reply));
}

describe("`sort`", () => {
  test("goes by the wait for the first content, and tells it; whoever was never measured comes last", async () => {
    served("c", 300, 50);
    served("b", 900, 90);
    const { finalProvider, sort } = await ask({ sort: "ttft" });
    expect(finalProvider).toBe("c");
    expect(sort.option).toBe("ttft");
    expect(sort.executionOrder).toEqual(["c", "b", "a"]);
    expect([sort.metrics.a, Math.round(sort.metrics.b), Math.round(sort.metrics.c)]).toEqual([null, 900, 300]);
  });

  test("goes by tokens a second", async () => {
    served("c", 300, 50);
    served("b", 900, 90);
    const { finalProvider, sort } = await ask({ sort: "tps" });
    expect([finalProvider, sort.executionOrder]).toEqual(["b", ["b", "c", "a"]]);
  });

  test("is told in the ledger as in the reply", async () => {
    served("b", 900, 90);
    const reply = await post({ sort: "ttft" });
    const { data } = await jsonOf(await gateway!.get(`/v1/generation?id=${reply.headers.get("x-request-id")}`));
    expect(data.routing.sort).toEqual(routingIn(await jsonOf(reply)).sort);
    expect(data.routing.sort.option).toBe("ttft");
  });
});

test("the operator's own order is not changed by what was measured", async () => {
  served("a", 9000, 1);
  served("c", 1, 900);
  expect((await ask()).finalProvider).toBe("a");
});

test("the catalogue's is: whoever is clearly faster to its first content is asked first, and not for a little", async () => {
  const CATALOGUED = "openai/gpt-4o";
  served("openai", 1000, 50, CATALOGUED);
  served("azure", 900, 50, CATALOGUED);
  expect((await ask({}, CATALOGUED)).finalProvider).toBe("openai");
  for (let i = 0; i < 40; i++) served("azure", 300, 50, CATALOGUED);
  expect((await ask({}, CATALOGUED)).finalProvider).toBe("azure");
  expect((await ask({ order: ["openai"] }, CATALOGUED)).finalProvider).toBe("openai");
});

test("whoever fails stands behind until it works again, wherever `order` would have it", async () => {
  upstream.failing.add("a");
  for (let i = 0; i < 5; i++) await ask({ order: ["a"] });
  upstream.forget();
  const { finalProvider, sort } = await ask({ order: ["a"], sort: "cost" });
  expect([finalProvider, upstream.asked]).toEqual(["b", ["b"]]);
  expect(sort.deprioritizedProviders).toEqual(["a"]);
  expect(sort.executionOrder).toEqual(["b", "c", "a"]);
});
