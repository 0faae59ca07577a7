import { describe, expect, test } from "bun:test";
import { ask, chat, made } from "../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../test/support/gateway.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";
import { usd } from "../../ui/format.ts";

const PATH = "/admin/budgets";

async function budget(gateway: RunningGateway, told: object): Promise<{ id: string }> {
  const reply = await ask(gateway, "POST", PATH, { scope: "gateway", limit_usd: 10, period: "monthly", ...told });
  expect(reply.status).toBe(201);
  return await jsonOf(reply);
}
const kept = async (gateway: RunningGateway) => (await jsonOf(await ask(gateway, "GET", PATH))).data;
const spend = (gateway: RunningGateway, more: object = {}) =>
  gateway.post("/v1/chat/completions", chat("openai/gpt-5", { max_tokens: 500, ...more }, "[sim tokens=500] Hi"));

const rows = (name: string) => within(screen.getByRole("table", { name })).getAllByRole("row").slice(1);
const rowOf = async (text: string) => (await screen.findByText(text)).closest("tr")!;

describe("budgets that are there", () => {
  test("stand with the nearest to its limit first, in the words of what they are", () =>
    at(
      "/budgets",
      async () => {
        await screen.findByRole("table", { name: "Budgets" });
        const told = rows("Budgets").map((row) => row.textContent);
        expect(told[0]).toMatch(/^nightlyTag\$0\.00of \$0\.00 a week100 %/);
        expect(told[1]).toMatch(/^All requestsGateway\$0\.00of \$10\.00 a month0 %\$10\.00/);
        expect(told[1]).toContain("refuses50, 75, 100 %");
        expect(told[0]).toContain("only tellsnone");
      },
      {
        before: async (gateway) => {
          await budget(gateway, {});
          await budget(gateway, {
            scope: "tag",
            scope_id: "nightly",
            limit_usd: 0,
            period: "weekly",
            soft: true,
            thresholds: [],
          });
        },
      },
    ));

  test("tell what was spent to the cent that was charged, and lead to the requests that spent it", () =>
    at(
      "/budgets",
      async ({ gateway, user, address }) => {
        const [{ spent_usd: spent, remaining_usd: left }] = await kept(gateway);
        const row = await rowOf("All requests");
        const link = within(row).getByRole("link", { name: usd(spent) });
        expect(link.title).toBe("The requests of its period");
        expect(spent + left).toBeCloseTo(1, 9);
        await user.click(link);
        expect(address()).toStartWith("/requests?");
        await screen.findByRole("heading", { level: 1, name: "Requests" });
        expect((await screen.findAllByText("openai/gpt-5")).length).toBeGreaterThan(0);
      },
      {
        before: async (gateway) => {
          await budget(gateway, { limit_usd: 1 });
          expect((await spend(gateway)).status).toBe(200);
        },
      },
    ));

  test("that hold for each by itself stand apart, without figures of their own", () =>
    at(
      "/budgets",
      async () => {
        await screen.findByRole("table", { name: "Budgets for each" });
        expect(rows("Budgets for each").map(({ textContent }) => textContent)).toEqual([
          expect.stringMatching(/^Each end userEnd user\$3\.00 a day/),
          expect.stringMatching(/^Each keyKey\$2\.00 in allnever/),
        ]);
        expect(screen.getByText("Nothing limits what is spent")).toBeTruthy();
      },
      {
        before: async (gateway) => {
          await budget(gateway, { scope: "key", scope_id: "*", limit_usd: 2, period: "total" });
          await budget(gateway, { scope: "user", scope_id: "*", limit_usd: 3, period: "daily" });
        },
      },
    ));

  test("are chosen by whose they are, and the choice stands in the address", () =>
    at(
      "/budgets",
      async ({ user, address }) => {
        await screen.findByText("nightly");
        await user.click(screen.getByRole("radio", { name: "Team" }));
        expect(await screen.findByText("There is no such budget")).toBeTruthy();
        expect(address()).toBe("/budgets?scope=team");
        await user.click(screen.getByRole("radio", { name: "Tag" }));
        expect(rows("Budgets")).toHaveLength(1);
        await user.click(screen.getByRole("radio", { name: "All" }));
        expect([rows("Budgets").length, address()]).toEqual([2, "/budgets"]);
      },
      { before: twoOfThem },
    ));

  test("are found by whose they are", () =>
    at(
      "/budgets?q=NIGHT",
      async ({ user, address }) => {
        await screen.findByText("nightly");
        expect(rows("Budgets")).toHaveLength(1);
        const box = screen.getByLabelText<HTMLInputElement>("Search budgets by whose they are");
        expect(box.value).toBe("NIGHT");
        await user.clear(box);
        await waitFor(() => expect(rows("Budgets")).toHaveLength(2));
        expect(address()).toBe("/budgets");
      },
      { before: twoOfThem },
    ));

  test("that are archived are shown when somebody asks, and count nothing", () =>
    at(
      "/budgets",
      async ({ user, address }) => {
        await screen.findByText("nightly");
        expect(screen.queryByText("All requests")).toBeNull();
        await user.click(screen.getByRole("switch", { name: "Archived ones too" }));
        expect((await rowOf("All requests")).textContent).toContain("archived");
        expect(address()).toBe("/budgets?archived=true");
      },
      {
        before: async (gateway) => {
          const { id } = await budget(gateway, {});
          await budget(gateway, { scope: "tag", scope_id: "nightly" });
          await ask(gateway, "PATCH", `${PATH}/${id}`, { archived: true });
        },
      },
    ));

  test("of a key go by its name and lead to it", () =>
    at(
      "/budgets",
      async ({ user, address }) => {
        await user.click(await screen.findByRole("link", { name: "ci" }));
        expect(address()).toStartWith("/keys?key=key_");
      },
      { before: (gateway) => made(gateway, { name: "ci", budget: { limit_usd: 5, period: "daily" } }) },
    ));

  test("whose owner is markup is told as text", () =>
    at(
      "/budgets",
      async () => {
        await screen.findByText("<img src=x onerror=alert(1)>");
        expect(document.querySelector("img")).toBeNull();
      },
      { before: (gateway) => budget(gateway, { scope: "user", scope_id: "<img src=x onerror=alert(1)>" }) },
    ));

  test("that another operator makes meanwhile appear without being asked for", () =>
    at("/budgets", async ({ gateway }) => {
      await screen.findByText("Nothing limits what is spent");
      await screen.findAllByText(/open streams?$/);
      await budget(gateway, {});
      expect(await screen.findByText("All requests")).toBeTruthy();
    }));
});

