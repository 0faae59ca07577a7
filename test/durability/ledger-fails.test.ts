import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chunksOf, dataOf, jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

let gateway: RunningGateway;
let wasFull: boolean;
beforeEach(async () => {
  gateway = await startGateway();
  wasFull = false;
});
afterEach(async () => {
  const told = "the ledger cannot be written (database or disk is full): the end of a generation was withheld";
  expect(gateway.complaints.splice(0)).toEqual(wasFull ? [told] : []);
  await gateway.stop();
});

const MODELS = ["openai/gpt-5", "anthropic/claude-sonnet-4.5"];

const ask = (model: string, text: string, more: object = {}) =>
  gateway.post("/v1/chat/completions", { model, messages: [{ role: "user", content: text }], ...more });

/** From now on the disk is full, which the operator is told once. @returns what makes room again */
function fillDisk(): () => void {
  wasFull = true;
  const { generations } = gateway.headgate.gateway;
  const insert = generations.insert;
  generations.insert = () => {
    throw new Error("database or disk is full");
  };
  return () => {
    generations.insert = insert;
  };
}

describe("what cannot be written down is not given away", () => {
  test.each(MODELS)("a whole answer of %s is withheld", async (model) => {
    fillDisk();
    const response = await ask(model, '[sim say="worth its money"]');
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(JSON.parse(text).error).toMatchObject({ code: "ledger_unavailable", type: "internal_server_error" });
    expect(text).not.toContain("worth its money");
    expect(text).not.toContain("disk");
    expect(response.headers.get("retry-after")).toBe("5");
  });

  test.each(MODELS)("a stream of %s ends in an error, without usage, finish or end mark", async (model) => {
    fillDisk();
    const response = await ask(model, "[sim tokens=5 every=1ms]", { stream: true });
    const sse = await response.text();
    expect(dataOf(sse)).not.toContain("[DONE]");
    const chunks = chunksOf(sse);
    expect(chunks.at(-1).error).toMatchObject({ code: "ledger_unavailable" });
    expect(chunks.filter(({ usage }) => usage)).toEqual([]);
    expect(chunks.filter(({ choices }) => choices?.[0]?.finish_reason)).toEqual([]);
  });

  test("embeddings are withheld", async () => {
    fillDisk();
    const response = await gateway.post("/v1/embeddings", { model: "openai/text-embedding-3-small", input: "Hello" });
    expect(response.status).toBe(503);
    expect(await jsonOf(response)).not.toHaveProperty("data");
  });
});

test("once there is room again, the next request is answered", async () => {
  const makeRoom = fillDisk();
  expect((await ask(MODELS[0]!, "Hello")).status).toBe(503);
  makeRoom();
  const body = await jsonOf(await ask(MODELS[0]!, "Hello"));
  expect(gateway.row(body.id)).toMatchObject({ error: null, finish: "stop" });
  expect([gateway.headgate.gateway.ledger.lag, gateway.headgate.listener.inFlight]).toEqual([0, 0]);
});

test("a row is there at the moment its reply is, in groups too", async () => {
  const replies = await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const response = await ask(MODELS[i % 2]!, "[sim tokens=2 every=0]", { stream: i % 4 < 2 });
      const text = await response.text();
      const id = response.headers.get("x-request-id")!;
      // No await between the last byte and the look.
      return { id, text, row: gateway.row(id) };
    }),
  );
  for (const { id, text, row } of replies) expect([text.includes(id), row?.id]).toEqual([true, id]);
  expect(await gateway.headgate.gateway.generations.count()).toBe(40);
});
