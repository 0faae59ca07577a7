import { describe, expect, test } from "bun:test";
import type { RunningGateway } from "../../../../../test/support/gateway.ts";
import { look, send, told } from "../../../../test/request.ts";
import { at, fireEvent, screen, waitFor, within } from "../../../../test/visitor.tsx";

const button = (name: string) => screen.findByRole<HTMLButtonElement>("button", { name });

/** Three requests, the latest first. */
function three(): { ids: string[]; before: (gateway: RunningGateway) => Promise<void> } {
  const ids: string[] = [];
  return {
    ids,
    before: async (gateway) => {
      for (const user of ["ada", "bob", "ada"]) {
        ids.unshift(await send(gateway, { more: { user } }));
        // Of those of one millisecond any may be the latest.
        await Bun.sleep(2);
      }
    },
  };
}

describe("from one request to another", () => {
  test("goes who has seen the list, by buttons and by j and k, as far as there are some", () => {
    const { ids, before } = three();
    return at(
      "/requests",
      async ({ user, address, history }) => {
        await waitFor(() => expect(screen.queryAllByText("bob").length).toBeGreaterThan(0));
        history.push(`/requests/${ids[1]}`);
        for (const name of ["Older request", "Newer request"])
          await waitFor(async () => expect((await button(name)).disabled).toBe(false));
        await user.click(await button("Older request"));
        await waitFor(() => expect(address()).toBe(`/requests/${ids[2]}`));
        await screen.findByText(ids[2]!);
        await waitFor(async () => expect((await button("Older request")).disabled).toBe(true));
        await user.keyboard("k");
        await waitFor(() => expect(address()).toBe(`/requests/${ids[1]}`));
        await screen.findByText(ids[1]!);
        await user.keyboard("k");
        await waitFor(() => expect(address()).toBe(`/requests/${ids[0]}`));
        await screen.findByText(ids[0]!);
        expect((await button("Newer request")).disabled).toBe(true);
        await user.keyboard("k");
        expect(address()).toBe(`/requests/${ids[0]}`);
        await user.keyboard("j");
        await waitFor(() => expect(address()).toBe(`/requests/${ids[1]}`));
        await screen.findByText(ids[1]!);
        // They took each other's place: going back leads to the list.
        history.back();
        await screen.findByRole("heading", { level: 1, name: "Requests" });
        expect(address()).toBe("/requests");
      },
      { before },
    );
  });

  test("goes who was sent a link: to the one before it, which the gateway is asked for", () => {
    const { ids, before } = three();
    return at(
      "/start",
      async ({ user, address, history }) => {
        history.push(`/requests/${ids[0]}`);
        await waitFor(async () => expect((await button("Older request")).disabled).toBe(false));
        expect((await button("Newer request")).disabled).toBe(true);
        await user.click(await button("Older request"));
        await waitFor(() => expect(address()).toBe(`/requests/${ids[1]}`));
      },
      { before },
    );
  });

  test("goes within what the list was narrowed to, which the address keeps", () => {
    const { ids, before } = three();
    return at(
      "/start",
      async ({ user, address, history }) => {
        history.push(`/requests/${ids[0]}?user_id=ada`);
        await waitFor(async () => expect((await button("Older request")).disabled).toBe(false));
        await user.keyboard("j");
        await waitFor(() => expect(address()).toBe(`/requests/${ids[2]}?user_id=ada`));
        await user.keyboard("{Escape}");
        await screen.findByRole("heading", { level: 1, name: "Requests" });
        expect(address()).toBe("/requests?user_id=ada");
      },
      { before },
    );
  });

  test("goes nobody by what is typed in a field, nor with another key held", () => {
    const { ids, before } = three();
    return at(
      "/start",
      async ({ user, address, history }) => {
        history.push(`/requests/${ids[0]}`);
        await waitFor(async () => expect((await button("Older request")).disabled).toBe(false));
        fireEvent.keyDown(document.body, { key: "j", ctrlKey: true });
        await user.click(await button("Correct…"));
        await user.type(await screen.findByLabelText("Reason"), "j");
        expect(address()).toBe(`/requests/${ids[0]}`);
        await user.keyboard("{Escape}");
        expect(address()).toBe(`/requests/${ids[0]}`);
      },
      { before },
    );
  });
});

