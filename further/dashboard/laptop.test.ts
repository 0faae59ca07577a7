import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser } from "playwright-core";
import { ask, TOKEN } from "../../test/access/keys.ts";
import { jsonOf, type RunningGateway, startGateway } from "../../test/support/gateway.ts";
import { linked, signedIn } from "../../test/support/signed-in.ts";
import { builtDashboard, openBrowser, PAGE_PATHS, TAB_PATHS, type Visit, visit } from "./browser.ts";

// A browser, on machines that are busy.
setDefaultTimeout(120_000);

/** What is called as nobody expected, on a small laptop: what can be done with it, and what it is, stays in sight. */

const LAPTOP = { width: 1280, height: 800 } as const;
const LONG = "Abteilung-für-Rechtsschutzversicherungsgesellschaften-".repeat(2).slice(0, 100);

let gateway: RunningGateway;
let browser: Browser;
let seen: Visit;
let built: { folder: string; remove(): void };

async function make(path: string, told: object) {
  const reply = await ask(gateway, "POST", path, told);
  const body = await jsonOf(reply);
  expect([path, reply.ok ? undefined : body]).toEqual([path, undefined]);
  return body;
}

beforeAll(async () => {
  built = await builtDashboard();
  gateway = await startGateway({ dashboard: built.folder, config: { admin_token: TOKEN } });
  const team = await make("/admin/teams", { name: LONG });
  const told = { team: team.id, owner: LONG, models: Array.from({ length: 20 }, (_, i) => `openai/gpt-${i}`) };
  const limits = { requests_per_minute: 1_000_000, tokens_per_minute: 1_000_000_000 };
  const budget = { limit_usd: 8_999_999.123456789, period: "monthly" };
  const made = await make("/admin/keys", { name: LONG, ...told, limits, budget, expires_at: "2099-01-01T00:00:00Z" });
  await make(`/admin/keys/${made.id}/rotate`, { overlap_seconds: 86_400 });
  await make("/admin/budgets", { scope: "user", scope_id: "u".repeat(200), limit_usd: 0.000000001 });
  await make("/admin/budgets", { scope: "entity", scope_id: "e".repeat(100), limit_usd: 8_999_999.123456789 });
  const model = `openai/${"m".repeat(90)}`;
  await make("/admin/routing-rules", { id: "r".repeat(60), type: "rewrite", model, to: "openai/gpt-5" });
  await make("/admin/routing-rules", {
    id: "q".repeat(60),
    type: "deny",
    model: `${model}*`,
    reason: `${LONG} ${LONG}`,
  });
  const candidates = ["openai/gpt-5", "anthropic/claude-sonnet-4.5"].map((one) => ({ model: one, weight: 1 }));
  await make("/admin/virtual-models", { id: `company/${"v".repeat(80)}`, name: LONG, candidates });
  for (let i = 0; i < 6; i++) await signedIn(gateway, "viewer", LONG);
  browser = await openBrowser();
  seen = await visit(browser, gateway.url, await linked(gateway), { viewport: LAPTOP });
});
afterAll(async () => {
  await seen?.close();
  await browser?.close();
  await gateway?.stop();
  built?.remove();
});

/** By how much tables are wider than where they stand; of those that are read out loud only, it does not matter. */
const TOO_WIDE = `[...document.querySelectorAll("table[aria-label]")]
  .map((table) => [table.getAttribute("aria-label"), table.parentElement.scrollWidth - table.parentElement.clientWidth])
  .filter(([, pixels]) => pixels > 0)`;

test.each([...PAGE_PATHS, ...TAB_PATHS].filter((path) => !path.includes("$")))(
  "%s: no table has to be moved sideways, and nothing moves by itself",
  async (path) => {
    await seen.see(path);
    const { score, moved } = await seen.shift();
    expect({
      moved: score > 0.02 ? moved : [],
      isTooWide: await seen.isTooWide(),
      tooWide: await seen.page.evaluate(TOO_WIDE),
    }).toEqual({ moved: [], isTooWide: false, tooWide: [] });
  },
);
