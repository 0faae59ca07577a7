import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isKeyShaped } from "../../src/access/keys.ts";
import { chunksOf, jsonOf, KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { ask, chat, KEYS, MODEL, made, post, TOKEN } from "./keys.ts";

// Still to come for a long time: routes go by the clock of the machine.
const START = Date.UTC(2100, 0, 1);
let nowMs = START;
let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN }, now: () => nowMs });
});
afterAll(() => gateway.stop());
beforeEach(() => {
  nowMs = START;
});

const statusOf = async (key: string) => (await post(gateway, key)).status;
const INVALID = [401, "Invalid API key"];
const refusalOf = async (key: string) => {
  const reply = await post(gateway, key);
  return [reply.status, (await jsonOf(reply)).error.message];
};

describe("a key that is made", () => {
  test("opens at once, and its secret is told this once", async () => {
    const reply = await ask(gateway, "POST", KEYS, { name: "ci", limits: { requests_per_minute: 60 } });
    expect(reply.status).toBe(201);
    const { id, key, ...told } = await jsonOf(reply);
    expect(id).toMatch(/^key_[0-9A-Z]{26}$/);
    expect(isKeyShaped(key)).toBe(true);
    expect(told).toMatchObject({
      object: "key",
      name: "ci",
      hint: `${key.slice(0, 7)}…`,
      status: "active",
      limits: { requests_per_minute: 60 },
      disabled: false,
      expires_at: null,
      revoked_at: null,
    });
    expect(await statusOf(key)).toBe(200);
    for (const path of [`${KEYS}/${id}`, KEYS]) {
      const text = await (await ask(gateway, "GET", path)).text();
      expect(text).toContain(id);
      expect(text).not.toContain(key);
      expect(text).not.toContain("hash");
    }
  });

  test("says in the ledger whose the request was, and sees its own generations only", async () => {
    const [one, other] = [await made(gateway), await made(gateway)];
    const { id } = await jsonOf(await post(gateway, one.key));
    const look = async (key: string) =>
      (await gateway.get(`/v1/generation?id=${id}`, { authorization: `Bearer ${key}` })).status;
    expect([await look(one.key), await look(other.key), await look(KEY)]).toEqual([200, 404, 404]);
  });

  test("ends when it is told to", async () => {
    const { id, key } = await made(gateway, { expires_at: new Date(START + 365 * 86_400_000).toISOString() });
    expect(await statusOf(key)).toBe(200);
    nowMs = START + 365 * 86_400_000 - 1;
    expect(await statusOf(key)).toBe(200);
    nowMs++;
    expect(await refusalOf(key)).toEqual(INVALID);
    // A clock that is set back lets it in again: it is told by the clock.
    nowMs = START;
    expect(await statusOf(key)).toBe(200);
    expect((await ask(gateway, "PATCH", `${KEYS}/${id}`, { expires_at: null })).status).toBe(200);
    nowMs = START + 366 * 86_400_000;
    expect(await statusOf(key)).toBe(200);
  });

  test("is shut and opened", async () => {
    const { id, key } = await made(gateway, { disabled: true });
    expect(await refusalOf(key)).toEqual(INVALID);
    const opened = await jsonOf(await ask(gateway, "PATCH", `${KEYS}/${id}`, { disabled: false }));
    expect([opened.status, await statusOf(key)]).toEqual(["active", 200]);
    const shut = await jsonOf(await ask(gateway, "PATCH", `${KEYS}/${id}`, { disabled: true }));
    expect([shut.status, await refusalOf(key)]).toEqual(["disabled", INVALID]);
  });

  test("is revoked for good, from the next request on of a connection that is open", async () => {
    const { id, key } = await made(gateway);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const once = () =>
      new Promise<{ status: number; port: number }>((resolve, reject) => {
        const sent = request(`${gateway.url}/v1/chat/completions`, {
          agent,
          method: "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
        });
        sent.on("error", reject).on("response", (reply) => {
          const port = sent.socket!.localPort!;
          reply.resume().on("end", () => resolve({ status: reply.statusCode!, port }));
        });
        sent.end(JSON.stringify(chat()));
      });
    const before = await once();
    const gone = await ask(gateway, "DELETE", `${KEYS}/${id}`);
    expect([gone.status, await jsonOf(gone)]).toEqual([200, { id, deleted: true }]);
    const after = await once();
    agent.destroy();
    expect([before.status, after.status, after.port]).toEqual([200, 401, before.port]);
    for (const [method, path, body] of [
      ["DELETE", `${KEYS}/${id}`, undefined],
      ["PATCH", `${KEYS}/${id}`, { disabled: false }],
      ["POST", `${KEYS}/${id}/rotate`, {}],
    ] as const)
      expect([method, (await ask(gateway, method, path, body)).status]).toEqual([method, 404]);
    // Its name stays, for reports.
    expect((await jsonOf(await ask(gateway, "GET", `${KEYS}/${id}`))).status).toBe("revoked");
    expect(await refusalOf(key)).toEqual(INVALID);
  });
});

