import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ask, TOKEN } from "../access/keys.ts";
import { chunksOf, jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { OWN_PAGE, signedIn } from "../support/signed-in.ts";

const PATH = "/admin/playground/chat/completions";
const GPT = "openai/gpt-5-mini";
let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN, admin: "locked" } });
});
afterAll(() => gateway.stop());

const chat = (text: string, more: object = {}) => ({
  model: GPT,
  messages: [{ role: "user", content: text }],
  ...more,
});
const play = (body: unknown) => ask(gateway, "POST", PATH, body);

test("is answered as a client is, record and all, also where nothing may be changed", async () => {
  const reply = await play(chat('[sim say="Hello."] Hi'));
  const told = await jsonOf(reply);
  expect([reply.status, told.choices[0].message.content]).toEqual([200, "Hello."]);
  expect(told.choices[0].message.provider_metadata.gateway.routing.finalProvider).toBe("openai");
  expect(reply.headers.get("x-request-id")).toBe(told.id);
  expect(reply.headers.get("access-control-allow-origin")).toBeNull();
});

test("leaves a row of its own key, which lists call so", async () => {
  const { id } = await jsonOf(await play(chat("Hi")));
  const { data } = await jsonOf(await ask(gateway, "GET", "/admin/generations?api_key_id=key_playground&limit=1"));
  expect(data).toMatchObject([{ id, api_key_id: "key_playground", api_key_name: "Playground" }]);
  expect(await jsonOf(await ask(gateway, "GET", `/admin/generations/${id}`))).toMatchObject({
    api_key_name: "Playground",
  });
  const day = new Date().toISOString().slice(0, 10);
  const sums = await jsonOf(
    await ask(gateway, "GET", `/admin/usage?start_date=${day}&end_date=${day}&group_by=api_key_name`),
  );
  expect(sums.results.map(({ api_key_name }: { api_key_name: string }) => api_key_name)).toContain("Playground");
  const { data: entries } = await jsonOf(await ask(gateway, "GET", "/admin/audit?action=playground.ask"));
  expect([entries[0].target, entries[0].actor, entries[0].detail]).toEqual([id, "admin", null]);
});

test("streams, piece by piece", async () => {
  const reply = await play(chat("[sim tokens=5] Hi", { stream: true }));
  expect(reply.headers.get("content-type")).toStartWith("text/event-stream");
  expect(reply.headers.get("x-accel-buffering")).toBe("no");
  const chunks = chunksOf(await reply.text());
  expect(chunks.length).toBeGreaterThan(5);
  expect(chunks.at(-1).usage.completion_tokens).toBeGreaterThan(0);
});

test("a provider is broken on purpose, and another answers", async () => {
  const providerOptions = { gateway: { models: ["anthropic/claude-sonnet-4.5"] } };
  const told = await jsonOf(await play(chat("[sim model=gpt-5-mini status=503] Hi", { providerOptions })));
  const { routing } = told.choices[0].message.provider_metadata.gateway;
  expect([routing.finalProvider, routing.totalProviderAttemptCount]).toEqual(["anthropic", 2]);
});

test("who leaves is not read on for", async () => {
  const leaving = new AbortController();
  const reply = await fetch(gateway.url + PATH, {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(chat("[sim tokens=endless] Hi", { stream: true })),
    signal: leaving.signal,
  });
  const id = reply.headers.get("x-request-id")!;
  await reply.body!.getReader().read();
  leaving.abort();
  let row: { error: string } | undefined;
  while (row === undefined) {
    const told = await ask(gateway, "GET", `/admin/generations/${id}`);
    if (told.status === 200) row = await jsonOf(told);
    else await Bun.sleep(5);
  }
  expect(row.error).toBe("client_closed");
});

describe("is refused", () => {
  test("what is no request, as a client would be", async () => {
    const statuses = [{}, chat("x", { model: 5 }), "{", "", "[]"].map(async (body) => (await play(body)).status);
    expect(await Promise.all(statuses)).toEqual([400, 400, 400, 400, 400]);
    expect((await play(chat("x", { model: "no/such" }))).status).toBe(404);
  });

  test("whoever has a key alone, or nothing", async () => {
    expect((await gateway.post(PATH, chat("Hi"))).status).toBe(401);
    expect((await fetch(gateway.url + PATH, { method: "POST", body: "{}" })).status).toBe(401);
  });

  test("viewers, who spend nothing, though they may look at what would be", async () => {
    const open = await startGateway({ config: { admin_token: TOKEN } });
    const headers = { cookie: await signedIn(open, "viewer"), ...OWN_PAGE };
    const body = JSON.stringify(chat("Hi"));
    const reply = await fetch(open.url + PATH, { method: "POST", headers, body });
    expect([reply.status, (await jsonOf(reply)).error.code]).toEqual([403, "denied_to_viewer"]);
    const looks = await fetch(`${open.url}/admin/preview`, { method: "POST", headers, body });
    expect(looks.status).toBe(200);
    const admin = { cookie: await signedIn(open), ...OWN_PAGE };
    expect((await fetch(open.url + PATH, { method: "POST", headers: admin, body })).status).toBe(200);
    const elsewhere = { ...admin, "sec-fetch-site": "cross-site" };
    expect((await fetch(open.url + PATH, { method: "POST", headers: elsewhere, body })).status).toBe(403);
    await open.stop();
  });

  test("what the gateway's budget does not pay for", async () => {
    const poor = await startGateway({ config: { admin_token: TOKEN } });
    await ask(poor, "POST", "/admin/budgets", { scope: "gateway", limit_usd: 0, period: "total" });
    const reply = await ask(poor, "POST", PATH, chat("Hi"));
    expect([reply.status, (await jsonOf(reply)).error.code]).toEqual([402, "quota_for_entity_exceeded"]);
    await poor.stop();
  });
});
