import { afterEach, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Socket } from "bun";
import {
  chunk,
  LAST_CHUNK,
  type Line,
  type RawServer,
  STREAM_HEAD,
  startRawServer,
  sized as whole,
} from "../../src/upstream/fixtures/raw-server.ts";
import { speechOf } from "../faults/speech.ts";
import { Crowd } from "../support/crowd.ts";
import { percentile, sized, tell } from "../support/figures.ts";
import { KEY } from "../support/gateway.ts";
import { keptBy, probed, resident } from "../support/inside.ts";
import { cleanUp, folder, startHeadgate } from "../support/process.ts";

const STREAMS = sized(400, 8000);
const OTHERS = sized(50, 1000);
/** How often each stream is to be told that it lives, at the least. */
const BEATS = sized(1, 2);

let provider: RawServer;
afterEach(async () => {
  await cleanUp();
  provider.stop();
});

const speech = speechOf("openai-chat", { words: ["Well."], usage: { input: 1, output: 1 } });
const ANSWER = whole(speech.whole);
const BEGUN = STREAM_HEAD + chunk(speech.opening.join("") + speech.said.join(""));
const ENDED = chunk(speech.ending.join("")) + LAST_CHUNK;

/** A client that has asked for a stream. */
interface Listening {
  beats: number;
  begun: boolean;
  ended: boolean;
}

test(`${STREAMS} streams that are open and say nothing cost little, and disturb nobody`, async () => {
  const open: Line[] = [];
  provider = startRawServer({
    answer(line, { body }) {
      if (!body.includes('"stream":true')) {
        line.send(ANSWER);
        return;
      }
      open.push(line);
      line.send(BEGUN);
    },
  });
  const lab = { wire: "openai-chat", base_url: provider.url, api_key: "sk-1", models: [{ id: "lab/large" }] };
  const cwd = folder();
  writeFileSync(join(cwd, "headgate.yaml"), JSON.stringify({ heartbeat_seconds: sized(1, 15), providers: { lab } }));
  const gateway = await startHeadgate([], { command: probed("heap"), cwd, env: { AI_GATEWAY_API_KEY: KEY } });
  const asked = { model: "lab/large", messages: [{ role: "user", content: "Hello" }] };
  const crowd = new Crowd(gateway.url, "/v1/chat/completions", KEY, asked);
  const others = async () => {
    const waits: number[] = [];
    for (let i = 0; i < OTHERS; i++) {
      const { status, ms } = await crowd.ask();
      expect(status).toBe(200);
      waits.push(ms);
    }
    return percentile(waits, 0.99);
  };
  await others();
  const usual = await others();
  const { heapMegabytes } = await keptBy(gateway);
  const before = resident(gateway);

  const body = JSON.stringify({ ...asked, stream: true });
  const request = `POST /v1/chat/completions HTTP/1.1\r\nhost: here\r\nauthorization: Bearer ${KEY}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const clients: Socket<Listening>[] = [];
  const { promise: allEnded, resolve } = Promise.withResolvers<void>();
  let left = STREAMS;
  const connect = async () => {
    const begun = Promise.withResolvers<void>();
    const socket = await Bun.connect<Listening>({
      hostname: "127.0.0.1",
      port: Number(new URL(gateway.url).port),
      data: { beats: 0, begun: false, ended: false },
      socket: {
        open: (socket) => void socket.write(request),
        data({ data }, bytes) {
          if (!data.begun && bytes.includes("Well.")) {
            data.begun = true;
            begun.resolve();
          } else if (bytes.includes("\n: ") || bytes.includes("\r\n:")) data.beats++;
          if (bytes.includes("data: [DONE]")) {
            data.ended = true;
            if (--left === 0) resolve();
          }
        },
        close: () => begun.reject(new Error("closed")),
      },
    });
    clients.push(socket);
    await begun.promise;
  };
  for (let i = 0; i < STREAMS; i += 50) await Promise.all(Array.from({ length: Math.min(50, STREAMS - i) }, connect));
  expect(open).toHaveLength(STREAMS);
  while (clients.some(({ data }) => data.beats < BEATS)) await Bun.sleep(50);
  const meanwhile = await others();
  const rss = resident(gateway);

  for (const line of open) line.send(ENDED);
  await allEnded;
  for (const socket of clients) socket.terminate();
  crowd.stop();
  expect(clients.filter(({ data }) => !data.ended)).toEqual([]);
  const ready = async () =>
    (await fetch(`${gateway.url}/metrics`, { headers: { authorization: `Bearer ${KEY}` } })).text();
  while (!/^headgate_streams_open 0$/m.test(await ready())) await Bun.sleep(20);
  const after = await keptBy(gateway);
  const row = "U13";
  tell({ row, what: "streams that are open in one process", value: STREAMS });
  tell({ row, what: "RSS", value: rss, unit: "MB", atMost: 400 });
  tell({ row, what: "for each of them", value: ((rss - before) * 1024) / STREAMS, unit: "KB", atMost: 45 });
  tell({ row, what: "others' p99, times the usual", value: meanwhile / usual, atMost: 2 });
  tell({
    row,
    what: "heap, more when they are over",
    value: after.heapMegabytes - heapMegabytes,
    unit: "MB",
    atMost: 15,
  });
}, 180_000);
