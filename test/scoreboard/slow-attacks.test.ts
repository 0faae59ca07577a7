import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  chunk,
  LAST_CHUNK,
  type RawServer,
  STREAM_HEAD,
  startRawServer,
  sized as whole,
} from "../../src/upstream/fixtures/raw-server.ts";
import { speechOf } from "../faults/speech.ts";
import { Crowd } from "../support/crowd.ts";
import { FULL, percentile, sized, tell } from "../support/figures.ts";
import { KEY } from "../support/gateway.ts";
import { filesOf, probed, resident } from "../support/inside.ts";
import { cleanUp, folder, startHeadgate } from "../support/process.ts";

/** The runtime's own limit for a head is some 12 s, and nothing changes it: in `npm test` nobody waits for that. */
const HEADS = sized(0, 1000);
const BODIES = sized(40, 1000);
const READERS = sized(20, 500);
const OTHERS = sized(50, 1000);
/** The slowest of a thousand take 0.4 ms on a quiet machine, or 2, as it happens; those of ten thousand do not. */
const ROUNDS = sized(1, 10);
/**
 * Readers come within two seconds, and gigabytes with them, until the kernel takes no more for any. Of what that has left in the holes of what is
 * still used the allocator gives a part back every 100 ms, and all of it every 64th time.
 */
const SETTLED_MS = sized(0, 6500);
/** From then on there are all kinds at once, readers as many as may stall: until those are let go it is looked how much all of that takes. */
const STANDING_MS = sized(0, 2500);
const BYTE_MS = 1000;
/** Takes 8 s at the least. */
const NO_KEY = "a body of who has no key";

let provider: RawServer;
afterEach(async () => {
  await cleanUp();
  provider.stop();
});

const speech = speechOf("openai-chat", { words: ["Well."], usage: { input: 1, output: 1 } });
const ANSWER = whole(speech.whole);
/** More than all buffers between two that do not read. */
const MUCH = Buffer.from(chunk(speechOf("openai-chat", { words: ["x".repeat(16_000)] }).said[0]!).repeat(500));

/** What a reader asks for who is one of the attackers. */
const ALL = "Tell me all of it";

interface Attacker {
  readonly kind: string;
  readonly closed: Promise<number>;
}

