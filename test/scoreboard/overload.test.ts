import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  chunk,
  LAST_CHUNK,
  type RawServer,
  STREAM_HEAD,
  startRawServer,
} from "../../src/upstream/fixtures/raw-server.ts";
import { speechOf } from "../faults/speech.ts";
import { atRate, Crowd, type Went } from "../support/crowd.ts";
import { FULL, percentile, sized, tell } from "../support/figures.ts";
import { KEY } from "../support/gateway.ts";
import { askProbe, probed, resident } from "../support/inside.ts";
import { type Child, cleanUp, folder, startHeadgate } from "../support/process.ts";

const SECONDS = sized(1, 30);
/** Clients who wait for one another when the capacity is measured: enough to keep the gateway busy. */
const BUSY = 200;
/** In an answer, each in an event of its own. */
const WORDS = 100;
/** How long a model thinks. */
const THINKS_MS = 50;

let provider: RawServer;
afterEach(async () => {
  await cleanUp();
  provider.stop();
});

/** A gateway with a loop that tells how late it was. @param before what is run in the shell that starts it */
async function start(before: string): Promise<Child & { url: string }> {
  const { opening, said, ending } = speechOf("anthropic-messages", {
    words: Array.from({ length: WORDS }, (_, i) => `word${i} `),
    usage: { input: 1, output: WORDS },
  });
  const stream = Buffer.from(STREAM_HEAD + chunk([...opening, ...said, ...ending].join("")) + LAST_CHUNK);
  provider = startRawServer({ answer: (line) => setTimeout(() => line.send(stream), THINKS_MS) });
  const lab = { wire: "anthropic-messages", base_url: provider.url, api_key: "sk-1", models: [{ id: "lab/large" }] };
  const cwd = folder();
  writeFileSync(join(cwd, "headgate.yaml"), JSON.stringify({ providers: { lab } }));
  const command = ["bash", "-c", `${before}; exec "$@"`, "headgate", ...probed("lateness")];
  return await startHeadgate([], {
    command,
    cwd,
    env: { AI_GATEWAY_API_KEY: KEY, HEADGATE_ADMIN_TOKEN: "admin-token-of-the-operator" },
  });
}

/** What it costs is what comes back, in another format than it was asked for: clients and provider have little to do. */
const BODY = { model: "lab/large", stream: true, messages: [{ role: "user", content: "Hello" }] };

/** How late its loop was in one of a hundred times since it was last asked, in milliseconds. */
const lateness = async (gateway: Child) => Number((await askProbe(gateway, "late by")).replace(" ms", ""));

