import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { build } from "../../dashboard/build.ts";
import { generationId } from "../../src/core/id.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import type { GenerationRow } from "../../src/store/generations.ts";
import { chat, TOKEN } from "../../test/access/keys.ts";
import { type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { linked } from "../../test/support/signed-in.ts";
import { openBrowser } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** What a person opens first, in a real browser. */

let folder: string;
let gateway: RunningGateway;
let browser: Browser;
let context: BrowserContext;
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
beforeEach(async () => {
  faults = [];
});

/** Opens the page at a gateway of its own. */
async function opened(path: string, before: () => Promise<unknown> = async () => undefined): Promise<void> {
  gateway = await startGateway({ dashboard: join(folder, "built"), config: { admin_token: TOKEN } });
  await before();
  context = await browser.newContext({ viewport: { width: 1360, height: 900 }, timezoneId: "UTC" });
  page = await context.newPage();
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (said) => said.type() === "error" && faults.push(said.text()));
  await page.goto(`${gateway.url}/#sign-in=${await linked(gateway)}`);
  await page.getByRole("navigation").first().waitFor();
  await page.goto(gateway.url + path);
}

async function closed(): Promise<void> {
  await context.close();
  await gateway.stop();
  expect(faults).toEqual([]);
}

const figure = (label: string) => page.getByRole("region", { name: "In figures" }).getByRole("link", { name: label });
const MINUTE = 60_000;

/** Requests that ended minutes ago. */
async function write(rows: readonly (Partial<GenerationRow> & { minutesAgo: number })[]): Promise<void> {
  const all = rows.map(({ minutesAgo, ...row }) => {
    const createdAt = Date.now() - minutesAgo * MINUTE;
    return { ...FULL, error: null, byok: false, ...row, createdAt, id: generationId(createdAt) };
  });
  await gateway.headgate.gateway.generations.insert(all.map((row) => ({ row, charges: [] })));
}

test("nobody has asked for anything yet: it leads to how to begin, and not again to who comes back", async () => {
  await opened("/");
  await page.waitForURL("**/start");
  await page.getByRole("link", { name: "Overview" }).click();
  await page.getByText("No request has come in yet.").waitFor();
  await page.getByText("No requests in this time").first().waitFor();
  expect(new URL(page.url()).pathname).toBe("/");
  await closed();
});

test("what came in stands in its figures, and each leads to the requests behind it", async () => {
  await opened("/", async () => {
    await gateway.post("/v1/chat/completions", chat("openai/gpt-5", { user: "ada" }, "[sim tokens=20] Hi"));
    await gateway.post("/v1/chat/completions", chat("openai/gpt-5", { user: "ada" }, "[sim tokens=20] Hi"));
    await gateway.post("/v1/chat/completions", chat("openai/gpt-5-mini", { user: "bo" }, "[sim status=503] Hi"));
  });
  await figure("Requests 3").waitFor();
  await figure("Output tokens 40").waitFor();
  await page
    .getByRole("table", { name: "Sums by model" })
    .getByRole("link", { name: "openai/gpt-5", exact: true })
    .waitFor();
  await page.getByLabel("Told apart by").selectOption({ label: "By end user" });
  const sums = page.getByRole("table", { name: "Sums by end user" });
  await sums.getByRole("link", { name: "bo", exact: true }).waitFor();
  expect(await sums.locator("tbody tr").count()).toBe(2);
  expect(new URL(page.url()).searchParams.get("by")).toBe("user");

  await figure("Error rate 33 %").click();
  await page.waitForURL("**/requests?*");
  const asked = new URL(page.url()).searchParams;
  expect([asked.get("status"), Date.parse(asked.get("from")!) < Date.now()]).toEqual(["error", true]);
  await page.goBack();
  await sums.getByRole("link", { name: "bo", exact: true }).click();
  await page.waitForURL("**/requests?*");
  expect(new URL(page.url()).searchParams.get("user_id")).toBe("bo");
  await closed();
});

test("what is drawn over a chart is what all of it is of then; a bar leads to its requests", async () => {
  await opened("/?range=1h", () => write([10, 20, 40].map((minutesAgo) => ({ minutesAgo, cost: 1_000_000_000 }))));
  await figure("Requests 3").waitFor();
  const chart = page.locator("figure").filter({ hasText: "Requests over time" }).locator(".u-over");
  const box = (await chart.boundingBox())!;
  // The last half of the hour.
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.8, box.y + 40, { steps: 4 });
  await page.mouse.move(box.x + box.width - 2, box.y + 40, { steps: 4 });
  // uPlot draws what was chosen in the next frame, and takes what it has drawn.
  await page.locator(".u-select").filter({ visible: true }).first().waitFor();
  await page.mouse.up();
  await figure("Requests 2").waitFor();
  const { searchParams } = new URL(page.url());
  const [from, to] = ["from", "to"].map((name) => Date.parse(searchParams.get(name)!));
  expect([searchParams.get("range"), to! - from! >= 29 * MINUTE, to! - from! <= 32 * MINUTE]).toEqual([
    null,
    true,
    true,
  ]);
  await page.getByRole("button", { name: "Back to the last 24 hours" }).click();
  await figure("Requests 3").waitFor();
  expect(new URL(page.url()).search).toBe("");

  const day = (await chart.boundingBox())!;
  await page.mouse.click(day.x + day.width - 6, day.y + 60);
  await page.waitForURL("**/requests?*");
  await closed();
});

