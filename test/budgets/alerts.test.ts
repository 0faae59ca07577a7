import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Bank, chat, KEY_BUDGET, openBank } from "./support.ts";

interface Told {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON
  event: any;
  body: string;
  signature: string | null;
}

const SECRET = "a-secret-for-alerts";

/** Somebody who is told: what came, and the next that comes. */
class Listener {
  readonly told: Told[] = [];
  /** What the next are answered with; 200 once they are used up. */
  statuses: number[] = [];
  attempts = 0;
  private wake = () => {};
  private readonly server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const body = await request.text();
      this.attempts++;
      const status = this.statuses.shift() ?? 200;
      if (status === 200)
        this.told.push({ body, event: JSON.parse(body), signature: request.headers.get("x-headgate-signature") });
      this.wake();
      return new Response(null, { status });
    },
  });
  readonly url = `http://127.0.0.1:${this.server.port}/alerts`;

  /** Once so many have been told. */
  async until(ready: () => boolean): Promise<void> {
    while (!ready()) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }

  stop(): Promise<void> {
    return this.server.stop(true);
  }
}

let listener: Listener;
let bank: Bank;
beforeEach(() => {
  listener = new Listener();
});
afterEach(async () => {
  await bank.stop();
  await listener.stop();
});

const spend = async (tokens: number, more?: Record<string, unknown>) => {
  const reply = await bank.gateway.post("/v1/chat/completions", chat(tokens, more));
  await reply.text();
  return reply.status;
};
const thresholds = () => listener.told.map(({ event }) => event.data.threshold);

describe("a share of a budget that is spent", () => {
  test("is told once, signed, with what was spent of how much", async () => {
    bank = await openBank({ config: { budgets: { alerts: { url: listener.url, secret: SECRET } } } });
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.04, period: "monthly" });
    for (const tokens of [100, 100, 50, 50, 100]) expect(await spend(tokens)).toBe(200);
    await listener.until(() => listener.told.length >= 3);
    expect(thresholds()).toEqual([50, 75, 100]);
    const [first] = listener.told;
    expect(first!.event).toMatchObject({
      id: expect.stringMatching(/^evt_/),
      type: "budget.threshold",
      data: {
        threshold: 50,
        budget: id,
        scope: "key",
        scope_id: "key_environment",
        period: "monthly",
        limit_usd: "0.04",
      },
    });
    const [, at, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(first!.signature!)!;
    expect(given).toBe(createHmac("sha256", SECRET).update(`${at}.${first!.body}`).digest("hex"));
    expect(new Set(listener.told.map(({ event }) => event.id)).size).toBe(3);
  });

  test("of each user is that user's", async () => {
    bank = await openBank({ config: { budgets: { alerts: { url: listener.url } } } });
    await bank.budget({ scope: "user", scope_id: "*", limit_usd: 0.01, thresholds: [100] });
    for (const user of ["ann", "bob"]) await spend(100, { user });
    await listener.until(() => listener.told.length >= 2);
    expect(listener.told.map(({ event }) => event.data.scope_id)).toEqual(["ann", "bob"]);
    expect(listener.told[0]!.signature).toBeNull();
  });

  test("of a soft budget is told, and nobody is refused", async () => {
    bank = await openBank({ config: { budgets: { alerts: { url: listener.url } } } });
    const { id } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01, soft: true, thresholds: [80] });
    for (let nth = 0; nth < 3; nth++) expect(await spend(100)).toBe(200);
    await listener.until(() => listener.told.length >= 1);
    expect(await bank.state(id)).toMatchObject({ spent_usd: 0.03, remaining_usd: 0 });
    // Everything before was told before.
    await bank.budget({ scope: "tag", scope_id: "last", limit_usd: 0.01, thresholds: [1] });
    await spend(100, { tags: ["last"] });
    await listener.until(() => listener.told.length >= 2);
    expect(thresholds()).toEqual([80, 1]);
  });

  test("is tried again where it is not taken, and holds up no request", async () => {
    bank = await openBank({ config: { budgets: { alerts: { url: listener.url } } } });
    listener.statuses = [503];
    await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01, thresholds: [100] });
    expect(await spend(100)).toBe(200);
    await listener.until(() => listener.told.length >= 1);
    expect(listener.attempts).toBe(2);
  });

  test("that is not wanted is complained of, once", async () => {
    bank = await openBank({ config: { budgets: { alerts: { url: listener.url } } } });
    listener.statuses = [410];
    await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01, thresholds: [50] });
    await spend(100);
    await listener.until(() => listener.attempts >= 1);
    const { complaints } = bank.gateway;
    while (complaints.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(complaints.splice(0)).toEqual([new Error("an alert was answered with status 410")]);
  });

  test("is not told again by a gateway that began anew", async () => {
    const data = mkdtempSync(join(tmpdir(), "headgate-alerts-"));
    const config = { data, budgets: { alerts: { url: listener.url } } };
    bank = await openBank({ config });
    await bank.budget({ ...KEY_BUDGET, limit_usd: 0.04, thresholds: [25, 50] });
    await spend(100);
    await listener.until(() => listener.told.length >= 1);
    await bank.stop();
    bank = await openBank({ config });
    await spend(100);
    await listener.until(() => listener.told.length >= 2);
    expect(thresholds()).toEqual([25, 50]);
    // And what was spent is spent.
    expect(await spend(300)).toBe(402);
    rmSync(data, { recursive: true, force: true });
  });
});

