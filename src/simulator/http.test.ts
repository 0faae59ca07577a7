import { describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import { chunk, dateLine, type HttpRequest, headOf, Malformed, RequestReader } from "./http.ts";

/** All requests in these bytes, given in pieces that end at the cuts. */
function readAll(bytes: Buffer, cuts: readonly number[] = []): HttpRequest[] {
  const reader = new RequestReader();
  const found: HttpRequest[] = [];
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < edges.length; i++) {
    // A copy that is spoiled afterwards: the reader must not lean on the bytes it was given.
    const part = Buffer.from(bytes.subarray(edges[i - 1], edges[i]));
    if (part.length === 0) continue;
    reader.push(part);
    for (let request = reader.next(); request !== null; request = reader.next()) found.push(request);
    reader.keep();
    part.fill(0);
  }
  return found;
}

const request = (head: string, body = "") => Buffer.from(`${head.replaceAll("\n", "\r\n")}\r\n\r\n${body}`);

describe("reading requests", () => {
  test("one with a body", () => {
    const [one] = readAll(request("POST /v1/chat/completions?beta=true HTTP/1.1\nHost: a\nContent-Length: 4", "é{}"));
    expect(one).toMatchObject({
      method: "POST",
      path: "/v1/chat/completions",
      query: "beta=true",
      body: "é{}",
      keep: true,
    });
    expect(one?.headers.host).toBe("a");
  });

  test("one without a body", () => {
    expect(readAll(request("GET /v1/models HTTP/1.1\nhost: a"))).toMatchObject([{ method: "GET", body: "" }]);
  });

  test("several that came at once", () => {
    const one = request("POST /a HTTP/1.1\ncontent-length: 3", "one");
    const two = request("POST /b HTTP/1.1\ncontent-length: 3", "two");
    expect(readAll(Buffer.concat([one, two, one])).map(({ path, body }) => path + body)).toEqual([
      "/aone",
      "/btwo",
      "/aone",
    ]);
  });

  test("a body in chunks, with a character cut in two", () => {
    const [high, low] = [Buffer.from("é").subarray(0, 1), Buffer.from("é").subarray(1)];
    const body = Buffer.concat([
      Buffer.from("2\r\nc"),
      high,
      Buffer.from("\r\n5;x=y\r\n"),
      low,
      Buffer.from("rul\r"),
      Buffer.from("\r\n0\r\n\r\n"),
    ]);
    const bytes = Buffer.concat([request("POST /a HTTP/1.1\ntransfer-encoding: chunked"), body]);
    expect(readAll(bytes)).toMatchObject([{ body: "cérul\r" }]);
  });

  test("however they are cut", () => {
    const bytes = Buffer.concat([
      request("POST /first HTTP/1.1\ncontent-length: 6", "é水!"),
      request("POST /second HTTP/1.1\ntransfer-encoding: chunked", '4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n'),
      request("GET /third HTTP/1.1\nx-a: 1\nx-a: 2"),
    ]);
    const whole = readAll(bytes);
    expect(whole.map(({ path, body }) => path + body)).toEqual(["/firsté水!", '/second{"a":1}', "/third"]);
    expect(whole[2]?.headers["x-a"]).toBe("1, 2");
    for (let cut = 1; cut < bytes.length; cut++) expect(readAll(bytes, [cut])).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 20 }), (cuts) => {
        expect(readAll(bytes, cuts)).toEqual(whole);
      }),
    );
  });

  test("a body of megabytes is not copied over and over", () => {
    const body = "x".repeat(20_000_000);
    const bytes = request(`POST /a HTTP/1.1\ncontent-length: ${body.length}`, body);
    const copies = spyOn(Buffer.prototype, "copy");
    const kept = spyOn(Buffer, "from");
    const reader = new RequestReader();
    let read: HttpRequest | null = null;
    for (let from = 0; from < bytes.length; from += 65_536) {
      reader.push(bytes.subarray(from, from + 65_536));
      read ??= reader.next();
      reader.keep();
    }
    const sizes = [...copies.mock.results, ...kept.mock.results].map(({ value }) =>
      Buffer.isBuffer(value) ? value.length : Number(value),
    );
    const copied = sizes.reduce((sum, size) => sum + size, 0);
    copies.mockRestore();
    kept.mockRestore();
    expect(read?.body.length).toBe(body.length);
    // Each byte once when it comes, and a few times more while the room for it doubles.
    expect(copied).toBeGreaterThan(0);
    expect(copied).toBeLessThan(4 * bytes.length);
  });

  test("a client that waits for a word gets one", () => {
    const reader = new RequestReader();
    reader.push(request("POST /a HTTP/1.1\nexpect: 100-continue\ncontent-length: 2"));
    expect(reader.next()).toBeNull();
    expect([reader.waiting, reader.waiting]).toEqual([true, false]);
  });

  test.each([
    ["HTTP/1.1", "", true],
    ["HTTP/1.1", "\nconnection: close", false],
    ["HTTP/1.0", "", false],
    ["HTTP/1.0", "\nConnection: Keep-Alive", true],
  ])("%s%p keeps the connection: %p", (version, line, keep) => {
    expect(readAll(request(`GET / ${version}${line}`))[0]?.keep).toBe(keep);
  });

  test.each([
    "GET",
    "get / HTTP/1.1",
    "GET / SPDY/3",
    "GET http://x/ HTTP/1.1",
    "GET / HTTP/1.1\nno colon",
    "GET / HTTP/1.1\ncontent-length: -1",
    "GET / HTTP/1.1\ncontent-length: 9e99",
  ])("%p is refused", (head) => {
    expect(() => readAll(request(head))).toThrow(Malformed);
  });

  test("a greeting in TLS is refused at its first byte, since it never ends as a head does", () => {
    expect(() => readAll(Buffer.from([0x16, 3, 1, 2, 0, 1]))).toThrow(Malformed);
  });

  test("empty lines before a request are forgiven, cut anywhere", () => {
    const bytes = Buffer.concat([Buffer.from("\r\n\r\n"), request("GET /a HTTP/1.1")]);
    for (let cut = 1; cut < bytes.length; cut++) expect(readAll(bytes, [cut])).toMatchObject([{ path: "/a" }]);
  });

  test("a chunk without a length is refused", () => {
    const bytes = request("POST / HTTP/1.1\ntransfer-encoding: chunked", "zz\r\n");
    expect(() => readAll(bytes)).toThrow(Malformed);
  });

  test("a head without an end is refused at last", () => {
    expect(() => readAll(Buffer.from(`GET / HTTP/1.1\r\nx: ${"y".repeat(300_000)}`))).toThrow(Malformed);
  });
});

describe("writing answers", () => {
  test("a head", () => {
    expect(headOf(529, "a: b\r\n")).toBe("HTTP/1.1 529 \r\na: b\r\n\r\n");
    expect(headOf(404, "")).toBe("HTTP/1.1 404 Not Found\r\n\r\n");
  });

  test("a chunk counts bytes, not letters", () => {
    expect(chunk("é")).toBe("2\r\né\r\n");
    expect(chunk("x".repeat(300))).toStartWith("12c\r\n");
  });

  test("the date", () => {
    expect(dateLine(0)).toBe("date: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
    expect(dateLine(1500)).toBe("date: Thu, 01 Jan 1970 00:00:01 GMT\r\n");
  });
});
