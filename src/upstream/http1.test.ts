import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { HeaderFields } from "../core/headers.ts";
import { AnswerParser, ProtocolFault } from "./http1.ts";

interface Read {
  status: number;
  /** A field that every answer of the corpus has. */
  mark: string | null;
  body: string;
  ended: boolean;
  /** What the parser says when the connection closes after these bytes. */
  wholeAtClose: boolean;
  reusable: boolean;
}

/** Reads one answer from these pieces. */
function read(pieces: readonly string[]): Read {
  const seen = { status: 0, mark: null as string | null, body: "", heads: 0, ends: 0 };
  const parser = new AnswerParser({
    head(status, headers) {
      seen.status = status;
      seen.mark = headers.get("x-mark");
      seen.heads++;
    },
    body(bytes) {
      expect(bytes).not.toBe("");
      expect(seen.heads).toBe(1);
      seen.body += bytes;
    },
    end: () => seen.ends++,
  });
  parser.expect();
  for (const piece of pieces) parser.push(piece);
  const ended = seen.ends === 1;
  const { reusable } = parser;
  const wholeAtClose = parser.close();
  expect(seen.heads).toBeLessThanOrEqual(1);
  expect(seen.ends).toBe(wholeAtClose ? 1 : 0);
  return { status: seen.status, mark: seen.mark, body: seen.body, ended, wholeAtClose, reusable };
}

const answer = (head: string, body = "") => `${head.trim().replaceAll("\n", "\r\n")}\r\n\r\n${body}`;

