import { afterAll, beforeAll, expect, test } from "bun:test";
import { sized, tell } from "../../test/support/figures.ts";
import { jsonOf, KEY, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { sqlTexts } from "../../test/support/sql-texts.ts";
import { Postgres } from "./server.ts";

/** Texts that look like SQL, over a real PostgreSQL: kept as they were told, and found by that alone. */

const TOKEN = "an-admin-token-of-the-operator";
const TEXTS = sqlTexts(sized(24, 300));

const postgres = new Postgres();
let gateway: RunningGateway;
beforeAll(async () => {
  await postgres.start();
  const database = { url: await postgres.database() };
  gateway = await startGateway({
    config: { database, admin_token: TOKEN, secret: "a-secret-of-the-operator-for-all-replicas" },
  });
});
afterAll(async () => {
  await gateway.stop();
  await postgres.remove();
});

const ask = (method: string, path: string, body?: object, token = TOKEN) =>
  fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
/** What PostgreSQL cannot keep in a text is kept as a mark of it. */
const kept = (text: string) => text.replaceAll("\0", "\uFFFD");

test("keys, teams, users and searches", async () => {
  const failed: string[] = [];
  let found = 0;
  for (const text of TEXTS) {
    const owner = `own ${text}`;
    const made = await ask("POST", "/admin/keys", { name: "one", owner });
    const told = await jsonOf(made);
    if (made.status === 201) {
      const word = encodeURIComponent(kept(owner));
      for (const by of ["owner", "q"]) {
        const { data } = await jsonOf(await ask("GET", `/admin/keys?${by}=${word}`));
        expect([text, by, data.map((one: { id: string }) => one.id)]).toEqual([text, by, [told.id]]);
        expect(kept(data[0].owner)).toBe(kept(owner));
      }
      found++;
    }
    const word = encodeURIComponent(text);
    const shown = text.replace(/[^\x21-\x7e]/g, "-");
    const body = { model: "openai/gpt-5", messages: [{ role: "user", content: "[sim every=0]" }], user: text };
    const replies = await Promise.all([
      ask("POST", "/admin/teams", { name: text, metadata: { a: text } }),
      ask("POST", "/admin/budgets", { scope: "user", scope_id: text, period: "daily", limit_usd: 1 }),
      ask("POST", "/admin/routing-rules", { type: "deny", model: "nobody/knows", reason: text }),
      ask("POST", "/v1/chat/completions", body, KEY),
      ask("GET", "/v1/models", undefined, shown),
      ask("POST", "/v1/chat/completions", body, shown),
      ask("GET", `/v1/generation?id=${word}`, undefined, KEY),
      ...["actor", "action", "target", "before"].map((name) => ask("GET", `/admin/audit?${name}=${word}`)),
      ...["user", "model", "key", "tag", "q", "before"].map((name) => ask("GET", `/admin/generations?${name}=${word}`)),
      ...["user", "model", "tags"].map((name) => ask("GET", `/admin/usage?${name}=${word}`)),
    ]);
    for (const reply of replies) {
      if (reply.status >= 500) failed.push(`${reply.url}: ${reply.status} for ${JSON.stringify(text)}`);
      await reply.arrayBuffer();
    }
  }
  tell({ row: "H10", what: "payloads on PostgreSQL", value: TEXTS.length });
  expect(failed).toEqual([]);
  expect(found).toBeGreaterThan(TEXTS.length * 0.8);
}, 300_000);
