import { describe, expect, test } from "bun:test";
import { generationId } from "../../../../src/core/id.ts";
import { FULL } from "../../../../src/store/fixtures/generations.ts";
import { ask, chat, made, post } from "../../../../test/access/keys.ts";
import { jsonOf, type RunningGateway } from "../../../../test/support/gateway.ts";
import { at, screen, waitFor, within } from "../../../test/visitor.tsx";
import { exactUsd, usd } from "../../ui/format.ts";

const send = async (gateway: RunningGateway, more: object = {}, text = "Hello") => {
  const reply = await gateway.post("/v1/chat/completions", chat("openai/gpt-5", more, text));
  return { status: reply.status, id: String(reply.headers.get("x-request-id")), told: await jsonOf(reply) };
};
const list = () => screen.findByRole("table", { name: /requests/i });
const rows = async () =>
  within(await list())
    .getAllByRole("row")
    .slice(1);

describe("the list of requests", () => {
  test("says what to do where there is none", () =>
    at("/requests", async ({ user, address }) => {
      await screen.findByText("No requests yet");
      await user.click(screen.getByRole("link", { name: "Send the first one" }));
      expect(address()).toBe("/start");
    }));

  test("has one row a request, the latest first, with how it ended", () =>
    at(
      "/requests",
      async () => {
        await waitFor(async () => expect(await rows()).toHaveLength(3));
        const [left, failed, worked] = (await rows()).map(({ textContent }) => textContent!);
        expect(left).toContain("Cut at its length");
        expect(failed).toMatch(/error/i);
        expect(worked).toContain("OK");
        expect(worked).toMatch(/openai\/gpt-5.*→/);
      },
      {
        before: async (gateway) => {
          expect((await send(gateway)).status).toBe(200);
          // Of those of one millisecond any may be the latest.
          await Bun.sleep(2);
          expect((await send(gateway, {}, "[sim status=500] Hello")).status).toBeGreaterThanOrEqual(500);
          await Bun.sleep(2);
          expect((await send(gateway, { max_tokens: 3 }, "[sim finish=length] Hello")).status).toBe(200);
        },
      },
    ));

  test("says of none whose price nobody knows that it was free", () =>
    at(
      "/requests",
      async () => {
        await waitFor(async () => expect(await rows()).toHaveLength(1));
        const [row] = await rows();
        expect(row!.textContent).toEndWith("–");
        expect(row!.textContent).not.toContain("$");
      },
      {
        before: async ({ headgate }) => {
          const createdAt = Date.now();
          const row = { ...FULL, id: generationId(createdAt), createdAt, error: null, cost: null };
          await headgate.gateway.generations.insert([{ row, charges: [] }]);
        },
      },
    ));

  test("shows what comes in while somebody looks at it, and not while it is paused", () =>
    at("/requests", async ({ gateway, user }) => {
      await screen.findByText("No requests yet");
      await screen.findByText("Live");
      await send(gateway);
      await waitFor(async () => expect(await rows()).toHaveLength(1));
      await user.click(screen.getByRole("button", { name: "Pause" }));
      await send(gateway);
      expect((await screen.findByText(/1 new/)).textContent).toContain("1 new");
      expect(await rows()).toHaveLength(1);
      await user.click(screen.getByRole("button", { name: "Go on" }));
      await waitFor(async () => expect(await rows()).toHaveLength(2));
    }));

  test("tells what a request costs since somebody corrected it, while it is looked at and when somebody comes back", () => {
    let id = "";
    const correct = async (gateway: RunningGateway) => {
      const told = { adjustment_usd: "1", reason: "The invoice" };
      expect((await ask(gateway, "POST", `/admin/generations/${id}/corrections`, told)).status).toBe(201);
    };
    return at(
      "/requests",
      async ({ gateway, user }) => {
        await screen.findByText("Live");
        const cost = async () => (await rows())[0]!.textContent!;
        await waitFor(async () => expect(await cost()).not.toContain("$1.0"));
        await correct(gateway);
        await waitFor(async () => expect(await cost()).toContain("$1.0"));
        await user.click(screen.getByRole("link", { name: "Routing" }));
        await screen.findByRole("heading", { level: 1, name: "Routing" });
        await correct(gateway);
        await user.click(screen.getByRole("link", { name: "Requests" }));
        await waitFor(async () => expect(await cost()).toContain("$2.0"));
      },
      {
        before: async (gateway) => {
          ({ id } = await send(gateway));
        },
      },
    );
  });

  test("reads what was corrected once for all that is corrected while it is read", () => {
    let id = "";
    let reads = 0;
    const { promise, resolve: goOn } = Promise.withResolvers<void>();
    return at(
      "/requests",
      async ({ gateway }) => {
        await screen.findByText("Live");
        await list();
        for (let n = 1; n <= 12; n++) {
          const told = { adjustment_usd: "1", reason: "The invoice" };
          expect((await ask(gateway, "POST", `/admin/generations/${id}/corrections`, told)).status).toBe(201);
          await waitFor(() => expect(reads).toBeGreaterThan(0));
        }
        goOn();
        await waitFor(async () => expect((await rows())[0]!.textContent).toContain("$12.0"));
        expect(reads).toBeLessThanOrEqual(3);
      },
      {
        before: async (gateway) => {
          ({ id } = await send(gateway));
        },
        standIn: (path) => {
          if (!/^\/admin\/generations\?.*limit=500/.test(path)) return undefined;
          reads++;
          return reads === 1 ? promise.then(() => new Response("", { status: 500 })) : undefined;
        },
      },
    );
  });

  test("reads anew what was corrected while it was read for the first time", () => {
    let [id, read]: [string, Promise<Response> | undefined] = ["", undefined];
    let made: RunningGateway;
    const { promise: told, resolve: tell } = Promise.withResolvers<void>();
    return at(
      "/requests",
      async ({ gateway, asked }) => {
        await screen.findByText("Live");
        await waitFor(() => expect(read).toBeDefined());
        await read;
        const sums = () => asked.filter((one) => one.startsWith("GET /admin/usage")).length;
        const before = sums();
        const correction = { adjustment_usd: "1", reason: "The invoice" };
        expect((await ask(gateway, "POST", `/admin/generations/${id}/corrections`, correction)).status).toBe(201);
        await waitFor(() => expect(sums()).toBeGreaterThan(before));
        tell();
        await waitFor(async () => expect((await rows())[0]!.textContent).toContain("$1.0"));
      },
      {
        before: async (gateway) => {
          made = gateway;
          ({ id } = await send(gateway));
        },
        standIn: (path) => {
          if (read !== undefined || !path.startsWith("/admin/generations?")) return undefined;
          read = ask(made, "GET", path);
          return told.then(() => read!);
        },
      },
    );
  });

  test("narrows by what the address says, with a chip for each that takes it away", () =>
    at(
      "/requests?user_id=ada&status=ok",
      async ({ user, address }) => {
        await waitFor(async () => expect(await rows()).toHaveLength(1));
        await user.click(screen.getByRole("button", { name: "Remove the filter End user" }));
        await waitFor(async () => expect(await rows()).toHaveLength(2));
        expect(address()).toBe("/requests?status=ok");
        await user.click(screen.getByRole("button", { name: "Clear" }));
        await waitFor(async () => expect(await rows()).toHaveLength(3));
        expect(address()).toBe("/requests");
      },
      {
        before: async (gateway) => {
          await send(gateway, { user: "ada" });
          await send(gateway, { user: "ada" }, "[sim status=500] Hello");
          await send(gateway, { user: "bob" });
        },
      },
    ));

  test("is searched, and what is not found says how to see all", () =>
    at(
      "/requests",
      async ({ user, address }) => {
        await waitFor(async () => expect(await rows()).toHaveLength(1));
        await user.type(screen.getByRole("searchbox"), "nowhere");
        await screen.findByText("No request is like that");
        expect(address()).toBe("/requests?search=nowhere");
        await user.click(screen.getByRole("button", { name: "Show all" }));
        await waitFor(async () => expect(await rows()).toHaveLength(1));
        expect(screen.getByRole<HTMLInputElement>("searchbox").value).toBe("");
      },
      { before: (gateway) => send(gateway) },
    ));

  test("leads to one request, and back to the list as it was", () =>
    at(
      "/requests?user_id=ada",
      async ({ user, history, address }) => {
        await waitFor(async () => expect(await rows()).toHaveLength(1));
        await user.click((await rows())[0]!);
        await waitFor(() => expect(address()).toMatch(/^\/requests\/gen_.*user_id=ada/));
        history.back();
        await waitFor(async () => expect(await rows()).toHaveLength(1));
        expect(address()).toBe("/requests?user_id=ada");
      },
      { before: (gateway) => send(gateway, { user: "ada" }) },
    ));

  test("tells a name that is markup as text", () =>
    at(
      "/requests",
      async () => {
        await screen.findByText("<script>alert(1)</script>");
        expect(document.querySelector("main script")).toBeNull();
      },
      { before: (gateway) => send(gateway, { user: "<script>alert(1)</script>" }) },
    ));

  test("asks each page once, and tells of a page that failed without losing those that are there", () => {
    let isFailing = true;
    const page = (before: string | null) => ({
      object: "list",
      data: [],
      has_more: before === null,
      next: before === null ? "earlier" : null,
    });
    return at(
      "/requests",
      async ({ user }) => {
        expect((await screen.findByText("The disk is full.")).closest('[role="alert"]')).toBeTruthy();
        isFailing = false;
        await user.click(screen.getByRole("button", { name: "Try again" }));
        await screen.findByText("No requests yet");
      },
      {
        standIn: (path) => {
          if (!path.startsWith("/admin/generations")) return undefined;
          const before = new URLSearchParams(path.split("?")[1]).get("before");
          if (before !== null && isFailing)
            return Response.json({ error: { message: "The disk is full.", code: "forbidden" } }, { status: 403 });
          return Response.json(page(before));
        },
      },
    );
  });
});

