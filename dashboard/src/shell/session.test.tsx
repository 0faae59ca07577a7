import { describe, expect, test } from "bun:test";
import { TOKEN } from "../../../test/access/keys.ts";
import type { RunningGateway } from "../../../test/support/gateway.ts";
import { cookiesOf, OWN_PAGE } from "../../../test/support/signed-in.ts";
import { at, screen, type Visit, waitFor } from "../../test/visitor.tsx";

const refused = (status: number, message: string, code = "unavailable") =>
  Response.json({ error: { message, code } }, { status });

/** Somebody whose browser keeps the cookies that it is given, and has none yet. */
function stranger(more: Visit = {}): Visit {
  let gateway: RunningGateway | undefined;
  let cookies = "";
  return {
    role: "nobody",
    ...more,
    before: async (running) => {
      gateway = running;
      await more.before?.(running);
    },
    standIn: (path, init) => more.standIn?.(path, init) ?? browse(path, init),
  };

  async function browse(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...OWN_PAGE, ...(init.headers as Record<string, string>), cookie: cookies };
    const reply = await fetch(gateway!.url + path, { ...init, headers });
    if (reply.headers.getSetCookie().length > 0) cookies = cookiesOf(reply);
    return reply;
  }
}

const token = () => screen.findByLabelText<HTMLInputElement>("Admin token");
const signIn = () => screen.getByRole("button", { name: "Sign in" });

describe("who has not signed in", () => {
  test("gives the token, and is where they wanted to be", () =>
    at(
      "/budgets?scope=tag",
      async ({ user, address, asked }) => {
        const field = await token();
        expect([field.type, field.autocomplete, document.title]).toEqual([
          "password",
          "current-password",
          "Sign in · Headgate",
        ]);
        // As it comes with what was copied along.
        await user.type(field, `  ${TOKEN} {Enter}`);
        await screen.findByRole("heading", { level: 1, name: "Budgets & limits" });
        expect(address()).toBe("/budgets?scope=tag");
        expect(asked.filter((one) => one === "POST /admin/session")).toHaveLength(1);
        expect(screen.getByRole("button", { name: /Admin/ }).textContent).toBe("aAdmin");
      },
      stranger(),
    ));

  test("is told in the gateway's words that the token is not right, and may try again", () =>
    at(
      "/models",
      async ({ user }) => {
        await user.type(await token(), "not-it{Enter}");
        const alert = await screen.findByRole("alert");
        expect(alert.textContent).toMatch(/token/i);
        await user.clear(await token());
        await user.type(await token(), TOKEN);
        await user.click(signIn());
        await screen.findByRole("heading", { level: 1, name: "Models" });
      },
      stranger(),
    ));

  test("is told why it does not last where the browser keeps no cookie", () =>
    at(
      "/models",
      async ({ user }) => {
        await user.type(await token(), `${TOKEN}{Enter}`);
        expect((await screen.findByRole("alert")).textContent).toContain("your browser does not keep the session");
        expect(screen.queryAllByRole("navigation", { name: "Pages" })).toHaveLength(0);
      },
      { role: "nobody" },
    ));

  test("is told that nobody answers, in words of what to look for", () =>
    at(
      "/models",
      async ({ user }) => {
        await user.type(await token(), `${TOKEN}{Enter}`);
        expect((await screen.findByRole("alert")).textContent).toBe(
          "The gateway does not answer. Is it running?unreachable",
        );
      },
      stranger({
        standIn: (path, { method }) =>
          path === "/admin/session" && method === "POST" ? Promise.reject(new TypeError("refused")) : undefined,
      }),
    ));

  test("presses twice and signs in once", () =>
    at(
      "/models",
      async ({ user, asked }) => {
        await user.type(await token(), TOKEN);
        await user.dblClick(signIn());
        await screen.findByRole("heading", { level: 1, name: "Models" });
        expect(asked.filter((one) => one === "POST /admin/session")).toHaveLength(1);
      },
      stranger(),
    ));

  test("asks nothing of the gateway without a token", () =>
    at(
      "/models",
      async ({ user, asked }) => {
        expect((await token()).required).toBe(true);
        await user.click(signIn());
        expect(asked.filter((one) => one.startsWith("POST"))).toEqual([]);
      },
      stranger(),
    ));

  test("goes by the operator's own sign-on where there is one, and what it said when it failed stands there", () =>
    at(
      "/budgets?scope=tag",
      async ({ user }) => {
        const link = await screen.findByRole("link", { name: "Sign in with Ætna <b>" });
        expect(link.getAttribute("href")).toBe("/admin/oidc/start");
        expect(screen.getByRole("alert").textContent).toBe("Nobody of yours is known here.");
        link.addEventListener("click", (event) => event.preventDefault());
        await user.click(link);
        expect(sessionStorage.getItem("back")).toBe(location.pathname + location.search);
        sessionStorage.clear();
      },
      stranger({
        standIn: (path) =>
          path === "/admin/sign-in"
            ? Response.json({
                oidc: { title: "Ætna <b>", path: "/admin/oidc/start" },
                fault: "Nobody of yours is known here.",
              })
            : undefined,
      }),
    ));

  test("is told how to get in without the token", () =>
    at(
      "/",
      async () => {
        await token();
        expect(screen.getByText("npx headgate link").closest("p")!.textContent).toContain("signs in once");
        expect(screen.queryAllByRole("link")).toHaveLength(0);
      },
      stranger(),
    ));
});