test("what a key has asked for goes on to its end when it is revoked", async () => {
  const { id, key } = await made(gateway);
  const reply = await post(gateway, key, chat(MODEL, { stream: true }, "[sim tokens=40 every=5]"));
  const reader = reply.body!.getReader();
  const first = await reader.read();
  expect((await ask(gateway, "DELETE", `${KEYS}/${id}`)).status).toBe(200);
  expect(await statusOf(key)).toBe(401);
  const decoder = new TextDecoder();
  let text = decoder.decode(first.value, { stream: true });
  for (let next = await reader.read(); !next.done; next = await reader.read())
    text += decoder.decode(next.value, { stream: true });
  expect(text.trimEnd()).toEndWith("data: [DONE]");
  const { id: generation } = chunksOf(text)[0];
  expect((await gateway.headgate.gateway.generations.find(generation, id))?.finish).toBe("stop");
});

test("changes at a time are all made", async () => {
  const { id } = await made(gateway);
  const changes = {
    ...{ name: "n", owner: "o", models: ["a/b"], providers: ["openai"], hipaa: true, hedge: false, metadata: { a: 1 } },
    ...{ limits: { requests_per_minute: 5 }, user: { required: true }, tags: { most: 2 }, zero_data_retention: true },
  };
  const patch = ([member, value]: [string, unknown]) => ask(gateway, "PATCH", `${KEYS}/${id}`, { [member]: value });
  const replies = await Promise.all(Object.entries(changes).map(patch));
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
  expect(await jsonOf(await ask(gateway, "GET", `${KEYS}/${id}`))).toMatchObject(changes);
});

describe("a rotation", () => {
  const rotate = (id: string, body: object = {}) => ask(gateway, "POST", `${KEYS}/${id}/rotate`, body);

  test("gives another secret, and that before opens nothing any more", async () => {
    const { id, key } = await made(gateway);
    const told = await jsonOf(await rotate(id));
    expect(told.id).toBe(id);
    expect(told.key).not.toBe(key);
    expect([await statusOf(told.key), await refusalOf(key)]).toEqual([200, INVALID]);
  });

  test("with an overlap lets both open until it is over, as one key", async () => {
    const { id, key } = await made(gateway);
    const told = await jsonOf(await rotate(id, { overlap_seconds: 60 }));
    // The admin API goes by the time of day: the overlap ends a minute from now, and this clock is years ahead.
    nowMs = Date.now();
    expect([await statusOf(key), await statusOf(told.key)]).toEqual([200, 200]);
    const ids = async (one: string) => {
      const { id } = await jsonOf(await post(gateway, one));
      return (await gateway.get(`/v1/generation?id=${id}`, { authorization: `Bearer ${told.key}` })).status;
    };
    expect(await ids(key)).toBe(200);
    nowMs = Date.parse(told.previous_until);
    expect([await refusalOf(key), await statusOf(told.key)]).toEqual([INVALID, 200]);
  });

  test("another one within it ends the oldest", async () => {
    const { id, key } = await made(gateway);
    const second = (await jsonOf(await rotate(id, { overlap_seconds: 600 }))).key;
    const third = (await jsonOf(await rotate(id, { overlap_seconds: 600 }))).key;
    nowMs = Date.now();
    expect([await statusOf(key), await statusOf(second), await statusOf(third)]).toEqual([401, 200, 200]);
    await ask(gateway, "PATCH", `${KEYS}/${id}`, { name: "changed within the overlap" });
    expect([await statusOf(second), await statusOf(third)]).toEqual([200, 200]);
    await ask(gateway, "DELETE", `${KEYS}/${id}`);
    expect([await statusOf(second), await statusOf(third)]).toEqual([401, 401]);
  });

  test.each([
    [{ overlap_seconds: -1 }, "overlap_seconds"],
    [{ overlap_seconds: 1.5 }, "overlap_seconds"],
    [{ overlap_seconds: "60" }, "overlap_seconds"],
    [{ overlap_seconds: 1e308 }, "overlap_seconds"],
    [{ overlap: 60 }, "overlap"],
  ])("%p is refused, and nothing is rotated", async (body, param) => {
    const { id, key } = await made(gateway);
    const reply = await rotate(id, body);
    expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, param]);
    expect(await statusOf(key)).toBe(200);
  });
});

