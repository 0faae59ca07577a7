import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { ROUTES } from "../../src/admin/routes.ts";
import { isDashboardPath } from "../../src/http/pages.ts";
import { rowOf, SURFACE } from "../../src/http/surface.ts";
import { jsonOf, type RunningGateway, startGateway } from "../support/gateway.ts";

const PAGE = '<!doctype html><script type="module" src="/assets/main-abc123.js"></script>';
const SCRIPT = `console.log("${"headgate ".repeat(100)}");`;
const HTML = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

let folder: string;
let gateway: RunningGateway;
let unbuilt: RunningGateway;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-dashboard-"));
  mkdirSync(join(folder, "assets"));
  put("index.html", PAGE);
  put("assets/main-abc123.js", SCRIPT);
  writeFileSync(join(folder, "assets", "inter-1.woff2"), "font");
  writeFileSync(join(folder, "secret.js"), "not here");
  gateway = await startGateway({ dashboard: folder });
  unbuilt = await startGateway({ dashboard: join(folder, "nowhere") });
});
afterAll(async () => {
  await gateway.stop();
  await unbuilt.stop();
  rmSync(folder, { recursive: true });
});

function put(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, `${name}.br`), brotliCompressSync(text));
  writeFileSync(join(folder, `${name}.gz`), gzipSync(text));
}

/** A reply as it comes, not unpacked. */
const ask = (path: string, headers: Record<string, string> = HTML, method = "GET", at = gateway) =>
  fetch(at.url + path, {
    method,
    headers: { "accept-encoding": "identity", ...headers },
    decompress: false,
  } as RequestInit);

