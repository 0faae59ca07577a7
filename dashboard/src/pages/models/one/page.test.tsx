import { describe, expect, test } from "bun:test";
import type { ListedModel } from "../../../../../src/admin/contract.ts";
import { ask, chat } from "../../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../../test/support/gateway.ts";
import { at, screen, waitFor, within } from "../../../../test/visitor.tsx";
import { usd } from "../../../ui/format.ts";
import { dollars } from "../prices.ts";

const MODEL = "openai/gpt-5";
const told = async (gateway: RunningGateway, id = MODEL): Promise<ListedModel> =>
  jsonOf(await ask(gateway, "GET", `/admin/models/${id}`));
const rows = async () =>
  within(await screen.findByRole("table", { name: "Endpoints" }))
    .getAllByRole("row")
    .slice(1);
const card = async (title: string) => (await screen.findByRole("heading", { name: title })).closest("section")!;
const spend = async (gateway: RunningGateway) => {
  const reply = await gateway.post("/v1/chat/completions", chat(MODEL, { max_tokens: 500 }, "[sim tokens=500] Hi"));
  expect(reply.status).toBe(200);
  const id = String(reply.headers.get("x-request-id"));
  await reply.text();
  return (await jsonOf(await ask(gateway, "GET", `/admin/generations/${id}`))).market_cost as number;
};

/** The model as the gateway tells it, with some of it otherwise. */
const otherwise = (some: Partial<ListedModel>) => {
  let gateway: RunningGateway;
  return {
    before: async (running: RunningGateway) => {
      gateway = running;
    },
    standIn: (path: string) =>
      path === `/admin/models/${MODEL}`
        ? told(gateway).then((model) => Response.json({ ...model, ...some }))
        : undefined,
  };
};
const endpoint = (id: string, some: object) => ({
  id,
  provider: id,
  model: MODEL,
  upstream_model: `${id}-model`,
  operations: ["generate"],
  price: null,
  context_window: null,
  max_output: null,
  is_served: true,
  why_not: null,
  zero_data_retention: false,
  no_training: false,
  hipaa: false,
  regions: [],
  circuit: "closed",
  uptime_last_1d: 100,
  latency_last_1h: null,
  throughput_last_1h: null,
  ...some,
});

