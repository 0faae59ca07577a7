import { expect, test } from "bun:test";
import { spanAt } from "../../src/core/period.ts";
import { sized } from "../support/figures.ts";
import { BOTH, CENT, chat, KEY, KEY_BUDGET, openBank, say } from "./support.ts";

const REQUESTS = sized(250, 5000);
const AT_ONCE = 40;

/** Whatever can come of a request. */
const ENDS = [
  "tokens=20 every=0",
  "tokens=60 every=1ms",
  "tokens=60 every=0 no-usage",
  "tokens=300 every=0",
  "status=500",
  "status=400",
  "status=429",
  "reset",
  "reset=3",
  "cut=3",
  "eof=4",
  "error=2",
  "error",
  "garbage",
  "error-200",
  "empty",
  "delay=20ms tokens=5 every=0",
  "silence=2",
  "silence",
  "refusal",
];

/** Numbers from a seed, so that what fails can be seen again. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test(`whatever comes of ${REQUESTS} requests, nothing stays reserved, and the accounts have what the rows cost`, async () => {
  const roll = dice(7);
  const bank = await openBank({ config: { budgets: { wait_ms: 20, default_output_tokens: 100 } }, remembers: true });
  const key = await bank.budget({ ...KEY_BUDGET, limit_usd: 0.1 });
  const gateway = await bank.budget({ scope: "gateway", limit_usd: 1000, period: "daily" });
  const tag = await bank.budget({ scope: "tag", scope_id: "all", limit_usd: 1000, soft: true });
  await bank.budget({ scope: "user", scope_id: "*", limit_usd: 0.5 });
  const day = spanAt("daily", Date.now()).startedAt;
  const told = new Map<number, number>();
  let raised = 0;
  const one = async () => {
    const stream = roll(2) === 0;
    const scenario = ENDS[roll(ENDS.length)]!;
    const model = roll(3) === 0 ? BOTH : CENT;
    const leaves = scenario.startsWith("silence") || roll(8) === 0;
    const afterMs = roll(30);
    const capped = roll(2) === 0 ? {} : { max_tokens: 1 + roll(80) };
    const body = { ...say(`[sim ${scenario}]`, model), ...capped, stream, tags: ["all"], user: `user-${roll(4)}` };
    const path = roll(3) === 0 ? "/v1/messages" : "/v1/chat/completions";
    const asked =
      path === "/v1/messages" ? { ...body, max_tokens: 50, user: undefined, metadata: { user_id: "x" } } : body;
    const leaver = new AbortController();
    const patience = leaves ? setTimeout(() => leaver.abort(), 5 + afterMs) : undefined;
    try {
      const reply = await fetch(bank.gateway.url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
        body: JSON.stringify(asked),
        signal: leaver.signal,
      });
      told.set(reply.status, (told.get(reply.status) ?? 0) + 1);
      await reply.text();
    } catch {
      told.set(0, (told.get(0) ?? 0) + 1);
    } finally {
      clearTimeout(patience);
    }
    // Now and then there is more to spend.
    if (roll(25) === 0) await bank.admin("PATCH", `/admin/budgets/${key.id}`, { limit_usd: ++raised / 10 });
  };
  for (let nth = 0; nth < REQUESTS; nth += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, REQUESTS - nth) }, one));
  const all = async () => (await bank.admin("GET", "/admin/budgets")).body.data;
  const reserved = async () =>
    (await all()).reduce((sum: number, { reserved_usd = 0 }: { reserved_usd?: number }) => sum + reserved_usd, 0);
  while ((await reserved()) > 0) await new Promise((resolve) => setImmediate(resolve));
  let cost = 0;
  for (let next = ""; ; ) {
    const { body } = await bank.admin("GET", `/admin/generations?limit=500${next}`);
    for (const row of body.data) cost += Math.round(row.total_cost * 1e9);
    if (!body.has_more) break;
    next = `&before=${body.next}`;
  }
  // One of a day that ended meanwhile tells what was spent since.
  const whole = spanAt("daily", Date.now()).startedAt === day ? [key, gateway, tag] : [key, tag];
  for (const { id } of whole) expect(Math.round((await bank.state(id)).spent_usd * 1e9)).toBe(cost);
  expect(cost).toBeGreaterThan(0);
  // Of everything there was something: answers, refusals of budgets, failures, and who left.
  for (const status of [200, 402, 503, 0]) expect([status, told.get(status) ?? 0]).not.toEqual([status, 0]);
  expect((await bank.gateway.post("/v1/chat/completions", chat(1))).status).toBeOneOf([200, 402]);
  await bank.stop();
}, 120_000);
