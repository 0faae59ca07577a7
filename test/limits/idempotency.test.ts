import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { KeyRing, keyHash } from "../../src/access/keys.ts";
import type { Snapshot } from "../../src/gateway/gateway.ts";
import { chance } from "../../src/wires/fixtures/cuts.ts";
import { ask, clientOf, failure, sent } from "../conformance/client.ts";
import { anthropicAt, say } from "../conformance/messages-client.ts";
import { watchLedger } from "../faults/ledger.ts";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { cleanUp, folder } from "../support/process.ts";

const MODEL = "openai/gpt-4o";
const CLAUDE = "anthropic/claude-sonnet-4.5";
const PATH = "/v1/chat/completions";
const CHAT = { model: MODEL, messages: [{ role: "user", content: "[sim tokens=2 every=0] Hello" }] };

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());
beforeEach(() => gateway.simulator.forget());

let names = 0;
const fresh = () => ({ "idempotency-key": `name-${names++}` });

const DOORS: readonly [path: string, body: Record<string, unknown>][] = [
  [PATH, CHAT],
  [PATH, { ...CHAT, stream: true }],
  ["/v1/responses", { model: MODEL, input: "[sim tokens=2 every=0] Hello" }],
  ["/v1/messages", { ...CHAT, model: CLAUDE, max_tokens: 100 }],
  ["/v1/embeddings", { model: "openai/text-embedding-3-small", input: "Hello" }],
];

describe.each(DOORS)("a request to %s with a name", (path, body) => {
  test("is answered once; sent again it is told which generation that was, with another body that it is another", async () => {
    const name = fresh();
    const ledger = watchLedger(gateway);
    const first = await gateway.post(path, body, name);
    expect(first.status).toBe(200);
    await first.arrayBuffer();
    const id = first.headers.get("x-request-id")!;
    const again = await gateway.post(path, body, name);
    expect(again.status).toBe(409);
    expect(again.headers.get("x-should-retry")).toBe("false");
    expect((await jsonOf(again)).error).toMatchObject({
      code: "idempotency_repeated",
      type: "invalid_request_error",
      message: expect.stringContaining(id),
    });
    const other = await gateway.post(path, { ...body, user: "somebody" }, name);
    expect(other.status).toBe(422);
    expect(other.headers.get("x-should-retry")).toBe("false");
    expect((await jsonOf(other)).error).toMatchObject({ code: "idempotency_mismatch" });
    expect((await (await gateway.post(path, body)).arrayBuffer()).byteLength).toBeGreaterThan(0);
    sent(gateway, 2);
    await ledger.at(1);
    expect(ledger.rows).toHaveLength(2);
  });
});

test("while it is answered it is not answered again, and may be asked for again later", async () => {
  const name = fresh();
  const body = { ...CHAT, stream: true, messages: [{ role: "user", content: "[sim tokens=endless every=5ms]" }] };
  const leaves = new AbortController();
  const asking = () =>
    fetch(gateway.url + PATH, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...name },
      body: JSON.stringify(body),
      signal: leaves.signal,
    });
  const ledger = watchLedger(gateway);
  expect((await asking()).status).toBe(200);
  const second = await gateway.post(PATH, body, name);
  expect(second.status).toBe(409);
  expect(second.headers.get("x-should-retry")).toBeNull();
  expect(second.headers.get("retry-after")).toBe("1");
  expect((await jsonOf(second)).error).toMatchObject({ code: "idempotency_in_flight" });
  leaves.abort();
  await ledger.at(0);
  // It has cost something.
  expect((await jsonOf(await gateway.post(PATH, body, name))).error.code).toBe("idempotency_repeated");
  sent(gateway);
});

test("what nobody answered may be asked again under its name", async () => {
  const name = fresh();
  for (const [content, status] of [
    ["[sim status=503]", 503],
    ["[sim status=429]", 429],
    ["[sim error]", 503],
    ["[sim status=400]", 400],
  ] as const)
    for (const stream of [false, true]) {
      const body = { ...CHAT, stream, messages: [{ role: "user", content }] };
      for (let i = 0; i < 2; i++) expect((await gateway.post(PATH, body, name)).status).toBe(status);
    }
  expect((await gateway.post(PATH, "{", name)).status).toBe(400);
  expect((await gateway.post(PATH, { ...CHAT, model: "nobody/has" }, name)).status).toBe(404);
  expect((await gateway.post(PATH, CHAT, name)).status).toBe(200);
});

test("a stream that broke when it had cost something is not asked for again unawares", async () => {
  const name = fresh();
  const body = { ...CHAT, stream: true, messages: [{ role: "user", content: "[sim tokens=9 cut=3]" }] };
  const broken = await gateway.post(PATH, body, name);
  expect(await broken.text()).toContain("upstream_");
  expect((await gateway.post(PATH, body, name)).status).toBe(409);
  sent(gateway);
});