/** Answers as they may come, and what is to be read from them. */
const CORPUS: Record<string, { bytes: string; is: Partial<Read> }> = {
  "content-length": {
    bytes: answer("HTTP/1.1 200 OK\nX-Mark: m\nContent-Length: 11", "hello\r\n\r\nyo"),
    is: { status: 200, body: "hello\r\n\r\nyo", ended: true, reusable: true },
  },
  "content-length 0": {
    bytes: answer("HTTP/1.1 200 OK\nx-mark: m\ncontent-length: 0"),
    is: { status: 200, body: "", ended: true, reusable: true },
  },
  "names and values in odd dress": {
    bytes: answer("HTTP/1.1 200\nX-MARK:\t m \t\ncOnTeNt-LeNgTh:3  \nx-empty:", "abc"),
    is: { status: 200, body: "abc", ended: true, reusable: true },
  },
  "chunks of every size": {
    bytes: answer(
      "HTTP/1.1 200 OK\nx-mark: m\ntransfer-encoding: chunked",
      `1\r\na\r\n00000F\r\n${"b".repeat(15)}\r\n1a\r\n${"c".repeat(26)}\r\n000000000002\r\n\r\n\r\n0\r\n\r\n`,
    ),
    is: { body: `a${"b".repeat(15)}${"c".repeat(26)}\r\n`, ended: true, reusable: true },
  },
  "chunk extensions and trailers": {
    bytes: answer(
      "HTTP/1.1 200 OK\nx-mark: m\ntransfer-encoding: Chunked",
      '3;name=value\r\none\r\n3 ; quoted="a;b"\r\ntwo\r\n0;last\r\nx-trailer: one\r\nx-checksum: two\r\n\r\n',
    ),
    is: { body: "onetwo", ended: true, reusable: true },
  },
  "chunks that hold what looks like chunks": {
    bytes: answer("HTTP/1.1 200 OK\nx-mark: m\ntransfer-encoding: chunked", "7\r\n0\r\n\r\n1\r\r\n0\r\n\r\n"),
    is: { body: "0\r\n\r\n1\r", ended: true, reusable: true },
  },
  "bytes beyond ASCII": {
    bytes: answer("HTTP/1.1 200 OK\nx-mark: m\ncontent-length: 4\nx-other: \xe9\xff", "\x00\x80\xff\n"),
    is: { body: "\x00\x80\xff\n", ended: true, reusable: true },
  },
  "until the connection closes": {
    bytes: answer("HTTP/1.1 200 OK\nx-mark: m", "all that comes\r\n\r\n0\r\n\r\n"),
    is: { body: "all that comes\r\n\r\n0\r\n\r\n", ended: false, wholeAtClose: true, reusable: false },
  },
  "204": {
    bytes: answer("HTTP/1.1 204 No Content\nx-mark: m"),
    is: { status: 204, body: "", ended: true, reusable: true },
  },
  "204 that speaks of a body it cannot have": {
    bytes: answer("HTTP/1.1 204 No Content\nx-mark: m\ncontent-length: 5"),
    is: { status: 204, body: "", ended: true, reusable: true },
  },
  "204 that speaks of chunks it cannot have": {
    bytes: answer("HTTP/1.1 204 No Content\nx-mark: m\ntransfer-encoding: chunked"),
    is: { status: 204, body: "", ended: true, reusable: true },
  },
  "304": {
    bytes: answer("HTTP/1.1 304 Not Modified\nx-mark: m\ncontent-length: 1234"),
    is: { status: 304, body: "", ended: true, reusable: true },
  },
  "interim answers first": {
    bytes:
      answer("HTTP/1.1 100 Continue") +
      answer("HTTP/1.1 103 Early Hints\ncontent-length: 99\nx-mark: not this one") +
      answer("HTTP/1.1 200 OK\nx-mark: m\ncontent-length: 2", "ok"),
    is: { status: 200, body: "ok", ended: true, reusable: true },
  },
  "as many interim answers as are borne": {
    bytes: `${answer("HTTP/1.1 102 Processing").repeat(8)}${answer("HTTP/1.1 200 OK\nx-mark: m\ncontent-length: 0")}`,
    is: { status: 200, ended: true, reusable: true },
  },
  "connection: close": {
    bytes: answer("HTTP/1.1 200 OK\nx-mark: m\ncontent-length: 2\nConnection: Close", "ok"),
    is: { body: "ok", ended: true, reusable: false },
  },
  "connection: close among others": {
    bytes: answer("HTTP/1.1 200 OK\nx-mark: m\ncontent-length: 2\nconnection: foo, close", "ok"),
    is: { ended: true, reusable: false },
  },
  "connection: keep-alive": {
    bytes: answer("HTTP/1.1 200 OK\nx-mark: m\ncontent-length: 2\nconnection: keep-alive", "ok"),
    is: { ended: true, reusable: true },
  },
  "HTTP/1.0": {
    bytes: answer("HTTP/1.0 200 OK\nx-mark: m\ncontent-length: 2\nconnection: keep-alive", "ok"),
    is: { body: "ok", ended: true, reusable: false },
  },
  "HTTP/1.0 without a length": {
    bytes: answer("HTTP/1.0 200 OK\nx-mark: m", "ok"),
    is: { body: "ok", wholeAtClose: true, reusable: false },
  },
  "a refusal": {
    bytes: answer("HTTP/1.1 503 \nx-mark: m\ncontent-encoding: identity\ncontent-length: 4", "busy"),
    is: { status: 503, body: "busy", ended: true, reusable: true },
  },
  "a hundred fields": {
    bytes: answer(`HTTP/1.1 200 OK\nx-mark: m\ncontent-length: 2\n${"x-more: y\n".repeat(97)}`, "ok"),
    is: { body: "ok", ended: true, reusable: true },
  },
};

