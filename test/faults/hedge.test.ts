import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Simulator, startSimulator } from "../../src/simulator/server.ts";
import { chunksOf, dataOf, jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { codesOf } from "./ledger.ts";

let simulator: Simulator;
let gateway: RunningGateway;

const MODEL = "lab/model";

beforeEach(async () => {
  simulator = startSimulator();
  const at = (name: string) => ({
    wire: "openai-chat",
    api_key: `sk-test-${name}`,
    base_url: `${simulator.url}/openai/v1`,
    models: [{ id: MODEL, upstream: `at-${name}`, price: { input: 1, output: 2 } }],
  });
  gateway = await startGateway({
    remembers: true,
    config: { hedging: { percent: 100 }, providers: { first: at("first"), second: at("second") } },
  });
  // What is late is known from twenty streams.
  for (let i = 0; i < 20; i++) await (await ask({ every: 0 })).text();
  simulator.forget();
});
afterEach(async () => {
  await gateway.stop();
  simulator.stop();
});

/** A stream of six words, of which the mark tells who said them. */
function ask(first: object, gatewayOptions: object = {}, path = "/v1/chat/completions"): Promise<Response> {
  const act = Object.entries(first).map(([key, value]) => `${key}=${value}`);
  const content = `[sim tokens=6 mark=b every=0][sim model=at-first mark=a ${act.join(" ")}] Hello`;
  const options = { order: ["first", "second"], ...gatewayOptions };
  return gateway.post(path, {
    model: MODEL,
    max_tokens: 100,
    stream: true,
    messages: [{ role: "user", content }],
    providerOptions: { gateway: options },
  });
}

const SILENT = { silence: 0 };

describe("a stream that is late", () => {
  test("is told by the second provider alone, and the row has both", async () => {
    const response = await ask(SILENT, { hedge: true });
    const text = await response.text();
    const words = chunksOf(text).map((chunk) => chunk.choices?.[0]?.delta.content ?? "");
    expect(words.join("")).toBe("b-0 b-1 b-2 b-3 b-4 b-5");
    expect(dataOf(text).at(-1)).toBe("[DONE]");
    const row = gateway.row(response.headers.get("x-request-id")!)!;
    expect(row).toMatchObject({ provider: "second", error: null, finish: "stop", output: 6 });
    const attempts = JSON.parse(row.attempts);
    expect(attempts.map(({ endpoint }: { endpoint: string }) => endpoint)).toEqual([
      "first:at-first",
      "second:at-second",
    ]);
    expect(attempts[0].error).toBe("outrun");
    expect(attempts[0].cost).toBeGreaterThan(0);
    expect(row.cost).toBe(row.input! * 1000 + row.output! * 2000 + attempts[0].cost);
    await simulator.when(({ outcome }) => outcome === "client-closed");
  });

  test("at the Messages door as well", async () => {
    const text = await (await ask(SILENT, { hedge: true }, "/v1/messages")).text();
    expect(text).toContain("b-5");
    expect(text).not.toContain("a-0");
    expect(text.match(/event: message_start/g)).toHaveLength(1);
    expect(text).toContain("event: message_stop");
  });

  test.each(["/v1/chat/completions", "/v1/messages"])("is told of in the record as in the ledger: %s", async (path) => {
    const response = await ask(SILENT, { hedge: true }, path);
    const text = (await response.text()).replace(/^event: .*\n/gm, "");
    const told = chunksOf(text).findLast((chunk) => JSON.stringify(chunk).includes('"routing":'));
    const { routing } = (told.choices?.[0].delta ?? told).provider_metadata.gateway;
    expect(routing).toMatchObject({ resolvedProvider: "first", finalProvider: "second", totalProviderAttemptCount: 2 });
    const [{ providerAttempts: tried }] = routing.modelAttempts;
    expect(tried).toMatchObject([
      { provider: "first", attemptNumber: 1, success: false, error: "Another attempt spoke first." },
      { provider: "second", attemptNumber: 2, success: true, statusCode: 200 },
    ]);
    expect(tried[1].startTime).toBeGreaterThanOrEqual(tried[0].startTime);
    const { data } = await jsonOf(await gateway.get(`/v1/generation?id=${response.headers.get("x-request-id")}`));
    expect(data.routing).toEqual(routing);
  });

  test("speaks against nobody: its provider is asked first again", async () => {
    await (await ask(SILENT, { hedge: true })).text();
    const { data } = await jsonOf(await gateway.get(`/v1/models/${MODEL}/endpoints`));
    expect(data.endpoints[0]).toMatchObject({ provider_name: "first", circuit: "closed", uptime_last_15m: 100 });
    const response = await ask({ every: 0 });
    await response.text();
    expect(gateway.row(response.headers.get("x-request-id")!)!.provider).toBe("first");
  });
});

test("a first one that refuses while the second is asked is who refused, in the row as well", async () => {
  const content = "[sim model=at-second silence=0][sim model=at-first delay=1s status=400] Hello";
  const options = { order: ["first", "second"], hedge: true };
  const response = await gateway.post("/v1/chat/completions", {
    model: MODEL,
    stream: true,
    messages: [{ role: "user", content }],
    providerOptions: { gateway: options },
  });
  expect(response.status).toBe(400);
  const row = gateway.row((await jsonOf(response)).generationId)!;
  expect(row).toMatchObject({ provider: "first", error: "upstream_invalid_request" });
  expect(codesOf(row).sort()).toEqual(["outrun", "upstream_invalid_request"]);
});

test("what is no switch is refused by its name", async () => {
  const response = await ask({ every: 0 }, { hedge: "yes" });
  expect(response.status).toBe(400);
  expect((await jsonOf(response)).error.param).toBe("providerOptions.gateway.hedge");
});