describe("a key that was found where it should not be", () => {
  const report = (key: unknown) =>
    fetch(`${gateway.url}/external/compromised_secret`, {
      method: "POST",
      headers: { "content-type": "application/json", host: "gateway.example" },
      body: JSON.stringify({ secret: { api_key: key } }),
    });

  test("is shut by whoever reports it, who learns nothing", async () => {
    const { id, key } = await made(gateway);
    const replies = [await report(key), await report(key), await report(`${key.slice(0, -1)}x`), await report("hg_x")];
    const told = await Promise.all(replies.map(async (one) => [one.status, await one.text()]));
    expect(new Set(told.map((one) => JSON.stringify(one)))).toEqual(new Set(['[200,"{\\"status\\":\\"received\\"}"]']));
    expect(await refusalOf(key)).toEqual(INVALID);
    const shown = await jsonOf(await ask(gateway, "GET", `${KEYS}/${id}`));
    expect([shown.status, shown.leaked_at]).toEqual(["leaked", expect.any(String)]);
    // It cannot be opened again, only be given another secret.
    await ask(gateway, "PATCH", `${KEYS}/${id}`, { disabled: false });
    expect(await refusalOf(key)).toEqual(INVALID);
    expect((await ask(gateway, "POST", `${KEYS}/${id}/rotate`, { overlap_seconds: 60 })).status).toBe(400);
    const rotated = await jsonOf(await ask(gateway, "POST", `${KEYS}/${id}/rotate`, {}));
    expect([rotated.status, rotated.leaked_at, await statusOf(rotated.key)]).toEqual(["active", null, 200]);
    const { data } = await jsonOf(await ask(gateway, "GET", `/admin/audit?target=${id}`));
    const noted = data.map(({ action, actor }: { action: string; actor: string }) => [action, actor]);
    expect(noted).toContainEqual(["key.leak", "anyone"]);
    expect(JSON.stringify(data)).not.toContain(key);
  });

  test("is written down once, however often it is reported", async () => {
    const { id, key } = await made(gateway);
    for (let n = 0; n < 3; n++) expect((await report(key)).status).toBe(200);
    const { data } = await jsonOf(await ask(gateway, "GET", `/admin/audit?target=${id}&action=key.leak`));
    expect(data).toHaveLength(1);
    // With another secret it can be found again.
    const { key: next } = await jsonOf(await ask(gateway, "POST", `${KEYS}/${id}/rotate`, {}));
    await report(key);
    expect(await statusOf(next)).toBe(200);
    await report(next);
    expect(await refusalOf(next)).toEqual(INVALID);
  });

  test("where only its last secret was, goes on with its own", async () => {
    const { id, key } = await made(gateway);
    const second = (await jsonOf(await ask(gateway, "POST", `${KEYS}/${id}/rotate`, { overlap_seconds: 600 }))).key;
    nowMs = Date.now();
    await report(key);
    expect([await statusOf(key), await statusOf(second)]).toEqual([401, 200]);
  });

  test("is no place to be noted from: what is no key leaves nothing behind", async () => {
    const count = async () => (await jsonOf(await ask(gateway, "GET", "/admin/audit?limit=500"))).data.length;
    const before = await count();
    for (const key of ["hg_nobody", "x".repeat(1000)]) expect((await report(key)).status).toBe(200);
    for (const key of ["", 5, null, {}, "x".repeat(1001)]) expect((await report(key)).status).toBe(400);
    expect(await count()).toBe(before);
  });
});

