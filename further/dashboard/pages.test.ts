import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { ask, chat, TOKEN } from "../../test/access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { ROOT } from "../../test/support/process.ts";
import { linked } from "../../test/support/signed-in.ts";
import {
  builtDashboard,
  DESKTOP,
  livedIn,
  openBrowser,
  PAGE_PATHS,
  PHONE,
  TAB_PATHS,
  type Visit,
  visit,
} from "./browser.ts";
import { inFewColours } from "./picture.ts";

// A browser, on machines that are busy.
setDefaultTimeout(120_000);

/** `HEADGATE_PICTURES=write` takes the pictures of `docs/images/` anew. */
const PICTURES = process.env.HEADGATE_PICTURES === "write" ? join(ROOT, "docs", "images") : undefined;
/** Bytes: whoever clones the repository has all of them. */
const LARGEST_PICTURE = 150_000;

/** Of which a picture is taken as a phone shows them. */
const ON_PHONES = ["/", "/requests", "/requests/$id", "/playground", "/keys"];

let gateway: RunningGateway;
let browser: Browser;
const leave: (() => void)[] = [];
/** One that had to ask twice. */
let request: string;

beforeAll(async () => {
  const [built, lived] = await Promise.all([builtDashboard(), livedIn(TOKEN)]);
  leave.push(built.remove, lived.remove);
  const config = { data: lived.data, admin_token: TOKEN, retries: { same_endpoint: 0 } };
  gateway = await startGateway({ dashboard: built.folder, remembers: true, config });
  const models = ["anthropic/claude-sonnet-4.5", "mistral/mistral-large", "openai/gpt-5", "openai/gpt-5-mini"];
  const told = { stream: true, user: "u-1042" };
  const asked = models.map((model) =>
    gateway.post("/v1/chat/completions", chat(model, told, "[sim pause=400ms every=9ms tokens=60] Hi")),
  );
  for (const reply of await Promise.all(asked)) await reply.text();
  const wanted = "model=openai/gpt-5&provider=azure&provider=openrouter&streamed=true&status=ok&limit=1";
  const found = await jsonOf(await ask(gateway, "GET", `/admin/generations?${wanted}`));
  request = found.data[0].id;
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

test("no page is forgotten here", () => {
  const router = readFileSync(join(ROOT, "dashboard/src/router.tsx"), "utf8");
  expect([...router.matchAll(/import\("\.\/pages\//g)]).toHaveLength(PAGE_PATHS.length);
  expect(TAB_PATHS.length).toBeGreaterThan(10);
});

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

  test.each([...PAGE_PATHS, ...TAB_PATHS])(
    "%s: nothing breaks, moves, is too wide or keeps anybody out",
    async (path) => {
      seen.faults.length = 0;
      await seen.see(pathOf(path));
      const [{ score, moved }, isTooWide] = [await seen.shift(), await seen.isTooWide()];
      if (PICTURES !== undefined && !path.includes("?")) await picture(path);
      expect({
        moved: score > 0.02 ? moved : [],
        isTooWide,
        barriers: await seen.barriers(dark ? ["color-contrast"] : undefined),
        faults: seen.faults,
      }).toEqual({
        moved: [],
        isTooWide: false,
        barriers: [],
        faults: [],
      });
    },
  );

  async function picture(path: string): Promise<void> {
    if (phone && (dark || !ON_PHONES.includes(path))) return;
    const file = join(PICTURES!, `${nameOf(path)}${phone ? "-phone" : dark ? "-dark" : ""}.png`);
    if (path === "/") await seen.see("/?range=7d");
    if (path === "/playground") await talk(seen);
    const taken = inFewColours(await seen.page.screenshot({ animations: "disabled" }));
    await Bun.write(file, taken);
    expect([file, taken.length <= LARGEST_PICTURE]).toEqual([file, true]);
  }
});

/** A conversation with two at once: an empty page says little. */
async function talk({ see, page }: Visit): Promise<void> {
  await see("/playground?model=openai/gpt-5&model=anthropic/claude-sonnet-4.5");
  await page.getByLabel("What is said").fill("Which of our plans includes single sign-on?");
  await page.keyboard.press("Control+Enter");
  for (const answer of [0, 1]) await page.getByRole("link", { name: "Request", exact: true }).nth(answer).waitFor();
}

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
