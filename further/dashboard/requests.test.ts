import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { build } from "../../dashboard/build.ts";
import { generationId } from "../../src/core/id.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import type { GenerationRow } from "../../src/store/generations.ts";
import { ask, chat, made, TOKEN } from "../../test/access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { linked } from "../../test/support/signed-in.ts";
import { openBrowser } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** The list of requests, and one of them in full, in a real browser. */

let folder: string;
let browser: Browser;
let gateway: RunningGateway;
let context: BrowserContext | undefined;
let page: Page;
let faults: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "headgate-dashboard-"));
  await build(join(folder, "built"));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  await context?.close();
  context = undefined;
  await gateway.stop();
  expect(faults).toEqual([]);
});

/** Opens a page at a gateway of its own. @param before what is there by then; returns what is behind the path */
async function opened(
  path: string,
  before: () => Promise<string | undefined> = async () => undefined,
  { role = "admin", width = 1360 }: { role?: "admin" | "viewer"; width?: number } = {},
): Promise<void> {
  faults = [];
  gateway = await startGateway({ dashboard: join(folder, "built"), config: { admin_token: TOKEN } });
  const more = await before();
  context = await browser.newContext({ viewport: { width, height: 860 }, timezoneId: "UTC" });
  page = await context.newPage();
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (said) => said.type() === "error" && faults.push(said.text()));
  page.on("dialog", (dialog) => faults.push(dialog.message()));
  await page.goto(`${gateway.url}/#sign-in=${await linked(gateway, { role })}`);
  await page.locator("main h1").waitFor();
  await page.goto(gateway.url + path + (more ?? ""));
}

/** Asks, and waits for its end. @returns the request's id */
async function sent(said: string, more: object = {}, model = "openai/gpt-5", key?: string): Promise<string> {
  const fields = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const reply = await gateway.post("/v1/chat/completions", chat(model, more, said), fields);
  await reply.text();
  return reply.headers.get("x-request-id")!;
}

/** So many requests of the last hours, the latest first. */
async function written(count: number, of: (i: number) => Partial<GenerationRow> = () => ({})): Promise<string[]> {
  const rows = Array.from({ length: count }, (_, i) => {
    const createdAt = Date.now() - (i + 1) * 60_000;
    return { ...FULL, error: null, ...of(i), createdAt, id: generationId(createdAt) };
  });
  await gateway.headgate.gateway.generations.insert(rows.map((row) => ({ row, charges: [] })));
  return rows.map(({ id }) => id);
}

const rows = () => page.locator("[data-row]");
const firstRow = () => rows().first().getAttribute("data-row");
const search = () => new URL(page.url()).searchParams;
const fallback = { stream: true, providerOptions: { gateway: { models: ["openai/gpt-5-mini"] } } };
const FAULT = "[sim model=gpt-5 status=503] [sim model=openai/gpt-5 status=503] [sim tokens=30]";

test("from a filter to a row to the way that it went, and back", async () => {
  let id = "";
  await opened("/requests", async () => {
    for (let i = 0; i < 3; i++) await sent("[sim tokens=5]", { user: "ann" }, "openai/gpt-5-mini");
    id = await sent(FAULT, { ...fallback, user: "bo" });
    return undefined;
  });
  await rows().nth(3).waitFor();
  await page.getByRole("button", { name: "Filter" }).click();
  await page.getByPlaceholder("Filter by…").fill("end");
  await page.keyboard.press("Enter");
  await page.getByRole("option", { name: "bo" }).click();
  await page.keyboard.press("Escape");
  await page.getByText("That is all.").waitFor();
  expect([search().get("user_id"), await rows().count(), await firstRow()]).toEqual(["bo", 1, id]);
  await page.locator("dl").filter({ hasText: "Spend" }).getByText("1", { exact: true }).waitFor();

  await rows().first().click();
  await page.waitForURL(`**/requests/${id}?*`);
  const attempts = page.getByRole("list", { name: "Attempts, in their order" }).getByRole("listitem");
  await attempts.filter({ hasText: "Answered" }).waitFor();
  const told = await attempts.allInnerTexts();
  expect(told.length).toBeGreaterThan(1);
  for (const failed of told.slice(0, -1)) expect(failed).toContain("upstream_overloaded");
  await page.getByText("openai/gpt-5 was asked for, openai/gpt-5-mini was tried last").waitFor();
  const cost = (await jsonOf(await ask(gateway, "GET", `/admin/generations/${id}`))).market_cost as number;
  const foot = page.getByRole("table", { name: "How the cost comes about" }).locator("tfoot");
  expect((await foot.textContent())!.replace(/[^\d.]/g, "")).toBe(cost.toFixed(9).replace(/(\.\d\d\d*?)0+$/, "$1"));

  await page.locator("main").getByRole("link", { name: "Requests", exact: true }).click();
  await page.waitForURL("**/requests?user_id=bo");
  await page.getByRole("button", { name: "Remove the filter End user" }).click();
  await rows().nth(3).waitFor();
});