describe("keys are listed", () => {
  test("the latest first, page by page, and by what they are", async () => {
    const running = await startGateway({ config: { admin_token: TOKEN } });
    try {
      const team = (await jsonOf(await ask(running, "POST", "/admin/teams", { name: "blue" }))).id;
      for (let i = 0; i < 5; i++) await made(running, { name: `a_${i}`, owner: i % 2 === 0 ? "Lovelace" : "bob" });
      await made(running, { name: "100% yours", team, disabled: true });
      const { id: gone } = await made(running, { name: "gone" });
      await ask(running, "DELETE", `${KEYS}/${gone}`);
      const names = async (query: string) => {
        const page = await jsonOf(await ask(running, "GET", `${KEYS}?${query}`));
        return page.data.map(({ name }: { name: string }) => name);
      };
      const first = await jsonOf(await ask(running, "GET", `${KEYS}?limit=3`));
      expect([first.data.length, first.has_more]).toEqual([3, true]);
      const rest = await jsonOf(await ask(running, "GET", `${KEYS}?limit=4&before=${first.next}`));
      const told = [...first.data, ...rest.data];
      const byAge = told.map(({ id }) => id);
      expect(byAge).toEqual(byAge.toSorted().reverse());
      // Those of one millisecond have no order of their own; the key that every installation begins with is among them.
      expect(told.map(({ name }) => name).sort()).toEqual(["100% yours", "a_0", "a_1", "a_2", "a_3", "a_4", "first"]);
      // Behind it is that of the environment.
      expect([rest.has_more, rest.next]).toEqual([true, byAge.at(-1)]);
      expect((await names("q=LOVELACE")).sort()).toEqual(["a_0", "a_2", "a_4"]);
      expect((await names("owner=bob")).sort()).toEqual(["a_1", "a_3"]);
      expect(await names("owner=BOB")).toEqual([]);
      expect(await names(`team=${team}`)).toEqual(["100% yours"]);
      expect(await names("disabled=true")).toEqual(["100% yours"]);
      expect(await names("revoked=true&q=gone")).toEqual(["gone"]);
      // What stands for anything in SQL stands for itself.
      expect(await names("q=%25")).toEqual(["100% yours"]);
      await made(running, { name: "full_u" });
      await made(running, { name: "fullau" });
      expect(await names("q=full_u")).toEqual(["full_u"]);
      expect(await names("q=!")).toEqual([]);
      expect(await names(`q=${encodeURIComponent("' OR 1=1 --")}`)).toEqual([]);
      expect(await names("q=%00")).toEqual([]);
    } finally {
      await running.stop();
    }
  });

  test.each(["limit=0", "limit=501", "limit=x", "limit=-1", "disabled=1", "q=a&q=b", "hash=x", "order=name"])(
    "%s is no question",
    async (query) => {
      expect((await ask(gateway, "GET", `${KEYS}?${query}`)).status).toBe(400);
    },
  );
});

