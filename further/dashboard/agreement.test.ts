import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { generationId } from "../../src/core/id.ts";
import { FULL } from "../../src/store/fixtures/generations.ts";
import type { GenerationRow } from "../../src/store/generations.ts";
import { made, TOKEN } from "../../test/access/keys.ts";
import { type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { linked } from "../../test/support/signed-in.ts";
import { builtDashboard, openBrowser, type Visit, visit } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** Figures, tables and the requests behind each link agree to the nanodollar, in a zone whose days begin half an hour beside those of UTC. */

const HOUR = 3_600_000;
const NAMES = [null, "null", "🦆", "שלום", "x".repeat(256), "<b>bold</b>", "a,b", "__proto__", "a&b=c#d%20?", "é"];

let browser: Browser;
let built: Awaited<ReturnType<typeof builtDashboard>>;
let gateway: RunningGateway;
let rows: GenerationRow[];
let seen: Visit;

beforeAll(async () => {
  [browser, built] = [await openBrowser(), await builtDashboard()];
  gateway = await startGateway({ dashboard: built.folder, config: { admin_token: TOKEN } });
  const { id: keyId } = await made(gateway);
  const now = Date.now();
  // One each 25 minutes, over twelve days.
  rows = Array.from({ length: 700 }, (_, i): GenerationRow => {
    const createdAt = now - 1000 - i * 1_500_000;
    const who = NAMES[i % NAMES.length]!;
    return {
      ...FULL,
      id: generationId(createdAt),
      createdAt,
      keyId,
      error: i % 9 === 0 ? "upstream_truncated" : null,
      byok: i % 11 === 0,
      // Nobody knows what it cost.
      cost: i % 13 === 0 ? null : 1_000_003 * i + 1,
      input: 100 + i,
      output: i,
      user: who,
      appTitle: who,
      appUrl: null,
      tags: i % 3 === 0 ? null : JSON.stringify(i % 3 === 1 ? ["a,b"] : ["a,b", "🦆"]),
    };
  });
  await gateway.headgate.gateway.generations.insert(rows.map((row) => ({ row, charges: [] })));
  seen = await visit(browser, gateway.url, await linked(gateway), { timezoneId: "Asia/Kolkata" });
});
afterAll(async () => {
  await seen?.close();
  await browser?.close();
  await gateway?.stop();
  built?.remove();
});

/** What the admin API has for the link of a figure: how many, and the nanodollars that the operator pays for them. */
async function behind(link: string): Promise<[requests: number, nanodollars: number]> {
  const told = { requests: 0, spent: 0 };
  for (let before: string | null = ""; before !== null; ) {
    const asked = new URLSearchParams(link.split("?")[1]);
    asked.set("limit", "500");
    if (before !== "") asked.set("before", before);
    const reply = await gateway.get(`/admin/generations?${asked}`, { authorization: `Bearer ${TOKEN}` });
    const { data, next } = (await reply.json()) as { data: { market_cost: number; is_byok: boolean }[]; next: string };
    told.requests += data.length;
    for (const one of data) if (!one.is_byok) told.spent += Math.round(one.market_cost * 1e9);
    before = next;
  }
  return [told.requests, told.spent];
}

const number = (text: string | null) => Number(text?.replaceAll(/[$,]/g, ""));
const nanodollars = (text: string | null) => Math.round(number(text?.split(", and")[0] ?? null) * 1e9);

/** Requests in so many milliseconds, and what they cost. */
function among(from: number, to: number): [number, number] {
  const some = rows.filter(({ createdAt: at }) => at >= from && at < to);
  return [some.length, some.reduce((sum, { byok, cost }) => sum + (byok ? 0 : Number(cost ?? 0)), 0)];
}

test("of every time, each figure and each row is what its link leads to", async () => {
  const { page } = seen;
  const day = (ago: number) => new Date(Date.now() - ago * 24 * HOUR).toISOString().slice(0, 10);
  const own = `from=${day(5)}T18:30:00.000Z&to=${day(2)}T18:30:00.000Z`;
  for (const [range, by] of [
    ["", "user"],
    ["range=1h", "app"],
    ["range=30d", "tag"],
    [own, "user"],
  ]) {
    await seen.see(`/?${range}&by=${by}&all=true`);
    const figure = (label: string) =>
      page.getByRole("region", { name: "In figures" }).getByRole("link", { name: label });
    const exact = async (label: string) => await figure(label).locator("[title]").first().getAttribute("title");
    const all = await behind((await figure("Requests").getAttribute("href"))!);
    expect([range, number(await exact("Requests")), nanodollars(await exact("Spend"))]).toEqual([range, ...all]);
    for (const row of await page.getByRole("table", { name: "Sums by" }).locator("tbody tr").all()) {
      const link = (await row.locator("a").first().getAttribute("href"))!;
      const titles = await row.locator("[title]").evaluateAll((all) => all.map((one) => one.getAttribute("title")));
      const money = titles.find((title) => title?.startsWith("$")) ?? null;
      const told = [number(titles.find((title) => /^[\d,]+$/.test(title ?? "")) ?? null), nanodollars(money)];
      expect([by, link, ...told]).toEqual([by, link, ...(await behind(link))]);
    }
  }
});

test("the sums above the list are of the minute in which a time begins and ends", async () => {
  const at = (ago: number, minutes: number) =>
    Math.floor((Date.now() - ago * 24 * HOUR) / HOUR) * HOUR + minutes * 60_000;
  for (const [from, to] of [
    [at(4, 30), at(1, 30)],
    [at(12, 7), at(2, 52)],
    [at(2, 1), at(2, 171)],
    [at(1, 13), at(1, 47)],
  ] as const) {
    const [requests, spent] = among(from, to);
    const asked = new URLSearchParams({ from: new Date(from).toISOString(), to: new Date(to).toISOString() });
    await seen.see(`/requests?${asked}`);
    const sums = seen.page.locator("dl dd");
    const money = await sums.locator("[title^='$']").first().getAttribute("title");
    expect([number(await sums.first().textContent()), nanodollars(money)]).toEqual([requests, spent]);
  }
});

test("what nobody told leads to those without it, and their sums", async () => {
  await seen.see("/?range=7d&by=user");
  const { page } = seen;
  await page.getByRole("table", { name: "Sums by end user" }).getByRole("link", { name: "No end user" }).click();
  await page.waitForURL("**/requests?*");
  const { searchParams } = new URL(page.url());
  const since = Date.parse(searchParams.get("from")!);
  const without = rows.filter(({ createdAt: at, user }) => at >= since && user === null);
  expect(searchParams.getAll("user_id")).toEqual([""]);
  await page.locator("dl dd").getByText(String(without.length), { exact: true }).waitFor();
  await page.getByText("End usernone").waitFor();
  expect(seen.faults).toEqual([]);
});