test("what comes in slides in at the top; further down it waits until it is wanted", async () => {
  await opened("/requests", () => written(300).then(() => undefined));
  await page.getByText("Live", { exact: true }).first().waitFor();
  const first = await sent("[sim tokens=5]");
  await page.locator(`[data-row="${first}"]`).waitFor();
  expect(await firstRow()).toBe(first);
  await page.locator("[data-list]").evaluate((list) => list.scrollTo({ top: 2000 }));
  await page.locator(`[data-row="${first}"]`).waitFor({ state: "detached" });
  const second = await sent("[sim tokens=5]");
  const button = page.getByRole("button", { name: "1 new" });
  await button.waitFor();
  expect(await page.locator(`[data-row="${second}"]`).count()).toBe(0);
  await button.click();
  await page.locator(`[data-row="${second}"]`).waitFor();
  expect(await firstRow()).toBe(second);
  await button.waitFor({ state: "detached" });
});

test("what nobody told, as another process served it, is there when the list is looked at again", async () => {
  let ids: string[] = [];
  await opened("/requests", async () => {
    ids = await written(5);
    return undefined;
  });
  await page.locator(`[data-row="${ids[0]}"]`).waitFor();
  await page.locator(`[data-row="${ids[0]}"]`).click();
  await page.getByRole("heading", { name: "Route" }).waitFor();
  const elsewhere = await written(1, () => ({ user: "elsewhere" }));
  await page.locator("main").getByRole("link", { name: "Requests", exact: true }).click();
  await page.locator(`[data-row="${elsewhere[0]}"]`).waitFor();
  expect(await rows().count()).toBe(6);
});

test("of those that are filtered only what fits comes in", async () => {
  await opened("/requests?user_id=ann&status=ok", () => sent("[sim tokens=5]", { user: "ann" }).then(() => undefined));
  await rows().first().waitFor();
  await page.getByText("Live", { exact: true }).first().waitFor();
  await sent("[sim tokens=5]", { user: "bo" });
  await sent("[sim status=400]", { user: "ann" });
  const id = await sent("[sim tokens=5]", { user: "ann" });
  await page.locator(`[data-row="${id}"]`).waitFor();
  expect(await rows().count()).toBe(2);
});

test("a long list is read to its end, page by page, and only what is seen is drawn", async () => {
  let ids: string[] = [];
  await opened("/requests", async () => {
    ids = await written(450);
    return undefined;
  });
  await rows().first().waitFor();
  // The end is further down each time that one is there.
  for (const id of [ids[99], ids[199], ids[299], ids[399]]) {
    await page.locator("[data-list]").evaluate((list) => list.scrollTo({ top: list.scrollHeight }));
    await page.locator(`[data-row="${id}"]`).waitFor();
  }
  await page.locator("[data-list]").evaluate((list) => list.scrollTo({ top: list.scrollHeight }));
  await page.getByText("That is all.").waitFor();
  await page.locator(`[data-row="${ids.at(-1)}"]`).waitFor();
  expect(await rows().count()).toBeLessThan(80);
});

