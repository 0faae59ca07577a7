import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type LedgerWatch, watchLedger } from "../../faults/ledger.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../support/gateway.ts";
import { bodyOf, nanodollars, promptOf, sent } from "../client.ts";
import { EACH, type Loose, partsOf, providerOf, toldOf, typesOf } from "./client.ts";

let gateway: RunningGateway;
let ledger: LedgerWatch;
beforeAll(async () => {
  gateway = await startGateway();
  ledger = watchLedger(gateway);
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

describe.each(EACH)("ai $major, $model", ({ sdk, ai, model: id }) => {
  const model = () => providerOf(sdk, gateway)(id);

  test("generateText() has the text, why it ended, what was used and cost, and who answered", async () => {
    const result = await ai.generateText({ model: model(), prompt: '[sim say="Hello, gate."]' });
    expect([result.text, result.finishReason]).toEqual(["Hello, gate.", "stop"]);
    expect(result.content).toMatchObject([{ type: "text", text: "Hello, gate." }]);
    const told = toldOf(result);
    const row = gateway.row(told.generationId)!;
    expect(row).toMatchObject({ wire: "ai-sdk-language-model", requested: id, streamed: false, finish: "stop" });
    const { path } = sent(gateway);
    if (!path.endsWith("/responses")) expect(row.input).toBe(promptOf(sent(gateway)));
    const { inputTokens, outputTokens, totalTokens } = result.usage;
    expect([inputTokens, outputTokens, totalTokens]).toEqual([row.input, row.output, row.input! + row.output!]);
    const cost = nanodollars(id, { input: row.input!, output: row.output! });
    expect([told.cost, row.cost]).toEqual([expect.any(String), cost]);
    expect(Math.round(Number(told.cost) * 1e9)).toBe(cost);
    expect(told.routing).toMatchObject({
      originalModelId: id,
      canonicalSlug: id,
      finalProvider: id.split("/")[0],
      modelAttempts: [{ success: true, providerAttempts: [{ success: true, statusCode: 200 }] }],
    });
  });

  test("streamText() has the same, part by part, and ends", async () => {
    const result = ai.streamText({ model: model(), prompt: "[sim tokens=5 mark=s every=0]" });
    const parts = await partsOf(result.fullStream);
    expect(typesOf(parts)).toEqual([
      "start",
      "start-step",
      "text-start",
      "text-delta",
      "text-end",
      "finish-step",
      "finish",
    ]);
    const deltas = parts.filter(({ type }) => type === "text-delta");
    expect(deltas.map(({ text }) => text).join("")).toBe("s-0 s-1 s-2 s-3 s-4");
    expect(deltas.length).toBeGreaterThan(1);
    expect(new Set(parts.filter(({ type }) => type.startsWith("text-")).map((part) => part.id)).size).toBe(1);
    expect([await result.text, await result.finishReason]).toEqual(["s-0 s-1 s-2 s-3 s-4", "stop"]);
    const told = toldOf({ providerMetadata: await result.providerMetadata });
    const row = gateway.row(told.generationId)!;
    expect(row).toMatchObject({ wire: "ai-sdk-language-model", streamed: true, finish: "stop", output: 5 });
    const { inputTokens, outputTokens, totalTokens } = await result.usage;
    expect([inputTokens, outputTokens, totalTokens]).toEqual([row.input, 5, row.input! + 5]);
    expect(told.routing.finalProvider).toBe(id.split("/")[0]);
    const response = await result.response;
    expect(response.timestamp).toBeInstanceOf(Date);
    expect(Math.abs(response.timestamp.getTime() - row.createdAt)).toBeLessThan(60_000);
    expect(await result.warnings).toEqual([]);
  });

  test("the settings of a call reach the provider in its own words", async () => {
    const settings = { maxOutputTokens: 77, temperature: 0.5, stopSequences: ["END"] };
    await ai.generateText({ model: model(), system: "Be brief.", prompt: "Hello", ...settings });
    const body: Loose = bodyOf(sent(gateway));
    expect([body.temperature, body.stop ?? body.stop_sequences]).toEqual([0.5, ["END"]]);
    expect(body.max_tokens ?? body.max_completion_tokens).toBe(77);
    expect(JSON.stringify(body.system ?? body.messages[0])).toContain("Be brief.");
    expect(JSON.stringify(body)).not.toContain("user-agent");
  });

  test("a conversation keeps its turns", async () => {
    const messages = [
      { role: "user", content: "My name is Ada." },
      { role: "assistant", content: [{ type: "text", text: "Hello, Ada." }] },
      { role: "user", content: [{ type: "text", text: "[sim tokens=2]" }] },
    ];
    const result = await ai.generateText({ model: model(), messages });
    expect(result.usage.outputTokens).toBe(2);
    const { input, messages: got = input }: Loose = bodyOf(sent(gateway));
    expect(got.map(({ role }: Loose) => role)).toEqual(["user", "assistant", "user"]);
    expect(JSON.stringify(got[1])).toContain("Hello, Ada.");
  });

  test.each([
    ["finish=length", "length"],
    ["finish=filter", "content-filter"],
  ])("[sim %s] ends as %s, streamed too", async (directive, finish) => {
    // Claude has no filter of its own: it refuses, which the SDK has the same word for.
    const prompt = `[sim tokens=2 every=0 ${id.startsWith("anthropic/") ? directive.replace("filter", "refusal") : directive}]`;
    const whole = await ai.generateText({ model: model(), prompt });
    const stream = ai.streamText({ model: model(), prompt });
    await stream.consumeStream();
    expect([whole.finishReason, await stream.finishReason]).toEqual([finish, finish]);
  });

  test("a client that leaves a stream frees the provider, and the row says so", async () => {
    const next = ledger.rows.length;
    const abort = new AbortController();
    const prompt = "[sim tokens=20 mark=g every=0 silence=7]";
    const result = ai.streamText({ model: model(), prompt, abortSignal: abort.signal, onError: () => {} });
    let words = 0;
    const types: string[] = [];
    for await (const { type } of result.fullStream) {
      types.push(type);
      if (type === "text-delta" && ++words === 7) abort.abort();
    }
    expect([words, types.at(-1)]).toEqual([7, "abort"]);
    await gateway.simulator.when(({ outcome }) => outcome === "client-closed");
    expect(await ledger.at(next)).toMatchObject({ error: "client_closed", streamed: true, estimated: true });
  });

  test("a client that leaves while a plain answer is made is not waited for", async () => {
    const next = ledger.rows.length;
    const abort = new AbortController();
    const call = ai.generateText({ model: model(), prompt: "[sim silence]", abortSignal: abort.signal });
    const failed = call.then(
      () => "answered",
      (error: Error) => error.name,
    );
    await gateway.simulator.when(() => true);
    abort.abort();
    expect(await failed).toBe("AbortError");
    await gateway.simulator.when(({ outcome }) => outcome === "client-closed");
    expect(await ledger.at(next)).toMatchObject({ error: "client_closed" });
  });

  test("a stream that breaks is an error part, and never an end", async () => {
    const result = ai.streamText({
      model: model(),
      prompt: "[sim tokens=20 mark=c every=0 cut=4]",
      onError: () => {},
    });
    const parts = await partsOf(result.fullStream);
    expect(parts.filter(({ type }) => type === "text-delta").map(({ text }) => text)).toHaveLength(4);
    const errors = parts.filter(({ type }) => type === "error");
    expect(errors).toHaveLength(1);
    expect(JSON.stringify(errors[0].error.message ?? errors[0].error)).toContain("before the answer was whole");
    expect(parts.find(({ type }) => type === "finish")?.finishReason ?? "error").toBe("error");
  });

  test("what a provider says in its own words comes where it is asked for, and else not", async () => {
    const request = { model: model(), prompt: "[sim tokens=2 every=0]" };
    const raw = async (includeRawChunks: boolean) =>
      (await partsOf(ai.streamText({ ...request, includeRawChunks }).fullStream)).filter(({ type }) => type === "raw");
    expect(await raw(false)).toEqual([]);
    const told = await raw(true);
    expect(told.length).toBeGreaterThan(2);
    for (const { rawValue } of told) expect(rawValue).toBeObject();
  });
});

test("the reply has what a client of the protocol reads, whatever else it is told", async () => {
  const headers = {
    "ai-language-model-id": "openai/gpt-4o",
    "ai-language-model-specification-version": "4",
    "ai-language-model-streaming": "false",
  };
  const prompt = [{ role: "user", content: [{ type: "text", text: "[sim tokens=3]" }] }];
  const reply = await jsonOf(await gateway.post("/v4/ai/language-model", { prompt }, headers));
  expect(reply).toMatchObject({
    content: [{ type: "text", text: expect.any(String) }],
    finishReason: { unified: "stop", raw: "completed" },
    usage: { inputTokens: { total: expect.any(Number) }, outputTokens: { total: 3 } },
    warnings: [],
  });
  const older = { ...headers, "ai-language-model-specification-version": "2" };
  expect(await jsonOf(await gateway.post("/v1/ai/language-model", { prompt }, older))).toMatchObject({
    finishReason: "stop",
    usage: { inputTokens: expect.any(Number), outputTokens: 3 },
  });
});
