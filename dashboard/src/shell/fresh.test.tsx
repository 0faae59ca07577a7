import { describe, expect, test } from "bun:test";
import { ask } from "../../../test/access/keys.ts";
import { at, screen, type Visit, waitFor } from "../../test/visitor.tsx";

/** Events that the test tells in the gateway's place. */
function told(): { visit: Visit; tell: (event: string, data: object) => void; hangUp: () => void } {
  let line: ReadableStreamDefaultController<Uint8Array> | undefined;
  let isRefused = false;
  const open = (hungUp: AbortSignal) =>
    new ReadableStream<Uint8Array>({
      start(opened) {
        line = opened;
        hungUp.addEventListener("abort", () => opened.error(new Error("hung up")));
        tell("pulse", { at: "", streams_open: 7, requests_in_flight: 7, worker: null });
      },
    });
  const tell = (event: string, data: object) =>
    line!.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`));
  return {
    tell,
    hangUp: () => {
      isRefused = true;
      line!.close();
    },
    visit: {
      standIn: (path, init) => {
        const isSession = path === "/admin/session";
        if (isRefused && (isSession || path === "/admin/events"))
          return Response.json({ error: { message: "Sign in first.", code: "unauthorized" } }, { status: 401 });
        return path === "/admin/events" ? new Response(open(init.signal!)) : undefined;
      },
    },
  };
}

const heard = async () => expect((await screen.findAllByText("7 open streams")).length).toBeGreaterThan(0);
const times = (asked: readonly string[], start: string) => asked.filter((one) => one.startsWith(`GET ${start}`)).length;
/** Once the page has come to rest: what it asks for at first is not what it asks anew. */
const rest = async (asked: readonly string[]) => {
  let before = -1;
  while (before !== asked.length) {
    before = asked.length;
    await fetch("/admin/alarms?limit=1");
    before += 1;
  }
};

describe("what was changed elsewhere", () => {
  test.each([
    ["keys", "/keys", ["/admin/keys"]],
    ["teams", "/keys?tab=teams", ["/admin/teams"]],
    ["budgets", "/budgets", ["/admin/budgets"]],
    ["credentials", "/providers", ["/admin/providers", "/admin/health"]],
    ["routing_rules", "/routing", ["/admin/routing-rules"]],
    ["corrections", "/budgets", ["/admin/budgets"]],
    ["corrections", "/requests", ["/admin/usage"]],
    ["settings", "/settings", ["/admin/settings"]],
  ])("of %s is asked for anew where it is seen", (what, where, paths) => {
    const { visit, tell } = told();
    return at(
      where,
      async ({ asked }) => {
        await screen.findByRole("heading", { level: 1 });
        await heard();
        await waitFor(() => expect(paths.map((path) => times(asked, path) > 0)).toEqual(paths.map(() => true)));
        await rest(asked);
        const before = paths.map((path) => times(asked, path));
        tell("changed", { what });
        await waitFor(() =>
          expect(paths.map((path, i) => times(asked, path) > before[i]!)).toEqual(paths.map(() => true)),
        );
      },
      visit,
    );
  });

  test("many times while it is read is read once for all of them", () => {
    const { visit, tell } = told();
    const { promise: over, resolve: goOn } = Promise.withResolvers<void>();
    let isHeld = false;
    let reads = 0;
    return at(
      "/budgets",
      async ({ asked, gateway }) => {
        await heard();
        await waitFor(() => expect(times(asked, "/admin/budgets")).toBe(1));
        await rest(asked);
        isHeld = true;
        for (let n = 0; n < 12; n++) {
          tell("changed", { what: n % 2 === 0 ? "budgets" : "corrections" });
          tell("pulse", { at: "", streams_open: 100 + n, requests_in_flight: 0, worker: null });
          // What comes behind it has been heard, and drawn: so has this.
          await screen.findAllByText(`${100 + n} open streams`);
          await waitFor(() => expect(reads).toBe(1));
        }
        const budget = { scope: "user", scope_id: "ada", limit_usd: 77, period: "daily" };
        expect((await ask(gateway, "POST", "/admin/budgets", budget)).status).toBe(201);
        goOn();
        await screen.findAllByText(/\$77/);
        await rest(asked);
        expect(reads).toBe(2);
      },
      {
        standIn: (path, init) => {
          if (!isHeld || !path.startsWith("/admin/budgets")) return visit.standIn!(path, init);
          return ++reads === 1 ? over.then(() => new Response("", { status: 403 })) : undefined;
        },
      },
    );
  });

  test("while it is read for the first time is read after that", () => {
    const { visit, tell } = told();
    const { promise: over, resolve: goOn } = Promise.withResolvers<void>();
    let reads = 0;
    return at(
      "/budgets",
      async ({ gateway }) => {
        await heard();
        await waitFor(() => expect(reads).toBe(1));
        const budget = { scope: "user", scope_id: "ada", limit_usd: 77, period: "daily" };
        expect((await ask(gateway, "POST", "/admin/budgets", budget)).status).toBe(201);
        tell("changed", { what: "budgets" });
        tell("pulse", { at: "", streams_open: 8, requests_in_flight: 0, worker: null });
        await screen.findAllByText("8 open streams");
        goOn();
        await screen.findAllByText(/\$77/);
        expect(reads).toBe(2);
      },
      {
        standIn: (path, init) => {
          if (!path.startsWith("/admin/budgets")) return visit.standIn!(path, init);
          return ++reads === 1 ? over.then(() => Response.json({ data: [], next: null })) : undefined;
        },
      },
    );
  });

  test("and is seen no more is not asked for until it is seen again", () => {
    const { visit, tell } = told();
    return at(
      "/routing",
      async ({ asked, user }) => {
        await heard();
        await waitFor(() => expect(times(asked, "/admin/routing-rules")).toBe(1));
        await user.click(screen.getByRole("link", { name: "Settings" }));
        await waitFor(() => expect(times(asked, "/admin/settings")).toBe(1));
        await rest(asked);
        tell("changed", { what: "routing_rules" });
        // What comes behind it has been heard: so has this.
        tell("changed", { what: "settings" });
        await waitFor(() => expect(times(asked, "/admin/settings")).toBe(2));
        expect(times(asked, "/admin/routing-rules")).toBe(1);
        await user.click(screen.getByRole("link", { name: "Routing" }));
        await waitFor(() => expect(times(asked, "/admin/routing-rules")).toBe(2));
      },
      visit,
    );
  });
});

test("a session that was ended elsewhere is over here as soon as that is heard, without anybody pressing anything", () => {
  const { visit, hangUp } = told();
  return at(
    "/budgets",
    async ({ address }) => {
      await screen.findByRole("heading", { level: 1, name: "Budgets & limits" });
      await heard();
      hangUp();
      expect((await screen.findByLabelText<HTMLInputElement>("Admin token")).value).toBe("");
      expect([address(), screen.queryAllByRole("navigation", { name: "Pages" }).length]).toEqual(["/budgets", 0]);
    },
    visit,
  );
});