describe("a team", () => {
  test("is changed by all who change it at a time, and none of them brings it back once it is gone", async () => {
    const { id } = await jsonOf(await ask(gateway, "POST", "/admin/teams", { name: "a" }));
    const at = `/admin/teams/${id}`;
    const changes = [{ name: "b" }, { metadata: { x: 1 } }].map((body) => ask(gateway, "PATCH", at, body));
    expect((await Promise.all(changes)).map(({ status }) => status)).toEqual([200, 200]);
    expect(await jsonOf(await ask(gateway, "GET", at))).toMatchObject({ name: "b", metadata: { x: 1 } });
    await Promise.all([
      ...[1, 2, 3].map((n) => ask(gateway, "PATCH", at, { name: `c${n}` })),
      ask(gateway, "DELETE", at),
      ...[4, 5, 6].map((n) => ask(gateway, "PATCH", at, { name: `c${n}` })),
    ]);
    expect((await ask(gateway, "GET", at)).status).toBe(404);
  });

  test("is made, renamed, and removed once no key belongs to it", async () => {
    const reply = await ask(gateway, "POST", "/admin/teams", { name: "blue", metadata: { floor: 3 } });
    expect(reply.status).toBe(201);
    const { id } = await jsonOf(reply);
    expect(id).toMatch(/^team_[0-9A-Z]{26}$/);
    const renamed = await jsonOf(await ask(gateway, "PATCH", `/admin/teams/${id}`, { name: "green", metadata: null }));
    expect(renamed).toMatchObject({ id, name: "green" });
    expect(renamed.metadata).toBeUndefined();
    const key = await made(gateway, { team: id });
    expect(key.team).toBe(id);
    const refused = await ask(gateway, "DELETE", `/admin/teams/${id}`);
    expect([refused.status, (await jsonOf(refused)).error.message]).toEqual([400, expect.stringContaining("Keys")]);
    await ask(gateway, "DELETE", `${KEYS}/${key.id}`);
    expect((await ask(gateway, "DELETE", `/admin/teams/${id}`)).status).toBe(200);
    expect((await ask(gateway, "GET", `/admin/teams/${id}`)).status).toBe(404);
  });

  test.each([
    [{}, "name"],
    [{ name: "" }, "name"],
    [{ name: 5 }, "name"],
    [{ name: "x", id: "team_1" }, "id"],
    [{ name: "x", created_at: 5 }, "created_at"],
    [{ name: "x", metadata: "y" }, "metadata"],
  ])("%p is refused", async (body, param) => {
    const reply = await ask(gateway, "POST", "/admin/teams", body);
    expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, param]);
  });
});

