import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { ask, chat } from "../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../test/support/gateway.ts";
import { Visitors } from "./visitor.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** Rules and virtual models, as somebody makes them in a real browser; and what would become of a request. */

const visitors = new Visitors();
beforeAll(() => visitors.come());
afterAll(() => visitors.leave());

const RULES = "/admin/routing-rules";
const VIRTUAL = "/admin/virtual-models";
const listed = async (gateway: RunningGateway, path: string) => (await jsonOf(await ask(gateway, "GET", path))).data;

test("a rule is made, refuses at once, is switched off, made to lead elsewhere, and removed", () =>
  visitors.at("/routing", async (page, gateway) => {
    const asked = () => gateway.post("/v1/chat/completions", chat("openai/gpt-5-mini"));
    await page.getByRole("button", { name: "Make a rule" }).first().click();
    await page.getByLabel("Does").selectOption("deny");
    await page.getByLabel("Name").fill("no-minis");
    await page.getByLabel("For the model").fill("openai/gpt-5-m*");
    await page.getByLabel("Reason").fill("Ask for openai/gpt-5.");
    await page.getByRole("button", { name: "Make the rule" }).click();
    const row = page.getByRole("row").filter({ hasText: "no-minis" });
    await row.getByText("Ask for openai/gpt-5.").waitFor();
    expect((await asked()).status).toBe(403);

    await row.getByRole("switch").click();
    await page.getByText("The rule no-minis is switched off").waitFor();
    expect((await asked()).status).toBe(200);
    await row.getByRole("switch").click();
    await page.getByText("The rule no-minis holds").waitFor();

    await row.getByText("openai/gpt-5-m*").click();
    await page.getByLabel("Does").selectOption("rewrite");
    await page.getByLabel("Ask for").fill("openai/gpt-55");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Did you mean").waitFor();
    await page.getByLabel("Ask for").fill("openai/gpt-5");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("The rule no-minis is changed").waitFor();
    expect((await jsonOf(await asked())).model).toBe("openai/gpt-5");

    await row.getByText("openai/gpt-5-m*").click();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Remove the rule" }).click();
    await page.getByText("The rule no-minis is gone").waitFor();
    expect([(await jsonOf(await asked())).model, await listed(gateway, RULES)]).toEqual(["openai/gpt-5-mini", []]);
  }));

test("rules are moved by buttons and by keys, the focus goes with them, and those of the configuration stay first", () =>
  visitors.at(
    "/routing",
    async (page, gateway) => {
      const deny = { type: "deny", model: "openai/gpt-4o" };
      for (const id of ["a", "b", "c"]) await ask(gateway, "POST", RULES, { id, ...deny });
      await page.reload();
      const shown = async () => (await page.locator("tbody tr td:nth-child(4)").allInnerTexts()).join(" ");
      const stand = async (order: string) => {
        while ((await shown()) !== order) await page.waitForTimeout(20);
        expect((await listed(gateway, RULES)).map(({ id }: { id: string }) => id).join(" ")).toBe(order);
      };
      const focused = () =>
        page.evaluate<string>(
          'document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent',
        );
      await page.getByRole("button", { name: "Move the rule c up" }).click();
      await stand("fixed a c b");
      await page.keyboard.press("Enter");
      await stand("fixed c a b");
      expect(await focused()).toBe("Move the rule c up");
      // It is the first already.
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Move the rule a down" }).click();
      await stand("fixed c b a");
      expect(await page.getByRole("button", { name: "Move the rule fixed" }).count()).toBe(0);
      await page.getByRole("row").filter({ hasText: "database" }).first().focus();
      await page.keyboard.press("Alt+ArrowDown");
      await stand("fixed b c a");
      expect(await focused()).toContain("c");
      await page.keyboard.press("Alt+ArrowDown");
      await stand("fixed b a c");
    },
    { config: { routing_rules: [{ id: "fixed", type: "deny", model: "openai/gpt-4.1" }] } },
  ));

