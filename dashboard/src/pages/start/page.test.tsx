import { describe, expect, test } from "bun:test";
import { ask, chat, made, post } from "../../../../test/access/keys.ts";
import { jsonOf } from "../../../../test/support/gateway.ts";
import { at, screen, waitFor } from "../../../test/visitor.tsx";
import { SNIPPETS } from "../../ui/snippets.ts";

const code = () => [...document.querySelectorAll("pre")].map(({ textContent }) => textContent).join("\n");

describe("where somebody begins", () => {
  test("the key that is made stands in every snippet, works, and is told once", () =>
    at("/start", async ({ user, gateway }) => {
      await user.click(await screen.findByRole("button", { name: "Make a key" }));
      const secret = (await screen.findByText(/^hg_\w{49}$/)).textContent!;
      for (const { label } of SNIPPETS) {
        await user.click(screen.getByRole("radio", { name: label }));
        await waitFor(() => expect(code()).toContain(secret));
      }
      expect((await post(gateway, secret)).status).toBe(200);
      const { data } = await jsonOf(await ask(gateway, "GET", "/admin/keys?q=my%20first"));
      expect([data.length, JSON.stringify(data).includes(secret)]).toEqual([1, false]);
    }));

  test("before that, snippets name the variable it is put in, and this address", () =>
    at("/start", async () => {
      await waitFor(() => expect(code()).toContain("$AI_GATEWAY_API_KEY"));
      expect(code()).toContain(location.origin);
      expect(screen.getByText(/Make a key above, and it stands in the code/)).toBeTruthy();
    }));

  test("the language that was chosen stands in the address", () =>
    at("/start?in=python", async ({ user, address }) => {
      await waitFor(() => expect(code()).toMatch(/import|OpenAI/));
      await user.click(screen.getByRole("radio", { name: "curl" }));
      expect([address(), code().includes("curl")]).toEqual(["/start?in=curl", true]);
    }));

  test("the first request appears the moment it is over, and leads to all of it", () =>
    at("/start", async ({ gateway, user, address }) => {
      await screen.findByText(/Waiting for your first request/);
      await screen.findAllByText(/open streams?$/);
      await gateway.post("/v1/chat/completions", chat());
      await user.click((await screen.findByText("answered")).closest("a")!);
      expect(address()).toMatch(/^\/requests\/gen_/);
    }));

  test("a request that failed is seen as well, with its error", () =>
    at("/start", async ({ gateway }) => {
      await screen.findByText(/Waiting for your first request/);
      await screen.findAllByText(/open streams?$/);
      await gateway.post("/v1/chat/completions", chat("openai/gpt-5", {}, "[sim status=401] Hi"));
      // In the words of the list of requests.
      const { data } = await jsonOf(await ask(gateway, "GET", "/admin/generations"));
      expect((await screen.findByTitle(data[0].error)).textContent).toBe("Auth");
    }));

  test("who was here before sees the last request at once", () =>
    at(
      "/start",
      async () => {
        await screen.findByText("answered");
        expect(screen.queryByText(/Waiting for your first/)).toBeNull();
      },
      { before: (gateway) => gateway.post("/v1/chat/completions", chat()) },
    ));

  test("what was done of the next steps is marked", () =>
    at(
      "/start",
      async () => {
        await screen.findByText("Set a budget");
        const done = () =>
          [...document.querySelectorAll('[aria-label="Done"]')].map(
            (mark) => mark.closest("a")!.querySelector("span span")!.textContent,
          );
        await waitFor(() => expect(done()).toHaveLength(3));
        expect(done()).toEqual(["Give a provider its credential", "A key for each client", "Set a budget"]);
      },
      {
        before: async (gateway) => {
          await made(gateway, { name: "ci" });
          await made(gateway, { name: "cd" });
          await ask(gateway, "POST", "/admin/budgets", { scope: "gateway", limit_usd: 1, period: "total" });
        },
      },
    ));

  test("a viewer makes no key, and is told why", () =>
    at(
      "/start",
      async () => {
        const button = await screen.findByRole<HTMLButtonElement>("button", { name: "Make a key" });
        expect([button.disabled, button.title]).toEqual([
          true,
          "You are signed in as a viewer: an admin can change this.",
        ]);
      },
      { role: "viewer" },
    ));
});