describe("what is wrong is a 400 that says where, and changes nothing", () => {
  test.each([
    [{}, "name"],
    [{ name: "" }, "name"],
    [{ name: "a\u0000b" }, "name"],
    [{ name: "a\u202etxt.exe" }, "name"],
    [{ name: " \u3000 " }, "name"],
    [{ name: "x", owner: "\u2066ada" }, "owner"],
    [{ name: "x", tags: { fixed: ["a\u200f"] } }, "tags.fixed.0"],
    [{ name: "x".repeat(201) }, "name"],
    [{ name: "x", nmae: "y" }, "nmae"],
    [{ name: "x", team: "team_01ARZ3NDEKTSV4RRFFQ69G5FAV" }, "team"],
    [{ name: "x", team: "' OR 1=1 --" }, "team"],
    [{ name: "x", expires_at: 5 }, "expires_at"],
    [{ name: "x", expires_at: "tomorrow" }, "expires_at"],
    [{ name: "x", expires_at: "2020-01-01T00:00:00Z" }, "expires_at"],
    [{ name: "x", models: [] }, "models"],
    [{ name: "x", models: ["gpt-5"] }, "models.0"],
    [{ name: "x", models: ["openai/*5"] }, "models.0"],
    [{ name: "x", providers: [] }, "providers"],
    [{ name: "x", providers: ["opnai"] }, "providers"],
    [{ name: "x", limits: { requests_per_minute: -1 } }, "limits.requests_per_minute"],
    [{ name: "x", limits: { requests_per_minute: 0.5 } }, "limits.requests_per_minute"],
    [{ name: "x", limits: { tokens_per_minute: 1e300 } }, "limits.tokens_per_minute"],
    [{ name: "x", limits: { tokens_per_minute: "NaN" } }, "limits.tokens_per_minute"],
    [{ name: "x", limits: { requests_per_day: 1 } }, "limits.requests_per_day"],
    [{ name: "x", zero_data_retention: "yes" }, "zero_data_retention"],
    [{ name: "x", user: { fixed: "" } }, "user.fixed"],
    [{ name: "x", tags: { most: 11 } }, "tags.most"],
    [{ name: "x", metadata: [] }, "metadata"],
  ])("%p", async (body, param) => {
    const list = async () => (await jsonOf(await ask(gateway, "GET", `${KEYS}?limit=500`))).data.length;
    const before = await list();
    const reply = await ask(gateway, "POST", KEYS, body);
    expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, param]);
    expect(await list()).toBe(before);
    const { id } = await made(gateway, { name: "stays", models: ["a/b"] });
    const shown = await (await ask(gateway, "GET", `${KEYS}/${id}`)).text();
    if (Object.keys(body).length > 1) {
      const change = await ask(gateway, "PATCH", `${KEYS}/${id}`, body);
      expect([change.status, (await jsonOf(change)).error.param]).toEqual([400, param]);
    }
    expect(await (await ask(gateway, "GET", `${KEYS}/${id}`)).text()).toBe(shown);
    await ask(gateway, "DELETE", `${KEYS}/${id}`);
  });

  test("numbers that JSON has no word for", async () => {
    for (const text of ['{"name":"x","limits":{"requests_per_minute":NaN}}', '{"name":"x","name":"y"}'])
      expect((await ask(gateway, "POST", KEYS, text)).status).toBe(400);
    const huge = await ask(gateway, "POST", KEYS, '{"name":"x","limits":{"requests_per_minute":1e999}}');
    expect(huge.status).toBe(400);
  });

  test.each(["key_01ARZ3NDEKTSV4RRFFQ69G5FAV", "key_environmen", "x", "%27%20OR%201%3D1", "%00", "a/b"])(
    "a key %s that there is not is a 404",
    async (id) => {
      for (const [method, body] of [["GET"], ["PATCH", { name: "x" }], ["DELETE"]] as const)
        expect([method, (await ask(gateway, method, `${KEYS}/${id}`, body)).status]).toEqual([method, 404]);
    },
  );
});

describe("the key of the environment", () => {
  const ENVIRONMENT = `${KEYS}/key_environment`;

  test("is listed last, without a word of its secret, and changed there", async () => {
    const running = await startGateway({ config: { admin_token: TOKEN } });
    try {
      const { id } = await made(running, { name: "one" });
      const all = await (await ask(running, "GET", KEYS)).text();
      const { data, has_more } = JSON.parse(all);
      expect([data.map((key: { id: string }) => key.id), has_more]).toEqual([
        [id, expect.stringMatching(/^key_\w{26}$/), "key_environment"],
        false,
      ]);
      const own = { name: "AI_GATEWAY_API_KEY", source: "environment", read_only: true, status: "active", hint: "…" };
      expect(data[2]).toMatchObject(own);
      expect(all).not.toContain(KEY);
      expect(await jsonOf(await ask(running, "GET", ENVIRONMENT))).toEqual(data[2]);
      for (const [method, path, body] of [
        ["PATCH", ENVIRONMENT, { disabled: true }],
        ["PATCH", ENVIRONMENT, { budget: { limit_usd: 0 } }],
        ["DELETE", ENVIRONMENT],
        ["DELETE", "/v1/api-keys/key_environment"],
        ["POST", `${ENVIRONMENT}/rotate`, {}],
      ] as const) {
        const reply = await ask(running, method, path, body);
        expect([reply.status, (await jsonOf(reply)).error.message]).toEqual([
          400,
          expect.stringContaining("environment"),
        ]);
      }
      expect((await post(running, KEY)).status).toBe(200);
      expect((await jsonOf(await ask(running, "GET", "/admin/budgets"))).data).toEqual([]);
    } finally {
      await running.stop();
    }
  });

  test("is found by what is asked for, and on a page of its own where the others fill theirs", async () => {
    const running = await startGateway({ config: { admin_token: TOKEN } });
    try {
      const page = async (query: string) => {
        const { data, next } = await jsonOf(await ask(running, "GET", `${KEYS}?${query}`));
        return [data.map(({ name }: { name: string }) => name), next] as const;
      };
      const [first, next] = await page("limit=1");
      expect(first).toEqual(["first"]);
      expect(await page(`limit=1&before=${next}`)).toEqual([["AI_GATEWAY_API_KEY"], null]);
      expect(await page("q=gateway_api")).toEqual([["AI_GATEWAY_API_KEY"], null]);
      for (const query of ["q=nobody", "owner=ada", "team=x", "disabled=true"])
        expect(await page(query)).toEqual([[], null]);
    } finally {
      await running.stop();
    }
  });
});

