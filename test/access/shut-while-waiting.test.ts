import { afterEach, beforeEach, expect, test } from "bun:test";
import { type Bank, chat, openBank, say } from "../budgets/support.ts";
import { chunksOf, jsonOf } from "../support/gateway.ts";

/** A request that waits for what others have reserved, while its key is shut. */

let bank: Bank;
beforeEach(async () => {
  bank = await openBank({ config: { budgets: { wait_ms: 60_000 } } });
});
afterEach(() => bank.stop());

const turns = async (count: number) => {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve));
};

/** A key whose budget is reserved by a request that is on its way, and one behind it that waits. */
async function waiting() {
  const { body: key } = await bank.admin("POST", "/admin/keys", { name: "k", budget: { limit_usd: 0.01 } });
  const leaver = new AbortController();
  const ask = (body: object, signal?: AbortSignal) =>
    fetch(`${bank.gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key.key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
  const { inFlight } = bank.gateway.headgate.listener;
  const first = ask({ ...say("[sim delay=100s]"), max_tokens: 100 }, leaver.signal).catch(() => {});
  while (bank.lab.requests.length === 0) await turns(1);
  const second = ask(chat(100));
  while (bank.gateway.headgate.listener.inFlight < inFlight + 2) await turns(1);
  await turns(50);
  const leave = async () => {
    leaver.abort();
    await first;
  };
  return { key, second, leave };
}

test.each<[what: string, shut: (key: { id: string; key: string }) => Promise<unknown>]>([
  ["revoked", ({ id }) => bank.admin("DELETE", `/admin/keys/${id}`)],
  ["disabled", ({ id }) => bank.admin("PATCH", `/admin/keys/${id}`, { disabled: true })],
  ["rotated", ({ id }) => bank.admin("POST", `/admin/keys/${id}/rotate`, {})],
  [
    "reported",
    ({ key }) =>
      fetch(`${bank.gateway.url}/external/compromised_secret`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ secret: { api_key: key } }),
      }),
  ],
])(
  "whose key is %s is not let in when its turn comes, also where that is because the budget went with the key",
  async (what, shut) => {
    const { key, second, leave } = await waiting();
    await shut(key);
    // Whose key is gone for good does not wait for that.
    if (what !== "revoked") await leave();
    const reply = await second;
    await leave();
    expect([reply.status, (await jsonOf(reply)).error.code]).toEqual([401, "invalid_api_key"]);
    expect(bank.lab.requests).toHaveLength(1);
    const budgets = (await bank.admin("GET", "/admin/budgets?scope=key")).body.data;
    for (const { reserved_usd: reserved } of budgets) expect(reserved).toBe(0);
    await leave();
  },
);

test("whose body comes slowly, and whose key is shut meanwhile, is refused", async () => {
  const { body: key } = await bank.admin("POST", "/admin/keys", { name: "k" });
  const body = JSON.stringify(chat(1));
  const { promise: reply, resolve } = Promise.withResolvers<string>();
  let heard = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(bank.gateway.url).port),
    socket: {
      data(_, bytes) {
        heard += bytes.toString();
        if (heard.includes("\r\n\r\n")) resolve(heard);
      },
    },
  });
  const head = [
    "POST /v1/chat/completions HTTP/1.1",
    "Host: localhost",
    `Authorization: Bearer ${key.key}`,
    "Content-Type: application/json",
    `Content-Length: ${body.length}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n${body.slice(0, 10)}`);
  while (bank.gateway.headgate.listener.inFlight === 0) await turns(1);
  await bank.admin("DELETE", `/admin/keys/${key.id}`);
  socket.write(body.slice(10));
  expect(await reply).toStartWith("HTTP/1.1 401 ");
  expect(bank.lab.requests).toHaveLength(0);
  socket.end();
});

test("is let in where another key is shut, and where only the budget is taken away", async () => {
  const { key, second, leave } = await waiting();
  const { body: other } = await bank.admin("POST", "/admin/keys", { name: "other" });
  await bank.admin("DELETE", `/admin/keys/${other.id}`);
  await bank.admin("DELETE", `/admin/budgets/${key.budget.id}`);
  expect((await second).status).toBe(200);
  await leave();
});

test("a stream whose key is revoked goes on, but not beyond the budget that went with the key", async () => {
  const { body: key } = await bank.admin("POST", "/admin/keys", { name: "k", budget: { limit_usd: 0.02 } });
  const reply = await fetch(`${bank.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key.key}`, "content-type": "application/json" },
    body: JSON.stringify({ ...say("[sim tokens=endless every=1ms]"), stream: true }),
  });
  await bank.admin("DELETE", `/admin/keys/${key.id}`);
  const chunks = chunksOf(await reply.text());
  expect(chunks.length).toBeGreaterThan(50);
  expect(chunks.at(-1).error.code).toBe("quota_for_entity_exceeded");
});

test("nor does one go on without end because its key was given another budget in the place of the one it began with", async () => {
  const { body: key } = await bank.admin("POST", "/admin/keys", { name: "k", budget: { limit_usd: 0.02 } });
  const reply = await fetch(`${bank.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key.key}`, "content-type": "application/json" },
    body: JSON.stringify({ ...say("[sim tokens=endless every=1ms]"), stream: true }),
  });
  const budget = { limit_usd: 0.01, period: "daily" };
  expect((await bank.admin("PATCH", `/admin/keys/${key.id}`, { budget })).body.budget.period).toBe("daily");
  expect(chunksOf(await reply.text()).at(-1).error.code).toBe("quota_for_entity_exceeded");
});
