import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chunksOf, jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { type LedgerWatch, watchLedger } from "./ledger.ts";

/**
 * What goes wrong with a provider, as a client of the AI SDK's protocol hears it: refused with an error of its shape, or in a stream that has
 * begun an `error` part and nothing behind it; never an end that was none. One row, whatever comes of it.
 */

const PATH = "/v4/ai/language-model";
const MODELS = ["openai/gpt-4o", "anthropic/claude-sonnet-4.5", "deepseek/deepseek-v4-pro"] as const;
const SPARE = "mistral/mistral-large-3";

let gateway: RunningGateway;
let ledger: LedgerWatch;
beforeAll(async () => {
  gateway = await startGateway();
  ledger = watchLedger(gateway);
});
afterAll(() => gateway.stop());

/** Before anything was said: another may stand in. */
const EARLY = [
  "status=429",
  "status=500",
  "status=503",
  "status=529",
  "html status=504",
  "error",
  "cut",
  "cut=0",
  "eof=0",
  "reset",
  "garbage",
  "error-200",
];
/** In the middle of an answer. */
const LATE = ["error=2", "cut=2", "eof=2", "reset=2"];

async function ask(model: string, directive: string, stream: boolean, models: readonly string[] = []) {
  const before = ledger.rows.length;
  const text = `[sim tokens=6 mark=w every=1ms path=/${model.split("/")[0]} ${directive}] Hello`;
  const reply = await gateway.post(
    PATH,
    {
      prompt: [{ role: "user", content: [{ type: "text", text }] }],
      ...(models.length === 0 ? {} : { providerOptions: { gateway: { models: [...models] } } }),
    },
    { "ai-language-model-id": model, "ai-language-model-streaming": String(stream) },
  );
  const body = reply.headers.get("content-type") === "text/event-stream" ? await reply.text() : await jsonOf(reply);
  await ledger.at(before);
  expect(ledger.rows).toHaveLength(before + 1);
  return { status: reply.status, body, row: ledger.rows[before]! };
}

const CELLS = MODELS.flatMap((model) => [true, false].map((stream) => [model, stream] as const));

describe.each(CELLS)("%s (stream: %p)", (model, stream) => {
  test.each(EARLY)(
    "that fails with %s before it has said anything is an error of the protocol's shape",
    async (how) => {
      const { status, body, row } = await ask(model, how, stream);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body).toMatchObject({
        error: { message: expect.any(String), type: expect.any(String), code: row.error! },
        generationId: row.id,
        providerMetadata: { gateway: { routing: { modelAttempts: [{ success: false }] } } },
      });
    },
  );

  test.each(EARLY)("that fails with %s is stood in for, and the answer says by whom", async (how) => {
    const { status, body, row } = await ask(model, how, stream, [SPARE]);
    expect([status, row.model, row.error]).toEqual([200, SPARE, null]);
    if (!stream) {
      expect(body.response.modelId).toBe(SPARE);
      expect(body.providerMetadata.gateway.routing.modelAttempts).toMatchObject([
        { success: false },
        { success: true },
      ]);
      return;
    }
    const parts = chunksOf(body);
    expect(parts.find(({ type }) => type === "response-metadata").modelId).toBe(SPARE);
    expect([parts.at(-1).type, body.endsWith("data: [DONE]\n\n")]).toEqual(["finish", true]);
  });

  test.each(LATE)("that fails with %s in the middle never ends well", async (how) => {
    const { status, body, row } = await ask(model, how, stream, [SPARE]);
    if (!stream) {
      // Nothing was said yet: it is stood in for.
      expect([status, row.model, row.error]).toEqual([200, SPARE, null]);
      return;
    }
    const parts = chunksOf(body);
    const said = parts.filter(({ type }) => type === "text-delta").map(({ delta }) => delta);
    expect(["w-0 w-1", "w-0 w-1 "]).toContain(said.join(""));
    expect(parts.at(-1)).toMatchObject({
      type: "error",
      error: { message: expect.any(String), code: row.error!, statusCode: expect.any(Number), generationId: row.id },
    });
    expect(parts.filter(({ type }) => type === "finish" || type === "error")).toHaveLength(1);
    expect(body).not.toContain("[DONE]");
    expect([status, row.model]).toEqual([200, model]);
  });
});

test("a stream whose status was spent on waiting is told its failure in band", async () => {
  const { snapshot } = gateway.headgate.gateway;
  const { heartbeatMs } = snapshot;
  Object.assign(snapshot, { heartbeatMs: 60 });
  try {
    const { status, body } = await ask(MODELS[1], "delay=300ms status=500", true);
    expect(status).toBe(200);
    expect(body).toStartWith(": keep-alive\n\n");
    expect(chunksOf(body)).toMatchObject([{ type: "error", error: { message: expect.any(String), statusCode: 503 } }]);
  } finally {
    Object.assign(snapshot, { heartbeatMs });
  }
});
