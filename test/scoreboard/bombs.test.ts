import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { sized as answer, type RawServer, startRawServer } from "../../src/upstream/fixtures/raw-server.ts";
import { BOMBS, MEGABYTE } from "../bad-input/bombs.ts";
import { DOORS } from "../faults/doors.ts";
import { speechOf } from "../faults/speech.ts";
import { sized, tell } from "../support/figures.ts";
import { KEY } from "../support/gateway.ts";
import { type Child, cleanUp, DIRECT, folder, ROOT, startHeadgate } from "../support/process.ts";

/** A gateway in a process of its own: how long its loop is held up, and what it keeps, is nobody else's doing. */

const PATHS = [
  "/v1/chat/completions",
  "/v1/embeddings",
  "/v1/messages",
  "/v1/messages/count_tokens",
  "/v1/responses",
  "/v1/responses/compact",
];
/** Times that each bomb is thrown. */
const TIMES = sized(1, 5);
const LIMIT = 32 * MEGABYTE;
/** What it unpacks to. */
const GIGABYTE = 1024 ** 3;

const [bun, ...rest] = DIRECT;
const PROBED = [bun!, "--preload", join(ROOT, "test", "support", "loop-probe.ts"), ...rest];

let provider: RawServer;
/** How the provider answers: as bytes, for a wire. */
let head = "";
let packed = Buffer.alloc(0);
let gateway: Child & { url: string };
beforeAll(async () => {
  provider = startRawServer({
    answer(line, { head: request }) {
      if (request.split("/")[1] !== "packed") {
        line.send(answer(speechOf("openai-chat", { words: ["Well."], usage: { input: 1, output: 1 } }).whole));
        return;
      }
      line.send(head);
      line.send(packed);
    },
  });
  const providers = Object.fromEntries(
    ["well", ...DOORS.map((_, i) => `packed/${i}`)].map((name) => [
      name.replace("/", "-"),
      {
        wire: DOORS[Number(name.split("/")[1] ?? 0)],
        base_url: `${provider.url}/${name}`,
        api_key: "sk-1",
        models: [{ id: `lab/${name.replace("/", "-")}` }],
      },
    ]),
  );
  const cwd = folder();
  const config = { limits: { body_bytes: LIMIT }, retries: { same_endpoint: 0 }, providers };
  writeFileSync(join(cwd, "headgate.yaml"), JSON.stringify(config));
  gateway = await startHeadgate([], { command: PROBED, cwd, env: { AI_GATEWAY_API_KEY: KEY } });
});
afterAll(async () => {
  await cleanUp();
  provider.stop();
});

const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };

async function post(path: string, body: string | Uint8Array, more = {}): Promise<{ status: number; text: string }> {
  const response = await fetch(gateway.url + path, { method: "POST", headers: { ...headers, ...more }, body });
  return { status: response.status, text: await response.text() };
}

let told = 0;
/** For how many milliseconds the gateway's loop was held up at the worst, since it was last asked. */
async function heldUp(): Promise<number> {
  gateway.kill("SIGUSR2");
  const all = new RegExp(`(?:loop held up for [\\d.]+ ms\\n){${++told}}`);
  await gateway.says(all);
  return Number([...gateway.stderr.matchAll(/loop held up for ([\d.]+) ms/g)].at(-1)![1]);
}