test("five times what it can do: it does what it can, and tells the others at once", async () => {
  const gateway = await start("taskset -pc 0 $$ > /dev/null");
  const crowd = new Crowd(gateway.url, "/v1/chat/completions", KEY, BODY);
  // As much as it does where nobody asks before the one before has been answered.
  let done = 0;
  let busy = true;
  const turns = Promise.all(
    Array.from({ length: BUSY }, async () => {
      while (busy) if ((await crowd.ask()).status === 200) done++;
    }),
  );
  await Bun.sleep(sized(300, 3000));
  const [from, began] = [done, performance.now()];
  await Bun.sleep(sized(500, 5000));
  const peak = ((done - from) / (performance.now() - began)) * 1000;
  const usual = resident(gateway);
  busy = false;
  await turns;
  await lateness(gateway);

  const went: Went[] = [];
  let highest = 0;
  let over = false;
  const waits: number[] = [];
  const unwell: string[] = [];
  const watched = (async () => {
    const authorization = "Bearer admin-token-of-the-operator";
    for (; !over; await Bun.sleep(100)) {
      highest = Math.max(highest, resident(gateway));
      for (const path of ["/healthz", "/admin/health"]) {
        const asked = performance.now();
        const told = await fetch(gateway.url + path, { headers: { authorization } }).then(
          async (reply) => `${reply.status} ${(await reply.text()).slice(0, 200)}`,
          (thrown: unknown) => String(thrown),
        );
        if (!told.startsWith("200 ")) unwell.push(`${path}: ${told}`);
        waits.push(performance.now() - asked);
      }
    }
  })();
  // To be let in takes a second where the kernel's queue is full: it is asking that is measured.
  await crowd.connected(sized(300, 3000));
  const stormed = performance.now();
  // Who was refused before the body was read has a connection for 8 s: as any client, it asks again where that is closed just then.
  let again = 0;
  const ask = async () => {
    const told = await crowd.ask();
    if (told.status !== 0) return told;
    again++;
    return await crowd.ask();
  };
  await atRate({ perSecond: peak * 5, seconds: SECONDS }, async () => void went.push(await ask()));
  const took = (performance.now() - stormed) / 1000;
  over = true;
  await watched;
  const late = await lateness(gateway);

  // Half of what it can: whoever is still refused then pays for those before.
  const after: { at: number; went: Went }[] = [];
  await atRate(
    { perSecond: peak / 2, seconds: sized(1, 6) },
    async (at) => void after.push({ at, went: await crowd.ask() }),
  );
  while ((await crowd.ask()).status !== 200);
  const refusedAt = after.filter(({ went }) => went.status !== 200).map(({ at }) => at);
  crowd.stop();

  const served = went.filter(({ status }) => status === 200);
  const refused = went.filter(({ status }) => status === 503);
  expect(unwell).toEqual([]);
  expect(went.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
  expect(again).toBeLessThanOrEqual(went.length / 1000);
  expect(refused.filter(({ head }) => !/^retry-after: 1$/im.test(head))).toEqual([]);
  // In a second, on a machine that has other work, it may be that nobody is.
  if (FULL) expect(refused.length).toBeGreaterThan(0);
  const row = "U16";
  const goodput = served.length / took;
  tell({ row, what: `streams of ${WORDS} words, translated, that it serves`, value: peak, unit: "a second" });
  tell({ row, what: `asked for, for ${SECONDS} s`, value: went.length / SECONDS, unit: "a second" });
  tell({ row, what: "lost of what it can do", value: 100 * (1 - goodput / peak), unit: "%", atMost: 20 });
  tell({
    row,
    what: "a refusal takes, p99",
    value: percentile(
      refused.map(({ ms }) => ms),
      0.99,
    ),
    unit: "ms",
    atMost: 50,
  });
  tell({
    row,
    what: "an answer takes, p99",
    value: percentile(
      served.map(({ ms }) => ms),
      0.99,
    ),
    unit: "ms",
  });
  tell({ row, what: "loop late, p99", value: late, unit: "ms", atMost: 100 });
  tell({ row, what: "health is told within, p99", value: percentile(waits, 0.99), unit: "ms", atMost: 200 });
  tell({ row, what: "RSS at its highest", value: highest, unit: "MB", atMost: 400 });
  tell({ row, what: "RSS where it is just busy", value: usual, unit: "MB" });
  tell({
    row,
    what: "somebody is refused after it",
    value: refusedAt.length === 0 ? 0 : Math.max(...refusedAt),
    unit: "ms",
    atMost: 3000,
  });
}, 120_000);

test("more clients than there are descriptors: those for whom there are none are told to come again, and nothing ends", async () => {
  const gateway = await start("ulimit -n 256");
  const crowd = new Crowd(gateway.url, "/v1/chat/completions", KEY, BODY);
  const went = await Promise.all(Array.from({ length: 400 }, () => crowd.ask()));
  const refused = went.filter(({ status }) => status === 503);
  expect(went.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
  expect(refused.filter(({ head }) => !/^retry-after: 1$/im.test(head))).toEqual([]);
  expect(refused.length).toBeGreaterThan(0);
  crowd.stop();
  const alone = new Crowd(gateway.url, "/v1/chat/completions", KEY, BODY);
  while ((await alone.ask()).status !== 200);
  alone.stop();
  expect(gateway.stderr).toBe("");
  tell({ row: "U16", what: "of 400 at once with 256 descriptors: told to come again", value: refused.length });
}, 30_000);
