import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeptBodies, KeptHeader } from "../../src/admin/contract.ts";
import { checkConfig, createGateway } from "../../src/index.ts";
import { chunksOf, jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const TOKEN = "an-admin-token-of-the-operator";
const admin = { authorization: `Bearer ${TOKEN}` };

let gateway: RunningGateway;
let keeping: string;
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
  const made = await gateway.post("/admin/keys", { name: "keeping", keep_bodies: true }, admin);
  keeping = (await jsonOf(made)).key;
});
afterAll(async () => {
  await gateway.stop();
});

async function ask(path: string, body: object, key?: string, more: Record<string, string> = {}) {
  const reply = await gateway.post(path, body, key === undefined ? more : { authorization: `Bearer ${key}`, ...more });
  return { id: reply.headers.get("x-request-id")!, text: await reply.text() };
}

/** What is kept of a generation, once it is. */
async function kept(id: string): Promise<KeptBodies & { asked: string }> {
  for (;;) {
    const reply = await gateway.get(`/admin/generations/${id}/bodies`, admin);
    if (reply.status === 200) return jsonOf(reply);
    await reply.text();
    await new Promise(setImmediate);
  }
}

const chat = (text: string, more: object = {}) => ({
  model: "openai/gpt-5",
  messages: [{ role: "user", content: text }],
  ...more,
});

describe("of a key that wants it, the question and the answer are kept", () => {
  test.each([
    ["a chat", "/v1/chat/completions", chat("[sim say='How are you?' every=0]")],
    ["a streamed chat", "/v1/chat/completions", chat("[sim say='How are you?' every=0]", { stream: true })],
    [
      "a streamed message by another wire",
      "/v1/messages",
      { ...chat("[sim say='How are you?' every=0]"), max_tokens: 50, stream: true },
    ],
  ])("%s", async (_, path, body) => {
    const { id, text } = await ask(path, body, keeping);
    const { asked, answered } = await kept(id);
    expect(JSON.parse(asked).messages).toEqual(body.messages);
    expect(answered).toBe(text);
  });

  test.each([
    ["a chat", "/v1/chat/completions", {}],
    ["a message by another wire", "/v1/messages", { max_tokens: 500 }],
    ["a chat by another wire", "/v1/chat/completions", { model: "anthropic/claude-sonnet-4.5" }],
  ])("a streamed answer without a secret that is said in pieces: %s", async (_, path, more) => {
    const secret = "sk-proj-abcdefghijklmnop123456";
    const said = `Grüße 🎉, it is ${secret} or so`;
    const { id, text } = await ask(
      path,
      chat(`[sim say='${said}' every=0 bytes=7]`, { stream: true, ...more }),
      keeping,
    );
    const wordsOf = (sse: string) =>
      chunksOf(sse.replace(/^event: .*\n/gm, ""))
        .map((chunk) => chunk.choices?.[0]?.delta.content ?? chunk.delta?.text ?? "")
        .join("");
    expect([text.includes(secret), wordsOf(text)]).toEqual([false, said]);
    const { answered } = await kept(id);
    expect(wordsOf(answered!)).toBe("Grüße 🎉, it is [redacted] or so");
  });

  test("also of a request that failed: then there is no answer", async () => {
    const { id } = await ask("/v1/chat/completions", chat("[sim status=400]"), keeping);
    expect(await kept(id)).toMatchObject({ asked: expect.stringContaining("status=400"), answered: null });
  });

  test("without what looks like a secret, and not more of it than a little", async () => {
    const secret = "sk-proj-abcdefghijklmnop123456";
    const long = "x y ".repeat(50_000);
    const body = chat(`[sim say='${secret}' every=0]`);
    body.messages.push({ role: "user", content: `${long} [sim say='${secret} ${long.slice(0, 100_000)}' every=0]` });
    const { id } = await ask("/v1/chat/completions", body, keeping);
    const { asked, answered } = await kept(id);
    expect(asked).toContain("characters)");
    expect(asked.length).toBeLessThan(10_000);
    expect(answered!.length).toBeLessThanOrEqual(65_536);
    for (const text of [asked, answered]) expect(text).not.toContain(secret);
  });
});

