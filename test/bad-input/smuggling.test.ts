import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { KEY, type RunningGateway, startGateway } from "../support/gateway.ts";
import { CHAT, GOOD, headOf, mustStillServe, quiet, talk } from "./client.ts";

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway({ config: { limits: { body_ms: 300 } } });
});
afterAll(async () => {
  await mustStillServe(gateway);
  await gateway.stop();
});
afterEach(() => gateway.simulator.forget());

const BODY = JSON.stringify(GOOD[CHAT]);
const LENGTH = BODY.length;
const HEX = LENGTH.toString(16);
const CHUNKED = `${HEX}\r\n${BODY}\r\n0\r\n\r\n`;
/** What must never be taken for a request of its own: it would be answered with `"ok"`. */
const HIDDEN = "GET /healthz HTTP/1.1\r\nHost: gateway\r\n\r\n";
const POST = `POST ${CHAT} HTTP/1.1`;
const TE = "Transfer-Encoding: chunked";
const CL = `Content-Length: ${LENGTH}`;

/** Two readings of where the request ends: it is refused, and the connection with it. */
const AMBIGUOUS: Record<string, string> = {
  "length and chunks": headOf(POST, CL, TE) + CHUNKED + HIDDEN,
  "chunks and length": headOf(POST, TE, "Content-Length: 4") + CHUNKED + HIDDEN,
  "two lengths": headOf(POST, CL, `Content-Length: ${LENGTH + HIDDEN.length}`) + BODY + HIDDEN,
  "two lengths, the longer first": headOf(POST, `Content-Length: ${LENGTH + HIDDEN.length}`, CL) + BODY + HIDDEN,
  "lengths in a list": headOf(POST, `Content-Length: ${LENGTH}, ${LENGTH}`) + BODY + HIDDEN,
  "a length with a plus": headOf(POST, `Content-Length: +${LENGTH}`) + BODY + HIDDEN,
  "a length below zero": headOf(POST, "Content-Length: -1") + BODY + HIDDEN,
  "a hexadecimal length": headOf(POST, `Content-Length: 0x${HEX}`) + BODY + HIDDEN,
  "a length of nothing": headOf(POST, "Content-Length:") + BODY + HIDDEN,
  "a length of two words": headOf(POST, `Content-Length: ${LENGTH} 0`) + BODY + HIDDEN,
  "a length with a point": headOf(POST, `Content-Length: ${LENGTH}.0`) + BODY + HIDDEN,
  "a length that no integer holds": headOf(POST, "Content-Length: 99999999999999999999999") + BODY + HIDDEN,
  "a length named with a space": headOf(POST, `Content-Length : ${LENGTH}`) + BODY + HIDDEN,
  "chunks named with a space": headOf(POST, "Transfer-Encoding : chunked") + CHUNKED + HIDDEN,
  "chunks of another spelling": headOf(POST, "Transfer-Encoding: xchunked") + CHUNKED + HIDDEN,
  "chunks in quotes": headOf(POST, 'Transfer-Encoding: "chunked"') + CHUNKED + HIDDEN,
  "chunks behind a vertical tab": headOf(POST, "Transfer-Encoding: \x0bchunked") + CHUNKED + HIDDEN,
  "identity and a length": headOf(POST, "Transfer-Encoding: identity", CL) + BODY + HIDDEN,
  "chunked, then gzip": headOf(POST, "Transfer-Encoding: chunked, gzip") + CHUNKED + HIDDEN,
  "gzip, then chunked": headOf(POST, "Transfer-Encoding: gzip, chunked") + CHUNKED + HIDDEN,
  "chunked twice": headOf(POST, "Transfer-Encoding: chunked, chunked") + CHUNKED + HIDDEN,
  "two transfer encodings": headOf(POST, TE, "Transfer-Encoding: identity") + CHUNKED + HIDDEN,
  "chunks in HTTP/1.0": headOf(`POST ${CHAT} HTTP/1.0`, TE) + CHUNKED + HIDDEN,
  "a folded field": headOf(POST, "X-A: b\r\n c", CL) + BODY + HIDDEN,
  "a folded transfer encoding": headOf(POST, CL, "Transfer-Encoding:\r\n chunked") + BODY + HIDDEN,
  "a first field that is folded": `${POST}\r\n X: y\r\nHost: gateway\r\n${CL}\r\n\r\n${BODY}${HIDDEN}`,
  "line ends without CR": `${headOf(POST, CL).replaceAll("\r\n", "\n")}${BODY}${HIDDEN}`,
  "one line end without CR": headOf(POST, `X-A: b\n${CL}`) + BODY + HIDDEN,
  "one line end without LF": headOf(POST, `X-A: b\r${CL}`) + BODY + HIDDEN,
  "NUL in a field": headOf(POST, "X-A: b\0c", CL) + BODY + HIDDEN,
  "a field without a colon": headOf(POST, "garbage", CL) + BODY + HIDDEN,
  "a field without a name": headOf(POST, ": x", CL) + BODY + HIDDEN,
  "a chunk size with 0x": headOf(POST, TE) + `0x${CHUNKED}` + HIDDEN,
  "a chunk size below zero": headOf(POST, TE) + `-1\r\n${BODY}\r\n0\r\n\r\n` + HIDDEN,
  "a chunk size with a space": headOf(POST, TE) + CHUNKED.replace("\r\n", " \r\n") + HIDDEN,
  "a chunk size that no integer holds": headOf(POST, TE) + `1${"0".repeat(16)}\r\n${BODY}\r\n0\r\n\r\n` + HIDDEN,
  "a chunk size of nothing": headOf(POST, TE) + `\r\n${BODY}\r\n0\r\n\r\n` + HIDDEN,
  "a chunk longer than its size": headOf(POST, TE) + `${(LENGTH - 1).toString(16)}\r\n${BODY}\r\n0\r\n\r\n` + HIDDEN,
  "a chunk size that ends without CR": headOf(POST, TE) + CHUNKED.replaceAll("\r\n", "\n") + HIDDEN,
  "no host": `${POST}\r\nAuthorization: Bearer ${KEY}\r\n${CL}\r\n\r\n${BODY}${HIDDEN}`,
  "another version": headOf(`POST ${CHAT} HTTP/1.2`, CL) + BODY + HIDDEN,
  "a version that is none": headOf(`POST ${CHAT} HTTP/2.0`, CL) + BODY + HIDDEN,
  "the preface of HTTP/2": `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${HIDDEN}`,
  "HTTP/0.9": `GET /healthz\r\n\r\n${HIDDEN}`,
  "a space in the target": headOf("GET /healthz x HTTP/1.1") + HIDDEN,
  "a tab for a space": headOf("GET\t/healthz HTTP/1.1") + HIDDEN,
  "NUL in the target": headOf("GET /health\0z HTTP/1.1") + HIDDEN,
  "NUL in the method": headOf("GE\0T /healthz HTTP/1.1") + HIDDEN,
  "a handshake of TLS": `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n${HIDDEN}`,
  "500 fields": headOf("GET /healthz HTTP/1.1", ...Array.from({ length: 500 }, (_, i) => `X-${i}: b`)) + HIDDEN,
  "a field of 100 KB": headOf("GET /healthz HTTP/1.1", `X-A: ${"b".repeat(100_000)}`) + HIDDEN,
  "a target of 30 KB": headOf(`GET /${"a".repeat(30_000)} HTTP/1.1`) + HIDDEN,
};

