import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { ask, chat } from "../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../test/support/gateway.ts";
import { Visitors } from "./visitor.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** Budgets and limits, as somebody sees and sets them in a real browser. */

const visitors = new Visitors();
beforeAll(() => visitors.come());
afterAll(() => visitors.leave());

const PATH = "/admin/budgets";
const budgetsOf = async (gateway: RunningGateway) => (await jsonOf(await ask(gateway, "GET", PATH))).data;
const status = async (gateway: RunningGateway, more: object = {}) =>
  (await gateway.post("/v1/chat/completions", chat("openai/gpt-5", more))).status;

test("a budget for all requests is made, holds at once, is archived, counts again, and is removed", () =>
  visitors.at("/budgets", async (page, gateway) => {
    await page.getByText("Nothing limits what is spent").waitFor();
    await page.getByRole("button", { name: "Make a budget" }).first().click();
    await page.getByLabel("Limit in dollars").fill("a lot");
    await page.getByRole("button", { name: "Make the budget" }).click();
    await page.getByText("This must be dollars").waitFor();
    await page.getByLabel("Limit in dollars").fill("0.000001");
    await page.getByRole("button", { name: "Make the budget" }).click();
    const row = page.getByRole("row").filter({ hasText: "All requests" });
    await row.getByText("refuses").waitFor();
    expect(await status(gateway)).toBe(402);

    const act = async (what: string) => {
      await row.getByRole("button", { name: /What can be done/ }).click();
      await page.getByRole("menuitem", { name: what }).click();
    };
    await act("Archive");
    await page.getByText("The budget counts no more").waitFor();
    expect(await status(gateway)).toBe(200);
    await row.waitFor({ state: "hidden" });
    await page.getByRole("switch", { name: "Archived ones too" }).click();
    await act("Restore");
    await page.getByText("The budget counts again").waitFor();
    expect(await status(gateway)).toBe(402);
    await act("Remove…");
    await page.getByRole("button", { name: "Remove the budget" }).click();
    await page.getByText("The budget is gone").waitFor();
    expect([await status(gateway), await budgetsOf(gateway)]).toEqual([200, []]);
  }));

test("each end user has a budget that holds for each by itself; a second of the period is refused in the gateway's words", () =>
  visitors.at("/budgets", async (page, gateway) => {
    const make = async () => {
      await page.getByRole("button", { name: "Make a budget" }).first().click();
      await page.getByLabel("For", { exact: true }).selectOption("user");
      await page.getByRole("radio", { name: "Each without its own" }).click();
      await page.getByLabel("Limit in dollars").fill("0.000001");
      await page.getByRole("button", { name: "Make the budget" }).click();
    };
    await make();
    await page.getByRole("table", { name: "Budgets for each" }).getByText("Each end user").waitFor();
    expect([await status(gateway, { user: "ada" }), await status(gateway)]).toEqual([402, 200]);
    await make();
    await page.getByText("There is a monthly budget already").waitFor();
    expect(await budgetsOf(gateway)).toMatchObject([{ scope: "user", scope_id: "*", limit_usd: 0.000001 }]);
  }));

test("what is nearest to its limit comes first, what is used up says so, and changing it leaves what it does not show", () =>
  visitors.at(
    "/budgets",
    async (page, gateway) => {
      const rows = page.getByRole("table", { name: "Budgets", exact: true }).locator("tbody tr");
      await rows.first().getByText("nightly").waitFor();
      expect(await rows.count()).toBe(2);
      await page.getByText("used up: requests are refused").waitFor();
      await rows.first().getByText("Tag", { exact: true }).click();
      await page.getByLabel("Limit in dollars").fill("7");
      expect(await page.getByLabel("Period").isDisabled()).toBeTrue();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("The budget is changed").waitFor();
      const [, tag] = await budgetsOf(gateway);
      expect(tag).toMatchObject({ limit_usd: 7, soft: false, includes_byok: true, thresholds: [80], period: "weekly" });
    },
    {
      before: async (gateway) => {
        await ask(gateway, "POST", PATH, { scope: "gateway", limit_usd: 100, period: "monthly" });
        const tag = { scope: "tag", scope_id: "nightly", limit_usd: 0, includes_byok: true, thresholds: [80] };
        await ask(gateway, "POST", PATH, { ...tag, period: "weekly" });
      },
    },
  ));

test("a key with two budgets keeps both, whatever is changed of it; each is changed by itself", () =>
  visitors.at(
    "/keys",
    async (page, gateway) => {
      await page.getByText("2 budgets").click();
      await page.getByRole("button", { name: "Change the daily budget" }).click();
      await page.getByLabel("Limit in dollars").fill("3");
      await page.getByRole("button", { name: "Save" }).first().click();
      await page.getByText("The budget is changed").waitFor();
      await page.getByText("of $3.00 a day").first().waitFor();
      await page.getByLabel("Name", { exact: true }).fill("cd");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("The key is changed").waitFor();
      expect((await budgetsOf(gateway)).map(({ limit_usd: limit }: { limit_usd: number }) => limit)).toEqual([50, 3]);
      expect((await jsonOf(await ask(gateway, "GET", "/admin/keys?q=cd"))).data).toMatchObject([{ budget: null }]);
    },
    {
      before: async (gateway) => {
        const budget = { limit_usd: 50, period: "monthly" };
        const { id } = await jsonOf(await ask(gateway, "POST", "/admin/keys", { name: "ci", budget }));
        await ask(gateway, "POST", PATH, { scope: "key", scope_id: id, limit_usd: 2, period: "daily" });
      },
    },
  ));

test("limits of the configuration are seen, and keys that have their own", () =>
  visitors.at(
    "/budgets?tab=limits",
    async (page) => {
      const row = page.getByRole("row").filter({ hasText: "Each key without its own" });
      await row.getByText("1,200").waitFor();
      await page
        .getByRole("table", { name: "Keys with limits of their own" })
        .getByRole("link", { name: "ci" })
        .click();
      await page.waitForURL("**/keys?key=*");
      await page.getByRole("heading", { name: "ci" }).waitFor();
    },
    {
      config: { rate_limits: { per_key: { requests_per_minute: 1200 } } },
      before: (gateway) =>
        ask(gateway, "POST", "/admin/keys", {
          name: "ci",
          limits: { requests_per_minute: 5, tokens_per_minute: null },
        }),
    },
  ));
