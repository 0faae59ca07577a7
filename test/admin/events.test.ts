import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { LiveEvents } from "../../src/admin/contract.ts";
import { generationId } from "../../src/core/id.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import { ask, made, post, TOKEN } from "../access/keys.ts";
import { Ear } from "../support/ear.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { OWN_PAGE, signedIn } from "../support/signed-in.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
});
afterAll(() => gateway.stop());

const ears: Ear[] = [];
/** One who listens until the test is over. */
async function listening(headers?: Record<string, string>, origin = gateway.url): Promise<Ear> {
  const ear = await Ear.open(origin, headers);
  ears.push(ear);
  return ear;
}
afterEach(async () => {
  for (const ear of ears.splice(0)) await ear.leave();
});

const isHeard = () => gateway.headgate.gateway.audience.closed !== undefined;

test("pulses come from the first moment on, and tell what is open", async () => {
  const ear = await listening();
  const first = await ear.hears("pulse");
  expect(first).toEqual({ at: expect.any(String), streams_open: 0, requests_in_flight: 0, worker: null });
  expect(ear.told[0]!.name).toBe("pulse");
  const stream = await gateway.post("/v1/chat/completions", {
    ...{ model: "openai/gpt-5-mini", stream: true },
    messages: [{ role: "user", content: "[sim tokens=endless] Hi" }],
  });
  const later = await ear.hears("pulse", ({ streams_open }) => streams_open === 1);
  expect([later.requests_in_flight, later.at > first.at]).toEqual([1, true]);
  await stream.body!.cancel();
  await ear.hears("pulse", ({ streams_open, at }) => streams_open === 0 && at > later.at);
});

test("a request is told once its row is there, as lists tell it, with what failed", async () => {
  const ear = await listening();
  const { id, key } = await made(gateway, { name: "ci" });
  const { id: generation } = await jsonOf(await post(gateway, key));
  const told = await ear.hears("generation");
  expect(told).toMatchObject({ id: generation, api_key_id: id, api_key_name: "ci", error: null });
  const { data } = await jsonOf(await ask(gateway, "GET", "/admin/generations?limit=1"));
  expect(told).toEqual(data[0]);
  const refused = { model: "openai/gpt-5", messages: [{ role: "user", content: "[sim status=400] Hi" }] };
  await post(gateway, key, refused);
  expect(await ear.hears("generation", ({ error }) => error !== null)).toMatchObject({
    error: "upstream_invalid_request",
  });
});

test("what the admin API changes is told, by the list that tells otherwise; what fails, or only looks, is not", async () => {
  const ear = await listening();
  const rule = { id: "x", type: "deny", model: "openai/gpt-5-nano" };
  await ask(gateway, "POST", "/admin/routing-rules", { ...rule, type: "nonsense" });
  await ask(gateway, "GET", "/admin/keys");
  await ask(gateway, "POST", "/admin/routing-rules", rule);
  await ask(gateway, "POST", "/admin/virtual-models", { id: "vmc/x", model: "openai/gpt-5" });
  await ask(gateway, "POST", "/admin/teams", { name: "blue" });
  await ask(gateway, "POST", "/admin/budgets", { scope: "tag", scope_id: "x", limit_usd: 1 });
  await ask(gateway, "POST", "/admin/providers/xai/credentials", { name: "a", api_key: "xai-0123456789abcdef" });
  await made(gateway, { budget: { limit_usd: 1 } });
  await ear.hears("changed", ({ what }) => what === "keys");
  await ask(gateway, "POST", "/v1/api-keys", { purpose: "ai-gateway" });
  const { at } = ear.told.findLast(({ name }) => name === "pulse")!.data as LiveEvents["pulse"];
  await ear.hears("pulse", (later) => later.at > at);
  expect(ear.told.flatMap(({ name, data }) => (name === "changed" ? [data.what] : []))).toEqual([
    ...(["routing_rules", "virtual_models", "teams", "budgets", "credentials", "budgets", "keys", "keys"] as const),
  ]);
});

test("that the cost of a request was corrected is told", async () => {
  const ear = await listening();
  const { id } = await jsonOf(await post(gateway, (await made(gateway)).key));
  const told = { adjustment_usd: "0.25", reason: "The invoice" };
  expect((await ask(gateway, "POST", `/admin/generations/${id}/corrections`, told)).status).toBe(201);
  await ear.hears("changed", ({ what }) => what === "corrections");
});

test("nothing is made for anybody while nobody listens", async () => {
  while (isHeard()) await Bun.sleep(5);
  const [first, second] = [await listening(), await listening()];
  await first.hears("pulse");
  expect(isHeard()).toBe(true);
  await first.leave();
  await post(gateway, (await made(gateway)).key);
  await second.hears("generation");
  await second.leave();
  while (isHeard()) await Bun.sleep(5);
});

test("neither it nor an export ends because it takes longer than a connection may be idle", async () => {
  const { reports, generations } = gateway.headgate.gateway;
  const rows = Array.from({ length: 1250 }, (_, i) => ({ ...FULL, id: generationId(i + 1), createdAt: i + 1 }));
  await generations.insert(rows.map((row) => ({ row, charges: [] })));
  const hasty = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 1, fetch: gateway.headgate.fetch });
  const ear = await listening(undefined, hasty.url.origin);
  // A page of the export for each pulse: it takes as long.
  const { page } = reports;
  let pulses = 0;
  reports.page = async (query) => {
    pulses++;
    while (ear.told.filter(({ name }) => name === "pulse").length <= pulses && !ear.over) await Bun.sleep(20);
    return page.call(reports, query);
  };
  const path = "/admin/generations?format=jsonl&to=1970-01-02";
  const reply = await fetch(hasty.url.origin + path, { headers: { authorization: `Bearer ${TOKEN}` } });
  const text = await reply.text();
  reports.page = page;
  expect([text.trimEnd().split("\n").length, pulses, ear.over]).toEqual([1250, 6, false]);
  await hasty.stop(true);
}, 30_000);

describe("it ends", () => {
  test("for who is signed out, and for nobody else", async () => {
    const cookie = await signedIn(gateway, "viewer");
    const [viewer, admin] = [await listening({ cookie }), await listening()];
    await viewer.hears("pulse");
    const out = await fetch(`${gateway.url}/admin/session`, { method: "DELETE", headers: { cookie, ...OWN_PAGE } });
    expect(out.status).toBe(200);
    expect(await viewer.hears("end")).toEqual({ why: "signed_out" });
    await viewer.ends();
    const { at } = await admin.hears("pulse");
    await admin.hears("pulse", (later) => later.at > at);
    expect(admin.over).toBe(false);
  });

  test("when the gateway stops, and nobody comes in any more", async () => {
    const ear = await listening();
    await ear.hears("pulse");
    await gateway.headgate.listener.drain();
    expect(await ear.hears("end")).toEqual({ why: "stopping" });
    await ear.ends();
    const late = await ask(gateway, "GET", "/admin/events");
    expect([late.status, (await jsonOf(late)).error.code]).toEqual([503, "overloaded"]);
  });
});
