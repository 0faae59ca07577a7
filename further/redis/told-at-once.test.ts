import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { sized as answer, type RawServer, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { refusalOf, speechOf } from "../../test/faults/speech.ts";
import { sized, tell } from "../../test/support/figures.ts";
import { jsonOf, KEY } from "../../test/support/gateway.ts";
import { cleanUp, folder, startHeadgate } from "../../test/support/process.ts";
import { Redis, until } from "./server.ts";

/** Gateways in processes of their own, and a real Redis between them. Needs `redis-server`: without one this fails. */

const REPLICAS = 3;
const ROUNDS = sized(6, 60);
/** So long a provider wants to be left alone, in milliseconds. */
const WAIT_MS = 500;
/** The others ask at moments between at once and this after. */
const LATEST_MS = 150;

/** When each provider was asked, and when it had refused, by the first segment of the path. */
const asked = new Map<string, number[]>();
const refused = new Map<string, number>();
let redis: Redis;
let provider: RawServer;
let gateways: { url: string }[] = [];

beforeAll(async () => {
  redis = new Redis();
  await redis.start();
  const well = answer(speechOf("openai-chat", { words: ["Well."], usage: { input: 1, output: 1 } }).whole);
  const refusal = refusalOf("openai-chat", { message: "Slow down.", type: "rate_limit_error" });
  const head = `HTTP/1.1 429 No\r\ncontent-type: application/json\r\nretry-after-ms: ${WAIT_MS}`;
  provider = startRawServer({
    answer(line, { head: request }) {
      const name = request.split("/")[1]!;
      asked.set(name, [...(asked.get(name) ?? []), performance.now()]);
      const answers = refused.has(name) || name === "spare";
      // Before it is said: who hears it may be quicker than we are.
      if (!answers) refused.set(name, performance.now());
      line.send(answers ? well : answer(refusal, head));
    },
  });
  const providers = Object.fromEntries(
    Array.from({ length: ROUNDS }, (_, i) => [
      `p${i}`,
      {
        wire: "openai-chat",
        base_url: `${provider.url}/p${i}/v1`,
        api_key: "sk-1",
        models: [{ id: `lab/p${i}` }, { id: `lab/p${i}-other` }],
      },
    ]),
  );
  const spare = {
    wire: "openai-chat",
    base_url: `${provider.url}/spare/v1`,
    api_key: "sk-1",
    models: [{ id: "lab/spare" }],
  };
  const config = JSON.stringify({ redis: { url: redis.url }, providers: { ...providers, spare } });
  gateways = await Promise.all(
    Array.from({ length: REPLICAS }, () => {
      const cwd = folder();
      writeFileSync(join(cwd, "headgate.yaml"), config);
      return startHeadgate([], { cwd, env: { AI_GATEWAY_API_KEY: KEY } });
    }),
  );
  await until(async () => (await redis.listeners()) === REPLICAS);
});
afterAll(async () => {
  await cleanUp();
  provider.stop();
  await redis.stop();
});

const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };

/** @returns the model that answered */
async function ask({ url }: { url: string }, model: string, models: string[] = []): Promise<string> {
  const body = JSON.stringify({ model, models, messages: [{ role: "user", content: "Hello" }] });
  const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
  return (await jsonOf(response)).model;
}

test(`${REPLICAS} processes: what one is told by a provider holds for all of them, for all of that account's models, ${ROUNDS} times`, async () => {
  for (let i = 0; i < ROUNDS; i++) {
    const [name, model] = [`p${i}`, `lab/p${i}`];
    const first = gateways[i % REPLICAS]!;
    // It has nobody else to ask, and waits; the others have.
    const waits = ask(first, model);
    await until(() => refused.has(name));
    const others = gateways.filter((gateway) => gateway !== first);
    const answered = others.map(async (gateway, nth) => {
      await Bun.sleep((LATEST_MS * i) / ROUNDS);
      return ask(gateway, nth === 0 ? model : `${model}-other`, ["lab/spare"]);
    });
    for (const by of await Promise.all(answered)) if (by !== "lab/spare") expect(by).toStartWith(model);
    expect(await waits).toBe(model);
  }
  // Who asked too early did not know of it.
  const early = [...refused].flatMap(([name, at]) =>
    asked.get(name)!.flatMap((time) => (time > at && time - at < WAIT_MS ? [time - at] : [])),
  );
  const shots = ROUNDS * (REPLICAS - 1);
  tell({ row: "U6", what: "requests to other processes soon after a limit was told", value: shots });
  const latest = Math.max(0, ...early);
  tell({ row: "U6", what: "the latest that one did not know of it", value: latest, unit: "ms", atMost: 100 });
  // On a machine that is busy with other things word may come late; where there is none, everybody asks.
  expect(early.length).toBeLessThan(shots);
}, 120_000);
