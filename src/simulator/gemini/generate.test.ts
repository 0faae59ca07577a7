import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { framesIn, type Loose } from "../fixtures/client.ts";
import { type Simulator, startSimulator } from "../server.ts";

let simulator: Simulator;
beforeAll(() => {
  simulator = startSimulator();
});
afterAll(() => simulator.stop());

const user = (text: string) => ({ role: "user", parts: [{ text }] });
const generate = (body: object, { stream = false, model = "gemini-3.5-flash", key = "AIza-test" } = {}) =>
  fetch(`${simulator.url}/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`, {
    method: "POST",
    headers: { "x-goog-api-key": key, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
const answered = async (body: object, more = {}): Promise<Loose> => {
  const response = await generate(body, more);
  expect(response.status).toBe(200);
  return await response.json();
};
const refused = async (body: object, more = {}): Promise<Loose> => {
  const response = await generate(body, more);
  return { status: response.status, ...((await response.json()) as { error: object }).error };
};

const TOOLS = [
  {
    functionDeclarations: [
      { name: "add", parametersJsonSchema: { properties: { a: { type: "integer" } } } },
      { name: "now" },
    ],
  },
];

describe("an answer", () => {
  test("whole", async () => {
    const answer = await answered({ contents: [user("Hello")] });
    expect(answer.candidates[0].content.parts[0].text).toContain('You wrote: "Hello"');
    expect(answer.candidates[0].finishReason).toBe("STOP");
    expect(answer.modelVersion).toBe("gemini-3.5-flash");
    const { promptTokenCount, candidatesTokenCount, totalTokenCount } = answer.usageMetadata;
    expect(totalTokenCount).toBe(promptTokenCount + candidatesTokenCount);
  });

  test("streamed, with thought and the usage so far in every chunk, and an end only in the last", async () => {
    const body = { contents: [user("[sim think=3 tokens=5 every=0]")] };
    const chunks = framesIn(await (await generate(body, { stream: true })).text());
    const parts = chunks.flatMap((chunk) => chunk.candidates[0].content.parts);
    const words = (thought: boolean) => parts.filter((part) => (part.thought ?? false) === thought && part.text !== "");
    expect([words(true).length, words(false).length]).toEqual([3, 5]);
    expect(chunks.map((chunk) => chunk.candidates[0].finishReason).filter(Boolean)).toEqual(["STOP"]);
    expect(chunks.at(-1).candidates[0].finishReason).toBe("STOP");
    expect(chunks.at(-1).usageMetadata).toMatchObject({ thoughtsTokenCount: 3, candidatesTokenCount: 5 });
    expect(new Set(chunks.map(({ responseId }) => responseId)).size).toBe(1);
  });

  test("limits, stop sequences and schemas hold", async () => {
    const config = (generationConfig: object) => ({ contents: [user("[sim say=abc.def]")], generationConfig });
    expect((await answered(config({ maxOutputTokens: 1 }))).candidates[0].finishReason).toBe("MAX_TOKENS");
    expect((await answered(config({ stopSequences: ["."] }))).candidates[0].content.parts[0].text).toBe("abc");
    const schema = { type: "object", properties: { a: { type: "integer" } }, required: ["a"] };
    const json = { responseMimeType: "application/json", responseJsonSchema: schema };
    const { candidates } = await answered({ contents: [user("x")], generationConfig: json });
    expect(typeof JSON.parse(candidates[0].content.parts[0].text).a).toBe("number");
  });
});

describe("calls", () => {
  test("are signed once, and must come back so, with as many results", async () => {
    const first = await answered({ contents: [user("[sim tools=2]")], tools: TOOLS });
    const { content } = first.candidates[0];
    expect(content.parts.map((part: Loose) => part.thoughtSignature !== undefined)).toEqual([true, false]);
    const results = content.parts.map(({ functionCall }: Loose) => ({
      functionResponse: { name: functionCall.name, id: functionCall.id, response: { output: "5" } },
    }));
    const turns = (said: object, ...answers: object[]) => ({
      contents: [user("[sim tools=2]"), said, ...answers],
      tools: TOOLS,
    });
    const next = await answered(turns(content, { role: "user", parts: results }));
    expect(next.candidates[0].content.parts[0].text).toContain('The tool answered "5" and "5"');
    const split = results.map((part: object) => ({ role: "user", parts: [part] }));
    expect((await refused(turns(content, ...split))).message).toContain("number of function response parts");
    const unsigned = { ...content, parts: content.parts.map(({ functionCall }: Loose) => ({ functionCall })) };
    expect((await refused(turns(unsigned, { role: "user", parts: results }))).message).toContain("thought_signature");
    const forged = { ...content, parts: content.parts.map((part: Loose) => ({ ...part, thoughtSignature: "Zm9v" })) };
    expect((await refused(turns(forged, { role: "user", parts: results }))).message).toContain("not valid");
  });

  test("have an id each, which no other call has", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const { candidates } = await answered({ contents: [user("[sim tools=2]")], tools: TOOLS });
      for (const { functionCall } of candidates[0].content.parts) ids.push(functionCall.id);
    }
    expect(new Set(ids).size).toBe(6);
  });

  test("of older models have no id, and need no signature", async () => {
    const { candidates } = await answered({ contents: [user("add")], tools: TOOLS }, { model: "gemini-2.5-flash" });
    const [{ functionCall }] = candidates[0].content.parts;
    expect(functionCall.id).toBeUndefined();
    const contents = [
      user("add"),
      { role: "model", parts: [{ functionCall }] },
      { role: "user", parts: [{ functionResponse: { name: "add", response: {} } }] },
    ];
    await answered({ contents, tools: TOOLS }, { model: "gemini-2.5-flash" });
  });
});

describe("a refusal", () => {
  test("of what the API would not take", async () => {
    expect(await refused({ contents: [] })).toMatchObject({ status: "INVALID_ARGUMENT", code: 400 });
    expect((await refused({ contents: [{ role: "system", parts: [{ text: "x" }] }] })).message).toContain("valid role");
    expect((await refused({ contents: [{ role: "user", parts: [] }] })).message).toContain("must not be empty");
  });

  test("of keys", async () => {
    expect(await refused({ contents: [user("x")] }, { key: "sk-bad" })).toMatchObject({ code: 400 });
    expect(await refused({ contents: [user("x")] }, { key: "" })).toMatchObject({ code: 403 });
  });

  test.each([
    ["status=429", 429, "RESOURCE_EXHAUSTED"],
    ["status=503", 503, "UNAVAILABLE"],
    ["too-long", 400, "INVALID_ARGUMENT"],
    ["no-credit", 429, "RESOURCE_EXHAUSTED"],
    ["nonsense", 400, "INVALID_ARGUMENT"],
  ])("that was asked for: %s", async (directive, code, status) => {
    expect(await refused({ contents: [user(`[sim ${directive}]`)] })).toMatchObject({ code, status });
  });

  test("in the middle of a stream", async () => {
    const body = { contents: [user("[sim tokens=5 error=2 every=0]")] };
    const chunks = framesIn(await (await generate(body, { stream: true })).text());
    expect(chunks.at(-1).error.status).toBe("UNAVAILABLE");
  });
});