test("what comes in is in the figures a moment later, without anybody asking", async () => {
  await opened("/", () => write([{ minutesAgo: 20, cost: 1_000_000_000 }]));
  await figure("Requests 1").waitFor();
  await gateway.post("/v1/chat/completions", chat("openai/gpt-5", {}, "[sim tokens=20] Hi"));
  await figure("Requests 2").waitFor();
  await closed();
});

test("of many end users seven are told apart over time, and the others together", async () => {
  const users = Array.from({ length: 45 }, (_, i) => ({
    minutesAgo: 30,
    user: `u${i}`,
    cost: (100 - i) * 1_000_000_000,
  }));
  await opened("/?range=1h&by=user", () => write(users));
  const spend = page.locator("figure").filter({ hasText: "Spend over time" });
  const row = spend.locator("table tbody tr").filter({ hasText: "$100.00" });
  await row.waitFor({ state: "attached" });
  // Each of the seven dearest has what it cost; the 38 others are the sum of 56 to 93.
  expect(await spend.locator("table thead th").allTextContents()).toEqual([
    "Time",
    ...["u0", "u1", "u2", "u3", "u4", "u5", "u6"],
    "38 others",
  ]);
  expect((await row.locator("td").allTextContents()).at(-1)).toBe("$2,831.00");
  await page.getByRole("button", { name: "Show all 45" }).click();
  expect(await page.getByRole("table", { name: "Sums by end user" }).locator("tbody tr").count()).toBe(45);
  expect(new URL(page.url()).searchParams.get("all")).toBe("true");
  await closed();
});

test.each([45, 12])(
  "of %i tags that overlap the rest is what has none of those that are shown, each request once",
  async (many) => {
    const tagged = Array.from({ length: many }, (_, i) => ({
      minutesAgo: 30,
      tags: JSON.stringify(i % 2 === 0 ? [`t${i}`, "common"] : [`t${i}`]),
      cost: (100 - i) * 1_000_000_000,
    }));
    const untold = { minutesAgo: 30, tags: null, cost: 1_000_000_000 };
    await opened("/?range=1h&by=tag", () => write([...tagged, untold]));
    const spend = page.locator("figure").filter({ hasText: "Spend over time" });
    const heads = ["Time", "common", "t0", "t1", "t2", "t3", "t4", "t5", "None of these tags"];
    await spend.locator("table th").filter({ hasText: "None of these tags" }).waitFor({ state: "attached" });
    expect(await spend.locator("table thead th").allTextContents()).toEqual(heads);
    const sum = (of: (i: number) => boolean) => tagged.reduce((all, _, i) => all + (of(i) ? 100 - i : 0), 0);
    const row = spend.locator("table tbody tr").filter({ hasText: "$100.00" });
    const dollars = (text: string) => Number(text.replaceAll(/[$,]/g, ""));
    const told = (await row.locator("td").allTextContents()).map(dollars);
    expect([told[0], told.at(-1)]).toEqual([sum((i) => i % 2 === 0), sum((i) => i % 2 === 1 && i > 5) + 1]);
    // Of all that was spent, not of what the tags have together.
    const share = sum((i) => i % 2 === 0) / (sum(() => true) + 1);
    const first = page.getByRole("table", { name: "Sums by tag" }).locator("tbody tr").first();
    expect(await first.getByTitle("Of all that was spent").textContent()).toBe(`${(share * 100).toFixed(0)} %`);
    await page.getByText("A request with several counts in each.").waitFor();
    await closed();
  },
);

