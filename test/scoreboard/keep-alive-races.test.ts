import { expect, test } from "bun:test";
import { sized as answer, type RawServer, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { chance } from "../../src/wires/fixtures/cuts.ts";
import { speechOf } from "../faults/speech.ts";
import { sized, tell } from "../support/figures.ts";
import { jsonOf, startGateway } from "../support/gateway.ts";

const COUNT = sized(1500, 20_000);
const LANES = 48;
/** A connection that breaks later than this may have been read (`src/upstream/answer.ts`): what was asked on it is not asked again. */
const RACE_MS = 100;
const SEED = 7_001;

/** Closes every connection a moment after an answer: sometimes before the next request, sometimes as it comes. */
function startHasty(random: () => number, asked: Map<string, number>): RawServer {
  return startRawServer({
    answer(line, { body }) {
      const nonce = JSON.parse(body.toString()).messages[0].content;
      asked.set(nonce, (asked.get(nonce) ?? 0) + 1);
      const { whole } = speechOf("openai-chat", { words: [nonce], usage: { input: 1, output: 1 } });
      line.send(answer(whole));
      const close = random() < 0.5 ? () => line.fin() : () => line.reset();
      // Half of them within 4 ms; but where the machine is slow, requests come later than that, and some are to find it open.
      const moment = random() ** 4 * 60;
      if (moment < 1) setImmediate(close);
      else setTimeout(close, moment);
    },
  });
}

test(`${COUNT} requests to a provider that closes as they come: nobody notices, and nothing is asked twice that was read (seed ${SEED})`, async () => {
  const random = chance(SEED);
  const asked = new Map<string, number>();
  const server = startHasty(random, asked);
  const provider = {
    wire: "openai-chat",
    base_url: `${server.url}/v1`,
    api_key: "sk-1",
    models: [{ id: "lab/hasty" }],
  };
  const gateway = await startGateway({ config: { providers: { hasty: provider } } });
  let next = 0;
  let late = 0;
  const lane = async () => {
    while (next < COUNT) {
      const nonce = `nonce-${next++}`;
      const began = performance.now();
      const response = await gateway.post("/v1/chat/completions", {
        model: "lab/hasty",
        messages: [{ role: "user", content: nonce }],
      });
      const body = await jsonOf(response);
      // Where the machine itself stood still for so long.
      if (body.error?.code === "upstream_reset" && performance.now() - began >= RACE_MS) late++;
      else expect(body.choices?.[0].message.content ?? body).toBe(nonce);
      await Bun.sleep(random() * 4);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const twice = [...asked.values()].filter((times) => times !== 1).length;
  expect(twice).toBe(0);
  expect(asked.size).toBeWithin(COUNT - late, COUNT + 1);
  // A connection for every request would have no race in it.
  const reused = COUNT - server.lines.length;
  expect(reused).toBeGreaterThan(COUNT / 50);
  await gateway.stop();
  server.stop();
  tell({ row: "U7", what: "seed", value: SEED });
  tell({ row: "U7", what: "requests", value: COUNT });
  tell({ row: "U7", what: "client errors", value: late, atMost: 0 });
  tell({ row: "U7", what: "requests more than connections", value: reused });
}, 120_000);
