import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, clientOf, failure, type Loose, RELAYED, TRANSCODED } from "./client.ts";

let gateway: RunningGateway;
let client: OpenAI;
beforeAll(async () => {
  gateway = await startGateway();
  client = clientOf(gateway);
});
afterAll(() => gateway.stop());

const GENERATION = /^gen_[0-9A-HJKMNP-TV-Z]{26}$/;
const CHAT = "/v1/chat/completions";
const HELLO = ask(RELAYED, "[sim tokens=2 every=0]");

/** Every kind of reply there is, by what asks for it. */
const REPLIES: readonly [what: string, status: number, ask: () => Promise<Response>][] = [
  ["a plain answer", 200, () => gateway.post(CHAT, HELLO)],
  ["a translated answer", 200, () => gateway.post(CHAT, { ...HELLO, model: TRANSCODED })],
  ["a stream", 200, () => gateway.post(CHAT, { ...HELLO, stream: true })],
  ["a translated stream", 200, () => gateway.post(CHAT, { ...HELLO, model: TRANSCODED, stream: true })],
  ["a stream that breaks", 200, () => gateway.post(CHAT, { ...ask(RELAYED, "[sim eof=1]"), stream: true })],
  ["embeddings", 200, () => gateway.post("/v1/embeddings", { model: "openai/text-embedding-3-small", input: "a" })],
  ["the list of models", 200, () => gateway.get("/v1/models")],
  ["one model", 200, () => gateway.get(`/v1/models/${RELAYED}`)],
  ["its endpoints", 200, () => gateway.get(`/v1/models/${RELAYED}/endpoints`)],
  ["a sign of life", 200, () => gateway.get("/healthz")],
  ["readiness", 200, () => gateway.get("/readyz")],
  ["a provider's failure", 503, () => gateway.post(CHAT, ask(RELAYED, "[sim status=500]"))],
  ["a refusal to stream", 503, () => gateway.post(CHAT, { ...ask(RELAYED, "[sim status=500]"), stream: true })],
  ["a wrong field", 400, () => gateway.post(CHAT, { ...HELLO, temperature: "hot" })],
  ["a wrong body", 400, () => gateway.post(CHAT, "{")],
  ["a wrong key", 401, () => gateway.post(CHAT, HELLO, { authorization: "Bearer wrong" })],
  ["an unknown model", 404, () => gateway.post(CHAT, { ...HELLO, model: "nobody/nothing" })],
  ["an unknown path", 404, () => gateway.get("/v1/nothing")],
  ["an unknown generation", 404, () => gateway.get("/v1/generation?id=gen_01ARZ3NDEKTSV4RRFFQ69G5FAV")],
  ["a wrong method", 405, () => gateway.get(CHAT)],
  ["a wrong type of content", 415, () => gateway.post(CHAT, HELLO, { "content-type": "text/plain" })],
  ["a surface that is not here yet", 501, () => gateway.post("/v1/evaluate", {})],
];

test.each(REPLIES)("%s (%p) carries its id, under both names, and no other reply has it", async (_, status, send) => {
  const ids: string[] = [];
  for (let i = 0; i < 2; i++) {
    const response = await send();
    expect(response.status).toBe(status);
    const id = response.headers.get("x-request-id")!;
    expect(id).toMatch(GENERATION);
    expect(response.headers.get("request-id")).toBe(id);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const text = await response.text();
    // An error tells the id in its body too: some clients show nothing else.
    if (status >= 400) expect(JSON.parse(text).generationId).toBe(id);
    ids.push(id);
  }
  expect(ids[1]).not.toBe(ids[0]!);
});

test.each(REPLIES.filter(([, status]) => status >= 400))(
  "%s (%p) has the body of an error that every client of OpenAI's reads",
  async (_, status, send) => {
    const { error } = await jsonOf(await send());
    expect(Object.keys(error).filter((name) => name !== "param")).toEqual(["message", "type", "code"]);
    for (const name of ["message", "type", "code"]) expect(error[name]).toBeString();
    expect(status).toBeGreaterThan(399);
  },
);

test("a browser's question whether it may ask carries an id too", async () => {
  const response = await fetch(gateway.url + CHAT, { method: "OPTIONS" });
  expect(response.status).toBe(204);
  expect(response.headers.get("x-request-id")).toMatch(GENERATION);
  expect(response.headers.get("request-id")).toBe(response.headers.get("x-request-id"));
});

describe("asking again", () => {
  /** How often a client asks that retries as it does out of the box, and what it is told at last. */
  async function asked(more: Loose, path = CHAT): Promise<number> {
    let count = 0;
    const counting = clientOf(gateway, {
      fetch: (url: unknown, init: unknown) => {
        count++;
        return fetch(url as string, init as RequestInit);
      },
    });
    await failure(counting.post(path.slice("/v1".length), { body: more }), OpenAI.APIError);
    return count;
  }

  test.each([
    ["a provider's limit", ask(RELAYED, "[sim status=429]")],
    ["a provider's failure", ask(RELAYED, "[sim status=500]")],
    ["a provider out of credit", ask(RELAYED, "[sim no-credit]")],
    ["a provider's nonsense", ask(TRANSCODED, "[sim garbage]")],
    ["everybody's failure", { ...ask(RELAYED, "[sim status=500]"), models: [TRANSCODED] }],
  ])("after %s would only multiply what the gateway has tried: the client does not", async (_, request) => {
    expect(await asked(request)).toBe(1);
  });

  test("for what is not here yet would not bring it: the client does not", async () => {
    for (const path of ["/v1/evaluate", "/v1/images/generations"])
      expect(await asked({ model: RELAYED }, path)).toBe(1);
  });

  test("is left to the client where a moment later will do", async () => {
    gateway.headgate.listener.drain();
    const response = await gateway.get("/readyz");
    expect(response.status).toBe(503);
    expect(response.headers.get("x-should-retry")).toBeNull();
  });
});

test("a client reads its request's id off answers and errors alike, and finds both in the ledger", async () => {
  const answer = await client.chat.completions.create(HELLO);
  expect(answer._request_id).toBe(answer.id);
  const call = client.chat.completions.create(ask(TRANSCODED, "[sim status=500]"));
  const error = await failure(call, OpenAI.InternalServerError);
  expect(gateway.row(answer._request_id!)).toMatchObject({ error: null });
  expect(gateway.row(error.requestID!)).toMatchObject({ error: "upstream_error" });
});