test("there are many ways", () => expect(Object.keys(AMBIGUOUS).length).toBeGreaterThanOrEqual(48));

describe("where a request ends in doubt, it is refused with its connection, and what hides behind it is not answered", () => {
  test.each(Object.entries(AMBIGUOUS))("%s", async (_, bytes) => {
    const { text, statuses, closed } = await talk(gateway, bytes);
    expect(statuses).toHaveLength(1);
    expect(statuses[0], text.slice(0, 200)).toBeOneOf([400, 413, 431, 501, 505]);
    expect(closed).toBe(true);
    expect(text).not.toContain('"ok"');
    expect(gateway.simulator.requests).toHaveLength(0);
  });
});

/** Unusual, but with one reading: answered once, and the next request on the connection is the next. */
const PLAIN: Record<string, string> = {
  "a length": headOf(POST, CL) + BODY,
  chunks: headOf(POST, TE) + CHUNKED,
  "chunks in capitals": headOf(POST, "TRANSFER-ENCODING: CHUNKED") + CHUNKED,
  "chunks behind a tab": headOf(POST, "Transfer-Encoding:\tchunked") + CHUNKED,
  "chunks with an extension": headOf(POST, TE) + CHUNKED.replace("\r\n", ";a=b\r\n"),
  "chunks of one byte": `${headOf(POST, TE)}${[...BODY].map((byte) => `1\r\n${byte}\r\n`).join("")}0\r\n\r\n`,
  "the same length twice": headOf(POST, CL, CL) + BODY,
  "a length with zeros before it": headOf(POST, `Content-Length: 000${LENGTH}`) + BODY,
  "a wish for an upgrade": headOf(POST, CL, "Connection: Upgrade", "Upgrade: websocket") + BODY,
  "a wish for HTTP/2":
    headOf(POST, CL, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA") + BODY,
  "a question before the body": headOf(POST, CL, "Expect: 100-continue") + BODY,
};

describe("what has one reading is answered once", () => {
  test.each(Object.entries(PLAIN))("%s", async (_, bytes) => {
    const { statuses, closed } = await talk(gateway, bytes);
    expect(statuses).toEqual([200]);
    expect(closed).toBe(false);
    expect(gateway.simulator.requests).toHaveLength(1);
  });

  test("a body where none is read belongs to its request", async () => {
    for (const line of ["GET /v1/models/openai/gpt-4o HTTP/1.1", "GET /v1/nothing HTTP/1.1", `GET ${CHAT} HTTP/1.1`]) {
      const { statuses, text } = await talk(gateway, headOf(line, `Content-Length: ${HIDDEN.length}`) + HIDDEN);
      expect(statuses).toHaveLength(1);
      expect(text).not.toContain('"ok"');
    }
  });

  test("a body that is refused before it has come belongs to its request too", async () => {
    for (const fields of [["Content-Encoding: gzip"], ["Content-Type: text/plain"], ["Authorization: Bearer wrong"]]) {
      const bytes = headOf(POST, `Content-Length: ${HIDDEN.length}`, ...fields) + HIDDEN;
      const { statuses, text } = await talk(gateway, bytes);
      expect(statuses).toHaveLength(1);
      expect(statuses[0]).toBeOneOf([401, 415]);
      expect(text).not.toContain('"ok"');
    }
  });

  test("trailers are no headers, whatever they say", async () => {
    const trailers = "0\r\nHost: other\r\nContent-Length: 5\r\nAuthorization: Bearer wrong\r\n\r\n";
    const { statuses, text } = await talk(gateway, headOf(POST, TE) + CHUNKED.replace("0\r\n\r\n", trailers) + HIDDEN);
    expect(statuses.length).toBeLessThanOrEqual(1);
    expect(text).not.toContain('"ok"');
    gateway.simulator.forget();
  });
});

describe("requests in a row", () => {
  test("that need nobody else are answered in a row", async () => {
    const { statuses } = await talk(gateway, HIDDEN + HIDDEN.replace("/healthz", "/v1/nothing") + HIDDEN);
    expect(statuses.slice(0, 3)).toEqual([200, 404, 200]);
  });

  test("behind one that takes its time: never more answers than requests, and each with its own row", async () => {
    const rows = await gateway.headgate.gateway.generations.count();
    const { statuses } = await talk(gateway, headOf(POST, CL) + BODY + headOf(POST, CL) + BODY);
    expect(statuses.length).toBeLessThanOrEqual(2);
    await quiet(gateway);
    expect((await gateway.headgate.gateway.generations.count()) - rows).toBeLessThanOrEqual(2);
    expect(gateway.complaints).toEqual([]);
  });
});
