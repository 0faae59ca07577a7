import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { ask } from "../../test/access/keys.ts";
import { jsonOf, KEY } from "../../test/support/gateway.ts";
import { Visitors } from "./visitor.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** Models tried out, and providers broken on purpose, in a real browser. */

const visitors = new Visitors();
beforeAll(() => visitors.come());
afterAll(() => visitors.leave());

const SIMULATED = { config: { simulate: "always" } } as const;

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel("What is said").fill(text);
  await page.keyboard.press("Control+Enter");
}
const answerOf = (page: Page, model: string) => page.getByRole("region", { name: `Answer of ${model}` });
const attemptsIn = async (page: Page, model: string) => {
  const list = answerOf(page, model).getByRole("list", { name: "Attempts, in their order" });
  await list.waitFor();
  await answerOf(page, model).locator('[aria-busy="false"]').waitFor();
  const told = await list.getByRole("listitem").allInnerTexts();
  return told.map((one) => one.replace(/\s+/g, " "));
};

describe("a provider that is broken on purpose", () => {
  test("is followed by the next one, and the way that it went is seen, there and in the request", () =>
    visitors.at(
      "/playground?model=openai/gpt-5",
      async (page) => {
        await page.getByRole("button", { name: "Break openai and watch the fallback" }).click();
        expect(new URL(page.url()).searchParams.getAll("break")).toEqual(["openai:overloaded"]);
        await page.getByRole("button", { name: "Send" }).click();
        const [first, second, ...rest] = await attemptsIn(page, "openai/gpt-5");
        expect([first, second, rest]).toEqual([
          expect.stringContaining("openai failed, 503"),
          expect.stringContaining("azure answered"),
          [],
        ]);
        await answerOf(page, "openai/gpt-5").getByRole("link", { name: "Request" }).click();
        await page.waitForURL("**/requests/gen_*");
        await page.getByRole("listitem").filter({ hasText: "upstream_overloaded" }).first().waitFor();
      },
      SIMULATED,
    ));

  test("by silence is waited for as long as it takes to see it", () =>
    visitors.at(
      "/playground?model=openai/gpt-5&break=openai:silence",
      async (page) => {
        // Two seconds are soon over where the browser stands still for as long.
        await page.route(/\/playground\/chat\/completions/, (route) => {
          const [before, after] = route.request().postData()!.split('"first_byte_ms":2000');
          return route.continue({ postData: `${before}"first_byte_ms":9000${after}` });
        });
        await say(page, "Anybody?");
        // Whom it asks, and who is next, is told as it happens.
        const list = answerOf(page, "openai/gpt-5").getByRole("list", { name: "Attempts, in their order" });
        await list.getByText("is asked").waitFor();
        await page.getByText("Where that fails: azure, openrouter").waitFor();
        expect(await list.getByRole("listitem").count()).toBe(1);
        const attempts = await attemptsIn(page, "openai/gpt-5");
        expect(attempts).toEqual([
          expect.stringMatching(/^openai failed 9\.\d+ s No answer/),
          expect.stringContaining("azure answered"),
        ]);
      },
      SIMULATED,
    ));

  test("in the middle of its answer keeps what it said, and says that this is not all", () =>
    visitors.at(
      "/playground?model=openai/gpt-5&break=openai:cut",
      async (page) => {
        await say(page, "[sim tokens=40 mark=a7] Go on");
        await answerOf(page, "openai/gpt-5").getByRole("alert").getByText("upstream_truncated").waitFor();
        expect(await answerOf(page, "openai/gpt-5").textContent()).toContain("a7");
        expect(await attemptsIn(page, "openai/gpt-5")).toEqual([expect.stringContaining("openai broke off")]);
      },
      SIMULATED,
    ));

  test("is mended where it is told", () =>
    visitors.at(
      "/playground?model=openai/gpt-5&break=openai:overloaded&break=azure:limited",
      async (page) => {
        const form = page.locator("form");
        await form.getByRole("button", { name: "Mend openai" }).click();
        expect(new URL(page.url()).searchParams.getAll("break")).toEqual(["azure:limited"]);
        await say(page, "Hello");
        expect(await attemptsIn(page, "openai/gpt-5")).toEqual([expect.stringContaining("openai answered")]);
      },
      SIMULATED,
    ));

  test("cannot be where real ones answer, which is said, and nothing of it is sent", () =>
    visitors.at("/playground?model=openai/gpt-5&break=openai:overloaded", async (page) => {
      await page.getByText("Real providers answer here, and they cannot be broken.").waitFor();
      await say(page, "Hello");
      expect(await attemptsIn(page, "openai/gpt-5")).toEqual([expect.stringContaining("openai answered")]);
    }));
});

