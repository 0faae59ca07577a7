import { heapStats } from "bun:jsc";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { settled } from "../../src/upstream/fixtures/exchange.ts";
import { type NameServer, startNameServer } from "../../src/upstream/fixtures/name-server.ts";
import { sized } from "../support/figures.ts";
import { type RunningGateway, startGateway } from "../support/gateway.ts";

/** Half of them at an account that answers, half at a place of their own that there is not. */
const BROUGHT = sized(1000, 10_000);
const AT_ONCE = 20;

let names: NameServer;
let gateway: RunningGateway;

beforeAll(async () => {
  names = await startNameServer();
  gateway = await startGateway({ remembers: true, config: { retries: { same_endpoint: 0 } } });
});
afterAll(async () => {
  await gateway.stop();
  names.stop();
});

/** A request on an account that nobody has brought before. @returns its status */
async function bring(i: number): Promise<number> {
  const apiKey = `sk-own-${i}-abcdefgh`;
  const byok = i % 2 === 0 ? { openai: [{ apiKey }] } : { azure: [{ apiKey, resourceName: `own-${i}` }] };
  const response = await gateway.post("/v1/chat/completions", {
    model: "openai/gpt-4o",
    messages: [{ role: "user", content: "[sim tokens=1 every=0] Hello" }],
    providerOptions: { gateway: { byok, byok_only: true } },
  });
  await response.arrayBuffer();
  gateway.simulator.forget();
  return response.status;
}

async function bringAll(from: number, count: number): Promise<void> {
  for (let i = from; i < from + count; i += AT_ONCE) {
    const statuses = await Promise.all(Array.from({ length: AT_ONCE }, (_, more) => bring(i + more)));
    if (i + AT_ONCE < from + count) names.forget();
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
  }
}

/** What is alive, once what is not has been let go. */
async function alive(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    await settled();
    Bun.gc(true);
  }
  return heapStats().objectCount;
}

test(`${BROUGHT} accounts of clients, each with a secret and half with a host of its own, leave no connection and nothing in memory`, async () => {
  const descriptors = () => readdirSync("/proc/self/fd").length;
  await bringAll(0, 400);
  const before = { objects: await alive(), descriptors: descriptors() };
  await bringAll(400, BROUGHT);
  const grown = (await alive()) - before.objects;
  // Not so much as half an object each.
  expect(grown).toBeLessThan(BROUGHT / 2);
  expect(names.asked(`own-${400 + BROUGHT - 1}.openai.azure.com`)).toBe(1);
  while (descriptors() > before.descriptors) await settled();
}, 120_000);
