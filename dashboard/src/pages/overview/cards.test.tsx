import { describe, expect, test } from "bun:test";
import { ask } from "../../../../test/access/keys.ts";
import { refused, traffic } from "../../../test/traffic.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";

const SEEN = { before: traffic };
const REMEMBERED = { before: traffic, remembers: true };
const card = async (title: string) => {
  // The last: a chart is called so as well.
  const headings = await screen.findAllByRole("heading", { level: 2, name: title });
  return within(headings.at(-1)!.closest("section")!);
};
const only = (start: string, body: unknown) => (path: string) =>
  path.startsWith(start) ? (body instanceof Response ? body.clone() : Response.json(body)) : undefined;

describe("errors", () => {
  test("are counted by their code and lead to the requests that failed so", () =>
    at(
      "/",
      async ({ user, address }) => {
        const link = await (await card("Errors")).findByRole("link");
        const code = link.firstElementChild!.nextElementSibling!.textContent!;
        expect(link.textContent).toBe(`${code}1`);
        await user.click(link);
        await screen.findByRole("heading", { level: 1, name: "Requests" });
        expect(address()).toContain(`error=${code}`);
      },
      SEEN,
    ));

  test("that there were none of is said", () =>
    at(
      "/",
      async () => {
        const errors = await card("Errors");
        await errors.findByText("Nothing failed in this time.");
        expect(errors.queryAllByRole("link")).toHaveLength(0);
      },
      { ...SEEN, standIn: (path) => (path.endsWith("group_by=error") ? Response.json({ results: [] }) : undefined) },
    ));

  test("are the eight most frequent, the most first", () =>
    at(
      "/",
      async () => {
        const errors = await card("Errors");
        await errors.findByText("code_19");
        const links = errors.getAllByRole("link").map(({ textContent }) => textContent);
        expect(links.slice(0, 2)).toEqual(["code_1920K", "code_1819K"]);
        expect(links).toHaveLength(8);
        expect(errors.getByText("20K").title).toBe("20,000");
      },
      {
        ...SEEN,
        standIn: (path) =>
          path.endsWith("group_by=error")
            ? Response.json({
                results: Array.from({ length: 20 }, (_, i) => ({
                  error: `code_${i}`,
                  request_count: (i + 1) * 1000,
                })),
              })
            : undefined,
      },
    ));

  test("that cannot be told are asked for again", () => {
    let fails = true;
    return at(
      "/",
      async ({ user }) => {
        const errors = await card("Errors");
        expect((await errors.findByRole("alert")).textContent).toContain("Not of this.");
        fails = false;
        await user.click(errors.getByRole("button", { name: "Try again" }));
        await errors.findByRole("link");
        expect(errors.queryAllByRole("alert")).toHaveLength(0);
      },
      { ...SEEN, standIn: (path) => (fails && path.endsWith("group_by=error") ? refused("Not of this.") : undefined) },
    );
  });
});

describe("budgets", () => {
  const PATH = "/admin/budgets";

  test("that are none lead to setting one", () =>
    at(
      "/",
      async ({ user, address }) => {
        await user.click(await (await card("Budgets")).findByRole("link", { name: "Set a budget" }));
        await screen.findByRole("heading", { level: 1, name: "Budgets & limits" });
        expect(address()).toBe("/budgets");
      },
      SEEN,
    ));

  test("are told with what is gone, the nearest to its limit first", () =>
    at(
      "/",
      async () => {
        const budgets = await card("Budgets");
        await budgets.findByText("nothing-more");
        await budgets.findByText("ops");
        const told = budgets.getAllByRole("listitem").map(({ textContent }) => textContent);
        expect(told[0]).toMatch(/^nothing-more tag, daily100 %\$0\.00 of \$0\.00resets in/);
        expect(told[1]).toMatch(/^ops team, in all, soft0 %\$0\.00 of \$9,000,000\.00$/);
      },
      {
        before: async (gateway) => {
          await traffic(gateway);
          const { id } = (await (await ask(gateway, "POST", "/admin/teams", { name: "ops" })).json()) as { id: string };
          const made = await Promise.all([
            ask(gateway, "POST", PATH, { scope: "tag", scope_id: "nothing-more", limit_usd: 0, period: "daily" }),
            ask(gateway, "POST", PATH, {
              scope: "team",
              scope_id: id,
              limit_usd: 9_000_000,
              period: "total",
              soft: true,
            }),
          ]);
          for (const reply of made) expect([reply.status, await reply.text()]).toEqual([201, expect.any(String)]);
        },
      },
    ));

  test("that another operator makes appear without being asked for", () =>
    at(
      "/",
      async ({ gateway }) => {
        await (await card("Budgets")).findByText(/Nothing limits/);
        await screen.findAllByText(/open streams?$/);
        await ask(gateway, "POST", PATH, { scope: "gateway", limit_usd: 10, period: "monthly" });
        expect((await (await card("Budgets")).findByText("Everything")).textContent).toBe("Everything");
      },
      SEEN,
    ));

  test("that cannot be told are no budgets that there are none of", () =>
    at(
      "/",
      async () => {
        const budgets = await card("Budgets");
        expect((await budgets.findByRole("alert")).textContent).toContain("Not now.");
        expect(budgets.queryAllByText(/Nothing limits/)).toHaveLength(0);
      },
      { ...SEEN, standIn: only("/admin/budgets", refused("Not now.")) },
    ));
});

