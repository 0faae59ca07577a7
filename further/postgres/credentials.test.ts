import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { resealSecrets } from "../../src/cli/secrets.ts";
import { checkConfig } from "../../src/config/load.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { until } from "../redis/server.ts";
import { Postgres } from "./server.ts";

/** Replicas over one real PostgreSQL: what is entered at one is asked by at each of them. */

const TOKEN = "an-admin-token-of-the-operator";
const OLD = "0123456789abcdef0123456789abcdef";
const AT = "/admin/providers/groq/credentials";
const SECRET = "sk-entered-0123456789abcdefghij";

const postgres = new Postgres();
const shown: string[] = [];
const upstream = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    shown.push(request.headers.get("authorization") ?? "");
    const choices = [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }];
    return Response.json({ id: "x", object: "chat.completion", created: 1, model: "m", choices });
  },
});
const running: RunningGateway[] = [];
beforeAll(() => postgres.start());
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  shown.length = 0;
});
afterAll(async () => {
  await upstream.stop(true);
  await postgres.remove();
});

const NEW = "fedcba9876543210fedcba9876543210";
const providers = { groq: { base_url: `http://127.0.0.1:${upstream.port}/v1` } };

async function replica(url: string, secrets: object = { secret: OLD }): Promise<RunningGateway> {
  const config = { database: { url }, admin_token: TOKEN, providers, ...secrets };
  const one = await startGateway({ config });
  running.push(one);
  return one;
}

const admin = (at: RunningGateway, method: string, path: string, body?: object) =>
  fetch(at.url + path, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const statusAt = async (at: RunningGateway) => {
  const body = { model: "groq/llama-3.3-70b-versatile", messages: [{ role: "user", content: "Hi" }] };
  const reply = await at.post("/v1/chat/completions", body);
  await reply.arrayBuffer();
  return reply.status;
};

test("a credential that is entered, changed or taken away at one is so at the other, and what was done is told by both", async () => {
  const url = await postgres.database();
  const [one, other] = [await replica(url), await replica(url)];
  expect((await admin(one, "POST", AT, { name: "blue", api_key: SECRET })).status).toBe(201);
  await until(async () => (await statusAt(other)) === 200);
  expect(shown.at(-1)).toBe(`Bearer ${SECRET}`);
  await admin(other, "PATCH", `${AT}/blue`, { api_key: "sk-changed-0123456789abcdefghij" });
  await until(async () => (await statusAt(one)) === 200 && shown.at(-1) === "Bearer sk-changed-0123456789abcdefghij");
  expect((await admin(one, "DELETE", `${AT}/blue`)).status).toBe(200);
  await until(async () => (await statusAt(other)) !== 200);
  for (const at of [one, other])
    expect(
      (await jsonOf(await admin(at, "GET", "/admin/audit"))).data.map(({ action }: { action: string }) => action),
    ).toEqual(["credential.remove", "credential.change", "credential.create"]);
});

test("of two replicas that enter the same name at the same moment one is told that it is taken", async () => {
  const url = await postgres.database();
  const all = [await replica(url), await replica(url)];
  for (let n = 0; n < 10; n++) {
    const body = { name: `n${n}`, api_key: SECRET };
    const replies = await Promise.all(all.map((at) => admin(at, "POST", AT, body)));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 400]);
  }
});

test("the secret is changed while replicas run, and none of them stops asking", async () => {
  const url = await postgres.database();
  const first = await replica(url);
  await admin(first, "POST", AT, { name: "blue", api_key: SECRET });
  const key = (await jsonOf(await admin(first, "POST", "/admin/keys", { name: "one" }))).key;
  const both = await replica(url, { secret: NEW, secret_previous: OLD });
  expect(await statusAt(both)).toBe(200);
  // All of them have both by now.
  await running.shift()!.stop();
  const config = checkConfig({ database: { url }, providers, secret: NEW, secret_previous: OLD }, "test");
  expect(await resealSecrets(config, {})).toEqual({ count: 1, left: [] });
  const alone = await replica(url, { secret: NEW });
  for (const at of [both, alone]) {
    expect(await statusAt(at)).toBe(200);
    expect((await at.get("/v1/credits", { authorization: `Bearer ${key}` })).status).toBe(200);
  }
  await expect(replica(url)).rejects.toThrow("HEADGATE_SECRET is another one");
});
