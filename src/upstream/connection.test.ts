import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Credential } from "./credentials.ts";
import { ask, Client, credentialFor, failure, Reader, SECRET, settled } from "./fixtures/exchange.ts";
import {
  chunk,
  LAST_CHUNK,
  type RawServer,
  type RawServerOptions,
  STREAM_HEAD,
  sized,
  startRawServer,
} from "./fixtures/raw-server.ts";

let server: RawServer;
let credential: Credential;

function start(options?: RawServerOptions): void {
  server = startRawServer(options);
  credential = credentialFor(`${server.url}/base/`);
}

afterEach(() => {
  credential.pool.close();
  server.stop();
});

/** Requests that the server has seen, by the connection that carried each. */
function numbered(answer: (line: number, request: number) => string): { seen: number[]; options: RawServerOptions } {
  const seen: number[] = [];
  const options: RawServerOptions = {
    answer(line, { number }) {
      const at = server.lines.indexOf(line);
      seen.push(at);
      line.send(answer(at, number));
    },
  };
  return { seen, options };
}

describe("what is written", () => {
  test("is one request: its path, the secret, its body, and nothing that was not asked for", async () => {
    const heads: string[] = [];
    const bodies: string[] = [];
    start({
      answer(line, { head, body }) {
        heads.push(head);
        bodies.push(body.toString());
        line.send(sized("{}"));
      },
    });
    await ask(credential, { body: '{"text":"Grüße 👋"}' });
    expect(heads).toEqual([
      [
        "POST /base/chat HTTP/1.1",
        `host: 127.0.0.1:${server.port}`,
        `authorization: Bearer ${SECRET}`,
        "accept: application/json",
        "accept-encoding: identity",
        "content-type: application/json",
        "user-agent: headgate",
        "content-length: 23",
        "",
      ].join("\r\n"),
    ]);
    expect(bodies).toEqual(['{"text":"Grüße 👋"}']);
  });

  test("says what it takes where a stream is wanted", async () => {
    const heads: string[] = [];
    start({
      answer(line, { head }) {
        heads.push(head);
        line.send(STREAM_HEAD + chunk("data: x\n\n") + LAST_CHUNK);
      },
    });
    const answer = await ask(credential, { stream: true });
    const reader = new Reader();
    answer.read(reader);
    await reader.over;
    expect(heads[0]).toContain("\r\naccept: text/event-stream\r\n");
  });
});

describe("a connection is kept", () => {
  test("and carries one request after the other", async () => {
    const { seen, options } = numbered((_line, request) => sized(`{"n":${request}}`));
    start(options);
    for (let i = 0; i < 5; i++) expect((await ask(credential)).whole).toBe(`{"n":${i}}`);
    expect(seen).toEqual([0, 0, 0, 0, 0]);
    expect(credential.pool.size).toBe(1);
  });

  test("whatever the answer was, as long as its framing is whole", async () => {
    const answers = [
      sized("{}", "HTTP/1.1 500 Oops"),
      "HTTP/1.1 204 No Content\r\n\r\n",
      sized("no", "HTTP/1.1 429 Slow down\r\nretry-after: 1"),
      `${STREAM_HEAD}${chunk("data: x\n\n")}${LAST_CHUNK}`,
      sized("{}"),
    ];
    const { seen, options } = numbered((_line, request) => answers[request]!);
    start(options);
    for (const wanted of [500, 204, 429, 200, 200]) expect((await ask(credential)).status).toBe(wanted);
    expect(new Set(seen)).toEqual(new Set([0]));
  });

  test("after a stream was read to its end", async () => {
    const { seen, options } = numbered(() => STREAM_HEAD + chunk("data: x\n\n") + LAST_CHUNK);
    start(options);
    for (let i = 0; i < 3; i++) {
      const answer = await ask(credential, { stream: true });
      const reader = new Reader();
      answer.read(reader);
      expect(await reader.over).toBeUndefined();
      expect(reader.text).toBe("data: x\n\n");
    }
    expect(seen).toEqual([0, 0, 0]);
  });

  test("and of several the one used last goes first", async () => {
    const { seen, options } = numbered(() => sized("{}"));
    start(options);
    await Promise.all([ask(credential), ask(credential), ask(credential)]);
    expect(new Set(seen).size).toBe(3);
    await ask(credential);
    const last = seen.at(-1);
    await ask(credential);
    await ask(credential);
    expect(seen.slice(3)).toEqual([last!, last!, last!]);
    expect(credential.pool.size).toBe(3);
  });

  test.each([
    ["the provider says so", "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}"],
    ["it speaks HTTP/1.0", "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}"],
  ])("but not where %s", async (_why, bytes) => {
    const { seen, options } = numbered(() => bytes);
    start(options);
    expect((await ask(credential)).whole).toBe("{}");
    expect((await ask(credential)).whole).toBe("{}");
    expect(seen).toEqual([0, 1]);
    await Promise.all(server.lines.map(({ ended }) => ended));
    expect(credential.pool.size).toBe(0);
  });

  test("but not where the answer ends with it", async () => {
    start({
      answer(line) {
        line.send("HTTP/1.1 200 OK\r\n\r\n{}");
        line.fin();
      },
    });
    expect((await ask(credential)).whole).toBe("{}");
    expect((await ask(credential)).whole).toBe("{}");
    expect(server.lines).toHaveLength(2);
    expect(credential.pool.size).toBe(0);
  });
});

