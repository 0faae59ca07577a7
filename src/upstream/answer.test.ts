import { afterEach, describe, expect, test } from "bun:test";
import type { Answer } from "./answer.ts";
import type { Credential } from "./credentials.ts";
import { ask, Client, credentialFor, failure, Reader, settled } from "./fixtures/exchange.ts";
import {
  chunk,
  LAST_CHUNK,
  type Line,
  type RawServer,
  type RawServerOptions,
  STREAM_HEAD,
  sized,
  startRawServer,
} from "./fixtures/raw-server.ts";

let server: RawServer;
let credential: Credential;

function start(answer?: RawServerOptions["answer"]): void {
  server = startRawServer(answer === undefined ? {} : { answer });
  credential = credentialFor(server.url);
}

afterEach(() => {
  credential.pool.close();
  server.stop();
});

/** A stream that has begun, its reader, and the provider's end of it. */
async function streaming(
  first = STREAM_HEAD,
  asked: Parameters<typeof ask>[1] = {},
): Promise<{ answer: Answer; reader: Reader; line: Line }> {
  start((line) => line.send(first));
  const answer = await ask(credential, { stream: true, ...asked });
  const reader = new Reader();
  answer.read(reader);
  return { answer, reader, line: server.lines[0]! };
}

describe("an answer is gathered whole", () => {
  test.each([
    ["with a length", sized('{"a":1}')],
    ["in chunks", `${STREAM_HEAD}${chunk('{"a"')}${chunk(":1}")}${LAST_CHUNK}`],
  ])("%s", async (_how, bytes) => {
    start((line) => line.send(bytes));
    const answer = await ask(credential);
    expect(answer.status).toBe(200);
    expect(answer.whole).toBe('{"a":1}');
  });

  test("byte by byte", async () => {
    start((line) => line.send(""));
    const answered = ask(credential);
    const line = await server.line(0);
    for (const byte of sized('{"slow":true}')) {
      line.send(byte);
      await settled(2);
    }
    expect((await answered).whole).toBe('{"slow":true}');
  });

  test.each([
    ["a refusal", sized('{"error":{}}', "HTTP/1.1 429 Slow\r\ncontent-type: text/event-stream")],
    ["JSON", sized('{"error":{}}', "HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; charset=utf-8")],
    ["a problem in JSON", sized('{"error":{}}', "HTTP/1.1 200 OK\r\ncontent-type: application/problem+json")],
  ])("where a stream was asked for and %s came", async (_what, bytes) => {
    start((line) => line.send(bytes));
    expect((await ask(credential, { stream: true })).whole).toBe('{"error":{}}');
  });

  test("where no stream was asked for and one came", async () => {
    start((line) => line.send(`${STREAM_HEAD}${chunk("data: x\n\n")}${LAST_CHUNK}`));
    expect((await ask(credential)).whole).toBe("data: x\n\n");
  });

  test("with the bytes it had, whatever they were", async () => {
    const bytes = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("");
    start((line) => line.send(sized(bytes)));
    expect((await ask(credential)).whole).toBe(bytes);
  });

  test("up to a size: an answer without end is refused, and its connection closed", async () => {
    const piece = Buffer.alloc(1024 * 1024, "x");
    start((line) => {
      line.send("HTTP/1.1 200 OK\r\n\r\n");
      for (let i = 0; i < 66; i++) line.send(piece);
    });
    const error = await failure(ask(credential));
    expect(error.code).toBe("upstream_malformed");
    expect(error.message).toBe("The answer is longer than 67108864 bytes.");
    await server.lines[0]!.ended;
    expect(credential.pool.size).toBe(0);
  });
});

