import { afterAll, beforeAll, expect, test } from "bun:test";
import { generationId } from "../../src/core/id.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import { ask, made, TOKEN } from "../access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

/** When keys were last used. */

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { admin_token: TOKEN } });
});
afterAll(() => gateway.stop());

async function write(keyId: string, createdAt: number): Promise<void> {
  const row = { ...FULL, id: generationId(createdAt), createdAt, keyId };
  await gateway.headgate.gateway.generations.insert([{ row, charges: [] }]);
}

test("the hour of each key is told in the order that it is asked in; a request that failed is a use", async () => {
  const [one, other, unused] = [await made(gateway), await made(gateway), await made(gateway)];
  await write(one.id, Date.UTC(2026, 0, 31, 12, 59));
  await write(one.id, Date.UTC(2026, 0, 31, 13, 59));
  await write(one.id, Date.UTC(2026, 0, 30, 23, 59));
  await write(other.id, Date.UTC(2025, 5, 1, 0, 1));
  const reply = await ask(gateway, "GET", `/admin/key-uses?id=${other.id}&id=${unused.id}&id=${one.id}&id=${one.id}`);
  expect(await jsonOf(reply)).toEqual({
    object: "list",
    data: [
      { id: other.id, last_hour: "2025-06-01T00" },
      { id: unused.id, last_hour: null },
      { id: one.id, last_hour: "2026-01-31T13" },
    ],
    has_more: false,
    next: null,
  });
  const hour = () => new Date().toISOString().slice(0, 13);
  const before = hour();
  const { key } = await made(gateway);
  await gateway.post(
    "/v1/chat/completions",
    { model: "openai/gpt-5", messages: [{ role: "user", content: "[sim status=500]" }] },
    { authorization: `Bearer ${key}` },
  );
  const { data } = await jsonOf(await ask(gateway, "GET", "/admin/keys"));
  const { id } = (data as { id: string }[])[0]!;
  const now = await jsonOf(await ask(gateway, "GET", `/admin/key-uses?id=${id}`));
  expect([before, hour()]).toContain(now.data[0].last_hour);
});

test("nobody asks of more than a hundred, nor by anything else", async () => {
  const many = Array.from({ length: 101 }, (_, i) => `id=key_${i}`).join("&");
  const refused = await jsonOf(await ask(gateway, "GET", `/admin/key-uses?${many}`));
  expect(refused.error).toMatchObject({ param: "id", message: '"id" may stand there 100 times.' });
  expect((await ask(gateway, "GET", "/admin/key-uses?key=1")).status).toBe(400);
  expect((await jsonOf(await ask(gateway, "GET", "/admin/key-uses"))).data).toEqual([]);
  const odd = await ask(gateway, "GET", `/admin/key-uses?id=${encodeURIComponent("a\0'\"")}&id=`);
  expect((await jsonOf(odd)).data.map(({ last_hour: hour }: { last_hour: string | null }) => hour)).toEqual([
    null,
    null,
  ]);
});