describe("a kept connection that the provider closes", () => {
  test.each(["fin", "reset"] as const)("while it is idle (%s) is forgotten", async (how) => {
    const { seen, options } = numbered(() => sized("{}"));
    start(options);
    await ask(credential);
    const line = await server.line(0);
    line[how]();
    await line.ended;
    // The word of it is on its way through the kernel.
    while (credential.pool.size > 0) await settled(1);
    await ask(credential);
    expect(seen).toEqual([0, 1]);
  });

  test.each(["fin", "reset"] as const)(
    "at the moment of sending (%s) costs nobody anything: the request goes again, once, on a new one",
    async (how) => {
      const bodies: string[] = [];
      start({
        answer(line, { number, body }) {
          bodies.push(body.toString());
          if (number === 1) line[how]();
          else line.send(sized(`{"n":${number}}`));
        },
      });
      await ask(credential, { body: '{"first":1}' });
      expect((await ask(credential, { body: '{"second":2}' })).whole).toBe('{"n":2}');
      expect(bodies).toEqual(['{"first":1}', '{"second":2}', '{"second":2}']);
      expect(server.lines).toHaveLength(2);
    },
  );

  test("again and again is not asked again and again", async () => {
    let requests = 0;
    start({
      answer(line, { number }) {
        requests++;
        if (number === 0) line.send(sized("{}"));
        else line.fin();
      },
    });
    await ask(credential);
    const error = await failure(ask(credential));
    expect(error.code).toBe("upstream_reset");
    expect(requests).toBe(3);
    expect(credential.pool.size).toBe(0);
  });

  test("before it has taken a large request: the whole of it goes again", async () => {
    const body = JSON.stringify({ text: "x".repeat(16 * 1024 * 1024) });
    const sizes: number[] = [];
    start({
      answer(line, request) {
        sizes.push(request.body.length);
        line.send(sized("{}"));
      },
    });
    await ask(credential);
    const line = await server.line(0);
    line.pause();
    const answered = ask(credential, { body });
    // Some of it lies in the kernel's buffers, most of it still with us.
    await settled();
    line.reset();
    expect((await answered).status).toBe(200);
    expect(sizes).toEqual([13, body.length]);
    expect(server.lines).toHaveLength(2);
  });

  test("after one byte of an answer is not asked again: it may have been billed", async () => {
    let requests = 0;
    start({
      answer(line, { number }) {
        requests++;
        if (number === 0) line.send(sized("{}"));
        else {
          line.send("H");
          line.fin();
        }
      },
    });
    await ask(credential);
    expect((await failure(ask(credential))).code).toBe("upstream_truncated");
    expect(requests).toBe(2);
  });

  test("whose replacement cannot be made is an unreachable provider", async () => {
    start({
      answer(line, { number }) {
        if (number === 0) line.send(sized("{}"));
        else {
          server.stop();
          line.reset();
        }
      },
    });
    await ask(credential);
    expect((await failure(ask(credential))).code).toBe("upstream_unreachable");
  });
});

describe("a fresh connection that breaks before an answer is not tried again", () => {
  test.each(["fin", "reset"] as const)("%s", async (how) => {
    let requests = 0;
    start({
      answer(line) {
        requests++;
        line[how]();
      },
    });
    const error = await failure(ask(credential));
    expect(error.code).toBe("upstream_reset");
    expect(error.retry).toBe("once");
    expect(requests).toBe(1);
    expect(credential.pool.size).toBe(0);
  });
});

