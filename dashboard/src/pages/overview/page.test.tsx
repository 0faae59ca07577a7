import { describe, expect, test } from "bun:test";
import { chat } from "../../../../test/access/keys.ts";
import { CHAT, told, traffic } from "../../../test/traffic.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";

const CHARTS = ["Spend", "Requests", "Tokens", "Errors", "Time to first token", "Output speed"];

describe("where nobody has asked for anything yet", () => {
  const NOTE = "No request has come in yet.";

  test("who comes back to the overview stays, is told so, and how to begin", () =>
    at("/start", async ({ history, user, address }) => {
      await screen.findByRole("heading", { level: 1, name: "Get started" });
      // Whoever comes for the first time is led to the start from here; who was led already is not.
      history.push("/");
      await waitFor(() => expect(address() === "/start" || screen.queryAllByText(NOTE).length === 1).toBe(true));
      history.push("/");
      await screen.findByText(NOTE);
      expect(address()).toBe("/");
      await user.click(within(screen.getByRole("main")).getByRole("link", { name: "Get started" }));
      await screen.findByRole("heading", { level: 1, name: "Get started" });
    }));

  test("nothing is told of it any more once the first request has come in", () =>
    at("/start", async ({ gateway, history, address }) => {
      await screen.findAllByText(/open streams?$/);
      history.push("/");
      await waitFor(() => expect(address() === "/start" || screen.queryAllByText(NOTE).length === 1).toBe(true));
      history.push("/");
      await screen.findByText(NOTE);
      expect((await gateway.post(CHAT, chat())).status).toBe(200);
      await waitFor(() => expect(screen.queryAllByText(NOTE)).toHaveLength(0));
      await waitFor(() => expect(told("Requests")).toStartWith("Requests1"));
    }));
});

test("while the gateway is asked, what will be there stands in its size, and no number that is none", async () => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<undefined>();
  let isHeld = true;
  await at(
    "/",
    async () => {
      await screen.findByRole("status", { name: "Loading" });
      for (const title of CHARTS) expect(screen.getAllByRole("heading", { name: title }).length).toBeGreaterThan(0);
      expect(told("Spend")).toBe("Spend");
      expect(screen.queryAllByText("Nothing failed in this time.")).toHaveLength(0);
      isHeld = false;
      answer(undefined);
      await waitFor(() => expect(told("Requests")).toStartWith("Requests3"));
      await waitFor(() => expect(screen.queryAllByRole("status", { name: "Loading" })).toHaveLength(0));
    },
    {
      before: traffic,
      // Answered by the gateway in the end: another that is held is asked again.
      standIn: (path) =>
        isHeld && /^\/admin\/(usage|latency)\?/.test(path)
          ? answered.then(() => Response.json({ error: { message: "Again." } }, { status: 503 }))
          : undefined,
    },
  );
});

test("a viewer sees all of it", () =>
  at(
    "/",
    async ({ asked }) => {
      await waitFor(() => expect(told("Requests")).toStartWith("Requests3"));
      await screen.findByRole("table", { name: "Sums by model" });
      await screen.findByText(/Nothing limits what is spent/);
      expect(screen.queryAllByRole("alert")).toHaveLength(0);
      expect(asked.filter((one) => !one.startsWith("GET"))).toEqual([]);
    },
    { before: traffic, role: "viewer" },
  ));