describe("one model", () => {
  test("is told with all who serve it, each at its price", () =>
    at(`/models/${MODEL}`, async ({ gateway }) => {
      const { name, endpoints } = await told(gateway);
      await screen.findByText(name);
      const shown = (await rows()).map(({ textContent }) => textContent!);
      expect(shown).toHaveLength(endpoints.length);
      for (const { provider, upstream_model: upstream, price } of endpoints) {
        const row = shown.find((text) => text.startsWith(`${provider}${upstream}`))!;
        expect(row).toContain(dollars(price!.per_million_tokens.input!));
        expect(row).toContain(dollars(price!.per_million_tokens.output!));
      }
      expect(shown.find((text) => text.startsWith("openai"))).toContain("Asked");
    }));

  test("leads to its providers, and back to all models", () =>
    at(`/models/${MODEL}`, async ({ user, address, history }) => {
      const row = (await rows()).find(({ textContent }) => textContent!.startsWith("openai"))!;
      await user.click(within(row).getByRole("link", { name: "openai" }));
      await screen.findByRole("heading", { level: 1, name: "Providers" });
      expect(address()).toBe("/providers?q=openai");
      history.back();
      await user.click(await screen.findByRole("link", { name: "All models" }));
      await screen.findByRole("heading", { level: 1, name: "Models" });
      expect(address()).toBe("/models");
    }));

  test("without price, context or measure has dashes there: it is not free, and nothing is nought", () =>
    at(
      `/models/${MODEL}`,
      async () => {
        const [bare, free] = (await rows()).map((row) =>
          within(row)
            .getAllByRole("cell")
            .map(({ textContent }) => textContent),
        );
        expect(bare!.slice(2, 7)).toEqual(["–", "–", "", "–", "–"]);
        expect(free!.slice(2, 4)).toEqual(["$0.00", "$0.00"]);
        expect(screen.queryAllByText("Longest answer")).toHaveLength(0);
        expect(screen.queryAllByText("Released")).toHaveLength(0);
      },
      otherwise({
        context_window: null,
        max_output: null,
        released_at: null,
        endpoints: [
          endpoint("bare", {}),
          endpoint("free", {
            price: { per_million_tokens: { input: 0, output: 0 }, per_unit: {}, images: [], tiers: [] },
          }),
        ] as never,
      }),
    ));

  test("tells prices that step, what else is paid for, how quick each is and what it keeps", () =>
    at(
      `/models/${MODEL}`,
      async () => {
        const [text] = (await rows()).map(({ textContent }) => textContent!);
        expect(text).toContain("$1.25$2.50 above 200K");
        expect(text).toContain("Cached input $0.125");
        expect(text).toContain("a search $0.01");
        expect(text).toContain("300 ms1,234 tok/s");
        expect(text).toContain("Being tried");
        expect(text).toContain("ZDRno trainingHIPAAEU");
        expect(screen.getByText("EU").title).toBe("Can be made to stay in the EU");
      },
      otherwise({
        endpoints: [
          endpoint("acme", {
            circuit: "half-open",
            zero_data_retention: true,
            no_training: true,
            hipaa: true,
            regions: ["eu"],
            latency_last_1h: { p50: 300, p95: 4000 },
            throughput_last_1h: { p50: 1234.4, p95: 2000 },
            price: {
              per_million_tokens: { input: 1.25, cache_read: 0.125 },
              per_unit: { searches: 0.01 },
              images: [],
              tiers: [{ above: 200_000, per_million_tokens: { input: 2.5 } }],
            },
          }),
        ] as never,
      }),
    ));

  test("that nobody serves says why at each", () =>
    at(
      `/models/${MODEL}`,
      async () => {
        expect((await rows()).map(({ textContent }) => textContent)).toEqual([
          expect.stringContaining("No credential"),
          expect.stringContaining("Not served"),
        ]);
        // Of nothing nothing failed, which says nothing.
        expect(screen.queryAllByText("100 %")).toHaveLength(0);
        expect(screen.queryAllByText("not served")).toHaveLength(1);
      },
      otherwise({
        is_served: false,
        endpoints: [
          endpoint("acme", { is_served: false, why_not: "No credential" }),
          endpoint("other", { is_served: false }),
        ] as never,
      }),
    ));

  test("sorts who serves it by what is asked, the unknown last", () =>
    at(
      `/models/${MODEL}`,
      async ({ user }) => {
        const names = async () => (await rows()).map((row) => within(row).getByRole("link").textContent);
        expect(await names()).toEqual(["dear", "unknown", "cheap"]);
        await user.click(screen.getByRole("button", { name: /^Input/ }));
        await waitFor(async () => expect((await names()).at(-1)).toBe("unknown"));
        const first = await names();
        await user.click(screen.getByRole("button", { name: /^Input/ }));
        await waitFor(async () => expect(await names()).toEqual([first[1]!, first[0]!, "unknown"]));
      },
      otherwise({
        endpoints: ["dear", "unknown", "cheap"].map((id, i) =>
          endpoint(id, {
            price: i === 1 ? null : { per_million_tokens: { input: 9 - i }, per_unit: {}, images: [], tiers: [] },
          }),
        ) as never,
      }),
    ));

  test("with a description that is markup is told as text", () =>
    at(
      `/models/${MODEL}`,
      async () => {
        await screen.findByText("<img src=x onerror=alert(1)>");
        expect(document.querySelectorAll("img")).toHaveLength(0);
      },
      otherwise({ description: "<img src=x onerror=alert(1)>" }),
    ));

  test("that there is not is told in the gateway's words", () =>
    at("/models/acme/of%20nobody", async ({ gateway, asked }) => {
      const reply = await jsonOf(await ask(gateway, "GET", "/admin/models/acme/of%20nobody"));
      expect((await screen.findByRole("alert")).textContent).toContain(reply.error.message);
      expect(asked).toContain("GET /admin/models/acme/of%20nobody");
    }));
});