test("heads, bodies and readers that never come to an end are let go, and others notice nothing", async () => {
  const released: Promise<number>[] = [];
  provider = startRawServer({
    answer(line, { body }) {
      if (!body.includes('"stream":true')) {
        line.send(ANSWER);
        return;
      }
      if (!body.includes(ALL)) {
        line.send(STREAM_HEAD + chunk([...speech.opening, ...speech.said, ...speech.ending].join("")) + LAST_CHUNK);
        return;
      }
      const began = performance.now();
      line.send(STREAM_HEAD + chunk(speech.opening.join("")));
      line.send(MUCH);
      released.push(line.ended.then(() => performance.now() - began));
    },
  });
  const lab = { wire: "openai-chat", base_url: provider.url, api_key: "sk-1", models: [{ id: "lab/large" }] };
  const cwd = folder();
  const config = { stalled_seconds: sized(1, 10), limits: { body_ms: sized(1000, 60_000) }, providers: { lab } };
  writeFileSync(join(cwd, "headgate.yaml"), JSON.stringify(config));
  const gateway = await startHeadgate([], { command: probed("heap"), cwd, env: { AI_GATEWAY_API_KEY: KEY } });
  const port = Number(new URL(gateway.url).port);
  const asked = { model: "lab/large", messages: [{ role: "user", content: "Hello" }] };
  const crowd = new Crowd(gateway.url, "/v1/chat/completions", KEY, asked);
  const listeners = new Crowd(gateway.url, "/v1/chat/completions", KEY, { ...asked, stream: true });
  let refused = 0;
  /** @returns how long each of a round waited, and came again where it was told to */
  const round = async (of = crowd) => {
    const waits: number[] = [];
    for (let i = 0; i < OTHERS; i++) {
      const began = performance.now();
      let went = await of.ask();
      for (; went.status === 503; went = await of.ask()) {
        expect(went.head).toMatch(/^retry-after: 1$/im);
        refused++;
        await Bun.sleep(1000);
      }
      expect(went.status).toBe(200);
      waits.push(performance.now() - began);
    }
    return waits;
  };
  // What serving anybody takes is none of an attack's: streams have been served before it, and others are, then as now.
  for (let i = 0; i < ROUNDS; i++) await round(listeners);
  await round();
  const usual: number[] = [];
  const before: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    usual.push(...(await round()));
    before.push(resident(gateway));
  }
  const files = filesOf(gateway);

  /** Sends this, then a byte now and then, and never reads on. */
  const attack = async (kind: string, first: string, drip?: string): Promise<Attacker> => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const began = performance.now();
    let timer: ReturnType<typeof setInterval> | undefined;
    await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open(socket) {
          socket.write(first);
          if (drip !== undefined) timer = setInterval(() => socket.write(drip), BYTE_MS);
          else socket.pause();
        },
        data() {},
        close() {
          clearInterval(timer);
          resolve(performance.now() - began);
        },
      },
    });
    return { kind, closed: promise };
  };
  const head = (length: number, key = KEY) =>
    `POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
  const stream = JSON.stringify({ ...asked, messages: [{ role: "user", content: ALL }], stream: true });
  const BODY_KINDS = [
    ["a small body", head(1000) + "{"],
    ["a large body", head(30_000_000) + "{"],
    [NO_KEY, head(1000, "none") + "{"],
    ["a body whose length is not told", head(1).replace("content-length: 1", "transfer-encoding: chunked")],
  ].filter(([kind]) => FULL || kind !== NO_KEY) as [string, string][];
  const attackers: Attacker[] = [];
  // A crowd at once is another attack.
  for (let i = 0; i < READERS; i++) {
    attackers.push(await attack("a reader", head(stream.length) + stream));
    while (released.length <= i) await Bun.sleep(1);
  }
  const during: number[] = [];
  /** Others are served for so long. @returns what it takes in memory then, in MB */
  const serve = async (milliseconds: number) => {
    const taken: number[] = [];
    const began = performance.now();
    do {
      during.push(...(await round()));
      taken.push(resident(gateway));
    } while (performance.now() - began < milliseconds);
    return taken;
  };
  const rush = await serve(SETTLED_MS);
  for (let i = 0; i < HEADS; i++)
    attackers.push(await attack("a head", "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nx-a: ", "a"));
  for (let i = 0; i < BODIES; i++) {
    const [kind, first] = BODY_KINDS[i % BODY_KINDS.length]!;
    attackers.push(await attack(kind, first, kind.endsWith("not told") ? "1\r\n \r\n" : " "));
  }
  const standing = await serve(STANDING_MS);
  const more = (held: readonly number[]) => percentile(held, 0.5) - percentile(before, 0.5);

  const longest = new Map<string, number>();
  // A socket that is paused sees its end when it looks again: of readers it is the gateway that tells.
  for (const { kind, closed } of attackers)
    if (kind !== "a reader") longest.set(kind, Math.max(longest.get(kind) ?? 0, await closed));
  expect(released).toHaveLength(READERS);
  longest.set("a reader", Math.max(...(await Promise.all(released))));
  // And its client's connection: all but those of others, and what was open before.
  const began = performance.now();
  while (filesOf(gateway) > files + 20) await Bun.sleep(10);
  longest.set("a reader's connection", longest.get("a reader")! + performance.now() - began);
  const row = "H3";
  for (const [kind, ms] of longest)
    tell({ row, what: `the last with ${kind} is let go after`, value: ms / 1000, unit: "s", atMost: 15 });
  tell({
    row,
    what: "others' p99, times the usual",
    value: percentile(during, 0.99) / percentile(usual, 0.99),
    atMost: 1.2,
  });
  tell({ row, what: "others that were told to come again", value: refused });
  tell({ row, what: "RSS, more, as long as it stands", value: more(standing), unit: "MB", atMost: 50 });
  tell({ row, what: "and at its highest", value: more([Math.max(...rush, ...standing)]), unit: "MB" });
  crowd.stop();
  listeners.stop();
}, 60_000);
