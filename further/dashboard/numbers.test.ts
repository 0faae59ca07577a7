import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { compact, count, percent, usd } from "../../dashboard/src/ui/format.ts";
import { ask, chat, TOKEN } from "../../test/access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { linked } from "../../test/support/signed-in.ts";
import { builtDashboard, livedIn, openBrowser, type Visit, visit } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(120_000);

/** Every number leads to the rows behind it: on each page whatever leads to a list of requests tells what these add up to. */

let gateway: RunningGateway;
let browser: Browser;
let seen: Visit;
const leave: (() => void)[] = [];

beforeAll(async () => {
  const [built, lived] = await Promise.all([builtDashboard(), livedIn(TOKEN, 600)]);
  leave.push(built.remove, lived.remove);
  gateway = await startGateway({ dashboard: built.folder, config: { data: lived.data, admin_token: TOKEN } });
  for (const scope of ["gateway", "user", "entity", "tag"])
    await ask(gateway, "POST", "/admin/budgets", {
      scope,
      ...(scope === "gateway" ? {} : { scope_id: "*" }),
      period: "daily",
      limit_usd: 50,
    });
  for (const [scope, scope_id] of [
    ["user", "u-1042"],
    ["tag", "late"],
  ])
    await ask(gateway, "POST", "/admin/budgets", { scope, scope_id, period: "weekly", limit_usd: 9 });
  for (const user of ["u-1042", "u-2210"]) {
    const more = { user, tags: ["late"], providerOptions: { gateway: { quotaEntityId: "acme" } } };
    await gateway.post("/v1/chat/completions", chat("openai/gpt-5", more, "[sim tokens=300] Hi"));
  }
  browser = await openBrowser();
  seen = await visit(browser, gateway.url, await linked(gateway));
});
afterAll(async () => {
  await seen?.close();
  await browser?.close();
  await gateway?.stop();
  for (const one of leave) one();
});

interface Behind {
  readonly requests: number;
  readonly failed: number;
  /** Dollars that the operator pays. */
  readonly spent: number;
}

/** What the requests add up to that a link leads to. */
async function behind(link: string): Promise<Behind> {
  const told = { requests: 0, failed: 0, spent: 0 };
  for (let before: string | null = ""; before !== null; ) {
    const asked = new URLSearchParams(link.split("?")[1]);
    asked.set("limit", "500");
    if (before !== "") asked.set("before", before);
    const page = await jsonOf(await ask(gateway, "GET", `/admin/generations?${asked}`));
    told.requests += page.data.length;
    for (const one of page.data) {
      if (one.error !== null) told.failed++;
      if (!one.is_byok) told.spent += Math.round(one.market_cost * 1e9) / 1e9;
    }
    before = page.next;
  }
  return told;
}

interface Told {
  readonly text: string;
  readonly href: string;
}

/** All that leads to a list of requests and tells a number, with what it tells. */
async function linksOf(path: string): Promise<readonly Told[]> {
  await seen.see(path);
  const links = seen.page.locator("main a[href*='/requests?']");
  const texts = await links.allInnerTexts();
  const hrefs = await links.evaluateAll((all) => all.map((one) => one.getAttribute("href") ?? ""));
  const told = texts.map((text, i) => ({ text: text.trim().replaceAll(/\s+/g, " "), href: hrefs[i]! }));
  return told.filter(({ text }) => /\d/.test(text));
}

/** What a link tells that its requests do not add up to. */
async function wrong({ text, href }: Told): Promise<readonly string[]> {
  const { requests, failed, spent } = await behind(href);
  const [money] = text.match(/\$[\d,.]+/) ?? [];
  const [, some] = /([\d,.KM]+) requests?$/.exec(text) ?? [];
  return [
    ...(money !== undefined && money !== usd(Math.round(spent * 1e9) / 1e9) ? [`${money}, not ${usd(spent)}`] : []),
    ...(some !== undefined && some !== count(requests) ? [`${some}, not ${requests} requests`] : []),
    ...(/^[\d.]+ %$/.test(text) && text !== percent(failed / requests)
      ? [`${text} of ${requests}, not ${failed}`]
      : []),
  ];
}

test.each([
  ["/keys", 4],
  ["/keys?tab=teams", 3],
  ["/keys?tab=users", 6],
  ["/keys?tab=entities", 1],
  ["/keys?tab=tags", 5],
  ["/budgets", 7],
  ["/models/openai/gpt-5", 1],
] as const)("what is spent at %s leads to the requests that it was spent by", async (path, least) => {
  const links = (await linksOf(path)).filter(({ text }) => text.includes("$"));
  expect(links.length).toBeGreaterThanOrEqual(least);
  for (const link of links) expect([link.text, link.href, await wrong(link)]).toEqual([link.text, link.href, []]);
});

test.each(["24h", "7d", "30d"])(
  "of %s, figures, budgets and errors of the overview lead to their requests",
  async (range) => {
    const links = await linksOf(`/?range=${range}`);
    const of = (label: string) => links.find(({ text }) => text.startsWith(label))!;
    const all = await behind(of("Requests").href);
    expect(of("Requests").text).toStartWith(`Requests ${compact(all.requests)}`);
    expect(of("Spend").text).toStartWith(`Spend ${usd(all.spent)}`);
    const failing = await behind(of("Error rate").href);
    expect([failing.requests, of("Error rate").text]).toEqual([
      all.failed,
      expect.stringContaining(`${percent(all.failed / all.requests)}`),
    ]);
    const streams = await jsonOf(
      await ask(gateway, "GET", `/admin/generations?${of("Time to first token p50").href.split("?")[1]}&limit=500`),
    );
    for (const { streamed, error } of streams.data) expect([streamed, error]).toEqual([true, null]);
    const errors = links.filter(({ href }) => new URLSearchParams(href.split("?")[1]).has("error"));
    for (const { text, href } of errors) expect(text).toEndWith(`${(await behind(href)).requests}`);
    const budgets = links.filter(({ text }) => text.startsWith("$"));
    expect(budgets.length).toBeGreaterThanOrEqual(5);
    for (const link of budgets) expect([link.href, await wrong(link)]).toEqual([link.href, []]);
  },
);

test.each(["model", "provider", "key", "user", "tag", "app"])("by %s each row leads to its own", async (by) => {
  await seen.see(`/?range=7d&by=${by}`);
  const rows = await seen.page.getByRole("table", { name: "Sums by" }).locator("tbody tr").all();
  expect(rows.length).toBeGreaterThan(1);
  for (const row of rows) {
    const cells = await row.locator("td").allTextContents();
    const { requests, failed, spent } = await behind((await row.locator("a").first().getAttribute("href"))!);
    expect(cells.slice(1, 4)).toEqual([
      expect.stringMatching(new RegExp(`${usd(spent).replaceAll(/[$.]/g, "\\$&")}$`)),
      compact(requests),
      percent(failed / requests),
    ]);
  }
  // A press anywhere on a row does the same.
  const first = (await rows[0]!.locator("a").first().getAttribute("href"))!;
  await rows[0]!.locator("td").nth(4).click();
  await seen.page.waitForURL(`**${first}`);
  expect(seen.faults).toEqual([]);
});
