import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { ask } from "../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../test/support/gateway.ts";
import { Visitors } from "./visitor.ts";

// A browser, on machines that are busy.
setDefaultTimeout(60_000);

/** Providers and their credentials, in a real browser. */

const visitors = new Visitors();
beforeAll(() => visitors.come());
afterAll(() => visitors.leave());

const SECRET = "sk-entered-0123456789abcdefghij";
const AT = "/admin/providers/openai/credentials";
const enter = (gateway: RunningGateway, more: object = {}) =>
  ask(gateway, "POST", AT, { name: "blue", api_key: SECRET, ...more });
const blue = async (gateway: RunningGateway) => jsonOf(await ask(gateway, "GET", `${AT}/blue`));

describe("a credential", () => {
  test("is added, tried, changed and taken away; its secret is on no page", () =>
    visitors.at("/providers", async (page, gateway) => {
      await page.getByRole("row").filter({ hasText: "openai" }).first().press("Enter");
      await page.waitForURL("**/providers?provider=openai");
      await page.getByRole("button", { name: "Add a credential" }).click();
      await page.getByLabel("API key", { exact: true }).fill(`${SECRET}\n`);
      await page.getByLabel("Name").fill("blue");
      await page.getByLabel("It learns nothing").selectOption("Yes");
      await page.getByRole("button", { name: "Add the credential" }).click();
      await page.getByText("OpenAI is asked by blue from the next request on.").waitFor();
      const card = page.getByRole("article", { name: "Credential blue" });
      await card.getByText("…ghij").waitFor();
      await card.getByText("No training").waitFor();
      expect(await page.content()).not.toContain(SECRET);

      await card.getByRole("button", { name: "Test" }).click();
      await card.getByText(/^It works: openai\/\S+ answered 200 after/).waitFor();

      await card.getByRole("button", { name: "Edit" }).click();
      await page.getByLabel("Weight").fill("0");
      await page.getByRole("button", { name: "Save" }).click();
      await card.getByText("Asked only when no other is left.").waitFor();
      expect(await blue(gateway)).toMatchObject({ weight: 0, no_training: true, hint: "…ghij" });

      await card.getByRole("button", { name: "New secret" }).click();
      await page.getByLabel("API key", { exact: true }).fill("sk-bad-0123456789abcdefwxyz");
      await page.getByRole("button", { name: "Replace the secret" }).click();
      await card.getByText("…wxyz").waitFor();
      await card.getByRole("button", { name: "Test" }).click();
      await card.getByText(/^It does not work: openai\/\S+ answered 401 after/).waitFor();

      await card.getByRole("button", { name: "Remove" }).click();
      await page.getByRole("button", { name: "Remove the credential" }).click();
      await card.waitFor({ state: "detached" });
      expect((await ask(gateway, "GET", `${AT}/blue`)).status).toBe(404);
    }));

  test("is refused in the gateway's words, at the field that they are about", () =>
    visitors.at(
      "/providers?provider=openai",
      async (page) => {
        await page.getByRole("button", { name: "Add a credential" }).click();
        await page.getByLabel("API key", { exact: true }).fill(SECRET);
        await page.getByLabel("Name").fill("blue");
        await page.getByRole("button", { name: "Add the credential" }).click();
        await page.getByText('There is a credential "blue" already.').waitFor();
        expect(await page.getByLabel("Name").getAttribute("aria-invalid")).toBe("true");
        await page.getByLabel("Name").fill("red");
        await page.getByLabel("Weight").fill("much");
        await page.getByRole("button", { name: "Add the credential" }).click();
        // What was refused before is marked until the answer is there.
        await page.getByLabel("Weight").and(page.locator('[aria-invalid="true"]')).waitFor();
      },
      { before: (gateway) => enter(gateway) },
    ));

  test("that moves elsewhere wants its secret again, and without it says that it is not asked", () =>
    visitors.at(
      "/providers?provider=openai",
      async (page, gateway) => {
        const card = page.getByRole("article", { name: "Credential blue" });
        await card.getByRole("button", { name: "Edit" }).click();
        await page.getByLabel("Address").fill(`${gateway.simulator.url}/elsewhere/v1`);
        await page.getByText("A secret is entered for one address.").waitFor();
        await page.getByRole("button", { name: "Save" }).click();
        await card.getByText("its secret was dropped").waitFor();
        await card.getByRole("button", { name: "New secret" }).click();
        await page.getByLabel("API key", { exact: true }).fill(SECRET);
        await page.getByRole("button", { name: "Replace the secret" }).click();
        await card.getByText("its secret was dropped").waitFor({ state: "detached" });
        await card.getByRole("button", { name: "Test" }).click();
        await card.getByText(/^It works/).waitFor();
      },
      { before: (gateway) => enter(gateway) },
    ));

  test("of the configuration is tried, and changed where it stands", () =>
    visitors.at("/providers?provider=openai", async (page) => {
      const card = page.getByRole("article", { name: "Credential default" });
      await card.getByText("Of the configuration: it is changed there.").waitFor();
      expect(await card.getByRole("button").allInnerTexts()).toEqual(["Test"]);
      await card.getByRole("button", { name: "Test" }).click();
      await card.getByText(/^It works/).waitFor();
    }));

  test("is seen by a viewer, who changes and spends nothing", () =>
    visitors.at(
      "/providers?provider=openai",
      async (page) => {
        const card = page.getByRole("article", { name: "Credential blue" });
        await card.waitFor();
        for (const button of [...(await card.getByRole("button").all()), page.getByText("Add a credential")]) {
          expect(await button.isDisabled()).toBe(true);
          const why = await button.locator("xpath=ancestor-or-self::button").getAttribute("title");
          expect(why).toContain("signed in as a viewer");
        }
      },
      { role: "viewer", before: (gateway) => enter(gateway) },
    ));
});