describe("an answer that nobody asked for", () => {
  const poison = sized('{"poison":true}');

  test("behind the right one in the same bytes: the right one is kept, the connection is not", async () => {
    const { seen, options } = numbered((line) => sized(`{"line":${line}}`) + (line === 0 ? poison : ""));
    start(options);
    expect((await ask(credential)).whole).toBe('{"line":0}');
    expect((await ask(credential)).whole).toBe('{"line":1}');
    expect(seen).toEqual([0, 1]);
    await server.lines[0]!.ended;
  });

  test("behind a stream: it is heard to its end, and the connection is dropped", async () => {
    const { options } = numbered(() => STREAM_HEAD + chunk("data: x\n\n") + LAST_CHUNK + poison);
    start(options);
    const answer = await ask(credential, { stream: true });
    const reader = new Reader();
    answer.read(reader);
    expect(await reader.over).toBeUndefined();
    expect(reader.text).toBe("data: x\n\n");
    await server.lines[0]!.ended;
    expect(credential.pool.size).toBe(0);
  });

  test("some time later, on an idle connection: it is dropped", async () => {
    const { seen, options } = numbered(() => sized("{}"));
    start(options);
    await ask(credential);
    server.lines[0]!.send(poison);
    await server.lines[0]!.ended;
    expect((await ask(credential)).whole).toBe("{}");
    expect(seen).toEqual([0, 1]);
  });

  test("before the connection has carried anything: a banner is no answer", async () => {
    start();
    const failed = failure(ask(credential));
    (await server.line(0)).send("220 mail.example ESMTP\r\n\r\n");
    const error = await failed;
    expect(error.code).toBe("upstream_malformed");
    expect(error.message).toContain("HTTP/1.1");
  });
});

describe("an answer that comes before the whole request was sent", () => {
  const body = JSON.stringify({ text: "x".repeat(16 * 1024 * 1024) });

  test("is heard, and the connection is not kept: the rest of the request would stand in the way", async () => {
    start();
    const answered = ask(credential, { body });
    const line = await server.line(0);
    await line.until(() => line.received > 0);
    line.pause();
    line.send(sized("too much", "HTTP/1.1 413 Too Large"));
    const answer = await answered;
    expect(answer.status).toBe(413);
    expect(answer.whole).toBe("too much");
    line.resume();
    await line.ended;
    expect(line.received).toBeLessThan(body.length);
    expect(credential.pool.size).toBe(0);
  });

  test("may be a stream that goes on while the request does", async () => {
    const bodies: number[] = [];
    start({
      answer(line, request) {
        bodies.push(request.body.length);
        line.send(chunk("data: after\n\n") + LAST_CHUNK);
      },
    });
    const answered = ask(credential, { body, stream: true });
    const line = await server.line(0);
    await line.until(() => line.received > 0);
    line.pause();
    line.send(STREAM_HEAD + chunk("data: before\n\n"));
    const answer = await answered;
    const reader = new Reader();
    answer.read(reader);
    await reader.until(() => reader.text !== "");
    line.resume();
    expect(await reader.over).toBeUndefined();
    expect(reader.text).toBe("data: before\n\ndata: after\n\n");
    expect(bodies).toEqual([body.length]);
    // All was sent in the end, so it may be kept.
    expect(credential.pool.size).toBe(1);
  });
});

describe("no connection", () => {
  test.each([
    ["nobody listens", "http://127.0.0.1:1"],
    ["nobody listens (TLS)", "https://127.0.0.1:1"],
    ["nobody listens (IPv6)", "http://[::1]:1"],
    ["nobody has the name", "http://nowhere.invalid"],
    ["nobody has the name (TLS)", "https://nowhere.invalid"],
    ["the name cannot be one", `http://${"a".repeat(64)}.invalid`],
  ])("where %s: unreachable, nothing was sent", async (_why, url) => {
    start();
    const stranger = credentialFor(url);
    const error = await failure(ask(stranger));
    expect(error.code).toBe("upstream_unreachable");
    expect(error.retry).toBe("same");
    expect(error.message).not.toContain(SECRET);
    expect(stranger.pool.size).toBe(0);
  });

  test("where the handshake never ends: the clock runs out, and nothing was sent", async () => {
    start();
    const secure = credentialFor(server.url.replace("http:", "https:"));
    const error = await failure(ask(secure, { clocks: { connect: 50 } }));
    expect(error.code).toBe("upstream_connect_timeout");
    expect(error.retry).toBe("next");
    expect(error.message).toBe("No connection to the provider for 50 ms (clock: connect).");
    await server.lines[0]!.ended;
    expect(secure.pool.size).toBe(0);
  });

  test("once the client has left before there was one: it is closed as soon as it is made", async () => {
    start();
    const client = new Client();
    const failed = failure(ask(credential, { client }));
    client.leave();
    expect((await failed).code).toBe("client_closed");
    expect(credential.pool.size).toBe(0);
    const line = await server.line(0);
    await line.ended;
    expect(line.received).toBe(0);
  });
});

const TLS = join(import.meta.dir, "fixtures", "tls");
const certificate = (name: string) => ({ key: join(TLS, `${name}.key`), cert: join(TLS, `${name}.pem`) });