describe("providers", () => {
  test("are told with how they do, and lead to themselves", () =>
    at(
      "/",
      async ({ user, address }) => {
        const providers = await card("Providers");
        await user.click(await providers.findByRole("link", { name: "openai" }));
        await screen.findByRole("heading", { level: 1, name: "Providers" });
        expect(address()).toBe("/providers?provider=openai");
      },
      REMEMBERED,
    ));

  test("that are left alone say why and until when", () =>
    at(
      "/",
      async () => {
        const row = (await (await card("Providers")).findByText("Left alone")).closest("li")!;
        expect(row.textContent).toMatch(/^openaiLeft alone.*rate limited, 429again in \d+ (s|min)/);
      },
      {
        ...SEEN,

        standIn: (path) => (path === "/admin/health" ? Response.json(health([alone("openai")])) : undefined),
      },
    ));

  test("are the eight that do worst, and how many more there are", () =>
    at(
      "/",
      async () => {
        const providers = await card("Providers");
        await providers.findByText("4 more do well.");
        expect(providers.getAllByRole("listitem")).toHaveLength(8);
      },
      { ...SEEN, standIn: only("/admin/health", health(Array.from({ length: 12 }, (_, i) => way(`p${i}`)))) },
    ));

  test("that nobody asked are said to be none, and the simulator to be what it is", () =>
    at(
      "/",
      async () => {
        const providers = await card("Providers");
        await providers.findByText(/Nobody was asked in the last day/);
        expect(providers.getByText("Simulated").title).toContain("no provider has a credential");
      },
      { ...SEEN, standIn: only("/admin/health", { ...health([]), simulated: true }) },
    ));

  test("stand beneath what the gateway misses, until when it goes on without", () =>
    at(
      "/",
      async () => {
        const providers = await card("Providers");
        const said = (await providers.findByText(/The database fails since/)).textContent;
        expect(said).toMatch(/since \d+ min ago; requests are served until .+\.$/);
        expect(providers.getByText(/Redis is out of reach/).textContent).not.toContain("served until");
      },
      {
        ...SEEN,
        standIn: only("/admin/health", {
          ...health([]),
          missing: [
            { what: "database", since: moment(-5), served_until: moment(5) },
            { what: "redis", since: moment(-5), served_until: null },
          ],
        }),
      },
    ));
});

describe("what somebody should look into", () => {
  const alarm = (id: string, kind: string, target: string, minutes = -5) => ({
    id,
    kind,
    target,
    created_at: moment(minutes),
    detail: {},
  });

  test("stands there for a week, and leads to where it was", () =>
    at(
      "/",
      async () => {
        const alarms = await card("To look into");
        expect(alarms.getAllByRole("listitem").map(({ textContent }) => textContent)).toEqual([
          "A budget was overspent5 min ago · bdg_1",
          "A provider told counts that cannot be5 min ago · gen_1",
          "of another kind5 min ago · x",
        ]);
        const links = alarms.getAllByRole("link").map((link) => link.getAttribute("href"));
        expect(links).toEqual(["/budgets", "/requests/gen_1"]);
      },
      {
        ...SEEN,
        standIn: only("/admin/alarms", {
          data: [
            alarm("1", "budget.overspent", "bdg_1"),
            alarm("2", "usage", "gen_1"),
            alarm("3", "of another kind", "x"),
            alarm("4", "of last month", "x", -60 * 24 * 8),
          ],
        }),
      },
    ));

  test("takes no room where there is nothing", () =>
    at(
      "/",
      async ({ asked }) => {
        await (await card("Providers")).findByRole("link", { name: "openai" });
        await waitFor(() => expect(asked).toContain("GET /admin/alarms?limit=4"));
        expect(screen.queryAllByRole("heading", { name: "To look into" })).toHaveLength(0);
      },
      REMEMBERED,
    ));
});

describe("just now", () => {
  test("is a dash until the gateway has told it, and then a number", async () => {
    const { promise: told, resolve: tell } = Promise.withResolvers<undefined>();
    await at(
      "/",
      async () => {
        const now = await card("Now");
        expect(now.getAllByText("–")).toHaveLength(2);
        expect(now.getByText("Connecting…").textContent).not.toBe("");
        tell(undefined);
        await now.findByText("Live");
        await waitFor(() => expect(now.queryAllByText("–")).toHaveLength(0));
        expect(now.getAllByRole("definition").map(({ textContent }) => textContent)).toEqual(["1,234", "0"]);
        expect(now.getByText(/^Of worker 2/).textContent).toBe("Of worker 2, which answers here.");
      },
      {
        ...SEEN,
        standIn: (path, init) =>
          path === "/admin/events" ? told.then(() => new Response(pulses(init.signal!))) : undefined,
      },
    );
  });
});

/** One pulse, and a line that stays open. */
function pulses(hungUp: AbortSignal): ReadableStream {
  const pulse = { at: moment(0), streams_open: 1234, requests_in_flight: 0, worker: 2 };
  return new ReadableStream({
    start(line) {
      line.enqueue(new TextEncoder().encode(`event: pulse\ndata: ${JSON.stringify(pulse)}\n\n`));
      hungUp.addEventListener("abort", () => line.error(new Error("hung up")));
    },
  });
}

const moment = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

const way = (provider: string, more: object = {}) => ({
  endpoint: `${provider}:m`,
  provider,
  model: "m/m",
  upstream_model: "m",
  credential: null,
  circuit: "closed",
  left_alone: null,
  requests_last_15m: { worked: 100, failed: 0 },
  uptime_last_15m: 100,
  uptime_last_1h: 100,
  uptime_last_1d: 100,
  latency_last_1h: null,
  throughput_last_1h: null,
  ...more,
});

const alone = (provider: string) =>
  way(provider, {
    circuit: "open",
    left_alone: {
      until: moment(3),
      error: "upstream_rate_limited",
      status: 429,
      told_by_provider: true,
      probing: false,
    },
  });

const health = (data: readonly object[]) => ({ object: "health", simulated: false, missing: [], data });