test("by keyboard alone: down the list, into a request, to the next, and what is typed is no key", async () => {
  let ids: string[] = [];
  await opened("/requests", async () => {
    ids = await written(120, (i) => ({ user: `u-${i}` }));
    return undefined;
  });
  await rows().first().waitFor();
  for (let i = 0; i < 60; i++) await page.keyboard.press("j");
  await page.keyboard.press("k");
  await page.locator(`[data-row="${ids[58]}"]:focus`).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(`**/requests/${ids[58]}`);
  await page.getByRole("heading", { name: "Route" }).waitFor();
  await page.keyboard.press("j");
  await page.waitForURL(`**/requests/${ids[59]}`);
  await page.keyboard.press("k");
  await page.waitForURL(`**/requests/${ids[58]}`);
  await page.keyboard.press("Escape");
  await page.locator(`[data-row="${ids[58]}"]:focus`).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("u-77");
  await page.waitForURL("**/requests?search=u-77");
  await page.getByText("That is all.").waitFor();
  expect([await rows().count(), await firstRow()]).toEqual([1, ids[77]!]);
});

test("what was said is read only when somebody wants to, which is written down", async () => {
  await opened("/requests/", async () => {
    const { key } = await made(gateway, { name: "keeping", keep_bodies: true });
    const id = await sent("[sim say='It is <b>done</b>.'] <script>alert(1)</script>", { stream: true }, undefined, key);
    while ((await ask(gateway, "GET", `/admin/generations/${id}/bodies`)).status !== 200) await Bun.sleep(5);
    return id;
  });
  const reads = async () => {
    const { data } = await jsonOf(await ask(gateway, "GET", "/admin/audit"));
    return (data as { action: string; actor: string }[]).filter(({ action }) => action === "generation.read");
  };
  const show = page.getByRole("button", { name: "Show the request and its answer" });
  await show.waitFor();
  const before = (await reads()).length;
  await show.click();
  await page.getByText("It is <b>done</b>.", { exact: true }).waitFor();
  await page.getByText("<script>alert(1)</script>").waitFor();
  const asked = page.getByRole("region", { name: "Header fields: Asked" });
  await asked.getByText("user-agent").waitFor();
  expect(await asked.textContent()).not.toContain("authorization");
  await page
    .getByRole("region", { name: /^Header fields: openai:/ })
    .getByText("x-request-id")
    .waitFor();
  const after = await reads();
  expect([after.length - before, after[0]!.actor.startsWith("session:")]).toEqual([1, true]);
});

