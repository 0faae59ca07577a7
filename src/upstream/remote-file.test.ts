import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { GatewayError } from "../core/error.ts";
import { fetchFile, type Network } from "./remote-file.ts";

const PNG = Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.from("the rest")]);
const LIMITS = { bytes: 1000, milliseconds: 2000 };

let server: Bun.Server<undefined>;
let asked: { host: string | null; path: string; headers: Headers }[];
let answer: (request: Request) => Response | Promise<Response>;
beforeEach(() => {
  asked = [];
  answer = () => new Response(PNG, { headers: { "content-type": "text/plain" } });
  server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname, search } = new URL(request.url);
      asked.push({ host: request.headers.get("host"), path: pathname + search, headers: request.headers });
      return answer(request);
    },
  });
});
afterEach(() => server.stop(true));

/** A network in which every name but those given leads to the server, and everything is allowed. */
function networkOf(names: Record<string, string[]> = {}, isAllowed = (_ip: string) => true): Network {
  return { resolve: async (host) => names[host] ?? ["127.0.0.1"], isAllowed };
}

const at = (path: string, host = "files.example") => `http://${host}:${server.port}${path}`;

async function refusalOf(fetching: Promise<unknown>): Promise<string> {
  const thrown = await fetching.catch((error: unknown) => error);
  if (!(thrown instanceof GatewayError)) throw new Error(`not refused: ${String(thrown)}`);
  expect([thrown.code, thrown.status]).toEqual(["unsupported", 400]);
  return thrown.message;
}

describe("a file", () => {
  test("is fetched by its name from the address that the name has", async () => {
    const file = await fetchFile(at("/a%2Fb.png?size=2"), LIMITS, networkOf());
    expect(file).toEqual({ from: "data", mediaType: "image/png", base64: PNG.toString("base64") });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ host: `files.example:${server.port}`, path: "/a%2Fb.png?size=2" });
  });

  test("is asked for without anything of ours or the client's", async () => {
    await fetchFile(at("/"), LIMITS, networkOf());
    const names = [...asked[0]!.headers.keys()].filter((name) => name !== "connection").sort();
    expect(names).toEqual(["accept", "accept-encoding", "host", "user-agent"]);
  });

  test.each([
    ["image/png", PNG],
    ["image/jpeg", Buffer.from("\xff\xd8\xff\xe0....", "latin1")],
    ["image/gif", Buffer.from("GIF89a....")],
    ["image/webp", Buffer.from("RIFF....WEBPVP8 ")],
    ["application/pdf", Buffer.from("%PDF-1.7\n")],
  ])("that begins like %s is that, whatever its server says", async (mediaType, bytes) => {
    answer = () => new Response(bytes, { headers: { "content-type": "application/octet-stream" } });
    expect(await fetchFile(at("/"), LIMITS, networkOf())).toHaveProperty("mediaType", mediaType);
  });

  test("that begins like nothing known is what its server says", async () => {
    answer = () => new Response("a,b\n", { headers: { "content-type": "Text/CSV; charset=utf-8" } });
    expect(await fetchFile(at("/"), LIMITS, networkOf())).toHaveProperty("mediaType", "text/csv");
  });

  test("is followed where it has moved", async () => {
    answer = (request) =>
      new URL(request.url).pathname === "/new"
        ? new Response(PNG)
        : new Response(null, { status: 302, headers: { location: "/new" } });
    expect(await fetchFile(at("/old"), LIMITS, networkOf())).toHaveProperty("mediaType", "image/png");
    expect(asked.map(({ path }) => path)).toEqual(["/old", "/new"]);
  });
});