describe("a new budget", () => {
  const open = async (user: { click(element: Element): Promise<void> }) => {
    await user.click((await screen.findAllByRole("button", { name: "Make a budget" }))[0]!);
    await screen.findByRole("dialog");
  };
  const make = () => screen.getByRole("button", { name: "Make the budget" });

  test("is made as it was filled in, and holds from then on", () =>
    at("/budgets", async ({ user, gateway, address }) => {
      await open(user);
      expect(address()).toBe("/budgets?new=budget");
      await user.type(screen.getByLabelText("Limit in dollars"), "$1,000.5");
      await user.selectOptions(screen.getByLabelText("Period"), "weekly");
      await user.click(screen.getByRole("switch", { name: "Only count, refuse nobody" }));
      await user.click(screen.getByRole("button", { name: "Remove threshold 75" }));
      await user.click(make());
      await screen.findByText("The budget is made. It holds from the next request on.");
      expect(await kept(gateway)).toMatchObject([
        { scope: "gateway", limit_usd: 1000.5, period: "weekly", soft: true, thresholds: [50, 100] },
      ]);
      expect((await rowOf("All requests")).textContent).toContain("of $1,000.50 a week");
      expect([address(), screen.queryByRole("dialog")]).toEqual(["/budgets", null]);
    }));

  test.each([
    ["", "Say how many dollars."],
    ["a lot", "This must be dollars, such as 20 or 0.50."],
    ["1e3", "This must be dollars, such as 20 or 0.50."],
    ["-1", "This must be dollars, such as 20 or 0.50."],
    [".", "This must be dollars, such as 20 or 0.50."],
    ["0.0000000001", /decimals|nanodollar/],
    ["99999999999999999999", /./],
  ])("of %j dollars is refused at its field, and nothing is made", (limit, words) =>
    at("/budgets?new=budget", async ({ user, gateway }) => {
      const field = await screen.findByLabelText("Limit in dollars");
      if (limit !== "") await user.type(field, limit);
      await user.click(make());
      await waitFor(() => expect(field.getAttribute("aria-invalid")).toBe("true"));
      expect(document.getElementById(field.getAttribute("aria-describedby")!)!.textContent).toMatch(words);
      expect(await kept(gateway)).toEqual([]);
    }),
  );

  test("is refused in the gateway's words where there is one already, and stays to be changed", () =>
    at(
      "/budgets?new=budget",
      async ({ user, gateway }) => {
        await user.type(await screen.findByLabelText("Limit in dollars"), "5");
        await user.click(make());
        const words = await screen.findByText(/There is a monthly budget already/);
        expect(screen.getByLabelText("Period").getAttribute("aria-describedby")).toBe(words.id);
        await user.selectOptions(screen.getByLabelText("Period"), "daily");
        await user.click(make());
        await screen.findByText(/The budget is made/);
        expect(await kept(gateway)).toHaveLength(2);
      },
      { before: (gateway) => budget(gateway, {}) },
    ));

  test("is made once, however often the button is pressed", () =>
    at("/budgets?new=budget", async ({ user, asked }) => {
      await user.type(await screen.findByLabelText("Limit in dollars"), "5");
      await user.dblClick(make());
      await screen.findByText(/The budget is made/);
      expect(asked.filter((one) => one === `POST ${PATH}`)).toHaveLength(1);
    }));

  test("is not made by who thinks again", () =>
    at("/budgets?new=budget", async ({ user, gateway, address }) => {
      await user.type(await screen.findByLabelText("Limit in dollars"), "5");
      await user.click(screen.getByRole("button", { name: "Cancel" }));
      expect([await kept(gateway), address()]).toEqual([[], "/budgets"]);
    }));
});