interface Told {
  status?: number;
  whole?: string;
  code?: string;
  message?: string;
}

/** Asks from a process of its own, which alone can be told of another authority: `count` requests, one after the other. */
async function askFromOutside(
  url: string,
  { count = 1, bytes = 0, env = {} }: { count?: number; bytes?: number; env?: Record<string, string> } = {},
): Promise<Told[]> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "fixtures", "tls-client.ts")], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: join(TLS, "ca.pem"), ...env },
    stdin: new Blob([JSON.stringify({ url, count, bytes })]),
    stdout: "pipe",
    stderr: "inherit",
  });
  const told = await new Response(child.stdout).text();
  expect(await child.exited).toBe(0);
  expect(told).not.toContain(SECRET);
  return JSON.parse(told);
}

/** The client's process has ended: what it sent is here. */
async function expectUnheard(): Promise<void> {
  await settled();
  expect(server.lines.reduce((sum, { received }) => sum + received, 0)).toBe(0);
}

describe("over TLS", () => {
  test("a good certificate is asked, and its connection kept", async () => {
    const seen: string[] = [];
    start({
      tls: certificate("good"),
      answer(line, { head }) {
        seen.push(head);
        line.send(sized("{}"));
      },
    });
    const told = await askFromOutside(server.url, { count: 3 });
    expect(told.map(({ status, whole }) => [status, whole])).toEqual(Array(3).fill([200, "{}"]));
    expect(seen[0]).toContain(`host: localhost:${server.port}\r\nauthorization: Bearer ${SECRET}\r\n`);
    expect(server.lines).toHaveLength(1);
  });

  test("a good certificate may be for an address", async () => {
    start({ tls: certificate("good"), answer: (line) => line.send(sized("{}")) });
    const [told] = await askFromOutside(server.url.replace("localhost", "127.0.0.1"));
    expect(told?.status).toBe(200);
  });

  test("large bodies go both ways, whole", async () => {
    let received = 0;
    start({
      tls: certificate("good"),
      answer(line, { body }) {
        received = body.length;
        line.send(sized("y".repeat(8_000_000)));
      },
    });
    const [told] = await askFromOutside(server.url, { bytes: 8_000_000 });
    expect(received).toBe(8_000_000);
    expect(told?.whole).toBe("y".repeat(8_000_000));
  });

  test("a kept connection that is closed under our feet is replaced", async () => {
    start({
      tls: certificate("good"),
      answer: (line, { number }) => (number === 1 ? line.fin() : line.send(sized(`{"n":${number}}`))),
    });
    const told = await askFromOutside(server.url, { count: 2 });
    expect(told.map(({ whole }) => whole)).toEqual(['{"n":0}', '{"n":2}']);
  });

  test.each([
    ["wrong-name", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["expired", "CERT_HAS_EXPIRED"],
    ["self-signed", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ])("a certificate that is %s never sees a byte of the request", async (name, reason) => {
    start({ tls: certificate(name), answer: (line) => line.send(sized("{}")) });
    const told = await askFromOutside(server.url, { count: 2 });
    for (const { code, message } of told) {
      expect(code).toBe("upstream_tls");
      expect(message).toContain(reason);
    }
    await expectUnheard();
  });

  test("a certificate of an authority that nobody added never sees a byte of the request", async () => {
    start({ tls: certificate("good"), answer: (line) => line.send(sized("{}")) });
    const [told] = await askFromOutside(server.url, { env: { NODE_EXTRA_CA_CERTS: "" } });
    expect(told?.code).toBe("upstream_tls");
    await expectUnheard();
  });

  test("not even where the environment would have every certificate accepted", async () => {
    start({ tls: certificate("self-signed"), answer: (line) => line.send(sized("{}")) });
    const [told] = await askFromOutside(server.url, { env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } });
    expect(told?.code).toBe("upstream_tls");
    await expectUnheard();
  });

  test("a server that does not speak it is told nothing", async () => {
    start();
    let heard = "";
    const plain = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket, bytes) {
          heard += bytes.toString("latin1");
          socket.end("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        },
      },
    });
    const error = await failure(ask(credentialFor(`https://localhost:${plain.port}`)));
    plain.stop(true);
    expect(error.code).toBe("upstream_tls");
    expect(error.retry).toBe("next");
    expect(heard).not.toContain(SECRET);
    expect(heard).not.toContain("POST");
  });

  test("a server that leaves during the handshake is told nothing", async () => {
    start();
    const failed = failure(ask(credentialFor(server.url.replace("http:", "https:"))));
    const line = await server.line(0);
    await line.until(() => line.received > 0);
    line.reset();
    expect((await failed).code).toBe("upstream_tls");
  });
});