const statusOf = (name: string) =>
  Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${gateway.pid}/status`, "utf8"))![1]) / 1024;

/** How much more memory it had at the worst while this ran, in MB. */
async function moreMemory(run: () => Promise<unknown>): Promise<number> {
  const before = statusOf("VmRSS");
  // The mark of the highest begins anew: https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
  writeFileSync(`/proc/${gateway.pid}/clear_refs`, "5");
  await run();
  return statusOf("VmHWM") - before;
}

test("a bomb holds up the loop for a moment, at whatever door", async () => {
  const made = BOMBS.map(([what, status, make]) => ({ what, status, body: Buffer.from(make()) }));
  const worst = { ms: 0, what: "" };
  await heldUp();
  for (let time = 0; time < TIMES; time++)
    for (const path of PATHS)
      for (const { what, status, body } of made) {
        const reply = await post(path, body);
        expect([path, what, reply.status]).toEqual([path, what, status]);
        const ms = await heldUp();
        if (ms > worst.ms) Object.assign(worst, { ms, what: `${what} at ${path}` });
      }
  const row = "H2";
  tell({ row, what: "bombs", value: TIMES * PATHS.length * BOMBS.length });
  tell({ row, what: `loop held up at the worst (${worst.what})`, value: worst.ms, unit: "ms", atMost: 100 });
}, 120_000);

test("a picture of 10 MB is taken, and holds up nobody for longer", async () => {
  const url = `data:image/png;base64,${"A".repeat(10 * MEGABYTE)}`;
  const messages = [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }];
  const body = JSON.stringify({ model: "lab/well", messages });
  expect((await post("/v1/chat/completions", body)).status).toBe(200);
  await heldUp();
  expect((await post("/v1/chat/completions", body)).status).toBe(200);
  tell({ row: "H2", what: "loop held up by a picture of 10 MB", value: await heldUp(), unit: "ms", atMost: 100 });
}, 30_000);

test("a body without a length is refused within 64 KB of the limit", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(gateway.url).port),
    socket: {
      data(_, bytes) {
        text += bytes.toString("latin1");
        if (text.endsWith("}")) resolve(text);
      },
      drain: () => wake(),
      close: () => resolve(text),
    },
  });
  let wake = () => {};
  const write = async (bytes: Buffer) => {
    for (let rest = bytes; rest.length > 0; ) {
      rest = rest.subarray(Math.max(0, socket.write(rest)));
      if (rest.length === 0) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const piece = (size: number) => Buffer.from(`${size.toString(16)}\r\n${" ".repeat(size)}\r\n`);
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  await write(
    Buffer.from(`POST ${PATHS[0]} HTTP/1.1\r\nhost: x\r\n${fields.join("")}transfer-encoding: chunked\r\n\r\n`),
  );
  for (let sent = 0; sent < LIMIT; sent += MEGABYTE) await write(piece(MEGABYTE));
  // All of that may be taken. What is more comes bit by bit, with time to say no.
  let over = 0;
  while (text === "" && over < 1024) {
    await write(piece(8 * 1024));
    over += 8;
    await Promise.race([promise, Bun.sleep(500)]);
  }
  expect(await promise).toStartWith("HTTP/1.1 413 ");
  socket.terminate();
  tell({ row: "H2", what: "sent beyond the limit when it is refused", value: over, unit: "KB", atMost: 64 });
}, 60_000);

describe("a gigabyte in a megabyte", () => {
  // Members of gzip follow one another: https://www.rfc-editor.org/rfc/rfc1952#page-5
  const member = gzipSync(Buffer.alloc(16 * 1024 * 1024, 32));
  const bomb = Buffer.concat(Array.from({ length: GIGABYTE / (16 * 1024 * 1024) }, () => member));

  test("from a client is not unpacked, nor what is packed sixty times", async () => {
    const encodings = ["gzip", Array(60).fill("gzip").join(", ")];
    const throws = async () => {
      for (const path of PATHS)
        for (const encoding of encodings)
          expect((await post(path, bomb, { "content-encoding": encoding })).status).toBe(415);
    };
    await throws();
    const value = await moreMemory(throws);
    tell({ row: "H2", what: "memory for what clients packed, more", value, unit: "MB", atMost: 32 });
  }, 30_000);

  test("from a provider is not unpacked, nor what is packed sixty times", async () => {
    packed = bomb;
    const throws = async () => {
      for (const encoding of ["gzip", Array(60).fill("gzip").join(", "), "deflate, br"])
        for (const type of ["application/json", "text/event-stream"])
          for (const i of DOORS.keys()) {
            head = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${bomb.length}\r\n\r\n`;
            const stream = type !== "application/json";
            const messages = [{ role: "user", content: "Hello" }];
            const body = JSON.stringify({ model: `lab/packed-${i}`, stream, messages });
            const { status, text } = await post(PATHS[0]!, body);
            expect([i, encoding, status, JSON.parse(text).error.code]).toEqual([
              i,
              encoding,
              502,
              "upstream_malformed",
            ]);
          }
    };
    await throws();
    const value = await moreMemory(throws);
    tell({ row: "H2", what: "memory for what providers packed, more", value, unit: "MB", atMost: 32 });
  }, 60_000);
});