test("who limits is left alone, and it is told until when; a word finds who is looked for", () =>
  visitors.at(
    "/providers",
    async (page) => {
      const row = page.getByRole("table", { name: "Providers in use" }).getByRole("row").filter({ hasText: "groq" });
      await row.getByText("Left alone").waitFor();
      await row.click();
      const ways = page.getByRole("table", { name: "Endpoints" });
      await ways.getByText("upstream_rate_limited").waitFor();
      await ways.getByText(/left alone until/).waitFor();
      await page.keyboard.press("Escape");
      await ways.waitFor({ state: "detached" });
      await page.getByLabel("Search providers").fill("bedrock");
      await page.waitForURL("**/providers?q=bedrock");
      await page.getByRole("row").filter({ hasText: "Amazon Bedrock" }).waitFor();
      await row.waitFor({ state: "detached" });
    },
    {
      remembers: true,
      before: (gateway) =>
        gateway.post("/v1/chat/completions", {
          model: "groq/llama-3.3-70b-versatile",
          providerOptions: { gateway: { only: ["groq"] } },
          messages: [{ role: "user", content: "[sim status=429 retry-after=300] Hi" }],
        }),
    },
  ));

test("what each needs is asked for", () =>
  visitors.at("/providers?provider=bedrock", async (page, gateway) => {
    await page.getByRole("button", { name: "Add a credential" }).click();
    await page.getByRole("radio", { name: "Access key" }).click();
    await page.getByLabel("Access key id").fill("AKIA0123456789ABCDEF");
    await page.getByLabel("Secret access key").fill(SECRET);
    await page.getByLabel("Region", { exact: false }).first().fill("eu-central-1");
    await page.getByRole("button", { name: "Add the credential" }).click();
    await page.getByText("…CDEF").waitFor();
    const { data } = await jsonOf(await ask(gateway, "GET", "/admin/providers/bedrock/credentials"));
    expect(data).toMatchObject([{ region: "eu-central-1", weight: 1 }]);
  }));

test("a server of one's own is entered, asked for its models, and one of them answers: by the dashboard alone", async () => {
  const asked: string[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      asked.push(new URL(request.url).pathname);
      if (request.method === "GET")
        return Response.json({
          object: "list",
          data: [{ id: "qwen3:8b" }, { id: "lab/<b>large</b>" }, { id: "lab/c" }],
        });
      const { model } = (await request.json()) as { model: string };
      const words = `data: ${JSON.stringify({ id: "x", object: "chat.completion.chunk", created: 1, model, choices: [{ index: 0, delta: { role: "assistant", content: `I am ${model}.` }, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`;
      return new Response(words, { headers: { "content-type": "text/event-stream" } });
    },
  });
  try {
    await visitors.at("/providers?provider=ollama", async (page, gateway) => {
      await page.getByRole("button", { name: "Add a credential" }).click();
      await page.getByLabel("Address").fill(`http://127.0.0.1:${server.port}/v1`);
      await page.getByRole("button", { name: "Add the credential" }).click();
      const card = page.getByRole("article", { name: /^Credential/ });
      await card.getByRole("button", { name: "Look for its models" }).click();
      const list = card.getByRole("list", { name: "Models of this server" });
      await list.getByText("lab/<b>large</b>").waitFor();
      await list.getByRole("button", { name: "Offer qwen3:8b as ollama/qwen3:8b" }).click();
      await page.getByText("ollama/qwen3:8b can be asked for.").waitFor();
      await card.getByRole("button", { name: "Offer all 2" }).click();
      while ((await list.getByText("asked for as").count()) < 3) await page.waitForTimeout(20);
      const virtual = (await jsonOf(await ask(gateway, "GET", "/admin/virtual-models"))).data;
      expect(virtual.map(({ id }: { id: string }) => id)).toEqual(["ollama/qwen3:8b", "ollama/b-", "ollama/c"]);
      await list.getByRole("link", { name: "Try it" }).first().click();
      await page.getByLabel("What is said").fill("Who are you?");
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByText("I am qwen3:8b.").waitFor();
      expect(asked).toContain("/v1/chat/completions");
    });
  } finally {
    await server.stop(true);
  }
});
