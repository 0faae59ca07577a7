import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { TOKEN } from "../../test/access/keys.ts";
import { type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { ROOT } from "../../test/support/process.ts";
import { linked } from "../../test/support/signed-in.ts";
import { builtDashboard, DESKTOP, livedIn, openBrowser, PHONE, type Visit, visit } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(120_000);

/** `HEADGATE_PICTURES=write` takes the pictures of `docs/images/` anew. */
const PICTURES = process.env.HEADGATE_PICTURES === "write" ? join(ROOT, "docs", "images") : undefined;
/** Bytes: whoever clones the repository has all of them. */
const LARGEST_PICTURE = 150_000;

/** Every page that the router knows, and the tabs of those that have several. */
const router = readFileSync(join(ROOT, "dashboard/src/router.tsx"), "utf8");
const PATHS = [...router.matchAll(/\bpage\("([^"]+)"/g)].map(([, path]) => path!);
const TABS = [
  "/keys?tab=teams",
  "/keys?tab=users",
  "/keys?tab=tags",
  "/budgets?tab=limits",
  "/budgets?tab=alarms",
  "/routing?tab=virtual",
  "/routing?tab=preview",
  "/settings?tab=in-force",
  "/settings?tab=access",
  "/settings?tab=audit",
  "/settings?tab=about",
];

let gateway: RunningGateway;
let browser: Browser;
const leave: (() => void)[] = [];
/** Of a request that had to be asked twice. */
let request: string;

beforeAll(async () => {
  const [built, lived] = await Promise.all([builtDashboard(), livedIn(TOKEN)]);
  leave.push(built.remove, lived.remove);
  gateway = await startGateway({ dashboard: built.folder, config: { data: lived.data, admin_token: TOKEN } });
  const said = "[sim every=0 tokens=120] Which of our plans includes single sign-on?";
  const told = { models: ["openai/gpt-5-mini"], messages: [{ role: "user", content: said }], user: "u-1042" };
  const reply = await gateway.post("/v1/chat/completions", { model: "openai/gpt-5", ...told });
  request = reply.headers.get("x-request-id")!;
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  for (const one of leave) one();
});

const pathOf = (path: string) => path.replace("/requests/$id", `/requests/${request}`).replace("/$", "/openai/gpt-5");
const nameOf = (path: string) =>
  path === "/"
    ? "overview"
    : path.slice(1).replace("requests/$id", "request").replace("models/$", "model").replace("?tab=", "-");

async function come(dark: boolean, phone: boolean): Promise<Visit> {
  return await visit(browser, gateway.url, await linked(gateway, { name: "Ada" }), {
    viewport: phone ? PHONE : DESKTOP,
    colorScheme: dark ? "dark" : "light",
    ...(phone ? { isMobile: true, hasTouch: true, deviceScaleFactor: 2 } : {}),
  });
}

describe.each([
  ["in light, on a desk", false, false],
  ["in dark, on a desk", true, false],
  ["in light, on a phone", false, true],
  ["in dark, on a phone", true, true],
] as const)("every page, %s,", (_, dark, phone) => {
  let seen: Visit;
  beforeAll(async () => {
    seen = await come(dark, phone);
  });
  afterAll(async () => {
    await seen?.close();
  });

  test.each([...PATHS, ...TABS])("%s: nothing breaks, moves, is too wide or keeps anybody out", async (path) => {
    seen.faults.length = 0;
    await seen.see(pathOf(path));
    const [moved, isTooWide] = [await seen.shift(), await seen.isTooWide()];
    if (PICTURES !== undefined && !path.includes("?")) await picture(path);
    expect({
      moved: moved > 0.02 ? moved : 0,
      isTooWide,
      barriers: await seen.barriers(dark ? ["color-contrast"] : undefined),
      faults: seen.faults,
    }).toEqual({
      moved: 0,
      isTooWide: false,
      barriers: [],
      faults: [],
    });
  });

  async function picture(path: string): Promise<void> {
    if (phone && dark) return;
    mkdirSync(PICTURES!, { recursive: true });
    const file = join(PICTURES!, `${nameOf(path)}${phone ? "-phone" : dark ? "-dark" : ""}.png`);
    await seen.page.screenshot({ path: file, animations: "disabled", ...(phone ? { scale: "css" } : {}) });
    expect([file, statSync(file).size]).toEqual([file, Math.min(statSync(file).size, LARGEST_PICTURE)]);
  }
});

test("the first view is 300 kB at most, packed, and is asked of the gateway alone", async () => {
  const context = await browser.newContext({ viewport: DESKTOP });
  const page = await context.newPage();
  await page.goto(`${gateway.url}/#sign-in=${await linked(gateway)}`);
  await page.locator("#page").waitFor();
  // Somebody who comes for the first time, but is signed in already.
  const network = await context.newCDPSession(page);
  await network.send("Network.enable");
  await network.send("Network.setCacheDisabled", { cacheDisabled: true });
  const sizes = new Map<string, number>();
  const urls = new Map<string, string>();
  network.on("Network.requestWillBeSent", ({ requestId, request: { url } }) => urls.set(requestId, url));
  network.on("Network.loadingFinished", ({ requestId, encodedDataLength: size }) =>
    sizes.set(urls.get(requestId) ?? "", size),
  );
  await page.goto(gateway.url);
  await page.getByRole("region", { name: "In figures" }).getByRole("link").first().waitFor();
  await page.locator("canvas").first().waitFor();
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  // What was still on its way before.
  sizes.delete("");
  expect([...sizes.keys()].filter((url) => !url.startsWith(gateway.url))).toEqual([]);
  expect(sizes.size).toBeGreaterThan(8);
  expect([total > 50_000, total <= 300_000 || Object.fromEntries(sizes)]).toEqual([true, true]);
  await context.close();
});
