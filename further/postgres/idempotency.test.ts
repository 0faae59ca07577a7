import { afterAll, beforeAll, expect, test } from "bun:test";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { Postgres } from "./server.ts";

const NAMES = 40;
const PATH = "/v1/chat/completions";

const postgres = new Postgres();
let replicas: readonly RunningGateway[];
beforeAll(async () => {
  await postgres.start();
  const config = { database: { url: await postgres.database() }, secret: "a-secret-of-the-operator-for-all-replicas" };
  replicas = [await startGateway({ config }), await startGateway({ config })];
});
afterAll(async () => {
  for (const replica of replicas) await replica.stop();
  await postgres.remove();
});

const chat = (content: string) => ({ model: "openai/gpt-4o", messages: [{ role: "user", content }] });

async function send(replica: RunningGateway, name: string, content = `[sim tokens=3 every=0] ${name}`) {
  const reply = await replica.post(PATH, chat(content), { "idempotency-key": name });
  const { error } = await jsonOf(reply);
  return error === undefined ? reply.status : error.code;
}

test(`${NAMES} names, each sent to two replicas at once and once more to each: one of them asks, once`, async () => {
  const [one, two] = replicas as [RunningGateway, RunningGateway];
  const names = Array.from({ length: NAMES }, (_, i) => `name-${i}`);
  const all = await Promise.all(names.map((name) => Promise.all([send(one, name), send(two, name)])));
  for (const both of all) {
    expect(both.filter((status) => status === 200)).toHaveLength(1);
    const other = both.find((status) => status !== 200);
    expect(["idempotency_in_flight", "idempotency_repeated"]).toContain(other);
  }
  for (const name of names)
    for (const replica of replicas) {
      expect(await send(replica, name)).toBe("idempotency_repeated");
      expect(await send(replica, name, "another")).toBe("idempotency_mismatch");
    }
  const asked = replicas.map(({ simulator }) => simulator.requests.length);
  expect(asked[0]! + asked[1]!).toBe(NAMES);
});

test("what nobody answered at one replica may be asked again at the other", async () => {
  const [one, two] = replicas as [RunningGateway, RunningGateway];
  for (let i = 0; i < 5; i++) expect(await send(one, "failed", "[sim status=503]")).toBe("upstream_overloaded");
  expect(await send(two, "failed", "[sim status=503]")).toBe("upstream_overloaded");
  expect(await send(two, "failed")).toBe(200);
  expect(await send(one, "failed")).toBe("idempotency_repeated");
});