test("how fast each was answered has a line of its own, by whatever they are told apart; of twenty, the slowest", async () => {
  const paced = (of: string, firstContentMs: number) => ({
    minutesAgo: 30,
    model: `m/${of}`,
    provider: of,
    user: of,
    tags: JSON.stringify([of, "all"]),
    appTitle: of,
    keyId: `key_${of}`,
    output: 100,
    firstContentMs,
    durationMs: firstContentMs + 1000,
  });
  const rows = [
    ...Array.from({ length: 30 }, () => paced("swift", 5)),
    ...Array.from({ length: 10 }, () => paced("slow", 9)),
  ];
  rows.push(paced("swift", 7), paced("swift", 7), paced("swift", 7), paced("swift", 7));
  await opened("/?range=1h", () => write(rows));
  const chart = page.locator("figure").filter({ hasText: "Time to first token over time" });
  const told = async () => {
    const heads = (await chart.locator("thead th").allTextContents()).slice(1);
    const row = chart.locator("tbody tr").filter({ hasText: "5 ms" });
    await row.waitFor({ state: "attached" });
    const values = await row.locator("td").allTextContents();
    return Object.fromEntries(heads.map((head, i) => [head, values[i]]));
  };
  for (const [by, swift, slow] of [
    ["model", "m/swift", "m/slow"],
    ["provider", "swift", "slow"],
    ["key", "key_swift", "key_slow"],
    ["user", "swift", "slow"],
    ["app", "swift", "slow"],
  ] as const) {
    await page.getByLabel("Told apart by").selectOption(by);
    await chart.locator("thead th").filter({ hasText: slow }).waitFor({ state: "attached" });
    expect([by, await told()]).toEqual([by, { All: "5 ms", [swift]: "5 ms", [slow]: "9 ms" }]);
    const row = page.getByRole("table", { name: "Sums by" }).getByRole("row").filter({ hasText: slow });
    await row.getByTitle("Median; 95 % within 9 ms").waitFor();
  }
  await page.getByLabel("Told apart by").selectOption("tag");
  await chart.locator("thead th").filter({ hasText: /^all$/ }).waitFor({ state: "attached" });
  expect(await told()).toEqual({ All: "5 ms", all: "5 ms", swift: "5 ms", slow: "9 ms" });

  await page.getByRole("radio", { name: "p95" }).click();
  await chart.locator("figcaption").filter({ hasText: "p95, of all and by tag" }).waitFor({ state: "attached" });
  const slowest = chart.locator("tbody tr").filter({ hasText: "9 ms" }).locator("td");
  expect(await slowest.allTextContents()).toEqual(["9 ms", "9 ms", "7 ms", "9 ms"]);
  expect(new URL(page.url()).searchParams.get("share")).toBe("p95");
  const speed = page.locator("figure").filter({ hasText: "Output speed over time" });
  await speed.locator("tbody tr").filter({ hasText: "tok/s" }).waitFor({ state: "attached" });
  await closed();
});

test("of years, eight tags and what has none are told apart, each asked for by itself", async () => {
  const tagged = Array.from({ length: 8 }, (_, i) => ({
    minutesAgo: 30,
    tags: JSON.stringify([`t${i}`]),
    cost: (10 - i) * 1_000_000_000,
  }));
  const more = [
    { minutesAgo: 30, tags: null, cost: 90_000_000_000 },
    { minutesAgo: 500 * 24 * 60, tags: '["t0"]', cost: 1 },
  ];
  const [from, to] = [600, -1].map((ago) => new Date(Date.now() - ago * 24 * 60 * MINUTE).toISOString().slice(0, 10));
  await opened(`/?from=${from}&to=${to}&by=tag`, () => write([...tagged, ...more]));
  const spend = page.locator("figure").filter({ hasText: "Spend over time" });
  await spend.locator("thead th").filter({ hasText: "None of these tags" }).waitFor({ state: "attached" });
  expect((await spend.locator("thead th").allTextContents()).slice(1)).toEqual([
    ...["t0", "t1", "t2", "t3", "t4", "t5", "t6"],
    "None of these tags",
  ]);
  const row = spend.locator("tbody tr").filter({ hasText: "$10.00" }).locator("td");
  // That of 3 dollars as well, and what has no tag.
  expect((await row.allTextContents()).at(-1)).toBe("$93.00");
  await closed();
});

test("where there are more of them than a report tells, all together are told", async () => {
  await opened("/?range=24h", () => write([{ minutesAgo: 30, cost: 1_000_000_000, user: "ada" }]));
  await page.route("**/admin/usage?*group_by=user*", (route) => {
    const error = { message: "There are more than 50000 groups.", code: "invalid_request", param: "group_by" };
    return route.fulfill({ status: 400, json: { error } });
  });
  await page.getByLabel("Told apart by").selectOption("user");
  await page.getByText("There are too many end users to tell them apart").waitFor();
  const spend = page.locator("figure").filter({ hasText: "Spend over time" });
  await spend.locator("thead th").filter({ hasText: "All" }).waitFor({ state: "attached" });
  await spend.locator("tbody td").filter({ hasText: "$1.00" }).waitFor({ state: "attached" });
  await figure("Requests 1").waitFor();
  // The browser says of itself that it was refused.
  faults = faults.filter((fault) => !fault.includes("400"));
  await closed();
});