describe("a stream", () => {
  test("is handed on as it comes, beginning with what came before anybody read", async () => {
    const { reader, line } = await streaming(`${STREAM_HEAD}${chunk("data: 1\n\n")}${chunk("data: 2\n\n")}`);
    await reader.until(() => reader.text === "data: 1\n\ndata: 2\n\n");
    line.send(chunk("data: 3\n\n") + LAST_CHUNK);
    expect(await reader.over).toBeUndefined();
    expect(reader.text).toBe("data: 1\n\ndata: 2\n\ndata: 3\n\n");
  });

  test("that is over before anybody reads is read all the same", async () => {
    start((line) => line.send(`${STREAM_HEAD}${chunk("data: all\n\n")}${LAST_CHUNK}`));
    const answer = await ask(credential, { stream: true });
    await settled();
    const reader = new Reader();
    answer.read(reader);
    expect(await reader.over).toBeUndefined();
    expect(reader.text).toBe("data: all\n\n");
  });

  test("that broke before anybody reads tells so", async () => {
    start((line) => {
      line.send(STREAM_HEAD + chunk("data: x\n\n"));
      line.fin();
    });
    const answer = await ask(credential, { stream: true });
    await server.lines[0]!.ended;
    await settled();
    const reader = new Reader();
    answer.read(reader);
    expect((await reader.over)?.code).toBe("upstream_truncated");
    expect(reader.text).toBe("data: x\n\n");
  });

  test("without a content type is a stream too", async () => {
    const { reader, line } = await streaming("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    line.send(chunk("data: x\n\n") + LAST_CHUNK);
    expect(await reader.over).toBeUndefined();
  });

  test("that nobody reads does not grow without end", async () => {
    const piece = Buffer.alloc(1024 * 1024, "x");
    start((line) => {
      line.send("HTTP/1.1 200 OK\r\n\r\n");
      for (let i = 0; i < 66; i++) line.send(piece);
    });
    const answer = await ask(credential, { stream: true });
    await server.lines[0]!.ended;
    const reader = new Reader(() => {});
    answer.read(reader);
    expect((await reader.over)?.code).toBe("upstream_malformed");
  });
});

describe("an answer that breaks", () => {
  const half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
  const plain: [string, string][] = [
    ["in its head", "HTTP/1.1 200 OK\r\ncontent-"],
    ["in a body with a length", half],
    ["in a chunk", `${STREAM_HEAD}64\r\n{`],
    ["between two chunks", STREAM_HEAD + chunk("{")],
    ["in its trailers", `${STREAM_HEAD}${chunk("{}")}0\r\nx: y\r\n`],
    ["in an interim answer", "HTTP/1.1 100 Continue\r\n\r\n"],
  ];
  for (const how of ["fin", "reset"] as const) {
    test.each(plain)(`(${how}) %s is truncated`, async (_where, bytes) => {
      start();
      const failed = failure(ask(credential));
      const line = await server.line(0);
      await line.until(() => line.received > 0);
      line.send(bytes);
      // What was sent has to arrive before the reset that would overtake it.
      await settled(50);
      line[how]();
      const error = await failed;
      expect(error.code).toBe("upstream_truncated");
      expect(error.retry).toBe("once");
      expect(credential.pool.size).toBe(0);
    });
  }

  test("by a reset where only the connection's end would end it is truncated, not whole", async () => {
    start();
    const failed = failure(ask(credential));
    const line = await server.line(0);
    await line.until(() => line.received > 0);
    line.send('HTTP/1.1 200 OK\r\n\r\n{"a":1}');
    await settled(50);
    line.reset();
    expect((await failed).code).toBe("upstream_truncated");
  });

  test.each(["fin", "reset"] as const)(
    "(%s) in mid-stream: the reader hears so, last, and what came before",
    async (how) => {
      const { reader, line } = await streaming(STREAM_HEAD + chunk("data: 1\n\n"));
      await reader.until(() => reader.text !== "");
      line[how]();
      expect((await reader.over)?.code).toBe("upstream_truncated");
      expect(reader.text).toBe("data: 1\n\n");
    },
  );

  test("by breaking HTTP is malformed, plain or streamed", async () => {
    start((line) => line.send(`${STREAM_HEAD}zz\r\n`));
    expect((await failure(ask(credential))).code).toBe("upstream_malformed");
    await server.lines[0]!.ended;
    const answer = await ask(credential, { stream: true });
    const reader = new Reader();
    answer.read(reader);
    expect((await reader.over)?.code).toBe("upstream_malformed");
    await server.lines[1]!.ended;
    expect(credential.pool.size).toBe(0);
  });

  test("in mid-stream by breaking HTTP: what came before is heard", async () => {
    const { reader, line } = await streaming(STREAM_HEAD + chunk("data: 1\n\n"));
    await reader.until(() => reader.text !== "");
    line.send("-1\r\n");
    expect((await reader.over)?.code).toBe("upstream_malformed");
    expect(reader.text).toBe("data: 1\n\n");
    await line.ended;
  });

  test("by its encoding is malformed", async () => {
    start((line) => line.send(sized("abc", "HTTP/1.1 200 OK\r\ncontent-encoding: br")));
    const error = await failure(ask(credential));
    expect(error.code).toBe("upstream_malformed");
    expect(error.message).toContain("br");
  });
});

describe("the clocks", () => {
  test("first byte: a provider that takes the request and says nothing", async () => {
    start(() => {});
    const error = await failure(ask(credential, { clocks: { firstByte: 60 } }));
    expect(error.code).toBe("upstream_timeout");
    expect(error.message).toBe("No answer from the provider for 60 ms (clock: firstByte).");
    await server.lines[0]!.ended;
  });

  test("first byte runs on through interim answers", async () => {
    start((line) => line.send("HTTP/1.1 102 Processing\r\n\r\n"));
    const error = await failure(ask(credential, { clocks: { firstByte: 60 } }));
    expect(error.message).toContain("clock: firstByte");
  });

  test("connecting is over once the request begins to be sent: a slow upload is not a slow connection", async () => {
    start((line) => line.send(sized("{}")));
    const answered = ask(credential, { body: "x".repeat(16 * 1024 * 1024), clocks: { connect: 50 } });
    const line = await server.line(0);
    line.pause();
    await Bun.sleep(150);
    line.resume();
    expect((await answered).status).toBe(200);
  });

  test("idle: a head and then silence, in a plain answer", async () => {
    start((line) => line.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"));
    const error = await failure(ask(credential, { clocks: { idle: 60 } }));
    expect(error.code).toBe("upstream_timeout");
    expect(error.message).toBe("Silence from the provider for 60 ms (clock: idle).");
    await server.lines[0]!.ended;
  });

  test("idle: a stream that falls silent after content", async () => {
    const { answer, reader } = await streaming(STREAM_HEAD + chunk("data: x\n\n"), { clocks: { idle: 60 } });
    answer.spoke();
    const error = await reader.over;
    expect(error?.code).toBe("upstream_timeout");
    expect(error?.message).toContain("clock: idle");
    expect(reader.text).toBe("data: x\n\n");
    await server.lines[0]!.ended;
  });

  test("idle: a stream that falls silent before content is told as silence, not as a want of content", async () => {
    const { reader } = await streaming(STREAM_HEAD + chunk(": ping\n\n"), { clocks: { idle: 60 } });
    expect((await reader.over)?.message).toBe("Silence from the provider for 60 ms (clock: idle).");
  });

  test("idle counts from the last piece: a slow stream goes on", async () => {
    const { answer, reader, line } = await streaming(STREAM_HEAD, { clocks: { idle: 1500 } });
    answer.spoke();
    for (let i = 0; i < 4; i++) {
      line.send(chunk("data: x\n\n"));
      await Bun.sleep(500);
    }
    line.send(LAST_CHUNK);
    expect(await reader.over).toBeUndefined();
  });

  test("first content: pings are none", async () => {
    const { reader, line } = await streaming(STREAM_HEAD, { clocks: { firstContent: 80 } });
    const pings = setInterval(() => line.send(chunk(": ping\n\n")), 5);
    const error = await reader.over;
    clearInterval(pings);
    expect(error?.code).toBe("upstream_timeout");
    expect(error?.message).toBe("No content from the provider for 80 ms (clock: firstContent).");
    await line.ended;
  });

  test("first content stops when content has begun", async () => {
    const { answer, reader, line } = await streaming(STREAM_HEAD + chunk("data: x\n\n"), {
      clocks: { firstContent: 1000 },
    });
    answer.spoke();
    await Bun.sleep(1200);
    line.send(LAST_CHUNK);
    expect(await reader.over).toBeUndefined();
  });

  test("total: a stream that never ends", async () => {
    const { answer, reader, line } = await streaming(STREAM_HEAD, { clocks: { total: 120 } });
    answer.spoke();
    const more = setInterval(() => line.send(chunk("data: x\n\n")), 5);
    const error = await reader.over;
    clearInterval(more);
    expect(error?.code).toBe("upstream_timeout");
    expect(error?.message).toBe("The answer took more than 120 ms (clock: total).");
    await line.ended;
  });

  test("total: a plain answer that never ends", async () => {
    start((line) => line.send(STREAM_HEAD));
    const failed = failure(ask(credential, { clocks: { total: 120 } }));
    const line = await server.line(0);
    const more = setInterval(() => line.send(chunk(" ")), 5);
    expect((await failed).message).toContain("clock: total");
    clearInterval(more);
    await line.ended;
  });

  test("total bounds the others: connecting", async () => {
    start();
    const secure = credentialFor(server.url.replace("http:", "https:"));
    const error = await failure(ask(secure, { clocks: { total: 60 } }));
    expect(error.code).toBe("upstream_connect_timeout");
    expect(error.message).toContain("clock: total");
  });

  test("connect runs anew where a request is sent again", async () => {
    start((line, { number }) => {
      if (number === 0) line.send(sized("{}"));
      else line.fin();
    });
    const secret = credentialFor(server.url);
    await ask(secret);
    // The kept connection closes under our feet; the new one is never made: its name leads to a server that does not shake hands.
    const silent = startRawServer();
    Object.assign(Reflect.get(secret, "origin"), { port: silent.port, tls: true });
    const error = await failure(ask(secret, { clocks: { connect: 60 } }));
    silent.stop();
    expect(error.code).toBe("upstream_connect_timeout");
  });

  test("stand still while we do not read: the silence is ours", async () => {
    const { answer, reader, line } = await streaming(STREAM_HEAD + chunk("data: x\n\n"), { clocks: { idle: 1000 } });
    answer.spoke();
    answer.pause();
    await Bun.sleep(1200);
    line.send(chunk("data: y\n\n") + LAST_CHUNK);
    answer.resume();
    expect(await reader.over).toBeUndefined();
    expect(reader.text).toBe("data: x\n\ndata: y\n\n");
  });

  test("but the total runs on while we do not read", async () => {
    const { answer, reader } = await streaming(STREAM_HEAD + chunk("data: x\n\n"), { clocks: { total: 150 } });
    answer.pause();
    expect((await reader.over)?.message).toContain("clock: total");
  });
});

describe("a reader that is behind", () => {
  const SIZE = 64 * 1024 * 1024;
  const piece = Buffer.alloc(1024 * 1024, "x");

  test("makes the provider wait: what is on the way stays bounded", async () => {
    start((line) => {
      line.send(`HTTP/1.1 200 OK\r\ncontent-length: ${SIZE}\r\n\r\n`);
      for (let sent = 0; sent < SIZE; sent += piece.length) line.send(piece);
    });
    const answer = await ask(credential, { stream: true });
    const reader = new Reader(() => answer.pause());
    answer.read(reader);
    await reader.until(() => reader.size > 0);
    const line = server.lines[0]!;
    // Sockets take what their buffers hold, then no more.
    let last = -1;
    while (line.sent !== last) {
      last = line.sent;
      await Bun.sleep(100);
    }
    expect(line.sent).toBeLessThan(SIZE / 2);
    expect(reader.size).toBeLessThan(SIZE / 8);
    // One piece at a time, pausing after each.
    const before = reader.size;
    answer.resume();
    await reader.until(() => reader.size > before);
    expect(reader.size).toBeLessThan(SIZE / 4);
    let over = false;
    reader.over.then(() => {
      over = true;
    });
    while (!over) {
      answer.resume();
      await settled(1);
    }
    expect(await reader.over).toBeUndefined();
    expect(reader.size).toBe(SIZE);
  });

  test("loses nothing of an answer that ended while it was behind", async () => {
    const { answer, reader, line } = await streaming("HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n");
    await reader.until(() => reader.text !== "");
    answer.pause();
    line.send("data: 2\n\n");
    line.fin();
    await settled();
    answer.resume();
    expect(await reader.over).toBeUndefined();
    expect(reader.text).toBe("data: 1\n\ndata: 2\n\n");
  });

  test("may pause and resume an answer that is over", async () => {
    const { answer, reader } = await streaming(STREAM_HEAD + chunk("x") + LAST_CHUNK);
    await reader.over;
    answer.pause();
    answer.resume();
    expect((await ask(credential)).whole).toBe("x");
    expect(server.lines).toHaveLength(1);
  });
});

describe("an answer that is released", () => {
  test("is heard no more, and its connection is kept once its framing ends", async () => {
    const { answer, reader, line } = await streaming(STREAM_HEAD + chunk("data: [DONE]\n\n"));
    await reader.until(() => reader.text !== "");
    answer.release();
    line.send(chunk("data: after the end\n\n") + LAST_CHUNK);
    await untilIdle();
    await ask(credential, { stream: true });
    expect(server.lines).toHaveLength(1);
    expect(reader.text).toBe("data: [DONE]\n\n");
  });

  test("while it was paused lets its framing end all the same", async () => {
    const { answer, reader, line } = await streaming(STREAM_HEAD + chunk("data: [DONE]\n\n"));
    await reader.until(() => reader.text !== "");
    answer.pause();
    line.send(LAST_CHUNK);
    answer.release();
    await untilIdle();
    await ask(credential, { stream: true });
    expect(server.lines).toHaveLength(1);
  });

  test("but whose framing does not end is closed, even if the reader catches up later", async () => {
    const { answer, reader, line } = await streaming(STREAM_HEAD + chunk("data: [DONE]\n\n"));
    await reader.until(() => reader.text !== "");
    answer.release();
    answer.resume();
    const more = setInterval(() => line.send(chunk(": never ends\n\n")), 20);
    await line.ended;
    clearInterval(more);
    expect(credential.pool.size).toBe(0);
  });

  test("after its end is nothing but released", async () => {
    const { answer, reader } = await streaming(STREAM_HEAD + chunk("x") + LAST_CHUNK);
    await reader.over;
    answer.release();
    await ask(credential, { stream: true });
    expect(server.lines).toHaveLength(1);
  });
});

/** The connection is back in the pool. */
async function untilIdle(): Promise<void> {
  const resting = Reflect.get(credential.pool, "resting") as unknown[];
  while (resting.length === 0) await settled(1);
}

describe("an answer that nobody wants any more", () => {
  test("while it is waited for: the provider's side is closed, and the promise fails", async () => {
    start(() => {});
    const client = new Client();
    const failed = failure(ask(credential, { client }));
    const line = await server.line(0);
    await line.until(() => line.received > 0);
    client.leave();
    expect((await failed).code).toBe("client_closed");
    await line.ended;
    expect(credential.pool.size).toBe(0);
  });

  test("while it is gathered", async () => {
    start((line) => line.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"));
    const client = new Client();
    const failed = failure(ask(credential, { client }));
    const line = await server.line(0);
    await line.until(() => line.sent > 0);
    await settled();
    client.leave();
    expect((await failed).code).toBe("client_closed");
    await line.ended;
  });

  test("before it was asked for", async () => {
    start(() => {});
    const client = new Client();
    client.leave();
    expect((await failure(ask(credential, { client }))).code).toBe("client_closed");
    const line = await server.line(0);
    await line.ended;
    expect(line.received).toBe(0);
  });

  test("in mid-stream: the provider's side is closed, and the reader hears nothing more", async () => {
    const { answer, reader, line } = await streaming(STREAM_HEAD + chunk("data: 1\n\n"));
    await reader.until(() => reader.text !== "");
    answer.close();
    line.send(chunk("data: 2\n\n"));
    await line.ended;
    await settled();
    expect(reader.text).toBe("data: 1\n\n");
    expect(await Promise.race([reader.over, Promise.resolve("silent")])).toBe("silent");
    expect(credential.pool.size).toBe(0);
  });

  test("from within its own reader, in the middle of what had come", async () => {
    start((line) => line.send(STREAM_HEAD + chunk("data: 1\n\n") + chunk("data: 2\n\n")));
    const answer = await ask(credential, { stream: true });
    const reader = new Reader(() => answer.close());
    answer.read(reader);
    await server.lines[0]!.ended;
    expect(reader.size).toBe(9);
  });

  test("after its end: the connection stays in the pool", async () => {
    const { answer, reader } = await streaming(STREAM_HEAD + chunk("x") + LAST_CHUNK);
    await reader.over;
    answer.close();
    await ask(credential, { stream: true });
    expect(server.lines).toHaveLength(1);
  });

  test("twice: once is enough", async () => {
    const { answer, reader, line } = await streaming(STREAM_HEAD + chunk("data: 1\n\n"));
    await reader.until(() => reader.text !== "");
    answer.close();
    answer.close();
    answer.abandon((await failure(ask(credentialFor("http://127.0.0.1:1")))) as never);
    await line.ended;
    expect(await Promise.race([reader.over, Promise.resolve("silent")])).toBe("silent");
  });
});

test("large bodies arrive whole, both ways, in whatever pieces", async () => {
  const body = JSON.stringify({ text: "0123456789".repeat(2_000_000) });
  let received = "";
  start((line, request) => {
    received = Bun.hash(request.body).toString();
    line.send(STREAM_HEAD);
    for (let at = 0, size = 1; at < body.length; at += size, size = (size * 7) % 100_003) {
      line.send(chunk(body.slice(at, at + size)));
    }
    line.send(LAST_CHUNK);
  });
  const answer = await ask(credential, { body });
  expect(received).toBe(Bun.hash(body).toString());
  expect(answer.whole).toBe(body);
  expect(credential.pool.size).toBe(1);
});