describe("nobody is asked", () => {
  test.each([
    ["this machine, by number", "http://127.0.0.1:PORT/"],
    ["this machine, in short", "http://127.1:PORT/"],
    ["this machine, in hexadecimal", "http://0x7f000001:PORT/"],
    ["this machine, as one number", "http://2130706433:PORT/"],
    ["this machine, in wide digits", "http://１２７.０.０.１:PORT/"],
    ["this machine, by IPv6", "http://[::1]:PORT/"],
    ["this machine, in IPv6 clothes", "http://[::ffff:127.0.0.1]:PORT/"],
    ["this machine, by name", "http://localhost:PORT/"],
    ["a machine of a private network", "http://192.168.0.1/"],
    ["cloud metadata", "http://169.254.169.254/latest/meta-data/"],
  ])("at %s", async (_what, url) => {
    const message = await refusalOf(fetchFile(url.replace("PORT", String(server.port)), LIMITS));
    expect(message).toContain("not on the public internet");
    expect(asked).toEqual([]);
  });

  test("where a name has one address that is not allowed among others", async () => {
    const network = networkOf({ "two.example": ["127.0.0.1", "10.0.0.1"] }, (ip) => ip !== "10.0.0.1");
    expect(await refusalOf(fetchFile(at("/", "two.example"), LIMITS, network))).toContain("public internet");
    expect(asked).toEqual([]);
  });

  test("where a redirect leads to what is not allowed", async () => {
    answer = () =>
      new Response(null, { status: 307, headers: { location: `http://inner.example:${server.port}/admin` } });
    const network = networkOf({ "inner.example": ["10.0.0.1"] }, (ip) => ip !== "10.0.0.1");
    expect(await refusalOf(fetchFile(at("/"), LIMITS, network))).toContain("public internet");
    expect(asked.map(({ path }) => path)).toEqual(["/"]);
  });

  test("twice what a name means: the address that was checked is the one that is reached", async () => {
    const answers = [["127.0.0.1"], ["10.0.0.1"]];
    const network: Network = { resolve: async () => answers.shift()!, isAllowed: (ip) => ip === "127.0.0.1" };
    await fetchFile(at("/"), LIMITS, network);
    expect(answers).toHaveLength(1);
  });

  test.each([
    ["file:///etc/passwd", "only https:// and http://"],
    ["ftp://files.example/a.png", "only https:// and http://"],
    ["http://user:secret@files.example/", "password"],
    ["no address", "no address of a file"],
  ])("for %s", async (url, why) => {
    const message = await refusalOf(fetchFile(url, LIMITS, networkOf()));
    expect(message).toContain(why);
    expect(message).not.toContain("secret");
    expect(asked).toEqual([]);
  });
});

describe("a file is refused", () => {
  test("that is too large, as soon as it is", async () => {
    let sent = 0;
    answer = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 400;
            controller.enqueue(new Uint8Array(400));
          },
        }),
      );
    expect(await refusalOf(fetchFile(at("/"), LIMITS, networkOf()))).toContain("larger than 1000 bytes");
    expect(sent).toBeLessThan(10_000_000);
  });

  test("whose server says no", async () => {
    answer = () => new Response("secret page", { status: 403 });
    const message = await refusalOf(fetchFile(at("/?token=abc"), LIMITS, networkOf()));
    expect(message).toContain("status 403");
    // Neither what the server said nor the query, which may be a secret, is told to anybody.
    expect(message).not.toMatch(/secret page|abc/);
  });

  test("that does not come in time", async () => {
    answer = () => new Promise(() => {});
    const message = await refusalOf(fetchFile(at("/"), { bytes: 1000, milliseconds: 50 }, networkOf()));
    expect(message).toContain("did not come in time");
  });

  test("that begins and does not end in time", async () => {
    answer = () => new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) }));
    const message = await refusalOf(fetchFile(at("/"), { bytes: 1000, milliseconds: 100 }, networkOf()));
    expect(message).toContain("did not come in time");
  });

  test("that is moved for ever", async () => {
    answer = () => new Response(null, { status: 301, headers: { location: "/" } });
    expect(await refusalOf(fetchFile(at("/"), LIMITS, networkOf()))).toContain("more than 3 times");
    expect(asked).toHaveLength(4);
  });

  test.each([[null], ["http://"]])("that is moved to nowhere (%p)", async (location) => {
    answer = () => new Response(null, { status: 302, headers: location === null ? {} : { location } });
    expect(await refusalOf(fetchFile(at("/"), LIMITS, networkOf()))).toContain("leads nowhere");
  });

  test("whose name nobody knows", async () => {
    const unknown: Network = { resolve: () => Promise.reject(new Error("ENOTFOUND")), isAllowed: () => true };
    expect(await refusalOf(fetchFile(at("/"), LIMITS, unknown))).toContain("its name is not known");
    expect(await refusalOf(fetchFile(at("/"), LIMITS, networkOf({ "files.example": [] })))).toContain("not known");
  });

  test("where nobody listens", async () => {
    await server.stop(true);
    expect(await refusalOf(fetchFile(at("/"), LIMITS, networkOf()))).toContain("the connection failed");
  });
});
