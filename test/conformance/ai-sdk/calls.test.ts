import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { chunksOf, jsonOf, type RunningGateway, startGateway } from "../../support/gateway.ts";
import { RELAYED, sent, TRANSCODED } from "../client.ts";

/** The protocol under the SDK, at each of its paths: what stands in the head, what is refused, what a stream consists of. */

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

const PATHS = [
  ["/v1/ai/language-model", "2"],
  ["/v3/ai/language-model", "3"],
  ["/v4/ai/language-model", "4"],
] as const;
const prompt = (text = "[sim tokens=2 every=0] Hello") => [{ role: "user", content: [{ type: "text", text }] }];
const head = (model: string = RELAYED, streaming = "false") => ({
  "ai-language-model-id": model,
  "ai-language-model-streaming": streaming,
});

describe.each(PATHS)("%s", (path, edition) => {
  test("answers in its edition, whether or not the client names it", async () => {
    for (const more of [{}, { "ai-language-model-specification-version": edition }]) {
      const { finishReason, usage } = await jsonOf(
        await gateway.post(path, { prompt: prompt() }, { ...head(), ...more }),
      );
      if (edition === "2") expect([finishReason, usage.outputTokens]).toEqual(["stop", 2]);
      else expect([finishReason.unified, usage.outputTokens.total]).toEqual(["stop", 2]);
    }
  });

  test.each([
    [{ "ai-language-model-id": "" }, {}, 400, "invalid_request_error", "ai-language-model-id"],
    [{ "ai-language-model-streaming": "maybe" }, {}, 400, "invalid_request_error", "ai-language-model-streaming"],
    [
      { "ai-language-model-specification-version": "9" },
      {},
      400,
      "invalid_request_error",
      "ai-language-model-specification-version",
    ],
    [{ "ai-language-model-id": "lab/none" }, {}, 404, "model_not_found", { modelId: "lab/none" }],
    [{}, { prompt: "Hello" }, 400, "invalid_request_error", "prompt"],
    [{}, { providerOptions: { gateway: { only: ["mistral"] } } }, 400, "invalid_request_error", undefined],
    [{ authorization: "Bearer wrong" }, {}, 401, "authentication_error", undefined],
  ])("%j and %j are refused with an error of the protocol's shape", async (fields, more, status, type, param) => {
    const reply = await gateway.post(path, { prompt: prompt(), ...more }, { ...head(), ...fields });
    const { error, generationId } = await jsonOf(reply);
    expect([reply.status, error.type]).toEqual([status, type]);
    expect(error.message).toEqual(expect.any(String));
    if (param !== undefined) expect(error.param).toEqual(param as never);
    expect(generationId).toMatch(/^gen_/);
    expect(gateway.simulator.requests).toEqual([]);
  });

  test("refuses another method, and what is no JSON, in the same shape", async () => {
    const got = await gateway.get(path);
    expect([got.status, got.headers.get("allow")]).toEqual([405, "POST"]);
    expect((await jsonOf(got)).error.message).toContain("POST");
    const broken = await gateway.post(path, '{"prompt":', head());
    expect([broken.status, (await jsonOf(broken)).error.code]).toEqual([400, "invalid_json"]);
  });

  test("streams one part a frame, and says no more than what came behind an error", async () => {
    const whole = await gateway.post(path, { prompt: prompt() }, head(TRANSCODED, "true"));
    expect(whole.headers.get("content-type")).toBe("text/event-stream");
    const sse = await whole.text();
    expect(chunksOf(sse).map(({ type }) => type)).toEqual([
      "stream-start",
      "response-metadata",
      "text-start",
      "text-delta",
      "text-delta",
      "text-end",
      "finish",
    ]);
    expect(sse).toEndWith("data: [DONE]\n\n");
    const cut = await (
      await gateway.post(path, { prompt: prompt("[sim tokens=9 cut=3 every=0] Hello") }, head(TRANSCODED, "true"))
    ).text();
    const last = chunksOf(cut).at(-1);
    expect(last).toMatchObject({ type: "error", error: { statusCode: 502, message: expect.any(String) } });
    expect(cut).not.toContain("[DONE]");
  });

  test("a call with a name is answered once: sent again to another model it is another", async () => {
    const name = { "idempotency-key": `name-of-${edition}` };
    const ask = async (model: string) => {
      const reply = await gateway.post(path, { prompt: prompt() }, { ...head(model), ...name });
      await reply.arrayBuffer();
      return reply.status;
    };
    expect([await ask(RELAYED), await ask(RELAYED), await ask(TRANSCODED)]).toEqual([200, 409, 422]);
    sent(gateway, 1);
  });
});