test("more than there was is told beside, once", async () => {
  bank = await openBank({ config: { budgets: { alerts: { url: listener.url } } } });
  await bank.budget({ ...KEY_BUDGET, limit_usd: 0.01, thresholds: [] });
  const usage = JSON.stringify({ usage: { prompt_tokens: 1, completion_tokens: 200, total_tokens: 201 } });
  const asked = { ...chat(100), messages: [{ role: "user", content: `[sim tokens=9 every=0 patch='${usage}']` }] };
  expect((await bank.gateway.post("/v1/chat/completions", asked)).status).toBe(200);
  await listener.until(() => listener.told.length >= 1);
  expect(listener.told[0]!.event).toMatchObject({
    type: "budget.overspent",
    data: { spent_usd: "0.02", limit_usd: "0.01" },
  });
});

describe("a correction that takes a budget past a share of it", () => {
  const correct = async (id: string, dollars: string) => {
    const told = { adjustment_usd: dollars, reason: "the invoice says so" };
    expect((await bank.admin("POST", `/admin/generations/${id}/corrections`, told)).status).toBe(201);
  };

  /** The generation that spent a cent. */
  const spent = async () => {
    const reply = await bank.gateway.post("/v1/chat/completions", chat(100));
    await reply.arrayBuffer();
    return reply.headers.get("x-request-id")!;
  };

  test("is told at once, each share once, and what is more than there was beside", async () => {
    bank = await openBank({ config: { budgets: { alerts: { url: listener.url } } } });
    await bank.budget({ ...KEY_BUDGET, limit_usd: 0.04, period: "daily", thresholds: [50, 75, 100] });
    const id = await spent();
    await correct(id, "0.005");
    await correct(id, "0.005");
    await listener.until(() => listener.told.length >= 1);
    await correct(id, "0.03");
    await listener.until(() => listener.told.length >= 4);
    const told = listener.told.map(({ event: { type, data } }) => [type, data.threshold, data.spent_usd]);
    expect(told[0]).toEqual(["budget.threshold", 50, "0.02"]);
    expect(told.slice(1).toSorted()).toEqual([
      ["budget.overspent", undefined, "0.05"],
      ["budget.threshold", 100, "0.05"],
      ["budget.threshold", 75, "0.05"],
    ]);
    await correct(id, "-0.01");
    expect(await spend(100)).toBe(402);
    expect(listener.told).toHaveLength(4);
  });

  test("is told also where nobody has spent of it since the gateway began anew", async () => {
    const data = mkdtempSync(join(tmpdir(), "headgate-alerts-"));
    const config = { data, budgets: { alerts: { url: listener.url } } };
    bank = await openBank({ config });
    const { id: budget } = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.04, thresholds: [50] });
    const id = await spent();
    await bank.stop();
    bank = await openBank({ config });
    await correct(id, "0.01");
    await listener.until(() => listener.told.length >= 1);
    expect(listener.told[0]!.event.data).toMatchObject({ budget, threshold: 50, spent_usd: "0.02" });
    rmSync(data, { recursive: true, force: true });
  });
});