test("what was made, changed, rotated and revoked is so after a restart", async () => {
  const data = await mkdtemp(join(tmpdir(), "headgate-keys-"));
  try {
    const config = { admin_token: TOKEN, data };
    let running = await startGateway({ config });
    const kept = await made(running, { models: ["openai/*"] });
    const shut = await made(running, { disabled: true });
    const gone = await made(running);
    await ask(running, "DELETE", `${KEYS}/${gone.id}`);
    const turned = await made(running);
    const next = (await jsonOf(await ask(running, "POST", `${KEYS}/${turned.id}/rotate`, { overlap_seconds: 600 })))
      .key;
    const list = async () => (await jsonOf(await ask(running, "GET", `${KEYS}?revoked=true`))).data;
    const before = await list();
    await running.stop();
    running = await startGateway({ config });
    expect(await list()).toEqual(before);
    const status = async (key: string, model?: string) => (await post(running, key, chat(model))).status;
    expect(await status(kept.key)).toBe(200);
    expect(await status(kept.key, "anthropic/claude-sonnet-4.5")).toBe(403);
    expect([await status(shut.key), await status(gone.key)]).toEqual([401, 401]);
    expect([await status(turned.key), await status(next)]).toEqual([200, 200]);
    await running.stop();
  } finally {
    rmSync(data, { recursive: true });
  }
});

test("what has ended or lost its provider can be shut and renamed all the same", async () => {
  const data = await mkdtemp(join(tmpdir(), "headgate-keys-"));
  const lab = { wire: "openai-chat", base_url: "http://127.0.0.1:9/v1", api_key: "sk-test" };
  try {
    let running = await startGateway({ config: { admin_token: TOKEN, data, providers: { lab } } });
    const expires = new Date(Date.now() + 86_400_000).toISOString();
    const { id, key } = await made(running, { providers: ["lab"], expires_at: expires });
    await running.stop();
    running = await startGateway({ config: { admin_token: TOKEN, data }, now: () => Date.parse(expires) });
    const patch = async (body: object) => (await ask(running, "PATCH", `${KEYS}/${id}`, body)).status;
    expect((await post(running, key)).status).toBe(401);
    expect(await patch({ providers: ["lab"] })).toBe(400);
    expect(await patch({ name: "old", disabled: true })).toBe(200);
    expect(await patch({ expires_at: null, disabled: false })).toBe(200);
    // Nobody is asked whom the key does not name, though whom it names is gone.
    expect((await post(running, key)).status).toBe(400);
    expect(await patch({ providers: null })).toBe(200);
    expect((await post(running, key)).status).toBe(200);
    await running.stop();
  } finally {
    rmSync(data, { recursive: true });
  }
});