test("a cost is corrected, with the gateway's own words where it will not have it", async () => {
  await opened("/requests/", () => sent("[sim tokens=1000 every=0]"));
  await page.getByRole("button", { name: "Correct…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Dollars to add").fill("-5");
  await dialog.getByLabel("Reason").fill("billed twice");
  faults = [];
  await dialog.getByRole("button", { name: "Correct" }).click();
  await dialog.getByText("It would have cost less than nothing").waitFor();
  // The browser says of itself that it was refused.
  expect(faults.every((fault) => fault.includes("400"))).toBe(true);
  faults = [];
  await dialog.getByLabel("Dollars to add").fill("0.25");
  await dialog.getByRole("button", { name: "Correct" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("cell", { name: "Corrected: billed twice" }).waitFor();
});

test("a viewer sees everything but what people said, and changes nothing", async () => {
  await opened(
    "/requests/",
    async () => {
      const { key } = await made(gateway, { name: "keeping", keep_bodies: true });
      const id = await sent("[sim tokens=5]", {}, undefined, key);
      while ((await ask(gateway, "GET", `/admin/generations/${id}/bodies`)).status !== 200) await Bun.sleep(5);
      return id;
    },
    { role: "viewer" },
  );
  await page.getByRole("heading", { name: "Route" }).waitFor();
  const show = page.getByRole("button", { name: "Show the request and its answer" });
  const correct = page.getByRole("button", { name: "Correct…" });
  expect(await Promise.all([show.isDisabled(), correct.isDisabled()])).toEqual([true, true]);
  expect([await show.getAttribute("title"), await correct.getAttribute("title")]).toEqual([
    "Only an admin may read what people said.",
    "You are signed in as a viewer: an admin can change this.",
  ]);
});

test("on a phone nothing is wider than the screen, and a card leads to its request", async () => {
  await opened("/requests", () => sent(FAULT, fallback).then(() => undefined), { width: 390 });
  await rows().first().waitFor();
  const isWider = () => page.evaluate("document.documentElement.scrollWidth > innerWidth");
  expect(await isWider()).toBe(false);
  await rows().first().click();
  await page.getByRole("heading", { name: "Route" }).waitFor();
  expect(await isWider()).toBe(false);
  await page.getByText("A key with “Keep what is asked and answered” has both kept").waitFor();
});

test("names that clients choose are text and nothing else", async () => {
  const evil = `"><img src=x onerror=alert(1)>`;
  let ids: string[] = [];
  await opened("/requests", async () => {
    ids = await written(1, () => ({
      user: evil,
      requested: evil,
      appTitle: evil,
      appUrl: "javascript:alert(1)",
      tags: JSON.stringify([evil]),
      dropped: JSON.stringify([evil]),
    }));
    return undefined;
  });
  await rows().first().waitFor();
  await page.goto(`${gateway.url}/requests/${ids[0]}?search=${encodeURIComponent(evil)}`);
  await page.getByRole("heading", { name: "Not obeyed" }).waitFor();
  expect(await page.locator("img, a[href^='javascript']").count()).toBe(0);
});

test("a request that is gone leads to those of its time, and one of no such id to where it is looked for", async () => {
  const at = Date.now() - 500 * 86_400_000;
  let ids: string[] = [];
  await opened(`/requests/${generationId(at)}`, async () => {
    ids = await written(1);
    return undefined;
  });
  await page.getByText("Single requests are kept for 400 days").waitFor();
  expect(await page.getByRole("button", { name: "Look again" }).count()).toBe(0);
  await page.getByRole("link", { name: "Requests around then" }).click();
  await page.waitForURL("**/requests?from=*");
  const asked = new URL(page.url()).searchParams;
  const [from, to] = ["from", "to"].map((name) => Date.parse(asked.get(name)!));
  expect([from! < at, to! > at, to! - from!]).toEqual([true, true, 61 * 60_000]);
  const near = Date.parse((await jsonOf(await ask(gateway, "GET", "/admin/generations"))).data[0].created_at);
  await page.goto(`${gateway.url}/requests/${generationId(near)}`);
  await page.getByText("requests are kept for 400 days").waitFor();
  await page.getByRole("link", { name: "Requests around then" }).click();
  await page.locator(`[data-row="${ids[0]}"]`).waitFor();
  await page.goto(`${gateway.url}/requests/resp_123`);
  await page.getByText("this is another").waitFor();
  await page.getByRole("link", { name: "Look for it in all requests" }).click();
  await page.waitForURL("**/requests?search=resp_123");
  // The browser says of itself that it was refused.
  expect(faults.every((fault) => fault.includes("404"))).toBe(true);
  faults = [];
});

test("of those that worked there are sums as of those that failed", async () => {
  const rows = [
    { error: null, cost: 3_000_000_000, input: 10 },
    { error: null, cost: 2_000_000_000, input: 20 },
    { error: "upstream_truncated", cost: 500_000_000, input: 400 },
  ];
  await opened("/requests?status=ok", () => written(3, (i) => ({ ...rows[i]!, byok: false })).then(() => undefined));
  const sums = page.locator("dl").first();
  await sums.getByText("$5.00", { exact: true }).waitFor();
  expect((await sums.locator("dd").allInnerTexts()).slice(0, 2)).toEqual(["2", "0 0 %"]);
  await sums.getByTitle("30", { exact: true }).waitFor();
});

test("a filter that the gateway does not know is told in its words", async () => {
  await opened("/requests");
  await page.goto(`${gateway.url}/requests?min_cost=much`);
  await page.getByText("min_cost must be dollars").waitFor();
  await page.getByRole("button", { name: "Remove the filter Cost" }).click();
  await page.getByText("No requests yet").waitFor();
  expect(faults.every((fault) => /40[04]/.test(fault))).toBe(true);
  faults = [];
});

test("all that is filtered is exported", async () => {
  await opened("/requests?user_id=u-1", () => written(5, (i) => ({ user: `u-${i % 2}` })).then(() => undefined));
  await rows().first().waitFor();
  await page.getByRole("button", { name: "Export" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "CSV, for spreadsheets" }).click(),
  ]);
  const lines = readFileSync(await download.path(), "utf8")
    .trim()
    .split("\r\n");
  expect([download.suggestedFilename().endsWith(".csv"), lines.length]).toEqual([true, 3]);
});