describe("a budget that is changed", () => {
  const act = async (user: { click(element: Element): Promise<void> }, what: string) => {
    await user.click(await screen.findByRole("button", { name: /What can be done with the budget of/ }));
    await user.click(await screen.findByRole("menuitem", { name: what }));
  };

  test("keeps its period, and all that was not touched", () =>
    at(
      "/budgets",
      async ({ user, gateway, address }) => {
        await user.click(within(await rowOf("All requests")).getByText("refuses"));
        expect(address()).toStartWith("/budgets?budget=");
        const limit = await screen.findByLabelText<HTMLInputElement>("Limit in dollars");
        // As people write it: never 1e-7.
        expect(limit.value).toBe("0.0000001");
        expect(screen.getByLabelText<HTMLSelectElement>("Period").disabled).toBe(true);
        await user.clear(limit);
        await user.type(limit, "7");
        await user.click(screen.getByRole("button", { name: "Save" }));
        await screen.findByText("The budget is changed.");
        expect(await kept(gateway)).toMatchObject([
          { limit_usd: 7, period: "daily", includes_byok: true, thresholds: [80], soft: false },
        ]);
      },
      {
        before: (gateway) =>
          budget(gateway, { limit_usd: 0.0000001, period: "daily", includes_byok: true, thresholds: [80] }),
      },
    ));

  test("opens from a link that somebody sent", () =>
    at("/budgets", async ({ gateway, history }) => {
      await screen.findByText("Nothing limits what is spent");
      const { id } = await budget(gateway, { scope: "tag", scope_id: "nightly" });
      history.push(`/budgets?budget=${id}`);
      expect(await screen.findByRole("dialog", { name: "Budget of nightly" })).toBeTruthy();
    }));

  test("is archived, and counts again", () =>
    at(
      "/budgets?archived=true",
      async ({ user, gateway }) => {
        await act(user, "Archive");
        await screen.findByText("The budget counts no more.");
        expect(await kept(gateway)).toMatchObject([{ archived: true }]);
        await screen.findByText("archived");
        await act(user, "Restore");
        await screen.findByText("The budget counts again.");
        expect(await kept(gateway)).toMatchObject([{ archived: false }]);
      },
      { before: (gateway) => budget(gateway, {}) },
    ));

  test("is removed after somebody was asked", () =>
    at(
      "/budgets",
      async ({ user, gateway }) => {
        await act(user, "Remove…");
        const asked = await screen.findByRole("dialog", { name: "Remove the budget of All requests?" });
        await user.click(within(asked).getByRole("button", { name: "Cancel" }));
        expect(await kept(gateway)).toHaveLength(1);
        await act(user, "Remove…");
        await user.click(await screen.findByRole("button", { name: "Remove the budget" }));
        await screen.findByText(/The budget is gone/);
        expect(await kept(gateway)).toEqual([]);
        expect(await screen.findByText("Nothing limits what is spent")).toBeTruthy();
      },
      { before: (gateway) => budget(gateway, {}) },
    ));
});

describe("limits", () => {
  test("of the configuration are told with where they come from, and those that are none", () =>
    at(
      "/budgets?tab=limits",
      async () => {
        await screen.findByRole("table", { name: "Rate limits of the configuration" });
        expect(rows("Rate limits of the configuration").map(({ textContent }) => textContent)).toEqual([
          expect.stringMatching(/^All requests together/),
          expect.stringMatching(/^Each key without its own.*1,200no limitno limit$/),
          expect.stringMatching(/^Each end userno limitno limit/),
        ]);
        expect(screen.queryByRole("table", { name: "Keys with limits of their own" })).toBeNull();
      },
      { config: { rate_limits: { per_key: { requests_per_minute: 1200 } } } },
    ));

  test("of keys are told beside, absent and lifted each for itself", () =>
    at(
      "/budgets?tab=limits",
      async () => {
        await screen.findByRole("table", { name: "Keys with limits of their own" });
        expect(rows("Keys with limits of their own").map(({ textContent }) => textContent)).toEqual([
          "ci5anyas every key",
        ]);
      },
      {
        before: async (gateway) => {
          await made(gateway, { name: "ci", limits: { requests_per_minute: 5, tokens_per_minute: null } });
          await made(gateway, { name: "plain" });
        },
      },
    ));

  test("going to another tab leaves behind what the first was filtered by", () =>
    at("/budgets?scope=tag&q=x", async ({ user, address }) => {
      await user.click(await screen.findByRole("tab", { name: "Rate limits" }));
      expect(address()).toBe("/budgets?tab=limits");
      await user.click(screen.getByRole("tab", { name: "Budgets" }));
      expect(address()).toBe("/budgets");
    }));
});

async function twoOfThem(gateway: RunningGateway): Promise<void> {
  await budget(gateway, {});
  await budget(gateway, { scope: "tag", scope_id: "nightly" });
}
