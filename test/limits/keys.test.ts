import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ask, KEYS, made, post, TOKEN } from "../access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";
import { levelsIn } from "./limited.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  const rate_limits = { per_key: { requests_per_minute: 50 }, per_user: { requests_per_minute: 2 } };
  gateway = await startGateway({ config: { admin_token: TOKEN, rate_limits } });
});
afterAll(() => gateway.stop());

const told = async (key: string, more: object = {}) => {
  const reply = await post(gateway, key, {
    model: "openai/gpt-4o",
    messages: [{ role: "user", content: "Hi" }],
    ...more,
  });
  const { "limit-requests": limit, "remaining-requests": remaining } = levelsIn(reply.headers);
  return [reply.status, limit, remaining];
};

describe("a key with limits", () => {
  test("of its own is held to those; one without to those of every key", async () => {
    const own = await made(gateway, { limits: { requests_per_minute: 2 } });
    const usual = await made(gateway);
    const free = await made(gateway, { limits: { requests_per_minute: null } });
    expect(await told(own.key)).toEqual([200, "2", "1"]);
    expect(await told(own.key)).toEqual([200, "2", "0"]);
    expect(await told(own.key)).toEqual([429, "2", "0"]);
    expect(await told(usual.key)).toEqual([200, "50", "49"]);
    expect(await told(free.key)).toEqual([200, undefined, undefined]);
  });

  test("is held to others as soon as they are changed, and what was used stays used", async () => {
    const { id, key } = await made(gateway, { limits: { requests_per_minute: 2 } });
    await told(key);
    await told(key);
    expect((await told(key))[0]).toBe(429);
    const change = async (limits: unknown) => {
      const reply = await ask(gateway, "PATCH", `${KEYS}/${id}`, { limits });
      expect(reply.status).toBe(200);
      return jsonOf(reply);
    };
    expect(await change({ requests_per_minute: 1000 })).toMatchObject({ limits: { requests_per_minute: 1000 } });
    // Empty it was, and larger it is: what flows in now flows in faster.
    const [, limit, remaining] = await told(key);
    expect(limit).toBe("1000");
    expect(Number(remaining)).toBeLessThan(500);
    await change({ requests_per_minute: null });
    expect(await told(key)).toEqual([200, undefined, undefined]);
    await change(null);
    expect((await told(key))[1]).toBe("50");
  });

  test("keeps what was used when its secret is changed", async () => {
    const { id, key } = await made(gateway, { limits: { requests_per_minute: 1 } });
    expect((await told(key))[0]).toBe(200);
    const rotated = await jsonOf(await ask(gateway, "POST", `${KEYS}/${id}/rotate`, {}));
    expect((await told(rotated.key))[0]).toBe(429);
  });

  test.each([
    { requests_per_minute: 0 },
    { requests_per_minute: -1 },
    { tokens_per_minute: 1.5 },
    { tokens_per_minute: 1e300 },
    { concurrent_streams: "5" },
    { requests_per_second: 5 },
    { requests_per_minute: 5, __proto__x: 1 },
    "fast",
    [60],
  ])("%j are none: nothing is made", async (limits) => {
    const before = (await jsonOf(await ask(gateway, "GET", KEYS))).data.length;
    const reply = await ask(gateway, "POST", KEYS, { name: "bad", limits });
    expect(reply.status).toBe(400);
    expect((await jsonOf(reply)).error.param).toStartWith("limits");
    const huge = await ask(gateway, "POST", KEYS, '{"name":"bad","limits":{"requests_per_minute":1e999}}');
    expect(huge.status).toBe(400);
    expect((await jsonOf(await ask(gateway, "GET", KEYS))).data).toHaveLength(before);
  });
});

test("end users of a team's keys share their limits, and those of nobody else's", async () => {
  const team = await jsonOf(await ask(gateway, "POST", "/admin/teams", { name: "Team" }));
  const [one, two, other] = [
    await made(gateway, { team: team.id }),
    await made(gateway, { team: team.id }),
    await made(gateway),
  ];
  const ada = { user: "ada" };
  expect(await told(one.key, ada)).toEqual([200, "2", "1"]);
  expect(await told(two.key, ada)).toEqual([200, "2", "0"]);
  expect((await told(one.key, ada))[0]).toBe(429);
  expect(await told(other.key, ada)).toEqual([200, "2", "1"]);
});

test("a budget's refusal tells of limits too", async () => {
  const { key } = await made(gateway, { budget: { limit_usd: 0, period: "total" } });
  expect(await told(key)).toEqual([402, "50", "49"]);
});