describe("who was signed in", () => {
  test("is asked again who they are when the session is over, and comes back to the same page", () => {
    let isOver = false;
    return at(
      "/keys?q=night",
      async ({ user, address, history }) => {
        await screen.findByRole("heading", { level: 1, name: "Keys & teams" });
        isOver = true;
        history.push("/budgets");
        await token();
        expect(address()).toBe("/budgets");
        isOver = false;
        await user.type(await token(), `${TOKEN}{Enter}`);
        await screen.findByRole("heading", { level: 1, name: "Budgets & limits" });
      },
      {
        standIn: (path, { method = "GET" }) =>
          isOver && method === "GET" && path !== "/admin/sign-in"
            ? refused(401, "Sign in first.", "invalid_admin_token")
            : undefined,
      },
    );
  });

  test("waits while the gateway is slow to say so, and sees neither the form nor a page", async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    let isAsked = false;
    await at(
      "/models",
      async () => {
        await waitFor(() => expect(isAsked).toBe(true));
        expect(screen.getByRole("main").getAttribute("aria-busy")).toBe("true");
        expect(screen.queryAllByLabelText("Admin token")).toHaveLength(0);
        answer();
        await screen.findByRole("heading", { level: 1, name: "Models" });
      },
      {
        standIn: (path) => {
          if (path !== "/admin/session" || isAsked) return undefined;
          isAsked = true;
          return answered.then(() =>
            Response.json({ object: "session", role: "viewer", name: "Zoë", how: "link", is_locked: false }),
          );
        },
      },
    );
  });

  test("reads what the gateway says when it fails, and tries again", () => {
    let fails = true;
    return at(
      "/models",
      async ({ user }) => {
        expect((await screen.findByRole("alert")).textContent).toBe("The database fails.unavailable");
        fails = false;
        await user.click(screen.getByRole("button", { name: "Try again" }));
        await screen.findByRole("heading", { level: 1, name: "Models" });
      },
      { standIn: (path) => (fails && path === "/admin/session" ? refused(503, "The database fails.") : undefined) },
    );
  });

  test("sees the name that was told of them, whatever is in it", () =>
    at(
      "/models",
      async ({ user }) => {
        const foot = await screen.findByRole("button", { name: /<i>Zoë/ });
        expect(foot.textContent).toBe(`<${NAME}viewer`);
        await user.click(foot);
        expect((await screen.findByRole("menu")).textContent).toContain("Viewer, by single sign-on");
      },
      {
        standIn: (path) =>
          path === "/admin/session"
            ? Response.json({ role: "viewer", name: NAME, how: "oidc", is_locked: false })
            : undefined,
      },
    ));
});

const NAME = `<i>Zoë ${"名".repeat(200)}`;