describe("and what came beside them in header fields", () => {
  const fieldsOf = (told: readonly KeptHeader[] | null) => new Map(told!.map(({ name, value }) => [name, value]));

  test("is kept as far as it lets nobody in: what the client is, what it asks, and the rest by name", async () => {
    const fields = {
      "user-agent": "OpenAI/Python 2.8.0",
      "x-stainless-lang": "python",
      "x-title": "An app of sk-proj-abcdefghijklmnop123456",
      "http-referer": "https://app.example/a?token=cnry",
      "x-team-name": "blue",
      cookie: "session=cnry-of-a-cookie",
      "x-secret-thing": "cnry",
    };
    const { id } = await ask("/v1/chat/completions", chat("[sim say=Hi every=0]"), keeping, fields);
    const told = await kept(id);
    const asked = fieldsOf(told.asked_headers);
    expect(Object.fromEntries([...asked].filter(([name]) => name in fields))).toEqual({
      "user-agent": "OpenAI/Python 2.8.0",
      "x-stainless-lang": "python",
      "x-title": "An app of [redacted]",
      "http-referer": "https://app.example/a",
      "x-team-name": null,
    });
    expect(asked.has("authorization")).toBe(false);
    expect(JSON.stringify(told)).not.toMatch(/cnry|sk-proj|hg_/);
  });

  test("of each provider that answered, whatever it answered, streamed or whole", async () => {
    for (const stream of [false, true]) {
      const body = chat("[sim model=gpt-5 status=429 retry-after=7] Hi", {
        stream,
        providerOptions: { gateway: { models: ["anthropic/claude-sonnet-4.5"], only: ["openai", "anthropic"] } },
      });
      const { id } = await ask("/v1/chat/completions", body, keeping);
      const [refused, answered, ...rest] = (await kept(id)).answered_headers!;
      expect([refused?.status, answered?.status, rest]).toEqual([429, 200, []]);
      expect([refused?.endpoint.split(":")[0], answered?.endpoint.split(":")[0]]).toEqual(["openai", "anthropic"]);
      expect(fieldsOf(refused!.headers).get("retry-after")).toBe("7");
      expect(fieldsOf(answered!.headers).get("content-type")).toContain(stream ? "event-stream" : "json");
      expect(fieldsOf(answered!.headers).has("request-id")).toBe(true);
    }
  });
});

test("of others nothing is kept, and who reads is written down", async () => {
  const { id } = await ask("/v1/chat/completions", chat("[sim say=No every=0]"));
  const { id: other } = await ask("/v1/chat/completions", chat("[sim say=Yes every=0]"), keeping);
  await kept(other);
  expect((await gateway.get(`/admin/generations/${id}/bodies`, admin)).status).toBe(404);
  const { data } = await jsonOf(await gateway.get("/admin/audit?action=generation.read", admin));
  expect(data[0]).toMatchObject({ target: other });
  expect((await gateway.get(`/admin/generations/${other}/bodies`, { authorization: `Bearer ${keeping}` })).status).toBe(
    401,
  );
});

test("what was said last is kept by a gateway that ends right behind it", async () => {
  const data = mkdtempSync(join(tmpdir(), "headgate-bodies-"));
  try {
    const config = checkConfig({ data, simulate: "always", admin_token: TOKEN }, "test");
    const complaints: unknown[] = [];
    const headgate = await createGateway({ config, env: {}, complain: (_id, cause) => complaints.push(cause) });
    const server = Bun.serve({ port: 0, hostname: "127.0.0.1", development: false, fetch: headgate.fetch });
    const post = (path: string, token: string, body: object) =>
      fetch(`${server.url.origin}${path}`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const { key } = await jsonOf(await post("/admin/keys", TOKEN, { name: "keeping", keep_bodies: true }));
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => post("/v1/chat/completions", key, chat("Hello"))),
    );
    const ids = replies.map((reply) => reply.headers.get("x-request-id")!);
    await server.stop(true);
    await headgate.close();
    const database = new Database(join(data, "headgate.db"), { readonly: true });
    const rows = database.query("SELECT generation_id AS id FROM bodies").all() as { id: string }[];
    database.close();
    expect([complaints, rows.map(({ id }) => id).sort()]).toEqual([[], ids.sort()]);
  } finally {
    rmSync(data, { recursive: true });
  }
});
