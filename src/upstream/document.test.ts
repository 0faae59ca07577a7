import { afterAll, describe, expect, test } from "bun:test";
import { fetchDocument } from "./document.ts";

/** What is asked for, and how it is answered. */
const asked: Headers[] = [];
let answer: () => Response | Promise<Response>;
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch(request) {
    asked.push(new Headers(request.headers));
    return answer();
  },
});
afterAll(() => server.stop(true));
const url = `http://127.0.0.1:${server.port}/keys`;

/** A body that goes on for ever, in pieces. */
const endless = (size: number) =>
  new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(size).fill(0x20)) }));
const silent = () => new Promise<Response>(() => undefined);

test("a document is the JSON at its address, asked for with what is to be shown", async () => {
  answer = () => Response.json({ keys: [] });
  expect(await fetchDocument(url, { headers: { authorization: "Bearer x" } })).toEqual({ keys: [] });
  const headers = asked.at(-1)!;
  expect(headers.get("authorization")).toBe("Bearer x");
  expect(headers.get("accept")).toBe("application/json");
});

describe("there is none", () => {
  const failing: [string, () => Response | Promise<Response>, RegExp][] = [
    ["behind another status", () => new Response("{}", { status: 404 }), /answered with status 404/],
    ["elsewhere", () => Response.redirect("http://169.254.169.254/"), /answered with status 302/],
    ["that is no JSON", () => new Response("<html>"), /not JSON/],
    ["in nothing", () => new Response(""), /not JSON/],
    ["without an end", () => endless(65_536), /larger than 524288 bytes/],
    [
      "in bytes that grow when they are unpacked",
      () =>
        new Response(Bun.gzipSync(new Uint8Array(4_000_000).fill(0x20)), { headers: { "content-encoding": "gzip" } }),
      /larger than 524288 bytes/,
    ],
  ];
  test.each(failing)("%s", async (_, given, words) => {
    answer = given;
    const fetched = fetchDocument(url, { headers: { authorization: "Bearer s3cret" } });
    await expect(fetched).rejects.toThrow(words);
    await expect(fetched).rejects.not.toThrow("s3cret");
  });

  test("where nobody answers in time, or not to the end", async () => {
    const slow = () =>
      new Response(new ReadableStream({ start: (to) => to.enqueue(new TextEncoder().encode('{"keys":')) }));
    for (const given of [silent, slow]) {
      answer = given;
      await expect(fetchDocument(url, { milliseconds: 50 })).rejects.toThrow("cannot be had");
    }
  });

  test("where nobody is", async () => {
    await expect(fetchDocument("http://127.0.0.1:1/keys")).rejects.toThrow("http://127.0.0.1:1/keys cannot be had");
  });
});