describe("the page", () => {
  test.each(["/", "/requests", "/requests/gen_01", "/models/openai/gpt-5", "/settings/", "/keys?team=a"])(
    "stands at %s",
    async (path) => {
      const reply = await ask(path);
      expect([reply.status, reply.headers.get("content-type"), await reply.text()]).toEqual([
        200,
        "text/html; charset=utf-8",
        PAGE,
      ]);
    },
  );

  test("is asked for anew each time, and told again where it is another", async () => {
    const first = await ask("/");
    const etag = first.headers.get("etag")!;
    expect([first.headers.get("cache-control"), etag]).toEqual(["no-cache", expect.stringMatching(/^"\w+"$/)]);
    const known = await ask("/", { ...HTML, "if-none-match": `"x", ${etag}` });
    expect([known.status, await known.text(), known.headers.get("etag")]).toEqual([304, "", etag]);
    put("index.html", `${PAGE}<!-- of another edition -->`);
    const other = await ask("/", { ...HTML, "if-none-match": etag });
    expect([other.status, await other.text()]).toEqual([200, expect.stringContaining("another edition")]);
    put("index.html", PAGE);
  });

  test("has no body where only its head is asked for", async () => {
    const reply = await ask("/requests", HTML, "HEAD");
    expect([reply.status, await reply.text()]).toEqual([200, ""]);
  });

  test("is at / for whoever takes anything, and nowhere else", async () => {
    expect((await ask("/", { accept: "*/*" })).status).toBe(200);
    expect((await ask("/", { accept: "application/json" })).status).toBe(404);
    for (const accept of ["*/*", "application/json"])
      expect(await jsonOf(await ask("/models", { accept }))).toMatchObject({ error: { code: "not_found" } });
    expect((await ask("/requests", HTML, "POST")).status).toBe(404);
  });

  test("is none of the paths that clients go wrong at: they are told so in their own words", async () => {
    for (const path of [
      "/chat/completions",
      "/v1/nothing",
      "/claude-code/nothing",
      "/v1",
      "/admin/",
      "/adminx",
      "/metricz",
    ]) {
      const reply = await ask(path);
      expect([path, reply.headers.get("content-type")]).toEqual([path, expect.stringContaining("application/json")]);
    }
  });

  test("says to people, where there is none, that there is none; and to all others in words for programs", async () => {
    for (const path of ["/nope", "/requestsx", "/a/b/c?d", "/<script>alert(1)</script>"]) {
      const reply = await ask(path);
      expect([reply.status, reply.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
      const text = await reply.text();
      expect(text).toContain('<h1 class="font-semibold">There is no such page</h1>');
      expect(text).not.toMatch(/type="module"|alert/);
      expect(reply.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(await (await ask(path, HTML, "HEAD")).text()).toBe("");
      for (const other of [
        ask(path, { accept: "*/*" }),
        ask(path, HTML, "POST"),
        ask(path, HTML, "GET", unbuilt),
        ask(path, { ...HTML, host: "evil.example" }),
      ])
        expect(await jsonOf(await other)).toMatchObject({ error: { code: "not_found" } });
    }
  });

  test("takes no path from anybody", () => {
    for (const path of [...Object.keys(SURFACE), ...ROUTES.map(({ path }) => path)])
      expect([path, isDashboardPath(path)]).toEqual([path, false]);
    for (const path of ["/", "/requests", "/models/a"]) expect(rowOf(path)).toBeUndefined();
  });

  test("where it is not built, says how", async () => {
    const reply = await ask("/", HTML, "GET", unbuilt);
    expect([reply.status, await reply.text()]).toEqual([503, expect.stringContaining("npm run dashboard")]);
    expect((await ask("/assets/main-abc123.js", HTML, "GET", unbuilt)).status).toBe(404);
  });
});

describe("what it loads", () => {
  test("goes out packed for who takes that, and is never asked for again", async () => {
    const replies = [];
    for (const coding of ["gzip, deflate, br, zstd", "gzip, br;q=0", "br;q=0.5", "deflate", "*"]) {
      const reply = await ask("/assets/main-abc123.js", { "accept-encoding": coding });
      const bytes = Buffer.from(await reply.arrayBuffer());
      const said = reply.headers.get("content-encoding");
      const text = said === "br" ? brotliDecompressSync(bytes) : said === "gzip" ? gunzipSync(bytes) : bytes;
      expect(text.toString()).toBe(SCRIPT);
      expect(reply.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(reply.headers.get("vary")).toBe("accept-encoding");
      expect(reply.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
      replies.push(said);
    }
    expect(replies).toEqual(["br", "gzip", "br", null, null]);
  });

  test("goes out as it is where nobody has packed it", async () => {
    const reply = await ask("/assets/inter-1.woff2", { "accept-encoding": "br" });
    expect([reply.headers.get("content-encoding"), reply.headers.get("content-type"), await reply.text()]).toEqual([
      null,
      "font/woff2",
      "font",
    ]);
  });

  test.each([
    "/assets/main-abc124.js",
    "/assets/main-abc123.js.br",
    "/assets/",
    "/assets/../secret.js",
    "/assets/..%2fsecret.js",
    "/assets/%2e%2e/secret.js",
    "/assets/..%5csecret.js",
    "/assets//etc/passwd",
    "/assets/.env.js",
    "/assets/main-abc123.js%00.js",
    "/secret.js",
    "/index.html",
  ])("is nothing else that lies there: %s", async (path) => {
    // By hand: `fetch` would resolve the dots.
    const reply = await fetch(gateway.url + path, { headers: HTML });
    expect([reply.status, await reply.text()]).toEqual([404, expect.not.stringContaining("not here")]);
  });
});

describe("everything that a browser is given", () => {
  const PATHS = ["/", "/requests", "/assets/main-abc123.js", "/assets/none.js"];

  test.each(PATHS)("keeps to a strict policy: %s", async (path) => {
    const { headers } = await ask(path);
    const policy = headers.get("content-security-policy")!;
    const rules = new Map(policy.split("; ").map((one) => [one.split(" ")[0], one.split(" ").slice(1).join(" ")]));
    expect(rules.get("default-src")).toBe("'none'");
    for (const [name, allowed] of rules)
      expect([name, allowed]).toEqual([name, expect.stringMatching(/^('none'|'self'( data:)?)$/)]);
    expect(rules.get("script-src")).toBe("'self'");
    expect(rules.get("style-src")).toBe("'self'");
    expect(rules.get("frame-ancestors")).toBe("'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.get("access-control-allow-origin")).toBeNull();
    expect(headers.getSetCookie()).toEqual([]);
  });

  test("is given by no name that somebody else can lead here", async () => {
    for (const path of PATHS) {
      const reply = await ask(path, { ...HTML, host: "rebound.example" });
      expect([path, reply.status, await reply.text()]).toEqual([path, 400, expect.stringContaining("admin_hosts")]);
    }
  });
});

test("the dashboard's own paths are those that are served", () => {
  const router = readFileSync(join(import.meta.dir, "../../dashboard/src/router.tsx"), "utf8");
  const paths = [...router.matchAll(/\bpage\("([^"]+)"/g)].map(([, path]) => path!.replace(/\$\w*/g, "x"));
  expect(paths.length).toBeGreaterThan(5);
  expect(paths.filter((path) => !isDashboardPath(path))).toEqual([]);
});