describe("the sums above it", () => {
  /** What stands by each of them. */
  const sums = () =>
    Object.fromEntries(
      [...document.querySelectorAll("dt")].map((name) => [name.textContent, name.nextElementSibling?.textContent]),
    );

  test("are of all that is asked for, to the cent that was charged", () => {
    let cost = 0;
    return at(
      "/requests",
      async ({ history }) => {
        await waitFor(() =>
          expect(sums()).toMatchObject({ Requests: "3", Failed: expect.stringMatching(/^1\b/), Spend: usd(cost) }),
        );
        history.push("/requests?status=ok");
        await waitFor(() => expect(sums()).toMatchObject({ Requests: "2", Spend: usd(cost) }));
      },
      {
        before: async (gateway) => {
          for (let i = 0; i < 2; i++) cost += (await send(gateway)).told.usage.cost;
          await send(gateway, {}, "[sim status=500] Hello");
        },
      },
    );
  });

  test("of one key are of its requests alone", () => {
    let id = "";
    return at(
      "/requests",
      async ({ history }) => {
        await waitFor(() => expect(sums()).toMatchObject({ Requests: "4" }));
        history.push(`/requests?api_key_id=${id}`);
        await waitFor(() => expect(sums()).toMatchObject({ Requests: "1" }));
        expect(await rows()).toHaveLength(1);
      },
      {
        before: async (gateway) => {
          for (let i = 0; i < 3; i++) await send(gateway);
          const key = await made(gateway, { name: "ci" });
          id = key.id;
          expect((await post(gateway, key.key)).status).toBe(200);
        },
      },
    );
  });

  test("that are not kept by what is asked for say so", () =>
    at("/requests?min_cost=1", async () => {
      expect((await screen.findByText(/Sums are not kept by/)).textContent).toBe("Sums are not kept by: Cost.");
    }));
});

describe("one request", () => {
  test("that is kept no longer says so, and leads to those of its time", () =>
    at("/requests/gen_00000000000000000000000000", async ({ user, address }) => {
      const said = await screen.findByText("This request is kept no longer");
      const [link] = within(said.closest("main")!).getAllByRole("link", { name: /time|around/i });
      await user.click(link!);
      await waitFor(() => expect(address()).toMatch(/^\/requests\?from=/));
    }));

  test("tells whose it was, who served it, and what it cost to the nanodollar", () => {
    let id = "";
    let cost = 0;
    return at(
      "/requests",
      async ({ history }) => {
        history.push(`/requests/${id}`);
        await screen.findAllByText("ada");
        expect(screen.getAllByText(/openai/).length).toBeGreaterThan(0);
        expect(document.querySelectorAll(`[title="${exactUsd(cost)}"]`).length).toBeGreaterThan(0);
      },
      {
        before: async (gateway) => {
          const sent = await send(gateway, { user: "ada" });
          id = sent.id;
          cost = sent.told.usage.cost;
        },
      },
    );
  });
});