describe("a request that", () => {
  test("the gateway does not tell is told in its words, and asked for again", () => {
    let isDown = true;
    return look(
      async ({ user }) => {
        const alert = await screen.findByRole("alert");
        expect(alert.textContent).toContain("The store is asleep.");
        expect(screen.queryAllByRole("button", { name: "Copy as curl" })).toHaveLength(0);
        isDown = false;
        await user.click(within(alert).getByRole("button", { name: "Try again" }));
        await screen.findByText("Time to first token");
      },
      {
        standIn: (path) =>
          isDown && path.startsWith("/admin/generations/gen_")
            ? Response.json({ error: { message: "The store is asleep.", code: "forbidden" } }, { status: 403 })
            : undefined,
      },
    );
  });

  test("is waited for has its place meanwhile", () => {
    const answer = Promise.withResolvers<Response>();
    return look(
      async ({ one }) => {
        await screen.findByRole("status", { name: "Loading" });
        answer.resolve(Response.json(one));
        await screen.findByText("Time to first token");
        expect(screen.queryAllByRole("status", { name: "Loading" })).toHaveLength(0);
      },
      { standIn: (path) => (path.startsWith("/admin/generations/gen_") ? answer.promise : undefined) },
    );
  });

  test("was asked for before, and comes late, does not take the place of the one that is looked at", () => {
    const { ids, before } = three();
    const late = Promise.withResolvers<Response>();
    let running: RunningGateway;
    return at(
      "/start",
      async ({ history }) => {
        history.push(`/requests/${ids[0]}`);
        await screen.findByRole("status", { name: "Loading" });
        history.push(`/requests/${ids[1]}`);
        await screen.findByRole("link", { name: "bob" });
        late.resolve(Response.json(await told(running, ids[0]!)));
        await late.promise;
        await screen.findByText(ids[1]!);
        expect([screen.queryAllByRole("link", { name: "bob" }).length, screen.queryAllByText("ada").length]).toEqual([
          1, 0,
        ]);
      },
      {
        before: async (gateway) => {
          running = gateway;
          await before(gateway);
        },
        standIn: (path) => (path === `/admin/generations/${ids[0]}` ? late.promise : undefined),
      },
    );
  });

  test.each([
    ["nothing-like-an-id", "There is no request of this id", /Ids of requests begin with gen_/],
    [`gen_7${"Z".repeat(25)}`, "There is no request of this id", /Ids of requests begin with gen_/],
    [`gen_01ZZZZZZZZ${"0".repeat(16)}`, "There is no request of this id", /which has not come yet/],
    [`gen_01A0000000${"0".repeat(16)}`, "This request is kept no longer", /Single requests are kept for [\d,]+ days/],
  ])("is not there says why: %s", (id, title, why) =>
    at(`/requests/${id}`, async () => {
      await screen.findByText(title);
      await waitFor(() => expect(document.querySelector("main")!.textContent).toMatch(why));
    }),
  );

  test("has an id of somebody else's is looked for in all requests", () =>
    at("/requests/chatcmpl-7", async ({ user, address }) => {
      await user.click(await screen.findByRole("link", { name: "Look for it in all requests" }));
      expect(address()).toBe("/requests?search=chatcmpl-7");
    }));

  test("may be under way is looked for again", () => {
    let id = "";
    let isThere = false;
    return at(
      "/start",
      async ({ user, history }) => {
        history.push(`/requests/${id}`);
        await screen.findByText("There is no request of this id");
        await waitFor(() => expect(document.querySelector("main")!.textContent).toContain("By its id it began at"));
        isThere = true;
        await user.click(screen.getByRole("button", { name: "Look again" }));
        await screen.findByText("Time to first token");
      },
      {
        before: async (gateway) => {
          id = await send(gateway);
        },
        standIn: (path) =>
          isThere || path !== `/admin/generations/${id}`
            ? undefined
            : Response.json({ error: { message: "There is no such generation.", code: "not_found" } }, { status: 404 }),
      },
    );
  });
});