describe("the hosted service's paths", () => {
  const PATH = "/v1/api-keys";

  test("make, list and delete keys in its own shapes", async () => {
    const expiresAt = Date.now() + 86_400_000;
    const told = { purpose: "ai-gateway", name: "ported", expiresAt, metadata: { environment: "production" } };
    const reply = await ask(gateway, "POST", `${PATH}?teamId=team_x`, told);
    expect(reply.status).toBe(200);
    const { apiKeyString, apiKey } = await jsonOf(reply);
    expect(apiKey).toEqual({
      id: expect.stringMatching(/^key_/),
      name: "ported",
      partialKey: `${apiKeyString.slice(0, 7)}…`,
      teamId: "gateway",
      purpose: "ai-gateway",
      projectId: null,
      createdAt: expect.any(Number),
      activeAt: apiKey.createdAt,
      createdBy: "admin",
      createdByAppId: null,
      expiresAt,
      leakedAt: null,
      leakedUrl: null,
      metadata: { environment: "production" },
    });
    nowMs = Date.now();
    expect(await statusOf(apiKeyString)).toBe(200);
    const { apiKeys, pagination } = await jsonOf(await ask(gateway, "GET", `${PATH}?teamId=team_x`));
    // It was used within this hour.
    const used = { ...apiKey, activeAt: expect.any(Number) };
    expect(apiKeys).toContainEqual(used);
    expect(pagination).toEqual({ count: apiKeys.length, next: null, prev: null });
    expect(await jsonOf(await ask(gateway, "GET", `${PATH}/${apiKey.id}?teamId=team_x`))).toEqual({ apiKey: used });
    expect((await ask(gateway, "DELETE", `${PATH}/${apiKey.id}?teamId=team_x`)).status).toBe(200);
    expect(await refusalOf(apiKeyString)).toEqual(INVALID);
    for (const [method, path] of [
      ["GET", apiKey.id],
      ["PATCH", `${apiKey.id}/quota`],
      ["GET", "ported"],
      ["GET", "key_%25"],
    ] as const)
      expect([path, (await ask(gateway, method, `${PATH}/${path}`, method === "GET" ? undefined : {})).status]).toEqual(
        [path, 404],
      );
  });

  test("make a key of a project, which is a team here, and its budget binds the key", async () => {
    const { id } = await jsonOf(await ask(gateway, "POST", "/admin/teams", { name: "blue" }));
    const made = await ask(gateway, "POST", PATH, { purpose: "ai-gateway", projectId: id });
    const { apiKeyString, apiKey } = await jsonOf(made);
    expect([made.status, apiKey.projectId, apiKey.teamId]).toEqual([200, id, "gateway"]);
    const told = (await jsonOf(await ask(gateway, "GET", PATH))).apiKeys.find(
      (one: { id: string }) => one.id === apiKey.id,
    );
    expect(told.projectId).toBe(id);
    expect(await statusOf(apiKeyString)).toBe(200);
    const budget = { scopeType: "project", projectId: id, limitAmount: 0 };
    expect((await ask(gateway, "PUT", "/ai-gateway/budgets", budget)).status).toBe(200);
    expect(await statusOf(apiKeyString)).toBe(402);
  });

  test.each([
    [{ name: "x" }, "purpose"],
    [{ purpose: "ai-gateway", expiresAt: -1 }, "expiresAt"],
    [{ purpose: "ai-gateway", expiresAt: 5 }, "expiresAt"],
    [{ purpose: "ai-gateway", projectId: "prj_1" }, "projectId"],
    [{ purpose: "ai-gateway", projectId: 7 }, "projectId"],
    [{ purpose: "ai-gateway", metadata: "x" }, "metadata"],
    [{ purpose: "ai-gateway", name: 7 }, "name"],
  ])("%p is refused", async (body, param) => {
    const reply = await ask(gateway, "POST", PATH, body);
    expect([reply.status, (await jsonOf(reply)).error.param]).toEqual([400, param]);
  });
});

test("the admin token and the environment's key, found by others, stay open, and are told of once each", async () => {
  const running = await startGateway({ config: { admin_token: TOKEN } });
  try {
    for (const api_key of [TOKEN, KEY, TOKEN, KEY])
      await ask(running, "POST", "/external/compromised_secret", { secret: { api_key } }, "nobody");
    expect((await post(running, KEY)).status).toBe(200);
    const { data } = await jsonOf(await ask(running, "GET", "/admin/audit?action=key.leak"));
    expect(data.map(({ target }: { target: string }) => target)).toEqual(["key_environment", "admin"]);
    expect(running.complaints.splice(0).map(String)).toEqual([
      expect.stringContaining("the admin token"),
      expect.stringContaining("a key of the environment"),
    ]);
  } finally {
    await running.stop();
  }
});
