import { afterAll, beforeAll, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { build } from "../../dashboard/build.ts";
import { ask, TOKEN } from "../../test/access/keys.ts";
import { type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { linked } from "../../test/support/signed-in.ts";
import { openBrowser } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** What a real browser does with the connection by which pages hear what happens. */

let folder: string;
let gateway: RunningGateway;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-dashboard-"));
  await build(join(folder, "built"));
  gateway = await startGateway({ dashboard: join(folder, "built"), config: { admin_token: TOKEN } });
  browser = await openBrowser();
  context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${gateway.url}/#sign-in=${await linked(gateway)}`);
  await page.getByRole("navigation").first().waitFor();
  await page.close();
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const seen = (page: Page, text: string) => page.getByText(text).filter({ visible: true }).first().waitFor();
const isLive = (page: Page) => seen(page, "0 open streams");

/** The browser itself does so with a page that is behind another. */
const leftBehind = async (page: Page) => {
  await page.evaluate(`
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  `);
  await page.clock.fastForward(20_000);
};

test("eight pages of the dashboard are open, and each is answered", async () => {
  for (let i = 0; i < 8; i++) {
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(`${gateway.url}/keys`);
    await isLive(page);
    await leftBehind(page);
  }
  for (const page of context.pages()) await page.close();
});

test("a gateway that was away is heard again without a click, with what was changed meanwhile", async () => {
  const page = await context.newPage();
  // What a proxy says while it starts anew.
  await page.route("**/admin/events", (route) => route.fulfill({ status: 502, body: "Bad Gateway" }));
  await page.goto(`${gateway.url}/keys?tab=teams`);
  await seen(page, "Connecting…");
  await seen(page, "No teams yet");
  await ask(gateway, "POST", "/admin/teams", { name: "Heard of later" });
  await page.unroute("**/admin/events");
  await seen(page, "Heard of later");
  await isLive(page);
  await page.close();
});

test("who is signed out elsewhere is asked who they are, without a click", async () => {
  const page = await context.newPage();
  await page.goto(`${gateway.url}/keys`);
  await isLive(page);
  await ask(gateway, "DELETE", "/admin/sessions");
  await page.getByLabel("Admin token").waitFor();
});