describe("what was asked of a model", () => {
  test("in a week where nobody did is told so", () =>
    at(`/models/${MODEL}`, async () => {
      await screen.findByText("Nobody asked for it in that time");
    }));

  test("is told to the cent that it cost, and leads to those requests alone", () => {
    let cost = 0;
    return at(
      `/models/${MODEL}`,
      async ({ user, address }) => {
        const link = await screen.findByRole("link", { name: /in 2 requests$/ });
        expect(link.textContent).toBe(`${usd(cost)} in 2 requests`);
        await user.click(link);
        await screen.findByRole("heading", { level: 1, name: "Requests" });
        expect(address()).toStartWith("/requests?model=openai%2Fgpt-5&from=");
        await waitFor(() =>
          expect(within(screen.getByRole("table", { name: /requests/i })).getAllByRole("row")).toHaveLength(3),
        );
      },
      {
        before: async (gateway) => {
          cost = (await spend(gateway)) + (await spend(gateway));
          const other = await gateway.post("/v1/chat/completions", chat("anthropic/claude-sonnet-4.5"));
          expect(other.status).toBe(200);
          await other.text();
        },
      },
    );
  });

  test("is asked for again where it was not told, beside what else is known of the model", () => {
    let isDown = true;
    return at(
      `/models/${MODEL}`,
      async ({ user }) => {
        const alert = await within(await card("The last 7 days")).findByRole("alert");
        expect(alert.textContent).toContain("Sums are slow today.");
        expect((await rows()).length).toBeGreaterThan(0);
        isDown = false;
        await user.click(within(alert).getByRole("button", { name: "Try again" }));
        await screen.findByText("Nobody asked for it in that time");
      },
      {
        standIn: (path) =>
          isDown && path.startsWith("/admin/usage")
            ? Response.json({ error: { message: "Sums are slow today.", code: "bad_request" } }, { status: 400 })
            : undefined,
      },
    );
  });
});

describe("who wants to use a model", () => {
  test("has the code in their language, with its id and without a secret; the address keeps the language", () =>
    at(`/models/${MODEL}`, async ({ user, address }) => {
      const use = await card("Use it");
      expect(use.textContent).toContain(MODEL);
      const before = use.querySelector("pre")!.textContent;
      await user.click(within(use).getByRole("radio", { name: "Python" }));
      await waitFor(async () => expect((await card("Use it")).querySelector("pre")!.textContent).not.toBe(before));
      const code = (await card("Use it")).querySelector("pre")!.textContent!;
      expect(code).toContain("import");
      expect(code).toContain(MODEL);
      expect(code).toContain("AI_GATEWAY_API_KEY");
      expect(address()).toStartWith(`/models/${MODEL}?in=`);
      await user.click(within(use).getByRole("button", { name: "Copy the code" }));
      expect(await navigator.clipboard.readText()).toBe(code);
    }));

  test("copies its id, and nothing else", () =>
    at(`/models/${MODEL}`, async ({ user }) => {
      await user.click(await screen.findByRole("button", { name: "Copy the id" }));
      expect(await navigator.clipboard.readText()).toBe(MODEL);
    }));

  test("tries it in the playground", () =>
    at(`/models/${MODEL}`, async ({ user, address }) => {
      await user.click(await screen.findByRole("link", { name: "Try it" }));
      await screen.findByRole("heading", { level: 1, name: "Playground" });
      expect(address()).toBe("/playground?model=openai%2Fgpt-5");
    }));

  test("has neither where it does not talk", () =>
    at("/models/openai/text-embedding-3-small", async () => {
      expect((await rows()).length).toBeGreaterThan(0);
      expect(screen.queryAllByRole("link", { name: "Try it" })).toHaveLength(0);
      expect(screen.queryAllByText("Use it")).toHaveLength(0);
    }));

  test("and is a viewer does not try it: it would be paid for", () =>
    at(
      `/models/${MODEL}`,
      async () => {
        expect((await rows()).length).toBeGreaterThan(0);
        expect((await card("Use it")).textContent).toContain(MODEL);
        expect(screen.queryAllByRole("link", { name: "Try it" })).toHaveLength(0);
      },
      { role: "viewer" },
    ));
});
