import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { type RunningGateway, startGateway } from "../support/gateway.ts";
import { BOMBS, MEGABYTE, within } from "./bombs.ts";
import { CHAT, GOOD, headOf, mustBeRefused, mustStillServe, PATHS, talk } from "./client.ts";

let gateway: RunningGateway;
/** Takes bodies of 64 KB, and waits for half a second. */
let small: RunningGateway;
const LIMIT = 64 * 1024;
beforeAll(async () => {
  gateway = await startGateway();
  small = await startGateway({ config: { limits: { body_bytes: LIMIT, body_ms: 500 } } });
});
afterAll(async () => {
  for (const one of [gateway, small]) {
    await mustStillServe(one);
    await one.stop();
  }
});
afterEach(() => gateway.simulator.forget());

describe.each(PATHS)("a bomb for %s", (path) => {
  test.each(BOMBS)("%s", async (_, status, make) => {
    await mustBeRefused(gateway, await gateway.post(path, make()), { status });
  });
});

test("nesting up to the limit is a provider's business", async () => {
  const reply = await gateway.post(CHAT, within("[".repeat(127) + "]".repeat(127)));
  await reply.bytes();
  expect(gateway.simulator.requests).toHaveLength(1);
});

test("one large picture is no bomb", async () => {
  const url = `data:image/png;base64,${"A".repeat(10 * MEGABYTE)}`;
  const content = [{ type: "image_url", image_url: { url } }];
  const reply = await gateway.post(CHAT, { model: "openai/gpt-4o", messages: [{ role: "user", content }] });
  expect(reply.status).toBe(200);
  await reply.bytes();
});

describe("a body over the limit in bytes", () => {
  const TOO_LARGE = { status: 413, code: "request_too_large" };

  test("by its length: refused", async () => {
    await mustBeRefused(small, await small.post(CHAT, " ".repeat(LIMIT + 1)), TOO_LARGE);
    await mustBeRefused(small, await small.post(CHAT, { ...GOOD[CHAT], user: "u".repeat(5 * MEGABYTE) }), TOO_LARGE);
  });

  test("by the length that it says: refused before a byte of it has come", async () => {
    for (const length of [LIMIT + 1, 2 ** 31, 2 ** 53 - 1]) {
      const text = await hear(small, `${headOf(`POST ${CHAT} HTTP/1.1`, `Content-Length: ${length}`)}{`);
      expect(text).toStartWith("HTTP/1.1 413 ");
      expect(text).toContain('"code":"request_too_large"');
    }
  });

  test("without saying its length: refused once that much has come, however long it goes on", async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled += 16_384;
        if (pulled > 20 * MEGABYTE) controller.close();
        else controller.enqueue(new Uint8Array(16_384).fill(0x20));
      },
    });
    const reply = await fetch(small.url + CHAT, {
      method: "POST",
      headers: { authorization: "Bearer test-key", "content-type": "application/json" },
      body,
    });
    await mustBeRefused(small, reply, TOO_LARGE);
  });

  test("is drained, so that the next request on the connection is answered", async () => {
    const head = headOf(`POST ${CHAT} HTTP/1.1`, `Content-Length: ${2 * MEGABYTE}`);
    const { statuses, closed } = await talk(small, head + " ".repeat(2 * MEGABYTE));
    expect(statuses).toEqual([413]);
    expect(closed).toBe(false);
  });

  test("up to the limit is taken", async () => {
    const text = JSON.stringify(GOOD[CHAT]);
    const reply = await small.post(CHAT, text.padEnd(LIMIT, " "));
    expect(reply.status).toBe(200);
    await reply.bytes();
    small.simulator.forget();
  });
});

describe("a body that comes slowly", () => {
  const begin = '{"model":"openai/gpt-4o",';

  test("or stops: refused with 408 after the limit", async () => {
    for (const told of ["Content-Length: 1000", "Transfer-Encoding: chunked"]) {
      const inside = told.startsWith("C") ? begin : `${begin.length.toString(16)}\r\n${begin}\r\n`;
      const heard = await hear(small, headOf(`POST ${CHAT} HTTP/1.1`, told) + inside);
      expect(heard).toStartWith("HTTP/1.1 408 ");
      expect(heard).toContain('"code":"request_timeout"');
      expect(heard).toContain("did not arrive within 500 ms");
    }
    expect(small.simulator.requests).toHaveLength(0);
    expect(small.headgate.listener.inFlight).toBe(0);
  });

  test("by a client that leaves in the middle of it: nothing is left open", async () => {
    const leaving = await Promise.all(
      Array.from({ length: 20 }, () =>
        Bun.connect({ hostname: "127.0.0.1", port: Number(new URL(small.url).port), socket: { data() {} } }),
      ),
    );
    for (const socket of leaving) socket.write(headOf(`POST ${CHAT} HTTP/1.1`, "Content-Length: 1000") + begin);
    for (const socket of leaving) socket.terminate();
    while (small.headgate.listener.inFlight > 0) await Bun.sleep(1);
    await mustStillServe(small);
  });
});

/** What is said to this, up to the end of its body. */
function hear(to: RunningGateway, bytes: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(to.url).port),
    socket: {
      open: (socket) => void socket.write(bytes),
      data(socket, piece) {
        text += piece.toString("latin1");
        if (!text.endsWith("}")) return;
        resolve(text);
        socket.terminate();
      },
      close: () => resolve(text),
    },
  });
  return promise;
}
