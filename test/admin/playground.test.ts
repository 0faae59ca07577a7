import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ask, TOKEN } from "../access/keys.ts";
import { aroundToday } from "../support/days.ts";
import { chunksOf, jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { cookiesOf, linked, OWN_PAGE, signedIn, signIn } from "../support/signed-in.ts";

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
  const [from, to] = aroundToday();
  const sums = await jsonOf(
    await ask(gateway, "GET", `/admin/usage?start_date=${from}&end_date=${to}&group_by=api_key_name`),
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

describe("whose session ends", () => {
  /** Somebody who is signed in, and what they ask. */
  async function asking(at: RunningGateway, body: object, path = PATH) {
    const cookie = cookiesOf(await signIn(at, { link: await linked(at) }));
    const headers = { cookie, ...OWN_PAGE };
    const reply = fetch(at.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    const end = () => fetch(`${at.url}/admin/session`, { method: "DELETE", headers });
    return { reply, end, headers };
  }
  const errorIn = (text: string) =>
    text
      .split("\n")
      .filter((line) => line.startsWith("data: {"))
      .map((line) => JSON.parse(line.slice(6)))
      .find(({ error }) => error !== undefined)?.error;

  test.each([PATH, `${PATH}?attempts=true`])("is told so in the middle of a stream, which ends: %s", async (path) => {
    const { reply, end } = await asking(gateway, chat("[sim tokens=endless every=5ms] Hi", { stream: true }), path);
    const told = await reply;
    expect(told.status).toBe(200);
    const id = told.headers.get("x-request-id");
    expect((await end()).status).toBe(200);
    expect(errorIn(await told.text())).toMatchObject({
      code: "signed_out",
      message: expect.stringContaining("sign in"),
    });
    expect(await jsonOf(await ask(gateway, "GET", `/admin/generations/${id}`))).toMatchObject({ error: "signed_out" });
  });

  test("is told so before anything was said, and nobody else is asked", async () => {
    const { reply, end } = await asking(gateway, chat("[sim silence=0] Hi", { stream: true }));
    while ((await jsonOf(await ask(gateway, "GET", "/admin/health"))).requests_in_flight === 0) await Bun.sleep(5);
    await end();
    const told = await reply;
    expect([told.status, (await jsonOf(told)).error.code]).toEqual([401, "signed_out"]);
    const row = await jsonOf(await ask(gateway, "GET", `/admin/generations/${told.headers.get("x-request-id")}`));
    expect([row.error, row.attempts.length]).toEqual(["signed_out", 1]);
  });

  test("is told so also where providers are read to the end whose clients have left", async () => {
    const read = await startGateway({ config: { admin_token: TOKEN, drain_abandoned: true } });
    const { reply, end } = await asking(read, chat("[sim tokens=endless every=5ms] Hi", { stream: true }));
    const told = await reply;
    await end();
    expect(errorIn(await told.text())?.code).toBe("signed_out");
    await read.stop();
  });

  test("while others go on: those of another session, and who shows the admin token", async () => {
    const text = "[sim tokens=40 every=50ms mark=a7] Hi";
    const [one, other] = [
      await asking(gateway, chat("[sim tokens=endless every=5ms] Hi", { stream: true })),
      await asking(gateway, chat(text, { stream: true })),
    ];
    const shown = play(chat(text, { stream: true }));
    await one.reply;
    await one.end();
    expect(errorIn(await (await one.reply).text())?.code).toBe("signed_out");
    for (const reply of [other.reply, shown]) expect(await (await reply).text()).toContain("[DONE]");
  });
});

describe("who wants to hear of attempts", () => {
  /** The events of a reply, in their order: those of attempts, and the rest as it is. */
  async function heard(body: object) {
    const reply = await ask(gateway, "POST", `${PATH}?attempts=true`, body);
    const events = (await reply.text()).split("\n\n").filter((event) => event !== "");
    const attempts = events.filter((event) => event.startsWith("event: attempt\n"));
    const told = attempts.map((event) => JSON.parse(event.slice(event.indexOf("data: ") + 6)));
    return {
      reply,
      told,
      first: events.indexOf(attempts[0]!),
      rest: events.filter((event) => !attempts.includes(event)),
    };
  }
  const fallback = { providerOptions: { gateway: { models: ["anthropic/claude-sonnet-4.5"] } } };

  test("is told of each as it is made, before the stream itself, which is as it is", async () => {
    const body = chat("[sim model=gpt-5-mini status=503] Hi", { stream: true, ...fallback });
    const { reply, told, first, rest } = await heard(body);
    expect([reply.status, reply.headers.get("content-type"), reply.headers.get("x-accel-buffering")]).toEqual([
      200,
      "text/event-stream",
      "no",
    ]);
    expect(first).toBe(0);
    expect(told).toEqual([
      { nth: 0, provider: "openai", model: GPT, state: "asked", asked_at: expect.any(Number), ms: 0 },
      expect.objectContaining({
        nth: 0,
        provider: "openai",
        state: "failed",
        status: 503,
        error: "upstream_overloaded",
        message: expect.any(String),
      }),
      expect.objectContaining({ nth: 1, provider: "anthropic", model: "anthropic/claude-sonnet-4.5", state: "asked" }),
      expect.objectContaining({ nth: 1, provider: "anthropic", state: "speaks" }),
    ]);
    const chunks = chunksOf(rest.map((event) => `${event}\n\n`).join(""));
    expect(chunks.at(-1).usage.completion_tokens).toBeGreaterThan(0);
    expect(chunks[0].id).toBe(reply.headers.get("x-request-id"));
  });

  test("hears of them while the provider is still silent", async () => {
    const leaving = new AbortController();
    const reply = await fetch(`${gateway.url}${PATH}?attempts=true`, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(chat("[sim silence=0] Hi", { stream: true })),
      signal: leaving.signal,
    });
    const { value } = await reply.body!.getReader().read();
    expect(Buffer.from(value!).toString()).toStartWith('event: attempt\ndata: {"nth":0,"provider":"openai"');
    leaving.abort();
    const id = reply.headers.get("x-request-id")!;
    let row: { error: string } | undefined;
    while (row === undefined) {
      const told = await ask(gateway, "GET", `/admin/generations/${id}`);
      if (told.status === 200) row = await jsonOf(told);
      else await Bun.sleep(5);
    }
    expect(row.error).toBe("client_closed");
  });

  test("has a whole answer as one event, and an error as the last", async () => {
    const whole = await heard(chat('[sim say="Hello."] Hi'));
    expect(whole.told.map(({ state }) => state)).toEqual(["asked", "speaks"]);
    expect(whole.rest.at(-1)).toBe("data: [DONE]");
    expect(JSON.parse(whole.rest[0]!.slice(6)).choices[0].message.content).toBe("Hello.");
    for (const stream of [true, false]) {
      const failed = await heard(chat("[sim status=400] Hi", { stream }));
      expect([failed.reply.status, failed.told.map(({ state }) => state)]).toEqual([200, ["asked", "failed"]]);
      expect(JSON.parse(failed.rest[0]!.slice(6)).error).toMatchObject({ code: "upstream_invalid_request" });
    }
  });

  test("is refused as ever where nobody is asked", async () => {
    const refusals = [chat("x", { model: "no/such" }), chat("x", { model: 5 })];
    const statuses = await Promise.all(
      refusals.map(async (body) => (await ask(gateway, "POST", `${PATH}?attempts=true`, body)).status),
    );
    expect(statuses).toEqual([404, 400]);
  });
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
