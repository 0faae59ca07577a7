import { describe, expect, test } from "bun:test";
import { ask, chat } from "../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../test/support/gateway.ts";
import { CHAT, figure, NOTHING, refused, told, traffic } from "../../../test/traffic.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";
import { count, exactUsd, usd } from "../../ui/format.ts";

const usage = async (gateway: RunningGateway) => {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const path = `/admin/usage?start_date=${day(Date.now() - 86_400_000)}&end_date=${day(Date.now())}&group_by=model`;
  return (await jsonOf(await ask(gateway, "GET", path))).results as { model: string; total_cost: number }[];
};

const SEEN = { before: traffic };
const region = async () => within(await screen.findByRole("region", { name: "In figures" }));

describe("figures", () => {
  test("are those of the gateway, to the digit when they are pointed at", () =>
    at(
      "/",
      async ({ gateway }) => {
        await waitFor(() => expect(told("Requests")).toStartWith("Requests3"));
        const spent = (await usage(gateway)).reduce((all, { total_cost: cost }) => all + cost, 0);
        expect(spent).toBeGreaterThan(0);
        expect(within(figure("Spend")).getByText(usd(spent)).title).toBe(exactUsd(spent));
        expect(within(figure("Error rate")).getByText("33 %").title).toBe("1 of 3 requests failed");
        expect(told("Error rate")).toContain("1 failed");
      },
      SEEN,
    ));

  test("of what was not measured are a dash, and of nothing a zero", () =>
    at(
      "/",
      async () => {
        await waitFor(() => expect(told("Requests")).toStartWith("Requests3"));
        // Nothing was streamed; nothing came from a cache.
        const first = await within(figure("Time to first token p50")).findByText("–");
        expect(first.title).toBe("Nothing was measured");
        expect(told("Cached input")).toStartWith("Cached input0");
      },
      SEEN,
    ));

  test.each([
    ["Requests", /^\/requests\?from=[^&]+$/],
    ["Error rate", /^\/requests\?from=[^&]+&status=error$/],
    ["Output speed", /^\/requests\?from=[^&]+&(streamed=true&status=ok|status=ok&streamed=true)$/],
  ])("%s lead to the requests behind them", (label, where) =>
    at(
      "/",
      async ({ user, address }) => {
        await waitFor(() => expect(told("Requests")).toStartWith("Requests3"));
        await user.click(figure(label));
        await screen.findByRole("heading", { level: 1, name: "Requests" });
        expect(decodeURIComponent(address()).replaceAll('"', "")).toMatch(where);
      },
      SEEN,
    ),
  );

  test("that cannot be told are a dash with the gateway's words, and are asked for again", () => {
    let fails = true;
    return at(
      "/",
      async ({ user }) => {
        const alert = await (await region()).findByRole("alert");
        expect(alert.textContent).toContain("Not these days.");
        expect(told("Spend")).toBe("Spend–");
        fails = false;
        // What was asked for while it failed may be told afterwards.
        await waitFor(async () => {
          const again = (await region()).queryByRole("button", { name: "Try again" });
          if (again !== null) await user.click(again);
          expect(told("Requests")).toStartWith("Requests3");
        });
        expect((await region()).queryAllByRole("alert")).toHaveLength(0);
      },
      {
        ...SEEN,
        standIn: (path) =>
          fails && /^\/admin\/usage\?.*group_by=day$/.test(path) ? refused("Not these days.") : undefined,
      },
    );
  });

  test("as large as they get are told short, and whole when they are pointed at", () =>
    at(
      "/",
      async () => {
        const spend = await (await region()).findByText("$123,456,789.13");
        expect(spend.title).toBe("$123,456,789.125");
        expect(within(figure("Requests")).getByText("9.9B").title).toBe(count(9_876_543_210));
      },
      {
        ...SEEN,
        standIn: (path) => (path.includes("group_by=day&") || path.endsWith("group_by=day") ? huge(path) : undefined),
      },
    ));

  test("have what a request that comes in adds, without anybody asking", () =>
    at(
      "/?range=1h",
      async ({ gateway }) => {
        await waitFor(() => expect(told("Requests")).toStartWith("Requests3"));
        await screen.findAllByText(/open streams?$/);
        await gateway.post(CHAT, chat());
        await waitFor(() => expect(told("Requests")).toStartWith("Requests4"));
      },
      SEEN,
    ));
});

/** So much that nobody has it, in the last step of the time that is asked for. */
function huge(path: string): Response {
  const asked = new URL(path, "http://gateway.test").searchParams;
  const hour = asked.get("end_date")!.slice(0, 13);
  const told = { total_cost: 123_456_789.125, market_cost: 123_456_789.125, request_count: 9_876_543_210 };
  return Response.json({ results: [{ ...NOTHING, ...told, hour }] });
}