test("a virtual model is made of several by weight, and becomes an alias by JSON", () =>
  visitors.at("/routing?tab=virtual", async (page, gateway) => {
    await page.getByRole("button", { name: "Make a virtual model" }).first().click();
    await page.getByLabel("Asked for as").fill("vmc/support");
    await page.getByLabel("Stands for").selectOption("candidates");
    await page.getByLabel("Model 1", { exact: true }).fill("anthropic/claude-sonnet-4.5");
    await page.getByLabel("Weight of model 1").fill("0");
    await page.getByLabel("Model 2", { exact: true }).fill("openai/gpt-5");
    await page.getByLabel("Weight of model 2").fill("5");
    await page.getByRole("button", { name: "Make the virtual model" }).click();
    const row = page.getByRole("row").filter({ hasText: "vmc/support" });
    await row.getByText("100 %").waitFor();
    const reply = await jsonOf(await gateway.post("/v1/chat/completions", chat("vmc/support")));
    expect(reply.model).toBe("openai/gpt-5");

    await row.getByText("vmc/support").click();
    await page.getByLabel("Title").fill("Support");
    await page.getByRole("radio", { name: "JSON" }).click();
    const json = page.getByLabel("The virtual model as JSON");
    // What was filled in is in it.
    expect(JSON.parse(await json.inputValue())).toMatchObject({ name: "Support", candidates: [{ weight: 0 }, {}] });
    await json.fill("{");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("This is not JSON").waitFor();
    await json.fill('{"model": "groq/llama-3.3-70b-versatile", "status": "draft"}');
    await page.getByRole("button", { name: "Save" }).click();
    await row.getByText("draft").waitFor();
    const [{ created_at: _at, ...one }] = await listed(gateway, VIRTUAL);
    expect(one).toMatchObject({ id: "vmc/support", model: "groq/llama-3.3-70b-versatile", status: "draft" });
    expect(one.candidates).toBeUndefined();
  }));

test("what stands in the configuration is seen, and changed there", () =>
  visitors.at(
    "/routing",
    async (page) => {
      const row = page.getByRole("row").filter({ hasText: "fixed" });
      expect(await row.getByRole("switch").isDisabled()).toBeTrue();
      await row.getByText("openai/gpt-5-mini").click();
      await page.getByText("It stands in the configuration, and is changed there.").waitFor();
      expect(await page.getByLabel("For the model").isDisabled()).toBeTrue();
      expect(await page.getByRole("button", { name: "Save" }).count()).toBe(0);
    },
    {
      config: { routing_rules: [{ id: "fixed", type: "rewrite", model: "openai/gpt-5-mini", to: "openai/gpt-5" }] },
    },
  ));

test("what would become of a request: where rules lead it, who is asked in which order, who is not and why, and what a budget says", async () => {
  let key = "";
  await visitors.at(
    "/routing?tab=preview",
    async (page, gateway) => {
      await page.getByText("What would happen to this request now?").waitFor();
      await page.getByLabel("Model").fill("openai/gpt-5-mini");
      await page.getByLabel("Key").selectOption(key);
      await page.getByRole("button", { name: "Show what would happen" }).click();
      await page.getByText("It would be sent, to openai first.").waitFor();
      await page.getByRole("list", { name: "What leads where" }).getByText("rule newer").waitFor();
      const steps = page.getByRole("list", { name: "Who would be asked" }).getByRole("listitem");
      await steps.first().getByText("openai-chat, bytes passed on").waitFor();
      await page.getByRole("table", { name: "Who would not be asked, and why" }).getByText("azure").first().waitFor();
      await page.getByText("enough", { exact: true }).waitFor();
      // It can be sent to somebody.
      expect(new URL(page.url()).searchParams.get("key")).toBe(key);

      await page.getByLabel("Most output tokens").fill("100000");
      await page.getByRole("button", { name: "Show what would happen" }).click();
      await page.getByText("It would be refused: 402").waitFor();
      await page.getByText("not enough", { exact: true }).waitFor();

      await page.getByLabel("Most output tokens").fill("10");
      await page.getByRole("button", { name: "Show what would happen" }).click();
      await page.getByText("It would be sent, to openai first.").waitFor();
      // Who changes a rule meanwhile is seen.
      await ask(gateway, "PUT", `${RULES}/newer`, {
        type: "deny",
        model: "openai/gpt-5-mini",
        reason: "Not this one.",
      });
      await page.getByText("It would be refused: 403").waitFor();
      await page.getByText("Not this one.").waitFor();
      await page.getByText("denied by rule newer").waitFor();
    },
    {
      role: "viewer",
      before: async (gateway) => {
        await ask(gateway, "POST", RULES, {
          id: "newer",
          type: "rewrite",
          model: "openai/gpt-5-mini",
          to: "openai/gpt-5",
        });
        key = (await jsonOf(await ask(gateway, "POST", "/admin/keys", { name: "ci", budget: { limit_usd: 0.5 } }))).id;
      },
    },
  );
});