describe("an answer reads the same however its bytes are cut:", () => {
  test.each(Object.entries(CORPUS))("%s", (_name, { bytes, is }) => {
    const whole = read([bytes]);
    expect(whole).toMatchObject({ mark: "m", wholeAtClose: true, ...is });
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(read([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(whole);
    }
    expect(read([...bytes])).toEqual(whole);
  });

  test("any cuts at all", () => {
    const answers = Object.values(CORPUS).map(({ bytes }) => bytes);
    fc.assert(
      fc.property(fc.constantFrom(...answers), fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (bytes, at) => {
        const cuts = [0, ...at.map((part) => Math.floor(part * bytes.length)).sort((a, b) => a - b), bytes.length];
        const pieces = cuts.slice(1).map((end, i) => bytes.slice(cuts[i], end));
        expect(read(pieces)).toEqual(read([bytes]));
      }),
      { numRuns: 2000 },
    );
  });
});

describe("an answer that stops short is not whole:", () => {
  const bounded = Object.entries(CORPUS).filter(([, { is }]) => is.ended === true);
  test.each(bounded)("%s", (_name, { bytes }) => {
    for (let cut = 0; cut < bytes.length; cut++) {
      const { ended, wholeAtClose, reusable } = read([bytes.slice(0, cut)]);
      expect({ cut, ended, wholeAtClose, reusable }).toEqual({
        cut,
        ended: false,
        wholeAtClose: false,
        reusable: false,
      });
    }
  });
});

describe("several answers on one connection", () => {
  test("are each read as the answer to their own request", () => {
    const read: string[] = [];
    const parser = new AnswerParser({
      head: (status) => read.push(String(status)),
      body: (bytes) => read.push(bytes),
      end: () => read.push("end"),
    });
    for (const [name, { bytes }] of Object.entries(CORPUS)) {
      if (!CORPUS[name]!.is.reusable) continue;
      parser.expect();
      parser.push(bytes);
      expect(parser.reusable).toBe(true);
      expect(read.at(-1)).toBe("end");
    }
    expect(read.filter((one) => one === "end")).toHaveLength(
      Object.values(CORPUS).filter(({ is }) => is.reusable).length,
    );
  });

  test("do not count each other's interim answers, nor inherit what the last one said of the connection", () => {
    const parser = new AnswerParser({ head() {}, body() {}, end() {} });
    for (let i = 0; i < 20; i++) {
      parser.expect();
      parser.push(answer("HTTP/1.1 103 Hints").repeat(5));
      parser.push(answer("HTTP/1.1 200 OK\ncontent-length: 0\nconnection: close"));
      expect(parser.reusable).toBe(false);
    }
    parser.expect();
    expect(parser.reusable).toBe(false);
    parser.push(answer("HTTP/1.1 200 OK\ncontent-length: 0"));
    expect(parser.reusable).toBe(true);
  });
});

const CHUNKED = "HTTP/1.1 200 OK\ntransfer-encoding: chunked";

/** What must not be read: the bytes, and what of them is heard before the fault shows. */
const REFUSED: Record<string, { bytes: string; says: RegExp; heard?: string }> = {
  "two lengths that differ": {
    bytes: answer("HTTP/1.1 200 OK\ncontent-length: 5\ncontent-length: 6", "hello!"),
    says: /two content-length/,
  },
  "two lengths that agree": {
    bytes: answer("HTTP/1.1 200 OK\nContent-Length: 5\nx: y\ncontent-length: 5", "hello"),
    says: /two content-length/,
  },
  "a list of lengths": { bytes: answer("HTTP/1.1 200 OK\ncontent-length: 5, 5", "hello"), says: /not a number/ },
  "a negative length": { bytes: answer("HTTP/1.1 200 OK\ncontent-length: -5", "hello"), says: /not a number/ },
  "a length with a sign": { bytes: answer("HTTP/1.1 200 OK\ncontent-length: +5", "hello"), says: /not a number/ },
  "a length in hex": { bytes: answer("HTTP/1.1 200 OK\ncontent-length: 0x5", "hello"), says: /not a number/ },
  "an empty length": { bytes: answer("HTTP/1.1 200 OK\ncontent-length:", "hello"), says: /not a number/ },
  "a length beyond counting": {
    bytes: answer("HTTP/1.1 200 OK\ncontent-length: 9999999999999999", "hello"),
    says: /not a number/,
  },
  "a length and chunks": {
    bytes: answer("HTTP/1.1 200 OK\ncontent-length: 5\ntransfer-encoding: chunked", "0\r\n\r\n"),
    says: /contradicts/,
  },
  "chunks and a length": {
    bytes: answer("HTTP/1.1 200 OK\ntransfer-encoding: chunked\ncontent-length: 5", "0\r\n\r\n"),
    says: /contradicts/,
  },
  "two codings": {
    bytes: answer("HTTP/1.1 200 OK\ntransfer-encoding: chunked\ntransfer-encoding: chunked", "0\r\n\r\n"),
    says: /two transfer-encoding/,
  },
  "a coding that is not chunked": {
    bytes: answer("HTTP/1.1 200 OK\ntransfer-encoding: gzip, chunked", "0\r\n\r\n"),
    says: /contradicts/,
  },
  "a coding that only sounds like it": {
    bytes: answer("HTTP/1.1 200 OK\ntransfer-encoding: xchunked", "0\r\n\r\n"),
    says: /contradicts/,
  },
  gzip: { bytes: answer("HTTP/1.1 200 OK\ncontent-encoding: gzip\ncontent-length: 3", "abc"), says: /gzip/ },
  "sixty encodings": {
    bytes: answer(`HTTP/1.1 200 OK\ncontent-encoding: ${Array(60).fill("gzip").join(", ")}\ncontent-length: 3`, "abc"),
    says: /encoded/,
  },
  "a chunk without a size": { bytes: answer(CHUNKED, "\r\nabc\r\n0\r\n\r\n"), says: /no size/ },
  "a chunk whose size is no hex": { bytes: answer(CHUNKED, "3g\r\nabc\r\n0\r\n\r\n"), says: /no size/ },
  "a chunk whose size has a sign": { bytes: answer(CHUNKED, "-3\r\nabc\r\n0\r\n\r\n"), says: /no size/ },
  "a chunk whose size has a prefix": { bytes: answer(CHUNKED, "0x3\r\nabc\r\n0\r\n\r\n"), says: /no size/ },
  "a chunk whose size begins with a space": { bytes: answer(CHUNKED, " 3\r\nabc\r\n0\r\n\r\n"), says: /no size/ },
  "a chunk whose size has a space in it": { bytes: answer(CHUNKED, "1 0\r\nabc\r\n0\r\n\r\n"), says: /no size/ },
  "a chunk whose size is beyond counting": { bytes: answer(CHUNKED, `${"f".repeat(13)}\r\nabc`), says: /no size/ },
  "a chunk that is longer than its size": {
    bytes: answer(CHUNKED, "2\r\nabc\r\n0\r\n\r\n"),
    says: /longer than its size/,
    heard: "ab",
  },
  "a chunk that is shorter than its size": {
    bytes: answer(CHUNKED, "4\r\nabc\r\n0\r\n\r\n"),
    says: /CRLF|longer/,
    heard: "abc\r",
  },
  "a chunk line that ends in LF alone": { bytes: answer(CHUNKED, "3\nabc\r\n0\r\n\r\n"), says: /CRLF/ },
  "a chunk that ends in LF alone": { bytes: answer(CHUNKED, "3\r\nabc\n0\r\n\r\n"), says: /CRLF/, heard: "abc" },
  "a chunk extension without end": {
    bytes: answer(CHUNKED, `3;${"x".repeat(20_000)}`),
    says: /too long/,
  },
  "a trailer without end": {
    bytes: answer(CHUNKED, `0\r\nx: ${"y".repeat(20_000)}`),
    says: /too long/,
  },
  "trailers without end": {
    bytes: answer(CHUNKED, `0\r\n${"x: y\r\n".repeat(101)}\r\n`),
    says: /too many/,
  },
  "a head of 20 KB": {
    bytes: answer(`HTTP/1.1 200 OK\nx: ${"y".repeat(20_000)}\ncontent-length: 0`),
    says: /head.*too large/,
  },
  "a head without end": { bytes: `HTTP/1.1 200 OK\r\nx: ${"y".repeat(20_000)}`, says: /head.*too large/ },
  "1,000 fields": {
    bytes: answer(`HTTP/1.1 200 OK\n${"a: b\n".repeat(1000)}content-length: 0`),
    says: /too many header fields/,
  },
  "a flood of interim answers": {
    bytes: answer("HTTP/1.1 103 Early Hints").repeat(9) + answer("HTTP/1.1 200 OK\ncontent-length: 0"),
    says: /103/,
  },
  "an upgrade": {
    bytes: answer("HTTP/1.1 101 Switching Protocols\nupgrade: websocket", "frames"),
    says: /101/,
  },
  "HTTP/2": { bytes: answer("HTTP/2 200\ncontent-length: 0"), says: /HTTP\/1\.1/ },
  "HTTP/1.2": { bytes: answer("HTTP/1.2 200 OK\ncontent-length: 0"), says: /HTTP\/1\.1/ },
  "HTTP/0.9": { bytes: "<html>\r\n\r\n</html>", says: /HTTP\/1\.1/ },
  "a status of two digits": { bytes: answer("HTTP/1.1 20 OK\ncontent-length: 0"), says: /HTTP\/1\.1/ },
  "a status of four digits": { bytes: answer("HTTP/1.1 2000 OK\ncontent-length: 0"), says: /HTTP\/1\.1/ },
  "a status below all statuses": { bytes: answer("HTTP/1.1 099 Odd\ncontent-length: 0"), says: /HTTP\/1\.1/ },
  "an SSH server": { bytes: "SSH-2.0-OpenSSH_9.2\r\n\r\n", says: /HTTP\/1\.1/ },
  "a TLS alert": { bytes: `\x15\x03\x01\x00\x02\x02\x46${"\r\n\r\n"}`, says: /HTTP\/1\.1/ },
};

/** How an answer is refused, and what was heard of it before. */
function refusal(pieces: readonly string[]): { says: string; heard: string; ended: boolean } {
  let heard = "";
  let ended = false;
  const parser = new AnswerParser({
    head: (_status: number, headers: HeaderFields) => void headers.get("content-type"),
    body: (bytes) => {
      heard += bytes;
    },
    end: () => {
      ended = true;
    },
  });
  parser.expect();
  try {
    for (const piece of pieces) parser.push(piece);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(ProtocolFault);
    expect(parser.reusable).toBe(false);
    return { says: (thrown as Error).message, heard, ended };
  }
  return { says: "(nothing)", heard, ended };
}

describe("refused, whole, in two and byte by byte:", () => {
  test.each(Object.entries(REFUSED))("%s", (_name, { bytes, says, heard = "" }) => {
    const whole = refusal([bytes]);
    expect(whole.says).toMatch(says);
    expect(whole.says.length).toBeLessThan(200);
    expect(whole).toMatchObject({ heard, ended: false });
    expect(refusal([...bytes])).toEqual(whole);
    // Long ones are cut at their ends alone: what fills them is all the same.
    const step = Math.max(1, Math.floor(bytes.length / 400));
    for (let cut = 1; cut < bytes.length; cut += step) {
      expect(refusal([bytes.slice(0, cut), bytes.slice(cut)])).toMatchObject({ ended: false, says: whole.says });
    }
  });
});

describe("bytes that belong to no answer", () => {
  test.each(["HTTP/1.1 200 OK\r\n\r\n", "\r\n", "\0", "x"])("spoil the connection: %j", (extra) => {
    for (const [name, { bytes, is }] of Object.entries(CORPUS)) {
      if (!is.ended) continue;
      let ended = 0;
      const parser = new AnswerParser({ head() {}, body() {}, end: () => ended++ });
      parser.expect();
      expect(() => parser.push(bytes + extra), name).toThrow(ProtocolFault);
      // The answer itself was heard to its end.
      expect(ended).toBe(1);
    }
  });

  test("are refused before anything was asked", () => {
    const parser = new AnswerParser({ head: () => expect.unreachable(), body() {}, end() {} });
    expect(() => parser.push(CORPUS["content-length"]!.bytes)).toThrow("more than its answer");
  });
});

test("the head is searched without regard to case, gives the first of several, and null where there is none", () => {
  let headers: HeaderFields | undefined;
  const parser = new AnswerParser({
    head: (_status, fields) => {
      headers = fields;
    },
    body() {},
    end() {},
  });
  parser.expect();
  parser.push(
    answer("HTTP/1.1 200 OK\nRetry-After: 5\nSet-Cookie: a\nset-cookie: b\nX-Long-Retry-After: 9\ncontent-length: 0"),
  );
  expect(headers?.get("retry-after")).toBe("5");
  expect(headers?.get("set-cookie")).toBe("a");
  expect(headers?.get("cookie")).toBeNull();
  expect(headers?.get("after")).toBeNull();
  expect(headers?.get("http/1.1 200 ok")).toBeNull();
});

test("a body that comes in a million pieces is heard once, in order, however large a chunk claims to be", () => {
  let size = 0;
  const parser = new AnswerParser({
    head() {},
    body: (bytes) => {
      size += bytes.length;
    },
    end() {},
  });
  parser.expect();
  parser.push(answer(CHUNKED, "fffffff\r\n"));
  const piece = "x".repeat(1000);
  for (let i = 0; i < 1000; i++) parser.push(piece);
  expect(size).toBe(1_000_000);
  expect(parser.close()).toBe(false);
});