test("of 240 requests with 30 names, of which some fail, break or are left, nobody pays twice for a name (seed 4200)", async () => {
  const random = chance(4_200);
  const ledger = watchLedger(gateway);
  const fails = [
    "",
    "",
    "[sim first=2 status=503",
    "[sim first=1 cut=2",
    "[sim first=1 error",
    "[sim first=3 html",
    "[sim first=1 status=400",
  ];
  const named = Array.from({ length: 30 }, (_, i) => {
    const first = fails[i % fails.length]!;
    const content = `${first === "" ? "" : `${first} id=r${i}] `}[sim tokens=6 every=1ms]`;
    return { user: `r${i}`, stream: random() < 0.6, messages: [{ role: "user", content }] };
  });
  const queue = named.flatMap((one) => Array.from({ length: 8 }, () => one)).sort(() => random() - 0.5);
  const answered = new Set<string>();
  let rows = 0;
  const worker = async () => {
    for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
      const leaves = new AbortController();
      const goes = one.stream && random() < 0.15;
      try {
        const reply = await fetch(gateway.url + PATH, {
          method: "POST",
          headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", "idempotency-key": one.user },
          body: JSON.stringify({ model: MODEL, ...one }),
          signal: leaves.signal,
        });
        if (reply.status !== 409) rows++;
        const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
        let text = "";
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          text += read.value;
          if (goes) leaves.abort();
        }
        if (reply.status === 200 && !text.includes('"error"')) {
          expect(answered.has(one.user)).toBe(false);
          answered.add(one.user);
        }
      } catch (thrown) {
        if (!leaves.signal.aborted) throw thrown;
      }
    }
  };
  await Promise.all(Array.from({ length: 10 }, worker));
  await ledger.at(rows - 1);
  expect(ledger.rows).toHaveLength(rows);
  const paid = ledger.rows.filter(({ cost, input, output }) => (cost ?? 0) + (input ?? 0) + (output ?? 0) > 0);
  expect(new Set(paid.map(({ user }) => user)).size).toBe(paid.length);
  // Those that only break, or are left, have been paid for as well.
  expect(paid.length).toBeGreaterThan(20);
  expect(answered.size).toBeGreaterThan(15);
});

test("another key has never heard of the name", async () => {
  const name = fresh();
  const open = gateway.headgate.gateway as { snapshot: Snapshot };
  const before = open.snapshot;
  const tenant = (id: string) => [keyHash(id, "s"), { id, name: id, disabled: false }] as const;
  open.snapshot = { ...before, keys: new KeyRing("s", new Map([tenant("key_a"), tenant("key_b")])) };
  try {
    const as = (key: string) => gateway.post(PATH, CHAT, { ...name, authorization: `Bearer ${key}` });
    expect([(await as("key_a")).status, (await as("key_b")).status]).toEqual([200, 200]);
    expect([(await as("key_a")).status, (await as("key_b")).status]).toEqual([409, 409]);
  } finally {
    open.snapshot = before;
  }
});

test("a gateway that begins again knows the names of the one before", async () => {
  const data = folder();
  try {
    const [answered, failed] = [fresh(), fresh()];
    const first = await startGateway({ config: { data } });
    expect((await first.post(PATH, CHAT, answered)).status).toBe(200);
    const broken = { ...CHAT, messages: [{ role: "user", content: "[sim status=503]" }] };
    expect((await first.post(PATH, broken, failed)).status).toBe(503);
    await first.stop();
    const second = await startGateway({ config: { data } });
    const again = await second.post(PATH, CHAT, answered);
    expect([again.status, (await jsonOf(again)).error.code]).toEqual([409, "idempotency_repeated"]);
    expect((await second.post(PATH, { ...CHAT, user: "else" }, answered)).status).toBe(422);
    expect((await second.post(PATH, CHAT, failed)).status).toBe(200);
    expect(second.simulator.requests).toHaveLength(1);
    await second.stop();
  } finally {
    await cleanUp();
  }
});

describe("official clients", () => {
  test("raise a conflict, and do not ask again for what was answered", async () => {
    const headers = fresh();
    const openai = clientOf(gateway);
    const chat = () => openai.chat.completions.create(ask(MODEL, "[sim tokens=1 every=0]"), { headers });
    const { id } = await chat();
    const error = await failure(chat(), OpenAI.ConflictError);
    expect(error).toMatchObject({ status: 409, code: "idempotency_repeated" });
    expect(error.message).toContain(id);
    const other = openai.chat.completions.create(ask(MODEL, "Hello"), { headers });
    expect(await failure(other, OpenAI.UnprocessableEntityError)).toMatchObject({ code: "idempotency_mismatch" });
    const claude = anthropicAt(gateway);
    const named = { headers: fresh() };
    await claude.messages.create(say(CLAUDE, "[sim tokens=1 every=0]"), named);
    const again = claude.messages.create(say(CLAUDE, "[sim tokens=1 every=0]"), named);
    expect(await failure(again, Anthropic.ConflictError)).toMatchObject({ status: 409 });
    sent(gateway, 2);
  });

  test("have their own retries served: a retry is no name", async () => {
    const refusals = clientOf(gateway, { maxRetries: 2 });
    const counted = (count: string) => ({ headers: { ...fresh(), "x-stainless-retry-count": count } });
    for (const count of ["0", "1"])
      await refusals.chat.completions.create(ask(MODEL, "[sim tokens=1 every=0]"), counted(count));
    const body = ask(MODEL, "[sim tokens=1 every=0]");
    for (let i = 0; i < 2; i++) await refusals.chat.completions.create(body);
    sent(gateway, 4);
  });
});