describe("several models", () => {
  test("answer side by side, each with its own figures, and go on with what each of them said", () =>
    visitors.at(
      "/playground",
      async (page, gateway) => {
        await page.getByRole("button", { name: "Compare" }).click();
        await page.getByPlaceholder("Search models").fill("claude sonnet 4.5");
        await page.getByRole("option", { name: "anthropic/claude-sonnet-4.5" }).click();
        await say(page, '[sim say="First."] Hello');
        const models = ["openai/gpt-5", "anthropic/claude-sonnet-4.5"];
        for (const model of models) {
          const own = answerOf(page, model);
          await own.getByText("First.", { exact: true }).waitFor();
          await own.getByRole("link", { name: "Request" }).waitFor();
          expect(await own.textContent()).toMatch(/Tokens\d+ → \d+Cost\$0\.0/);
        }
        expect(new URL(page.url()).searchParams.getAll("model")).toEqual(models);
        await say(page, '[sim say="Second."] And?');
        for (const model of models) await answerOf(page, model).last().getByRole("link", { name: "Request" }).waitFor();
        const { data } = await jsonOf(await ask(gateway, "GET", "/admin/generations?api_key_id=key_playground"));
        const inputs = new Map<string, number[]>();
        for (const { model, tokens_prompt: tokens } of data) inputs.set(model, [...(inputs.get(model) ?? []), tokens]);
        // The latest first: it had the first turn before it.
        for (const model of models) {
          const [later = 0, first = 0] = inputs.get(model)!;
          expect(later).toBeGreaterThan(first);
        }
      },
      SIMULATED,
    ));

  test("are left when that is wanted, and nobody goes on", () =>
    visitors.at(
      "/playground?model=openai/gpt-5",
      async (page, gateway) => {
        await say(page, "[sim tokens=endless every=20ms] On and on");
        await answerOf(page, "openai/gpt-5").getByText("Water comes").waitFor();
        await page.getByRole("button", { name: "Stop" }).click();
        await answerOf(page, "openai/gpt-5").getByText("Stopped").waitFor();
        await page.getByRole("button", { name: "Send" }).waitFor();
        const open = async () => (await jsonOf(await ask(gateway, "GET", "/admin/health"))).streams_open;
        while ((await open()) > 0) await Bun.sleep(10);
      },
      SIMULATED,
    ));
});

test("whoever is signed out in the middle of an answer is told so, and nobody goes on", () =>
  visitors.at(
    "/playground?model=openai/gpt-5",
    async (page, gateway) => {
      await say(page, "[sim tokens=endless every=20ms] On and on");
      await answerOf(page, "openai/gpt-5").getByText("answers").waitFor();
      await ask(gateway, "DELETE", "/admin/sessions");
      const open = async () => (await jsonOf(await ask(gateway, "GET", "/admin/health"))).streams_open;
      while ((await open()) > 0) await Bun.sleep(10);
      const { data } = await jsonOf(await ask(gateway, "GET", "/admin/generations?limit=1"));
      // Whichever is seen first: that the session is over, or that its page has left.
      expect(["signed_out", "client_closed"]).toContain(data[0].error);
      await page.getByLabel("Admin token").waitFor();
    },
    SIMULATED,
  ));

test("what the gateway refuses is told in its words; markup is text", () =>
  visitors.at(
    "/playground?model=openai/gpt-5&max_tokens=many",
    async (page) => {
      await say(page, "Hello");
      await answerOf(page, "openai/gpt-5").getByRole("alert").getByText("max_tokens").waitFor();
      await page.getByLabel("Max tokens").fill("");
      await say(page, `[sim say="<img src=x onerror=document.title=1>"] Hello`);
      await page.getByText("<img src=x onerror=document.title=1>", { exact: true }).waitFor();
      expect(await page.locator("main img").count()).toBe(0);
    },
    SIMULATED,
  ));

test("what is asked as code runs as it is pasted", () =>
  visitors.at(
    `/playground?model=openai/gpt-5&options=${encodeURIComponent('{"order":["azure"]}')}`,
    async (page) => {
      await page.getByLabel("What is said").fill(`It's "quoted", $HOME`);
      await page.getByRole("button", { name: "Copy as code" }).click();
      const code = (await page.getByRole("dialog").locator("code").textContent())!;
      const ran = Bun.spawn(["sh", "-c", code.replace("curl", "curl -s")], {
        env: { PATH: process.env.PATH, HEADGATE_API_KEY: KEY },
      });
      const told = await new Response(ran.stdout).text();
      expect(told).toContain("data: [DONE]");
      expect(told).toContain('"finalProvider":"azure"');
    },
    SIMULATED,
  ));

test("who may not spend is told so", () =>
  visitors.at("/playground", (page) => page.getByText("For admins alone").waitFor(), { role: "viewer" }));
